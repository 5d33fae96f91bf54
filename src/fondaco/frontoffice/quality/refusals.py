"""What is refused about reasons, time and satisfaction, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoSuchReason(UserError):
    code, status = "quality.no_such_reason", 404
    message = _("There is no reason “{reason}” in use in the company of {document}. Choose one of Set up > Reasons of tickets.")


class ReasonMissing(UserError):
    code, status = "quality.reason_missing", 409
    message = _("{document} is not solved: nobody has said why it came. Choose “Solve with reason”, or give it a reason first.")


class NoMinutes(UserError):
    code, status = "quality.no_minutes", 422
    message = _("{minutes} minutes cannot be entered on {document}: enter between 1 and 1,440, or below zero to take time back.")


class TakenBackTooMuch(UserError):
    code, status = "quality.taken_back_too_much", 409
    message = _("Of {document} {minutes} minutes are entered; {asked} cannot be taken back.")


class InFuture(UserError):
    code, status = "quality.in_future", 422
    message = _("Time on {document} cannot be entered for {on}, which is still to come. Enter it when it was spent.")


class LinkClosed(UserError):
    code, status = "quality.link_closed", 404
    message = _("This question is not open. It was answered some days ago, or the link is not complete.")


class NoScore(UserError):
    code, status = "quality.no_score", 422
    message = _("Choose how satisfied you are first.")


class AnswerStays(UserError):
    code, status = "quality.answer_stays", 409
    message = _("What the customer said stays as it is: he alone can change it, for some days.")


@says("survey_answer_stays")
def _stays(diagnosis: Any) -> UserError:
    return AnswerStays()


class ReasonsCircle(UserError):
    code, status = "quality.reasons_circle", 409
    message = _("Reason {document} would be a kind of itself, or of a reason of another company. Choose another one above it.")


@says("reasons_are_a_tree")
def _circle(diagnosis: Any) -> UserError:
    return ReasonsCircle(document=diagnosis.message_detail or "")


@says("solved_with_a_reason")
def _without_reason(diagnosis: Any) -> UserError:
    return ReasonMissing(document=diagnosis.message_detail or "")
