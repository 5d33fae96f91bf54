"""What a portal user may see, and nothing else is shown to him: each function takes his access and gives what is his customer's, in the company of the
access (SS-05). Pages, PDFs and verbs of the portal find every record through these."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Lower
from django.utils import timezone

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.onlinepayments.queries import on_its_way
from fondaco.frontoffice.configurator.models import ProductModel
from fondaco.frontoffice.portal.models import CustomerAccess, DeliveryAddress, PortalOrder, PortalRule
from fondaco.frontoffice.quality.models import Survey
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, ReturnAuthorisation, ReturnLine
from fondaco.frontoffice.sales.queries import DEMAND, coming_back, measured_lines
from fondaco.frontoffice.service.caller import Held, goods_of
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.parties.models import Address
from fondaco.masterdata.parties.queries import merged_into
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.inventory.queries import availability
from fondaco.operations.shipping.booking import in_force_about
from fondaco.operations.shipping.models import Consignment
from fondaco.platform.files.models import Attachment
from fondaco.platform.money import ZERO

SHOWN = 60
SHIPPED = GoodsIssue._meta.db_table


# ------------------------------------------------------------------ who he is


def _open() -> Q:
    return Q(state="open") & (Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate()))


def seats_of(person: int) -> list[CustomerAccess]:
    """The open accesses of a portal user, by company; one statement."""
    rows = CustomerAccess.objects.filter(_open(), user=person, user__is_active=True).select_related("company__currency", "customer", "user")
    return list(rows.order_by("company__name", "pk"))


def names_of(access: CustomerAccess) -> tuple[int, ...]:
    """The customer, and whoever was merged into him: what is theirs is his. Whom he himself was merged into is another matter: the house opens
    an access to that one, or does not. One statement, once for an access that was read."""
    if not hasattr(access, "_names"):
        access._names = merged_into(access.customer_id)  # type: ignore[attr-defined]
    return access._names  # type: ignore[attr-defined,no-any-return]


def seat_of(person: int, key: int) -> CustomerAccess | None:
    """One of a portal user's own open accesses."""
    return next((seat for seat in seats_of(person) if seat.pk == key), None)


def rule_of(company: int) -> PortalRule:
    """What a company shows; the defaults where it said nothing."""
    return PortalRule.objects.filter(company=company).first() or PortalRule(company_id=company)


def colleagues(access: CustomerAccess) -> QuerySet[CustomerAccess]:
    """The people of the customer with an access to the company that is open, or about to be."""
    return CustomerAccess.objects.filter(company=access.company_id, customer=access.customer_id).exclude(state="closed")


def approvers(access: CustomerAccess) -> QuerySet[CustomerAccess]:
    """Who else of the customer may approve what this person orders."""
    return colleagues(access).filter(_open(), is_approver=True, user__is_active=True).exclude(pk=access.pk)


def own_addresses(access: CustomerAccess) -> QuerySet[DeliveryAddress]:
    """Where the customer has goods sent, as he keeps it himself."""
    return DeliveryAddress.objects.filter(company=access.company_id, customer=access.customer_id, is_active=True).select_related("country")


def known_addresses(access: CustomerAccess) -> QuerySet[Address]:
    """The delivery addresses in the customer's record at the house."""
    return Address.objects.filter(party=access.customer_id, kind="delivery").select_related("country").order_by("position", "id")


# ------------------------------------------------------------------ papers


def own_quotes(access: CustomerAccess) -> QuerySet[Quote]:
    """Quotes that were sent to the customer, as they stand; drafts and what was replaced are the house's."""
    rows = Quote.objects.filter(
        company=access.company_id, customer__in=names_of(access), state__in=["sent", "accepted", "declined", "expired"]
    )
    return rows.exclude(link_seed="").order_by("-on", "-pk")


def own_orders(access: CustomerAccess) -> QuerySet[Order]:
    """The customer's orders: those in force or over, and those placed in the portal; drafts of the house are not his."""
    placed = PortalOrder.objects.filter(order=OuterRef("pk"))
    rows = Order.objects.filter(company=access.company_id, customer__in=names_of(access))
    return rows.filter(Q(state__in=["held", "confirmed", "closed", "cancelled"]) | Exists(placed)).order_by("-on", "-pk")


def placed_of(orders: Iterable[int]) -> dict[int, PortalOrder]:
    """How orders of the portal stand, by order; one statement."""
    rows = PortalOrder.objects.filter(order__in=list(orders)).select_related("access", "approver")
    return {p.order_id: p for p in rows}


def waiting(access: CustomerAccess) -> QuerySet[PortalOrder]:
    """Orders that wait for an approver of the customer."""
    return PortalOrder.objects.filter(
        company=access.company_id, state=PortalOrder.WAITING, access__customer=access.customer_id, order__customer=access.customer_id
    ).select_related("order", "access")


def own_deliveries(access: CustomerAccess) -> QuerySet[GoodsIssue]:
    """What left for the customer."""
    return GoodsIssue.objects.filter(company=access.company_id, customer__in=names_of(access), state="posted").order_by("-on", "-pk")


