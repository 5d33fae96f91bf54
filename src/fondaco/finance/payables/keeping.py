"""Writing what is kept back from vendors: with the bill, with its payment, and taken back with either. Sets in, constant statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import JournalEntry
from fondaco.finance.payables.models import Bill, BillWithholding, Withheld
from fondaco.finance.payables.queries import Settlement, not_reversed, with_withholding, withholdings_of
from fondaco.finance.payables.withholding import Kept, Part, due_part
from fondaco.finance.tax.queries import paid_by
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import ZERO, figure, rounded

#: Where the tax waits that is due when the bill is paid, and where what is due stands.
SUSPENDED, PAYABLE = "withholding_suspended", "withholding_payable"


def record_kept(
    bills: Sequence[Bill], kept: Mapping[int, Sequence[Kept]], rates: Mapping[int, Decimal], decimals: Mapping[int, int]
) -> None:
    """Keep what posted bills withhold, in company currency; what is due when booked is due at once."""
    rows, at_once = [], []
    for bill in bills:
        for k in kept[bill.pk]:
            net, base, amount = (rounded(-bill.sign * x * rates[bill.pk], decimals[bill.company_id]) for x in (k.net, k.base, k.amount))
            row = BillWithholding(bill=bill, kind=k.kind, rate=k.kind.rate, net=net, base=base, amount=amount)
            rows.append(row)
            if k.kind.due == "bill":
                at_once.append(Withheld(withholding=row, on=bill.on, entry_id=bill.entry_id, net=net, base=base, amount=amount))
    insert_rows(BillWithholding, rows)
    for w in at_once:
        w.withholding_id = w.withholding.pk
    insert_rows(Withheld, at_once)


def take_back(bills: Sequence[Bill], mirrors: Sequence[JournalEntry]) -> None:
    """Take back what reversed bills made due when they were booked; the mirror entries did so in the books."""
    by_reversed = {m.reverses_id: m for m in mirrors}
    rows = []
    for row, so_far in withholdings_of([b.entry_id for b in bills]):
        if so_far:
            mirror = by_reversed[row.bill.entry_id]
            rows.append(Withheld(withholding=row, on=mirror.on, entry=mirror, net=-so_far.net, base=-so_far.base, amount=-so_far.amount))
    insert_rows(Withheld, rows)


def make_due(settlements: Sequence[Settlement], *, actor: Actor) -> None:
    """Move the tax of bills that were paid (or whose payment was taken back) to what is due to the authority, dated as the settlement."""
    touched = with_withholding(settlements)
    if not touched:
        return
    paid = paid_by(touched)
    live = not_reversed(list(paid))
    waiting = [(row, so_far) for row, so_far in withholdings_of(sorted(live)) if row.kind.due == "payment"]
    found = []
    for row, so_far in waiting:
        state = paid[row.bill.entry_id]
        part = due_part(row, so_far, state.settled, state.total, row.bill.company.currency.decimals)
        if part:
            found.append((row, part, state.on))
    drafts = [_entry(row, part, on) for row, part, on in found]
    entries = ledger.post(drafts, actor=actor)
    insert_rows(
        Withheld,
        [
            Withheld(withholding=row, on=on, entry=entry, net=part.net, base=part.base, amount=part.amount)
            for (row, part, on), entry in zip(found, entries, strict=True)
        ],
    )


def _entry(row: BillWithholding, part: Part, on: date) -> EntryDraft:
    """Debit what waited, credit what is due to the authority."""
    memo = f"Withholding {row.kind.code} {row.bill.number}"
    lines = (LineDraft(SUSPENDED, part.amount), LineDraft(PAYABLE, -part.amount))
    return EntryDraft(row.bill.company_id, "general", on, memo, lines, (Bill._meta.db_table, row.bill_id), late_reason=memo)


def certified(rows: Sequence[tuple[BillWithholding, Part]]) -> list[dict[str, str]]:
    """The rows of a certificate: one a reason, authority's code and rate, in that order."""
    sums: dict[tuple[str, str, str], list] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for row, part in rows:
        total = sums[row.kind.certificate_reason, row.kind.authority_code, figure(row.rate)]
        total[0] += part.net
        total[1] += part.base
        total[2] += part.amount
    return [
        {
            "reason": reason, "authority_code": code, "rate": rate, "net": f"{net}", "not_subject": f"{net - base}", "base": f"{base}", "withheld": f"{amount}",
        }
        for (reason, code, rate), (net, base, amount) in sorted(sums.items())
        if net or base or amount
    ]  # fmt: skip
