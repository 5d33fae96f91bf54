"""SV-10: the wall says how queues and agents stand, at once and once for everybody; agents needed by Erlang C beside shifts."""

import asyncio
import json
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from fondaco.config.asgi import application
from fondaco.config.settings import SESSION_COOKIE_NAME
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.staffing.erlang import agents_needed, answered_within, expected, waits
from fondaco.frontoffice.staffing.models import QueueTarget, Shift
from fondaco.frontoffice.staffing.queries import plan, wall
from fondaco.frontoffice.staffing.refusals import ShiftTooLong, ShiftTwice
from fondaco.frontoffice.telephony.models import PhoneLine
from fondaco.frontoffice.telephony.taking import Event, take
from fondaco.interfaces.live import wall as live
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.frontoffice.sla.test_promises import Service, happening


def test_SV_10_erlang_c_is_that_of_the_tables():
    """The probability of waiting for ten erlang, as in the published tables of Erlang C, and the textbook's hundred calls in half an hour."""
    table = {11: 0.6821, 12: 0.4494, 13: 0.2853, 14: 0.1741, 15: 0.1020}
    assert {agents: round(waits(agents, 10), 4) for agents in table} == table
    assert round(waits(1, 0.5), 4) == 0.5, "one agent: the load itself"
    assert round(waits(2, 1), 4) == 0.3333
    assert waits(10, 10) == waits(3, 10) == 1.0
    assert round(answered_within(14, 10, 20, 180), 3) == 0.888
    assert agents_needed(Decimal(100), handling_seconds=180, within_seconds=20, percent=80) == 14
    assert agents_needed(Decimal(0), handling_seconds=180, within_seconds=20, percent=80) == 0
    assert agents_needed(Decimal("0.1"), handling_seconds=180, within_seconds=20, percent=80) == 1
    assert 0.9 < answered_within(1100, 1000, 20, 180) <= 1, "large numbers stay exact"
    day = date(2026, 11, 26)
    history = {day - timedelta(weeks=n): [n if h == 20 else 0 for h in range(48)] for n in (1, 2, 3)}
    contacts, weeks = expected(history, day, 8)
    assert (contacts[20], contacts[21], weeks) == (2, 0, 3), "weeks before the first contact ever are no weeks without contacts"
    del history[day - timedelta(weeks=2)]
    assert expected(history, day, 8) == ([Decimal(4) / 3 if h == 20 else Decimal(0) for h in range(48)], 3)


def test_SV_10_shifts_beside_what_the_forecast_needs(books):
    service, day, zone = Service(books), date(2026, 11, 26), ZoneInfo("Europe/Rome")
    for weeks in (1, 2):
        for minute in (0, 10, 29, 30):
            with happening(datetime(2026, 11, 26, 10, minute, tzinfo=zone).astimezone(UTC) - timedelta(weeks=weeks)):
                service.ticket(queue="phone")
    company = books.company.pk
    create(ACTOR, RESOURCES["queue-targets"], [{"company": company, "percent": 80, "within_seconds": 20, "handling_seconds": 600}])

    def shift(user, first, last):
        return {
            "company": company,
            "user": user.pk,
            "starts_at": datetime(2026, 11, 26, *first, tzinfo=zone).isoformat(),
            "ends_at": datetime(2026, 11, 26, *last, tzinfo=zone).isoformat(),
        }

    create(ACTOR, RESOURCES["shifts"], [shift(service.nina, (9, 0), (13, 0)), shift(service.boss, (10, 15), (18, 0))])
    slots, weeks, target = plan(books.company, day)
    ten, half_past = slots[20], slots[21]
    assert (weeks, target.handling_seconds) == (2, 600)
    # Three contacts of ten minutes in half an hour are one erlang; two agents answer two thirds and more at once, three 80 % and more.
    assert (ten.contacts, ten.needed, ten.staffed, ten.gap) == (3, 3, 1, -2), "who comes at a quarter past does not cover the half hour"
    assert (half_past.contacts, half_past.staffed) == (1, 2)
    assert plan(books.company, day, queue="mail")[0][20].needed == 0
    for given, refusal in ((shift(service.nina, (12, 0), (14, 0)), ShiftTwice), (shift(service.nina, (15, 0), (14, 0)), ShiftTooLong)):
        with pytest.raises(refusal), transaction.atomic():
            create(ACTOR, RESOURCES["shifts"], [given])
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
        Shift.objects.create(
            company=books.company, user=service.nina, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=17)
        )
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
        QueueTarget.objects.create(company=books.company, queue="x", percent=100)
    books.assert_checks_hold()


