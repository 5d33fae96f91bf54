"""Where parcels are (WH-05): what carriers say, asked for or brought by file or signed notice, in any order and as often as it comes."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db.models import Q
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from fondaco.operations.shipping.booking import tell_customers
from fondaco.operations.shipping.carriers.declared import WAYS, Event, NotCarried
from fondaco.operations.shipping.carriers.folder import folder
from fondaco.operations.shipping.models import Carrier, Consignment, ConsignmentParcel, Package, TrackingEvent
from fondaco.operations.shipping.refusals import ConsignmentUnknown, NotTakenIn
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.events import dropping
from fondaco.platform.resources.strict_json import NotStrict, loads

LARGEST = 256 * 1024
#: A parcel that nobody heard of for so long is lost, and no longer asked for.
LOST_AFTER = timedelta(days=60)
Kind = Literal["announced", "picked_up", "in_transit", "out", "exception", "returned", "delivered"]
PLAIN = r"^[^\x00-\x1f]*$"


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore")

    at: AwareDatetime
    kind: Kind
    code: str = Field(default="", max_length=20, pattern=PLAIN)
    place: str = Field(default="", max_length=200, pattern=PLAIN)
    text: str = Field(default="", max_length=500, pattern=PLAIN)
    parcel: str = Field(default="", max_length=100, pattern=PLAIN)


class Notice(BaseModel):
    """What another program says of one consignment, by our reference or the carrier's number."""

    model_config = ConfigDict(extra="ignore")

    reference: str = Field(default="", pattern="^([0-9a-f]{32})?$")
    tracking: str = Field(default="", max_length=100, pattern=PLAIN)
    parcels: dict[int, str] = Field(default_factory=dict, max_length=1000)
    events: list[_Event] = Field(default_factory=list, max_length=1000)


def collect() -> dropping.Collected:
    """Take what other programs dropped into ``<home>/carriers/in``."""
    return dropping.collect(folder("in"), take_notice, actor="program.shipping", verb="shipping.collect", largest=LARGEST)


