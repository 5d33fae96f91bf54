"""The VAT return in the browser: boxes that drill in four clicks to the document, warnings, registers, the bench and stamp duty (TX-01, TX-05)."""

import io
import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect
from pypdf import PdfReader

from fondaco.finance.tax.models import TaxCode, TaxReturn
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor
from tests.interfaces.web.test_late_posting import signed_in, text_of

pytest.importorskip("playwright")


def furnish(books):
    """A quarter's business: sales, one exempt, one draft, a late one after January was filed."""
    codes = {c.code: c.pk for c in TaxCode.objects.filter(company=books.company)}
    customer = books.customer("Bar Duomo", vat_number="IT00743110157")
    lines = [{"quantity": "1", "unit_price": "1000"}, {"quantity": "1", "unit_price": "50", "tax_code": codes["IT-R10"]}]
    books.invoice(customer, lines, "2026-01-10")
    keys = books.do("companies.prepare_returns", books.company.pk, year=2026).made["vat-returns"]
    returns = {r.starts_on.month: r.pk for r in TaxReturn.objects.filter(pk__in=keys)}
    books.do("tax.file", returns[1], on="2026-02-16")
    books.invoice(customer, lines, "2026-01-30")
    books.invoice(customer, [{"quantity": "1", "unit_price": "100", "tax_code": codes["IT-N4"]}], "2026-02-11")
    books.invoice(customer, lines[:1], "2026-02-12", post=False)
    with unit_of_work("test", "test"):
        Product.objects.create(sku="CUP", name="Cup", unit=Unit.objects.get(code="C62"), sale_price=3, currency_id="EUR")
    return returns


def test_boxes_warnings_registers_and_stamp_duty(books):
    returns = furnish(books)
    clerk = signed_in("carla", "tax.*", "invoicing.view_*", "ledger.view_*", "companies.view_*", "parties.view_*")
    page = text_of(clerk.get(f"/vat-returns/{returns[2]}"))
    assert "1 invoice of the period is still a draft." in page
    assert "2 tax entries came late and count here instead of in a filed return." in page
    drill = re.search(r'href="(/tax-entries\?[^"]*kind=sale[^"]*chargeable=now[^"]*)"', page)[1]
    assert "INV/2026/00002" in text_of(clerk.get(drill))
    filed = text_of(clerk.get(f"/vat-returns/{returns[1]}"))
    assert "VAT/2026/00001" in filed
    assert "225.00" in filed
    paper = clerk.get(f"/vat-returns/{returns[2]}/register/sales")
    text = "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(paper.content)).pages)
    for words in ("VAT register of sales", "INV/2026/00002", "30/01/2026 *", "Bar Duomo", "IT-R10 10 %", "1,150.00", "Chargeable in the period", "2026/1"):  # fmt: skip
        assert words in text, words
    assert clerk.get(f"/vat-returns/{returns[2]}/register/purchases").status_code == 200
    assert clerk.get(f"/vat-returns/{returns[2]}/register/other").status_code == 404
    stamps = text_of(clerk.get("/books/stamp-duty?year=2026"))
    assert "INV/2026/00003" in stamps
    assert "INV/2026/00002" not in stamps


def test_whoever_may_not_see_returns_sees_none(books):
    returns = furnish(books)
    clerk = signed_in("carla", "invoicing.view_*", "companies.view_*")
    for address in (f"/vat-returns/{returns[1]}", f"/vat-returns/{returns[1]}/register/sales", "/books/stamp-duty", "/books/which-tax"):
        assert clerk.get(address).status_code in {403, 404}, address


@pytest.fixture(scope="module")
def house(live_database):
    """A company with a quarter's business and two who look at it: an English reader and an Italian one."""
    with unit_of_work("test", "test"):
        books = open_books()
        books.do("companies.load_returns", books.company.pk)
        returns = furnish(books)
        role = Role.objects.create(key="all", name="All")
        RolePermission.objects.create(role=role, pattern="*.*")
        for name, language in (("emma", "en"), ("ida", "it")):
            user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
            Membership.objects.create(user=user, role=role)
    return books, returns


def test_TX_05_from_the_return_to_the_document_in_four_clicks(house, chromium, live_address):
    _books, returns = house
    visitor = Visitor(chromium, live_address).signed_in("emma").go(f"/vat-returns/{returns[2]}")
    visitor.picture("vat-return-wide")
    visitor.page.locator("tr:has(th:has-text('VP4')) td a").first.click()
    visitor.page.wait_for_url(re.compile("/tax-entries"))
    visitor.picture("vat-return-drill")
    visitor.page.locator("table a[href^='/tax-entries/']").first.click()
    visitor.page.locator("main a", has_text="SAL/2026").first.click()
    visitor.page.wait_for_url(re.compile("/entries/|/journal-entries/"))
    visitor.page.locator("main a", has_text="INV/2026").first.click()
    expect(visitor.page.locator("h1")).to_contain_text("INV/2026/0000")
    visitor.done()


def test_TX_05_the_return_is_filed_in_the_browser(house, chromium, live_address):
    _books, returns = house
    visitor = Visitor(chromium, live_address).signed_in("emma").go(f"/vat-returns/{returns[2]}")
    visitor.press("File return")
    visitor.page.locator("dialog#sheet[open]").wait_for()
    visitor.page.locator("dialog#sheet[open] input[type=date]").fill("2026-03-16")
    visitor.confirm_sheet("File return")
    expect(visitor.page.locator("h1")).to_contain_text("VAT/2026/00002")
    assert TaxReturn.objects.get(pk=returns[2]).filed_on == date(2026, 3, 16)
    visitor.picture("vat-return-filed")
    visitor.done()


def test_pictures(house, chromium, live_address):
    books, returns = house
    customer = books.customer("Werk GmbH", "DE", vat_number="DE136695976").pk
    bench = f"/books/which-tax?customer={customer}&product={Product.objects.get().pk}&on=2026-03-10&ship_to="
    for name, who, options in (
        ("phone", "ida", {"viewport": {"width": 390, "height": 844}}),
        ("dark", "ida", {"color_scheme": "dark"}),
    ):
        visitor = Visitor(chromium, live_address, **{k: v for k, v in options.items() if k != "viewport"}).signed_in(who)
        visitor.page.set_viewport_size(options.get("viewport", {"width": 1440, "height": 900}))
        visitor.go(f"/vat-returns/{returns[3]}").picture(f"vat-return-{name}")
        visitor.go(bench).picture(f"which-tax-{name}")
        visitor.go("/books/stamp-duty?year=2026").picture(f"stamp-duty-{name}")
        visitor.done()
    visitor = Visitor(chromium, live_address).signed_in("emma").go(bench)
    expect(visitor.page.locator("main")).to_contain_text("intra-Community supply")
    visitor.picture("which-tax-wide")
    visitor.done()
