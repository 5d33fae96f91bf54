"""Bill -> entry draft. Pure; the posting table is in README.md."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from fondaco.finance.invoicing.posting import Leg, entry_with, owed_lines
from fondaco.finance.ledger.drafts import EntryDraft
from fondaco.finance.payables.models import Bill
from fondaco.finance.tax.posting import TaxLeg


def entry_of(
    bill: Bill,
    legs: Sequence[Leg],
    taxes: Sequence[TaxLeg],
    due: Sequence[tuple[date, Decimal]],
    rate: Decimal,
    base_decimals: int,
    late_reason: str = "",
) -> EntryDraft:
    """Debit costs, assets and input tax; credit the payable, one line an instalment. A credit note has the signs turned."""
    lines = owed_lines(bill, bill.vendor_id, "payable", legs, taxes, due, rate, base_decimals)
    memo = f"{bill.get_kind_display()} {bill.number} ({bill.vendor_number})"
    return entry_with(bill, "purchases", memo, [*lines[len(due) :], *lines[: len(due)]], late_reason)
