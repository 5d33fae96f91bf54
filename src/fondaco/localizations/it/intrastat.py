"""The Italian lists of trade (elenchi riepilogativi Intrastat) as the customs agency reads them: records of fixed width, EUROX, CR and LF.

Models INTRA-1 (bis, ter, quater, quinquies) and INTRA-2, in the layout of determination 493869/2021, which that of 3 February 2026 leaves as it is. Text stands
left with blanks after it, figures right with zeros before them; a negative total of corrections ends in a letter (p for 0 to y for 9). The record that
heads a flow to the customs' own service is not written: the file is taken by Intr@Web and by the tax office's channels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing.queries import with_country
from fondaco.operations.intrastat.models import GOODS, MONTHLY, SALES, Statement, StatementRow, TradeDefaults
from fondaco.operations.intrastat.queries import former_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import ZERO

WIDTH_OF_NUMBER = 6
#: The nature of a triangular operation by its first digit: the letters stand for the same natures, told for the tax only.
TRIANGULAR = dict(zip("123456789", "ABCDEFGHI", strict=True))
NEGATIVE = "pqrstuvwxy"


class FilerMissing(UserError):
    code, status = "intrastat.filer_missing", 409
    message = _("No file was written: {company} has no Italian VAT number of 11 digits. Enter it under Set up > Companies.")


class ProtocolMissing(UserError):
    code, status = "intrastat.protocol_missing", 409
    message = _(
        "No file was written: a correction of services names the protocol of list {document}, and the customs office it was filed at. Enter the protocol on that list and the office under Set up > Defaults of Intrastat."
    )


@dataclass(frozen=True, slots=True)
class Former:
    """A filed row of services as it stands before a correction: where it was filed, and what it comes to by now."""

    number: str
    year: int
    protocol: str
    position: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Filer:
    """Who owes the list, who files it for him, and at which customs office."""

    vat_number: str
    delegate: str
    office: str


def text(value: str, width: int) -> str:
    return value[:width].ljust(width)


def figure(value: Decimal | int | str | None, width: int) -> str:
    digits = str(value if value is not None else 0)
    return digits[-width:].rjust(width, "0")


def signed(value: Decimal, width: int) -> str:
    """A total, whose last digit is a letter where it is negative."""
    digits = figure(abs(value), width)
    return digits if value >= 0 else digits[:-1] + NEGATIVE[int(digits[-1])]


def flat_file(statement: Statement, rows: Sequence[StatementRow]) -> tuple[str, bytes]:
    """Name and content of the file of a list; one that is not filed yet has the number 000000, to be checked with. Two statements."""
    defaults = TradeDefaults.objects.filter(company=statement.company_id).first()
    vat = with_country(statement.company.vat_number, "IT").removeprefix("IT")
    if len(vat) != 11 or not vat.isdecimal():
        raise FilerMissing(company=statement.company.name)
    filer = Filer(vat, (defaults.delegate_vat_number if defaults else "").removeprefix("IT"), defaults.customs_office if defaults else "")
    former = {key: Former(*told) for key, told in former_rows([r.corrects_id for r in rows if r.corrects_id], statement).items()}
    return f"{statement.number or 'scambi'}.cee".replace("/", "-"), written(statement, rows, filer, former)


def written(statement: Statement, rows: Sequence[StatementRow], filer: Filer, former: dict[int, Former]) -> bytes:
    """The records of a list: the front page, then a record a row. Pure."""
    is_sale, of_goods = statement.kind in SALES, statement.kind in GOODS
    number = "".join(c for c in (statement.number or "").rsplit("/", 1)[-1] if c.isdigit())
    prefix = text("EUROX", 5) + figure(filer.delegate or filer.vat_number, 11) + figure(number, WIDTH_OF_NUMBER)
    sections: dict[int, list[tuple[Decimal, str]]] = {n: [] for n in (1, 2, 3, 4)}
    for row in rows:
        is_correction = row.section == StatementRow.CORRECTION
        section = (2 if is_correction else 1) if of_goods else (4 if is_correction else 3)
        write = (_goods_correction if is_correction else _goods) if of_goods else (_service_correction if is_correction else _service)
        sections[section].append(write(statement, row, is_sale, filer, former))
    records = [
        prefix + "0" + figure(0, 5) + _front(statement, filer, is_sale, {n: [a for a, _r in found] for n, found in sections.items()})
    ]
    for section, found in sections.items():
        records += [prefix + str(section) + figure(place, 5) + record for place, (_amount, record) in enumerate(found, start=1)]
    return "".join(record + "\r\n" for record in records).encode("ascii", "replace")


def _front(statement: Statement, filer: Filer, is_sale: bool, sections: dict[int, list[Decimal]]) -> str:
    is_month = statement.frequency == MONTHLY
    months = statement.ends_on.month - statement.starts_on.month + 1
    # A quarter that ends early, because its amount asks for months from now on: 8 for one month, 9 for two.
    content = "0" if is_month or months == 3 else {1: "8", 2: "9"}[months]
    period = statement.starts_on.month if is_month else (statement.starts_on.month + 2) // 3
    head = ("C" if is_sale else "A") + figure(statement.ends_on.year % 100, 2) + ("M" if is_month else "T") + figure(period, 2)
    head += figure(filer.vat_number, 11) + content + "0" + figure(filer.delegate or 0, 11)
    for section, amounts in sections.items():
        total = sum(amounts, ZERO)
        head += figure(len(amounts), 5) + (signed(total, 13) if section == 2 else figure(total, 13))
    return head + (figure(0, 5) if is_sale else "")


def _partner(row: StatementRow) -> str:
    return text(row.vat_number[:2], 2) + text(row.vat_number[2:], 12)


def _nature(row: StatementRow) -> str:
    first = row.nature[:1]
    return TRIANGULAR.get(first, first) if row.is_triangular else first


def _foreign(is_sale: bool) -> str:
    """What INTRA-2 asked for in the currency of the invoice, and does not any more."""
    return "" if is_sale else figure(0, 13)


def _goods(statement: Statement, row: StatementRow, is_sale: bool, filer: Filer, former: dict[int, Former]) -> tuple[Decimal, str]:
    record = _partner(row) + figure(row.amount, 13) + _foreign(is_sale) + text(_nature(row), 1) + figure(row.commodity_code, 8)
    if statement.frequency == MONTHLY:
        second = "" if row.is_triangular else row.nature[1:2]
        record += figure(row.net_mass, 10) + figure(row.supplementary, 10) + figure(row.statistical, 13)
        record += text(row.delivery_terms[:1], 1) + figure(row.transport or 0, 1) + text(row.country, 2)
        if is_sale:
            record += text(row.region, 2) + text(second, 1) + text(row.origin, 2)
        else:
            record += text(row.origin, 2) + text(row.region, 2) + text(second, 1)
    return row.amount, record


def _goods_correction(
    statement: Statement, row: StatementRow, is_sale: bool, filer: Filer, former: dict[int, Former]
) -> tuple[Decimal, str]:
    begins, ends = row.corrects_from, row.corrects_to
    is_month = (begins.year, begins.month) == (ends.year, ends.month)
    period = figure(begins.month, 2) + "0" if is_month else "00" + str((begins.month + 2) // 3)
    record = period + figure(begins.year % 100, 2) + _partner(row) + ("-" if row.value < 0 or (row.statistical or ZERO) < 0 else "+")
    record += figure(abs(row.amount), 13) + _foreign(is_sale) + text(_nature(row), 1) + figure(row.commodity_code, 8)
    if statement.frequency == MONTHLY:
        record += figure(abs(row.statistical or ZERO), 13)
    return row.amount, record


def _service_part(row: StatementRow, amount: Decimal, is_sale: bool) -> str:
    record = _partner(row) + figure(amount, 13) + _foreign(is_sale) + text(row.document_number, 15)
    record += (f"{row.document_on:%d%m%y}" if row.document_on else figure(0, 6)) + row.service_code.ljust(6, "0")
    return record + text(row.supply, 1) + text(row.payment, 1) + text(row.payment_country, 2)


def _service(statement: Statement, row: StatementRow, is_sale: bool, filer: Filer, former: dict[int, Former]) -> tuple[Decimal, str]:
    return row.amount, _service_part(row, row.amount, is_sale)


def _service_correction(
    statement: Statement, row: StatementRow, is_sale: bool, filer: Filer, former: dict[int, Former]
) -> tuple[Decimal, str]:
    """The row as it should stand now, whole; blank where nothing is left of it."""
    one = former[row.corrects_id]
    protocol = "".join(c for c in one.protocol if c.isdigit())
    if not protocol or not filer.office:
        raise ProtocolMissing(document=one.number)
    amount = max(one.amount + row.amount, ZERO)
    record = figure(filer.office, 6) + figure(one.year % 100, 2) + figure(protocol, 6) + figure(one.position, 5)
    blank = text("", 14) + figure(0, 13) + _foreign(is_sale) + text("", 15) + figure(0, 6) + figure(0, 6) + text("", 4)
    return amount, record + (_service_part(row, amount, is_sale) if amount else blank)
