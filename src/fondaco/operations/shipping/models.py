"""What goes with goods on their way: the transport document, the packages they lie in, and the carrier who takes them."""

from secrets import token_hex
from typing import Any
from urllib.parse import quote

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

WEIGHT: dict[str, Any] = {"max_digits": 20, "decimal_places": 3}
LENGTH: dict[str, Any] = {"max_digits": 10, "decimal_places": 1}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 4}


def own_reference() -> str:
    """A name for a booking that nobody else gives: 32 hexadecimal figures."""
    return token_hex(16)


class TransportDocument(Document):
    """The paper that goes with goods, where the law of the company's country asks for one (in Italy the DDT, D.P.R. 472/96).

    Made and numbered with the paper whose goods leave (``source``), so that no delivery is without; what is known when the goods are loaded
    (carrier, packages, weight, hour) is filled in until they depart. ``invoice_by``: the last day for the invoice of a delivery, by that law.
    """

    SALE, TRANSFER, CONSIGNMENT, TO_VENDOR = "sale", "transfer", "consignment", "to_vendor"
    REASONS = (
        (SALE, _("sale")), (TRANSFER, _("transfer between own places")), (CONSIGNMENT, _("consignment stock")), (TO_VENDOR, _("return to vendor")),
        ("on_approval", _("on approval")), ("processing", _("for processing")), ("repair", _("for repair")), ("replacement", _("replacement under warranty")),
        ("sample", _("sample")), ("gift", _("gift")), ("other", _("other reason")),
    )  # fmt: skip
    SENDER, RECIPIENT, CARRIER = "sender", "recipient", "carrier"
    CARRIED_BY = ((SENDER, _("sender")), (RECIPIENT, _("recipient")), (CARRIER, _("carrier")))
    FREIGHT = (("paid", _("carriage paid")), ("collect", _("carriage forward")))
    OPEN, DEPARTED = "open", "departed"
    initial_state, editable_states = OPEN, ()
    series = "DDT"

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    state = models.TextField(_("state"), choices=((OPEN, _("to depart")), (DEPARTED, _("departed"))), default=OPEN, editable=False)
    on = models.DateField(_("date"))
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", null=True, verbose_name=_("recipient"))
    reason = models.TextField(_("reason for transport"), choices=REASONS)
    from_place = models.TextField(_("from place"), blank=True)
    to_place = models.TextField(_("to place"), blank=True)
    carried_by = models.TextField(_("carried by"), choices=CARRIED_BY, default=SENDER)
    carrier = models.TextField(_("carrier"), blank=True)
    freight = models.TextField(_("carriage"), choices=FREIGHT, default="paid")
    appearance = models.TextField(_("appearance of the goods"), blank=True)
    packages = models.BigIntegerField(_("number of packages"), null=True)
    gross_kg = models.DecimalField(_("gross weight kg"), null=True, **WEIGHT)
    net_kg = models.DecimalField(_("net weight kg"), null=True, **WEIGHT)
    starts_at = models.DateTimeField(_("transport begins"), null=True)
    notes = models.TextField(_("notes"), blank=True)
    invoice_by = models.DateField(_("invoice by"), null=True)
    source_table = models.TextField()
    source_id = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("transport document"), _("transport documents")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="transport_number_once"),
            models.UniqueConstraint(fields=["source_table", "source_id"], name="paper_travels_once"),
            models.CheckConstraint(name="transport_has_number", condition=Q(number__isnull=False)),
            models.CheckConstraint(name="transport_state", condition=Q(state__in=["open", "departed"])),
            models.CheckConstraint(name="transport_reason", condition=Q(reason__in=[
                "sale", "transfer", "consignment", "to_vendor", "on_approval", "processing", "repair", "replacement", "sample", "gift", "other",
            ])),
            models.CheckConstraint(name="transport_carried_by", condition=Q(carried_by__in=["sender", "recipient", "carrier"])),
            models.CheckConstraint(name="transport_freight", condition=Q(freight__in=["paid", "collect"])),
            models.CheckConstraint(name="transport_has_begun", condition=Q(state="open") | Q(starts_at__isnull=False)),
            models.CheckConstraint(name="transport_names_carrier", condition=~Q(state="departed", carried_by="carrier", carrier="")),
            models.CheckConstraint(name="transport_packages", condition=Q(packages__isnull=True) | Q(packages__gt=0)),
            models.CheckConstraint(
                name="transport_weight",
                condition=(Q(gross_kg__isnull=True) | Q(gross_kg__gt=0)) & (Q(net_kg__isnull=True) | Q(net_kg__gte=0)),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["company", "-on", "-id"], name="transport_by_date")]


