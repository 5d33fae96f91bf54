"""The verbs of a return authorisation (OM-08): authorise, receive, inspect, refund, replace, settle."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.invoicing.actions import draft as draft_invoices
from fondaco.finance.invoicing.actions import post as post_invoices
from fondaco.finance.invoicing.crediting import credit_quantities
from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.sales.actions.orders import LotsOfLines, Quantities, Returning, check_lines, confirm, may_post_invoices, to_credit
from fondaco.frontoffice.sales.completing import complete
from fondaco.frontoffice.sales.models import Order, OrderLine, ReturnAuthorisation, ReturnCredit, ReturnInspection, ReturnLine
from fondaco.frontoffice.sales.queries import coming_back, is_goods, measured, measured_lines, to_invoice
from fondaco.frontoffice.sales.refusals import (
    AuthorisationExpired,
    LotNotWaiting,
    MoreThanAuthorised,
    MoreThanReceived,
    MoreThanToRefund,
    MoreThanToReplace,
    NoQuarantine,
    NothingInspected,
    NothingReceived,
    NothingToRefund,
    NothingToReplace,
    NothingToReturn,
    NotInspectedYet,
    NotSettledYet,
    OneOutcomeOfLots,
    ReturnBegan,
    ReturnedMoreThanLeft,
    StillHolds,
)
from fondaco.frontoffice.sales.returning import (
    RETURN,
    Coming,
    Waiting,
    measured_returns,
    return_papers,
    to_refund,
    to_replace,
    waiting_of,
)
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.actions import post_adjustment, post_issue, post_return, post_transfer
from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.inventory.lots import parse, written
from fondaco.operations.inventory.models import (
    GoodsIssue,
    GoodsIssueLine,
    GoodsReturn,
    Location,
    StockAdjustment,
    StockAdjustmentLine,
    StockTransfer,
    StockTransferLine,
    Warehouse,
)
from fondaco.operations.inventory.weighing import estimated
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import perform, rows_json
from fondaco.platform.money import ZERO, figure, rounded
from fondaco.platform.resources.declare import Draft

HUNDRED = Decimal(100)
#: How long goods may come back when nobody says otherwise.
VALID_DAYS = 30
Reason = Literal["defective", "damaged", "wrong", "unwanted", "late", "other"]
Wanted = Literal["refund", "replace", "repair", "nothing"]
RESTOCK, SCRAP, REPAIR, SEND_BACK = (
    ReturnInspection.RESTOCK, ReturnInspection.SCRAP, ReturnInspection.REPAIR, ReturnInspection.SEND_BACK,
)  # fmt: skip
Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
OPEN = {"authorised": "received", "received": "received"}


Receiving = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity", "received"]})]
Restocking = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["waiting", "in_repair"], "needed": True})]
Otherwise = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity"})]
Refunding = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["received", "credited", "replaced"]})]
Replacing = Annotated[Quantities, Field(json_schema_extra={"by_line": "quantity", "beside": ["quantity", "credited", "replaced"]})]


def _told(row: ReturnAuthorisation, actor: Actor, title: str, on: date, body: str = "") -> Interaction:
    return Interaction(
        party_id=row.customer_id, company_id=row.company_id, on=on, kind="return", channel=actor.channel, direction="in",
        title=title.format(number=row), body=body, source_table=row._meta.db_table, source_id=row.pk, by=actor.username,
    )  # fmt: skip


# ------------------------------------------------------------------ asking, authorising


@action(
    Order,
    moves={"confirmed": "confirmed", "closed": "closed"},
    permission="sales.write_return",
    name="ask_return",
    title=_("Return"),
    done=_("Return drafted: check and authorise it"),
)
def ask_return(
    orders: DocumentSet[Order],
    *,
    reason_code: Reason,
    wanted: Wanted = "refund",
    quantities: Returning = {},  # noqa: B006  a default for the doors, never changed
    note: str = "",
) -> None:
    """Draft the paper on which goods of an order may come back: everything that is with the customer, or the quantities given by line."""
    lines = measured_lines(orders.ids)
    check_lines(orders.rows, lines, quantities)
    authorised = coming_back(ln.pk for rows in lines.values() for ln in rows)
    drafts = []
    for order in orders:
        asked = [
            (ln, quantities.get(ln.pk, ZERO) if quantities else ln.delivered - ln.returned - authorised[ln.pk])
            for ln in lines[order.pk]
            if is_goods(ln)
        ]
        made = [
            ReturnLine(order_line=ln, product_id=ln.product_id, quantity=q, reason_code=reason_code, wanted=wanted)
            for ln, q in asked
            if q > 0
        ]
        if not made:
            raise NothingToReturn(document=order, rows=rows_json([order]))
        day = timezone.localdate()
        row = ReturnAuthorisation(
            company_id=order.company_id, customer_id=order.customer_id, reference=order.reference, on=day, expires_on=day + timedelta(days=VALID_DAYS),
            salesperson_id=order.salesperson_id, note=note,
        )  # fmt: skip
        drafts.append(Draft(row, made))
    orders.made["return-authorisations"] = [r.pk for r in write_papers(drafts, "authorisation")]


@action(
    ReturnAuthorisation,
    moves={"draft": "authorised"},
    permission="sales.authorise_return",
    title=_("Authorise"),
    done=_("Authorised: the goods may come back"),
)
def authorise(returns: DocumentSet[ReturnAuthorisation]) -> None:
    """Let goods come back: number the papers; no more than was delivered and neither came back nor is authorised on another one."""
    lines = measured_returns(returns.ids)
    keys = {ln.order_line_id for rows in lines.values() for ln in rows}
    orders = OrderLine.objects.filter(pk__in=keys).values("order")
    list(Order.objects.select_for_update(no_key=True).filter(pk__in=orders).order_by("pk"))
    delivered = measured().in_bulk(sorted(keys))
    authorised = coming_back(keys)
    for row in returns:
        if not lines[row.pk]:
            raise NothingToReturn(document=row, rows=rows_json([row]))
        for line in lines[row.pk]:
            left = delivered[line.order_line_id]
            if line.quantity > left.delivered - left.returned - authorised[line.order_line_id]:
                raise ReturnedMoreThanLeft(
                    line=line.position, document=row, product=line.product, asked=figure(line.quantity), delivered=figure(left.delivered),
                    order=line.order_line.order, returned=figure(left.returned), authorised=figure(authorised[line.order_line_id]), rows=rows_json([row]),
                )  # fmt: skip
            authorised[line.order_line_id] += line.quantity
        row.expires_on = row.expires_on or row.on + timedelta(days=VALID_DAYS)
    returns.number()
    returns.save("expires_on")
    day = timezone.localdate()
    record([_told(r, returns.actor, _now("Return {number} authorised"), day, r.note) for r in returns])


@action(
    ReturnAuthorisation,
    moves={"draft": "cancelled", "authorised": "cancelled"},
    permission="sales.authorise_return",
    name="cancel_return",
    title=_("Cancel"),
    needs_reason=True,
    dangerous=True,
    done=_("Cancelled"),
)
def cancel(returns: DocumentSet[ReturnAuthorisation]) -> None:
    """Call returns off of which nothing came yet."""
    _refuse_replaced(returns)
    day = timezone.localdate()
    record([_told(r, returns.actor, _now("Return {number} cancelled"), day, returns.reason) for r in returns])


def _refuse_replaced(returns: DocumentSet[ReturnAuthorisation]) -> None:
    for order in Order.objects.filter(authorisation__in=returns.ids).exclude(state="cancelled").order_by("pk")[:1]:
        row = next(r for r in returns if r.pk == order.authorisation_id)
        raise ReturnBegan(document=row, order=order, rows=rows_json([row]))


@action(
    ReturnAuthorisation, moves={"authorised": "expired"}, permission="sales.authorise_return", name="expire_return", title=_("Expire"), done=_("Expired")
)  # fmt: skip
def expire(returns: DocumentSet[ReturnAuthorisation], *, on: date | None = None) -> None:
    """End authorisations whose last day has passed and of which nothing came."""
    day = on or timezone.localdate()
    for row in returns:
        if row.expires_on is not None and row.expires_on >= day:
            raise StillHolds(document=row, expires_on=row.expires_on, on=day, rows=rows_json([row]))
    _refuse_replaced(returns)


@action(
    ReturnAuthorisation,
    moves={"authorised": "authorised", "received": "received"},
    permission="sales.authorise_return",
    name="extend_return",
    title=_("Extend"),
    done=_("Extended"),
)
def extend(returns: DocumentSet[ReturnAuthorisation], *, expires_on: date) -> None:
    """Let goods come back until another day."""
    for row in returns:
        row.expires_on = max(expires_on, row.on)
    returns.save("expires_on")


def expire_due(actor: Actor, on: date) -> list[int]:
    """Expire every authorisation whose last day has passed, of which nothing came and for which nothing was sent; their keys."""
    with unit_of_work(actor.username, "sales.expire_return"):
        due = ReturnAuthorisation.objects.filter(state="authorised", expires_on__lt=on)
        replaced = Order.objects.exclude(state="cancelled").filter(authorisation__isnull=False)
        keys = list(due.exclude(pk__in=replaced.values("authorisation")).order_by("pk").values_list("pk", flat=True))
    if keys:
        perform(actor, expire, keys, {"on": on})
    return keys


# ------------------------------------------------------------------ receiving, inspecting


@action(
    ReturnAuthorisation, moves=OPEN, permission="sales.receive_return", name="receive_return", title=_("Receive"), done=_("Goods received")
)
def receive(
    returns: DocumentSet[ReturnAuthorisation],
    *,
    on: date,
    quantities: Receiving = {},  # noqa: B006  a default for the doors, never changed
    lots: LotsOfLines = {},  # noqa: B006  a default for the doors, never changed
) -> None:
    """Take goods in that come back: into quarantine, at what they cost when they left; all that was authorised, or the quantities given.

    They are ours, and promised to nobody before they are inspected.
    """
    lines = measured_returns(returns.ids)
    check_lines(returns.rows, lines, {**quantities, **lots})
    coming: list[Coming] = []
    reasons = dict(ReturnLine.REASONS)
    for row in returns:
        if row.expires_on is not None and on > row.expires_on:
            raise AuthorisationExpired(document=row, expires_on=row.expires_on, on=on, rows=rows_json([row]))
        asked = [(ln, quantities.get(ln.pk, ZERO) if quantities else ln.quantity - ln.received) for ln in lines[row.pk]]
        for line, quantity in asked:
            if quantity > line.quantity - line.received:
                raise MoreThanAuthorised(
                    asked=figure(quantity), product=line.product, document=row, authorised=figure(line.quantity), received=figure(line.received),
                    rows=rows_json([row]),
                )  # fmt: skip
        asked = [(ln, q) for ln, q in asked if q > 0]
        if not asked:
            raise NothingReceived(document=row, rows=rows_json([row]))
        why = ", ".join(dict.fromkeys(str(reasons[ln.reason_code]) for ln, _q in asked))
        for line, quantity in asked:
            line.order_line.product = line.product
            coming.append(Coming(row, line.order_line, quantity, (RETURN, line.pk), lots.get(line.pk, ""), why))
    papers = return_papers(coming, on, "", _quarantines({r.company_id for r in returns}))
    for paper in papers:
        if paper.row.place_id is None:
            house = Warehouse.objects.get(pk=paper.row.warehouse_id)
            row = next(r for r in returns if r.pk == paper.row.source_id)
            raise NoQuarantine(document=row, warehouse=house, rows=rows_json([row]))
        paper.row.memo = str(next(r for r in returns if r.pk == paper.row.source_id))
    written_papers = write_papers(papers, "goods_return")
    post_return(DocumentSet(GoodsReturn, written_papers, returns.actor, returns.reason))
    returns.made["returns"] = [p.pk for p in written_papers]


def _quarantines(companies: set[int]) -> dict[int, int]:
    """The place of quarantine of each warehouse, the oldest; one statement."""
    rows = Location.objects.filter(kind=Location.QUARANTINE, company__in=companies).order_by("-pk").values_list("warehouse_id", "pk")
    return {house: place for house, place in rows if house is not None}


@action(
    ReturnAuthorisation,
    moves={"received": "received"},
    permission="sales.inspect_return",
    name="inspect_return",
    title=_("Inspect"),
    done=_("Inspected"),
)
def inspect(
    returns: DocumentSet[ReturnAuthorisation],
    *,
    on: date,
    restock: Restocking = {},  # noqa: B006  a default for the doors, never changed
    scrap: Otherwise = {},  # noqa: B006  a default for the doors, never changed
    repair: Otherwise = {},  # noqa: B006  a default for the doors, never changed
    send_back: Otherwise = {},  # noqa: B006  a default for the doors, never changed
    lots: LotsOfLines = {},  # noqa: B006  a default for the doors, never changed
    from_repair: bool = False,
    note: str = "",
) -> None:
    """Say by line what came back is good for: into stock again, scrapped (booked as such), kept for repair, or sent back to the customer.

    ``from_repair``: it is about what was kept for repair. Of tracked goods the lots are named, unless all that waits goes one way.
    """
    lines = measured_returns(returns.ids)
    given: dict[str, Mapping[int, Decimal]] = {RESTOCK: restock, SCRAP: scrap, REPAIR: {} if from_repair else repair, SEND_BACK: send_back}
    check_lines(returns.rows, lines, {key: 1 for quantities in [*given.values(), lots] for key in quantities})
    there = waiting_of([ln for rows in lines.values() for ln in rows], of_repair=from_repair)
    found: list[ReturnInspection] = []
    papers = _Papers(on)
    for row in returns:
        before = len(found)
        for line in lines[row.pk]:
            asked = {outcome: quantities[line.pk] for outcome, quantities in given.items() if line.pk in quantities}
            left = line.in_repair if from_repair else line.waiting
            if sum(asked.values(), ZERO) > left:
                raise MoreThanReceived(
                    asked=figure(sum(asked.values(), ZERO)), product=line.product, document=row, left=figure(left), rows=rows_json([row])
                )
            for outcome, quantity in asked.items():
                chosen = _chosen_lots(row, line, there[line.pk], quantity, lots.get(line.pk, ""), one=len(asked) == 1)
                looked = ReturnInspection(
                    line=line, on=on, outcome=outcome, quantity=quantity, of_repair=from_repair, lots=chosen, note=note
                )
                found.append(looked)
                if outcome != REPAIR:
                    found[-1:] = papers.add(row, line, looked, there[line.pk])
        if len(found) == before:
            raise NothingInspected(document=row, rows=rows_json([row]))
    returns.made |= papers.post(returns)
    insert_rows(ReturnInspection, found)


def _chosen_lots(row: ReturnAuthorisation, line: Any, there: Waiting, quantity: Decimal, named: str, *, one: bool) -> str:
    """The lots of a tracked line that an outcome is about, as papers write them."""
    if line.product.tracking == Product.UNTRACKED:
        return ""
    serial = line.product.tracking == Product.SERIAL
    if not named and sum(there.lots.values(), ZERO) == quantity:
        return written(list(there.lots.items()), serial)
    if not named or not one:
        raise OneOutcomeOfLots(product=line.product, line=line.position, rows=rows_json([row]))
    parts = parse(named, quantity, line.product, {"rows": rows_json([row])})
    for part in parts:
        if part.quantity > there.lots.get(part.number, ZERO):
            raise LotNotWaiting(
                asked=figure(part.quantity), number=part.number, product=line.product, document=row, left=figure(there.lots.get(part.number, ZERO)),
                waiting=written(list(there.lots.items()), serial) or _now("none"), rows=rows_json([row]),
            )  # fmt: skip
    return written([(p.number, p.quantity) for p in parts], serial)


class _Papers:
    """The papers of an inspection: of each return and place a transfer into stock, an adjustment for what is scrapped, a delivery back."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.drafts: dict[str, dict[tuple[int, int, int], Draft]] = {RESTOCK: {}, SCRAP: {}, SEND_BACK: {}}
        self.waiting: list[tuple[ReturnInspection, Any]] = []

    def add(self, row: ReturnAuthorisation, line: Any, looked: ReturnInspection, there: Waiting) -> list[ReturnInspection]:
        """Put what was inspected on the paper of its outcome, from where it lies; one row of the inspection for each place."""
        left, made = looked.quantity, []
        for place in there.places:
            part = min(left, place[2])
            if part <= 0:
                continue
            place[2] -= part
            left -= part
            own = ReturnInspection(
                line=line,
                on=looked.on,
                outcome=looked.outcome,
                quantity=part,
                of_repair=looked.of_repair,
                lots=looked.lots,
                note=looked.note,
            )
            paper = self.drafts[looked.outcome].setdefault(
                (row.pk, place[0], place[1]), self._paper(row, looked.outcome, place[0], place[1])
            )
            paper_line = _line_of(looked.outcome, line, part, looked.lots)
            paper.lines.append(paper_line)
            self.waiting.append((own, paper_line))
            made.append(own)
        return made

    def _paper(self, row: ReturnAuthorisation, outcome: str, house: int, place: int) -> Draft:
        shared: dict[str, Any] = {
            "company_id": row.company_id, "warehouse_id": house, "place_id": place, "on": self.on, "memo": str(row),
            "source_table": row._meta.db_table, "source_id": row.pk,
        }  # fmt: skip
        if outcome == RESTOCK:
            return Draft(StockTransfer(to_warehouse_id=house, **shared), [])
        if outcome == SCRAP:
            return Draft(StockAdjustment(kind=StockAdjustment.SCRAP, **shared), [])
        return Draft(GoodsIssue(customer_id=row.customer_id, leaves_as=GoodsIssue.SENT_BACK, **shared), [])

    def post(self, returns: DocumentSet[ReturnAuthorisation]) -> dict[str, list[int]]:
        """Write and post the papers; the inspections learn their lines."""
        made: dict[str, list[int]] = {}
        for outcome, model, parent, verb, key in (
            (RESTOCK, StockTransfer, "transfer", post_transfer, "transfers"),
            (SCRAP, StockAdjustment, "adjustment", post_adjustment, "adjustments"),
            (SEND_BACK, GoodsIssue, "issue", post_issue, "deliveries"),
        ):
            papers = write_papers(list(self.drafts[outcome].values()), parent)
            if papers:
                verb(DocumentSet(model, papers, returns.actor, returns.reason))  # type: ignore[operator]
                made[key] = [p.pk for p in papers]
        for looked, paper_line in self.waiting:
            looked.paper_table, looked.paper_line = paper_line._meta.db_table, paper_line.pk
        return made


