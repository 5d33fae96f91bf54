"""TX-06: UBL, CII and Factur-X keep their schemas and every rule of EN 16931 (schematron, run by Saxon)."""

import io

import pypdf
import pytest
from lxml import etree

from fondaco.finance.einvoicing.formats import cii, ubl
from fondaco.finance.einvoicing.formats.declared import Naming
from fondaco.finance.einvoicing.formats.en16931 import problems
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.invoicing.printing import invoice_pdf
from fondaco.finance.tax.models import TaxCode
from tests.finance.einvoicing.house import customer, meaning, product, shared, texts
from tests.finance.einvoicing.schematron import broken_rules

NAMING = Naming("00001", lambda: b"")


def valid(invoice):
    """Both syntaxes, judged; as XML."""
    what = meaning(invoice)
    assert problems(what) == []
    files = {"ubl": ubl.write(what, NAMING), "cii": cii.write(what, NAMING)}
    for syntax, xml in files.items():
        assert broken_rules(syntax, xml) == [], xml.decode()
    return files


def code(books, name):
    return TaxCode.objects.get(company=books.company, code=name).pk


def test_the_rules_judge_real_invoices():
    """The schematron accepts the published examples of UBL, so that its silence on ours means something; and it sees a wrong total."""
    for path in shared("en16931/ubl"):
        xml = path.read_bytes()
        assert broken_rules("ubl", xml) == [], path.name
        wrong = etree.fromstring(xml)
        wrong.find(".//{*}LegalMonetaryTotal/{*}PayableAmount").text = "0.01"
        assert any("BR-CO-16" in rule for rule in broken_rules("ubl", etree.tostring(wrong))), path.name


def test_a_domestic_invoice_with_discount_and_two_rates(rialto):
    """TX-06: allowance, two rates, order, terms and account."""
    bar = customer(rialto, format="ubl", buyer_reference="Cucina")
    files = valid(
        rialto.invoice(
            bar,
            [
                {"product": product().pk, "quantity": "12.5", "unit_price": "18.40", "discount_percent": "12.5"},
                {"description": "Latte", "quantity": "3", "unit_price": "1.005", "tax_code": code(rialto, "IT-R4")},
                {"description": "Reso", "quantity": "-1", "unit_price": "10"},
            ],
            "2026-03-10",
            reference="ORD-77",
        )
    )
    assert texts(files["ubl"], "LegalMonetaryTotal/PayableAmount") == texts(files["cii"], "DuePayableAmount")
    assert texts(files["ubl"], "AllowanceCharge/Amount") == ["28.75"]
    assert texts(files["cii"], "BuyerReference") == ["Cucina"]


def test_prices_with_tax_come_to_the_same_total(rialto):
    """TX-02, TX-06: 3 x 9.99 with tax is 29.97 on the form, in the books and in the file."""
    bar = customer(rialto, format="ubl")
    invoice = rialto.invoice(bar, [{"quantity": "3", "unit_price": "9.99"}], "2026-03-10", prices_include_tax=True)
    files = valid(invoice)
    assert f"{invoice.gross:.2f}" == "29.97"
    assert texts(files["ubl"], "TaxInclusiveAmount") == texts(files["cii"], "GrandTotalAmount") == ["29.97"]


@pytest.mark.parametrize(
    ("country", "vat", "kind", "category", "reason"),
    [
        ("DE", "DE136695976", "goods", "K", "VATEX-EU-IC"),
        ("DE", "DE136695976", "service", "AE", "VATEX-EU-AE"),
        ("US", "", "goods", "G", "VATEX-EU-G"),
    ],
)
def test_abroad_the_reason_for_no_tax_is_given(rialto, country, vat, kind, category, reason):
    """TX-06: intra-Community supply, reverse charge and export with their codes and words."""
    place = {"postal_code": "10115", "city": "Berlin", "region": ""}
    buyer = customer(rialto, f"Kaffeehaus {country} {kind}", country=country, vat=vat, at=place, format="ubl")
    thing = product(f"{kind}-{country}", kind=kind, tax_class="service" if kind == "service" else "standard")
    files = valid(rialto.invoice(buyer, [{"product": thing.pk, "unit_price": "100"}], "2026-03-10"))
    assert texts(files["ubl"], "TaxSubtotal/TaxCategory/ID") == [category]
    assert texts(files["ubl"], "TaxExemptionReasonCode") == texts(files["cii"], "ExemptionReasonCode") == [reason]


