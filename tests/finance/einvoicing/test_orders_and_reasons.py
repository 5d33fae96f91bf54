"""AP-03: lines of an e-invoice that name an order bill its lines; the others say why they go where they go. What is inside comes out."""

import base64
from collections.abc import Collection, Iterator
from decimal import Decimal

import pytest
import typst

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.models import Received
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.finance.payables import matching
from fondaco.finance.payables.matching import Named, Ordered, Provider
from fondaco.finance.payables.models import Bill, BillMatch, VendorTerms
from fondaco.finance.payables.resources import BillResource
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.picturing import NoPicture, page_count, page_picture
from fondaco.platform.files.storing import keep
from fondaco.platform.resources.writing import edit
from tests.finance.einvoicing.test_receiving import brought, cost, file_of, home, invoiced, mill, vendor

__all__ = ["home", "mill"]
TABLE = "tests_order"
ROWS: list[Ordered] = []


def _open(company: int, vendors: Collection[int]) -> list[Ordered]:
    return [o for o in ROWS if o.company == company and o.vendor in vendors]


@pytest.fixture(autouse=True)
def orders() -> Iterator[list[Ordered]]:
    """Purchase orders, as the room above will tell of them."""
    ROWS.clear()
    matching.register(Provider(TABLE, lambda keys: [o for o in ROWS if o.key in set(keys)], _open))
    yield ROWS
    del matching.PROVIDERS[TABLE]


def order_line(books, party, key, price, *, number="PO-7", product=None, position="", received=True):
    ROWS.append(
        Ordered(key, number, books.company.pk, party.pk, product, Decimal(10), Decimal(10) if received else None, Decimal(price), "EUR", position)
    )  # fmt: skip


def goods(name):
    with unit_of_work("test", "test"):
        return Product.objects.create(sku=name, name=name.capitalize(), unit=Unit.objects.get(code="KGM")).pk


def drafted(books, raw):
    (key,) = brought(raw).received
    (bill,) = books.do("einvoicing.draft_bill", key, on="2026-03-15").made["bills"]
    return Bill.objects.get(pk=bill)


@pytest.mark.parametrize("format", ["fatturapa", "ubl", "cii"])
def test_lines_bill_the_order_that_the_document_names(books, mill, format):
    """AP-03, AP-01: by the order's number and the price; goods clear what was received; a line that is none of them keeps its habit."""
    account = cost(books)
    party = vendor(books, account=account)
    flour, yeast = goods("flour"), goods("yeast")
    order_line(books, party, 1, "18.40", product=flour)
    order_line(books, party, 2, "5", product=yeast)
    order_line(books, party, 3, "99", number="PO-8")
    lines = [
        {"description": "Farina", "quantity": "3", "unit_price": "18.40"},
        {"description": "Lievito", "quantity": "2", "unit_price": "5"},
        {"description": "Trasporto", "unit_price": "30"},
    ]
    bill = drafted(books, file_of(invoiced(mill, lines, reference="po 7"), format))
    first, second, third = bill.lines.order_by("position")
    assert [(m.line_id, m.order_table, m.order_line, m.quantity) for m in BillMatch.objects.order_by("id")] == [
        (first.pk, TABLE, 1, 3),
        (second.pk, TABLE, 2, 2),
    ]
    assert (first.product_id, first.account_id, first.booking_reason) == (flour, None, "The e-invoice names order PO-7.")
    assert third.account_id == account.pk
    assert third.booking_reason == "No open line of order po 7 could be told for sure. The vendor's usual account."


def test_a_line_that_says_its_own_order_line_means_that_one(books, mill):
    """AP-03: DatiOrdineAcquisto with RiferimentoNumeroLinea and NumItem wins over the price."""
    party = vendor(books, account=cost(books))
    for key in (1, 2):
        order_line(books, party, key, "10", product=goods(f"g{key}"), position=str(key * 10))
    order_line(books, party, 3, "50", number="PO-9", position="1", received=False)
    lines = [{"description": "A", "unit_price": "10"}, {"description": "B", "unit_price": "10"}, {"description": "C", "unit_price": "50"}]
    said = "".join(
        f"<DatiOrdineAcquisto><RiferimentoNumeroLinea>{line}</RiferimentoNumeroLinea><IdDocumento>{number}</IdDocumento><NumItem>{item}</NumItem></DatiOrdineAcquisto>"
        for line, number, item in ((1, "PO-7", 20), (2, "PO-7", 10), (3, "PO-9", 1))
    ).encode()
    raw = file_of(invoiced(mill, lines)).replace(b"</DatiGeneraliDocumento>", b"</DatiGeneraliDocumento>" + said)
    bill = drafted(books, raw)
    assert list(BillMatch.objects.order_by("line__position").values_list("order_line", flat=True)) == [2, 1, 3]
    reasons = list(bill.lines.order_by("position").values_list("booking_reason", flat=True))
    assert reasons[0] == "The e-invoice names order PO-7/20."
    assert reasons[2] == "The e-invoice names order PO-9/1. The vendor's usual account."


