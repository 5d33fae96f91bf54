"""Bills, routings, rates and costs, read for any number of products in constant statements; what is made, when and for how much."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, Value
from django.utils.translation import get_language

from fondaco.masterdata.companies.queries import RateMissing, RateTable, companies_of, rate_table
from fondaco.operations.engineering.choosing import Chosen, Vocabulary, read_condition, strange_words
from fondaco.operations.engineering.exploding import (
    HUNDRED,
    UNKNOWN,
    VENDOR,
    Bill,
    Book,
    Costs,
    Explosion,
    Item,
    Line,
    Part,
    Rate,
    Step,
    explode,
    walked,
)
from fondaco.operations.engineering.formulas import names_of, read_formula
from fondaco.operations.engineering.models import BillOfMaterials, BomLine, Routing, RoutingOperation
from fondaco.operations.engineering.scheduling import Timed, because, timed, waited_for
from fondaco.operations.supply.promising import Promising, promising
from fondaco.operations.supply.saying import sentences
from fondaco.platform.money import ZERO

IN_FORCE = "{0}.valid_from <= %(on)s and ({0}.valid_to is null or {0}.valid_to >= %(on)s)"
#: The products asked for and all that goes into them, by company.
NEEDED = f"""
with recursive needed (company_id, product_id) as (
  select * from unnest(%(companies)s::bigint[], %(products)s::bigint[]) a (company_id, product_id)
  union
  select n.company_id, l.item_id from needed n
  join engineering_billofmaterials b on b.company_id = n.company_id and b.product_id = n.product_id and {IN_FORCE.format("b")}
  join engineering_bomline l on l.bom_id = b.id and l.item_id is not null
)
"""
ITEMS = f"""
{NEEDED}
select n.company_id, p.id, p.sku, p.name, p.name_it, u.name, u.name_it, b.id, b.version_number, b.quantity, b.is_phantom,
  case when p.costing = 'standard' and c.standard_cost is not null then 'standard' when c.quantity > 0 and c.value > 0 then 'average' when c.last_cost > 0 then 'last'
    when v.unit_price is not null then 'vendor' else '' end as source,
  case when p.costing = 'standard' and c.standard_cost is not null then c.standard_cost when c.quantity > 0 and c.value > 0 then c.value / c.quantity
    when c.last_cost > 0 then c.last_cost else coalesce(v.unit_price, 0) end as cost, v.currency_id
from needed n join catalog_product p on p.id = n.product_id join catalog_unit u on u.id = p.unit_id
left join engineering_billofmaterials b on b.company_id = n.company_id and b.product_id = n.product_id and {IN_FORCE.format("b")}
left join inventory_productcost c on c.company_id = n.company_id and c.product_id = n.product_id
left join lateral (
  select x.unit_price, x.currency_id from supply_vendoritem x where x.company_id = n.company_id and x.product_id = n.product_id and x.is_active and x.unit_price is not null
  order by x.rank, x.lead_days, x.id limit 1
) v on true
"""
LINES = """
select l.bom_id, l.item_id, l.quantity, l.chosen_at, l.formula, l.scrap_percent, l.condition,
  case when l.unit_id is null or l.unit_id = p.unit_id then 1 else coalesce(k.factor, u.factor / own.factor) end
from engineering_bomline l left join catalog_product p on p.id = l.item_id left join catalog_unit own on own.id = p.unit_id
left join catalog_unit u on u.id = l.unit_id left join catalog_productunit k on k.product_id = l.item_id and k.unit_id = l.unit_id
where l.bom_id = any (%(bills)s) order by l.bom_id, l.position, l.id
"""
STEPS = f"""
select r.company_id, r.product_id, o.position, o.name, o.name_it, c.id, c.name, c.name_it, v.id, v.name, o.setup_minutes, o.minutes, o.per_quantity, o.formula, o.overlap_percent,
  o.outside_price, o.outside_days, o.condition, c.hours_per_day, c.efficiency, w.setup_rate, w.labour_rate, w.machine_rate
