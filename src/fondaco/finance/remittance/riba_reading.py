"""The flat file by which a bank answers bank receipts (esiti RiBa), read from outside: by ``platform.bounded``, in a child. Pure.

It has the records of a presentation (CBI-RIB-001, 120 characters): a head (IB), for each receipt records 14 (due day, code, amount) and 51
(our number), a foot (EF) with the number of receipts, their total and the number of records. What a code means is not said there.
"""

import sys
from typing import Any

from fondaco.platform.bounded import answer, bound

LENGTH = 120
SECONDS, MEMORY, LARGEST, MOST = 10, 512 * 1024 * 1024, 16 * 1024 * 1024, 100_000


class Unreadable(Exception):
    """Why a file is no return file: a word, and the line."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why)
        self.why, self.line = why, line


def read(text: str) -> dict[str, Any]:
    """The SIA code of the head, and for each receipt the line of its record 14, its number, code, due day and cents. Raises Unreadable.

    Blanks around the whole file may have been lost where it was pasted; those inside may not.
    """
    text = f" {text.strip()}"
    lines = [
        (n, line.ljust(LENGTH))
        for n, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1)
        if line.strip()
    ]
    if not lines:
        raise Unreadable("empty", 0)
    for n, line in lines:
        if len(line) > LENGTH or line[0] != " ":
            raise Unreadable("record", n)
    if lines[0][1][1:3] != "IB" or lines[-1][1][1:3] != "EF":
        raise Unreadable("frame", lines[0][0])
    found: list[dict[str, Any]] = []
    for n, line in lines[1:-1]:
        kind = line[1:3]
        if kind == "14":
            if found and "number" not in found[-1]:
                raise Unreadable("number", found[-1]["line"])
            found.append(
                {
                    "line": n,
                    "place": line[3:10],
                    "due_on": line[22:28],
                    "code": _figures(line[28:33], n),
                    "cents": int(_figures(line[33:46], n)),
                }
            )
        elif kind == "51":
            if not found or line[3:10] != found[-1]["place"] or "number" in found[-1]:
                raise Unreadable("order", n)
            found[-1]["number"] = int(_figures(line[10:20], n))
        elif kind in ("IB", "EF"):
            raise Unreadable("frame", n)
    if len(found) > MOST:
        raise Unreadable("too_large", 0)
    if found and "number" not in found[-1]:
        raise Unreadable("number", found[-1]["line"])
    last, foot = lines[-1]
    if (int(_figures(foot[45:52], last)), int(_figures(foot[82:89], last))) != (len(found), len(lines)):
        raise Unreadable("foot", last)
    return {"sia": lines[0][1][3:8].strip(), "receipts": found}


def _figures(text: str, line: int) -> str:
    if not (text.isascii() and text.isdigit()):
        raise Unreadable("figures", line)
    return text


def main() -> None:
    """The child: the file on standard input, what it says on standard output."""
    bound(seconds=SECONDS, memory=MEMORY)
    try:
        answer(read(sys.stdin.buffer.read(LARGEST + 1).decode("latin-1")))
    except Unreadable as error:
        answer({"refused": error.why, "line": error.line})


if __name__ == "__main__":
    main()
