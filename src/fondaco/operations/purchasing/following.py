"""What follows for returns to vendors, and for bills that were stopped, when goods, bills and credit notes come."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db.models import Sum

from fondaco.finance.payables.actions import reviewed, stopped
from fondaco.finance.payables.models import Bill, PaymentBlock
from fondaco.finance.payables.queries import is_unpaid
from fondaco.operations.purchasing.models import Billed, VendorReturn, VendorReturnLine
from fondaco.operations.purchasing.queries import AGAIN, DEMAND, measured, to_receive
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.money import ZERO


def follow_returns(lines: Collection[int], actor: Actor) -> None:
    """Bring the states of sent returns of order lines to what stands of them: what waits is *sent*, what was given back *credited*; one whose
    goods were replaced, or were never billed, is *closed*. One that somebody closed stays so. Five statements at most."""
    own = VendorReturnLine.objects.filter(demand_table=DEMAND, demand_line__in=list(lines), vendor_return__state__in=VendorReturn.GONE)
    returns = list(VendorReturn.objects.filter(pk__in=own.values("vendor_return"), closed_because="").order_by("pk"))
    if not returns:
        return
    parts = list(VendorReturnLine.objects.filter(vendor_return__in=returns).values_list("vendor_return_id", "pk", "demand_line"))
    owner = {pk: of for of, pk, _line in parts}
    waits: dict[int, Decimal] = defaultdict(lambda: ZERO)
    given: dict[int, Decimal] = defaultdict(lambda: ZERO)
    rows = Billed.objects.filter(return_line__in=owner).order_by().values_list("return_line_id", "note_id")
    for back, note, quantity in rows.annotate(Sum("quantity")):
        waits[owner[back]] += quantity
        given[owner[back]] -= quantity if note is not None else ZERO
    measures = {ln.pk: ln for ln in measured().filter(pk__in={line for _of, _pk, line in parts}).select_related("product")}
    moving = []
    for row in returns:
        own_lines = [measures[line] for of, _pk, line in parts if of == row.pk and line in measures]
        if waits[row.pk] > 0:
            state = "sent"
        elif given[row.pk] > 0:
            state = "credited"
        elif row.wanted in AGAIN:
            state = "closed" if all(to_receive(ln) <= 0 for ln in own_lines) else "sent"
        else:
            state = "closed" if all(ln.billed_quantity - ln.credited >= ln.received for ln in own_lines) else "sent"
        if state != row.state:
            row.state = state
            moving.append(row)
    if moving:
        DocumentSet(VendorReturn, moving, actor).save("state")


def stop_bills(bills: Iterable[int]) -> None:
    """Keep so much of unpaid bills from being paid as they bill more than is in the house after goods went back."""
    unpaid = list(Bill.objects.filter(is_unpaid(), pk__in=list(bills)).order_by("pk"))
    if unpaid:
        stopped(unpaid)


def review_bills(lines: Collection[int]) -> None:
    """End the blocks of bills of order lines whose quantities fit again: the goods came, or the vendor's credit note. One statement where
    nothing is blocked."""
    blocked = PaymentBlock.objects.filter(
        ended_at__isnull=True,
        kind__in=["quantity", PaymentBlock.SENT_BACK],
        line__matches__order_table=DEMAND,
        line__matches__order_line__in=list(lines),
    )
    bills = list(Bill.objects.filter(pk__in=blocked.values("bill"), state="posted").order_by("pk"))
    if bills:
        reviewed(bills)
