"""How transport documents are shown and served."""

from typing import Any

from django.db.models import Case, Count, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, TextField, Value, When
from django.db.models.functions import Coalesce, Concat, Replace
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.models import QUANTITY, GoodsIssueLine
from fondaco.operations.inventory.resources import GoodsIssueResource
from fondaco.operations.shipping import accompanying, actions, background, booking, flows, packing, refusals  # noqa: F401  verbs, reactions and sentences are declared on import
from fondaco.operations.shipping.carriers.declared import WAYS
from fondaco.operations.shipping.models import (
    Carrier,
    CarrierService,
    Consignment,
    ConsignmentParcel,
    Package,
    PackageLine,
    Packaging,
    ShippingRules,
    TrackingEvent,
    TransportDocument,
)
from fondaco.operations.shipping.printing import delivery_pdf, label_pdf, labels_of, transport_pdf
from fondaco.operations.shipping.queries import to_invoice
from fondaco.platform.access.actors import Actor
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Column, Lines, Resource, Wrong, also_shows, register

VIEW, PACKAGES = "shipping.view_transport", "shipping.view_package"
SERVICE: list[str | Column] = [
    "code",
    "name",
    Column("max_kg", kind="quantity"),
    Column("price", summed=False),
    Column("price_per_kg", summed=False),
    "is_active",
]
MEASURES = ["length_cm", "width_cm", "height_cm", "tare_kg", "max_kg"]


@register
class TransportDocumentResource(Resource):
    model, key, natural_key = TransportDocument, "transport-documents", "number"
    title, title_one, job, icon = _("Transport documents"), _("Transport document"), "deliver", "note"
    group, place = "shipping", 3
    view_permission = VIEW
    columns = ["number", "on", "party", "reason", "packages", Column("gross_kg", kind="quantity"), "starts_at", "state", "invoice_by"]
    fields = [
        "number",
        "state",
        "on",
        "party",
        "reason",
        "from_place",
        "to_place",
        "carried_by",
        "carrier",
        "freight",
        "appearance",
        "packages",
        Column("gross_kg", kind="quantity"),
        Column("net_kg", kind="quantity"),
        "starts_at",
        "invoice_by",
        "notes",
        "company",
    ]
    filters = ["company", "state", "on", "party", "reason", "carried_by", "invoice_by", "source_table", "source_id"]
    search, sort = ["number", "party", "carrier"], "-id"
    conditions = {
        "to_invoice": (_("to invoice"), to_invoice),
        "late": (_("invoice overdue"), lambda: to_invoice() & Q(invoice_by__lt=timezone.localdate())),
    }
    printed = staticmethod(transport_pdf)


@register
class PackageResource(Resource):
    model, key = Package, "packages"
    title, title_one, job, icon = _("Packages"), _("Package"), "deliver", "deliver"
    group, place = "shipping", 1
    view_permission = PACKAGES
    columns = ["sscc", "issue", "position", "packaging", Column("gross_kg", kind="quantity"), "weighed_at"]
    fields = [
        *columns,
        Column("length_cm", kind="quantity"),
        Column("width_cm", kind="quantity"),
        Column("height_cm", kind="quantity"),
        "company",
    ]
    filters, search, sort = ["company", "issue", "packaging"], ["sscc"], "-id"
    lines = [
        Lines(
            PackageLine, "package", ["issue_line__product", "lot", Column("quantity", kind="quantity")], title=_("Content"), order=("id",)
        )
    ]
    printed = staticmethod(label_pdf)


def page_of_parcel() -> Any:
    """Where the carrier follows a consignment; empty where he has no such page, or the number is none that may stand in an address."""
    return Case(
        When(
            ~Q(carrier__tracking_url="") & Q(tracking__regex="^[A-Za-z0-9_-]+$"),
            then=Replace("carrier__tracking_url", Value("{tracking}"), "tracking"),
        ),
        output_field=TextField(),
    )


def word_of(choices: Any, field: str) -> Any:
    """The word of a choice, for those who see it from another record."""
    return Case(*(When(**{field: value}, then=Value(word, output_field=TextField())) for value, word in choices), output_field=TextField())


