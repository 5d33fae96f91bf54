"""Jobs: asked for in the asker's transaction, claimed by one worker, done exactly once, with progress that anybody can watch.

What a job writes and its being done are one transaction: a worker killed in the middle has written nothing, and the job is taken
up again. Progress travels by a connection of its own, so that it is seen at once.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.database import tenancy
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.jobs.models import Job

log = logging.getLogger(__name__)
CHANNEL = "fondaco_jobs"
#: A worker that has not said a word for so long has lost its job.
SILENCE = timedelta(minutes=1)
BEAT_SECONDS = 10
#: Progress is written at most this often, in seconds.
PULSE = 0.3

Work = Callable[..., Mapping[str, Any] | None]


class Stopped(Exception):
    """Somebody asked the job to stop: everything it wrote is undone."""


class PutBack(Exception):
    """This worker ends: what it wrote is undone, and the job waits for the next one."""


class Lost(Exception):
    """Another worker has taken the job over: this one's writing is undone."""


@dataclass(frozen=True)
class Kind:
    """What a worker does for jobs of this kind."""

    key: str
    work: Work


KINDS: dict[str, Kind] = {}
#: Kinds that run once on every day of the calendar.
DAILY: dict[str, Any] = {}
#: Kinds that run every so many minutes (of the hour: a divisor of sixty) while there is something to do for them, and what tells whether there is.
EVERY: dict[str, tuple[int, Any, Callable[[], bool]]] = {}


def job(key: str) -> Callable[[Work], Work]:
    """Declare ``work(actor, progress, **parameters)`` as a kind of job; what it returns (plain JSON values) is the job's result."""

    def declare(work: Work) -> Work:
        KINDS[key] = Kind(key, work)
        return work

    return declare


def daily(key: str, title: Any) -> Callable[[Work], Work]:
    """Declare a kind of job that the program asks for once a day, by the date of the installation's time zone."""

    def declare(work: Work) -> Work:
        DAILY[key] = title
        return job(key)(work)

    return declare


def hourly(key: str, title: Any, wanted: Callable[[], bool]) -> Callable[[Work], Work]:
    """Declare a kind of job that the program asks for once an hour, where ``wanted`` says that there is something to do."""
    return every(60, key, title, wanted)


def every(minutes: int, key: str, title: Any, wanted: Callable[[], bool]) -> Callable[[Work], Work]:
    """Declare a kind of job that the program asks for once in so many minutes, a divisor of sixty, where ``wanted`` says that there is something to do."""

    def declare(work: Work) -> Work:
        EVERY[key] = (minutes, title, wanted)
        return job(key)(work)

    return declare


def ask_for_daily() -> None:
    """Ask for today's jobs, and those of this hour or of these minutes; those that were asked for already stay as they are, whoever asked."""
    now = timezone.localtime()
    keys = {f"{key}:{now:%Y-%m-%d}": (key, title) for key, title in DAILY.items()}
    often = {_slot(key, minutes, now): (key, title) for key, (minutes, title, _wanted) in EVERY.items()}
    with unit_of_work("program.jobs", "jobs.daily"):
        there = set(Job.objects.filter(key__in=[*keys, *often]).values_list("key", flat=True))
        for key, (kind, title) in (keys | often).items():
            if key not in there and (key in keys or EVERY[kind][2]()):
                start(Actor.program("daily"), kind, str(title), {"on": f"{now:%Y-%m-%d}"}, key=key)


def _slot(key: str, minutes: int, now: datetime) -> str:
    return f"{key}:{now:%Y-%m-%dT%H}" if minutes == 60 else f"{key}:{now:%Y-%m-%dT%H}:{now.minute // minutes * minutes:02}"


def start(actor: Actor, kind: str, title: str, parameters: Mapping[str, Any], *, key: str | None = None) -> Job:
    """Ask for a job, within the caller's transaction: without its commit nothing runs. The same ``key`` again gives the first job."""
    wanted = Job(kind=KINDS[kind].key, title=title, key=key, actor=actor.username, user_id=actor.user_id)
    wanted.parameters = {**parameters, "language": actor.language}
    if key is None:
        wanted.save()
    else:
        # Two who ask for the same effect at once: the second waits for the first and gets its job.
        Job.objects.bulk_create([wanted], ignore_conflicts=True)
        wanted = Job.objects.get(key=key)
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [CHANNEL, tenancy.key()])
    return wanted


def ask_to_stop(ids: Sequence[int]) -> None:
    """A job that waits is never begun; one that runs ends at its next step, and nothing of it is written."""
    asked = Job.objects.filter(pk__in=ids)
    asked.filter(state=Job.WAITING).update(state=Job.STOPPED, stop_asked=True, ended_at=timezone.now())
    asked.filter(state=Job.RUNNING).update(stop_asked=True)


