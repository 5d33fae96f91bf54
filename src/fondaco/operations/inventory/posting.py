"""Papers of the warehouse -> entry drafts. Pure; the posting table is in README.md."""

from decimal import Decimal

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.operations.inventory.models import StockDocument


def entry_of(document: StockDocument, value: Decimal, *, against: str, late_reason: str = "") -> EntryDraft | None:
    """Debit inventory, credit ``against`` (positive value: goods came) or the other way round; ``None`` when nothing has value."""
    if not value:
        return None
    return EntryDraft(
        company=document.company_id,
        journal="stock",
        on=document.on,
        memo=f"{document._meta.verbose_name} {document.number}",
        source=(document._meta.db_table, document.pk),
        late_reason=late_reason,
        lines=(LineDraft("inventory", value), LineDraft(against, -value)),
    )
