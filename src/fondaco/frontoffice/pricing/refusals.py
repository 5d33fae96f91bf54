"""What pricing refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class DiscountsConflict(UserError):
    code, status = "pricing.discounts_conflict", 409
    message = _(
        "The discount rule was not saved: rule {other} of the same step gives a discount for the same customers and goods, from the same quantity and value, on the same days. Change its days, or change that rule."
    )


class DiscountUnclear(UserError):
    code, status = "pricing.discount_unclear", 422
    message = _(
        "The discount rule was not saved: it gives more than 0 and at most 100 percent, for a customer or a group or everybody, on a product or a category or everything, and ends no earlier than it begins."
    )


class StepTwice(UserError):
    code, status = "pricing.step_twice", 409
    message = _("The discount step was not saved: the company has another step of the same code or at the same position. Choose another.")


class LimitUnclear(UserError):
    code, status = "pricing.limit_unclear", 422
    message = _(
        "The limit was not saved: it says how much discount there may be at most (0 to 100 percent), or how far prices stay above cost (0 to 999 percent), or both."
    )


class LimitTwice(UserError):
    code, status = "pricing.limit_twice", 409
    message = _("The limit was not saved: there is one for the same company and category already. Change that one.")


@says("discounts_do_not_conflict")
def _conflict(diagnosis: Any) -> UserError:
    said = diagnosis.message_detail or ""
    # Two rules saved at the same moment meet in the index, which knows no names.
    return DiscountsConflict(other="" if said.startswith("Key") else said)


for _constraint in (
    "discount_for_one_at_most",
    "discount_on_one_at_most",
    "discount_percent",
    "discount_from_not_negative",
    "discount_runs_forward",
):
    says(_constraint)(lambda diagnosis: DiscountUnclear())
for _constraint in ("discount_step_code_once", "discount_step_position_once"):
    says(_constraint)(lambda diagnosis: StepTwice())
for _constraint in ("discount_limit_says_something", "discount_limit_percent"):
    says(_constraint)(lambda diagnosis: LimitUnclear())


@says("discount_limit_once")
def _limit_twice(diagnosis: Any) -> UserError:
    return LimitTwice()


class SellingCostUnclear(UserError):
    code, status = "pricing.selling_cost_unclear", 422
    message = _(
        "The expected cost was not saved: it is 0 to 100 percent of the net, and of freight an amount for each kilogram, for a customer or a group or everybody, on a product or a category or everything, and ends no earlier than it begins."
    )


class SellingCostsConflict(UserError):
    code, status = "pricing.selling_costs_conflict", 409
    message = _(
        "The expected cost was not saved: another of the same kind is for the same customers and goods on the same days. Change its days, or change that one."
    )


for _constraint in ("selling_cost_for_one_at_most", "selling_cost_on_one_at_most", "selling_cost_figures", "selling_cost_runs_forward"):
    says(_constraint)(lambda diagnosis: SellingCostUnclear())


@says("selling_costs_do_not_conflict")
def _selling_conflict(diagnosis: Any) -> UserError:
    return SellingCostsConflict()


class NoRebateTiers(UserError):
    code, status = "pricing.no_rebate_tiers", 422
    message = _("{document} was not brought into force: it has no tiers. Enter from which turnover on how many percent are given back.")


class NotOverYet(UserError):
    code, status = "pricing.not_over_yet", 409
    message = _("{document} was not settled: its last day is {last}, and it is to be settled on {on}. Settle it on a later day.")


class CreditNoteStands(UserError):
    code, status = "pricing.credit_note_stands", 409
    message = _("{document} was not reopened: {note} settles it. Delete that draft, or reverse the credit note, first.")


class SettlementDiffers(UserError):
    code, status = "pricing.settlement_differs", 409
    message = _(
        "{document} was not posted: it settles rebate agreement {agreement}, for which {owed} without tax are owed, from the account of accrued rebates. Delete it, reopen the agreement and settle it anew."
    )


class OneRebateAtATime(UserError):
    code, status = "pricing.one_rebate_at_a_time", 409
    message = _(
        "The rebate agreement was not brought into force: the customer has another one for some of the same days. Change the days, or cancel this one."
    )


class RebateUnclear(UserError):
    code, status = "pricing.rebate_unclear", 422
    message = _(
        "The rebate agreement was not saved: it ends no earlier than it begins, expects no turnover below zero, and has tiers of 0 to 100 percent, each from a turnover of its own."
    )


class RebateInForce(UserError):
    code, status = "pricing.rebate_in_force", 409
    message = _("Nothing was saved: what was agreed in rebate agreement {document} stays as it is in force.")


@says("one_rebate_at_a_time")
def _one_rebate(diagnosis: Any) -> UserError:
    return OneRebateAtATime()


@says("rebate_in_force_stays")
def _rebate_stays(diagnosis: Any) -> UserError:
    return RebateInForce(document=diagnosis.message_detail or "")


for _constraint in ("rebate_figures", "rebate_tier_figures", "rebate_tier_once"):
    says(_constraint)(lambda diagnosis: RebateUnclear())
