"""The verbs of a contract's life: bring into force, change, add, pause, resume, give notice, cancel, renew, end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.subscriptions.amending import Change, brings, tell, write
from fondaco.frontoffice.subscriptions.charging import Book, read
from fondaco.frontoffice.subscriptions.models import Contract, ContractAmendment, ContractCharge, ContractLine, ContractPause, ContractStep
from fondaco.frontoffice.subscriptions.pricing import DAY, Step, current, months_after, step_on
from fondaco.frontoffice.subscriptions.refusals import (
    EndsAlready,
    NotEndedYet,
    NoTermToRenew,
    NothingAgreed,
    NothingChanged,
    NoticeTooLate,
    NotPaused,
    NotRecurring,
    OutsideTerm,
    PausedAlready,
    ProductTwice,
    StepOfNothing,
)
from fondaco.masterdata.catalog.models import PriceList, PriceListMember, PriceRule, Product
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.money import ZERO, figure, priced, rounded

Quantity = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
Price = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=6)]
Rise = Annotated[Decimal, Field(gt=-100, le=100, max_digits=7, decimal_places=4)]
#: Prices that a renewal makes dearer keep four decimals, rounded half away from zero.
PRICE_DECIMALS = 4
HUNDRED = Decimal(100)
AMEND = "subscriptions.amend_contract"


@action(Contract, moves={"draft": "active"}, permission="subscriptions.activate_contract", title=_("Bring into force"), done=_("In force"))
def activate(contracts: DocumentSet[Contract]) -> None:
    """Bring contracts into force: number them, fix their dated prices, and let their prices for orders count among the price lists of the customer."""
    book = read(contracts.rows, charged=False)
    empty = [c for c in contracts if not book.lines.get(c.pk)]
    if empty:
        raise NothingAgreed(document=", ".join(map(str, empty)), rows=rows_json(empty))
    _judge_steps(contracts.rows, book)
    contracts.draw_numbers()
    for c in contracts:
        c.ends_on = None if c.term_months is None else months_after(c.starts_on, c.term_months) - DAY
        c.next_on = c.starts_on
    steps = dict(book.steps)
    rows = []
    for c in contracts:
        for line in book.lines[c.pk]:
            key = (c.pk, line.product_id)
            if line.kind in (ContractLine.RECURRING, ContractLine.ONE_OFF) and not any(
                s.from_on <= c.starts_on for s in steps.get(key, ())
            ):
                step = Step(c.starts_on, line.quantity, line.unit_price or ZERO)
                steps[key] = [*steps.get(key, ()), step]
                rows.append(
                    ContractStep(
                        contract=c, product_id=line.product_id, from_on=step.from_on, quantity=step.quantity, unit_price=step.unit_price
                    )
                )
    insert_rows(ContractStep, rows)
    book.steps = steps
    _open_price_lists(contracts.rows, book)
    contracts.save_with_state("number", "ends_on", "next_on", "price_list")
    tell(
        [Change(c, ContractAmendment.SIGNED, c.starts_on, _signed(c), ZERO) for c in contracts],
        book,
        actor=contracts.actor,
        reason=contracts.reason,
    )


def _signed(contract: Contract) -> str:
    if contract.ends_on is None:
        return _now("until it is cancelled")
    return _now("until {last}").format(last=f"{contract.ends_on:%d.%m.%Y}")


def _judge_steps(contracts: Sequence[Contract], book: Book) -> None:
    """Dated prices are for lines that recur, tiers for lines by use; both for products that the contract has."""
    kinds = {(ln.contract_id, ln.product_id): ln.kind for rows in book.lines.values() for ln in rows}
    by_key = {c.pk: c for c in contracts}
    for wanted, keys in ((ContractLine.RECURRING, book.steps), (ContractLine.USAGE, book.tiers)):
        for key in keys:
            c = by_key[key[0]]
            outside = wanted == ContractLine.RECURRING and any(
                s.from_on < c.starts_on or (c.term_months and s.from_on >= months_after(c.starts_on, c.term_months))
                for s in book.steps[key]
            )
            if kinds.get(key) != wanted or outside:
                raise StepOfNothing(document=c, product=Product.objects.get(pk=key[1]), rows=rows_json([c]))


def _open_price_lists(contracts: Sequence[Contract], book: Book) -> None:
    """Prices for orders are a list of the customer's own, asked among the others (PR-01); four statements."""
    agreed = {c.pk: [ln for ln in book.lines[c.pk] if ln.kind == ContractLine.FOR_ORDERS] for c in contracts}
    having = [c for c in contracts if agreed[c.pk]]
    lists = {
        c.pk: PriceList(
            company_id=c.company_id, code=f"{c.company_id}-{c.number}", name=_now("Contract {number}").format(number=c.number), currency_id=c.currency_id,
            for_members_only=True, valid_from=c.starts_on, valid_to=c.ends_on,
        )
        for c in having
    }  # fmt: skip
    insert_rows(PriceList, list(lists.values()))
    insert_rows(PriceListMember, [PriceListMember(price_list=lists[c.pk], party_id=c.customer_id) for c in having])
    insert_rows(
        PriceRule,
        [
            PriceRule(
                price_list=lists[c.pk], product_id=ln.product_id, min_quantity=ln.quantity if ln.quantity > 1 else ZERO, price=_net(ln)
            )
            for c in having
            for ln in agreed[c.pk]
        ],
    )  # fmt: skip
    for c in having:
        c.price_list = lists[c.pk]


