"""Receivables -> entry drafts. Pure; the posting table is in README.md."""

from decimal import Decimal

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.receivables.models import Reminder
from fondaco.platform.money import rounded


def charges_of(reminder: Reminder, rate: Decimal, base_decimals: int, late_reason: str = "") -> EntryDraft:
    """Debit the customer with fee and interest of a reminder, due with it; credit other income and interest income."""
    fee, interest = (rounded(amount * rate, base_decimals) for amount in (reminder.fee, reminder.interest))
    currency = reminder.currency_id
    return EntryDraft(
        company=reminder.company_id,
        journal="sales",
        on=reminder.on,
        memo=f"{Reminder._meta.verbose_name} {reminder.number}",
        source=(Reminder._meta.db_table, reminder.pk),
        late_reason=late_reason,
        lines=(
            LineDraft(
                "receivable", fee + interest, currency, reminder.fee + reminder.interest, party=reminder.party_id, due_on=reminder.pay_until
            ),
            LineDraft("other_income", -fee, currency, -reminder.fee),
            LineDraft("interest_income", -interest, currency, -reminder.interest),
        ),
    )
