"""History and conversation beside a record: who changed what, and what colleagues noted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of
from fondaco.interfaces.web.presenting import state_of
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.platform.audit.models import Change
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.notes.models import Note
from fondaco.platform.resources.amending import Version, versions
from fondaco.platform.resources.declare import Resource
from fondaco.platform.resources.reading import label_paths, rows_for
from fondaco.platform.resources.schema import lines_name, writable_lines

HISTORY = 50
#: What follows from other values of a line, and would only repeat them.
FOLLOWS = {"net", "tax", "gross"}


def stream_of(request: HttpRequest, resource: type[Resource], pk: int) -> dict[str, Any]:
    """History and notes, newest first, in one stream."""
    table = resource.model._meta.db_table
    actor = request.actor  # type: ignore[attr-defined]
    hidden = {c.path for c in resource.detail() if c.right and not actor.may(c.right)}
    fields = {f.column: f for f in resource.model._meta.concrete_fields}
    history = list(Change.objects.filter(table_name=table, row_id=pk).order_by("-id")[:HISTORY])
    names, formats = _names(fields, history), formats_of(request)
    amended = versions(resource, actor, pk) if resource.amend_permission else []
    told = {v.until for v in amended}
    items: list[dict[str, Any]] = [_amendment(resource, v, formats) for v in amended]
    for change in history:
        if change.at in told:
            continue  # told by the amendment, with its lines
        moved = change.changes.get("state") if change.operation == "update" else None
        details = [
            {
                "field": str(fields[c].verbose_name) if c in fields else c,
                "from": _said(fields.get(c), before, names, formats),
                "to": _said(fields.get(c), after, names, formats),
            }
            for c, (before, after) in sorted(change.changes.items() if change.operation == "update" else ())
            if c != "state" and not (c in fields and fields[c].name in hidden)
        ]
        title = None
        if moved:
            title = state_of(resource.model, "state", moved[1])["word"]
        items.append(
            {
                "kind": "state" if moved else "change",
                "who": change.actor,
                "when": change.at,
                "title": title,
                "changes": details,
                "text": change.reason or None,
            }
        )
    items += [
        {"kind": "note", "who": n.created_by, "when": n.created_at, "text": n.text}
        for n in Note.objects.filter(table_name=table, row_id=pk).order_by("-id")[:HISTORY]
    ]
    if {"created_at", "created_by"} <= {f.name for f in resource.model._meta.concrete_fields}:
        made = resource.model._default_manager.filter(pk=pk).values_list("created_by", "created_at").first()
        if made:
            items.append({"kind": "state", "who": made[0], "when": made[1], "title": _("written")})
    items.sort(key=lambda i: i["when"], reverse=True)
    return {"items": items, "note_url": f"{resource.url(pk)}/note"}


def _amendment(resource: type[Resource], version: Version, formats: Formatting) -> dict[str, Any]:
    """An amendment as an event of the stream: what the next version says otherwise."""
    models_by_lines = {lines_name(lines): lines.model for lines in writable_lines(resource)}
    changes = []
    for d in version.differences:
        model = models_by_lines.get(d.lines, resource.model)
        if d.lines and not d.field:
            changes.append({"field": _("Line {number}").format(number=d.line), "from": _line_said(d.before, formats), "to": _line_said(d.after, formats) or _("removed")})  # fmt: skip
        elif not (d.lines and d.field in FOLLOWS):
            field = model._meta.get_field(d.field)
            label = capfirst(field.verbose_name)
            changes.append(
                {
                    "field": _("Line {number}, {field}").format(number=d.line, field=field.verbose_name) if d.lines else label,
                    "from": _kept_said(field, d.before, formats),
                    "to": _kept_said(field, d.after, formats),
                }
            )
    return {
        "kind": "change", "who": version.by, "when": version.until, "title": _("Version {number}").format(number=version.number + 1),
        "changes": changes, "text": version.reason,
    }  # fmt: skip


def _kept_said(field: models.Field, value: Any, formats: Formatting) -> str:
    if isinstance(value, list) and isinstance(field, models.ForeignKey):
        return _short(value[1])
    if field.name in FOLLOWS and value is not None:
        return formats.amount(Decimal(str(value)), 2)
    return _said(field, value, {}, formats)


def _line_said(line: Mapping[str, Any] | None, formats: Formatting) -> str:
    """A whole line in few words: how many of what."""
    if line is None:
        return ""
    product = line.get("product")
    quantity = formats.quantity(Decimal(str(line["quantity"]))) if line.get("quantity") is not None else ""
    return _short(f"{quantity} {product[1] if isinstance(product, list) else line.get('description', '')}".strip())


def _names(fields: Mapping[str, models.Field], history: Sequence[Change]) -> dict[tuple[type[models.Model], str], str]:
    """What the records are called that stood in changed references; one statement for each kind of record."""
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for change in history:
        for column, values in change.changes.items():
            field = fields.get(column)
            if isinstance(field, models.ForeignKey) and change.operation == "update":
                wanted[field.related_model] |= {str(v) for v in values if v is not None}
    return {
        (model, str(key)): " ".join(str(part) for part in label if part not in (None, ""))
        for model, keys in wanted.items()
        for key, *label in model._default_manager.filter(pk__in=keys).values_list("pk", *label_paths(model))
    }


def _said(field: models.Field | None, value: Any, names: Mapping[tuple[type[models.Model], str], str], formats: Formatting) -> str:
    """A value of the history as the reader says it: names for keys, words for choices, days and figures in his way of writing."""
    if value is None or value == "" or field is None:
        return _short(value)
    if isinstance(field, models.ForeignKey):
        return names.get((field.related_model, str(value)), str(value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return pgettext("flag", "yes") if value else pgettext("flag", "no")
    if isinstance(field, models.DateTimeField):
        return formats.moment(parse_datetime(str(value)))
    if isinstance(field, models.DateField):
        return formats.date(parse_date(str(value)))
    if isinstance(field, models.DecimalField):
        return formats.quantity(Decimal(str(value)))
    if isinstance(value, list):
        return _short(", ".join(map(str, value)))
    if isinstance(value, dict):
        return _short(", ".join(f"{name}: {part}" for name, part in value.items()))
    return _short(value)


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


@door(SIGNED_IN, "POST")
def add_note(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Write a note on a record for colleagues."""
    resource = resource_called(key, request)
    if not rows_for(resource, request.actor).filter(pk=pk).exists():  # type: ignore[attr-defined]
        raise NotFound(what=f"{resource.title_one} {pk}")
    text = request.POST.get("text", "").replace("\x00", "").strip()
    if text:
        insert_rows(Note, [Note(table_name=resource.model._meta.db_table, row_id=pk, text=text[:20_000])])
    return HttpResponseRedirect(resource.url(pk))
