"""What customer value refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class TooFewCustomers(UserError):
    code, status = "value.too_few_customers", 409
    message = _(
        "The value of the customers of {company} cannot be predicted yet: {customers} bought, {repeaters} of them again, and {fewest} and "
        "{fewest_repeaters} are needed. Until then the margin of the last 12 months counts."
    )


class NotFitted(UserError):
    code, status = "value.not_fitted", 409
    message = _(
        "No model fits how the {customers} customers of {company} buy: they are too much alike, or have bought for too short a time. The model of "
        "before stays in force. Try again when there are more purchases."
    )


class OverrideTwice(UserError):
    code, status = "value.override_twice", 409
    message = _("On some of these days the customer has a service level set by hand already. End that one first, or choose other days.")


class NoExpense(UserError):
    code, status = "value.no_expense", 422
    message = _("Account {account} is no expense account, so nothing on it is cost of winning customers. Choose an expense account.")


class OtherCompany(UserError):
    code, status = "value.other_company", 422
    message = _("The account or service level belongs to another company. Choose one of the company of this record.")


class LevelThreshold(UserError):
    code, status = "value.level_threshold", 422
    message = _(
        "A service level is reached either from an amount or by the best so many percent (above 0, at most 100). Enter exactly one of them."
    )


@says("level_override_once_a_day")
def _twice(_diagnosis: Any) -> UserError:
    return OverrideTwice()


@says("acquisition_account_is_expense")
def _no_expense(diagnosis: Any) -> UserError:
    return NoExpense(account=diagnosis.message_detail or "")


@says("acquisition_account_of_company")
@says("level_override_of_company")
def _other(_diagnosis: Any) -> UserError:
    return OtherCompany()


@says("service_level_one_threshold")
def _threshold(_diagnosis: Any) -> UserError:
    return LevelThreshold()
