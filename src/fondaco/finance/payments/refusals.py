"""What payments refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class AllocatedTooMuch(UserError):
    code, status = "payments.allocated_too_much", 422
    message = _("{payment} is {amount}, but {allocated} were allocated. Lower the allocations, or raise the amount.")


class ItemOfOther(UserError):
    code, status = "payments.item_of_other", 422
    message = _("{payment}: an open item belongs to another customer, company or currency. Choose items of {party} in {currency}.")


class LessIsOpen(UserError):
    code, status = "payments.less_is_open", 409
    message = _(
        "{payment}: {asked} were allocated to {item}, but only {open} are open there; somebody may have settled it just now. Load the open items again."
    )


class DiscountTooMuch(UserError):
    code, status = "payments.discount_too_much", 422
    message = _(
        "{payment}: a cash discount of {asked} was asked for on {item}; its terms allow {allowed} for what is paid on {on}. Lower it, or let somebody "
        "who may write off grant it."
    )


class ReasonUnknown(UserError):
    code, status = "payments.reason_unknown", 409
    message = _("Nothing was written off: the company has no default reason. Mark one under Books > Write-off reasons, or choose one.")


class ReasonOfOther(UserError):
    code, status = "payments.reason_of_other", 422
    message = _("Nothing was written off: the reason is not an active one of {company}. Choose one under Books > Write-off reasons.")


class GoesWithItsPayment(UserError):
    code, status = "payments.goes_with_its_payment", 409
    message = _("{what} was settled together with a payment. Unapply the payment; it goes back with it.")


class TakenBackAlready(UserError):
    code, status = "payments.taken_back_already", 409
    message = _("{what} was taken back already. Open the item to see what is owed now.")


class PostedPayment(UserError):
    code, status = "payments.posted_never_changes", 409
    message = _("Nothing was changed: a posted payment is never edited. Unapply it, or reverse it.")


@says("posted_payment_never_changes")
def _posted(diagnosis) -> UserError:
    return PostedPayment()
