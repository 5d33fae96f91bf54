"""VAT on payment: what waited becomes chargeable with the settlement, in proportion, at the latest after a year (TX-04)."""

from collections.abc import Sequence
from datetime import date

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.tax.entries import FIELDS, write
from fondaco.finance.tax.models import TaxEntry
from fondaco.finance.tax.posting import Release, Waiting, released
from fondaco.finance.tax.queries import Settlement, code_facts, deferred_entries, paid_by
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO


def year_after(on: date) -> date:
    """The day from which tax is due whether paid or not (art. 32-bis par. 1 DL 83/2012)."""
    return on.replace(year=on.year + 1, day=28) if (on.month, on.day) == (2, 29) else on.replace(year=on.year + 1)


def release_paid(settlements: Sequence[Settlement], *, actor: Actor) -> None:
    """Move the tax of what was settled from the deferred to the chargeable account, dated as the settlement. Constant statements.

    Whatever settles an item counts: a payment, a credit note, a write-off. Taken back, it waits again, unless a year has passed.
    """
    paid = paid_by(settlements)
    due = []
    for row, waiting in deferred_entries(TaxEntry.objects.filter(entry__in=list(paid))):
        state = paid[row.entry_id]
        over = state.on >= year_after(row.document_on)
        settled = state.total if over else state.settled
        release = released(waiting, settled, state.total, row.company.currency.decimals)
        due.append((row, release, state.on))
    _book(due, actor)


def release_after_a_year(companies: Sequence[int], *, on: date, actor: Actor) -> int:
    """Make chargeable what waited for a year and was not paid; how many tax entries that were."""
    return _book(overdue_entries(companies, on=on), actor)


def overdue_entries(companies: Sequence[int], *, on: date) -> list[tuple[TaxEntry, Release, date]]:
    """Tax entries that waited a year, with what is left to become chargeable."""
    rows = TaxEntry.objects.filter(company__in=list(companies), document_on__lte=_year_before(on))
    return [(row, rest, on) for row, waiting in deferred_entries(rows) if (rest := _rest(waiting))]


def _rest(waiting: Waiting) -> Release:
    return released(waiting, ZERO + 1, ZERO + 1, 0)


def _year_before(on: date) -> date:
    return on.replace(year=on.year - 1, day=28) if (on.month, on.day) == (2, 29) else on.replace(year=on.year - 1)


def _book(due: Sequence[tuple[TaxEntry, Release, date]], actor: Actor) -> int:
    due = [(row, release, on) for row, release, on in due if release]
    if not due:
        return 0
    facts = code_facts({(row.company_id, row.tax_code_id or 0) for row, _release, _on in due})
    drafts, rows = [], []
    for row, release, on in due:
        to = facts[row.tax_code_id or 0].account
        amount = -release.tax if row.kind == TaxEntry.SALE else release.tax - release.non_deductible
        lines = (LineDraft(row.account_id or to, -amount), LineDraft(to, amount))
        memo = f"VAT on payment {row.document_number}"
        drafts.append(EntryDraft(row.company_id, "general", on, memo, lines, (row.source_table, row.source_id or 0), late_reason=memo))
        rows.append([_moved(row, release, on, -1, row.account_id or to, -amount), _moved(row, release, on, 1, to, amount)])
    for entry, pair in zip(ledger.post(drafts, actor=actor), rows, strict=True):
        for values in pair:
            values[FIELDS.index("entry")] = entry.pk
    write([values for pair in rows for values in pair])
    return len(due)


def _moved(row: TaxEntry, release: Release, on: date, sign: int, account: int, amount):  # type: ignore[no-untyped-def]
    chargeable = TaxEntry.NOW if sign > 0 else TaxEntry.DEFERRED
    return [
        row.company_id,
        row.kind,
        row.source_table,
        row.source_id,
        None,
        row.party_id,
        on,
        on,
        row.document_on,
        row.document_number,
        row.protocol,
        row.document_type,
        row.tax_code_id,
        row.rate,
        sign * release.base,
        sign * release.tax,
        sign * release.non_deductible,
        chargeable,
        account if amount else None,
        amount,
        None,
        row.pk,
        None,
        1,
    ]
