"""Why we win and lose (SA-09): closed deals by reason, competitor, source, stage, salesperson, worth or month.

A deal counts in the days in which it was closed, with what it was worth in company currency at the rate of its day; where there was no rate it
counts by number only, and is told. A deal for which several competitors offered counts for each of them, in its sum once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.frontoffice.crm.models import DealCompetitor, Opportunity
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.money import ZERO

VIEW, WON = "crm.view_opportunity", "won"
BY = ("reason", "competitor", "source", "stage", "salesperson", "worth", "month")
#: Where bands of worth begin, in company currency.
BANDS = tuple(Decimal(n) for n in (0, 1_000, 5_000, 25_000, 100_000))


@dataclass(frozen=True, slots=True)
class Closed:
    """A deal that was won or lost; ``worth`` is None where no rate reached it."""

    key: int
    won: bool
    on: date
    days: int
    worth: Decimal | None
    reason: int | None
    source: str | None
    stage: int | None
    salesperson: int | None


@dataclass
class Row:
    """What became of deals: numbers, amounts in company currency, days from opening to closing."""

    won: int = 0
    lost: int = 0
    won_amount: Decimal = ZERO
    lost_amount: Decimal = ZERO
    won_days: int = 0
    lost_days: int = 0
    without_rate: int = 0

    def add(self, deal: Closed) -> None:
        worth = deal.worth or ZERO
        self.without_rate += deal.worth is None
        if deal.won:
            self.won, self.won_amount, self.won_days = self.won + 1, self.won_amount + worth, self.won_days + deal.days
        else:
            self.lost, self.lost_amount, self.lost_days = self.lost + 1, self.lost_amount + worth, self.lost_days + deal.days

    @property
    def rate(self) -> Decimal | None:
        """Deals won of those closed, by number."""
        return Decimal(self.won) / (self.won + self.lost) if self.won or self.lost else None

    @property
    def amount_rate(self) -> Decimal | None:
        """Deals won of those closed, by amount; None where they came to nothing."""
        total = self.won_amount + self.lost_amount
        return self.won_amount / total if total else None

    @property
    def mean_won_days(self) -> Decimal | None:
        return Decimal(self.won_days) / self.won if self.won else None

    @property
    def mean_lost_days(self) -> Decimal | None:
        return Decimal(self.lost_days) / self.lost if self.lost else None


def band_of(worth: Decimal | None) -> Decimal | None:
    """Where the band begins in which a deal lies."""
    return None if worth is None else max(b for b in BANDS if b <= worth)


KEYS: dict[str, Callable[[Closed], Any]] = {
    "reason": lambda d: d.reason, "source": lambda d: d.source, "stage": lambda d: d.stage, "salesperson": lambda d: d.salesperson,
    "worth": lambda d: band_of(d.worth), "month": lambda d: d.on.replace(day=1),
}  # fmt: skip


def closed_deals(actor: Actor, company: Company, *, first: date, last: date) -> list[Closed]:
    """The deals closed between two days that ``actor`` may see. One statement."""
    if not actor.may(VIEW, company.pk):
        raise NotAllowed(verb="see", what=Opportunity._meta.verbose_name_plural, permission=VIEW)
    rows = visible(Opportunity.objects.filter(company=company, closed_on__range=(first, last)), actor, VIEW).order_by("closed_on", "pk")
    return [
        Closed(pk, state == WON, on, (on - opened).days, worth, reason, source, stage, salesperson)  # type: ignore[arg-type,operator]
        for pk, state, on, opened, worth, reason, source, stage, salesperson in rows.values_list(
            "pk", "state", "closed_on", "on", "closed_amount", "close_reason_id", "lead__source", "closed_from_id", "salesperson_id"
        )
    ]


def why(actor: Actor, company: Company, by: str, *, first: date, last: date) -> tuple[Row, dict[Any, Row]]:
    """All of it, and by what is asked for (one of ``BY``); None is what has none. At most two statements."""
    deals = closed_deals(actor, company, first=first, last=last)
    total, found = Row(), defaultdict(Row)
    competitors: dict[int, list[int]] = defaultdict(list)
    if by == "competitor":
        offered = DealCompetitor.objects.filter(opportunity__in=[d.key for d in deals]).order_by("pk")
        for key, competitor in offered.values_list("opportunity_id", "competitor_id"):
            competitors[key].append(competitor)
    for deal in deals:
        total.add(deal)
        rows: Iterable[Any] = (competitors[deal.key] or [None]) if by == "competitor" else [KEYS[by](deal)]
        for row in rows:
            found[row].add(deal)
    return total, dict(found)


__all__ = ["BANDS", "BY", "Closed", "Row", "band_of", "closed_deals", "why"]
