"""How configured lines are made (PR-05): parts, operations, cost and lead time, kept on the line as they are agreed, and when that is done.

A draft follows the bills and costs of the day. What came from a quote, or is in force, keeps what was agreed as long as nobody changes the product,
what was chosen of it or the quantity.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fondaco.frontoffice.configurator.making import chosen_in
from fondaco.masterdata.companies.queries import companies_of
from fondaco.operations.engineering.exploding import NO_COST, NO_RATE, Explosion, Gap, Part, kept, restored, scaled
from fondaco.operations.engineering.queries import Wanted, explosions, schedules
from fondaco.operations.supply.calendars import calendars_of
from fondaco.operations.supply.promising import BOUGHT, NOTHING, Ask, Promise
from fondaco.platform.database.rows import related
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft


def make_drafts(drafts: Sequence[Draft]) -> None:
    """Keep with each configured line of what it is made and what that costs. Statements do not grow with lines; none where nothing is configured."""
    asking = []
    for draft in drafts:
        for line in draft.lines:
            if not line.configuration_id:
                line.made_of = {}
            elif not _is_agreed(draft.row, line):
                asking.append((draft.row, line))
    if not asking:
        return
    today = timezone.localdate()
    chosen = chosen_in(list(related((ln for _row, ln in asking), "configuration").values()))
    wanted = [
        Wanted(row.company_id, ln.product_id, ln.quantity, chosen[ln.configuration_id], getattr(row, "warehouse_id", None))
        for row, ln in asking
    ]
    currencies = {pk: c.currency_id for pk, c in companies_of({w.company for w in wanted}).items()}
    for (row, line), found in zip(asking, explosions(wanted, today), strict=True):
        line.made_of = {} if found is None else _snapshot(found, line, today, currencies[row.company_id])


def _is_agreed(row: Any, line: Any) -> bool:
    told = line.made_of or {}
    same = told.get("configuration") == line.configuration_id and Decimal(told.get("quantity", "0")) == line.quantity
    return same and bool(getattr(line, "quote_line_id", None) or row.state in row.amendable_states)


def _snapshot(found: Explosion, line: Any, today: date, currency: str) -> dict[str, Any]:
    costs = found.costs
    return {
        "on": today.isoformat(), "configuration": line.configuration_id, "quantity": figure(line.quantity), "currency": currency, "whole": kept(found.whole),
        "costs": {name: figure(getattr(costs, name)) for name in ("material", "labour", "machine", "outside", "total")}, "gaps": [[g.kind, g.what] for g in found.gaps],
    }  # fmt: skip


def made_cost(line: Any) -> Decimal | None:
    """What a line costs to make in company currency, by what was kept with it; nothing of what is not made. Of another quantity its share, unrounded."""
    told = line.made_of
    return Decimal(told["costs"]["total"]) * line.quantity / Decimal(told["quantity"]) if told else None


def is_cost_whole(line: Any) -> bool:
    """Whether the cost of every part and operation was known."""
    return not any(g.kind in (NO_COST, NO_RATE) for g in gaps_of(line))


def whole_of(line: Any) -> Part:
    """All that goes into a line, as it was kept."""
    return restored(line.made_of["whole"])


def gaps_of(line: Any) -> list[Gap]:
    """What could not be reckoned of a line."""
    return [Gap(*g) for g in line.made_of.get("gaps", ())]


def made_promises(
    asks: Sequence[Ask], lines: Sequence[Any], answers: Sequence[Promise], today: date
) -> Mapping[int, tuple[date | None, str, int | None]]:
    """Of lines that are made, by their place: the day on which they are with the customer, on what that hangs, and the days until they are ready.

    What of the product itself was put by for the line counts first; the rest is made as was kept with it. Eight statements, none where nothing is made.
    """
    places, shares, before = [], [], []
    for n, (line, answer) in enumerate(zip(lines, answers, strict=True)):
        missing = sum((p.quantity for p in answer.parts if p.kind in (BOUGHT, NOTHING)), ZERO)
        if line.made_of and missing > 0:
            places.append(n)
            shares.append(scaled(whole_of(line), min(missing / Decimal(line.made_of["quantity"]), Decimal(10) ** 6)))
            before.append([p.ready for p in answer.parts if p.kind not in (BOUGHT, NOTHING)])
    if not places:
        return {}
    calendars = calendars_of({asks[n].company for n in places})
    times = schedules([(asks[n].company, asks[n].warehouse, part) for n, part in zip(places, shares, strict=True)], today)
    found: dict[int, tuple[date | None, str, int | None]] = {}
    for n, days, time in zip(places, before, times, strict=True):
        if time is None:
            continue
        whole, reason = time
        if whole.ready is None or None in days:
            found[n] = (None, reason, None)
        else:
            ready = max([whole.ready, *(d for d in days if d)])
            found[n] = (calendars[asks[n].company].arrives(ready), reason, (ready - today).days)
    return found
