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
