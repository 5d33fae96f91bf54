"""What receivables refuse, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoProcedure(UserError):
    code, status = "receivables.no_procedure", 409
    message = _(
        "{document} proposes nothing: {company} has no dunning procedure. Write one under Books > Dunning procedures, and mark it as the default."
    )


class RunIsOver(UserError):
    code, status = "receivables.run_is_over", 409
    message = _("{document} cannot be put back: {run} is sent or cancelled. Propose a new run; what is still overdue is in it.")


class RemindedAlready(UserError):
    code, status = "receivables.reminded_already", 409
    message = _("Nothing was sent: an item of this run was reminded of at the same level by another run just now. Propose the run again.")


class SentReminder(UserError):
    code, status = "receivables.sent_never_changes", 409
    message = _("Nothing was changed: a reminder that was sent is never edited. Waive its charges if they shall not be paid.")


class NothingCharged(UserError):
    code, status = "receivables.nothing_charged", 409
    message = _("{document} charged neither fee nor interest, so there is nothing to waive.")


class ChargesSettled(UserError):
    code, status = "receivables.charges_settled", 409
    message = _("The charges of {document} are settled already, wholly or in part. Unapply the payment first, or write off the rest.")


class OnCreditHold(UserError):
    code, status = "receivables.on_credit_hold", 409
    message = _(
        "{document} is not shipped: {customer} has an exposure of {exposure} with a limit of {limit}, and is overdue by {days} days. Let it be released by "
        "somebody who may, or wait for the payment."
    )


class NotBySameHand(UserError):
    code, status = "receivables.not_by_the_same_hand", 403
    message = _("{document} was entered or changed by {who}, who therefore cannot release it. Ask a colleague who may release credit.")


class ReleasedTooLittle(UserError):
    code, status = "receivables.released_too_little", 422
    message = _(
        "{document} comes to {needed}, but was to be released up to {amount}. Raise the amount, or leave it empty to release the whole."
    )


class NothingOwed(UserError):
    code, status = "receivables.nothing_owed", 409
    message = _("{customer} owes nothing to a company for which you collect. Name the company if you mean another one.")


class PromiseWithdrawn(UserError):
    code, status = "receivables.promise_withdrawn", 409
    message = _("Promise {promise} was withdrawn already.")


class NotDisputable(UserError):
    code, status = "receivables.not_disputable", 409
    message = _("{document} cannot be disputed: only a posted invoice can. Correct the draft, or write a credit note.")


class DisputedTooMuch(UserError):
    code, status = "receivables.disputed_too_much", 422
    message = _("{asked} are disputed of {document}, but only {left} of it are neither credited nor disputed already.")


class NoSuchInvoiceLine(UserError):
    code, status = "receivables.no_such_invoice_line", 422
    message = _("{document} has no line {line}. Choose one of its lines, or none to dispute the whole.")


class DisputeStays(UserError):
    code, status = "receivables.dispute_never_changes", 409
    message = _("Nothing was changed: a dispute is settled by a credit note or rejected, never edited or deleted.")


@says("dispute_never_changes")
def _dispute(diagnosis) -> UserError:
    return DisputeStays()


class OnlyConfirmations(UserError):
    code, status = "receivables.only_confirmations", 409
    message = _("{document} is a statement of account, to which no answer is noted. Ask for a confirmation of the balance instead.")


class SentStatement(UserError):
    code, status = "receivables.sent_statement_never_changes", 409
    message = _("Nothing was changed: a statement that was sent keeps its figures. Prepare a new run.")


class NotTheControlAccount(UserError):
    code, status = "receivables.not_the_control_account", 409
    message = _("Nothing was prepared: the open items of the day differ from the control accounts. Run the checks of the books first.")


@says("sent_statement_never_changes")
def _sent_statement(diagnosis) -> UserError:
    return SentStatement()


@says("prepared_statements_equal_control")
def _unequal(diagnosis) -> UserError:
    return NotTheControlAccount()


@says("reminded_once_at_a_level")
def _reminded(diagnosis) -> UserError:
    return RemindedAlready()


@says("sent_reminder_never_changes")
def _sent(diagnosis) -> UserError:
    return SentReminder()
