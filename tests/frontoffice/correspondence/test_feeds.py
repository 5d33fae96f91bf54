"""SA-05: a person's activities as an iCalendar feed behind a secret address that ends when its owner says so."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from fondaco.frontoffice.correspondence import resources  # noqa: F401  declared on import
from fondaco.frontoffice.correspondence.calendars import entries_of, feed_of
from fondaco.frontoffice.correspondence.models import CalendarFeed
from fondaco.frontoffice.correspondence.refusals import OthersFeed
from fondaco.frontoffice.correspondence.resources import CalendarFeedResource
from fondaco.frontoffice.crm.models import Activity
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.audit.models import Change
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create
from tests.frontoffice.crm.test_crm import person

MINE = [("crm.*", "own"), ("correspondence.*", "own"), ("companies.view_*", "company")]


@pytest.fixture
def rosa(books):
    """A salesperson with rights that are read from the database, as a feed reads them."""
    user, actor = person("rosa", *MINE)
    with unit_of_work("test", "test"):
        role = Role.objects.create(key="seller", name="Seller")
        for pattern, scope in MINE:
            RolePermission.objects.create(role=role, pattern=pattern, scope=scope)
        Membership.objects.create(user=user, role=role, company_id=books.company.pk)
    return user, actor


def activity(books, user, days=1, **values):
    with unit_of_work("test", "test"):
        given = {
            "party": books.customer(f"Bar {Activity.objects.count()}", phone="+39011"),
            "subject": "Grinders",
            "kind": "meeting",
            **values,
        }
        return Activity.objects.create(company=books.company, assignee=user, due_at=timezone.now() + timedelta(days=days), **given)


def address(actor, name="Phone"):
    (key,) = create(actor, CalendarFeedResource, [{"name": name}]).ids
    (path,) = perform(actor, ACTIONS["correspondence.make_address"], [key]).told.values()
    return key, path


def events(content):
    return [str(e["SUMMARY"]) for e in Calendar.from_ical(content).walk("VEVENT")]


def test_the_feed_holds_ones_own_activities_and_is_answered_by_its_secret_alone(books, rosa):
    other, _actor = person("other")
    mine, _others, _long_ago = activity(books, rosa[0]), activity(books, other), activity(books, rosa[0], days=-200)
    _key, path = address(rosa[1])
    got = Client().get(path)
    assert got.status_code == 200 and got["Content-Type"].startswith("text/calendar")
    assert events(got.content) == ["Meeting: Grinders (Bar 0)"]
    assert Client().get(path, headers={"If-None-Match": got["ETag"]}).status_code == 304
    with unit_of_work("test", "test"):
        Activity.objects.filter(pk=mine.pk).update(subject="Mills")
    again = Client().get(path, headers={"If-None-Match": got["ETag"]})
    assert again.status_code == 200 and events(again.content) == ["Meeting: Mills (Bar 0)"]
    assert Client().get("/calendar/guess.ics").status_code == 404


def test_a_new_address_ends_the_old_one_and_one_who_left_is_read_by_nobody(books, rosa):
    key, path = address(rosa[1])
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    (newer,) = perform(rosa[1], ACTIONS["correspondence.make_address"], [key]).told.values()
    with unit_of_work("test", "test"):
        assert feed_of(token) is None
        token = newer.removeprefix("/calendar/").removesuffix(".ics")
        assert feed_of(token) is not None
        User.objects.filter(pk=rosa[0].pk).update(is_active=False)
        assert feed_of(token) is None
        User.objects.filter(pk=rosa[0].pk).update(is_active=True)
    assert not Change.objects.filter(table_name="correspondence_calendarfeed", changes__has_key="digest").exists()
    perform(rosa[1], ACTIONS["correspondence.end_address"], [key])
    with unit_of_work("test", "test"):
        assert feed_of(token) is None


def test_rights_that_were_taken_empty_the_feed(books, rosa):
    activity(books, rosa[0])
    _key, path = address(rosa[1])
    assert len(events(Client().get(path).content)) == 1
    with unit_of_work("test", "test"):
        RolePermission.objects.filter(pattern="crm.*").delete()
    assert events(Client().get(path).content) == []


def test_nobody_makes_an_address_of_somebody_elses_calendar(books, rosa):
    key, _path = address(rosa[1])
    _user, boss = person("boss", ("*", "company"))
    with pytest.raises(OthersFeed, match="somebody else"):
        perform(boss, ACTIONS["correspondence.make_address"], [key])


def test_words_of_others_cannot_add_lines_to_a_calendar(books, rosa):
    activity(books, rosa[0], subject="x\r\nEND:VEVENT\r\nBEGIN:VALARM\nACTION:PROCEDURE;;,\\")
    _key, path = address(rosa[1])
    calendar = Calendar.from_ical(Client().get(path).content)
    assert len(calendar.walk("VEVENT")) == 1 and not calendar.walk("VALARM")


def test_the_cost_does_not_grow_with_entries_or_feeds(books, rosa):
    def cost(work):
        with unit_of_work("test", "test"), CaptureQueriesContext(connection) as queries:
            work()
        return len(queries)

    activity(books, rosa[0])
    few = cost(lambda: entries_of(rosa[1], timezone.now()))
    for _n in range(10):
        activity(books, rosa[0])
    assert cost(lambda: entries_of(rosa[1], timezone.now())) == few
    keys = [create(rosa[1], CalendarFeedResource, [{"name": f"n{n}"}]).ids[0] for n in range(13)]
    for verb in ("make_address", "end_address"):
        one, many = (
            cost(lambda some=some, verb=verb: perform(rosa[1], ACTIONS[f"correspondence.{verb}"], some)) for some in (keys[:1], keys[1:])
        )
        assert one == many, verb
    assert CalendarFeed.objects.filter(digest=None).count() == 13