def own_invoices(access: CustomerAccess) -> QuerySet[Invoice]:
    """The customer's posted invoices and credit notes."""
    return Invoice.objects.filter(company=access.company_id, customer__in=names_of(access), state="posted").order_by("-on", "-pk")


def invoices_shown(access: CustomerAccess, limit: int = SHOWN) -> list[Invoice]:
    """The customer's invoices as they are listed: those with something open first, then the latest; one statement."""
    is_open = OpenItem.objects.filter(entry=OuterRef("entry"), party__in=names_of(access), control="receivable", closed_on__isnull=True)
    return list(own_invoices(access).annotate(is_open=Exists(is_open)).order_by("-is_open", "-on", "-pk")[:limit])


def balances(access: CustomerAccess) -> list[tuple[str, Decimal, Decimal]]:
    """What the customer owes by currency: overdue, and in all; one statement."""
    late = Q(open_amount__gt=0, due_on__lt=timezone.localdate())
    rows = own_items(access).order_by().values_list("currency_id").annotate(late=Sum("open_amount", filter=late), total=Sum("open_amount"))
    return [(currency, overdue or ZERO, total) for currency, overdue, total in sorted(rows)]


def own_items(access: CustomerAccess) -> QuerySet[OpenItem]:
    """What is open between customer and company at this moment, signed as the customer owes it; the oldest due first."""
    rows = OpenItem.objects.filter(company=access.company_id, party__in=names_of(access), control="receivable", closed_on__isnull=True)
    return rows.select_related("entry").order_by("due_on", "pk")


def own_payments(access: CustomerAccess) -> QuerySet[OnlinePayment]:
    """What the customer set out to pay online."""
    return OnlinePayment.objects.filter(company=access.company_id, party__in=names_of(access)).order_by("-pk")


def own_returns(access: CustomerAccess) -> QuerySet[ReturnAuthorisation]:
    """The customer's returns, those too that the house has still to authorise."""
    return ReturnAuthorisation.objects.filter(company=access.company_id, customer__in=names_of(access)).order_by("-on", "-pk")


@dataclass(frozen=True)
class ReturnLabel:
    """The consignment by which a return comes back; ``has_label`` once the carrier has sent his."""

    consignment: Consignment
    carrier: str
    tracking: str
    page: str
    has_label: bool


def labels_for(returns: Sequence[ReturnAuthorisation]) -> dict[int, ReturnLabel]:
    """How returns that may come back do so, as far as a carrier was booked for them; two statements."""
    rows = in_force_about(ReturnAuthorisation._meta.db_table, [r.pk for r in returns if r.state in ("authorised", "received")])
    booked = {key: c for key, c in rows.items() if c.state in ("booked", "delivered")}
    files = Attachment.objects.filter(
        table_name=Consignment._meta.db_table, row_id__in=[c.pk for c in booked.values()], name__endswith="-label.pdf"
    )
    there = set(files.values_list("row_id", flat=True)) if booked else set()
    return {key: ReturnLabel(c, c.carrier.name, c.tracking, c.carrier.page_of(c.tracking), c.pk in there) for key, c in booked.items()}


def own_tickets(access: CustomerAccess) -> QuerySet[Ticket]:
    """The customer's tickets."""
    return Ticket.objects.filter(company=access.company_id, party__in=names_of(access)).order_by("-pk")


def asked_about(access: CustomerAccess, ticket: Ticket) -> Survey | None:
    """The question how satisfied the person is with a solved ticket, where he is the one who was asked; one statement."""
    return Survey.objects.filter(ticket=ticket, company=access.company_id, email__iexact=access.email).first()


def messages_of(ticket: Ticket) -> QuerySet[TicketMessage]:
    """What was said between customer and house; internal notes are the house's."""
    return TicketMessage.objects.filter(ticket=ticket, direction__in=[TicketMessage.IN, TicketMessage.OUT]).order_by("at", "pk")


def files_of(access: CustomerAccess, ticket: Ticket) -> QuerySet[Attachment]:
    """The files that people of the customer put on a ticket; what the house keeps there is its own."""
    people = CustomerAccess.objects.filter(company=access.company_id, customer__in=names_of(access)).values("email")
    return Attachment.objects.filter(table_name=Ticket._meta.db_table, row_id=ticket.pk, created_by__in=people).order_by("pk")


# ------------------------------------------------------------------ an order, told whole


@dataclass(frozen=True)
class Sent:
    """A delivery as the customer sees it: what left, and where it is."""

    issue: GoodsIssue
    lines: Sequence[GoodsIssueLine]
    carrier: str
    tracking: str
    page: str
    progress: str


