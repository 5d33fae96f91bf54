"""What the bins refuse, and how it is said."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError, says


class NoSuchBin(UserError):
    code, status = "warehouse.no_such_bin", 404
    message = _("{warehouse} has no bin {code} in use. Scan the label of the bin again, or set the bin up under Set up > Bins.")


class NoSuchItem(UserError):
    code, status = "warehouse.no_such_item", 404
    message = _("“{code}” is no product, barcode or lot that is known here. Scan the label again, or type the SKU.")


class NameLot(UserError):
    code, status = "warehouse.name_lot", 422
    message = _("{product} is kept by lot or serial number. Scan or type which one.")


class NotInBin(UserError):
    code, status = "warehouse.not_in_bin", 409
    message = _("{asked} of {product} are to leave {bin}, but {there} are there. Take what is there, or look in another bin.")


class NotAtDock(UserError):
    code, status = "warehouse.not_at_dock", 409
    message = _(
        "{asked} of {product} are to leave the dock of {warehouse}, but {there} lie in no bin there. Receive the goods first, or name the bin they lie in."
    )


class SameBin(UserError):
    code, status = "warehouse.same_bin", 422
    message = _("Goods go from one bin to another, or between a bin and the dock. Name two different ones.")


class BinFull(UserError):
    code, status = "warehouse.bin_full", 409
    message = _("Bin {bin} has no room for this: it would hold {figures}. Put less there, or take another bin.")


class BinOfOtherClass(UserError):
    code, status = "warehouse.bin_of_other_class", 409
    message = _("Bin {bin} does not take {product}: it is kept for goods of another category. Take another bin.")


class BinNotInStock(UserError):
    code, status = "warehouse.bin_not_in_stock", 422
    message = _("Nothing was saved: a bin lies in the place where the stock of its warehouse lies. Choose a warehouse that has one.")


class BinStays(UserError):
    code, status = "warehouse.bin_stays", 409
    message = _("Nothing was changed: the bin was used and keeps its warehouse. Make another bin there.")


class BinInUse(UserError):
    code, status = "warehouse.bin_in_use", 409
    message = _("Nothing was changed: goods lie in the bin. Move them to another bin first.")


class BinCodeNotPlain(UserError):
    code, status = "warehouse.bin_code_not_plain", 422
    message = _("The code of a bin has no spaces, so that it can be scanned. Write it without, as A-01-2.")


class BinsOverdrawn(UserError):
    code, status = "warehouse.bins_overdrawn", 409
    message = _(
        "Nothing was changed: of {product} more would lie in bins than is in the warehouse. Somebody was faster, or other goods than these are in the bins. Load the stock again."
    )


class BinMoveAmiss(UserError):
    code, status = "warehouse.bin_move_amiss", 409
    message = _(
        "Nothing was changed: goods move between bins in use of one warehouse, with their lot, and no more than is there. Load the stock again."
    )


class GoodsForTask(UserError):
    code, status = "warehouse.goods_for_task", 409
    message = _(
        "{product} in bin {bin} is for a task that is still to be done. Carry it out, give it up, or take the goods from another bin."
    )


class TaskStays(UserError):
    code, status = "warehouse.task_stays", 409
    message = _("Nothing was changed: what a task is about stays, and what was carried is not undone. Move the goods back instead.")


class RuleOfOther(UserError):
    code, status = "warehouse.rule_of_other", 422
    message = _("Nothing was saved: bins, their rules and tasks belong to one warehouse that has bins. Choose bin and warehouse that fit.")


class RuleIncomplete(UserError):
    code, status = "warehouse.rule_incomplete", 422
    message = _(
        "Nothing was saved: a rule names a bin or a zone, for a product or a category; minimum and maximum belong to the bin of a product, the maximum above the minimum."
    )


class FoundMoreThanAsked(UserError):
    code, status = "warehouse.found_more_than_asked", 422
    message = _("{product}: {quantity} are more than the {asked} that the task asks for. Carry what it asks, and move the rest by itself.")


class PickedLess(UserError):
    code, status = "warehouse.picked_less", 422
    message = _("{product}: {quantity} of {asked} were picked from {bin}. Report what is not there, so that other bins are tried.")


class FoundMore(UserError):
    code, status = "warehouse.found_more", 422
    message = _("{product}: {found} were found and {asked} asked for, so nothing is missing. Say that the pick is done.")


class OnlyPicks(UserError):
    code, status = "warehouse.only_picks", 422
    message = _("Only picks from a bin are reported short. Carry out the other tasks with the quantity that is there.")


class ToOwnPlace(UserError):
    code, status = "warehouse.to_own_place", 422
    message = _("What is picked for a delivery is brought to {bin}. Leave the other bin out.")


class NothingLies(UserError):
    code, status = "warehouse.nothing_lies", 409
    message = _("Nothing lies in {bin} by the books, so there is nothing to count. What is found there is put there from the dock.")


class NoFloor(UserError):
    code, status = "warehouse.no_floor", 409
    message = _("{document}: {warehouse} has no bins to pick from. Ship the delivery as it is, or set up bins under Set up > Bins.")


class OtherPlace(UserError):
    code, status = "warehouse.other_place", 409
    message = _("{document} takes its goods from {place}, where this wave does not pick. Ship it by itself.")


class InWaveAlready(UserError):
    code, status = "warehouse.in_wave_already", 409
    message = _("{document} is in {wave} already. Cancel that wave, or leave the delivery out of this one.")


class EmptyWave(UserError):
    code, status = "warehouse.empty_wave", 409
    message = _("{document} has no delivery that is still to be picked. Put draft deliveries into it, or cancel it.")


class NoStaging(UserError):
    code, status = "warehouse.no_staging", 409
    message = _("{document}: {warehouse} has no bin of the kind dock out, where picked goods are brought. Set one up under Set up > Bins.")


class NothingToPick(UserError):
    code, status = "warehouse.nothing_to_pick", 409
    message = _(
        "{document}: nothing of it can be picked. Put the goods away into bins first; what is at the dock is not picked from there."
    )


class WavePicked(UserError):
    code, status = "warehouse.wave_picked", 409
    message = _("{document} is not called off: something of it was picked already. Give up the tasks that are left instead.")


class PickFirst(UserError):
    code, status = "warehouse.pick_first", 409
    message = _(
        "{document}: {warehouse} picks before it ships, and not all of this was picked. Pick it in a wave; what is missing is reported there."
    )


class PackFirst(UserError):
    code, status = "warehouse.pack_first", 409
    message = _(
        "{document}: {warehouse} picks and packs before it ships, and this is not packed, or not all of it was picked. Do that first."
    )


class NotAllPicked(UserError):
    code, status = "warehouse.not_all_picked", 409
    message = _(
        "{document} cannot be packed: {left} of {product} are still to be picked. Carry the tasks out, or report what is not there."
    )


class PackedAlready(UserError):
    code, status = "warehouse.packed_already", 409
    message = _("{document} is packed already. Ship it.")


class InspectedAlready(UserError):
    code, status = "warehouse.inspected_already", 409
    message = _("{document} was inspected already. What is bad after all goes to quarantine by a transfer.")


class NotReceivedHere(UserError):
    code, status = "warehouse.not_received_here", 409
    message = _("{document} did not come to the dock of a warehouse with bins, so there is nothing to inspect.")


class NoQuarantine(UserError):
    code, status = "warehouse.no_quarantine", 409
    message = _("{document}: {warehouse} has no place of quarantine for what is rejected. Set one up under Set up > Locations.")


class NoLineToReject(UserError):
    code, status = "warehouse.no_line_to_reject", 422
    message = _("{document} has no line {line}, or less came on it than {quantity}. Reject what came.")


class InspectFirst(UserError):
    code, status = "warehouse.inspect_first", 409
    message = _("Nothing was changed: {product} at the dock waits for its inspection. Press “Inspected” on its receipt first.")


@says("goods_are_inspected_first")
def _inspect_first(diagnosis: Any) -> UserError:
    return InspectFirst(product=diagnosis.message_detail or "")


@says("delivery_is_picked_first")
def _pick_first(diagnosis: Any) -> UserError:
    return PickFirst(document=diagnosis.message_detail or "", warehouse=diagnosis.message_hint or "")


@says("delivery_is_packed_first")
def _pack_first(diagnosis: Any) -> UserError:
    return PackFirst(document=diagnosis.message_detail or "", warehouse=diagnosis.message_hint or "")


@says("bin_capacity")
def _full(diagnosis: Any) -> UserError:
    return BinFull(bin=diagnosis.message_detail or "", figures=diagnosis.message_hint or "")


@says("bin_class")
def _class(diagnosis: Any) -> UserError:
    return BinOfOtherClass(bin=diagnosis.message_detail or "", product=diagnosis.message_hint or "")


@says("bins_within_stock")
def _overdrawn(diagnosis: Any) -> UserError:
    return BinsOverdrawn(product=diagnosis.message_detail or "")


@says("bin_lies_in_stock")
def _in_stock(diagnosis: Any) -> UserError:
    return BinNotInStock()


@says("bin_keeps_warehouse")
def _keeps(diagnosis: Any) -> UserError:
    return BinStays()


@says("bin_in_use")
def _used(diagnosis: Any) -> UserError:
    return BinInUse()


@says("bin_code_is_plain")
def _plain(diagnosis: Any) -> UserError:
    return BinCodeNotPlain()


@says("bin_not_allotted_twice")
def _twice(diagnosis: Any) -> UserError:
    return GoodsForTask(bin=diagnosis.message_detail or "", product=diagnosis.message_hint or "")


@says("delivery_in_one_wave")
def _wave(diagnosis: Any) -> UserError:
    return InWaveAlready(document=_("The delivery"), wave=_("another wave"))


for _constraint in ("task_stays", "task_begins_open"):
    says(_constraint)(lambda diagnosis: TaskStays())

for _constraint in (
    "bin_rule_of_floor",
    "bin_rule_in_warehouse",
    "wave_of_floor",
    "steps_of_floor",
    "task_of_floor",
    "task_from_in_warehouse",
    "task_to_in_warehouse",
):
    says(_constraint)(lambda diagnosis: RuleOfOther())

for _constraint in ("bin_rule_has_one_target", "bin_rule_for_product_or_category", "bin_rule_limits"):
    says(_constraint)(lambda diagnosis: RuleIncomplete())

for _constraint in ("bin_move_in_place", "bin_stock_not_negative", "bin_move_goes_somewhere"):
    says(_constraint)(lambda diagnosis: BinMoveAmiss())
