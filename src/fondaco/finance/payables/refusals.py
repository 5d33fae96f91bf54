"""What payables refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoLines(UserError):
    code, status = "payables.no_lines", 422
    message = _("{document} has no lines. Add at least one before posting it.")


class WithholdingNotOfTheDay(UserError):
    code, status = "payables.withholding_not_of_the_day", 422
    message = _(
        "The withholding {kind} cannot be taken on {on}: its figures are those of {first} to {last}. Enter the figures of the law for that day under Set up > Kinds of withholding, as a new kind or with another last day, and choose it on the line."
    )


class NegativeTotal(UserError):
    code, status = "payables.negative_total", 422
    message = _("{document} comes to {total}. A bill cannot be negative: enter it as a vendor credit note.")


class NothingToBook(UserError):
    code, status = "payables.nothing_to_book", 422
    message = _("{document} comes to zero on every account, so there is nothing to book. Correct its lines, or delete the draft.")


class AccountMissing(UserError):
    code, status = "payables.account_missing", 422
    message = _("Line {line} of {document} has no account. Choose the cost or asset account, or set the usual one in the vendor's terms.")


class TotalsDiffer(UserError):
    code, status = "payables.totals_differ", 422
    message = _(
        "{document} comes to {computed}, but {stated} stand on the vendor's paper. Correct the lines; what only the vendor's rounding of tax explains belongs in “difference in tax”."
    )


class TaxCodeChanged(UserError):
    code, status = "payables.tax_code_changed", 409
    message = _("{document}: a tax code was changed since it was saved. Edit it and save it again, so that its totals follow.")


class NoTaxToAdjust(UserError):
    code, status = "payables.no_tax_to_adjust", 422
    message = _("No line bears tax, so there is no difference in tax to enter. Correct the tax codes, or leave the difference empty.")


class UnknownDimension(UserError):
    code, status = "payables.unknown_dimension", 422
    message = _("Line {line}: {value} is no dimension value of {company}. Choose one under Set up > Dimensions.")


class SettledAlready(UserError):
    code, status = "payables.settled_already", 409
    message = _("{document} is settled, wholly or in part. Undo the payment first, or enter the vendor's credit note.")


class PostedBill(UserError):
    code, status = "payables.posted_never_changes", 409
    message = _("Nothing was changed: a posted bill is never edited. Reverse it, or enter the vendor's credit note.")


class TaxDifferenceTooLarge(UserError):
    code, status = "payables.tax_difference_too_large", 422
    message = _("The difference in tax is more than 1.00, which no rounding explains. Correct the lines or their tax codes.")


class VendorNumberMissing(UserError):
    code, status = "payables.vendor_number_missing", 422
    message = _("Nothing was saved: the vendor's number is missing. Enter it as it stands on his bill.")


class NotOfVendor(UserError):
    code, status = "payables.not_of_vendor", 422
    message = _("Line {line} of {document} was not matched: an order line is of another vendor or company, or there is no such line.")


class NotBlocked(UserError):
    code, status = "payables.not_blocked", 409
    message = _("{document} is not blocked: there is nothing to release. Load the page again.")


class OwnBill(UserError):
    code, status = "payables.own_bill", 403
    message = _("{document} was not released: you entered or edited it yourself. Somebody else must release it.")


class BlockEnded(UserError):
    code, status = "payables.block_ended", 409
    message = _("Nothing was changed: a payment block keeps its reason, and ends once.")


class ListUnreadable(UserError):
    code, status = "payables.list_unreadable", 422
    message = _(
        "{document} was not compared: line {line} of the vendor's list cannot be read: “{text}”. Each line has the number, the date and the amount, parted by tabs or semicolons; at most 5,000 lines."
    )


class ListTooLong(UserError):
    code, status = "payables.list_too_long", 422
    message = _(
        "{document} was not compared: the vendor's list is longer than 200,000 characters. Paste what is open, without what was paid long ago."
    )


@says("payment_block_ends_once")
def _block_ended(diagnosis) -> UserError:
    return BlockEnded()


class NothingWithheld(UserError):
    code, status = "payables.nothing_withheld", 409
    message = _("Nothing was withheld from {vendor} in {year}, so there is nothing to certify. Choose another vendor or year.")


class CreditUnmatched(UserError):
    code, status = "payables.credit_unmatched", 409
    message = _(
        "Line {line} of {document} gives back {quantity}, and says of {matched} what that is. Match it to what was sent back or billed "
        "(Match to orders, or by hand), or name the account that takes it."
    )


class LooksLikeDuplicate(UserError):
    code, status = "payables.looks_like_duplicate", 409
    message = _(
        "{bill} of {vendor} looks like {others}. Open that one; or, if this is another document, say so under “why it is no duplicate”."
    )


class PostedTwice(UserError):
    code, status = "payables.posted_twice", 409
    message = _(
        "Nothing was posted: a bill with this number of this vendor is posted already. If this is another document, tick “another document with the same number” and say why it is no duplicate."
    )


class OtherDocumentWithoutReason(UserError):
    code, status = "payables.other_document_without_reason", 422
    message = _("Nothing was saved: say under “why it is no duplicate” what makes this another document with the same number.")


@says("vendor_number_posted_once")
def _posted_twice(diagnosis) -> UserError:
    return PostedTwice(fields={"vendor_number": _("Posted already with this number.")})


@says("other_document_has_reason")
def _other_document(diagnosis) -> UserError:
    return OtherDocumentWithoutReason(fields={"duplicate_reason": _("Say why, in a few words.")})


@says("posted_bill_never_changes")
def _posted(diagnosis) -> UserError:
    return PostedBill()


@says("bill_tax_difference_is_rounding")
def _tax_difference(diagnosis) -> UserError:
    return TaxDifferenceTooLarge()


@says("bill_has_vendor_number")
def _vendor_number(diagnosis) -> UserError:
    return VendorNumberMissing()
