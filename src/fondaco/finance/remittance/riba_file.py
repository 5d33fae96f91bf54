"""The flat file of bank receipts (RiBa) that Italian banks take: CBI-RIB-001, records of 120 characters. Pure.

A flow is a head (IB), seven records a receipt (14, 20, 30, 40, 50, 51, 70) and a foot (EF) with the number of receipts, their total and the
number of records. Positions below count from 1, as the standard does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from text_unidecode import unidecode

LENGTH, PER_RECEIPT = 120, 7
#: "Request of collection", the only cause of a presentation.
CAUSE = "30000"
FORMAT = "CBI-RIB-001"
#: The largest amount of a receipt and of a flow, in cents: 13 and 15 digits.
MOST, MOST_IN_ALL = 10**13 - 1, 10**15 - 1


@dataclass(frozen=True, slots=True)
class Creditor:
    """Who presents: the SIA code is the company's at its bank, ``iban`` the account that is credited."""

    name: str
    sia: str
    iban: str
    tax_number: str
    street: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One receipt as the banks are told. ``number`` is ours; ``code`` is how we call the customer."""

    number: int
    due_on: date
    amount: Decimal
    name: str
    tax_number: str
    abi: str
    cab: str
    code: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    text: str = ""


def plain(text: str) -> str:
    """The text in capitals, without accents and without what a flat file of banks cannot carry."""
    return " ".join("".join(c if c.isalnum() or c in ".,-/'&+:()" else " " for c in unidecode(text)).upper().split())


def record(kind: str, *fields: tuple[int, int, str]) -> str:
    """A record of 120 characters: ``fields`` are first and last position and content, cut or filled with blanks on the right."""
    line = [" "] * LENGTH
    for first, last, content in ((2, 3, kind), *fields):
        wide = last - first + 1
        line[first - 1 : last] = content[:wide].ljust(wide)
    return "".join(line)


def cents(amount: Decimal) -> int:
    """An amount in cents. Raises ValueError for what the record cannot hold."""
    found = amount * 100
    if found != found.to_integral_value() or not 0 < found <= MOST:
        raise ValueError(f"amount {amount}")
    return int(found)


def bank_of(iban: str) -> tuple[str, str, str]:
    """ABI, CAB and account number in an Italian IBAN. Raises ValueError for any other."""
    if not (len(iban) == 27 and iban.startswith("IT") and iban[5:15].isdigit()):
        raise ValueError(f"IBAN {iban}")
    return iban[5:10], iban[10:15], iban[15:]


def flow(name: str, on: date, creditor: Creditor, receipts: Sequence[Drawn]) -> str:
    """The file of a presentation, called ``name`` (20 characters, the same in head and foot). Raises ValueError for what it cannot hold."""
    abi, cab, account = bank_of(creditor.iban)
    total = sum(cents(r.amount) for r in receipts)
    if total > MOST_IN_ALL or len(receipts) > 9_999_999 // PER_RECEIPT:
        raise ValueError(f"total {total}")
    both = ((4, 8, creditor.sia), (9, 13, abi), (14, 19, _day(on)), (20, 39, plain(name)), (114, 114, "E"))
    lines = [record("IB", *both)]
    for place, receipt in enumerate(receipts, start=1):
        lines.extend(_receipt(f"{place:07}", receipt, creditor, abi, cab, account))
    lines.append(
        record(
            "EF", *both, (46, 52, f"{len(receipts):07}"), (53, 67, f"{total:015}"), (68, 82, f"{0:015}"), (83, 89, f"{len(lines) + 1:07}"),
        )
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)


def _receipt(place: str, r: Drawn, creditor: Creditor, abi: str, cab: str, account: str) -> list[str]:
    number = (4, 10, place)
    town = f"{plain(r.city)[:22]} {plain(r.region)[:2]}".strip()
    return [
        record(
            "14", number, (23, 28, _day(r.due_on)), (29, 33, CAUSE), (34, 46, f"{cents(r.amount):013}"), (47, 47, "-"), (48, 52, abi), (53, 57, cab),
            (58, 69, account), (70, 74, r.abi), (75, 79, r.cab), (92, 96, creditor.sia), (97, 97, "4"), (98, 113, plain(r.code)), (120, 120, "E"),
        ),
        record("20", number, (11, 34, plain(creditor.name)), (35, 58, plain(creditor.street)), (59, 82, plain(creditor.city))),
        record("30", number, (11, 70, plain(r.name)), (71, 86, plain(r.tax_number))),
        record("40", number, (11, 40, plain(r.street)), (41, 45, plain(r.postal_code)), (46, 70, town)),
        record("50", number, (11, 90, plain(r.text)), (101, 116, plain(creditor.tax_number))),
        record("51", number, (11, 20, f"{r.number:010}"), (21, 40, plain(creditor.name))),
        record("70", number),
    ]  # fmt: skip


def _day(on: date) -> str:
    return f"{on:%d%m%y}"
