"""What the warehouse refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NotEnoughStock(UserError):
    code, status = "inventory.not_enough_stock", 409
    message = _(
        "{product}: {asked} asked for in {place}, but only {available} are free there. Take less, take from another warehouse, or wait for the next receipt."
    )


class PromisedTwice(UserError):
    code, status = "inventory.promised_twice", 409
    message = _(
        "Nothing was changed: the goods are not there any more, or are promised to others; somebody was faster. Load the stock again."
    )


class ReturnedTooMuch(UserError):
    code, status = "inventory.returned_too_much", 409
    message = _("{product}: {asked} are to come back, but of {issued} delivered {returned} came back already. Lower the quantity.")


class NoStockLocation(UserError):
    code, status = "inventory.no_stock_location", 409
    message = _("{warehouse} has no place for stock. Set one up under Set up > Locations.")


class NoStandardCost(UserError):
    code, status = "inventory.no_standard_cost", 409
    message = _("{product} is valued at standard cost, but has none yet. Post a cost revision for it, then post this again.")


class NotAtStandard(UserError):
    code, status = "inventory.not_at_standard", 409
    message = _(
        "{product} is not valued at standard cost. Take it off the revision, or change its costing while nothing of it is in stock."
    )


class NothingBears(UserError):
    code, status = "inventory.nothing_bears", 422
    message = _(
        "{document}: nothing on its receipts bears {cost} by {by}. Name posted receipts, or share it by something that their goods have."
    )


class CostingStays(UserError):
    code, status = "inventory.costing_stays", 409
    message = _("Nothing was changed: the product is in stock, and its costing changes only when nothing of it is left.")


class NotGoods(UserError):
    code, status = "inventory.not_goods", 422
    message = _("{product} is a service: it is not kept in stock. Take it off the paper.")


class NoLines(UserError):
    code, status = "inventory.no_lines", 422
    message = _("{document} has no lines. Add at least one before posting it.")


class PostedStock(UserError):
    code, status = "inventory.posted_never_changes", 409
    message = _("Nothing was changed: a posted paper of the warehouse never changes. Write a return, a transfer or an adjustment.")


@says("posted_stock_never_changes")
def _posted(diagnosis: Any) -> UserError:
    return PostedStock()


@says("stock_not_promised_twice")
def _promised(diagnosis: Any) -> UserError:
    return PromisedTwice()


@says("costing_changes_without_stock")
def _costing(diagnosis: Any) -> UserError:
    return CostingStays()
