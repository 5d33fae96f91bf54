"""Blanket orders of customers (OM-07): what they say a unit costs, what was called off from them, and who is told before they end."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, BlanketTier, Order, OrderLine
from fondaco.frontoffice.sales.refusals import BlanketEnds, BlanketOfOthers, BlanketUsedUp, BlanketValueUsedUp
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.database.tenancy import public_address
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, figure
from fondaco.platform.resources.declare import Draft

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Use:
    """What orders in force call off from a line: quantity, and value without tax in the currency of the blanket order."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO


def used(lines: Iterable[int], *, without: Collection[int] = ()) -> dict[int, Use]:
    """What orders in force call off from lines of blanket orders, those of the orders ``without`` left out; one statement.

    A closed order counts with what came of it, and what came back counts no more.
    """
    keys = list(lines)
    with connection.cursor() as cursor:
        cursor.execute("select blanket_line, quantity, value from sales_called_off(%s::bigint[], %s::bigint[])", [keys, list(without)])
        found = {line: Use(quantity, value) for line, quantity, value in cursor.fetchall()}
    return {key: found.get(key, Use()) for key in keys}


# ------------------------------------------------------------------ prices


@dataclass(frozen=True)
class Agreed:
    """The price without tax that was agreed for one unit of a call-off, and the sentence that says so."""

    price: Decimal
    sentence: str


def agreed_prices(drafts: Sequence[Draft]) -> dict[int, Agreed]:
    """What blanket orders say of the lines of orders that are called off from them, by ``id()`` of the line.

    A line of a product without a price, or at the price agreed, is called off from the customer's blanket order in force, as far as enough
    of it is left. What an order in force or its quote agreed is left as it is. Five statements, however many drafts.
    """
    orders = [d for d in drafts if isinstance(d.row, Order)]
    offers = _offers(orders)
    named = {ln.blanket_line_id for d in orders for ln in d.lines if ln.blanket_line_id}
    if not named and not offers:
        return {}
    known = {
        ln.pk: ln
        for ln in BlanketLine.objects.filter(pk__in=named | {o.pk for rows in offers.values() for o in rows}).select_related("blanket")
    }
    tiers: dict[tuple[int, int], list[BlanketTier]] = defaultdict(list)
    for tier in BlanketTier.objects.filter(blanket__in={ln.blanket_id for ln in known.values()}).order_by("-from_quantity"):
        tiers[tier.blanket_id, tier.product_id].append(tier)
    uses = used(o.pk for rows in offers.values() for o in rows) if offers else {}
    found = {}
    for draft in orders:
        for line in draft.lines:
            if not line.blanket_line_id and _is_open(draft.row, line):
                fitting = offers.get((draft.row.company_id, draft.row.customer_id, line.product_id), ())
                chosen = next((o for o in fitting if _fits(o.blanket, draft.row) and _is_left(o, uses[o.pk], line.quantity)), None)
                # What a form filled in while one typed comes back as a price: it is the agreed one as long as it says the same.
                if chosen is not None and line.unit_price in (None, said(chosen, line.quantity, tiers).price):
                    line.blanket_line = chosen
            agreed = known.get(line.blanket_line_id or 0)
            if agreed is not None and line.product_id is None and not line.description:
                line.product_id = agreed.product_id
            if agreed is not None and line.quantity:
                found[id(line)] = said(agreed, line.quantity, tiers)
    return found


def _is_open(order: Order, line: Any) -> bool:
    """Whether a line may be called off without being told to: nothing was agreed on it yet, and nobody took it off a blanket order."""
    stored = getattr(line, "stored", None)
    settled = stored and (order.state in order.amendable_states or stored["blanket_line_id"])
    return bool(line.product_id and line.quantity and not settled and not line.quote_line_id)


def _offers(drafts: Sequence[Draft]) -> dict[tuple[int, int, int], list[BlanketLine]]:
    """Lines of blanket orders in force by company, customer and product, the first to end first, for lines that name none."""
    open_ = [(d.row, ln) for d in drafts for ln in d.lines if not ln.blanket_line_id and _is_open(d.row, ln)]
    found: dict[tuple[int, int, int], list[BlanketLine]] = defaultdict(list)
    if open_:
        rows = BlanketLine.objects.filter(
            blanket__state="in_force",
            blanket__company__in={r.company_id for r, _ln in open_},
            blanket__customer__in={r.customer_id for r, _ln in open_},
            product__in={ln.product_id for _r, ln in open_},
        ).select_related("blanket")
        for row in rows.order_by("blanket__valid_to", "pk"):
            found[row.blanket.company_id, row.blanket.customer_id, row.product_id].append(row)
    return found


