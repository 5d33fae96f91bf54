"""Stopping an order, and letting it go on (OM-06)."""

from typing import Literal, get_args

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.finance.receivables.refusals import NotBySameHand
from fondaco.frontoffice.sales.actions.orders import go_on, told
from fondaco.frontoffice.sales.holds import open_holds
from fondaco.frontoffice.sales.models import Order, OrderHold
from fondaco.frontoffice.sales.refusals import NotHeld
from fondaco.masterdata.parties.actions import record
from fondaco.platform.access.permissions import standalone
from fondaco.platform.audit.models import Change
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Kind = Literal["price", "export", "fraud", "other"]
#: Beside ``sales.release_hold``, the right to release holds of each kind.
RELEASES = {kind: standalone(f"sales.release_{kind}_hold") for kind in get_args(Kind)}


@action(
    Order,
    moves={"draft": "draft", "held": "held", "confirmed": "confirmed"},
    permission="sales.hold_order",
    title=_("Put on hold"),
    needs_reason=True,
    done=_("On hold"),
)
def hold(orders: DocumentSet[Order], *, kind: Kind) -> None:
    """Stop orders, for a reason: drafts are not confirmed, and no goods leave for confirmed ones until somebody releases them."""
    insert_rows(OrderHold, [OrderHold(order_id=o.pk, kind=kind, why=orders.reason) for o in orders])
    day = timezone.localdate()
    record([told(o, orders.actor, _now("Order {number} is on hold"), on=day, body=orders.reason) for o in orders])


@action(
    Order,
    moves={"draft": "draft", "held": "held", "confirmed": "confirmed"},
    permission="sales.release_hold",
    title=_("Release hold"),
    needs_reason=True,
    done=_("Released"),
    only_when=Q(pk__in=OrderHold.objects.filter(released_at__isnull=True).values("order")),
)
def release_hold(orders: DocumentSet[Order], *, kind: Kind) -> None:
    """Release the holds of one kind, for a reason. An order that nothing stops any more is confirmed and its goods reserved.

    Each kind has a right of its own (``sales.release_price_hold`` and so on). Who entered or changed an order, or put it on hold by
    rule through confirming it, does not release it.
    """
    permission = RELEASES[kind]
    for company in {o.company_id for o in orders}:
        if not orders.actor.may(permission, company):
            raise NotAllowed(verb=str(release_hold.title), what=Order._meta.verbose_name_plural, permission=permission)
    found = open_holds(orders.ids)
    chosen = {o.pk: [h for h in found[o.pk] if h.kind == kind] for o in orders}
    free = [o for o in orders if not chosen[o.pk]]
    if free:
        kinds = dict(OrderHold.KINDS)
        others = ", ".join(dict.fromkeys(str(kinds[h.kind]) for h in found[free[0].pk])) or _now("none")
        raise NotHeld(document=free[0], kind=kinds[kind], open=others, rows=rows_json(free))
    hands = set(
        Change.objects.filter(table_name=Order._meta.db_table, row_id__in=orders.ids, actor=orders.actor.username)
        .exclude(verb="sales.release_hold")
        .values_list("row_id", flat=True)
    )
    own = [o for o in orders if o.pk in hands or o.created_by == orders.actor.username]
    if own:
        raise NotBySameHand(document=own[0], who=orders.actor.name or orders.actor.username)
    now = timezone.now()
    keys = [h.pk for rows in chosen.values() for h in rows]
    update_rows(
        OrderHold,
        {
            "id": keys,
            "released_at": [now] * len(keys),
            "released_by": [orders.actor.username] * len(keys),
            "released_because": [orders.reason] * len(keys),
        },
    )
    day = timezone.localdate()
    record([told(o, orders.actor, _now("Hold of order {number} released"), on=day, body=orders.reason) for o in orders])
    freed = [o for o in orders if o.state == "held" and len(found[o.pk]) == len(chosen[o.pk])]
    go_on(freed, day, orders.actor)