def _net(line: ContractLine) -> Decimal:
    """The price of an order's unit, less the line's discount, to four decimals (half away from zero)."""
    return rounded((line.unit_price or ZERO) * (HUNDRED - line.discount_percent) / HUNDRED, PRICE_DECIMALS)


@action(
    Contract,
    moves={"draft": "cancelled"},
    permission="subscriptions.write_contract",
    title=_("Give up"),
    done=_("Given up"),
    name="cancel_draft",
)
def cancel_draft(contracts: DocumentSet[Contract]) -> None:
    """Give up drafts of contracts."""


def _within(contract: Contract, on: date) -> None:
    if on < contract.starts_on or (contract.ends_on is not None and on > contract.ends_on):
        raise OutsideTerm(document=contract, first=contract.starts_on, last=contract.ends_on or "…", on=on, rows=rows_json([contract]))


def _paused(book: Book, contract: Contract) -> date | None:
    """Since when a contract rests without an end."""
    return next((first for first, last in book.pauses.get(contract.pk, ()) if last is None), None)


@action(ContractLine, permission=AMEND, title=_("Change"), done=_("Changed"), needs_reason=True)
def change(lines: DocumentSet[ContractLine], *, on: date, quantity: Quantity | None = None, unit_price: Price | None = None) -> None:
    """Change quantity or price of lines that recur from a day on; nought ends a line. What is left empty stays, also in later steps: a new quantity
    goes with the prices agreed for them, a new price holds until the next of them.

    Days invoiced already are made good with the next invoice: what is dearer is charged, what is cheaper given back, by days.
    """
    contracts = {c.pk: c for c in Contract.objects.select_for_update().filter(pk__in={ln.contract_id for ln in lines}).order_by("pk")}
    stopped = [c for c in contracts.values() if c.state != "active"]
    if stopped:
        raise _wrong_state(stopped)
    book = read(list(contracts.values()), charged=False)
    wrong = [ln for ln in lines if ln.kind != ContractLine.RECURRING]
    if wrong:
        raise NotRecurring(line=wrong[0], document=contracts[wrong[0].contract_id], rows=rows_json(wrong))
    changes: dict[int, Change] = {}
    said: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        contract = contracts[line.contract_id]
        _within(contract, on)
        steps = current(book.steps_of(line))
        held = step_on(steps, on) or Step(on, ZERO, line.unit_price or ZERO)
        now = replace(
            held,
            from_on=on,
            quantity=held.quantity if quantity is None else quantity,
            unit_price=held.unit_price if unit_price is None else unit_price,
        )
        if (now.quantity, now.unit_price) == (held.quantity, held.unit_price):
            raise NothingChanged(document=f"{contract}: {line}", rows=rows_json([line]))
        made = changes.setdefault(contract.pk, Change(contract, ContractAmendment.CHANGED, on, "", brings(book, contract, on)))
        made.steps.append((line.product_id, now))
        if quantity is not None:
            made.steps += [(line.product_id, replace(s, quantity=quantity)) for s in steps if s.from_on > on]
        said[contract.pk].append(
            _now("{line}: {before} × {price_before} becomes {after} × {price_after}").format(
                line=line,
                before=figure(held.quantity),
                price_before=priced(held.unit_price),
                after=figure(now.quantity),
                price_after=priced(now.unit_price),
            )
        )
    for key, made in changes.items():
        made.said = "\n".join(said[key])
    write(list(changes.values()), book, actor=lines.actor, reason=lines.reason)


