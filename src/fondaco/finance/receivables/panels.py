"""What receivables show on the page of a customer: his credit, part by part. What he disputes stands there as tickets."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.finance.receivables.credit import PARTS, standing_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor


def credit(actor: Actor, company: Company, party: Party) -> Content | None:
    """What credit is left, limit, exposure and what it is made of. One statement."""
    if not actor.may("receivables.view_credit", company.pk):
        return None
    standing = standing_of(company.pk, party.pk)
    if standing is None:
        return None
    currency = company.currency_id
    figures = [
        Figure(_("Credit left"), standing.left, "amount", currency),
        Figure(_("Credit limit"), standing.limit.amount, "amount", currency),
        Figure(_("Exposure"), standing.exposure, "amount", currency),
        *(Figure(PARTS[name], amount, "amount", currency) for name, amount in standing.parts.items() if amount),
    ]
    if standing.limit.insured:
        figures.append(Figure(_("Insured"), -standing.limit.insured, "amount", currency))
    if late := standing.overdue_days(timezone.localdate()):
        figures.append(Figure(_("Longest overdue, days"), late, "number"))
    return Content(figures)


panels.register(pgettext_lazy("of a customer", "Credit"), 31, credit)
