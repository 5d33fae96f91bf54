"""Tying lines that bring goods to lines that want them, and letting them go."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.operations.supply.models import GivenBack, Peg, VendorItem
from fondaco.operations.supply.sources import Item, open_lines
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.money import ZERO

#: Lead times are kept in hundredths of a day.
HUNDREDTH = Decimal("0.01")


def tie(pegs: Sequence[Peg]) -> None:
    """Tie supply to demand, for a room that bought for an order; one statement. The database refuses what exceeds a line."""
    insert_rows(Peg, sorted(pegs, key=lambda p: (p.supply_table, p.supply_line, p.demand_line)))


@action(Peg, permission="supply.release_tie", name="untie", title=_("Release"), needs_reason=True, dangerous=True, done=_("Released"))
def untie(pegs: DocumentSet[Peg]) -> None:
    """Let supply go that was bought for one order: what is still to come of it is for whoever waits longest."""
    Peg.objects.filter(pk__in=pegs.ids).delete()


def keep_measured(found: Mapping[tuple[int, int, int], tuple[Decimal, Decimal, int]]) -> None:
    """Keep what receipts of vendors really took (mean, standard deviation, how many), by company, vendor and product, on the items of
    vendors; two statements."""
    rows = VendorItem.objects.filter(vendor__in={v for _c, v, _p in found}, product__in={p for _c, _v, p in found})
    known = [(r.pk, found[r.company_id, r.vendor_id, r.product_id]) for r in rows if (r.company_id, r.vendor_id, r.product_id) in found]
    update_rows(
        VendorItem,
        {
            "id": [pk for pk, _m in known],
            "measured_days": [m[0].quantize(HUNDREDTH) for _pk, m in known],
            "measured_spread": [m[1].quantize(HUNDREDTH) for _pk, m in known],
            "measured_receipts": [m[2] for _pk, m in known],
        },
    )


def give_back(demand_table: str, most: Mapping[int, Decimal], items: Collection[Item], reason: str) -> None:
    """Let go what was bought for lines beyond ``most`` of each, and tell the buyer; what came already stays with them. The lines' products
    are ``items``. Four statements at most, one where nothing was bought."""
    pegs = list(Peg.objects.filter(demand_table=demand_table, demand_line__in=list(most)).order_by("demand_line", "-pk"))
    if not pegs:
        return
    lines = {o.key: o for o in open_lines(items)}
    left = dict(most)
    for peg in pegs:
        left[peg.demand_line] -= peg.handed_over
    gone, less, told = [], {}, []
    for peg in reversed(pegs):
        kept = min(peg.quantity - peg.handed_over, max(left[peg.demand_line], ZERO))
        left[peg.demand_line] -= kept
        surplus = peg.quantity - peg.handed_over - kept
        if surplus <= 0:
            continue
        if peg.quantity == surplus:
            gone.append(peg.pk)
        else:
            less[peg.pk] = peg.quantity - surplus
        supply, demand = lines.get((peg.supply_table, peg.supply_line)), lines.get((peg.demand_table, peg.demand_line))
        if supply is not None:
            told.append(
                GivenBack(
                    company_id=peg.company_id, product_id=supply.product, quantity=surplus, reason=reason, supply_table=peg.supply_table,
                    supply_line=peg.supply_line, supply_name=supply.number or str(supply.source.title), demand_name=demand.number if demand else "",
                )
            )  # fmt: skip
    Peg.objects.filter(pk__in=gone).delete()
    update_rows(Peg, {"id": list(less), "quantity": list(less.values())})
    insert_rows(GivenBack, told)


def hand_over(parts: Mapping[int, Decimal]) -> None:
    """Note what came of ties, by key: it belongs to their orders now. One statement."""
    pegs = Peg.objects.in_bulk(parts)
    update_rows(Peg, {"id": list(parts), "handed_over": [pegs[pk].handed_over + q for pk, q in parts.items()]})


@action(GivenBack, permission="supply.release_tie", name="mark_seen", title=_("Seen"), done=_("Seen"))
def mark_seen(rows: DocumentSet[GivenBack]) -> None:
    """Take what orders gave back off the buyer's desk: the purchase was called off, made less, or goes to stock."""
    update_rows(GivenBack, {"id": rows.ids, "is_seen": [True] * len(rows.ids)})
