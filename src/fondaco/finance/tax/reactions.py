"""What happens here when others act: manual entries on tax accounts are explained, and what is paid becomes chargeable."""

from collections.abc import Sequence

from fondaco.finance.tax.entries import mirror, record_other
from fondaco.finance.tax.queries import JournalVoucher, Settlement, entries_of, mirrors_of, reversals_of
from fondaco.finance.tax.releasing import release_paid
from fondaco.platform.access.actors import Actor
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


@reacts_to("ledger.settled")
def mirror_what_discounts_took(settlements: Sequence[Settlement], actor: Actor) -> None:
    """The mirrors of the VAT that went with a cash discount, when its settlement is undone."""
    if undone := [s.reverses.entry_id for s in settlements if s.reverses is not None and s.reverses.entry_id]:
        mirror(mirrors_of(undone))


@reacts_to("ledger.settled")
def release_what_was_paid(settlements: Sequence[Settlement], actor: Actor) -> None:
    """VAT on payment becomes chargeable, or waits again when a payment is taken back."""
    release_paid(settlements, actor=actor)
