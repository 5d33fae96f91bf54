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
