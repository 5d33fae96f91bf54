"""Questions to invoicing that other rooms and several screens ask."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import OpenItem
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.access.visibility import visible

ZERO = Decimal(0)


@dataclass(frozen=True)
class Exposure:
    """What a customer owes, in company currency: all of it, and the part that is past due."""

    owed: Decimal
    overdue: Decimal
    oldest_due_on: date | None


def open_receivables(actor: Actor, company: Company, party: Party) -> QuerySet[OpenItem]:
    """Open items of a customer; for those who see only their own invoices, the items of these."""
    items = OpenItem.objects.filter(company=company, party=party, control="receivable", closed_on__isnull=True)
    if any(scope == Scope.COMPANY and held in (None, company.pk) for held, scope in actor.grants("invoicing.view_invoice")):
        return items
    own = visible(Invoice.objects.filter(company=company, customer=party), actor, "invoicing.view_invoice")
    return items.filter(entry__in=own.values("entry"))


def exposure(actor: Actor, company: Company, party: Party, *, on: date) -> Exposure:
    """What the customer owes as of now, and what of it fell due before ``on``. One statement."""
    late = Q(due_on__lt=on)
    found = open_receivables(actor, company, party).aggregate(
        owed=Sum("open_base_amount"),
        overdue=Sum("open_base_amount", filter=late),
        oldest=Min("due_on", filter=late & Q(open_base_amount__gt=0)),
    )
    return Exposure(found["owed"] or ZERO, found["overdue"] or ZERO, found["oldest"])


def monthly_sales(actor: Actor, company: Company, party: Party, *, since: date) -> list[dict]:
    """Net invoiced to a customer by month and currency, credit notes taken off. One statement."""
    rows = (
        visible(Invoice.objects.filter(company=company, customer=party, state="posted", on__gte=since), actor, "invoicing.view_invoice")
        .order_by()
        .annotate(month=TruncMonth("on"))
        .values("month", "currency")
        .annotate(
            invoiced=Sum("net", filter=Q(kind=Invoice.INVOICE), default=ZERO),
            credited=Sum("net", filter=Q(kind=Invoice.CREDIT_NOTE), default=ZERO),
        )
        .order_by("month", "currency")
    )
    return [{"month": r["month"], "currency": r["currency"], "net": r["invoiced"] - r["credited"]} for r in rows]