def test_SV_10_a_holiday_is_like_other_holidays_and_counts_to_no_other_day(books):
    """Immacolata, a Monday: it is like the second of June and Ferragosto, not like the Monday before, and the next Monday is not like it."""
    service, zone = Service(books), ZoneInfo("Europe/Rome")
    given = {"company": books.company.pk, "name": "By hours", "calendar": service.calendar, "rules": [{"name": "All"}]}
    books.do("routing.activate", create(ACTOR, RESOURCES["routing-policies"], [given]).ids)
    for day, many in ((date(2025, 6, 2), 1), (date(2025, 12, 1), 3), (date(2025, 12, 8), 9)):
        with happening(datetime(day.year, day.month, day.day, 10, 5, tzinfo=zone).astimezone(UTC)):
            for _n in range(many):
                service.ticket(queue="phone")
    holiday, days, _target = plan(books.company, date(2025, 12, 8))
    assert (holiday[20].contacts, days) == (Decimal("0.5"), 2)
    after, days, _target = plan(books.company, date(2025, 12, 15))
    assert (after[20].contacts, days) == (3, 1)


def test_SV_10_the_wall_says_who_waits_and_who_is_there(books):
    service = Service(books)
    service.promise({"first_minutes": 60, "solution_minutes": 960})
    given = [{"company": books.company.pk, "user": u.pk, "capacity": 2} for u in (service.nina, service.boss)]
    agents = create(ACTOR, RESOURCES["agents"], given).ids
    books.do("routing.be_available", agents[0])
    now = timezone.now()
    with happening(now - timedelta(minutes=90)):
        first = service.ticket(queue="machines")
    with happening(now - timedelta(minutes=30)):
        service.ticket(queue="machines")
        mine = service.ticket(queue="bills")
    books.do("service.assign", mine.pk, user=service.nina.username)
    answered = service.ticket(queue="bills")
    books.do("service.reply", answered.pk, body="Yes")
    shown = wall(books.company.pk, "Europe/Rome", now=now)
    machines, bills = shown.queues
    assert (machines.queue, machines.waiting, machines.since, machines.in_work) == ("machines", 2, first.served.came_at, 0)
    assert (bills.waiting, bills.in_work, bills.answered, bills.percent) == (0, 1, 1, 100)
    line = PhoneLine(company=books.company, name="Service", number="+390458001234", queue="machines")
    with unit_of_work("t", "t"):
        line.save()
        take([(line, Event("e1", "c1", "ringing", now - timedelta(seconds=40), caller="+39045800999"))])
    rings = wall(books.company.pk, "Europe/Rome", now=now).total()
    assert (rings.ringing, rings.rings_since, rings.waiting) == (1, now - timedelta(seconds=40), 3)
    with unit_of_work("t", "t"):
        take([(line, Event("e2", "c1", "answered", now)), (line, Event("e3", "c1", "ended", now))])
    assert wall(books.company.pk, "Europe/Rome", now=now).total().ringing == 0
    assert shown.total().waiting == 2 and shown.total().since == machines.since
    assert [(a.name, a.presence, a.load, a.occupancy) for a in shown.agents] == [("Nina", "available", 1, 50), ("Boss", "offline", 0, 0)]
    assert shown.there() == {"available": 1, "away": 0, "offline": 1, "occupancy": 50}
    assert Client().get("/serve/wall").status_code in {302, 401, 403}, "nobody without a session"


