"""AP-03: what vendors send becomes a draft bill with the vendor's own amounts; hostile, broken and repeated files change nothing."""

import base64
import io
import random
import sys
from decimal import Decimal

import pypdf
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from fondaco.finance.einvoicing.formats import cii, ubl
from fondaco.finance.einvoicing.formats.declared import Naming
from fondaco.finance.einvoicing.models import Received
from fondaco.finance.einvoicing.outside import asking
from fondaco.finance.einvoicing.outside.child import answered
from fondaco.finance.einvoicing.outside.meaning import doubts
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.finance.einvoicing.printing import received_pdf
from fondaco.finance.einvoicing.receiving import bring
from fondaco.finance.einvoicing.refusals import SENTENCES, CurrencyUnknown, NotOurs, NotReadable, VendorMissing
from fondaco.finance.einvoicing.semantic import Invoice as Meaning
from fondaco.finance.invoicing.printing import invoice_pdf
from fondaco.finance.ledger.models import Account
from fondaco.finance.payables.models import Bill, BillLine, VendorTerms
from fondaco.finance.tax.models import TaxCode
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.localizations.it.fatturapa import writing
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.attaching import attach, detach, files_of
from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.declare import RESOURCES
from tests.books import ACTOR, open_books
from tests.finance.einvoicing.house import VAT, customer, meaning, product, settle_in, shared, texts

FOREIGN = "IT09876540155"


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def mill(books, home):
    """Another company that bills ours: its files are what we receive. Ours has the VAT number of ``customer``."""
    other = open_books(code="MILL")
    settle_in(other)
    with unit_of_work("test", "test"):
        Company.objects.filter(pk=books.company.pk).update(vat_number=FOREIGN)
    return other


def invoiced(mill, lines=({"description": "Farina tipo 00", "quantity": "3", "unit_price": "10.005"},), on="2026-03-10", **values):
    us = Party.objects.filter(name="We").first() or customer(mill, "We", code="ABC1234")
    return mill.invoice(us, list(lines), on, **values)


def file_of(invoice, format="fatturapa"):
    what, naming = meaning(invoice), Naming("00001", lambda: invoice_pdf(invoice))
    return {"fatturapa": writing.write, "ubl": ubl.write, "cii": cii.write, "facturx": cii.write_pdf}[format](what, naming)


def brought(raw, name="f.xml"):
    with unit_of_work("test", "test"):
        return bring(name, raw)


def vendor(books, **terms):
    with unit_of_work("test", "test"):
        party = Party.objects.create(name="Mulino", sort_name="mulino", code="V1", country_id="IT", is_vendor=True, vat_number=VAT)
        VendorTerms.objects.create(company=books.company, vendor=party, **terms)
    return party


def cost(books):
    return Account.objects.filter(company=books.company, kind="expense", is_posting=True, purpose="").order_by("number").first()


