"""Bank files are read in a child process with bounds of its own; here it is started, listened to, and ended."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from tempfile import TemporaryFile
from threading import Timer
from typing import Any

import fondaco
from fondaco.finance.banking.reading.values import StatementValues, Unreadable, from_json
from fondaco.finance.banking.refusals import FileTooLarge, refused

LARGEST = 25 * 1024 * 1024
SECONDS = 60.0
LARGEST_ANSWER = 200 * 1024 * 1024
STOPPED = (-SIGXCPU, -SIGKILL)
SOURCES = Path(fondaco.__file__).resolve().parents[1]


@dataclass(frozen=True)
class FileRead:
    """What a bank file holds: its format, and its statements in the order of the file."""

    format: str
    statements: list[StatementValues]


def read_file(name: str, content: bytes, form: Mapping[str, Any] | None = None) -> FileRead:
    """Read a bank file; ``form`` is the saved CSV format of the account. Raises FileRefused with line and reason, FileTooLarge."""
    said = _asked(name, {"form": form}, content)
    try:
        return FileRead(str(said["format"])[:20], from_json(said["statements"]))
    except (Unreadable, KeyError, TypeError, ValueError, AttributeError) as error:
        raise refused(name, "crashed") from error


def propose_format(name: str, content: bytes) -> tuple[dict[str, Any], list[list[str]]]:
    """The CSV format that a file seems to have, and its first rows. Raises as ``read_file`` does."""
    said = _asked(name, {"propose": True}, content)
    try:
        return dict(said["form"]), [list(map(str, row)) for row in said["rows"]]
    except (KeyError, TypeError, ValueError) as error:
        raise refused(name, "crashed") from error


def _asked(name: str, task: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise FileTooLarge(name=name, limit=LARGEST // (1024 * 1024))
    given = json.dumps(task).encode() + b"\n" + content
    # The environment is left behind: it holds the keys of the house.
    environment = {
        "PYTHONPATH": str(SOURCES),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    environment |= {k: v for k, v in os.environ.items() if k.startswith("FONDACO_READING_")}
    with TemporaryFile() as into:
        into.write(given)
        into.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-m", "fondaco.finance.banking.reading.child"],
            stdin=into, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", close_fds=True,
        )  # fmt: skip
    late = Timer(SECONDS, child.kill)
    late.start()
    try:
        assert child.stdout is not None
        answer = child.stdout.read(LARGEST_ANSWER + 1)
    finally:
        timely = late.is_alive()
        late.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
    if len(answer) > LARGEST_ANSWER:
        raise refused(name, "too_large")
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError) as error:
        # Ended by its own bounds (SIGXCPU) or by the clock; everything else is a crash.
        raise refused(name, "crashed" if timely and child.returncode not in STOPPED else "too_long") from error
    if not isinstance(said, dict):
        raise refused(name, "crashed")
    if "refusal" in said:
        refusal = said["refusal"]
        raise refused(name, str(refusal["why"]), int(refusal["line"]), **{str(k): str(v)[:200] for k, v in refusal["figures"].items()})
    return said
