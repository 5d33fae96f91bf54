"""What is bought and sold: units, categories, products, and the price lists that say for how much."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}


class Unit(Row):
    """A unit of measure of UN/CEFACT Recommendation 20; ``factor`` converts to the base unit of its dimension."""

    company_path = None
    label_paths = ("name",)

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    dimension = models.TextField(_("dimension"))
    factor = models.DecimalField(_("factor"), max_digits=30, decimal_places=15)

    class Meta:
        verbose_name, verbose_name_plural = _("unit"), _("units")
        constraints = [models.CheckConstraint(name="unit_factor_positive", condition=Q(factor__gt=0))]

    def __str__(self) -> str:
        return self.name


class Category(Row):
    """A branch of the assortment."""

    company_path = None

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    parent = models.ForeignKey("self", models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("under"))

    class Meta:
        verbose_name, verbose_name_plural = _("category"), _("categories")
        constraints = [models.CheckConstraint(name="category_not_under_itself", condition=~Q(parent=F("id")))]

    label_paths = ("name",)

    def __str__(self) -> str:
        return self.name


class CommodityCode(Row):
    """A code of the Combined Nomenclature (8 digits), in whose unit statistics of trade count goods beside their weight; empty for none.

    The nomenclature changes with the year: ``valid_to`` is the last day of a code that was given up.
    """

    company_path = None
    label_paths = ("code", "name")

    code = models.TextField(_("commodity code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    supplementary_unit = models.TextField(_("supplementary unit"), blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("commodity code"), _("commodity codes")
        constraints = [
            models.CheckConstraint(name="commodity_code_digits", condition=Q(code__regex=r"^[0-9]{8}$")),
            models.CheckConstraint(
                name="commodity_code_runs_forward",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Product(Row):
    """Goods kept in stock, or a service. ``sale_price`` is the list price per stock unit; costs live in the inventory.

    ``tracking`` says whether every move names lots, or serial numbers (lots of one). Goods of catch weight are valued and priced by their
    stock unit and handled by a ``second_unit`` that no factor converts exactly (wheels of cheese: kilograms and pieces); one of those is
    about ``second_factor`` stock units, and what is moved may differ from that by ``second_tolerance`` percent.
    """

    company_path = None
    label_paths = ("sku", "name")
    KINDS = (("goods", _("goods")), ("service", _("service")))
    TAX_CLASSES = (("standard", _("standard")), ("reduced", _("reduced")), ("service", _("service")))
    AVERAGE, FIFO, STANDARD, SPECIFIC = "average", "fifo", "standard", "specific"
    COSTINGS = (
        (AVERAGE, _("moving average")), (FIFO, _("first in, first out")), (STANDARD, _("standard cost")), (SPECIFIC, _("cost of the lot")),
    )  # fmt: skip
    UNTRACKED, LOT, SERIAL = "none", "lot", "serial"
    TRACKINGS = ((UNTRACKED, _("not tracked")), (LOT, _("by lot")), (SERIAL, _("by serial number")))

    sku = models.TextField(_("SKU"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    kind = models.TextField(_("kind"), choices=KINDS, default="goods")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("category"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("stock unit"))
    tax_class = models.TextField(_("tax class"), choices=TAX_CLASSES, default="standard")
    sale_price = models.DecimalField(_("list price"), null=True, blank=True, **PRICE)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    costing = models.TextField(_("costing"), choices=COSTINGS, default=AVERAGE)
    tracking = models.TextField(_("tracked"), choices=TRACKINGS, default=UNTRACKED)
    second_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("second unit"))
    second_factor = models.DecimalField(_("stock units in one, about"), null=True, blank=True, **QUANTITY)
    second_tolerance = models.DecimalField(_("differs by at most %"), null=True, blank=True, max_digits=7, decimal_places=4)
    weight_kg = models.DecimalField(_("weight kg"), null=True, blank=True, **QUANTITY)
    volume_m3 = models.DecimalField(_("volume m³"), null=True, blank=True, **QUANTITY)
    barcode = models.TextField(_("barcode"), blank=True)
    commodity_code = models.ForeignKey(
        CommodityCode, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("commodity code")
    )
    origin = models.ForeignKey(
        "companies.Country", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("country of origin")
    )
    supplementary_factor = models.DecimalField(_("supplementary units in a stock unit"), null=True, blank=True, **QUANTITY)
    service_code = models.TextField(_("service code (CPA)"), blank=True)
    description = models.TextField(_("description"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("product"), _("products")
        constraints = [
            models.CheckConstraint(name="product_price_not_negative", condition=Q(sale_price__isnull=True) | Q(sale_price__gte=0)),
            models.CheckConstraint(name="product_price_has_currency", condition=Q(sale_price__isnull=True) | Q(currency__isnull=False)),
            models.CheckConstraint(name="product_kind", condition=Q(kind__in=["goods", "service"])),
            models.CheckConstraint(name="product_costing", condition=Q(costing__in=["average", "fifo", "standard", "specific"])),
            models.CheckConstraint(name="product_tracking", condition=Q(tracking__in=["none", "lot", "serial"])),
            models.CheckConstraint(name="service_not_tracked", condition=Q(kind="goods") | Q(tracking="none")),
            models.CheckConstraint(
                name="supplementary_factor_positive", condition=Q(supplementary_factor__isnull=True) | Q(supplementary_factor__gt=0)
            ),
            models.CheckConstraint(name="service_code_digits", condition=Q(service_code="") | Q(service_code__regex=r"^[0-9]{5,6}$")),
            models.CheckConstraint(name="cost_of_lot_needs_lots", condition=~Q(costing="specific") | ~Q(tracking="none")),
            models.CheckConstraint(
                name="second_unit_whole",
                condition=Q(second_unit__isnull=True, second_factor__isnull=True, second_tolerance__isnull=True)
                | Q(
                    kind="goods",
                    second_unit__isnull=False,
                    second_factor__isnull=False,
                    second_factor__gt=0,
                    second_tolerance__isnull=False,
                    second_tolerance__gte=0,
                    second_tolerance__lt=100,
                ),
            ),
            models.CheckConstraint(name="second_unit_is_another", condition=Q(second_unit__isnull=True) | ~Q(second_unit=F("unit"))),
        ]
        indexes = [GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="product_name_like")]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class ProductUnit(Row):
    """A packing of one product: one of ``unit`` is ``factor`` of its stock unit (a box of 12 pieces)."""

    company_path = None

    product = models.ForeignKey(Product, models.CASCADE, related_name="units")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    factor = models.DecimalField(_("stock units in one"), **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("packing"), _("packings")
        constraints = [
            models.UniqueConstraint(fields=["product", "unit"], name="packing_once"),
            models.CheckConstraint(name="packing_factor_positive", condition=Q(factor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.unit_id}"


class SalesChannel(Row):
    """A way by which customers buy, such as the shop, an agent or the fair; a document may say its own."""

    company_path = None
    label_paths = ("name",)

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("sales channel"), _("sales channels")

    def __str__(self) -> str:
        return self.name


class PriceList(Row):
    """A set of price rules in one currency; for everybody, for a group of customers, or for its members only; in every channel or in one.

    A higher priority is asked first.
    """

    shared_when_no_company = True
    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("company"))
    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    includes_tax = models.BooleanField(_("prices include tax"), default=False)
    priority = models.BigIntegerField(_("priority"), default=0)
    for_members_only = models.BooleanField(_("for members only"), default=False)
    group = models.ForeignKey(
        "parties.CustomerGroup", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("for customer group")
    )
    channel = models.ForeignKey(SalesChannel, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("for channel"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("price list"), _("price lists")
        constraints = [
            models.CheckConstraint(name="list_for_members_or_a_group", condition=Q(for_members_only=False) | Q(group__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name


class PriceRule(Row):
    """A price, or a discount off the list price, for a product or a category (or everything), from a quantity on.

    Two rules of one list can never claim the same product, quantity and day: the database refuses the second when it is
    saved, not when the clerk sells.
    """

    company_path = "price_list__company"

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="rules")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("product"))
    category = models.ForeignKey(Category, models.CASCADE, related_name="+", null=True, blank=True, verbose_name=_("category"))
    min_quantity = models.DecimalField(_("from quantity"), default=0, **QUANTITY)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    price = models.DecimalField(_("price"), null=True, blank=True, **PRICE)
    discount_percent = models.DecimalField(_("discount %"), null=True, blank=True, max_digits=7, decimal_places=4)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("price rule"), _("price rules")
        constraints = [
            models.CheckConstraint(name="rule_has_one_target_at_most", condition=Q(product__isnull=True) | Q(category__isnull=True)),
            models.CheckConstraint(
                name="rule_gives_price_or_discount",
                condition=Q(price__isnull=False, discount_percent__isnull=True) | Q(price__isnull=True, discount_percent__isnull=False),
            ),
            models.CheckConstraint(name="rule_price_for_a_product", condition=Q(price__isnull=True) | Q(product__isnull=False)),
            models.CheckConstraint(
                name="rule_discount_percent",
                condition=Q(discount_percent__isnull=True) | Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
            models.CheckConstraint(name="rule_price_not_negative", condition=Q(price__isnull=True) | Q(price__gte=0)),
            models.CheckConstraint(name="rule_quantity_not_negative", condition=Q(min_quantity__gte=0)),
            ExclusionConstraint(
                name="price_rules_do_not_conflict",
                expressions=[
                    ("price_list", RangeOperators.EQUAL),
                    (Coalesce(F("product"), 0), RangeOperators.EQUAL),
                    (Coalesce(F("category"), 0), RangeOperators.EQUAL),
                    ("min_quantity", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["product"], name="rule_by_product"), models.Index(fields=["category"], name="rule_by_category")]

    def __str__(self) -> str:
        return f"{self.price_list_id}/{self.pk}"


class PriceListMember(Row):
    """A customer to whom a price list applies."""

    company_path = "price_list__company"

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="members")
    party = models.ForeignKey("parties.Party", models.CASCADE, related_name="+", verbose_name=_("customer"))

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        constraints = [models.UniqueConstraint(fields=["price_list", "party"], name="price_list_member_once")]

    def __str__(self) -> str:
        return f"{self.price_list_id} {self.party_id}"
