"""What invoicing refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoLines(UserError):
    code, status = "invoicing.no_lines", 422
    message = _("{document} has no lines. Add at least one before posting it.")


class NegativeTotal(UserError):
    code, status = "invoicing.negative_total", 422
    message = _("{document} comes to {total}. An invoice cannot be negative: write a credit note instead.")


class NothingToBook(UserError):
    code, status = "invoicing.nothing_to_book", 422
    message = _("{document} comes to zero on every account, so there is nothing to book. Correct its lines, or delete the draft.")


class PriceMissing(UserError):
    code, status = "invoicing.price_missing", 422
    message = _("Line {line} has neither a price nor a product to take one from. Enter the unit price.")


class PaidAlready(UserError):
    code, status = "invoicing.paid_already", 409
    message = _("{document} is settled, wholly or in part. Unapply the payment first, or write a credit note.")


class CreditedTooMuch(UserError):
    code, status = "invoicing.credited_too_much", 409
    message = _("{asked} cannot be credited on line {line} of {document}: {left} of it are left to credit.")


class PostedInvoice(UserError):
    code, status = "invoicing.posted_never_changes", 409
    message = _("Nothing was changed: a posted invoice is never edited. Write a credit note, or reverse it.")


class TakenOffTwice(UserError):
    code, status = "invoicing.down_payment_taken_off_once", 409
    message = _(
        "Nothing was changed: a down payment is taken off up to what is left of it, on posted invoices of its customer only. "
        "Open its invoice to see what was taken off; to reverse it, first credit the invoices on which it was taken off."
    )


@says("down_payment_taken_off_once")
def _taken_off(diagnosis) -> UserError:
    return TakenOffTwice()


@says("posted_invoice_never_changes")
def _posted(diagnosis) -> UserError:
    return PostedInvoice()
