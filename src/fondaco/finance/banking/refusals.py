"""What banking refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.platform.database.refusals import UserError, says

#: Why a bank file cannot be read, by the key that the child process answers with.
REASONS: dict[str, Any] = {
    "empty": gettext_lazy("it is empty"),
    "packed": gettext_lazy("it is a {text} file; unpack it, and give the statements in it"),
    "unknown_format": gettext_lazy("it is neither camt.053, MT940 nor OFX, and the bank account has no saved CSV format"),
    "not_xml": gettext_lazy("it is not well-formed XML ({text})"),
    "has_doctype": gettext_lazy("it declares a document type, which no bank does and which can hide an attack"),
    "not_a_statement": gettext_lazy("it holds no statement of booked lines but {text}; ask the bank for camt.053"),
    "no_statements": gettext_lazy("there is no statement in it"),
    "no_lines": gettext_lazy("there are no lines in it"),
    "too_many_lines": gettext_lazy("it has too many lines; cut it into several files"),
    "too_large": gettext_lazy("reading it takes too much memory"),
    "too_long": gettext_lazy("reading it takes too long"),
    "too_deep": gettext_lazy("it is nested too deeply"),
    "crashed": gettext_lazy("reading it failed; the file is damaged"),
    "cut_off": gettext_lazy("it ends before the closing balance"),
    "bad_field": gettext_lazy("a field cannot be read ({text})"),
    "bad_csv": gettext_lazy("the table is damaged ({text})"),
    "not_a_table": gettext_lazy("it is not a table with several columns"),
    "too_few_columns": gettext_lazy("{wanted} columns were expected, there are {found}"),
    "format_incomplete": gettext_lazy("the saved format does not say which columns hold date and amount"),
    "wrong_charset": gettext_lazy("its characters are not {charset}"),
    "has_nul": gettext_lazy("it holds NUL characters"),
    "no_account": gettext_lazy("the account is missing"),
    "no_balance": gettext_lazy("opening or closing balance is missing"),
    "balance_does_not_run": gettext_lazy("the balance does not run with the lines"),
    "no_amount": gettext_lazy("“{text}” is not an amount"),
    "amount_too_long": gettext_lazy("the amount {text} has too many digits"),
    "no_date": gettext_lazy("“{text}” is not a date"),
    "no_currency": gettext_lazy("“{text}” is not a currency"),
    "no_side": gettext_lazy("it does not say whether money came or went (“{text}”)"),
}


class FileRefused(UserError):
    code, status = "banking.file_refused", 422
    message = gettext_lazy(
        "{name} was not read: {why}{where}. Nothing was changed. Get the file from the bank again, or choose another one."
    )


class FileTooLarge(UserError):
    code, status = "banking.file_too_large", 413
    message = gettext_lazy(
        "{name} was not read: bank files may have at most {limit} MB. Ask the bank for shorter periods. Nothing was changed."
    )


def refused(name: str, why: str, line: int = 0, **figures: str) -> FileRefused:
    """The refusal of a file with reason and line."""
    where = _(" (line {line})").format(line=line) if line else ""
    reason = str(REASONS.get(why, REASONS["crashed"]))
    try:
        reason = reason.format(**figures)
    except KeyError:
        reason = str(REASONS["crashed"])
    return FileRefused(name=name, why=reason, where=where, rows=[{"line": str(line), "why": why}])


class UnknownAccount(UserError):
    code, status = "banking.unknown_account", 422
    message = gettext_lazy(
        "{name} was not imported: it is of the account {account}, which is none of your companies’ bank accounts. Enter the account with its number under Books > Bank accounts, then repeat."
    )


class WhichAccount(UserError):
    code, status = "banking.which_account", 422
    message = gettext_lazy("{name} was not imported: it does not tell which bank account it is of. Choose the bank account, then repeat.")


class OtherAccount(UserError):
    code, status = "banking.other_account", 422
    message = gettext_lazy(
        "{name} was not imported: it is of the account {stated} (line {line}), not of {account}. Choose the right bank account, or correct its number under Books > Bank accounts."
    )


class OtherCurrency(UserError):
    code, status = "banking.other_currency", 422
    message = gettext_lazy(
        "{name} was not imported: line {line} is in {currency}, but {account} is kept in {expected}. Get the file from the bank again, or choose another bank account."
    )


class DoesNotAddUp(UserError):
    code, status = "banking.statement_does_not_add_up", 422
    message = gettext_lazy(
        "{name} was not imported: in the statement that begins in line {line}, opening balance {opening} and lines {lines} do not come to the closing balance {closing}; {difference} is missing. Get the file from the bank again."
    )


class StatementMissing(UserError):
    code, status = "banking.statement_missing", 409
    message = gettext_lazy(
        "{name} was not imported: {account} stands at {closing} {currency} on {until}, but the statement that begins in line {line} opens with {opening}. Import the statements between them first."
    )


class LineMatched(UserError):
    code, status = "banking.line_matched", 409
    message = gettext_lazy("Nothing was matched: somebody has matched this bank line just now. Load the page again.")


class PostingMatched(UserError):
    code, status = "banking.posting_matched", 409
    message = gettext_lazy("Nothing was matched: somebody has matched this line of the books just now. Load the page again.")


class NeverChanges(UserError):
    code, status = "banking.never_changes", 409
    message = gettext_lazy(
        "Nothing was changed: bank statements, their lines and their matches never change. Undo a match to match its lines anew."
    )


class DoesNotComeOut(UserError):
    code, status = "banking.match_does_not_come_out", 422
    message = gettext_lazy(
        "Nothing was matched: {difference} remains between bank and books. Choose more items, or say where the difference goes."
    )


class KeptInCurrency(UserError):
    code, status = "banking.kept_in_currency", 409
    message = gettext_lazy(
        "Nothing was saved: the bank account has statements, so that company and currency stay. Enter another bank account."
    )


class BadFormat(UserError):
    code, status = "banking.bad_format", 422
    message = gettext_lazy("The format was not saved: {why}. Correct it, and try it on a file.")


class NothingChosen(UserError):
    code, status = "banking.nothing_chosen", 422
    message = gettext_lazy(
        "{line} was not matched: the chosen items are not open, or there are none. Load the page again, and choose open items."
    )


class DoesNotFit(UserError):
    code, status = "banking.does_not_fit", 422
    message = gettext_lazy(
        "{line} was not matched: {item} ({open} open) is of another party, currency or direction than the line and the other items, or less is open. Choose items that fit."
    )


class OneAccount(UserError):
    code, status = "banking.one_account", 422
    message = gettext_lazy(
        "Nothing was matched: the lines are of several bank accounts, or money came in on some and went out on others. Match them apart."
    )


class CannotConvert(UserError):
    code, status = "banking.cannot_convert", 422
    message = gettext_lazy(
        "{line} was not matched: items in {currency} can be settled from an account in that currency, or in the company’s own. Post the line to the transfer account first."
    )


class ProposalGone(UserError):
    code, status = "banking.proposal_gone", 409
    message = gettext_lazy(
        "{line} was not matched: the proposal is no longer there, because something of it was settled in the meantime. Load the page again."
    )


class TooMuchGivenUp(UserError):
    code, status = "banking.too_much_given_up", 403
    message = gettext_lazy(
        "Nothing was matched: {difference} would be given up, more than the tolerance of {tolerance}. That needs the right “{permission}”; or leave the rest open."
    )


class PostingOfOther(UserError):
    code, status = "banking.posting_of_other", 422
    message = gettext_lazy(
        "Nothing was matched: a chosen line of the books is not on this bank account. Choose lines of the same bank account."
    )


SAYINGS = {
    "matched_posting_of_bank": lambda d: PostingOfOther(),
    "bank_line_matched_once": lambda d: LineMatched(),
    "journal_line_matched_once": lambda d: PostingMatched(),
    "bank_line_never_changes": lambda d: NeverChanges(),
    "bank_match_never_changes": lambda d: NeverChanges(),
    "bank_match_comes_out": lambda d: DoesNotComeOut(difference=d.message_detail),
    "bank_statement_of_bank_account": lambda d: KeptInCurrency(),
}
for _constraint, _translate in SAYINGS.items():
    says(_constraint)(_translate)
