"""What is under way in the demo company, and the chance by which it goes on: one seed, drawn in one order; its calendar of half months."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from fondaco.connectors.demo.founding import House, document, table
from fondaco.connectors.demo.statements import Movement
from fondaco.platform.access.actors import Actor

WEEK = timedelta(days=7)
LINES = (1, 2, 2, 3, 3, 4)
#: Orders a week at scale 1.
ORDERS_A_WEEK = 23
CENT = Decimal("0.01")
#: A rest of the life that is shorter belongs to the half month before.
SHORT = timedelta(days=5)


@dataclass(frozen=True)
class Half:
    """Half a month of work: the 1st to the 15th, or the rest. What is done in it is done on three working days.

    ``is_last``: what is done in it is not finished when the demo is opened; ``is_ending``: the one before that.
    """

    number: int
    first: date
    until: date
    is_last: bool = False
    is_ending: bool = False

    @property
    def weeks(self) -> float:
        return ((self.until - self.first).days + 1) / 7

    @property
    def is_first_of_month(self) -> bool:
        return self.first.day < 16

    @property
    def begin(self) -> date:
        return min(_working(self.first, 1), self.until)

    @property
    def middle(self) -> date:
        return max(_working(self.first + (self.until - self.first) / 2, -1), self.begin)

    @property
    def end(self) -> date:
        return max(_working(self.until - timedelta(days=2), -1), self.middle) if not self.is_last else self.until


def halves(first: date, last: date) -> Iterator[Half]:
    """The half months from ``first`` to ``last``, both within."""
    begins = [first]
    while (following := _next_half(begins[-1])) <= last - SHORT:
        begins.append(following)
    for number, begin in enumerate(begins):
        is_last = number == len(begins) - 1
        until = last if is_last else begins[number + 1] - timedelta(days=1)
        yield Half(number, begin, until, is_last, number == len(begins) - 2)


def _next_half(day: date) -> date:
    return day.replace(day=16) if day.day < 16 else (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _working(day: date, step: int) -> date:
    """The working day that is ``day``, or the next one forwards (1) or backwards (-1)."""
    while day.weekday() > 4:
        day += timedelta(days=step)
    return day


@dataclass
class Due:
    """What a customer will pay of an open item on a day: so much settles it, so much arrives."""

    item: int
    settled: Decimal
    paid: Decimal


@dataclass
class Life:
    """What is under way: payments that will come, orders on the bench, quotes waiting for an answer."""

    house: House
    scale: float
    last: date
    chance: Random
    #: The chance of those who make goods, apart: what they do changes nothing of what customers do.
    makers: Random = field(default_factory=lambda: Random(0))
    #: The people of the company as they act, by login.
    people: Mapping[str, Actor] = field(default_factory=dict)
    coming: dict[date, list[Due]] = field(default_factory=lambda: defaultdict(list))
    #: Goods that came and are not billed yet: the day of the bill, and the purchase order.
    to_bill: list[tuple[date, int]] = field(default_factory=list)
    #: What the bank has done and no statement has told yet, by currency of the account.
    movements: dict[str, list[Movement]] = field(default_factory=lambda: defaultdict(list))
    balances: dict[str, Decimal] = field(default_factory=dict)
    #: Counters: payments of customers so far, and withheld tax that the authority has.
    transfers: int = 0
    withheld_paid: Decimal = Decimal(0)
    #: Items abroad that the bank was told to pay, and the direct debit that came back.
    ordered: set[int] = field(default_factory=set)
    returned: int = 0
    #: The customer who does not pay any more.
    silent: int = 0
    #: How many bills each vendor has written.
    papers: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.customers = list(table("customers"))
        self.sizes = [int(c["size"]) for c in self.customers]
        self.payer = {self.house.parties[c["code"]]: c["payer"] for c in self.customers}
        self.products = list(table("products"))
        self.served = {
            country: self.house.warehouses[w["code"]] for w in document("company")["warehouse"] for country in w["countries_served"]
        }
        self.contact = {c["customer"]: f"{c['first_name']} {c['last_name']}" for c in table("contacts") if c["main"] == "true"}

    def many(self, mean: float) -> int:
        """A number around ``mean``; never less than its whole part's half."""
        return max(0, round(mean * self.chance.uniform(0.75, 1.25)))

    def weights(self, month: int) -> list[float]:
        seasons = document("company")["seasonality"]
        return [int(p["popularity"]) * seasons[p["seasonality"]][month - 1] / 100 for p in self.products]

    def wanted(self, customer: dict[str, str], month: int) -> list[dict[str, Any]]:
        """Lines of a quote or an order."""
        chosen = dict.fromkeys(self.chance.choices(range(len(self.products)), self.weights(month), k=self.chance.choice(LINES)))
        return [
            {"product": self.house.products[self.products[i]["sku"]], "quantity": self.quantity(self.products[i], int(customer["size"]))}
            for i in chosen
        ]

    def quantity(self, product: dict[str, str], size: int) -> int:
        if product["kind"] == "service" or Decimal(product["sale_price"]) > 400:
            return self.chance.choice((1, 1, 1, 1, 2)) if size < 4 else self.chance.choice((1, 1, 2, 3))
        return self.chance.randint(1, 4 * size)

    def document(self, customer: dict[str, str], on: date) -> dict[str, Any]:
        return {
            "company": self.house.company.pk,
            "customer": self.house.parties[customer["code"]],
            "contact": self.contact.get(customer["code"], ""),
            "on": on,
            "currency": customer["currency"],
            "prices_include_tax": customer["price_list"] == "consumer",
            "lines": self.wanted(customer, on.month),
        }

    def draw_customers(self, count: int) -> list[dict[str, str]]:
        return self.chance.choices(self.customers, self.sizes, k=count)

    def money(self, least: str | Decimal, most: str | Decimal) -> Decimal:
        """An amount between two others, in whole cents."""
        return Decimal(self.chance.randint(int(Decimal(least) * 100), int(Decimal(most) * 100))) * CENT

    @property
    def size(self) -> Decimal:
        """By how much what the company spends on itself grows with its business."""
        return max(Decimal(str(self.scale)), Decimal("0.25"))

    def sample(self, of: Sequence[Any], count: int) -> list[Any]:
        """``count`` of these, or all where there are fewer."""
        return self.chance.sample(list(of), min(count, len(of)))
