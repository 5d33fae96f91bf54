"""OFX 1 (SGML) and 2 (XML) by the ofxtools library, read leniently: banks write more and less than the standard has."""

import io
import re
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from ofxtools.header import OFXHeaderError
from ofxtools.Parser import OFXTree

from fondaco.finance.banking.reading.values import (
    MOST_LINES,
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


def read(content: bytes) -> list[StatementValues]:
    """The bank and card statements of an OFX file; raises Unreadable with the line."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", content[:65536], re.IGNORECASE):
        raise Unreadable("has_doctype", content[:65536].upper().split(b"<!")[0].count(b"\n") + 1)
    places = [content.count(b"\n", 0, m.start()) + 1 for m in re.finditer(rb"<STMTTRN>", content[: 2**26])][: MOST_LINES + 1]
    if len(places) > MOST_LINES:
        raise Unreadable("too_many_lines")
    if content.startswith(b"<OFX"):  # some banks leave the header out
        content = (
            b"OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
            + content
        )
    tree = OFXTree()
    try:
        root = tree.parse(io.BytesIO(content))
    except (OFXHeaderError, SyntaxError, ValueError, AssertionError, IndexError, KeyError, AttributeError, TypeError, LookupError) as error:
        raise Unreadable("bad_field", 0, text=_short(error)) from error
    if root is None:
        raise Unreadable("no_statements")
    rows = iter(places)
    found = [_statement(s, rows) for name in ("STMTRS", "CCSTMTRS") for s in root.iter(name)]
    if not found:
        raise Unreadable("no_statements")
    return found


def _short(error: BaseException) -> str:
    return clean(str(error)[:2_000].split(" in ")[0], 120)


def _text(element: Element, path: str) -> str:
    return clean(element.findtext(path) or "")


def _day(text: str, line: int) -> date:
    match = re.match(r"(\d{4})(\d\d)(\d\d)", text)
    try:
        if match is None:
            raise ValueError(text)
        return bounded_day(date(*map(int, match.groups())), line)
    except ValueError as error:
        raise Unreadable("no_date", line, text=clean(text, 40)) from error


def _amount(text: str, line: int):  # type: ignore[no-untyped-def]
    return amount_of(text, line, "," if "," in text and "." not in text else ".")


def _statement(stmt: Element, rows: Iterator[int]) -> StatementValues:
    currency = currency_of(stmt.findtext("CURDEF"), 0)
    account = account_key(next((t for t in (_text(stmt, f"{a}/ACCTID") for a in ("BANKACCTFROM", "CCACCTFROM")) if t), ""))
    if not account:
        raise Unreadable("no_account")
    made = StatementValues(account, currency, clean(f"{_text(stmt, 'BANKTRANLIST/DTSTART')[:8]}-{_text(stmt, 'BANKTRANLIST/DTEND')[:8]}"))
    for movement in stmt.iterfind("BANKTRANLIST/STMTTRN"):
        made.lines.append(_line(movement, currency, next(rows, 0)))
    balance = _text(stmt, "LEDGERBAL/BALAMT")
    if balance:
        on = _text(stmt, "LEDGERBAL/DTASOF")
        made.closing = Balance(_amount(balance, 0), currency, _day(on, 0) if on else None)
    made.lines.sort(key=lambda ln: ln.booked_on)
    made.line = made.lines[0].line if made.lines else 0
    return made


def _line(movement: Element, currency: str, line: int) -> LineValues:
    name = _text(movement, "NAME") or _text(movement, "PAYEE/NAME")
    memo = _text(movement, "MEMO")
    check = _text(movement, "CHECKNUM")
    booked = _day(_text(movement, "DTPOSTED"), line)
    value = _text(movement, "DTAVAIL")
    return LineValues(
        booked_on=booked,
        value_on=_day(value, line) if value else booked,
        amount=_amount(movement.findtext("TRNAMT") or "", line),
        currency=currency_of(movement.findtext("CURRENCY/CURSYM") or currency, line),
        counterparty=name[:200],
        counterparty_account=account_key(_text(movement, "BANKACCTTO/ACCTID")),
        remittance=memo or name,
        bank_reference=_text(movement, "FITID")[:140],
        end_to_end_id=_text(movement, "REFNUM")[:140],
        creditor_reference=check if check.strip("0") else "",
        code=_text(movement, "TRNTYPE")[:40],
        line=line,
    )
