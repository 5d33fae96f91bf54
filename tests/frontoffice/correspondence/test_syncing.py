"""SA-05: a calendar on a real CalDAV server (Radicale, in a process of its own) is kept in step in both directions."""

import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar, Event
from lxml import etree

from fondaco.frontoffice.correspondence import background, caldav, fetching, resources, syncing  # noqa: F401  declared on import
from fondaco.frontoffice.correspondence.models import CalendarAccount, CalendarItem, CalendarStanding
from fondaco.frontoffice.correspondence.refusals import HostRefused, NotSecure
from fondaco.frontoffice.correspondence.resources import CalendarAccountResource
from fondaco.frontoffice.correspondence.sealing import sealed
from fondaco.frontoffice.correspondence.syncing import read, sync
from fondaco.frontoffice.crm.models import Activity
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit.models import Change
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.writing import create, edit
from tests.frontoffice.correspondence.test_feeds import activity, rosa  # noqa: F401  a fixture
from tests.frontoffice.crm.test_crm import person

NOON = (timezone.now() + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)


class Server:
    """Radicale on loopback; the test writes into it as another program would."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = [
            "--server-hosts",
            f"127.0.0.1:{port}",
            "--storage-filesystem-folder",
            str(folder),
            "--auth-type",
            "none",
            "--logging-level",
            "error",
        ]
        self.process = subprocess.Popen([sys.executable, "-m", "radicale", "-C", "", *options])
        self.url = f"http://127.0.0.1:{port}/rosa/work/"
        for _wait in range(200):
            try:
                self.ask("MKCALENDAR", "")
                break
            except OSError:
                time.sleep(0.1)

    def ask(self, method, name, body=None, **headers):
        login = {"Authorization": "Basic cm9zYTpzZWNyZXQ="}
        request = urllib.request.Request(self.url + name, data=body, method=method, headers=login | headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def put(self, name, *, title="Tasting", at=NOON, people=("info@duomo.example",), **more):
        calendar, event = Calendar(), Event()
        calendar.add("prodid", "-//Other//EN")
        calendar.add("version", "2.0")
        for key, value in {"uid": name, "dtstamp": NOON, "dtstart": at, "dtend": at + timedelta(hours=1), "summary": title, **more}.items():
            event.add(key, value)
        for address in people:
            event.add("attendee", f"mailto:{address}")
        calendar.add_component(event)
        self.ask("PUT", f"{name}.ics", calendar.to_ical(), **{"Content-Type": "text/calendar"})

    def rewrite(self, row, **values):
        """As a calendar program changes an entry that came from the house."""
        self.put(f"activity-{row.pk}-fondaco", uid=f"activity-{row.pk}@fondaco", **values)

    def all(self):
        report = b'<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
        root = etree.fromstring(self.ask("REPORT", "", report, Depth="1"))
        found = [Calendar.from_ical(e.text).walk("VEVENT")[0] for e in root.iter("{urn:ietf:params:xml:ns:caldav}calendar-data")]
        return {str(e["SUMMARY"]): e for e in found}

    def name_of(self, row):
        return f"activity-{row.pk}-fondaco.ics"


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("FONDACO_INSIDE_HOSTS", "127.0.0.1")
    made = Server(tmp_path / "radicale")
    yield made
    made.process.terminate()
    made.process.wait()


@pytest.fixture
def calendar(books, rosa, server):  # noqa: F811
    with unit_of_work("test", "test"):
        return CalendarAccount.objects.create(
            company=books.company, user=rosa[0], url=server.url, username="rosa", sealed_password=sealed("secret", fetching.PASSWORD)
        )


def step(calendar):
    with unit_of_work("program.mail", "test"):
        done = sync(calendar)
    assert done.problem == "", CalendarStanding.objects.get().detail
    return done


def change(row, **values):
    with unit_of_work("test", "test"):
        Activity.objects.filter(pk=row.pk).update(**values)


def test_what_is_entered_here_stands_there_follows_and_goes(books, rosa, server, calendar):  # noqa: F811
    row = activity(books, rosa[0])
    assert step(calendar).sent == 1 and list(server.all()) == ["Meeting: Grinders (Bar 0)"]
    assert step(calendar).sent == 0
    change(row, subject="Mills", due_at=NOON)
    step(calendar)
    assert server.all()["Meeting: Mills (Bar 0)"]["DTSTART"].dt == NOON
    change(row, due_at=None)
    step(calendar)
    assert server.all() == {}


def test_what_is_changed_there_comes_here_and_what_is_deleted_loses_its_time(books, rosa, server, calendar):  # noqa: F811
    row = activity(books, rosa[0])
    step(calendar)
    server.rewrite(row, title="Meeting: New grinders (Bar 0)", at=NOON)
    assert step(calendar).brought == 1
    row.refresh_from_db()
    assert (row.subject, row.due_at) == ("New grinders", NOON)
    assert step(calendar).sent in (0, 1) and step(calendar).sent == 0
    server.ask("DELETE", server.name_of(row))
    step(calendar)
    row.refresh_from_db()
    assert row.due_at is None and server.all() == {}


def test_a_meeting_with_a_known_party_becomes_an_activity_and_others_stay_private(books, rosa, server, calendar):  # noqa: F811
    party = books.customer(email="info@duomo.example")
    server.put("tasting")
    server.put("dentist", title="Dentist", people=())
    assert step(calendar).brought == 1
    made = Activity.objects.get()
    assert (made.party, made.subject, made.due_at, made.assignee) == (party, "Tasting", NOON, rosa[0])
    assert CalendarItem.objects.filter(entry_uid="").count() == 1
    server.put("tasting", title="Second tasting", at=NOON + timedelta(hours=2))
    for _again in range(3):
        step(calendar)
    made.refresh_from_db()
    assert (Activity.objects.count(), made.subject, made.due_at) == (1, "Second tasting", NOON + timedelta(hours=2))
    assert len(server.all()) == 2


def test_where_both_sides_changed_the_house_stands_and_it_is_told(books, rosa, server, calendar):  # noqa: F811
    row = activity(books, rosa[0])
    step(calendar)
    server.rewrite(row, title="theirs", at=NOON)
    change(row, subject="ours")
    assert step(calendar).conflicts == 1
    row.refresh_from_db()
    assert row.subject == "ours" and list(server.all()) == ["Meeting: ours (Bar 0)"]
    assert "ours" in CalendarStanding.objects.get().last_conflict


def test_a_change_that_comes_between_reading_and_writing_is_not_written_over(books, rosa, server, calendar, monkeypatch):  # noqa: F811
    row = activity(books, rosa[0])
    step(calendar)
    change(row, subject="ours")
    real = caldav.Remote.put

    def raced(remote, path, content, etag):
        monkeypatch.setattr(caldav.Remote, "put", real)
        server.rewrite(row, title="theirs", at=NOON)
        return real(remote, path, content, etag)

    monkeypatch.setattr(caldav.Remote, "put", raced)
    step(calendar)
    assert list(server.all()) == ["theirs"]  # not written over unseen; the next look sees both
    assert step(calendar).conflicts == 1 and list(server.all()) == ["Meeting: ours (Bar 0)"]


def test_a_look_that_was_killed_after_writing_writes_nothing_twice(books, rosa, server, calendar):  # noqa: F811
    activity(books, rosa[0])
    step(calendar)
    with unit_of_work("test", "test"):
        CalendarItem.objects.all().delete()
        CalendarStanding.objects.update(sync_token="")
    step(calendar)
    step(calendar)
    assert len(server.all()) == 1 and Activity.objects.count() == 1


def test_a_lost_token_or_a_server_without_changes_is_read_as_a_whole(books, rosa, server, calendar, monkeypatch):  # noqa: F811
    row = activity(books, rosa[0])
    step(calendar)
    with unit_of_work("test", "test"):
        CalendarStanding.objects.update(sync_token="http://radicale.org/ns/sync/nonsense")
    calendar.refresh_from_db()
    server.ask("DELETE", server.name_of(row))
    step(calendar)
    row.refresh_from_db()
    assert row.due_at is None
    monkeypatch.setattr(caldav.Remote, "news", lambda remote, token: remote._everything())
    books.customer(email="info@duomo.example")
    server.put("tasting")
    step(calendar)
    server.ask("DELETE", "tasting.ics")
    step(calendar)
    assert Activity.objects.get(subject="Tasting").due_at is None


def test_a_series_comes_as_its_dates_and_is_not_written(books, rosa, server, calendar):  # noqa: F811
    books.customer(email="info@duomo.example")
    server.put("weekly", rrule={"freq": "weekly", "count": 3})
    step(calendar)
    assert [a.due_at for a in Activity.objects.order_by("due_at")] == [NOON + timedelta(weeks=n) for n in range(3)]
    server.put("weekly", rrule={"freq": "weekly", "count": 2})
    step(calendar)
    assert Activity.objects.filter(due_at__isnull=False).count() == 2 and len(server.all()) == 1


EVENT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:20260101T000000Z\r\n{}\r\nSUMMARY:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
GOOD = EVENT.format(f"DTSTART:{NOON:%Y%m%dT%H%M%SZ}", "fine")


@pytest.mark.parametrize(
    "hostile",
    [
        EVENT.format(f"DTSTART:{NOON:%Y%m%dT%H%M%SZ}\r\nRRULE:FREQ=SECONDLY", "bomb"),
        EVENT.format("DTSTART:00010101T000000Z\r\nRRULE:FREQ=SECONDLY;BYSECOND=61", "bomb"),
        EVENT.format("DTSTART;TZID=Nowhere/Nothing:20270101T000000", "zone"),
        EVENT.format(f"DTSTART:{NOON:%Y%m%dT%H%M%SZ}", "x" * 300_000),
        "BEGIN:VCALENDAR\r\n" * 5_000,
        "not a calendar",
        "",
    ],
)
def test_hostile_calendars_are_refused_alone_and_bounded(hostile, monkeypatch):
    monkeypatch.setenv("FONDACO_READING_SECONDS", "4")  # of computing; the child's own are ten, which a bomb takes twice
    begun = time.monotonic()
    first, second, third = read([GOOD, hostile, GOOD], timezone.now())
    assert first["events"][0]["title"] == third["events"][0]["title"] == "fine"
    assert "refused" in second or len(second["events"]) <= 1
    assert time.monotonic() - begun < 90


def test_a_script_in_a_title_is_only_ever_text(books, rosa, server, calendar):  # noqa: F811
    books.customer(email="info@duomo.example")
    server.put("evil", title="<script>alert(1)</script>")
    step(calendar)
    assert Activity.objects.get().subject == "<script>alert(1)</script>"


def test_no_calendar_reaches_into_the_own_network(books, rosa, calendar, monkeypatch):  # noqa: F811
    monkeypatch.delenv("FONDACO_INSIDE_HOSTS")
    with unit_of_work("program.mail", "test"):
        assert sync(calendar).problem == "inside"
    assert CalendarStanding.objects.get().failures == 1


def test_who_may_not_change_activities_is_not_changed_from_outside(books, server, calendar):
    reader, _actor = person("reader")
    row = activity(books, reader)
    with unit_of_work("test", "test"):
        CalendarAccount.objects.update(user=reader, sealed_password=sealed("secret", fetching.PASSWORD))
    calendar.refresh_from_db()
    server.rewrite(row, title="Meeting: taken over (Bar 0)", at=NOON)
    step(calendar)
    row.refresh_from_db()
    assert row.subject == "Grinders"


def test_a_calendar_is_set_up_with_a_sealed_password_that_another_address_does_not_get(books, rosa, server):  # noqa: F811
    with pytest.raises(NotSecure):
        create(rosa[1], CalendarAccountResource, [{"company": books.company.pk, "url": "http://cal.example/x/", "username": "rosa"}])
    with pytest.raises(HostRefused):
        create(
            rosa[1], CalendarAccountResource, [{"company": books.company.pk, "url": "https://me:secret@cal.example/x/", "username": "rosa"}]
        )
    (key,) = create(rosa[1], CalendarAccountResource, [{"company": books.company.pk, "url": server.url, "username": "rosa"}]).ids
    perform(rosa[1], ACTIONS["correspondence.enter_calendar_password"], [key], {"password": "secret"})
    row = activity(books, rosa[0])
    with unit_of_work("program.jobs", "test"):
        assert background.look(Actor.program("daily"), lambda *_told: None)["calendars"] == 1
        assert background.sync_calendar(None, lambda *_told: None, account=key)["sent"] == 1
    assert row.pk and len(server.all()) == 1
    edit(rosa[1], CalendarAccountResource, {key: {"url": "https://elsewhere.example/dav/"}})
    assert CalendarAccount.objects.get().sealed_password == "" and not CalendarItem.objects.exists()
    assert not any("secret" in str(c) for c in Change.objects.values_list("changes", flat=True))


def test_verbs_cost_the_same_statements_for_one_and_for_twelve(books, rosa):  # noqa: F811
    with unit_of_work("test", "test"):
        keys = [
            CalendarAccount.objects.create(company=books.company, user=rosa[0], url=f"https://c{n}.example/", username="r").pk
            for n in range(13)
        ]
    for verb, given in (("enter_calendar_password", {"password": "x"}), ("sync", {})):
        counts = []
        for some in (keys[:1], keys[1:]):
            with CaptureQueriesContext(connection) as queries:
                perform(rosa[1], ACTIONS[f"correspondence.{verb}"], some, given)
            counts.append(len(queries))
        assert counts[0] == counts[1], verb
