"""Accrued rebates -> entry drafts. Pure; the posting table is in README.md."""

from datetime import date
from decimal import Decimal

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.frontoffice.pricing.models import RebateAgreement


def accrued(agreement: RebateAgreement, amount: Decimal, on: date, memo: str, late_reason: str = "") -> EntryDraft:
    """Debit what rebates cost, credit what is owed for them; the other way round where ``amount`` is less than zero."""
    return EntryDraft(
        company=agreement.company_id,
        journal="general",
        on=on,
        memo=memo,
        source=(RebateAgreement._meta.db_table, agreement.pk),
        late_reason=late_reason,
        lines=(
            LineDraft("rebates_given", amount, party=agreement.customer_id),
            LineDraft("rebates_accrued", -amount, party=agreement.customer_id),
        ),
    )
