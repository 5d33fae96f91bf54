"""Booking a carrier (WH-05): deliveries are handed to his interface by the outbox, after commit; what he answers comes back onto the consignment."""

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.operations.inventory.models import GoodsIssue
from fondaco.operations.shipping.carriers import by_hand, folder, mydhl  # noqa: F401  ways are declared on import
from fondaco.operations.shipping.carriers.declared import WAYS, Booked, Booking, NotCarried, Paper, Refused
from fondaco.operations.shipping.carriers.folder import folder as lying
from fondaco.operations.shipping.drawing import Asked, Comes, Drawn, Weighed, drawn, drawn_back
from fondaco.operations.shipping.models import Carrier, CarrierService, Consignment, ConsignmentParcel, TransportDocument, own_reference
from fondaco.operations.shipping.packing import HAND_OVER, refuse_handed_over
from fondaco.operations.shipping.printing import MAILED_LABEL
from fondaco.operations.shipping.refusals import (
    BookOneCompany,
    CarrierOff,
    ChooseService,
    ComesBackAlready,
    HasNumber,
    NoService,
    NotBookable,
    NotPosted,
    StillAsked,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import Noted, carries
from fondaco.platform.files.attaching import keeps
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import keep
from fondaco.platform.money import rounded

CHANNEL = "carrier"
ACTOR, VERB = "program.shipping", "shipping.carry"
TABLE = Consignment._meta.db_table
Incoterm = Literal["DAP", "DDP", "EXW", "FCA", "CPT", "CIP", "DPU"]
#: In these a carrier has the goods, or had them.
ON_ITS_WAY = {"picked_up", "in_transit", "out", "exception", "returned", "delivered"}
WORDS = 1000


#: Deliveries that no carrier has, nor is being asked to take.
FREE = Q(state="posted") & ~Q(
    Exists(Consignment.objects.filter(issue=OuterRef("pk"), comes_back=False).exclude(state__in=Consignment.OVER))
)


@action(
    GoodsIssue,
    permission=HAND_OVER,
    name="book_carrier",
    title=_("Book carrier"),
    done=_("Booked, or on its way to the carrier"),
    only_when=FREE,
)
def book_carrier(
    issues: DocumentSet[GoodsIssue],
    *,
    carrier: Annotated[int, Field(json_schema_extra={"resource": "carriers"})],
    service: Annotated[int | None, Field(json_schema_extra={"resource": "carrier-services"})] = None,
    on: Annotated[date | None, Field(json_schema_extra={"empty": True})] = None,
    collects: bool = False,
    incoterm: Incoterm = "DAP",
    insured: bool = False,
    declare_customs: bool = False,
    to_address: Annotated[str, Field(max_length=300)] = "",
    tell_customer: bool = True,
) -> None:
    """Book posted and packed deliveries with a carrier: he is asked as soon as this is written, and his number, labels and words come back onto the
    consignment. Without a day they leave today until the carrier's hour, then on the next working day.

    Everything that a delivery lacks is named before anything is booked. Goods that leave the customs area are declared with commodity code, origin,
    weight and the price they were sold for; for places that lie outside of it in the same country say so. Where the carrier does not take the
    address as it is on the delivery, write it: street, postal code and place.
    """
    refuse_handed_over(issues)
    if drafts := [i for i in issues if i.state != "posted"]:
        raise NotPosted(document=", ".join(map(str, drafts)), rows=rows_json(drafts))
    by = Carrier.objects.select_related("company").filter(pk=carrier, is_active=True).first()
    if by is None:
        raise NotFound(what=f"{Carrier._meta.verbose_name} {carrier}")
    if strangers := [i for i in issues if i.company_id != by.company_id]:
        raise BookOneCompany(document=strangers[0], carrier=by, rows=rows_json(strangers))
    way = WAYS[by.way]
    if off := way.off_because():
        raise CarrierOff(carrier=by, setting=off)
    chosen = _service(by, service)
    references = {i.pk: own_reference() for i in issues}
    asked = Asked(by, chosen, on, collects, declare_customs, incoterm, insured, to_address.strip())
    found = drawn(issues.rows, asked, way, references, timezone.now())
    _refuse_incomplete(found, by)
    if by.way == Carrier.BY_HAND:
        rows = [_consignment(one, by, chosen, references[one.issue.pk], tell_customer, collects) for one in found]
        for row in rows:
            row.state, row.booked_at = Consignment.BOOKED, timezone.now()
        _write(rows, issues.actor)
        tell_customers(rows)
    else:
        rows = [_consignment(one, by, chosen, references[one.issue.pk], tell_customer, collects) for one in found]
        _write(rows, issues.actor)
        insert_rows(OutboxMessage, [_message("book", row, one.booking) for row, one in zip(rows, found, strict=True) if one.booking])
    name_carrier(by, issues.ids)
    issues.made["consignments"] = [row.pk for row in rows]


def book_back(
    back: Sequence[Comes],
    parcel: Weighed,
    actor: Actor,
    *,
    carrier: int,
    service: int | None,
    on: date | None,
    collects: bool,
    tell_customer: bool,
) -> list[Consignment]:
    """Book the labels by which customers of one company send goods back, one a paper: as ``book_carrier`` does, the other way round. Everything that one
    lacks is named before anything is booked; over a customs border nothing is. A carrier who is told by hand has no labels, and is not asked."""
    by = Carrier.objects.select_related("company").filter(pk=carrier, is_active=True).first()
    if by is None or by.way == Carrier.BY_HAND:
        raise NotFound(what=f"{Carrier._meta.verbose_name} {carrier}", fields={"carrier": _("There is no such carrier who can be asked.")})
    if strangers := [c for c in back if c.issue.company_id != by.company_id]:
        raise BookOneCompany(document=strangers[0].paper, carrier=by, rows=rows_json([c.paper for c in strangers]))
    table = back[0].paper._meta.db_table
    there = in_force_about(table, [c.paper.pk for c in back])
    if there:
        first = next(c for c in back if c.paper.pk in there)
        raise ComesBackAlready(
            document=first.paper, carrier=there[first.paper.pk].carrier, consignment=there[first.paper.pk], rows=rows_json([first.paper])
        )
    way = WAYS[by.way]
    if off := way.off_because():
        raise CarrierOff(carrier=by, setting=off)
    chosen = _service(by, service)
    references = [own_reference() for _c in back]
    asked = Asked(by, chosen, on, collects, False, "DAP", False)
    found = drawn_back(back, asked, way, references, parcel, timezone.now())
    _refuse_incomplete(found, by)
    rows = []
    for comes, one, reference in zip(back, found, references, strict=True):
        row = _consignment(one, by, chosen, reference, tell_customer, collects)
        row.comes_back, row.about_table, row.about_id, row.about = True, table, comes.paper.pk, str(comes.paper)
        rows.append(row)
    _write(rows, actor)
    insert_rows(OutboxMessage, [_message("book", row, one.booking) for row, one in zip(rows, found, strict=True) if one.booking])
    return rows


def in_force_about(table: str, keys: Sequence[int]) -> dict[int, Consignment]:
    """What comes back about papers of a table, by their keys: booked or on its way to be; one statement."""
    rows = Consignment.objects.filter(comes_back=True, about_table=table, about_id__in=list(keys)).exclude(state__in=Consignment.OVER)
    return {c.about_id or 0: c for c in rows.select_related("carrier").order_by("pk")}


def _service(carrier: Carrier, key: int | None) -> CarrierService | None:
    """The service that was said, else the only one there is; a carrier who is told by hand needs none."""
    offered = list(CarrierService.objects.filter(carrier=carrier, is_active=True).order_by("code"))
    if key is not None:
        found = next((s for s in offered if s.pk == key), None)
        if found is None:
            raise NotFound(what=f"{CarrierService._meta.verbose_name} {key}")
        return found
    if len(offered) > 1:
        raise ChooseService(carrier=carrier, services=", ".join(s.name for s in offered), fields={"service": _("Choose a service.")})
    if not offered and "account" in WAYS[carrier.way].needs:
        raise NoService(carrier=carrier)
    return offered[0] if offered else None


def _refuse_incomplete(found: Sequence[Drawn], carrier: Carrier) -> None:
    wrong = [one for one in found if one.problems]
    if wrong:
        raise NotBookable(
            document=wrong[0].issue, carrier=carrier, problems="; ".join(wrong[0].problems),
            rows=[{"id": one.issue.pk, "document": str(one.issue), "problems": "; ".join(one.problems)} for one in wrong],
        )  # fmt: skip


def _consignment(one: Drawn, carrier: Carrier, service: CarrierService | None, reference: str, tells: bool, collects: bool) -> Consignment:
    price = None
    if service is not None and (service.price is not None or service.price_per_kg is not None):
        price = rounded((service.price or Decimal(0)) + (service.price_per_kg or Decimal(0)) * one.kg, 2)
    return Consignment(
        company_id=one.issue.company_id, issue=one.issue, carrier=carrier, service=service, on=one.on, reference=reference, price=price,
        tells_customer=tells, collects=collects,
    )  # fmt: skip


def _write(rows: Sequence[Consignment], actor: Actor) -> None:
    DocumentSet(Consignment, rows, actor).draw_numbers()
    insert_rows(Consignment, rows)


def _message(what: str, row: Consignment, booking: Booking, **more: Any) -> OutboxMessage:
    return OutboxMessage(
        key=f"carrier.{what}:{row.reference}", created_at=timezone.now(), channel=CHANNEL,
        payload={"what": what, "consignment": row.pk, "way": row.carrier.way, "booking": booking.model_dump(mode="json"), **more},
    )  # fmt: skip


@action(GoodsIssue, permission=HAND_OVER, name="hand_over", title=_("Hand over"), done=_("Handed over"), only_when=FREE)
def hand_over(
    issues: DocumentSet[GoodsIssue],
    *,
    carrier: Annotated[int, Field(json_schema_extra={"resource": "carriers"})],
    on: date | None = None,
    tracking: str = "",
    tell_customer: bool = True,
) -> None:
    """Hand posted deliveries over to a carrier under a number that he gave you: their packages stay as they are, their transport documents name him,
    and customers get a mail with the address where the parcel is followed."""
    refuse_handed_over(issues)
    if drafts := [i for i in issues if i.state != "posted"]:
        raise NotPosted(document=", ".join(map(str, drafts)), rows=rows_json(drafts))
    by = Carrier.objects.filter(pk=carrier, company__in={i.company_id for i in issues}, is_active=True).first()
    if by is None or any(i.company_id != by.company_id for i in issues):
        raise NotFound(what=f"{Carrier._meta.verbose_name} {carrier}")
    day, now = on or timezone.localdate(), timezone.now()
    rows = [
        Consignment(
            company_id=i.company_id, issue=i, carrier=by, on=max(day, i.on), tracking=tracking.strip(), state=Consignment.BOOKED, booked_at=now,
            reference=own_reference(), tells_customer=tell_customer,
        )
        for i in issues
    ]  # fmt: skip
    _write(rows, issues.actor)
    name_carrier(by, issues.ids)
    tell_customers(rows)


def name_carrier(carrier: Carrier, issues: Sequence[int]) -> None:
    """Write the carrier on the transport documents of deliveries that have not departed. Two statements."""
    papers = list(
        TransportDocument.objects.filter(source_table=GoodsIssue._meta.db_table, source_id__in=issues, state=TransportDocument.OPEN)
    )
    named = "\n".join(part for part in (carrier.name, carrier.details) if part)
    update_rows(
        TransportDocument,
        {"id": [p.pk for p in papers], "carried_by": [TransportDocument.CARRIER] * len(papers), "carrier": [named] * len(papers)},
    )


def tell_customers(rows: Sequence[Consignment]) -> None:
    """A mail to each customer who shall have one, with the address where the parcel is followed; what comes back with its label. Three statements."""
    wanted = [row for row in rows if row.tells_customer]
    issues = GoodsIssue.objects.select_related("customer", "company").in_bulk({row.issue_id for row in wanted})
    labels: dict[int, list[Attachment]] = defaultdict(list)
    for file in Attachment.objects.filter(
        table_name=TABLE, row_id__in=[row.pk for row in wanted if row.comes_back], name__contains="-label."
    ).order_by("pk"):
        labels[file.row_id].append(file)
    told = [(issues[row.issue_id], row) for row in sorted(wanted, key=lambda row: (row.issue_id, row.pk))]
    insert_rows(
        OutboxMessage,
        [
            _label_mail(i, row, labels[row.pk]) if row.comes_back else _mail(i, row)
            for i, row in told
            if i.customer.email and i.company.email
        ],
    )


def _mail(issue: GoodsIssue, row: Consignment) -> OutboxMessage:
    company, customer = issue.company, issue.customer
    with translation.override(customer.language):
        subject = gettext("Your delivery {number} from {company}").format(number=issue, company=company.name)
        greeting = gettext("Dear {name},").format(name=customer.name)
        left = gettext("your delivery {number} is on its way with {carrier}.").format(number=issue, carrier=row.carrier.name)
        where = gettext("Tracking number: {tracking}").format(tracking=row.tracking) if row.tracking else ""
    page = row.carrier.page_of(row.tracking)
    text = "\n\n".join(part for part in (greeting, left, where, page, company.name) if part)
    return OutboxMessage(
        key=f"shipping.handed_over:{row.pk}", created_at=timezone.now(), channel="mail",
        payload={
            "from_name": company.name, "from_address": company.email, "to": [customer.email], "subject": subject, "text": f"{text}\n", "headers": {},
        },
    )  # fmt: skip


def _label_mail(issue: GoodsIssue, row: Consignment, labels: Sequence[Attachment]) -> OutboxMessage:
    company, customer = issue.company, issue.customer
    with translation.override(customer.language):
        subject = gettext("Your label for the return {number} to {company}").format(number=row.about, company=company.name)
        greeting = gettext("Dear {name},").format(name=customer.name)
        words = gettext(
            "stick the label on the parcel of your return {number} and hand it over to {carrier}. Put the paper of the return into it."
        )
        where = gettext("Tracking number: {tracking}").format(tracking=row.tracking) if row.tracking else ""
    page = row.carrier.page_of(row.tracking)
    text = "\n\n".join(
        part for part in (greeting, words.format(number=row.about, carrier=row.carrier.name), where, page, company.name) if part
    )
    return OutboxMessage(
        key=f"shipping.comes_back:{row.pk}", created_at=timezone.now(), channel="mail",
        payload={
            "from_name": company.name, "from_address": company.email, "to": [customer.email], "subject": subject, "text": f"{text}\n", "headers": {},
            "attachments": [{"kind": MAILED_LABEL, "id": f.pk, "name": f.name, "media_type": f.media_type} for f in labels],
        },
    )  # fmt: skip


# ------------------------------------------------------------------ what people do with a consignment


@action(
    Consignment, moves={"booked": "booked"}, permission=HAND_OVER, name="note_number", title=_("Write down number"), done=_("Written down")
)
def note_number(consignments: DocumentSet[Consignment], *, tracking: Annotated[str, Field(min_length=1, max_length=100)]) -> None:
    """Write down the number by which the carrier follows a consignment that has none yet; it stays, and the customer is told."""
    if numbered := next((c for c in consignments if c.tracking), None):
        raise HasNumber(document=numbered, tracking=numbered.tracking, rows=rows_json([numbered]))
    rows = list(Consignment.objects.filter(pk__in=consignments.ids).select_related("carrier").order_by("pk"))
    for row in rows:
        row.tracking = tracking.strip()
    update_rows(Consignment, {"id": [r.pk for r in rows], "tracking": [r.tracking for r in rows]})
    tell_customers([r for r in rows if r.carrier.way != Carrier.BY_HAND])


@action(
    Consignment,
    moves={"to_book": "to_book", "booked": "booked"},
    permission=HAND_OVER,
    name="cancel_booking",
    title=_("Cancel booking"),
    done=_("Cancelled, or on its way to be"),
    needs_reason=True,
    dangerous=True,
    only_when=~Q(progress__in=ON_ITS_WAY),
)
def cancel_booking(consignments: DocumentSet[Consignment]) -> None:
    """Take consignments back that nobody has picked up: what the carrier may know of is cancelled with him, the rest here. Their packages may be
    changed then, and the deliveries booked anew."""
    if gone := [c for c in consignments if c.progress in ON_ITS_WAY]:
        raise StillAsked(document=gone[0], carrier=gone[0].carrier, rows=rows_json(gone))
    rows = list(Consignment.objects.filter(pk__in=consignments.ids).select_related("carrier").order_by("pk"))
    keys = {f"carrier.book:{r.reference}": r for r in rows}
    bookings = {m.key: m.payload["booking"] for m in OutboxMessage.objects.filter(key__in=keys)}
    messages = []
    for key, row in keys.items():
        if row.asked_at is None or key not in bookings:
            row.state = Consignment.CANCELLED
        else:
            row.state = Consignment.TO_CANCEL
            messages.append(_message("cancel", row, Booking.model_validate(bookings[key]), reason=consignments.reason[:200]))
    update_rows(Consignment, {"id": [r.pk for r in rows], "state": [r.state for r in rows]})
    for given, row in zip(consignments, rows, strict=True):
        given.state = row.state
    insert_rows(OutboxMessage, messages)


# ------------------------------------------------------------------ what the worker does


@carries(CHANNEL)
def carry(key: str, payload: Mapping[str, Any]) -> Noted | None:
    """Ask a carrier to book or to cancel. He is asked outside of any transaction; what he said is written with the message's being sent."""
    booking = Booking.model_validate(payload["booking"])
    return (_book if payload["what"] == "book" else _cancel)(payload, booking)


def _book(payload: Mapping[str, Any], booking: Booking) -> Noted | None:
    with unit_of_work(ACTOR, VERB):
        row = Consignment.objects.select_for_update().get(pk=payload["consignment"])
        if row.state not in (Consignment.TO_BOOK, Consignment.TO_CANCEL):
            return None
        is_first = row.asked_at is None
        if is_first:
            # Written down before he is asked: whoever comes after a crash looks first whether the carrier has it already.
            Consignment.objects.filter(pk=row.pk).update(asked_at=timezone.now())
    way = WAYS[payload["way"]]
    found = None if is_first else _remembered(booking.reference) or way.find(booking)
    if found is None:
        if row.state == Consignment.TO_CANCEL:
            return None
        try:
            found = way.book(booking)
        except Refused as refusal:
            return partial(_note_refusal, row.pk, refusal.words)
        _remember(booking.reference, found)
    return partial(_note_booked, row.pk, booking, found, way.has_labels)


def _note_refusal(pk: int, words: str) -> None:
    Consignment.objects.filter(pk=pk, state=Consignment.TO_BOOK).update(state=Consignment.REFUSED, said=words[:WORDS])
    # What was to be cancelled meanwhile does not exist at the carrier's.
    Consignment.objects.filter(pk=pk, state=Consignment.TO_CANCEL).update(said=words[:WORDS])


def _note_booked(pk: int, booking: Booking, found: Booked, has_labels: bool) -> None:
    row = Consignment.objects.select_for_update(of=("self",)).select_related("carrier").get(pk=pk)
    row.tracking, row.pickup, row.booked_at = row.tracking or found.tracking, row.pickup or found.pickup, row.booked_at or timezone.now()
    row.said = ""
    if has_labels and not found.papers:
        row.said = gettext("The label did not arrive with the answer. Print it on the carrier's own page, or cancel and book anew.")
    if row.state == Consignment.TO_BOOK:
        row.state = Consignment.BOOKED
    row.save(update_fields=["state", "tracking", "pickup", "booked_at", "said"])
    packages = {p.number: p.package for p in booking.parcels}
    there = set(ConsignmentParcel.objects.filter(consignment=row).values_list("package", flat=True))
    insert_rows(
        ConsignmentParcel,
        [
            ConsignmentParcel(consignment=row, package_id=packages[number], tracking=tracking)
            for number, tracking in sorted(found.parcels.items())
            if packages[number] not in there and not row.comes_back
        ],
    )
    called = str(row).replace("/", "-")  # a file's name holds no path
    kept = [keep(f"{called}-{p.name}", [p.content]) for p in found.papers]
    insert_rows(
        Attachment,
        [Attachment(table_name=TABLE, row_id=row.pk, name=k.name, media_type=k.media_type, size=k.size, digest=k.digest) for k in kept],
    )
    if row.state == Consignment.BOOKED and row.tracking:
        tell_customers([row])
    transaction.on_commit(partial(_forget, booking.reference))


def _cancel(payload: Mapping[str, Any], booking: Booking) -> Noted | None:
    with unit_of_work(ACTOR, VERB):
        row = Consignment.objects.get(pk=payload["consignment"])
        asked = OutboxMessage.objects.get(key=f"carrier.book:{booking.reference}")
    if row.state != Consignment.TO_CANCEL:
        return None
    if asked.sent_at is None and asked.attempts < OutboxMessage.MOST_ATTEMPTS:
        raise NotCarried("the carrier has not answered the booking yet")
    if row.booked_at is None:
        # The booking was given up or refused: perhaps he has it, and only his answer was lost.
        found = WAYS[payload["way"]].find(booking)
    else:
        found = Booked(row.tracking, {}, row.pickup)
    if found is None:
        return partial(_note_cancelled, row.pk)
    try:
        WAYS[payload["way"]].cancel(booking, found, str(payload.get("reason", "")))
    except Refused as refusal:
        return partial(_note_not_cancelled, row.pk, booking, found, refusal.words)
    return partial(_note_cancelled, row.pk)


def _note_cancelled(pk: int) -> None:
    Consignment.objects.filter(pk=pk, state=Consignment.TO_CANCEL).update(state=Consignment.CANCELLED)


def _note_not_cancelled(pk: int, booking: Booking, found: Booked, words: str) -> None:
    """The carrier keeps it: it is booked as before, and says why."""
    row = Consignment.objects.select_for_update().get(pk=pk)
    if row.state == Consignment.TO_CANCEL:
        row.state, row.said, row.booked_at = Consignment.BOOKED, words[:WORDS], row.booked_at or timezone.now()
        row.tracking = row.tracking or found.tracking
        row.save(update_fields=["state", "said", "booked_at", "tracking"])


# ------------------------------------------------------------------ an answer, kept until it is written


def _answer_of(reference: str) -> Path:
    return lying("answers", f"{reference}.json")


def _remember(reference: str, booked: Booked) -> None:
    """Keep an answer on disk until it is written in the books: a worker that dies between the two has it still, with the labels."""
    if not booked.tracking:
        return
    target = _answer_of(reference)
    target.parent.mkdir(parents=True, exist_ok=True)
    papers = {p.name: p.content.hex() for p in booked.papers}
    text = json.dumps({"tracking": booked.tracking, "parcels": booked.parcels, "pickup": booked.pickup, "papers": papers})
    with tempfile.NamedTemporaryFile("w", dir=target.parent, prefix=".answer-", delete=False) as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, target)


def _remembered(reference: str) -> Booked | None:
    try:
        kept = json.loads(_answer_of(reference).read_text())
    except FileNotFoundError:
        return None
    papers = [Paper(name, bytes.fromhex(content)) for name, content in kept["papers"].items()]
    return Booked(kept["tracking"], {int(n): t for n, t in kept["parcels"].items()}, kept["pickup"], papers)


def _forget(reference: str) -> None:
    _answer_of(reference).unlink(missing_ok=True)


@keeps
def carriers_papers(files: Sequence[Attachment]) -> set[int]:
    """Labels and other papers of carriers stay on their consignment."""
    return {f.pk for f in files if f.table_name == TABLE}


__all__ = ["book_back", "book_carrier", "cancel_booking", "carry", "hand_over", "note_number"]