def _line_of(outcome: str, line: Any, quantity: Decimal, lots: str) -> Any:
    """Of goods of catch weight, which are looked at by weight, so many pieces as weigh about that."""
    papers: dict[str, Any] = {RESTOCK: StockTransferLine, SCRAP: StockAdjustmentLine, SEND_BACK: GoodsIssueLine}
    moved = -quantity if outcome == SCRAP else quantity
    return papers[outcome](product_id=line.product_id, quantity=moved, lots=lots, **estimated(line.product, moved))


# ------------------------------------------------------------------ settling


@action(
    ReturnAuthorisation,
    moves={"received": "received"},
    permission="sales.refund_return",
    name="refund_return",
    title=_("Credit the customer"),
    done=_("Credit note written"),
)
def refund(
    returns: DocumentSet[ReturnAuthorisation],
    *,
    on: date,
    quantities: Refunding = {},  # noqa: B006  a default for the doors, never changed
    restocking_percent: Share | None = None,
    post: bool = False,
) -> None:
    """Credit what was invoiced of goods that came back, at the original prices and rates: of lines for which a refund is wanted, or as given.

    The restocking fee, a percentage of the net (that of the return unless another is given), is invoiced beside it with the tax of the goods.
    ``post`` posts both.
    """
    if post:
        may_post_invoices(returns)
    lines = measured_returns(returns.ids)
    check_lines(returns.rows, lines, quantities)
    sold = measured().select_related("product").in_bulk(sorted({ln.order_line_id for rows in lines.values() for ln in rows}))
    owed = {pk: max(-to_invoice(ln), ZERO) for pk, ln in sold.items()}
    parts: dict[int, list[list[Any]]] = defaultdict(list)
    for row in returns:
        wanted = _to_refund(row, lines[row.pk], quantities)
        credited = ZERO
        for line, quantity in wanted:
            part = min(quantity, owed[line.order_line_id])
            if part > 0:
                owed[line.order_line_id] -= part
                parts[line.order_line_id].append([line, part])
                credited += part
        if not credited:
            raise NothingToRefund(document=row, rows=rows_json([row]))
    wanted_lines = to_credit([(sold[key], sum((q for _ln, q in own), ZERO)) for key, own in sorted(parts.items())])
    notes = credit_quantities(wanted_lines, on=on, memo=", ".join(map(str, returns.rows[:5])))
    note_lines = list(InvoiceLine.objects.filter(invoice__in=notes).select_related("invoice").order_by("pk"))
    shares = _share_out(note_lines, parts)
    if not shares:
        raise NothingToRefund(document=returns.rows[0], rows=rows_json(returns.rows[:1]))
    insert_rows(ReturnCredit, [ReturnCredit(line=line, note_line=note, quantity=q) for line, note, q in shares])
    percents = {r.pk: r.restocking_percent if restocking_percent is None else restocking_percent for r in returns}
    fees = draft_invoices(_fees(returns.rows, percents, shares, on), actor=returns.actor)
    if post:
        rows = list(Invoice.objects.filter(pk__in=[*notes, *fees]).order_by("pk"))
        post_invoices(DocumentSet(Invoice, rows, returns.actor, returns.reason))
    returns.made["invoices"] = [*notes, *fees]


