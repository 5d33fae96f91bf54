"""What happens here when others post: manual entries that move a tax account are explained, and so are their reversals."""

from fondaco.finance.tax.entries import mirror, record_other
from fondaco.finance.tax.queries import JournalVoucher, entries_of, reversals_of
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import reacts_to


@reacts_to("ledger.post")
def explain_manual_entries(vouchers: DocumentSet[JournalVoucher]) -> None:
    """Tax entries without a base for what was written on tax accounts by hand."""
    record_other(entries_of(vouchers.rows))


@reacts_to("ledger.reverse")
def mirror_manual_entries(vouchers: DocumentSet[JournalVoucher]) -> None:
    """The mirrors of these, when the manual entry is reversed."""
    mirror(reversals_of(vouchers.rows))
