"""Several people at work in the same moment: threads with connections of their own, on a ``live_database``."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from fondaco.platform.database.unit import retrying

#: Nobody waits longer than this for the others; a test that gets here has found a deadlock of its own.
PATIENCE = 60


def at_once(work: Callable[[Any], Any], items: Iterable[Any], clerks: int = 8) -> list[Any]:
    """Run ``work`` on every item from several threads, as the doors do; results and refusals, in the order of the items."""
    given = list(items)
    begin = threading.Barrier(min(clerks, len(given)))
    started = threading.local()

    def done(item: Any) -> Any:
        if not getattr(started, "together", False):
            started.together = True
            begin.wait(PATIENCE)
        try:
            return retrying(lambda: work(item))
        except Exception as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(begin.parties) as pool:
        return list(pool.map(done, given))


class Slow:
    """A clerk in a thread of his own who has done his work and not yet committed it, until ``end`` is called.

    Whoever wants the same rows waits for him: ``somebody_waits`` returns when the database says so.
    """

    def __init__(self, unit: Callable[[], Any], work: Callable[[], Any]) -> None:
        self._worked, self._may_end = threading.Event(), threading.Event()
        self._pid = 0
        self._pool = ThreadPoolExecutor(1)
        self._answer = self._pool.submit(self._run, unit, work)
        assert self._worked.wait(PATIENCE)

    def _run(self, unit: Callable[[], Any], work: Callable[[], Any]) -> Any:
        try:
            with unit():
                with connection.cursor() as cursor:
                    cursor.execute("select pg_backend_pid()")
                    self._pid = cursor.fetchone()[0]
                answer = work()
                self._worked.set()
                assert self._may_end.wait(PATIENCE)
            return answer
        finally:
            self._worked.set()
            connection.close()

    @staticmethod
    def begun(work: Callable[[], Any]) -> Callable[[], Any]:
        """Begin ``work`` in another thread; calling what is returned waits for its answer, or raises its refusal."""
        pool = ThreadPoolExecutor(1)

        def run() -> Any:
            try:
                return work()
            finally:
                connection.close()

        answer = pool.submit(run)
        pool.shutdown(wait=False)
        return lambda: answer.result(PATIENCE)

    def somebody_waits(self) -> None:
        """Return as soon as another transaction waits for this one."""
        with connection.cursor() as cursor:
            for _turn in range(100_000):
                cursor.execute("select 1 from pg_stat_activity where %s = any (pg_blocking_pids(pid))", [self._pid])
                if cursor.fetchone():
                    return
        raise AssertionError("Nobody waits")

    def end(self) -> Any:
        """Let him commit; what his work returned."""
        self._may_end.set()
        answer = self._answer.result(PATIENCE)
        self._pool.shutdown()
        return answer
