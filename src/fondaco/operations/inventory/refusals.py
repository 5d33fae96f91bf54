"""What the warehouse refuses, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class ChargedElsewhere(UserError):
    code, status = "inventory.charged_elsewhere", 422
    message = _("{document} was not handed out: {what} is not of {company}. Choose an account and a cost centre of the company.")


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


class NoSuchReceiptLine(UserError):
    code, status = "inventory.no_such_receipt_line", 409
    message = _("{document} has no line {line} any more: it was changed since it was counted. Load it again, and count what differs.")


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


class DirectByHand(UserError):
    code, status = "inventory.direct_by_hand", 422
    message = _(
        "{document} says that the vendor sent goods straight to a customer. Such receipts are made with their delivery: use “Sent by the vendor” on the customer's order."
    )


class SerialHeld(UserError):
    code, status = "inventory.serial_held", 409
    message = _(
        "{product}: serial number {number} is with {customer} already, and no vendor sends it again. Read the number again, or take the piece back first."
    )


class SerialSentTwice(UserError):
    code, status = "inventory.serial_sent_twice", 409
    message = _(
        "Nothing was changed: a serial number that a vendor is said to have sent is in stock, is with a customer, or is named twice. Read the numbers again."
    )


class NotGoods(UserError):
    code, status = "inventory.not_goods", 422
    message = _("{product} is a service: it is not kept in stock. Take it off the paper.")


class NoLines(UserError):
    code, status = "inventory.no_lines", 422
    message = _("{document} has no lines. Add at least one before posting it.")


class PostedStock(UserError):
    code, status = "inventory.posted_never_changes", 409
    message = _("Nothing was changed: a posted paper of the warehouse never changes. Write a return, a transfer or an adjustment.")


class NoSuchPlace(UserError):
    code, status = "inventory.no_such_place", 422
    message = _(
        "{document}: {place} is no place of {warehouse} where such goods lie. Choose another place, or leave it empty for the stock of the warehouse."
    )


class OwnerDiffers(UserError):
    code, status = "inventory.owner_differs", 422
    message = _(
        "{document}: goods that a vendor consigned are his until they are taken over. Receive them as “taken over from consignment” first, then move or deliver them."
    )


class NameVendor(UserError):
    code, status = "inventory.name_vendor", 422
    message = _("{document}: name the vendor whose consignment it is.")


class NothingConsigned(UserError):
    code, status = "inventory.nothing_consigned", 409
    message = _("{document}: {vendor} has no consignment in {warehouse}. Receive the consignment first.")


class PlaceStays(UserError):
    code, status = "inventory.place_stays", 409
    message = _(
        "Nothing was changed: goods lie in the place, or went through it, so its kind, its warehouse and its vendor or customer stay. Make another place."
    )


class PlaceIncomplete(UserError):
    code, status = "inventory.place_incomplete", 422
    message = _(
        "The place was not saved: a place of stock, quarantine or consignment lies in a warehouse, and a place of consignment, and only that, names its vendor or customer."
    )


class NothingToCount(UserError):
    code, status = "inventory.nothing_to_count", 409
    message = _("{document}: nothing of what it asks for lies there. Choose another place, category or class.")


class NotOnSheet(UserError):
    code, status = "inventory.not_on_sheet", 422
    message = _("{document}: “{code}” is no product, lot or serial number that can be counted here. Scan it again, or type the SKU.")


class MovedMeanwhile(UserError):
    code, status = "inventory.moved_meanwhile", 409
    message = _("{document}: {product} was moved while it was being counted. Count it whole and type the quantity on its line.")


class CountUnfinished(UserError):
    code, status = "inventory.count_unfinished", 409
    message = _("{document}: {left} lines are not counted yet, {product} among them. Count them, or leave them out.")


class CountNeedsApproval(UserError):
    code, status = "inventory.count_needs_approval", 409
    message = _(
        "{document}: the differences are worth {value}, and without a second person {limit} are allowed. Let somebody approve it who has not counted."
    )


class OwnCount(UserError):
    code, status = "inventory.own_count", 403
    message = _("{document}: whoever counted does not approve. Let somebody else do it.")


class CountedAmiss(UserError):
    code, status = "inventory.counted_amiss", 422
    message = _("{document}: {product} cannot be {quantity}; a quantity is not negative, and of a serial number there is one or none.")


class NameLots(UserError):
    code, status = "inventory.name_lots", 422
    message = _(
        "{product} is tracked: name the lots or serial numbers of the {quantity} on its line, such as A12=5, SN001..SN100, or what the scanner reads."
    )


class LotsUnclear(UserError):
    code, status = "inventory.lots_unclear", 422
    message = _(
        "{product}: “{text}” names no lot or serial number. Write A12=5 (five of lot A12), A12=5@2027-01-31 with its expiry, SN001..SN100 or SN001*100 for serial numbers."
    )


class LotsDiffer(UserError):
    code, status = "inventory.lots_differ", 422
    message = _("{product}: the lots named make up {named}, but the line has {quantity}. Correct the quantity, or name what is missing.")


class NotTracked(UserError):
    code, status = "inventory.not_tracked", 422
    message = _("{product} is not tracked: it has no lots and no serial numbers. Take them off the line, or track the product.")


class SerialTwice(UserError):
    code, status = "inventory.serial_twice", 422
    message = _("{product}: serial number {number} stands there more than once. Each is one piece; take the other away.")


class SerialInStock(UserError):
    code, status = "inventory.serial_in_stock", 409
    message = _(
        "{product}: serial number {number} is in stock already. Read the number again, or find out where the piece in stock came from."
    )


class NoSuchLot(UserError):
    code, status = "inventory.no_such_lot", 422
    message = _("{product} has no lot or serial number {number}. Read it again, or receive it first.")


class LotShort(UserError):
    code, status = "inventory.lot_short", 409
    message = _("{product}: {asked} of {number} are asked for in {place}, but {found} are there. Take another lot, or less of it.")


class NotEnoughLots(UserError):
    code, status = "inventory.not_enough_lots", 409
    message = _(
        "{product}: {asked} asked for in {place}, but only {found} may leave on {on}; the rest is expired or blocked, or came later. Take less, or name the lots."
    )


class LotBlocked(UserError):
    code, status = "inventory.lot_blocked", 409
    message = _("{product}: {number} is blocked and goes to no customer. Take another lot, or have it released.")


class LotExpired(UserError):
    code, status = "inventory.lot_expired", 409
    message = _(
        "{product}: {number} expired on {on} and goes to no customer. Take another lot, or have the delivery of expired goods allowed for a reason."
    )


class LotExpiryDiffers(UserError):
    code, status = "inventory.lot_expiry_differs", 409
    message = _("Lot {number} expires on {expiry}, not on {given}. Read the label again, or correct the day on the page of the lot.")


class LotOfOtherProduct(UserError):
    code, status = "inventory.lot_of_other_product", 409
    message = _(
        "The label says item {number}, which is not {product}. Put it on the line of its own product, or correct the barcode of the product."
    )


class LotNotReceived(UserError):
    code, status = "inventory.lot_not_received", 409
    message = _(
        "{asked} of lot or serial number {number} of {product} cannot go back to the vendor: {received} of it came with that receipt and did "
        "not go back yet. Name lots of the receipt."
    )


class LotNotDelivered(UserError):
    code, status = "inventory.lot_not_delivered", 409
    message = _(
        "{product}: {asked} of {number} are to come back, but {delivered} of it are with the customer from this delivery. Name the lots that come back."
    )


class LotLeavesEarly(UserError):
    code, status = "inventory.lot_leaves_early", 409
    message = _(
        "Nothing was changed: lot {number} would leave before it came. Name a lot that was there on that day, or date the paper later."
    )


class LotsNotRight(UserError):
    code, status = "inventory.lots_not_right", 409
    message = _(
        "Nothing was changed: the lots of a move are its product's, make up its quantity and value, and are there. Load the stock again."
    )


class LotStays(UserError):
    code, status = "inventory.lot_stays", 409
    message = _("Nothing was changed: a lot keeps its product and company. Make another lot.")


class LotNumberNotPlain(UserError):
    code, status = "inventory.lot_number_not_plain", 422
    message = _("A lot or serial number has no spaces, no brackets, and none of ; , = @ * or two dots in a row. Write it without.")


class TrackingStays(UserError):
    code, status = "inventory.tracking_stays", 409
    message = _(
        "Nothing was changed: the product is in stock, or has lots already. Take untracked goods out by an adjustment, change the tracking, and count them in again with their lots."
    )


class SayPieces(UserError):
    code, status = "inventory.say_pieces", 422
    message = _(
        "{product} is handled by {unit}, whatever it weighs: {what} does not say how many. Write them in the second quantity, or beside the lot, as in A12=296.4/10."
    )


class NoSecondUnit(UserError):
    code, status = "inventory.no_second_unit", 422
    message = _(
        "{product} has no second unit, so it cannot have {quantity} of it. Leave the second quantity empty, or give the product one."
    )


class NotEnoughPieces(UserError):
    code, status = "inventory.not_enough_pieces", 409
    message = _("{product}: {asked} {unit} are asked for in {place}, but {available} are there. Take fewer, or count what is there.")


class WeighEach(UserError):
    code, status = "inventory.weigh_each", 422
    message = _("{product}: say what {number} weighs in {unit}, as in W001=30.2, and so with every other.")


class WeightOff(UserError):
    code, status = "inventory.weight_off", 422
    message = _(
        "{product} ({what}): {quantity} {unit} for {second} {second_unit} is not between {least} and {most}. Weigh and count again, or change what one of them weighs on the page of the product."
    )


class WeightLeft(UserError):
    code, status = "inventory.weight_left", 409
    message = _(
        "{product} ({what}): {quantity} {unit} in {second} {second_unit} would leave nothing for the others; the books have {held} in {pieces}. Count and weigh what is there on a count sheet first."
    )


class BothOrNone(UserError):
    code, status = "inventory.both_or_none", 409
    message = _(
        "Nothing was changed: of goods with a second unit neither quantity is below zero, and where one is zero the other is too. Count and weigh what is there."
    )


class SaysBoth(UserError):
    code, status = "inventory.says_both", 422
    message = _("Nothing was changed: every move of goods with a second unit says both quantities, and of other goods one only.")


class WeightOutOfTolerance(UserError):
    code, status = "inventory.weight_out_of_tolerance", 422
    message = _("Nothing was changed: pieces weigh more or less than the product allows. Weigh and count them again.")


class SecondUnitStays(UserError):
    code, status = "inventory.second_unit_stays", 409
    message = _(
        "Nothing was changed: the product is in stock, or promised, and keeps its units. Take it out by an adjustment, change the units, and count it in again."
    )


@says("direct_goes_through")
def _direct(diagnosis: Any) -> UserError:
    return DirectByHand(document=_("A goods receipt"))


@says("serial_sent_once")
def _sent_twice(diagnosis: Any) -> UserError:
    return SerialSentTwice()


@says("second_unit_changes_without_stock")
def _second_unit(diagnosis: Any) -> UserError:
    return SecondUnitStays()


@says("move_says_both")
def _says_both(diagnosis: Any) -> UserError:
    return SaysBoth()


@says("weight_within_tolerance")
def _weight(diagnosis: Any) -> UserError:
    return WeightOutOfTolerance()


for _constraint in (
    "level_both_or_none",
    "lot_both_or_none",
    "holding_both_or_none",
    "reservation_both_or_none",
    "counted_both_or_none",
):
    says(_constraint)(lambda diagnosis: BothOrNone())


@says("posted_stock_never_changes")
def _posted(diagnosis: Any) -> UserError:
    return PostedStock()


@says("stock_not_promised_twice")
def _promised(diagnosis: Any) -> UserError:
    return PromisedTwice()


@says("costing_changes_without_stock")
def _costing(diagnosis: Any) -> UserError:
    return CostingStays()


@says("who_counts_does_not_approve")
def _own_count(diagnosis: Any) -> UserError:
    return OwnCount(document=_("Count sheet"))


@says("place_keeps_kind")
def _place(diagnosis: Any) -> UserError:
    return PlaceStays()


for _constraint in ("consignment_names_party", "place_lies_in_warehouse"):
    says(_constraint)(lambda diagnosis: PlaceIncomplete())


@says("tracking_changes_without_stock")
def _tracking(diagnosis: Any) -> UserError:
    return TrackingStays()


@says("lot_keeps_product")
def _lot(diagnosis: Any) -> UserError:
    return LotStays()


@says("lot_number_is_plain")
def _number(diagnosis: Any) -> UserError:
    return LotNumberNotPlain()


@says("lot_leaves_after_it_came")
def _early(diagnosis: Any) -> UserError:
    return LotLeavesEarly(number=diagnosis.message_detail)


for _constraint in (
    "lots_follow_move",
    "lots_make_up_move",
    "lots_make_up_value",
    "serial_moves_as_one",
    "lot_stock_not_negative",
    "lot_holding_not_negative",
    "serial_in_stock_once",
    "serial_in_stock_is_one",
):
    says(_constraint)(lambda diagnosis: LotsNotRight())
