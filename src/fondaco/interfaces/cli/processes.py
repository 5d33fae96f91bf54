"""The processes that serve an installation: who they are, whether they live, and how they are ended.

``<home>/processes.json`` names them by process id and start time: an id alone may by now belong to a stranger.
"""

import contextlib
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
#: Seconds after which even a killed process counts as gone.
KILL_SECONDS = 5
#: The name of the process that keeps the others running.
PARENT = "serve"
PROC = Path("/proc")


class ProcessFault(Exception):
    """A command cannot do its work; the text says why and what to do."""


@dataclass(frozen=True)
class Process:
    """``started`` is the start time as the operating system tells it, opaque and only compared.

    A process that ``leads`` has a process group of its own, where its workers stay behind when it is killed.
    """

    name: str
    pid: int
    started: str
    leads: bool

    def pids(self, *, workers: bool = False) -> list[int]:
        """The process itself while it lives, with its ``workers`` if asked for; else the workers it left behind."""
        now = started_at(self.pid)
        alive = self.started != "" and now == self.started
        if now and not alive:
            return []  # a stranger has the id now, which the system gives away only when its group is gone
        behind = members(self.pid) if self.leads and (workers or not alive) else []
        return sorted({*([self.pid] if alive else []), *behind})


def process(name: str, pid: int, *, leads: bool) -> Process:
    return Process(name, pid, started_at(pid), leads)


def started_at(pid: int) -> str:
    """When the process started; empty when there is none, or only its unreaped remains."""
    if PROC.exists():
        try:
            fields = _status(pid)
        except OSError:
            return ""
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return "" if fields[0] == "Z" else f"{boot} {fields[19]}"
    return _ps("-o", "lstart=", "-p", str(pid)).strip()


def members(group: int) -> list[int]:
    """The processes of Fondaco in a process group, whose leader may be gone."""
    found = []
    if PROC.exists():
        for folder in PROC.glob("[0-9]*"):
            with contextlib.suppress(OSError):
                fields = _status(int(folder.name))
                if fields[2] == str(group) and fields[0] != "Z" and b"fondaco" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found
    for line in _ps("-axo", "pid=,pgid=,command=").splitlines():
        pid, leader, command = line.split(None, 2)
        if leader == str(group) and "fondaco" in command:
            found.append(int(pid))
    return found


def _status(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name: state, parent, group, ..., start time at index 19."""
    return (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout


@dataclass(frozen=True)
class Serving:
    """What ``serve`` wrote down: where the pages are, and its own process first, then its children."""

    address: str
    processes: tuple[Process, ...]

    def alive(self) -> list[Process]:
        return [each for each in self.processes if each.pids()]


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


def end(processes: Iterable[Process], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask the processes to end, wait for them, and kill what is left after the grace, with the workers left behind."""
    waiting = [each for each in processes if each.pids()]
    begun = time.monotonic()
    while waiting and (passed := time.monotonic() - begun) < grace_seconds + KILL_SECONDS:
        for each in waiting:
            # Asked again every second, with its workers: one that is just starting lets the first request to end pass.
            _signal(each, signal.SIGTERM if passed < grace_seconds else signal.SIGKILL, workers=passed >= 1)
        next_second = time.monotonic() + 1
        while waiting and time.monotonic() < next_second:
            time.sleep(0.02)
            waiting = [each for each in waiting if each.pids()]


def _signal(target: Process, number: signal.Signals, *, workers: bool) -> None:
    for pid in target.pids(workers=workers):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # it ended by itself meanwhile
        except PermissionError as error:
            raise ProcessFault(f"Process {pid} ({target.name}) belongs to another user. Run the command as that user.") from error
