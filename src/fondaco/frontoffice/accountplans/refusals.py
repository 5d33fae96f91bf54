"""What account plans refuse, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class PlanThere(UserError):
    code, status = "accountplans.plan_there", 409
    message = _(
        "An account plan of this customer is active on some of these days already. Close that one first, or give this one other days."
    )


class PlanClosed(UserError):
    code, status = "accountplans.plan_closed", 409
    message = _("Account plan {plan} is closed and stays as it was. Make a new plan for what is to come.")


class PlanNotActive(UserError):
    code, status = "accountplans.plan_not_active", 409
    message = _("“{objective}” belongs to account plan {plan}, which is not active ({state}). Activate the plan first.")


class ReachedAlready(UserError):
    code, status = "accountplans.reached_already", 409
    message = _("“{objective}” was reached on {on} already. Write another objective instead.")


class NotOfThePlan(UserError):
    code, status = "accountplans.not_of_the_plan", 409
    message = _("{person} cannot stand in the plan: nothing connects him with {customer}. Add him to its people first (Relationships).")


class CompanyTwice(UserError):
    code, status = "accountplans.company_twice", 409
    message = _("{party} is the customer of the plan, and cannot be a further company of it. Take the line out.")


class ActivityOfOther(UserError):
    code, status = "accountplans.activity_of_other", 409
    message = _("The activity is with another customer or of another company than the plan. Plan one with this customer.")


@says("active_plan_once_a_day")
def _there(_diagnosis: Any) -> UserError:
    return PlanThere()


@says("closed_plan_stays")
def _closed(diagnosis: Any) -> UserError:
    return PlanClosed(plan=diagnosis.message_detail or "")


@says("plan_contact_of_customer")
def _stranger(diagnosis: Any) -> UserError:
    return NotOfThePlan(person=diagnosis.message_detail or "", customer=diagnosis.message_hint or "")


@says("plan_company_is_another")
def _twice(diagnosis: Any) -> UserError:
    return CompanyTwice(party=diagnosis.message_detail or "")


@says("plan_activity_of_customer")
def _other(_diagnosis: Any) -> UserError:
    return ActivityOfOther()
