"""Which tax applies, which rule said so and which lost (TX-01); a credit note keeps the rate of the original (TX-03)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.finance.tax.models import TaxCode, TaxRate, TaxRule, TaxStanding
from fondaco.finance.tax.queries import TaxQuestion, tax_table
from fondaco.masterdata.parties.models import Address
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

ON = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("country", "vat", "product_class", "ship_to", "public", "code"),
    [
        ("IT", False, "standard", "", False, "IT-S"),
        ("IT", True, "reduced", "", False, "IT-R10"),
        ("IT", True, "standard", "", True, "IT-SP"),
        ("IT", True, "reduced", "", True, "IT-SP10"),
        ("DE", True, "standard", "", False, "IT-N32"),
        ("DE", True, "standard", "IT", False, "IT-S"),
        ("DE", True, "service", "IT", False, "IT-N21-RC"),
        ("US", False, "reduced", "IT", False, "IT-R10"),
        ("US", False, "standard", "", False, "IT-N31"),
    ],
)
def test_TX_01_seller_buyer_way_of_the_goods_class_and_day_decide(books, country, vat, product_class, ship_to, public, code):
    answer = tax_table(books.company).determine(TaxQuestion(country, vat, product_class, ON, ship_to=ship_to, is_public_body=public))
    assert answer.tax_code.code == code
    assert answer.rule.tax_code_id == answer.tax_code.pk
    assert answer.explanation == answer.rule.explanation


def test_TX_01_every_rule_says_why_it_fires_or_lost(books):
    table = tax_table(books.company)
    verdicts = {v.rule.priority: v for v in table.verdicts(TaxQuestion("DE", True, "service", ON))}
    assert verdicts[101].misses == (("buyer", "domestic", "eu_business"),)
    assert verdicts[105].misses == (("product_class", "standard", "service"), ("ship_to", "IT", "DE"))
    assert verdicts[110].matches
    assert verdicts[111].matches, "it fits too, and lost because a rule before it fires"
    with unit_of_work("test", "test"):
        TaxRule.objects.filter(company=books.company, priority=110).update(valid_to=ON - timedelta(days=1))
    table = tax_table(books.company)
    assert table.determine(TaxQuestion("DE", True, "service", ON)).rule.priority == 111
    assert {v.rule.priority: v for v in table.verdicts(TaxQuestion("DE", True, "service", ON))}[110].misses == (
        ("valid_to", "2026-03-09", "2026-03-10"),
    )


def test_TX_01_the_document_says_where_goods_go(books):
    customer = books.customer("Werk GmbH", "DE", vat_number="DE136695976")
    line = [{"quantity": "1", "unit_price": "100"}]
    abroad = books.invoice(customer, line, "2026-03-10", post=False)
    stays = books.invoice(customer, line, "2026-03-10", post=False, ship_to="IT")
    with unit_of_work("test", "test"):
        Address.objects.create(party=customer, kind="delivery", country_id="IT", city="Lodi")
        TaxStanding.objects.create(party=customer, valid_from=date(2026, 1, 1))
    usual = books.invoice(customer, line, "2026-03-10", post=False)
    told = {i.pk: InvoiceLine.objects.get(invoice=i).tax_explanation for i in (abroad, stays, usual)}
    assert (abroad.tax, stays.tax, usual.tax) == (0, 22, 22)
    assert told[abroad.pk].startswith("Goods to a business in another member state")
    assert told[stays.pk] == told[usual.pk] == "Goods that stay in Italy, whoever buys them: Italian VAT at the standard rate."


@pytest.fixture
def raised(books):
    """From April on the standard rate is 25%."""
    with unit_of_work("test", "test"):
        code = TaxCode.objects.get(company=books.company, code="IT-S")
        TaxRate.objects.filter(tax_code=code, valid_to=None).update(valid_to=date(2026, 3, 31))
        TaxRate.objects.create(tax_code=code, rate=25, valid_from=date(2026, 4, 1))


@pytest.mark.usefixtures("raised")
def test_TX_03_a_credit_note_uses_the_rate_of_the_original(books):
    customer = books.customer()
    invoice = books.invoice(customer, [{"quantity": "3", "unit_price": "100"}], "2026-03-10")
    assert books.invoice(customer, [{"quantity": "1", "unit_price": "100"}], "2026-04-10").tax == 25
    (key,) = books.do("invoicing.credit", invoice.pk, on="2026-04-20").made["invoices"]
    note = Invoice.objects.get(pk=key)
    assert (note.tax, note.lines.get().tax_rate) == (66, 22)
    edit(ACTOR, RESOURCES["invoices"], {key: {"lines": [{"id": note.lines.get().pk, "quantity": "1"}]}})
    note.refresh_from_db()
    assert (note.net, note.tax, note.lines.get().tax_rate) == (100, 22, 22)
    books.do("invoicing.post", key)
    own = {
        "company": books.company.pk, "kind": "credit_note", "customer": customer.pk, "on": "2026-04-20", "credits": invoice.pk,
        "lines": [{"description": "Goods", "quantity": "1", "unit_price": "10"}],
    }  # fmt: skip
    (key,) = create(ACTOR, RESOURCES["invoices"], [own]).ids
    assert Invoice.objects.get(pk=key).tax == Decimal("2.20"), "written by hand, it is taxed as on the day of the invoice"
    books.assert_checks_hold()
