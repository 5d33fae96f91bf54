"""What a customer's buyers and approvers do: order, approve, accept quotes (SS-01, SS-03, SS-04)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.invoicing.printing import country_name
from fondaco.frontoffice.portal.models import CustomerAccess, PortalOrder
from fondaco.frontoffice.portal.people import APPROVING, BUYING, RIGHT, TRADE, carrying, refuse_without
from fondaco.frontoffice.portal.queries import approvers, known_addresses, own_addresses, own_orders, own_quotes, rule_of, sellable, waiting
from fondaco.frontoffice.portal.refusals import (
    ChangedMeanwhile,
    NobodyApproves,
    NothingOrdered,
    NotYours,
    OverYourLimit,
    TooManyLines,
    TooMuchToday,
    YourOwnOrder,
)
from fondaco.frontoffice.sales import answering
from fondaco.frontoffice.sales.actions.orders import cancel, confirm
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import figure, priced
from fondaco.platform.resources.declare import Draft
from fondaco.platform.resources.schema import Text
from fondaco.platform.resources.writing import create, preview

Quantity = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=6)]
Words = Annotated[Text, Field(max_length=2_000)]
OPEN = {"open": "open"}
#: So many lines an order may have; so many orders one person places in a day.
MOST_LINES, MOST_ORDERS = 500, 200


def drafted(access: CustomerAccess, quantities: Mapping[int, Decimal], **more: str) -> dict[str, Any]:
    """An order as it would be entered for the customer. Raises NothingOrdered, TooManyLines, NotYours."""
    if not quantities:
        raise NothingOrdered
    if len(quantities) > MOST_LINES:
        raise TooManyLines(count=len(quantities), limit=MOST_LINES)
    if sellable().filter(pk__in=list(quantities)).count() != len(quantities):
        raise NotYours
    channel = rule_of(access.company_id).channel_id
    return {
        "company": access.company_id, "customer": access.customer_id, "on": str(timezone.localdate()), "contact": access.person, "reserve_partly": True,
        **({"channel": channel} if channel else {}), **{name: value for name, value in more.items() if value},
        "lines": [{"product": key, "quantity": figure(quantity)} for key, quantity in quantities.items()],
    }  # fmt: skip


def foretold(access: CustomerAccess, quantities: Mapping[int, Decimal]) -> Draft:
    """What an order would come to: own prices with their reasons, tax, promises; nothing is written."""
    return preview(carrying(access), OrderResource, drafted(access, quantities))


def place_of(access: CustomerAccess, chosen: str) -> str:
    """The address behind a choice: one of the customer's own (``own-7``) or of his record (``known-3``), as it is written on papers."""
    kind, _dash, key = chosen.partition("-")
    rows: Any = own_addresses(access) if kind == "own" else known_addresses(access) if kind == "known" else None
    found = rows.filter(pk=int(key)).first() if rows is not None and key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise NotYours
    country = country_name(found.country, access.customer.language)
    return "\n".join(part for part in (found.street, f"{found.postal_code} {found.city}".strip(), country) if part)


def in_base(order: Order, access: CustomerAccess) -> Decimal:
    """What an order comes to in company currency, tax included, at the rate of its day."""
    return rate_table(access.company, {order.currency_id or ""}).to_base(order.gross, order.currency_id or "", order.on)


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Order"), hidden=True)
def place_order(
    accesses: DocumentSet[CustomerAccess], *, quantities: dict[int, Quantity], reference: Annotated[Text, Field(max_length=300)] = "", address: str = "",
    words: Words = "",
) -> None:  # fmt: skip
    """Order articles for the customer, at his own prices. Up to the buyer's limit it is confirmed at once, as credit and holds of the house allow;
    above it, it waits for an approver of the customer."""
    (access,) = accesses.rows
    refuse_without(access, BUYING)
    since = timezone.now() - timedelta(days=1)
    if PortalOrder.objects.filter(access=access, created_at__gte=since).count() >= MOST_ORDERS:
        raise TooMuchToday
    ship_to = place_of(access, address) if address else ""
    actor = carrying(access)
    (key,) = create(
        actor, OrderResource, [drafted(access, quantities, reference=reference.strip(), shipping_address=ship_to, conditions=words.strip())]
    ).ids
    order = Order.objects.get(pk=key)
    base = in_base(order, access)
    over = access.order_limit is not None and base > access.order_limit
    if over and not approvers(access).exists():
        limit = priced(access.order_limit or Decimal(0), access.company.currency_id)
        raise NobodyApproves(total=priced(base, access.company.currency_id), limit=limit, customer=access.customer)
    row = PortalOrder(
        company_id=access.company_id, order=order, access=access, on=timezone.localdate(), base_gross=base, state=PortalOrder.WAITING if over else PortalOrder.PLACED
    )  # fmt: skip
    insert_rows(PortalOrder, [row])
    if not over:
        _confirm(row, actor)
    accesses.made["orders"] = [order.pk]