def _to_refund(row: ReturnAuthorisation, lines: Sequence[Any], quantities: Mapping[int, Decimal]) -> list[tuple[Any, Decimal]]:
    if not quantities:
        return [(ln, to_refund(ln)) for ln in lines if ln.wanted == ReturnLine.REFUND]
    wanted = [(ln, quantities[ln.pk]) for ln in lines if ln.pk in quantities]
    for line, quantity in wanted:
        if quantity > to_refund(line):
            raise MoreThanToRefund(asked=figure(quantity), **_figures(row, line), received=figure(line.received))
    return wanted


def _figures(row: ReturnAuthorisation, line: Any) -> dict[str, Any]:
    return {
        "product": line.product, "document": row, "authorised": figure(line.quantity), "credited": figure(line.credited),
        "replaced": figure(line.replaced), "sent_back": figure(line.sent_back), "rows": rows_json([row]),
    }  # fmt: skip


def _share_out(notes: Sequence[InvoiceLine], parts: Mapping[int, list[list[Any]]]) -> list[tuple[Any, InvoiceLine, Decimal]]:
    """Which line of a return each line of a credit note is for, in their order; one statement."""
    billed = dict(InvoiceLine.objects.filter(pk__in=[n.source_id for n in notes]).values_list("pk", "source_id"))
    shares = []
    for note in notes:
        left = note.quantity
        for part in parts.get(billed.get(note.source_id or 0) or 0, ()):
            q = min(left, part[1])
            if q > 0:
                part[1] -= q
                left -= q
                shares.append((part[0], note, q))
    return shares