def deliveries_of(access: CustomerAccess, order: Order) -> list[Sent]:
    """What left for an order, with tracking; three statements."""
    keys = OrderLine.objects.filter(order=order).values("pk")
    lines = list(
        GoodsIssueLine.objects.filter(issue__in=own_deliveries(access), demand_table=DEMAND, demand_line__in=keys)
        .select_related("issue", "product")
        .order_by("issue__on", "issue_id", "position", "pk")
    )
    by_issue: dict[int, list[GoodsIssueLine]] = defaultdict(list)
    for line in lines:
        by_issue[line.issue_id].append(line)
    rows = Consignment.objects.filter(
        issue__in=list(by_issue), comes_back=False, company=access.company_id, state__in=["booked", "delivered"]
    )
    consigned = {c.issue_id: c for c in rows.select_related("carrier")}
    found = []
    for key, own in by_issue.items():
        issue, way = own[0].issue, consigned.get(key)
        if way is not None:
            page = way.carrier.page_of(way.tracking)
            found.append(Sent(issue, own, way.carrier.name, way.tracking, page, str(way.get_progress_display()) if way.progress else ""))
        else:
            found.append(Sent(issue, own, issue.carrier, issue.tracking, "", ""))
    return found


def lines_told(order: Order) -> list[Any]:
    """The lines of an order with what was delivered, returned and invoiced of each; one statement."""
    return measured_lines([order.pk])[order.pk]


def with_customer(order: Order) -> dict[int, Decimal]:
    """What of the lines of an order is with the customer and not asked back yet, by line; three statements."""
    lines = [ln for ln in lines_told(order) if ln.product and ln.product.kind == "goods"]
    back = coming_back(ln.pk for ln in lines)
    asked = ReturnLine.objects.filter(order_line__in=[ln.pk for ln in lines], authorisation__state="draft").order_by()
    drafted = dict(asked.values_list("order_line_id").annotate(total=Sum("quantity")))
    return {ln.pk: max(ln.delivered - ln.returned - back[ln.pk] - drafted.get(ln.pk, ZERO), ZERO) for ln in lines}


# ------------------------------------------------------------------ money


@dataclass(frozen=True)
class Owed:
    """An invoice as the customer sees it: what of it is open, what of that is paid online and not booked yet, and its open items."""

    invoice: Invoice
    open: Decimal
    going: Decimal
    items: tuple[int, ...]


def owed(access: CustomerAccess, invoices: Sequence[Invoice]) -> list[Owed]:
    """How invoices stand; two statements."""
    items: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    rows = OpenItem.objects.filter(
        entry__in=[i.entry_id for i in invoices if i.entry_id], company=access.company_id, party__in=names_of(access), control="receivable"
    )
    for pk, entry, amount in rows.order_by("due_on", "pk").values_list("pk", "entry_id", "open_amount"):
        items[entry].append((pk, amount))
    going = on_its_way(pk for parts in items.values() for pk, _amount in parts)
    return [
        Owed(
            i, sum((a for _pk, a in items[i.entry_id or 0]), ZERO), sum((going.get(pk, ZERO) for pk, _a in items[i.entry_id or 0]), ZERO),
            tuple(pk for pk, a in items[i.entry_id or 0] if a > going.get(pk, ZERO)),
        )
        for i in invoices
    ]  # fmt: skip


# ------------------------------------------------------------------ buying


def sellable() -> QuerySet[Product]:
    """What customers may order by themselves: active articles that need no configuration and no second unit."""
    configured = ProductModel.objects.filter(product=OuterRef("pk"), state="released")
    return Product.objects.filter(~Exists(configured), is_active=True, second_unit__isnull=True).select_related("unit")


@dataclass(frozen=True)
class Bought:
    """An article that the customer ordered before: how often, when last, and how much then."""

    product: Product
    times: int
    last_on: date
    quantity: Decimal


def history(access: CustomerAccess, limit: int = 40) -> list[Bought]:
    """What the customer ordered before, the latest first; three statements."""
    lines = OrderLine.objects.filter(
        order__company=access.company_id, order__customer__in=names_of(access), order__state__in=["confirmed", "closed", "held"],
        product__in=sellable().values("pk"), configuration__isnull=True, return_line__isnull=True,
    ).order_by()  # fmt: skip
    rows = list(lines.values("product").annotate(on=Max("order__on"), times=Count("pk"), last=Max("pk")).order_by("-on", "-last")[:limit])
    products = sellable().in_bulk([r["product"] for r in rows])
    amounts = dict(OrderLine.objects.filter(pk__in=[r["last"] for r in rows]).values_list("pk", "quantity"))
    return [Bought(products[r["product"]], r["times"], r["on"], amounts[r["last"]]) for r in rows if r["product"] in products]


def articles(skus: Iterable[str]) -> dict[str, Product]:
    """Articles by the numbers that people write, whatever the case; one statement."""
    wanted = {s.strip().lower() for s in skus if s.strip()}
    rows = sellable().annotate(written=Lower("sku")).filter(written__in=wanted)
    return {p.sku.lower(): p for p in rows}


def stock_of(access: CustomerAccess, products: Iterable[int]) -> dict[int, Decimal]:
    """What is free of articles in the company's warehouses; one statement."""
    return {pk: max(there.free, ZERO) for pk, there in availability(access.company_id, products).items()}


# ------------------------------------------------------------------ warranty


def warranty(access: CustomerAccess, serial: str) -> list[Held]:
    """The pieces of a serial number that left for the customer and did not come back, with their warranty; one statement."""
    return goods_of(access.company, access.customer_id, serial=serial.strip()) if serial.strip() else []
