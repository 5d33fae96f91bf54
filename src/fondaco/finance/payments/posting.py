"""Payment -> entry draft. Pure; the posting table is in README.md."""

from decimal import Decimal

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.payments.models import Payment


def entry_of(payment: Payment, base_amount: Decimal, late_reason: str = "") -> EntryDraft:
    """Money that comes in: debit the bank, credit the party; money that goes out, the other way round."""
    base, amount = payment.sign * base_amount, payment.sign * payment.amount
    return EntryDraft(
        company=payment.company_id,
        journal=payment.journal,
        on=payment.on,
        memo=f"{payment.get_kind_display()} {payment.number} {payment.reference}".strip(),
        source=(Payment._meta.db_table, payment.pk),
        late_reason=late_reason,
        lines=(
            LineDraft(payment.account_id or "bank", base, payment.currency_id, amount),
            LineDraft(
                payment.control_account_id or payment.control,
                -base,
                payment.currency_id,
                -amount,
                party=payment.party_id,
                due_on=payment.on,
            ),
        ),
    )
