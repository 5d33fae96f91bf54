"""What customers are worth at this moment: sums of what was posted, what the company's model says of them, and what may come of what is open.

Read anew whenever it is asked, in one statement for any set of customers, with the model and the levels of service. Whoever was merged into a
customer counts with him.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models

from fondaco.frontoffice.value import predicting
from fondaco.frontoffice.value.models import ServiceLevel, ValueModel
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.platform.database.knowing import known, shared
from fondaco.platform.money import ZERO, rounded

YEAR = timedelta(days=365)
WEEK = 7.0
WEEKS = 52.0
HUNDRED = Decimal(100)
M = TypeVar("M", bound=models.Model)

#: The customers asked for and whoever was merged into them, with what was posted for each; ``asked`` is the one who remains.
OF_SOME = """
own (asked, id) as (
  select x, x from unnest(%(parties)s::bigint[]) x union select o.asked, p.id from parties_party p join own o on p.merged_into_id = o.id
), posted as (
  select o.asked, m."on", m.revenue, m.cost, m.other, m.purchases, m.purchased_on from own o
  join value_customermargin m on m.company_id = %(company)s and m.party_id = o.id
)"""
OF_ALL = """
line (first, id) as (
  select p.id, p.merged_into_id from parties_party p where p.merged_into_id is not null
  union select l.first, p.merged_into_id from line l join parties_party p on p.id = l.id where p.merged_into_id is not null
), last as (
  select l.first, l.id from line l join parties_party p on p.id = l.id where p.merged_into_id is null
), posted as (
  select coalesce(l.id, m.party_id) as asked, m."on", m.revenue, m.cost, m.other, m.purchases, m.purchased_on
  from value_customermargin m left join last l on l.first = m.party_id where m.company_id = %(company)s
)"""
#: One row for each customer: sums, those of the last year, and the days on which he bought (those of invoices that were reversed do not count).
SUMS = """
days as (
  select asked, count(*) as purchases, min(day) as first_on, max(day) as last_on from (
    select asked, purchased_on as day from posted where purchased_on is not null group by 1, 2 having sum(purchases) > 0
  ) d group by asked
), sums as (
  select asked, sum(revenue) as revenue, sum(cost) as cost, sum(other) as other,
    coalesce(sum(revenue - cost - other) filter (where "on" > %(year_ago)s), 0) as margin_year
  from posted group by asked
)"""
MONTHS = """
(select jsonb_agg(jsonb_build_array(month, revenue::text, costs::text) order by month)::text from (
  select date_trunc('month', p."on")::date as month, sum(p.revenue) as revenue, sum(p.cost + p.other) as costs from posted p
  where p.asked = x.asked and p."on" between %(first)s and %(today)s group by 1
) m)"""


class Potential(NamedTuple):
    """What a party may bring beside what is expected of him, as an estimate: ``amount`` of margin, and by which figures.

    Open deals by their probability, at the margin share of all customers; where there are none, an open lead by how often such leads become deals, and
    what it is said to be worth, or what customers of his country bring in their first year.
    """

    amount: Decimal = ZERO
    deals: int = 0
    weighted: Decimal = ZERO
    share: Decimal = ZERO
    lead_chance: Decimal | None = None
    lead_margin: Decimal = ZERO


class Standing(NamedTuple):
    """A customer in one company's currency. ``expected`` is the margin of the coming 12 months; None without a model, or for who never bought."""

    party: int
    purchases: int = 0
    first_on: date | None = None
    last_on: date | None = None
    revenue: Decimal = ZERO
    cost: Decimal = ZERO
    other: Decimal = ZERO
    margin_year: Decimal = ZERO
    override: int | None = None
    #: What is open with him: (is a deal, source of the lead, country, currency, amount, probability).
    opened: Any = None
    #: Of the last twelve months that had any: (first day, revenue, costs), where they were asked for.
    months: Any = None
    alive: Decimal | None = None
    expected_purchases: Decimal | None = None
    expected_revenue: Decimal | None = None
    expected: Decimal | None = None
    #: The share of revenue that stays as margin, by which expected revenue is taken.
    share: Decimal | None = None
    level: ServiceLevel | None = None
    potential: Potential | None = None

    @property
    def margin(self) -> Decimal:
        """The contribution margin of all time."""
        return self.revenue - self.cost - self.other

    def worth(self, basis: str) -> Decimal | None:
        """The value by which a level of service is earned. What is expected is the margin of the last year while there is no model."""
        if basis == ServiceLevel.TOTAL:
            return self.margin
        return self.margin_year if basis == ServiceLevel.YEAR or self.expected is None else self.expected


def standings(company: Company, parties: Iterable[int], *, today: date) -> dict[int, Standing]:
    """How these parties stand; who never bought stands at zero. One statement; one more where something open is in another currency."""
    return {row.party: row for row in standings_and_model(company, parties, today=today)[0]}


