"""What engineering shows on the page of a product: of what it is made and what that costs, and where it goes in."""

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog.item_panels import Content, Figure, register
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.operations.engineering.choices import choices_of
from fondaco.operations.engineering.exploding import ONE, walked
from fondaco.operations.engineering.models import BillOfMaterials
from fondaco.operations.engineering.queries import Wanted, explosions, used_in
from fondaco.operations.engineering.saying import gaps_said, source_said
from fondaco.operations.inventory.models import ProductCost
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column

VIEW, COST = "engineering.view_bom", "inventory.see_cost"
#: So many rows a panel.
SHOWN = 60


def structure(actor: Actor, company: Company, product: Product) -> Content | None:
    """The levels of one piece as it is made today, of what is configured in its standard; costs to whom may see them. Nothing of what is bought. Few statements."""
    if not actor.may(VIEW, company.pk):
        return None
    if not BillOfMaterials.objects.filter(company=company, product=product).exists():
        return None
    choices = choices_of([product.pk]).get(product.pk)
    (found,) = explosions([Wanted(company.pk, product.pk, ONE, choices.standard if choices else None)], timezone.localdate())
    if found is None:
        return None
    sees = actor.may(COST, company.pk)
    figures: list[Figure] = []
    if choices is not None:
        figures.append(Figure(_("Configured as"), _now("standard: the first value of every attribute")))
    if sees:
        costs, currency = found.costs, company.currency_id
        kept = ProductCost.objects.filter(company=company, product=product).first()
        named = ((_("Material"), costs.material), (_("Labour"), costs.labour), (_("Machine"), costs.machine), (_("Outside"), costs.outside))
        figures += [Figure(_("Cost rolled up"), costs.total, "amount", currency)]
        figures += [Figure(title, amount, "amount", currency) for title, amount in named if amount]
        standard = kept.standard_cost if kept is not None else None
        if standard is not None:
            figures += [
                Figure(_("Standard cost"), standard, "price", currency),
                Figure(_("Rolled up above standard"), costs.total - standard, "amount", currency),
            ]
    if found.gaps:
        figures.append(Figure(_("Not reckoned"), gaps_said(found.gaps)))
    rows: list[dict[str, Any]] = []
    for level, part in list(walked(found.whole))[1 : SHOWN + 1]:
        named_ = "\u2003" * (level - 1) + f"{part.sku} {part.name}"
        rows.append({"pk": part.product, "what": named_, "quantity": part.quantity, "unit": part.unit, "from": source_said(part), "cost": part.cost, "currency": company.currency_id})  # fmt: skip
    columns = [Column("what", _("Part")), Column("quantity", _("Quantity"), "quantity"), Column("unit", _("Unit"))]
    if sees:
        columns += [Column("from", _("Cost from")), Column("cost", _("Cost"), "amount", "currency")]
    return Content(figures, columns, rows, "products")


def where_used(actor: Actor, company: Company, product: Product) -> Content | None:
    """The bills that name it, and those of what it goes into. One statement."""
    if not actor.may(VIEW, company.pk):
        return None
    italian = get_language() == "it"
    rows = [
        {**r, "what": "\u2003" * (r["level"] - 1) + f"{r['sku']} {(r['name_it'] if italian else '') or r['name']}"}
        for r in used_in([product.pk], company.pk)
    ]
    if not rows:
        return None
    columns = [
        Column("what", _("Goes into")),
        Column("version", _("Version"), "number"),
        Column("valid_from", _("valid from"), "date"),
        Column("valid_to", _("valid to"), "date"),
    ]
    return Content((), columns, rows, "bills-of-materials")


register(_("Made of"), 26, structure, in_brief=False)
register(_("Where it goes in"), 27, where_used, in_brief=False)
