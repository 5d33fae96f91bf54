"""The page of one record, its form, and what its next verb would write."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from fondaco.finance.ledger.models import JournalEntry, JournalLine
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import companies_of, company_of, flash, page
from fondaco.interfaces.web.presenting import DECIMALS, TONES, facts_of, shown, state_of, table_of
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.lists import resource_called
from fondaco.interfaces.web.screens.verbs import action_called, asks, needs_program, today_of, verb_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit.models import Change
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.flow import flow_of, has_flow
from fondaco.platform.documents.models import Document
from fondaco.platform.documents.performing import perform
from fondaco.platform.notes.models import Note
from fondaco.platform.resources.declare import Lines, Resource, column_of, resource_of
from fondaco.platform.resources.reading import columns_for, label_paths, lines_of, one, rows_for, values
from fondaco.platform.resources.schema import lines_name, writable_lines
from fondaco.platform.resources.writing import create, delete, edit, preview

HISTORY = 50


def formats_of(request: HttpRequest) -> Formatting:
    company = company_of(request)
    return formatting_for(request.actor.language, ZoneInfo(company.time_zone if company else "UTC"))  # type: ignore[attr-defined]


@door(SIGNED_IN, "GET")
def record_screen(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """One record: head, verbs, flow, fields, lines, what it does or did, history and conversation."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    row = one(resource, actor, pk)
    row["_state"] = _state(resource, pk)
    columns = columns_for(resource.detail(), actor)
    formats = formats_of(request)
    skipped = {"number", "state", "company", _amount_path(columns)}
    context = {
        "title": _name_of(resource, row),
        "document": _head(request, resource, row, columns),
        "facts": [f for f in facts_of(resource, [c for c in columns if c.path not in skipped], row, formats) if f[1] not in (None, "")],
        "tables": [t for n, t in enumerate(_lines_tables(resource, actor, pk)) if n == 0 or t["table"]["rows"]],
        "totals": _totals(resource, row),
        "effects_url": f"{resource.url(pk)}/effects" if any(f.name == "entry" for f in resource.model._meta.concrete_fields) else None,
        "flow": flow_steps(actor, resource.model, pk),
        "files": shown_files(actor, resource, pk),
        "stream": _stream(request, resource, pk),
        "reply": _reply(resource, row, actor),
    }
    return page(request, "web/record.html", context)


def flow_steps(actor: Actor, model: type[models.Model], pk: int) -> list[dict[str, Any]]:
    """The ribbon as the component takes it; empty where the kind of document stands in no flow."""
    steps = []
    for step in flow_of(actor, model, pk) if has_flow(model) else []:
        target = resource_of(step.model)
        made: dict[str, Any] = {"kind": step.kind, "current": step.current, "side": step.side}
        if step.pk is not None:
            made |= {"number": step.number, "url": target.url(step.pk) if target else None}
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


def _lines_tables(resource: type[Resource], actor: Actor, pk: int) -> list[dict[str, Any]]:
    shown_lines = [lines for lines in resource.lines if columns_for(lines.shown(), actor)]
    return [_lines_table(resource, lines, lines_of(lines, actor, [pk])[pk], actor) for lines in shown_lines]


def _state(resource: type[Resource], pk: int) -> Any:
    if not any(f.name == "state" for f in resource.model._meta.concrete_fields):
        return None
    return resource.model._default_manager.filter(pk=pk).values_list("state", flat=True).first()


def _name_of(resource: type[Resource], row: Mapping[str, Any]) -> str:
    for path in ("number", *label_paths(resource.model), *(c.path for c in resource.shown()[:1])):
        value = row.get(path)
        if isinstance(value, tuple):
            value = value[1]
        if value not in (None, "") and path != "pk":
            return str(value)
    return f"{resource.title_one} {_('draft') if row.get('_state') == 'draft' else ''} {row['pk']}".replace("  ", " ")


