"""What purchasing refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NothingOrdered(UserError):
    code, status = "purchasing.no_lines", 422
    message = _("{document} has no lines. Add at least one before confirming it.")


class NoPrice(UserError):
    code, status = "purchasing.no_price", 422
    message = _("Line {line} ({product}) has no price. Enter what the vendor asks for one unit.")


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


class SentStraight(UserError):
    code, status = "purchasing.sent_straight", 409
    message = _(
        "{document} does not come here: its vendor sends it straight to the customer. Use “Sent by the vendor” on the customer's order, or give the quantities that came here all the same."
    )


class OrderInUse(UserError):
    code, status = "purchasing.order_in_use", 409
    message = _("{document} cannot be cancelled: {received} of {product} came already. Close it, so that nothing more is expected.")


class OrderStands(UserError):
    code, status = "purchasing.order_stands", 409
    message = _("Nothing was changed: a confirmed purchase order is changed by amending it, with a reason; its earlier versions stay.")


class LineStays(UserError):
    code, status = "purchasing.line_stays", 409
    message = _(
        "Line {line} of {document} ({product}) cannot be taken away or become another product: receipts or bills name it; {received} came and "
        "{billed} were billed. Lower its quantity to what came instead, or delete the drafts that name it."
    )


class AmendedBelow(UserError):
    code, status = "purchasing.amended_below", 409
    message = _(
        "Line {line} of {document} ({product}) cannot become {asked}: {received} came and {billed} were billed. Ask for no less, or send goods back first."
    )


class BilledPrice(UserError):
    code, status = "purchasing.billed_price", 409
    message = _(
        "Line {line} of {document} ({product}) keeps its price and discount: {billed} of it were billed. Add a line for the rest at the new price."
    )


class DoneAlready(UserError):
    code, status = "purchasing.amended_against_what_was_done", 409
    message = _("Nothing was changed: amend an order to no less than what came and was billed, and leave the price of what was billed.")


class NothingAgreed(UserError):
    code, status = "purchasing.nothing_agreed", 422
    message = _("{document} has no lines. Add what was agreed with the vendor before it comes into force.")


class TierOfNothing(UserError):
    code, status = "purchasing.tier_of_nothing", 422
    message = _("A price by quantity names {product}, which is on no line of {document}. Add a line of it, or remove the price.")


class ContractUsedUp(UserError):
    code, status = "purchasing.contract_used_up", 409
    message = _(
        "Line {line} of {document} calls off {asked}, and {left} of {agreed} are left on {contract}. Lower the quantity, or amend the contract."
    )


class ContractValueUsedUp(UserError):
    code, status = "purchasing.contract_value_used_up", 409
    message = _(
        "{document} calls off {asked} {currency}, and {left} of {agreed} {currency} are left on {contract}. Lower the quantity, or amend the contract."
    )


class ContractOfOthers(UserError):
    code, status = "purchasing.contract_of_others", 409
    message = _(
        "Line {line} of {document} names {contract}, which is of another vendor, company, currency or product. Choose one that fits, or none."
    )


class ContractEnds(UserError):
    code, status = "purchasing.contract_ends", 409
    message = _(
        "Line {line} of {document} names {contract}, which is {state} and valid from {first} to {last}; the order is of {on}. "
        "Choose another one, amend the contract, or name none."
    )


class CalledOffAlready(UserError):
    code, status = "purchasing.called_off_already", 409
    message = _("{document} cannot be amended to less: {used} of {what} were called off. Agree no less, and keep the line.")


class ContractStands(UserError):
    code, status = "purchasing.contract_stands", 409
    message = _("Nothing was changed: a contract in force is changed by amending it, with a reason, to no less than was called off.")


class ContractOverdrawn(UserError):
    code, status = "purchasing.contract_overdrawn", 409
    message = _(
        "More would be called off than is left of {contract}, or the order does not fit it. Load it again and call off what is left."
    )


class NothingToSendBack(UserError):
    code, status = "purchasing.nothing_to_send_back", 409
    message = _("Nothing of {document} can go back to the vendor: nothing came of it, or all of it went back already.")


class NoSuchReceived(UserError):
    code, status = "purchasing.no_such_received", 422
    message = _("Line {line} is no line of goods on {document}. Load it again and name its own lines.")


class NotFromVendor(UserError):
    code, status = "purchasing.not_from_vendor", 409
    message = _(
        "Line {line} names a line of {receipt}, which did not come from this vendor for a purchase order of this company. "
        "Choose a line of one of his posted receipts."
    )


class SentBackTooMuch(UserError):
    code, status = "purchasing.sent_back_too_much", 409
    message = _(
        "Line {line} of {document}: {asked} of {product} cannot go back. {received} came with {receipt}, {returned} of it went back and "
        "{authorised} may go back on other papers."
    )


class ReturnsWithoutLines(UserError):
    code, status = "purchasing.return_without_lines", 422
    message = _("{document} has no lines. Add what goes back before it is authorised.")


class CreditedTooMuch(UserError):
    code, status = "purchasing.credited_too_much", 409
    message = _(
        "Line {line} of {document} gives back {asked} of {product} on {order}, and {billed} of it are billed and not credited yet. "
        "Match it to other orders, or post the bill first."
    )


class BillCredited(UserError):
    code, status = "purchasing.bill_credited", 409
    message = _("{document} cannot be reversed: {note} gives back what it billed. Reverse the credit note first.")


class ReturnStands(UserError):
    code, status = "purchasing.return_stands", 409
    message = _("Nothing was changed: what was authorised to go back stays as it is. Cancel it while it is in the house, or close it.")


class SentBackTwice(UserError):
    code, status = "purchasing.sent_back_twice", 409
    message = _("Somebody else sends goods of {document} back at this moment. Load the page again and send back what is left.")


class WantedAlready(UserError):
    code, status = "purchasing.wanted_already", 409
    message = _("{document} asks the vendor for that already. Choose something else, or close it.")


class BilledReconciles(UserError):
    code, status = "purchasing.billed_reconciles", 409
    message = _(
        "Nothing was written: more of a receipt would be billed, or given back, than there is. Load the page again and try once more."
    )


@says("vendor_return_never_changes")
def _return_stands(diagnosis: Any) -> UserError:
    return ReturnStands()


@says("sent_back_as_received")
def _sent_back(diagnosis: Any) -> UserError:
    return SentBackTwice(document=diagnosis.message_detail or "")


@says("billed_reconciles")
def _billed(diagnosis: Any) -> UserError:
    return BilledReconciles()


@says("confirmed_purchase_never_changes")
def _stands(diagnosis: Any) -> UserError:
    return OrderStands()


@says("amended_purchase_keeps_what_was_done")
def _done(diagnosis: Any) -> UserError:
    return DoneAlready()


@says("purchase_contract_never_changes")
def _agreed(diagnosis: Any) -> UserError:
    return ContractStands()


@says("contract_not_overdrawn")
def _overdrawn(diagnosis: Any) -> UserError:
    return ContractOverdrawn(contract=diagnosis.message_detail or "")
