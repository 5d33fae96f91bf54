"""SV-04: what customers were promised, by contract, level or for everybody; clocks that pause and go on, breaches without a timer, escalation once."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.service.receiving import receive
from fondaco.frontoffice.sla import panels
from fondaco.frontoffice.sla.actions import extend
from fondaco.frontoffice.sla.escalating import escalate
from fondaco.frontoffice.sla.explaining import why_line
from fondaco.frontoffice.sla.hours import open_from, open_until
from fondaco.frontoffice.sla.models import BusinessCalendar, Clock, ClockRun, Escalation, PromiseLine, ServedTicket, ServicePromise
from fondaco.frontoffice.sla.models import Opening as OpenStretch
from fondaco.frontoffice.sla.queries import business_seconds, due_at, foreseen, results
from fondaco.frontoffice.sla.refusals import (
    CalendarNotInForce,
    HoursOverlap,
    NoHours,
    NoPromises,
    NothingPromised,
    PromiseInForce,
    TooLong,
    UnknownHolidays,
    UnknownZone,
)
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.calendars import calendar

WORKDAYS = [
    {"weekday": day, "opens": opens, "closes": closes} for day in range(5) for opens, closes in (("09:00", "13:00"), ("14:00", "18:00"))
]


def rome(day, hour, minute=0, month=4):
    """A moment of 2026 by the clock in Rome, in summer time."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=2)


@contextmanager
def happening(moment):
    """What is done inside is told to have happened then."""
    with unit_of_work("test", "test"):
        with connection.cursor() as cursor:
            cursor.execute("select set_config('fondaco.happened_at', %s, true)", [moment.isoformat()])
        yield
        with connection.cursor() as cursor:
            cursor.execute("select set_config('fondaco.happened_at', '', true)")


class Service:
    """Weekdays from 9 to 13 and 14 to 18 in Rome, without Italian holidays."""

    def __init__(self, books):
        self.books, self.company = books, books.company
        self.calendar = self.make_calendar("Office", WORKDAYS)
        with unit_of_work("t", "t"):
            self.box = Mailbox.objects.create(company=books.company, address=f"help@{books.company.code.lower()}.example")
            self.nina = User.objects.create(username=f"nina.{books.company.code.lower()}", name="Nina", email="nina@house.example")
            self.boss = User.objects.create(
                username=f"boss.{books.company.code.lower()}", name="Boss", email="boss@house.example", language="it"
            )

    def make_calendar(self, name, hours, *, activate=True, **values):
        given = {"company": self.company.pk, "name": name, "time_zone": "Europe/Rome", "country": "IT", "hours": hours, **values}
        (key,) = create(ACTOR, RESOURCES["business-calendars"], [given]).ids
        if activate:
            self.books.do("sla.activate_calendar", key)
        return key

    def promise(self, *lines, steps=(), activate=True):
        given = [{"calendar": self.calendar, **line} for line in lines]
        (key,) = create(
            ACTOR, RESOURCES["service-promises"], [{"company": self.company.pk, "name": "Service", "lines": given, "steps": list(steps)}]
        ).ids
        if activate:
            self.books.do("sla.activate", key)
        return key

    def ticket(self, party=None, **values):
        given = {
            "company": self.company.pk,
            "subject": "Help",
            "contact_email": "ada@bar.example",
            "mailbox": self.box.pk,
            "party": party.pk if party else None,
            **values,
        }
        return Ticket.objects.get(pk=open_tickets(ACTOR, [Opening(given, "Please help")]).ids[0])

    def mail(self, ticket, text="And now?"):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "ada@bar.example", self.box.address, f"Re: [#{ticket.number}]"
        mail["In-Reply-To"] = TicketMessage.objects.filter(ticket=ticket, direction="out").latest("pk").message_id
        mail.set_content(text)
        return receive(mail.as_bytes())


@pytest.fixture
def service(books):
    return Service(books)


def clock(ticket, kind="solution", number=1):
    return Clock.objects.get(ticket=ticket, kind=kind, number=number)


EVERYBODY = {"first_minutes": 240, "next_minutes": 120, "solution_minutes": 960}
URGENT = {"priority": "urgent", "first_minutes": 60, "next_minutes": 60, "solution_minutes": 240}