@register
class ConsignmentResource(Resource):
    model, key, natural_key = Consignment, "consignments", "number"
    title, title_one, job, icon = _("Consignments"), _("Consignment"), "deliver", "deliver"
    group, place = "shipping", 2
    view_permission = PACKAGES
    columns = [
        "number",
        "issue",
        "carrier",
        "service",
        "on",
        "state",
        "progress",
        "tracking",
        Column("tracking_page", _("tracking page"), "page"),
    ]
    fields = [
        *columns,
        Column("comes_back", rare=True),
        Column("about", rare=True),
        "collects",
        Column("pickup", rare=True),
        Column("price", kind="amount", currency="company__currency__code", rare=True),
        Column("said", rare=True),
        Column("waits_because", _("why it waits"), rare=True),
        "booked_at",
        Column("delivered_at", rare=True),
        "reference",
        "company",
    ]
    filters, search, sort = ["company", "state", "issue", "carrier", "service", "on", "progress"], ["number", "tracking"], "-id"
    annotations = {
        "tracking_page": page_of_parcel,
        "waits_because": lambda: Subquery(
            OutboxMessage.objects.filter(
                key__in=[Concat(Value("carrier.book:"), OuterRef("reference")), Concat(Value("carrier.cancel:"), OuterRef("reference"))],
                sent_at__isnull=True,
            )
            .order_by("-pk")
            .values("last_error")[:1]
        ),
    }
    conditions = {
        "refused": (_("refused by the carrier"), lambda: Q(state=Consignment.REFUSED) & ~Q(Exists(_booked_anew()))),
        "waiting": (_("not answered yet"), lambda: Q(state__in=[Consignment.TO_BOOK, Consignment.TO_CANCEL])),
        "comes_back": (_("coming back"), lambda: Q(comes_back=True)),
        "held_up": (_("held up on the way"), lambda: Q(state=Consignment.BOOKED, progress__in=["exception", "returned"])),
        "on_its_way": (_("on its way"), lambda: Q(state=Consignment.BOOKED)),
    }
    lines = [
        Lines(
            TrackingEvent, "consignment", ["at", "kind", "place", Column("text", rare=True), Column("parcel", rare=True)], title=_("On its way"),
            order=("at", "id"),
        ),
        Lines(ConsignmentParcel, "consignment", [Column("package__position", _("Package")), "tracking"], title=_("Parcels"), order=("id",)),
    ]  # fmt: skip
    printed = staticmethod(labels_of)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        row = Consignment.objects.select_related("carrier", "issue").get(pk=pk)
        pack, words = f"{GoodsIssueResource.url(row.issue_id)}/pack", row.said.rstrip(".")
        if row.state == Consignment.REFUSED and row.comes_back:
            return [Wrong(_now("{carrier} refuses it: {words}. Correct what he names, then book the label of the return again.").format(carrier=row.carrier, words=words), tone="bad")]  # fmt: skip
        if row.state == Consignment.REFUSED:
            text = _now("{carrier} refuses it: {words}. Correct what he names, then book the delivery again.").format(
                carrier=row.carrier, words=words
            )
            return [Wrong(text, _now("Packing bench"), pack, tone="bad")]
        if row.state == Consignment.BOOKED and row.said:
            return [Wrong(row.said)]
        if row.state == Consignment.BOOKED and row.progress in ("exception", "returned"):
            newest = row.events.order_by("-at", "-pk").first()
            return [
                Wrong(
                    _now("{carrier}: {words}").format(
                        carrier=row.carrier, words=(newest.text if newest else "") or row.get_progress_display()
                    )
                )
            ]
        return []


@register
class CarrierResource(Resource):
    model, key, natural_key = Carrier, "carriers", "code"
    title, title_one, job, icon = _("Carriers"), _("Carrier"), "set_up", "deliver"
    view_permission, write_permission = PACKAGES, "shipping.write_carrier"
    columns = ["code", "name", "details", "tracking_url", "way", "account", "cut_off", "label_format", "is_active"]
    writable, filters, search, sort = ["company", *columns], ["company", "way", "is_active"], ["code", "name"], "code"
    lines = [
        Lines(
            CarrierService, "carrier", SERVICE, writable=["code", "name", "max_kg", "price", "price_per_kg", "is_active"], title=_("Services"), order=("code",)
        )
    ]  # fmt: skip

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        off = WAYS[Carrier.objects.values_list("way", flat=True).get(pk=pk)].off_because()
        text = _now("Nothing can be booked with him: this installation lacks {setting}. Ask who runs it.").format(setting=off)
        return [Wrong(text)] if off else []