def _fees(
    returns: Sequence[ReturnAuthorisation],
    percents: Mapping[int, Decimal],
    shares: Sequence[tuple[Any, InvoiceLine, Decimal]],
    on: date,
) -> list[Draft]:
    """The invoice of each return's restocking fee: of each tax code its percentage of the net that is credited, rounded to the currency."""
    decimals = decimals_of({note.invoice.currency_id for _ln, note, _q in shares})
    drafts = []
    for row in returns:
        if not percents[row.pk]:
            continue
        nets: dict[tuple[str, int | None, str], Decimal] = defaultdict(lambda: ZERO)
        for line, note, quantity in shares:
            if line.authorisation_id == row.pk:
                nets[note.invoice.currency_id or "", note.tax_code_id, note.tax_explanation] += note.net * quantity / note.quantity
        for currency in sorted({key[0] for key in nets}):
            made = []
            for (own, code, why), net in sorted(nets.items(), key=str):
                fee = rounded(net * percents[row.pk] / HUNDRED, decimals[currency])
                if own != currency or not fee:
                    continue
                said = _now("Restocking fee ({percent}%) of return {number}")
                line = InvoiceLine(
                    description=said.format(percent=figure(percents[row.pk]), number=row), quantity=Decimal(1), unit_price=fee,
                    tax_code_id=code, tax_explanation=why,
                )  # fmt: skip
                line.given = frozenset({"tax_code"})  # type: ignore[attr-defined]  # that of the goods
                made.append(line)
            invoice = Invoice(
                company_id=row.company_id, customer_id=row.customer_id, on=on, currency_id=currency, salesperson_id=row.salesperson_id,
                reference=row.reference or row.number or "", source_table=row._meta.db_table, source_id=row.pk,
            )  # fmt: skip
            if made:
                drafts.append(Draft(invoice, made))
    return drafts


