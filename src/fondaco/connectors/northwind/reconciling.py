"""The proof of the import: what the books say, beside the same figure computed by Decimal over the files."""

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from fondaco.connectors.northwind.files import Northwind, Order
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.ledger.models import JournalLine
from fondaco.frontoffice.sales.models import OrderLine as SalesLine
from fondaco.masterdata.companies.models import Company

ZERO = Decimal(0)


@dataclass(frozen=True)
class Figure:
    """One line of the proof; ``books`` from the database, ``files`` from the CSV files."""

    what: str
    books: Decimal
    files: Decimal

    @property
    def difference(self) -> Decimal:
        return self.books - self.files


def reconcile(files: Northwind, company: Company, top: int = 5) -> list[Figure]:
    """Years, the largest customers and products, freight, cost, receipts and intake; and all customers and products as one line each."""
    figures = []
    for year in sorted({o.shipped.year for o in files.shipped if o.shipped}):
        orders = [o for o in files.shipped if o.shipped and o.shipped.year == year]
        figures += [
            Figure(f"revenue {year}", -_account(company, "revenue", year), _total(orders)),
            Figure(f"freight {year}", -_account(company, "freight_revenue", year), sum((o.freight for o in orders), ZERO)),
        ]
    costs = {p.key: p.cost for p in files.products}
    cost = sum((costs[ln.product] * ln.quantity for o in files.shipped for ln in o.lines), ZERO)
    paid = sum((o.net + o.freight for o in files.shipped), ZERO)
    stock = sum((p.cost * p.in_stock for p in files.products), ZERO)
    intake = SalesLine.objects.filter(order__company=company, product__isnull=False).exclude(order__state="cancelled")
    figures += [
        Figure("revenue, all years", -_account(company, "revenue"), _total(files.shipped)),
        Figure("freight, all years", -_account(company, "freight_revenue"), sum((o.freight for o in files.shipped), ZERO)),
        Figure("cost of goods sold", _account(company, "cost_of_goods_sold"), cost),
        Figure("stock left", _account(company, "inventory"), stock),
        Figure("receivables left", _account(company, "receivable"), ZERO),
        Figure("received in the bank", _account(company, "bank"), paid),
        Figure("order intake, all orders", intake.aggregate(total=Sum("net"))["total"] or ZERO, _total(files.orders)),
    ]
    lines = InvoiceLine.objects.filter(
        invoice__company=company, invoice__state="posted", product__isnull=False, invoice__kind=Invoice.INVOICE
    )
    by_customer = dict(lines.values_list("invoice__customer__code").annotate(total=Sum("net")).order_by())
    by_product = dict(lines.values_list("product__sku").annotate(total=Sum("net")).order_by())
    customers = _by(files, lambda order, _product: f"NW-{order.customer}")
    products = _by(files, lambda _order, product: f"NW-{product:02d}")
    for kind, books, own in (("customer", by_customer, customers), ("product", by_product, products)):
        largest = sorted(own, key=lambda key: (-own[key], key))[:top]
        figures += [Figure(f"{kind} {key.removeprefix('NW-')}", books.get(key, ZERO), own[key]) for key in largest]
        figures.append(
            Figure(
                f"sum of differences over {len(own)} {kind}s",
                sum((abs(books.get(key, ZERO) - own.get(key, ZERO)) for key in {*own, *books}), ZERO),
                ZERO,
            )
        )
    return figures


def bridge(files: Northwind) -> list[tuple[str, Decimal]]:
    """From the figure most often published to the revenue of the books."""
    unrounded = sum((ln.unit_price * ln.quantity * (100 - ln.discount) / 100 for o in files.orders for ln in o.lines), ZERO)
    everything, shipped = _total(files.orders), _total(files.shipped)
    return [
        ("all orders, lines not rounded", unrounded),
        ("rounding of each line to cents", everything - unrounded),
        ("all orders", everything),
        ("less the orders that were never shipped", shipped - everything),
        ("revenue", shipped),
    ]


def _total(orders: list[Order] | tuple[Order, ...]) -> Decimal:
    return sum((o.net for o in orders), ZERO)


def _by(files: Northwind, key: Callable[[Order, int], str]) -> dict[str, Decimal]:
    sums: dict[Hashable, Decimal] = defaultdict(lambda: ZERO)
    for order in files.shipped:
        for line in order.lines:
            sums[key(order, line.product)] += line.net
    return dict(sums)  # type: ignore[arg-type]


def _account(company: Company, purpose: str, year: int | None = None) -> Decimal:
    lines = JournalLine.objects.filter(company=company, account__purpose=purpose)
    if year is not None:
        lines = lines.filter(on__range=(date(year, 1, 1), date(year, 12, 31)))
    return lines.aggregate(total=Sum("amount"))["total"] or ZERO


def as_text(figures: list[Figure]) -> str:
    """The proof as a table."""
    width = max(len(f.what) for f in figures)
    head = f"{'':<{width}}  {'books':>16}  {'files':>16}  {'difference':>10}"
    return "\n".join([head, *(f"{f.what:<{width}}  {f.books:>16,.2f}  {f.files:>16,.2f}  {f.difference:>10.2f}" for f in figures)])
