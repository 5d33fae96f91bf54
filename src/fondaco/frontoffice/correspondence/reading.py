"""Mails are read by a bounded child, many by one; where one of them is too much for it, each is read by a child of its own and that one held back."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fondaco.frontoffice.correspondence.parsing import LARGEST_MAIL, MEGABYTE, Attached, HeldBack, Mail
from fondaco.platform.bounded import Ended, ask

CHILD = "fondaco.frontoffice.correspondence.reading_child"
SECONDS, LARGEST_ANSWER = 20, 128 * MEGABYTE
TOGETHER, BYTES_TOGETHER = 100, 32 * MEGABYTE
ENDED = {
    "too_long": ("too_costly", "reading it took too long, or too much memory"),
    "too_large": ("too_large", "what it holds is too much"),
    "crashed": ("broken", "its reader broke"),
}


def read_all(raws: Sequence[bytes], *, from_machines: bool = False) -> list[Mail | HeldBack]:
    """What each mail says, or why it is held back, in the order given."""
    found: list[Mail | HeldBack] = []
    for batch in _batches(raws):
        found += _asked(batch, from_machines)
    return found


def _batches(raws: Sequence[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for raw in raws:
        if batch and (len(batch) == TOGETHER or sum(map(len, batch)) + len(raw) > BYTES_TOGETHER):
            yield batch
            batch = []
        batch.append(raw)
    if batch:
        yield batch


def _asked(raws: Sequence[bytes], from_machines: bool) -> list[Mail | HeldBack]:
    fit = [raw for raw in raws if len(raw) <= LARGEST_MAIL]
    head = json.dumps({"sizes": [len(raw) for raw in fit], "from_machines": from_machines}).encode() + b"\n"
    try:
        said = ask(CHILD, [], head + b"".join(fit), seconds=SECONDS, largest_answer=LARGEST_ANSWER)["mails"] if fit else []
    except Ended as ended:
        if len(raws) > 1:
            return [one for raw in raws for one in _asked([raw], from_machines)]
        return [HeldBack(*ENDED[ended.why])]
    answers = iter(said)
    return [
        _mail(next(answers)) if len(raw) <= LARGEST_MAIL else HeldBack("too_large", f"{len(raw)} bytes; at most {LARGEST_MAIL}")
        for raw in raws
    ]


def _mail(said: Mapping[str, Any]) -> Mail | HeldBack:
    if "held" in said:
        return HeldBack(*said["held"])
    given = said["mail"]
    return Mail(
        **given
        | {
            "thread": tuple(given["thread"]),
            "recipients": frozenset(given["recipients"]),
            "addressed": tuple(given["addressed"]),
            "sent_at": datetime.fromisoformat(given["sent_at"]) if given["sent_at"] else None,
            "attached": tuple(Attached(name, base64.b64decode(content)) for name, content in given["attached"]),
        }
    )