def _fits(blanket: BlanketOrder, order: Order) -> bool:
    return blanket.currency_id == order.currency_id and blanket.valid_from <= order.on <= blanket.valid_to


def _is_left(line: BlanketLine, use: Use, quantity: Decimal) -> bool:
    return line.agreed_quantity is None or line.agreed_quantity - use.quantity >= quantity


def said(line: BlanketLine, quantity: Decimal, tiers: Mapping[tuple[int, int], Sequence[BlanketTier]]) -> Agreed:
    """What a blanket order asks for one unit of a call-off of this quantity; ``tiers`` by blanket order and product, the highest first."""
    tier = next((t for t in tiers.get((line.blanket_id, line.product_id), ()) if t.from_quantity <= quantity), None)
    if tier is None:
        return Agreed(line.unit_price, _("Blanket order {number}: agreed price").format(number=line.blanket.number))
    sentence = _("Blanket order {number}: price from {quantity} on")
    return Agreed(tier.unit_price, sentence.format(number=line.blanket.number, quantity=figure(tier.from_quantity)))


# ------------------------------------------------------------------ call-offs


def draw(orders: Sequence[Order], lines: Mapping[int, Sequence[Any]]) -> None:
    """Refuse orders that call off more than is left, naming the figures. ``lines`` are those of each order as they will be.

    The blanket orders are locked first, in key order: two clerks who call off the last at once are judged one after the other. The
    database judges once more. Five statements at most.
    """
    keys = {ln.blanket_line_id for rows in lines.values() for ln in rows if ln.blanket_line_id}
    if not keys:
        return
    blankets = set(BlanketLine.objects.filter(pk__in=keys).values_list("blanket_id", flat=True))
    locked = {b.pk: b for b in BlanketOrder.objects.select_for_update().filter(pk__in=blankets).order_by("pk")}
    rows = {ln.pk: ln for ln in BlanketLine.objects.filter(blanket__in=blankets).select_related("product").order_by("pk")}
    so_far = used(rows, without=[o.pk for o in orders])
    quantity = {key: use.quantity for key, use in so_far.items()}
    value = {key: use.value for key, use in so_far.items()}
    whole: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for key, use in so_far.items():
        whole[rows[key].blanket_id] += use.value
    for order in sorted(orders, key=lambda o: o.pk):
        for line in lines[order.pk]:
            if not line.blanket_line_id:
                continue
            agreed = rows[line.blanket_line_id]
            blanket = locked[agreed.blanket_id]
            _judge(order, line, agreed, blanket)
            left = None if agreed.agreed_quantity is None else agreed.agreed_quantity - quantity[agreed.pk]
            if left is not None and line.quantity > left:
                raise BlanketUsedUp(
                    document=order, line=line.position, product=agreed.product, asked=figure(line.quantity), left=figure(max(left, ZERO)),
                    agreed=figure(agreed.agreed_quantity), blanket=blanket, rows=rows_json([order]),
                )  # fmt: skip
            quantity[agreed.pk] += line.quantity
            for most, before in ((agreed.agreed_value, value[agreed.pk]), (blanket.agreed_value, whole[blanket.pk])):
                if most is not None and before + line.net > most:
                    raise BlanketValueUsedUp(
                        document=order, line=line.position, asked=line.net, left=max(most - before, ZERO), agreed=most,
                        currency=blanket.currency_id, blanket=blanket, rows=rows_json([order]),
                    )  # fmt: skip
            value[agreed.pk] += line.net
            whole[blanket.pk] += line.net


def _judge(order: Order, line: OrderLine, agreed: BlanketLine, blanket: BlanketOrder) -> None:
    fits = (blanket.company_id, blanket.customer_id, blanket.currency_id) == (order.company_id, order.customer_id, order.currency_id)
    if not fits or agreed.product_id != line.product_id:
        raise BlanketOfOthers(document=order, line=line.position, blanket=blanket, rows=rows_json([order]))
    if blanket.state != "in_force" or not blanket.valid_from <= order.on <= blanket.valid_to:
        raise BlanketEnds(
            document=order, line=line.position, blanket=blanket, on=order.on, first=blanket.valid_from, last=blanket.valid_to,
            state=blanket.get_state_display(), rows=rows_json([order]),
        )  # fmt: skip


# ------------------------------------------------------------------ alerts


