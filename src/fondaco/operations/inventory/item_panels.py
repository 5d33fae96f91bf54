"""What the warehouse shows on the page of a product: where it lies, what it is worth, its lots, and what it was bought at."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog.item_panels import Content, Figure, register
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.models import CostLayer, Location, LotCost, LotStock, ProductCost, StockLevel, StockMove
from fondaco.operations.inventory.queries import paper_number, paper_party, unfit_there
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Column

VIEW, COST = "inventory.view_stock", "inventory.see_cost"
#: So many rows a panel; its list has all of them.
SHOWN = 12
#: Places of a unit cost.
COST_PLACES = 6


def places(actor: Actor, company: Company, product: Product) -> Content | None:
    """What lies in each place, how much of it is promised, blocked or expired, and what is free. One statement."""
    if not actor.may(VIEW, company.pk) or product.kind != "goods":
        return None
    levels = (
        StockLevel.objects.filter(company=company, product=product)
        .exclude(on_hand=0, reserved=0)
        .annotate(unfit=unfit_there())
        .select_related("location")
        .order_by("location__name")
    )
    rows = [
        {
            "pk": level.pk, "place": level.location.name, "kind": str(level.location.get_kind_display()), "on_hand": level.on_hand, "reserved": level.reserved,
            "unfit": level.unfit, "free": level.on_hand - level.reserved - level.unfit if level.location.kind == Location.INTERNAL else ZERO,  # type: ignore[attr-defined]
            "pieces": level.second_on_hand, "pieces_reserved": level.second_reserved,
        }
        for level in levels
    ]  # fmt: skip
    second = [Column("pieces", pieces_of(product), "quantity"), Column("pieces_reserved", _("of them reserved"), "quantity")]
    columns = [
        Column("place", _("Place")),
        Column("kind", _("Kind")),
        Column("on_hand", _("On hand"), "quantity"),
        Column("reserved", _("Reserved"), "quantity"),
        Column("unfit", _("Blocked or expired"), "quantity"),
        Column("free", _("Free"), "quantity"),
        *(second if product.second_unit_id is not None else []),
    ]
    return Content(columns=columns, rows=rows, resource="stock")


def pieces_of(product: Product) -> str:
    """What pieces of a product are called: its second unit, in the reader's language."""
    unit = product.second_unit
    if unit is None:
        return ""
    return capfirst(unit.name_it if get_language() == "it" and unit.name_it else unit.name)


def worth(actor: Actor, company: Company, product: Product) -> Content | None:
    """Value and unit cost by the product's costing; the layers, or lots, that make them up. Two statements."""
    if not actor.may(COST, company.pk) or product.kind != "goods":
        return None
    cost = ProductCost.objects.filter(company=company, product=product).first() or ProductCost()
    currency = company.currency_id
    unit = rounded(cost.value / cost.quantity, COST_PLACES) if cost.quantity > 0 else cost.last_cost
    figures = [
        Figure(_("Costing"), product.get_costing_display()),
        Figure(_("Owned"), cost.quantity, "quantity"),
        *([Figure(pieces_of(product), cost.second_quantity, "quantity")] if product.second_unit_id is not None else []),
        Figure(_("Value"), cost.value, "amount", currency),
        Figure(_("Unit cost"), unit, "price", currency),
    ]
    if product.costing == Product.STANDARD:
        figures.append(Figure(_("Standard cost"), cost.standard_cost, "price", currency))
    of_product: dict[str, Any] = {"company": company, "product": product, "quantity__gt": 0}
    rows: list[dict[str, Any]] = []
    if product.costing == Product.FIFO:
        layers = CostLayer.objects.filter(**of_product).order_by("on", "move")[:SHOWN]
        rows = [{"pk": x.pk, "what": x.on, "quantity": x.quantity, "value": x.value, "currency": currency} for x in layers]
    elif product.costing == Product.SPECIFIC:
        lots = LotCost.objects.filter(**of_product).select_related("lot").order_by("lot__expires_on", "lot")[:SHOWN]
        rows = [{"pk": x.pk, "what": x.lot.number, "quantity": x.quantity, "value": x.value, "currency": currency} for x in lots]
    by_day = product.costing == Product.FIFO
    columns = [
        Column("what", _("Received on") if by_day else _("Lot"), "date" if by_day else "text"),
        Column("quantity", _("Quantity left"), "quantity"),
        Column("value", _("Value left"), "amount", "currency"),
    ]
    return Content(figures, columns, rows, "cost-layers" if by_day else "lot-costs")


def lots(actor: Actor, company: Company, product: Product) -> Content | None:
    """The lots in stock, those that expire first on top; each opens the page with its whole way. One statement."""
    if not actor.may(VIEW, company.pk) or product.tracking == Product.UNTRACKED:
        return None
    found = (
        LotStock.objects.filter(company=company, product=product, on_hand__gt=0)
        .select_related("lot", "location")
        .order_by(F("expires_on").asc(nulls_last=True), "lot", "location")[:SHOWN]
    )
    today = timezone.localdate()
    rows = [
        {
            "pk": x.lot_id, "number": x.lot.number, "place": x.location.name, "on_hand": x.on_hand, "pieces": x.second_on_hand, "expires_on": x.expires_on,
            "state": str(_("blocked") if x.is_blocked else _("expired") if x.expires_on and x.expires_on < today else _("usable")),
        }
        for x in found
    ]  # fmt: skip
    columns = [
        Column("number", _("Lot or serial number")),
        Column("place", _("Place")),
        Column("on_hand", _("On hand"), "quantity"),
        *([Column("pieces", pieces_of(product), "quantity")] if product.second_unit_id is not None else []),
        Column("expires_on", _("Expires on"), "date"),
        Column("state", _("State")),
    ]
    return Content(columns=columns, rows=rows, resource="lots", more=f"/lots?{urlencode({'product': product.pk, 'in_stock': 1})}")


def bought(actor: Actor, company: Company, product: Product) -> Content | None:
    """What it came at: the last receipts, from whom, and the unit cost booked with each. One statement."""
    if not actor.may(COST, company.pk) or product.kind != "goods":
        return None
    moves = (
        StockMove.objects.filter(company=company, product=product, from_location__kind__in=["vendor", "opening"], sign=1)
        .annotate(paper=paper_number(""), party=paper_party(""))
        .order_by("-on", "-id")[:SHOWN]
    )
    rows = [
        {
            "pk": m.pk, "on": m.on, "paper": m.paper or "–", "party": m.party, "quantity": m.quantity, "pieces": m.second_quantity,
            "unit_cost": rounded(m.value / m.quantity, COST_PLACES), "currency": company.currency_id,
        }
        for m in moves
    ]  # fmt: skip
    columns = [
        Column("on", _("Date"), "date"),
        Column("paper", _("Paper")),
        Column("party", _("Vendor")),
        Column("quantity", _("Quantity"), "quantity"),
        *([Column("pieces", pieces_of(product), "quantity")] if product.second_unit_id is not None else []),
        Column("unit_cost", _("Unit cost"), "price"),
    ]
    return Content(columns=columns, rows=rows, resource="stock-moves")


register(_("Stock by place"), 10, places)
register(_("Value and cost"), 20, worth)
register(_("Lots in stock"), 30, lots)
register(_("What it was bought at"), 60, bought)
