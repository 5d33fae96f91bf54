"""RP-02, GL-09, AR-02: every figure of a report is a door, and behind it stands what adds up to it; lists carry the total of the whole set."""

import html
import io
import re
import zipfile
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from fondaco.interfaces.web.formatting import formatting_for
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from tests.interfaces.web.test_menu import signed_in

ENGLISH = formatting_for("en")


@pytest.fixture
def trade(books):
    """Two years, two currencies, a part payment, a payment later than the day that is asked for."""
    books.rate("USD", "0.9", "2025-01-01")
    mario, usa = books.customer("Bar Mario"), books.customer("Joe's", country="US")
    for customer, on, price, more in [
        (mario, "2025-11-03", "1000", {}), (mario, "2026-02-10", "200.50", {}), (usa, "2026-01-15", "3000", {"currency": "USD"}),
    ]:  # fmt: skip
        invoice = books.invoice(customer, [{"quantity": 1, "unit_price": price}], on, **more)
        if on == "2025-11-03":
            books.pay(customer, "100", "2025-12-01", {books.item(invoice).pk: "100"})
            books.pay(customer, "300", "2026-06-01", {books.item(invoice).pk: "300"})
    return books


@pytest.fixture
def cora(trade):
    return signed_in(trade, "cora", "controller")


def page_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return html.unescape(answer.content.decode())


def figures_of(page):
    """The figures of a report that are doors: where they lead, what they say."""
    table = re.search(r'<table class="table report">.*</table>', page, re.S)[0]
    return [(url, ENGLISH.parse_number(said)) for url, said in re.findall(r'<td class="num"><a href="([^"]+)">([^<]+)</a>', table)]


def sum_behind(client, address):
    """What the list behind a figure says it comes to, and the sum of its rows: both must be the same."""
    parts = urlsplit(address)
    if parts.path == "/books/aged-receivables/items":
        row = re.search(r'<tr class="level-0 grand">.*?</tr>', page_of(client, address), re.S)[0]
        return [ENGLISH.parse_number(n) for n in re.findall(r"<span>([^<]+)</span>", row)][1:]
    assert parts.path == "/journal-lines", address
    page_of(client, address)
    foot = page_of(client, f"/journal-lines/totals?{parts.query}")
    return [ENGLISH.parse_number(n) for n in re.findall(r'<span class="each">([^<]+)<', foot)][:1]


@pytest.mark.parametrize(
    "address",
    [
        "/books/trial-balance?to=2026-12-31", "/books/trial-balance?from=2026-03-01&to=2026-12-31", "/books/balance-sheet?on=2026-12-31", "/books/balance-sheet?on=2025-12-31",
        "/books/profit-and-loss?to=2026-12-31", "/books/aged-receivables?on=2026-03-01", "/books/aged-receivables?on=2026-12-31",
    ],
)  # fmt: skip
def test_behind_every_figure_stands_what_adds_up_to_it(cora, address):
    found = figures_of(page_of(cora, address))
    assert found
    for url, figure in found:
        assert abs(figure) in {abs(n) for n in sum_behind(cora, url)}, (url, figure)


def test_every_figure_that_is_not_zero_is_a_door(cora):
    """Those of the year before too, headings and sums as well."""
    for address in (
        "trial-balance?to=2026-12-31",
        "trial-balance?from=2026-03-01&to=2026-12-31",
        "balance-sheet?on=2026-12-31",
        "profit-and-loss?to=2026-12-31",
        "aged-receivables?on=2026-03-01",
    ):
        table = re.search(r'<table class="table report">.*</table>', page_of(cora, f"/books/{address}"), re.S)[0]
        assert set(re.findall(r'<td class="num"><span>([^<]+)</span>', table)) <= {"–"}, address


def test_GL_09_the_general_ledger_is_a_page_a_spreadsheet_and_a_paper(cora, trade):
    account = trade.account("receivable")
    trial = page_of(cora, "/books/trial-balance?from=2026-01-01&to=2026-12-31")
    door = next(
        u
        for u in re.findall(r'<a href="(/books/general-ledger[^"]+)"', trial)
        if dict(parse_qsl(urlsplit(u).query))["account"] == str(account.pk)
    )
    page = page_of(cora, door)
    assert "Balance on 31 Dec 2026" in page and "10 Feb 2026" in page and "General ledger" in page
    entry = re.search(r'href="(/entries/\d+)"', page)[1]
    assert cora.get(entry).status_code == 200
    closing = sum(i for i in [trade.balance("receivable")])
    assert ENGLISH.amount(Decimal(closing)) in page
    sheet = cora.get(f"{door}&format=xlsx")
    assert b"xl/worksheets" in sheet.content
    with zipfile.ZipFile(io.BytesIO(sheet.content)) as book:
        written = re.findall(r"<v>([-.\d]+)</v>", book.read("xl/worksheets/sheet1.xml").decode())
    assert closing in {round(Decimal(v), 2) for v in written}
    assert cora.get(f"{door}&format=pdf").content.startswith(b"%PDF")
    assert cora.get("/books/general-ledger?account=x").status_code == 404


def test_a_credit_note_is_taken_off_the_total_of_a_list(cora, trade):
    trade.invoice(trade.customer("Bar Rosa"), [{"quantity": 1, "unit_price": "100"}], "2026-05-01", kind="credit_note", post=False)
    assert '<span class="each">1,342.61 <' in page_of(cora, "/invoices/totals")


def test_a_list_says_the_total_of_the_whole_set_in_each_currency(cora):
    page = page_of(cora, "/invoices?sort=number")
    assert 'hx-get="/invoices/totals?sort=number"' in page
    foot = page_of(cora, "/invoices/totals?sort=number")
    assert "Total of the whole set" in foot
    assert re.findall(r'<span class="each">([\d,.]+) <span class="unit">(\w+)</span>', foot)[:2] == [
        ("1,464.61", "EUR"),
        ("3,000.00", "USD"),
    ]
    assert page_of(cora, "/invoices/totals?currency=USD").count("3,000.00") >= 1
    assert cora.get("/products/totals").status_code == 200


def test_an_italian_reads_figures_days_and_names_in_italian(cora, trade):
    with unit_of_work("test", "test"):
        User.objects.filter(username="cora").update(language="it")
    aged = page_of(cora, "/books/aged-receivables?on=2026-03-01")
    assert "1 mar 2026" in aged and "2026-03-01 " not in re.sub(r'"[^"]*"', "", aged)
    assert re.search(r"[\d.]+,\d\d\xa0EUR", aged)
    account = trade.account("receivable")
    assert account.name_it and account.name_it != account.name
    lines = page_of(cora, f"/journal-lines?account={account.pk}")
    assert account.name_it in lines and account.name not in lines


def test_the_day_that_names_a_row_is_written_as_all_days(cora):
    page = page_of(cora, "/journal-lines")
    assert re.search(r'<a class="key" href="/journal-lines/\d+">15 Jan 2026</a>', page)


def test_behind_what_is_overdue_stands_what_adds_up_to_it(cora, trade):
    """What a customer has in credit is not overdue."""
    tile = re.search(r'<a class="tile bad" href="([^"]+)"', page_of(cora, "/"))[1]
    assert "open_amount__gt=0" in tile
    assert cora.get(tile).status_code == 200
