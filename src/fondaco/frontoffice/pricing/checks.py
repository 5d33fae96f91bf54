"""What must always be true of rebates."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "pricing.rebates_explain_the_account",
    title=_("Accrued rebates explain their account"),
    why=_("What is owed to customers at the end of the year would not be what the books say (PR-03)."),
)
def rebates_explain_the_account() -> str:
    return """
    select a.company_id, coalesce(l.balance, 0) as balance, coalesce(r.open, 0) as open from ledger_account a
    left join lateral (select sum(x.amount) as balance from ledger_journalline x where x.account_id = a.id) l on true
    left join lateral (select sum(x.amount) as open from pricing_rebateaccrual x join pricing_rebateagreement g on g.id = x.agreement_id
      where g.company_id = a.company_id) r on true
    where a.purpose = 'rebates_accrued' and coalesce(l.balance, 0) <> -coalesce(r.open, 0)
    """


@check(
    "pricing.rebates_at_their_tier",
    title=_("Of agreements in force the whole turnover is accrued at the tier that holds"),
    why=_("The margin of the year would be too good, or too bad (PR-03)."),
)
def rebates_at_their_tier() -> str:
    return """
    select g.number, s.turnover, s.accrued, t.percent from pricing_rebateagreement g join companies_company c on c.id = g.company_id
    join companies_currency k on k.code = c.currency_id
    cross join lateral (select coalesce(sum(x.turnover), 0) as turnover, coalesce(sum(x.amount) filter (where x.kind <> 'settlement'), 0) as accrued
      from pricing_rebateaccrual x where x.agreement_id = g.id) s
    left join lateral (select y.percent from pricing_rebatetier y where y.agreement_id = g.id
      and y.from_turnover <= greatest(s.turnover, g.expected_turnover) order by y.from_turnover desc limit 1) t on true
    where g.state = 'in_force' and s.accrued <> round(s.turnover * coalesce(t.percent, 0) / 100, k.decimals::int)
    """
