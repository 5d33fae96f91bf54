"""What subscriptions refuse, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NothingAgreed(UserError):
    code, status = "subscriptions.no_lines", 422
    message = _("{document} has no lines. Add at least one product before you bring it into force.")


class PriceUnknown(UserError):
    code, status = "subscriptions.no_price", 422
    message = _(
        "Line {line} ({product}) has no price: no price list and no list price covers it in {currency} on {on}. Enter a unit price."
    )


class StepOfNothing(UserError):
    code, status = "subscriptions.step_of_nothing", 422
    message = _(
        "{document} was not brought into force: {product} has dated prices or tiers, but no line of the kind they are for. Dated prices are for lines that recur, tiers for lines by use; they lie within the contract."
    )


class InForceStays(UserError):
    code, status = "subscriptions.in_force_stays", 409
    message = _(
        "Contract {document} is in force: its lines, steps and terms never change. Change it from a day on with a verb, such as “Change”, “Pause” or “Cancel”."
    )


class MeterTaken(UserError):
    code, status = "subscriptions.meter_taken", 409
    message = _(
        "Meter {meter} cannot be charged by this contract: on some of its days it is charged by another one ({other}), or it is of another customer. Choose another meter."
    )


class UsageOfOthers(UserError):
    code, status = "subscriptions.usage_of_others", 422
    message = _("Nothing was taken in: record {key} names meter {meter}, which the company does not have. Enter the meter first.")


class UsageDiffers(UserError):
    code, status = "subscriptions.usage_differs", 409
    message = _(
        "Nothing was taken in: record {key} of {source} is there already, with {there} on {on}, and now says {given}. Reverse it, and send the right figure under a new key."
    )


class TableUnreadable(UserError):
    code, status = "subscriptions.table_unreadable", 422
    message = _(
        "Nothing was taken in: row {row} of the table cannot be read, {why}. Correct it and send the table again; what is known is taken once."
    )


class ReversedAlready(UserError):
    code, status = "subscriptions.reversed_already", 409
    message = _("Record {document} is reversed already, or is itself a reversal. Nothing was written.")


class ReversedWholly(UserError):
    code, status = "subscriptions.reversed_wholly", 422
    message = _("Record {key} was not written: a reversal takes back the whole of one record, on its day and its meter.")


class NotOfContract(UserError):
    code, status = "subscriptions.charge_is_kept", 409
    message = _(
        "Line {line} of the invoice is what contract {document} charges for its days, to the cent, and was not changed. Amend the contract, or delete the line: its days are then open again."
    )


class ChargedTwice(UserError):
    code, status = "subscriptions.charged_twice", 409
    message = _(
        "Nothing was invoiced: days of contract {document} would be charged twice. They stand on another invoice; credit or delete that one first."
    )


class ChargeStays(UserError):
    code, status = "subscriptions.charge_stays", 409
    message = _("What a contract charged never changes. Credit or reverse its invoice: its days are then open again.")


class NothingDue(UserError):
    code, status = "subscriptions.nothing_due", 409
    message = _("Nothing was invoiced: up to {on} nothing is due of {document} that is not invoiced already.")


class OutsideTerm(UserError):
    code, status = "subscriptions.outside_term", 422
    message = _("{document} was not changed: it runs from {first} to {last}, and {on} is outside. Choose a day within.")


class NoticeTooLate(UserError):
    code, status = "subscriptions.notice_too_late", 409
    message = _(
        "Notice on {on} is too late for {document}: it ends on {last}, and {days} days of notice were agreed, so the last day for it was {until}. Cancel it with a reason instead, or give notice for the next term once it has renewed."
    )


class EndsAlready(UserError):
    code, status = "subscriptions.ends_already", 409
    message = _("{document} ends on {last} already, and does not renew.")


class PausedAlready(UserError):
    code, status = "subscriptions.paused_already", 409
    message = _("{document} is paused since {first}. Resume it first.")


class NotPaused(UserError):
    code, status = "subscriptions.not_paused", 409
    message = _("{document} is not paused before {on}. There is nothing to resume.")


class NotEndedYet(UserError):
    code, status = "subscriptions.not_ended_yet", 409
    message = _("{document} ends on {last}; on {on} it still runs.")


class NoTermToRenew(UserError):
    code, status = "subscriptions.no_term", 409
    message = _("{document} runs until it is cancelled; there is no term to renew.")


class NotRecurring(UserError):
    code, status = "subscriptions.not_recurring", 422
    message = _(
        "{line} of {document} cannot be changed from a day on: tariffs by use and single fees stay as they were signed. Add a product, or make a new contract."
    )


class NothingChanged(UserError):
    code, status = "subscriptions.nothing_changed", 422
    message = _("{document} was not changed: enter a quantity or a price other than the present one.")


class ProductTwice(UserError):
    code, status = "subscriptions.product_twice", 409
    message = _("{product} is in contract {document} already. Change its line; a quantity of nought ends it, another begins it again.")


class FiguresUnclear(UserError):
    code, status = "subscriptions.figures_unclear", 422
    message = _(
        "The contract was not saved: quantities and prices are nought or more, discounts 0 to 100 percent, a cap is no less than the minimum; a line by use names a meter, and only it; packages have a size, and only they; a product stands once; the term is 1 to 240 months."
    )


@says("subscription_in_force_stays")
def _stays(diagnosis: Any) -> UserError:
    return InForceStays(document=diagnosis.message_detail or "")


@says("subscription_meter_once")
def _meter(diagnosis: Any) -> UserError:
    return MeterTaken(meter=diagnosis.message_detail or "", other=diagnosis.message_hint or "–")


@says("usage_reversed_wholly")
@says("usage_of_own_company")
def _reversal(diagnosis: Any) -> UserError:
    return ReversedWholly(key=diagnosis.message_detail or "")


@says("subscription_charge_is_invoiced")
def _kept(diagnosis: Any) -> UserError:
    return NotOfContract(document=diagnosis.message_detail or "", line=diagnosis.message_hint or "")


@says("subscription_charges_make_the_period")
@says("subscription_charged_once")
def _twice(diagnosis: Any) -> UserError:
    said = diagnosis.message_detail or ""
    return ChargedTwice(document="" if said.startswith("Key") else said)


@says("subscription_charge_stays")
def _charge(_diagnosis: Any) -> UserError:
    return ChargeStays()


for _constraint in (
    "subscription_line_figures", "subscription_use_is_metered", "subscription_package_has_a_size", "subscription_product_once", "subscription_step_once",
    "subscription_step_figures", "subscription_tier_once", "subscription_tier_figures", "subscription_terms",
):  # fmt: skip
    says(_constraint)(lambda _diagnosis: FiguresUnclear())
