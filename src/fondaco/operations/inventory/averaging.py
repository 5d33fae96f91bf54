"""What a pool at moving average would hold had every move been made on its day.

A receipt is worth its value and all that was corrected of it; of that, each later issue leaves the share (quantity after / quantity
before). Where nothing was left, what came before is forgotten. The moves of a product are read as arrays, newest first: a million of
them in less than a second. Results are unrounded; they are computed in double precision, about twelve digits of the pool.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from fondaco.operations.inventory.models import StockMove
from fondaco.platform.database.arrays import floats, integers
from fondaco.platform.money import ZERO

Floats = NDArray[np.float64]

#: So many of the newest moves are read first: where stock turns over, nothing older is left.
NEWEST = 50_000
#: The logarithm of a share that is nothing of any sum of money: a few 10^-20.
FORGOTTEN = -45.0
#: The logarithm of no share at all.
NOTHING = -1e9

CARDS = """
select w.product, a.keys, a.moved, a.worth, c.quantity::float8
from unnest(%s::bigint[], %s::date[], %s::bigint[]) w(product, "on", key)
join inventory_productcost c on c.company_id = %s and c.product_id = w.product
cross join lateral (
  select array_send(array_agg(m.id)) as keys, array_send(array_agg(m.sign * m.quantity::float8)) as moved,
    array_send(array_agg(case when m.sign > 0 then m.value::float8 else 0 end)) as worth
  from (
    select s.id, s.sign, s.quantity, s.value from inventory_stockmove s
    where s.company_id = c.company_id and s.product_id = w.product and s.sign <> 0 and (s."on", s.id) >= (w."on", w.key)
    order by s."on" desc, s.id desc limit %s
  ) m
) a
where a.keys is not null
"""

CORRECTED = """
select product_id, array_send(array_agg(move_id)), array_send(array_agg(more)) from (
  select product_id, move_id, sum(value + expensed)::float8 as more from inventory_stockvalue
  where company_id = %s and product_id = any(%s) and kind in ('price', 'landed_cost') group by 1, 2
) v group by 1
"""


@dataclass(frozen=True, slots=True)
class _Card:
    """The moves of a product, newest first: keys, signed quantities, the worth of receipts; and what is in stock after the newest."""

    keys: NDArray[np.int64]
    moved: Floats
    worth: Floats
    stock: float


def late_changes(company: int, late: Mapping[int, Sequence[StockMove]]) -> dict[int, Decimal]:
    """By product, how much more the pool would be worth had the ``late`` moves been made on their days than without them; company
    currency, unrounded. Statements: two, four where the newest moves of a product do not suffice."""
    found, undecided = {}, list(late)
    for most in (NEWEST, None):
        cards = _cards(company, dict.fromkeys(undecided, (date.min, 0)), most)
        corrected = _corrected(company, cards) if cards else {}
        for product, card in cards.items():
            moves = late[product]
            was_late = np.isin(card.keys, [m.pk for m in moves])
            moved_late = float(sum((m.sign * m.quantity for m in moves), ZERO))
            worth = card.worth + corrected.get(product, 0)
            tails = _tails(card.moved, card.stock)
            tails_without = _tails(np.where(was_late, 0, card.moved), card.stock - moved_late)
            if most is None or len(card.keys) < most or max(tails[-1], tails_without[-1]) < FORGOTTEN:
                found[product] = Decimal(
                    float((worth * np.exp(tails)).sum() - (np.where(was_late, 0, worth) * np.exp(tails_without)).sum())
                )
        undecided = [product for product in cards if product not in found]
        if not undecided:
            break
    return found


def shares_left(company: int, receipts: Iterable[StockMove]) -> dict[int, Decimal]:
    """By receipt, the share of it that is still in the pool; one statement."""
    oldest: dict[int, tuple[date, int]] = {}
    wanted: dict[int, list[int]] = {}
    for move in receipts:
        place = (move.on, move.pk)
        oldest[move.product_id] = min(oldest.get(move.product_id, place), place)
        wanted.setdefault(move.product_id, []).append(move.pk)
    found = {}
    for product, card in _cards(company, oldest, None).items():
        at = np.flatnonzero(np.isin(card.keys, wanted[product]))
        shares = np.exp(_tails(card.moved, card.stock)[at])
        found |= {int(key): Decimal(float(share)) for key, share in zip(card.keys[at], shares, strict=True)}
    return found


def _tails(moved: Floats, stock: float) -> Floats:
    """The logarithm of the share that all newer issues left of what came with each move; shape (moves,), newest first."""
    after = stock - (np.cumsum(moved) - moved)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.log(after / (after - moved))
    shares[after <= 0] = NOTHING
    shares[moved >= 0] = 0
    return np.cumsum(shares)


def _cards(company: int, since: Mapping[int, tuple[date, int]], most: int | None) -> dict[int, _Card]:
    """The card of each product since the move named, at ``most`` so many moves; one statement."""
    places = list(since.values())
    with connection.cursor() as cursor:
        cursor.execute(CARDS, [list(since), [on for on, _key in places], [key for _on, key in places], company, most])
        return {
            product: _Card(integers(keys), floats(moved), floats(worth), stock) for product, keys, moved, worth, stock in cursor.fetchall()
        }


def _corrected(company: int, cards: Mapping[int, _Card]) -> dict[int, Floats]:
    """What was added to the worth of receipts since, as an array beside each card that has any; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(CORRECTED, [company, list(cards)])
        rows = [(product, integers(keys), floats(more)) for product, keys, more in cursor.fetchall()]
    found = {}
    for product, keys, more in rows:
        card = cards[product]
        order = np.argsort(card.keys)
        places = np.searchsorted(card.keys, keys, sorter=order)
        there = places < len(order)
        there[there] = card.keys[order[places[there]]] == keys[there]
        found[product] = np.zeros(len(card.keys))
        found[product][order[places[there]]] = more[there]
    return found
