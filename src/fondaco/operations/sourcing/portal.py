"""What a vendor does with his own orders and bills (PC-06): read, confirm, ask for another day, announce a shipment, send an invoice, see payments.

He comes by a link of his own, where nobody is signed in, or as a portal user of his party. Either way an open ``VendorAccess`` says which vendor of which
company, and ``queries.own_orders`` and its like are the one definition of what he sees. Whatever else is asked for, the same refusal answers. What he
does is done by an actor who holds one right, in that company.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.einvoicing.receiving import Brought, bring
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.users.models import OutsideUser
from fondaco.masterdata.users.outside import CHANNEL, Invited, let_in, shut_out
from fondaco.operations.inventory.lots import parse
from fondaco.operations.inventory.refusals import NameLots
from fondaco.operations.inventory.weighing import whole
from fondaco.operations.purchasing.actions import receive
from fondaco.operations.purchasing.direct import Sent, announced_direct, receipts_of, to_send
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.queries import HUNDRED, is_goods, measured_lines, tolerance_of
from fondaco.operations.sourcing.links import access_path, access_token, hash_of, new_seed
from fondaco.operations.sourcing.models import OrderAnswer, VendorAccess
from fondaco.operations.sourcing.queries import access_by_token, announced, own_bills, own_orders, own_payments, own_requests, seat_of
from fondaco.operations.sourcing.refusals import (
    AnnounceApart,
    AnnouncedTooMuch,
    AskedBefore,
    LinkClosed,
    NoFile,
    NotAwaited,
    NothingToInvite,
    PersonWithoutAddress,
)
from fondaco.operations.supply.models import Peg
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import Action, DocumentSet, action
from fondaco.platform.documents.performing import perform, rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.schema import Text

LINK = "vendor.link"
RIGHT = "sourcing.use_vendor_link"
Quantity = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
#: Lots and serial numbers of a line, as on the line of a receipt.
LotsText = Annotated[Text, Field(max_length=20_000)]
Words = Annotated[Text, Field(max_length=2_000)]
SHOWN = 100


# ------------------------------------------------------------------ the house


@action(
    VendorAccess,
    moves={"draft": "open"},
    permission="sourcing.open_access",
    title=_("Open"),
    done=_("Open: the vendor sees his orders and bills"),
)
def open_access(accesses: DocumentSet[VendorAccess]) -> None:
    """Let vendors see their own orders and bills: by a link of their own, mailed where an address is known, or the person who is named by a
    password, which he sets by a link that he is mailed."""
    parties = Party.objects.in_bulk({a.vendor_id for a in accesses})
    companies = Company.objects.in_bulk({a.company_id for a in accesses})
    now = timezone.now()
    messages, people = [], []
    for access in accesses:
        vendor, company = parties[access.vendor_id], companies[access.company_id]
        if access.person:
            if not access.email:
                raise PersonWithoutAddress(person=access.person, vendor=vendor, rows=rows_json([access]))
            access.sent_at = now
            people.append((access, Invited(vendor, access.email, access.person, company.name, company.email)))
            continue
        access.email = access.email or vendor.email
        access.link_seed = new_seed()
        access.link_hash = hash_of(access_token(access.link_seed))
        access.sent_at = now if access.email else None
        if access.email:
            messages.append(_mail(access, vendor, company))
    for (access, _invited), user in zip(people, let_in([invited for _access, invited in people]) if people else [], strict=True):
        access.user = user
    accesses.save_with_state("email", "link_seed", "link_hash", "sent_at", "user")
    insert_rows(OutboxMessage, messages)


@action(
    VendorAccess,
    moves={"open": "open"},
    permission="sourcing.open_access",
    title=_("Invite again"),
    done=_("The invitation was mailed once more"),
    only_when=Q(user__isnull=False, user__password__startswith="!"),
)
def invite_again(accesses: DocumentSet[VendorAccess]) -> None:
    """Mail people who have not set a password yet another link; the earlier one ends."""
    users = OutsideUser.objects.in_bulk({a.user_id for a in accesses if a.user_id})
    parties = Party.objects.in_bulk({a.vendor_id for a in accesses})
    companies = Company.objects.in_bulk({a.company_id for a in accesses})
    people = []
    for access in accesses:
        user, company = users.get(access.user_id or 0), companies[access.company_id]
        if user is None or not user.is_active or not user.password.startswith("!"):
            raise NothingToInvite(access=access, rows=rows_json([access]))
        people.append(Invited(parties[access.vendor_id], user.email, user.name, company.name, company.email))
        access.sent_at = timezone.now()
    let_in(people)
    accesses.save("sent_at")


def _mail(access: VendorAccess, vendor: Party, company: Company) -> OutboxMessage:
    with translation.override(vendor.language):
        subject = _now("Your orders from {company}").format(company=company.name)
        text = "\n\n".join(
            [
                _now("Dear {name},").format(name=vendor.name),
                _now("on this page you confirm our orders, announce shipments, send invoices and see what is paid:"),
                f"{public_address()}{access_path(access)}",
                _now("Whoever has this link acts for you: do not pass it on."),
                company.name,
            ]
        )
    payload = {
        "from_name": company.name,
        "from_address": company.email,
        "to": [access.email],
        "subject": subject,
        "text": text,
        "headers": {},
    }
    return OutboxMessage(key=f"sourcing.access:{access.pk}", created_at=timezone.now(), channel="mail", payload=payload)


@action(
    VendorAccess,
    moves={"open": "closed"},
    permission="sourcing.open_access",
    title=_("Close"),
    needs_reason=True,
    done=_("Closed: nothing is shown any more"),
)
def close_access(accesses: DocumentSet[VendorAccess]) -> None:
    """Close links of vendors, at once and for good, and let people sign in no more to whom nothing else is open: their sessions end."""
    users = {a.user_id for a in accesses if a.user_id}
    if users:
        # One at a time: of two who close the last two accesses of a person each would see the other's still open.
        list(OutsideUser.objects.select_for_update().filter(pk__in=users).order_by("pk"))
        others = VendorAccess.objects.filter(user__in=users, state="open").exclude(pk__in=accesses.ids)
        shut_out(users - set(others.values_list("user_id", flat=True)))


@action(
    OrderAnswer, moves={"asked": "accepted"}, permission="purchasing.write_order", title=_("Accept"), done=_("The order has the new day")
)
def accept(answers: DocumentSet[OrderAnswer]) -> None:
    """Accept the days that vendors ask for: their orders are expected then. What each line was expected on of its own moves with it."""
    days = {a.order_id: a.on for a in answers}
    orders = list(PurchaseOrder.objects.select_for_update().filter(pk__in=days).order_by("pk"))
    closed = next((o for o in orders if o.state != "confirmed"), None)
    if closed is not None:
        raise NotAwaited(document=closed)
    for order in orders:
        order.expected_on = days[order.pk]
    DocumentSet(PurchaseOrder, orders, answers.actor).save("expected_on")
    lines = list(PurchaseOrderLine.objects.filter(order__in=orders, expected_on__isnull=False))
    for line in lines:
        line.expected_on = days[line.order_id]
    PurchaseOrderLine.objects.bulk_update(lines, ["expected_on"])


@action(
    OrderAnswer, moves={"asked": "rejected"}, permission="purchasing.write_order", title=_("Reject"), needs_reason=True, done=_("Rejected")
)
def reject(answers: DocumentSet[OrderAnswer]) -> None:
    """Keep the day that was ordered; the vendor reads that on his page."""


# ------------------------------------------------------------------ the vendor


@action(VendorAccess, moves={"open": "open"}, permission=RIGHT, title=_("Confirm order"), hidden=True)
def confirm_order(accesses: DocumentSet[VendorAccess], *, order: int, reference: Words = "", note: Words = "") -> None:
    """A vendor confirms an order of his own."""
    row, access = _own(accesses, order)
    insert_rows(OrderAnswer, [_word(access, row, OrderAnswer.CONFIRMED, "noted", None, reference, note)])


@action(VendorAccess, moves={"open": "open"}, permission=RIGHT, title=_("Ask for another day"), hidden=True)
def ask_date(accesses: DocumentSet[VendorAccess], *, order: int, on: date, note: Words = "") -> None:
    """A vendor asks to deliver on another day; the buyer answers, and the order stays as it is until then."""
    row, access = _own(accesses, order)
    if OrderAnswer.objects.filter(order=row, state="asked").exists():
        raise AskedBefore
    insert_rows(OrderAnswer, [_word(access, row, OrderAnswer.DATE, "asked", on, "", note)])


@action(VendorAccess, moves={"open": "open"}, permission=RIGHT, title=_("Announce shipment"), hidden=True)
def announce(
    accesses: DocumentSet[VendorAccess],
    *,
    order: int,
    on: date,
    quantities: dict[int, Quantity],
    second_quantities: dict[int, Quantity] = {},  # noqa: B006  a default for the doors, never changed
    lots: dict[int, LotsText] = {},  # noqa: B006  a default for the doors, never changed
    reference: Words = "",
    note: Words = "",
) -> None:
    """A vendor announces what is on its way: the receipt is drafted with it, and the storekeeper posts what came.

    What he sends straight to a customer is drafted apart, with its lots where goods are tracked; it is booked on the customer's order.
    """
    row, access = _own(accesses, order)
    lines = {ln.pk: ln for ln in measured_lines([row.pk])[row.pk] if is_goods(ln)}
    if not quantities or any(key not in lines for key in (*quantities, *second_quantities, *lots)):
        raise LinkClosed
    before = announced(lines)
    for key, quantity in quantities.items():
        left = lines[key].quantity * (HUNDRED + tolerance_of(lines[key])) / HUNDRED - lines[key].received - before.get(key, ZERO)
        if quantity > left:
            raise AnnouncedTooMuch(what=lines[key].product, asked=figure(quantity), left=figure(max(left, ZERO)))
    orders = DocumentSet(PurchaseOrder, [row], accesses.actor)
    straight, here = _two_ways(lines, quantities, second_quantities, lots)
    receipts = []
    if here:
        receive.body(orders, on=on, quantities=here, second_quantities={k: q for k, q in second_quantities.items() if k in here}, lots={k: t for k, t in lots.items() if k in here})  # fmt: skip
        receipts = orders.made["goods-receipts"]
    if straight:
        receipts += [r.pk for r in receipts_of([(row, straight, None)], on, accesses.actor)]
    words = []
    for receipt in receipts:
        word = _word(access, row, OrderAnswer.SHIPPED, "noted", on, reference, note)
        word.receipt_id = receipt
        words.append(word)
    insert_rows(OrderAnswer, words)
    accesses.made["goods-receipts"] = receipts


def _two_ways(
    lines: Mapping[int, Any], quantities: Mapping[int, Decimal], pieces: Mapping[int, Decimal], lots: Mapping[int, str]
) -> tuple[list[Sent], dict[int, Decimal]]:
    """What of a shipment goes straight to the customer, and what comes here. A line is for one of the two: what is tied to a customer's order
    goes there first, and a shipment that is for both is announced as two. Raises NameLots, AnnounceApart."""
    direct, before = to_send(quantities), announced_direct(quantities)
    straight: list[Sent] = []
    here: dict[int, Decimal] = {}
    for key, quantity in quantities.items():
        line, second = lines[key], pieces.get(key)
        factor = line.product.second_factor
        if factor is not None and second is None:
            second = whole(line.product, quantity)
        for_customer = direct.get(key, ZERO) - sum((row.quantity for row in before.get(key, ())), ZERO)
        if for_customer <= 0:
            here[key] = quantity
            continue
        if quantity > for_customer * (HUNDRED + tolerance_of(line)) / HUNDRED:
            raise AnnounceApart(what=line.product, asked=figure(quantity), direct=figure(for_customer))
        where = {"fields": {f"lots.{key}": lots.get(key, "")}}
        if line.product.tracking != Product.UNTRACKED and not lots.get(key, "").strip():
            raise NameLots(product=line.product, quantity=figure(quantity), **where)
        parse(lots.get(key, ""), quantity, line.product, where)
        straight.append(Sent(line, quantity, second if factor is not None else None, False, lots.get(key, "")))
    return straight, here


def _own(accesses: DocumentSet[VendorAccess], order: int) -> tuple[PurchaseOrder, VendorAccess]:
    """The vendor's own order, locked; refused as a link that leads nowhere when it is another's, by a sentence when it is closed."""
    (access,) = accesses.rows
    row = own_orders(access).select_for_update().filter(pk=order).first()
    if row is None:
        raise LinkClosed
    if row.state != "confirmed":
        raise NotAwaited(document=row)
    return row, access


def _word(access: VendorAccess, order: PurchaseOrder, kind: str, state: str, on: date | None, reference: str, note: str) -> OrderAnswer:
    return OrderAnswer(
        company_id=access.company_id, access=access, order=order, kind=kind, state=state, on=on, reference=reference, note=note
    )


def by_link(token: str) -> VendorAccess:
    """The access behind a link. Raises LinkClosed."""
    with unit_of_work(LINK, "sourcing.view_link"):
        access = access_by_token(token)
    if access is None:
        raise LinkClosed
    return access


def by_person(person: int | None, key: int) -> VendorAccess:
    """An access of a portal user's own. Raises LinkClosed for any other, as for one that is none."""
    access = seat_of(person, key) if person is not None else None
    if access is None:
        raise LinkClosed
    return access