def _confirm(row: PortalOrder, actor: Actor) -> None:
    """Confirm an order by the verb of sales. What stands against it (an approval of the house, a closed blanket order) leaves it a draft for the house,
    with the reason; the customer has ordered all the same."""
    try:
        perform(actor, confirm, [row.order_id])
    except UserError as refusal:
        row.note = refusal.sentence()[:2000]
        DocumentSet(PortalOrder, [row], actor).save("note")


@action(CustomerAccess, moves=OPEN, permission=RIGHT, title=_("Decide on an order"), hidden=True)
def decide_order(accesses: DocumentSet[CustomerAccess], *, order: int, approve: bool, seen: Decimal, reason: Words = "") -> None:
    """Approve an order of a colleague that is over his limit, as it was ``seen`` (its total), or reject it: it is called off then."""
    (access,) = accesses.rows
    refuse_without(access, APPROVING)
    row = waiting(access).select_for_update(of=("self",)).filter(order=order).first()
    if row is None:
        raise NotYours
    if row.access_id == access.pk:
        raise YourOwnOrder(order=row.order)
    if approve and row.order.gross != seen:
        raise ChangedMeanwhile(order=row.order, now=priced(row.order.gross, row.order.currency_id or ""), seen=priced(seen))
    row.state = PortalOrder.PLACED if approve else PortalOrder.REJECTED
    row.approver, row.decided_at, row.reason = access, timezone.now(), reason.strip()
    DocumentSet(PortalOrder, [row], accesses.actor).save("state", "approver", "decided_at", "reason")
    if approve:
        _confirm(row, carrying(access))
    else:
        perform(carrying(access), cancel, [row.order_id], reason=reason.strip() or str(_("Rejected by the customer")))


def accept_quote(access: CustomerAccess, key: int, *, reference: str, address: str, agent: str) -> None:
    """Accept a quote as its customer, by the verb behind his link; above the person's limit only who approves orders may.

    Raises NotYours, OverYourLimit, LinkClosed."""
    quote = _quote(access, key)
    total = rate_table(access.company, {quote.currency_id or ""}).to_base(quote.gross, quote.currency_id or "", timezone.localdate())
    if access.order_limit is not None and total > access.order_limit and not access.is_approver:
        home = access.company.currency_id
        raise OverYourLimit(quote=quote, total=priced(total, home), limit=priced(access.order_limit, home))
    answering.accept_by_link(token_of(quote.link_seed), f"{access.person} <{access.email}>", address, agent, "", reference)


def decline_quote(access: CustomerAccess, key: int, reason: str) -> None:
    """Decline a quote as its customer. Raises NotYours, LinkClosed."""
    answering.decline_by_link(token_of(_quote(access, key).link_seed), reason)


def _quote(access: CustomerAccess, key: int) -> Quote:
    refuse_without(access, TRADE)
    quote = own_quotes(access).filter(pk=key).first()
    if quote is None:
        raise NotYours
    return quote


def own_order(access: CustomerAccess, key: int) -> Order:
    """An order of the customer's own. Raises NotYours."""
    order = own_orders(access).select_related("currency", "quote").filter(pk=key).first()
    if order is None:
        raise NotYours
    return order


def parsed(text: str) -> tuple[list[tuple[str, Decimal]], list[str]]:
    """The articles and quantities of a pasted list, one a line (number, then quantity; blank, tab, comma or semicolon between), and the lines that are none."""
    found: list[tuple[str, Decimal]] = []
    wrong: list[str] = []
    for raw in text.splitlines()[: MOST_LINES * 2]:
        line = raw.strip()
        if not line:
            continue
        parts = [p for p in line.replace("\t", " ").replace(";", " ").split(" ") if p]
        if len(parts) == 1 and "," in line:
            parts = [p.strip() for p in line.split(",", 1)]
        quantity = _number(parts[-1]) if len(parts) > 1 else Decimal(1)
        if quantity is None or not 0 < quantity < Decimal(10) ** 8:
            wrong.append(line[:80])
        else:
            found.append((" ".join(parts[:-1]) if len(parts) > 1 else parts[0], quantity))
    return found, wrong


def _number(text: str) -> Decimal | None:
    plain = text.strip().replace(",", ".")
    if not (plain.replace(".", "", 1).isdecimal() and plain.isascii() and len(plain) <= 15):
        return None
    return Decimal(plain)


def summed(lines: Sequence[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """Quantities by article, what is named twice added up."""
    total: dict[int, Decimal] = {}
    for key, quantity in lines:
        total[key] = total.get(key, Decimal(0)) + quantity
    return total
