"""Notices of calls at the doors: taken at once while it is quiet, and together while it is not.

All calls of a company queue up for numbers of tickets and for routing, and a set of twenty calls costs a few times what one does. So one of all
processes takes notices at a time. A notice that comes meanwhile is written down and answered; a thread beside the doors takes what waits, in sets, and
looks again when its lock is given back. While it is quiet, a notice is taken before its door answers.
"""

import base64
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from fondaco.frontoffice.telephony.models import Call, CallNotice, PhoneLine
from fondaco.frontoffice.telephony.taking import Event, take
from fondaco.platform.database import tenancy
from fondaco.platform.database.unit import retrying, unit_of_work

log = logging.getLogger(__name__)
ACTOR, VERB = "program.telephony", "telephony.take"
#: So many notices are taken in one transaction.
MOST = 100
#: Seconds for which the thread waits to be called again, and between its tries where the database is away; then the minute's job calls it.
IDLE, RESTS = 1.0, (0.2, 1.0, 5.0)


def receive(read: Callable[[], tuple[PhoneLine, Sequence[Event]]]) -> list[Call] | None:
    """Take what ``read`` says was told on a line; returns the calls to which it was new, or None where it waits for whoever is taking just now.

    Its own transactions, in the first of which it reads; no door may hold another one around it: once this returns, it is on disk, taken or waiting.
    Raises what reading and taking raise.
    """
    took = False

    def once() -> list[Call] | None:
        nonlocal took
        took = False
        with unit_of_work(ACTOR, VERB):
            line, events = read()
            if not events:
                return []
            if _is_first() and not _waiting(1):
                took = True
                return take([(line, e) for e in events])
            CallNotice.objects.bulk_create([CallNotice(line=line, events=[as_json(e) for e in events])])
            return None

    try:
        calls = retrying(once)
    finally:
        # Whoever found this one taking wrote down, and relies on it to look again once its lock is given back, whatever became of it.
        if took and something_waits():
            call_taker()
    # What was written down is seen by whoever takes at this moment, when he looks again; where nobody does, the thread is called. The lock tried here,
    # outside of transactions, is given back at once.
    if calls is None and _is_first():
        call_taker()
    return calls


def take_waiting() -> None:
    """Take what waits, a set a transaction, until nothing does or somebody else is taking; what cannot be taken is put aside, each by itself."""
    while True:
        try:
            taken = retrying(_take_set)
        except Exception:
            log.exception("Notices of calls could not be taken together; each is tried alone")
            taken = _take_each()
        if taken is None or (not taken and not something_waits()):
            return


def _take_set() -> int | None:
    """How many notices were taken; None where somebody else takes."""
    with unit_of_work(ACTOR, VERB):
        if not _is_first():
            return None
        notices = _waiting(MOST)
        _take(notices)
        return len(notices)


def _take_each() -> int | None:
    with unit_of_work(ACTOR, VERB):
        if not _is_first():
            return None
        notices = _waiting(MOST)
        for notice in notices:
            try:
                with transaction.atomic():
                    _take([notice])
            except Exception as error:
                log.exception("Notice %s of calls on line %s could not be taken", notice.pk, notice.line_id)
                CallNotice.objects.filter(pk=notice.pk).update(trouble=f"{type(error).__name__}: {error}"[:500])
        return len(notices)


def take_again(notices: Sequence[CallNotice]) -> None:
    """Take notices that could not be taken, in the caller's unit of work."""
    _take(notices)


def _take(notices: Sequence[CallNotice]) -> None:
    if notices:
        lines = PhoneLine.objects.in_bulk({n.line_id for n in notices})
        take([(lines[n.line_id], from_json(e)) for n in notices for e in n.events])
        CallNotice.objects.filter(pk__in=[n.pk for n in notices]).delete()


def _is_first() -> bool:
    """Whether nobody else takes notices of this house's calls until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"telephony.notices:{tenancy.key()}"])
        return bool(cursor.fetchone()[0])


def _waiting(most: int) -> list[CallNotice]:
    return list(CallNotice.objects.filter(trouble="").order_by("pk")[:most])


def something_waits() -> bool:
    """Whether notices wait to be taken."""
    with unit_of_work(ACTOR, VERB):
        return CallNotice.objects.filter(trouble="").exists()


class _Taker:
    """A thread of this process that takes what waits, for whichever house it is called; it goes, with its connection, when nobody calls any more."""

    def __init__(self) -> None:
        self._gate = threading.Condition()
        self._wanted: dict[str, Context] = {}
        self._thread: threading.Thread | None = None

    def call(self) -> None:
        with self._gate:
            self._wanted[tenancy.key()] = copy_context()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="notices of calls", daemon=True)
                self._thread.start()
            self._gate.notify()

    def _run(self) -> None:
        while (context := self._next()) is not None:
            for wait in RESTS:
                try:
                    context.run(take_waiting)
                    break
                except Exception:
                    log.exception("Notices of calls wait: the database could not be asked; trying again in %s s", wait)
                    connection.close()
                    time.sleep(wait)
        connection.close()

    def _next(self) -> Context | None:
        with self._gate:
            if not self._wanted:
                self._gate.wait(IDLE)
            if self._wanted:
                return self._wanted.popitem()[1]
            self._thread = None
            return None


_taker = _Taker()


def call_taker() -> None:
    """Let what waits be taken, from now on and beside whoever calls."""
    _taker.call()


def as_json(event: Event) -> dict[str, Any]:
    """An event as plain values of JSON."""
    return {**vars(event), "at": event.at.isoformat(), "audio": base64.b64encode(event.audio).decode()}


def from_json(values: Mapping[str, Any]) -> Event:
    """An event of ``as_json``."""
    return Event(**{**values, "at": datetime.fromisoformat(values["at"]), "audio": base64.b64decode(values["audio"])})
