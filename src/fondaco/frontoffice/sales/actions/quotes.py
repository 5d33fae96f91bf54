"""The verbs of a quote: send, revise, accept, decline, expire."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

from django.utils import timezone, translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.crm.actions import win_by_quote
from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.sales.actions.orders import confirm
from fondaco.frontoffice.sales.approving import ASKABLE_QUOTES, QUOTES, countered_by, counters_of, cut, refuse_withdrawn
from fondaco.frontoffice.sales.credit import note_quotes
from fondaco.frontoffice.sales.fingerprints import fingerprint
from fondaco.frontoffice.sales.links import address_of, hash_of, new_seed, token_of
from fondaco.frontoffice.sales.models import DRAWN, Order, OrderLine, Quote, QuoteLine
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.frontoffice.sales.refusals import NothingOffered, OnlyThroughLink, OutOfDate, StillValid
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import perform, rows_json
from fondaco.platform.events.bus import emit
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO
from fondaco.platform.resources.schema import Text

Words = Annotated[Text, Field(max_length=10_000)]
Drawn = Annotated[str, Field(max_length=20_000, pattern=rf"^$|{DRAWN}")]
Name = Annotated[Text, Field(min_length=1, max_length=300)]

COPIED = (
    "company_id", "customer_id", "contact", "reference", "currency_id", "prices_include_tax", "channel_id", "salesperson_id",
    "payment_term_id", "shipping_address", "conditions", "net", "tax", "gross",
)  # fmt: skip
#: What of a quote is about its lines that recur.
RECURRING = ("starts_on", "term_months", "monthly", "term_value")
COPIED_LINE = (
    "position", "product_id", "description", "quantity", "second_quantity", "unit_price", "discount_percent", "tax_code_id", "tax_rate",
    "tax_explanation", "price_explanation", "net", "tax", "configuration_id", "made_of",
)  # fmt: skip


@action(Quote, moves={"draft": "sent", "sent": "sent"}, permission="sales.send_quote", title=_("Send"), done=_("Sent"))
def send(quotes: DocumentSet[Quote], *, to: Words = "", message: Words = "", on: date | None = None) -> None:
    """Offer quotes to their customers: number them, make the link by which the customer accepts, and mail it.

    The mail goes to ``to``, else to the customer's address; without either none is sent and the link is handed over by hand.
    A quote that wants an approval by its margin, discounts or credit is refused until it has it as it stands.
    A quote that was sent already is mailed again with the same link. ``on`` is the day it is sent, today when empty.
    """
    day = on or timezone.localdate()
    lines = lines_of(QuoteLine, quotes.ids)
    _check_offerable(quotes.rows, lines, day)
    approvals.require(QUOTES, [q.pk for q in quotes if q.state == "draft"], actor=quotes.actor)
    refuse_withdrawn([q for q in quotes if q.state == "sent"])
    quotes.number()
    parties = Party.objects.in_bulk({q.customer_id for q in quotes})
    companies = Company.objects.in_bulk({q.company_id for q in quotes})
    for q in quotes:
        q.link_seed = q.link_seed or new_seed()
        q.link_hash = hash_of(token_of(q.link_seed))
        q.sent_at, q.sent_to = _moment_on(day), to or parties[q.customer_id].email
    quotes.save("link_seed", "link_hash", "sent_at", "sent_to")
    note_quotes(quotes.rows, day)
    mails = [_mail(q, companies[q.company_id], parties[q.customer_id], message) for q in quotes if q.sent_to]
    insert_rows(OutboxMessage, mails)
    record([told(q, quotes.actor, _now("Quote {number} sent"), on=day, direction="out", body=message) for q in quotes])


@action(
    Quote,
    moves={"draft": "draft"},
    permission="sales.write_quote",
    title=_("Ask for approval"),
    done=_("Asked for approval"),
    only_when=ASKABLE_QUOTES,
)
def ask_approval(quotes: DocumentSet[Quote], *, words: Words = "") -> None:
    """Ask for the approval that policies want before quotes are sent, by margin, discounts and credit; the approvers are told by mail.

    ``words`` are for them: why it is worth it.
    """
    quotes.made["approval-requests"] = approvals.ask(QUOTES, quotes.ids, actor=quotes.actor, words=words)
    day = timezone.localdate()
    record([told(q, quotes.actor, _now("Approval asked for quote {number}"), on=day, body=words) for q in quotes])


@action(
    Quote,
    moves={"draft": "draft"},
    permission="sales.write_quote",
    title=_("Take over the counter-proposal"),
    done=_("Discounts cut; approved as it stands"),
    only_when=countered_by(Quote._meta.db_table),
)
def take_counter(quotes: DocumentSet[Quote]) -> None:
    """Cut the discounts of quotes to what their approvers agreed to; so they are approved, and may be sent."""
    cut(quotes.actor, Quote, QuoteLine, "quotes", counters_of(Quote, quotes.ids))


def _moment_on(day: date) -> datetime:
    """The moment of what happened on a day: now, where it is today; of another day only the day is known, so its noon."""
    now = timezone.localtime()
    return now if day == now.date() else timezone.make_aware(datetime.combine(day, time(12)))


def _check_offerable(quotes: Sequence[Quote], lines: dict[int, list[QuoteLine]], day: date) -> None:
    empty = [q for q in quotes if not lines[q.pk]]
    if empty:
        raise NothingOffered(document=", ".join(map(str, empty)), verb=_("send"), rows=rows_json(empty))
    late = [q for q in quotes if q.valid_until is not None and q.valid_until < day]
    if late:
        raise OutOfDate(document=", ".join(map(str, late)), valid_until=late[0].valid_until, on=day, rows=rows_json(late))


def _mail(quote: Quote, company: Company, customer: Party, message: str) -> OutboxMessage:
    with translation.override(customer.language):
        subject = _now("Quote {number} from {company}").format(number=quote, company=company.name)
        greeting = _now("Dear {name},").format(name=quote.contact or customer.name)
        offer = message or _now("please find our quote {number} here:").format(number=quote)
        until = _now("It is valid until {day}. You can read it, print it and accept it on that page.").format(
            day=f"{quote.valid_until:%d.%m.%Y}" if quote.valid_until else "–"
        )
    return OutboxMessage(
        # The moment is part of the effect: sending again is another mail, retrying the same one is not.
        key=f"sales.quote:{quote.pk}:{timezone.now().isoformat()}",
        created_at=timezone.now(),
        channel="mail",
        payload={
            "from_name": company.name,
            "from_address": company.email,
            "to": [quote.sent_to],
            "subject": subject,
            "text": f"{greeting}\n\n{offer}\n\n{address_of(quote)}\n\n{until}\n\n{company.name}\n",
            "headers": {},
        },
    )


def told(quote: Quote, actor: Actor, title: str, *, on: date, direction: str = "", body: str = "") -> Interaction:
    """What happened to a quote, for the customer's timeline."""
    return Interaction(
        party_id=quote.customer_id,
        company_id=quote.company_id,
        on=on,
        kind="quote",
        channel=actor.channel,
        direction=direction,
        title=title.format(number=quote),
        body=body,
        source_table=Quote._meta.db_table,
        source_id=quote.pk,
        amount=quote.gross,
        currency_id=quote.currency_id,
        by=actor.username,
    )


