"""Sentences of crediting."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class SharesNoWhole(UserError):
    code, status = "crediting.shares_no_whole", 422
    message = _(
        "The shares of rule “{rule}” make {total}%, and must make 100%. Correct them; what a manager has beside the others is marked “on top”."
    )


class RuleTwice(UserError):
    code, status = "crediting.rule_twice", 409
    message = _(
        "On some of these days there is a credit rule of the same conditions and priority already. End that one first, or give this one another priority."
    )


class CreditNoWhole(UserError):
    code, status = "crediting.credit_no_whole", 409
    message = _(
        "Nothing was credited: a line of {document} would be credited in part, or twice. Repeat; if it is refused again, tell the administrator."
    )


@says("credit_shares_make_a_whole")
def _no_whole(diagnosis: Any) -> UserError:
    return SharesNoWhole(rule=diagnosis.message_detail or "", total=Decimal(diagnosis.message_hint or "0"))


@says("credit_rule_once_a_day")
def _twice(_diagnosis: Any) -> UserError:
    return RuleTwice()


@says("sales_credit_is_whole")
@says("sales_credit_mirrors")
def _part(diagnosis: Any) -> UserError:
    return CreditNoWhole(document=diagnosis.message_detail or "")
