"""What comes before an order: requisitions and the budgets they are held against; requests for quotation, who was asked, every answer, the award."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


class PurchaseBudget(Row):
    """What may be bought on an account, with a dimension (a cost centre), or both, from one day to another; in company currency."""

    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    name = models.TextField(_("name"))
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("account"))
    dimension_value = models.ForeignKey(
        "ledger.DimensionValue", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("cost centre")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    amount = models.DecimalField(_("amount"), **AMOUNT)

    class Meta:
        verbose_name, verbose_name_plural = _("purchase budget"), _("purchase budgets")
        constraints = [
            models.CheckConstraint(name="purchase_budget_days", condition=Q(ends_on__gte=models.F("starts_on"))),
            models.CheckConstraint(name="purchase_budget_amount", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="purchase_budget_of_what", condition=Q(account__isnull=False) | Q(dimension_value__isnull=False)),
        ]
        indexes = [models.Index(fields=["company", "starts_on", "ends_on"], name="purchase_budget_by_days")]

    def __str__(self) -> str:
        return self.name


class Requisition(Document):
    """What somebody in the house needs, from the catalogue or in words; in company currency, without tax.

    It is charged to a ``budget``; ``account`` and ``dimension_value`` are that one's, and it is held against every budget on them.
    ``allowed_net`` is up to what total
    somebody with the right let it exceed a budget.
    """

    owner_path = "requester"
    editable_states = ("draft", "submitted")
    STATES = (("draft", _("draft")), ("submitted", _("submitted")), ("ordered", _("ordered")), ("cancelled", _("cancelled")))
    series = "REQ"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("requested by")
    )
    purpose = models.TextField(_("what for"))
    on = models.DateField(_("date"))
    needed_on = models.DateField(_("needed on"), null=True, blank=True)
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("warehouse")
    )
    budget = models.ForeignKey(PurchaseBudget, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("charged to"))
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("account"))
    dimension_value = models.ForeignKey(
        "ledger.DimensionValue", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("cost centre")
    )
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    last_edited_by = models.TextField(_("last edited by"), blank=True, editable=False)
    allowed_net = models.DecimalField(_("allowed over budget up to"), null=True, editable=False, **AMOUNT)
    allowed_by = models.TextField(_("allowed by"), blank=True, editable=False)
    allowed_reason = models.TextField(_("allowed because"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("requisition"), _("requisitions")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="requisition_number_once"),
            models.CheckConstraint(name="requisition_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["company", "-on", "-id"], name="requisition_by_date"),
            models.Index(fields=["requester", "-on"], name="requisition_of_person"),
            models.Index(fields=["account", "on"], name="requisition_on_account", condition=Q(state__in=["submitted", "ordered"])),
            models.Index(fields=["dimension_value", "on"], name="requisition_on_centre", condition=Q(state__in=["submitted", "ordered"])),
        ]


class RequisitionLine(Row):
    """A thing needed, at the price one expects; ``vendor`` is whom the buyer orders it from. ``moved`` comes from stock: another warehouse's, or for own use."""

    company_path = "requisition__company"

    requisition = models.ForeignKey(Requisition, models.CASCADE, related_name="lines", verbose_name=_("requisition"))
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("expected price"), null=True, blank=True, **PRICE)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("vendor"))
    net = models.DecimalField(_("net"), default=0, editable=False, **AMOUNT)
    moved = models.DecimalField(_("from stock"), default=0, editable=False, **QUANTITY)
    order_line = models.OneToOneField(
        "purchasing.PurchaseOrderLine",
        models.SET_NULL,
        related_name="requisition_line",
        null=True,
        editable=False,
        verbose_name=_("order line"),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="requisition_quantity", condition=Q(quantity__gt=0, moved__gte=0, moved__lte=models.F("quantity"))),
            models.CheckConstraint(name="requisition_price", condition=Q(unit_price__isnull=False, unit_price__gte=0)),
            models.CheckConstraint(name="requisition_says_what", condition=Q(product__isnull=False) | ~Q(description="")),
        ]

    def __str__(self) -> str:
        return f"{self.requisition_id}/{self.position}"


