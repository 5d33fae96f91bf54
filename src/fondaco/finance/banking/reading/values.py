"""What every bank file comes to, whatever its format: plain values. Imports nothing of the house, because the child process reads here."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

#: No statement has more lines than this, no text more characters, no amount more digits before the decimal sign.
MOST_LINES = 200_000
MOST_STATEMENTS = 5_000
LONGEST = 1_000
MOST_DIGITS = 14
DECIMALS = 4
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2100, 1, 1)


class Unreadable(Exception):
    """The file cannot be read: ``why`` is a key of ``refusals.REASONS``, ``line`` the line of the file (0: the file as a whole)."""

    def __init__(self, why: str, line: int = 0, **figures: str) -> None:
        self.why, self.line, self.figures = why, line, figures
        super().__init__(why, line, figures)


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as the bank states it; credit positive."""

    amount: Decimal
    currency: str
    on: date | None = None


@dataclass(slots=True)
class LineValues:
    """One movement. ``amount`` is signed as the bank account sees it: money that came in is positive.

    ``charges`` is what the bank kept back of a payment, ``original_amount`` what was ordered in another currency; both positive.
    ``line`` is the place in the file.
    """

    booked_on: date
    amount: Decimal
    currency: str = ""
    value_on: date | None = None
    counterparty: str = ""
    counterparty_account: str = ""
    bic: str = ""
    end_to_end_id: str = ""
    mandate: str = ""
    payment_id: str = ""
    creditor_reference: str = ""
    remittance: str = ""
    bank_reference: str = ""
    code: str = ""
    charges: Decimal = Decimal(0)
    original_amount: Decimal = Decimal(0)
    original_currency: str = ""
    line: int = 0


@dataclass(slots=True)
class StatementValues:
    """One statement of one account. A balance the format does not have is ``None``."""

    account: str
    currency: str = ""
    reference: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    lines: list[LineValues] = field(default_factory=list)
    line: int = 0


def clean(text: str | None, limit: int = LONGEST) -> str:
    """A text as it may be stored: one line, composed, without what steers terminals and screens."""
    if not text:
        return ""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:limit]
    text = text.replace("\xad", "-")
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join(unicodedata.normalize("NFC", kept).split())[:limit]


def account_key(text: str | None) -> str:
    """An IBAN or account number without spaces and separators, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", (text or "").upper())[:40]


def amount_of(text: str, line: int, decimal_sign: str = ".") -> Decimal:
    """An amount as banks write it; raises Unreadable. Thousands are told by the other sign, a space or an apostrophe."""
    plain = re.sub(r"[\s\u2019']", "", text or "")
    plain = plain.replace("−", "-").replace("." if decimal_sign == "," else ",", "")
    if plain.endswith(("-", "+")):
        plain = plain[-1] + plain[:-1]
    plain = plain.replace(decimal_sign, ".")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", plain) or not plain.isascii():
        raise Unreadable("no_amount", line, text=clean(text, 40))
    try:
        value = Decimal(plain)
    except InvalidOperation as error:  # more digits than a Decimal takes
        raise Unreadable("no_amount", line, text=clean(text, 40)) from error
    if value.adjusted() >= MOST_DIGITS or -int(value.normalize().as_tuple().exponent) > DECIMALS:
        raise Unreadable("amount_too_long", line, text=clean(text, 40))
    return value.quantize(Decimal(1).scaleb(-DECIMALS)).normalize() + Decimal(0)


def day_of(text: str, line: int) -> date:
    """An ISO day, or the day of an ISO moment as the bank wrote it; raises Unreadable."""
    try:
        day = date.fromisoformat((text or "").strip()[:10])
    except ValueError as error:
        raise Unreadable("no_date", line, text=clean(text, 40)) from error
    return bounded_day(day, line)


def bounded_day(day: date, line: int) -> date:
    """A day in the years that a statement may come from; raises Unreadable."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Unreadable("no_date", line, text=day.isoformat())
    return day


def currency_of(text: str | None, line: int) -> str:
    """A currency code; raises Unreadable."""
    code = (text or "").strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Unreadable("no_currency", line, text=clean(text, 40))
    return code


# ------------------------------------------------------------------ between the child process and its parent


def as_json(statements: list[StatementValues]) -> list[dict[str, Any]]:
    """Plain JSON values: amounts and days as text, empty values left out."""
    return [
        {
            "account": s.account,
            "currency": s.currency,
            "reference": s.reference,
            "line": s.line,
            "opening": _balance_json(s.opening),
            "closing": _balance_json(s.closing),
            "lines": [
                {f.name: _plain(v) for f in fields(ln) if (v := getattr(ln, f.name)) not in ("", None, 0) or f.name == "amount"}
                for ln in s.lines
            ],
        }
        for s in statements
    ]


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)


def _balance_json(balance: Balance | None) -> dict[str, str] | None:
    if balance is None:
        return None
    return {
        "amount": str(balance.amount.normalize() + Decimal(0)),
        "currency": balance.currency,
        "on": balance.on.isoformat() if balance.on else "",
    }


DAYS, AMOUNTS = {"booked_on", "value_on"}, {"amount", "charges", "original_amount"}


def from_json(given: Any) -> list[StatementValues]:
    """The statements again. What the child says is judged as strictly as what a stranger says: any other shape raises."""
    return [
        StatementValues(
            account=account_key(s["account"]),
            currency=currency_of(s["currency"], 0) if s["currency"] else "",
            reference=clean(s["reference"], 140),
            opening=_balance(s["opening"]),
            closing=_balance(s["closing"]),
            lines=[_line(ln) for ln in s["lines"]],
            line=int(s["line"]),
        )
        for s in given
    ]


def _balance(given: Mapping[str, str] | None) -> Balance | None:
    if given is None:
        return None
    return Balance(
        amount_of(given["amount"], 0),
        currency_of(given["currency"], 0) if given["currency"] else "",
        date.fromisoformat(given["on"]) if given["on"] else None,
    )


def _line(given: Mapping[str, Any]) -> LineValues:
    values: dict[str, Any] = {"amount": Decimal(0)}
    for name, value in given.items():
        if name in DAYS:
            values[name] = bounded_day(date.fromisoformat(value), 0)
        elif name in AMOUNTS:
            values[name] = amount_of(value, 0)
        elif name == "line":
            values[name] = int(value)
        elif name in {"currency", "original_currency"}:
            values[name] = currency_of(value, 0)
        else:
            values[name] = clean(value)
    return LineValues(**values)
