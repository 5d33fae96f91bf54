"""What must always be true of the ledger. Most of it the database refuses to break; the checks watch the watchman."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check("ledger.entries_balance", title=_("Every entry sums to zero"), why=_("Double entry: debits equal credits, with no tolerance."))
def entries_balance() -> str:
    return """
    select e.number, sum(l.amount) as difference, count(l.id) as lines
    from ledger_journalentry e left join ledger_journalline l on l.entry_id = e.id
    group by e.id, e.number, e.line_count
    having coalesce(sum(l.amount), 1) <> 0 or count(l.id) <> e.line_count
    """


@check(
    "ledger.balances_equal_lines",
    title=_("Kept balances equal the lines"),
    why=_("Trial balance and statements read the kept balances; a difference would show wrong figures."),
)
def balances_equal_lines() -> str:
    return """
    with lines as (
      select company_id, period_id, account_id, currency_id, dimension_set_id, sum(amount) as amount, sum(currency_amount) as currency_amount
      from ledger_journalline group by 1, 2, 3, 4, 5
    ), kept as (
      select company_id, period_id, account_id, currency_id, dimension_set_id,
        sum(debit - credit) as amount, sum(currency_debit - currency_credit) as currency_amount
      from ledger_accountbalance group by 1, 2, 3, 4, 5
    )
    select coalesce(l.account_id, k.account_id) as account_id, coalesce(l.period_id, k.period_id) as period_id, l.amount as lines, k.amount as kept
    from lines l full join kept k using (company_id, period_id, account_id, currency_id, dimension_set_id)
    where l.amount is distinct from k.amount or l.currency_amount is distinct from k.currency_amount
    """


@check(
    "ledger.control_explained",
    title=_("Open items explain the control accounts"),
    why=_("A gap means something was posted past the subledger."),
)
def control_explained() -> str:
    return """
    select a.company_id, a.number, coalesce(b.balance, 0) as balance, coalesce(i.items, 0) as items
    from ledger_account a
    left join (select account_id, sum(debit - credit) as balance from ledger_accountbalance group by 1) b on b.account_id = a.id
    left join (select account_id, sum(open_base_amount) as items from ledger_openitem group by 1) i on i.account_id = a.id
    where a.control in ('receivable', 'payable') and coalesce(b.balance, 0) <> coalesce(i.items, 0)
    """


@check(
    "ledger.items_equal_settlements",
    title=_("What is open equals what was born less what was settled"),
    why=_("Open amounts are kept, not recomputed; a difference would chase a customer who has paid."),
)
def items_equal_settlements() -> str:
    return """
    select i.id, i.amount, i.open_amount, coalesce(s.amount, 0) as settled
    from ledger_openitem i
    left join (select item_id, sum(amount) as amount, sum(base_amount) as base_amount from ledger_settlementpart group by 1) s on s.item_id = i.id
    where i.open_amount <> i.amount - coalesce(s.amount, 0) or i.open_base_amount <> i.base_amount - coalesce(s.base_amount, 0)
      or (i.closed_on is not null) <> (i.open_amount = 0 and i.open_base_amount = 0 and s.amount is not null)
    """


@check("ledger.numbers_gapless", title=_("Entry numbers have no gap"), why=_("A gap looks like a hidden entry to an auditor."))
def numbers_gapless() -> str:
    return """
    select j.code, y.name as year, count(*) as entries, max(e.sequence) as highest, c.last_number as counter
    from ledger_journalentry e join ledger_journal j on j.id = e.journal_id join ledger_fiscalyear y on y.id = e.fiscal_year_id
    left join ledger_journalcounter c on c.journal_id = e.journal_id and c.fiscal_year_id = e.fiscal_year_id
    group by j.code, y.name, e.journal_id, e.fiscal_year_id, c.last_number
    having count(*) <> max(e.sequence) or min(e.sequence) <> 1 or c.last_number is distinct from max(e.sequence)
    """


@check(
    "ledger.entries_in_period", title=_("Every entry is dated in its period"), why=_("Otherwise a period's figures would not be its own.")
)
def entries_in_period() -> str:
    return """
    select e.number, e."on", p.name from ledger_journalentry e join ledger_period p on p.id = e.period_id
    where e."on" not between p.starts_on and p.ends_on
    """


@check(
    "ledger.settlements_clear",
    title=_("Settlements sum to zero in both currencies"),
    why=_("Otherwise money would appear or vanish between items."),
)
def settlements_clear() -> str:
    return """
    select settlement_id, sum(amount) as amount, sum(base_amount) as base_amount from ledger_settlementpart
    group by settlement_id having sum(amount) <> 0 or sum(base_amount) <> 0
    """


@check(
    "ledger.adjustments_follow_their_items",
    title=_("Kept revaluations are open as long as their items, and no longer"),
    why=_("A settled item must be zero in company currency too, revaluations included (MC-02, MC-03)."),
)
def adjustments_follow_their_items() -> str:
    return """
    select r.number, i.id as item, i.open_amount, k.open_base_amount as adjustment from ledger_revalueditem v
    join ledger_revaluation r on r.id = v.revaluation_id join ledger_openitem i on i.id = v.item_id join ledger_openitem k on k.id = v.adjustment_id
    where k.amount <> 0 or (i.open_amount = 0 and k.open_base_amount <> 0) or (not v.is_kept and k.open_base_amount <> 0)
      or k.base_amount <> v.base_after - v.base_before
    """
