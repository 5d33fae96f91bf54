"""Lines of a bill from where its words stand on the page: description, quantity, price, discount, rate, amount (AP-04). Pure, no Django.

A table is known by the words above its columns. What is read of it counts only where it comes out: the lines make the total of the paper, with the tax
of their rates or because their prices include it; quantity by price makes each amount, or the line is one piece of its amount. What does not
come out is not proposed, and said why.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median
from typing import Any

CENT, HUNDRED, ZERO, ONE = Decimal("0.01"), Decimal(100), Decimal(0), Decimal(1)
MOST_LINES, MOST_RATE = 500, Decimal(30)
DESCRIPTION, CODE, QUANTITY, UNIT, PRICE, DISCOUNT, RATE, AMOUNT = (
    "description", "code", "quantity", "unit", "price", "discount", "rate", "amount",
)  # fmt: skip
#: The words above a column, without accents and points; the longest that fits counts.
HEADS = {
    DESCRIPTION: "descrizione|descrizione dei beni|descrizione beni servizi|description|articolo|item|prodotto|product|servizio|service|details|oggetto|bezeichnung|designation|prestazione",
    CODE: "codice|code|cod|art|cod art|sku|pos|nr|no|#|riga|rif",
    QUANTITY: "quantita|qta|qty|quantity|quant|menge|quantite|ore|hours|pezzi",
    UNIT: "um|unita|unit|uom|u m|einheit|unita di misura",
    PRICE: "prezzo|prezzo unitario|prezzo unit|prezzo un|p unitario|unit price|price|unit cost|importo unitario|costo unitario|valore unitario|einzelpreis|prix|prix unitaire|price each|tariffa",
    DISCOUNT: "sconto|sc|sconti|discount|disc|rabatt|remise",
    RATE: "iva|aliquota|aliquota iva|aliq|aliq iva|iva %|% iva|iva%|%iva|vat|vat %|vat%|% vat|vat rate|tax|tax rate|mwst|ust|tva|c iva|cod iva",
    AMOUNT: "importo|importo netto|imponibile|totale|totale riga|totale netto|prezzo totale|amount|net amount|total|line total|total price|net|netto|valore|betrag|gesamt|montant|subtotale|subtotal",
}
#: Words that stand below the first of a column's head and belong to it.
MORE_HEAD = frozenset(
    {"unitario", "unit", "netto", "lordo", "net", "gross", "eur", "euro", "iva", "vat", "esclusa", "inclusa", "excl", "incl", "esente", "di", "misura", "beni", "servizi", "price", "totale"}
)  # fmt: skip
KNOWN = {tuple(phrase.split()): kind for kind, phrases in HEADS.items() for phrase in phrases.split("|")}
LONGEST = max(map(len, KNOWN))
#: A row that begins so ends the table.
ENDS = re.compile(
    r"^(totale?|totali|imponibile|subtotale?|sub total|sub totale|net total|netto|nettobetrag|gross|grand total|riepilogo|amount due|iva|vat|tax|summary|summe|gesamt|zwischensumme|scadenze|pagamento|payment|bollo|cassa|contributo|ritenuta)\b"
)
SIGNS = re.compile(r"^(?:€|EUR|euro|\$|USD|£|GBP|CHF)$", re.IGNORECASE)
FIGURE = re.compile(r"^[-−]?(?:€|\$|£)?[-−]?\d[\d.,'’]*(?:%|€)?-?$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands, top and left being 0; ``sure`` is how surely it was read, 1 where it was not read but given."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    sure: float = 1.0

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Line:
    """A line as read, before it is judged."""

    page: int
    words: list[Word] = field(default_factory=list)
    cells: dict[str, list[Word]] = field(default_factory=dict)

    def text(self, kind: str) -> str:
        return " ".join(w.text for w in self.cells.get(kind, ()))


def plain(text: str) -> str:
    """Small letters without accents and signs, for comparing words."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w%# ]", "" if "." in text else " ", bare).split())


