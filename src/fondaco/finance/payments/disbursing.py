"""The verbs of payments to vendors: the same work as for receipts, under rights of their own (AP-06; RELIABILITY.md section 5)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.settling import lock_items
from fondaco.finance.payments import actions
from fondaco.finance.payments.models import Disbursement
from fondaco.platform.documents.actions import DocumentSet, action


def lock(items: Iterable[int]) -> None:
    """Lock what will be paid, before anything is read of it and before a number is drawn."""
    lock_items(items)


@action(
    Disbursement,
    moves={"draft": "posted"},
    permission="payments.release_payment",
    name="post_disbursement",
    title=_("Post"),
    done=_("Posted"),
)
def post(payments: DocumentSet[Disbursement]) -> None:
    """Post payments to vendors: number them, write their entries, and settle what they were allocated to."""
    actions.post.body(payments)


@action(
    Disbursement,
    moves={"posted": "posted"},
    permission="payments.settle_disbursement",
    name="apply_disbursement",
    title=_("Apply"),
    done=_("Applied"),
)
def apply(
    payments: DocumentSet[Disbursement],
    *,
    items: dict[int, Decimal],
    discounts: dict[int, Decimal] = {},  # noqa: B006  a default for the doors, never changed
    on: date | None = None,
) -> None:
    """Settle open items with what is left of a posted payment: ``items`` maps the key of an open item to an amount.

    ``discounts`` names the cash discount that the vendor grants on an item beside the amount.
    """
    actions.apply.body(payments, items=items, discounts=discounts, on=on)


@action(
    Disbursement,
    moves={"posted": "posted"},
    permission="payments.settle_disbursement",
    name="apply_disbursement_oldest",
    title=_("Apply to oldest"),
    done=_("Applied"),
)
def apply_oldest(payments: DocumentSet[Disbursement], *, on: date | None = None) -> None:
    """Settle the vendor's open items with what is left of posted payments, oldest due date first."""
    actions.apply_oldest.body(payments, on=on)


@action(
    Disbursement,
    moves={"posted": "posted"},
    permission="payments.unsettle_disbursement",
    name="unapply_disbursement",
    title=_("Unapply"),
    needs_reason=True,
    done=_("Unapplied"),
)
def unapply(payments: DocumentSet[Disbursement], *, on: date) -> None:
    """Undo everything the payments settled: the bills are open again, the trace of both stays."""
    actions.unapply.body(payments, on=on)


@action(
    Disbursement,
    moves={"posted": "reversed"},
    permission="payments.reverse_disbursement",
    name="reverse_disbursement",
    title=_("Reverse"),
    needs_reason=True,
    dangerous=True,
    done=_("Reversed"),
)
def reverse(payments: DocumentSet[Disbursement], *, on: date) -> None:
    """Take payments to vendors back (rejected by the bank, wrong vendor): unapply them and write their mirror entries."""
    actions.reverse.body(payments, on=on)
