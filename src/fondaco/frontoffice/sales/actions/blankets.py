"""The verbs of blanket orders: bring into force, call off, end (OM-07)."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.sales.actions.orders import Quantities
from fondaco.frontoffice.sales.blankets import draw, used
from fondaco.frontoffice.sales.completing import complete
from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, Order, OrderLine
from fondaco.frontoffice.sales.refusals import BlanketUsedUp, NoSuchLine, NothingAgreed, NothingToCallOff, ScheduleTooLong
from fondaco.operations.inventory.actions import write
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft

Calling = Annotated[
    Quantities,
    Field(
        json_schema_extra={
            "by_line": "quantity",
            "beside": ["agreed_quantity", "called", "drafted", "left"],
            "services": True,
            "needed": True,
        }
    ),
]
Rhythm = Literal["once", "week", "two_weeks", "month"]
DAYS = {"once": 0, "week": 7, "two_weeks": 14}


@action(
    BlanketOrder,
    moves={"draft": "in_force"},
    permission="sales.sign_blanket",
    title=_("Bring into force"),
    done=_("In force: orders are called off from it"),
)
def sign(blankets: DocumentSet[BlanketOrder]) -> None:
    """Bring blanket orders into force: from now on orders take their prices, and what they call off is counted."""
    filled = set(BlanketLine.objects.filter(blanket__in=blankets.ids).values_list("blanket_id", flat=True))
    for blanket in blankets:
        if blanket.pk not in filled:
            raise NothingAgreed(document=blanket, rows=rows_json([blanket]))
    blankets.number()


@action(
    BlanketOrder,
    moves={"in_force": "in_force"},
    permission="sales.write_order",
    name="call_off",
    title=_("Call off"),
    done=_("Orders drafted: check and confirm them"),
)
def call_off(
    blankets: DocumentSet[BlanketOrder],
    *,
    on: date,
    quantities: Calling = {},  # noqa: B006  a default for the doors, never changed
    every: Rhythm = "once",
    deliveries: Annotated[int, Field(ge=1, le=100)] = 1,
) -> None:
    """Draft orders for what a customer calls off: one for the day, or as many deliveries as asked, each of these quantities, a week or a month apart.

    They take the price of their quantity. Nothing is counted or reserved before they are confirmed, but no more than is left is drafted.
    """
    lines = {ln.pk: ln for ln in BlanketLine.objects.filter(blanket__in=blankets.ids).select_related("product", "blanket").order_by("pk")}
    strangers = [key for key in quantities if key not in lines]
    if strangers:
        raise NoSuchLine(line=strangers[0], document=", ".join(map(str, blankets)), fields={f"quantities.{strangers[0]}": strangers[0]})
    days = [_day(on, every, n) for n in range(deliveries if every != "once" else 1)]
    so_far = used(quantities)
    drafts = []
    for blanket in blankets:
        wanted = [(ln, quantities[ln.pk]) for ln in lines.values() if ln.blanket_id == blanket.pk and ln.pk in quantities]
        if not wanted:
            raise NothingToCallOff(document=blanket, rows=rows_json([blanket]))
        if days[-1] > blanket.valid_to:
            raise ScheduleTooLong(
                document=blanket, last=days[-1], valid_to=blanket.valid_to, fields={"on": days[-1]}, rows=rows_json([blanket])
            )
        _judge(blanket, wanted, so_far, len(days))
        drafts += [_order_of(blanket, wanted, day) for day in days]
    complete(drafts)
    orders = write(drafts, "order")
    draw(orders, {d.row.pk: d.lines for d in drafts})
    blankets.made["orders"] = [o.pk for o in orders]


def _day(on: date, every: Rhythm, times: int) -> date:
    """The day of the delivery after so many others; a month has that day or ends before it."""
    if every != "month":
        return on + timedelta(days=DAYS[every] * times)
    year, month = divmod(on.month - 1 + times, 12)
    year, month = on.year + year, month + 1
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def _judge(blanket: BlanketOrder, wanted: list[tuple[BlanketLine, Decimal]], so_far: Mapping[int, Any], deliveries: int) -> None:
    for line, quantity in wanted:
        if line.agreed_quantity is None:
            continue
        left, asked = line.agreed_quantity - so_far[line.pk].quantity, quantity * deliveries
        if asked > left:
            raise BlanketUsedUp(
                document=blanket, line=line.position, product=line.product, asked=figure(asked), left=figure(max(left, ZERO)),
                agreed=figure(line.agreed_quantity), blanket=blanket, fields={f"quantities.{line.pk}": _now("{left} are left.").format(left=figure(max(left, ZERO)))}, rows=rows_json([blanket]),
            )  # fmt: skip


def _order_of(blanket: BlanketOrder, wanted: list[tuple[BlanketLine, Decimal]], day: date) -> Draft:
    order = Order(
        company_id=blanket.company_id, customer_id=blanket.customer_id, reference=blanket.reference, on=timezone.localdate(),
        requested_on=day, currency_id=blanket.currency_id, salesperson_id=blanket.salesperson_id, conditions=blanket.conditions,
    )  # fmt: skip
    return Draft(order, [OrderLine(product_id=ln.product_id, quantity=quantity, blanket_line=ln) for ln, quantity in wanted])


@action(BlanketOrder, moves={"in_force": "ended"}, permission="sales.sign_blanket", title=_("End"), needs_reason=True, done=_("Ended"))
def end(blankets: DocumentSet[BlanketOrder]) -> None:
    """End blanket orders: nothing more is called off; orders in force stay."""


@action(BlanketOrder, moves={"draft": "cancelled"}, permission="sales.sign_blanket", title=_("Cancel"), done=_("Cancelled"))
def drop(blankets: DocumentSet[BlanketOrder]) -> None:
    """Give up drafts of blanket orders."""


__all__ = ["call_off", "drop", "end", "sign"]
