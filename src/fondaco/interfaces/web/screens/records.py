"""The page of one record: head, flow, fields, lines, and what stands beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fondaco.frontoffice.sales.models import Quote
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, TONES, facts_of, page_of, shown, table_of
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.making import making_url
from fondaco.interfaces.web.screens.originals import original_of
from fondaco.interfaces.web.screens.pegging import pegging_url
from fondaco.interfaces.web.screens.price_reasons import reasons_url
from fondaco.interfaces.web.screens.quotes import answer_of
from fondaco.interfaces.web.screens.record_head import amount_path, head_of, name_of, state_now
from fondaco.interfaces.web.screens.scoring import score_url
from fondaco.interfaces.web.screens.service_promises import clocks_url
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.flow import flow_of, has_flow
from fondaco.platform.resources.declare import Lines, Resource, resource_of
from fondaco.platform.resources.reading import columns_for, lines_of, one


@door(SIGNED_IN, "GET")
def record_screen(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """One record: head, verbs, flow, fields, lines, what it does or did, history and conversation."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    row = one(resource, actor, pk)
    row["_state"] = state_now(resource, pk)
    columns = columns_for(resource.detail(), actor)
    formats = formats_of(request)
    skipped = {"number", "state", "company", amount_path(columns)}
    context = {
        "title": name_of(request, resource, row),
        "document": head_of(request, resource, row, columns),
        "facts": [
            f
            for f in facts_of(
                resource, [c for c in columns if c.path not in skipped and (row.get(c.path) or not c.rare)], row, actor, formats
            )
            if f[1] not in (None, "")
        ],
        "tables": [t for n, t in enumerate(lines_tables(resource, actor, pk)) if n == 0 or t["table"]["rows"]],
        "totals": _totals(resource, row),
        "effects_url": f"{resource.url(pk)}/effects" if any(f.name == "entry" for f in resource.model._meta.concrete_fields) else None,
        "pegging_url": pegging_url(resource.model, row["_state"], actor, resource.url(pk)),
        "reasons_url": reasons_url(resource.model, resource.url(pk)),
        "making_url": making_url(resource.model, actor, resource.url(pk)),
        "score_url": score_url(resource.model, resource.url(pk)),
        "clocks_url": clocks_url(resource.model, resource.url(pk)),
        "flow": flow_steps(actor, resource.model, pk),
        "files": shown_files(actor, resource, pk),
        "original": original_of(actor, resource, pk),
        "stream": stream_of(request, resource, pk),
        "reply": _reply(resource, row, actor),
        "answer": answer_of(request, pk) if resource.model is Quote else None,
    }
    return page(request, "web/record.html", context)


def flow_steps(actor: Actor, model: type[models.Model], pk: int) -> list[dict[str, Any]]:
    """The ribbon as the component takes it; empty where the kind of document stands in no flow."""
    steps = []
    for step in flow_of(actor, model, pk) if has_flow(model) else []:
        target = resource_of(step.model)
        made: dict[str, Any] = {"kind": step.kind, "current": step.current, "side": step.side}
        if step.pk is not None:
            made |= {"number": step.number, "url": page_of(target, step.pk, actor) or None}
            if step.state:
                made["state"] = {"word": step.state_name, "tone": TONES.get(step.state, "open")}
            if step.amount is not None:
                made |= {"amount": step.amount, "currency": step.currency, "decimals": DECIMALS.get(step.currency, 2)}
        steps.append(made)
    return steps


def _reply(resource: type[Resource], row: Mapping[str, Any], actor: Actor) -> dict[str, Any] | None:
    """The box to answer a customer, where the record has a verb *reply* that its state allows."""
    verb = next((a for a in resource.actions() if a.verb == "reply"), None)
    if verb is None or not actor.may(verb.permission) or not verb.accepts(row["_state"]):
        return None
    return {"url": f"/{resource.key}/do/reply", "id": row["pk"]}


def lines_tables(resource: type[Resource], actor: Actor, pk: int) -> list[dict[str, Any]]:
    """The lines of a record, a table a kind."""
    shown_lines = [lines for lines in resource.lines if columns_for(lines.shown(), actor)]
    return [_lines_table(resource, lines, lines_of(lines, actor, [pk])[pk], actor) for lines in shown_lines]


#: What a line says nothing with; a figure of zero says something.
EMPTY = (None, "", [], {})


def _lines_table(resource: type[Resource], lines: Lines, rows: Sequence[Mapping[str, Any]], actor: Any) -> dict[str, Any]:
    columns = columns_for([c for c in lines.shown() if c.path != "position"], actor)
    if rows:  # what is empty in every line takes no room
        columns = [c for c in columns if any(row.get(c.path) if c.rare else row.get(c.path) not in EMPTY for row in rows)]
    below, columns = [c for c in columns if c.below], [c for c in columns if not c.below]

    class Shown(Resource):
        model = lines.model
        key = resource.key

        @classmethod
        def url(cls, pk: Any = None) -> str:
            return ""

    target = resource_of(lines.model)
    table = table_of(
        target or Shown,
        columns,
        rows,
        actor,
        caption=str(lines.title or _("Lines")),
        sort="",
        url_with=lambda **_kwargs: None,
        selectable=False,
    )
    table["plain"] = True
    for column, made in zip(columns, table["columns"], strict=True):
        if lines.opens and target is not None and column is columns[0]:
            made["kind"] = "link"
        elif made["kind"] == "key":
            made["kind"] = column.kind
    for made, row in zip(table["rows"], rows, strict=True):
        made["cells"] = [shown(lines.model, c, row, actor) for c in columns]
        made["url"] = None
        made["told"] = [(capfirst(c.title), row[c.path]) for c in below if row[c.path] not in EMPTY]
        if lines.opens and target is not None:
            made["cells"][0] = {"text": made["name"], "url": target.url(row["pk"])}
    table["told"] = _same_of_all(table["rows"])
    return {"title": lines.title or _("Lines"), "table": table}


def _same_of_all(rows: Sequence[dict[str, Any]]) -> list[Any]:
    """The sentences that every one of several lines says: they are taken from the lines, to be said once."""
    if len(rows) < 2:
        return []
    same = [said for said in rows[0]["told"] if all(said in row["told"] for row in rows)]
    for row in rows:
        row["told"] = [said for said in row["told"] if said not in same]
    return same


def _totals(resource: type[Resource], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not all(p in row for p in ("net", "tax", "gross")):
        return []
    decimals = DECIMALS.get(row.get("currency__code") or "", 2)
    return [
        {"key": "net", "label": _("Net"), "value": row["net"], "decimals": decimals},
        {"key": "tax", "label": _("Tax"), "value": row["tax"], "decimals": decimals},
        {"key": "gross", "label": _("Total"), "value": row["gross"], "grand": True, "decimals": decimals},
    ]