@dataclass(frozen=True)
class Alert:
    """Why somebody should look at a blanket order now: it ends soon, or so much of it is used."""

    blanket: BlanketOrder
    sentences: tuple[str, ...]
    #: Which reasons these are, so that each is told once: ``e`` it ends, ``u`` it is used.
    kinds: str


def alerts(blankets: Sequence[BlanketOrder], *, on: date) -> list[Alert]:
    """The blanket orders among these (in force) that end soon or are nearly used up, with the figures; two statements."""
    lines: dict[int, list[BlanketLine]] = defaultdict(list)
    for line in BlanketLine.objects.filter(blanket__in=blankets).select_related("product").order_by("position", "id"):
        lines[line.blanket_id].append(line)
    uses = used(ln.pk for rows in lines.values() for ln in rows)
    found = []
    for blanket in blankets:
        ends = _ending(blanket, on)
        nearly = _nearly_used(blanket, lines[blanket.pk], uses)
        if ends or nearly:
            found.append(Alert(blanket, (*ends, *nearly), "e" * bool(ends) + "u" * bool(nearly)))
    return found


def _ending(blanket: BlanketOrder, on: date) -> list[str]:
    days, day = (blanket.valid_to - on).days, date_format(blanket.valid_to, "j M Y")
    if days < 0:
        return [_("Ended on {day}.").format(day=day)]
    return [_("Ends on {day}, in {days} days.").format(day=day, days=days)] if days <= blanket.alert_days else []


def _nearly_used(blanket: BlanketOrder, lines: Sequence[BlanketLine], uses: Mapping[int, Use]) -> list[str]:
    share = blanket.alert_percent / HUNDRED
    sentences = []
    for line in lines:
        use = uses[line.pk]
        if line.agreed_quantity is not None and use.quantity >= line.agreed_quantity * share:
            sentence = _("{what}: {used} of {agreed} called off.")
            sentences.append(sentence.format(what=line.product, used=figure(use.quantity), agreed=figure(line.agreed_quantity)))
        if line.agreed_value is not None and use.value >= line.agreed_value * share:
            sentence = _("{what}: {used} of {agreed} {currency} called off.")
            sentences.append(
                sentence.format(what=line.product, used=figure(use.value), agreed=figure(line.agreed_value), currency=blanket.currency_id)
            )
    value = sum((uses[ln.pk].value for ln in lines), ZERO)
    if blanket.agreed_value is not None and value >= blanket.agreed_value * share:
        sentence = _("{used} of {agreed} {currency} called off.")
        sentences.append(sentence.format(used=figure(value), agreed=figure(blanket.agreed_value), currency=blanket.currency_id))
    return sentences


def tell_salespeople(actor: Actor, on: date) -> list[int]:
    """Write to the salesperson of each blanket order that ends soon or is nearly used up, each reason once; the keys of those told of."""
    with unit_of_work(actor.username, "sales.tell_of_blankets"):
        blankets = list(
            BlanketOrder.objects.filter(state="in_force", salesperson__isnull=False)
            .select_related("customer", "salesperson")
            .order_by("pk")
        )
        companies = Company.objects.in_bulk({b.company_id for b in blankets})
        by_language: dict[str, list[BlanketOrder]] = defaultdict(list)
        for blanket in blankets:
            if blanket.salesperson is not None and blanket.salesperson.is_active and blanket.salesperson.email:
                by_language[blanket.salesperson.language].append(blanket)
        messages = []
        for language, own in sorted(by_language.items()):
            with override(language):
                messages += [_message(a, a.blanket.salesperson, companies[a.blanket.company_id]) for a in alerts(own, on=on)]
        OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
        return sorted({int(m.payload["source_id"]) for m in messages})


def _message(alert: Alert, seller: User | None, company: Company) -> OutboxMessage:
    blanket = alert.blanket
    return OutboxMessage(
        key=f"blanket-order:{blanket.pk}:{blanket.valid_to}:{alert.kinds}",
        channel="mail",
        payload={
            "from_name": company.name,
            "from_address": company.email,
            "to": [seller.email if seller else ""],
            "subject": _("Blanket order {number} of {customer}").format(number=blanket.number, customer=blanket.customer.name),
            "text": "\n".join([*alert.sentences, "", f"{public_address()}/blanket-orders/{blanket.pk}"]),
            "source_table": BlanketOrder._meta.db_table,
            "source_id": blanket.pk,
        },
    )


__all__ = ["Agreed", "Alert", "Use", "agreed_prices", "alerts", "draw", "said", "tell_salespeople", "used"]