class Carrier(Row):
    """Who takes goods to customers. ``tracking_url`` holds ``{tracking}`` where the number goes; ``details`` are what transport documents say.

    ``way`` is how he is told: by nobody's program (numbers typed), by files in a folder, or by his own interface. ``account`` is our
    number with him; after ``cut_off``, by the company's clock, what is booked leaves on the next working day.
    """

    label_paths = ("name",)
    BY_HAND, FOLDER, DHL_EXPRESS = "by_hand", "folder", "dhl_express"
    WAYS = ((BY_HAND, _("by hand")), (FOLDER, _("files in a folder")), (DHL_EXPRESS, "DHL Express (MyDHL API)"))
    PDF, ZPL = "pdf", "zpl"
    FORMATS = ((PDF, "PDF"), (ZPL, _("ZPL (label printer)")))

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    details = models.TextField(_("address and VAT number"), blank=True)
    tracking_url = models.TextField(_("address of the tracking page"), blank=True)
    way = models.TextField(_("is told"), choices=WAYS, default=BY_HAND)
    account = models.TextField(_("our account number"), blank=True)
    cut_off = models.TimeField(_("leaves the same day until"), null=True, blank=True)
    label_format = models.TextField(_("labels"), choices=FORMATS, default=PDF)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("carrier"), _("carriers")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="carrier_code_once"),
            models.CheckConstraint(
                name="tracking_page_is_a_page", condition=Q(tracking_url="") | Q(tracking_url__regex=r"^https?://[^\s]*\{tracking\}[^\s]*$")
            ),
            models.CheckConstraint(name="carrier_way", condition=Q(way__in=["by_hand", "folder", "dhl_express"])),
            models.CheckConstraint(name="carrier_label_format", condition=Q(label_format__in=["pdf", "zpl"])),
            models.CheckConstraint(name="carrier_has_account", condition=~Q(way="dhl_express", account="")),
        ]

    def __str__(self) -> str:
        return self.name

    def page_of(self, tracking: str) -> str:
        """Where a parcel is followed; empty where the carrier has no such page."""
        return self.tracking_url.replace("{tracking}", quote(tracking, safe="")) if tracking and self.tracking_url else ""


