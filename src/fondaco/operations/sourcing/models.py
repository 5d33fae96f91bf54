"""What is asked of vendors before it is ordered: requests for quotation, who was asked, every answer, and what was awarded to whom."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PERCENT: dict[str, Any] = {"max_digits": 7, "decimal_places": 4}


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
    SOURCES = (("link", _("by his link")), ("buyer", _("entered by us")))

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
