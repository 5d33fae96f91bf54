"""What was agreed with vendors for some time, what was ordered, and what of each receipt their bills have billed."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.models import StockDocument, StockLine
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
    """Goods or a service ordered: quantity in the product's stock unit, price in the order's currency. Stock moves name it as demand.

    With a ``second_quantity`` goods of catch weight were ordered by the piece: ``quantity`` is what these weigh by the nominal factor.

    ``contract_line`` is what it is called off from; ``price_explanation`` says where the price comes from: ``{"source": "contract" or "hand",
    "price", "sentence"}``.
    """

    company_path = "order__company"

    order = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines", verbose_name=_("purchase order"))
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), default=1, **QUANTITY)
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, max_digits=20, decimal_places=6)
    discount_percent = models.DecimalField(_("discount %"), default=0, max_digits=7, decimal_places=4)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    contract_line = models.ForeignKey(
        "ContractLine", models.PROTECT, related_name="calls", null=True, blank=True, verbose_name=_("called off from")
    )
    price_explanation = models.JSONField(_("why this price"), default=dict, blank=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        indexes = [
            models.Index(fields=["product", "order"], name="purchase_line_of_product"),
            GinIndex(fields=["description"], opclasses=["gin_trgm_ops"], name="purchase_line_like", condition=Q(product__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="purchase_line_quantity", condition=Q(quantity__gt=0) & (Q(second_quantity__isnull=True) | Q(second_quantity__gt=0))
            ),
            models.CheckConstraint(name="purchase_line_price", condition=Q(unit_price__isnull=False, unit_price__gte=0)),
            models.CheckConstraint(name="purchase_line_discount", condition=Q(discount_percent__gte=0, discount_percent__lte=100)),
            models.CheckConstraint(name="purchase_line_says_what", condition=Q(product__isnull=False) | ~Q(description="")),
        ]

    def __str__(self) -> str:
        return f"{self.description or self.product_id} {self.quantity}"


class PurchaseContract(Document):
    """What was agreed with a vendor for some time: prices by quantity, and how much is to be called off. In force it is amended.

    Called off is derived from orders in force, never stored. ``alert_days`` before the last day, or when ``alert_percent`` of a quantity
    or of the value is used, ``buyer`` is told.
    """

    amendable_states = ("in_force",)
    STATES = (("draft", _("draft")), ("in_force", _("in force")), ("ended", _("ended")), ("cancelled", _("cancelled")))
    series = "PC"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    reference = models.TextField(_("vendor's reference"), blank=True)
    on = models.DateField(_("date"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    agreed_value = models.DecimalField(_("agreed value"), null=True, blank=True, **AMOUNT)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("buyer"))
    alert_days = models.BigIntegerField(_("tell so many days before the end"), default=30)
    alert_percent = models.DecimalField(_("tell when used by %"), default=90, max_digits=7, decimal_places=4)
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("purchase contract"), _("purchase contracts")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="purchase_contract_number_once"),
            models.CheckConstraint(
                name="purchase_contract_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)
            ),
            models.CheckConstraint(name="purchase_contract_days", condition=Q(valid_to__gte=F("valid_from"))),
            models.CheckConstraint(name="purchase_contract_value", condition=Q(agreed_value__isnull=True) | Q(agreed_value__gt=0)),
            models.CheckConstraint(
                name="purchase_contract_alerts",
                condition=Q(alert_days__gte=0, alert_days__lte=366, alert_percent__gt=0, alert_percent__lte=100),
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "valid_to"], name="purchase_contract_of_vendor", condition=Q(state="in_force")),
        ]


class ContractLine(Row):
    """A product or a service at the agreed price of one unit, and how much of it is to be called off at most (empty: as the value allows)."""

    company_path = "contract__company"
    label_paths = ("contract__number", "position")

    contract = models.ForeignKey(PurchaseContract, models.CASCADE, related_name="lines", verbose_name=_("purchase contract"))
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    agreed_quantity = models.DecimalField(_("agreed quantity"), null=True, blank=True, **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.UniqueConstraint(fields=["contract", "product"], name="contract_product_once"),
            models.CheckConstraint(name="contract_line_quantity", condition=Q(agreed_quantity__isnull=True) | Q(agreed_quantity__gt=0)),
            models.CheckConstraint(name="contract_line_price", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(name="contract_line_says_what", condition=Q(product__isnull=False) | ~Q(description="")),
        ]
        indexes = [models.Index(fields=["product"], name="contract_line_of_product")]

    def __str__(self) -> str:
        return f"{self.contract.number or ''}/{self.position}"


class ContractTier(Row):
    """The agreed price of one unit of a contract's product from a quantity of one call-off on."""

    company_path = "contract__company"

    contract = models.ForeignKey(PurchaseContract, models.CASCADE, related_name="tiers")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    from_quantity = models.DecimalField(_("from quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name, verbose_name_plural = _("price by quantity"), _("prices by quantity")
        constraints = [
            models.UniqueConstraint(fields=["contract", "product", "from_quantity"], name="contract_tier_once"),
            models.CheckConstraint(name="contract_tier_figures", condition=Q(from_quantity__gt=0, unit_price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.from_quantity}"


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


class VendorReturnReason(Row):
    """Why goods go back to a vendor. ``blames_vendor``: it counts against the quality of what he delivers (PC-05)."""

    company_path = None
    label_paths = ("code", "name")

    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    blames_vendor = models.BooleanField(_("counts against the vendor's quality"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("reason for returns to vendors"), _("reasons for returns to vendors")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="vendor_return_reason_once"),
            models.CheckConstraint(name="vendor_return_reason_says", condition=~Q(code="") & ~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class VendorReturn(StockDocument):
    """Goods that go back to the vendor who sent them, from stock or from another place of the house, with what he is to do about it.

    Sent, they have left at what they cost by their costing; *goods received, not invoiced* takes back what their receipt (or its bill) booked.
    What was billed of them waits for the vendor's credit note, or for other goods (``wanted``); what was not is simply not billed.
    """

    STATES = (
        ("draft", _("draft")), ("authorised", _("authorised")), ("sent", _("sent")), ("credited", _("credited")), ("closed", _("closed")),
        ("cancelled", _("cancelled")),
    )  # fmt: skip
    CREDIT, REPLACEMENT, REPAIR = "credit", "replacement", "repair"
    WANTED = ((CREDIT, _("credit note")), (REPLACEMENT, _("replacement")), (REPAIR, _("repair")))
    #: The states in which its goods are with the vendor.
    GONE = ("sent", "credited", "closed")
    series = "RTV"

    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    vendor_reference = models.TextField(_("vendor's return number (RMA)"), blank=True)
    wanted = models.TextField(_("wanted"), choices=WANTED, default=CREDIT)
    carrier = models.TextField(_("carrier"), blank=True)
    closed_because = models.TextField(_("closed because"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("return to vendor"), _("returns to vendors")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="vendor_return_number_once"),
            models.CheckConstraint(
                name="vendor_return_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)
            ),
            models.CheckConstraint(
                name="vendor_return_state", condition=Q(state__in=["draft", "authorised", "sent", "credited", "closed", "cancelled"])
            ),
            models.CheckConstraint(name="vendor_return_wanted", condition=Q(wanted__in=["credit", "replacement", "repair"])),
        ]
        indexes = [
            models.Index(fields=["vendor", "-on"], name="vendor_return_of_vendor"),
            models.Index(fields=["company", "on"], name="vendor_return_waiting", condition=Q(state__in=["authorised", "sent"])),
        ]


class VendorReturnLine(StockLine):
    """So much of a line of a receipt, and why it goes back; its demand is the receipt's line of a purchase order.

    Written when the goods leave, in company currency: what the receipt had ``booked`` for them, what they ``cost`` with the bill that came
    since, and by how much their costing values them otherwise (``variance``), with the sentence that says so.
    """

    company_path = "vendor_return__company"
    label_paths = ("vendor_return__number", "position")

    vendor_return = models.ForeignKey(VendorReturn, models.CASCADE, related_name="lines", verbose_name=_("return to vendor"))
    receipt_line = models.ForeignKey(
        "inventory.GoodsReceiptLine", models.PROTECT, related_name="sent_back", verbose_name=_("line of the receipt")
    )
    reason = models.ForeignKey(VendorReturnReason, models.PROTECT, related_name="+", verbose_name=_("reason"))
    note = models.TextField(_("note"), blank=True)
    booked = models.DecimalField(_("booked with the receipt"), default=0, editable=False, **AMOUNT)
    cost = models.DecimalField(_("original cost"), default=0, editable=False, **AMOUNT)
    variance = models.DecimalField(_("difference to its costing"), default=0, editable=False, **AMOUNT)
    explanation = models.TextField(_("why this value"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.UniqueConstraint(fields=["vendor_return", "receipt_line"], name="vendor_return_of_line_once"),
            models.CheckConstraint(
                name="vendor_return_quantity", condition=Q(quantity__gt=0) & (Q(second_quantity__isnull=True) | Q(second_quantity__gt=0))
            ),
        ]
        indexes = [models.Index(fields=["demand_table", "demand_line"], name="vendor_return_of_order")]

    def __str__(self) -> str:
        return f"{self.vendor_return_id}/{self.position}"


class Billed(Row):
    """What of a line was billed, and of which receipt: its quantity, what the receipt had booked for it, what the bill says.

    Amounts in company currency. Without a ``move`` the bill came before the goods, or the goods went back (``return_line``): it waits for
    goods or for the vendor's credit. A credit ``note`` takes rows of the bill back by negative ones; ``variance`` is what it gave back less
    (more) than was billed. A bill or note that is reversed takes its rows back likewise.
    """

    append_only = True
    company_path = "line__order__company"

    line = models.ForeignKey(PurchaseOrderLine, models.PROTECT, related_name="billed", verbose_name=_("order line"))
    move = models.ForeignKey("inventory.StockMove", models.PROTECT, related_name="+", null=True, verbose_name=_("stock move"))
    bill = models.ForeignKey("payables.Bill", models.PROTECT, related_name="+", verbose_name=_("bill"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    booked = models.DecimalField(_("booked"), **AMOUNT)
    billed = models.DecimalField(_("billed"), **AMOUNT)
    return_line = models.ForeignKey(
        VendorReturnLine, models.PROTECT, related_name="billed", null=True, verbose_name=_("line of a return to the vendor")
    )
    note = models.ForeignKey("payables.Bill", models.PROTECT, related_name="+", null=True, verbose_name=_("vendor credit note"))
    variance = models.DecimalField(_("difference to what was billed"), default=0, **AMOUNT)
    explanation = models.TextField(_("explanation"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("billed receipt"), _("billed receipts")
        constraints = [
            models.CheckConstraint(name="billed_says_something", condition=~Q(quantity=0, billed=0, variance=0)),
            models.CheckConstraint(name="returned_bill_waits", condition=Q(return_line__isnull=True) | Q(move__isnull=True)),
            models.CheckConstraint(name="waiting_bill_booked_nothing", condition=Q(move__isnull=False) | Q(booked=0)),
        ]
        indexes = [models.Index(fields=["line", "move"], name="billed_of_line")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.quantity}"
