"""Bank files are read in a bounded child process (``platform.bounded``); here it is asked, and what it says becomes values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fondaco.finance.banking.reading.values import StatementValues, Unreadable, from_json
from fondaco.finance.banking.refusals import FileTooLarge, refused
from fondaco.platform.bounded import Ended, ask

CHILD = "fondaco.finance.banking.reading.child"
LARGEST = 25 * 1024 * 1024
SECONDS = 60.0
LARGEST_ANSWER = 200 * 1024 * 1024


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
    try:
        said = ask(CHILD, [], json.dumps(task).encode() + b"\n" + content, seconds=SECONDS, largest_answer=LARGEST_ANSWER)
    except Ended as end:
        raise refused(name, end.why) from end
    if "refusal" in said:
        refusal = said["refusal"]
        raise refused(name, str(refusal["why"]), int(refusal["line"]), **{str(k): str(v)[:200] for k, v in refusal["figures"].items()})
    return said
