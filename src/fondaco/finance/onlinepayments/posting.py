"""Online payment -> entry draft. Pure; the posting table is in README.md."""

from datetime import date
from decimal import Decimal

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.onlinepayments.models import OnlinePayment


def fee_entry(payment: OnlinePayment, account: int, on: date, base_fee: Decimal) -> EntryDraft:
    """What the provider keeps: debit bank charges, credit the account with him."""
    fee = payment.fee or Decimal(0)
    return EntryDraft(
        company=payment.company_id, journal="general", on=on, memo=f"Fee {payment.number}", source=(OnlinePayment._meta.db_table, payment.pk),
        lines=(LineDraft("bank_charges", base_fee, payment.currency_id, fee), LineDraft(account, -base_fee, payment.currency_id, -fee)),
    )  # fmt: skip
