"""Rebates accrue with every invoice and are taken back with credit notes (PR-03). For a set of documents in constant statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft
from fondaco.frontoffice.pricing.models import RebateAccrual, RebateAgreement
from fondaco.frontoffice.pricing.posting import accrued
from fondaco.frontoffice.pricing.queries import Stand, stands
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Paper:
    """A posted document that counts for an agreement: its turnover (below zero where it takes some back), and the day its accrual is booked."""

    agreement: int
    kind: str
    invoice: int
    number: str
    turnover: Decimal
    on: date


def accrue(papers: Sequence[Paper], *, actor: Actor, late_reason: str = "") -> None:
    """Book what documents do to agreements in force: their own accrual, then what catches up where another tier holds with them.

    Agreements are locked in key order, so that two who post at once see each other's turnover. Documents are taken in the order given.
    """
    wanted = {p.agreement for p in papers}
    locked = {
        a.pk: a
        for a in RebateAgreement.objects.select_for_update(of=["self"])
        .filter(pk__in=wanted, state="in_force")
        .select_related("company")
        .order_by("pk")
    }
    if not locked:
        return
    standing = stands(locked.values())
    decimals = decimals_of({a.company.currency_id for a in locked.values()})
    rows: list[RebateAccrual] = []
    drafts: list[EntryDraft] = []
    for paper in papers:
        agreement = locked.get(paper.agreement)
        if agreement is None:
            continue
        stand, places = standing[agreement.pk], decimals[agreement.company.currency_id]
        stand.turnover += paper.turnover
        percent = stand.percent()
        own = rounded(paper.turnover * percent / HUNDRED, places)
        rows.append(
            RebateAccrual(
                agreement=agreement,
                kind=paper.kind,
                invoice_id=paper.invoice,
                on=paper.on,
                turnover=paper.turnover,
                percent=percent,
                amount=own,
            )
        )
        memo = _("Rebate {agreement}: {document}").format(agreement=agreement, document=paper.number)
        drafts.append(accrued(agreement, own, paper.on, memo, late_reason))
        stand.accrued += own
        more = catching_up(agreement, stand, percent, places, paper.on, late_reason)
        if more is not None:
            rows.append(more[0])
            drafts.append(more[1])
    write(rows, drafts, actor=actor)


def catching_up(
    agreement: RebateAgreement, stand: Stand, percent: Decimal, places: int, on: date, late_reason: str = ""
) -> tuple[RebateAccrual, EntryDraft] | None:
    """What is missing to the whole turnover at ``percent``, or too much; nothing where that is accrued. Cents of rounding count too."""
    missing = rounded(stand.turnover * percent / HUNDRED, places) - stand.accrued
    if not missing:
        return None
    stand.accrued += missing
    memo = _("Rebate {agreement}: caught up at {percent}%").format(agreement=agreement, percent=f"{percent.normalize():f}")
    row = RebateAccrual(agreement=agreement, kind=RebateAccrual.CATCH_UP, on=on, percent=percent, amount=missing)
    return row, accrued(agreement, missing, on, memo, late_reason)


def write(rows: Sequence[RebateAccrual], drafts: Sequence[EntryDraft], *, actor: Actor) -> None:
    """Post the entries of accruals, one each that comes to something, and write the accruals."""
    booked = [n for n, row in enumerate(rows) if row.amount]
    for n, entry in zip(booked, ledger.post([drafts[n] for n in booked], actor=actor), strict=True):
        rows[n].entry = entry
    insert_rows(RebateAccrual, rows)


def rebate_shares(wanted: Sequence[tuple[int, int, date]], agreements: Sequence[RebateAgreement]) -> list[Decimal]:
    """The share of the net that customers will be given back, for (company, customer, day); two statements, none without agreements."""
    if not agreements:
        return [ZERO] * len(wanted)
    standing = stands(agreements)
    by_customer: dict[tuple[int, int], list[RebateAgreement]] = defaultdict(list)
    for a in agreements:
        by_customer[a.company_id, a.customer_id].append(a)
    return [
        next((standing[a.pk].percent() / HUNDRED for a in by_customer[company, customer] if a.valid_from <= on <= a.valid_to), ZERO)
        for company, customer, on in wanted
    ]


__all__ = ["Paper", "accrue", "catching_up", "rebate_shares", "write"]