@action(
    Quote,
    moves={"sent": "replaced", "declined": "replaced", "expired": "replaced"},
    permission="sales.write_quote",
    title=_("Revise"),
    done=_("Next version drafted"),
)
def revise(quotes: DocumentSet[Quote], *, on: date | None = None) -> None:
    """Draft the next version of quotes, with the same number and lines; the link of the version before is closed."""
    day = on or timezone.localdate()
    lines = lines_of(QuoteLine, quotes.ids)
    versions = []
    for q in quotes:
        stood = (q.valid_until - q.on) if q.valid_until else None
        versions.append(
            Quote(
                **{name: getattr(q, name) for name in COPIED},
                number=q.number,
                on=day,
                valid_until=day + stood if stood is not None else None,
                opportunity_id=q.opportunity_id,
                **{name: getattr(q, name) for name in RECURRING},
                version_number=q.version_number + 1,
                replaces=q,
            )
        )
    insert_rows(Quote, versions)
    copies = [
        QuoteLine(quote=new, per_months=ln.per_months, **_line_values(ln))
        for q, new in zip(quotes, versions, strict=True)
        for ln in lines[q.pk]
    ]
    insert_rows(QuoteLine, copies)
    quotes.made["quotes"] = [v.pk for v in versions]


def _line_values(line: QuoteLine) -> dict[str, object]:
    return {name: getattr(line, name) for name in COPIED_LINE}


