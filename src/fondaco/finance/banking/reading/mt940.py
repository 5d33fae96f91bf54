"""MT940 by the mt-940 library; what banks put into field 86 is taken apart here, in its two common ways of writing."""

import contextlib
import re
from datetime import date
from typing import Any

import mt940

from fondaco.finance.banking.reading.values import (
    MOST_LINES,
    MOST_STATEMENTS,
    Balance,
    LineValues,
    StatementValues,
    Unreadable,
    account_key,
    amount_of,
    bounded_day,
    clean,
    currency_of,
)

#: A field 61: value date, booking month and day, side, amount.
MOVEMENT = re.compile(r"^:61:\d{6}(\d{4}|\s{4})?R?[CD][A-Z]?\s?[\d,]+[A-Z]", re.MULTILINE)


def read(text: str) -> list[StatementValues]:
    """The statements of an MT940 file; raises Unreadable with the line."""
    if text.count(":61:") > MOST_LINES or text.count(":20:") > MOST_STATEMENTS:
        raise Unreadable("too_many_lines")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = []
    for block in re.finditer(r"(?ms)^:20:.*?(?=^:20:|\Z)", text):
        found.append(_statement(block.group(), text.count("\n", 0, block.start()) + 1))
    if not found:
        raise Unreadable("no_statements")
    return found


def _statement(block: str, first: int) -> StatementValues:
    if not re.search(r"^:62[FM]:", block, re.MULTILINE):
        raise Unreadable("cut_off", first + block.count("\n"))
    places = [first + block.count("\n", 0, m.start()) for m in MOVEMENT.finditer(block)]
    try:
        # Processors are left out: they would read the details by one bank's rules.
        parsed = mt940.models.Transactions(
            processors={"post_transaction_details": [], "post_statement": [mt940.processors.date_cleanup_post_processor]}
        )
        parsed.parse(block)
    except RuntimeError as error:
        raise Unreadable("bad_field", _line_of(error, block, first), text=clean(str(error), 120)) from error
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, AssertionError) as error:
        raise Unreadable("bad_field", first, text=clean(str(error), 120)) from error
    data = parsed.data
    account = account_key(str(data.get("account_identification") or ""))
    if not account:
        raise Unreadable("no_account", first)
    opening = _balance(data, ("final_opening_balance", "intermediate_opening_balance"), first)
    closing = _balance(data, ("final_closing_balance", "intermediate_closing_balance"), first)
    if opening is None or closing is None:
        raise Unreadable("no_balance", first)
    written = [first + block.count("\n", 0, m.start()) for m in re.finditer(r"(?m)^:61:", block)]
    if written != places or len(places) != len(parsed.transactions):
        raise Unreadable("bad_field", next((w for w in written if w not in places), first), text=":61:")
    number = "/".join(str(v) for v in (data.get("statement_number"), data.get("sequence_number")) if v)
    reference = clean(f"{data.get('transaction_reference') or ''} {number}", 140)
    made = StatementValues(account, opening.currency, reference, opening, closing, line=first)
    made.lines = [_line(t.data, opening.currency, place) for t, place in zip(parsed.transactions, places, strict=True)]
    return made


def _line_of(error: RuntimeError, block: str, first: int) -> int:
    """The line of the field that the library could not read: it quotes what stands there."""
    text = str(error)
    for number, line in enumerate(block.split("\n")):
        if len(line) > 8 and line[4:30].strip() and line[4:30].strip() in text:
            return first + number
    return first


def _balance(data: dict[str, Any], names: tuple[str, ...], line: int) -> Balance | None:
    for name in names:
        if (found := data.get(name)) is not None and found.amount is not None:
            amount = amount_of(f"{found.amount.amount:f}", line)
            return Balance(amount, currency_of(found.amount.currency, line), _day(found.date, line))
    return None


def _day(found: Any, line: int) -> date:
    if found is None:
        raise Unreadable("no_date", line, text="")
    return bounded_day(date(found.year, found.month, found.day), line)


