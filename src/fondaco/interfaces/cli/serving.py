"""``serve``: the pages, the live connections and the job worker, kept running until Ctrl-C."""

import argparse
import contextlib
import fcntl
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.db import connection

from fondaco.interfaces.cli import processes
from fondaco.interfaces.cli.commands import COMMANDS
from fondaco.interfaces.cli.inviting import invitations
from fondaco.interfaces.cli.migrating import bring_to_present
from fondaco.interfaces.cli.processes import ProcessFault, Serving
from fondaco.platform.database.configuration import home_folder

HOST, PORT = "127.0.0.1", 8765
#: Seconds until the first page must have been answered.
ANSWER_SECONDS = 60
#: A child that dies is started again, but not more often than this in a minute.
DEATHS_PER_MINUTE = 5


def serve_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    add_address(parser)
    return lambda arguments: serve(arguments.host, arguments.port, arguments.workers)


def add_address(parser: argparse.ArgumentParser) -> None:
    """Declare the options of every command that serves."""
    parser.add_argument("--host", default=HOST, help="address to listen on (%(default)s: this machine only)")
    parser.add_argument("--port", type=int, default=PORT, help="port of the pages (%(default)s); live connections use the next one")
    parser.add_argument("--workers", type=int, default=cores(), help="processes that answer pages (%(default)s: one per core)")


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(host: str = HOST, port: int = PORT, workers: int | None = None, *, announce: Callable[[str], None] | None = None) -> int:
    """Start the database if needed, bring it to the present, and serve until Ctrl-C or SIGTERM; the database keeps running.

    ``announce`` is called with the address once the first page answers. Raises ProcessFault when Fondaco already serves
    this data folder or the port is taken.
    """
    home = home_folder()
    home.mkdir(parents=True, exist_ok=True)
    with _only_one(home):
        _end_orphans(home)
        return _serve(home, host, port, workers or cores(), announce)


def _serve(home: Path, host: str, port: int, workers: int, announce: Callable[[str], None] | None) -> int:
    children = _children(host, port, workers)
    _refuse_taken(host, [child.port for child in children if child.port])
    begun = time.monotonic()
    bring_to_present(0)
    print(f"The database is ready after {time.monotonic() - begun:.1f} s.", flush=True)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    with _stopping_on_signals() as stopping, _running(children, home, address):
        _wait_for_answer(address, children, stopping)
        if not stopping:
            print(f"Fondaco is at {address}   (Ctrl-C ends it; the database goes on until './fondaco stop')", flush=True)
            print(invitations(address), end="", flush=True)
            connection.close()
            if announce:
                announce(address)
        _keep_running(children, home, address, stopping)
    return 0


@dataclass
class Child:
    """One process of the installation. It starts in a session of its own: Ctrl-C reaches only us, and we end it in order."""

    name: str
    command: list[str]
    port: int | None = None
    popen: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.popen = subprocess.Popen([sys.executable, "-m", *self.command], start_new_session=True, stdin=subprocess.DEVNULL)

    def ask_to_end(self) -> None:
        if self.popen and self.popen.poll() is None:
            self.popen.terminate()

    def end(self, deadline: float) -> None:
        if self.popen is None:
            return
        while self.popen.poll() is None and time.monotonic() < deadline:
            try:
                self.popen.wait(1)
            except subprocess.TimeoutExpired:
                # A worker that is just starting lets the first request to end pass, and its parent waits for it for ever.
                os.killpg(self.popen.pid, signal.SIGTERM)
        with contextlib.suppress(ProcessLookupError):  # also the workers of a child that was killed
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def died(self) -> bool:
        return self.popen is not None and self.popen.poll() is not None


def _children(host: str, port: int, workers: int) -> list[Child]:
    granian = ["granian", "--host", host, "--log-level", "warning", "--no-ws"]
    pages = [*granian, "--interface", "wsgi", "--port", str(port), "--workers", str(workers), "--blocking-threads", "1"]
    children = [Child("pages", [*pages, "--respawn-failed-workers", "fondaco.config.wsgi:application"], port)]
    if importlib.util.find_spec("fondaco.config.asgi"):
        live = [*granian, "--interface", "asginl", "--port", str(port + 1), "--workers", "1"]
        children.append(Child("live connections", [*live, "--respawn-failed-workers", "fondaco.config.asgi:application"], port + 1))
    if "worker" in COMMANDS:
        children.append(Child("jobs", ["fondaco.interfaces.cli", "worker"]))
    return children


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    with (home / "serving.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            where = processes.written_down(home).address or "an address that it will print soon"
            raise ProcessFault(f"Fondaco already serves this data folder at {where}. './fondaco stop' ends it.") from error
        yield


def _end_orphans(home: Path) -> None:
    """End children whose parent was killed: they would hold the ports and answer from old code."""
    processes.end(processes.written_down(home).alive())


def _refuse_taken(host: str, ports: list[int]) -> None:
    for port in ports:
        if not 0 < port < 65536:
            raise ProcessFault(f"{port} is no port. Choose one between 1024 and 65534 with --port.")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(found[0], found[1]) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(found[4])
        except socket.gaierror as error:
            raise ProcessFault(f"“{host}” is no address of this machine. Use --host 127.0.0.1, or 0.0.0.0 for all addresses.") from error
        except OSError as error:
            raise ProcessFault(
                f"Port {port} on {host} cannot be used ({error.strerror}): another program may have it. "
                f"Choose another one, such as: --port {ports[0] + 10}"
            ) from error


@contextlib.contextmanager
def _stopping_on_signals() -> Iterator[list[int]]:
    """A list that holds the number of the signal once one asked us to stop."""
    stopping: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _running(children: list[Child], home: Path, address: str) -> Iterator[None]:
    try:
        for child in children:
            child.start()
        _write_down(children, home, address)
        yield
    finally:
        for child in children:
            child.ask_to_end()
        deadline = time.monotonic() + processes.GRACE_SECONDS
        for child in children:
            child.end(deadline)
        processes.note(home).unlink(missing_ok=True)


def _write_down(children: list[Child], home: Path, address: str) -> None:
    running = [processes.process(child.name, child.popen.pid, leads=True) for child in children if child.popen]
    processes.write_down(home, Serving(address, (processes.process(processes.PARENT, os.getpid(), leads=False), *running)))


def _wait_for_answer(address: str, children: list[Child], stopping: list[int]) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    said = "no answer"
    while not stopping:
        try:
            with urllib.request.urlopen(address, timeout=ANSWER_SECONDS):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
            said = f"status {error.code}"
        except OSError as error:
            said = str(error)
        dead = [child.name for child in children if child.died()]
        if dead or time.monotonic() > deadline:
            what = f"The process for {dead[0]} ended at once" if dead else f"The first page did not come ({said})"
            raise ProcessFault(f"{what}; the reason stands above. Everything started was stopped again.")
        time.sleep(0.05)


def _keep_running(children: list[Child], home: Path, address: str, stopping: list[int]) -> None:
    """Start again what dies, until asked to stop."""
    while not stopping:
        time.sleep(0.2)
        for child in children:
            if child.died() and not stopping:
                now = time.monotonic()
                child.deaths = [*(death for death in child.deaths if now - death < 60), now]
                if len(child.deaths) > DEATHS_PER_MINUTE:
                    raise ProcessFault(f"The process for {child.name} ends again and again; the reason stands above.")
                print(f"The process for {child.name} ended unexpectedly and is started again.", file=sys.stderr, flush=True)
                child.end(now)
                child.start()
                _write_down(children, home, address)