class CarrierService(Row):
    """What a carrier offers under his own code: up to which weight, and what it costs in company currency, as agreed with him."""

    company_path = "carrier__company"
    label_paths = ("name",)

    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="services", verbose_name=_("carrier"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    max_kg = models.DecimalField(_("up to kg"), null=True, blank=True, **WEIGHT)
    price = models.DecimalField(_("price of a consignment"), null=True, blank=True, **PRICE)
    price_per_kg = models.DecimalField(_("and of each kg"), null=True, blank=True, **PRICE)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("service of a carrier"), _("services of carriers")
        constraints = [
            models.UniqueConstraint(fields=["carrier", "code"], name="carrier_service_once"),
            models.CheckConstraint(name="carrier_service_kg", condition=Q(max_kg__isnull=True) | Q(max_kg__gt=0)),
            models.CheckConstraint(
                name="carrier_service_price",
                condition=(Q(price__isnull=True) | Q(price__gte=0)) & (Q(price_per_kg__isnull=True) | Q(price_per_kg__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Packaging(Row):
    """A carton or pallet that goods are packed in: inner measures in cm, its own weight and how much it bears in kg."""

    label_paths = ("name",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    length_cm = models.DecimalField(_("length cm"), **LENGTH)
    width_cm = models.DecimalField(_("width cm"), **LENGTH)
    height_cm = models.DecimalField(_("height cm"), **LENGTH)
    tare_kg = models.DecimalField(_("own weight kg"), default=0, **WEIGHT)
    max_kg = models.DecimalField(_("bears kg"), null=True, blank=True, **WEIGHT)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("packaging"), _("packagings")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="packaging_code_once"),
            models.CheckConstraint(
                name="packaging_measures", condition=Q(length_cm__gt=0, width_cm__gt=0, height_cm__gt=0, tare_kg__gte=0)
            ),
            models.CheckConstraint(name="packaging_bears", condition=Q(max_kg__isnull=True) | Q(max_kg__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class ShippingRules(Row):
    """The company's GS1 prefix, from which the numbers of its packages (SSCC) are made."""

    company = models.OneToOneField("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    gs1_prefix = models.TextField(_("GS1 company prefix"))

    class Meta:
        verbose_name, verbose_name_plural = _("rules for shipping"), _("rules for shipping")
        constraints = [models.CheckConstraint(name="gs1_prefix_digits", condition=Q(gs1_prefix__regex="^[0-9]{6,12}$"))]

    def __str__(self) -> str:
        return str(self.company)


class Package(Row):
    """A package of a delivery, numbered 1, 2, 3; with an SSCC where the company has a GS1 prefix. Frozen once it was handed over."""

    label_paths = ("sscc",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    issue = models.ForeignKey("inventory.GoodsIssue", models.PROTECT, related_name="packages", verbose_name=_("delivery"))
    position = models.BigIntegerField(_("package"))
    sscc = models.TextField(_("SSCC"), blank=True)
    packaging = models.ForeignKey(Packaging, models.PROTECT, related_name="+", null=True, verbose_name=_("packaging"))
    gross_kg = models.DecimalField(_("gross weight kg"), null=True, **WEIGHT)
    length_cm = models.DecimalField(_("length cm"), null=True, **LENGTH)
    width_cm = models.DecimalField(_("width cm"), null=True, **LENGTH)
    height_cm = models.DecimalField(_("height cm"), null=True, **LENGTH)
    weighed_at = models.DateTimeField(_("weighed at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("package"), _("packages")
        constraints = [
            models.UniqueConstraint(fields=["issue", "position"], name="package_once"),
            models.UniqueConstraint(fields=["sscc"], name="sscc_once", condition=~Q(sscc="")),
            models.CheckConstraint(name="package_weight", condition=Q(gross_kg__isnull=True) | Q(gross_kg__gt=0)),
        ]

    def __str__(self) -> str:
        return self.sscc or f"{self._meta.verbose_name} {self.position}"


class PackageLine(Row):
    """How much of a line of the delivery, and of which lot, lies in a package: pieces, of goods with a second unit."""

    company_path = "package__company"

    package = models.ForeignKey(Package, models.CASCADE, related_name="lines")
    issue_line = models.ForeignKey("inventory.GoodsIssueLine", models.PROTECT, related_name="+", verbose_name=_("delivery line"))
    lot = models.TextField(_("lot or serial number"), blank=True)
    quantity = models.DecimalField(_("quantity"), **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("content"), _("contents")
        constraints = [
            models.UniqueConstraint(fields=["package", "issue_line", "lot"], name="packed_line_once"),
            models.CheckConstraint(name="packed_quantity", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.issue_line_id} {self.quantity}"


class Consignment(Document):
    """A delivery that a carrier takes: booked with him, or handed over under a number that was typed. A delivery has one in force.

    One that ``comes_back`` is booked for the customer, who sends goods of the delivery back with its label; the paper ``about`` which it is (the
    return of a room above) has one in force.

    ``reference`` is our own name of the booking, in every call about it, so that the carrier and we know a repeated one. ``asked_at``
    is written before he is asked for the first time: from then on he may know of it. ``said`` are his own words when he refuses.
    """

    TO_BOOK, BOOKED, TO_CANCEL, CANCELLED, REFUSED, DELIVERED = "to_book", "booked", "to_cancel", "cancelled", "refused", "delivered"
    STATES = (
        (TO_BOOK, _("to book")), (BOOKED, pgettext_lazy("by a carrier", "booked")), (TO_CANCEL, _("to cancel")), (CANCELLED, _("cancelled")),
        (REFUSED, _("refused by the carrier")), (DELIVERED, _("delivered")),
    )  # fmt: skip
    #: What bars nobody from packing anew and booking again.
    OVER = (CANCELLED, REFUSED)
    PROGRESS = (
        ("announced", _("announced")), ("picked_up", _("picked up")), ("in_transit", _("in transit")), ("out", _("out for delivery")),
        ("exception", _("held up")), ("returned", _("back to the sender")), ("delivered", _("delivered")),
    )  # fmt: skip
    initial_state, editable_states = TO_BOOK, ()
    series = "CN"
    label_paths = ("number",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    issue = models.ForeignKey("inventory.GoodsIssue", models.PROTECT, related_name="consignments", verbose_name=_("delivery"))
    comes_back = models.BooleanField(_("comes back"), default=False)
    about_table = models.TextField(blank=True, default="", editable=False)
    about_id = models.BigIntegerField(null=True, editable=False)
    about = models.TextField(_("about"), blank=True, default="")
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="+", verbose_name=_("carrier"))
    service = models.ForeignKey(CarrierService, models.PROTECT, related_name="+", null=True, verbose_name=_("service"))
    state = models.TextField(_("state"), choices=STATES, default=TO_BOOK, editable=False)
    on = models.DateField(_("handed over on"))
    reference = models.TextField(_("our reference"), unique=True, default=own_reference)
    tracking = models.TextField(_("tracking number"), blank=True)
    progress = models.TextField(_("on its way"), choices=PROGRESS, blank=True)
    collects = models.BooleanField(_("the carrier collects"), default=False)
    pickup = models.TextField(_("number of the collection"), blank=True)
    price = models.DecimalField(_("expected price"), null=True, **PRICE)
    said = models.TextField(_("the carrier's words"), blank=True)
    tells_customer = models.BooleanField(_("the customer is told"), default=False)
    asked_at = models.DateTimeField(_("first asked at"), null=True)
    booked_at = models.DateTimeField(_("booked at"), null=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("consignment"), _("consignments")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="consignment_number_once"),
            models.UniqueConstraint(fields=["issue"], name="consigned_once", condition=Q(comes_back=False) & ~Q(state__in=["cancelled", "refused"])),
            models.UniqueConstraint(
                fields=["about_table", "about_id"], name="comes_back_once", condition=Q(comes_back=True) & ~Q(state__in=["cancelled", "refused"])
            ),
            models.CheckConstraint(
                name="what_comes_back_is_about_something",
                condition=Q(comes_back=True, about_id__isnull=False) & ~Q(about_table="") | Q(comes_back=False, about_id__isnull=True, about_table="", about=""),
            ),
            models.CheckConstraint(name="consignment_has_number", condition=Q(number__isnull=False)),
            models.CheckConstraint(
                name="consignment_state", condition=Q(state__in=["to_book", "booked", "to_cancel", "cancelled", "refused", "delivered"])
            ),
            models.CheckConstraint(
                name="consignment_progress",
                condition=Q(progress__in=["", "announced", "picked_up", "in_transit", "out", "exception", "returned", "delivered"]),
            ),
            models.CheckConstraint(name="consignment_reference", condition=Q(reference__regex="^[0-9a-f]{32}$")),
            models.CheckConstraint(name="booked_at_some_time", condition=~Q(state__in=["booked", "delivered"]) | Q(booked_at__isnull=False)),
            models.CheckConstraint(name="delivered_at_some_time", condition=~Q(state="delivered") | Q(delivered_at__isnull=False)),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["carrier", "id"], name="consignment_to_follow", condition=Q(state="booked") & ~Q(tracking="")),
            models.Index(fields=["tracking"], name="consignment_by_tracking", condition=~Q(tracking="")),
        ]


class ConsignmentParcel(Row):
    """The number under which the carrier follows one package of a consignment."""

    append_only = True
    company_path = "consignment__company"

    consignment = models.ForeignKey(Consignment, models.PROTECT, related_name="parcels", verbose_name=_("consignment"))
    package = models.ForeignKey(Package, models.PROTECT, related_name="+", verbose_name=_("package"))
    tracking = models.TextField(_("tracking number"))

    class Meta:
        verbose_name, verbose_name_plural = _("parcel"), _("parcels")
        constraints = [
            models.UniqueConstraint(fields=["consignment", "package"], name="parcel_once"),
            models.CheckConstraint(name="parcel_has_number", condition=~Q(tracking="")),
        ]

    def __str__(self) -> str:
        return self.tracking


class TrackingEvent(Row):
    """What the carrier said of a consignment on its way, once: ``digest`` tells the same word told twice, in whatever order they come."""

    append_only = True
    company_path = "consignment__company"

    consignment = models.ForeignKey(Consignment, models.PROTECT, related_name="events", verbose_name=_("consignment"))
    at = models.DateTimeField(_("when"))
    kind = models.TextField(_("on its way"), choices=Consignment.PROGRESS)
    code = models.TextField(_("the carrier's code"), blank=True)
    place = models.TextField(_("place"), blank=True)
    text = models.TextField(_("the carrier's words"), blank=True)
    parcel = models.TextField(_("parcel"), blank=True)
    digest = models.TextField()

    class Meta:
        verbose_name, verbose_name_plural = _("event on the way"), _("events on the way")
        constraints = [
            models.UniqueConstraint(fields=["consignment", "digest"], name="tracking_event_once"),
            models.CheckConstraint(
                name="tracking_event_kind",
                condition=Q(kind__in=["announced", "picked_up", "in_transit", "out", "exception", "returned", "delivered"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"
