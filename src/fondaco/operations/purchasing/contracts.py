"""Framework contracts (PC-03): what they say a unit costs, what was called off from them, and who is told before they end."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.masterdata.companies.models import Company
from fondaco.operations.purchasing.models import ContractLine, ContractTier, PurchaseContract, PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.refusals import ContractEnds, ContractOfOthers, ContractUsedUp, ContractValueUsedUp
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
    """What orders in force call off from a contract line: quantity, and value in the contract's currency."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO


def used(lines: Iterable[int], *, without: Collection[int] = ()) -> dict[int, Use]:
    """What orders in force call off from contract lines, those of the orders ``without`` left out; one statement.

    A closed order counts with what came of it.
    """
    keys = list(lines)
    with connection.cursor() as cursor:
        cursor.execute(
            "select contract_line, quantity, value from purchasing_called_off(%s::bigint[], %s::bigint[])", [keys, list(without)]
        )
        found = {line: Use(quantity, value) for line, quantity, value in cursor.fetchall()}
    return {key: found.get(key, Use()) for key in keys}


# ------------------------------------------------------------------ prices


def price_lines(drafts: Sequence[Draft]) -> None:
    """Give the lines of orders what contracts say: a line of a product without a price, or at the price agreed, is called off from the vendor's contract in force,
    a line that names a contract line takes its price by quantity, unless another was entered. The reason stays with the line.

    Four statements, however many drafts. What an order in force agreed keeps its price unless somebody changes the line.
    """
    offers = _offers(drafts)
    named = {ln.contract_line_id for d in drafts for ln in d.lines if ln.contract_line_id}
    contract_lines = {
        ln.pk: ln
        for ln in ContractLine.objects.filter(pk__in=named | {o.pk for rows in offers.values() for o in rows}).select_related("contract")
    }
    tiers: dict[tuple[int, int], list[ContractTier]] = defaultdict(list)
    for tier in ContractTier.objects.filter(contract__in={ln.contract_id for ln in contract_lines.values()}).order_by("-from_quantity"):
        tiers[tier.contract_id, tier.product_id].append(tier)
    for draft in drafts:
        for line in draft.lines:
            _price(draft.row, line, contract_lines, offers, tiers)


def _offers(drafts: Sequence[Draft]) -> dict[tuple[int, int, int], list[ContractLine]]:
    """Lines of contracts in force by company, vendor and product, for lines that name no contract."""
    open_ = [(d.row, ln) for d in drafts for ln in d.lines if ln.product_id and not ln.contract_line_id]
    found: dict[tuple[int, int, int], list[ContractLine]] = defaultdict(list)
    if open_:
        rows = ContractLine.objects.filter(
            contract__state="in_force",
            contract__company__in={r.company_id for r, _ln in open_},
            contract__vendor__in={r.vendor_id for r, _ln in open_},
            product__in={ln.product_id for _r, ln in open_},
        ).select_related("contract")
        for row in rows.order_by("contract__valid_to", "pk"):
            found[row.contract.company_id, row.contract.vendor_id, row.product_id or 0].append(row)
    return found


def _price(order: PurchaseOrder, line: PurchaseOrderLine, known: dict[int, ContractLine], offers: Any, tiers: Any) -> None:
    agreed_before = order.state in order.amendable_states and getattr(line, "stored", None)
    if not line.contract_line_id and line.product_id and line.quantity and not agreed_before:
        fitting = offers.get((order.company_id, order.vendor_id, line.product_id), ())
        chosen = next((o for o in fitting if _fits(o.contract, order)), None)
        # What a form filled in while one typed comes back as a price: it is the contract's as long as it says the same.
        if chosen is not None and line.unit_price in (
            None,
            said(chosen, line.quantity, tiers.get((chosen.contract_id, line.product_id), ()))[0],
        ):
            line.contract_line = chosen
    if not line.contract_line_id:
        line.price_explanation = {}
        return
    agreed = known[line.contract_line_id]
    if line.product_id is None and not line.description:
        line.product_id, line.description = agreed.product_id, agreed.description
    if not line.quantity:
        return
    stored = getattr(line, "stored", None)
    kept = (
        order.state in order.amendable_states and stored and stored["unit_price"] == line.unit_price and stored["quantity"] == line.quantity
    )
    if kept and stored["contract_line_id"] == line.contract_line_id:
        return
    price, sentence = said(agreed, line.quantity, tiers.get((agreed.contract_id, agreed.product_id), ()))
    before = line.price_explanation or {}
    follows = line.unit_price is None or (before.get("source") == "contract" and before.get("price") == figure(line.unit_price))
    if follows:
        line.unit_price = price
    elif line.unit_price != price:
        sentence = _("Entered by hand. {rule}").format(rule=f"{sentence}: {figure(price)}")
    line.price_explanation = {"source": "contract" if line.unit_price == price else "hand", "price": figure(price), "sentence": sentence}