@action(
    ReturnAuthorisation,
    moves={"authorised": "authorised", "received": "received"},
    permission="sales.replace_return",
    name="replace_return",
    title=_("Replace"),
    done=_("Replacement ordered"),
)
def replace(
    returns: DocumentSet[ReturnAuthorisation],
    *,
    on: date,
    quantities: Replacing = {},  # noqa: B006  a default for the doors, never changed
) -> None:
    """Order the same goods for the customer once more at no charge, and confirm it: of lines for which a replacement is wanted, or as given.

    What the customer got first stays invoiced; the replacement is delivered by its order, and its cost is cost of goods sold. It may be sent
    before the goods come back.
    """
    lines = measured_returns(returns.ids)
    check_lines(returns.rows, lines, quantities)
    drafts = []
    for row in returns:
        if quantities:
            wanted = [(ln, quantities[ln.pk]) for ln in lines[row.pk] if ln.pk in quantities]
        else:
            wanted = [(ln, to_replace(ln)) for ln in lines[row.pk] if ln.wanted == ReturnLine.REPLACE and to_replace(ln) > 0]
        if not wanted:
            raise NothingToReplace(document=row, rows=rows_json([row]))
        for line, quantity in wanted:
            if quantity > to_replace(line):
                raise MoreThanToReplace(asked=figure(quantity), **_figures(row, line))
        drafts.append(_replacement_of(row, wanted, on))
    complete(drafts)
    for draft in drafts:
        sentence = _now("Replacement at no charge for return {number}").format(number=draft.row.authorisation)
        for order_line in draft.lines:
            order_line.price_explanation = {"source": "hand", "price": "0", "sentence": sentence, "rules": []}
    orders = write_papers(drafts, "order")
    confirm(DocumentSet(Order, orders, returns.actor, returns.reason), on=on)
    returns.made["orders"] = [o.pk for o in orders]


