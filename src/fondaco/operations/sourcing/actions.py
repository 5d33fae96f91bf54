"""The verbs of requests for quotation: send, remind, cancel, award; and of asked vendors: answer, decline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.companies.models import Company, Currency
from fondaco.masterdata.users.outside import CHANNEL
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.purchasing.resources import PurchaseOrderResource
from fondaco.operations.sourcing.links import address_of, hash_of, new_seed, token_of
from fondaco.operations.sourcing.models import Award, Invitation, Offer, OfferLine, QuoteRequest, QuoteRequestLine
from fondaco.operations.sourcing.queries import last_offers, lines_of
from fondaco.operations.sourcing.refusals import (
    AwardedTooMuch,
    NobodyAsked,
    NoSuchAskedLine,
    NoSuchCurrency,
    NothingAsked,
    NothingAwarded,
    NothingPriced,
    NotOffered,
    OfferOver,
)
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.schema import Text
from fondaco.platform.resources.writing import create

Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
Price = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
Money = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)]
Days = Annotated[int, Field(ge=0, le=3660)]
Words = Annotated[Text, Field(max_length=10_000)]
Name = Annotated[Text, Field(max_length=300)]


# ------------------------------------------------------------------ asking


@action(QuoteRequest, moves={"draft": "sent"}, permission="sourcing.send_request", title=_("Send"), done=_("Sent to the vendors"))
def send(requests: DocumentSet[QuoteRequest]) -> None:
    """Ask vendors to offer: number the requests, make each vendor a link of his own, and mail it where an address is known.

    The link of a vendor without an address is handed over by hand; it stands on his line of the request.
    """
    lines = lines_of(requests.ids)
    asked = _invitations(requests.ids)
    for request in requests:
        if not lines[request.pk]:
            raise NothingAsked(document=request, rows=rows_json([request]))
        if not asked[request.pk]:
            raise NobodyAsked(document=request, rows=rows_json([request]))
    requests.number()
    now = timezone.now()
    invitations = [i for rows in asked.values() for i in rows]
    for invitation in invitations:
        invitation.email = invitation.email or invitation.vendor.email
        invitation.link_seed = new_seed()
        invitation.link_hash = hash_of(token_of(invitation.link_seed))
        invitation.sent_at = now if invitation.email else None
    DocumentSet(Invitation, invitations, requests.actor).save("email", "link_seed", "link_hash", "sent_at")
    _mail(requests.rows, invitations)


@action(QuoteRequest, moves={"sent": "sent"}, permission="sourcing.send_request", title=_("Remind"), done=_("Reminded"))
def remind(requests: DocumentSet[QuoteRequest]) -> None:
    """Mail the link once more to vendors who have neither answered nor declined."""
    waiting = [i for rows in _invitations(requests.ids).values() for i in rows if i.state == "asked"]
    _mail(requests.rows, waiting)


def _invitations(requests: Iterable[int]) -> dict[int, list[Invitation]]:
    found: dict[int, list[Invitation]] = {pk: [] for pk in requests}
    rows = Invitation.objects.filter(request__in=list(found)).select_related("vendor").order_by("request_id", "position", "id")
    for row in rows:
        found[row.request_id].append(row)
    return found


def _mail(requests: Sequence[QuoteRequest], invitations: Sequence[Invitation]) -> None:
    by_key = {r.pk: r for r in requests}
    companies = Company.objects.in_bulk({r.company_id for r in requests})
    moment = timezone.now().isoformat()
    messages = []
    for invitation in invitations:
        if not invitation.email:
            continue
        request, company = by_key[invitation.request_id], companies[invitation.company_id]
        with translation.override(invitation.vendor.language):
            subject = _now("{company} asks for your offer: {subject}").format(company=company.name, subject=request.subject)
            text = "\n\n".join(
                [
                    _now("Dear {name},").format(name=invitation.vendor.name),
                    _now("please offer what we ask for in {number} on this page, by {day}:").format(
                        number=request.number, day=f"{request.answer_by:%d.%m.%Y}"
                    ),
                    address_of(invitation),
                    _now("Nobody but you sees your prices, and the link is yours alone: do not pass it on."),
                    company.name,
                ]
            )
        messages.append(
            OutboxMessage(
                key=f"sourcing.request:{invitation.pk}:{moment}",
                created_at=timezone.now(),
                channel="mail",
                payload={
                    "from_name": company.name,
                    "from_address": company.email,
                    "to": [invitation.email],
                    "subject": subject,
                    "text": text,
                    "headers": {},
                },
            )
        )
    insert_rows(OutboxMessage, messages)


@action(
    QuoteRequest,
    moves={"draft": "cancelled", "sent": "cancelled"},
    permission="sourcing.send_request",
    title=_("Cancel"),
    needs_reason=True,
    dangerous=True,
    done=_("Cancelled"),
)
def cancel(requests: DocumentSet[QuoteRequest]) -> None:
    """Call requests off; the links of their vendors are closed."""


# ------------------------------------------------------------------ answering

ANSWERED = {"asked": "answered", "answered": "answered", "declined": "answered"}


@action(Invitation, moves=ANSWERED, permission="sourcing.answer_by_link", title=_("Answer"), hidden=True)
def answer_by_link(
    invitations: DocumentSet[Invitation],
    *,
    prices: dict[int, Price],
    currency: str,
    by: Name,
    quantities: dict[int, Quantity] = {},  # noqa: B006  a default for the doors, never changed
    days: dict[int, Days] = {},  # noqa: B006  a default for the doors, never changed
    freight: Money = ZERO,
    valid_until: date | None = None,
    note: Words = "",
    address: Name = "",
) -> None:
    """Keep what a vendor answers through his link, or signed in; his earlier answers stay, the last one counts."""
    source = "portal" if invitations.actor.channel == CHANNEL else "link"
    _answer(invitations, prices, quantities, days, currency, freight, valid_until, note, by, source, address)


@action(Invitation, moves=ANSWERED, permission="sourcing.write_request", title=_("Enter answer"), done=_("Answer kept"))
def enter_answer(
    invitations: DocumentSet[Invitation],
    *,
    prices: dict[int, Price],
    currency: str,
    by: Name = "",
    quantities: dict[int, Quantity] = {},  # noqa: B006  a default for the doors, never changed
    days: dict[int, Days] = {},  # noqa: B006  a default for the doors, never changed
    freight: Money = ZERO,
    valid_until: date | None = None,
    note: Words = "",
) -> None:
    """Keep an answer that a vendor gave by mail, telephone or file, line by line; his earlier answers stay, the last one counts."""
    _answer(invitations, prices, quantities, days, currency, freight, valid_until, note, by, "buyer", "")


def _answer(
    invitations: DocumentSet[Invitation],
    prices: Mapping[int, Decimal],
    quantities: Mapping[int, Decimal],
    days: Mapping[int, int],
    currency: str,
    freight: Decimal,
    valid_until: date | None,
    note: str,
    by: str,
    source: str,
    address: str,
) -> None:
    if not Currency.objects.filter(code=currency).exists():
        raise NoSuchCurrency(currency=currency[:20], fields={"currency": currency[:20]})
    lines = lines_of({i.request_id for i in invitations})
    requests = QuoteRequest.objects.in_bulk({i.request_id for i in invitations})
    before = dict(Offer.objects.filter(invitation__in=invitations.ids).order_by().values_list("invitation_id").annotate(last=Max("place")))
    offers, rows = [], []
    for invitation in invitations:
        asked = {ln.pk: ln for ln in lines[invitation.request_id]}
        request = requests[invitation.request_id]
        strange = next((k for k in [*prices, *quantities, *days] if k not in asked), None)
        if strange is not None:
            raise NoSuchAskedLine(line=strange, document=request)
        if not prices:
            raise NothingPriced(document=request)
        offer = Offer(
            invitation=invitation, place=before.get(invitation.pk, 0) + 1, currency_id=currency, freight=freight, valid_until=valid_until,
            note=note, by=by, source=source, address=address,
        )  # fmt: skip
        offers.append(offer)
        rows += [
            OfferLine(
                offer=offer, line_id=key, unit_price=price, quantity=quantities.get(key, asked[key].quantity), lead_days=days.get(key)
            )
            for key, price in sorted(prices.items())
        ]
    insert_rows(Offer, offers)
    for row in rows:
        row.offer = row.offer  # its key is known only now
    insert_rows(OfferLine, rows)


@action(
    Invitation,
    moves={"asked": "declined", "answered": "declined"},
    permission="sourcing.answer_by_link",
    title=_("Decline"),
    hidden=True,
)
def decline_by_link(invitations: DocumentSet[Invitation], *, why: Words = "") -> None:
    """A vendor offers nothing, for a reason of his own; while the request is open he may still change his mind."""
    for invitation in invitations:
        invitation.declined_reason = why
    invitations.save("declined_reason")


# ------------------------------------------------------------------ awarding


@action(QuoteRequest, moves={"sent": "awarded"}, permission="sourcing.award_request", title=_("Award"), done=_("Awarded: orders drafted"))
def award(requests: DocumentSet[QuoteRequest], *, quantities: dict[int, Quantity]) -> None:
    """Split what was asked for between vendors, by offered line and quantity, and draft an order for each of them at his prices.

    A vendor's freight stands on his order as a line of its own. What nobody gets is not ordered. The orders are drafts: whoever may confirm
    them looks at them, and approvals apply.
    """
    offered = {
        o.pk: o
        for o in OfferLine.objects.filter(pk__in=list(quantities), offer__invitation__request__in=requests.ids)
        .select_related("offer__invitation__vendor", "line")
        .order_by("line__position", "id")
    }
    names = ", ".join(map(str, requests))
    if not quantities:
        raise NothingAwarded(document=names)
    valid = {o.pk for o in last_offers({o.offer.invitation_id for o in offered.values()}).values()}
    if any(key not in offered for key in quantities) or any(o.offer_id not in valid for o in offered.values()):
        raise NotOffered(document=names)
    today = timezone.localdate()
    by_request: dict[int, list[OfferLine]] = defaultdict(list)
    for row in offered.values():
        by_request[row.offer.invitation.request_id].append(row)
    values, parts = [], []
    for request in requests:
        chosen = by_request[request.pk]
        if not chosen:
            raise NothingAwarded(document=request, rows=rows_json([request]))
        _judge(request, chosen, quantities, today)
        for offer, rows in _by_offer(chosen):
            values.append(_order(request, offer, rows, quantities, today))
            parts.append(rows)
    made = create(requests.actor, PurchaseOrderResource, values).ids
    lines: dict[int, list[int]] = defaultdict(list)
    for order, pk in PurchaseOrderLine.objects.filter(order__in=made).order_by("order_id", "position", "id").values_list("order_id", "id"):
        lines[order].append(pk)
    insert_rows(
        Award,
        [
            Award(offered=row, order_line_id=key, quantity=quantities[row.pk])
            for order, rows in zip(made, parts, strict=True)
            for row, key in zip(rows, lines[order], strict=False)
        ],
    )
    requests.made["purchase-orders"] = list(made)


def _judge(request: QuoteRequest, chosen: Sequence[OfferLine], quantities: Mapping[int, Decimal], today: date) -> None:
    total: dict[int, Decimal] = defaultdict(lambda: ZERO)
    asked: dict[int, QuoteRequestLine] = {}
    for row in chosen:
        if row.offer.valid_until and row.offer.valid_until < today:
            raise OfferOver(vendor=row.offer.invitation.vendor, day=row.offer.valid_until, rows=rows_json([request]))
        what = {"document": request, "line": row.line.position, "rows": rows_json([request])}
        if quantities[row.pk] > row.quantity:
            raise AwardedTooMuch(asked=figure(quantities[row.pk]), most=figure(row.quantity), why=_now("were offered"), **what)
        total[row.line_id] += quantities[row.pk]
        asked[row.line_id] = row.line
        if total[row.line_id] > row.line.quantity:
            raise AwardedTooMuch(asked=figure(total[row.line_id]), most=figure(row.line.quantity), why=_now("were asked for"), **what)


def _by_offer(chosen: Sequence[OfferLine]) -> list[tuple[Offer, list[OfferLine]]]:
    found: dict[int, list[OfferLine]] = defaultdict(list)
    for row in chosen:
        found[row.offer_id].append(row)
    return [(rows[0].offer, rows) for _key, rows in sorted(found.items())]


def _order(
    request: QuoteRequest, offer: Offer, rows: Sequence[OfferLine], quantities: Mapping[int, Decimal], today: date
) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [
        {
            "product": row.line.product_id,
            "description": row.line.description,
            "quantity": str(quantities[row.pk]),
            "unit_price": str(row.unit_price),
            "expected_on": None if row.lead_days is None else (today + timedelta(days=row.lead_days)).isoformat(),
        }
        for row in rows
    ]
    if offer.freight:
        lines.append({"description": _now("Freight"), "quantity": "1", "unit_price": str(offer.freight)})
    days = [row.lead_days for row in rows if row.lead_days is not None]
    return {
        "company": request.company_id,
        "vendor": offer.invitation.vendor_id,
        "on": today.isoformat(),
        "expected_on": (today + timedelta(days=max(days))).isoformat() if days else None,
        "warehouse": request.warehouse_id,
        "currency": offer.currency_id,
        "memo": f"{request.number}: {request.subject}",
        "lines": lines,
    }
