"""What posted documents say of trade with other member states (TX-08): lines of taxed documents, and moves of goods that nobody bills.

One statement whatever the number of lists and documents; what they mean for a list is said in ``drawing.py``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, Q, Sum
from django.db.models.functions import Coalesce

from fondaco.operations.intrastat.models import ListRule, Statement, StatementFact, StatementRow
from fondaco.operations.intrastat.planning import quarter_before
from fondaco.platform.money import ZERO


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a taxed document, or a move of goods without one. ``value`` is in company currency, negative where it takes away; ``net_mass``
    and ``supplementary`` are unrounded and of the same sign, None where the product does not say. ``statistical`` is unrounded too."""

    company: int
    kind: str
    on: date
    original_on: date | None
    is_reversal: bool
    source_table: str
    source_id: int
    number: str
    document_number: str
    document_on: date
    source_line: int
    tax_entry: int | None
    move: int | None
    party: int | None
    party_name: str
    party_country: str
    vat_number: str
    product: int | None
    product_name: str
    is_down_payment: bool
    value: Decimal
    statistical: Decimal
    quantity: Decimal
    commodity: str
    commodity_from: date | None
    commodity_to: date | None
    supplementary_unit: str
    net_mass: Decimal | None
    supplementary: Decimal | None
    origin: str
    nature: str
    terms: str
    transport: str
    country: str
    region: str
    is_triangular: bool
    service_code: str
    supply: str
    payment: str
    payment_country: str
    corrects_on: date | None
    left_out: str
    credited_table: str
    credited_id: int | None
    home: str


#: The tax entries that belong on lists: goods under codes of intra-Community trade, services that the other side is taxed for. What is released,
#: restated or self-assessed is the same operation a second time. Nothing counts before its tax point, so that the index by day finds them.
TAXED = """
  select t.*, r.kind as list, y.country_id as home, p.name as party_name, p.country_id as party_country, p.vat_number
  from unnest(%(companies)s::bigint[], %(kinds)s::text[], %(since)s::date[], %(until)s::date[]) as s(company, kind, since, until)
  join intrastat_listrule r on r.company_id = s.company and r.kind = s.kind
  join tax_taxentry t on t.company_id = s.company and t.tax_point between s.since and s.until and t.reported_on >= s.since
    and t.tax_point >= r.valid_from and (r.valid_to is null or t.tax_point <= r.valid_to)
    and t.kind = case when s.kind in ('goods_sold', 'services_supplied') then 'sale' else 'purchase' end
    and t.releases_id is null and t.restates_id is null
  join tax_taxcode c on c.id = t.tax_code_id and c.kind = t.kind
    and c.treatment = case when s.kind in ('goods_sold', 'goods_bought') then 'intra_community' else 'reverse_charge' end and tax_fits(c.code, r.codes)
  join companies_company y on y.id = t.company_id
  left join parties_party p on p.id = t.party_id
  left join companies_country n on n.code = p.country_id
  where (c.treatment = 'intra_community' or (n.vat_prefix <> '' and n.code <> y.country_id))
"""

