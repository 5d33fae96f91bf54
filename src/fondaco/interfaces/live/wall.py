"""The supervisor's wall, live (SV-10): server-sent events from the process of live connections.

One connection per process listens to the database; when a company's figures change they are reckoned once and drawn once a language, and every
listener is sent the same bytes. Nothing is asked of the database for a listener but who he is: when he comes, and every minute.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections, connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from fondaco.frontoffice.staffing.queries import VIEW_WALL, wall
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import actor_of, user_of
from fondaco.platform.database import tenancy
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.tenants.directory import tenant_at

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)
PATH, CHANNEL = "/-/live/wall", "fondaco_wall"
#: Listeners of one process, and how long changes are gathered before figures are reckoned anew, in seconds.
MOST, GATHERED = 1_000, 0.05
#: Waiting times move without any event: figures are reckoned anew so often, in seconds; and so often a listener must still be allowed to listen.
AGAIN, ALLOWED = 30, 60
_threads = ThreadPoolExecutor(2, thread_name_prefix="wall")

#: Tenant (or none), company, language.
Key = tuple[str, int, str]


class Hub:
    """Who listens, and what he was told last. Lives in one event loop."""

    def __init__(self) -> None:
        self.listeners: dict[Key, set[asyncio.Queue[bytes]]] = defaultdict(set)
        self.tenants: dict[str, tenancy.Tenant | None] = {}
        self.changed: set[tuple[str, int]] = set()
        self.wake = asyncio.Event()
        self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell()), asyncio.create_task(self._again())]

    def count(self) -> int:
        return sum(map(len, self.listeners.values()))

    def add(self, key: Key, tenant: tenancy.Tenant | None) -> asyncio.Queue[bytes]:
        """Begin to listen; the figures come at once."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(1)
        self.listeners[key].add(queue)
        self.tenants[key[0]] = tenant
        self.mark(key[0], key[1])
        return queue

    def remove(self, key: Key, queue: asyncio.Queue[bytes]) -> None:
        self.listeners[key].discard(queue)
        if not self.listeners[key]:
            del self.listeners[key]

    def mark(self, tenant: str, company: int) -> None:
        self.changed.add((tenant, company))
        self.wake.set()

    def _mark_all(self) -> None:
        for tenant, company, _language in list(self.listeners):
            self.mark(tenant, company)

    async def _listen(self) -> None:
        """Hear what the database tells, on one connection; after a break everybody is told anew."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**await sync_to_async(_parameters)(), autocommit=True) as line:
                    await line.execute(f"listen {CHANNEL}")
                    self._mark_all()
                    async for notice in line.notifies():
                        schema, _colon, company = notice.payload.rpartition(":")
                        if company.isdecimal():
                            self.mark(schema if tenancy.several() else "", int(company))
            except psycopg.Error as error:
                log.warning("The line of the wall broke: %s", error)
            await asyncio.sleep(1)

    async def _tell(self) -> None:
        while True:
            await self.wake.wait()
            await asyncio.sleep(GATHERED)
            self.wake.clear()
            changed, self.changed = self.changed, set()
            for tenant, company in changed:
                languages = [key[2] for key in list(self.listeners) if key[:2] == (tenant, company)]
                if not languages:
                    continue
                try:
                    drawn = await _in_thread(_drawn, self.tenants.get(tenant), company, languages)
                except Exception:
                    log.exception("The wall of company %s could not be drawn", company)
                    continue
                for language, words in drawn.items():
                    for queue in list(self.listeners.get((tenant, company, language), ())):
                        if queue.full():  # a slow listener gets the newest figures only
                            queue.get_nowait()
                        queue.put_nowait(words)

    async def _again(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            self._mark_all()


_hub: Hub | None = None


def hub() -> Hub:
    """The one of this process; made by its first listener, and anew in another event loop."""
    global _hub
    if _hub is None or _hub.tasks[0].get_loop() is not asyncio.get_running_loop():
        _hub = Hub()
    return _hub


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    names = {"host", "port", "dbname", "user", "password", "sslmode"}
    return {k: v for k, v in given.items() if k in names and v not in (None, "")}


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    def run() -> Any:
        close_old_connections()
        try:
            return work(*arguments)
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=False, executor=_threads)()


def figures(company: int) -> dict[str, Any]:
    """What the wall shows of a company now, as its template takes it; two statements and one for the company."""
    zone = Company.objects.values_list("time_zone", flat=True).get(pk=company)
    now = timezone.now()
    found = wall(company, zone, now=now)
    return {"wall": found, "total": found.total(), "there": found.there(), "now": now}


def _drawn(tenant: tenancy.Tenant | None, company: int, languages: list[str]) -> dict[str, bytes]:
    with tenancy.serving(tenant), unit_of_work("program.wall", "staffing.wall"):
        shown = figures(company)
        drawn = {}
        for language in languages:
            with translation.override(language):
                text = render_to_string("web/components/wall.html", shown)
            drawn[language] = f"data: {json.dumps(text)}\n\n".encode()
        return drawn


def _listener(tenant: tenancy.Tenant | None, cookie: str, company: int) -> str | None:
    """The language of whoever may see this company's wall by his session; None where nobody may."""
    with tenancy.serving(tenant), unit_of_work("visitor", "staffing.wall"):
        session = SessionStore(cookie)
        user = user_of(session.get("user")) if session.get("user") is not None else None
        if user is None or not user.is_active or session.get("epoch") != user.session_epoch:
            return None
        actor = actor_of(user, channel="web")
        return actor.language if actor.may(VIEW_WALL, company) else None


