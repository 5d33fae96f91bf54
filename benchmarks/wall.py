"""The supervisor's wall (SV-10): from an event, with its own transaction, until the last of 200 listeners has read the new figures, by a served process on loopback."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import psycopg
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from benchmarks.figures import Figure, Promise, percentile
from benchmarks.house import ACTOR, House
from fondaco.config.settings import SESSION_COOKIE_NAME
from fondaco.frontoffice.routing.models import Agent
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.staffing.queries import AGENTS, WALL
from fondaco.frontoffice.telephony.queries import LOST_SIGHT
from fondaco.interfaces.live.wall import PATH
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work

LISTENERS, TICKETS, QUEUES, AGENT_COUNT = 200, 2_000, 12, 40
SECOND = Promise("< 1 s", value=1_000)
WAIT = 60


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Tickets in twelve queues and forty agents; each event puts an agent away or back."""
    events = 20 if quick else 60
    say(f"{LISTENERS} listeners, {TICKETS:,} open tickets, {AGENT_COUNT} agents, {events} events")
    agents = _life(house)
    session = _session()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (
        f"granian --host 127.0.0.1 --log-level error --interface asginl --workers 1 --no-ws --port {port} fondaco.config.asgi:application"
    )
    server = subprocess.Popen([sys.executable, "-m", *command.split()], env=dict(os.environ), start_new_session=True)
    try:
        times = asyncio.run(_listened(port, session, house.company.pk, agents, events))
    finally:
        server.terminate()
        server.wait(20)
    yield Figure(f"event on {LISTENERS} walls, the last of them", "ms p95", percentile(times, 95), _floor(house, agents, events), SECOND)


def _life(house: House) -> list[int]:
    company = house.company.pk
    with unit_of_work(ACTOR.username, "setup.bench"):
        users = [User(username=f"agent{n}", name=f"Agent {n}") for n in range(AGENT_COUNT)]
        insert_rows(User, users)
        agents = [Agent(company_id=company, user=u, capacity=60, presence="available") for u in users]
        insert_rows(Agent, agents)
        tickets = [
            Ticket(company_id=company, number=f"T{n}", subject="Help", queue=f"queue {n % QUEUES}", state="new" if n % 3 else "open", assignee=users[n % AGENT_COUNT]) for n in range(TICKETS)
        ]  # fmt: skip
        insert_rows(Ticket, tickets)
    return [a.pk for a in agents]


def _session() -> str:
    with unit_of_work(ACTOR.username, "setup.bench"):
        user, role = User.objects.create(username="wall", name="Wall"), Role.objects.create(key="wall", name="Wall")
        RolePermission.objects.create(role=role, pattern="staffing.view_wall")
        Membership.objects.create(user=user, role=role)
        session = SessionStore()
        session["user"], session["epoch"] = user.pk, user.session_epoch
        session.save()
    return str(session.session_key)


async def _listened(port: int, session: str, company: int, agents: list[int], events: int) -> list[float]:
    """Seconds from each event until every listener has the figures that hold it."""
    request = f"GET {PATH}?company={company} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {SESSION_COOKIE_NAME}={session}\r\n\r\n".encode()
    lines = []
    for _n in range(LISTENERS):
        reader, writer = await _opened(port)
        writer.write(request)
        lines.append((reader, writer, _figures(reader)))
    await asyncio.gather(*(asyncio.wait_for(anext(figures), WAIT) for _r, _w, figures in lines))
    await asyncio.sleep(1)
    times = []
    for number in range(events):
        said = f"{number + 1:03}"
        begun = time.perf_counter()
        await asyncio.to_thread(_event, agents[number % len(agents)], said)
        await asyncio.gather(*(_until(figures, f"Agent {said}!") for _r, _w, figures in lines))
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(0.05)
    for _r, writer, _f in lines:
        writer.close()
    return times


async def _opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _n in range(WAIT * 10):
        with contextlib.suppress(OSError):
            return await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        await asyncio.sleep(0.1)
    raise RuntimeError("The server of live connections did not answer.")


async def _figures(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    while line := await reader.readline():
        if line.startswith(b"data: "):
            yield line.decode()
    raise RuntimeError("The server ended a live connection.")


async def _until(figures: AsyncIterator[str], words: str) -> None:
    async with asyncio.timeout(WAIT):
        while words not in await anext(figures):
            pass


def _event(agent: int, said: str) -> None:
    """An agent changes: his name tells which event it was."""
    with unit_of_work(ACTOR.username, "bench.event"):
        user = Agent.objects.values_list("user", flat=True).get(pk=agent)
        User.objects.filter(pk=user).update(name=f"Agent {said}!")
        Agent.objects.filter(pk=agent).update(presence_since=timezone.now())
    connection.close()


def _floor(house: House, agents: list[int], events: int) -> float:
    """Plain psycopg: one line that hears of the event and asks the two statements once."""
    given = connection.get_connection_params()
    names = {"host", "port", "dbname", "user", "password"}
    parameters = {
        "company": house.company.pk,
        "now": timezone.now(),
        "until": timezone.now() + timedelta(hours=4),
        "today": timezone.now(),
        "heard": timezone.now() - LOST_SIGHT,
    }
    times = []
    with psycopg.connect(**{k: v for k, v in given.items() if k in names and v}, autocommit=True) as line:
        line.execute("listen fondaco_wall")
        for number in range(events):
            begun = time.perf_counter()
            _event(agents[number % len(agents)], f"{number:03}")
            list(line.notifies(timeout=5, stop_after=1))
            line.execute(WALL, parameters).fetchall()
            line.execute(AGENTS, parameters).fetchall()
            times.append(time.perf_counter() - begun)
    return percentile(times, 95)
