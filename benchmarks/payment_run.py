"""A payment run: proposed, submitted by one person, released by another, with the file for the bank."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from benchmarks import floor
from benchmarks.figures import Figure, Promise
from benchmarks.house import ACTOR, House
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

PREPARES, RELEASES, CONFIRMS = (replace(ACTOR, username=name) for name in ("prepares", "releases", "confirms"))
DUE, ON = date(2026, 6, 30), "2026-06-30"
VENDORS = 2_000


def measure(house: House, say: Callable[[str], None], *, quick: bool) -> Iterator[Figure]:
    """Open items of many vendors, from the proposal to the released file."""
    size = 2_000 if quick else 10_000
    vendors = _vendors(min(VENDORS, size))
    bank = house.bank_account().pk
    _owe(house, vendors[:20], 20)
    _paid(house, bank)  # the first of everything is slower
    say(f"one run of {size:,} items of {len(vendors):,} vendors")
    _owe(house, vendors, size)
    took, written = floor.written_by(lambda: _paid(house, bank))
    plain = floor.floor_of(written)
    promise = Promise("10,000 items < 20 s", value=500)
    yield Figure(f"payment run of {size:,} items, proposal to file", "items/s", size / took, size / plain[0], promise, bulk=size / plain[1])


def _vendors(count: int) -> list[int]:
    with unit_of_work(ACTOR.username, "setup.bench"):
        rows = [Party(code=f"V{n:05}", name=f"Vendor {n}", sort_name=f"vendor {n}", country_id="IT", is_vendor=True, email=f"v{n}@vendor.example") for n in range(count)]  # fmt: skip
        insert_rows(Party, rows)
    accounts = create(ACTOR, RESOURCES["party-bank-accounts"], [{"party": p.pk, "iban": _iban(p.pk)} for p in rows]).ids
    perform(CONFIRMS, ACTIONS["parties.confirm_bank_account"], accounts, {"channel": "letter", "confirmation": "Seen"})
    return [p.pk for p in rows]


def _iban(number: int) -> str:
    body = f"X0542811101{number:012d}"
    digits = "".join(str(int(c, 36)) for c in f"{body}IT00")
    return f"IT{98 - int(digits) % 97:02d}{body}"


def _owe(house: House, vendors: list[int], count: int) -> None:
    drafts = []
    for n in range(count):
        amount = Decimal(house.amount())
        lines = (
            LineDraft("write_off", amount),
            LineDraft("payable", -amount, party=vendors[n % len(vendors)], due_on=DUE),
        )
        drafts.append(EntryDraft(house.company.pk, "purchases", date(2026, 6, 1), f"Bill {n}", lines))
    with unit_of_work(ACTOR.username, "setup.bench"):
        post(drafts, actor=ACTOR)


def _paid(house: House, bank: int) -> None:
    given = {"company": house.company.pk, "bank_account": bank, "on": ON, "due_until": ON}
    (run,) = create(PREPARES, RESOURCES["payment-runs"], [given]).ids
    perform(PREPARES, ACTIONS["remittance.propose"], [run])
    perform(PREPARES, ACTIONS["remittance.submit"], [run])
    perform(RELEASES, ACTIONS["remittance.release"], [run])
