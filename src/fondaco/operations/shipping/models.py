"""What goes with goods on their way: the transport document."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.documents.models import Document

WEIGHT: dict[str, Any] = {"max_digits": 20, "decimal_places": 3}


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
