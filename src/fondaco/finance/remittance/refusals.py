"""What payment runs refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class OwnRun(UserError):
    code, status = "remittance.own_run", 403
    message = _("{run} was not released: you prepared or changed it yourself. Somebody else has to look at it and release it.")


class OwnPayee(UserError):
    code, status = "remittance.own_payee", 403
    message = _(
        "{run} was not released: you wrote the vendor or his bank account yourself ({vendors}). Somebody else has to release it, or take these vendors out."
    )


class NothingToPay(UserError):
    code, status = "remittance.nothing_to_pay", 422
    message = _(
        "{run} has nothing to pay: no item is due until {due_until}, or all are left out. See what is left out and why, or choose a later day."
    )


class PayeeNotConfirmed(UserError):
    code, status = "remittance.payee_not_confirmed", 409
    message = _(
        "{run}: the bank account of {vendors} is on hold or was changed meanwhile. Have it confirmed, or send the run back and take the lines out."
    )


class ItemChanged(UserError):
    code, status = "remittance.item_changed", 409
    message = _(
        "{run}: {vendor} is to be paid {asked} on {item}, but only {open} are open there; somebody may have settled it just now. Send the run back and propose it again."
    )


class FileChanged(UserError):
    code, status = "remittance.file_changed", 409
    message = _(
        "This is not the file that {run} was released with: its fingerprint (SHA-256) is {found}, released was {released}. Do not send it; fetch the file from the run, and tell whoever looks after your security."
    )


class FileNotYet(UserError):
    code, status = "remittance.no_file_yet", 409
    message = _("{run} has no file: a file is made when a second person releases the run.")


class FileNotValid(UserError):
    code, status = "remittance.file_not_valid", 422
    message = _("{run} was not released: the bank would refuse its file ({problem}). Correct the bank account or the vendor named there.")


class NoIban(UserError):
    code, status = "remittance.no_iban", 422
    message = _(
        "{account} has no IBAN, and a file of transfers needs one. Write it under Books > Bank accounts, or pay from another account."
    )


class RunNeverChanges(UserError):
    code, status = "remittance.run_never_changes", 409
    message = _(
        "Nothing was changed: a run that is submitted, released or cancelled is not edited. Send it back first, or make another run."
    )


class NotCovered(UserError):
    code, status = "remittance.credit_not_covered", 422
    message = _(
        "{run}: the credit of {vendors} takes more off than the run pays them, and a bank transfers nothing below zero. Take credit notes of them out, or pay more of their bills."
    )


class StaysLeftOut(UserError):
    code, status = "remittance.stays_left_out", 409
    message = _("{line} stays left out: {reason}. Clear that first, and propose the run again.")


class InOtherRun(UserError):
    code, status = "remittance.in_other_run", 409
    message = _(
        "Nothing was changed: an item stands in another run that is not released yet. Cancel that one first, or leave the item out."
    )


class MoreThanOpen(UserError):
    code, status = "remittance.more_than_open", 422
    message = _("{line}: {amount} and a cash discount of {discount} are more than the {open} that are open. Lower one of them.")


class NoCreditor(UserError):
    code, status = "remittance.no_creditor", 422
    message = _(
        "{account} needs an IBAN and a SEPA creditor identifier for direct debits. Write them under Books > Bank accounts; the identifier comes from your bank."
    )


#: Why a return file cannot be read, by the word of ``riba_reading``.
WHY = {
    "empty": _("it is empty"),
    "record": _("a record has 120 characters and begins with a blank"),
    "frame": _("one head (IB) begins the file and one foot (EF) ends it"),
    "number": _("this receipt has no record 51 with our number"),
    "order": _("this record 51 belongs to no receipt above it"),
    "figures": _("there are no figures where the standard has them"),
    "foot": _("the foot counts other receipts or records than there are"),
    "too_large": _("it has too many receipts"),
}


class ReturnNotReadable(UserError):
    code, status = "remittance.return_not_readable", 422
    message = _(
        "{document} was not read, nothing was booked. Line {line}: {why}. Fetch the file from the bank again, and take it as it is."
    )


class ReturnStays(UserError):
    code, status = "remittance.return_stays", 409
    message = _(
        "Nothing was changed: a return file that was read stays as it came. Record what the bank says otherwise on the receipts themselves."
    )


@says("read_return_never_changes")
def _read_stays(diagnosis) -> UserError:
    return ReturnStays()


class ReturnTooLarge(UserError):
    code, status = "remittance.return_too_large", 422
    message = _("{document} was not read: the file is too large, or took too long. Ask the bank for a file of fewer days.")


class OtherSia(UserError):
    code, status = "remittance.other_sia", 409
    message = _(
        "{document} was not read: the file is for SIA code {sia}, and {account} has {ours}. Choose the bank account that the file is for."
    )


class AnswerCodeUnknown(UserError):
    code, status = "remittance.answer_code_unknown", 409
    message = _(
        "{document} was not read: what code {code} in line {line} means is not known. Look it up in your bank's sheet, and write it down under Set up > Answers to bank receipts."
    )


class ReceiptNotThere(UserError):
    code, status = "remittance.receipt_not_there", 409
    message = _(
        "{document} was not read: line {line} answers receipt {number} of {amount}, and no such receipt was presented by this bank account. Choose the right bank account, or ask the bank."
    )


class NoSia(UserError):
    code, status = "remittance.no_sia", 422
    message = _(
        "{account} cannot present bank receipts: that needs an Italian IBAN and the SIA code that the bank gave the company. Write both under Books > Bank accounts."
    )


class ReceiptAccount(UserError):
    code, status = "remittance.receipt_account", 409
    message = _("Nothing was presented: the bank account of the receipt for {text} was changed meanwhile. Propose the presentation again.")


@says("receipt_drawn_on_account")
def _receipt_account(diagnosis) -> UserError:
    return ReceiptAccount(text=diagnosis.message_detail or "")


@says("bank_receipt_in_one_presentation")
def _other_presentation(diagnosis) -> UserError:
    return InOtherRun()


class MandateNeverChanges(UserError):
    code, status = "remittance.mandate_never_changes", 409
    message = _("Nothing was changed: a mandate that was used or revoked stays as it was signed. Revoke it, and write the new one.")


class MandateAccount(UserError):
    code, status = "remittance.mandate_account", 422
    message = _("Nothing was saved: a mandate debits an account of the same customer that has an IBAN. Choose one of his accounts.")


class NoMandate(UserError):
    code, status = "remittance.no_mandate", 409
    message = _("Nothing was collected: the mandate of {name} is not in force on that day, or says another account. Propose the run again.")


@says("mandate_never_changes")
def _mandate(diagnosis) -> UserError:
    return MandateNeverChanges()


@says("mandate_on_own_account")
def _mandate_account(diagnosis) -> UserError:
    return MandateAccount()


@says("debit_rests_on_mandate")
def _no_mandate(diagnosis) -> UserError:
    return NoMandate(name=diagnosis.message_detail or "")


@says("collection_line_in_one_open_run")
def _other_collection(diagnosis) -> UserError:
    return InOtherRun()


@says("run_second_person")
def _own_run(diagnosis) -> UserError:
    return OwnRun(run=diagnosis.message_detail or "")


@says("run_not_by_author_of_payee")
def _own_payee(diagnosis) -> UserError:
    return OwnPayee(run=diagnosis.message_detail or "", vendors=diagnosis.message_hint or "")


@says("transfer_to_confirmed_account")
def _not_confirmed(diagnosis) -> UserError:
    return PayeeNotConfirmed(run=diagnosis.message_detail or "", vendors=diagnosis.message_hint or "")


@says("run_never_changes")
def _never(diagnosis) -> UserError:
    return RunNeverChanges()


@says("run_line_in_one_open_run")
def _other_run(diagnosis) -> UserError:
    return InOtherRun()