def take_notice(name: str, raw: bytes) -> bool:
    """Take one notice within the caller's transaction: numbers of a consignment that has none, and what happened to it. Whether that was new.

    Raises NotTakenIn and ConsignmentUnknown; then nothing is written.
    """
    if len(raw) > LARGEST:
        raise NotTakenIn(file=name, reason=f"it has more than {LARGEST} bytes")
    try:
        said = Notice.model_validate(loads(raw))
    except NotStrict as error:
        raise NotTakenIn(file=name, reason=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise NotTakenIn(file=name, reason=f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    named = Q(reference=said.reference) if said.reference else Q(tracking=said.tracking) & ~Q(tracking="")
    row = Consignment.objects.filter(named).select_for_update(of=("self",)).select_related("carrier").order_by("-pk").first()
    if row is None:
        raise ConsignmentUnknown(file=name, about=said.reference or said.tracking or "–")
    is_new = _number(name, row, said)
    events = [Event(e.at, e.kind, reference=row.reference, code=e.code, place=e.place, text=e.text, parcel=e.parcel) for e in said.events]
    return bool(take(events)) or is_new


def _number(name: str, row: Consignment, said: Notice) -> bool:
    """Write down the numbers of a consignment that goes by files; another number than it has is refused."""
    if not said.reference or not (said.tracking or said.parcels):
        return False
    if row.state not in (Consignment.BOOKED, Consignment.DELIVERED):
        raise NotTakenIn(file=name, reason=f"{row.number} is {row.get_state_display()}")
    if row.tracking and said.tracking and row.tracking != said.tracking:
        raise NotTakenIn(file=name, reason=f"{row.number} has the number {row.tracking}, not {said.tracking}")
    own = dict(Package.objects.filter(issue=row.issue_id).values_list("position", "pk"))
    strange = [n for n, tracking in said.parcels.items() if n not in own or not tracking.strip()]
    if strange:
        raise NotTakenIn(file=name, reason=f"{row.number} has no parcel {strange[0]}, or that one no number")
    there = set(ConsignmentParcel.objects.filter(consignment=row).values_list("package", flat=True))
    new = {n: t.strip() for n, t in said.parcels.items() if own[n] not in there}
    insert_rows(
        ConsignmentParcel, [ConsignmentParcel(consignment=row, package_id=own[n], tracking=t[:100]) for n, t in sorted(new.items())]
    )
    if said.tracking and not row.tracking:
        row.tracking = said.tracking
        row.save(update_fields=["tracking"])
        tell_customers([row])
        return True
    return bool(new)


def take(events: Sequence[Event]) -> int:
    """Write down what is new of what carriers say, and how each consignment is by all that is known of it. Seven statements, however many.

    The newest word by its own hour counts, whenever it comes; what was delivered stays so. Of several parcels the whole is delivered with the last.
    """
    events = [_clean(e) for e in events]
    named = Q(reference__in={e.reference for e in events if e.reference}) | Q(tracking__in={e.tracking for e in events if e.tracking})
    # Key order: two who bring the same news queue.
    rows = {c.pk: c for c in Consignment.objects.filter(named).exclude(state__in=Consignment.OVER).order_by("pk").select_for_update()}
    of_reference, of_tracking = {c.reference: c for c in rows.values()}, {c.tracking: c for c in rows.values() if c.tracking}
    there = set(TrackingEvent.objects.filter(consignment__in=rows).values_list("consignment", "digest"))
    fresh = {}
    for event in events:
        row = of_reference.get(event.reference) or of_tracking.get(event.tracking)
        digest = _digest(event)
        if row is not None and (row.pk, digest) not in there:
            fresh[row.pk, digest] = TrackingEvent(
                consignment=row, at=event.at, kind=event.kind, code=event.code, place=event.place, text=event.text, parcel=event.parcel, digest=digest
            )  # fmt: skip
    insert_rows(TrackingEvent, list(fresh.values()))
    _bring_up(list({pk: rows[pk] for pk, _digest in fresh}.values()))
    return len(fresh)


def _bring_up(rows: Sequence[Consignment]) -> None:
    parcels: dict[int, set[str]] = defaultdict(set)
    for pk, tracking in ConsignmentParcel.objects.filter(consignment__in=rows).values_list("consignment", "tracking"):
        parcels[pk].add(tracking)
    told: dict[int, list[TrackingEvent]] = defaultdict(list)
    for event in TrackingEvent.objects.filter(consignment__in=rows).order_by("consignment", "at", "pk"):
        told[event.consignment_id].append(event)
    for row in rows:
        events = told[row.pk]
        row.progress = events[-1].kind
        at = _delivered_at(events, parcels[row.pk])
        if at is not None:
            row.progress = "delivered"
            if row.state == Consignment.BOOKED:
                row.state, row.delivered_at = Consignment.DELIVERED, at
        elif row.progress == "delivered":
            row.progress = "out"  # Some parcels are there, not all.
    update_rows(
        Consignment,
        {"id": [r.pk for r in rows], "progress": [r.progress for r in rows], "state": [r.state for r in rows], "delivered_at": [r.delivered_at for r in rows]},
    )  # fmt: skip


def _delivered_at(events: Sequence[TrackingEvent], parcels: set[str]) -> datetime | None:
    done = [e for e in events if e.kind == "delivered"]
    if whole := next((e for e in done if not e.parcel), None):
        return whole.at
    return done[-1].at if done and parcels <= {e.parcel for e in done} else None


def _clean(event: Event) -> Event:
    return replace(event, **{name: getattr(event, name).replace("\x00", "") for name in ("code", "place", "text", "parcel")})


def _digest(event: Event) -> str:
    said = "\x1f".join((event.at.astimezone(UTC).isoformat(), event.kind, event.code, event.place, event.parcel))
    return hashlib.sha256(said.encode()).hexdigest()


def to_follow() -> Q:
    """Consignments on their way, with carriers who can be asked."""
    asked = [name for name, way in WAYS.items() if way.has_labels and not way.off_because()]
    return Q(
        state=Consignment.BOOKED, carrier__way__in=asked, carrier__is_active=True, booked_at__gte=timezone.now() - LOST_AFTER
    ) & ~Q(tracking="")  # fmt: skip


def is_wanted() -> bool:
    """Whether anything is on its way that can be asked for, or lies in the folder."""
    box = folder("in")
    return (box.is_dir() and any(p.is_file() and not p.name.startswith(".") for p in box.iterdir())) or Consignment.objects.filter(
        to_follow()
    ).exists()


def follow() -> dict[str, object]:
    """Ask every carrier where his parcels are; one who does not answer stops no other. How much was new, and who did not answer."""
    numbers: dict[Carrier, list[str]] = defaultdict(list)
    rows = Consignment.objects.filter(to_follow()).select_related("carrier__company").order_by("carrier", "pk")
    for row in rows:
        numbers[row.carrier].append(row.tracking)
    events: list[Event] = []
    silent = {}
    for carrier, trackings in numbers.items():
        try:
            events += WAYS[carrier.way].follow(trackings, carrier.company.time_zone)
        except NotCarried as error:
            silent[carrier.code] = str(error)
    return {"asked": sum(map(len, numbers.values())), "new": take(events), "silent": silent}
