"""What must always be true of contracts and what was invoiced of them."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "subscriptions.invoiced_is_what_prices_say",
    title=_("What was invoiced of contracts is what their prices say"),
    why=_("A customer would have paid another amount for his days than was agreed (PR-09)."),
)
def invoiced_is_what_prices_say() -> str:
    """Of lines that recur, for periods invoiced under the present version: reckoned here once more, from the steps, apart from the program."""
    return """
    with held as (
      select distinct on (s.contract_id, s.product_id, s.from_on) s.* from subscriptions_contractstep s
      order by s.contract_id, s.product_id, s.from_on, s.version_number desc
    ), reaching as (
      select h.*, lead(h.from_on) over (partition by h.contract_id, h.product_id order by h.from_on) - 1 as until from held h
    ), billed as (
      select b.line_id, b.contract_id, b.period_from, b.period_to, sum(b.amount) as amount, max(b.priced_version) as priced, count(*) filter (where b.kind = 'charge') as charges
      from subscriptions_contractcharge b where b.taken_back_by_id is null group by b.line_id, b.contract_id, b.period_from, b.period_to
    ), stretches as (
      select b.*, l.discount_percent, l.per_months, c.every_months, c.currency_id, r.quantity, r.unit_price,
        greatest(b.period_from, c.starts_on, r.from_on) as first, least(b.period_to, c.ends_on, r.until) as last
      from billed b
        join subscriptions_contractline l on l.id = b.line_id and l.kind = 'recurring'
        join subscriptions_contract c on c.id = b.contract_id and c.version_number = b.priced
        join reaching r on r.contract_id = b.contract_id and r.product_id = l.product_id
      where b.charges > 0
    ), due as (
      select s.line_id, s.period_from, s.amount, s.currency_id,
        coalesce(sum(s.quantity * s.unit_price * (100 - s.discount_percent) * s.every_months * (s.last - s.first + 1 - coalesce((
          select sum(greatest(least(s.last, coalesce(p.last, s.last)) - greatest(s.first, p.first) + 1, 0))
          from subscriptions_contractpause p where p.contract_id = s.contract_id), 0))) filter (where s.last >= s.first), 0)
        / (100 * s.per_months * (s.period_to - s.period_from + 1)) as comes_to
      from stretches s group by s.line_id, s.period_from, s.period_to, s.amount, s.currency_id, s.per_months
    )
    select d.line_id as id, d.period_from, d.amount, d.comes_to from due d join companies_currency u on u.code = d.currency_id
    where d.amount <> round(d.comes_to, u.decimals::int)
    """


@check(
    "subscriptions.charges_make_the_period",
    title=_("What stands charged of a period of a contract is what it came to"),
    why=_("Days would be invoiced twice or not at all (PR-09)."),
)
def charges_make_the_period() -> str:
    """Where nothing was taken back: the charges of a line and period add up to what the last of them says."""
    return """
    select b.line_id as id, b.period_from, sum(b.amount) as amount, (array_agg(b.due order by b.id desc))[1] as due
    from subscriptions_contractcharge b group by b.line_id, b.period_from
    having bool_and(b.taken_back_by_id is null) and sum(b.amount) <> (array_agg(b.due order by b.id desc))[1]
    """


@check(
    "subscriptions.amendments_join",
    title=_("What contracts bring a month is told without a gap"),
    why=_("The movements of recurring revenue would not add up (PR-09)."),
)
def amendments_join() -> str:
    """What the last amendment of a contract says it brings, on its day, is what the steps say."""
    return """
    with last as (select distinct on (a.contract_id) a.* from subscriptions_contractamendment a order by a.contract_id, a.version_number desc)
    select l.id, l.on, l.after, b.brings from last l
      join subscriptions_contract c on c.id = l.contract_id
      left join lateral (select x.brings from subscriptions_brings(array[l.contract_id]) x where x.day <= l.on order by x.day desc limit 1) b on true
    where coalesce(b.brings, 0) <> l.after or l.version_number <> c.version_number
    """


@check(
    "subscriptions.use_adds_up",
    title=_("What meters counted by day is the sum of their records"),
    why=_("Use would be invoiced that nobody reported, or not be invoiced (PR-09)."),
)
def use_adds_up() -> str:
    return """
    select coalesce(d.id, 0) as id, r.meter_id, r.on, r.total, d.quantity
    from (select u.meter_id, u.on, sum(u.quantity) as total from subscriptions_usagerecord u group by u.meter_id, u.on) r
      full join subscriptions_meterday d on d.meter_id = r.meter_id and d.on = r.on
    where r.total is distinct from d.quantity
    """
