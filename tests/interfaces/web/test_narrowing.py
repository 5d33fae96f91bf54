"""Filters of a list: the form that sets them, the words of an address, the chips that say them, and refusals (DESIGN.md, Lists)."""

import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.ledger.models import Account
from fondaco.platform.access.models import Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.filtering import BadQuery, offered
from fondaco.platform.resources.periods import PERIODS, days_of
from fondaco.platform.resources.reading import Query, page
from tests.interfaces.web.test_views import keep, signed_in, text_of


@pytest.fixture
def anna(books):
    return signed_in(books, "anna", "accountant")


@pytest.fixture
def invoices(books):
    """Two customers, three invoices: 10 posted in January, 200 posted in March, 3000 a draft of March."""
    first, second = books.customer(name="Moka Bar"), books.customer(name="Caffè Roma")
    return [
        books.invoice(first, [{"quantity": 1, "unit_price": "10"}], "2026-01-10"),
        books.invoice(first, [{"quantity": 1, "unit_price": "200"}], "2026-03-05"),
        books.invoice(second, [{"quantity": 1, "unit_price": "3000"}], "2026-03-31", post=False),
    ]


def asked(client, key="invoices", **given):
    """The address that the form of filters leads to."""
    answer = client.post(f"/{key}/filters", given)
    assert answer.status_code == 302, text_of(answer)
    return answer.headers["Location"]


def words_of(address):
    return {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}


def chips_of(client, address):
    found = re.findall(r'class="chip"><span>(.*?)</span>', text_of(client.get(address)))
    return [re.sub(r"<.*?>", "", chip) for chip in found]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2026-02-11", "2026-02-11"), ("yesterday", "2026-02-10", "2026-02-10"), ("this_week", "2026-02-09", "2026-02-15"), ("last_week", "2026-02-02", "2026-02-08"),
        ("this_month", "2026-02-01", "2026-02-28"), ("last_month", "2026-01-01", "2026-01-31"), ("this_quarter", "2026-01-01", "2026-03-31"),
        ("last_quarter", "2025-10-01", "2025-12-31"), ("this_year", "2026-01-01", "2026-12-31"), ("last_year", "2025-01-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"), ("2024-q4", "2024-10-01", "2024-12-31"), ("2024", "2024-01-01", "2024-12-31"),
    ],
)  # fmt: skip
def test_stretches_of_days_are_counted_by_the_calendar(period, first, last):
    assert days_of(period, date(2026, 2, 11)) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("period", ["", "month", "2026-13", "2026-00", "0000", "2026-q5", "this_century", "26"])
def test_what_names_no_days_is_no_stretch(period):
    with pytest.raises(ValueError, match=r"this_month"):
        days_of(period, date(2026, 2, 11))
    assert set(PERIODS) >= {"this_month", "last_month", "this_year"}


def test_the_form_asks_for_days_partners_amounts_states_and_conditions(books, anna, invoices):
    sheet = text_of(anna.get("/invoices/filters"))
    for name in ("on__within", "on__gte", "on__lte", "due_on__gte", "gross__gte", "gross__lte", "state", "kind", "customer", "overdue"):
        assert f'name="{name}"' in sheet, name
    assert 'data-url="/parties/pick"' in sheet
    for word in ("This month", "Last month", "This year", "either"):
        assert word in sheet
    # Keys of the record behind, and the company that is looked at, are nothing to choose.
    for name in ("source_table", "source_id", "company"):
        assert f'name="{name}' not in sheet


def test_what_is_chosen_becomes_the_address_of_the_list_and_comes_back_into_the_form(books, anna, invoices):
    customer = invoices[0].customer_id
    chosen = {"state": ["draft", "posted"], "on__gte": "1/3/2026", "on__lte": "2026-03-31", "gross__gte": "1,000.50", "customer": customer}
    address = asked(anna, **chosen, query="q=moka&sort=-on&columns=number&columns=gross&after=x", overdue="0")
    assert words_of(address) == {
        "state__in": "draft,posted", "on__gte": "2026-03-01", "on__lte": "2026-03-31", "gross__gte": "1000.50", "customer": str(customer), "overdue": "0",
        "q": "moka", "sort": "-on", "columns": "number",
    }  # fmt: skip
    assert parse_qs(urlsplit(address).query)["columns"] == ["number", "gross"]
    sheet = text_of(anna.get(address.replace("/invoices?", "/invoices/filters?")))
    assert re.search(r'value="draft" checked', sheet)
    assert re.search(r'value="posted" checked', sheet)
    assert 'value="1,000.50"' in sheet
    assert 'value="01/03/2026"' in sheet
    assert 'value="Moka Bar"' in sheet
    assert asked(anna) == "/invoices"
    assert asked(anna, state="posted") == "/invoices?state=posted"


def test_the_list_shows_what_the_filters_ask_for(books, anna, invoices):
    def shown(address):
        return len(re.findall(r"<tr data-url=", text_of(anna.get(address))))

    assert shown("/invoices") == 3
    assert shown("/invoices?on__within=2026-03") == 2
    assert shown("/invoices?on__within=2026-q1&state__in=draft,posted&gross__gte=100") == 2
    assert shown("/invoices?on__within=2026-03&state=draft") == 1
    assert shown(f"/invoices?customer={invoices[0].customer_id}&gross__lte=100") == 1
    assert shown("/invoices?memo__isnull=1") == 3