def _fits(contract: PurchaseContract, order: PurchaseOrder) -> bool:
    return contract.currency_id == order.currency_id and contract.valid_from <= order.on <= contract.valid_to


def said(line: ContractLine, quantity: Decimal, tiers: Sequence[ContractTier]) -> tuple[Decimal, str]:
    """What a contract asks for one unit of a call-off of this quantity, and the sentence that says so; ``tiers`` the highest first."""
    tier = next((t for t in tiers if t.from_quantity <= quantity), None)
    if tier is None:
        return line.unit_price, _("Contract {number}: agreed price").format(number=line.contract.number)
    return tier.unit_price, _("Contract {number}: price from {quantity} on").format(
        number=line.contract.number, quantity=figure(tier.from_quantity)
    )


# ------------------------------------------------------------------ call-offs


def call_off(orders: Sequence[PurchaseOrder], lines: dict[int, list[Any]]) -> None:
    """Refuse orders that call off more than is left of their contracts, naming the figures. ``lines`` are those of each order as they will be.

    The contract lines, then their contracts are locked first, in key order: two buyers who call off the last at once are judged one after
    the other. The database judges once more. Five statements at most.
    """
    keys = {ln.contract_line_id for rows in lines.values() for ln in rows if ln.contract_line_id}
    if not keys:
        return
    contracts = set(ContractLine.objects.filter(pk__in=keys).values_list("contract_id", flat=True))
    locked = {c.pk: c for c in PurchaseContract.objects.select_for_update().filter(pk__in=contracts).order_by("pk")}
    rows = {ln.pk: ln for ln in ContractLine.objects.filter(contract__in=contracts).select_related("product").order_by("pk")}
    so_far = used(rows, without=[o.pk for o in orders])
    quantity: dict[int, Decimal] = {key: use.quantity for key, use in so_far.items()}
    value: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for key, use in so_far.items():
        value[rows[key].contract_id] += use.value
    for order in sorted(orders, key=lambda o: o.pk):
        for line in lines[order.pk]:
            if not line.contract_line_id:
                continue
            agreed = rows[line.contract_line_id]
            contract = locked[agreed.contract_id]
            _judge(order, line, agreed, contract)
            left = None if agreed.agreed_quantity is None else agreed.agreed_quantity - quantity[agreed.pk]
            if left is not None and line.quantity > left:
                raise ContractUsedUp(
                    document=order, line=line.position, asked=figure(line.quantity), left=figure(max(left, ZERO)),
                    agreed=figure(agreed.agreed_quantity), contract=contract, rows=rows_json([order]),
                )  # fmt: skip
            quantity[agreed.pk] += line.quantity
            value[contract.pk] += line.net
            if contract.agreed_value is not None and value[contract.pk] > contract.agreed_value:
                raise ContractValueUsedUp(
                    document=order, asked=figure(line.net), left=figure(max(contract.agreed_value - value[contract.pk] + line.net, ZERO)),
                    agreed=figure(contract.agreed_value), currency=contract.currency_id, contract=contract, rows=rows_json([order]),
                )  # fmt: skip


def _judge(order: PurchaseOrder, line: Any, agreed: ContractLine, contract: PurchaseContract) -> None:
    fits = (contract.company_id, contract.vendor_id, contract.currency_id) == (order.company_id, order.vendor_id, order.currency_id)
    if not fits or (agreed.product_id and agreed.product_id != line.product_id):
        raise ContractOfOthers(document=order, line=line.position, contract=contract, rows=rows_json([order]))
    if contract.state != "in_force" or not contract.valid_from <= order.on <= contract.valid_to:
        raise ContractEnds(
            document=order, line=line.position, contract=contract, on=order.on, first=contract.valid_from, last=contract.valid_to,
            state=contract.get_state_display(), rows=rows_json([order]),
        )  # fmt: skip


