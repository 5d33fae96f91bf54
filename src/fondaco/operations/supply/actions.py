"""Tying lines that bring goods to lines that want them, and letting them go."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.operations.supply.models import Peg
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action


def tie(pegs: Sequence[Peg]) -> None:
    """Tie supply to demand, for a room that bought for an order; one statement. The database refuses what exceeds a line."""
    insert_rows(Peg, sorted(pegs, key=lambda p: (p.supply_table, p.supply_line, p.demand_line)))


@action(Peg, permission="supply.release_tie", name="untie", title=_("Release"), needs_reason=True, dangerous=True, done=_("Released"))
def untie(pegs: DocumentSet[Peg]) -> None:
    """Let supply go that was bought for one order: what is still to come of it is for whoever waits longest."""
    Peg.objects.filter(pk__in=pegs.ids).delete()