@action(Quote, moves={"sent": "accepted"}, permission="sales.accept_quote", title=_("Accept"), needs_reason=True, done=_("Accepted"))
def accept(quotes: DocumentSet[Quote], *, name: Name, on: date | None = None) -> None:
    """Record that customers accepted quotes in another way than through the link: who did, and (as the reason) how you know.

    Each becomes a confirmed order with the same lines and amounts; what is in stock is reserved, the rest is owed. What recurs becomes a contract in
    force instead, whose first invoice is what the quote said.
    """
    for q in quotes:
        q.accepted_by, q.accepted_reason = name, quotes.reason
    _take(quotes, on or timezone.localdate())


@action(
    Quote,
    moves={"sent": "accepted"},
    permission="sales.accept_by_link",
    title=_("Accept"),
    done=_("Accepted. Thank you"),
    hidden=True,
)
def accept_by_link(
    quotes: DocumentSet[Quote],
    *,
    name: Name,
    address: Words = "",
    agent: Words = "",
    consent: Words = "",
    signature: Drawn = "",
    reference: Annotated[Text, Field(max_length=300)] = "",
    on: date | None = None,
) -> None:
    """Accept a quote as its customer, through the link: with name, network address and program, the sentence agreed to and the signature as drawn.

    The customer's own number stands on the order."""
    _only_through_link(quotes)
    for q in quotes:
        q.accepted_consent, q.accepted_signature = consent, signature
        q.accepted_by, q.accepted_address, q.accepted_agent = name, address[:100], agent[:500]
    _take(quotes, on or timezone.localdate(), reference)


def _only_through_link(quotes: DocumentSet[Quote]) -> None:
    if quotes.actor.channel != "link":
        raise OnlyThroughLink(document=", ".join(map(str, quotes)), rows=rows_json(quotes.rows))


def _note_acceptance(quotes: DocumentSet[Quote], lines: dict[int, list[QuoteLine]], day: date) -> None:
    """Make quotes accepted, with the fingerprint of what was; tell the timeline, and win their opportunities."""
    _check_offerable(quotes.rows, lines, day)
    refuse_withdrawn(quotes.rows)
    for q in quotes:
        q.accepted_at, q.accepted_content, q.state = _moment_on(day), fingerprint(q, lines[q.pk]), "accepted"
    # In one statement with the state: the database knows no accepted quote without a name and a fingerprint.
    quotes.save(
        "state",
        "accepted_at",
        "accepted_by",
        "accepted_address",
        "accepted_agent",
        "accepted_content",
        "accepted_reason",
        "accepted_consent",
        "accepted_signature",
    )
    record([told(q, quotes.actor, _now("Quote {number} accepted"), on=day, direction="in", body=q.accepted_by) for q in quotes])
    _win_opportunities(quotes, day)


