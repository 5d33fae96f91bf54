"""Intrastat lists in the browser: what to mend with the way there, rows that open their documents, the comparison with VAT, files (TX-08)."""

import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.intrastat.models import ListRule
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.browser import Visitor
from tests.interfaces.web.test_late_posting import signed_in, text_of
from tests.operations.intrastat.conftest import Exporter, exporter, free_of_charge  # noqa: F401  a fixture


def furnish(shop):
    """January with a row that lacks its code, goods without an order and a service; one machine is credited in February."""
    with unit_of_work("test", "test"):
        ListRule.objects.filter(company=shop.books.company).update(
            frequency="monthly", monthly_above=None, required_from=None, statistics_above=None
        )
        Product.objects.filter(pk=shop.cup.pk).update(commodity_code=None)
        shop.books.company.vat_number = "IT00743110157"
        shop.books.company.save()
    shop.receive(shop.cup, "100", "1.00")
    sold = shop.sell(shop.berlin, "2026-01-15", (shop.machine, "2", "1200"), (shop.cup, "10", "3.33"), (shop.course, "1", "150"))
    shop.sell(shop.paris, "2026-01-20", (shop.machine, "1", "1150.40"))
    free_of_charge(shop, "20", "2026-01-20")
    shop.open("2026-01-31")
    shop.open("2026-03-31")
    shop.credit(sold, "2026-02-03", (shop.machine, "1", "1200"))
    return sold


def test_a_list_says_what_to_mend_and_opens_its_documents(books, exporter):  # noqa: F811
    sold = furnish(exporter)
    clerk = signed_in("carla", "intrastat.*", "tax.view_*", "invoicing.view_*", "catalog.view_*", "parties.view_*", "inventory.view_*")
    january = exporter.list("goods_sold", "2026-01-01")
    page = text_of(clerk.get(f"/intrastat-lists/{january.pk}"))
    for words in ("To mend", "commodity code", "Operations", "DE136695976", "84198120", "Compared with VAT", "3,583.70", "Rows as CSV", "File to check with Intr@Web", "goods crossed the border without an order"):  # fmt: skip
        assert words in page, words
    assert f'href="/products/{exporter.cup.pk}/edit"' in page
    row = re.search(rf'href="(/intrastat-lists/{january.pk}/rows/normal/\d+)"[^>]*>{sold.number}', page)[1]
    documents = text_of(clerk.get(row))
    assert "This row lacks: commodity code" in documents and f'href="/invoices/{sold.pk}"' in documents
    ask = re.search(r'hx-get="(/intrastat-lists/sheet/tell\?[^"]+)"', documents)[1].replace("&amp;", "&")
    form = text_of(clerk.get(ask))
    assert f'value="{sold.number}"' in form and "34 change of ownership without payment" in form and "3 by road" in form
    answer = clerk.post("/intrastat-lists/do/tell", {"ids": january.pk, "p-documents": sold.number, "p-commodity_code": "09012100"})
    assert answer.status_code == 302
    assert clerk.post("/intrastat-lists/do/tell", {"ids": january.pk, "p-documents": "DN/2026/00001", "p-nature": "34"}).status_code == 302
    assert "To mend" in text_of(clerk.get(f"/intrastat-lists/{january.pk}")), "the machine has got the code of the cup, and the goods none"
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=exporter.cup.pk).update(commodity_code=exporter.coffee)
    assert "To mend" not in text_of(clerk.get(f"/intrastat-lists/{january.pk}"))
    for address in ("/intrastat-lists", f"/intrastat-lists/{january.pk}/rows/normal/99"):
        assert clerk.get(address).status_code == (404 if "99" in address else 200)
    nobody = signed_in("nina", "tax.view_*")
    assert nobody.get(f"/intrastat-lists/{january.pk}").status_code == 403


