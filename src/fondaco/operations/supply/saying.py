"""Promises in words."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.models import Warehouse
from fondaco.operations.supply.promising import BOUGHT, COMING, MOVED, NOTHING, RESERVED, Part, Promise
from fondaco.platform.money import figure


def sentences_of(promises: Iterable[Promise]) -> list[str]:
    """Each promise in words, such as "10 from stock, 5 from PO-12 expected 3 Dec 2026"; one statement each for the names of vendors and warehouses."""
    return sentences([found.parts for found in promises])


def sentences(found: Iterable[Sequence[Part]]) -> list[str]:
    """The parts of each promise in words; statements as above."""
    found = list(found)
    vendors = {p.vendor for parts in found for p in parts if p.vendor}
    names = dict(Party.objects.filter(pk__in=vendors).values_list("pk", "name")) if vendors else {}
    houses = {p.warehouse for parts in found for p in parts if p.warehouse}
    places = dict(Warehouse.objects.filter(pk__in=houses).values_list("pk", "name")) if houses else {}
    return [", ".join(_said(part, names, places) for part in parts) for parts in found]


def _said(part: Part, names: dict[int, str], places: dict[int, str]) -> str:
    quantity = figure(part.quantity)
    if part.kind == RESERVED:
        return _("{quantity} reserved in stock").format(quantity=quantity)
    if part.kind == COMING and part.supply is not None:
        name = part.supply.number or str(part.supply.source.title)
        if part.supply.on is None or part.ready is None:
            return _("{quantity} from {document}, of which nobody said when it comes").format(quantity=quantity, document=name)
        if part.supply.on < part.ready:
            return _("{quantity} from {document}, expected {day} and overdue").format(
                quantity=quantity, document=name, day=_day(part.supply.on)
            )
        return _("{quantity} from {document} expected {day}").format(quantity=quantity, document=name, day=_day(part.supply.on))
    if part.kind == MOVED and part.ready is not None:
        return _("{quantity} from {warehouse}, here on {day}").format(
            quantity=quantity, warehouse=places.get(part.warehouse or 0, ""), day=_day(part.ready)
        )
    if part.kind == BOUGHT and part.days is not None and part.ready is not None:
        return _("{quantity} to be bought of {vendor}, who takes {days} days: {day}").format(
            quantity=quantity, vendor=names.get(part.vendor or 0, ""), days=figure(part.days), day=_day(part.ready)
        )
    if part.kind == NOTHING:
        return _("{quantity} from nowhere: nothing is coming, and no vendor's lead time is known").format(quantity=quantity)
    return _("{quantity} from stock").format(quantity=quantity)


def _day(day: date) -> str:
    return date_format(day, "j M Y")
