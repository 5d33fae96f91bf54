"""The child process in which bank files are read (``platform.bounded``).

It reads one line of JSON (what to do) and the file from standard input, and answers with one JSON object on standard output.
"""

import json
import sys
from dataclasses import asdict
from typing import Any

from fondaco.finance.banking.reading.values import StatementValues, Unreadable, as_json
from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY = 45, 1024 * 1024 * 1024
#: Files that are not text: they are never unpacked here.
PACKED = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"7z\xbc\xaf": "7z",
    b"\xfd7zXZ": "xz",
    b"Rar!": "rar",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "Excel",
}


def answered(task: dict[str, Any], content: bytes) -> dict[str, Any]:
    """What the file says, or why it cannot be read."""
    try:
        if not content.strip():
            raise Unreadable("empty")
        packed = next((name for head, name in PACKED.items() if content.startswith(head)), "")
        if packed:
            raise Unreadable("packed", 0, text=packed)
        if task.get("propose"):
            from fondaco.finance.banking.reading import csv as tables

            form, rows = tables.propose(content)
            return {"form": asdict(form), "rows": [[c[:80] for c in row[:40]] for row in rows]}
        name, statements = read(content, task.get("form"))
        return {"format": name, "statements": as_json(statements)}
    except Unreadable as refusal:
        return {"refusal": {"why": refusal.why, "line": refusal.line, "figures": refusal.figures}}
    except MemoryError:
        return {"refusal": {"why": "too_large", "line": 0, "figures": {}}}
    except RecursionError:
        return {"refusal": {"why": "too_deep", "line": 0, "figures": {}}}


def read(content: bytes, form: dict[str, Any] | None) -> tuple[str, list[StatementValues]]:
    """Read by what the file itself looks like; a table needs its format. Each reader is imported where it is needed: some are slow to load."""
    head = content[:4096]
    if b"OFXHEADER" in head.upper() or b"<OFX" in head.upper():
        from fondaco.finance.banking.reading import ofx

        return "ofx", ofx.read(content)
    if head.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")) or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        from fondaco.finance.banking.reading import camt

        return "camt.053", camt.read(content)
    from fondaco.finance.banking.reading import csv as tables

    if b":20:" in head:
        from fondaco.finance.banking.reading import mt940

        return "mt940", mt940.read(tables.decoded(content))
    if form is None:
        raise Unreadable("unknown_format")
    return "csv", tables.read(content, tables.format_from(form))


def main() -> None:
    bound(seconds=SECONDS, memory=MEMORY)
    task = json.loads(sys.stdin.buffer.readline())
    answer(answered(task, sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
