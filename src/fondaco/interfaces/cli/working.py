"""``worker``: the background of an installation. Jobs, the daily work and the outbox, until it is told to end."""

import argparse
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from types import FrameType
from typing import Any

import psycopg
from django.db import DatabaseError, OperationalError, connection, connections

from fondaco.platform.database.configuration import ensure_running
from fondaco.platform.database.tenancy import served, serving, several
from fondaco.platform.tenants.directory import tenants

log = logging.getLogger(__name__)
#: Seconds between two looks when nobody calls.
ROUND = 5.0
MAILS_A_ROUND = 50


def worker_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    parser.add_argument("--once", action="store_true", help="do what is due now, then end")
    return lambda arguments: work(once=arguments.once)


def work(*, once: bool = False) -> int:
    """Run jobs as they are asked for, today's daily work, and send what is due. SIGTERM puts a running job back and ends."""
    from fondaco.platform.jobs.working import ENDING

    ensure_running()
    if once:
        for _each in _tenants():
            _jobs()
            _send()
        return 0
    awake = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ENDING.set()
        awake.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    others = [
        threading.Thread(target=_listen, args=(awake, ENDING), daemon=True),
        threading.Thread(target=copy_context().run, args=(_mail, ENDING)),
    ]
    for other in others:
        other.start()
    parent = os.getppid()
    while not ENDING.is_set() and os.getppid() == parent:  # without its parent nobody would end it
        awake.clear()
        try:
            for _each in _tenants():
                _jobs()
        except (OperationalError, DatabaseError):
            log.exception("The database could not be asked for jobs; trying again")
            _let_go()
        awake.wait(ROUND)
    ENDING.set()
    others[1].join()
    return 0


def _listen(awake: threading.Event, ending: threading.Event) -> None:
    """Wake the worker when a job was asked for; without it the worker looks every few seconds anyway."""
    from fondaco.platform.jobs.working import CHANNEL

    while not ending.is_set():
        with contextlib.suppress(psycopg.Error), psycopg.connect(**_plain(), autocommit=True) as line:
            line.execute(f"listen {CHANNEL}")
            while not ending.is_set():
                for _call in line.notifies(timeout=ROUND, stop_after=1):
                    awake.set()
        ending.wait(ROUND)


def _plain() -> dict[str, Any]:
    names = {"host", "port", "dbname", "user", "password", "sslmode"}
    return {k: v for k, v in connection.get_connection_params().items() if k in names and v not in (None, "")}


def _mail(ending: threading.Event) -> None:
    while not ending.is_set():
        try:
            for _each in _tenants():
                _send()
        except Exception:
            log.exception("Mails could not be sent; trying again")
            _let_go()
        ending.wait(ROUND)
    _let_go()


def _tenants() -> Iterator[None]:
    """Serve one tenant after the other while the loop's body runs; only the named or the only one where there is one."""
    if served() or not several():
        yield
        return
    for each in tenants():
        if each.is_served:
            with serving(each):
                yield


def _jobs() -> None:
    from fondaco.platform.jobs.working import ask_for_daily, run_due

    ask_for_daily()
    run_due()


def _send() -> None:
    from fondaco.platform.events.sending import send_due

    send_due(limit=MAILS_A_ROUND)


def _let_go() -> None:
    """Close this thread's connections; the next statement opens new ones."""
    for each in connections.all(initialized_only=True):
        each.close()
