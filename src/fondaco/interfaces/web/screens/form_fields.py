"""From model fields and values to the fields and line grids of a form."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of
from fondaco.interfaces.web.screens.naming import Names
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.resources.declare import Column, Lines, Resource, choices_at, resource_of
from fondaco.platform.resources.schema import lines_name

#: Totals that few documents have: shown where they are.
SELDOM = ("monthly", "term_value")


def form_fields(
    request: HttpRequest, resource: type[Resource], given: Mapping[str, Any], errors: Mapping[str, Any], names: Names
) -> list[dict[str, Any]]:
    """The form of a resource: one field per writable model field."""
    fields = []
    titles = {c.path: str(c.title) for c in resource.fields if isinstance(c, Column) and c.title}
    for name in resource.writable:
        field = resource.model._meta.get_field(name)
        text = given.get(f"{name}_text", "") or names.of(field.related_model, given.get(name))
        made = _field(request, resource.model, field, given.get(name), text)
        made |= {"name": name, "error": errors.get(name)} | ({"label": titles[name]} if name in titles else {})
        fields.append(made)
    return fields


def _field(request: HttpRequest, model: type[models.Model], field: models.Field, value: Any, text: str) -> dict[str, Any]:
    label = str(field.verbose_name)[:1].upper() + str(field.verbose_name)[1:]
    required = not (field.null or field.blank or field.has_default() or isinstance(field, models.BooleanField))
    optional = field.null or field.blank
    made: dict[str, Any] = {
        "label": label,
        "value": value,
        "required": required,
        "optional": optional,
        "hint": str(field.help_text) or None,
    }
    if isinstance(field, models.ForeignKey):
        target = resource_of(field.related_model)
        if target is not None and request.actor.may(target.view_permission):  # type: ignore[attr-defined]
            return made | {
                "kind": "pick",
                "url": f"/{target.key}/pick",
                "text": text,
            }
        return made | {"kind": "text"}
    if isinstance(field, models.ManyToManyField):
        return made | {"kind": "text"}
    if field.choices:
        return made | {
            "kind": "select",
            "options": [(v, w) for v, w in choices_at(model, field) if v != ""],
            # What is empty by default is called what the choices call it, such as “any”; it is no choice of the first other one.
            "empty": None if required or field.get_default() not in ("", None) else str(dict(field.flatchoices).get("", "")),
            "optional": False,
        }
    if isinstance(field, models.BooleanField):
        return made | {"kind": "check"}
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return made | {"kind": "date"}
    if isinstance(value, time):
        return made | {"kind": "text", "value": value.isoformat("minutes")}
    if isinstance(field, models.DecimalField):
        amount = field.decimal_places <= 4 and "percent" not in field.name and "quantity" not in field.name
        return made | {"kind": "amount" if amount else "quantity"}
    if isinstance(field, models.IntegerField):
        return made | {"kind": "number"}
    if isinstance(field, models.EmailField):
        return made | {"kind": "email"}
    if field.name in {"shipping_address", "conditions"} or (isinstance(value, str) and "\n" in value):
        return made | {"kind": "textarea", "rows": 3}
    if field.name in {
        "memo",
        "notes",
        "text",
        "description",
        "body",
        "explanation",
        "explanation_it",
        "exemption",
        "exemption_it",
        "content",
        "theirs",
    }:
        return made | {"kind": "textarea", "rows": 2, "wide": True}
    if field.name == "lots":
        return made | {"attrs": {"data-list": ""}}
    return made


def promise_said(day: Any, why: str, formats: Formatting) -> str:
    """A promise as it stands beside its line: the day and the reason."""
    shown = formats.date(day) if isinstance(day, date) else ""
    return " – ".join(part for part in (shown, why) if part)


#: The field that only goods with a second unit have.
SECOND = "second_quantity"


def asks_second(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether lines have a second quantity: where one says it, or any product is handled by a second unit."""
    return any(row.get(SECOND) not in (None, "") for row in rows) or Product.objects.filter(second_unit__isnull=False).exists()


