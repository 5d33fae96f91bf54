"""Invoice -> entry draft. Pure; the posting table is in README.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.tax.posting import TaxLeg
from fondaco.platform.money import ZERO, rounded, spread


@dataclass(frozen=True, slots=True)
class Leg:
    """Revenue to credit, in the invoice's currency."""

    account: int | str
    amount: Decimal
    memo: str = ""


def entry_of(
    invoice: Invoice,
    legs: Sequence[Leg],
    taxes: Sequence[TaxLeg],
    due: Sequence[tuple[date, Decimal]],
    rate: Decimal,
    base_decimals: int,
    late_reason: str = "",
) -> EntryDraft:
    """Debit the receivable, one line an instalment; credit revenue and tax. A credit note is the same with the signs turned.

    Company-currency amounts are the legs at ``rate``, each rounded, and the ``taxes`` as the tax
    room posted them; the instalments share their sum in whole minor units, so
    that the entry sums to zero without a tolerance. Nothing is owed in company currency alone: what rounding leaves of legs
    that cancel each other goes to rounding differences.
    """
    sign = invoice.sign
    credits = [(leg, rounded(leg.amount * rate, base_decimals)) for leg in legs]
    total = sum((base for _, base in credits), ZERO) - sign * sum((leg.amount for leg in taxes), ZERO)
    owed = max(total, ZERO) if invoice.gross else ZERO
    debits = [
        LineDraft("receivable", sign * base, invoice.currency_id, sign * amount, party=invoice.customer_id, due_on=due_on)
        for (due_on, amount), base in zip(due, spread(owed, [amount for _, amount in due], base_decimals), strict=True)
    ]
    residue = [LineDraft("rounding", sign * (total - owed))] if total != owed else []
    return EntryDraft(
        company=invoice.company_id,
        journal="sales",
        on=invoice.on,
        memo=f"{invoice.get_kind_display()} {invoice.number}",
        source=(Invoice._meta.db_table, invoice.pk),
        late_reason=late_reason,
        lines=[
            *debits,
            *(LineDraft(leg.account, -sign * base, invoice.currency_id, -sign * leg.amount, memo=leg.memo) for leg, base in credits),
            *(LineDraft(leg.account, leg.amount, invoice.currency_id, leg.currency_amount) for leg in taxes),
            *residue,
        ],
    )
