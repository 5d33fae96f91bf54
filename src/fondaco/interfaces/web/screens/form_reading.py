"""From what was typed into a form, in the reader's way of writing, to plain values for create and edit."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import BadBody
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.screens.asked import whole
from fondaco.platform.resources.declare import Lines, Resource
from fondaco.platform.resources.schema import lines_name, writable_lines


def typed_in(request: HttpRequest) -> Mapping[str, str]:
    """What the form holds: as browsers send forms, or as JSON, which is read in a tenth of the time. Refused where it is no object of texts."""
    if request.content_type != "application/json":
        return request.POST
    try:
        typed = json.loads(request.body)
    except ValueError as error:
        raise BadBody(why=str(error)) from error
    if not isinstance(typed, dict) or not all(isinstance(text, str) for text in typed.values()):
        raise BadBody(why=_("it is no object of texts"))
    return typed


def read_form(typed: Mapping[str, str], resource: type[Resource], formats: Formatting) -> dict[str, Any]:
    """What was typed, by the reader's locale, as plain values for create and edit; wrong figures stay as typed and are refused there."""
    given: dict[str, Any] = {}
    for name in resource.writable:
        field = resource.model._meta.get_field(name)
        if isinstance(field, models.BooleanField) or name in typed:
            read = _read(field, typed.get(name, ""), formats, present=name in typed)
            if read is not _OMITTED:
                given[name] = read
    for lines in writable_lines(resource):
        given[lines_name(lines)] = _read_lines(typed, lines, formats)
    return given


_OMITTED = object()


Reader = Callable[[str, Formatting], Any]


def _read(field: models.Field, text: str, formats: Formatting, *, present: bool) -> Any:
    if isinstance(field, models.BooleanField):
        return present
    text = _clean(text)
    return _reader(field)(text, formats) if text else _unsaid(field)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()  # browsers send both


def _unsaid(field: models.Field) -> Any:
    """What an empty field stands for."""
    if field.null:
        return None
    return _OMITTED if field.has_default() or not field.blank else ""


def _reader(field: models.Field) -> Reader:
    """How what was typed into a field is read; what cannot be read stays as it was typed."""
    if isinstance(field, models.DecimalField | models.IntegerField) and not isinstance(field, models.ForeignKey):
        return _number
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return _date
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, models.ManyToManyField):
        return _parts
    return _text


def _number(text: str, formats: Formatting) -> str:
    try:
        return str(formats.parse_number(text))
    except ValueError:
        return text


def _date(text: str, formats: Formatting) -> str:
    try:
        return formats.parse_date(text, date.today()).isoformat()  # noqa: DTZ011  only fills in the year of a short date
    except ValueError:
        return text


def _json(text: str, formats: Formatting) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return _parts(text, formats)


def _parts(text: str, _formats: Formatting) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _text(text: str, _formats: Formatting) -> str:
    return text


@dataclass(frozen=True)
class _LineField:
    """A field of the lines: how it is read, what it stands for when it is empty, and what was typed by nobody."""

    name: str
    read: Reader
    unsaid: Any
    untouched: frozenset[str]
    flag: bool

    @classmethod
    def of(cls, name: str, field: models.Field) -> "_LineField":
        # What a fresh line shows by itself says nothing; 0 or 1 in a field that shows nothing was typed.
        shows = field.has_default() and not isinstance(field, models.ForeignKey)
        untouched = {"", str(field.get_default()), "0", "1", "0,00", "0.00"} if shows else {""}
        return cls(name, _reader(field), _unsaid(field), frozenset(untouched), isinstance(field, models.BooleanField))


def _read_lines(typed: Mapping[str, str], lines: Lines, formats: Formatting) -> list[dict[str, Any]]:
    prefix = lines_name(lines)
    total = whole(typed.get(f"{prefix}-TOTAL_FORMS", "0")) or 0
    fields = [_LineField.of(name, lines.model._meta.get_field(name)) for name in lines.writable]
    rows = []
    for index in range(min(total, 10_000)):
        start = f"{prefix}-{index}-"
        if typed.get(f"{start}DELETE"):
            continue
        row: dict[str, Any] = {}
        touched = False
        for field in fields:
            text = typed.get(start + field.name)
            if field.flag:
                row[field.name] = text is not None
            elif text and (text := _clean(text)):
                touched = touched or text not in field.untouched
                row[field.name] = field.read(text, formats)
            elif field.unsaid is not _OMITTED:
                row[field.name] = field.unsaid
        if (saved := whole(typed.get(f"{start}id", ""))) is not None:
            row["id"] = saved
            touched = True
        if touched:
            rows.append(row | {"_index": index})
    return rows


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without the marks that only the form needs."""
    return {
        k: [{n: x for n, x in line.items() if n != "_index"} for line in v] if isinstance(v, list) and v and isinstance(v[0], dict) else v
        for k, v in given.items()
    }
