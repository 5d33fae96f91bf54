"""What purchasing refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NothingOrdered(UserError):
    code, status = "purchasing.no_lines", 422
    message = _("{document} has no lines. Add at least one before confirming it.")


class NoHouse(UserError):
    code, status = "purchasing.no_warehouse", 422
    message = _("{document} names no warehouse, and {company} has none that is active. Set one up under Set up > Warehouses.")


class ReceivedTooMuch(UserError):
    code, status = "purchasing.received_too_much", 409
    message = _(
        "{product} on {order}: {received} would have come of {ordered} ordered, and at most {allowed} may. "
        "Lower the receipt, or order more."
    )


class AllReceived(UserError):
    code, status = "purchasing.all_received", 409
    message = _("Everything on {document} has come already. Order more, or close it.")


class NoSuchOrderLine(UserError):
    code, status = "purchasing.no_such_line", 422
    message = _("Line {line} is not a line of goods on {document}. Load the order again and name its own lines.")


class OrderInUse(UserError):
    code, status = "purchasing.order_in_use", 409
    message = _("{document} cannot be cancelled: {received} of {product} came already. Close it, so that nothing more is expected.")


class OrderStands(UserError):
    code, status = "purchasing.order_stands", 409
    message = _("Nothing was changed: a confirmed purchase order keeps its vendor, prices and quantities. Close it and order anew.")


@says("confirmed_purchase_never_changes")
def _stands(diagnosis: Any) -> UserError:
    return OrderStands()
