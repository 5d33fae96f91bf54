"""What an amendment writes: the next version of a contract, its steps, what it brings before and after, and a line on the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.frontoffice.subscriptions.charging import Book
from fondaco.frontoffice.subscriptions.models import Contract, ContractAmendment, ContractLine, ContractStep
from fondaco.frontoffice.subscriptions.pricing import Step, Terms, monthly, step_on
from fondaco.masterdata.catalog.models import PriceList
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.money import ZERO

#: The fields of a contract that amendments move.
MOVED = ("version_number", "ends_on", "renews", "next_on")


@dataclass
class Change:
    """One amendment of one contract, not yet written. ``steps`` are new ones of a product; the contract has its new terms already."""

    contract: Contract
    kind: str
    on: date
    said: str
    before: Decimal
    steps: list[tuple[int, Step]] = field(default_factory=list)
    lines: list[ContractLine] = field(default_factory=list)


def brings(book: Book, contract: Contract, on: date, terms: Terms | None = None) -> Decimal:
    """What a contract brings in a month on a day: all that recurs, each line rounded to the minor unit (MRR)."""
    terms = terms or book.terms(contract)
    if on < terms.starts_on or (terms.ends_on is not None and on > terms.ends_on) or terms.rests(on):
        return ZERO
    decimals = book.decimals[contract.currency_id or ""]
    return sum(
        (
            monthly(step_on(book.steps_of(ln), on), per_months=ln.per_months, discount=ln.discount_percent, decimals=decimals)
            for ln in book.lines.get(contract.pk, ())
            if ln.kind == ContractLine.RECURRING
        ),
        ZERO,
    )


def write(changes: Sequence[Change], book: Book, *, actor: Actor, reason: str) -> None:
    """Write amendments: version and terms of each contract first, then its lines and steps, then what it brings now. Eight statements at most."""
    contracts = [c.contract for c in changes]
    for c in changes:
        c.contract.version_number += 1
        # What was invoiced may have to be made good: the next run looks at it.
        c.contract.next_on = min(filter(None, (c.contract.next_on, c.on)), default=c.on)
    attributes = {name: [getattr(c, name) for c in contracts] for name in MOVED}
    update_rows(Contract, {"id": [c.pk for c in contracts], **attributes})
    insert_rows(ContractLine, [ln for c in changes for ln in c.lines])
    steps = dict(book.steps)
    lines = dict(book.lines)
    rows = []
    for c in changes:
        version = c.contract.version_number
        lines[c.contract.pk] = [*lines.get(c.contract.pk, ()), *c.lines]
        for product, step in c.steps:
            made = Step(step.from_on, step.quantity, step.unit_price, version)
            rows.append(
                ContractStep(
                    contract=c.contract, product_id=product, from_on=made.from_on, quantity=made.quantity, unit_price=made.unit_price,
                    version_number=version,
                )
            )  # fmt: skip
            steps[c.contract.pk, product] = [*steps.get((c.contract.pk, product), ()), made]
    insert_rows(ContractStep, rows)
    book.steps, book.lines = steps, lines
    tell(changes, book, actor=actor, reason=reason)
    ends = [c.contract for c in changes if c.contract.price_list_id]
    update_rows(PriceList, {"id": [c.price_list_id for c in ends], "valid_to": [c.ends_on for c in ends]})


def tell(changes: Sequence[Change], book: Book, *, actor: Actor, reason: str) -> None:
    """Keep each amendment with what the contract brings now, and put it on the customer's timeline."""
    after = [brings(book, c.contract, c.on) for c in changes]
    insert_rows(
        ContractAmendment,
        [
            ContractAmendment(
                contract=c.contract, version_number=c.contract.version_number, kind=c.kind, on=c.on, reason=reason, said=c.said,
                before=c.before, after=now,
            )
            for c, now in zip(changes, after, strict=True)
        ],
    )  # fmt: skip
    kinds = dict(ContractAmendment.KINDS)
    record(
        [
            Interaction(
                party_id=c.contract.customer_id, company_id=c.contract.company_id, on=c.on, kind="contract", channel=actor.channel,
                title=f"{c.contract}: {kinds[c.kind]}", body="\n".join(filter(None, [c.said, reason])), source_table=Contract._meta.db_table,
                source_id=c.contract.pk, amount=now, currency_id=c.contract.currency_id, by=actor.username,
            )
            for c, now in zip(changes, after, strict=True)
        ]
    )  # fmt: skip


__all__ = ["Change", "brings", "tell", "write"]