@register
class CarrierServiceResource(Resource):
    model, key = CarrierService, "carrier-services"
    title, title_one, job, icon = _("Services of carriers"), _("Service of a carrier"), "set_up", "deliver"
    view_permission = PACKAGES
    columns = ["carrier", *SERVICE]
    filters, search, sort = ["carrier", "is_active"], ["code", "name"], "code"


@register
class PackagingResource(Resource):
    model, key, natural_key = Packaging, "packagings", "code"
    title, title_one, job, icon = _("Packagings"), _("Packaging"), "set_up", "deliver"
    view_permission, write_permission = PACKAGES, "shipping.write_carrier"
    columns = ["code", "name", *(Column(c, kind="quantity") for c in MEASURES), "is_active"]
    writable = ["company", "code", "name", *MEASURES, "is_active"]
    filters, search, sort = ["company", "is_active"], ["code", "name"], "code"


@register
class ShippingRulesResource(Resource):
    model, key = ShippingRules, "shipping-rules"
    title, title_one, job, icon = _("Rules for shipping"), _("Rules for shipping"), "set_up", "books"
    view_permission, write_permission = PACKAGES, "shipping.write_carrier"
    columns = ["company", "gs1_prefix"]
    writable, filters, sort = ["company", "gs1_prefix"], ["company"], "company"


also_shows(
    GoodsIssueResource,
    columns=[
        Column("packages_made", _("Packages"), "number"),
        Column("tracked_as", _("Tracking number of the carrier")),
        Column("carried", _("With the carrier"), rare=True),
    ],
    fields=[Column("tracked_at", _("Tracking page"), "page", rare=True)],
    annotations={
        "packages_made": lambda: Subquery(_of_delivery(Package).order_by().values("issue").annotate(n=Count("pk")).values("n")),
        "tracked_as": lambda: Subquery(in_force(issue=OuterRef("pk")).values("tracking")[:1]),
        "tracked_at": lambda: Subquery(in_force(issue=OuterRef("pk")).annotate(page=page_of_parcel()).values("page")[:1]),
        "carried": lambda: Subquery(in_force(issue=OuterRef("pk")).annotate(word=how_it_stands()).values("word")[:1]),
    },
    conditions={
        "to_pack": (_("to pack"), lambda: Q(Exists(_open_lines())) & ~Q(Exists(in_force(issue=OuterRef("pk"))))),
        "to_hand_over": (
            _("packed, to hand over"),
            lambda: Q(Exists(_of_delivery(Package)), state="posted") & ~Q(Exists(in_force(issue=OuterRef("pk")))),
        ),
    },
)


def in_force(**of: Any) -> Any:
    """Consignments that a carrier takes, the newest first: neither refused nor cancelled."""
    return Consignment.objects.filter(comes_back=False).exclude(state__in=Consignment.OVER).filter(**of).order_by("-pk")


def how_it_stands() -> Any:
    """How far a consignment is, in a word: on its way as the carrier says, else its state."""
    return Coalesce(word_of(Consignment.PROGRESS, "progress"), word_of(Consignment.STATES, "state"), output_field=TextField())


def _booked_anew() -> Any:
    same = Q(issue=OuterRef("issue"), comes_back=False) | Q(
        comes_back=True, about_table=OuterRef("about_table"), about_id=OuterRef("about_id")
    )
    return Consignment.objects.filter(same, comes_back=OuterRef("comes_back"), pk__gt=OuterRef("pk"))


def _of_delivery(model: Any) -> Any:
    return model.objects.filter(issue=OuterRef("pk"))


def _open_lines() -> Any:
    packed = PackageLine.objects.filter(issue_line=OuterRef("pk")).order_by().values("issue_line").annotate(q=Sum("quantity")).values("q")
    quantity: Any = DecimalField(**QUANTITY)
    lines = GoodsIssueLine.objects.filter(issue=OuterRef("pk"))
    return lines.annotate(packed=Coalesce(Subquery(packed, output_field=quantity), Value(ZERO), output_field=quantity)).filter(
        quantity__gt=F("packed")
    )


GoodsIssueResource.printed = staticmethod(delivery_pdf)  # type: ignore[attr-defined]