def test_files_and_filed_lists(books, exporter):  # noqa: F811
    sold = furnish(exporter)
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=exporter.cup.pk).update(commodity_code=exporter.coffee)
    clerk = signed_in("carla", "intrastat.*", "tax.view_*", "invoicing.view_*", "catalog.view_*", "parties.view_*", "inventory.view_*")
    filed = exporter.file("goods_sold", "2026-01-01", "2026-02-20")
    page = text_of(clerk.get(f"/intrastat-lists/{filed.pk}"))
    assert filed.number in page and "3,583.70" in page and "-0.70" in page.replace("−", "-")
    documents = text_of(clerk.get(f"/intrastat-lists/{filed.pk}/rows/normal/1"))
    assert sold.number in documents and "Tell of documents" not in documents
    rows = clerk.get(f"/intrastat-lists/{filed.pk}/file/rows")
    assert rows.content.decode().splitlines()[0].startswith("section,position,vat_number,amount,commodity_code,nature")
    assert len(rows.content.decode().splitlines()) == 4
    sales = clerk.get(f"/intrastat-lists/{filed.pk}/file/sales").content.decode().splitlines()
    assert sales[1:] == ["DE,136695976,goods,2433,,", "FR,40303265045,goods,1150,,"]
    assert clerk.get(f"/intrastat-lists/{filed.pk}/file/it").content.startswith(b"EUROX00743110157000001000000C26M01")
    assert clerk.get(f"/intrastat-lists/{filed.pk}/file/other").status_code == 404
    february = exporter.list("goods_sold", "2026-02-01")
    page = text_of(clerk.get(f"/intrastat-lists/{february.pk}"))
    assert "Corrections of earlier periods" in page and "January 2026" in page
    sales = clerk.get(f"/intrastat-lists/{february.pk}/file/sales").content.decode().splitlines()
    assert sales[1:] == ["DE,136695976,goods,-1200,2026-01-01,2026-01-31"]
    empty = exporter.list("goods_bought", "2026-03-01")
    assert "Nothing was traded in these days." in text_of(clerk.get(f"/intrastat-lists/{empty.pk}"))
    assert clerk.get(f"/intrastat-lists/{empty.pk}/file/sales").status_code == 404
    assert date(2026, 2, 25) == filed.due_on


@pytest.fixture(scope="module")
def house(live_database):
    """The exporter's January and February, and two who look at them: an English reader and an Italian one."""
    with unit_of_work("test", "test"):
        shop = Exporter(open_books())
        furnish(shop)
        role = Role.objects.create(key="all", name="All")
        RolePermission.objects.create(role=role, pattern="*.*")
        for name, language in (("emma", "en"), ("ida", "it")):
            user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
            Membership.objects.create(user=user, role=role)
    return shop


def test_TX_08_a_list_is_mended_and_filed_in_the_browser(house, chromium, live_address):
    shop = house
    january, february = (shop.list("goods_sold", day) for day in ("2026-01-01", "2026-02-01"))
    for name, who, width, options in (
        ("wide", "emma", 1440, {}), ("phone", "ida", 390, {}), ("dark", "ida", 1440, {"color_scheme": "dark"}),
    ):  # fmt: skip
        visitor = Visitor(chromium, live_address, **options).signed_in(who)
        visitor.page.set_viewport_size({"width": width, "height": 1300})
        visitor.go(f"/intrastat-lists/{january.pk}").picture(f"intrastat-open-{name}")
        visitor.go(f"/intrastat-lists/{february.pk}").picture(f"intrastat-correction-{name}")
        visitor.done()
    visitor = Visitor(chromium, live_address).signed_in("emma").go(f"/intrastat-lists/{january.pk}")
    visitor.page.locator("section:has(h2:has-text('To mend')) a", has_text="INV/2026/00001").click()
    expect(visitor.page.locator("main")).to_contain_text("This row lacks: commodity code")
    visitor.press("Tell of documents")
    visitor.page.locator("dialog#sheet[open]").wait_for()
    expect(visitor.page.locator("dialog#sheet[open] [name=p-documents]")).to_have_value("INV/2026/00001")
    expect(visitor.page.locator("dialog#sheet[open] [name=p-corrects_on]")).to_have_value("")
    visitor.picture("intrastat-tell")
    visitor.page.locator("dialog#sheet[open] [name=p-nature]").select_option("12")
    visitor.confirm_sheet("Tell of documents")
    visitor.go(f"/intrastat-lists/{january.pk}")
    visitor.page.locator("section:has(h2:has-text('To mend')) a", has_text="Cup").click()
    visitor.page.wait_for_url(re.compile("/products/"))
    visitor.pick("commodity_code", "0901")
    visitor.page.keyboard.press("Control+s")
    visitor.page.wait_for_url(re.compile(r"/products/\d+$"))
    visitor.go(f"/intrastat-lists/{january.pk}")
    visitor.press("File list")
    visitor.page.locator("dialog#sheet[open] input[type=date]").fill("2026-02-20")
    visitor.confirm_sheet("File list")
    expect(visitor.page.locator("h1")).to_contain_text("IL/2026/00001")
    visitor.picture("intrastat-filed")
    visitor.done()