def test_chips_say_words_and_never_keys(books, anna, invoices):
    first, second = invoices[0].customer_id, invoices[2].customer_id
    assert chips_of(anna, f"/invoices?customer={first}&on__gte=2026-03-01&gross__gte=1000&overdue=0") == [
        "Customer Moka Bar", "Date from 1 Mar 2026", "Total from 1,000.00", "Overdue no",
    ]  # fmt: skip
    assert chips_of(anna, f"/invoices?customer__in={first},{second}&state__in=draft,posted&due_on__within=this_month") == [
        "Customer one of Moka Bar, Caffè Roma", "State one of draft, posted", "Due on this month",
    ]  # fmt: skip
    assert chips_of(anna, "/invoices?on__within=2026-03") == ["Date March 2026"]
    assert chips_of(anna, f"/invoices?customer={10**15}") == ["Customer a record you may not see"]
    assert chips_of(anna, f"/invoices?id={invoices[0].pk}") == [f"Chosen {invoices[0].number}"]
    assert chips_of(anna, "/tax-codes?is_active=1") == ["Active yes"]
    # A tab says it already.
    assert chips_of(anna, "/invoices?state=draft") == []
    assert chips_of(anna, f"/entries?source_table=invoicing_invoice&source_id={invoices[0].pk}") == [
        f"Belongs to Invoice {invoices[0].number}"
    ]


def test_chips_speak_italian(books, anna, invoices):
    with unit_of_work("test", "test"):
        User.objects.filter(username="anna").update(language="it")
    assert chips_of(anna, "/invoices?on__within=2026-03&gross__gte=1000&overdue=0") == [
        "Data marzo 2026", "Totale da 1.000,00", "Scaduto no",
    ]  # fmt: skip
    assert "Questo mese" in text_of(anna.get("/invoices/filters"))


def test_a_wrong_address_is_refused_with_the_titles_of_its_fields(books, anna):
    wrong = text_of(anna.get("/invoices?on__gte=2026-13-45"))
    assert "“Date from 2026-13-45” cannot be used on Customer invoices: write dates as 2026-12-31" in wrong
    assert "“Date soon”" in text_of(anna.get("/invoices?on__within=soon"))
    assert "Due on (due_on)" in text_of(anna.get("/invoices?colour=red"))
    assert "“overdue: maybe”" in text_of(anna.get("/invoices?overdue=maybe"))
    assert "Due on (due_on)" in text_of(anna.get("/invoices?sort=colour"))


def test_a_wrong_bound_is_said_beside_its_field_and_nothing_is_lost(books, anna, invoices):
    answer = anna.post("/invoices/filters", {"on__gte": "soon", "gross__gte": "12", "state": ["draft", "posted"], "query": "q=moka"})
    assert answer.status_code == 422
    said = text_of(answer)
    assert "“Date from soon” cannot be used" in said
    assert 'id="filter_on__gte-error"' in said
    assert 'value="12.00"' in said
    assert 'value="draft" checked' in said
    assert "q=moka" in said


def test_a_saved_view_of_this_month_moves_along_and_other_doors_know_the_same_filters(books, anna, invoices):
    address = keep(anna, "Of this month", "on__within=this_month&state__in=draft,posted", key="invoices")
    assert sorted(chips_of(anna, address)) == ["Date this month", "State one of draft, posted"]
    resource = RESOURCES["invoices"]
    assert len(page(resource, books.actor, Query({"on__within": "2026-03"})).rows) == 2
    with pytest.raises(BadQuery, match="it is not a day"):
        page(resource, books.actor, Query({"gross__within": "2026-03"}))
    answer = anna.get("/invoices/export?on__within=2026-03&format=csv")
    assert len(b"".join(answer.streaming_content).splitlines()) == 3


def test_every_list_offers_only_filters_that_its_reader_may_use(books):
    for key, resource in RESOURCES.items():
        for offer in offered(resource, books.actor):
            assert offer.title, (key, offer.path)
            if offer.kind == "choices":
                page(resource, books.actor, Query({f"{offer.path}__in": ",".join(str(v) for v, _w in offer.options)}))
            elif offer.kind in {"date", "moment"}:
                page(resource, books.actor, Query({f"{offer.path}__within": "this_month"}))
            elif offer.kind in {"flag", "condition"}:
                page(resource, books.actor, Query({offer.path: "0"}))
            elif offer.kind == "text":
                page(resource, books.actor, Query({f"{offer.path}__contains": "a"}))
            elif offer.kind != "link":
                page(resource, books.actor, Query({f"{offer.path}__gte": "1", f"{offer.path}__lte": "2"}))


def test_a_board_keeps_its_filters_and_its_place(books):
    olga = signed_in(books, "olga", "sales_manager")
    board = text_of(olga.get("/opportunities/board?q=milk"))
    assert "/opportunities/filters?q=milk&at=board" in board
    address = asked(olga, key="opportunities", at="board", query="q=milk", expected_close__within="this_quarter")
    assert address == "/opportunities/board?q=milk&expected_close__within=this_quarter"
    assert chips_of(olga, address) == ["Expected close this quarter"]


def test_a_form_asks_for_names_once_however_many_lines_it_has(books, anna):
    """Pickers: one statement for each kind of record that the form points to."""
    customer = books.customer()
    accounts = list(Account.objects.filter(company=books.company, kind="income").values_list("pk", flat=True)[:3])
    small, large = (
        books.invoice(
            customer, [{"quantity": 1, "unit_price": "10", "account": accounts[n % 3]} for n in range(lines)], "2026-03-01", post=False
        )
        for lines in (1, 12)
    )
    with unit_of_work("test", "test"):
        RolePermission.objects.create(role=Role.objects.get(key="accountant"), pattern="invoicing.write_invoice", scope="company")
    counts = []
    for invoice in (small, small, large):
        with CaptureQueriesContext(connection) as caught:
            assert anna.get(f"/invoices/{invoice.pk}/edit").status_code == 200
        counts.append(len(caught))
    assert counts[1] == counts[2], counts