def grid_of(
    request: HttpRequest,
    resource: type[Resource],
    lines: Lines,
    rows: Sequence[Mapping[str, Any]],
    errors: Mapping[str, str],
    names: Names,
    decimals: int = 2,
) -> dict[str, Any]:
    """The lines of a document as the grid takes them, with what was wrong in each; ``decimals`` are those of its currency."""
    prefix = lines_name(lines)
    columns: list[dict[str, Any]] = []
    for name in lines.writable:
        field = lines.model._meta.get_field(name)
        if isinstance(field, models.JSONField) or (name == SECOND and not asks_second(rows)):
            continue
        made = _field(request, lines.model, field, None, "")
        if name in lines.paragraphs:
            made |= {"kind": "textarea", "rows": 3}
        elif made.get("kind") in {"textarea", "email"}:
            made["kind"] = "text"
        columns.append({k: v for k, v in made.items() if k not in {"value", "text", "wide", "optional", "required"}} | {"name": name})
    has_net = any(f.name == "net" for f in lines.model._meta.concrete_fields)
    if has_net:
        columns.append({"name": "net", "label": _("Net"), "kind": "computed"})
    reckons = has_net and resource.reckoned_title and request.actor.may(resource.reckoned_permission)  # type: ignore[attr-defined]
    if reckons:
        columns.append({"name": "reckoned", "label": resource.reckoned_title, "kind": "computed"})
    has_promise = any(f.name == "promised_on" for f in lines.model._meta.concrete_fields)
    if has_promise:
        columns.append({"name": "promise", "label": _("Promised for"), "kind": "said"})
    fresh = {
        name: lines.model._meta.get_field(name).get_default()
        for name in lines.writable
        if lines.model._meta.get_field(name).has_default() and not isinstance(lines.model._meta.get_field(name), models.JSONField)
    }
    if getattr(lines.model, "discount_follows_rules", False):
        del fresh["discount_percent"]  # empty: the rules give it; 0 is an answer
    shown_rows = []
    for row in rows:
        made_row = dict(row)
        for name in lines.writable:
            field = lines.model._meta.get_field(name)
            if isinstance(field, models.ForeignKey) and row.get(name) not in (None, "") and f"{name}_text" not in row:
                made_row[f"{name}_text"] = names.of(field.related_model, row[name])
            if isinstance(field, models.DecimalField) and isinstance(row.get(name), str) and re.fullmatch(r"-?\d+(\.\d+)?", row[name]):
                made_row[name] = Decimal(row[name])
        if isinstance(made_row.get("net"), Decimal):
            made_row["net"] = formats_of(request).amount(made_row["net"], decimals)
        if has_promise:
            made_row["promise"] = promise_said(row.get("promised_on"), row.get("promise_explanation") or "", formats_of(request))
        shown_rows.append(made_row)
    line_errors: list[dict[str, str]] = [{} for _row in rows]
    for path, sentence in errors.items():
        match = re.fullmatch(rf"{prefix}\.(\d+)\.(\w+)", path)
        if match and int(match[1]) < len(line_errors):
            line_errors[int(match[1])][match[2]] = sentence
    totals = [
        {"key": "net", "label": _("Net"), "value": "–"}, {"key": "tax", "label": _("Tax"), "value": "–"}, {"key": "gross", "label": _("Total"), "value": "–", "grand": True},
        *({"key": k, "label": capfirst(str(resource.model._meta.get_field(k).verbose_name)), "value": "", "seldom": True} for k in SELDOM if hasattr(resource.model, k)),
        *([{"key": "reckoned", "label": resource.reckoned_title, "value": "–"}] if reckons else []),
    ]  # fmt: skip
    return {
        "prefix": prefix, "label": lines.title or _("Lines"), "columns": columns, "rows": shown_rows or [fresh], "fresh": fresh, "errors": line_errors,
        "initial": sum(1 for r in rows if r.get("id")), "preview_url": f"{resource.url()}/preview" if has_net else "", "totals": totals if has_net else None,
        "beside": str(resource.beside_title) if resource.lines[0] is lines else "",
    }  # fmt: skip
