"""The verbs of tax."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from fondaco.finance.tax.releasing import release_after_a_year
from fondaco.masterdata.companies.models import Company
from fondaco.platform.documents.actions import DocumentSet, action


@action(Company, permission="tax.release_deferred", name="release_deferred", title=_("Release VAT after a year"), done=_("VAT released"))
def release_deferred(companies: DocumentSet[Company], *, on: date) -> None:
    """Make VAT chargeable that waited a year for its payment, in the companies given."""
    release_after_a_year(companies.ids, on=on, actor=companies.actor)