FACTS = f"""
with taxed as materialized ({TAXED} and not exists (select from intrastat_statementfact f where f.tax_entry_id = t.id)),
documents as (
  select 'invoicing_invoice' as source_table, i.id, i.credits_id, i.ship_from_id as ship_from, i.ship_to_id as ship_to from invoicing_invoice i
  where i.id in (select source_id from taxed where source_table = 'invoicing_invoice')
  union all
  select 'payables_bill', b.id, b.credits_id, null, null from payables_bill b
  where b.id in (select source_id from taxed where source_table = 'payables_bill')
),
lines as (
  select 'invoicing_invoice' as source_table, l.invoice_id as document, l.id, l.tax_code_id, l.tax_rate, l.product_id, l.quantity, l.net, l.is_down_payment,
    coalesce(o.source_table, l.source_table) as demand_table, coalesce(o.source_id, l.source_id) as demand_line
  from invoicing_invoiceline l left join invoicing_invoiceline o on l.source_table = 'invoicing_invoiceline' and o.id = l.source_id
  where l.invoice_id in (select source_id from taxed where source_table = 'invoicing_invoice')
  union all
  select 'payables_bill', l.bill_id, l.id, l.tax_code_id, l.tax_rate, l.product_id, l.quantity, l.net, false, coalesce(m.order_table, ''), m.order_line
  from payables_billline l left join lateral (select order_table, order_line from payables_billmatch m where m.line_id = l.id order by m.id limit 1) m on true
  where l.bill_id in (select source_id from taxed where source_table = 'payables_bill')
),
shared as (
  -- The base of a tax entry over the lines of its code, to the cent: each line takes what the running share grows by.
  select t.id, l.id as line, l.product_id, l.is_down_payment, l.demand_table, l.demand_line,
    case when t.base < 0 then -l.quantity else l.quantity end as quantity,
    case when l.id is null then t.base
      when sum(l.net) over whole = 0 then case when row_number() over running = 1 then t.base else 0 end
      else round(t.base * sum(l.net) over running / sum(l.net) over whole, 4) - round(t.base * (sum(l.net) over running - l.net) / sum(l.net) over whole, 4)
    end as value
  from taxed t left join lines l on l.source_table = t.source_table and l.document = t.source_id and l.tax_code_id = t.tax_code_id and l.tax_rate = t.rate
  window whole as (partition by t.id), running as (partition by t.id order by l.id rows unbounded preceding)
)
select t.company_id, t.list, t.tax_point, coalesce(w.tax_point, g.tax_point), w.id is not null, t.source_table, t.source_id, t.protocol, t.document_number,
  t.document_on, coalesce(s.line, 0), t.id, null::bigint, t.party_id, coalesce(t.party_name, ''), coalesce(t.party_country, ''), coalesce(t.vat_number, ''),
  s.product_id, coalesce(p.sku || ' ' || p.name, ''), coalesce(s.is_down_payment, false), s.value,
  s.value * (1 + coalesce(dt.statistical_percent, pt.statistical_percent, 0) / 100), coalesce(s.quantity, 0),
  coalesce(k.code, ''), k.valid_from, k.valid_to, coalesce(k.supplementary_unit, ''),
  coalesce(dt.net_mass * s.value / nullif(abs(sum(s.value) over (partition by t.source_table, t.source_id, w.id is null)), 0), s.quantity * p.weight_kg),
  s.quantity * p.supplementary_factor, coalesce(dt.origin_id, p.origin_id, ''),
  coalesce(nullif(dt.nature, ''), d.nature, ''), coalesce(nullif(dt.delivery_terms, ''), nullif(pt.delivery_terms, ''), d.delivery_terms, ''),
  coalesce(nullif(dt.transport, ''), nullif(pt.transport, ''), d.transport, ''),
  coalesce(dt.country_id, x.ship_to, pt.country_id, t.party_country, ''), coalesce(nullif(dt.region, ''), d.region, ''),
  t.list in ('goods_sold', 'goods_bought') and (
    coalesce(x.ship_from <> t.home and f.vat_prefix <> '' and coalesce(dt.country_id, x.ship_to, t.party_country) <> t.home, false)
    or exists (
      select from inventory_stockmove m join inventory_goodsreceipt q on q.kind = 'direct'
      join inventory_goodsissue i on i.direct_receipt_id = q.id join parties_party other on other.id = case when t.kind = 'sale' then q.vendor_id else i.customer_id end
      join companies_country oc on oc.code = other.country_id and oc.vat_prefix <> '' and oc.code <> t.home
      where m.demand_table = s.demand_table and m.demand_line = s.demand_line and m.demand_table <> ''
        and ((m.source_table = 'inventory_goodsissue' and m.source_id = i.id) or (m.source_table = 'inventory_goodsreceipt' and m.source_id = q.id)))),
  coalesce(nullif(dt.service_code, ''), p.service_code, ''), coalesce(nullif(dt.supply, ''), d.supply, ''), coalesce(nullif(dt.payment, ''), d.payment, ''),
  t.home, dt.corrects_on, coalesce(dt.left_out, ''),
  case when w.id is not null or x.credits_id is null then '' else t.source_table end, case when w.id is null then x.credits_id end, t.home
from shared s join taxed t on t.id = s.id
left join documents x on x.source_table = t.source_table and x.id = t.source_id
left join companies_country f on f.code = x.ship_from
left join tax_taxentry w on w.id = t.reverses_id
left join lateral (select min(g.tax_point) as tax_point from tax_taxentry g where g.source_table = t.source_table and g.source_id = x.credits_id) g on true
left join catalog_product p on p.id = s.product_id
left join intrastat_documenttrade dt on dt.source_table = t.source_table and dt.source_id = t.source_id
left join catalog_commoditycode k on k.id = coalesce(dt.commodity_code_id, p.commodity_code_id)
left join intrastat_partnertrade pt on pt.company_id = t.company_id and pt.party_id = t.party_id
left join intrastat_tradedefaults d on d.company_id = t.company_id
union all
select m.company_id, s.kind, m.on, null, false, m.source_table, m.source_id, g.number, g.number, m.on, m.source_line, null, m.id, p.id, p.name, p.country_id,
  p.vat_number, m.product_id, q.sku || ' ' || q.name, false, 0, m.value * (1 + coalesce(dt.statistical_percent, pt.statistical_percent, 0) / 100), m.quantity,
  coalesce(k.code, ''), k.valid_from, k.valid_to, coalesce(k.supplementary_unit, ''), m.quantity * q.weight_kg, m.quantity * q.supplementary_factor,
  coalesce(dt.origin_id, q.origin_id, ''), g.nature, coalesce(nullif(dt.delivery_terms, ''), nullif(pt.delivery_terms, ''), d.delivery_terms, ''),
  coalesce(nullif(dt.transport, ''), nullif(pt.transport, ''), d.transport, ''), coalesce(dt.country_id, pt.country_id, p.country_id, ''),
  coalesce(nullif(dt.region, ''), d.region, ''), false, '', '', '', '', dt.corrects_on, coalesce(dt.left_out, ''), '', null, y.country_id
from unnest(%(companies)s::bigint[], %(kinds)s::text[], %(since)s::date[], %(until)s::date[]) as s(company, kind, since, until)
join companies_company y on y.id = s.company
join inventory_stockmove m on m.company_id = s.company and m.on between s.since and s.until and m.demand_table = '' and m.returns_id is null
  and m.source_table = case s.kind when 'goods_sold' then 'inventory_goodsissue' when 'goods_bought' then 'inventory_goodsreceipt' end
left join intrastat_documenttrade dt on dt.source_table = m.source_table and dt.source_id = m.source_id
cross join lateral (
  select i.number, i.customer_id as party, coalesce(nullif(dt.nature, ''), case v.reason when 'gift' then '34' when 'processing' then '41' when 'replacement' then '22' when 'on_approval' then '32' end) as nature
  from inventory_goodsissue i left join shipping_transportdocument v on v.source_table = m.source_table and v.source_id = i.id
  where m.source_table = 'inventory_goodsissue' and i.id = m.source_id
  union all
  select r.number, r.vendor_id, nullif(dt.nature, '') from inventory_goodsreceipt r where m.source_table = 'inventory_goodsreceipt' and r.id = m.source_id and r.kind = 'purchase'
) g
join parties_party p on p.id = g.party join companies_country n on n.code = p.country_id and n.vat_prefix <> '' and n.code <> y.country_id
join catalog_product q on q.id = m.product_id
left join catalog_commoditycode k on k.id = coalesce(dt.commodity_code_id, q.commodity_code_id)
left join intrastat_partnertrade pt on pt.company_id = m.company_id and pt.party_id = p.id
left join intrastat_tradedefaults d on d.company_id = m.company_id
where g.nature is not null and not exists (select from intrastat_statementfact f where f.move_id = m.id)
order by 1, 2, 3, 12, 13, 11
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind of list of a company, and the days whose documents are asked for."""

    company: int
    kind: str
    since: date
    until: date