def _amount_path(columns: Sequence[Any]) -> str:
    return next((c.path for c in columns if c.path in {"gross", "amount"} and c.kind == "amount"), "")


def _head(request: HttpRequest, resource: type[Resource], row: Mapping[str, Any], columns: Sequence[Any]) -> dict[str, Any]:
    actor = request.actor  # type: ignore[attr-defined]
    pk = row["pk"]
    head: dict[str, Any] = {
        "kind": str(resource.title_one),
        "number": _name_of(resource, row),
        "list_url": resource.url(),
        "list_title": resource.title,
        "version": row.get("version"),
    }
    if row["_state"] is not None:
        head["state"] = state_of(resource.model, "state", row["_state"])
    by_path = {c.path: c for c in columns}
    for path in ("customer", "party", "vendor"):
        if path in by_path and row.get(path):
            linked = shown(resource.model, by_path[path], row)
            head["party"] = {"name": linked["text"], "url": f"/customers/{row[path][0]}"} if isinstance(linked, dict) else None
            break
    amount = _amount_path(columns)
    if amount:
        currency = row.get(by_path[amount].currency) if by_path[amount].currency else ""
        head |= {"amount": row[amount], "currency": currency, "decimals": DECIMALS.get(currency or "", 2)}
    verbs: list[dict[str, Any]] = []
    more: list[dict[str, Any]] = []
    actions = [a for a in resource.actions() if not a.hidden and not needs_program(a) and actor.may(a.permission)]
    for action in sorted(actions, key=_rank):
        made = verb_of(resource, action, actor, row=row)
        if made.get("closed") or action.dangerous or _rank(action) == LATE:
            more.append(made)
        elif not verbs:
            verbs.append(made | {"primary": True, "key": "p"})
        else:
            (more if len(verbs) > 3 else verbs).append(made)
    editable = not issubclass(resource.model, Document) or row["_state"] in resource.model.editable_states
    if resource.write_permission and actor.may(resource.write_permission) and editable:
        verbs.append({"label": _("Edit"), "url": f"{resource.url(pk)}/edit", "method": "get", "key": "e", "icon": "edit"})
        more.append(
            {
                "label": _("Delete"),
                "url": f"{resource.url(pk)}/delete",
                "confirm": _("Delete {what}?").format(what=head["number"]),
                "danger": True,
            }
        )
    if hasattr(resource, "printed"):
        verbs.append({"label": "PDF", "url": f"{resource.url(pk)}/pdf", "method": "get", "icon": "download"})
    head |= {"verbs": verbs, "more": more}
    return head


#: The verbs that carry a document on, in the order of a deal; what is not named stands beside them, what undoes stands last.
ONWARDS = (
    "post",
    "post_receipt",
    "post_issue",
    "post_return",
    "post_transfer",
    "post_adjustment",
    "confirm",
    "send",
    "qualify",
    "convert",
    "deliver",
    "invoice",
    "accept",
    "win",
    "solve",
)
UNDOING = {"cancel", "close", "reopen", "decline", "expire", "reverse", "unapply", "lose", "disqualify", "unmerge", "wait"}
LATE = 99


def _rank(action: Any) -> int:
    if action.verb in ONWARDS:
        return ONWARDS.index(action.verb)
    return LATE if action.verb in UNDOING else 50


def _lines_table(resource: type[Resource], lines: Lines, rows: Sequence[Mapping[str, Any]], actor: Any) -> dict[str, Any]:
    columns = columns_for([c for c in lines.shown() if c.path != "position"], actor)

    class Shown(Resource):
        model = lines.model
        key = resource.key

        @classmethod
        def url(cls, pk: Any = None) -> str:
            return ""

    target = resource_of(lines.model)
    table = table_of(
        target or Shown, columns, rows, caption=str(lines.title or _("Lines")), sort="", url_with=lambda **_kwargs: None, selectable=False
    )
    table["plain"] = True
    for column, made in zip(columns, table["columns"], strict=True):
        if made["kind"] == "key":
            made["kind"] = "link" if column.kind == "link" else "text" if column.kind == "text" else column.kind
    for made, row in zip(table["rows"], rows, strict=True):
        made["cells"] = [shown(lines.model, c, row) for c in columns]
        made["url"] = None
    return {"title": lines.title or _("Lines"), "table": table}


