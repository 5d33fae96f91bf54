"""A table of prices that a vendor filled in (CSV or XLSX), read from outside: by ``platform.bounded``, in a child. Pure.

The first row names the columns; a line is named by its number as on the request. What is no figure is left as it is for a person to see.
"""

import csv
import io
import re
import sys
import zipfile
from itertools import islice
from typing import Any

from fondaco.platform.bounded import answer, bound

SECONDS, MEMORY, LARGEST, UNPACKED, ROWS, COLUMNS = 10, 768 << 20, 2_000_000, 40_000_000, 5_000, 40
#: What columns may be called, in small letters.
NAMES = {
    "line": ("line", "riga", "n.", "no."),
    "price": ("unit price", "price", "prezzo unitario", "prezzo"),
    "quantity": ("offered quantity", "quantità offerta", "offered"),
    "days": ("days", "days to delivery", "giorni", "giorni di consegna"),
}


class Unreadable(Exception):
    """``why``: text, workbook, columns or empty."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read(raw: bytes) -> list[dict[str, str]]:
    """The filled-in rows: line, price, quantity, days as texts."""
    table = _workbook(raw) if raw[:2] == b"PK" else _text(raw)
    if not table:
        raise Unreadable("empty")
    heads = [str(v or "").strip().lower() for v in table[0]]
    places = {key: next((p for p, head in enumerate(heads) if head in names), None) for key, names in NAMES.items()}
    if places["line"] is None or places["price"] is None:
        raise Unreadable("columns")
    found = []
    for row in table[1:]:
        said = {key: plain(row[p]) if p is not None and p < len(row) else "" for key, p in places.items()}
        if said["line"] and said["price"]:
            found.append(said)
    return found


def plain(value: Any) -> str:
    """A figure as programs write it: 1.234,50 and 1,234.50 are both 1234.50; one mark alone before other than three digits is the decimal mark."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format(value, ".10f").rstrip("0").rstrip(".")
    text = str(value).strip().replace("\u00a0", "").replace(" ", "").replace("'", "")
    if not re.fullmatch(r"[0-9.,]+", text):
        return text[:50]
    marks = [c for c in text if c in ".,"]
    if len(set(marks)) == 2:
        last = max(text.rfind("."), text.rfind(","))
        return re.sub(r"[.,]", "", text[:last]) + "." + text[last + 1 :]
    if len(marks) > 1:
        return re.sub(r"[.,]", "", text)
    return text.replace(",", ".")


def _text(raw: bytes) -> list[list[Any]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    if "\x00" in text:
        raise Unreadable("text")
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    try:
        return [row[:COLUMNS] for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), ROWS)]
    except csv.Error as error:
        raise Unreadable("text") from error


def _workbook(raw: bytes) -> list[list[Any]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise Unreadable("workbook")
        sheet = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True).worksheets[0]
        return [list(row[:COLUMNS]) for row in islice(sheet.iter_rows(values_only=True), ROWS)]
    except Unreadable:
        raise
    except Exception as error:  # a broken archive raises whatever it stumbles over
        raise Unreadable("workbook") from error


def main() -> None:
    """The child: the file on standard input, what it says on standard output."""
    bound(seconds=SECONDS, memory=MEMORY)
    try:
        answer({"rows": read(sys.stdin.buffer.read(LARGEST + 1))})
    except Unreadable as error:
        answer({"refused": error.why})


if __name__ == "__main__":
    main()