def test_SV_04_a_week_with_easter_pauses_and_another_priority(service):
    books = service.books
    service.promise(EVERYBODY, URGENT)
    with happening(rome(3, 16)):  # Friday; Monday is Easter Monday
        ticket = service.ticket()
    assert clock(ticket, "first").due_at == rome(7, 11), "two hours on Friday, two on Tuesday"
    assert clock(ticket).due_at == rome(8, 16)
    with happening(rome(7, 10)):
        books.do("service.reply", ticket.pk, body="Have you switched it on?")
    first, solution = clock(ticket, "first"), clock(ticket)
    assert (first.state, first.due_at, first.used) == ("ended", None, 3 * 3600), "kept"
    assert (solution.state, solution.due_at, solution.used) == ("paused", None, 3 * 3600), "it waits for the customer"
    with happening(rome(8, 10)):
        assert service.mail(ticket).kind == "appended"
    assert clock(ticket).due_at == rome(9, 16), "thirteen hours were left"
    assert clock(ticket, "next").due_at == rome(8, 12)
    with happening(rome(8, 11)):
        edit(ACTOR, RESOURCES["tickets"], {ticket.pk: {"priority": "urgent"}})
    assert clock(ticket).due_at == rome(8, 11), "four hours in all, and they are over now"
    seen = RESOURCES["tickets"].queryset().filter(pk=ticket.pk).values_list("due_at", flat=True).get()
    assert seen == rome(8, 11), "the list shows what runs out first"
    with happening(rome(8, 11, 10)):
        edit(ACTOR, RESOURCES["tickets"], {ticket.pk: {"priority": "normal"}})
    assert clock(ticket).due_at == rome(9, 16)
    told = panels.of_ticket(ACTOR, ticket, now=rome(8, 11, 30))
    assert [e["what"] for e in told["events"] if e["kind"] == "solution"] == [
        "reckoned anew",
        "reckoned anew",
        "resumed",
        "paused",
        "started",
    ]
    assert told["events"][0]["before"] == "promised to everybody, priority urgent"
    shown = {c["kind"]: c for c in told["clocks"]}
    assert (shown["solution"]["used"], shown["solution"]["promised"], shown["solution"]["state"]["word"]) == (
        "4 h 30 min",
        "16 h 00 min",
        "runs",
    )
    with happening(rome(8, 12, 30)):
        books.do("service.reply", ticket.pk, body="And now?")
    assert clock(ticket, "next").due_at == rome(8, 12), "half an hour too late"
    with happening(rome(9, 10)):
        service.mail(ticket)
    assert clock(ticket, "next", 2).due_at == rome(9, 12)
    with happening(rome(9, 10, 30)):
        books.do("service.solve", ticket.pk, resolution="Switched on")
    assert {(c.kind, c.number, c.state, c.due_at) for c in Clock.objects.filter(ticket=ticket)} == {
        ("first", 1, "ended", None), ("next", 1, "ended", rome(8, 12)), ("next", 2, "ended", None), ("solution", 1, "ended", None),
    }  # fmt: skip
    kept = {
        (k.kind, k.ended, k.kept)
        for k in results(service.company, Clock.objects.all(), by="month", first=rome(1, 10).date(), last=rome(30, 10).date())
    }
    assert kept == {("first", 1, 1), ("next", 2, 1), ("solution", 1, 1)}
    with happening(rome(9, 14)):
        service.mail(ticket, "It is broken again")
    ticket.refresh_from_db()
    # Used until solved: 3 h, then Wednesday 10 to 12:30, then Thursday 10 to 10:30; ten hours were left.
    assert (ticket.state, clock(ticket).state, clock(ticket).due_at) == ("open", "running", rome(10, 16))
    assert ServedTicket.objects.get(ticket=ticket).reopened == 1
    books.assert_checks_hold()


