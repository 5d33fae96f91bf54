"""Statements are a chain that adds up; what was imported once adds nothing again; nothing of it ever changes (BK-01)."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.finance.banking.importing import import_statements
from fondaco.finance.banking.models import BankFormat, BankLine, BankStatement
from fondaco.finance.banking.refusals import (
    DoesNotAddUp,
    FileRefused,
    OtherAccount,
    OtherCurrency,
    StatementMissing,
    UnknownAccount,
    WhichAccount,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from tests.books import ACTOR, open_books
from tests.clerks import at_once
from tests.finance.banking import files
from tests.finance.banking.bank import OTHER_IBAN, lines, load, open_account


@pytest.fixture
def account(books):
    return open_account(books)


def chain(account):
    rows = BankStatement.objects.filter(bank_account=account).order_by("position")
    return [f"{s.opening:.2f} > {s.closing:.2f}" for s in rows]


def nothing_is_there():
    return not BankStatement.objects.exists() and not BankLine.objects.exists()


def test_statements_follow_each_other(books, account):
    first = load(files.entry("250.50", text="INV 1"), files.entry("-5.00", "2026-02-11", text="Fee"), opening="1000.00")
    assert (first.format, first.lines, first.known) == ("camt.053", 2, 0)
    load(files.entry("10.00", "2026-02-12"), opening="1245.50", statement="S2")
    assert chain(account) == ["1000.00 > 1245.50", "1245.50 > 1255.50"]
    assert [str(ln) for ln in lines()] == ["2026-02-10 INV 1 250.5 EUR", "2026-02-11 Fee -5 EUR", "2026-02-12 10 EUR"]
    books.assert_checks_hold()


def test_the_same_file_twice_adds_nothing(books, account):
    entries = [files.entry("250.50", text="INV 1"), files.entry("-5.00"), files.entry("-5.00")]
    load(*entries, opening="1000.00")
    again = load(*entries, opening="1000.00")
    assert (again.lines, again.known, again.statements) == (0, 3, [])
    # In another wrapping, too: what counts is what the lines say.
    assert load(*entries, opening="1000.00", statement="OTHER", version="02").lines == 0
    assert chain(account) == ["1000.00 > 1240.50"]
    books.assert_checks_hold()


def test_a_file_that_overlaps_adds_what_is_new(books, account):
    one, two, three = (files.entry(f"{n}0.00", f"2026-02-1{n}") for n in (1, 2, 3))
    load(one, two, opening="100.00")
    added = load(two, three, opening="110.00", statement="S2")
    assert (added.lines, added.known) == (1, 1)
    assert chain(account) == ["100.00 > 130.00", "130.00 > 160.00"]
    books.assert_checks_hold()


def test_equal_payments_on_the_next_page_are_payments_of_their_own(books, account):
    coffee = files.entry("-1.50", text="Coffee")
    load(coffee, opening="10.00")
    assert load(coffee, coffee, opening="8.50", statement="S2").lines == 2
    assert load(coffee, coffee, opening="8.50", statement="S2").lines == 0
    assert chain(account) == ["10.00 > 8.50", "8.50 > 5.50"]
    books.assert_checks_hold()


def test_a_missing_statement_is_told_with_both_balances(account):
    load(files.entry("1.00"), opening="100.00")
    with pytest.raises(StatementMissing, match=r"stands at 101\.00 EUR on 10 Feb 2026, but .* opens with 500"):
        load(files.entry("2.00", "2026-03-10"), opening="500.00", statement="S3")
    assert chain(account) == ["100.00 > 101.00"]


def test_lines_that_do_not_come_to_the_closing_balance_are_refused(account):
    content = files.camt([files.entry("250.50")], opening="1000.00", closing="1250.00")
    with pytest.raises(DoesNotAddUp, match=r"1,000\.00 and lines 250\.50 do not come to the closing balance 1,250\.00; -0\.50 is missing"):
        import_statements(ACTOR, "a.xml", content)
    assert nothing_is_there()


def test_a_file_goes_to_the_account_that_it_names(books, account):
    other = open_account(books, "", "USD", "Dollars", number="123-45")
    assert import_statements(ACTOR, "a.ofx", files.OFX).statements[0].bank_account == other
    assert chain(other) == ["0.00 > 95.25"]  # OFX states the closing balance only
    assert import_statements(ACTOR, "a.sta", files.MT940).statements[0].bank_account == account
    with pytest.raises(OtherAccount, match="Dollars"):
        import_statements(ACTOR, "a.sta", files.MT940, account=other.pk)
    with pytest.raises(UnknownAccount, match=OTHER_IBAN):
        load(files.entry("1.00"), account=OTHER_IBAN)
    with pytest.raises(OtherCurrency, match=r"line 3 is in USD, but Main account is kept in EUR"):
        load(files.entry("1.00", currency="USD"))
    books.assert_checks_hold()


def test_a_table_is_read_by_the_format_kept_for_the_account(books, account):
    with pytest.raises(FileRefused, match="no saved CSV format"):
        import_statements(ACTOR, "a.csv", files.CSV, account=account.pk)
    with unit_of_work("test", "test"):
        BankFormat.objects.create(
            company=books.company, bank_account=account, name="Bank", skip=3,
            columns={"booked_on": 1, "value_on": 2, "remittance": 3, "debit": 4, "credit": 5, "balance": 6},
        )  # fmt: skip
    with pytest.raises(FileRefused, match="neither camt"):
        import_statements(ACTOR, "a.csv", files.CSV)
    assert import_statements(ACTOR, "a.csv", files.CSV, account=account.pk).lines == 2
    assert import_statements(ACTOR, "a.csv", files.CSV, account=account.pk).lines == 0
    assert chain(account) == ["1000.00 > 1245.50"]
    with pytest.raises(WhichAccount):
        from fondaco.finance.banking.importing import _account_of
        from fondaco.finance.banking.reading.values import StatementValues

        _account_of("a.csv", StatementValues(""), None, [account])


@pytest.mark.parametrize("content", [b"", files.BOMB, files.MT940[:200], b"PK\x03\x04zip"])
def test_a_file_that_cannot_be_read_changes_nothing(account, content):
    with pytest.raises(FileRefused):
        import_statements(ACTOR, "a", content)
    assert nothing_is_there()


def test_importing_needs_the_right(account):
    with pytest.raises(NotAllowed, match=r"banking\.import_statement"):
        import_statements(Actor("clerk"), "a.sta", files.MT940)
    other = Actor("clerk", patterns=(("banking.import_statement", account.company_id + 1, "company"),))
    with pytest.raises(UnknownAccount):
        import_statements(other, "a.sta", files.MT940)
    assert nothing_is_there()


def test_the_statements_sent_do_not_grow_with_the_lines(account):
    counts = []
    for number, size in ((1, 1), (2, 300)):
        before = Decimal(sum(BankLine.objects.values_list("amount", flat=True)))
        with CaptureQueriesContext(connection) as sent:
            load(
                *(files.entry("1.00", f"2026-03-{number:02d}", text=f"{number}-{n}") for n in range(size)),
                opening=f"{before:.2f}",
                statement=f"S{number}",
            )
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 20


# ------------------------------------------------------------------ attacks on the guards


ATTACKS = {
    "a line changes": "update banking_bankline set amount = amount + 1",
    "a line leaves": "delete from banking_bankline",
    "a statement changes": "update banking_bankstatement set closing = closing + 1",
    "a statement leaves": "delete from banking_bankstatement",
    "a line is added": "insert into banking_bankline (version, company_id, bank_account_id, statement_id, position, booked_on, value_on, amount, currency_id, counterparty,"
    " counterparty_account, bic, end_to_end_id, mandate, payment_id, creditor_reference, remittance, bank_reference, code, charges, original_amount, original_currency, fingerprint, state)"
    " select 1, company_id, bank_account_id, statement_id, position + 1, booked_on, value_on, 5, currency_id, '', '', '', '', '', '', '', '', '', '', 0, 0, '', 'x', 'open' from banking_bankline",
    "a line is matched with nothing": "update banking_bankline set state = 'matched'",
    "a statement stands beside the chain": "insert into banking_bankstatement (version, company_id, bank_account_id, currency_id, position, reference, opens_on, closes_on, opening, closing,"
    " is_complete, format, file_name, digest, line_count) select 1, company_id, bank_account_id, currency_id, 1, '', opens_on, closes_on, 0, 5, true, '', '', '', 1 from banking_bankstatement",
    "a statement does not go on": "insert into banking_bankstatement (version, company_id, bank_account_id, currency_id, position, previous_position, reference, opens_on, closes_on, opening, closing,"
    " is_complete, format, file_name, digest, line_count) select 1, company_id, bank_account_id, currency_id, 2, 1, '', opens_on, closes_on, 7, 8, true, '', '', '', 1 from banking_bankstatement",
    "a statement without lines": "insert into banking_bankstatement (version, company_id, bank_account_id, currency_id, position, previous_position, reference, opens_on, closes_on, opening, closing,"
    " is_complete, format, file_name, digest, line_count) select 1, company_id, bank_account_id, currency_id, 2, 1, '', opens_on, closes_on, closing, closing + 1, true, '', '', '', 1 from banking_bankstatement",
    "the account changes its currency": "update payments_bankaccount set currency_id = 'USD'",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_refuses(books, account, attack):
    load(files.entry("250.50"), opening="1000.00")
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
        cursor.execute(ATTACKS[attack])
    assert chain(account) == ["1000.00 > 1250.50"]
    books.assert_checks_hold()


# ------------------------------------------------------------------ at once


def test_two_people_import_the_same_file_and_it_is_there_once(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        books = open_books(code="RACE")
        account = open_account(books)
        entries = [files.entry("1.00", text=f"{n}") for n in range(20)]
        answers = at_once(lambda _n: load(*entries, opening="5.00").lines, range(4), clerks=4)
        assert sorted(answers) == [0, 0, 0, 20], answers
        assert chain(account) == ["5.00 > 25.00"]
        books.assert_checks_hold()
