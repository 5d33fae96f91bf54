"""AP-04: a PDF without data is kept, what its text says for sure is proposed and marked, and it becomes a draft bill; nothing is invented."""

from datetime import date
from decimal import Decimal

import pytest
import typst
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.it import iva

from fondaco.finance.einvoicing.capturing import marks, surely
from fondaco.finance.einvoicing.models import Capture, Received
from fondaco.finance.einvoicing.outside.finding import amount_of, day_of, found
from fondaco.finance.einvoicing.receiving import bring
from fondaco.finance.einvoicing.refusals import CompanyUnclear, PaperIncomplete, PaperOnly
from fondaco.finance.einvoicing.resources import CaptureResource
from fondaco.finance.payables.models import Bill, VendorTerms
from fondaco.finance.payables.resources import BillResource
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.writing import create, delete, edit
from tests.finance.einvoicing.house import VAT
from tests.finance.einvoicing.test_receiving import FOREIGN, cost, file_of, home, invoiced, mill, vendor

__all__ = ["home", "mill"]
IBAN = "IT60X0542811101000000123456"
PAPER = f"""Molino Rialto S.r.l. - Partita IVA {VAT[2:]}
Fattura n. 2026/118 del 14.03.2026
Spett.le TEST S.r.l. P. IVA {FOREIGN[2:]}
Farina tipo 00   Imponibile 1.000,00   IVA 22% 220,00
Totale fattura € 1.220,00
Pagamento: bonifico IBAN IT60 X054 2811 1010 0000 0123 456 entro 30 giorni"""


def pdf(text: str) -> bytes:
    lines = "\\ \n".join("".join(f"\\{c}" if c in "#$*_@<>`~/\\[]-=+" else c for c in line) for line in text.split("\n"))
    return typst.compile(f"#set page(width: 21cm, height: 12cm)\n{lines}".encode())


@pytest.fixture
def ours(books, home):
    """Our company, whose VAT number stands on the paper too."""
    with unit_of_work("test", "test"):
        Company.objects.filter(pk=books.company.pk).update(vat_number=FOREIGN)
    return books


def brought(raw, name="bill.pdf", companies=None):
    with unit_of_work("test", "test"):
        return bring(name, raw, companies)


def captured(text):
    return Capture.objects.get(pk=brought(pdf(text)).captured[0])


def test_what_is_sure_is_proposed_and_marked(ours):
    """AP-04: number, date, total, VAT number and IBAN with the words and the page; our own number is not the vendor's."""
    party = vendor(ours, account=cost(ours))
    row = captured(PAPER)
    assert (row.vendor_id, row.kind, row.seller_vat, row.vendor_number) == (party.pk, "bill", VAT, "2026/118")
    assert (row.vendor_date, row.gross, row.currency_id, row.iban) == (date(2026, 3, 14), Decimal("1220.00"), "EUR", IBAN)
    said = {m.field: m for m in marks(row)}
    assert {m.how for m in said.values()} == {"proposed"}
    assert (said["gross"].page, "Totale fattura" in said["gross"].words) == (1, True)
    edit(ours.actor, CaptureResource, {row.pk: {"gross": "1220.01"}})
    row.refresh_from_db()
    assert {m.field: m.how for m in marks(row)}["gross"] == "entered"


def test_it_becomes_a_draft_with_its_original(ours):
    """AP-04, AP-03: one line that comes to the total, tax by the rules for purchases, the file unchanged on both; posting makes it a debt."""
    vendor(ours, account=cost(ours))
    raw = pdf(PAPER)
    (key,) = brought(raw).captured
    (bill,) = ours.do("einvoicing.draft_paper", key, on="2026-03-20").made["bills"]
    made = Bill.objects.get(pk=bill)
    assert (made.vendor_number, made.vendor_date, made.net, made.tax, made.gross) == (
        "2026/118", date(2026, 3, 14), Decimal(1000), Decimal(220), Decimal(1220),
    )  # fmt: skip
    (line,) = made.lines.all()
    assert (line.tax_code.code, line.tax_explanation, line.booking_reason) == (
        "IT-P-S", "Vendor in Italy: input VAT at the standard rate.", "The vendor's usual account.",
    )  # fmt: skip
    assert Attachment.objects.get(table_name="payables_bill", row_id=bill).digest == Capture.objects.get(pk=key).digest
    ours.do("payables.post", bill)
    ours.assert_checks_hold()
    again = brought(raw, "copy.pdf")
    assert (again.is_new, again.captured) == (False, [key])


def test_nothing_is_invented(ours):
    """AP-04: two totals, a day that may be two, a number that is a day, a false VAT number, a scan: nothing is proposed."""
    text = (
        "Invoice no. 7/A\nInvoice no. 8/A\nInvoice date 03/04/2026\nInvoice total EUR 10.00\nInvoice total EUR 12.00\n"
        "VAT 12345678901 IBAN IT60X0542811101000000123457 USD"
    )
    row = captured(text)
    assert row.found.keys() == {"kind"}
    assert (row.vendor_number, row.vendor_date, row.gross, row.currency_id, row.seller_vat, row.iban) == ("", None, None, None, "", "")
    with pytest.raises(PaperIncomplete, match="the vendor, the vendor's number, the vendor's date"):
        ours.do("einvoicing.draft_paper", row.pk, on="2026-03-20")
    assert not Bill.objects.exists()
    assert captured("").found == {}
    assert "gross" not in found(["Totale fattura 22 220,00"]), "a blank may stand between two figures"


