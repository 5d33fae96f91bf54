"""What expenses refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoLines(UserError):
    code, status = "expenses.no_lines", 422
    message = _("{document} has no lines. Add at least one expense.")


class AmountMissing(UserError):
    code, status = "expenses.amount_missing", 422
    message = _("Line {line}: the amount on the receipt is missing. Enter it.")


class AboveLimit(UserError):
    code, status = "expenses.above_limit", 409
    message = _("Line {line}: {amount} are above the limit of {limit} for {kind}. Say why, or claim less.")


class OfOtherCompany(UserError):
    code, status = "expenses.of_other_company", 422
    message = _("Line {line}: {kind} is a kind of expense of another company. Choose one of the claim's company.")


class ReceiptsMissing(UserError):
    code, status = "expenses.receipts_missing", 409
    message = _("{document} needs {needed} receipts and has {there}. Put a file of each on the claim first.")


class BookedClaim(UserError):
    code, status = "expenses.booked_never_changes", 409
    message = _("Nothing was changed: a booked claim is never edited. Reverse its bill, and enter a new claim.")


@says("booked_claim_never_changes")
def _booked(diagnosis) -> UserError:
    return BookedClaim()
