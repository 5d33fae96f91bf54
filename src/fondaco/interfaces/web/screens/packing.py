"""The packing bench: scan what lies there into packages, take cartons as proposed, weigh, book the carrier, print labels; by keyboard or on a phone (WH-05)."""

from collections import defaultdict
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import flash, formats_of, page
from fondaco.interfaces.web.screens.asked import whole
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.inventory.resources import VIEW, GoodsIssueResource
from fondaco.operations.shipping.booking import book_carrier
from fondaco.operations.shipping.carriers.declared import WAYS
from fondaco.operations.shipping.models import Carrier, CarrierService, Consignment, Package
from fondaco.operations.shipping.packing import HAND_OVER, PACK, content_of, open_parts, pack_item, propose_packages, unpack, weigh
from fondaco.operations.shipping.resources import ConsignmentResource, PackageResource
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import Outcome, perform
from fondaco.platform.files.models import Attachment


def _delivery(request: HttpRequest, pk: int) -> GoodsIssue:
    found = visible(GoodsIssue.objects.filter(pk=pk).select_related("customer", "company"), request.actor, VIEW).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{GoodsIssueResource.title_one} {pk}")
    return found


@door(PACK, "GET")
def bench(request: HttpRequest, pk: int) -> HttpResponse:
    """What of a delivery is still to be packed, and its packages with their content; the one that is open takes what is scanned next."""
    issue = _delivery(request, pk)
    packages = list(Package.objects.filter(issue=issue).select_related("packaging").order_by("position"))
    content = content_of([p.pk for p in packages])
    lines = {ln.pk: ln for ln in GoodsIssueLine.objects.filter(issue=issue).select_related("product__unit", "product__second_unit")}
    left = open_parts([issue.pk])[issue.pk]
    gone = _consigned(issue.pk)
    chosen = whole(request.GET.get("package", "")) or 0
    opened = next((p for p in packages if p.pk == chosen), None)
    context = {
        "title": _("Pack {delivery}").format(delivery=issue),
        "delivery": {"number": str(issue), "url": GoodsIssueResource.url(pk), "customer": issue.customer.name},
        "left": [
            {"sku": lines[line].product.sku, "product": _called(lines[line].product), "lot": lot, "quantity": quantity} for (line, lot), quantity in left.items()
        ],
        "packages": [_package(p, content[p.pk], opened, pk) for p in packages],
        "opened": opened.pk if opened else "",
        "said": _("Package {number} is open.").format(number=opened.position) if opened else _("The next scan begins a new package."),
        "gone": _said_of(request, gone) if gone else None,
        "refused": _refusal(issue.pk) if gone is None else "",
        "offers": _offers(issue) if gone is None and packages and not left and issue.state == "posted" and request.actor.may(HAND_OVER) else [],  # type: ignore[attr-defined]
        "waits": gone is None and bool(packages) and not left and issue.state != "posted",
        "base": f"{GoodsIssueResource.url(pk)}/pack",
    }  # fmt: skip
    return page(request, "web/packing.html", context)


def _consigned(issue: int) -> Consignment | None:
    return Consignment.objects.filter(issue=issue, comes_back=False).exclude(state__in=Consignment.OVER).select_related("carrier").first()


def _refusal(issue: int) -> str:
    """Why the carrier refused the last booking, where nothing was booked since."""
    last = Consignment.objects.filter(issue=issue, comes_back=False).select_related("carrier").order_by("-pk").first()
    if last is None or last.state != Consignment.REFUSED:
        return ""
    return _("{carrier} refuses it: {words}. Correct what he names, then book the delivery again.").format(
        carrier=last.carrier, words=last.said.rstrip(".")
    )


def _offers(issue: GoodsIssue) -> list[tuple[str, str]]:
    """With whom the delivery can be booked: each carrier who can be asked, by each of his services."""
    services: dict[int, list[CarrierService]] = defaultdict(list)
    for service in CarrierService.objects.filter(carrier__company=issue.company_id, is_active=True).order_by("code"):
        services[service.carrier_id].append(service)
    found = []
    for carrier in Carrier.objects.filter(company=issue.company_id, is_active=True).order_by("name", "pk"):
        if WAYS[carrier.way].off_because():
            continue
        found += [(f"{carrier.pk}:{s.pk}", f"{carrier} · {s}") for s in services[carrier.pk]] or [(f"{carrier.pk}:", str(carrier))]
    return found


