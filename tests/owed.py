"""What vendors are owed, for tests that need nothing of their bills: entries on the payable account, and payments of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.payments.models import Disbursement
from fondaco.masterdata.companies.queries import rate_table
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import rounded
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import Books


def vendors(books: Books, *names: str, country: str = "IT", **values: Any) -> list[Party]:
    rows = [Party(name=n, sort_name=sort_name(n), code=f"V-{n}", country_id=country, is_vendor=True, **values) for n in names]
    with unit_of_work(books.actor.username, "test"):
        insert_rows(Party, rows)
    return rows


def owe_all(books: Books, owed: Sequence[tuple[Party, str, str, str]], currency: str = "EUR") -> list[OpenItem]:
    """Book what is owed (vendor, amount, day, due day) in one set; a negative amount is what the vendor owes us."""
    drafts = []
    for vendor, amount, on, due_on in owed:
        day, foreign = date.fromisoformat(on), Decimal(amount)
        base = rounded(foreign * rate_table(books.company, {currency}).rate(currency, day), 2)
        lines = (
            LineDraft("write_off", base, currency, foreign),
            LineDraft("payable", -base, currency, -foreign, party=vendor.pk, due_on=date.fromisoformat(due_on)),
        )
        drafts.append(EntryDraft(company=books.company.pk, journal="purchases", on=day, memo="Bill", lines=lines))
    with unit_of_work(books.actor.username, "test"):
        entries = post(drafts, actor=books.actor)
    items = {i.entry_id: i for i in OpenItem.objects.filter(entry__in=[e.pk for e in entries]).select_related("entry")}
    return [items[e.pk] for e in entries]


def owe(books: Books, vendor: Party, amount: str, on: str = "2026-01-10", due_on: str = "2026-02-10", currency: str = "EUR") -> OpenItem:
    return owe_all(books, [(vendor, amount, on, due_on)], currency)[0]


def disburse(
    books: Books, vendor: Party, amount: str, on: str, allocations: Mapping[int, str] | None = None, *, post: bool = True, **values: Any
) -> Disbursement:
    given = {
        "company": books.company.pk, "party": vendor.pk, "amount": amount, "on": on,
        "allocations": [{"item": i, "amount": a} for i, a in (allocations or {}).items()], **values,
    }  # fmt: skip
    (key,) = create(books.actor, RESOURCES["disbursements"], [given]).ids
    if post:
        perform(books.actor, ACTIONS["payments.post_disbursement"], [key])
    return Disbursement.objects.get(pk=key)
