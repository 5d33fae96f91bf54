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