def _line(data: dict[str, Any], currency: str, line: int) -> LineValues:
    value_on = _day(data.get("date"), line)
    booked_on = value_on
    with contextlib.suppress(Unreadable):
        booked_on = _day(data.get("entry_date") or data.get("guessed_entry_date") or data.get("date"), line)
    if data.get("amount") is None:
        raise Unreadable("no_amount", line, text="")
    made = LineValues(
        booked_on=booked_on,
        value_on=value_on,
        amount=amount_of(f"{data['amount'].amount:f}", line),
        currency=currency,
        code=clean(str(data.get("id") or ""), 40),
        bank_reference=_reference(data.get("bank_reference")),
        end_to_end_id=_reference(data.get("customer_reference")),
        line=line,
    )
    details = str(data.get("transaction_details") or "")
    for name, value in _details(details, str(data.get("extra_details") or "")).items():
        if value:
            setattr(made, name, value)
    return made


def _reference(text: Any) -> str:
    plain = clean(str(text or ""), 140)
    return "" if plain.upper() in {"NONREF", "NOTPROVIDED"} else plain


def _details(text: str, extra: str) -> dict[str, Any]:
    if re.match(r"\s*\d{3}\?\d\d", text):
        return _numbered(text)
    if re.search(r"/(TRTP|IBAN|EREF|CNTP|REMI|NAME|BENM|ORDP)/", text.replace("\n", "")):
        return _worded(text)
    plain = clean(f"{text} {extra}")
    return {"remittance": plain}


def _numbered(text: str) -> dict[str, Any]:
    """``?20 ... ?29`` remittance, ``?30`` bank, ``?31`` account, ``?32 ?33`` name; words inside the remittance as SEPA has them."""
    parts: dict[str, str] = {}
    for number, value in re.findall(r"\?(\d\d)([^?]*)", text.replace("\n", "")):
        parts[number] = parts.get(number, "") + value
    purpose = [parts[n] for n in (*(f"2{d}" for d in range(10)), "60", "61", "62", "63") if n in parts]
    joined = "".join(purpose)
    words = dict(
        re.findall(
            r"(EREF|MREF|KREF|SVWZ|ABWA|CRED|IBAN|BIC)\+(.*?)(?=(?:EREF|MREF|KREF|SVWZ|ABWA|CRED|IBAN|BIC|DEBT|COAM|OAMT)\+|$)", joined
        )
    )
    account = account_key(parts.get("38") or parts.get("31"))
    return {
        "counterparty": clean(parts.get("32", "") + parts.get("33", ""), 200),
        "counterparty_account": account,
        "bic": account_key(parts.get("30"))[:11],
        "end_to_end_id": _reference(words.get("EREF")),
        "mandate": _reference(words.get("MREF")),
        "remittance": clean(words.get("SVWZ") or " ".join(p.strip() for p in purpose) or parts.get("00", "")),
    }


def _worded(text: str) -> dict[str, Any]:
    """``/IBAN/.../NAME/.../REMI/...``, and ``/CNTP/account/bic/name///`` as the Dutch banks write it."""
    joined = text.replace("\n", "")
    keys = "TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|CNTP|PURP|RTRN|ORDP|BENM|ULTD|ULTB|ADDR|ISDT|ID|CREF|PREF|KREF"
    words: dict[str, str] = {}
    for key, value in re.findall(rf"/({keys})/(.*?)(?=/(?:{keys})/|$)", joined):
        words.setdefault(key, value)
    counterparty = words.get("CNTP", "").split("/")
    remittance = words.get("REMI", "")
    structured = re.match(r"STRD/(?:CUR/)?(.*?)/*$", remittance)
    return {
        "counterparty": clean(words.get("NAME") or (counterparty[2] if len(counterparty) > 2 else ""), 200),
        "counterparty_account": account_key(words.get("IBAN") or counterparty[0]),
        "bic": account_key(words.get("BIC") or (counterparty[1] if len(counterparty) > 1 else ""))[:11],
        "end_to_end_id": _reference(words.get("EREF", "").strip("/")),
        "mandate": _reference(words.get("MARF", "").strip("/")),
        "payment_id": _reference(words.get("PREF", "").strip("/")),
        "creditor_reference": clean(structured.group(1), 140) if structured else "",
        "remittance": clean(re.sub(r"^(USTD|STRD)/+", "", remittance).strip("/") or joined),
    }
