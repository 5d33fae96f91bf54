"""How the catalog is shown, written and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.catalog import panels, refusals  # noqa: F401  panels and sentences are declared on import
from fondaco.masterdata.catalog.models import (
    Category,
    CommodityCode,
    PriceList,
    PriceListMember,
    PriceRule,
    Product,
    ProductUnit,
    SalesChannel,
    Unit,
)
from fondaco.platform.resources.declare import Column, Lines, Resource, register


@register
class ProductResource(Resource):
    model, key, natural_key = Product, "products", "sku"
    title, title_one, job, icon = _("Products"), _("Product"), "sell", "deliver"
    place = 34
    view_permission, write_permission = "catalog.view_product", "catalog.write_product"
    columns = ["sku", "name", "kind", "category", "unit", Column("sale_price", currency="currency__code", summed=False), "is_active"]
    fields = [
        "sku",
        "name",
        "name_it",
        "kind",
        "category",
        "unit",
        "tax_class",
        "tracking",
        "costing",
        "second_unit",
        Column("second_factor", kind="quantity"),
        Column("second_tolerance", kind="percent"),
        Column("sale_price", currency="currency__code", summed=False),
        "weight_kg",
        "volume_m3",
        "barcode",
        "commodity_code",
        "origin",
        "supplementary_factor",
        "service_code",
        "description",
        "is_active",
    ]
    writable = [
        "sku",
        "name",
        "name_it",
        "kind",
        "category",
        "unit",
        "tax_class",
        "tracking",
        "costing",
        "second_unit",
        "second_factor",
        "second_tolerance",
        "sale_price",
        "currency",
        "weight_kg",
        "volume_m3",
        "barcode",
        "commodity_code",
        "origin",
        "supplementary_factor",
        "service_code",
        "description",
        "is_active",
    ]
    filters, search, sort = (
        ["kind", "category", "tax_class", "tracking", "costing", "commodity_code", "is_active"],
        ["sku", "name", "name_it", "barcode"],
        "sku",
    )
    lines = [
        Lines(
            ProductUnit,
            "product",
            ["unit", Column("factor", kind="quantity")],
            writable=["unit", "factor"],
            title=_("Packings"),
            order=("id",),
        )
    ]


@register
class CategoryResource(Resource):
    model, key, natural_key = Category, "categories", "code"
    title, title_one, job, icon = _("Categories"), _("Category"), "set_up", "books"
    view_permission, write_permission = "catalog.view_product", "catalog.write_product"
    columns, writable, search, sort = (
        ["code", "name", "name_it", "parent"],
        ["code", "name", "name_it", "parent"],
        ["code", "name", "name_it"],
        "code",
    )


@register
class CommodityCodeResource(Resource):
    model, key, natural_key = CommodityCode, "commodity-codes", "code"
    title, title_one, job, icon = _("Commodity codes"), _("Commodity code"), "set_up", "books"
    view_permission, write_permission = "catalog.view_product", "catalog.write_product"
    columns = writable = ["code", "name", "name_it", "supplementary_unit", "valid_from", "valid_to"]
    search, sort = ["code", "name", "name_it"], "code"


@register
class UnitResource(Resource):
    model, key, natural_key = Unit, "units", "code"
    title, title_one, job, icon = _("Units"), _("Unit"), "set_up", "grip"
    view_permission, write_permission = "catalog.view_product", "catalog.write_unit"
    columns = ["code", "name", "name_it", "dimension", Column("factor", kind="quantity")]
    writable, search, sort = ["code", "name", "name_it", "dimension", "factor"], ["code", "name", "name_it"], "code"


@register
class SalesChannelResource(Resource):
    model, key, natural_key = SalesChannel, "sales-channels", "code"
    title, title_one, job, icon = _("Sales channels"), _("Sales channel"), "sell", "sell"
    group, place = "set_up", 15
    view_permission, write_permission = "catalog.view_price_list", "catalog.write_price_list"
    columns, writable, search, sort = (
        ["code", "name", "name_it"],
        ["code", "name", "name_it"],
        ["code", "name", "name_it"],
        "code",
    )


@register
class PriceListResource(Resource):
    model, key, natural_key = PriceList, "price-lists", "code"
    title, title_one, job, icon = _("Price lists"), _("Price list"), "sell", "sell"
    place = 36
    view_permission, write_permission = "catalog.view_price_list", "catalog.write_price_list"
    columns = ["code", "name", "currency", "priority", "for_members_only", "group", "channel", "valid_from", "valid_to", "is_active"]
    writable = [
        "company",
        "code",
        "name",
        "currency",
        "includes_tax",
        "priority",
        "for_members_only",
        "group",
        "channel",
        "valid_from",
        "valid_to",
        "is_active",
    ]
    filters, search, sort = ["currency", "is_active", "for_members_only", "group", "channel"], ["code", "name"], "code"
    lines = [
        Lines(
            PriceRule, "price_list", ["product", "category", Column("min_quantity", kind="quantity"), "valid_from", "valid_to", Column("price", currency="price_list__currency__code"), Column("discount_percent", kind="percent"), "note"],
            writable=["product", "category", "min_quantity", "valid_from", "valid_to", "price", "discount_percent", "note"], title=_("Rules"), order=("id",),
        ),
        Lines(PriceListMember, "price_list", ["party"], writable=["party"], title=_("Members"), order=("id",)),
    ]  # fmt: skip
