"""One invoice by one call of the REST API: a real server with one process on loopback, one client after the other."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import floor
from benchmarks.figures import Figure, Promise, percentile
from benchmarks.house import House
from fondaco.interfaces.doors.tokens import make_token
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work

RATE = Promise("≥ 100/s per process", value=100)
CALL = Promise("p95 < 50 ms", value=50)
WAIT = 30


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Drafting and posting by API, each call with a key of its own."""
    count = 100 if quick else 400
    with _serving() as connection:
        headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
        drafts: list[str] = []

        def call(path: str, body: Any, key: str) -> Any:
            connection.request("POST", f"/api/v1/{path}", json.dumps(body), {**headers, "Idempotency-Key": key})
            answer = connection.getresponse()
            content = json.loads(answer.read())
            if answer.status >= 300:
                raise RuntimeError(f"{answer.status}: {content}")
            return content

        def draft(number: int) -> None:
            drafts.append(call("invoices", house.invoices(1)[0], f"draft-{number}")["id"])

        def post(number: int) -> None:
            call("invoices/post", {"ids": [drafts[number]]}, f"post-{number}")

        for number in range(20):  # the first of everything is slower
            draft(number)
            post(number)
        for what, work in (("draft", draft), ("post", post)):
            say(f"{what} {count} invoices by API")
            yield from _calls(what, work, range(20, 20 + count), range(20 + count, 20 + count + count // 4))


def _calls(what: str, work: Callable[[int], None], timed: range, watched: range) -> Iterator[Figure]:
    """Time calls one after the other, as a client makes them; then see what some more of them write, and write that plainly.

    Watching reads every table between two calls and empties the processors' caches, which is no client's doing.
    """
    times = []
    for number in timed:
        begun = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - begun)
    parts = [floor.written_by(lambda number=number: work(number))[1] for number in watched]
    plain = floor.one_by_one(parts) / len(parts)
    yield Figure(f"{what} one invoice by API", "calls/s", len(times) / sum(times), 1 / plain, RATE)
    yield Figure(f"{what} one invoice by API", "ms p95", percentile(times, 95), 1000 * plain, CALL)


def _token() -> str:
    with unit_of_work("bench", "setup.bench"):
        user = User.objects.create(username="bench", name="Bench")
        role = Role.objects.create(key="bench", name="Bench")
        RolePermission.objects.create(role=role, pattern="*")
        Membership.objects.create(user=user, role=role)
        return make_token(user, "bench")[1]


@contextlib.contextmanager
def _serving() -> Iterator[http.client.HTTPConnection]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = "granian --host 127.0.0.1 --log-level error --interface wsgi --workers 1 --blocking-threads 1"
    words = [sys.executable, "-m", *command.split(), "--port", str(port), "fondaco.config.wsgi:application"]
    server = subprocess.Popen(words, env=dict(os.environ), start_new_session=True)
    try:
        yield _answering(port)
    finally:
        server.terminate()
        server.wait(WAIT)


def _answering(port: int) -> http.client.HTTPConnection:
    deadline = time.monotonic() + WAIT
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
        try:
            connection.request("GET", "/api/v1/openapi.json")
            connection.getresponse().read()
            return connection
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