def test_SV_04_a_day_of_twenty_five_hours(service):
    """In the night of 25 October the clocks go back: a service around the clock has an hour more."""
    around = service.make_calendar(
        "Around the clock", [{"weekday": day, "opens": "00:00", "closes": "00:00"} for day in range(7)], country=None
    )
    night = service.make_calendar("Nights", [{"weekday": day, "opens": "01:30", "closes": "02:30"} for day in range(7)], country=None)
    evening = datetime(2026, 10, 24, 16, tzinfo=UTC)  # Saturday, 18:00 in Rome
    assert due_at(around, evening, 24 * 3600) == datetime(2026, 10, 25, 16, tzinfo=UTC), "17:00 in Rome"
    assert business_seconds(night, evening, evening + timedelta(days=1)) == 5400, "02:00 to 02:30 comes twice"
    assert business_seconds(night, datetime(2026, 3, 28, 16, tzinfo=UTC), datetime(2026, 3, 29, 16, tzinfo=UTC)) == 1800, (
        "and in March not at all"
    )
    before = OpenStretch.objects.filter(calendar=service.calendar).count()
    assert extend(timezone.localdate() + timedelta(days=400)) > 0
    assert OpenStretch.objects.filter(calendar=service.calendar).count() > before
    assert extend(timezone.localdate() + timedelta(days=400)) == 0, "once"
    service.books.assert_checks_hold()


def test_SV_04_the_most_special_promise_wins_and_says_why(service):
    books = service.books
    customer, other = books.customer("Hotel Uno"), books.customer("Bar Due")
    (level,) = create(ACTOR, RESOURCES["service-levels"], [{"company": service.company.pk, "code": "gold", "name": "Gold", "rank": 1, "basis": "year", "from_amount": "5000"}]).ids  # fmt: skip
    with unit_of_work("t", "t"):
        machine = Product.objects.create(sku="MACH", name="Machine", unit=Unit.objects.order_by("pk").first())
    (contract,) = create(
        ACTOR, RESOURCES["contracts"],
        [{"company": service.company.pk, "customer": customer.pk, "starts_on": "2026-01-01", "lines": [{"product": machine.pk, "unit_price": "10"}]}],
    ).ids  # fmt: skip
    service.promise(
        {"solution_minutes": 960}, {"priority": "urgent", "solution_minutes": 480}, {"level": level, "solution_minutes": 400},
        {"contract": contract, "first_minutes": 30, "solution_minutes": 240}, {"contract": contract, "product": machine.pk, "solution_minutes": 120},
        {"level": level, "channel": "phone", "solution_minutes": 300},
    )  # fmt: skip
    books.invoice(customer, [{"quantity": "1", "unit_price": "6000"}], str(timezone.localdate()))

    def promised(ticket, kind="solution"):
        return clock(ticket, kind).seconds // 60, why_line(PromiseLine.objects.get(pk=clock(ticket, kind).line_id))

    assert promised(service.ticket(other)) == (960, "promised to everybody")
    assert promised(service.ticket(other, priority="urgent")) == (480, "promised to everybody, priority urgent")
    assert promised(service.ticket(customer, priority="urgent")) == (400, "promised to service level Gold"), "the contract is a draft"
    assert promised(service.ticket(customer, channel="phone"))[0] == 300
    waiting = service.ticket(customer)
    books.do("subscriptions.activate", contract)
    number = str(PromiseLine.objects.filter(contract__isnull=False).first().contract)
    assert promised(waiting) == (240, f"promised by contract {number}"), "the contract came into force while it was open"
    assert promised(waiting, "first")[0] == 30
    exact = service.ticket(customer, product=machine.pk)
    assert promised(exact)[0] == 120
    assert promised(exact, "first")[0] == 30, "the product's line says nothing of a first answer"
    stranger = service.ticket(None, contact_email="x@y.example")
    assert promised(stranger)[0] == 960
    books.do("service.identify", stranger.pk, party=customer.pk)
    assert promised(stranger)[0] == 240
    service.promise({"solution_minutes": 60})
    assert promised(exact)[0] == 120, "what was promised stays"
    assert promised(service.ticket(customer))[0] == 60
    books.assert_checks_hold()


