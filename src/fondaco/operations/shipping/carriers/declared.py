"""What a carrier's interface is: a booking in nobody's format, and the few things that every carrier can be asked for.

A way (``Way``) is called by the outbox and by whoever follows parcels, never inside a transaction. It knows no table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Strict):
    """Who sends or gets goods, and where."""

    company: str
    person: str
    street: str
    postal_code: str = ""
    city: str
    country: str
    phone: str
    email: str = ""
    vat_number: str = ""


class Parcel(Strict):
    """One package: its number in the delivery (from one), weight and outer measures."""

    number: int
    package: int
    kg: Decimal
    length_cm: Decimal | None = None
    width_cm: Decimal | None = None
    height_cm: Decimal | None = None
    sscc: str = ""


class Declared(Strict):
    """Goods as customs ask for them; ``value`` is that of the whole line in the currency of the booking."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    commodity_code: str
    origin: str
    net_kg: Decimal
    gross_kg: Decimal

    @property
    def value(self) -> Decimal:
        return self.unit_price * self.quantity


class Booking(Strict):
    """A consignment as any carrier is asked to take it. ``reference`` is our own name of it, the same whenever we ask again."""

    reference: str
    company: str
    carrier: str
    delivery: str
    on: date
    leaves_at: str = Field(default="", pattern="^([0-9]{2}:[0-9]{2})?$")
    time_zone: str
    account: str
    service: str
    collects: bool
    label_format: str
    description: str
    ship_from: Place
    ship_to: Place
    parcels: tuple[Parcel, ...]
    #: Empty where goods stay in one customs area.
    customs: tuple[Declared, ...] = ()
    incoterm: str = ""
    value: Decimal | None = None
    currency: str = ""
    insured: bool = False
    #: The customer sends it to us; we pay all the same.
    comes_back: bool = False


@dataclass(frozen=True)
class Paper:
    """A label, or another paper of the carrier's."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Booked:
    """What a carrier answers: his number of the whole, one a parcel by its number in the delivery, that of the collection, his papers."""

    tracking: str
    parcels: Mapping[int, str] = field(default_factory=dict)
    pickup: str = ""
    papers: Sequence[Paper] = ()


@dataclass(frozen=True)
class Event:
    """One word of the carrier about a consignment, named by his number or by ours."""

    at: datetime
    kind: str
    tracking: str = ""
    reference: str = ""
    code: str = ""
    place: str = ""
    text: str = ""
    parcel: str = ""


class NotCarried(Exception):
    """Nothing came of it, for now: no answer, an answer that says nothing, or one that is nobody's business. It is tried again."""


class Refused(Exception):
    """The carrier will not, and says why; asking again would change nothing."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Way(Protocol):
    """A carrier's interface."""

    #: What a booking must have beside what every one has: "measures", "account".
    needs: frozenset[str]
    #: Whether the papers are the carrier's own; else our label goes with the parcel.
    has_labels: bool

    def off_because(self) -> str:
        """Why nothing can be asked of him, empty where something can."""

    def book(self, booking: Booking) -> Booked:
        """Book it. Raises NotCarried and Refused."""

    def find(self, booking: Booking) -> Booked | None:
        """What he has under our reference; None where nothing. Raises NotCarried."""

    def cancel(self, booking: Booking, booked: Booked, reason: str) -> None:
        """Take a booking back, once more where it was taken back already. Raises NotCarried and Refused."""

    def follow(self, trackings: Sequence[str], time_zone: str) -> Sequence[Event]:
        """What he says of consignments on their way, those he knows. Raises NotCarried."""


#: By the word that stands on the carrier.
WAYS: dict[str, Way] = {}


def way(name: str) -> Any:
    """Make a way of booking known."""

    def declare(made: type) -> type:
        WAYS[name] = made()
        return made

    return declare
