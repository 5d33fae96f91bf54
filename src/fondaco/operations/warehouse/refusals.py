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


for _constraint in ("bin_move_in_place", "bin_stock_not_negative", "bin_move_goes_somewhere"):
    says(_constraint)(lambda diagnosis: BinMoveAmiss())