def signed(content, *, ber=False):
    """A file in a CMS signature without signers, as any reader of ours meets it; in pieces and without lengths where ``ber``."""

    def value(tag, body):
        length = (
            bytes([len(body)])
            if len(body) < 128
            else bytes([0x80 + (n := (len(body).bit_length() + 7) // 8)]) + len(body).to_bytes(n, "big")
        )
        return bytes([tag]) + length + body

    octets = value(0x04, content)
    if ber:
        octets = b"\x24\x80" + b"".join(value(0x04, content[i : i + 100]) for i in range(0, len(content), 100)) + b"\0\0"
    data, signed_data = value(0x06, bytes.fromhex("2a864886f70d010701")), value(0x06, bytes.fromhex("2a864886f70d010702"))
    wrapped = b"\xa0\x80" + octets + b"\0\0" if ber else value(0xA0, octets)
    inner = value(0x30, value(0x02, b"\x01") + value(0x31, b"") + value(0x30, data + wrapped) + value(0x31, b""))
    return value(0x30, signed_data + value(0xA0, inner))


@pytest.mark.parametrize("format", ["fatturapa", "ubl", "cii", "facturx"])
def test_what_one_house_writes_the_other_reads(books, mill, format):
    """AP-03: each format comes back with the same parties, lines, taxes and total."""
    lines = [
        {"description": "Farina", "quantity": "12.5", "unit_price": "18.40", "discount_percent": "10"},
        {"description": "Reso", "quantity": "-1", "unit_price": "3"},
        {"description": "Corso", "unit_price": "50", "tax_code": TaxCode.objects.get(company=mill.company, code="IT-N4").pk},
    ]
    invoice = invoiced(mill, lines, reference="PO-1")
    sent = meaning(invoice)
    done = brought(file_of(invoice, format), f"f.{'pdf' if format == 'facturx' else 'xml'}")
    row = Received.objects.get(pk=done.received[0])
    read = restored(Meaning, row.meaning)
    assert row.format == format
    assert (read.number, read.on, read.net, read.tax, read.gross) == (sent.number, sent.on, sent.net, sent.tax, sent.gross)
    assert [(ln.text, ln.net, ln.rate) for ln in read.lines] == [(ln.text, ln.net, ln.rate) for ln in sent.lines]
    assert [(t.base, t.tax, t.rate) for t in read.taxes] == [(t.base, t.tax, t.rate) for t in sent.taxes]
    assert (read.seller.vat_number, read.buyer.vat_number) == (VAT, FOREIGN)
    assert [r.number for r in read.of_kind("order")] == ["PO-1"]
    assert row.doubts == ""


def test_it_becomes_a_draft_with_the_vendors_amounts(books, mill):
    """AP-03: vendor by VAT number, lines, tax code, total on the paper, order; the file stays on the record; posting makes it a debt."""
    account = cost(books)
    party = vendor(books, account=account)
    done = brought(signed(file_of(invoiced(mill, reference="PO-9"))), "IT01234560272_00001.xml.p7m")
    row = Received.objects.get(pk=done.received[0])
    assert (row.vendor_id, row.state, row.gross) == (party.pk, "received", Decimal("36.62"))
    (key,) = books.do("einvoicing.draft_bill", row.pk, on="2026-03-15").made["bills"]
    bill = Bill.objects.get(pk=key)
    assert (bill.vendor_number, str(bill.vendor_date), bill.reference) == (row.number, "2026-03-10", "PO-9")
    assert (bill.net, bill.tax, bill.gross, bill.stated_total) == (row.net, row.tax, row.gross, row.gross)
    (line,) = bill.lines.all()
    assert (line.quantity, line.unit_price, line.account_id, line.tax_code.code) == (3, Decimal("10.005"), account.pk, "IT-P-S")
    row.refresh_from_db()
    assert (row.state, row.bill_id) == ("drafted", key)
    books.do("payables.post", key)
    books.assert_checks_hold()
    kept = Attachment.objects.get(table_name="einvoicing_received", row_id=row.pk)
    assert Attachment.objects.get(table_name="payables_bill", row_id=key).digest == row.digest, "the original stands beside the bill"
    assert (kept.digest, kept.name) == (row.digest, "IT01234560272_00001.xml.p7m")


def test_accounts_are_learned_from_his_bills(books, mill):
    """AP-03: a line goes where a line with these words went last, whatever month it names; an unknown one where most of his went."""
    first, second = list(Account.objects.filter(company=books.company, kind="expense", is_posting=True, purpose="").order_by("number")[:2])
    vendor(books, account=first)
    lines = [
        {"description": "Canone marzo 2026", "unit_price": "100"},
        {"description": "Farina", "unit_price": "5"},
        {"description": "Lievito", "unit_price": "5"},
    ]
    one = brought(file_of(invoiced(mill, lines))).received[0]
    (key,) = books.do("einvoicing.draft_bill", one, on="2026-03-15").made["bills"]
    with unit_of_work("test", "test"):
        BillLine.objects.filter(bill=key, description__startswith="Canone").update(account=second)
        VendorTerms.objects.update(account=None)
    books.do("payables.post", key)
    again = [{"description": "Canone aprile 2027", "unit_price": "100"}, {"description": "Sale", "unit_price": "1"}]
    two = brought(file_of(invoiced(mill, again, "2026-04-10"))).received[0]
    (key,) = books.do("einvoicing.draft_bill", two, on="2026-04-15").made["bills"]
    assert list(BillLine.objects.filter(bill=key).order_by("position").values_list("account_id", flat=True)) == [
        second.pk,
        first.pk,
    ]


def test_the_same_file_twice_adds_nothing_and_a_copy_is_marked(books, mill):
    """AP-03: digest by digest; the same invoice in another wrapping is taken and marked."""
    raw = file_of(invoiced(mill))
    first = brought(raw)
    again = brought(raw, "copy.xml")
    assert (again.is_new, again.received) == (False, first.received)
    assert Received.objects.count() == 1
    wrapped = brought(signed(raw), "f.xml.p7m")
    copy = Received.objects.get(pk=wrapped.received[0])
    assert copy.doubts == "repeated"
    books.do("einvoicing.set_aside", copy.pk, reason="a copy")
    books.do("einvoicing.take_back", copy.pk)


def test_the_cross_that_takes_a_file_off_is_not_offered_where_the_original_is_kept(books, mill):
    """AP-03: on the e-invoice and on its bill the original has no cross, another file has; and nobody gets round that."""
    vendor(books)
    key = brought(file_of(invoiced(mill))).received[0]
    (bill,) = books.do("einvoicing.draft_bill", key, on="2026-03-15").made["bills"]
    attach(ACTOR, RESOURCES["bills"], bill, [("note.txt", [b"called the mill"])])
    for resource, pk, crosses in ((RESOURCES["received-einvoices"], key, []), (RESOURCES["bills"], bill, ["note.txt"])):
        shown = shown_files(ACTOR, resource, pk)["files"]
        assert [f["name"] for f in shown if f["remove_url"]] == crosses
        assert len(shown) == len(crosses) + 1
    (original,) = files_of(ACTOR, RESOURCES["received-einvoices"], key)
    with pytest.raises(DatabaseError, match="is kept"):
        detach(ACTOR, RESOURCES["received-einvoices"], key, original.pk)


def test_a_vendor_nobody_knows_is_made_on_request(books, mill):
    """AP-03: no vendor, no bill: the refusal says how; made once, also for two files."""
    keys = [brought(file_of(invoiced(mill))).received[0] for _ in range(2)]
    with pytest.raises(VendorMissing, match=VAT):
        books.do("einvoicing.draft_bill", keys, on="2026-03-15")
    assert not Bill.objects.exists()
    (party,) = books.do("einvoicing.make_vendor", keys).made["parties"]
    made = Party.objects.get(pk=party)
    assert (made.name, made.vat_number, made.is_vendor, made.addresses.get().city) == ("Torrefazione Rialto S.r.l.", VAT, True, "Venezia")
    assert len(books.do("einvoicing.draft_bill", keys, on="2026-03-15").made["bills"]) == 2


def test_a_deleted_draft_lets_it_wait_again(books, mill):
    vendor(books)
    (key,) = brought(file_of(invoiced(mill))).received
    (bill,) = books.do("einvoicing.draft_bill", key, on="2026-03-15").made["bills"]
    from fondaco.finance.payables.resources import BillResource
    from fondaco.platform.resources.writing import delete

    delete(books.actor, BillResource, [bill])
    row = Received.objects.get(pk=key)
    assert (row.state, row.bill_id) == ("received", None)


def test_a_credit_note_and_a_vendor_who_rounds_otherwise(books, mill):
    """AP-03: TD04 becomes a vendor credit note; a cent of his rounding stands as difference in tax."""
    vendor(books, account=cost(books))
    raw = (
        file_of(invoiced(mill))
        .replace(b"<TipoDocumento>TD01", b"<TipoDocumento>TD04")
        .replace(b">6.60<", b">6.61<")
        .replace(b">36.62<", b">36.63<")
    )
    (key,) = brought(raw).received
    (bill,) = books.do("einvoicing.draft_bill", key, on="2026-03-15").made["bills"]
    found = Bill.objects.get(pk=bill)
    assert (found.kind, found.tax_difference, found.gross) == ("credit_note", Decimal("0.01"), Decimal("36.63"))
    books.do("payables.post", bill)
    books.assert_checks_hold()


def test_what_is_not_for_us_is_refused(books, mill):
    raw = file_of(invoiced(mill))
    with pytest.raises(NotOurs, match="IT11111111115"):
        brought(raw.replace(b"09876540155", b"11111111115"))
    with pytest.raises(CurrencyUnknown, match="XXQ"):
        brought(raw.replace(b"<Divisa>EUR", b"<Divisa>XXQ"))
    assert not Received.objects.exists()


def test_received_rows_and_their_files_never_change(books, mill):
    (key,) = brought(file_of(invoiced(mill))).received
    file = Attachment.objects.get(table_name="einvoicing_received", row_id=key)
    for attack in (
        lambda: Received.objects.filter(pk=key).update(gross=1),
        lambda: Received.objects.filter(pk=key).update(meaning={}),
        lambda: Received.objects.filter(pk=key).delete(),
        file.delete,
        lambda: Received.objects.filter(pk=key).update(state="drafted"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
            attack()


def test_people_read_it_on_our_own_paper(books, mill):
    """AP-03: the rendering beside the original, in the reader's language."""
    (key,) = brought(file_of(invoiced(mill, reference="PO-4"))).received
    with translation.override("it"):
        text = pypdf.PdfReader(io.BytesIO(received_pdf(Received.objects.get(pk=key)))).pages[0].extract_text()
    assert "Farina tipo 00" in text
    assert "36,62" in text
    assert "PO-4" in text


def test_real_invoices_are_read(books):
    """AP-03: the files of OCA and of the standard's authors come through with amounts that add up; the cut-off one says where."""
    for path in [*shared("fatturapa"), *shared("en16931/ubl"), *shared("en16931/cii")]:
        raw = path.read_bytes()
        if b"</p:FatturaElettronica>" not in raw and b"<p:FatturaElettronica" in raw:
            with pytest.raises(NotReadable, match="102"):
                asking.read(path.name, raw)
            raw += b"</p:FatturaElettronica>"
        told = asking.read(path.name, raw)
        assert [doubts(i) for i in told.invoices] == [[]], path.name


HOSTILE = {
    "entity": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><FatturaElettronica>&x;</FatturaElettronica>',
    "bomb": b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]><a>&j;</a>",
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><a/>',
    "deep": b"<a>" * 300 + b"</a>" * 300,
    "wide": b"<a>" + b"<b/>" * 500_000 + b"</a>",
    "latin": "<?xml version='1.0' encoding='utf-8'?><a>é</a>".encode("latin-1"),
    "pdf": b"%PDF-1.4 nothing",
    "pdf loop": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Names 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
    "signature": b"\x30\x84\xff\xff\xff\xff" + b"\x00" * 50,
    "signature in pieces": b"\x30\x80" * 5000,
    "base64": base64.b64encode(b"\x30\x03\x02\x01\x01"),
    "nul": b"\x00" * 1000,
    "number": b"<FatturaElettronica><FatturaElettronicaHeader/></FatturaElettronica>",
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_files_are_refused_and_change_nothing(db, home, kind):
    """AP-03, G14: entities, bombs, depth, broken signatures and PDFs: a reason, no row, no file."""
    with pytest.raises(NotReadable) as refused:
        brought(HOSTILE[kind])
    assert refused.value.figures["reason"]
    assert not Received.objects.exists()
    assert not (home / "files").exists()


def test_a_program_brings_files_by_the_api(books, mill):
    """AP-03: one call a file, with the right to do so; the same again adds nothing; a broken one says why."""
    from fondaco.interfaces.doors.tokens import make_token

    raw, address = file_of(invoiced(mill)), "/api/v1/received-einvoices/files?name=f.xml"
    with unit_of_work("test", "test"):
        role = Role.objects.create(key="bringer", name="Bringer")
        RolePermission.objects.create(role=role, pattern="einvoicing.receive")
        user = User.objects.create(username="bringer", name="Bringer")
        Membership.objects.create(user=user, role=role, company_id=books.company.pk)
        _token, secret = make_token(user, "files")

    def sent(content, **more):
        return Client().post(address, content, content_type="application/octet-stream", **more)

    own = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert sent(raw).status_code == 401
    first = sent(raw, **own)
    assert (first.status_code, first.json()["new"]) == (201, True)
    assert (sent(raw, **own).status_code, sent(b"<a>", **own).status_code) == (200, 422)
    with unit_of_work("test", "test"):
        Membership.objects.update(company_id=mill.company.pk)
    assert sent(raw.replace(b"Farina", b"Crusca"), **own).status_code == 422, "not a company whose files he may take in"


def test_a_file_that_is_too_large_or_takes_too_long_is_refused(db, monkeypatch):
    with pytest.raises(NotReadable, match="10 MB"):
        brought(b" " * (10 * 1024 * 1024 + 1))
    monkeypatch.setattr(asking, "SECONDS", 0.01)
    with pytest.raises(NotReadable, match="too long"):
        brought(b"<a/>")


def test_mutated_files_raise_only_refusals(books, mill):
    """AP-03: a thousand files with bytes changed, cut, doubled: every one is an invoice, a notice or a refusal."""
    seeds = [file_of(invoiced(mill), f) for f in ("fatturapa", "ubl", "cii")]
    seeds += [signed(seeds[0]), signed(seeds[0], ber=True), *(p.read_bytes() for p in shared("fatturapa")[:3])]
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    dice = random.Random(seed)
    for _ in range(1000):
        raw = bytearray(dice.choice(seeds))
        for _change in range(dice.randrange(1, 6)):
            place = dice.randrange(len(raw))
            match dice.randrange(4):
                case 0:
                    raw[place] = dice.randrange(256)
                case 1:
                    del raw[place : place + dice.randrange(1, 60)]
                case 2:
                    raw[place:place] = raw[place : place + dice.randrange(1, 60)]
                case _:
                    raw[place:place] = dice.choice([b"9" * 30, b"-", b"<", b"&lt;", b"\xff", b"1e9", b"NaN", b"&#0;"])
            if not raw:
                raw = bytearray(b"x")
        answer = answered(bytes(raw), asking.READERS)
        if "refused" in answer:
            assert answer["refused"] in SENTENCES
        else:
            for each in answer.get("invoices", ()):
                assert doubts(restored(Meaning, each)) is not None


def test_the_signed_file_gives_its_content(db):
    content = b"<?xml version='1.0'?><RicevutaConsegna><NomeFile>a.xml</NomeFile></RicevutaConsegna>" + b" " * 500
    for wrapped in (signed(content), signed(content, ber=True), base64.encodebytes(signed(content)), signed(signed(content))):
        assert asking.read("a.p7m", wrapped).notice["file"] == "a.xml"


def test_drafting_costs_the_same_for_one_and_for_twelve(books, mill):
    """STYLE 9: statements do not grow with the files."""
    vendor(books, account=cost(books))

    def counted(count):
        keys = [brought(file_of(invoiced(mill))).received[0] for _ in range(count)]
        with CaptureQueriesContext(connection) as found:
            books.do("einvoicing.make_vendor", keys)
            books.do("einvoicing.draft_bill", keys, on="2026-03-15")
        return len(found)

    assert counted(1) == counted(12)
    assert texts(b"<a><b>x</b></a>", "b") == ["x"]
    assert product().pk
