"""The verbs of localizations."""

from django.utils.translation import gettext_lazy as _

from fondaco.localizations.loading import load_returns
from fondaco.masterdata.companies.models import Company
from fondaco.platform.documents.actions import DocumentSet, action


@action(Company, permission="tax.write_return", name="load_returns", title=_("Load VAT returns of the country"), done=_("Returns loaded"))
def load_country_returns(companies: DocumentSet[Company]) -> None:
    """Give companies the tax returns of their country, with boxes as data; what is there already stays as it is."""
    for company in companies:
        load_returns(company)
