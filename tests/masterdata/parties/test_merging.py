"""SA-02: merging keeps everything, shows everything, and can be undone.

FONDACO_MERGES says how many random histories of merging and undoing are tried.
"""

import os
from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.finance.invoicing.models import Invoice
from fondaco.masterdata.parties.models import Address, ContactPoint, Interaction, Merge, Party, Relationship
from fondaco.masterdata.parties.queries import timeline
from fondaco.masterdata.parties.refusals import MergedAlready, MergeIntoItself, NothingToUndo
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.refusals import ReasonMissing
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

MERGES = int(os.environ.get("FONDACO_MERGES", "40"))
TABLES = (Party, Address, ContactPoint, Relationship, Interaction, Invoice)
ROLES = ("is_customer", "is_vendor", "is_lead")


def rows():
    """Every row of a party, except how often it was written."""
    return {model: [{k: v for k, v in row.items() if k != "version"} for row in model.objects.order_by("pk").values()] for model in TABLES}


def party(name, **values):
    (key,) = create(ACTOR, RESOURCES["parties"], [{"name": name, "country": "IT", "is_customer": True, **values}]).ids
    return Party.objects.get(pk=key)


def relate(person, organisation):
    (key,) = create(ACTOR, RESOURCES["relationships"], [{"person": person.pk, "organisation": organisation.pk}]).ids
    return Relationship.objects.get(pk=key)


def titles(of):
    return [x.title for x in timeline(ACTOR, of.pk)]


@pytest.fixture
def two(books):
    """One bar that was written down twice, with all that hangs on it."""
    bar = party("Bar Duomo", contact_points=[{"kind": "email", "value": "bar@duomo.example"}])
    again = party(
        "Bar Duommo",
        is_vendor=True,
        addresses=[{"kind": "billing", "street": "Via Torino 1", "city": "Milano"}, {"kind": "delivery", "city": "Monza"}],
        contact_points=[{"kind": "email", "value": "bar@duomo.example"}, {"kind": "phone", "value": "+390286463456"}],
    )
    relate(party("Anna"), again)
    for one, title in ((bar, "Rang the bar"), (again, "Rang it again")):
        books.do("parties.log_interaction", one.pk, kind="call", title=title, on="2026-02-02")
    books.invoice(again, [{"quantity": "1", "unit_price": "100"}], "2026-02-03")
    return bar, again


def test_a_merge_moves_what_hangs_on_the_party_and_nothing_is_lost(books, two):
    bar, again = two
    books.do("parties.merge", again.pk, into=bar.pk)
    bar.refresh_from_db()
    again.refresh_from_db()
    assert again.merged_into == bar
    assert (bar.is_customer, bar.is_vendor) == (True, True)
    assert sorted(bar.addresses.values_list("city", flat=True)) == ["Milano", "Monza"]
    assert sorted(bar.contact_points.values_list("normalised", flat=True)) == ["+390286463456", "bar@duomo.example"]
    assert [r.person.name for r in bar.people.all()] == ["Anna"]
    assert list(again.contact_points.values_list("normalised", flat=True)) == ["bar@duomo.example"], "the bar had it already"
    assert Invoice.objects.get().customer == again, "documents keep their customer"


def test_undoing_gives_every_row_back_and_both_stand_in_the_history(books, two):
    bar, again = two
    before = rows()
    books.do("parties.merge", again.pk, into=bar.pk)
    assert rows() != before
    books.do("parties.unmerge", again.pk, "Two bars after all")
    assert rows() == before
    address = Address.objects.filter(party=again).first()
    told = Change.objects.filter(table_name="parties_address", row_id=address.pk).order_by("id").values_list("verb", "reason", "changes")
    assert [(verb, reason, changes["party_id"]) for verb, reason, changes in told] == [
        ("parties.merge", "", [again.pk, bar.pk]),
        ("parties.unmerge", "Two bars after all", [bar.pk, again.pk]),
    ]
    assert Merge.objects.get().undone_at is not None


