"""Invoice -> entry draft. Pure; the posting table is in README.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.platform.money import ZERO, rounded


@dataclass(frozen=True, slots=True)
class Leg:
    """Revenue or tax to credit, in the invoice's currency."""

    account: int | str
    amount: Decimal
    memo: str = ""


def entry_of(
    invoice: Invoice, legs: Sequence[Leg], due: Sequence[tuple[date, Decimal]], rate: Decimal, base_decimals: int, late_reason: str = ""
) -> EntryDraft:
    """Debit the receivable, one line an instalment; credit revenue and tax. A credit note is the same with the signs turned.

    Company-currency amounts are the legs at ``rate``, each rounded; the instalments share their sum, the last taking the rest,
    so that the entry sums to zero without a tolerance.
    """
    sign = invoice.sign
    credits = [(leg, rounded(leg.amount * rate, base_decimals)) for leg in legs]
    total = sum((base for _, base in credits), ZERO)
    debits: list[LineDraft] = []
    left = total
    for index, (due_on, amount) in enumerate(due):
        base = left if index == len(due) - 1 else rounded(amount * rate, base_decimals)
        left -= base
        debits.append(LineDraft("receivable", sign * base, invoice.currency_id, sign * amount, party=invoice.customer_id, due_on=due_on))
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
        ],
    )
