"""A list by groups: count and sums of each, unfolded into its rows; with filters and saved views (DESIGN.md, Lists)."""

import re
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.filtering import BadQuery
from fondaco.platform.resources.grouping import grouped, grouping_called, groupings
from fondaco.platform.resources.reading import Query, count, filtered
from fondaco.platform.views.models import SavedView
from tests.interfaces.web.test_narrowing import anna, invoices, words_of  # noqa: F401  fixtures
from tests.interfaces.web.test_views import keep, text_of

INVOICES = RESOURCES["invoices"]


def groups_of(books, by, filters=None):
    query = Query(filters or {})
    found, more = grouped(INVOICES, books.actor, query, grouping_called(INVOICES, books.actor, by))
    assert not more
    for group in found:
        # What unfolds a group holds as many rows as its head says.
        assert count(filtered(INVOICES, books.actor, Query({**query.filters, **group.filters})))[0] == group.count, group
    return [(g.label or g.value, g.count, {p: dict(s) for p, s in g.sums.items()}.get("gross")) for g in found]


def test_rows_are_counted_and_summed_by_state_partner_and_month(books, invoices):  # noqa: F811
    ten, two_hundred, three_thousand = (i.gross for i in invoices)
    assert groups_of(books, "state") == [("draft", 1, {"EUR": three_thousand}), ("posted", 2, {"EUR": ten + two_hundred})]
    assert groups_of(books, "customer") == [("Caffè Roma", 1, {"EUR": three_thousand}), ("Moka Bar", 2, {"EUR": ten + two_hundred})]
    assert groups_of(books, "on__month") == [("2026-03", 2, {"EUR": two_hundred + three_thousand}), ("2026-01", 1, {"EUR": ten})]
    assert groups_of(books, "on__quarter") == [("2026-q1", 3, {"EUR": ten + two_hundred + three_thousand})]
    assert groups_of(books, "on__year", {"state": "posted"}) == [("2026", 2, {"EUR": ten + two_hundred})]
    assert groups_of(books, "salesperson") == [(None, 3, {"EUR": ten + two_hundred + three_thousand})]


def test_currencies_are_never_added_up_and_credit_notes_are_taken_off(books, invoices):  # noqa: F811
    books.rate("USD", "1.10", "2026-01-01")
    abroad = books.invoice(
        books.customer("Grind & Co", "US"), [{"quantity": 1, "unit_price": "70"}], "2026-03-06", currency="USD", post=False
    )
    books.do("invoicing.credit", [invoices[0].pk], on="2026-03-10")
    march, january = groups_of(books, "on__month", {"kind": "invoice"})
    assert march[1:] == (3, {"EUR": invoices[1].gross + invoices[2].gross, "USD": abroad.gross})
    assert january[1] == 1
    notes = {label: sums for label, _n, sums in groups_of(books, "kind")}
    assert notes["credit note"] == {"EUR": -invoices[0].gross}


def test_the_page_shows_heads_and_unfolds_them_into_the_list(books, anna, invoices):  # noqa: F811
    page = text_of(anna.get("/invoices?group=state&sort=-gross&on__within=this_year,2026"))
    heads = re.findall(r'data-folds.*?hx-get="([^"]*)".*?<span>(.*?)</span><span class="count">(.*?)</span>.*?href="([^"]*)"', page)
    assert [(title, number) for _rows, title, number, _list in heads] == [("draft", "1"), ("posted", "2")]
    rows, _title, _number, address = heads[1]
    assert words_of(address) == {"state": "posted", "sort": "-gross", "on__within": "this_year,2026"}
    unfolded = text_of(anna.get(rows))
    assert re.findall(r"INV/2026/\d+", re.sub(r"<[^>]*>", " ", unfolded)) == [invoices[1].number, invoices[0].number]
    assert "<thead" not in unfolded
    assert 'aria-current="true"' in page
    months = text_of(anna.get("/invoices?group=on__month"))
    assert "March 2026" in months
    assert "on__within=2026-03" in months


def test_a_month_within_a_narrower_stretch_unfolds_to_both(books, anna, invoices):  # noqa: F811
    page = text_of(anna.get("/invoices?group=on__month&on__within=2026-q1"))
    assert "on__within=2026-q1%2C2026-03" in page
    assert "quarter 1 of 2026 + March 2026" in text_of(anna.get("/invoices?on__within=2026-q1,2026-03"))


def test_what_no_group_holds_is_refused_in_words(books, anna):  # noqa: F811
    answer = anna.get("/invoices?group=colour")
    assert answer.status_code == 400
    assert "it can be grouped by" in text_of(answer)
    assert "Date: month (on__month)" in text_of(answer)
    with pytest.raises(BadQuery):
        grouping_called(INVOICES, books.actor, "gross")


def test_a_saved_view_keeps_its_groups(books, anna, invoices):  # noqa: F811
    address = keep(anna, "By state", "group=state&kind=invoice", key="invoices")
    assert SavedView.objects.get().grouping == "state"
    assert parse_qs(urlsplit(address).query)["group"] == ["state"]
    assert "Save the changes" not in text_of(anna.get(address))
    assert "Save the changes" in text_of(anna.get(address.replace("group=state", "group=customer")))
    # Files hold the rows.
    answer = anna.get("/invoices/export?group=state&kind=invoice&format=csv")
    assert len(b"".join(answer.streaming_content).splitlines()) == 4


def test_groups_are_read_in_one_statement_however_many_they_are(books, anna, invoices):  # noqa: F811
    def statements():
        with CaptureQueriesContext(connection) as caught:
            assert anna.get("/invoices?group=customer").status_code == 200
        return len(caught)

    statements()
    few = statements()
    for n in range(8):
        books.invoice(books.customer(f"Bar {n}"), [{"quantity": 1, "unit_price": "10"}], "2026-03-01", post=False)
    assert statements() == few


def test_every_list_can_be_grouped_by_whatever_it_offers(books, anna, invoices):  # noqa: F811
    for resource in RESOURCES.values():
        for by in groupings(resource, books.actor):
            found, _more = grouped(resource, books.actor, Query(), by)
            assert sum(g.count for g in found) == count(resource.queryset())[0] or resource.key in {"audit-log"}, (resource.key, by.key)
            assert all(isinstance(a, Decimal) for g in found for s in g.sums.values() for a in s.values())