def test_what_may_mean_two_lines_means_none(db):
    """AP-03: nothing is guessed between two order lines at the same price; each is used once where the positions tell them apart."""
    for key in (1, 2):
        ROWS.append(Ordered(key, "PO-1", 1, 5, None, Decimal(1), None, Decimal(7), "EUR", str(key)))
    asked = Named(1, 5, "PO-1", "", Decimal(7), "EUR")
    assert matching.find_named([asked]) == [None]
    by_position = [Named(1, 5, "po1", p, Decimal(8), "EUR") for p in ("2", "1")]
    assert [f and f[0][1] for f in matching.find_named(by_position)] == [2, 1]
    assert matching.find_named([Named(1, 6, "PO-1", "1", Decimal(7), "EUR"), Named(1, 5, "", "1", Decimal(7), "EUR")]) == [None, None]


def test_the_reason_of_an_account_is_said_and_goes_with_it(books, mill):
    """AP-03: as last time, or where most of his went; another account chosen by hand forgets the reason, by any door."""
    account = cost(books)
    vendor(books, account=account)
    first = drafted(books, file_of(invoiced(mill, [{"description": "Canone marzo", "unit_price": "100"}])))
    assert first.lines.get().booking_reason == "The vendor's usual account."
    books.do("payables.post", first.pk)
    with unit_of_work("test", "test"):
        VendorTerms.objects.update(account=None)
    first.refresh_from_db()
    lines = [{"description": "Canone aprile", "unit_price": "100"}, {"description": "Sale", "unit_price": "1"}]
    bill = drafted(books, file_of(invoiced(mill, lines, "2026-04-10")))
    same, other = bill.lines.order_by("position")
    assert same.booking_reason == f"As the same line of bill {first.number} was booked."
    assert other.booking_reason == "1 of 1 earlier lines of this vendor were booked there."
    values = [{"id": same.pk, "account": account.pk}, {"id": other.pk, "account": books.account("interest_expense").pk}]
    edit(books.actor, BillResource, {bill.pk: {"lines": values}})
    same.refresh_from_db()
    other.refresh_from_db()
    assert (bool(same.booking_reason), other.booking_reason) == (True, "")


def test_what_is_enclosed_comes_out_and_stands_on_the_bill(books, mill):
    """AP-03: Allegati of FatturaPA, BT-125 of UBL and CII; broken ones are left out, the e-invoice is taken all the same."""
    vendor(books, account=cost(books))
    paper = base64.b64encode(typst.compile(b"#set page(width: 10cm, height: 6cm)\nOre di marzo"))
    inside = (
        b"<Allegati><NomeAttachment>ore</NomeAttachment><FormatoAttachment>PDF</FormatoAttachment><Attachment>%s</Attachment></Allegati>"
    )
    broken = b"<Allegati><NomeAttachment>x</NomeAttachment><Attachment>?</Attachment></Allegati>"
    raw = file_of(invoiced(mill)).replace(b"</FatturaElettronicaBody>", inside % paper + broken + b"</FatturaElettronicaBody>")
    bill = drafted(books, raw)
    files = Attachment.objects.filter(table_name="payables_bill", row_id=bill.pk).order_by("id")
    assert [f.name for f in files] == ["f.xml", "ore.pdf"]
    assert page_count(files[1].digest) == 1
    assert page_picture(files[1].digest, 1).startswith(b"\x89PNG")
    for page in (0, 2, 21):
        with pytest.raises(NoPicture):
            page_picture(files[1].digest, page)


def test_a_line_in_words_of_ubl_and_cii_names_its_order(books, mill):
    """AP-03: BT-132 of a line, and files that lie inside (BT-125)."""
    vendor(books)
    content = base64.b64encode(b"a,b\n1,2\n")
    ubl = file_of(invoiced(mill, reference="PO-7"), "ubl")
    at = ubl.index(b"<cac:Item>")
    tag = b"<cac:OrderLineReference><cbc:LineID>4</cbc:LineID></cac:OrderLineReference>"
    raw = ubl[:at] + tag + ubl[at:]
    extra = (
        b'<cac:AdditionalDocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject mimeCode="text/csv" filename="../ore.csv">%s'
        b"</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>" % content
    )
    at = raw.index(b"<cac:AccountingSupplierParty>")
    row = Received.objects.get(pk=brought(raw[:at] + extra + raw[at:]).received[0])
    what = restored(semantic.Invoice, row.meaning)
    assert what.ordered(what.lines[0]) == ("PO-7", "4")
    assert [a.name for a in Attachment.objects.filter(table_name="einvoicing_received", row_id=row.pk).order_by("id")][1:] == ["ore.csv"]


@pytest.mark.parametrize("content", [b"%PDF-1.4 nothing", b"no pdf", b"%PDF-1.7\n" + b"\x00" * 5000])
def test_a_broken_pdf_is_no_picture(home, content):
    """AP-04, G14: whatever is no PDF has no pages, and breaks nothing."""
    kept = keep("x.pdf", [content])
    assert page_count(kept.digest) == 0
    with pytest.raises(NoPicture):
        page_picture(kept.digest, 1)
