"""What an invoice means, apart from any file format: the business terms (BT) and groups (BG) of EN 16931. Pure, no Django.

Amounts are in the invoice's currency and positive on an invoice and a credit note alike, as in the books. The terms that EN 16931
does not know and Italy asks for (natura, due date of the tax, stamp duty, withholding, pension fund) stand beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
INVOICE, CREDIT_NOTE = "invoice", "credit_note"

#: Codes of exemption reasons (BT-121) that follow from the category alone.
REASON_CODES = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
#: Categories on which no tax is charged and a reason is owed.
UNTAXED = frozenset({"E", "AE", "K", "G", "O"})


@dataclass(frozen=True, slots=True)
class Place:
    """A postal address (BG-5, BG-8, BG-15). ``country`` by ISO 3166, ``region`` as typed (of Italy the province's two letters)."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class TradeParty:
    """Seller (BG-4) or buyer (BG-7). ``vat_number`` begins with its country (BT-31, BT-48); ``tax_number`` is another number of
    the tax office (BT-32, in Italy the codice fiscale)."""

    name: str
    vat_number: str = ""
    tax_number: str = ""
    place: Place = Place()
    email: str = ""
    phone: str = ""
    endpoint: str = ""
    endpoint_scheme: str = ""
    is_person: bool = False
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document: order (BT-13), contract (BT-12), receipt (BT-15), despatch (BT-16) or invoice (BT-25).

    ``cup`` and ``cig`` are the codes by which Italy traces public money. ``lines`` are the positions it is about; none: all of them.
    ``line`` is the line of the other document.
    """

    kind: str
    number: str
    on: date | None = None
    cup: str = ""
    cig: str = ""
    lines: tuple[str, ...] = ()
    line: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line (BG-25). ``price`` without tax (BT-146), times ``quantity`` less ``discount`` (BT-136) is ``net`` (BT-131), rounded.

    ``percent`` is the discount as it was agreed, for showing; ``fund`` marks the line that is a pension fund's contribution. ``order`` and
    ``order_line`` name what was ordered (BT-132), where the line says so itself.
    """

    position: str
    text: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    category: str
    rate: Decimal
    discount: Decimal = ZERO
    percent: Decimal = ZERO
    item: str = ""
    natura: str = ""
    fund: bool = False
    order: str = ""
    order_line: str = ""


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """Base and tax of one category and rate (BG-23). ``due``: I at once, D when paid, S split payment (Italy)."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""
    natura: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Instalment:
    due_on: date | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Withholding:
    """Tax that the buyer keeps back and pays for the seller (ritenuta). Codes of the FatturaPA lists."""

    kind: str
    rate: Decimal
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Fund:
    """A contribution to the seller's pension fund (cassa), charged to the buyer and taxed; ``kind`` of the FatturaPA list."""

    kind: str
    rate: Decimal
    amount: Decimal
    base: Decimal
    tax_rate: Decimal
    natura: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or credit note. ``net + tax = gross``; ``payable`` (BT-115) is what the buyer is to pay to the seller."""

    kind: str
    number: str
    on: date | None
    currency: str
    seller: TradeParty
    buyer: TradeParty
    lines: tuple[Line, ...]
    taxes: tuple[TaxTotal, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    payable: Decimal
    decimals: int = 2
    due_on: date | None = None
    instalments: tuple[Instalment, ...] = ()
    terms: str = ""
    iban: str = ""
    notes: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    buyer_reference: str = ""
    delivered_on: date | None = None
    type_code: str = ""
    stamp_duty: Decimal = ZERO
    withholdings: tuple[Withholding, ...] = ()
    funds: tuple[Fund, ...] = ()
    language: str = "en"
    #: What one country's format alone asks for, by its own names.
    national: Mapping[str, Any] = field(default_factory=dict)

    def ordered(self, line: Line) -> tuple[str, str]:
        """The order that a line names, and its line of the order: its own words, else those of the document. Empty where nobody says."""
        if line.order:
            return line.order, line.order_line
        about = [r for r in self.of_kind("order") if not r.lines or line.position in r.lines]
        named = [r for r in about if r.lines] or about
        numbers = {r.number for r in named if r.number}
        if len(numbers) != 1:
            return "", ""
        own = {r.line for r in named}
        return numbers.pop(), line.order_line or (own.pop() if len(own) == 1 and len(named[0].lines) == 1 else "")

    def of_kind(self, kind: str) -> tuple[Reference, ...]:
        """The references of one kind."""
        return tuple(r for r in self.references if r.kind == kind)