# ------------------------------------------------------------------ alerts


@dataclass(frozen=True)
class Alert:
    """Why somebody should look at a contract now: it ends soon, or so much of it is used."""

    contract: PurchaseContract
    sentences: tuple[str, ...]
    #: Which reasons these are, so that each is told once: ``e`` it ends, ``u`` it is used.
    kinds: str


def alerts(contracts: Sequence[PurchaseContract], *, on: date) -> list[Alert]:
    """The contracts among these (in force) that end soon or are nearly used up, with the figures; two statements."""
    lines: dict[int, list[ContractLine]] = defaultdict(list)
    for line in ContractLine.objects.filter(contract__in=contracts).select_related("product").order_by("position", "id"):
        lines[line.contract_id].append(line)
    uses = used(ln.pk for rows in lines.values() for ln in rows)
    found = []
    for contract in contracts:
        sentences: list[str] = []
        days = (contract.valid_to - on).days
        if days < 0:
            sentences.append(_("Ended on {day}.").format(day=contract.valid_to))
        elif days <= contract.alert_days:
            sentences.append(_("Ends on {day}, in {days} days.").format(day=contract.valid_to, days=days))
        ends = len(sentences)
        share = contract.alert_percent / HUNDRED
        for line in lines[contract.pk]:
            quantity = uses[line.pk].quantity
            if line.agreed_quantity is not None and quantity >= line.agreed_quantity * share:
                sentences.append(
                    _("{what}: {used} of {agreed} called off.").format(
                        what=line.product or line.description, used=figure(quantity), agreed=figure(line.agreed_quantity)
                    )
                )
        value = sum((uses[ln.pk].value for ln in lines[contract.pk]), ZERO)
        if contract.agreed_value is not None and value >= contract.agreed_value * share:
            sentences.append(
                _("{used} of {agreed} {currency} called off.").format(
                    used=figure(value), agreed=figure(contract.agreed_value), currency=contract.currency_id
                )
            )
        if sentences:
            found.append(Alert(contract, tuple(sentences), "e" * ends + "u" * (len(sentences) > ends)))
    return found


def tell_buyers(actor: Actor, on: date) -> list[int]:
    """Write to the buyer of each contract that ends soon or is nearly used up, each reason once; the keys of the contracts told of."""
    with unit_of_work(actor.username, "purchasing.tell_of_contracts"):
        rows = PurchaseContract.objects.filter(state="in_force", buyer__isnull=False).select_related("vendor").order_by("pk")
        contracts = [c for c in rows if c.buyer_id]
        buyers = User.objects.filter(is_active=True).exclude(email="").in_bulk({c.buyer_id for c in contracts})
        companies = Company.objects.in_bulk({c.company_id for c in contracts})
        by_language: dict[str, list[PurchaseContract]] = defaultdict(list)
        for contract in contracts:
            if contract.buyer_id in buyers:
                by_language[buyers[contract.buyer_id].language].append(contract)
        messages = []
        for language, own in sorted(by_language.items()):
            with override(language):
                messages += [_message(a, buyers[a.contract.buyer_id or 0], companies[a.contract.company_id]) for a in alerts(own, on=on)]
        OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
        return sorted({int(m.payload["source_id"]) for m in messages})


def _message(alert: Alert, buyer: User, company: Company) -> OutboxMessage:
    contract = alert.contract
    return OutboxMessage(
        key=f"purchase-contract:{contract.pk}:{contract.valid_to}:{alert.kinds}",
        channel="mail",
        payload={
            "from_name": company.name,
            "from_address": company.email,
            "to": [buyer.email],
            "subject": _("Contract {number} with {vendor}").format(number=contract.number, vendor=contract.vendor.name),
            "text": "\n".join([*alert.sentences, "", f"{public_address()}/purchase-contracts/{contract.pk}"]),
            "source_table": PurchaseContract._meta.db_table,
            "source_id": contract.pk,
        },
    )
