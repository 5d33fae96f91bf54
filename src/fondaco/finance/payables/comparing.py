"""A vendor's own list of what we owe him, read from a paste, and laid beside our open items. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: So many characters and rows are read of a paste.
LONGEST, MOST_ROWS = 200_000, 5_000


class Unreadable(Exception):
    """A row that cannot be read: its number, from 1, and what it says."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(row, text)
        self.row, self.text = row, text


@dataclass(frozen=True, slots=True)
class Theirs:
    """A row of the vendor's list; ``amount`` is positive where we owe him."""

    number: str
    amount: Decimal
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """What of a document is open in our books, or that it is there and settled, or a draft."""

    number: str
    our_number: str
    amount: Decimal
    on: date | None = None
    due_on: date | None = None
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A document on either list, with the verdict."""

    verdict: str
    number: str
    our_number: str = ""
    on: date | None = None
    due_on: date | None = None
    our_amount: Decimal | None = None
    their_amount: Decimal | None = None


def compared_number(number: str) -> str:
    """A vendor's number as numbers are compared: capitals and digits, without separators and leading zeros of a group of digits."""
    return re.sub(r"[^0-9A-Z]", "", re.sub(r"(^|[^0-9])0+(?=[0-9])", r"\1", number.upper()))


def amount_of(text: str) -> Decimal | None:
    """An amount however it is written: the last of comma and dot before one or two digits is the decimal sign. None where it is none."""
    plain = re.sub(r"[\s\u00a0']|EUR|€", "", text.strip())
    if not re.fullmatch(r"[-+]?[0-9][0-9.,]*-?|[-+]?[.,][0-9]+", plain):
        return None
    sign = -1 if "-" in plain else 1
    plain = plain.strip("+-")
    found = re.fullmatch(r"(.*?)(?:[.,]([0-9]{1,2}))?", plain)
    assert found is not None
    return sign * Decimal((re.sub("[.,]", "", found[1]) or "0") + "." + (found[2] or "0"))


def day_of(text: str) -> date | None:
    """A day as 2026-01-31, 31/01/2026 or 31.01.26; None where it is none."""
    parts = re.fullmatch(r"\s*(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2}))\s*", text)
    if parts is None:
        return None
    year, month, day = (parts[1], parts[2], parts[3]) if parts[1] else (parts[6], parts[5], parts[4])
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def read(text: str) -> list[Theirs]:
    """The rows of a paste: cells parted by tabs, semicolons or bars; the number first, the amount last, a day anywhere between. Where only
    spaces part them, what stands before the day is the number. A head without an amount is passed over. Raises Unreadable; also where no
    row could be read at all."""
    rows = []
    for place, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = _cells(line)
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        amount = amount_of(cells[-1]) if len(cells) > 1 else None
        if amount is None or not compared_number(cells[0]):
            if not rows:
                continue
            raise Unreadable(place, line[:80])
        rows.append(Theirs(cells[0], amount, next((d for c in cells[1:-1] if (d := day_of(c))), None)))
        if len(rows) > MOST_ROWS:
            raise Unreadable(place, line[:80])
    if not rows and text.strip():
        raise Unreadable(1, text.strip().splitlines()[0][:80])
    return rows


def _cells(line: str) -> list[str]:
    if re.search(r"[\t;|]", line):
        return [c.strip().strip('"') for c in re.split(r"[\t;|]", line)]
    words = [w for w in line.split() if w.upper() not in {"EUR", "€"}]
    place = next((n for n, w in enumerate(words) if n and day_of(w)), None)
    if place is not None and place < len(words) - 1:
        return [" ".join(words[:place]), words[place], words[-1]]
    return words if len(words) == 2 else [line]


def compare(theirs: Sequence[Theirs], ours: Sequence[Ours], known: Mapping[str, Ours]) -> list[Compared]:
    """Both lists together, by number. Several items of a document (instalments), and several rows of one number, count as one; ``known`` are
    documents of his, by compared number, that are not open: settled, or drafts."""
    mine: dict[str, Ours] = {}
    for item in ours:
        key = compared_number(item.number) or item.our_number
        before = mine.get(key)
        mine[key] = (
            item if before is None else Ours(before.number, before.our_number, before.amount + item.amount, before.on, before.due_on)
        )
    his: dict[str, Theirs] = {}
    for row in theirs:
        key = compared_number(row.number)
        earlier = his.get(key)
        his[key] = row if earlier is None else Theirs(earlier.number, earlier.amount + row.amount, earlier.on)
    found = []
    for key, row in his.items():
        item = mine.pop(key, None)
        if item is not None:
            verdict = "agrees" if item.amount == row.amount else "amount"
            found.append(Compared(verdict, row.number, item.our_number, item.on or row.on, item.due_on, item.amount, row.amount))
            continue
        other = known.get(key)
        verdict = "not_here" if other is None else "draft" if other.is_draft else "settled"
        found.append(Compared(verdict, row.number, other.our_number if other else "", row.on, None, None, row.amount))
    alone = "not_theirs" if theirs else "open"
    found += [Compared(alone, i.number or i.our_number, i.our_number, i.on, i.due_on, i.amount) for i in mine.values()]
    return found
