"""Tying lines that bring goods to lines that want them, and letting them go."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.operations.supply.models import Peg, VendorItem
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action

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
