"""IV-05: the page of a product and the stock value as of a day, as the people of the warehouse see them."""

import io
from datetime import date

import openpyxl
import pytest
from django.db import connections
from playwright.sync_api import expect

from tests.browser import AXE, Visitor

TODAY = date.today()  # noqa: DTZ011  what is delivered and invoiced stands in the books of today


@pytest.fixture
def visitor(house, chromium, django_db_blocker):
    opened = []

    def come(name, **options):
        opened.append(Visitor(chromium, house[1], **options).signed_in(name))
        return opened[-1]

    yield come
    for one in opened:
        one.done()
    with django_db_blocker.unblock():
        connections.close_all()


def serious(page):
    page.evaluate(AXE.read_text())
    return page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))")


def test_the_item_page_answers_where_how_much_and_for_whom(house, visitor, django_db_blocker):
    shop = house[0]
    with django_db_blocker.unblock():
        order = shop.order((shop.machine, "3"))
        shop.did("deliver", order, on=TODAY, quantities={order.lines.get().pk: "1"})
    one = visitor("walter").go(f"/products/{shop.machine.pk}")
    tiles = [t.inner_text().split("\n")[:2] for t in one.page.locator(".tile").all()]
    assert [(title, figure.split()[0]) for title, figure, *_ in tiles] == [("On hand", "19"), ("Reserved", "2"), ("Free", "17")]
    body = one.page.locator("main")
    for words in ("Stock over a year", "Stock by place", "Milano", order.number, "DN/", "GR/", "Last moves"):
        expect(body).to_contain_text(words)
    expect(body).not_to_contain_text("Value and cost")  # he counts and ships, and sees no cost
    assert serious(one.page) == []
    one.picture("item")
    two = visitor("ada", color_scheme="dark")
    two.page.set_viewport_size({"width": 390, "height": 844})
    two.go(f"/products/{shop.machine.pk}")
    expect(two.page.locator("main")).to_contain_text("What it was bought at")
    assert two.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    two.picture("item-phone-dark")


def test_stock_value_of_a_day_drills_and_is_taken_as_a_file(house, visitor):
    shop = house[0]
    one = visitor("ada").go(f"/goods/value?on={TODAY}")
    body = one.page.locator("main")
    expect(body).to_contain_text("Goods and finished products")
    expect(body).not_to_contain_text("run the checks")
    assert serious(one.page) == []
    one.picture("stock-value")
    with one.page.expect_download() as taken:
        one.page.get_by_role("link", name="XLSX").click()
    sheet = openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes())).active
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=5)]
    assert ["CUP", "Cup", "Milano", 500, 600, 1.2] in rows
    one.go(f"/goods/value?on={TODAY}")
    one.page.locator("tr", has_text="CUP").get_by_role("link", name="500").click()
    expect(one.page.locator("main")).to_contain_text("Cup")
    one.go("/goods/value?on=2020-01-01")
    expect(one.page.locator("tr.grand")).to_contain_text("–")
    assert shop.cup.pk