def test_the_timeline_shows_both_while_they_are_one(books, two):
    bar, again = two
    number = Invoice.objects.get().number
    books.do("parties.merge", again.pk, into=bar.pk)
    assert titles(bar) == [number, "Rang it again", "Rang the bar"]
    books.do("parties.log_interaction", bar.pk, kind="note", title="Paid in cash", on="2026-02-04")
    books.do("parties.unmerge", again.pk, "Two")
    assert titles(bar) == ["Paid in cash", "Rang the bar"]
    assert titles(again) == [number, "Rang it again"]


def test_the_timeline_follows_from_one_merge_to_the_next(books, two):
    bar, again = two
    group = party("Gruppo Duomo")
    books.do("parties.merge", again.pk, into=bar.pk)
    books.do("parties.merge", bar.pk, into=group.pk)
    assert len(titles(group)) == 3


def test_several_are_merged_in_one_go_though_they_have_the_same_mail(books, two):
    bar, _again = two
    same = [{"kind": "email", "value": "same@duomo.example"}]
    more = [party(f"Bar {n}", contact_points=same, is_lead=n == 1) for n in range(3)]
    before = rows()
    books.do("parties.merge", [p.pk for p in more], into=bar.pk)
    assert bar.contact_points.filter(normalised="same@duomo.example").count() == 1
    for one in (more[1], more[0], more[2]):
        books.do("parties.unmerge", one.pk, "No")
    assert rows() == before


def test_what_was_changed_since_stays_as_it_is(books, two):
    bar, again = two
    third = party("Bar Centrale")
    street, monza = again.addresses.order_by("pk")
    phone = again.contact_points.get(kind="phone")
    books.do("parties.merge", again.pk, into=bar.pk)
    with unit_of_work("clerk", "test"):
        Address.objects.filter(pk=street.pk).update(street="Via Roma 9")
        Address.objects.filter(pk=monza.pk).update(party=third)
        ContactPoint.objects.filter(pk=phone.pk).delete()
    edit(ACTOR, RESOURCES["parties"], {bar.pk: {"name": "Bar Duomo di Anna", "is_lead": True}})
    books.do("parties.unmerge", again.pk, "Two bars")
    street.refresh_from_db()
    monza.refresh_from_db()
    bar.refresh_from_db()
    assert (street.party, street.street) == (again, "Via Roma 9")
    assert monza.party == third
    assert not ContactPoint.objects.filter(pk=phone.pk).exists()
    assert (bar.name, bar.is_customer, bar.is_vendor, bar.is_lead) == ("Bar Duomo di Anna", True, False, True)


def test_a_role_that_another_merged_party_has_too_stays_until_that_one_goes(books, two):
    bar, again = two
    vendor = party("Bar Duomo forniture", is_vendor=True)
    books.do("parties.merge", again.pk, into=bar.pk)
    books.do("parties.merge", vendor.pk, into=bar.pk)
    books.do("parties.unmerge", again.pk, "Two bars")
    bar.refresh_from_db()
    assert bar.is_vendor
    books.do("parties.unmerge", vendor.pk, "Three bars")
    bar.refresh_from_db()
    assert not bar.is_vendor


def test_a_contact_that_came_back_by_hand_is_not_there_twice(books, two):
    bar, again = two
    books.do("parties.merge", again.pk, into=bar.pk)
    with unit_of_work("clerk", "test"):
        ContactPoint.objects.create(party=again, kind="phone", value="02 8646 3456", normalised="+390286463456")
    books.do("parties.unmerge", again.pk, "Two bars")
    assert ContactPoint.objects.filter(normalised="+390286463456").count() == 2
    assert again.contact_points.filter(kind="phone").count() == bar.contact_points.filter(kind="phone").count() == 1


