"""Questions to invoicing that other rooms and several screens ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Func, JSONField, Max, QuerySet, Sum, TextField
from django.db.models.functions import Cast, JSONObject, TruncMonth

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.ledger.models import AccountKind, JournalLine, OpenItem
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.access.visibility import visible
from fondaco.platform.money import rounded

ZERO = Decimal(0)
#: For panels, which show open items but do not know the ledger.
OPEN_ITEM = OpenItem


def open_receivables(actor: Actor, company: Company, party: Party) -> QuerySet[OpenItem]:
    """Open items of a customer; for those who see only their own invoices, the items of these."""
    items = OpenItem.objects.filter(company=company, party=party, control="receivable", closed_on__isnull=True)
    if any(scope == Scope.COMPANY and held in (None, company.pk) for held, scope in actor.grants("invoicing.view_invoice")):
        return items
    own = visible(Invoice.objects.filter(company=company, customer=party), actor, "invoicing.view_invoice")
    return items.filter(entry__in=own.values("entry"))


def monthly_sales(
    actor: Actor, company: Company, customers: Sequence[int], *, since: date, until: date | None = None
) -> QuerySet[JournalLine, tuple[date, Decimal]]:
    """Revenue from customers by month (its first day) in company currency, credit notes taken off: pairs, the first month first.

    Read from the entries of the invoices, so that it is what the books say, at the rates they were posted at.
    """
    mine = Invoice.objects.filter(company=company, customer__in=customers, state="posted", on__range=(since, until or date.max))
    return (
        JournalLine.objects.filter(
            entry__in=visible(mine, actor, "invoicing.view_invoice").values("entry"), account__kind=AccountKind.INCOME
        )
        .order_by()
        .annotate(month=TruncMonth("on"))
        .values_list("month")
        .annotate(total=-Sum("amount"))
        .order_by("month")
    )


@dataclass(frozen=True)
class Usual:
    """A product that a customer buys often: how much since a day, and when and at what price last (after discount, without tax)."""

    product: int
    name: str
    quantity: Decimal
    last_on: date
    last_price: Decimal | None
    currency: str


def usual_products(actor: Actor, company: Company, party: Party, *, since: date, limit: int = 10) -> list[Usual]:
    """The goods a customer was invoiced most often since a day, the most often first. One statement."""
    mine = visible(Invoice.objects.filter(company=company, customer=party, on__gte=since), actor, "invoicing.view_invoice")
    sale = JSONObject(quantity=Cast("quantity", TextField()), net=Cast("net", TextField()), currency="invoice__currency_id")
    last = Func(ArrayAgg(sale, order_by=("-invoice__on", "-invoice_id", "-pk")), template="(%(expressions)s)[1]", output_field=JSONField())
    rows = (
        InvoiceLine.objects.filter(
            invoice__in=mine.filter(state="posted", kind=Invoice.INVOICE).values("pk"), product__isnull=False, product__kind="goods"
        )
        .order_by()
        .values_list("product_id", "product__sku", "product__name")
        .annotate(total=Sum("quantity"), times=Count("invoice", distinct=True), last_on=Max("invoice__on"), last=last)
        .order_by("-times", "product_id")
    )
    found = []
    for product, sku, name, total, _times, last_on, said in rows[:limit]:
        quantity = Decimal(said["quantity"])
        price = Decimal(said["net"]) / quantity if quantity else None
        found.append(Usual(product, f"{sku} {name}", total, last_on, price and rounded(price, 4), said["currency"]))
    return found
