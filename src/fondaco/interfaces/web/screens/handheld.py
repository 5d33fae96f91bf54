"""The warehouse in one hand: receive, put away, pick, move and count by scanner on a phone, also without network (WH-04).

What a worker did is kept in his browser with a key of its own and sent when the network is there; each happens once, whatever was lost
on the way. What the books refuse by then is shown to him in words, until he has seen it.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, page
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.actions import receive_counted
from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine
from fondaco.operations.warehouse.actions import move_goods
from fondaco.operations.warehouse.models import BinCount, Floor, Task
from fondaco.operations.warehouse.working import complete, record_bin, report_short
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound
from fondaco.platform.documents.performing import Outcome, perform
from fondaco.platform.money import ZERO, figure

RIGHT = "warehouse.move_goods"
ADDRESS = "/deliver/handheld"
#: So much work is on a phone at once.
MOST_TASKS, MOST_RECEIPTS, MOST_COUNTS = 300, 30, 100
WORKER = Path(__file__).resolve().parents[1] / "static" / "handheld-worker.js"

SCREENS.append(Screen("deliver", "daily", 2, gettext_lazy("Scan"), ADDRESS, RIGHT))


def _floors(request: HttpRequest) -> list[Floor]:
    rows = visible(Floor.objects.select_related("warehouse"), request.actor, RIGHT)  # type: ignore[attr-defined]
    company = company_of(request)
    return list(rows.filter(company=company).order_by("warehouse__code")) if company else []


def _floor(request: HttpRequest, pk: int) -> Floor:
    found = visible(Floor.objects.filter(pk=pk).select_related("warehouse"), request.actor, RIGHT).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=_("Warehouse with bins"))
    return found


@door(RIGHT, "GET")
def handheld(request: HttpRequest) -> HttpResponse:
    """What is to be carried in a warehouse, and a field for the scanner; the phone keeps it for when there is no network."""
    floors = _floors(request)
    chosen = next((f for f in floors if str(f.pk) == request.GET.get("floor")), floors[0] if floors else None)
    context: dict[str, Any] = {"title": _("Scan"), "floor": chosen, "floors": floors}
    if chosen is not None:
        context |= {"island": _work(request, chosen), "said": _words()}
    return page(request, "web/handheld.html", context)


@door(PUBLIC, "GET")
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the page for when there is no network; it holds nothing of anybody."""
    answer = HttpResponse(WORKER.read_bytes(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@door(RIGHT, "GET")
def fresh(request: HttpRequest, floor: int) -> HttpResponse:
    """The work as it stands now, and a token for what is to be sent."""
    return JsonResponse(_work(request, _floor(request, floor)) | {"token": get_token(request)})


def _work(request: HttpRequest, floor: Floor) -> dict[str, Any]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    tasks = Task.objects.filter(location=floor.location_id, state=Task.OPEN).filter(
        Q(pick_list__isnull=True) | Q(pick_list__worker__in=["", actor.username])
    )
    counts = BinCount.objects.filter(bin__location=floor.location_id, state=BinCount.OPEN)
    mine = tasks.select_related("product", "lot", "from_bin", "to_bin", "pick_list__wave").order_by(
        F("pick_list__worker").desc(nulls_last=True), F("pick_list").asc(nulls_last=True), "position", "pk"
    )
    return {
        "floor": floor.pk,
        "user": actor.username,
        "tasks": [_task(t) for t in mine[:MOST_TASKS]],
        "receipts": _receipts(floor) if actor.may(receive_counted.permission, floor.company_id) else [],
        "counts": [
            {"id": c.pk, "bin": c.bin.code, "lot": c.lot.number if c.lot else "", **_item(c.product)}
            for c in counts.select_related("bin", "product", "lot").order_by("bin__sequence", "pk")[:MOST_COUNTS]
        ]
        if actor.may(record_bin.permission, floor.company_id)
        else [],
    }


def _item(product: Product) -> dict[str, Any]:
    """A product as the phone knows it again: by SKU and by barcode, with and without leading noughts."""
    codes = {product.sku, product.barcode, product.barcode.lstrip("0"), product.barcode.zfill(14) if product.barcode else ""} - {""}
    return {
        "sku": product.sku,
        "name": str(product.name),
        "codes": sorted(codes),
        "tracked": product.tracking != Product.UNTRACKED,
        "paired": product.second_unit_id is not None,
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.pk, "kind": task.kind, "title": str(task.get_kind_display()), "from": task.from_bin.code if task.from_bin else "", "to": task.to_bin.code,
        "lot": task.lot.number if task.lot else "", "quantity": figure(task.quantity), "why": task.why, "tote": task.slot,
        "list": str(task.pick_list) if task.pick_list else "", **_item(task.product),
    }  # fmt: skip


def _receipts(floor: Floor) -> list[dict[str, Any]]:
    """Draft receipts of the warehouse, as they are expected."""
    receipts = {
        r.pk: r
        for r in GoodsReceipt.objects.filter(warehouse=floor.warehouse_id, state="draft")
        .exclude(kind=GoodsReceipt.DIRECT)
        .select_related("vendor")
        .order_by("on", "pk")[:MOST_RECEIPTS]
    }
    found: dict[int, dict[str, Any]] = {
        pk: {"id": pk, "name": f"{r.vendor or r.get_kind_display()}, {r.on.isoformat()}", "lines": []} for pk, r in receipts.items()
    }
    for line in GoodsReceiptLine.objects.filter(receipt__in=receipts).select_related("product").order_by("receipt_id", "position", "pk"):
        found[line.receipt_id]["lines"].append(
            {
                "id": line.pk,
                "quantity": figure(line.quantity),
                "pieces": figure(line.second_quantity or ZERO),
                "lots": line.lots,
                **_item(line.product),
            }
        )
    return [r for r in found.values() if r["lines"]]


@door(RIGHT, "POST")
def do(request: HttpRequest, floor: int) -> HttpResponse:
    """One thing that a worker did, with the key under which it happens once."""
    chosen = _floor(request, floor)
    try:
        given = json.loads(request.body)
        what, key, data = str(given["what"]), str(given["key"]), given["data"]
        work = DOES[what]
        if not 8 <= len(key) <= 100 or not isinstance(data, dict):
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(record=_("Scan"), problems=_("the browser sent something that could not be read")) from error
    outcome = work(request.actor, chosen, data, key)  # type: ignore[attr-defined]
    return JsonResponse({"replayed": outcome.replayed})


def _key_of(data: Mapping[str, Any]) -> int:
    try:
        return int(data["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(record=_("Scan"), problems=_("the browser sent something that could not be read")) from error


def _only(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {n: data[n] for n in names if data.get(n) not in (None, "")}


def _moved(actor: Actor, floor: Floor, data: Mapping[str, Any], key: str) -> Outcome:
    return perform(actor, move_goods, [floor.pk], _only(data, "item", "quantity", "from_bin", "to_bin", "lot"), idempotency_key=key)


def _completed(actor: Actor, floor: Floor, data: Mapping[str, Any], key: str) -> Outcome:
    return perform(actor, complete, [_key_of(data)], _only(data, "quantity", "to_bin"), idempotency_key=key)


def _short(actor: Actor, floor: Floor, data: Mapping[str, Any], key: str) -> Outcome:
    return perform(actor, report_short, [_key_of(data)], {"found": data.get("found") or "0"}, idempotency_key=key)


def _counted(actor: Actor, floor: Floor, data: Mapping[str, Any], key: str) -> Outcome:
    return perform(actor, record_bin, [_key_of(data)], {"counted": data.get("counted")}, idempotency_key=key)


def _received(actor: Actor, floor: Floor, data: Mapping[str, Any], key: str) -> Outcome:
    given = {name: data.get(name) or {} for name in ("quantities", "second_quantities", "lots")}
    return perform(actor, receive_counted, [_key_of(data)], given, idempotency_key=key)


DOES: dict[str, Callable[[Actor, Floor, Mapping[str, Any], str], Outcome]] = {
    "move": _moved,
    "complete": _completed,
    "short": _short,
    "count": _counted,
    "receive": _received,
}


def _words() -> dict[str, str]:
    """What the script says."""
    return {
        "online": _("Connected"), "offline": _("No network: work goes on, and is sent later"), "waiting": _("{count} kept here, not sent yet"),
        "signed_out": _("Sign in again: what you did is kept here and sent then"), "other_user": _("Done by {user}: sent when {user} signs in here"),
        "refused_head": _("This could not be booked"), "seen": _("I have seen it"), "again": _("Try again"), "at": _("done at {when}"),
        "no_tasks": _("Nothing to carry."), "no_receipts": _("No receipt is expected."), "no_counts": _("No bin is to be counted."),
        "scan_from": _("Scan bin {bin}"), "scan_item": _("Scan {item}"), "scan_lot": _("Scan lot {lot}"), "scan_to": _("Bring it to {bin}: scan it there"),
        "wrong_bin": _("This is {read}, not bin {bin}."), "wrong_item": _("This is {read}, not {item}."), "wrong_lot": _("This is lot {read}, not lot {lot}."),
        "dock": _("the dock"), "done": _("Done"), "short": _("Not all there"), "later": _("Later"), "found": _("How many are there?"),
        "quantity": _("Quantity"), "lot": _("Lot or serial number"), "tote": _("Tote {tote}"), "back": _("Back"), "left": _("{count} left"),
        "move_from": _("Scan the bin it lies in"), "move_item": _("Scan the goods"), "move_to": _("Scan the bin it goes to"), "from_dock": _("It lies at the dock"),
        "to_dock": _("Back to the dock"), "moved": _("{quantity} of {item}: {from} to {to}"), "picked": _("{quantity} of {item} from {from} to {to}"),
        "was_short": _("{quantity} of {item} found in {from}"), "counted": _("{bin}: {quantity} of {item} counted"), "received": _("Receipt {name}"),
        "receive": _("Receive"), "how_many": _("How many of {item} lie here?"),
        "lots_of": _("{item} is tracked: scan or type its lot or serial number."), "weigh": _("Weigh {item} and type what it weighs."),
        "not_expected": _("{read} is not on this receipt."), "no_number": _("“{read}” is no quantity."), "kept": _("Kept: {what}"),
    }  # fmt: skip
