"""The language of filters: one for pages, REST, MCP, saved views and files. A filter is ``path`` or ``path__lookup`` with a text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.resources.declare import Column, Resource, choices_at, column_of, field_at, resource_of
from fondaco.platform.resources.periods import days_of

LOOKUPS = {"exact", "in", "gt", "gte", "lt", "lte", "contains", "startswith", "isnull", "within"}
#: How a comparison is said of a figure or text, and of a day or moment.
COMPARED = {
    "gte": (_("from"), _("from")), "lte": (_("up to"), _("until")), "gt": (_("over"), _("after")), "lt": (_("under"), _("before")), "contains": (_("contains"), ""),
    "startswith": (_("begins with"), ""), "in": (_("one of"), _("one of")), "isnull": ("", ""), "within": ("", ""), "exact": ("", ""),
}  # fmt: skip
#: Marks of the record behind a row, which links carry and nobody types.
MARKS = ("source_table", "source_id", "table_name", "row_id")


class BadQuery(UserError):
    code, status = "resources.bad_query", 400
    message = _("“{what}” cannot be used on {resource}: {why}")


@dataclass(frozen=True)
class Filter:
    """One filter as somebody is offered it.

    ``kind``: choices (several of ``options``), flag, condition, link (a record of ``target``), date, moment, amount, quantity, percent, number, text.
    """

    path: str
    title: str
    kind: str
    options: Sequence[tuple[Any, Any]] = ()
    target: type[Resource] | None = None


def offered(resource: type[Resource], actor: Actor) -> list[Filter]:
    """The filters of a list in their order: those it declares, days and amounts that it shows, its conditions."""
    available = filterable(resource, actor)
    shown = [c.path for c in resource.shown() if c.kind in {"state", "date", "moment", "amount"} and c.path in available]
    found = [_offer(resource, actor, available[path]) for path in dict.fromkeys([*resource.filters, *shown]) if path in available]
    conditions = [Filter(name, str(title)[:1].upper() + str(title)[1:], "condition") for name, (title, _q) in resource.conditions.items()]
    return [*(f for f in found if f is not None), *conditions]


def _offer(resource: type[Resource], actor: Actor, column: Column) -> Filter | None:
    field = field_of(resource, column.path)
    title = str(column.title)[:1].upper() + str(column.title)[1:]
    if column.path in MARKS or column.path == getattr(resource.model, "company_path", "company"):
        return None
    if field is not None and field.choices:
        options = [(v, str(w)) for v, w in choices_at(resource.model, field) if v not in ("", None)]
        return Filter(column.path, title, "choices", options)
    if isinstance(field, models.ForeignKey):
        target = resource_of(field.related_model)
        return Filter(column.path, title, "link", target=target) if target and actor.may(target.view_permission) else None
    if column.kind in {"flag", "date", "moment", "amount", "quantity", "percent", "number"}:
        return Filter(column.path, title, column.kind)
    return Filter(column.path, title, "text") if isinstance(field, models.CharField | models.TextField) else None


def filterable(resource: type[Resource], actor: Actor) -> dict[str, Column]:
    """Everything by which the actor may filter and sort, by path."""
    declared = [*resource.shown(), *resource.detail()]
    hidden = {c.path for c in declared if c.right and not actor.may(c.right)}
    columns = {c.path: c for c in declared}
    for path in (*resource.filters, *resource.writable, resource.sort.lstrip("-")):
        if path not in columns and path not in resource.conditions:
            columns[path] = column_of(resource.model, path, resource.annotations)
    return {path: c for path, c in columns.items() if path not in hidden and _is_comparable(resource, path)}


def field_of(resource: type[Resource], path: str) -> Any:
    """The model field behind a path; None where it is an annotation."""
    try:
        return field_at(resource.model, path)
    except FieldDoesNotExist:
        return None


def _is_comparable(resource: type[Resource], path: str) -> bool:
    return not isinstance(field_of(resource, path), models.JSONField | models.ManyToManyField)


def named(columns: dict[str, Column], *more: tuple[str, Any]) -> str:
    """Fields by their titles, with the names that an address takes."""
    found = [*((path, c.title) for path, c in columns.items()), *more]
    return ", ".join(sorted(f"{str(title)[:1].upper()}{str(title)[1:]} ({path})" for path, title in found))


def split(name: str) -> tuple[str, str]:
    """Path and comparison of a filter's name."""
    path, _sep, lookup = name.rpartition("__")
    return (path, lookup) if lookup in LOOKUPS else (name, "exact")


