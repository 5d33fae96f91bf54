"""What must always be true of receivables."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "receivables.statements_add_up",
    title=_("Statements are the sum of their items, and together the control account"),
    why=_("A customer would be asked to confirm a figure that the books do not hold."),
)
def statements_add_up() -> str:
    return """
    select s.id, s.balance, s.base_balance, sum(l.open_amount) as items, sum(l.open_base_amount) as base_items
    from receivables_customerstatement s left join receivables_statementline l on l.statement_id = s.id
    group by s.id having (s.balance, s.base_balance) is distinct from (sum(l.open_amount), sum(l.open_base_amount))
    union all
    select r.id, r.items_total, r.control_balance, sum(s.base_balance), null from receivables_statementrun r
    left join receivables_customerstatement s on s.run_id = r.id
    where r.state in ('prepared', 'sent') group by r.id having coalesce(sum(s.base_balance), 0) <> r.items_total or r.items_total <> r.control_balance
    """


@check(
    "receivables.reminders_add_up",
    title=_("Reminders are the sum of their items, and their charges are booked"),
    why=_("A customer would be asked for something else than he owes."),
)
def reminders_add_up() -> str:
    return """
    select m.number, m.total, sum(x.open_amount) as items, m.fee + m.interest as charges, b.amount as booked
    from receivables_reminder m left join receivables_reminderitem x on x.reminder_id = m.id
    left join lateral (select sum(i.amount) as amount from ledger_openitem i where i.entry_id = m.entry_id) b on true
    where m.state = 'sent' group by m.id, b.amount
    having m.total <> coalesce(sum(x.open_amount), 0) or m.interest <> coalesce(sum(x.interest), 0) or m.fee + m.interest <> coalesce(b.amount, 0)
      or not bool_and(x.is_sent)
    """


@check(
    "receivables.rates_end",
    title=_("Reference rates are known for the next 60 days"),
    why=_("After its last day no interest is charged. Enter the next rate under Set up > Reference rates."),
    is_notice=True,
)
def rates_end() -> str:
    return """
    select r.code as reference_rate, r.until as last_day
    from (select distinct on (code) code, valid_to as until from receivables_referencerate order by code, valid_from desc) r
    where r.until <= current_date + 60
      and exists (select from receivables_dunningprocedure p where p.reference_rate = r.code and p.interest_for <> 'nobody')
    """
