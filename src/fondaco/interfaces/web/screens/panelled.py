"""Panels of a page (of a customer, of a product) as the components take them."""

import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from markupsafe import Markup

from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.presenting import DECIMALS, table_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import rounded
from fondaco.platform.notes.models import Note
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.panels import Figure, Filled


def said(figure: Figure, formats: Formatting) -> str:
    """A figure as the reader writes it, with its currency."""
    if figure.value in (None, ""):
        return ""
    if figure.kind == "amount":
        return f"{formats.amount(figure.value, DECIMALS.get(figure.currency, 2))} {figure.currency}".strip()
    if figure.kind == "price":
        return f"{formats.price(figure.value, DECIMALS.get(figure.currency, 2))} {figure.currency}".strip()
    if figure.kind == "percent":
        return formats.percent(figure.value / 100)
    if figure.kind == "date":
        return formats.date(figure.value)
    if figure.kind in {"number", "quantity"}:
        return formats.quantity(figure.value)
    if figure.kind == "page" and re.match(r"https?://", figure.value):
        return Markup('<a href="{}" rel="noopener">{}</a>').format(figure.value, _("Open"))
    return str(figure.value)


def short(value: Decimal, formats: Formatting) -> str:
    """A figure in the room over a bar: whole, and in thousands where it is long."""
    whole = rounded(value, 0)
    return formats.quantity(whole) if abs(whole) < 10_000 else f"{formats.quantity(rounded(whole / 1000, 1))}k"


def tile(figure: Figure, formats: Formatting) -> dict[str, Any]:
    """An amount as a tile."""
    title = str(figure.title)
    return {
        "title": title[:1].upper() + title[1:],
        "figure": formats.amount(figure.value, DECIMALS.get(figure.currency, 2)),
        "unit": figure.currency,
    }


def panel(filled: Filled[Any], actor: Actor, formats: Formatting) -> dict[str, Any]:
    """A panel with its figures and rows; a row opens its record, that of its own ``resource`` where it names one."""
    content = filled.content
    made: dict[str, Any] = {
        "title": str(filled.panel.title)[:1].upper() + str(filled.panel.title)[1:],
        "facts": [(str(f.title)[:1].upper() + str(f.title)[1:], said(f, formats)) for f in content.figures],
    }
    if content.rows:
        resource = RESOURCES.get(content.resource)

        class Rows(Resource):
            model = resource.model if resource else Note
            key = resource.key if resource else ""

            @classmethod
            def url(cls, pk: Any = None) -> str:
                return resource.url(pk) if resource is not None and pk is not None else ""

        rows = [{"pk": row.get("pk"), **row} for row in content.rows]
        made["table"] = table_of(
            Rows, list(content.columns), rows, actor, caption=str(filled.panel.title), sort="", url_with=lambda **_k: None, selectable=False
        )
        for shown, row in zip(made["table"]["rows"], rows, strict=True):
            if "resource" in row:  # rows of several kinds, each with its own page
                shown["url"] = RESOURCES[row["resource"]].url(row["pk"])
    made["more"] = content.more
    if content.bars and content.rows:
        bars = content.bars
        made["chart"] = {
            "title": made["title"],
            "story": bars.story,
            "height": 120,
            "bars": [
                {"label": f"{row[bars.day]:%m/%y}", "value": row[bars.value], "shown": short(row[bars.value], formats)}
                for row in content.rows
            ],
        }
    return made
