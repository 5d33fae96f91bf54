"""What a bill on paper says, where it says so for sure: number, date, total, VAT numbers, IBANs, found in the text of a PDF. Pure, no Django.

For sure means: a word that names it stands before it, and its own check digits or its form prove it. Everything that qualifies is told with the
words around it and its page; whoever asks takes a field only where one value is left. A confidence in percent says how it is known: check digits
prove most, then figures that come out, then a word before it; what was read from a picture is never surer than it was read. A total that only a word
vouches for is worth little on a picture, and one that the lines contradict is worth little anywhere.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import get_month_names
from stdnum import iban
from stdnum.eu import vat as eu_vat
from stdnum.it import iva

from fondaco.finance.einvoicing.outside.tables import Word, judged

MOST_TEXT, MOST_FOUND, AROUND = 200_000, 20, 24
MONTHS = {
    name.casefold().strip("."): number
    for language in ("it", "en", "de", "fr", "es")
    for width in ("wide", "abbreviated")
    for number, name in get_month_names(width, locale=language).items()
}
DAY = r"(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{1,2}\.?\s+(?:de\s+)?[^\W\d]{3,10}\.?\s+(?:de\s+)?\d{4})"
CREDIT = r"(?:nota\s+di\s+(?:credito|accredito)|credit\s+note|gutschrift)"
TITLE = rf"(?:{CREDIT}|fattura|parcella|invoice|rechnung|facture)"
NUMBER = re.compile(
    rf"(?P<title>{TITLE})\s*(?:n\s*[.°º]|nr\.?|no\.?|num\.?|numero|number|nummer|#)\s*[:.]?\s*(?P<number>[A-Z0-9][A-Z0-9/._\\-]{{0,28}})",
    re.IGNORECASE,
)
DATE = re.compile(
    rf"(?:(?:data|date|datum)(?:\s+(?:fattura|documento|emissione|of\s+issue))?|(?:invoice|issue|document)\s+date|rechnungsdatum)\s*[:.]?\s*{DAY}"
    rf"|{TITLE}\s*(?:n\s*[.°º]|nr\.?|no\.?|num\.?|numero|number|#)\s*[:.]?\s*\S{{1,30}}\s+(?:del|dated|of|vom|du)\s+{DAY.replace('<day>', '<of>')}",
    re.IGNORECASE,
)
AMOUNT = r"(?P<amount>\d{1,3}(?:[.,']\d{3})*[.,]\d{2}|\d+[.,]\d{2})(?!\d)"
TOTAL = re.compile(
    rf"(?:totale\s+(?:fattura|documento|generale)|importo\s+totale|(?:invoice|grand)\s+total|total\s+(?:amount|invoice)|gesamtbetrag|rechnungsbetrag|total\s+ttc)"
    rf"\s*(?:\(?(?:€|EUR|euro)\)?)?\s*[:.]?\s*(?:€|EUR|\$|USD|£|GBP|CHF)?\s*{AMOUNT}",
    re.IGNORECASE,
)
#: Words that may stand before a total, or before something else: taken only where the lines and their tax make it.
PERHAPS_TOTAL = re.compile(rf"\b(?:totale?|amount\s+due|balance\s+due|total\s+due|da\s+pagare)\b[^\d\n]{{0,24}}?{AMOUNT}", re.IGNORECASE)
NET = re.compile(rf"\b(?:imponibile|sub-?\s?totale?|net\s+(?:total|amount)|totale\s+netto)\b[^\d\n]{{0,24}}?{AMOUNT}", re.IGNORECASE)
PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%")
CURRENCY = re.compile(r"€|\b(?:EUR|USD|GBP|CHF)\b|£")
SIGNS = {"€": "EUR", "£": "GBP"}
VAT_WORD = re.compile(r"(?:p\.?\s*iva|partita\s+iva|vat|ust-?id|tva|iva)\D{0,25}$", re.IGNORECASE)


#: How sure a value is, in percent: as text of the file, and at most on a picture.
AS_TEXT = {"seller_vat": 99, "iban": 99, "vendor_number": 95, "vendor_date": 95, "kind": 95, "gross": 90, "currency": 90}
AS_SEEN = {"seller_vat": 97, "iban": 97, "vendor_number": 80, "vendor_date": 85, "kind": 90, "gross": 60, "currency": 80}
#: A total that the lines and their tax make, and one that they contradict.
PROVEN, CONTRADICTED = {False: 99, True: 97}, {False: 60, True: 40}
#: Where each word of a page stands in its text, and how surely it was read.
Spans = Sequence[tuple[int, int, float]]


def found(pages: Sequence[str], seen: Sequence[Spans] | None = None) -> dict[str, Any]:
    """Every value that qualifies, by field, each once; ``words`` are those around it, ``page`` counts from 1. ``seen`` for pictures."""
    told: dict[str, Any] = {}
    for page, text in enumerate(pages, start=1):
        text = re.sub(r"[ \t\u00a0]+", " ", text[:MOST_TEXT])
        for field, value, start, end in _all(text):
            there = told.setdefault(field, [])
            if len(there) < MOST_FOUND and all(t["value"] != value for t in there):
                sure = AS_TEXT[field] if seen is None else int(AS_SEEN[field] * _least(seen[page - 1], start, end))
                there.append({"value": value, "words": _around(text, start, end), "page": page, "confidence": sure})
    return told


def _least(spans: Spans, start: int, end: int) -> float:
    return min((sure for first, last, sure in spans if first < end and start < last), default=0.5)


def with_lines(told: dict[str, Any], pages: Sequence[str], words: Sequence[Sequence[Word]], *, is_picture: bool) -> dict[str, Any]:
    """The values with the lines of the table that comes to the total, or why there are none; and the total as sure as they make it."""
    text = "\n".join(pages)
    percents = list(dict.fromkeys(Decimal(p.replace(",", ".")) for p in PERCENT.findall(text)))
    nets = [Decimal(amount_of(m["amount"])) for m in NET.finditer(text)]
    named = [Decimal(t["value"]) for t in told.get("gross", ())]
    for total in named:
        result = judged(words, total, (), percents)
        if "lines" in result:
            told["gross"] = [t for t in told["gross"] if Decimal(t["value"]) == total]
            told["gross"][0]["confidence"] = PROVEN[is_picture]
            return {**told, "lines": result}
    if named:
        if result["why"] == "not_summing":
            for each in told["gross"]:
                each["confidence"] = min(each["confidence"], CONTRADICTED[is_picture])
        return {**told, "lines": result}
    for page, each in enumerate(pages, start=1):
        for m in PERHAPS_TOTAL.finditer(each):
            result = judged(words, Decimal(amount_of(m["amount"])), (), percents, perhaps=True)
            if "lines" in result:
                value = {"value": amount_of(m["amount"]), "words": _around(each, m.start(), m.end()), "page": page}
                return {**told, "gross": [{**value, "confidence": PROVEN[is_picture] - 2}], "lines": result}
    return {**told, "lines": judged(words, None, nets, percents)}


def _around(text: str, start: int, end: int) -> str:
    """The words of a find with those of its line just before and after, none of them cut."""
    before, after = text[:start].rpartition("\n")[2], text[end:].partition("\n")[0]
    kept = before[-AROUND:] if len(before) <= AROUND else before[-AROUND:].partition(" ")[2]
    more = after[:AROUND] if len(after) <= AROUND else after[:AROUND].rpartition(" ")[0]
    return " ".join(f"{kept}{text[start:end]}{more}".split())


def _all(text: str) -> Iterator[tuple[str, str, int, int]]:
    for m in NUMBER.finditer(text):
        number = m["number"].rstrip("./-_\\")
        if any(c.isdigit() for c in number) and day_of(number) is None:
            yield "vendor_number", number, m.start(), m.end()
            yield "kind", "credit_note" if re.fullmatch(CREDIT, m["title"], re.IGNORECASE) else "bill", m.start(), m.end()
    for m in DATE.finditer(text):
        day = day_of(m["day"] or m["of"])
        if day is not None:
            yield "vendor_date", day.isoformat(), m.start(), m.end()
    for m in TOTAL.finditer(text):
        yield "gross", amount_of(m["amount"]), m.start(), m.end()
    for m in CURRENCY.finditer(text):
        yield "currency", SIGNS.get(m[0], m[0]), m.start(), m.end()
    yield from _vat_numbers(text)
    yield from _ibans(text)


def _vat_numbers(text: str) -> Iterator[tuple[str, str, int, int]]:
    for m in re.finditer(r"(?<![A-Z0-9])(?:IT ?)?(\d{11})(?!\d)", text):
        if iva.is_valid(m[1]) and (m[0].startswith("IT") or VAT_WORD.search(text[max(0, m.start() - 40) : m.start()])):
            yield "seller_vat", f"IT{m[1]}", m.start(), m.end()
    for m in re.finditer(r"(?<![A-Z0-9])([A-Z]{2}) ?([0-9A-Z]{8,12})(?![A-Z0-9])", text):
        number = m[1] + m[2]
        if m[1] != "IT" and eu_vat.is_valid(number) and VAT_WORD.search(text[max(0, m.start() - 40) : m.start()]):
            yield "seller_vat", number, m.start(), m.end()


def _ibans(text: str) -> Iterator[tuple[str, str, int, int]]:
    for m in re.finditer(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}", text):
        signs = m[0].replace(" ", "")
        # Words may follow without anything between: the country's own length and the check digits tell where it ends.
        for length in range(len(signs), 14, -1):
            if iban.is_valid(signs[:length]):
                yield "iban", signs[:length], m.start(), m.end()
                break


def day_of(text: str) -> date | None:
    """A day as it is written: year first; or day first, where it cannot be read otherwise. 03/04/2026 may mean two days, and is none."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
        m = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})[./-](\d{4})", text)
        if m:
            day, month, year = int(m[1]), int(m[3]), int(m[4])
            # Who writes the month first writes strokes.
            return None if m[2] == "/" and day <= 12 and day != month else date(year, month, day)
        m = re.fullmatch(r"(\d{1,2})\.?\s+(?:de\s+)?([^\W\d]+)\.?\s+(?:de\s+)?(\d{4})", text)
        number = MONTHS.get(m[2].casefold()) if m else None
        return date(int(m[3]), number, int(m[1])) if m and number else None
    except ValueError:
        return None


def amount_of(text: str) -> str:
    """1.234,56 and 1,234.56 alike: the last separator is that of the two decimals."""
    whole, cents = re.sub(r"[.,']", "", text[:-3]), text[-2:]
    return f"{whole}.{cents}"
