"""Questions to requests for quotation that several callers ask."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from fondaco.operations.inventory.models import StockLevel
from fondaco.operations.inventory.queries import unfit_there
from fondaco.operations.sourcing.links import hash_of
from fondaco.operations.sourcing.models import Invitation, Offer, OfferLine, QuoteRequestLine, RequisitionLine
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
