"""Giving a resource out as a file: CSV, XLSX or JSON of exactly what was asked for, for API and screens alike."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.resources.declare import Column, Resource
from fondaco.platform.resources.reading import Query, columns_for, ordered, values

#: Beyond this a file lies on disk while it is written, so that memory does not grow with rows.
IN_MEMORY = 4 * 1024 * 1024
XLSX_ROWS = 1_048_575
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # spreadsheets read the wide ones too


class UnknownFormat(UserError):
    code, status = "resources.unknown_format", 400
    message = _("Files can be csv, xlsx or json; “{format}” is none of them.")


class SheetFull(UserError):
    code, status = "resources.sheet_full", 409
    message = _("A sheet holds at most {limit} rows. Filter more narrowly, or take the list as CSV.")


@dataclass(frozen=True)
class Export:
    """A finished file, positioned at its beginning; the caller closes it."""

    file: IO[bytes]
    content_type: str
    name: str


def export(
    resource: type[Resource], actor: Actor, query: Query, *, format: str, columns: Sequence[Column] = (), titles: bool = False
) -> Export:
    """Write all rows of ``query`` (its limit and marks are ignored) that ``actor`` may see.

    The first line holds the names that an import understands, or with ``titles`` what the reader's screens say. A link
    takes two columns: its key (``customer.id``) and its label. Amounts are numbers, dates are dates.
    """
    if format not in WRITERS:
        raise UnknownFormat(format=format[:20])
    content_type, write = WRITERS[format]
    shown = columns_for(columns or resource.shown(), actor)
    rows = values(ordered(resource, actor, query), shown)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  handed to the caller
    try:
        write(file, shown, rows, titles)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Export(file, content_type, f"{resource.key}.{format}")


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what looks like one, blanks ignored."""
    return f"'{text}" if text[:1] in {"\t", "\r", "\n"} or text.lstrip().startswith(FORMULA_SIGNS) else text


def headings(columns: Sequence[Column], titles: bool) -> list[str]:
    """The first line of a file."""
    names = [_named("id", titles, "id")]
    for column in columns:
        if column.kind == "link":
            names.append(f"{column.path}.id" if not titles else f"{column.title} (id)")
        names.append(_named(column.path, titles, column.title))
    return names


def _named(path: str, titles: bool, title: Any) -> str:
    return neutral(str(title)) if titles else path


def cells(columns: Sequence[Column], row: Mapping[str, Any]) -> list[Any]:
    """The cells of a row, texts made neutral."""
    found = [row["pk"]]
    for column in columns:
        value = row[column.path]
        if column.kind == "link":
            found.extend((None, None) if value is None else (value[0], value[1]))
        else:
            found.append(value)
    return [neutral(v) if isinstance(v, str) else json.dumps(v) if isinstance(v, list | dict) else v for v in found]


def _write_csv(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], titles: bool) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(headings(columns, titles))
    for row in rows:
        writer.writerow([_as_text(c) for c in cells(columns, row)])
    text.flush()
    text.detach()


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _write_xlsx(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], titles: bool) -> None:
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    )
    sheet = book.add_worksheet()
    bold, day, moment = (
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    )
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(headings(columns, titles)):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(rows, start=1):
        if number > XLSX_ROWS:
            raise SheetFull(limit=XLSX_ROWS)
        for place, value in enumerate(cells(columns, row)):
            if isinstance(value, bool):
                sheet.write_boolean(number, place, value)
            elif isinstance(value, int | Decimal):
                # A sheet keeps 15 digits; longer figures stay exact as text.
                exact = len(str(abs(value)).replace(".", "").lstrip("0")) <= 15
                sheet.write_number(number, place, value) if exact else sheet.write_string(number, place, str(value))
            elif isinstance(value, date):
                sheet.write_datetime(number, place, value, moment if isinstance(value, datetime) else day)
            elif value is not None:
                sheet.write_string(number, place, str(value))
    book.close()


def _write_json(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], titles: bool) -> None:
    file.write(b"[")
    for number, row in enumerate(rows):
        file.write((b",\n" if number else b"\n") + json.dumps(record(columns, row), ensure_ascii=False).encode())
    file.write(b"\n]\n")


def record(columns: Sequence[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: keys, amounts and days are texts; a link is ``{"id", "label"}``."""
    found: dict[str, Any] = {"id": str(row["pk"])}
    if "version" in row:
        found["version"] = row["version"]
    for column in columns:
        found[column.path] = plain(row[column.path])
        if column.currency:
            found[column.currency] = plain(row[column.currency])
    return found


def plain(value: Any) -> Any:
    """One value as JSON has it."""
    if isinstance(value, tuple):
        return {"id": str(value[0]), "label": value[1]}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


Writer = Callable[[IO[bytes], Sequence[Column], Iterable[Mapping[str, Any]], bool], None]
WRITERS: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8", _write_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _write_xlsx),
    "json": ("application/json", _write_json),
}

__all__ = ["WRITERS", "Export", "UnknownFormat", "cells", "export", "headings", "neutral", "plain", "record"]