def _said_of(request: HttpRequest, row: Consignment) -> dict[str, Any]:
    """How the consignment stands, and where its labels are."""
    day, url = formats_of(request).date(row.on), ConsignmentResource.url(row.pk)
    if row.state == Consignment.TO_BOOK:
        text = _("{carrier} is being asked.").format(carrier=row.carrier)
    elif row.state == Consignment.TO_CANCEL:
        text = _("{carrier} is being told that it is cancelled.").format(carrier=row.carrier)
    else:
        text = _("Handed over to {carrier} on {day}: {tracking}").format(carrier=row.carrier, day=day, tracking=row.tracking or "–")
    told = ConsignmentResource.queryset().values_list("waits_because", flat=True).get(pk=row.pk)
    printer = Attachment.objects.filter(table_name=Consignment._meta.db_table, row_id=row.pk, name__endswith=".zpl").first()
    has_label = row.state in (Consignment.BOOKED, Consignment.DELIVERED) and Package.objects.filter(issue=row.issue_id).exists()
    return {
        "text": text, "more": row.said, "waits": row.state in (Consignment.TO_BOOK, Consignment.TO_CANCEL), "told": told or "", "url": url, "number": str(row),
        "label_url": (f"{url}/files/{printer.pk}" if printer else f"{url}/pdf") if has_label else "", "progress": row.get_progress_display() if row.progress else "",
    }  # fmt: skip


@door(PACK, "GET")
def consignment(request: HttpRequest, pk: int) -> HttpResponse:
    """How the consignment of a delivery stands by now; asked again and again while the carrier has not answered."""
    issue = _delivery(request, pk)
    gone = _consigned(issue.pk)
    context = {
        "gone": _said_of(request, gone) if gone else None,
        "refused": _refusal(issue.pk),
        "base": f"{GoodsIssueResource.url(pk)}/pack",
    }
    return page(request, "web/components/consigned.html", context)


@door(HAND_OVER, "POST")
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the carrier that was chosen; his labels follow, or ours."""
    _delivery(request, pk)
    carrier, _colon, service = request.POST.get("offer", "").partition(":")
    given = {
        "carrier": whole(carrier) or 0, "service": whole(service), "collects": "collects" in request.POST, "to_address": request.POST.get("to_address", ""),
    }  # fmt: skip
    _done(request, pk, book_carrier, [pk], given, _("Booked, or on its way to the carrier"))
    return _back(pk, None)


def _called(product: Product) -> str:
    """The name of what is packed; of goods with a second unit with that unit, in which they are packed."""
    unit = product.second_unit
    if unit is None:
        return product.name
    return f"{product.name} ({unit.name_it if get_language() == 'it' and unit.name_it else unit.name})"


def _package(package: Package, lines: list[Any], opened: Package | None, issue: int) -> dict[str, Any]:
    return {
        "key": package.pk, "number": package.position, "sscc": package.sscc, "box": package.packaging.name if package.packaging else "",
        "gross_kg": package.gross_kg, "is_open": opened is not None and opened.pk == package.pk,
        "open_url": f"{GoodsIssueResource.url(issue)}/pack?{urlencode({'package': package.pk})}", "label_url": f"{PackageResource.url(package.pk)}/pdf",
        "lines": [{"sku": ln.issue_line.product.sku, "product": _called(ln.issue_line.product), "lot": ln.lot, "quantity": ln.quantity} for ln in lines],
    }  # fmt: skip


def _done(request: HttpRequest, pk: int, action: Action, ids: list[int], given: dict[str, Any], said: str) -> Outcome | None:
    try:
        outcome = perform(request.actor, action, ids, given)  # type: ignore[attr-defined]
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return None
    flash(request, said, tone="done")
    return outcome


def _back(pk: int, package: int | None) -> HttpResponse:
    return HttpResponseRedirect(f"{GoodsIssueResource.url(pk)}/pack" + (f"?{urlencode({'package': package})}" if package else ""))


@door(PACK, "POST")
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """What the scanner read goes into the open package, or into a new one; then the field waits for the next."""
    _delivery(request, pk)
    code, package = request.POST.get("code", ""), whole(request.POST.get("package", ""))
    try:
        quantity = _figure(request, request.POST.get("quantity", "") or "1")
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return _back(pk, package)
    given = {"code": code, "quantity": quantity, "package": package or None}
    outcome = _done(request, pk, pack_item, [pk], given, _("{code} is packed").format(code=code))
    return _back(pk, outcome.made["packages"][0] if outcome else package)


@door(PACK, "POST")
def proposed(request: HttpRequest, pk: int) -> HttpResponse:
    """Cartons for everything that is not packed yet."""
    _delivery(request, pk)
    _done(request, pk, propose_packages, [pk], {}, _("Packages are proposed: check and weigh them"))
    return _back(pk, None)


@door(PACK, "POST")
def change(request: HttpRequest, pk: int, package: int) -> HttpResponse:
    """The weight of a package, or its end."""
    _delivery(request, pk)
    if not Package.objects.filter(pk=package, issue=pk).exists():
        raise NotFound(what=f"{PackageResource.title_one} {package}")
    if request.POST.get("do") == "unpack":
        _done(request, pk, unpack, [package], {}, _("Taken apart"))
        return _back(pk, None)
    try:
        weight = _figure(request, request.POST.get("gross_kg", ""))
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return _back(pk, package)
    _done(request, pk, weigh, [package], {"gross_kg": weight}, _("Weighed"))
    return _back(pk, None)


def _figure(request: HttpRequest, text: str) -> Decimal:
    try:
        return formats_of(request).parse_number(text)
    except ValueError as error:
        raise InvalidInput(record=GoodsIssueResource.title_one, problems=_("“{text}” is no quantity.").format(text=text)) from error
