"""Having a file from outside read by a child process that is bounded in time, memory and output, and hearing what it is."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.finance.einvoicing.refusals import SENTENCES, NotReadable
from fondaco.platform.bounded import Ended, ask

LARGEST = 10 * 1024 * 1024
SECONDS = 15
LARGEST_ANSWER = 24 * 1024 * 1024
CHILD = "fondaco.finance.einvoicing.outside.child"
#: Pictures are read by another child, which has more time.
SEEING_CHILD, SECONDS_TO_SEE = "fondaco.finance.einvoicing.outside.seeing_child", 150
#: Modules that read kinds of files, by the name of the root element (``ROOTS``); pure, because the child has no Django.
READERS: list[str] = ["fondaco.finance.einvoicing.outside.ubl", "fondaco.finance.einvoicing.outside.cii"]


def read_by(module: str) -> None:
    """Make known a module that reads files from outside."""
    if module not in READERS:
        READERS.append(module)


@dataclass(frozen=True)
class Told:
    """What a file turned out to be: ``invoice`` (with its meaning, one for each document in it) or ``notice`` or ``paper``.

    ``format`` names how it was written; ``enclosed`` are the files inside each invoice, by name and content.
    """

    what: str
    format: str
    invoices: tuple[semantic.Invoice, ...] = ()
    enclosed: tuple[tuple[tuple[str, bytes], ...], ...] = ()
    notice: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)


def read(name: str, content: bytes) -> Told:
    """Read a file. Raises NotReadable with line and reason; never anything else for what the file holds."""
    if len(content) > LARGEST:
        raise refusal(name, "too_large", detail=f"{len(content)} > {LARGEST}")
    try:
        answer = ask(CHILD, READERS, content, seconds=SECONDS, largest_answer=LARGEST_ANSWER)
    except Ended as end:
        raise refusal(name, "too_long" if end.why == "too_long" else "too_much") from end
    if answer.get("what") == "picture":
        try:
            answer = ask(SEEING_CHILD, [], content, seconds=SECONDS_TO_SEE, largest_answer=LARGEST_ANSWER)
        except Ended as end:
            raise refusal(name, "too_long" if end.why == "too_long" else "too_much") from end
    if "refused" in answer:
        raise refusal(name, answer["refused"], line=answer.get("line"), detail=answer.get("detail", ""))
    return Told(
        answer["what"],
        answer["format"],
        tuple(restored(semantic.Invoice, i) for i in answer.get("invoices", ())),
        tuple(tuple((f["name"], base64.b64decode(f["content"])) for f in files) for files in answer.get("enclosed", ())),
        answer.get("notice", {}),
        answer.get("found", {}),
    )


def refusal(name: str, why: str, *, line: int | None = None, detail: str = "") -> NotReadable:
    """The refusal of a file, in words."""
    reason = str(SENTENCES[why])
    if line:
        reason = f"{reason} ({line})" if not detail else f"{reason} ({line}: {detail})"
    elif detail:
        reason = f"{reason} ({detail})"
    return NotReadable(file=name, reason=reason)
