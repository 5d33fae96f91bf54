"""What receivables show on the page of a customer: his credit, part by part."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.finance.receivables.credit import PARTS, standings
from fondaco.finance.receivables.models import CreditDecision, CreditLimit, Dispute
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column, column_of
from fondaco.platform.resources.reading import values

SHOWN = 5


def credit(actor: Actor, company: Company, party: Party) -> Content | None:
    """Limit, exposure and what it is made of, and the latest holds and releases. Three statements."""
    if not actor.may("receivables.view_credit", company.pk):
        return None
    limit = CreditLimit.objects.filter(company=company, party=party).first()
    if limit is None:
        return None
    (standing,) = standings([limit]).values()
    currency = company.currency_id
    figures = [
        Figure(_("Credit left"), standing.left, "amount", currency),
        Figure(_("Credit limit"), limit.amount, "amount", currency),
        Figure(_("Exposure"), standing.exposure, "amount", currency),
        *(Figure(PARTS[name], amount, "amount", currency) for name, amount in standing.parts.items() if amount),
    ]
    if limit.insured:
        figures.append(Figure(_("Insured"), -limit.insured, "amount", currency))
    if late := standing.overdue_days(timezone.localdate()):
        figures.append(Figure(_("Longest overdue, days"), late, "number"))
    columns = [column_of(CreditDecision, c) for c in ("created_at", "document", "stage", "decision", "amount", "reason")]
    rows = values(CreditDecision.objects.filter(company=company, party=party).order_by("-pk"), columns)[:SHOWN]
    return Content(figures, columns, rows, resource="credit-decisions")


def disputes(actor: Actor, company: Company, party: Party) -> Content | None:
    """What the customer objects to, the oldest first. One statement."""
    if not actor.may("receivables.view_dispute", company.pk):
        return None
    found = visible(Dispute.objects.filter(company=company, party=party, state="open"), actor, "receivables.view_dispute")
    shown = ["number", "invoice", "on", "kind", Column("amount", currency="currency__code"), "currency", "claim"]
    columns = [column_of(Dispute, c) for c in shown]
    return Content(columns=columns, rows=values(found.order_by("on", "pk"), columns)[:SHOWN], resource="disputes")


panels.register(_("Credit"), 31, credit)
panels.register(_("Open disputes"), 16, disputes)
