"""From declared columns and read rows to what the components draw: titles, kinds, states, links, currencies."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Resource, field_at, resource_of

TONES = {
    "draft": "open", "new": "open", "open": "open", "sent": "going", "contacted": "going", "qualified": "going", "confirmed": "going", "waiting": "wait",
    "posted": "done", "accepted": "done", "won": "done", "solved": "done", "converted": "done", "done": "done", "closed": "ended",
    "reversed": "ended", "cancelled": "ended", "declined": "bad", "expired": "ended", "replaced": "ended", "lost": "bad", "disqualified": "ended", "soft_closed": "wait",
    "running": "going", "queued": "going", "submitted": "wait", "held": "wait", "presented": "going", "prepared": "going", "left_out": "ended", "set_aside": "ended",
    "approved": "done", "filed": "done", "settled": "done", "released": "done", "executed": "done", "active": "done", "collected": "done", "matched": "done",
    "delivered": "done", "drafted": "done", "compared": "done", "agreed": "done", "credited": "done", "booked": "done",
    "granted": "done", "withdrawn": "ended",
    "void": "ended", "revoked": "ended", "undone": "ended", "stopped": "ended",
    "refused": "bad", "rejected": "bad", "failed": "bad", "returned": "bad", "unpaid": "bad", "undeliverable": "wait", "differs": "bad",
}  # fmt: skip
#: From so many letters on a text is shortened in a row.
LONG = 200
DECIMALS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3, "TND": 3}


def state_of(model: Any, path: str, value: Any) -> dict[str, str]:
    """A state as shape and word."""
    try:
        words = dict(field_at(model, path).flatchoices)
    except FieldDoesNotExist:
        words = {}
    return {"word": str(words.get(value, value)), "tone": TONES.get(str(value), "open")}


def choice_word(model: Any, path: str, value: Any) -> Any:
    """The word of a choice field's value; the value itself where there are no choices, a list or named values in one line, a time of day without seconds."""
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    try:
        choices = dict(field_at(model, path).flatchoices)
    except FieldDoesNotExist:
        return value
    return str(choices[value]) if value in choices else value


def page_of(resource: type[Resource] | None, key: Any, actor: Actor) -> str:
    """The address of a record's page; empty where its kind has none (near-static tables keyed by a code) or the actor may not open it."""
    return resource.url(key) if resource is not None and isinstance(key, int) and actor.may(resource.view_permission) else ""


def link_of(model: Any, column: Column, value: tuple[Any, str] | None, actor: Actor) -> Any:
    """A reference as text with the address of its page, when its kind has one that the actor may open."""
    if value is None:
        return None
    key, text = value
    try:
        target = resource_of(field_at(model, column.path).related_model)
    except FieldDoesNotExist:
        target = None
    url = page_of(target, key, actor)
    return {"text": text, "url": url} if url else text


def shown(model: Any, column: Column, row: Mapping[str, Any], actor: Actor) -> Any:
    """One value as the components take it."""
    value = row[column.path]
    if column.kind == "link":
        return link_of(model, column, value, actor)
    if column.kind == "page":
        return page_outside(value)
    if column.kind == "state" and value not in (None, ""):
        return state_of(model, column.path, value)
    if column.kind == "percent" and value is not None:
        return value / 100
    if column.kind == "text":
        return choice_word(model, column.path, value)
    return value


def page_outside(value: str | None) -> Any:
    """The name of the house whose page it is, with its address; only of the web."""
    parts = urlsplit(value or "")
    return {"text": parts.hostname, "url": value} if parts.scheme in {"http", "https"} and parts.hostname else value


def kind_of(column: Column) -> str:
    """The component's word for a column's kind."""
    return {"link": "link", "page": "link", "flag": "check", "text": "text"}.get(column.kind, column.kind)


def table_of(
    resource: type[Resource],
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    actor: Actor,
    *,
    caption: str,
    sort: str,
    url_with: Any,
    selectable: bool,
) -> dict[str, Any]:
    """The table of a list. The first column names the row and opens it; a currency shared by all rows is said once, in the head."""
    heads, lead_done = [], False
    for column in columns:
        title = str(column.title)
        head: dict[str, Any] = {"key": column.path, "title": title[:1].upper() + title[1:], "kind": kind_of(column)}
        if column.kind == "link" and not any(isinstance(shown(resource.model, column, row, actor), Mapping) for row in rows):
            head["kind"] = "text"
        if not lead_done:
            head |= {"kind": "key", "lead": True, "when": head["kind"] in {"date", "moment"}}
            lead_done = True
        if column.kind == "amount":
            currencies = {row.get(column.currency) for row in rows} if column.currency else set()
            if len(currencies) == 1 and None not in currencies:
                head["unit"] = currencies.pop()
                head["decimals"] = DECIMALS.get(head["unit"], 2)
            head["sum"] = True
        if column.path == sort.lstrip("-"):
            head["sort"] = "descending" if sort.startswith("-") else "ascending"
        head["sort_url"] = url_with(
            sort=column.path if sort == f"-{column.path}" or sort.lstrip("-") != column.path else f"-{column.path}", after=None, before=None
        )
        heads.append(head)
    made = []
    for row in rows:
        cells = [_short(shown(resource.model, c, row, actor)) for c in columns]
        first = cells[0]
        name = (
            first["text"]
            if isinstance(first, dict) and "text" in first
            else first["word"]
            if isinstance(first, dict) and "word" in first
            else first
        )
        cells[0] = name if name not in (None, "") else _("draft {key}").format(key=row["pk"])
        made.append(
            {"id": row["pk"], "url": resource.url(row["pk"]) if isinstance(row["pk"], int) else "", "cells": cells, "name": cells[0]}
        )
    return {"caption": caption, "columns": heads, "rows": made, "selectable": selectable}


def _short(value: Any) -> Any:
    """A text as it stands in a row; a long one whole on the page of its record only."""
    return f"{value[:LONG]}…" if isinstance(value, str) and len(value) > LONG else value


def facts_of(
    resource: type[Resource], columns: Sequence[Column], row: Mapping[str, Any], actor: Actor, formats: Any
) -> list[tuple[Any, Any]]:
    """The fields of a record's page as label and text."""
    facts = []
    for column in columns:
        value = shown(resource.model, column, row, actor)
        if isinstance(value, Mapping) and "word" in value:
            value = value["word"]
        elif column.kind == "amount" and value is not None:
            currency = row.get(column.currency) if column.currency else None
            value = f"{formats.amount(value, DECIMALS.get(currency or '', 2))} {currency or ''}".strip()
        elif column.kind in {"quantity", "number"} and value is not None and not isinstance(value, Mapping):
            value = formats.quantity(value)
        elif column.kind == "percent" and value is not None:
            value = formats.percent(value)
        elif column.kind == "date" and value is not None:
            value = formats.date(value)
        elif column.kind == "moment" and value is not None:
            value = formats.moment(value)
        elif column.kind == "flag":
            value = pgettext("flag", "yes") if value else pgettext("flag", "no")
        elif isinstance(value, list | dict) and not (isinstance(value, Mapping) and "text" in value):
            value = ", ".join(map(str, value))
        title = str(column.title)
        facts.append((title[:1].upper() + title[1:], value))
    return facts
