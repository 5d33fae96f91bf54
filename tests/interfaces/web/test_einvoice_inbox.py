"""AP-03 in a browser: files are brought to the inbox, each is read as on paper, one key drafts its bill, and the original stays beside it."""

import base64
import os
from datetime import date
from pathlib import Path

import pytest
import typst
from django.contrib.auth.hashers import make_password
from django.db import connections
from playwright.sync_api import expect

from fondaco.finance.einvoicing.formats.declared import Naming
from fondaco.finance.payables.models import Bill
from fondaco.localizations.it.fatturapa import writing
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor
from tests.finance.einvoicing.house import VAT, customer, meaning, settle_in

OURS = "IT09876540155"


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """Our company, Ada who enters bills, a known vendor, and what he and an unknown one send."""
    with django_db_blocker.unblock():
        years = (date.today().year,)  # noqa: DTZ011  the browser's forms propose today
        books, mill = open_books(years=years), open_books(code="MILL", years=years)
        settle_in(mill)
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            ada = User.objects.create(username="ada", name="Ada Rossi", password=make_password("ada"))
            Membership.objects.create(user=ada, role=everything, company_id=books.company.pk)
            Company.objects.filter(pk=books.company.pk).update(vat_number=OURS)
            Party.objects.create(
                name="Mulino Rialto", sort_name="mulino rialto", code="V1", country_id="IT", is_vendor=True, vat_number=VAT
            )
        us = customer(mill, "We", vat=OURS, code="ABC1234")
        first = f"{years[0]}-01-10"
        lines = [
            {"description": "Farina tipo 00, sacchi da 25 kg", "quantity": "12", "unit_price": "18.405"},
            {"description": "Trasporto", "unit_price": "30"},
        ]
        known = writing.write(
            meaning(mill.invoice(us, lines, first, reference="PO-7", memo="Consegna al piano")), Naming("00001", lambda: b"")
        )
        hours = base64.b64encode(typst.compile(b'#set page(paper: "a4")\n= Bolla di consegna 118\n#lorem(120)'))
        inside = b"<Allegati><NomeAttachment>bolla.pdf</NomeAttachment><Attachment>%s</Attachment></Allegati></FatturaElettronicaBody>"
        known = known.replace(b"</FatturaElettronicaBody>", inside % hours)
        bill = typst.compile(
            f"#set page(width: 21cm, height: 14cm)\n= Fattura n. 44 del 14.03.2026\nPartita IVA {VAT[2:]} \\ Totale fattura EUR 122,00".encode()
        )
        other = writing.write(
            meaning(mill.invoice(us, [{"description": "Lievito", "unit_price": "9.9"}], first)), Naming("00002", lambda: b"")
        )
        yield (
            live_address,
            {"known.xml": known, "other.xml": other.replace(VAT[2:].encode(), b"00743110157"), "broken.xml": b"<a>", "paper.pdf": bill},
        )


@pytest.fixture
def ada(house, chromium, django_db_blocker):
    visitor = Visitor(chromium, house[0]).signed_in("ada")
    yield visitor
    visitor.done()
    with django_db_blocker.unblock():
        connections.close_all()


def picture(page, name):
    """Where FONDACO_PICTURES names a folder, what the page looks like."""
    if folder := os.environ.get("FONDACO_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_mornings_invoices_by_keyboard(ada, house):
    page = ada.page
    ada.go("/books/e-invoice-inbox")
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    files = [{"name": n, "mimeType": "application/xml", "buffer": content} for n, content in house[1].items() if n != "paper.pdf"]
    page.get_by_label("Choose files").set_input_files(files)
    page.get_by_role("button", name="Take them in").click()
    expect(page.get_by_text("2 files were taken.")).to_be_visible()
    expect(page.get_by_text("broken.xml was not taken")).to_be_visible()
    expect(page.get_by_text("Farina tipo 00, sacchi da 25 kg")).to_be_visible()
    expect(page.get_by_text("Consegna al piano")).to_be_visible()
    picture(page, "inbox-wide")
    if os.environ.get("FONDACO_PICTURES"):
        page.emulate_media(color_scheme="dark")
        picture(page, "inbox-dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 844})
        picture(page, "inbox-phone")
        page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("d")
    expect(page.get_by_text("Bill drafted", exact=True)).to_be_visible()
    picture(page, "bill")
    ada.go("/books/e-invoice-inbox")
    expect(page.get_by_text("No vendor has the VAT number IT00743110157 yet.")).to_be_visible()
    page.keyboard.press("v")
    expect(page.get_by_text("Vendor made", exact=True)).to_be_visible()
    ada.go("/books/e-invoice-inbox")
    page.keyboard.press("d")
    expect(page.get_by_text("Bill drafted", exact=True)).to_be_visible()
    ada.go("/books/e-invoice-inbox")
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    page.get_by_label("Choose files").set_input_files(files[:1])
    page.get_by_role("button", name="Take them in").click()
    expect(page.get_by_text("1 file was here already; nothing was added.")).to_be_visible()


def test_the_original_stands_beside_the_bill(ada, house, django_db_blocker):
    """AP-03: on the bill's page and on its form, on a phone too; what was enclosed is shown as pictures, which are really there."""
    page = ada.page
    with django_db_blocker.unblock():
        key = Bill.objects.filter(vendor__code="V1").values_list("pk", flat=True).get()
    for address in (f"/bills/{key}", f"/bills/{key}/edit"):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            ada.go(address)
            original = page.get_by_role("region", name="The original")
            expect(original.get_by_text("Farina tipo 00, sacchi da 25 kg")).to_be_visible()
            drawn = original.get_by_role("img", name="Page 1 of bolla.pdf")
            drawn.scroll_into_view_if_needed()
            assert page.locator(".original img").first.evaluate("e => e.decode().then(() => e.naturalWidth)") > 300
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (address, width)
            if width == 390:
                page.get_by_role("link", name="The original").click()
                expect(original).to_be_in_viewport()
            page.evaluate("window.scrollTo(0, 0)")
            picture(page, f"original-{width}-{'edit' if 'edit' in address else 'page'}")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_pdf_is_read_beside_its_form(ada, house):
    """AP-04: what was read is marked with its words beside the page as it came, on the form too; one verb drafts the bill with the original."""
    page = ada.page
    ada.go("/books/e-invoice-inbox")
    page.get_by_label("Choose files").set_input_files(
        [{"name": "paper.pdf", "mimeType": "application/pdf", "buffer": house[1]["paper.pdf"]}]
    )
    page.get_by_role("button", name="Take them in").click()
    page.get_by_role("region", name="Bills on paper").get_by_role("link").click()
    original = page.get_by_role("region", name="The original")
    expect(original.get_by_text("Totale fattura EUR 122,00").first).to_be_visible()
    expect(original.get_by_text("not found for sure").first).to_be_visible()
    expect(original.get_by_role("img", name="Page 1 of paper.pdf")).to_be_visible()
    assert page.locator(".original img").first.evaluate("e => e.decode().then(() => e.naturalWidth)") > 300
    picture(page, "paper-page")
    here = page.url
    page.goto(f"{here}/edit")
    expect(page.get_by_role("region", name="The original")).to_be_visible()
    picture(page, "paper-form")
    page.goto(here)
    page.get_by_role("button", name="Draft bill").click()
    page.locator("dialog[open], #sheet [open]").get_by_role("button", name="Draft bill").click()
    expect(page.get_by_text("Bill drafted", exact=True)).to_be_visible()