def _wrong_state(contracts: Sequence[Contract]) -> WrongState:
    names = dict(Contract.STATES)
    return WrongState(
        document=", ".join(map(str, contracts)), state=", ".join(sorted({str(names[c.state]) for c in contracts})), verb=_("Change"),
        needed=str(names["active"]), rows=rows_json(contracts),
    )  # fmt: skip


@action(Contract, moves={"active": "active"}, permission=AMEND, title=_("Add a product"), done=_("Added"), needs_reason=True)
def add(
    contracts: DocumentSet[Contract], *, on: date, product: int, quantity: Quantity, unit_price: Price, per_months: Literal[1, 3, 6, 12] = 1,
    once: bool = False,
) -> None:  # fmt: skip
    """Add a product to contracts from a day on: it recurs at its price a month, quarter or year, or is charged once."""
    book = read(contracts.rows, charged=False)
    found = Product.objects.get(pk=product)
    changes = []
    for c in contracts:
        _within(c, on)
        if any(ln.product_id == product for ln in book.lines.get(c.pk, ())):
            raise ProductTwice(product=found, document=c, rows=rows_json([c]))
        language = book.languages.get(c.customer_id)
        line = ContractLine(
            contract=c, product=found, position=max((ln.position for ln in book.lines.get(c.pk, ())), default=0) + 1, quantity=quantity,
            unit_price=unit_price, per_months=per_months, kind=ContractLine.ONE_OFF if once else ContractLine.RECURRING,
            description=found.name_it if language == "it" and found.name_it else found.name, added_in=c.version_number + 1,
        )  # fmt: skip
        said = f"{line}: {figure(quantity)} × {priced(unit_price)}"
        changes.append(
            Change(c, ContractAmendment.ADDED, on, said, brings(book, c, on), [(product, Step(on, quantity, unit_price))], [line])
        )
    write(changes, book, actor=contracts.actor, reason=contracts.reason)


@action(Contract, moves={"active": "active"}, permission=AMEND, title=_("Pause"), done=_("Paused"), needs_reason=True)
def pause(contracts: DocumentSet[Contract], *, on: date) -> None:
    """Let contracts rest from a day on: what recurs is not charged until they are resumed; what was invoiced of these days is given back."""
    book = read(contracts.rows, charged=False)
    changes = []
    for c in contracts:
        _within(c, on)
        since = _paused(book, c)
        if since is not None or book.terms(c).rests(on):
            raise PausedAlready(document=c, first=since or on, rows=rows_json([c]))
        changes.append(Change(c, ContractAmendment.PAUSED, on, "", brings(book, c, on)))
        book.pauses = {**book.pauses, c.pk: (*book.pauses.get(c.pk, ()), (on, None))}
    insert_rows(ContractPause, [ContractPause(contract=c.contract, first=on) for c in changes])
    write(changes, book, actor=contracts.actor, reason=contracts.reason)


@action(
    Contract,
    moves={"active": "active"},
    permission=AMEND,
    title=_("Resume"),
    done=_("Resumed"),
    only_when=Q(pauses__isnull=False, pauses__last__isnull=True),
)
def resume(contracts: DocumentSet[Contract], *, on: date) -> None:
    """Let paused contracts go on from a day, at the quantities and prices that hold by then."""
    book = read(contracts.rows, charged=False)
    changes = []
    for c in contracts:
        since = _paused(book, c)
        if since is None or since >= on:
            raise NotPaused(document=c, on=on, rows=rows_json([c]))
        _within(c, on)
        changes.append(Change(c, ContractAmendment.RESUMED, on, "", brings(book, c, on)))
        book.pauses = {**book.pauses, c.pk: tuple((first, last or on - DAY) for first, last in book.pauses[c.pk])}
    open_ = dict(ContractPause.objects.filter(contract__in=contracts.ids, last=None).values_list("contract_id", "pk"))
    update_rows(ContractPause, {"id": list(open_.values()), "last": [on - DAY] * len(open_)})
    write(changes, book, actor=contracts.actor, reason=contracts.reason)


