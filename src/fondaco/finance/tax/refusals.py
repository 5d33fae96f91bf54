"""What tax refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class TaxUnexplained(UserError):
    code, status = "tax.unexplained", 409
    message = _(
        "Nothing was posted: tax account {account} would move by {ledger}, and its tax entries by {taxes}. Tax accounts are posted to by documents with tax codes, or by hand with a manual entry; see that the account of the tax code is one that is explained by tax."
    )


@says("tax_entries_equal_ledger")
def _unexplained(diagnosis) -> UserError:
    ledger, _space, taxes = (diagnosis.message_detail or "").partition(" ")
    return TaxUnexplained(account=diagnosis.message_hint, ledger=ledger, taxes=taxes)


class EarlierReturnOpen(UserError):
    code, status = "tax.earlier_return_open", 409
    message = _("The return of {document} cannot be filed before that of {earlier}, which is still open. File returns in their order.")


class LaterReturnFiled(UserError):
    code, status = "tax.later_return_filed", 409
    message = _("{document} cannot be reopened: {later} is filed and builds on it. Reopen that one first, or all of them at once.")


class NothingLate(UserError):
    code, status = "tax.nothing_late", 409
    message = _("The return of {document} has no late lines: every line of its days counts in it already.")


class ReturnMissing(UserError):
    code, status = "tax.return_missing", 409
    message = _("{company} has no return with boxes yet. Load those of its country, or add one under Set up > Return definitions.")


class FiledCodesStay(UserError):
    code, status = "tax.filed_codes_stay", 409
    message = _(
        "The tax codes of {definition} stay as they are: returns of it are filed, and their lines are locked by these codes. Add another return definition, or reopen its returns first."
    )


@says("filed_codes_never_change")
def _other_codes(diagnosis) -> UserError:
    return FiledCodesStay(definition=diagnosis.message_detail)


class ReturnFiled(UserError):
    code, status = "tax.return_filed", 409
    message = _(
        "Nothing was changed: the VAT return of these days is filed. Post again, so that the tax counts in the next return, or reopen it."
    )


@says("tax_entry_not_in_a_filed_return")
@says("filed_return_never_changes")
def _filed(diagnosis) -> UserError:
    return ReturnFiled()
