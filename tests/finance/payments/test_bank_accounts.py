"""The company's own bank accounts: what they are called by, and the one account of the books that stands for each (BK-04, AP-06)."""

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.finance.ledger.models import Account
from fondaco.finance.payments.models import BankAccount, Payment
from fondaco.finance.payments.refusals import AccountTaken, BankAccountAlready, DefaultIsActive, NoBankControl, NotActive
from fondaco.finance.payments.resources import BankAccountResource, PaymentResource
from fondaco.platform.database.refusals import InvalidInput, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books

IBAN, OTHER = "IT60X0542811101000000123456", "DE89370400440532013000"


def numbered(books, number):
    return Account.objects.get(company=books.company, number=number).pk


def opened(books, account="170101", **values):
    given = {"company": books.company.pk, "name": "Banca del Naviglio", "iban": IBAN, "account": numbered(books, account), **values}
    return BankAccount.objects.get(pk=create(ACTOR, BankAccountResource, [given]).ids[0])


def test_numbers_are_kept_in_one_form_and_the_first_of_a_currency_is_its_default(books):
    first = opened(books, iban=" it60 x054 2811 1010 0000 0123 456", bic="bcit itmm", sia_code="a1b2c")
    assert (first.iban, first.bic, first.sia_code, first.currency_id, first.is_default) == (IBAN, "BCITITMM", "A1B2C", "EUR", True)
    second = opened(books, "170103", iban=OTHER, name="Posta")
    dollars = opened(books, "170102", iban=OTHER, name="Valuta", currency="USD")
    assert (second.is_default, dollars.is_default) == (False, True)
    books.do("payments.make_default", second.pk)
    assert set(BankAccount.objects.filter(is_default=True)) == {second, dollars}
    books.assert_checks_hold()


def test_a_payment_without_an_account_takes_the_default_of_its_currency(books):
    """BK-04: what is paid in dollars does not lie on the account in euro."""
    euro = opened(books)
    dollars = opened(books, "170102", iban=OTHER, name="Valuta", currency="USD")
    books.rate("USD", "0.90", "2026-01-01")
    customer = books.customer().pk
    given = {"company": books.company.pk, "party": customer, "on": "2026-02-01", "amount": "100"}
    keys = create(ACTOR, PaymentResource, [{**given, "currency": "EUR"}, {**given, "currency": "USD"}]).ids
    assert list(Payment.objects.filter(pk__in=keys).order_by("pk").values_list("account", flat=True)) == [
        euro.account_id,
        dollars.account_id,
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"iban": "IT61X0542811101000000123456"}, "iban"),
        ({"iban": "IT60X05428111010000001234"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"bic": "BCIT"}, "bic"),
        ({"sia_code": "A1"}, "sia_code"),
        ({"creditor_identifier": "IT00ZZZ0000012345678901"}, "creditor_identifier"),
    ],
)
def test_what_cannot_be_right_is_refused_field_by_field(books, values, field):
    with pytest.raises(InvalidInput) as refusal:
        opened(books, **values)
    assert list(refusal.value.fields) == [field]
    assert not BankAccount.objects.exists()


def test_an_account_abroad_has_a_number_instead_of_an_iban(books):
    assert opened(books, iban="", account_number="021000021-12345").iban == ""


def test_the_ledger_account_is_a_bank_s_and_its_own(books):
    with pytest.raises(NoBankControl), transaction.atomic():
        opened(books, "150101")
    with pytest.raises(NotFound), transaction.atomic():
        opened(open_books(code="OTHER"), company=books.company.pk)
    first = opened(books)
    with pytest.raises(AccountTaken), transaction.atomic():
        opened(books, iban=OTHER)
    with pytest.raises(BankAccountAlready), transaction.atomic():
        opened(books, "170103")
    with pytest.raises(DefaultIsActive), transaction.atomic():
        edit(ACTOR, BankAccountResource, {first.pk: {"is_active": False}})
    closed = opened(books, "170103", iban=OTHER, is_active=False)
    with pytest.raises(NotActive):
        books.do("payments.make_default", closed.pk)


@pytest.mark.parametrize(
    ("attack", "constraint"),
    [
        ("update payments_bankaccount set iban = 'IT61X0542811101000000123456'", "bank_account_iban"),
        ("update payments_bankaccount set iban = 'it60x0542811101000000123456'", "bank_account_iban"),
        ("update payments_bankaccount set iban = ''", "bank_account_has_a_number"),
        ("update payments_bankaccount set control = ''", "bank_account_control"),
        ("update ledger_account set control = '' where number = '170101'", "bank_account_of_ledger_account"),
        (
            "update payments_bankaccount set account_id = (select id from ledger_account where number = '150101')",
            "bank_account_of_ledger_account",
        ),
    ],
)
def test_the_database_keeps_it_against_a_console(books, attack, constraint):
    opened(books)
    with pytest.raises(IntegrityError) as refusal, unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(attack)
    assert refusal.value.__cause__.diag.constraint_name == constraint