def _asked(scopes: Iterable[Scope]) -> dict[str, list[Any]]:
    rows = list(scopes)
    return {"companies": [s.company for s in rows], "kinds": [s.kind for s in rows], "since": [s.since for s in rows], "until": [s.until for s in rows]}  # fmt: skip


def open_facts(scopes: Iterable[Scope]) -> list[Fact]:
    """What posted documents of some days say that no filed list took into account yet; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, _asked(scopes))
        return [Fact(*row) for row in cursor.fetchall()]


MONTHS = f"""
select t.company_id, t.list, date_trunc('month', t.tax_point)::date, sum(t.base)
from ({TAXED}) t group by 1, 2, 3
"""


def month_totals(scopes: Iterable[Scope]) -> dict[tuple[int, str], dict[date, Decimal]]:
    """What came to lists by company, kind and month, whether filed or not; one statement."""
    found: dict[tuple[int, str], dict[date, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, _asked(scopes))
        for company, kind, month, amount in cursor.fetchall():
            found.setdefault((company, kind), {})[month] = amount
    return found


def lists_of(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[Statement]]:
    """All lists of each company and kind, in the order of their days; one statement."""
    found: dict[tuple[int, str], list[Statement]] = {pair: [] for pair in pairs}
    rows = Statement.objects.filter(company__in={c for c, _k in pairs}, kind__in={k for _c, k in pairs})
    for row in rows.order_by("company_id", "kind", "starts_on"):
        if (row.company_id, row.kind) in found:
            found[row.company_id, row.kind].append(row)
    return found


def rules_of(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[ListRule]]:
    """The rules of each company and kind in the order of their days; one statement."""
    found: dict[tuple[int, str], list[ListRule]] = {pair: [] for pair in pairs}
    for rule in ListRule.objects.filter(company__in={c for c, _k in pairs}).order_by("company_id", "kind", "valid_from"):
        if (rule.company_id, rule.kind) in found:
            found[rule.company_id, rule.kind].append(rule)
    return found


def rule_on(rules: Sequence[ListRule], on: date) -> ListRule | None:
    """The rule in force on a day."""
    return next((r for r in rules if r.valid_from <= on and (r.valid_to is None or on <= r.valid_to)), None)


def rows_of_documents(documents: Collection[tuple[str, int]]) -> dict[tuple[str, int, str], int]:
    """The filed rows in which documents stand, by table, key and service code: the first of each; one statement, none for none."""
    if not documents:
        return {}
    found: dict[tuple[str, int, str], int] = {}
    rows = StatementFact.objects.filter(source_id__in={key for _t, key in documents}, row__isnull=False, row__section="normal").order_by(
        "id"
    )
    for table, key, service, row in rows.values_list("source_table", "source_id", "row__service_code", "row_id"):
        if (table, key) in documents:
            found.setdefault((table, key, service), row)
    return found


def quarters_before(totals: Mapping[date, Decimal], first: date) -> list[Decimal]:
    """What the four calendar quarters before a day came to, the latest first."""
    found, start = [], first
    for _n in range(4):
        start = quarter_before(start)
        months = [date(start.year, start.month + n, 1) for n in range(3)]
        found.append(sum((totals.get(m, ZERO) for m in months), ZERO))
    return found


def former_rows(keys: Collection[int], before: Statement) -> dict[int, tuple[str, int, str, int, Decimal]]:
    """Filed rows that a list corrects: number of their list, year in which it was filed, protocol, position, and the amount as it stands with what
    other lists corrected of it; one statement, none for none."""
    if not keys:
        return {}
    rows = StatementRow.objects.filter(pk__in=keys).select_related("statement")
    other = Coalesce(Sum("corrected_by__amount", filter=~Q(corrected_by__statement=before)), ZERO, output_field=DecimalField())
    return {
        r.pk: (r.statement.number, r.statement.filed_on.year, r.statement.protocol, r.position, r.amount + r.corrected)
        for r in rows.annotate(corrected=other)
    }