def with_wall(pages: Application) -> Application:
    """Put the live wall before ``pages``."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await _serve(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return application


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    cookie, company = _cookie(headers), _company(scope)
    if scope["method"] != "GET" or not cookie or company is None:
        return await _refuse(send, 404)
    try:
        tenant = await _in_thread(tenant_at, headers.get("host", "")) if tenancy.several() else None
    except UserError as refusal:
        return await _refuse(send, refusal.status)
    language = await _in_thread(_listener, tenant, cookie, company)
    if language is None:
        return await _refuse(send, 403)
    if hub().count() >= MOST:
        return await _refuse(send, 503)
    key = (tenant.schema if tenant is not None else "", company, language)
    queue = hub().add(key, tenant)
    answer = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        *_shared_with(scope, headers),
    ]
    gone = asyncio.create_task(_left(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": answer})
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        allowed = asyncio.get_running_loop().time() + ALLOWED
        while not gone.done():
            said = asyncio.create_task(queue.get())
            await asyncio.wait({said, gone}, timeout=ALLOWED / 4, return_when=asyncio.FIRST_COMPLETED)
            if asyncio.get_running_loop().time() > allowed:
                if await _in_thread(_listener, tenant, cookie, company) is None:
                    said.cancel()
                    break
                allowed = asyncio.get_running_loop().time() + ALLOWED
            if said.done():
                await send({"type": "http.response.body", "body": said.result(), "more_body": True})
            else:
                said.cancel()
                if not gone.done():
                    await send({"type": "http.response.body", "body": b": beat\n\n", "more_body": True})
        with suppress(Exception):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()
        hub().remove(key, queue)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _cookie(headers: dict[str, str]) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _company(scope: Scope) -> int | None:
    text = parse_qs(scope["query_string"].decode("latin-1")).get("company", [""])[0]
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _shared_with(scope: Scope, headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Without a proxy the pages are on the port before this one: they, and nobody else, may read across."""
    origin = urlsplit(headers.get("origin", ""))
    own = urlsplit(f"//{headers.get('host', '')}")
    try:
        beside = origin.hostname is not None and origin.hostname == own.hostname and own.port is not None and origin.port == own.port - 1
    except ValueError:
        beside = False
    if not beside or settings.BEHIND_TLS:
        return []
    return [
        (b"access-control-allow-origin", headers["origin"].encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


async def _refuse(send: Send, status: int) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]}
    )
    await send({"type": "http.response.body", "body": b""})