def rows_of(words: Iterable[Word]) -> list[list[Word]]:
    """The words of a page by rows from top to bottom, each from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.middle, w.left)):
        height = word.bottom - word.top
        if rows and word.middle - median(w.middle for w in rows[-1]) < 0.5 * max(height, median(w.bottom - w.top for w in rows[-1])):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.left) for row in rows]


@dataclass(frozen=True, slots=True)
class Column:
    kind: str
    left: float
    right: float

    def distance(self, word: Word) -> float:
        """How far a word is from standing under the head: left, right or middle in line with it; nothing when below it."""
        if word.left < self.right and self.left < word.right:
            return 0
        return min(abs(word.left - self.left), abs(word.right - self.right), abs((word.left + word.right - self.left - self.right) / 2))


def head_of(row: Sequence[Word]) -> list[Column] | None:
    """The columns of a row that is the head of a table; none where it is not."""
    columns: list[Column] = []
    place = 0
    while place < len(row):
        for length in range(min(LONGEST, len(row) - place), 0, -1):
            said = tuple(plain(" ".join(w.text for w in row[place : place + length])).split())
            if said in KNOWN and (length == 1 or _near(row[place : place + length])):
                columns.append(Column(KNOWN[said], row[place].left, row[place + length - 1].right))
                place += length
                break
        else:
            place += 1
    kinds = {c.kind for c in columns}
    good = AMOUNT in kinds and (DESCRIPTION in kinds or {QUANTITY, PRICE} <= kinds) and len(kinds) > 1
    # A sentence that happens to hold such words is no head: most of a head is.
    return columns if good and 2 * len(columns) >= len(row) - 4 else None


def _near(words: Sequence[Word]) -> bool:
    height = words[0].bottom - words[0].top
    return all(b.left - a.right < height for a, b in pairwise(words))


def lines_of(pages: Sequence[Sequence[Word]]) -> Iterator[tuple[list[Column], list[Line]]]:
    """Every table that has a head, with its lines; a head that is repeated on the next page goes on with the table."""
    columns: list[Column] | None = None
    lines: list[Line] = []
    for number, words in enumerate(pages, start=1):
        inside = False
        loose: list[list[Word]] = []
        for row in rows_of(words):
            head = head_of(row)
            if head:
                if columns is not None and [c.kind for c in head] != [c.kind for c in columns] and lines:
                    yield columns, lines
                    lines = []
                columns, inside = head, True
                continue
            if not inside or columns is None:
                continue
            line = _line(row, columns, number)
            is_whole = line is not None and QUANTITY in line.cells and PRICE in line.cells
            if not is_whole and ENDS.match(plain(" ".join(w.text for w in row))):
                inside = False
                _attach(loose, lines)
                loose = []
                continue
            if line is not None and len(lines) < MOST_LINES:
                lines.append(line)
            elif not all(plain(w.text) in MORE_HEAD or not plain(w.text) for w in row):
                loose.append(row)
        _attach(loose, lines)
    if columns is not None and lines:
        yield columns, lines


def _line(row: Sequence[Word], columns: Sequence[Column], page: int) -> Line | None:
    """A row as a line: figures under their columns, all else described; none without an amount."""
    line = Line(page, list(row))
    figures = [c for c in columns if c.kind not in (DESCRIPTION, CODE, UNIT)]
    texts = [c for c in columns if c.kind in (CODE, UNIT)]
    for word in row:
        height = word.bottom - word.top
        under = min(figures, key=lambda c: c.distance(word))
        other = min(texts, key=lambda c: c.distance(word), default=None)
        is_told = other is not None and other.distance(word) == 0
        if FIGURE.match(word.text) and under.distance(word) < 1.2 * height and not (is_told and under.distance(word)):
            line.cells.setdefault(under.kind if under.kind != AMOUNT else f"{AMOUNT}{columns.index(under)}", []).append(word)
        elif SIGNS.match(word.text) or word.text == "%":
            continue
        elif under.kind == RATE and under.distance(word) == 0:
            line.cells.setdefault("natura", []).append(word)
        else:
            kind = other.kind if other is not None and is_told else DESCRIPTION
            line.cells.setdefault(kind, []).append(word)
    amounts = [k for k in line.cells if k.startswith(AMOUNT)]
    return (
        line if amounts and all(len(ws) == 1 for k, ws in line.cells.items() if k in (*amounts, QUANTITY, PRICE, RATE, DISCOUNT)) else None
    )


def _attach(loose: Sequence[Sequence[Word]], lines: Sequence[Line]) -> None:
    """Rows of words only go on describing the line that is nearest, row by row away from it."""
    for row in sorted(loose, key=lambda r: min((abs(ln.words[0].middle - r[0].middle) for ln in lines), default=0)):
        middle, height = row[0].middle, row[0].bottom - row[0].top
        near = min(lines, key=lambda ln: abs(ln.words[0].middle - middle), default=None)
        if near is None:
            continue
        words = near.cells.setdefault(DESCRIPTION, [])
        if min(abs(w.middle - middle) for w in [*near.words, *words]) < 2.2 * height:
            words[:] = [*row, *words] if middle < near.words[0].middle else [*words, *row]


def readings(text: str, mark: str) -> list[Decimal]:
    """What a figure may be, the likeliest first; ``mark`` is the decimal sign of the paper. 1.234 is 1234 where the comma is the sign."""
    bare = re.sub(r"[€$£%\s'’]", "", text).replace("−", "-")
    sign = -1 if bare.startswith("-") or bare.endswith("-") else 1
    bare = bare.strip("-")
    other = "." if mark == "," else ","
    found = []
    for decimal, group in ((mark, other), (other, mark)):
        whole, point, places = bare.rpartition(decimal) if decimal in bare else (bare, "", "")
        if whole.count(decimal) or group in places or not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|\d+", whole):
            continue
        if point and not places.isdigit():
            continue
        value = sign * Decimal(f"{whole.replace(group, '')}{'.' + places if point else ''}")
        if value not in found:
            found.append(value)
    return found


def mark_of(texts: Iterable[str]) -> str:
    """The decimal sign of the paper: that before two figures at the end of most amounts."""
    said = [m[1] for t in texts if (m := re.search(r"([.,])\d{2}\D*$", t))]
    return "," if said.count(",") >= said.count(".") else "."


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def judged(
    pages: Sequence[Sequence[Word]], gross: Decimal | None, nets: Iterable[Decimal], percents: Iterable[Decimal], *, perhaps: bool = False
) -> dict[str, Any]:
    """The lines of the first table that comes out, with whether prices include tax; else why none is proposed.

    ``gross`` is the total of the paper, ``nets`` amounts called net on it, ``percents`` rates named anywhere on it. With ``perhaps`` the total may be another
    sum of the paper: then it counts only where there is tax, and net and tax make it.
    """
    why: dict[str, Any] = {"why": "no_table"}
    nets, percents = list(nets), list(percents)
    for columns, lines in lines_of(pages):
        mark = mark_of(w.text for ln in lines for k, ws in ln.cells.items() if k.startswith(AMOUNT) for w in ws)
        keys = [f"{AMOUNT}{n}" for n, c in enumerate(columns) if c.kind == AMOUNT]
        for key in keys:
            read = [_read(ln, key, mark) for ln in lines if key in ln.cells]
            if len(read) != len(lines) or any(r is None for r in read):
                why = {"why": "unreadable"} if why["why"] == "no_table" else why
                continue
            made = [r for r in read if r is not None]
            proof = _proof(made, gross, nets, percents, perhaps)
            if proof is not None:
                rates, includes = proof
                return {"lines": [told(r, rate) for r, rate in zip(made, rates, strict=True)], "includes_tax": includes}
            why = {
                "why": "not_summing",
                "sum": f"{sum((r.amount for r in made), ZERO):.2f}",
                "total": f"{gross:.2f}" if gross is not None else "",
            }
    return why


@dataclass(frozen=True, slots=True)
class Read:
    """A line in figures; ``holds`` says that quantity by price makes the amount."""

    line: Line
    quantity: Decimal
    price: Decimal
    discount: Decimal
    rate: Decimal | None
    amount: Decimal
    holds: bool
    has_figures: bool


def _read(line: Line, key: str, mark: str) -> Read | None:
    amounts = [a for a in readings(line.text(key), mark) if a == cents(a)]
    if not amounts or not re.search(r"[.,]\d{2}\D*$", line.text(key)):
        return None
    amount = amounts[0]
    rates = [r for r in readings(line.text(RATE), mark) if ZERO <= r <= MOST_RATE] if RATE in line.cells else []
    rate = rates[0] if rates else (ZERO if "natura" in line.cells else None)
    percents = [d for d in readings(line.text(DISCOUNT), mark) if ZERO <= d <= HUNDRED] if DISCOUNT in line.cells else [ZERO]
    has_figures = QUANTITY in line.cells and PRICE in line.cells
    if has_figures:
        for quantity in readings(line.text(QUANTITY), mark):
            for price in readings(line.text(PRICE), mark):
                for percent in percents:
                    if quantity and cents(quantity * price * (HUNDRED - percent) / HUNDRED) == amount:
                        return Read(line, quantity, price, percent, rate, amount, True, True)
    return Read(line, ONE, amount, ZERO, rate, amount, False, has_figures)


def _proof(
    read: Sequence[Read], gross: Decimal | None, nets: Sequence[Decimal], percents: Sequence[Decimal], perhaps: bool
) -> tuple[list[Decimal | None], bool] | None:
    """The rates of the lines and whether their prices include tax, where the lines make the total; else none."""
    total = sum((r.amount for r in read), ZERO)
    if gross is None:
        return ([r.rate for r in read], False) if total in nets else None
    own = [r.rate for r in read]
    if all(rate is not None for rate in own):
        if _with_tax(read, own, gross) and (any(own) or not perhaps):
            return own, False
        if total == gross and any(own) and not perhaps:
            return own, True
    for percent in percents:
        if percent and _with_tax(read, [percent] * len(read), gross):
            return [percent] * len(read), False
    if total == gross and not perhaps:
        # Net and gross are the same: no tax, or one that the prices include. Either way the lines make the total.
        return ([None] * len(read)), True
    return None


def _with_tax(read: Sequence[Read], rates: Sequence[Decimal | None], gross: Decimal) -> bool:
    """Whether net and the tax of each rate make the total; the cent of a rounding by line, for each rate, is forgiven."""
    sums: dict[Decimal, Decimal] = {}
    for r, rate in zip(read, rates, strict=True):
        sums[rate or ZERO] = sums.get(rate or ZERO, ZERO) + r.amount
    with_tax = sum((net + cents(net * rate / HUNDRED) for rate, net in sums.items()), ZERO)
    return abs(with_tax - gross) <= CENT * sum(1 for rate in sums if rate)


def told(read: Read, rate: Decimal | None) -> dict[str, Any]:
    """A line as it is kept: plain texts, with a confidence for each field and one for the line, in percent.

    Figures that prove each other (quantity by price) are as sure as anything; figures that only the total proves less; words as they were read.
    """
    line = read.line
    proven = 98 if read.holds else 90
    by_field = {
        DESCRIPTION: _percent(line.cells.get(DESCRIPTION, ()), 95) if line.text(DESCRIPTION) else 0,
        QUANTITY: proven if read.holds else (70 if not read.has_figures else 50),
        "unit_price": proven if read.holds else (70 if not read.has_figures else 50),
        AMOUNT: proven,
        RATE: 0 if rate is None else (95 if read.rate == rate else 85),
    }
    kept: Mapping[str, Any] = {
        DESCRIPTION: line.text(DESCRIPTION)[:500],
        "code": line.text(CODE)[:60],
        QUANTITY: f"{read.quantity:f}",
        "unit_price": f"{read.price:f}",
        "discount": f"{read.discount:f}",
        RATE: None if rate is None else f"{rate:f}",
        AMOUNT: f"{read.amount:f}",
        "page": line.page,
        "by_field": by_field,
        "confidence": min(v for k, v in by_field.items() if v or k == DESCRIPTION),
    }
    return dict(kept)


def _percent(words: Iterable[Word], most: int) -> int:
    return int(most * min((w.sure for w in words), default=1.0))
