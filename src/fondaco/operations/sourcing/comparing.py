"""Offers beside each other (PC-02): what a unit costs landed, in company currency at the rate of the day, and which is the best of each line.

A unit's landed cost is its price, its share of the vendor's freight (by value of what he offers) and duty on both. Rounded half away from
zero to four decimals.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateMissing, rate_table
from fondaco.operations.sourcing.models import Invitation, Offer, OfferLine, QuoteRequest, QuoteRequestLine
from fondaco.operations.sourcing.queries import last_offers, lines_of, offered_lines
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)
DECIMALS = 4


@dataclass
class Cell:
    """What one vendor offers of one line."""

    offered: OfferLine
    landed: Decimal | None
    is_best: bool = False


@dataclass
class Column:
    """One vendor: his answer, and what everything he offers comes to landed (empty without a rate)."""

    invitation: Invitation
    offer: Offer | None
    cells: dict[int, Cell] = field(default_factory=dict)
    total: Decimal | None = None
    slowest: int | None = None
    rate: Decimal | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything is offered that was asked for."""
        return bool(self.cells) and all(c.offered.quantity >= c.offered.line.quantity for c in self.cells.values())


@dataclass
class Comparison:
    request: QuoteRequest
    lines: list[QuoteRequestLine]
    columns: list[Column]


def compare(request: QuoteRequest, *, on: date) -> Comparison:
    """The last answers to a request beside each other; seven statements."""
    lines = lines_of([request.pk])[request.pk]
    invitations = list(Invitation.objects.filter(request=request).select_related("vendor").order_by("position", "id"))
    offers = last_offers(i.pk for i in invitations if i.state == "answered")
    offered = offered_lines(o.pk for o in offers.values())
    company = Company.objects.get(pk=request.company_id)
    rates = rate_table(company, {o.currency_id for o in offers.values()})
    by_key = {ln.pk: ln for ln in lines}
    columns = []
    for invitation in invitations:
        offer = offers.get(invitation.pk)
        column = Column(invitation, offer)
        if offer is not None:
            _fill(column, offer, offered[offer.pk], by_key, _rate(rates, offer.currency_id, on))
        columns.append(column)
    for line in lines:
        costs = [c.cells[line.pk] for c in columns if line.pk in c.cells and c.cells[line.pk].landed is not None]
        if costs:
            least = min(c.landed for c in costs if c.landed is not None)
            for cell in costs:
                cell.is_best = cell.landed == least
    return Comparison(request, lines, columns)


def _rate(rates: object, currency: str, on: date) -> Decimal | None:
    try:
        return rates.rate(currency, on)  # type: ignore[attr-defined]
    except RateMissing:
        return None


def _fill(column: Column, offer: Offer, offered: dict[int, OfferLine], lines: dict[int, QuoteRequestLine], rate: Decimal | None) -> None:
    value = sum((row.quantity * row.unit_price for row in offered.values()), ZERO)
    duty = (HUNDRED + column.invitation.duty_percent) / HUNDRED
    total = ZERO
    for key, row in offered.items():
        row.line = lines[key]
        landed = None
        if rate is not None:
            share = offer.freight * row.unit_price / value if value else ZERO
            landed = rounded((row.unit_price + share) * rate * duty, DECIMALS)
            total += landed * row.quantity
        column.cells[key] = Cell(row, landed)
    column.rate = rate
    column.total = rounded(total, DECIMALS) if rate is not None and len(offered) == len(lines) and column.is_whole else None
    column.slowest = max((row.lead_days for row in offered.values() if row.lead_days is not None), default=None)