def test_a_credit_note_and_a_total_that_is_missing(ours):
    """AP-04: Nota di credito proposes the kind; without a total the draft has no line."""
    party = vendor(ours)
    row = captured(f"Nota di credito n. 5 del 2 marzo 2026\nPartita IVA {VAT[2:]}")
    assert (row.kind, row.vendor_date) == ("credit_note", date(2026, 3, 2))
    (bill,) = ours.do("einvoicing.draft_paper", row.pk, on="2026-03-20").made["bills"]
    made = Bill.objects.get(pk=bill)
    assert (made.kind, made.vendor_id, made.lines.count(), made.stated_total) == ("credit_note", party.pk, 0, None)
    delete(ours.actor, BillResource, [bill])
    row.refresh_from_db()
    assert (row.state, row.bill_id) == ("captured", None)
    ours.do("einvoicing.set_paper_aside", row.pk, reason="a copy")
    ours.do("einvoicing.take_paper_back", row.pk)


def test_the_company_is_told_by_its_number_or_not_at_all(ours, mill):
    """AP-04: a file out of the folder is for the company whose number it names; otherwise it is refused and nothing is kept."""
    with pytest.raises(CompanyUnclear):
        brought(pdf("Fattura n. 1"))
    assert not Capture.objects.exists()
    row = Capture.objects.get(pk=brought(pdf(f"Fattura n. 1 P.IVA {FOREIGN[2:]}")).captured[0])
    assert row.company_id == ours.company.pk
    assert brought(pdf("Fattura n. 1"), companies=[mill.company]).is_new


def test_a_pdf_with_data_inside_is_an_e_invoice(books, mill):
    """AP-04: Factur-X is read as data, never by its text."""
    brought_as = brought(file_of(invoiced(mill), "facturx"), "f.pdf")
    assert (len(brought_as.received), brought_as.captured, Received.objects.get().format) == (1, [], "facturx")


def test_file_and_findings_never_change(ours):
    """AP-04: whatever is corrected, the file and what was read of it stay; a drafted one is fixed; none is made without a file."""
    vendor(ours)
    row = captured(PAPER)
    file = Attachment.objects.get(table_name="einvoicing_capture", row_id=row.pk)
    attacks = [
        lambda: Capture.objects.filter(pk=row.pk).update(found={}),
        lambda: Capture.objects.filter(pk=row.pk).update(digest="0" * 64),
        lambda: Capture.objects.filter(pk=row.pk).delete(),
        file.delete,
        lambda: Capture.objects.filter(pk=row.pk).update(state="drafted"),
    ]
    for attack in attacks:
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
            attack()
    ours.do("einvoicing.draft_paper", row.pk, on="2026-03-20")
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "attack"):
        Capture.objects.filter(pk=row.pk).update(gross=1)
    with pytest.raises(PaperOnly):
        create(ours.actor, CaptureResource, [{"vendor_number": "1"}])


def test_statements_do_not_grow_with_the_papers(ours):
    vendor(ours, account=cost(ours))
    with unit_of_work("test", "test"):
        VendorTerms.objects.update(needs_order=False)
    counts = []
    for size in (1, 6):
        keys = [brought(pdf(PAPER.replace("118", f"{size}{n}"))).captured[0] for n in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as statements:
            ours.do("einvoicing.draft_paper", keys, on="2026-03-20")
        counts.append(len(statements))
    assert counts[1] <= counts[0]


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-03-04", date(2026, 3, 4)), ("04.03.2026", date(2026, 3, 4)), ("14/03/2026", date(2026, 3, 14)), ("03/04/2026", None),
     ("3/3/2026", date(2026, 3, 3)), ("31.02.2026", None), ("5 marzo 2026", date(2026, 3, 5)), ("5. März 2026", date(2026, 3, 5)), ("5 Foo 2026", None)],
)  # fmt: skip
def test_days(text, day):
    assert day_of(text) == day


@settings(max_examples=200, deadline=None, print_blob=True)
@given(cents=st.integers(1, 10**11), style=st.sampled_from([".,", ",.", "'."]), number=st.integers(1, 10**10 - 1))
def test_every_total_and_number_that_is_written_is_read_as_written(cents, style, number):
    """AP-04: what comes out is the figure on the paper, in any of the three ways to write it; VAT numbers are those whose check digit holds."""
    amount = Decimal(cents) / 100
    written = f"{amount:,.2f}".replace(",", "\0").replace(".", style[1]).replace("\0", style[0])
    assert Decimal(amount_of(written)) == amount
    body = f"{number:010d}"
    vat = body + luhn.calc_check_digit(body)
    told = found([f"Fattura n. {number} Partita IVA {vat}\nTotale fattura EUR {written}"])
    sure = surely(told, own=((), ()))
    assert Decimal(sure["gross"]["value"]) == amount
    assert sure["vendor_number"]["value"] == str(number)
    assert sure.get("seller_vat", {}).get("value") == (f"IT{vat}" if iva.is_valid(vat) else None)
