"""SA-02: suspected pairs with their score and reasons, worked off and remembered; attacked as the application's role."""

import html

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.parties.models import NotTheSame, Party
from fondaco.masterdata.parties.queries import pairs
from fondaco.masterdata.parties.refusals import MergeIntoItself
from fondaco.platform.database.unit import unit_of_work
from tests.books import ACTOR
from tests.interfaces.web.test_today import signed_in
from tests.masterdata.parties.test_duplicates import STRANGERS, party


def found():
    return [(p.first.pk, p.second.pk, p.score, p.reasons) for p in pairs(ACTOR)]


def test_SA_02_pairs_are_scored_with_their_reasons_the_surest_first(books):
    for name in STRANGERS:
        party(name)
    assert found() == []
    bar = party("Bar Duomo S.r.l.", vat_number="IT01114601006", city="Milano")
    again = party("BAR DUOMO SRL", city="milano")
    third = party("Duomo Caffetteria", vat_number="IT01114601006")
    here = [{"kind": "billing", "street": "Via Torino 1", "postal_code": "20123", "city": "Milano"}]
    anna, same = party("Anna Neri", kind="person", addresses=here), party("A. Neri", kind="person", email="anna@x.example", addresses=here)
    with_point = party("Neri, Anna", kind="person", contact_points=[{"kind": "email", "value": "anna@x.example"}])
    seen = {(a, b): (score, reasons) for a, b, score, reasons in found()}
    assert next(iter(seen)) == (bar, third)
    assert seen[bar, third] == (100, ("same VAT number",))
    assert seen[same, with_point][0] >= 85
    assert "same mail address" in seen[same, with_point][1]
    assert "same city" in seen[bar, again][1]
    assert all("same address" in reasons for pair, (_score, reasons) in seen.items() if pair == (anna, same))


def test_SA_02_what_was_told_apart_or_merged_is_not_asked_again(books):
    one, two = party("Bar Duomo", vat_number="IT01114601006"), party("Bar Brera", vat_number="IT01114601006")
    books.do("parties.tell_apart", two, other=one)
    books.do("parties.tell_apart", one, other=two)
    assert NotTheSame.objects.count() == 1
    assert found() == []
    with pytest.raises(MergeIntoItself):
        books.do("parties.tell_apart", one, other=one)
    three = party("Bar Tre", vat_number="IT01114601006")
    assert [p[:2] for p in found()] == [(one, three), (two, three)]
    books.do("parties.merge", three, into=one)
    assert found() == []


def test_SA_02_the_database_keeps_a_pair_once_and_in_order(books):
    one, two = party("One"), party("Two")
    with unit_of_work("test", "test"):
        NotTheSame.objects.create(first_id=one, second_id=two)
        for pair in ((one, two), (two, one), (one, one)):
            with pytest.raises(IntegrityError), transaction.atomic():
                NotTheSame.objects.create(first_id=pair[0], second_id=pair[1])


def test_SA_02_the_list_costs_the_same_for_two_and_two_hundred(books):
    counts = []
    for number in (1, 100):
        for n in range(number):
            for _twice in (1, 2):
                party(f"Bar {number} {n}", email=f"b{number}.{n}@x.example")
        with CaptureQueriesContext(connection) as queries:
            assert len(pairs(ACTOR, limit=200)) >= number
        counts.append(len(queries))
    assert counts[0] == counts[1] == 4


def test_SA_02_pairs_are_worked_off_on_the_screen_and_the_page_of_a_party_names_them(books):
    client, _user = signed_in(books, "rita", "receivables_clerk")
    one, two = party("Bar <b>Duomo</b>", vat_number="IT01114601006"), party("Bar Duomo", vat_number="IT01114601006")
    raw = client.get("/sell/duplicates").content.decode()
    assert "<b>Duomo" not in raw
    assert "100 of 100" in raw
    assert "same VAT number" in raw
    page = html.unescape(client.get(f"/parties/{two}").content.decode())
    assert "May be the same as Bar <b>Duomo</b> (100 of 100: same VAT number" in page
    assert f"/sell/duplicates?pair={one}-{two}" in page
    assert client.post(f"/sell/duplicates/left?first={one}&second={two}&at=0").status_code == 302
    assert Party.objects.get(pk=two).merged_into_id == one
    assert "Nobody looks like anybody else" in client.get("/sell/duplicates").content.decode()
    books.do("parties.unmerge", two, reason="Wrong")
    client.post(f"/sell/duplicates/apart?first={one}&second={two}&at=0")
    assert Party.objects.get(pk=two).merged_into_id is None
    assert "May be the same" not in client.get(f"/parties/{two}").content.decode()
    assert client.post("/sell/duplicates/else?first=1&second=2").status_code == 404
    seller, _user = signed_in(books, "sara", "sales_representative")
    assert seller.get("/sell/duplicates").status_code == 403
