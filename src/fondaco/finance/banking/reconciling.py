"""The books of a bank account against the bank at a date, with what is outstanding on either side (BK-04)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from fondaco.finance.payments.models import BankAccount
from fondaco.platform.money import ZERO


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A bank line, or a line of the books, that the other side does not have on the date. ``key`` is the bank line's or the entry's."""

    key: int
    on: date
    label: str
    amount: Decimal


@dataclass(frozen=True)
class Reconciliation:
    """Amounts in the bank account's currency. ``bank`` is None where the bank has told nothing until the date.

    ``ledger = bank - at_bank + in_books + opening_in_books - opening_at_bank``: ``difference`` is what is missing to that, always zero.
    """

    ledger: Decimal
    bank: Decimal | None
    at_bank: list[Outstanding]
    in_books: list[Outstanding]
    opening_in_books: Decimal
    opening_at_bank: Decimal

    @property
    def opening_difference(self) -> Decimal:
        return self.opening_in_books - self.opening_at_bank

    @property
    def computed(self) -> Decimal:
        """The balance that the books must have."""
        at_bank = sum((o.amount for o in self.at_bank), ZERO)
        in_books = sum((o.amount for o in self.in_books), ZERO)
        return (self.bank or ZERO) - at_bank + in_books + self.opening_difference

    @property
    def difference(self) -> Decimal:
        return self.ledger - self.computed


# A match counts when all of it, at the bank and in the books, lies on or before the date; else its parts are outstanding.
WHOLE = """
with whole as (
  select m.id from banking_bankmatch m where m.bank_account_id = %(account)s and m.state = 'matched'
    and not exists (select from banking_bankline l where l.match_id = m.id and l.booked_on > %(on)s)
    and not exists (select from banking_matchedposting p join ledger_journalline j on j.id = p.journal_line_id
      where p.match_id = m.id and p.is_current and j."on" > %(on)s)
)
"""
LINES = (
    WHOLE
    + """
select l.id, l.booked_on, coalesce(nullif(l.counterparty, ''), l.remittance), l.amount
from banking_bankline l
where l.bank_account_id = %(account)s and l.booked_on <= %(on)s and (l.match_id is null or l.match_id not in (select id from whole))
order by l.booked_on, l.id
"""
)
POSTINGS = (
    WHOLE
    + """
select e.id, l."on", e.memo, case when b.currency_id = c.currency_id then l.amount else l.currency_amount end, j.purpose = 'opening'
from payments_bankaccount b
join companies_company c on c.id = b.company_id
join ledger_journalline l on l.account_id = b.account_id and (b.currency_id = c.currency_id or l.currency_id = b.currency_id)
join ledger_journalentry e on e.id = l.entry_id
join ledger_journal j on j.id = e.journal_id
left join banking_matchedposting p on p.journal_line_id = l.id and p.is_current
where b.id = %(account)s and l."on" <= %(on)s and (p.id is null or p.match_id not in (select id from whole))
order by l."on", l.id
"""
)
BALANCES = """
select
  (select sum(case when b.currency_id = c.currency_id then l.amount else l.currency_amount end) from ledger_journalline l
    where l.account_id = b.account_id and l."on" <= %(on)s and (b.currency_id = c.currency_id or l.currency_id = b.currency_id)),
  (select s.opening from banking_bankstatement s where s.bank_account_id = b.id and s.position = 1 and s.opens_on <= %(on)s),
  (select sum(l.amount) from banking_bankline l where l.bank_account_id = b.id and l.booked_on <= %(on)s)
from payments_bankaccount b join companies_company c on c.id = b.company_id where b.id = %(account)s
"""


def reconciliation(account: BankAccount, on: date) -> Reconciliation:
    """Books against bank at the end of a day; three statements."""
    given = {"account": account.pk, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, given)
        ledger, opening, moved = cursor.fetchone()
        cursor.execute(LINES, given)
        at_bank = [Outstanding(*row) for row in cursor.fetchall()]
        cursor.execute(POSTINGS, given)
        rows = cursor.fetchall()
    return Reconciliation(
        ledger=ledger or ZERO,
        bank=None if opening is None else opening + (moved or ZERO),
        at_bank=at_bank,
        in_books=[Outstanding(*row[:4]) for row in rows if not row[4]],
        opening_in_books=sum((row[3] for row in rows if row[4]), ZERO),
        opening_at_bank=opening or ZERO,
    )