def test_exempt_and_not_subject(rialto):
    """TX-06: an exempt line beside a taxed one; an invoice without VAT at all names no VAT number (BR-O-02)."""
    bar = customer(rialto, format="ubl")
    files = valid(rialto.invoice(bar, [{"unit_price": "100"}, {"unit_price": "50", "tax_code": code(rialto, "IT-N4")}], "2026-03-10"))
    assert "art. 10 DPR 633/72" in texts(files["ubl"], "TaxExemptionReason")[0]
    outside = rialto.invoice(bar, [{"unit_price": "100", "tax_code": code(rialto, "IT-N22")}], "2026-03-10")
    assert texts(valid(outside)["ubl"], "PartyTaxScheme/CompanyID") == []
    mixed = rialto.invoice(bar, [{"unit_price": "1"}, {"unit_price": "2", "tax_code": code(rialto, "IT-N22")}], "2026-03-10")
    assert "two invoices" in problems(meaning(mixed))[0].sentence


def test_a_credit_note(rialto):
    """TX-06: credit notes in both syntaxes, with the invoice they credit."""
    bar = customer(rialto, format="ubl")
    invoice = rialto.invoice(bar, [{"unit_price": "100"}], "2026-03-10")
    (note,) = rialto.do("invoicing.credit", invoice.pk, on="2026-03-20").made["invoices"]
    rialto.do("invoicing.post", note)
    files = valid(Invoice.objects.get(pk=note))
    assert etree.fromstring(files["ubl"]).tag.endswith("}CreditNote")
    assert texts(files["cii"], "TypeCode")[0] == "381"
    assert texts(files["cii"], "InvoiceReferencedDocument/IssuerAssignedID") == [invoice.number]


def test_currencies_without_and_with_three_decimals(rialto):
    """TX-06: yen have no decimals; of dinars with three decimals the refusal says what can be done."""
    rialto.rate("JPY", "0.006", "2026-01-01")
    rialto.rate("KWD", "3", "2026-01-01")
    place = {"postal_code": "100", "city": "Tokyo", "region": ""}
    tokyo = customer(rialto, "Kissaten", country="JP", vat="", at=place, format="ubl")
    files = valid(rialto.invoice(tokyo, [{"unit_price": "1500", "quantity": "3"}], "2026-03-10", currency="JPY"))
    assert texts(files["ubl"], "PayableAmount") == ["4500"]
    kuwait = customer(rialto, "Maqha", country="KW", vat="", at=place, format="ubl")
    assert texts(valid(rialto.invoice(kuwait, [{"unit_price": "1.25"}], "2026-03-10", currency="KWD"))["cii"], "DuePayableAmount") == [
        "1.25"
    ]
    (problem,) = problems(meaning(rialto.invoice(kuwait, [{"unit_price": "1.255"}], "2026-03-10", currency="KWD")))
    assert problem.field == "currency"


def test_a_factur_x_pdf_carries_its_xml(rialto):
    """TX-06: the paper as PDF/A-3 with the same invoice inside."""
    bar = customer(rialto, format="facturx")
    invoice = rialto.invoice(bar, [{"unit_price": "100"}], "2026-03-10")
    what = meaning(invoice)
    pdf = cii.write_pdf(what, Naming("00001", lambda: invoice_pdf(invoice)))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    (inside,) = reader.attachments["factur-x.xml"]
    assert broken_rules("cii", inside) == []
    about = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in about
    assert "EN 16931" in about
    assert invoice.number in reader.pages[0].extract_text()
