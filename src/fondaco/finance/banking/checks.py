"""What must always be true of bank statements and what they are matched with."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "banking.statements_add_up",
    title=_("Bank statements add up and go on from each other"),
    why=_("A line that is missing or told twice would make the books agree with a bank that never was."),
)
def statements_add_up() -> str:
    return """
    select s.id, s.bank_account_id, s.opening, s.closing, coalesce(l.total, 0) as lines
    from banking_bankstatement s
    left join (select statement_id, sum(amount) as total, count(*) as lines from banking_bankline group by 1) l on l.statement_id = s.id
    left join banking_bankstatement p on p.bank_account_id = s.bank_account_id and p.position = s.previous_position
    where s.opening + coalesce(l.total, 0) <> s.closing or coalesce(l.lines, 0) <> s.line_count or s.opening is distinct from coalesce(p.closing, s.opening)
    """


@check(
    "banking.matches_come_out",
    title=_("What is matched is equal in bank and books"),
    why=_("Otherwise the bank account would seem reconciled though money is missing."),
)
def matches_come_out() -> str:
    return """
    select m.id, m.amount, coalesce(l.total, 0) as bank, coalesce(p.total, 0) as books
    from banking_bankmatch m
    left join (select match_id, sum(amount) as total, count(*) as parts, bool_and(is_current) as current from banking_matchedline group by 1) l on l.match_id = m.id
    left join (select match_id, sum(amount) as total, count(*) as parts, bool_and(is_current) as current from banking_matchedposting group by 1) p on p.match_id = m.id
    where coalesce(l.total, 0) <> coalesce(p.total, 0) or coalesce(p.total, 0) <> m.amount
      or coalesce(l.current, m.state = 'matched') <> (m.state = 'matched') or coalesce(p.current, m.state = 'matched') <> (m.state = 'matched')
    """


@check(
    "banking.lines_say_their_match",
    title=_("A bank line is matched exactly when a match in force holds it"),
    why=_("A line that seems matched but is not would never be looked at again."),
)
def lines_say_their_match() -> str:
    return """
    select b.id, b.state, b.match_id, l.match_id as held_by from banking_bankline b
    left join banking_matchedline l on l.line_id = b.id and l.is_current
    where b.match_id is distinct from l.match_id
    """


@check(
    "banking.bank_explains_books",
    title=_("Ledger balance of a bank account = matched bank lines + lines of the books not at the bank yet"),
    why=_("The reconciliation statement rests on it: every figure of the ledger is either at the bank or outstanding."),
)
def bank_explains_books() -> str:
    return """
    with accounts as (
      select b.id, b.account_id, b.currency_id = c.currency_id as in_base, b.currency_id from payments_bankaccount b join companies_company c on c.id = b.company_id
      where exists (select from banking_bankstatement s where s.bank_account_id = b.id)
    ), books as (
      select a.id, sum(case when a.in_base then l.amount else l.currency_amount end) as balance,
        sum(case when a.in_base then l.amount else l.currency_amount end) filter (where p.id is null) as outstanding
      from accounts a join ledger_journalline l on l.account_id = a.account_id and (a.in_base or l.currency_id = a.currency_id)
      left join banking_matchedposting p on p.journal_line_id = l.id and p.is_current
      group by 1
    ), bank as (
      select a.id, coalesce(sum(b.amount) filter (where b.state = 'matched'), 0) as matched from accounts a
      left join banking_bankline b on b.bank_account_id = a.id group by 1
    )
    select k.id as bank_account_id, coalesce(b.balance, 0) as ledger, k.matched, coalesce(b.outstanding, 0) as outstanding
    from bank k left join books b on b.id = k.id
    where coalesce(b.balance, 0) <> k.matched + coalesce(b.outstanding, 0)
    """
