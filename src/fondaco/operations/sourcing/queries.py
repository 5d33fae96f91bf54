"""Questions to requests for quotation that several callers ask."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payables.models import Bill
from fondaco.finance.payments.models import Allocation, Disbursement
from fondaco.operations.inventory.models import GoodsReceiptLine, StockLevel
from fondaco.operations.inventory.queries import unfit_there
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.sourcing.links import hash_of
from fondaco.operations.sourcing.models import Invitation, Offer, OfferLine, QuoteRequestLine, RequisitionLine, VendorAccess
from fondaco.platform.money import ZERO


def by_token(token: str) -> Invitation | None:
    """The asked vendor behind a link."""
    rows = Invitation.objects.select_related("request", "company", "vendor").filter(link_hash=hash_of(token)).exclude(link_hash="")
    return rows.first()


def lines_of(requests: Iterable[int]) -> dict[int, list[QuoteRequestLine]]:
    """The lines of requests with their products and units, in order; one statement."""
    found: dict[int, list[QuoteRequestLine]] = {pk: [] for pk in requests}
    rows = QuoteRequestLine.objects.filter(request__in=list(found)).select_related("product__unit").order_by("request_id", "position", "id")
    for line in rows:
        found[line.request_id].append(line)
    return found


def last_offers(invitations: Iterable[int]) -> dict[int, Offer]:
    """The answer that counts of each asked vendor: his last; one statement."""
    rows = Offer.objects.filter(invitation__in=list(invitations)).order_by("invitation_id", "-place").distinct("invitation_id")
    return {o.invitation_id: o for o in rows.select_related("currency")}


def offered_lines(offers: Iterable[int]) -> dict[int, dict[int, OfferLine]]:
    """The offered lines of answers, by answer and by the line asked for; one statement."""
    found: dict[int, dict[int, OfferLine]] = defaultdict(dict)
    for row in OfferLine.objects.filter(offer__in=list(offers)).order_by("id"):
        found[row.offer_id][row.line_id] = row
    return found


def free_elsewhere(lines: Sequence[RequisitionLine]) -> dict[tuple[int, int, int], Decimal]:
    """What lies free of the products of lines, by company, warehouse and product; one statement."""
    rows = StockLevel.objects.filter(
        company__in={ln.requisition.company_id for ln in lines},
        product__in={ln.product_id for ln in lines if ln.product_id},
        location__kind="internal",
        location__warehouse__is_active=True,
    )
    found: dict[tuple[int, int, int], Decimal] = defaultdict(lambda: ZERO)
    for company, house, product, there, promised, unfit in rows.values_list(
        "company_id", "location__warehouse_id", "product_id", "on_hand", "reserved", unfit_there()
    ):
        found[company, house, product] += there - promised - unfit
    return {key: quantity for key, quantity in found.items() if quantity > 0}


# ------------------------------------------------------------------ what a vendor sees


def access_by_token(token: str) -> VendorAccess | None:
    """The vendor's access behind a link, while it is open."""
    rows = VendorAccess.objects.select_related("company", "vendor", "user").filter(_open(), link_hash=hash_of(token)).exclude(link_hash="")
    return rows.first()


def _open() -> Q:
    return Q(state="open") & (Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate()))


def seats_of(person: int) -> list[VendorAccess]:
    """The open accesses of a portal user, by company; one statement."""
    rows = VendorAccess.objects.filter(_open(), user=person, user__is_active=True).select_related("company", "vendor", "user")
    return list(rows.order_by("company__name", "pk"))


def seat_of(person: int, key: int) -> VendorAccess | None:
    """One of a portal user's own open accesses."""
    return next((seat for seat in seats_of(person) if seat.pk == key), None)


def own_requests(access: VendorAccess) -> list[Invitation]:
    """The requests for quotation that are open and addressed to the vendor, in the company that gave him the access; one statement."""
    rows = Invitation.objects.filter(
        company=access.company_id, vendor=access.vendor_id, request__state="sent", request__answer_by__gte=timezone.localdate()
    )
    return list(rows.select_related("request", "company", "vendor").order_by("request__answer_by", "pk"))


@dataclass(frozen=True)
class Paid:
    """A payment to the vendor as he may see it, with his own numbers of what it paid."""

    on: date
    amount: Decimal
    currency: str
    reference: str
    numbers: tuple[str, ...]


def own_payments(access: VendorAccess, limit: int = 50) -> list[Paid]:
    """What was paid to the vendor, the latest first; three statements."""
    rows = list(
        Disbursement.objects.filter(
            company=access.company_id, party=access.vendor_id, kind=Disbursement.PAID, state="posted"
        ).order_by("-on", "-id")[:limit]
    )  # fmt: skip
    parts = list(
        Allocation.objects.filter(payment__in=[r.pk for r in rows])
        .order_by("payment_id", "position")
        .values_list("payment_id", "item__entry_id")
    )
    numbers = dict(
        Bill.objects.filter(company=access.company_id, vendor=access.vendor_id, entry__in={e for _p, e in parts}).values_list("entry_id", "vendor_number")
    )  # fmt: skip
    return [
        Paid(
            r.on,
            r.amount,
            r.currency_id or "",
            r.reference,
            tuple(dict.fromkeys(numbers[e] for p, e in parts if p == r.pk and e in numbers)),
        )
        for r in rows
    ]


def own_orders(access: VendorAccess) -> QuerySet[PurchaseOrder]:
    """The orders in force of the vendor's own, in the company that gave him the access; the one definition of what he may see."""
    return PurchaseOrder.objects.filter(company=access.company_id, vendor=access.vendor_id, state__in=["confirmed", "closed"])


def announced(lines: Iterable[int]) -> dict[int, Decimal]:
    """What drafted receipts announce of order lines; one statement."""
    rows = GoodsReceiptLine.objects.filter(
        demand_table=PurchaseOrderLine._meta.db_table, demand_line__in=list(lines), receipt__state="draft"
    )
    return dict(rows.order_by().values_list("demand_line").annotate(quantity=Sum("quantity")))


@dataclass(frozen=True)
class Owed:
    """A bill of the vendor as he may see it: his own number, and how much of it is paid."""

    number: str
    on: date
    gross: Decimal
    currency: str
    is_credit: bool
    due_on: date | None
    open: Decimal


def own_bills(access: VendorAccess, limit: int = 100) -> list[Owed]:
    """The vendor's posted bills, the latest first; two statements."""
    rows = list(
        Bill.objects.filter(company=access.company_id, vendor=access.vendor_id, state="posted").order_by("-vendor_date", "-id")[:limit]
    )
    left = dict(
        OpenItem.objects.filter(entry__in=[b.entry_id for b in rows], party=access.vendor_id)
        .order_by()
        .values_list("entry_id")
        .annotate(left=Sum("open_amount"))
    )
    return [
        Owed(
            b.vendor_number,
            b.vendor_date,
            b.gross,
            b.currency_id or "",
            b.kind == Bill.CREDIT_NOTE,
            b.due_on,
            abs(left.get(b.entry_id, ZERO)),
        )
        for b in rows
    ]
