"""Files from outside are read by a child process with bounds of its own: little memory, little time, no files to write, no secrets.

Both sides are here: ``ask`` starts the child, listens and ends it; ``bound`` is the first thing the child does. What a child imports
knows nothing of Django. A crash there hurts nobody.
"""

import contextlib
import json
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from tempfile import TemporaryFile
from threading import Timer
from typing import Any

SOURCES = Path(__file__).resolve().parents[2]
STOPPED = (-SIGXCPU, -SIGKILL)
#: Settings by which tests tighten a child's bounds; nothing else of the environment reaches it.
PREFIX = "FONDACO_READING_"


class Ended(Exception):
    """The child gave no answer: it said too much (``too_large``), ran out of time (``too_long``) or broke (``crashed``)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def ask(module: str, arguments: Sequence[str], given: bytes, *, seconds: float, largest_answer: int) -> dict[str, Any]:
    """Run ``module`` as a child on ``given`` (its standard input), and return the JSON object it answers. Raises Ended."""
    # The environment is left behind: it holds the keys of the house.
    environment = {
        "PYTHONPATH": str(SOURCES),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    environment |= {k: v for k, v in os.environ.items() if k.startswith(PREFIX)}
    with TemporaryFile() as into:
        into.write(given)
        into.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=into, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", close_fds=True,
        )  # fmt: skip
    late = Timer(seconds, child.kill)
    late.start()
    try:
        assert child.stdout is not None
        answer = child.stdout.read(largest_answer + 1)
    finally:
        timely = late.is_alive()
        late.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
    if len(answer) > largest_answer:
        raise Ended("too_large")
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError) as error:
        # Ended by its own bounds (SIGXCPU) or by the clock; everything else is a crash.
        raise Ended("crashed" if timely and child.returncode not in STOPPED else "too_long") from error
    if not isinstance(said, dict):
        raise Ended("crashed")
    return said


def bound(*, seconds: int, memory: int) -> None:
    """Give up, for good, what reading does not need: CPU time beyond ``seconds``, ``memory`` in bytes, files, core dumps, logs."""
    for what, most in (
        (resource.RLIMIT_CPU, int(os.environ.get(f"{PREFIX}SECONDS", seconds))),
        (resource.RLIMIT_AS, int(os.environ.get(f"{PREFIX}MEMORY", memory))),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        with contextlib.suppress(ValueError, OSError):  # a system that does not know the limit keeps the others
            resource.setrlimit(what, (most, most))
    sys.setrecursionlimit(2_000)
    logging.disable(logging.CRITICAL)


def answer(content: dict[str, Any]) -> None:
    """Say the child's answer."""
    sys.stdout.write(json.dumps(content, ensure_ascii=True))
    sys.stdout.flush()


__all__ = ["Ended", "answer", "ask", "bound"]
