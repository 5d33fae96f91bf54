"""The packing bench: scan what lies there into packages, take cartons as proposed, weigh, print labels; by keyboard or on a phone (WH-05)."""

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
from fondaco.operations.shipping.models import Consignment, Package
from fondaco.operations.shipping.packing import PACK, content_of, open_parts, pack_item, propose_packages, unpack, weigh
from fondaco.operations.shipping.resources import PackageResource
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import Outcome, perform


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
    gone = Consignment.objects.filter(issue=issue).select_related("carrier").first()
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
        "gone": _("Handed over to {carrier} on {day}: {tracking}").format(
            carrier=gone.carrier, day=formats_of(request).date(gone.on), tracking=gone.tracking or "–"
        )
        if gone
        else "",
        "base": f"{GoodsIssueResource.url(pk)}/pack",
    }  # fmt: skip
    return page(request, "web/packing.html", context)


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