def _totals(resource: type[Resource], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not all(p in row for p in ("net", "tax", "gross")):
        return []
    decimals = DECIMALS.get(row.get("currency__code") or "", 2)
    return [
        {"key": "net", "label": _("Net"), "value": row["net"], "decimals": decimals},
        {"key": "tax", "label": _("Tax"), "value": row["tax"], "decimals": decimals},
        {"key": "gross", "label": _("Total"), "value": row["gross"], "grand": True, "decimals": decimals},
    ]


def _stream(request: HttpRequest, resource: type[Resource], pk: int) -> dict[str, Any]:
    """History and notes, newest first, in one stream."""
    table = resource.model._meta.db_table
    names = {f.column: str(f.verbose_name) for f in resource.model._meta.concrete_fields}
    items: list[dict[str, Any]] = []
    for change in Change.objects.filter(table_name=table, row_id=pk).order_by("-id")[:HISTORY]:
        moved = change.changes.get("state") if change.operation == "update" else None
        details = (
            []
            if change.operation == "delete"
            else [
                {"field": names.get(c, c), "from": _short(v[0]), "to": _short(v[1])}
                for c, v in sorted(change.changes.items())
                if c != "state"
            ]
        )
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
    if any(f.name == "created_at" for f in resource.model._meta.concrete_fields):
        made = resource.model._default_manager.filter(pk=pk).values_list("created_by", "created_at").first()
        if made:
            items.append({"kind": "state", "who": made[0], "when": made[1], "title": _("written")})
    items.sort(key=lambda i: i["when"], reverse=True)
    return {"items": items, "note_url": f"{resource.url(pk)}/note"}


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


@door(SIGNED_IN, "GET")
def effects(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What posting would write: the verb is run, looked at, and rolled back. After posting: what was written."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    row = one(resource, actor, pk)
    row["_state"] = _state(resource, pk)
    table = resource.model._meta.db_table
    written = entries_shown(JournalEntry.objects.filter(source_table=table, source_id=pk))
    if written:
        return page(request, "web/effects.html", {"effects": {"done": True, "open": False, "entries": written}})
    action = next((a for a in resource.actions() if row["_state"] in a.moves and not asks(a) and actor.may(a.permission)), None)
    if action is None:
        return HttpResponse("")
    sentence = ""
    try:
        with transaction.atomic():
            before = JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            perform(actor, action, [pk])
            written = entries_shown(JournalEntry.objects.filter(pk__gt=before, created_by=actor.username))
            raise _Undo
    except _Undo:
        pass
    except UserError as refusal:
        sentence = refusal.sentence()
    if not written and not sentence:
        return HttpResponse("")
    shown_effects = {"done": False, "open": True, "entries": written, "also": [sentence] if sentence else []}
    return page(request, "web/effects.html", {"effects": shown_effects})


class _Undo(Exception):
    """Rolls a preview back."""


def entries_shown(entries: Any) -> list[dict[str, Any]]:
    """Entries as journals: debit and credit in company currency."""
    found = list(entries.select_related("journal", "company").order_by("id")[:20])
    lines: dict[int, list[JournalLine]] = {e.pk: [] for e in found}
    for line in JournalLine.objects.filter(entry__in=lines).select_related("account").order_by("entry_id", "position"):
        lines[line.entry_id].append(line)
    result = []
    for entry in found:
        shown_lines = [
            {
                "code": ln.account.number, "account": ln.account.name, "url": f"/journal-lines?account={ln.account_id}",
                "debit": ln.amount if ln.amount > 0 else None, "credit": -ln.amount if ln.amount < 0 else None,
                "memo": ln.memo if ln.currency_id == entry.company.currency_id else f"{ln.currency_amount:.2f} {ln.currency_id}",
            }
            for ln in lines[entry.pk]
        ]  # fmt: skip
        total = sum((ln.amount for ln in lines[entry.pk] if ln.amount > 0), Decimal(0))
        result.append({
            "title": entry.memo or entry.number, "url": f"/entries/{entry.pk}", "date": entry.on, "journal": f"{entry.journal.name} {entry.number}",
            "currency": entry.company.currency_id, "decimals": DECIMALS.get(entry.company.currency_id, 2), "lines": shown_lines, "debit": total, "credit": total,
        })  # fmt: skip
    return result


# ---------------------------------------------------------------- forms


def form_fields(
    request: HttpRequest, resource: type[Resource], given: Mapping[str, Any], errors: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The form of a resource: one field per writable model field."""
    fields = []
    for name in resource.writable:
        field = resource.model._meta.get_field(name)
        made = _field(request, field, given.get(name), given.get(f"{name}_text", ""))
        made |= {"name": name, "error": errors.get(name)}
        fields.append(made)
    return fields


def _field(request: HttpRequest, field: models.Field, value: Any, text: str) -> dict[str, Any]:
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
            return made | {"kind": "pick", "url": f"/{target.key}/pick", "text": text or _label_of(field.related_model, value)}
        return made | {"kind": "text"}
    if isinstance(field, models.ManyToManyField):
        return made | {"kind": "text"}
    if field.choices:
        return made | {
            "kind": "select",
            "options": [(v, w) for v, w in field.choices if v != ""],
            "empty": None if required or field.has_default() else "",
            "optional": False,
        }
    if isinstance(field, models.BooleanField):
        return made | {"kind": "check"}
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return made | {"kind": "date"}
    if isinstance(field, models.DecimalField):
        amount = field.decimal_places <= 4 and "percent" not in field.name and "quantity" not in field.name
        return made | {"kind": "amount" if amount else "quantity"}
    if isinstance(field, models.IntegerField):
        return made | {"kind": "number"}
    if isinstance(field, models.EmailField):
        return made | {"kind": "email"}
    if field.name in {"memo", "notes", "text", "description", "body", "explanation", "explanation_it", "exemption", "exemption_it"}:
        return made | {"kind": "textarea", "rows": 2, "wide": True}
    return made


def _label_of(model: Any, key: Any) -> str:
    if key in (None, ""):
        return ""
    pk = key.pk if isinstance(key, models.Model) else key
    found = model._default_manager.filter(pk=pk).values_list(*label_paths(model)).first()
    return " ".join(str(p) for p in found if p not in (None, "")) if found else ""


def read_form(request: HttpRequest, resource: type[Resource]) -> dict[str, Any]:
    """What was typed, by the reader's locale, as plain values for create and edit; wrong figures stay as typed and are refused there."""
    formats = formats_of(request)
    given: dict[str, Any] = {}
    for name in resource.writable:
        field = resource.model._meta.get_field(name)
        if isinstance(field, models.BooleanField) or name in request.POST:
            read = _read(field, request.POST.get(name, ""), formats, present=name in request.POST)
            if read is not _OMITTED:
                given[name] = read
    for lines in writable_lines(resource):
        given[lines_name(lines)] = _read_lines(request, lines, formats)
    return given


_OMITTED = object()


def _read(field: models.Field, text: str, formats: Formatting, *, present: bool) -> Any:
    if isinstance(field, models.BooleanField):
        return present
    text = text.strip()
    if text == "":
        if field.null:
            return None
        return _OMITTED if field.has_default() or not field.blank else ""
    if isinstance(field, models.DecimalField | models.IntegerField) and not isinstance(field, models.ForeignKey):
        try:
            return str(formats.parse_number(text))
        except ValueError:
            return text
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        try:
            return formats.parse_date(text, date.today()).isoformat()  # noqa: DTZ011  only fills in the year of a short date
        except ValueError:
            return text
    if isinstance(field, models.JSONField):
        try:
            return json.loads(text)
        except ValueError:
            return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(field, models.ManyToManyField):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _read_lines(request: HttpRequest, lines: Lines, formats: Formatting) -> list[dict[str, Any]]:
    prefix = lines_name(lines)
    total = request.POST.get(f"{prefix}-TOTAL_FORMS", "0")
    rows = []
    for index in range(min(int(total) if total.isdecimal() else 0, 10_000)):
        if request.POST.get(f"{prefix}-{index}-DELETE"):
            continue
        row: dict[str, Any] = {}
        touched = False
        for name in lines.writable:
            field = lines.model._meta.get_field(name)
            text = request.POST.get(f"{prefix}-{index}-{name}", "")
            default = str(field.get_default()) if field.has_default() else ""
            touched = touched or (
                text.strip() not in ("", default, "0", "1", "0,00", "0.00") and not isinstance(field, models.BooleanField)
            )
            read = _read(field, text, formats, present=f"{prefix}-{index}-{name}" in request.POST)
            if read is not _OMITTED:
                row[name] = read
        saved = request.POST.get(f"{prefix}-{index}-id", "")
        if saved.isdecimal():
            row["id"] = int(saved)
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


def _grid(
    request: HttpRequest, resource: type[Resource], lines: Lines, rows: Sequence[Mapping[str, Any]], errors: Mapping[str, str], address: str
) -> dict[str, Any]:
    prefix = lines_name(lines)
    columns: list[dict[str, Any]] = []
    for name in lines.writable:
        field = lines.model._meta.get_field(name)
        if isinstance(field, models.JSONField):
            continue
        made = _field(request, field, None, "")
        if made.get("kind") in {"textarea", "email"}:
            made["kind"] = "text"
        columns.append(
            {k: v for k, v in made.items() if k not in {"value", "text", "wide", "hint", "optional", "required"}} | {"name": name}
        )
    has_net = any(f.name == "net" for f in lines.model._meta.concrete_fields)
    if has_net:
        columns.append({"name": "net", "label": _("Net"), "kind": "computed"})
    fresh = {
        name: lines.model._meta.get_field(name).get_default()
        for name in lines.writable
        if lines.model._meta.get_field(name).has_default() and not isinstance(lines.model._meta.get_field(name), models.JSONField)
    }
    shown_rows = []
    for row in rows:
        made_row = dict(row)
        for name in lines.writable:
            field = lines.model._meta.get_field(name)
            if isinstance(field, models.ForeignKey) and row.get(name) not in (None, "") and f"{name}_text" not in row:
                made_row[f"{name}_text"] = _label_of(field.related_model, row[name])
            if isinstance(field, models.DecimalField) and isinstance(row.get(name), str) and re.fullmatch(r"-?\d+(\.\d+)?", row[name]):
                made_row[name] = Decimal(row[name])
        shown_rows.append(made_row)
    line_errors: list[dict[str, str]] = [{} for _row in rows]
    for path, sentence in errors.items():
        match = re.fullmatch(rf"{prefix}\.(\d+)\.(\w+)", path)
        if match and int(match[1]) < len(line_errors):
            line_errors[int(match[1])][match[2]] = sentence
    totals = [
        {"key": "net", "label": _("Net"), "value": "–"}, {"key": "tax", "label": _("Tax"), "value": "–"}, {"key": "gross", "label": _("Total"), "value": "–", "grand": True},
    ]  # fmt: skip
    return {
        "prefix": prefix, "label": lines.title or _("Lines"), "columns": columns, "rows": shown_rows or [fresh], "fresh": fresh, "errors": line_errors,
        "initial": sum(1 for r in rows if r.get("id")), "preview_url": f"{resource.url()}/preview" if has_net else "", "totals": totals if has_net else None,
    }  # fmt: skip


def _form_page(
    request: HttpRequest,
    resource: type[Resource],
    given: Mapping[str, Any],
    *,
    pk: int | None = None,
    version: int | None = None,
    refusal: UserError | None = None,
) -> HttpResponse:
    errors = dict(refusal.fields) if refusal else {}
    companies = companies_of(request)
    single = companies[0].pk if "company" in resource.writable and len(companies) == 1 else None
    address = resource.url(pk) + "/edit" if pk else resource.url() + "/new"
    summary = []
    if refusal:
        labelled = {name: str(resource.model._meta.get_field(name).verbose_name) for name in resource.writable}
        summary = [{"text": f"{labelled.get(p, p)}: {s}", "field": f"id_{p}"} for p, s in errors.items() if p in labelled] or [
            {"text": refusal.sentence()}
        ]
    context = {
        "title": _("Edit {what}").format(what=_label_of(resource.model, pk)) if pk else _("New: {what}").format(what=resource.title_one),
        "resource": resource, "back": resource.url(pk) if pk else resource.url(), "action": address, "version": version,
        "fields": [f for f in form_fields(request, resource, given, errors) if not (f["name"] == "company" and single)],
        "hidden": [("company", single)] if single else [], "errors": summary,
        "grids": [_grid(request, resource, lines, given.get(lines_name(lines)) or [], errors, address) for lines in writable_lines(resource)],
        "draft": f"{resource.key}-{pk or 'new'}", "post_verb": _post_verb(resource, request) if pk is None else None,
    }  # fmt: skip
    return page(request, "web/form.html", context, status=refusal.status if refusal else 200)


def _post_verb(resource: type[Resource], request: HttpRequest) -> Any:
    """The verb that may follow saving at once, such as Save and post."""
    return next((a for a in resource.actions() if a.verb in {"post", "confirm"} and not asks(a) and request.actor.may(a.permission)), None)  # type: ignore[attr-defined]


@door(SIGNED_IN, "GET", "POST")
def new(request: HttpRequest, key: str) -> HttpResponse:
    """Write a record by its form."""
    resource = resource_called(key, request)
    if request.method == "GET":
        given: dict[str, Any] = {}
        company = company_of(request)
        for name in resource.writable:
            field = resource.model._meta.get_field(name)
            if name in request.GET:
                given[name] = request.GET[name]
            elif name == "company" and company is not None:
                given[name] = company.pk
            elif name == "on" and isinstance(field, models.DateField):
                given[name] = today_of(request)
            elif field.has_default() and not field.many_to_many:
                given[name] = field.get_default()
        return _form_page(request, resource, given)
    given = read_form(request, resource)
    try:
        with transaction.atomic():
            outcome = create(request.actor, resource, [plain(given)], idempotency_key=request.POST.get("key", ""))  # type: ignore[attr-defined]
            wanted = request.POST.get("then", "")
            if wanted and (verb := _post_verb(resource, request)) is not None and verb.verb == wanted:
                perform(request.actor, action_called(resource, wanted), outcome.ids)  # type: ignore[attr-defined]
    except UserError as refusal:
        return _form_page(request, resource, given, refusal=refusal)
    flash(request, _("Saved"))
    return _saved(resource, outcome.ids[0], "new", request)


def _saved(resource: type[Resource], pk: int, draft: str, request: HttpRequest) -> HttpResponse:
    request.session["saved_drafts"] = [f"{resource.key}-{draft}"]  # type: ignore[attr-defined]
    return HttpResponseRedirect(resource.url(pk))


@door(SIGNED_IN, "GET", "POST")
def change(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Edit a record by its form."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        rows = values(
            rows_for(resource, actor).filter(pk=pk),
            [column_of(resource.model, n) for n in resource.writable if not resource.model._meta.get_field(n).many_to_many],
        )[:1]
        if not rows:
            raise NotFound(what=f"{resource.title_one} {pk}")
        given: dict[str, Any] = dict(rows[0])
        for name, value in list(given.items()):
            if isinstance(value, tuple):
                given[name], given[f"{name}_text"] = value
        for lines in writable_lines(resource):
            columns = [column_of(lines.model, n) for n in lines.writable]
            order = [o for o in lines.order if o == "id" or any(f.name == o for f in lines.model._meta.concrete_fields)]
            given[lines_name(lines)] = [
                _line_given(r) for r in values(lines.model._default_manager.filter(**{lines.parent: pk}).order_by(*order), columns)
            ]
        return _form_page(request, resource, given, pk=pk, version=rows[0].get("version"))
    given = read_form(request, resource)
    version = request.POST.get("version", "")
    try:
        edit(
            actor,
            resource,
            {pk: {**plain(given), **({"version": int(version)} if version.isdecimal() else {})}},
            idempotency_key=request.POST.get("key", ""),
        )
    except UserError as refusal:
        return _form_page(request, resource, given, pk=pk, version=int(version) if version.isdecimal() else None, refusal=refusal)
    flash(request, _("Saved"))
    return _saved(resource, pk, str(pk), request)


def _line_given(row: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"id": row["pk"]}
    for name, value in row.items():
        if isinstance(value, tuple):
            made[name], made[f"{name}_text"] = value
        elif name not in {"pk", "version"}:
            made[name] = value
    return made


@door(SIGNED_IN, "POST")
def remove(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Delete a draft."""
    resource = resource_called(key, request)
    version = request.POST.get("version", "")
    delete(request.actor, resource, [pk], versions={pk: int(version)} if version.isdecimal() else None)  # type: ignore[attr-defined]
    flash(request, _("Deleted"))
    return HttpResponseRedirect(resource.url())


@door(SIGNED_IN, "POST")
def preview_form(request: HttpRequest, key: str) -> HttpResponse:
    """Totals while typing: the lines that are complete are assessed as they would be saved; nothing is written."""
    resource = resource_called(key, request)
    formats = formats_of(request)
    given = read_form(request, resource)
    lines = writable_lines(resource)[0]
    name = lines_name(lines)
    indexes = [line["_index"] for line in given[name]]
    try:
        with transaction.atomic():
            draft = preview(request.actor, resource, plain(given))  # type: ignore[attr-defined]
    except UserError as refusal:
        errors: dict[int, dict[str, str]] = {}
        for path, sentence in refusal.fields.items():
            match = re.fullmatch(rf"{name}\.(\d+)\.(\w+)", path)
            if match and int(match[1]) < len(indexes):
                errors.setdefault(indexes[int(match[1])], {})[match[2]] = str(sentence)
        return JsonResponse(
            {"lines": [{"index": i, "values": {}, "errors": e} for i, e in errors.items()], "totals": [], "said": refusal.sentence()}
        )
    currency = getattr(draft.row, "currency_id", None) or ""
    decimals = DECIMALS.get(currency, 2)
    answer = []
    for index, line in zip(indexes, draft.lines, strict=True):
        said: dict[str, str] = {"net": formats.amount(line.net, decimals)}
        if getattr(line, "unit_price", None) is not None:
            said["unit_price"] = formats.amount(line.unit_price, max(2, decimals))
        if getattr(line, "description", ""):
            said["description"] = line.description
        answer.append({"index": index, "values": said, "errors": {}})
    totals = [
        {"key": k, "value": f"{formats.amount(getattr(draft.row, k), decimals)} {currency}".strip()}
        for k in ("net", "tax", "gross")
        if hasattr(draft.row, k)
    ]
    return JsonResponse({"lines": answer, "totals": totals})
