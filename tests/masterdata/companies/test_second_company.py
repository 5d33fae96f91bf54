"""A second company, made like any record, can post at once."""

from datetime import date

import pytest

from fondaco.finance.ledger.models import Account, Journal, Period, StatementLine
from fondaco.finance.tax.models import TaxRule
from fondaco.masterdata.companies.models import Company
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, Books


@pytest.mark.parametrize(("country", "currency"), [("IT", "EUR"), ("DE", "EUR"), ("US", "USD")])
def test_a_new_company_has_its_books_and_posts(books, country, currency):
    values = {"code": "TWO", "name": "Second", "country": country, "currency": currency, "language": "en"}
    (key,) = create(ACTOR, RESOURCES["companies"], [values]).ids
    second = Books(Company.objects.get(pk=key))
    today = date.today()  # noqa: DTZ011  the present fiscal year is opened
    invoice = second.invoice(second.customer("Bar Due", country), [{"quantity": 1, "unit_price": "10"}], today.isoformat())
    assert invoice.state == "posted" and invoice.company_id == key
    second.assert_checks_hold()


def test_an_edit_does_not_make_books_again(books):
    counted = [m.objects.filter(company=books.company).count() for m in (Account, Journal, Period, StatementLine, TaxRule)]
    edit(ACTOR, RESOURCES["companies"], {books.company.pk: {"city": "Lodi"}})
    assert counted == [m.objects.filter(company=books.company).count() for m in (Account, Journal, Period, StatementLine, TaxRule)]