class QuoteRequest(Document):
    """What several vendors are asked to offer. Sent, it stays as it was sent; vendors answer until ``answer_by``, and it is awarded."""

    STATES = (("draft", _("draft")), ("sent", _("sent")), ("awarded", _("awarded")), ("cancelled", _("cancelled")))
    series = "RFQ"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    subject = models.TextField(_("subject"))
    on = models.DateField(_("date"))
    answer_by = models.DateField(_("answer by"))
    warehouse = models.ForeignKey(
        "inventory.Warehouse", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("warehouse")
    )
    conditions = models.TextField(_("conditions"), blank=True)
    memo = models.TextField(_("memo"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("request for quotation"), _("requests for quotation")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="quote_request_number_once"),
            models.CheckConstraint(
                name="quote_request_has_number", condition=Q(state__in=["draft", "cancelled"]) | Q(number__isnull=False)
            ),
            models.CheckConstraint(name="quote_request_days", condition=Q(answer_by__gte=models.F("on"))),
        ]
        indexes = [models.Index(fields=["company", "-on", "-id"], name="quote_request_by_date")]


class QuoteRequestLine(Row):
    """A product or a service that is asked for, in the product's stock unit."""

    company_path = "request__company"

    request = models.ForeignKey(QuoteRequest, models.CASCADE, related_name="lines")
    position = models.BigIntegerField(_("line"), default=0)
    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("product"))
    description = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    needed_on = models.DateField(_("needed on"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("line"), _("lines")
        constraints = [
            models.CheckConstraint(name="quote_request_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="quote_request_says_what", condition=Q(product__isnull=False) | ~Q(description="")),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.position}"


class Invitation(Document):
    """A vendor who is asked, with the seed of his link. ``duty_percent`` is what customs add to his goods and freight, as the buyer judges it."""

    initial_state = "asked"
    editable_states = ("asked",)
    secret_columns = ("link_seed", "link_hash")
    STATES = (("asked", _("asked")), ("answered", _("answered")), ("declined", _("declined")))
    label_paths = ("request__number", "vendor__name")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", editable=False)
    request = models.ForeignKey(QuoteRequest, models.CASCADE, related_name="invitations", verbose_name=_("request for quotation"))
    position = models.BigIntegerField(default=0)
    state = models.TextField(_("state"), choices=STATES, default="asked", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    email = models.TextField(_("email"), blank=True)
    duty_percent = models.DecimalField(_("duty %"), default=0, **PERCENT)
    link_seed = models.TextField(blank=True, editable=False)
    link_hash = models.TextField(blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    declined_reason = models.TextField(_("reason"), blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("asked vendor"), _("asked vendors")
        constraints = [
            models.UniqueConstraint(fields=["request", "vendor"], name="vendor_asked_once"),
            models.UniqueConstraint(fields=["link_hash"], condition=~Q(link_hash=""), name="invitation_link_once"),
            models.CheckConstraint(name="invitation_duty", condition=Q(duty_percent__gte=0, duty_percent__lte=1000)),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.vendor_id}"


class Offer(Row):
    """One answer of a vendor; the last one counts, the earlier ones stay. ``by`` is who gave it, through his link or to us."""

    append_only = True
    company_path = "invitation__company"
    SOURCES = (("link", _("by his link")), ("portal", _("signed in")), ("buyer", _("entered by us")))

    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="offers", verbose_name=_("asked vendor"))
    place = models.BigIntegerField(_("answer"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    freight = models.DecimalField(_("freight"), default=0, **AMOUNT)
    valid_until = models.DateField(_("valid until"), null=True)
    note = models.TextField(_("note"), blank=True)
    by = models.TextField(_("by"), blank=True)
    source = models.TextField(_("how"), choices=SOURCES)
    address = models.TextField(_("address"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("vendor's answer"), _("vendors' answers")
        constraints = [
            models.UniqueConstraint(fields=["invitation", "place"], name="offer_place_once"),
            models.CheckConstraint(name="offer_freight", condition=Q(freight__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id}/{self.place}"


class OfferLine(Row):
    """What a vendor offers of one line: how much, for how much a unit, within how many days."""

    append_only = True
    company_path = "offer__invitation__company"

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="lines", verbose_name=_("vendor's answer"))
    line = models.ForeignKey(QuoteRequestLine, models.PROTECT, related_name="offers", verbose_name=_("line"))
    quantity = models.DecimalField(_("quantity"), **QUANTITY)
    unit_price = models.DecimalField(_("unit price"), **PRICE)
    lead_days = models.BigIntegerField(_("days to delivery"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("offered line"), _("offered lines")
        constraints = [
            models.UniqueConstraint(fields=["offer", "line"], name="offer_line_once"),
            models.CheckConstraint(
                name="offer_line_figures",
                condition=Q(quantity__gt=0, unit_price__gte=0) & (Q(lead_days__isnull=True) | Q(lead_days__gte=0, lead_days__lte=3660)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.line_id}"


class Award(Row):
    """How much of an offered line was awarded, and the line of the order that came of it."""

    append_only = True
    company_path = "offered__offer__invitation__company"

    offered = models.ForeignKey(OfferLine, models.PROTECT, related_name="awards", verbose_name=_("offered line"))
    order_line = models.OneToOneField(
        "purchasing.PurchaseOrderLine", models.CASCADE, related_name="award", db_constraint=False, verbose_name=_("order line")
    )
    quantity = models.DecimalField(_("quantity"), **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("award"), _("awards")
        constraints = [models.CheckConstraint(name="award_quantity", condition=Q(quantity__gt=0))]

    def __str__(self) -> str:
        return f"{self.offered_id} {self.quantity}"


class VendorAccess(Document):
    """A vendor's door to his own orders and bills of one company, until it is closed or its last day has passed: a link of his or, where a
    ``person`` is named, the sign-in of that portal user."""

    secret_columns = ("link_seed", "link_hash")
    STATES = (("draft", _("draft")), ("open", _("open")), ("closed", _("closed")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    vendor = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor"))
    person = models.TextField(_("person who signs in"), blank=True)
    email = models.TextField(_("email"), blank=True)
    user = models.ForeignKey(
        "users.OutsideUser", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("portal user")
    )
    on = models.DateField(_("date"))
    expires_on = models.DateField(_("open until"), null=True, blank=True)
    link_seed = models.TextField(blank=True, editable=False)
    link_hash = models.TextField(blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("vendor's access"), _("vendors' accesses")
        constraints = [
            models.UniqueConstraint(fields=["company", "vendor"], condition=Q(state="open", user__isnull=True), name="vendor_access_once"),
            models.UniqueConstraint(fields=["company", "user"], condition=Q(state="open", user__isnull=False), name="vendor_person_once"),
            # A link or a person, never both; a draft is neither yet.
            models.CheckConstraint(
                name="vendor_access_link_or_person",
                condition=Q(state="draft", user__isnull=True, link_hash="")
                | Q(~Q(link_hash=""), user__isnull=True, person="")
                | (Q(user__isnull=False, link_hash="") & ~Q(person=""))
                | Q(state="closed"),
            ),
            models.UniqueConstraint(fields=["link_hash"], condition=~Q(link_hash=""), name="vendor_access_link_once"),
        ]

    def __str__(self) -> str:
        return self.person or f"{self._meta.verbose_name} {self.pk or ''}".strip()


class OrderAnswer(Document):
    """What a vendor says of an order: he confirms it, asks for another day (which the buyer accepts or rejects), or announces a shipment."""

    CONFIRMED, DATE, SHIPPED = "confirmed", "date", "shipped"
    KINDS = ((CONFIRMED, _("confirmed")), (DATE, _("asks for another day")), (SHIPPED, _("shipped")))
    STATES = (("asked", _("asked")), ("noted", _("noted")), ("accepted", _("accepted")), ("rejected", _("rejected")))
    initial_state = "asked"
    editable_states = ()

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=STATES, default="asked", editable=False)
    access = models.ForeignKey(VendorAccess, models.PROTECT, related_name="answers", verbose_name=_("vendor's access"))
    order = models.ForeignKey("purchasing.PurchaseOrder", models.PROTECT, related_name="vendor_answers", verbose_name=_("purchase order"))
    kind = models.TextField(_("what"), choices=KINDS)
    on = models.DateField(_("day"), null=True)
    reference = models.TextField(_("vendor's reference"), blank=True)
    note = models.TextField(_("note"), blank=True)
    receipt = models.ForeignKey("inventory.GoodsReceipt", models.SET_NULL, related_name="+", null=True, verbose_name=_("goods receipt"))

    class Meta:
        verbose_name, verbose_name_plural = _("vendor's word on an order"), _("vendors' words on orders")
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(state="asked"), name="one_question_an_order"),
            models.CheckConstraint(name="order_answer_has_day", condition=Q(kind="confirmed") | Q(on__isnull=False)),
        ]
        indexes = [models.Index(fields=["order", "-id"], name="vendor_answer_of_order")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"
