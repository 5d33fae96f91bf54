"""Invoice -> entry draft, and whatever else is owed in instalments. Pure; the posting table is in README.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.tax.posting import TaxLeg
from fondaco.platform.money import ZERO, rounded, spread


@dataclass(frozen=True, slots=True)
class Leg:
    """What stands against the amount owed beside the taxes (revenue, cost), in the document's currency; positive as on the document."""

    account: int | str
    amount: Decimal
    memo: str = ""
    dimensions: tuple[int, ...] = ()
    #: In company currency, where that is known already; otherwise the amount at the rate of the day.
    base: Decimal | None = None


def entry_of(
    invoice: Invoice,
    legs: Sequence[Leg],
    taxes: Sequence[TaxLeg],
    due: Sequence[tuple[date, Decimal]],
    rate: Decimal,
    base_decimals: int,
    late_reason: str = "",
) -> EntryDraft:
    """Debit the receivable, one line an instalment; credit revenue and tax. A credit note is the same with the signs turned."""
    lines = owed_lines(invoice, invoice.customer_id, "receivable", legs, taxes, due, rate, base_decimals)
    return entry_with(invoice, "sales", f"{invoice.get_kind_display()} {invoice.number}", lines, late_reason)


def entry_with(document: Any, journal: str, memo: str, lines: Sequence[LineDraft], late_reason: str) -> EntryDraft:
    """The entry of a document with ``lines``, dated and named as the document is."""
    return EntryDraft(
        company=document.company_id,
        journal=journal,
        on=document.on,
        memo=memo,
        source=(document._meta.db_table, document.pk),
        late_reason=late_reason,
        lines=lines,
    )


def owed_lines(
    document: Any,
    party: int,
    control: str,
    legs: Sequence[Leg],
    taxes: Sequence[TaxLeg],
    due: Sequence[tuple[date, Decimal]],
    rate: Decimal,
    base_decimals: int,
) -> list[LineDraft]:
    """The lines of what ``party`` owes or is owed: the control account, one line an instalment, against the legs and the taxes.

    ``document.sign`` is +1 where the control account is debited. Company-currency amounts are the legs at ``rate``, each
    rounded, and the ``taxes`` as the tax room posted them; the instalments share their sum in whole minor units, so that the
    entry sums to zero without a tolerance. Nothing is owed in company currency alone: what rounding leaves of legs that cancel
    each other goes to rounding differences.
    """
    sign, currency = document.sign, document.currency_id
    against = [(leg, rounded(leg.amount * rate, base_decimals) if leg.base is None else leg.base) for leg in legs]
    total = sum((base for _, base in against), ZERO) - sign * sum((leg.amount for leg in taxes), ZERO)
    owed = max(total, ZERO) if any(amount for _, amount in due) else ZERO
    controls = [
        LineDraft(control, sign * base, currency, sign * amount, party=party, due_on=due_on)
        for (due_on, amount), base in zip(due, spread(owed, [amount for _, amount in due], base_decimals), strict=True)
    ]
    residue = [LineDraft("rounding", sign * (total - owed))] if total != owed else []
    return [
        *controls,
        *(
            LineDraft(leg.account, -sign * base, currency, -sign * leg.amount, memo=leg.memo, dimensions=leg.dimensions)
            for leg, base in against
        ),
        *(LineDraft(leg.account, leg.amount, currency, leg.currency_amount) for leg in taxes),
        *residue,
    ]
