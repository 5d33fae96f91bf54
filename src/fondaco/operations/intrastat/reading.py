"""What open lists come to now: all of a company and kind together, because what comes late is told on the first of them. Constant statements."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from fondaco.operations.intrastat.drawing import Drawing, drawn, placed
from fondaco.operations.intrastat.models import GOODS_BOUGHT, GOODS_SOLD, ListRule, Statement
from fondaco.operations.intrastat.queries import (
    TAXED,
    Fact,
    Scope,
    lists_of,
    open_facts,
    rows_of_documents,
    rule_on,
    rules_of,
)
from fondaco.platform.money import ZERO


def rule_of(statement: Statement, rules: Sequence[ListRule]) -> ListRule | None:
    """The rule by which a list is drawn up: that of its last day."""
    return rule_on(rules, statement.ends_on)


def drawings(statements: Collection[Statement]) -> dict[int, Drawing]:
    """What open lists come to, by key; five statements whatever their number."""
    pairs = {(s.company_id, s.kind) for s in statements if s.state == Statement.OPEN}
    if not pairs:
        return {}
    lists, rules = lists_of(pairs), rules_of(pairs)
    scopes = [
        Scope(*pair, own[0].starts_on, max(s.ends_on for s in own if s.state == Statement.OPEN)) for pair, own in lists.items() if own
    ]
    facts: dict[tuple[int, str], list[Fact]] = {pair: [] for pair in pairs}
    for fact in open_facts(scopes):
        facts[fact.company, fact.kind].append(fact)
    everywhere = [f for own in facts.values() for f in own]
    documents = {(f.credited_table, f.credited_id) for f in everywhere if f.credited_id} | {
        (f.source_table, f.source_id) for f in everywhere if f.is_reversal
    }
    filed_rows = rows_of_documents(documents)
    found: dict[int, Drawing] = {}
    for pair, own in lists.items():
        by_list = placed(facts[pair], own)
        found |= {s.pk: drawn(s, rule_of(s, rules[pair]), by_list[s.pk], filed_rows) for s in own if s.pk in by_list}
    return found


#: What the tax entries of the days of a list come to, and what of them is told on another list, or of a filed one waits for another.
RECONCILED = f"""
with taxed as materialized ({TAXED})
select coalesce(sum(t.base), 0),
  coalesce(sum(t.base) filter (where f.statement_id is distinct from %(list)s and (%(filed)s or f.statement_id is not null)), 0)
from taxed t left join lateral (select statement_id from intrastat_statementfact f where f.tax_entry_id = t.id limit 1) f on true
"""
#: What a filed list took into account: of other days, without a row, on rows.
KEPT = """
select coalesce(sum(value) filter (where not "on" between %s and %s), 0), coalesce(sum(value) filter (where row_id is null), 0),
  coalesce(sum(value) filter (where row_id is not null), 0)
from intrastat_statementfact where statement_id = %s
"""


def vat_of(statement: Statement, drawing: Drawing | None) -> list[tuple[str, Decimal]]:
    """How the list comes from the tax entries of its days, by name: *vat*, what is told on another list, what is told here of other days,
    what is left out, rounding, *list*, and *difference*, which is nothing unless something is wrong. Two statements."""
    asked = {
        "companies": [statement.company_id], "kinds": [statement.kind], "since": [statement.starts_on], "until": [statement.ends_on],
        "list": statement.pk, "filed": drawing is None,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RECONCILED, asked)
        vat, elsewhere = cursor.fetchone()
        if drawing is None:
            cursor.execute(KEPT, [statement.starts_on, statement.ends_on, statement.pk])
            other_days, left_out, exact = cursor.fetchone()
            amount = statement.amount
    if drawing is not None:
        facts = [f for d in drawing.rows for f in d.facts] + drawing.left_out + drawing.nothing
        here = {f.tax_entry for f in facts if f.tax_entry}
        other_days = sum((f.value for f in facts if not statement.starts_on <= f.on <= statement.ends_on), ZERO)
        elsewhere += _elsewhere(statement, here)
        left_out = sum((f.value for f in (*drawing.left_out, *drawing.nothing)), ZERO)
        exact = sum((d.row.value for d in drawing.rows), ZERO)
        amount = drawing.amount
    steps = {"vat": vat, "elsewhere": -elsewhere, "other_days": other_days, "left_out": -left_out, "rounding": amount - exact}
    return [*steps.items(), ("list", amount), ("difference", amount - sum(steps.values(), ZERO))]


def _elsewhere(statement: Statement, here: Collection[int]) -> Decimal:
    """What of an open list's days stands on another open one: documents reversed, and credit notes of other periods."""
    scope = Scope(statement.company_id, statement.kind, statement.starts_on, statement.ends_on)
    return sum((f.value for f in open_facts([scope]) if f.tax_entry and f.tax_entry not in here), ZERO)


