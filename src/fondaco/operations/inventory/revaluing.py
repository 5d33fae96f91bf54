"""What changes the value of stock after it was written: moves that come late, bills at another price, freight, new standards.

Nothing of the past is rewritten: what is booked stays, and the difference is one row of stock value and one entry, on the first open
day. What a late move would have changed is computed in the order of days, for all products at once: at moving average over arrays of
the moves (``averaging``), first in first out in the database (IV-03, IV-04).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft
from fondaco.finance.ledger.queries import first_open_days
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.averaging import late_changes, shares_left
from fondaco.operations.inventory.models import CostLayer, LayerUse, LotCost, MoveLot, ProductCost, StockMove, StockValue
from fondaco.operations.inventory.moving import lock_costs
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import ZERO, rounded, spread

SUBLEDGER = "stock"
ONE = Decimal(1)

# First in, first out: what is left of a product are its newest receipts. Layers that should hold another quantity than they do.
NEWEST_LEFT = """
with p as (
  select c.product_id, c.quantity, b."on", b.move_id from inventory_productcost c
  cross join lateral (select l."on", l.move_id from inventory_costlayer l where l.company_id = c.company_id and l.product_id = c.product_id
    and l.quantity > 0 order by l."on", l.move_id limit 1) b
  where c.company_id = %(company)s and c.product_id = any(%(products)s)
), r as (
  select m.id, m.product_id, m.quantity, m.value, p.quantity - sum(m.quantity) over w + m.quantity as not_newer
  from inventory_stockmove m join p on p.product_id = m.product_id
  where m.company_id = %(company)s and m.sign = 1 and (m."on", m.id) >= (p."on", p.move_id)
  window w as (partition by m.product_id order by m."on" desc, m.id desc rows unbounded preceding)
)
select r.product_id, r.id, r.quantity, r.value + coalesce((select sum(v.value + v.expensed) from inventory_stockvalue v
    where v.move_id = r.id and v.kind in ('price', 'landed_cost')), 0), greatest(0, least(r.quantity, r.not_newer)), l.quantity, l.value
