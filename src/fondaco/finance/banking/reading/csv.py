"""CSV as banks export it: a format says how it is written; ``propose`` guesses the format from the head of a file."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

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

CHARSETS = ("utf-8", "cp1252", "utf-16")
DELIMITERS = (";", ",", "\t", "|")
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%m/%d/%y")
#: What a column may hold, with the words by which banks head it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "booked_on": ("booking date", "date", "data contabile", "data operazione", "data registrazione", "data", "buchungstag", "buchungsdatum", "transaction date", "posted", "fecha", "datum", "date operation"),
    "value_on": ("value date", "data valuta", "valuta", "valutadatum", "wertstellung", "date valeur", "fecha valor"),
    "amount": ("amount", "importo", "betrag", "umsatz", "montant", "importe", "bedrag", "importo eur"),
    "debit": ("debit", "dare", "addebiti", "addebito", "uscite", "soll", "money out", "paid out", "withdrawals"),
    "credit": ("credit", "avere", "accrediti", "accredito", "entrate", "haben", "money in", "paid in", "deposits"),
    "side": ("debit/credit", "cd indicator", "segno", "soll/haben", "af bij"),
    "currency": ("currency", "divisa", "wahrung", "waehrung", "devise", "moneda", "munt"),
    "counterparty": ("counterparty", "name", "payee", "controparte", "ordinante/beneficiario", "beneficiario", "ordinante", "auftraggeber/empfanger", "beguenstigter/zahlungspflichtiger", "naam / omschrijving", "payer/payee"),
    "counterparty_account": ("counterparty iban", "iban", "iban controparte", "counterparty account", "conto controparte", "kontonummer", "kontonummer/iban", "tegenrekening"),
    "bic": ("bic", "swift", "blz", "bic (swift-code)"),
    "end_to_end_id": ("end-to-end id", "end to end id", "endtoendid", "ident. end to end"),
    "creditor_reference": ("creditor reference", "structured reference", "riferimento creditore"),
    "remittance": ("remittance", "description", "details", "descrizione", "descrizione operazione", "causale", "memo", "verwendungszweck", "libelle", "concepto", "mededelingen", "narrative", "payment reference"),
    "bank_reference": ("bank reference", "reference", "transaction id", "riferimento", "numero operazione", "cro", "trn", "referenz"),
    "code": ("code", "type", "transaction type", "causale abi", "codice", "buchungstext", "mutatiesoort"),
    "balance": ("balance", "saldo", "saldo contabile", "kontostand", "solde", "saldo na mutatie"),
}  # fmt: skip
AMOUNTS = {"amount", "debit", "credit", "balance"}
OUT = {"d", "dr", "debit", "dbit", "s", "soll", "dare", "af", "-"}
SAMPLE = 200


@dataclass(frozen=True)
class CsvFormat:
    """How a bank writes its CSV: ``columns`` maps what a column holds to its number, from 1; ``skip`` are lines before the data."""

    charset: str = "utf-8"
    delimiter: str = ";"
    decimal_sign: str = ","
    date_format: str = "%d/%m/%Y"
    skip: int = 1
    columns: Mapping[str, int] = field(default_factory=dict)


def decoded(content: bytes, charset: str = "") -> str:
    """The text of a file; raises Unreadable at the first byte that the charset does not have, and at a NUL."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    marked = next((name for mark, name in marks.items() if content.startswith(mark)), "")
    text = ""
    for name in [marked] if marked else [charset] if charset else CHARSETS[:2]:
        try:
            text = content.decode(name)
            break
        except UnicodeDecodeError as error:
            failed = error
    else:
        raise Unreadable("wrong_charset", content.count(b"\n", 0, failed.start) + 1, charset=charset or marked or CHARSETS[0])
    if "\x00" in text:
        raise Unreadable("has_nul", text.count("\n", 0, text.index("\x00")) + 1)
    return text