@action(
    Contract,
    moves={"active": "active"},
    permission=AMEND,
    title=_("Give notice"),
    done=_("Notice given"),
    only_when=Q(renews=True) | Q(ends_on=None),
)
def give_notice(contracts: DocumentSet[Contract], *, on: date) -> None:
    """Record that notice was given on a day: contracts end with their term and do not renew; those without a term end when the days of notice are over."""
    book = read(contracts.rows, charged=False)
    changes = []
    for c in contracts:
        if c.ends_on is not None and not c.renews:
            raise EndsAlready(document=c, last=c.ends_on, rows=rows_json([c]))
        notice = timedelta(days=c.notice_days)
        if c.ends_on is not None and on + notice > c.ends_on:
            raise NoticeTooLate(document=c, on=on, last=c.ends_on, days=c.notice_days, until=c.ends_on - notice, rows=rows_json([c]))
        c.ends_on = c.ends_on or max(on + notice, c.starts_on)
        after = c.ends_on + DAY
        changes.append(Change(c, ContractAmendment.NOTICE, after, _signed(c), brings(book, c, c.ends_on)))
        c.renews = False
    write(changes, book, actor=contracts.actor, reason=contracts.reason)


@action(
    Contract, moves={"active": "cancelled"}, permission="subscriptions.cancel_contract", title=_("Cancel"), done=_("Cancelled"), needs_reason=True,
    dangerous=True,
)  # fmt: skip
def cancel(contracts: DocumentSet[Contract], *, on: date, credit: bool = True) -> None:
    """End contracts before their term; ``on`` is the last day. With ``credit``, what was invoiced of later days is given back with the next invoice, by
    days; without, they run until the last day that is invoiced."""
    book = read(contracts.rows, charged=False)
    invoiced = {} if credit else _invoiced_until(contracts.ids)
    changes = []
    for c in contracts:
        _within(c, on)
        last = max(on, min(invoiced.get(c.pk, on), c.ends_on or date.max))
        before = brings(book, c, last)
        c.ends_on, c.renews = last, False
        changes.append(Change(c, ContractAmendment.CANCELLED, last + DAY, _signed(c), before))
    write(changes, book, actor=contracts.actor, reason=contracts.reason)


def _invoiced_until(contracts: Sequence[int]) -> dict[int, date]:
    found: dict[int, date] = {}
    rows = ContractCharge.objects.filter(contract__in=contracts, taken_back_by=None, kind=ContractCharge.CHARGE).order_by("last")
    found.update(rows.values_list("contract_id", "last"))
    return found


@action(
    Contract,
    moves={"active": "active"},
    permission="subscriptions.renew_contract",
    title=_("Renew"),
    done=_("Renewed"),
    only_when=Q(ends_on__isnull=False),
)
def renew(contracts: DocumentSet[Contract], *, rise_percent: Rise | None = None) -> None:
    """Renew contracts for the months agreed, from the day after their last one. What recurs becomes dearer by the percent agreed, or by the one given here
    (of an index, as published); prices are rounded to four decimals. Tariffs by use and prices for orders stay."""
    book = read(contracts.rows, charged=False)
    changes = []
    for c in contracts:
        if c.ends_on is None:
            raise NoTermToRenew(document=c, rows=rows_json([c]))
        begins, rise = c.ends_on + DAY, c.rise_percent if rise_percent is None else rise_percent
        before = brings(book, c, c.ends_on)
        c.ends_on = months_after(begins, c.renewal_months) - DAY
        steps = []
        for line in book.lines.get(c.pk, ()):
            held = step_on(book.steps_of(line), begins)
            if rise and line.kind == ContractLine.RECURRING and held is not None:
                dearer = rounded(held.unit_price * (HUNDRED + rise) / HUNDRED, PRICE_DECIMALS)
                steps.append((line.product_id, replace(held, from_on=begins, unit_price=dearer)))
        said = _signed(c) + (_now(", prices changed by {percent}%").format(percent=figure(rise)) if rise else "")
        changes.append(Change(c, ContractAmendment.RENEWED, begins, said, before, steps))
    write(changes, book, actor=contracts.actor, reason=contracts.reason)


@action(
    Contract, moves={"active": "ended"}, permission="subscriptions.renew_contract", title=_("End"), done=_("Ended"), name="end_contract"
)
def end(contracts: DocumentSet[Contract], *, on: date) -> None:
    """Close contracts whose last day has passed and that do not renew; what is left of their last days can still be invoiced."""
    running = [c for c in contracts if c.ends_on is None or c.ends_on >= on]
    if running:
        raise NotEndedYet(document=", ".join(map(str, running)), last=running[0].ends_on or "…", on=on, rows=rows_json(running))