from r join inventory_costlayer l on l.move_id = r.id
where l.quantity <> greatest(0, least(r.quantity, r.not_newer)) order by r.product_id, r.id
"""


def late_values(company_id: int, late: Sequence[StockMove]) -> list[StockValue]:
    """What moves that were dated before others of their product change: rows of stock value, not yet written.

    At moving average, what the pool would be worth had every move been made on its day is compared with and without the late ones;
    first in, first out, the newest receipts stay and the layers are set so (written here); at the cost of the lot, each lot is compared
    for itself. Rounded half away from zero; less than a minor unit is nothing. Products at standard cost never change. The products are locked. Statements: constant.
    """
    if not late:
        return []
    company = Company.objects.select_related("currency").get(pk=company_id)
    decimals = company.currency.decimals
    by_product: dict[int, list[StockMove]] = defaultdict(list)
    for row in late:
        by_product[row.product_id].append(row)
    costing = dict(Product.objects.filter(pk__in=by_product).values_list("id", "costing"))
    pools = {c.product_id: c for c in ProductCost.objects.filter(company=company, product__in=by_product)}
    changed: dict[int, Decimal] = {}
    average = {product: rows for product, rows in by_product.items() if costing[product] == Product.AVERAGE}
    for product, wanted in late_changes(company_id, average).items() if average else ():
        pool = pools[product]
        booked = sum((row.sign * row.value for row in by_product[product]), ZERO)
        if pool.quantity > 0:
            changed[product] = max(rounded(wanted, decimals) - booked, -pool.value)
    if fifo := [product for product in by_product if costing[product] == Product.FIFO]:
        changed |= _reset_layers(company_id, fifo, by_product, decimals)
    days = _last_days(company_id, list(changed))
    found: list[tuple[StockMove, int | None, Decimal, date]] = [
        (by_product[product][0], None, value, days[product]) for product, value in sorted(changed.items()) if value
    ]
    if specific := [row for row in late if costing[row.product_id] == Product.SPECIFIC]:
        found += _late_lots(specific, decimals)
    open_days = first_open_days(company_id, SUBLEDGER, {last for _first, _lot, _value, last in found})
    rows = []
    for first, lot, value, last in found:
        rows.append(
            StockValue(
                company_id=company_id, product_id=first.product_id, lot_id=lot, kind=StockValue.LATE, move=first, value=value, expensed=-value,
                booked_on=max(open_days[last], first.booked_on), source_table=first.source_table, source_id=first.source_id, source_line=first.source_line,
                explanation=_("Dated {on}, recorded after moves up to {last}: in the order of days, {amount} more would be left in stock.").format(
                    on=first.on.isoformat(), last=last.isoformat(), amount=f"{value:f}"
                ),
            )
        )  # fmt: skip
    return rows


#: What came and went of lots in the order of days, with what was corrected of it since.
LOT_CARD = """
select a.lot_id, a.move_id, a."on", a.sign, a.quantity, a.value + coalesce(v.more, 0), m.returns_id
from inventory_movelot a join inventory_stockmove m on m.id = a.move_id
left join (
  select lot_id, move_id, sum(value + expensed) as more from inventory_stockvalue where lot_id = any(%s) and kind in ('price', 'landed_cost') group by 1, 2
) v on v.lot_id = a.lot_id and v.move_id = a.move_id
where a.lot_id = any(%s) and a.sign <> 0 order by a.lot_id, a."on", a.move_id
"""


@dataclass(frozen=True, slots=True)
class _LotMove:
    """What came (1) or went (-1) of a lot, and what it cost."""

    move: int
    on: date
    sign: int
    quantity: Decimal
    value: Decimal
    returns: int | None


def _lot_cards(lots: Iterable[int]) -> dict[int, list[_LotMove]]:
    wanted, cards = sorted(set(lots)), defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LOT_CARD, [wanted, wanted])
        for lot, *figures in cursor.fetchall():
            cards[lot].append(_LotMove(*figures))
    return cards


def _left_in_order(card: Sequence[_LotMove], worth_of: Callable[[_LotMove], Decimal], without: Collection[int] = ()) -> Decimal:
    """What is left of what came, each issue taking its share of what was there on its day and each return bringing its issue's share
    back; unrounded."""
    quantity, left = ZERO, ZERO
    taken: dict[int, Decimal] = {}
    for row in card:
        if row.move in without:
            continue
        if row.sign > 0:
            left += taken[row.returns] * row.quantity if row.returns in taken else worth_of(row)
        else:
            taken[row.move] = left / quantity if quantity > 0 else ZERO
            left -= taken[row.move] * row.quantity
        quantity += row.sign * row.quantity
        if quantity <= 0:
            left = ZERO
    return left


def _late_lots(late: Sequence[StockMove], decimals: int) -> list[tuple[StockMove, int | None, Decimal, date]]:
    """By lot, what late moves change in what is left of it, with the day of its last move; three statements."""
    moves = {row.pk: row for row in late}
    own: dict[int, list[MoveLot]] = defaultdict(list)
    for part in MoveLot.objects.filter(move__in=moves).order_by("move_id", "id"):
        own[part.lot_id].append(part)
    cards = _lot_cards(own)
    held = LotCost.objects.in_bulk(own)
    found: list[tuple[StockMove, int | None, Decimal, date]] = []
    for lot, parts in sorted(own.items()):
        wanted = _left_in_order(cards[lot], lambda row: row.value) - _left_in_order(cards[lot], lambda row: row.value, moves)
        change = rounded(wanted, decimals) - sum((p.sign * p.value for p in parts), ZERO)
        if held[lot].quantity > 0 and (change := max(change, -held[lot].value)):
            found.append((moves[parts[0].move_id], lot, change, cards[lot][-1].on))
    return found


def _reset_layers(company: int, products: Sequence[int], late: dict[int, list[StockMove]], decimals: int) -> dict[int, Decimal]:
    uses, changed = [], dict.fromkeys(products, ZERO)
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_LEFT, {"company": company, "products": list(products)})
        found = cursor.fetchall()
    for product, layer, quantity, value, target, left, worth in found:
        target_value = value if target == quantity else rounded(value * target / quantity, decimals)
        uses.append(LayerUse(company_id=company, move=late[product][0], layer_id=layer, quantity=left - target, value=worth - target_value))
        changed[product] += target_value - worth
    insert_rows(LayerUse, uses)
    return changed


def _last_days(company: int, products: Sequence[int]) -> dict[int, date]:
    """The last day on which each product was moved; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            'select p, (select m."on" from inventory_stockmove m where m.company_id = %s and m.product_id = p and m.sign <> 0'
            ' order by m."on" desc, m.id desc limit 1) from unnest(%s::bigint[]) p',
            [company, list(products)],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Change:
    """An ``amount`` in company currency that a receipt cost more (less) than it was booked at, and the paper that says so.

    ``sent_back``: so much of the receipt is with its vendor again, and neither left in stock nor sold.
    """

    move: int
    amount: Decimal
    kind: str
    source: tuple[str, int, int | None]
    explanation: str = ""
    sent_back: Decimal = ZERO

    def kept(self, share: Decimal, received: Decimal) -> Decimal:
        """The share of what was not sent back, where ``share`` is that of the whole receipt; at most all of it."""
        return min(share * received / (received - self.sent_back), ONE) if ZERO < self.sent_back < received else share