def acting(access: VendorAccess, right: str = RIGHT) -> Actor:
    """Who acts through an access: the portal user under his address, else the link; with one right, in its company."""
    patterns = ((right, access.company_id, Scope.COMPANY),)
    if access.user is not None:
        return Actor(username=access.user.email, name=access.user.name, language=access.user.language, channel=CHANNEL, patterns=patterns)
    return Actor(username=LINK, name=access.vendor.name, language=access.vendor.language, channel="link", patterns=patterns)


def say_as(access: VendorAccess, verb: Action, given: Mapping[str, Any]) -> None:
    """Do one of the vendor's verbs as him."""
    perform(acting(access), verb, [access.pk], dict(given))


def say(token: str, verb: Action, given: Mapping[str, Any]) -> None:
    """Do one of the vendor's verbs as whoever has his link. Raises LinkClosed."""
    say_as(by_link(token), verb, given)


def take_invoice(access: VendorAccess, name: str, raw: bytes) -> Brought:
    """Take an invoice file of the vendor as it comes by any other channel; it waits among the received ones. Raises NoFile."""
    if not raw:
        raise NoFile
    with unit_of_work(acting(access).username, "sourcing.send_invoice"):
        return bring(name[:200], raw, [access.company])


def seen(access: VendorAccess) -> dict[str, Any]:
    """The vendor's page: his orders, bills and payments and, of who signs in, the requests that are addressed to him."""
    orders = list(own_orders(access).order_by("-on", "-id")[:SHOWN])
    confirmed = set(OrderAnswer.objects.filter(order__in=orders, kind=OrderAnswer.CONFIRMED).values_list("order_id", flat=True))
    return named(access) | {
        "orders": [(o, o.pk in confirmed) for o in orders], "bills": own_bills(access), "payments": own_payments(access),
        "requests": own_requests(access) if access.user_id else [],
    }  # fmt: skip