#: Goods that crossed the border in the days of a list without an invoice, an order or a nature of their own.
UNTOLD = """
select s.list, m.source_table, m.source_id, min(p.number), min(p.name), min(m.on)
from unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::text[]) as s(list, company, since, until, source)
join inventory_stockmove m on m.company_id = s.company and m.on between s.since and s.until and m.source_table = s.source
join lateral (
  select i.number, c.name, c.country_id from inventory_goodsissue i join parties_party c on c.id = i.customer_id
  left join shipping_transportdocument v on v.source_table = 'inventory_goodsissue' and v.source_id = i.id
  where m.source_table = 'inventory_goodsissue' and i.id = m.source_id and coalesce(v.reason, '') not in ('gift', 'processing', 'replacement', 'on_approval')
  union all
  select r.number, c.name, c.country_id from inventory_goodsreceipt r join parties_party c on c.id = r.vendor_id
  where m.source_table = 'inventory_goodsreceipt' and r.id = m.source_id and r.kind = 'purchase'
) p on true
join companies_country n on n.code = p.country_id and n.vat_prefix <> '' join companies_company y on y.id = m.company_id
where m.demand_table = '' and m.returns_id is null and n.code <> y.country_id
  and not exists (select from intrastat_documenttrade d where d.source_table = m.source_table and d.source_id = m.source_id and (d.nature <> '' or d.left_out <> ''))
group by 1, 2, 3 order by 1, 6, 3
"""
#: Goods of orders that crossed the border in the days of a list and that nobody has billed.
UNBILLED = {
    GOODS_SOLD: """
select m.source_table, m.source_id, min(i.number), min(c.name), min(m.on) from inventory_stockmove m
join inventory_goodsissue i on m.source_table = 'inventory_goodsissue' and i.id = m.source_id join parties_party c on c.id = i.customer_id
join companies_country n on n.code = c.country_id and n.vat_prefix <> '' join companies_company y on y.id = m.company_id
where m.company_id = %s and m.on between %s and %s and m.demand_table <> '' and m.returns_id is null and n.code <> y.country_id
  and not exists (select from invoicing_invoiceline l join invoicing_invoice v on v.id = l.invoice_id and v.state = 'posted'
                  where l.source_table = m.demand_table and l.source_id = m.demand_line)
group by 1, 2 order by 5, 2
""",
    GOODS_BOUGHT: """
select m.source_table, m.source_id, min(r.number), min(c.name), min(m.on) from inventory_stockmove m
join inventory_goodsreceipt r on m.source_table = 'inventory_goodsreceipt' and r.id = m.source_id and r.kind <> 'takeover' join parties_party c on c.id = r.vendor_id
join companies_country n on n.code = c.country_id and n.vat_prefix <> '' join companies_company y on y.id = m.company_id
where m.company_id = %s and m.on between %s and %s and m.demand_table <> '' and n.code <> y.country_id
  and not exists (select from payables_billmatch b join payables_billline l on l.id = b.line_id join payables_bill v on v.id = l.bill_id and v.state = 'posted'
                  where b.order_table = m.demand_table and b.order_line = m.demand_line)
group by 1, 2 order by 5, 2
""",
}


#: A paper whose goods crossed the border: its table and key, number, partner and day.
Paper = tuple[str, int, str, str, date]


def untold_moves(statements: Collection[Statement]) -> dict[int, list[Paper]]:
    """Papers whose goods crossed the border without an order or a nature of their own, by list; none of services. One statement."""
    found: dict[int, list[Paper]] = {s.pk: [] for s in statements}
    tables = {GOODS_SOLD: "inventory_goodsissue", GOODS_BOUGHT: "inventory_goodsreceipt"}
    asked = [(s.pk, s.company_id, s.starts_on, s.ends_on, tables[s.kind]) for s in statements if s.kind in tables]
    if asked:
        for key, *paper in _papers(UNTOLD, [list(column) for column in zip(*asked, strict=True)]):
            found[key].append(tuple(paper))
    return found


def unbilled_moves(statement: Statement) -> list[Paper]:
    """Papers whose goods crossed the border and wait for their invoice or bill; none of services. One statement."""
    sql = UNBILLED.get(statement.kind)
    return _papers(sql, [statement.company_id, statement.starts_on, statement.ends_on]) if sql else []


def _papers(sql: str, given: list) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())