def value_changes(company_id: int, changes: Sequence[Change], booked_on: date) -> list[StockValue]:
    """Split each amount into what is still in stock and what has left: rows of stock value, not yet written.

    What is left of a receipt: at moving average the share that later issues left of it, first in, first out what lies in its layer, at
    standard cost nothing; at the cost of the lot a row for each lot, with what is left of it. Rounded half away from zero. Locks the products in key order. Statements: constant.
    """
    moves = StockMove.objects.in_bulk({c.move for c in changes})
    company = Company.objects.select_related("currency").get(pk=company_id)
    decimals = company.currency.decimals
    costs = lock_costs(company_id, {m.product_id for m in moves.values()})
    layers = {
        x.move_id: x
        for x in CostLayer.objects.filter(move__in=[k for k, m in moves.items() if costs[m.product_id].costing == Product.FIFO])
    }
    left: dict[int, Decimal] = {}
    if average := [m for m in moves.values() if m.sign and costs[m.product_id].costing == Product.AVERAGE]:
        left = shares_left(company_id, average)
    lots = _Lots([k for k, m in moves.items() if costs[m.product_id].costing == Product.SPECIFIC])
    rows = []
    for change in changes:
        move = moves[change.move]
        cost = costs[move.product_id]
        if cost.costing == Product.SPECIFIC and move.sign:
            rows += lots.rows(move, change, booked_on, decimals)
            continue
        if not move.sign:  # it went straight to the customer: all of it has left
            value = ZERO
        elif cost.costing == Product.FIFO:
            layer = layers[move.pk]
            value = rounded(change.amount * change.kept(layer.quantity / move.quantity, move.quantity), decimals)
            value = max(value, -layer.value)
            layer.value += value
        elif cost.costing == Product.AVERAGE and cost.quantity > 0:
            value = max(rounded(change.amount * change.kept(left[move.pk], move.quantity), decimals), -cost.value)
        else:
            value = ZERO
        cost.value += value
        table, document, line = change.source
        rows.append(
            StockValue(
                company_id=company_id, product_id=move.product_id, kind=change.kind, move=move, value=value, expensed=change.amount - value,
                booked_on=booked_on, source_table=table, source_id=document, source_line=line, explanation=change.explanation,
            )
        )  # fmt: skip
    return rows


class _Lots:
    """The lots of receipts whose goods cost what their lot cost, and what is left of each; four statements, none where there are none."""

    def __init__(self, receipts: Collection[int]) -> None:
        self.parts: dict[int, list[MoveLot]] = defaultdict(list)
        for part in MoveLot.objects.filter(move__in=receipts).order_by("move_id", "id") if receipts else ():
            self.parts[part.move_id].append(part)
        own = {p.lot_id for parts in self.parts.values() for p in parts}
        #: What of a receipt's lots is with its vendor again.
        self.back: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
        if own:
            for move, lot, quantity in MoveLot.objects.filter(move__returns__in=receipts).values_list(
                "move__returns_id", "lot_id", "quantity"
            ):
                self.back[move or 0, lot] += quantity
        self.cards = _lot_cards(own) if own else {}
        self.held = {pk: c.value for pk, c in LotCost.objects.in_bulk(own).items() if c.quantity > 0} if own else {}

    def rows(self, move: StockMove, change: Change, booked_on: date, decimals: int) -> list[StockValue]:
        """A change of a receipt, shared by its lots by value (by quantity where they cost nothing), each split into left and gone."""
        parts = self.parts[move.pk]
        kept = [p.quantity - self.back[move.pk, p.lot_id] for p in parts]
        if not any(kept):
            kept = [p.quantity for p in parts]
        weights = [p.value * left / p.quantity for p, left in zip(parts, kept, strict=True)]
        table, document, line = change.source
        rows = []
        shares = spread(change.amount, weights if any(weights) else kept, decimals)
        for part, amount, stayed in zip(parts, shares, kept, strict=True):
            if not amount:
                continue
            value = ZERO
            if part.lot_id in self.held:
                share = _left_in_order(self.cards[part.lot_id], lambda row: ONE if row.move == move.pk else ZERO)
                if ZERO < stayed < part.quantity:
                    share = min(share * part.quantity / stayed, ONE)
                value = max(rounded(amount * share, decimals), -self.held[part.lot_id])
                self.held[part.lot_id] += value
            rows.append(
                StockValue(
                    company_id=move.company_id, product_id=move.product_id, lot_id=part.lot_id, kind=change.kind, move=move, value=value,
                    expensed=amount - value, booked_on=booked_on, source_table=table, source_id=document, source_line=line,
                    explanation=change.explanation,
                )
            )  # fmt: skip
        return rows


def amounts(rows: Iterable[StockValue], costing: dict[int, str]) -> dict[str, Decimal]:
    """What rows of stock value do to the accounts, debit positive: inventory, cost of goods sold, variances of products at standard."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        sums["inventory"] += row.value
        sums["purchase_price_variance" if costing[row.product_id] == Product.STANDARD else "cost_of_goods_sold"] += row.expensed
    return sums


def book(groups: Sequence[tuple[Sequence[StockValue], EntryDraft | None]], *, actor: Actor) -> list[Any]:
    """Post the entry of each group of rows and write the rows with it; the entries in the order given, None where nothing is booked."""
    posted = iter(ledger.post([draft for _rows, draft in groups if draft is not None], actor=actor))
    entries = [next(posted) if draft is not None else None for _rows, draft in groups]
    for (rows, _draft), entry in zip(groups, entries, strict=True):
        for row in rows:
            row.entry = entry
    insert_rows(StockValue, [row for rows, _draft in groups for row in rows])
    return entries
