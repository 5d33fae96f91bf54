"""TX-01 for purchases: where the vendor is and what is bought decide the code, and the bill says which rule fired."""

from datetime import date
from decimal import Decimal

import pytest

from fondaco.finance.payables.models import BillLine
from fondaco.finance.payables.resources import BillResource
from fondaco.finance.tax.queries import NoPurchaseRule, NoTaxRate, TaxQuestion, tax_table
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import create

#: vendor's country, his VAT number, product class (None: no product) -> code, document type of the self-invoice, rate
CASES = [
    ("IT", "IT01234560272", "standard", "IT-P-S", "", "22"),
    ("IT", "IT01234560272", "reduced", "IT-P-R10", "", "10"),
    ("IT", "", None, "IT-P-S", "", "22"),
    ("DE", "DE136695976", "standard", "IT-P-ICA", "TD18", "22"),
    ("DE", "DE136695976", "reduced", "IT-P-ICA10", "TD18", "10"),
    ("DE", "DE136695976", "service", "IT-P-RC", "TD17", "22"),
    ("DE", "DE136695976", None, "IT-P-RC", "TD17", "22"),
    ("US", "", "service", "IT-P-RC", "TD17", "22"),
    ("US", "", "standard", "IT-P-CUS", "", "0"),
    ("SM", "", "standard", "IT-P-RCG", "TD19", "22"),
]


@pytest.mark.parametrize(("country", "vat", "product_class", "code", "document_type", "rate"), CASES)
def test_TX_01_a_bill_is_proposed_its_code_with_the_rule_that_fired(books, country, vat, product_class, code, document_type, rate):
    vendor = books.vendor(country=country, vat_number=vat)
    line = {"description": "x", "unit_price": "100", "account": books.account("expense").pk}
    if product_class:
        with unit_of_work("test", "test"):
            kind = "service" if product_class == "service" else "goods"
            product = Product.objects.create(sku="P", name="P", unit=Unit.objects.get(code="C62"), tax_class=product_class, kind=kind)
        line["product"] = product.pk
    values = {
        "company": books.company.pk,
        "vendor": vendor.pk,
        "vendor_number": "7",
        "vendor_date": "2026-03-01",
        "on": "2026-03-02",
        "lines": [line],
    }
    (key,) = create(books.actor, BillResource, [values]).ids
    (made,) = BillLine.objects.filter(bill=key).select_related("tax_code", "bill")
    assert (made.tax_code.code, made.tax_code.document_type, made.tax_rate) == (code, document_type, Decimal(rate))
    assert made.tax_explanation.endswith(".")
    owed = Decimal(100) if document_type or rate == "0" else Decimal(100) + Decimal(rate)
    assert made.bill.gross == owed, "what we account for ourselves is not owed to the vendor"
    books.do("payables.post", key)
    books.assert_checks_hold()


def test_TX_01_nothing_is_guessed_of_a_vendor_abroad_without_a_number(books):
    """A vendor of another member state without a VAT number: the refusal says what to enter."""
    vendor = books.vendor(country="DE")
    values = {
        "company": books.company.pk,
        "vendor": vendor.pk,
        "vendor_number": "7",
        "vendor_date": "2026-03-01",
        "on": "2026-03-02",
        "lines": [{"description": "x", "unit_price": "1"}],
    }
    with pytest.raises(NoPurchaseRule, match="VAT number"):
        create(books.actor, BillResource, [values])


def test_TX_01_goods_of_a_purchase_come_to_us(books):
    """A purchase leaves the vendor's country and arrives here, unless it is said otherwise: goods that are here already are TD19."""
    table = tax_table(books.company)
    question = TaxQuestion("DE", True, "standard", date(2026, 3, 1), "purchase")
    assert table.way(question) == ("DE", "IT")
    assert table.determine(question).tax_code.code == "IT-P-ICA"
    here = TaxQuestion("DE", True, "standard", date(2026, 3, 1), "purchase", ship_from="IT")
    assert table.determine(here).tax_code.document_type == "TD19"
    with pytest.raises(NoTaxRate):
        table.determine(TaxQuestion("IT", True, "standard", date(1989, 1, 1), "purchase"))
