"""SA-04: one list of everything that happened with a party, from every room: filtered, read on below, nothing double, nobody else's."""

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.parties.actions import record, record_visit
from fondaco.masterdata.parties.models import Interaction, Party, Relationship
from fondaco.masterdata.parties.queries import Asked, events, facets, timeline
from fondaco.platform.database.unit import unit_of_work
from tests.books import ACTOR, open_books

DAY = date(2026, 3, 1)


def event(party, title, **values):
    return Interaction(party=party, title=title, **{"on": DAY, "kind": "note", **values})


def titles(party, **asked):
    return [e.title for e in events(party.pk, None, Asked(**asked))]


def test_SA_04_it_filters_by_kind_day_person_and_words(books):
    bar = books.customer()
    with unit_of_work("test", "test"):
        record(
            [
                event(bar, "Rang about the grinder", kind="call", by="sara"),
                event(bar, "Wants 100% arabica", kind="mail", by="nina", body="and a GRINDER_2", on=DAY + timedelta(days=1)),
                event(bar, "Offer", kind="quote", by="sara", on=DAY + timedelta(days=2)),
            ]
        )
    assert titles(bar) == ["Offer", "Wants 100% arabica", "Rang about the grinder"]
    assert titles(bar, kinds=["call", "quote"]) == ["Offer", "Rang about the grinder"]
    assert titles(bar, by="nina") == titles(bar, since=DAY + timedelta(days=1), until=DAY + timedelta(days=1)) == ["Wants 100% arabica"]
    assert titles(bar, words="grinder") == ["Wants 100% arabica", "Rang about the grinder"]
    assert titles(bar, words="arabica grinder_") == ["Wants 100% arabica"]
    assert titles(bar, words="0% arab") == ["Wants 100% arabica"]
    assert titles(bar, words="rinde_") == [], "a sign of a pattern is a letter like any other"
    assert titles(bar, words="\\") == []
    assert facets(bar.pk, None) == (["call", "mail", "quote"], ["nina", "sara"])


def test_SA_04_it_goes_on_below_page_by_page_without_gap_or_double(books):
    bar = books.customer()
    with unit_of_work("test", "test"):
        anna = Party.objects.create(kind="person", name="Anna", sort_name="anna", code="A")
        Relationship.objects.create(person=anna, organisation=bar)
        # She is his person and was merged from his other one: her events are there once.
        Party.objects.create(kind="person", name="Anna 2", sort_name="anna 2", code="A2", merged_into=anna)
        record([event((bar, anna)[n % 2], f"{n}", on=DAY + timedelta(days=n // 7)) for n in range(101)])
    found, before = [], None
    for _page in range(100):
        with CaptureQueriesContext(connection) as queries:
            part = events(bar.pk, [books.company.pk], Asked(before=before), limit=10)
        assert len(queries) == 1
        if not part:
            break
        found += part
        before = (part[-1].on, part[-1].pk)
    assert len(found) == 101 == len({e.pk for e in found})
    assert [(e.on, e.pk) for e in found] == sorted(((e.on, e.pk) for e in found), reverse=True)


def test_SA_04_what_others_have_with_it_is_not_shown(books):
    other, bar = open_books(code="OTHER", years=[2026]), books.customer()
    with unit_of_work("test", "test"):
        record([event(bar, "Ours", company=books.company), event(bar, "Theirs", company=other.company), event(bar, "Everybody's")])
    assert [e.title for e in events(bar.pk, [books.company.pk])] == ["Everybody's", "Ours"]
    assert facets(bar.pk, [books.company.pk])[0] == ["note"]
    assert len(timeline(ACTOR, bar.pk)) == 3


def test_SA_04_a_visit_on_the_web_is_told_once_a_day(books):
    bar = books.customer()
    with unit_of_work("test", "test"):
        for _time in range(3):
            record_visit(bar.pk, books.company.pk, "Quote opened", bar)
    assert titles(bar, kinds=["web"]) == ["Quote opened"]


def test_SA_04_a_day_of_every_room_stands_on_it_once(books):
    bar = books.customer()
    invoice = books.invoice(bar, [{"quantity": "1", "unit_price": "100"}], "2026-02-02")
    books.do("parties.log_interaction", bar.pk, kind="call", title="Rang", on="2026-02-03")
    books.do("parties.promise", bar.pk, amount="50", pay_by="2099-01-01")
    found = events(bar.pk, [books.company.pk])
    assert sorted(e.kind for e in found) == ["call", "invoice", "promise"]
    (of_invoice,) = [e for e in found if e.kind == "invoice"]
    assert (of_invoice.source_table, of_invoice.source_id) == (invoice._meta.db_table, invoice.pk)