class Listener:
    """A browser on the live wall, as the server of live connections sees it."""

    def __init__(self, cookie, company, method="GET", origin=""):
        self.parts, self.status, self.headers, self.came, self.gone = [], None, {}, asyncio.Event(), asyncio.Event()
        headers = [(b"host", b"127.0.0.1:8766"), (b"cookie", f"{SESSION_COOKIE_NAME}={cookie}".encode())]
        headers += [(b"origin", origin.encode())] if origin else []
        self.scope = {
            "type": "http",
            "path": live.PATH,
            "method": method,
            "query_string": f"company={company}".encode(),
            "headers": headers,
        }
        self.task = asyncio.create_task(application(self.scope, self.receive, self.send))

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        elif message["body"].startswith(b"data: "):
            self.parts.append(json.loads(message["body"][6:]))
            self.came.set()

    async def next(self, seconds=20):
        await asyncio.wait_for(self.came.wait(), seconds)
        self.came.clear()
        return self.parts[-1]

    async def leave(self):
        self.gone.set()
        await asyncio.wait_for(self.task, 20)


def test_SV_10_every_listener_hears_at_once_and_the_figures_are_reckoned_once(live_database, monkeypatch):
    books = open_books(code="LIVE")
    service = Service(books)
    (agent,) = create(ACTOR, RESOURCES["agents"], [{"company": books.company.pk, "user": service.nina.pk}]).ids
    sessions = {}
    with unit_of_work("t", "t"):
        role = Role.objects.create(key="wall", name="Wall")
        RolePermission.objects.create(role=role, pattern="staffing.view_wall")
        for name, member in (("seer", True), ("blind", False)):
            user = User.objects.create(username=name, name=name, language="it")
            if member:
                Membership.objects.create(user=user, role=role, company_id=books.company.pk)
            session = SessionStore()
            session["user"], session["epoch"] = user.pk, user.session_epoch
            session.save()
            sessions[name] = session.session_key
    drawn, draw = [], live._drawn
    monkeypatch.setattr(live, "_drawn", lambda *given: drawn.append(given) or draw(*given))

    def commit(work):
        thread = threading.Thread(target=lambda: (work(), connection.close()))
        thread.start()
        return thread

    async def listen():
        stranger = [Listener(sessions["blind"], books.company.pk), Listener("nobody", books.company.pk), Listener(sessions["seer"], "x"),
                    Listener(sessions["seer"], books.company.pk + 7), Listener(sessions["seer"], books.company.pk, method="POST")]  # fmt: skip
        await asyncio.wait_for(asyncio.gather(*(s.task for s in stranger)), 20)
        assert [s.status for s in stranger] == [403, 403, 404, 403, 404]
        listeners = [Listener(sessions["seer"], books.company.pk, origin="http://127.0.0.1:8765") for _n in range(20)]
        listeners.append(Listener(sessions["seer"], books.company.pk, origin="http://127.0.0.1:9999"))
        for heard in await asyncio.gather(*(li.next() for li in listeners)):
            assert "Nina" in heard
            assert "offline" in heard
        assert listeners[0].headers[b"access-control-allow-origin"] == b"http://127.0.0.1:8765"
        assert b"access-control-allow-origin" not in listeners[-1].headers, "another program of this machine reads nothing"
        await asyncio.sleep(1)  # what came with the listeners is told
        for li in listeners:
            li.came.clear()
        drawn.clear()
        began = asyncio.get_running_loop().time()
        thread = commit(lambda: books.do("routing.be_available", agent))
        for heard in await asyncio.gather(*(li.next() for li in listeners)):
            assert 'class="available"' in heard
        took = asyncio.get_running_loop().time() - began
        thread.join()
        assert len(drawn) <= 2, "not once for each of the listeners"
        assert took < 10
        thread = commit(lambda: Ticket.objects.filter(pk=service.ticket(queue="new ones").pk).exists())
        heard = await listeners[0].next()
        while "new ones" not in heard:
            heard = await listeners[0].next()
        thread.join()
        await asyncio.gather(*(li.leave() for li in listeners))
        assert live.hub().count() == 0
        for task in live.hub().tasks:
            task.cancel()
        await asyncio.gather(*live.hub().tasks, return_exceptions=True)

    asyncio.run(listen())