from unnest(%(companies)s::bigint[], %(products)s::bigint[]) a (company_id, product_id)
join engineering_routing r on r.company_id = a.company_id and r.product_id = a.product_id and {IN_FORCE.format("r")}
join engineering_routingoperation o on o.routing_id = r.id
left join engineering_workcentre c on c.id = o.work_centre_id left join parties_party v on v.id = o.vendor_id
left join engineering_workcentrerate w on w.work_centre_id = c.id and {IN_FORCE.format("w")}
order by r.company_id, r.product_id, o.position, o.id
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of a product that a company would make, with what was chosen of it; its parts come from a warehouse (else the company's first)."""

    company: int
    product: int
    quantity: Decimal
    chosen: Chosen | None = None
    warehouse: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What goes into what is made, what it costs, and when it is ready: ``reason`` says on what that hangs."""

    explosion: Explosion
    whole: Timed
    reason: str
    today: date

    @property
    def ready(self) -> date | None:
        return self.whole.ready

    @property
    def lead_days(self) -> int | None:
        """Days from today until it is ready."""
        return None if self.ready is None else (self.ready - self.today).days

    @property
    def costs(self) -> Costs:
        return self.explosion.costs


def books_of(wanted: Iterable[Wanted], on: date) -> dict[int, Book]:
    """All that goes into products, by company, as it holds on a day: three statements, and where a part is priced in a foreign currency one more a company."""
    seeds = sorted({(w.company, p) for w in wanted for p in (w.product, *_components(w.chosen))})
    if not seeds:
        return {}
    italian = get_language() == "it"
    said = lambda english, other: (other if italian else "") or english or ""  # noqa: E731
    given: dict[str, Any] = {"companies": [c for c, _p in seeds], "products": [p for _c, p in seeds], "on": on}
    items: dict[int, dict[int, Item]] = defaultdict(dict)
    heads: dict[tuple[int, int], tuple[int, int, Decimal, bool]] = {}
    lines: dict[int, list[Line]] = defaultdict(list)
    routings: dict[int, dict[int, list[Step]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, given)
        rows = cursor.fetchall()
        for company, product, *_rest, bill, version, quantity, is_phantom, _source, _cost, _currency in rows:
            if bill is not None:
                heads[company, product] = (bill, version, quantity, is_phantom)
        cursor.execute(LINES, {"bills": [h[0] for h in heads.values()]})
        for bill, item, quantity, chosen_at, formula, scrap, condition, factor in cursor.fetchall():
            lines[bill].append(Line(item, quantity, chosen_at, formula, factor, scrap, condition))
        cursor.execute(STEPS, given | {"companies": [c for c, _p in heads], "products": [p for _c, p in heads]})
        for company, product, *step in cursor.fetchall():
            routings[company][product].append(_step(step, said))
    tables = _tables(rows)
    for company, product, sku, name, name_it, unit, unit_it, _b, _v, _q, _p, source, cost, currency in rows:
        if source == VENDOR:
            cost, source = _in_own(cost, currency, tables[company], on)
        items[company][product] = Item(sku, said(name, name_it), said(unit, unit_it), cost, source)
    return {
        company: Book(
            items[company],
            {p: Bill(v, q, f, tuple(lines[b])) for (c, p), (b, v, q, f) in heads.items() if c == company},
            routings[company],
            tables[company].decimals[tables[company].base],
        )
        for company in items
    }


def _components(chosen: Chosen | None) -> set[int]:
    if chosen is None:
        return set()
    return {p for built in chosen.parts.values() for p in (built.product, *_components(built.chosen))}


def _tables(rows: Sequence[Any]) -> dict[int, RateTable]:
    companies = companies_of({r[0] for r in rows})
    return {pk: rate_table(c, {r[-1] for r in rows if r[0] == pk and r[-1] and r[-3] == VENDOR}) for pk, c in companies.items()}


def _in_own(cost: Decimal, currency: str | None, table: RateTable, on: date) -> tuple[Decimal, str]:
    """A vendor's price in company currency, unrounded; unknown where there is no rate."""
    try:
        return cost * table.rate(currency or table.base, on), VENDOR
    except RateMissing:
        return ZERO, UNKNOWN


def _step(row: Sequence[Any], said: Any) -> Step:
    (
        position,
        name,
        name_it,
        centre,
        centre_name,
        centre_it,
        vendor,
        vendor_name,
        setup,
        minutes,
        per,
        formula,
        overlap,
        price,
        days,
        condition,
        hours,
        pace,
        *rates,
    ) = row
    return Step(
        position, said(name, name_it), said(centre_name, centre_it) if centre else vendor_name, centre, vendor, setup, minutes, per, formula, overlap, price, days,
        condition, hours or Decimal(8), pace or HUNDRED, None if rates[0] is None else Rate(*rates),
    )  # fmt: skip


def explosions(wanted: Sequence[Wanted], on: date) -> list[Explosion | None]:
    """What goes into each, as it holds and costs on a day; nothing of what is not made. Three statements, and one more a company with foreign prices."""
    books = books_of(wanted, on)
    return [
        explode(books[w.company], w.product, w.quantity, w.chosen) if w.product in books[w.company].bills else None for w in wanted
    ]  # fmt: skip


def made(wanted: Sequence[Wanted], today: date) -> list[Made | None]:
    """What goes into each, what that costs and when it is ready, in the order given: what one takes the next has not. Eleven statements at most, and
    one more a company with foreign prices."""
    found = explosions(wanted, today)
    times = schedules([(w.company, w.warehouse, e.whole if e is not None else None) for w, e in zip(wanted, found, strict=True)], today)
    return [None if e is None or t is None else Made(e, *t, today) for e, t in zip(found, times, strict=True)]


def schedules(asked: Sequence[tuple[int, int | None, Part | None]], today: date) -> list[tuple[Timed, str] | None]:
    """When each is ready, and on what that hangs. Eight statements; none where nothing is asked."""
    items = {(c, p.product) for c, _w, whole in asked if whole is not None for _level, p in walked(whole)}
    if not items:
        return [None for _asked in asked]
    there: Promising = promising(items, today)
    times = [None if whole is None else timed(there, there.calendars[c], c, w, whole) for c, w, whole in asked]
    said = sources_said([waited_for(t)[0] for t in times if t is not None])
    return [None if t is None else (t, because(t, lambda one: said[id(one)])) for t in times]


def sources_said(parts: Sequence[Timed]) -> dict[int, str]:
    """From where parts come, in words, by ``id()``; two statements."""
    return dict(zip((id(t) for t in parts), sentences([t.supplies for t in parts]), strict=True))


def used_in(products: Collection[int], company: int) -> list[dict[str, Any]]:
    """Where products go in, directly and over other parts, the nearest first: level, bill, product, version, days and quantity. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with recursive above (level, bom_id, path) as (
              select 1, l.bom_id, array[l.item_id, b.product_id] from engineering_bomline l join engineering_billofmaterials b on b.id = l.bom_id
              where l.item_id = any (%(products)s) and b.company_id = %(company)s
              union
              select a.level + 1, l.bom_id, a.path || b.product_id from above a join engineering_billofmaterials own on own.id = a.bom_id
              join engineering_bomline l on l.item_id = own.product_id join engineering_billofmaterials b on b.id = l.bom_id and b.company_id = %(company)s
              where a.level < 30 and not b.product_id = any (a.path)
            )
            select distinct on (a.level, p.sku, b.version_number) a.level, b.id, p.sku, p.name, p.name_it, b.version_number, b.valid_from, b.valid_to
            from above a join engineering_billofmaterials b on b.id = a.bom_id join catalog_product p on p.id = b.product_id
            order by a.level, p.sku, b.version_number limit 200
            """,
            {"products": list(products), "company": company},
        )
        names = ("level", "pk", "sku", "name", "name_it", "version", "valid_from", "valid_to")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def strange_to(words: Mapping[int, Vocabulary], on: date) -> dict[int, list[str]]:
    """What bills and routings that hold on a day or later name of products that would not have it any more, by product; two statements."""
    ends = Q(valid_to__isnull=True) | Q(valid_to__gte=on)
    bills = BillOfMaterials.objects.filter(ends, product__in=words)
    lines = BomLine.objects.filter(bom__in=bills).values_list("bom__product", "condition", "formula", "chosen_at")
    routings = Routing.objects.filter(ends, product__in=words)
    steps = RoutingOperation.objects.filter(routing__in=routings).values_list("routing__product", "condition", "formula", Value(""))
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for product, condition, formula, slot in (*lines, *steps):
        known = words[product]
        strange = strange_words(read_condition(condition), known) if condition else []
        strange += [n for n in sorted(names_of(read_formula(formula))) if not known.knows(n)] if formula else []
        strange += [slot] if slot and slot not in known.slots else []
        found[product] |= dict.fromkeys(strange)
    return {product: list(strange) for product, strange in found.items() if strange}
