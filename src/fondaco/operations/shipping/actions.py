"""The verbs of transport: fill in what is known when goods are loaded, and let them depart."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.companies.models import Company
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.shipping.refusals import BadHour, BeginsTooEarly, NameCarrier
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Weight = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=3)]
Count = Annotated[int, Field(gt=0, le=100_000)]
CarriedBy = Literal["sender", "recipient", "carrier"]
Freight = Literal["paid", "collect"]
Reason = Literal[
    "sale", "transfer", "consignment", "to_vendor", "on_approval", "processing", "repair", "replacement", "sample", "gift", "other"
]
HOUR = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
FILLED = ("carried_by", "carrier", "freight", "appearance", "packages", "gross_kg", "notes")


@action(
    TransportDocument,
    moves={"open": "open"},
    permission="shipping.write_transport",
    name="fill_in",
    title=_("Fill in"),
    done=_("Filled in"),
)
def fill_in(
    documents: DocumentSet[TransportDocument],
    *,
    reason_for_transport: Reason | None = None,
    carried_by: CarriedBy | None = None,
    carrier: str = "",
    freight: Freight | None = None,
    appearance: str = "",
    packages: Count | None = None,
    gross_kg: Weight | None = None,
    to_place: str = "",
    notes: str = "",
) -> None:
    """Write on transport documents what was not known when the delivery was posted; what is left empty stays as it is."""
    for document in documents:
        document.reason = reason_for_transport or document.reason
        document.to_place = to_place or document.to_place
        _fill(document, carried_by, carrier, freight, appearance, packages, gross_kg)
        document.notes = notes or document.notes
    documents.save("reason", "to_place", *FILLED)


def _fill(
    document: TransportDocument,
    carried_by: str | None,
    carrier: str,
    freight: str | None,
    appearance: str,
    packages: int | None,
    gross_kg: Decimal | None,
) -> None:
    document.carried_by = carried_by or (TransportDocument.CARRIER if carrier else document.carried_by)
    document.carrier = carrier or document.carrier
    document.freight = freight or document.freight
    document.appearance = appearance or document.appearance
    document.packages = packages or document.packages
    document.gross_kg = gross_kg or document.gross_kg


@action(TransportDocument, moves={"open": "departed"}, permission="shipping.write_transport", title=_("Depart"), done=_("Departed"))
def depart(
    documents: DocumentSet[TransportDocument],
    *,
    on: date | None = None,
    hour: str = "",
    carried_by: CarriedBy | None = None,
    carrier: str = "",
    freight: Freight | None = None,
    appearance: str = "",
    packages: Count | None = None,
    gross_kg: Weight | None = None,
) -> None:
    """Let goods depart: day and hour at which transport begins, by the clock of the company (now where nothing is given).

    Afterwards the document never changes.
    """
    zones = dict(Company.objects.filter(pk__in={d.company_id for d in documents}).values_list("id", "time_zone"))
    for document in documents:
        _fill(document, carried_by, carrier, freight, appearance, packages, gross_kg)
        if document.carried_by == TransportDocument.CARRIER and not document.carrier:
            raise NameCarrier(document=document, rows=rows_json([document]), fields={"carrier": _("Name the carrier.")})
        zone = ZoneInfo(zones[document.company_id])
        begins = _moment(on, hour, zone)
        if begins.date() < document.on:
            raise BeginsTooEarly(document=document, on=document.on, begins=begins.date(), rows=rows_json([document]))
        document.starts_at = begins.astimezone(UTC)
    documents.save_with_state("starts_at", *FILLED)


def _moment(on: date | None, hour: str, zone: ZoneInfo) -> datetime:
    now = datetime.now(zone)
    if not hour:
        return datetime.combine(on or now.date(), now.time().replace(second=0, microsecond=0), zone)
    written = HOUR.fullmatch(hour.strip())
    if written is None:
        raise BadHour(hour=hour, fields={"hour": hour})
    return datetime.combine(on or now.date(), time(int(written[1]), int(written[2])), zone)