def overview(token: str) -> dict[str, Any]:
    """The page of the vendor behind a link. Raises LinkClosed."""
    access = by_link(token)
    with unit_of_work(LINK, "sourcing.view_link"):
        return seen(access)


def order_seen(access: VendorAccess, order: int) -> dict[str, Any]:
    """One order of the vendor's own: what is ordered, what came, what is announced, and what was said. Raises LinkClosed."""
    row = own_orders(access).select_related("warehouse").filter(pk=order).first()
    if row is None:
        raise LinkClosed
    lines = measured_lines([row.pk])[row.pk]
    keys = [ln.pk for ln in lines]
    before = announced(keys)
    said = list(OrderAnswer.objects.filter(order=row).order_by("-id")[:SHOWN])
    # What goes straight to a customer says where to in the words that the order was drafted with.
    goes_there = Peg.objects.filter(kind=Peg.DIRECT, supply_table=PurchaseOrderLine._meta.db_table, supply_line__in=keys).exists()
    return named(access) | {
        "order": row, "said": said, "send_to": row.memo if goes_there else "",
        "lines": [(ln, is_goods(ln), max(ln.quantity - ln.received - before.get(ln.pk, ZERO), ZERO)) for ln in lines],
    }  # fmt: skip


def order_page(token: str, order: int) -> dict[str, Any]:
    """One order of the vendor behind a link. Raises LinkClosed."""
    access = by_link(token)
    with unit_of_work(LINK, "sourcing.view_link"):
        return order_seen(access, order)


def named(access: VendorAccess) -> dict[str, Any]:
    """Whose page it is, for whom, in which language."""
    language = access.user.language if access.user is not None else access.vendor.language
    return {"company": access.company.name, "vendor": access.vendor.name, "language": language}
