"""What was ordered from vendors, and what of each receipt their bills have billed."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


class PurchaseOrder(Document):
    """An order to a vendor. Received and billed are derived from stock and bills, never stored. In force it is amended, never rewritten."""

    amendable_states = ("confirmed",)
    STATES = (("draft", _("draft")), ("confirmed", _("confirmed")), ("closed", _("closed")), ("cancelled", _("cancelled")))
    series = "PO"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    on = models.DateField(_("date"))
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("warehouse")
    )
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    reference = models.TextField(_("vendor's reference"), blank=True)
    memo = models.TextField(_("memo"), blank=True)
    last_edited_by = models.TextField(_("last edited by"), blank=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("purchase order"), _("purchase orders")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="purchase_order_number_once"),
            models.CheckConstraint(
                name="purchase_order_in_force_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)
            ),
            models.CheckConstraint(name="purchase_order_state", condition=Q(state__in=["draft", "confirmed", "closed", "cancelled"])),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="purchase_order_by_date"),
            models.Index(fields=["vendor", "-on"], name="purchase_order_of_vendor"),
            models.Index(fields=["company", "expected_on"], name="purchase_order_open", condition=Q(state="confirmed")),
        ]


class PurchaseOrderLine(Row):
    """Goods or a service ordered: quantity in the product's stock unit, price in the order's currency. Stock moves name it as demand."""

    company_path = "order__company"

    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, max_digits=20, decimal_places=6)
    discount_percent = models.DecimalField(_("discount %"), default=0, max_digits=7, decimal_places=4)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="purchase_line_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="purchase_line_price", condition=Q(unit_price__isnull=False, unit_price__gte=0)),
            models.CheckConstraint(name="purchase_line_discount", condition=Q(discount_percent__gte=0, discount_percent__lte=100)),
            models.CheckConstraint(name="purchase_line_says_what", condition=Q(product__isnull=False) | ~Q(description="")),
        ]

    def __str__(self) -> str:
        return f"{self.description or self.product_id} {self.quantity}"


class PurchaseRules(Row):
    """By how many percent a receipt may exceed what was ordered, and with how many percent missing an order closes itself (PC-04)."""

    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    over_percent = models.DecimalField(_("may exceed by %"), default=0, max_digits=7, decimal_places=4)
    under_percent = models.DecimalField(_("closes when missing at most %"), default=0, max_digits=7, decimal_places=4)

    class Meta:
        verbose_name, verbose_name_plural = _("rules for purchases"), _("rules for purchases")
        constraints = [
            models.CheckConstraint(
                name="purchase_tolerances",
                condition=Q(over_percent__gte=0, over_percent__lte=100, under_percent__gte=0, under_percent__lt=100),
            )
        ]

    def __str__(self) -> str:
        return str(self.company)


class Billed(Row):
    """What of a line was billed, and of which receipt: its quantity, what the receipt had booked for it, what the bill says.

    Amounts in company currency. Without a ``move`` the bill came before the goods: it waits for them. A bill that is reversed
    takes its rows back by negative ones.
    """

    append_only = True
    company_path = "line__order__company"

    line = models.ForeignKey(PurchaseOrderLine, models.PROTECT, related_name="billed", verbose_name=_("order line"))
    move = models.ForeignKey("inventory.StockMove", models.PROTECT, related_name="+", null=True, verbose_name=_("stock move"))
    bill = models.ForeignKey("payables.Bill", models.PROTECT, related_name="+", verbose_name=_("bill"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    booked = models.DecimalField(_("booked"), **AMOUNT)
    billed = models.DecimalField(_("billed"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("billed receipt"), _("billed receipts")
        constraints = [
            models.CheckConstraint(name="billed_quantity", condition=~Q(quantity=0)),
            models.CheckConstraint(name="waiting_bill_booked_nothing", condition=Q(move__isnull=False) | Q(booked=0)),
        ]
        indexes = [models.Index(fields=["line", "move"], name="billed_of_line")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.quantity}"
