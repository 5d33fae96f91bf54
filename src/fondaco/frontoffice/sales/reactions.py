"""What sales does when the warehouse does not find goods: the customer's timeline says so at once (WH-06)."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.actions.orders import told
from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.frontoffice.sales.queries import DEMAND
from fondaco.masterdata.parties.actions import record
from fondaco.operations.warehouse.models import Shortage, Task, Wave
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to
from fondaco.platform.money import figure


@reacts_to("warehouse.report_short")
def not_found(tasks: DocumentSet[Task]) -> None:
    """A picker did not find something, and no other bin has it."""
    _tell(
        list(Shortage.objects.filter(task__in=tasks.ids, demand_table=DEMAND).select_related("product", "bin").order_by("pk")), tasks.actor
    )


@reacts_to("warehouse.release")
def not_there(waves: DocumentSet[Wave]) -> None:
    """A wave was released for which goods lie in no bin."""
    missing = Shortage.objects.filter(
        issue__waves__wave__in=waves.ids, task=None, demand_table=DEMAND, created_at__gte=min(w.released_at for w in waves)
    )
    _tell(list(missing.select_related("product", "bin").order_by("pk")), waves.actor)


def _tell(missing: Sequence[Shortage], actor: Actor) -> None:
    """A note on the timeline of each customer, one an order. Three statements."""
    if not missing:
        return
    orders = dict(OrderLine.objects.filter(pk__in={s.demand_line for s in missing}).values_list("pk", "order_id"))
    by_order: dict[int, list[Shortage]] = defaultdict(list)
    for row in missing:
        by_order[orders[row.demand_line or 0]].append(row)
    today = timezone.localdate()
    record(
        [
            told(
                order, actor, _("Goods missing for order {number}"), on=today,
                body="\n".join(
                    _("{quantity} of {product}: {why}").format(quantity=figure(s.quantity), product=s.product, why=s.why) for s in by_order[order.pk]
                ),
            )
            for order in Order.objects.filter(pk__in=by_order).order_by("pk")
        ]
    )  # fmt: skip
