"""Verbs that take something line by line, such as how many of each leave: a table in their sheet, one row a line.

A parameter says with ``by_line`` in its schema what it takes: ``quantity``, ``lots`` or ``second`` (pieces, of goods with a second unit), and with ``beside`` which quantities of the line stand beside it.
Lines of goods only are shown, unless it says ``services`` too, and something has to be typed where it says ``needed``. It is asked for where one document is chosen; left empty, the verb does what it does without.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.web.formatting import formatting_for
from fondaco.interfaces.web.presenting import shown
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.documents.actions import Action
from fondaco.platform.resources.declare import Resource
from fondaco.platform.resources.reading import columns_for, lines_of

QUANTITY, LOTS, SECOND = "quantity", "lots", "second"
#: What a column is called, where a verb takes several quantities of each line.
TITLES = {
    "restock": gettext_lazy("Restock"),
    "scrap": gettext_lazy("Scrap"),
    "repair": gettext_lazy("Keep for repair"),
    "send_back": gettext_lazy("Send to the customer"),
}
#: What names a line, the first of these that it shows.
NAMES = ("product", "description")


def marked(action: Action) -> dict[str, Mapping[str, Any]]:
    """The parameters of a verb that are asked for by line, with their marks."""
    extras = {name: field.json_schema_extra for name, field in action.parameters.model_fields.items()}
    return {name: extra for name, extra in extras.items() if isinstance(extra, dict) and "by_line" in extra}


def table_of(
    resource: type[Resource], action: Action, actor: Actor, ids: Sequence[int], values: Mapping[str, Any], errors: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The lines of the one document chosen that hold goods, with what was typed for each; None where there is nothing to ask."""
    marks = marked(action)
    if not marks or len(ids) != 1 or not resource.lines:
        return None
    lines = resource.lines[0]
    columns = columns_for(lines.shown(), actor)
    rows = lines_of(lines, actor, ids)[ids[0]]
    products = Product.objects.filter(pk__in=[row["product"][0] for row in rows if row.get("product")])
    if not any(mark.get("services") for mark in marks.values()):
        products = products.filter(kind="goods")
    goods = {
        pk: {QUANTITY: True, LOTS: tracking != Product.UNTRACKED, SECOND: second is not None}
        for pk, tracking, second in products.values_list("pk", "tracking", "second_unit")
    }
    rows = [row for row in rows if row.get("product") and row["product"][0] in goods]
    takes = {name: mark["by_line"] for name, mark in marks.items() if any(goods[row["product"][0]][mark["by_line"]] for row in rows)}
    beside = [path for name, mark in marks.items() if name in takes for path in mark.get("beside", ())]
    if not rows:
        return None
    named = next(c for name in NAMES for c in columns if c.path == name)
    measured = [c for c in columns if c.path in beside]
    words = {QUANTITY: _("Now"), LOTS: _("Lots or serial numbers"), SECOND: _("Now, in the second unit")}
    titles = {name: str(TITLES.get(name) or words[what]) for name, what in takes.items()}
    made = []
    for row in rows:
        name = shown(lines.model, named, row, actor)
        made.append(
            {
                "name": name["text"] if isinstance(name, dict) else name,
                "cells": [row[c.path] for c in measured],
                "inputs": [
                    {
                        "name": f"p-{parameter}-{row['pk']}",
                        "kind": "text" if what == LOTS else "quantity",
                        "label": f"{titles[parameter]}: {row['product'][1]}",
                        "value": values.get(f"{parameter}-{row['pk']}", ""),
                        "error": errors.get(f"{parameter}.{row['pk']}"),
                    }
                    if goods[row["product"][0]][what]
                    else None
                    for parameter, what in takes.items()
                ],
            }
        )
    needed = any(mark.get("needed") for mark in marks.values())
    return {
        "needed": needed,
        "measures": [capfirst(str(c.title)) for c in measured],
        "asks": list(titles.values()),
        "rows": made,
    }


def given(action: Action, request: HttpRequest) -> dict[str, dict[int, Any]]:
    """What was typed by line, read by the reader's locale; parameters of which nothing was typed are left out."""
    formats = formatting_for(request.actor.language)  # type: ignore[attr-defined]
    found: dict[str, dict[int, Any]] = {}
    for name, mark in marked(action).items():
        start = f"p-{name}-"
        for key, text in request.POST.items():
            line = key.removeprefix(start)
            if not key.startswith(start) or not line.isdecimal() or len(line) > 18 or not text.strip():
                continue
            value: Any = text.strip()
            if mark["by_line"] != LOTS:
                try:
                    value = formats.parse_number(text)
                except ValueError as error:
                    problem = _("“{text}” is not a number.").format(text=text)
                    raise InvalidInput(record=str(action.title), problems=text, fields={f"{name}.{line}": problem}) from error
            found.setdefault(name, {})[int(line)] = value
    return found