def _take(quotes: DocumentSet[Quote], day: date, reference: str = "") -> None:
    """Make orders of accepted quotes, in the transaction of the acceptance, and tell rooms above what of them recurs (``sales.recurs``)."""
    lines = lines_of(QuoteLine, quotes.ids)
    _note_acceptance(quotes, lines, day)
    own = {"reference": reference} if reference else {}
    once = {q.pk: [ln for ln in lines[q.pk] if not ln.per_months] for q in quotes}
    orders = [
        Order(**{name: getattr(q, name) for name in COPIED} | own | _sums(once[q.pk]), on=day, quote=q, reserve_partly=True)
        for q in quotes
        if once[q.pk]
    ]
    if orders:
        insert_rows(Order, orders)
        insert_rows(OrderLine, [OrderLine(order=o, quote_line=ln, **_line_values(ln)) for o in orders for ln in once[o.quote_id or 0]])
        confirm(DocumentSet(Order, orders, quotes.actor, quotes.reason), on=day)
        quotes.made["orders"] = [o.pk for o in orders]
    recurring = [q for q in quotes if len(once[q.pk]) < len(lines[q.pk])]
    if recurring:
        for q in recurring:
            q.starts_on = q.starts_on or day
        told_of = DocumentSet(Quote, recurring, quotes.actor, quotes.reason)
        emit("sales.recurs", told_of, {q.pk: [ln for ln in lines[q.pk] if ln.per_months] for q in recurring}, own)
        quotes.made |= told_of.made


def _sums(lines: Sequence[QuoteLine]) -> dict[str, Decimal]:
    net, tax = sum((ln.net for ln in lines), ZERO), sum((ln.tax for ln in lines), ZERO)
    return {"net": net, "tax": tax, "gross": net + tax}


def _win_opportunities(quotes: DocumentSet[Quote], day: date) -> None:
    keys = {q.opportunity_id for q in quotes if q.opportunity_id}
    if keys:
        won = list(Opportunity.objects.select_for_update().filter(pk__in=keys, state="open").order_by("pk"))
        if won:
            win_by_quote(DocumentSet(Opportunity, won, quotes.actor, quotes.reason), day)


@action(Quote, moves={"sent": "declined"}, permission="sales.accept_quote", title=_("Decline"), needs_reason=True, done=_("Declined"))
def decline(quotes: DocumentSet[Quote], *, on: date | None = None) -> None:
    """Record that customers declined quotes, and why."""
    _decline(quotes, on or timezone.localdate(), quotes.reason)


@action(Quote, moves={"sent": "declined"}, permission="sales.accept_by_link", title=_("Decline"), done=_("Declined"), hidden=True)
def decline_by_link(quotes: DocumentSet[Quote], *, reason: Words = "", on: date | None = None) -> None:
    """Decline a quote as its customer, through the link."""
    _only_through_link(quotes)
    _decline(quotes, on or timezone.localdate(), reason)


def _decline(quotes: DocumentSet[Quote], day: date, reason: str) -> None:
    for q in quotes:
        q.declined_at, q.declined_reason = _moment_on(day), reason
    quotes.save("declined_at", "declined_reason")
    record([told(q, quotes.actor, _now("Quote {number} declined"), on=day, direction="in", body=reason) for q in quotes])


@action(Quote, moves={"sent": "expired"}, permission="sales.write_quote", title=_("Expire"), done=_("Expired"))
def expire(quotes: DocumentSet[Quote], *, on: date | None = None) -> None:
    """Close quotes whose last day has passed; their links are closed with them."""
    day = on or timezone.localdate()
    standing = [q for q in quotes if q.valid_until is not None and q.valid_until >= day]
    if standing:
        names = ", ".join(map(str, standing[:20]))
        raise StillValid(document=names, valid_until=standing[0].valid_until, on=day, rows=rows_json(standing))
    record([told(q, quotes.actor, _now("Quote {number} expired"), on=day) for q in quotes])


def expire_due(actor: Actor, on: date | None = None) -> list[int]:
    """Expire every quote whose last day has passed, for the nightly job; the keys of those that were."""
    day = on or timezone.localdate()
    due = list(Quote.objects.filter(state="sent", valid_until__lt=day).order_by("pk").values_list("pk", flat=True))
    return perform(actor, expire, due, {"on": day}).ids if due else []