def condition(resource: type[Resource], actor: Actor, name: str, value: str) -> Q:
    """What a filter asks of the rows; refused with the title of its field when it cannot be asked."""
    if name in resource.conditions:
        title, wanted = resource.conditions[name]
        try:
            return wanted() if value == "" or flag(value) else ~wanted()
        except ValueError as error:
            raise BadQuery(what=f"{title}: {value}", resource=resource.title, why=str(error), fields={name: str(error)}) from error
    path, lookup = split(name)
    available = filterable(resource, actor)
    if path == "id":
        path, column = "pk", Column("pk", "id", "number")
    elif path in available:
        column = available[path]
    else:
        why = _("it can be filtered by {fields}").format(
            fields=named(available, *((name, title) for name, (title, _q) in resource.conditions.items()))
        )
        raise BadQuery(what=name, resource=resource.title, why=why)
    try:
        return _compared(resource, column, path, lookup, value)
    except (ValueError, InvalidOperation, ValidationError, OverflowError) as error:
        why = str(error) if str(error) and not isinstance(error, InvalidOperation) else str(_("the value is not valid"))
        word = COMPARED[lookup][column.kind in {"date", "moment"}]
        raise BadQuery(
            what=f"{column.title} {word} {value}".replace("  ", " "), resource=resource.title, why=why, fields={name: why}
        ) from error


def _compared(resource: type[Resource], column: Column, path: str, lookup: str, value: str) -> Q:
    if lookup == "isnull":
        empty = Q(**{f"{path}__isnull": True})
        field = field_of(resource, path) if path != "pk" else None
        if isinstance(field, models.CharField | models.TextField) and not field.null:
            empty = empty | Q(**{path: ""})
        return empty if flag(value) else ~empty
    if lookup == "in":
        return Q(**{f"{path}__in": [typed(resource, column, v) for v in str(value).split(",")[:1000]]})
    if lookup in {"contains", "startswith"}:
        if column.kind not in {"text", "state"}:
            raise ValueError(_("it is not a text"))
        _refuse_unstorable(str(value))
        return Q(**{f"{path}__i{lookup}": str(value)})
    if lookup == "within":
        if column.kind not in {"date", "moment"}:
            raise ValueError(_("it is not a day"))
        spans = [days_of(part.strip(), timezone.localdate()) for part in str(value).split(",")[:10]]
        first, last = max(s[0] for s in spans), min(s[1] for s in spans)
        if column.kind == "date":
            return Q(**{f"{path}__gte": first, f"{path}__lte": last})
        return Q(**{f"{path}__gte": _midnight(first), f"{path}__lt": _midnight(last + timedelta(days=1))})
    return Q(**{path if lookup == "exact" else f"{path}__{lookup}": typed(resource, column, value)})


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def flag(value: Any) -> bool:
    """Yes or no, as addresses write it."""
    word = str(value).strip().lower()
    if word not in {"1", "true", "yes", "0", "false", "no"}:
        raise ValueError(_("write true or false"))
    return word in {"1", "true", "yes"}


def _refuse_unstorable(text: str) -> None:
    if "\x00" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise ValueError(_("the value holds a character that cannot be stored"))


def _or_none(read: Callable[[str], Any], text: str) -> Any:
    """Nothing for a day that no calendar has, as for what is no day at all."""
    try:
        return read(text)
    except ValueError:
        return None


def typed(resource: type[Resource], column: Column, value: Any) -> Any:
    """The value that a text writes for a column; ValueError when it writes none."""
    text = str(value).strip()
    _refuse_unstorable(text)
    try:
        field = field_at(resource.model, column.path) if column.path != "pk" else resource.model._meta.pk
    except FieldDoesNotExist:
        field = None
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.DecimalField) or column.kind in {"amount", "quantity", "percent"}:
        number = Decimal(text)
        if not number.is_finite() or abs(number.adjusted()) > 100:
            raise ValueError(_("the value is not a number that can be stored"))
        return number
    if isinstance(field, models.IntegerField) or (field is None and column.kind in {"number", "link"}):
        if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or abs(int(text)) >= 2**63:
            raise ValueError(_("the value is not a whole number that can be stored"))
        return int(text)
    if isinstance(field, models.BooleanField) or column.kind == "flag":
        return flag(text)
    if isinstance(field, models.DateTimeField) or column.kind == "moment":
        moment = _or_none(parse_datetime, text)
        if moment is None:
            raise ValueError(_("write moments as 2026-12-31T15:00:00Z"))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(field, models.TimeField):
        hour = _or_none(parse_time, text)
        if hour is None:
            raise ValueError(_("write times as 15:30"))
        return hour
    if isinstance(field, models.DateField) or column.kind == "date":
        day = _or_none(parse_date, text)
        if day is None:
            raise ValueError(_("write dates as 2026-12-31"))
        return day
    return text
