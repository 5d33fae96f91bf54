"""``worker``: the background of an installation. Jobs, the daily work and the outbox, until it is told to end."""

import argparse
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from types import FrameType
from typing import Any

import psycopg
from django.db import DatabaseError, connection, connections

from fondaco.platform.database.configuration import ensure_running
from fondaco.platform.database.tenancy import Tenant, served, serving, several
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
        done = [_for_each(_jobs), _for_each(_send)]
        return 0 if all(done) else 1
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
        _for_each(_jobs)
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
        _for_each(_send)
        ending.wait(ROUND)
    _let_go()


def _for_each(work: Callable[[], None]) -> bool:
    """Do it for the named or only tenant, or for each that is served; what one of them stumbles over stops no other.

    Tells whether none stumbled.
    """
    well = True
    for tenant in _tenants():
        try:
            with serving(tenant):
                work()
        except Exception:
            log.exception("The background work%s failed; trying again", f" of the tenant {tenant.name}" if tenant else "")
            well = False
            _let_go()
    return well


def _tenants() -> Sequence[Tenant | None]:
    if not several() or served():
        return [served()]
    try:
        return [tenant for tenant in tenants() if tenant.is_served]
    except DatabaseError:
        log.exception("The database could not be asked who is served; trying again")
        _let_go()
        return []


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