def standings_and_model(
    company: Company, parties: Iterable[int], *, today: date, with_months: bool = False
) -> tuple[list[Standing], ValueModel | None]:
    """The same in the order of keys, with the model by which it was predicted; their last twelve months where these are wanted."""
    wanted = sorted(set(parties))
    months = MONTHS if with_months else "null"
    statement = f"""
    with recursive {OF_SOME}, {SUMS}
    select x.asked, coalesce(d.purchases, 0), d.first_on, d.last_on, coalesce(s.revenue, 0), coalesce(s.cost, 0), coalesce(s.other, 0),
      coalesce(s.margin_year, 0),
      (select o.level_id from value_leveloverride o where o.company_id = %(company)s and o.party_id = x.asked and %(today)s between o.valid_from and o.valid_to),
      (select jsonb_agg(open order by open)::text from (
        select jsonb_build_array(true, '', '', c.currency_id, c.amount::text, c.probability::text) as open from crm_opportunity c
        where c.company_id = %(company)s and c.party_id = x.asked and c.state = 'open' and c.forecast <> 'omitted'
        union all
        select jsonb_build_array(false, c.source, coalesce(p.country_id, ''), c.currency_id, c.estimated_amount::text, null) from crm_lead c
        join parties_party p on p.id = c.party_id
        where c.company_id = %(company)s and c.party_id = x.asked and c.state in ('new', 'contacted', 'qualified')
      ) o),
      {months},
      case when row_number() over (order by x.asked) = 1 then (
        select jsonb_build_object(
          'model', (select to_jsonb(m) from value_valuemodel m where m.company_id = %(company)s order by m.id desc limit 1),
          'levels', (select jsonb_agg(to_jsonb(l) order by l.rank) from value_servicelevel l where l.company_id = %(company)s),
          'decimals', (select decimals from companies_currency where code = %(currency)s)
        )::text
      ) end
    from unnest(%(parties)s::bigint[]) x(asked) left join days d on d.asked = x.asked left join sums s on s.asked = x.asked order by x.asked
    """
    given = {"company": company.pk, "currency": company.currency_id, "parties": wanted, "today": today, "year_ago": today - YEAR}
    given["first"] = date(today.year - 1, today.month, 1)
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    if not rows:
        return [], None
    policy = json.loads(rows[0][-1], parse_float=Decimal)
    model = _row(ValueModel, policy["model"]) if policy["model"] else None
    levels = [_row(ServiceLevel, level) for level in policy["levels"] or ()]
    found = predicted(
        [Standing(*row[:-3], *(json.loads(text) if text else None for text in row[-3:-1])) for row in rows],
        model,
        levels,
        policy["decimals"],
        today=today,
    )
    return _with_potential(company, found, model, policy["decimals"], today), model


def _row(model: type[M], values: Mapping[str, Any]) -> M:
    """A row as the database said it in JSON."""
    return model(**{f.attname: f.to_python(values[f.column]) for f in model._meta.concrete_fields})


def _with_potential(company: Company, rows: list[Standing], model: ValueModel | None, decimals: int, today: date) -> list[Standing]:
    if model is None or not any(row.opened for row in rows):
        return rows
    foreign = {o[3] for row in rows for o in row.opened or () if o[3] and o[3] != company.currency_id}
    rates = rate_table(company, foreign) if foreign else None

    def base(amount: str, currency: str | None) -> Decimal:
        return rates.to_base(Decimal(amount), currency, today) if rates is not None and currency in foreign else Decimal(amount)

    found = []
    for row in rows:
        deals = [
            base(amount, currency) * Decimal(chance or 0) / HUNDRED
            for is_deal, _s, _c, currency, amount, chance in row.opened or ()
            if is_deal
        ]
        potential = None
        if deals:
            weighted = sum((rounded(deal, decimals) for deal in deals), ZERO)
            potential = Potential(rounded(weighted * model.margin_share, decimals), len(deals), weighted, model.margin_share)
        elif row.opened:
            _is_deal, source, country, currency, amount, _chance = row.opened[0]
            chance = Decimal(model.conversion.get(source) or model.conversion.get("") or 0)
            first_year = Decimal(model.first_year.get(country) or model.first_year.get("") or 0)
            margin = rounded(base(amount, currency) * model.margin_share, decimals) if amount is not None else first_year
            potential = Potential(rounded(margin * chance, decimals), lead_chance=chance, lead_margin=margin)
        found.append(row._replace(potential=potential))
    return found


