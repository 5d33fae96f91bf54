"""The processes that serve an installation: who they are, whether they live, and how they are ended.

``<home>/processes.json`` names them by process id and start time: an id alone may by now belong to a stranger.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

#: Seconds that a process gets to finish its requests before it is killed.
GRACE_SECONDS = 20


class ProcessFault(Exception):
    """A command cannot do its work; the text says why and what to do."""


@dataclass(frozen=True)
class Process:
    """``started`` is the start time as the operating system tells it, opaque and only compared."""

    name: str
    pid: int
    started: str

    def alive(self) -> bool:
        return self.started != "" and started_at(self.pid) == self.started


def process(name: str, pid: int) -> Process:
    return Process(name, pid, started_at(pid))


def started_at(pid: int) -> str:
    """When the process started; empty when there is none, or only its unreaped remains."""
    status = Path(f"/proc/{pid}/stat")
    if status.parent.parent.joinpath("self").exists():
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            return ""
        return "" if fields[0] == "Z" else fields[19]
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


@dataclass(frozen=True)
class Serving:
    """What ``serve`` wrote down: where the pages are, and its own process first, then its children."""

    address: str
    processes: tuple[Process, ...]

    def alive(self) -> list[Process]:
        return [each for each in self.processes if each.alive()]


def note(home: Path) -> Path:
    return home / "processes.json"


def write_down(home: Path, serving: Serving) -> None:
    draft = note(home).with_suffix(".new")
    draft.write_text(json.dumps(asdict(serving)), encoding="utf-8")
    draft.replace(note(home))


def written_down(home: Path) -> Serving:
    """What was written down last; nothing when there is no note."""
    try:
        found = json.loads(note(home).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Serving("", ())
    return Serving(found["address"], tuple(Process(**each) for each in found["processes"]))


def end(processes: Iterable[Process]) -> None:
    """Ask the processes to end, wait for them, and kill what is left after the grace."""
    waiting = [each for each in processes if _signal(each, signal.SIGTERM)]
    deadline = time.monotonic() + GRACE_SECONDS
    while waiting and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting = [each for each in waiting if each.alive()]
    for each in waiting:
        _signal(each, signal.SIGKILL)


def _signal(target: Process, number: signal.Signals) -> bool:
    if not target.alive():
        return False
    try:
        os.kill(target.pid, number)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise ProcessFault(f"Process {target.pid} ({target.name}) belongs to another user. Run the command as that user.") from error
    return True