def test_what_is_refused_changes_nothing(books, two):
    bar, again = two
    third = party("Bar Centrale")
    books.do("parties.merge", again.pk, into=bar.pk)
    before = rows()
    for refusal, match, work in (
        (MergeIntoItself, "Bar Duomo cannot be merged into itself", lambda: books.do("parties.merge", bar.pk, into=bar.pk)),
        (MergedAlready, "Bar Duommo is already merged", lambda: books.do("parties.merge", [third.pk, again.pk], into=bar.pk)),
        (NotFound, str(again.pk), lambda: books.do("parties.merge", third.pk, into=again.pk)),
        (NotFound, "987654321", lambda: books.do("parties.merge", third.pk, into=987654321)),
        (NothingToUndo, "Bar Centrale is not merged", lambda: books.do("parties.unmerge", [again.pk, third.pk], "Wrong")),
        (ReasonMissing, "reason", lambda: books.do("parties.unmerge", again.pk)),
    ):
        with pytest.raises(refusal, match=match):
            work()
        assert rows() == before


def test_merging_and_undoing_cost_the_same_for_one_and_for_forty(books, two):
    bar, _again = two
    counts = []
    for many in (1, 40):
        people = [
            party(f"Bar {many} {n}", is_lead=True, addresses=[{"city": "Milano"}], contact_points=[{"kind": "email", "value": f"{n}@{many}.example"}])
            for n in range(many)
        ]  # fmt: skip
        for one in people:
            relate(one, _again)
        keys = [p.pk for p in people]
        with CaptureQueriesContext(connection) as merged:
            books.do("parties.merge", keys, into=bar.pk)
        with CaptureQueriesContext(connection) as undone:
            books.do("parties.unmerge", keys, "No")
        counts.append((len(merged), len(undone)))
    assert counts[0] == counts[1]


# ------------------------------------------------------------------ any history of merging

PEOPLE = 5
who = some.integers(0, PEOPLE - 1)
some_of_them = some.sets(who, min_size=1, max_size=3).map(sorted)
companies = some.tuples(
    some.lists(some.tuples(*[some.booleans()] * len(ROLES)), min_size=PEOPLE, max_size=PEOPLE),
    some.sets(some.tuples(who, some.integers(0, 3)), max_size=10),
    some.sets(some.tuples(who, who).filter(lambda pair: pair[0] != pair[1]), max_size=6),
)
steps = some.lists(some.tuples(some.sampled_from(["merge", "merge", "unmerge"]), some_of_them, who), max_size=8)


@settings(max_examples=MERGES, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(companies, steps, some.permutations(range(PEOPLE)))
def test_after_any_merges_undone_in_any_order_all_is_as_it_was(books, house, history, order):
    point = transaction.savepoint()
    try:
        roles, points, relations = house
        with unit_of_work("test", "test"):
            people = [
                Party.objects.create(name=f"P{n}", sort_name=f"p{n}", code=f"P{n}", **dict(zip(ROLES, r, strict=True)))
                for n, r in enumerate(roles)
            ]
            for n, value in sorted(points):
                ContactPoint.objects.create(party=people[n], value=str(value), normalised=str(value))
                Address.objects.create(party=people[n], city=f"Town {value}")
            for one, other in sorted(relations):
                Relationship.objects.create(person=people[one], organisation=people[other])
            for n, one in enumerate(people):
                Interaction.objects.create(party=one, on=date(2026, 1, 1 + n), kind="note", title=f"Note {n}")
        before = rows()
        for verb, chosen, into in history:
            keys = [people[n].pk for n in chosen]
            try:
                with transaction.atomic():
                    books.do(f"parties.{verb}", keys, "Test", **({"into": people[into].pk} if verb == "merge" else {}))
            except UserError:
                continue
        for n in order:
            one = Party.objects.get(pk=people[n].pk)
            root = one
            while root.merged_into is not None:
                root = root.merged_into
            assert f"Note {n}" in titles(root)
            if one.merged_into is not None:
                books.do("parties.unmerge", one.pk, "Test")
        assert rows() == before
    finally:
        transaction.savepoint_rollback(point)
