"""A list by groups: how many rows share a state, a partner, a month, and what they add up to. One statement, however many groups."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, F
from django.db.models.functions import TruncMonth, TruncQuarter, TruncYear
from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Resource, choices_at
from fondaco.platform.resources.filtering import BadQuery, field_of, filterable, named
from fondaco.platform.resources.reading import Query, columns_for, filtered, labels, signed_sums

#: Days are grouped by these stretches.
STRETCHES = {"month": (TruncMonth, _("month")), "quarter": (TruncQuarter, _("quarter")), "year": (TruncYear, _("year"))}
#: At most so many groups, counted once for each currency they hold, are read.
LIMIT = 500


@dataclass(frozen=True)
class Grouping:
    """A way to group a list: its word in an address (``state``, ``on__month``) and its title."""

    key: str
    title: str
    column: Column
    stretch: str = ""


@dataclass
class Group:
    """The rows that share a value. ``value`` is a key, a choice, or a stretch of days (``2026-03``), None where it is empty; ``filters`` select them."""

    value: Any
    label: str
    filters: dict[str, str]
    count: int = 0
    sums: dict[str, dict[str, Decimal]] = field(default_factory=dict)


def groupings(resource: type[Resource], actor: Actor) -> list[Grouping]:
    """The ways in which the actor may group a list: by its states and choices, by the records it points to, by months, quarters and years."""
    available = filterable(resource, actor)
    shown = [c.path for c in resource.shown()]
    found: list[Grouping] = []
    for path in dict.fromkeys([*shown, *resource.filters]):
        if path not in available or path == getattr(resource.model, "company_path", "company"):
            continue
        column, behind = available[path], field_of(resource, path)
        title = str(column.title)[:1].upper() + str(column.title)[1:]
        if column.kind in {"date", "moment"}:
            found += [Grouping(f"{path}__{key}", f"{title}: {word}", column, key) for key, (_cut, word) in STRETCHES.items()]
        elif isinstance(behind, models.ForeignKey) or column.kind == "flag" or (behind is not None and behind.choices):
            found.append(Grouping(path, title, column))
    return found


def grouping_called(resource: type[Resource], actor: Actor, key: str) -> Grouping:
    """The grouping that an address names; refused when there is none."""
    offered = {g.key: g for g in groupings(resource, actor)}
    if key not in offered:
        known = named({k: Column(k, g.title) for k, g in offered.items()})
        raise BadQuery(what=key, resource=resource.title, why=_("it can be grouped by {fields}").format(fields=known))
    return offered[key]


def grouped(resource: type[Resource], actor: Actor, query: Query, by: Grouping, columns: Sequence[Column] = ()) -> tuple[list[Group], bool]:
    """The groups of the rows a query asks for, in their order, and whether there are more than are read."""
    path, behind = by.column.path, field_of(resource, by.column.path)
    rows = filtered(resource, actor, query).order_by()
    said: dict[str, Any] = {}
    if by.stretch:
        rows = rows.annotate(group_value=STRETCHES[by.stretch][0](path))
    elif isinstance(behind, models.ForeignKey):
        said = labels(behind.related_model, f"{path}__")
        rows = rows.annotate(group_value=F(f"{path}__pk"), **{name: made for name, made in said.items() if made is not None})
    else:
        rows = rows.annotate(group_value=F(path))
    amounts, currencies, sums = signed_sums(resource, columns_for(columns or resource.shown(), actor))
    found = rows.values("group_value", *said, *currencies).annotate(group_count=Count("pk"), **sums)
    order = [F(name).asc(nulls_last=True) for name in said] or []
    found = found.order_by(*order, F("group_value").desc(nulls_last=True) if by.stretch else F("group_value").asc(nulls_last=True))
    read = list(found[: LIMIT + 1])
    groups: dict[Any, Group] = {}
    for row in read:
        value = _value(row["group_value"], by.stretch)
        group = groups.get(value)
        if group is None:
            label = " ".join(str(row[name]) for name in said if row[name] not in (None, ""))
            group = groups[value] = Group(value, label, _filters(by, value))
        group.count += row["group_count"]
        for n, column in enumerate(amounts):
            code, amount = row[column.currency], row[f"sum_{n}"]
            if code is not None and amount is not None:
                held = group.sums.setdefault(column.path, {})
                held[code] = held.get(code, Decimal(0)) + amount
    more = len(read) > LIMIT
    if more:
        groups.popitem()  # the last one may be cut in two
    return _in_order(resource, by, list(groups.values())), more


def _value(value: Any, stretch: str) -> Any:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date) and stretch:
        return {"month": f"{value:%Y-%m}", "quarter": f"{value:%Y}-q{(value.month + 2) // 3}", "year": f"{value:%Y}"}[stretch]
    return None if value == "" else value


def _filters(by: Grouping, value: Any) -> dict[str, str]:
    """What selects the rows of a group, in the language of filters."""
    path = by.column.path
    if value is None:
        return {f"{path}__isnull": "1"}
    if isinstance(value, bool):
        return {path: "1" if value else "0"}
    return {f"{path}__within" if by.stretch else path: str(value)}


def _in_order(resource: type[Resource], by: Grouping, groups: list[Group]) -> list[Group]:
    """Choices as they are declared, and in words; what is empty comes last."""
    behind = field_of(resource, by.column.path)
    if behind is None or not behind.choices:
        return groups
    words = {value: str(word) for value, word in choices_at(resource.model, behind)}
    for group in groups:
        group.label = words.get(group.value, "" if group.value is None else str(group.value))
    order = list(words)
    return sorted(groups, key=lambda g: (g.value is None, order.index(g.value) if g.value in words else len(order)))
