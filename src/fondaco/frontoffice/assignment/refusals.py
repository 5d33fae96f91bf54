"""Sentences of assignment."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoRules(UserError):
    code, status = "assignment.no_rules", 409
    message = _(
        "{document} was not assigned: no rule of its company is in force today. Put one in force, or reassign it to somebody by hand."
    )


class NobodyToGiveTo(UserError):
    code, status = "assignment.nobody_to_give_to", 422
    message = _("{document} was not reassigned: there is no active user {user}. Choose one who works here.")


class NothingToHandOver(UserError):
    code, status = "assignment.nothing_to_hand_over", 409
    message = _("Nothing of {territory} was handed over: no open lead or opportunity in it would change hands by the rules in force today.")


class MemberTwice(UserError):
    code, status = "assignment.member_twice", 409
    message = _("Somebody is a member of the territory twice on some of these days. End one membership before the other begins.")


class AbsentTwice(UserError):
    code, status = "assignment.absent_twice", 409
    message = _("Some of these days are in another absence of the same person already. Change that one.")


class OrderTwice(UserError):
    code, status = "assignment.order_twice", 409
    message = _(
        "On some of these days two rules in force would stand at the same place of the order. Give one of them another place, or end the other first."
    )


class AssignmentUntrue(UserError):
    code, status = "assignment.untrue", 409
    message = _(
        "Nothing was assigned: a lead, an opportunity or a rule would be of another company than its assignment. Repeat; if it is refused again, tell the administrator."
    )


@says("member_once_a_day")
def _member(_diagnosis: Any) -> UserError:
    return MemberTwice()


@says("absence_once_a_day")
def _absence(_diagnosis: Any) -> UserError:
    return AbsentTwice()


@says("assignment_order_once_a_day")
def _order(_diagnosis: Any) -> UserError:
    return OrderTwice()


@says("assignment_of_its_company")
def _company(_diagnosis: Any) -> UserError:
    return AssignmentUntrue()
