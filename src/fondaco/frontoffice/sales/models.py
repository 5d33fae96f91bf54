"""Quotes in versions, with the customer's acceptance; orders, and their lines; what was agreed with customers for some time; returns."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


#: How many months a period or a price is for.
MONTHS = ((1, _("month")), (3, _("quarter")), (6, _("half-year")), (12, _("year")))
LENGTHS = [months for months, _word in MONTHS]
#: Lines from point to point, and nothing else: what is drawn is printed, and never read as anything.
DRAWN = r"^M[0-9]{1,3} [0-9]{1,3}( [ML][0-9]{1,3} [0-9]{1,3})+$"


class SalesDocument(Document):
    """What a quote and an order share: for whom, in which currency, by whom, for how much. ``net + tax = gross``."""

    owner_path = "salesperson"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    contact = models.TextField(_("contact"), blank=True)
    reference = models.TextField(_("customer's reference"), blank=True)
    on = models.DateField(_("date"), default=date.today)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False)
    channel = models.ForeignKey(
        "catalog.SalesChannel", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("sales channel")
    )
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    payment_term = models.ForeignKey(
        "invoicing.PaymentTerm", models.PROTECT, related_name="+", null=True, blank=True, db_index=False, verbose_name=_("payment term")
    )
    shipping_address = models.TextField(_("ship to"), blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, editable=False, **AMOUNT)
    gross = models.DecimalField(_("total"), default=0, editable=False, **AMOUNT)

    class Meta:
        abstract = True


class SalesLine(Row):
    """Quantity times price less discount, in the unit of the product.

    With a ``second_quantity`` goods of catch weight were ordered by the piece: ``quantity`` is what these weigh by the nominal factor, and the
    line is done when so many pieces were delivered. Without one they were ordered by weight, and are done within their tolerance.

    ``price_explanation`` is the answer of the price lists: ``{"source", "sentence", "rules": [{"rule", "won", "price", "why"}]}``;
    ``source`` is ``list``, ``product``, ``blanket`` (called off from a blanket order) or ``hand``. Of a configured product ``steps`` say how its price comes about. What the rules of discounts say stands beside
    it: ``"discount"`` in percent, and ``"discounts": [{"rule", "won", "percent", "why"}]`` (PR-02). ``tax_explanation`` is the sentence of the rule that chose the code.
    ``promised_on`` is the first day on which all of it can be with the customer, or the day he asked for where that is later;
    ``promise_explanation`` says where it comes from. It is kept with the order as it was promised.
    """

    #: A discount that nobody entered is given by the rules of pricing.
    discount_follows_rules = True

    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), default=1, **QUANTITY)
    second_quantity = models.DecimalField(_("second quantity"), null=True, blank=True, **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), null=True, blank=True, **PRICE)
    discount_percent = models.DecimalField(_("discount %"), default=0, **PERCENT)
    tax_code = models.ForeignKey("tax.TaxCode", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("tax code"))
    tax_rate = models.DecimalField(_("tax %"), default=0, editable=False, **PERCENT)
    tax_explanation = models.TextField(_("why this tax"), blank=True, editable=False)
    price_explanation = models.JSONField(_("why this price"), default=dict, blank=True, editable=False)
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    tax = models.DecimalField(_("tax"), default=0, editable=False, **AMOUNT)
    promised_on = models.DateField(_("promised for"), null=True, editable=False)
    promise_explanation = models.TextField(_("why then"), blank=True, editable=False)
    configuration = models.ForeignKey(
        "configurator.Configuration", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("configuration")
    )
    made_of = models.JSONField(_("how it is made"), default=dict, blank=True, editable=False)

    class Meta:
        abstract = True


class Quote(SalesDocument):
    """An offer to a customer. A revised one keeps its number and gets the next ``version_number``; the old one is replaced.

    ``link_hash`` is the SHA-256 of the token in the customer's link. The token itself is not stored: it is made from
    ``link_seed`` and the installation's secret key, so that somebody who reads the tables cannot accept in a customer's name.
    ``accepted_content`` is the SHA-256 of what was accepted, ``accepted_consent`` the sentence that stood beside the name, ``accepted_signature`` the
    lines of the signature in a field of 1000 by 400 (``M12 30 L14 31 ...``), as drawn.

    Its totals are what is paid once and one period of each line that recurs. Accepted, what recurs becomes a contract from ``starts_on`` (empty:
    the day of acceptance) for ``term_months`` (empty: until cancelled), the rest an order. ``monthly`` and ``term_value`` are without tax.
    """

    STATES = (
        ("draft", _("draft")),
        ("sent", _("sent")),
        ("accepted", _("accepted")),
        ("declined", _("declined")),
        ("expired", _("expired")),
        ("replaced", _("replaced")),
    )
    series = "QUO"
    secret_columns = ("link_seed", "link_hash")

    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    opportunity = models.ForeignKey(
        "crm.Opportunity", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("opportunity")
    )
    starts_on = models.DateField(_("what recurs begins on"), null=True, blank=True)
    term_months = models.BigIntegerField(
        _("term of what recurs, months"), null=True, blank=True, help_text=_("Empty: until it is cancelled")
    )
    monthly = models.DecimalField(_("recurring, a month"), default=0, editable=False, **AMOUNT)
    term_value = models.DecimalField(_("net over the term"), null=True, editable=False, **AMOUNT)
    version_number = models.BigIntegerField(_("version"), default=1, editable=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, related_name="replaced_by", null=True, editable=False, verbose_name=_("replaces")
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    sent_to = models.TextField(_("sent to"), blank=True, editable=False)
    link_seed = models.TextField(blank=True, editable=False)
    link_hash = models.TextField(null=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, editable=False)
    accepted_by = models.TextField(_("accepted by"), blank=True, editable=False)
    accepted_address = models.TextField(_("accepted from (IP)"), blank=True, editable=False)
    accepted_agent = models.TextField(_("accepted with"), blank=True, editable=False)
    accepted_content = models.TextField(_("fingerprint of what was accepted"), blank=True, editable=False)
    accepted_consent = models.TextField(_("what was agreed to"), blank=True, editable=False)
    accepted_signature = models.TextField(_("signature as it was drawn"), blank=True, editable=False)
    accepted_reason = models.TextField(_("how the clerk knows of the acceptance"), blank=True, editable=False)
    declined_at = models.DateTimeField(_("declined at"), null=True, editable=False)
    declined_reason = models.TextField(_("why it was declined"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("quote"), _("quotes")
        constraints = [
            models.UniqueConstraint(fields=["company", "number", "version_number"], name="quote_version_once"),
            models.UniqueConstraint(fields=["link_hash"], name="quote_link_once"),
            models.CheckConstraint(name="quote_adds_up", condition=Q(gross=F("net") + F("tax"))),
            models.CheckConstraint(name="quote_valid_from_its_date", condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("on"))),
            models.CheckConstraint(
                name="quote_sent_has_number_and_date",
                condition=Q(state__in=["draft", "replaced"]) | Q(number__isnull=False, valid_until__isnull=False),
            ),
            models.CheckConstraint(
                name="quote_accepted_says_by_whom",
                condition=~Q(state="accepted") | (Q(accepted_at__isnull=False) & ~Q(accepted_by="") & ~Q(accepted_content="")),
            ),
            models.CheckConstraint(name="quote_term", condition=Q(term_months__isnull=True) | Q(term_months__gte=1, term_months__lte=240)),
            models.CheckConstraint(
                name="quote_signature_is_lines", condition=Q(accepted_signature="") | Q(accepted_signature__regex=DRAWN)
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="quote_by_date"),
            models.Index(fields=["customer", "-on"], name="quote_of_customer"),
            models.Index(fields=["valid_until"], name="quote_waiting", condition=Q(state="sent")),
            models.Index(fields=["opportunity"], name="quote_of_opportunity"),
        ]

    def __str__(self) -> str:
        named = super().__str__()
        return f"{named} v{self.version_number}" if self.version_number > 1 else named


class QuoteLine(SalesLine):
    """A line of a quote. With ``per_months`` it recurs: its amount is that of a month, a quarter, a half-year or a year."""

    company_path = "quote__company"
    secret_columns = ("made_of",)

    quote = models.ForeignKey(Quote, models.CASCADE, related_name="lines")
    per_months = models.BigIntegerField(_("recurs each"), choices=MONTHS, null=True, blank=True, help_text=_("Empty: once"))

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(
                name="quote_line_recurs", condition=Q(per_months__isnull=True) | Q(per_months__in=LENGTHS, product__isnull=False)
            ),
            models.UniqueConstraint(fields=["quote", "product"], name="quote_recurs_once", condition=Q(per_months__isnull=False)),
            models.CheckConstraint(name="quote_line_discount", condition=Q(discount_percent__gte=0, discount_percent__lte=100)),
            models.CheckConstraint(
                name="quote_line_quantity", condition=Q(quantity__gt=0) & (Q(second_quantity__isnull=True) | Q(second_quantity__gt=0))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quote_id}/{self.position}"


class Order(SalesDocument):
    """What a customer ordered. Reserved, delivered, invoiced and returned are derived from stock and invoices, never stored."""

    STATES = (
        ("draft", _("draft")),
        ("held", _("on hold")),
        ("confirmed", _("confirmed")),
        ("closed", _("closed")),
        ("cancelled", _("cancelled")),
    )
    series = "SO"
    amendable_states = ("confirmed",)

    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    quote = models.OneToOneField(Quote, models.PROTECT, related_name="order", null=True, editable=False, verbose_name=_("quote"))
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("warehouse")
    )
    requested_on = models.DateField(_("requested for"), null=True, blank=True)
    promise = models.TextField(_("promised"), blank=True)
    reserve_partly = models.BooleanField(_("confirm with what is there"), default=False)
    confirmed_on = models.DateField(_("confirmed on"), null=True, editable=False)
    authorisation = models.ForeignKey(
        "ReturnAuthorisation", models.PROTECT, related_name="replacements", null=True, editable=False, verbose_name=_("replaces goods of")
    )

    class Meta:
        verbose_name, verbose_name_plural = _("order"), _("orders")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="order_number_once"),
            models.CheckConstraint(name="order_adds_up", condition=Q(gross=F("net") + F("tax"))),
            models.CheckConstraint(
                name="order_confirmed_has_number_and_date",
                condition=Q(state__in=["draft", "held", "cancelled"]) | Q(number__isnull=False, confirmed_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="order_by_date"),
            models.Index(fields=["customer", "-on"], name="order_of_customer"),
            models.Index(fields=["company", "requested_on"], name="order_open", condition=Q(state="confirmed")),
        ]


class OrderLine(SalesLine):
    """A line of an order; stock moves and invoice lines name it as their source."""

    company_path = "order__company"
    secret_columns = ("made_of",)
    owner_path = "order__salesperson"
    label_paths = ("order__number", "position")
    STOCK, BACK_TO_BACK, DIRECT = "stock", "back_to_back", "direct"
    WAYS = ((STOCK, _("from stock")), (BACK_TO_BACK, _("bought for this order")), (DIRECT, _("sent by the vendor")))

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    quote_line = models.OneToOneField(QuoteLine, models.PROTECT, related_name="order_line", null=True, editable=False)
    procured = models.TextField(_("comes"), choices=WAYS, default=STOCK)
    blanket_line = models.ForeignKey(
        "BlanketLine", models.PROTECT, related_name="calls", null=True, blank=True, verbose_name=_("called off from")
    )
    return_line = models.ForeignKey("ReturnLine", models.PROTECT, related_name="replacements", null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="order_line_discount", condition=Q(discount_percent__gte=0, discount_percent__lte=100)),
            models.CheckConstraint(
                name="order_line_quantity", condition=Q(quantity__gt=0) & (Q(second_quantity__isnull=True) | Q(second_quantity__gt=0))
            ),
            models.CheckConstraint(name="order_line_procured", condition=Q(procured__in=["stock", "back_to_back", "direct"])),
        ]
        indexes = [models.Index(fields=["product"], name="order_line_product")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def is_bought(self) -> bool:
        """Whether it is bought for the order, and takes nothing from stock."""
        return self.procured != self.STOCK


class BlanketOrder(Document):
    """What was agreed with a customer for some time: prices by quantity, and how much is to be called off. In force it is amended.

    Prices and values are without tax. Called off is derived from orders in force, never stored; nothing is reserved for what is left.
    ``alert_days`` before the last day, or when ``alert_percent`` of a quantity or of a value is used, the salesperson is told.
    """

    amendable_states = ("in_force",)
    owner_path = "salesperson"
    STATES = (("draft", _("draft")), ("in_force", _("in force")), ("ended", _("ended")), ("cancelled", _("cancelled")))
    series = "BO"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    reference = models.TextField(_("customer's reference"), blank=True)
    on = models.DateField(_("date"), default=date.today)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    agreed_value = models.DecimalField(_("agreed value"), null=True, blank=True, **AMOUNT)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    alert_days = models.BigIntegerField(_("tell so many days before the end"), default=30)
    alert_percent = models.DecimalField(_("tell when used by %"), default=90, **PERCENT)
    conditions = models.TextField(_("conditions"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("blanket order"), _("blanket orders")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="blanket_number_once"),
            models.CheckConstraint(name="blanket_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)),
            models.CheckConstraint(name="blanket_state", condition=Q(state__in=["draft", "in_force", "ended", "cancelled"])),
            models.CheckConstraint(name="blanket_days", condition=Q(valid_to__gte=F("valid_from"))),
            models.CheckConstraint(name="blanket_value", condition=Q(agreed_value__isnull=True) | Q(agreed_value__gt=0)),
            models.CheckConstraint(
                name="blanket_alerts",
                condition=Q(alert_days__gte=0, alert_days__lte=366, alert_percent__gt=0, alert_percent__lte=100),
            ),
        ]
        indexes = [models.Index(fields=["customer", "valid_to"], name="blanket_of_customer", condition=Q(state="in_force"))]


class BlanketLine(Row):
    """A product at the agreed price of one unit, and how much of it may be called off: a quantity, a value, both, or as the whole allows."""

    company_path = "blanket__company"
    label_paths = ("blanket__number", "position")

    blanket = models.ForeignKey(BlanketOrder, models.CASCADE, related_name="lines", verbose_name=_("blanket order"))
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    unit_price = models.DecimalField(_("unit price"), **PRICE)
    agreed_quantity = models.DecimalField(_("agreed quantity"), null=True, blank=True, **QUANTITY)
    agreed_value = models.DecimalField(_("agreed value"), null=True, blank=True, **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.UniqueConstraint(fields=["blanket", "product"], name="blanket_product_once"),
            models.CheckConstraint(name="blanket_line_quantity", condition=Q(agreed_quantity__isnull=True) | Q(agreed_quantity__gt=0)),
            models.CheckConstraint(name="blanket_line_value", condition=Q(agreed_value__isnull=True) | Q(agreed_value__gt=0)),
            models.CheckConstraint(name="blanket_line_price", condition=Q(unit_price__gte=0)),
        ]
        indexes = [models.Index(fields=["product"], name="blanket_line_of_product")]

    def __str__(self) -> str:
        return f"{self.blanket.number or ''}/{self.position}"


class BlanketTier(Row):
    """The agreed price of one unit of a product from a quantity of one call-off on."""

    company_path = "blanket__company"

    blanket = models.ForeignKey(BlanketOrder, models.CASCADE, related_name="tiers")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    from_quantity = models.DecimalField(_("from quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), **PRICE)

    class Meta:
        verbose_name, verbose_name_plural = _("price by quantity"), _("prices by quantity")
        constraints = [
            models.UniqueConstraint(fields=["blanket", "product", "from_quantity"], name="blanket_tier_once"),
            models.CheckConstraint(name="blanket_tier_figures", condition=Q(from_quantity__gt=0, unit_price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.from_quantity}"


class ReturnAuthorisation(Document):
    """The one paper of a return: what a customer may send back until when, what came, what the inspection found, and how it was settled.

    Received, restocked, scrapped, credited and so on are derived from the papers that were posted for it, never stored.
    ``restocking_percent`` of the net that is credited is invoiced as a fee.
    """

    owner_path = "salesperson"
    DRAFT, AUTHORISED, RECEIVED, SETTLED, EXPIRED, CANCELLED = "draft", "authorised", "received", "settled", "expired", "cancelled"
    STATES = (
        (DRAFT, _("draft")), (AUTHORISED, _("authorised")), (RECEIVED, _("received")), (SETTLED, _("settled")), (EXPIRED, _("expired")),
        (CANCELLED, _("cancelled")),
    )  # fmt: skip
    series = "RMA"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    customer = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("customer"))
    reference = models.TextField(_("customer's reference"), blank=True)
    on = models.DateField(_("date"), default=date.today)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    restocking_percent = models.DecimalField(_("restocking fee %"), default=0, **PERCENT)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("return authorisation"), _("return authorisations")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="return_authorisation_number_once"),
            models.CheckConstraint(
                name="authorised_has_number_and_end",
                condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False, expires_on__isnull=False),
            ),
            models.CheckConstraint(
                name="return_authorisation_state",
                condition=Q(state__in=["draft", "authorised", "received", "settled", "expired", "cancelled"]),
            ),
            models.CheckConstraint(name="return_expires_later", condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("on"))),
            models.CheckConstraint(name="restocking_fee", condition=Q(restocking_percent__gte=0, restocking_percent__lte=100)),
        ]
        indexes = [
            models.Index(fields=["customer", "-on"], name="return_of_customer"),
            models.Index(fields=["expires_on"], name="return_waiting", condition=Q(state="authorised")),
        ]


class ReturnLine(Row):
    """How much of a delivered line of an order may come back, why, and what the customer wants for it."""

    company_path = "authorisation__company"
    label_paths = ("authorisation__number", "position")
    REASONS = (
        ("defective", _("defective")), ("damaged", _("damaged in transport")), ("wrong", _("wrong goods sent")),
        ("unwanted", _("not wanted")), ("late", _("came too late")), ("other", _("other")),
    )  # fmt: skip
    REFUND, REPLACE, REPAIR, NOTHING = "refund", "replace", "repair", "nothing"
    WANTED = ((REFUND, _("refund")), (REPLACE, _("replacement")), (REPAIR, _("repair")), (NOTHING, _("nothing")))

    authorisation = models.ForeignKey(ReturnAuthorisation, models.CASCADE, related_name="lines", verbose_name=_("return authorisation"))
    position = models.BigIntegerField(_("line"), default=0)
    order_line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returns", verbose_name=_("order line"))
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", editable=False, verbose_name=_("product"))
    quantity = models.DecimalField(_("to come back"), **QUANTITY)
    reason_code = models.TextField(_("reason"), choices=REASONS, default="defective")
    wanted = models.TextField(_("wants"), choices=WANTED, default=REFUND)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.UniqueConstraint(fields=["authorisation", "order_line"], name="return_of_line_once"),
            models.CheckConstraint(name="return_asked", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="return_reason", condition=Q(reason_code__in=["defective", "damaged", "wrong", "unwanted", "late", "other"])
            ),
            models.CheckConstraint(name="return_wanted", condition=Q(wanted__in=["refund", "replace", "repair", "nothing"])),
        ]

    def __str__(self) -> str:
        return f"{self.authorisation_id}/{self.position}"


class ReturnInspection(Row):
    """What became of goods that came back: restocked, scrapped, kept for repair or sent back, by the line of the paper that moved them.

    ``of_repair``: they were kept for repair before. ``lots`` of tracked goods, as they are written on papers.
    """

    append_only = True
    company_path = "line__authorisation__company"
    RESTOCK, SCRAP, REPAIR, SEND_BACK = "restock", "scrap", "repair", "send_back"
    OUTCOMES = ((RESTOCK, _("restocked")), (SCRAP, _("scrapped")), (REPAIR, _("kept for repair")), (SEND_BACK, _("sent back")))

    line = models.ForeignKey(ReturnLine, models.PROTECT, related_name="inspections", verbose_name=_("line"))
    on = models.DateField(_("date"))
    outcome = models.TextField(_("outcome"), choices=OUTCOMES)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    of_repair = models.BooleanField(_("from repair"), default=False)
    lots = models.TextField(_("lots or serial numbers"), blank=True)
    note = models.TextField(_("note"), blank=True)
    paper_table = models.TextField(blank=True)
    paper_line = models.BigIntegerField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("inspection"), _("inspections")
        constraints = [
            models.CheckConstraint(name="inspection_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="inspection_outcome",
                condition=Q(outcome="repair", of_repair=False, paper_line__isnull=True)
                | Q(outcome__in=["restock", "scrap", "send_back"], paper_line__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.outcome} {self.quantity}"


class ReturnCredit(Row):
    """How much of a line of a return a line of a credit note gives back; it counts as long as the note stands."""

    company_path = "line__authorisation__company"

    line = models.ForeignKey(ReturnLine, models.PROTECT, related_name="credits", verbose_name=_("line"))
    note_line = models.ForeignKey("invoicing.InvoiceLine", models.CASCADE, related_name="+", verbose_name=_("line of the credit note"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("credited return"), _("credited returns")
        constraints = [
            models.UniqueConstraint(fields=["line", "note_line"], name="return_credit_once"),
            models.CheckConstraint(name="return_credit_quantity", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.quantity}"


class HoldRule(Row):
    """What stops orders when they are confirmed, when all of its conditions are met; amounts in company currency.

    ``country``: where the goods go. ``category``: with all below it. ``discount_over``: a line further below the list, in percent.
    ``margin_under``: in percent of the net, at present cost.
    """

    KINDS = (("price", _("price")), ("export", _("export control")), ("fraud", _("suspicion of fraud")), ("other", _("other")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    kind = models.TextField(_("kind of hold"), choices=KINDS)
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("goods go to"))
    category = models.ForeignKey("catalog.Category", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("goods of"))
    least_total = models.DecimalField(_("total of at least"), null=True, blank=True, **AMOUNT)
    new_customer = models.BooleanField(_("customer never invoiced before"), default=False)
    discount_over = models.DecimalField(_("below the list by more than %"), null=True, blank=True, **PERCENT)
    margin_under = models.DecimalField(_("margin under %"), null=True, blank=True, **PERCENT)
    is_active = models.BooleanField(_("active"), default=True)

    label_paths = ("name",)

    class Meta:
        verbose_name, verbose_name_plural = _("hold rule"), _("hold rules")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="hold_rule_once"),
            models.CheckConstraint(name="hold_rule_kind", condition=Q(kind__in=["price", "export", "fraud", "other"])),
            models.CheckConstraint(
                name="hold_rule_asks_something",
                condition=Q(country__isnull=False)
                | Q(category__isnull=False)
                | Q(least_total__isnull=False)
                | Q(new_customer=True)
                | Q(discount_over__isnull=False)
                | Q(margin_under__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrderHold(Row):
    """A hold on an order: why it was placed, by a rule or by somebody, and who released it for which reason."""

    KINDS = HoldRule.KINDS
    company_path = "order__company"

    order = models.ForeignKey(Order, models.PROTECT, related_name="holds", verbose_name=_("order"))
    kind = models.TextField(_("kind of hold"), choices=KINDS)
    why = models.TextField(_("why"))
    rule = models.ForeignKey(HoldRule, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("rule"))
    #: What the rule wanted and found, as texts: the sentence in every language.
    figures = models.JSONField(default=list, editable=False)
    released_at = models.DateTimeField(_("released at"), null=True)
    released_by = models.TextField(_("released by"), blank=True)
    released_because = models.TextField(_("released because"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("hold"), _("holds")
        constraints = [
            models.UniqueConstraint(fields=["order", "rule"], name="hold_of_rule_once", condition=Q(released_at__isnull=True)),
            models.CheckConstraint(name="hold_kind", condition=Q(kind__in=["price", "export", "fraud", "other"])),
            models.CheckConstraint(name="hold_says_why", condition=~Q(why="")),
            models.CheckConstraint(
                name="hold_released_whole",
                condition=Q(released_at__isnull=True, released_by="", released_because="")
                | (Q(released_at__isnull=False) & ~Q(released_by="") & ~Q(released_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"


class PromiseOutlook(Row):
    """How a promised line of a confirmed order stands today: the day that supply now allows, and whether that breaks the promise.

    Looked at again when supply changes, and every day. ``broken_since`` is the day on which the promise was first seen to break.
    """

    company_path = "line__order__company"

    line = models.OneToOneField(OrderLine, models.CASCADE, related_name="outlook", verbose_name=_("order line"))
    expected_on = models.DateField(_("possible on"), null=True)
    explanation = models.TextField(_("because"), blank=True)
    is_broken = models.BooleanField(_("promise broken"), default=False)
    broken_since = models.DateField(_("broken since"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("outlook of a promise"), _("outlooks of promises")
        constraints = [
            models.CheckConstraint(
                name="broken_promise_since",
                condition=Q(is_broken=True, broken_since__isnull=False) | Q(is_broken=False, broken_since__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["line"], name="promise_broken", condition=Q(is_broken=True))]

    def __str__(self) -> str:
        return f"{self.line_id} {self.expected_on}"