def _replacement_of(row: ReturnAuthorisation, wanted: Sequence[tuple[Any, Decimal]], on: date) -> Draft:
    first = wanted[0][0].order_line.order
    order = Order(
        company_id=row.company_id, customer_id=row.customer_id, contact=first.contact, reference=row.reference, on=on, currency_id=first.currency_id,
        warehouse_id=first.warehouse_id, reserve_partly=True, salesperson_id=row.salesperson_id, shipping_address=first.shipping_address, authorisation=row,
    )  # fmt: skip
    made = []
    for line, quantity in wanted:
        copy = OrderLine(
            product_id=line.product_id, description=line.order_line.description, quantity=quantity, unit_price=ZERO, tax_code_id=line.order_line.tax_code_id,
            tax_explanation=line.order_line.tax_explanation, return_line=line,
        )  # fmt: skip
        copy.given = frozenset({"tax_code"})  # type: ignore[attr-defined]  # that of the goods
        made.append(copy)
    return Draft(order, made)


@action(
    ReturnAuthorisation,
    moves={"received": "settled"},
    permission="sales.authorise_return",
    name="settle_return",
    title=_("Settle return"),
    done=_("Return settled"),
)
def settle(returns: DocumentSet[ReturnAuthorisation]) -> None:
    """End returns: everything that came was inspected, and credited, replaced or sent back, or the reason says why not.

    What was authorised and did not come may not come any more.
    """
    lines = measured_returns(returns.ids)
    sold = measured().select_related("product").in_bulk(sorted({ln.order_line_id for rows in lines.values() for ln in rows}))
    for row in returns:
        for line in lines[row.pk]:
            what = {"document": row, "line": line.position, "product": line.product, "rows": rows_json([row])}
            if line.waiting or line.in_repair:
                raise NotInspectedYet(waiting=figure(line.waiting), in_repair=figure(line.in_repair), **what)
            left = line.received - line.credited - line.replaced - line.sent_back
            if line.wanted == ReturnLine.REFUND:
                left = min(left, max(-to_invoice(sold[line.order_line_id]), ZERO))  # what was not invoiced is not owed back
            if left > 0 and line.wanted != ReturnLine.NOTHING and not returns.reason.strip():
                raise NotSettledYet(left=figure(left), fields={"reason": _now("Say why.")}, **what)
    day = timezone.localdate()
    record([_told(r, returns.actor, _now("Return {number} settled"), day, returns.reason) for r in returns])


__all__ = ["ask_return", "authorise", "cancel", "expire", "expire_due", "extend", "inspect", "receive", "refund", "replace", "settle"]