def test_SV_04_what_is_in_force_never_changes_and_clocks_are_the_databases(service):
    with pytest.raises(NoHours):
        service.make_calendar("Never", [])
    with pytest.raises(HoursOverlap):
        service.make_calendar(
            "Twice", [{"weekday": 0, "opens": "09:00", "closes": "12:00"}, {"weekday": 0, "opens": "11:00", "closes": "13:00"}]
        )
    with pytest.raises(UnknownZone):
        service.make_calendar("Nowhere", WORKDAYS, time_zone="Europe/../etc")
    with pytest.raises(UnknownHolidays):
        service.make_calendar("Region", WORKDAYS, region="ZZ")
    with pytest.raises(NoPromises):
        service.promise()
    draft = service.make_calendar("Draft", WORKDAYS, activate=False)
    with pytest.raises(CalendarNotInForce):
        service.promise({"calendar": draft, "solution_minutes": 10})
    with pytest.raises(TooLong):
        service.promise({"solution_minutes": 190_000})
    with pytest.raises(NothingPromised), transaction.atomic():
        service.promise({"priority": "low"})
    key = service.promise(EVERYBODY, steps=[{"kind": "first", "at_percent": 50, "does": "warn"}])
    ticket = service.ticket()
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("t", "t"):
        ServicePromise.objects.filter(pk=key).update(name="Changed")
    assert isinstance(translated(refused.value), PromiseInForce)
    stretch = OpenStretch.objects.filter(calendar=service.calendar).latest("opens_at")
    for work in (
        lambda: PromiseLine.objects.filter(promise=key).update(solution_minutes=1), lambda: PromiseLine.objects.filter(promise=key).delete(),
        lambda: BusinessCalendar.objects.filter(pk=service.calendar).update(time_zone="UTC"), lambda: OpenStretch.objects.filter(pk=stretch.pk).delete(),
        lambda: OpenStretch.objects.create(calendar_id=service.calendar, opens_at=stretch.closes_at, closes_at=stretch.closes_at + timedelta(hours=1), seconds_before=7),
        lambda: OpenStretch.objects.create(calendar_id=service.calendar, opens_at=stretch.opens_at - timedelta(hours=1), closes_at=stretch.closes_at, seconds_before=8),
        lambda: Clock.objects.filter(ticket=ticket).update(due_at=None), lambda: Clock.objects.filter(ticket=ticket).delete(),
        lambda: ClockRun.objects.filter(clock__ticket=ticket).update(to_at=timezone.now()),
        lambda: connection.cursor().execute("select sla_stop(array[1]::bigint[], 'ended', 'ended', '')"),
        lambda: connection.cursor().execute("select sla_run(array[1]::bigint[], 'resumed', '')"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
            work()
    service.books.assert_checks_hold()


STEPS = [
    {"kind": "first", "at_percent": 50, "does": "warn"}, {"kind": "first", "at_percent": 75, "does": "raise", "priority": "high"},
    {"kind": "first", "at_percent": 100, "does": "queue", "to_queue": "late"},
]  # fmt: skip


def test_SV_04_steps_are_taken_when_they_are_due(service):
    service.promise(
        {"first_minutes": 240, "solution_minutes": 960},
        steps=[*STEPS, {"kind": "first", "at_percent": 110, "does": "manager", "manager": service.boss.pk}],
    )
    with happening(rome(7, 9)):
        ticket = service.ticket(assignee=service.nina.pk)
    assert escalate(ACTOR, rome(7, 10, 59)) == 0
    assert escalate(ACTOR, rome(7, 11)) == 1
    assert OutboxMessage.objects.get(key__startswith="sla.escalation").payload["to"] == ["nina@house.example"]
    assert escalate(ACTOR, rome(7, 11, 30)) == 0, "once"
    assert escalate(ACTOR, rome(7, 15)) == 3
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.queue) == ("high", "late")
    mail = OutboxMessage.objects.filter(key__startswith="sla.escalation").latest("pk").payload
    assert mail["to"] == ["boss@house.example"]
    assert TicketMessage.objects.filter(ticket=ticket, direction="internal").count() == 4
    second = service.ticket()
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
        Escalation.objects.create(
            company=service.company, clock=clock(ticket, "first"), step_id=Escalation.objects.first().step_id, at=timezone.now()
        )
    service.books.do("service.close", second.pk)
    assert escalate(ACTOR, timezone.now() + timedelta(days=30)) == 0, "nothing of a closed ticket; the first has taken all"
    service.books.assert_checks_hold()


def test_SV_04_what_will_be_broken_is_foreseen_by_the_speed_of_the_queue(service):
    service.promise({"solution_minutes": 480})
    for hour in (9, 10, 11, 12):
        with happening(rome(7, hour)):
            done = service.ticket(queue="machines")
        with happening(rome(7, hour, 30)):
            service.books.do("service.solve", done.pk)
    with happening(rome(8, 9)):
        waiting = [service.ticket(queue="machines") for _n in range(3)]
        lonely = service.ticket(queue="nobody's")
    now = rome(8, 9, 30)
    found = {f.ticket: f for f in foreseen(service.company, ACTOR, now=now, hours=24)}
    # Four were done in the business time of four weeks: the turn of even the first comes after the end of its day.
    assert set(found) == {*(t.pk for t in waiting), lonely.pk}
    assert [found[t.pk].place for t in waiting] == [1, 2, 3]
    turns = [found[t.pk].expected_at for t in waiting]
    assert turns == sorted(turns)
    assert turns[0] > rome(8, 18)
    assert found[lonely.pk].expected_at is None
    assert not foreseen(service.company, ACTOR, now=now, hours=4), "due at 18:00"
    assert all(f.late for f in foreseen(service.company, ACTOR, now=rome(9, 9), hours=1))


def test_SV_04_statements_do_not_grow(service):
    service.promise(EVERYBODY, steps=STEPS)
    customers = [service.books.customer(f"Bar {n}") for n in range(13)]
    counts = []
    for some in (customers[:1], customers[1:]):
        openings = [
            Opening({"company": service.company.pk, "subject": "Help", "party": c.pk, "contact_email": "ada@bar.example"}, "Help")
            for c in some
        ]
        with happening(rome(7, 9)), CaptureQueriesContext(connection) as opened:
            open_tickets(ACTOR, openings)
        with CaptureQueriesContext(connection) as escalated:
            assert escalate(ACTOR, rome(7, 16)) == 3 * len(some)
        counts.append([len(opened), len(escalated)])
    assert counts[0] == counts[1]
    given = [{"company": service.company.pk, "name": f"C{n}", "time_zone": "UTC", "hours": WORKDAYS} for n in range(6)]
    calendars = create(ACTOR, RESOURCES["business-calendars"], given).ids
    took = []
    for some in (calendars[:1], calendars[1:]):
        with CaptureQueriesContext(connection) as statements:
            service.books.do("sla.activate_calendar", some)
        took.append(len(statements))
    assert took[0] == took[1]
    other = Service(open_books(code="OTHER"))
    drafts = [s.promise(EVERYBODY, activate=False) for s in (service, other, service, other)]
    service.books.do("sla.activate", drafts[:2])  # series exist
    took = []
    for some in (drafts[2:3], drafts[3:]):
        with CaptureQueriesContext(connection) as statements:
            service.books.do("sla.activate", some)
        took.append(len(statements))
    assert took[0] == took[1] <= 25


def test_SV_04_two_workers_take_each_step_once(live_database):
    service = Service(open_books(code="LIVE"))
    service.promise({"first_minutes": 1, "solution_minutes": 960}, steps=STEPS)
    with happening(timezone.now() - timedelta(days=4)):
        tickets = [service.ticket(assignee=service.nina.pk) for _n in range(6)]
    begin, taken, failed = threading.Barrier(3), [], []

    def work():
        try:
            begin.wait()
            for _n in range(3):
                with unit_of_work("program.daily", "sla.escalate"):
                    taken.append(escalate(ACTOR, timezone.now()))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed
    assert sum(taken) == 18
    assert Escalation.objects.filter(clock__ticket__in=tickets).count() == 18
    assert OutboxMessage.objects.filter(key__startswith="sla.escalation").count() == 6


def test_whoever_works_by_a_calendar_knows_until_when_it_is_open_and_when_again(books):
    rome = ZoneInfo(books.company.time_zone)
    hours = calendar(books, (0, "09:00", "13:00"), (0, "14:00", "00:00"))
    asked = {
        "2026-11-30 08:59": (False, "2026-11-30 09:00"),
        "2026-11-30 09:00": (True, "2026-11-30 13:00"),
        "2026-11-30 13:30": (False, "2026-11-30 14:00"),
        "2026-11-30 23:59": (True, "2026-12-01 00:00"),
        "2026-12-01 00:00": (False, "2026-12-07 09:00"),
    }
    for clock, (is_open, until) in asked.items():
        moment, end = (datetime.fromisoformat(text).replace(tzinfo=rome) for text in (clock, until))
        assert open_until(hours, moment) == (is_open, end)
        assert open_from(hours, moment) == (moment if is_open else end)
    always = calendar(books, *((day, "00:00", "00:00") for day in range(7)))
    assert (
        open_until(always, datetime.fromisoformat("2026-11-30 08:59").replace(tzinfo=rome))
        == (True, None)
        == open_until(None, timezone.now())
    )