def read(content: bytes, form: CsvFormat) -> list[StatementValues]:
    """The one statement of a CSV file, oldest line first. The account is not in the file; balances are where a column has them."""
    rows = _rows(decoded(content, form.charset), form.delimiter)
    if not {"booked_on"} <= set(form.columns) or not ({"amount"} & set(form.columns) or {"debit", "credit"} & set(form.columns)):
        raise Unreadable("format_incomplete")
    lines: list[LineValues] = []
    balances: list[Decimal] = []
    for number, row in rows:
        if number <= form.skip or not any(cell.strip() for cell in row):
            continue
        made, balance = _line(row, number, form)
        lines.append(made)
        if balance is not None:
            balances.append(balance)
    if not lines:
        raise Unreadable("no_lines")
    made_statement = StatementValues("", "", "", line=lines[0].line)
    if len(balances) == len(lines):
        lines, opening, closing = _running(lines, balances)
        currency = lines[0].currency
        made_statement.opening, made_statement.closing = Balance(opening, currency, None), Balance(closing, currency, None)
    elif lines[0].booked_on > lines[-1].booked_on:
        lines.reverse()
    made_statement.lines = lines if balances else sorted(lines, key=lambda ln: ln.booked_on)
    return [made_statement]


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The rows with the line of the file each begins at."""
    found, reader = [], csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1
    try:
        for row in reader:
            found.append((begins, row))
            begins = reader.line_num + 1
            if len(found) > MOST_LINES:
                raise Unreadable("too_many_lines", begins)
    except csv.Error as error:
        raise Unreadable("bad_csv", reader.line_num, text=clean(str(error), 100)) from error
    return found


def _line(row: Sequence[str], number: int, form: CsvFormat) -> tuple[LineValues, Decimal | None]:
    def cell(name: str) -> str:
        place = form.columns.get(name, 0)
        return row[place - 1].strip() if 0 < place <= len(row) else ""

    if max(form.columns.values()) > len(row):
        raise Unreadable("too_few_columns", number, wanted=str(max(form.columns.values())), found=str(len(row)))
    booked = _day(cell("booked_on"), form.date_format, number)
    value = cell("value_on")
    if cell("amount"):
        amount = amount_of(cell("amount"), number, form.decimal_sign)
        if cell("side"):
            amount = -abs(amount) if cell("side").lower() in OUT else abs(amount)
    else:
        debit, credit = (abs(amount_of(cell(n), number, form.decimal_sign)) if cell(n) else Decimal(0) for n in ("debit", "credit"))
        amount = credit - debit
        if not cell("debit") and not cell("credit"):
            raise Unreadable("no_amount", number, text="")
    balance = amount_of(cell("balance"), number, form.decimal_sign) if cell("balance") else None
    made = LineValues(
        booked_on=booked,
        value_on=_day(value, form.date_format, number) if value else booked,
        amount=amount,
        currency=currency_of(cell("currency"), number) if cell("currency") else "",
        counterparty=clean(cell("counterparty"), 200),
        counterparty_account=account_key(cell("counterparty_account")),
        bic=account_key(cell("bic"))[:11],
        line=number,
        **{n: clean(cell(n), 140) for n in ("end_to_end_id", "creditor_reference", "bank_reference", "code")},  # type: ignore[arg-type]
    )
    made.remittance = clean(cell("remittance"))
    return made, balance


def _day(text: str, form: str, line: int) -> date:
    try:
        return bounded_day(datetime.strptime(text, form).date(), line)  # noqa: DTZ007  a day has no zone
    except ValueError as error:
        raise Unreadable("no_date", line, text=clean(text, 40)) from error


def _running(lines: list[LineValues], balances: list[Decimal]) -> tuple[list[LineValues], Decimal, Decimal]:
    """Lines, oldest first, with opening and closing balance, where the balances run with the lines downwards or upwards."""
    up = next((i for i in range(1, len(lines)) if balances[i] != balances[i - 1] + lines[i].amount), 0)
    if not up and not (len(lines) > 1 and lines[0].booked_on > lines[-1].booked_on):
        return lines, balances[0] - lines[0].amount, balances[-1]
    down = next((i for i in range(len(lines) - 1) if balances[i] != balances[i + 1] + lines[i].amount), None)
    if down is not None:
        raise Unreadable("balance_does_not_run", lines[up].line)
    return lines[::-1], balances[-1] - lines[-1].amount, balances[0]


# ------------------------------------------------------------------ proposing a format


def propose(content: bytes) -> tuple[CsvFormat, list[list[str]]]:
    """The format that a file seems to have, and its first rows; what cannot be told is left out. Raises Unreadable."""
    charset = next(
        (n for m, n in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8")) if content.startswith(m)), ""
    )
    if not charset:
        try:
            content.decode("utf-8")
            charset = "utf-8"
        except UnicodeDecodeError:
            charset = "cp1252"
    text = decoded(content, charset)
    head = "\n".join(text.splitlines()[:SAMPLE])
    delimiter, width = max(((d, *_shape(head, d)) for d in DELIMITERS), key=lambda found: found[1:])[0::2]
    if width < 2:
        raise Unreadable("not_a_table", 1)
    rows = _rows(head, delimiter)
    wide = [(n, row) for n, row in rows if len(row) == width]
    skip, columns = _headed(wide)
    data = [row for n, row in wide if n > skip]
    if not data:
        raise Unreadable("no_lines")
    if not columns:
        skip, columns = wide[0][0] - 1, {}
        data = [row for _n, row in wide]
    columns = _by_content(data, columns)
    dates = [row[columns["booked_on"] - 1].strip() for row in data] if "booked_on" in columns else []
    date_format = next((f for f in DATES if dates and all(_is_day(d, f) for d in dates if d)), DATES[0])
    signs = [row[columns[n] - 1] for row in data for n in ("amount", "debit", "credit") if n in columns]
    return CsvFormat(charset, delimiter, _decimal_sign(signs), date_format, skip, columns), [row for _n, row in rows[:12]]


def _shape(text: str, delimiter: str) -> tuple[int, int]:
    """How many rows have the commonest number of columns (above one), and that number."""
    try:
        counted = Counter(len(row) for _n, row in _rows(text, delimiter) if len(row) > 1)
    except Unreadable:
        return 0, 0
    return (counted.most_common(1)[0][1], counted.most_common(1)[0][0]) if counted else (0, 0)


def _headed(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, dict[str, int]]:
    """The line of the head, and what its words say of the columns; nothing where no row is a head."""
    for number, row in rows[:30]:
        words = [_plain(cell) for cell in row]
        columns: dict[str, int] = {}
        for name, known in COLUMNS.items():
            for word in known:
                place = next((i for i, w in enumerate(words, start=1) if w == word and i not in columns.values()), 0)
                if place:
                    columns[name] = place
                    break
        if len(columns) >= 2 and not any(_is_day(cell.strip(), f) for cell in row for f in DATES):
            return number, columns
    return 0, {}


def _plain(text: str) -> str:
    import unicodedata

    folded = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9/().-]+", " ", folded).strip()


def _by_content(data: Sequence[Sequence[str]], columns: dict[str, int]) -> dict[str, int]:
    """What the words of the head did not say: days, an amount, the longest text."""
    found, width = dict(columns), len(data[0])
    free = [i for i in range(1, width + 1) if i not in found.values()]
    filled = {i: [row[i - 1].strip() for row in data if row[i - 1].strip()] for i in free}
    if "booked_on" not in found:
        days = [i for i in free if filled[i] and any(all(_is_day(v, f) for v in filled[i]) for f in DATES)]
        found.update(dict(zip(("booked_on", "value_on"), days, strict=False)))
    if not {"amount", "debit", "credit"} & set(found):
        numbers = [i for i in free if i not in found.values() and len(filled[i]) == len(data) and all(_is_amount(v) for v in filled[i])]
        if numbers:
            found["amount"] = numbers[0]
    if "remittance" not in found:
        texts = [i for i in free if i not in found.values() and filled[i]]
        if texts:
            found["remittance"] = max(texts, key=lambda i: sum(map(len, filled[i])))
    return found


def _is_day(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def _is_amount(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[\d.,' ]*\d[+-]?", text))


def _decimal_sign(amounts: Sequence[str]) -> str:
    """The sign that stands last before one or two digits, by the vote of all amounts."""
    votes = Counter(m.group(1) for a in amounts if (m := re.search(r"([.,])\d{1,2}\D*$", a.strip())))
    return votes.most_common(1)[0][0] if votes else "."


def format_from(given: Mapping[str, Any]) -> CsvFormat:
    """A format from plain JSON values; raises Unreadable when it is none."""
    try:
        columns = {str(n): int(p) for n, p in dict(given["columns"]).items()}
        form = CsvFormat(given["charset"], given["delimiter"], given["decimal_sign"], given["date_format"], int(given["skip"]), columns)
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable("format_incomplete") from error
    if (
        form.charset not in CHARSETS
        or form.delimiter not in DELIMITERS
        or form.decimal_sign not in (".", ",")
        or form.date_format not in DATES
        or not 0 <= form.skip <= 1000
        or not set(columns) <= set(COLUMNS)
        or any(not 1 <= p <= 200 for p in columns.values())
    ):
        raise Unreadable("format_incomplete")
    return form
