"""What payments refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class AllocatedTooMuch(UserError):
    code, status = "payments.allocated_too_much", 422
    message = _("{payment} is {amount}, but {allocated} were allocated. Lower the allocations, or raise the amount.")


class ItemOfOther(UserError):
    code, status = "payments.item_of_other", 422
    message = _("{payment}: an open item belongs to another party, company, account or currency. Choose items of {party} in {currency}.")


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


class NoBankControl(UserError):
    code, status = "payments.no_bank_control", 422
    message = _(
        "Nothing was saved: the ledger account of a bank account is explained by “bank” and belongs to the same company. Choose such an account, or make one under Books > Chart of accounts."
    )


class AccountTaken(UserError):
    code, status = "payments.ledger_account_taken", 409
    message = _(
        "Nothing was saved: another active bank account stands on this ledger account. Each needs its own, so that it can be compared with the bank’s statement; make one under Books > Chart of accounts."
    )


class BankAccountAlready(UserError):
    code, status = "payments.bank_account_already", 409
    message = _("Nothing was saved: the company already has a bank account with this IBAN and currency. Open that one.")


class DefaultIsActive(UserError):
    code, status = "payments.default_is_active", 409
    message = _("Nothing was saved: this is the default bank account for its currency. Make another account the default first.")


class NotActive(UserError):
    code, status = "payments.bank_account_not_active", 409
    message = _("{account} is not active and cannot be the default. Make it active first.")


@says("bank_account_of_ledger_account")
def _no_bank(diagnosis) -> UserError:
    return NoBankControl()


@says("bank_account_one_to_an_account")
def _taken(diagnosis) -> UserError:
    return AccountTaken()


@says("bank_account_iban_once")
def _already(diagnosis) -> UserError:
    return BankAccountAlready()


@says("bank_account_default_is_active")
def _default(diagnosis) -> UserError:
    return DefaultIsActive()


class OtherSide(UserError):
    code, status = "payments.other_side", 409
    message = _(
        "Nothing was saved: what a customer pays never becomes what a vendor is paid, or the other way round. Delete the draft, and write it there."
    )


@says("payment_keeps_its_side")
def _side(diagnosis) -> UserError:
    return OtherSide()