def everybody(company: Company, *, today: date) -> list[Standing]:
    """How every customer stands for whom anything was posted; one statement."""
    statement = f"""
    with recursive {OF_ALL}, {SUMS}
    select s.asked, coalesce(d.purchases, 0), d.first_on, d.last_on, s.revenue, s.cost, s.other, s.margin_year, o.level_id
    from sums s left join days d on d.asked = s.asked
    left join value_leveloverride o on o.company_id = %(company)s and o.party_id = s.asked and %(today)s between o.valid_from and o.valid_to
    order by s.asked
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": company.pk, "today": today, "year_ago": today - YEAR})
        rows = cursor.fetchall()
    return predicted([Standing(*row) for row in rows], model_of(company.pk), levels_of(company.pk), _decimals(company), today=today)


def predicted(
    rows: Sequence[Standing], model: ValueModel | None, levels: Sequence[ServiceLevel], decimals: int, *, today: date
) -> list[Standing]:
    """The same customers with what the model expects of them, and their levels of service, the best first."""
    by_key = {level.pk: level for level in levels}
    expected = _expected(model, rows, decimals, today) if model is not None else {}
    found = []
    for row in rows:
        row = row._replace(**expected.get(row.party, {}))
        level = by_key.get(row.override or 0) or next((lv for lv in levels if _reaches(row, lv)), None)
        found.append(row._replace(level=level))
    return found


def _reaches(row: Standing, level: ServiceLevel) -> bool:
    worth = row.worth(level.basis)
    return bool(row.purchases and worth is not None and level.threshold is not None and worth >= level.threshold)


def _expected(model: ValueModel, rows: Sequence[Standing], decimals: int, today: date) -> Mapping[int, dict[str, Any]]:
    bought = [row for row in rows if row.purchases and row.first_on is not None and row.first_on <= today]
    if not bought:
        return {}
    buying, spending = buying_of(model), spending_of(model)
    x, recency, age = zip(*(observed(row, today) for row in bought), strict=True)
    is_alive = predicting.alive(buying, x, recency, age)
    count = predicting.purchases(buying, x, recency, age, WEEKS)
    n = [row.purchases for row in bought]
    mean = predicting.amount(spending, n, [float(row.revenue) / row.purchases for row in bought])
    found = {}
    for row, one_alive, one_count, one_mean in zip(bought, is_alive, count, mean, strict=True):
        revenue = rounded(Decimal(float(one_count * one_mean)), decimals)
        share = share_of(model, row)
        found[row.party] = {
            "alive": rounded(Decimal(float(one_alive)), 4),
            "expected_purchases": rounded(Decimal(float(one_count)), 2),
            "expected_revenue": revenue,
            "share": share,
            "expected": rounded(revenue * share, decimals),
        }
    return found


def observed(row: Standing, today: date) -> tuple[int, float, float]:
    """What the model asks of a customer who bought: how often after the first time, weeks from the first to the last, weeks from the first until today."""
    assert row.first_on is not None
    assert row.last_on is not None
    return (
        row.purchases - 1,
        (row.last_on - row.first_on).days / WEEK,
        max((today - row.first_on).days, (row.last_on - row.first_on).days) / WEEK,
    )


def share_of(model: ValueModel, row: Standing) -> Decimal:
    """The share of a customer's revenue that stays as margin: his own, as if he had bought once more at the share of all customers.

    So that one paper (a delivery not invoiced yet) does not decide what is thought of somebody new.
    """
    revenue = max(row.revenue, ZERO)
    weight = max(model.mean_revenue, Decimal("0.01"))
    margin = row.margin if row.revenue > 0 else ZERO
    return rounded((margin + weight * model.margin_share) / (revenue + weight), 8)


def buying_of(model: ValueModel) -> predicting.Buying:
    return predicting.Buying(float(model.r), float(model.alpha), float(model.a), float(model.b))


def spending_of(model: ValueModel) -> predicting.Spending:
    return predicting.Spending(float(model.p), float(model.q), float(model.gamma))


def band_of(row: Standing, model: ValueModel, *, today: date) -> tuple[Decimal, Decimal]:
    """Between which margins the coming 12 months of who bought lie in eight of ten cases, in whole units; the same until something is posted for him, or
    the day ends."""
    share = row.share or ZERO
    x, recency, age = observed(row, today)
    mean = float(row.revenue) / row.purchases
    low, high = predicting.revenue_band(buying_of(model), spending_of(model), x, recency, age, mean, WEEKS, row.party)
    ends = sorted(rounded(Decimal(edge) * share, 0) for edge in (low, high))
    return ends[0], ends[1]


def _decimals(company: Company) -> int:
    return decimals_of([company.currency_id])[company.currency_id]


@known
def model_of(company: int) -> ValueModel | None:
    """The model that counts, from memory; None where none was fitted yet."""
    found = ValueModel.objects.filter(company=company).order_by("-pk").first()
    return None if found is None else shared(found)


@known
def levels_of(company: int) -> list[ServiceLevel]:
    """The levels of service, the best first; from memory."""
    return [shared(level) for level in ServiceLevel.objects.filter(company=company).order_by("rank")]