class Progress:
    """How far a job is, told to whoever watches; and whether somebody asked it to stop."""

    def __init__(self, job: Job, line: psycopg.Connection[Any]) -> None:
        self.job, self.line = job, line
        # Written out with its schema: this line has no unit of work, and behind a pooler no session of its own.
        self.table = f'"{tenancy.key()}".jobs_job' if tenancy.several() else "jobs_job"
        self.told = 0.0
        self.beating = Thread(target=self._beat, daemon=True)
        self.over = Event()

    def __enter__(self) -> "Progress":
        self.beating.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.beating.join()

    def _beat(self) -> None:
        """Say that this worker lives, also while a long statement runs."""
        while not self.over.wait(BEAT_SECONDS):
            self.line.execute(
                f"update {self.table} set beat_at = now() where id = %s and state = 'running' and attempts = %s",
                [self.job.pk, self.job.attempts],
            )

    def __call__(self, done: int, total: int = 0, message: str = "") -> None:
        """Tell it. Raises Stopped when somebody asked for that, PutBack when the worker ends, Lost when another one holds the job."""
        if ENDING.is_set():
            raise PutBack
        if done < total and time.monotonic() - self.told < PULSE:
            return
        self.told = time.monotonic()
        found = self.line.execute(
            f"update {self.table} set done = %s, total = greatest(%s, total), message = %s, beat_at = now()"
            " where id = %s and state = 'running' and attempts = %s returning stop_asked",
            [done, max(total, done), message, self.job.pk, self.job.attempts],
        ).fetchone()
        if found is None:
            raise Lost
        if found[0]:
            raise Stopped


#: Set when this worker was told to end.
ENDING = Event()


def run_due(*, limit: int = 100) -> int:
    """Run what waits, oldest first; returns how many. Several workers may do so at once."""
    for number in range(limit):
        claimed = None if ENDING.is_set() else _claim()
        if claimed is None:
            return number
        _run(claimed)
    return limit


def _claim() -> Job | None:
    silent = timezone.now() - SILENCE
    with unit_of_work("program.jobs", "jobs.claim"):
        waiting = Job.objects.filter(state=Job.WAITING) | Job.objects.filter(state=Job.RUNNING, beat_at__lt=silent)
        found = waiting.order_by("id").select_for_update(skip_locked=True).first()
        if found is None:
            return None
        now = timezone.now()
        if found.attempts >= Job.MOST_ATTEMPTS:
            # Three workers died of it: a poisoned job must not hold the others up.
            _end(
                found, Job.FAILED, _("The worker ended {n} times in the middle of this job; nothing was written.").format(n=found.attempts)
            )
            return found
        found.state, found.attempts, found.started_at, found.beat_at = Job.RUNNING, found.attempts + 1, now, now
        found.save(update_fields=["state", "attempts", "started_at", "beat_at"])
        return found


def _run(claimed: Job) -> None:
    if claimed.state != Job.RUNNING:
        return
    given = dict(claimed.parameters)
    with translation.override(given.pop("language", "en")):
        try:
            with refusals_translated(), _line() as line, Progress(claimed, line) as progress, unit_of_work(claimed.actor, claimed.kind):
                progress(0)
                result = KINDS[claimed.kind].work(_actor(claimed), progress, **given) or {}
                _end(claimed, Job.DONE, "", dict(result))
        except Lost:
            log.warning("Job %s was taken over by another worker", claimed.pk)
        except PutBack:
            with unit_of_work("program.jobs", "jobs.put_back"):
                Job.objects.filter(pk=claimed.pk, attempts=claimed.attempts).update(state=Job.WAITING, attempts=claimed.attempts - 1)
        except Stopped:
            _end_apart(claimed, Job.STOPPED, _("Stopped; nothing was written."))
        except UserError as refusal:
            _end_apart(
                claimed, Job.REFUSED, refusal.sentence(), {"rows": [{k: str(v) for k, v in row.items()} for row in refusal.rows[:100]]}
            )
        except Exception:
            log.exception("Job %s failed", claimed.pk)
            _end_apart(claimed, Job.FAILED, _("The program failed; nothing was written. The reason is in the log of the worker."))


def _actor(claimed: Job) -> Actor:
    """The asker with the rights he has now; refused when he left."""
    if claimed.user is None:
        return Actor.program(claimed.actor.removeprefix("program."))
    if not claimed.user.is_active:
        raise NoLongerActive(user=claimed.actor)
    return actor_of(claimed.user, channel="job")


class NoLongerActive(UserError):
    code, status = "jobs.no_longer_active", 403
    message = translation.gettext_lazy("The job was not done: {user} may no longer sign in. Somebody else has to ask for it.")


def _end_apart(ended: Job, state: str, message: str, result: Mapping[str, Any] | None = None) -> None:
    with unit_of_work("program.jobs", "jobs.end"):
        try:
            _end(ended, state, message, result)
        except Lost:
            log.warning("Job %s was taken over by another worker", ended.pk)


def _end(ended: Job, state: str, message: str, result: Mapping[str, Any] | None = None) -> None:
    mine = Job.objects.filter(pk=ended.pk, attempts=ended.attempts).exclude(state__in=Job.OVER)
    values: dict[str, Any] = {"state": state, "result": result or {}, "ended_at": timezone.now()}
    if message:
        values["message"] = message
    if not mine.update(**values):
        raise Lost
    ended.state = state


@contextmanager
def _line() -> Iterator[psycopg.Connection[Any]]:
    """A connection with the application's rights beside Django's; each statement commits by itself."""
    given = connection.get_connection_params()
    names = {"host", "port", "dbname", "user", "password", "sslmode", "options"}
    with psycopg.connect(**{k: v for k, v in given.items() if k in names and v not in (None, "")}, autocommit=True) as line:
        yield line
