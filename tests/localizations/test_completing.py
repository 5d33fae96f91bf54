"""A company that was set up before a room was there gets what it lacks, once, and keeps what it has."""

import pytest

from fondaco.finance.ledger.models import Account, Journal
from fondaco.finance.payables.models import WithholdingKind
from fondaco.finance.tax.models import ReturnDefinition, TaxCode, TaxRule
from fondaco.localizations.completing import chart_of, complete_books
from fondaco.platform.database.unit import unit_of_work


def counted(company):
    return [m.objects.filter(company=company).count() for m in (Account, Journal, TaxCode, TaxRule, WithholdingKind, ReturnDefinition)]


@pytest.fixture
def older(books):
    """The same company as it would be without withholding, rules for purchases and the accounts that came with them."""
    before = counted(books.company)
    with unit_of_work("test", "test"):
        WithholdingKind.objects.filter(company=books.company)._raw_delete("default")
        TaxRule.objects.filter(company=books.company, kind="purchase")._raw_delete("default")
        accounts = Account.objects.filter(company=books.company, purpose__in=["withholding_suspended", "withholding_payable"])
        assert accounts._raw_delete("default") == 2
        Account.objects.filter(company=books.company, purpose="cash").update(name="Our till")
    return books, before


def test_what_is_missing_comes_once(older):
    books, before = older
    assert chart_of(books.company).name == "it"
    outcome = books.do("companies.complete_books", books.company.pk)
    assert counted(books.company) == before
    assert set(outcome.told) == {"TEST: Accounts", "TEST: Rules for purchases", "TEST: Kinds of withholding"}
    assert Account.objects.get(company=books.company, purpose="withholding_suspended").parent_id
    assert Account.objects.get(company=books.company, purpose="cash").name == "Our till"
    assert books.do("companies.complete_books", books.company.pk).told == {}
    assert counted(books.company) == before
    books.assert_checks_hold()


def test_a_number_that_is_taken_is_said_and_left_alone(older):
    books, before = older
    with unit_of_work("test", "test"):
        other = Account.objects.filter(company=books.company, is_posting=True).first()
        number = next(r for r in _chart() if r["purpose"] == "withholding_suspended")["number"]
        Account.objects.create(company=books.company, number=number, name="Ours", kind=other.kind, is_posting=True)
        told = complete_books(books.company)
    assert told["Accounts left out, whose number is taken"] == number
    assert counted(books.company)[0] == before[0]


def test_a_new_company_lacks_nothing(books):
    with unit_of_work("test", "test"):
        assert complete_books(books.company) == {}


def _chart():
    from fondaco.localizations.loading import HERE, rows_of

    return rows_of(HERE / "it" / "chart.csv")
