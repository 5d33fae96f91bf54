"""Records written by form: new, changed, deleted, and totals while typing."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import companies_of, company_of, flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, choice_word
from fondaco.interfaces.web.screens.alike import asked_about
from fondaco.interfaces.web.screens.asked import resource_called, whole
from fondaco.interfaces.web.screens.form_fields import SELDOM, form_fields, grid_of, promise_said
from fondaco.interfaces.web.screens.form_reading import plain, read_form, typed_in
from fondaco.interfaces.web.screens.naming import Names, name_of
from fondaco.interfaces.web.screens.originals import original_of
from fondaco.interfaces.web.screens.record_head import state_now
from fondaco.interfaces.web.screens.verbs import action_called, asks, reason_field, today_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotAllowed, NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import StaleDocument
from fondaco.platform.resources.amending import is_amendable
from fondaco.platform.resources.declare import Draft, Reckoned, Resource, column_of
from fondaco.platform.resources.reading import rows_for, values
from fondaco.platform.resources.schema import lines_name, writable_lines
from fondaco.platform.resources.writing import create, delete, edit, preview


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
        summary = [{"text": f"{labelled.get(p, p)}: {s}", "field": f"id_{p}"} for p, s in errors.items() if p in labelled]
        if not summary or isinstance(refusal, StaleDocument):
            summary.insert(0, {"text": refusal.sentence()})
    names = Names(request.actor, resource, given)  # type: ignore[attr-defined]
    fields = [f for f in form_fields(request, resource, given, errors, names) if not (f["name"] == "company" and single)]
    if pk is None:
        fields = [f | asked_about(resource.key, str(f["name"])) for f in fields]
    hidden = [("company", single)] if single else []
    if pk is not None:
        hidden.append(("record", pk))
    amends = pk is not None and is_amendable(resource, state_now(resource, pk))
    if amends:
        fields = [f for f in fields if f["name"] in resource.amendable]
    if "reason" not in resource.writable and (amends or "reason" in errors or request.POST.get("reason")):
        fields.append(reason_field(request.POST.get("reason", ""), errors))
    decimals = DECIMALS.get(str(given.get("currency") or ""), 2)
    grids = [
        grid_of(request, resource, lines, given.get(lines_name(lines)) or [], errors, names, decimals) for lines in writable_lines(resource)
    ]
    if pk is not None and grids and grids[0]["totals"] and not refusal:
        stored = {t["key"]: t["value"] for t in _totals_of(resource.model._default_manager.get(pk=pk), formats_of(request))}
        grids[0]["totals"] = [t | {"value": stored.get(t["key"], t["value"])} for t in grids[0]["totals"]]
    context = {
        "title": (_("Amend {what}") if amends else _("Edit {what}")).format(what=name_of(request.actor, resource.model, pk)) if pk else _("New: {what}").format(what=resource.title_one),
        "resource": resource, "back": resource.url(pk) if pk else resource.url(), "action": address, "version": version,
        "fields": fields,
        "hidden": hidden, "errors": summary,
        "errors_title": _("Somebody else changed it meanwhile") if isinstance(refusal, StaleDocument) else None,
        "grids": grids,
        "draft": f"{resource.key}-{pk or 'new'}", "post_verb": _post_verb(resource, request) if pk is None else None,
        "original": original_of(request.actor, resource, pk) if pk else None,
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
        _refuse_readers(request, resource, _("create"))
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
    given = read_form(request.POST, resource, formats_of(request))
    try:
        with transaction.atomic():
            outcome = create(request.actor, resource, [plain(given)], idempotency_key=request.POST.get("key", ""))  # type: ignore[attr-defined]
            wanted = request.POST.get("then", "")
            if wanted and (verb := _post_verb(resource, request)) is not None and verb.verb == wanted:
                perform(request.actor, action_called(resource, wanted), outcome.ids, reason=request.POST.get("reason", ""))  # type: ignore[attr-defined]
    except UserError as refusal:
        return _form_page(request, resource, given, refusal=refusal)
    flash(request, _("Saved"))
    return _saved(resource, outcome.ids[0], "new", request)


def _refuse_readers(request: HttpRequest, resource: type[Resource], verb: str) -> None:
    """Nobody fills in a form that he may not send."""
    rights = [right for right in (resource.write_permission, resource.amend_permission) if right]
    if not any(request.actor.may(right) for right in rights):  # type: ignore[attr-defined]
        raise NotAllowed(verb=verb, what=resource.title, permission=resource.write_permission or _("(verbs only)"))


def _saved(resource: type[Resource], pk: int, draft: str, request: HttpRequest) -> HttpResponse:
    request.session["saved_drafts"] = [f"{resource.key}-{draft}"]  # type: ignore[attr-defined]
    return HttpResponseRedirect(resource.url(pk))


@door(SIGNED_IN, "GET", "POST")
def change(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Edit a record by its form."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        _refuse_readers(request, resource, _("edit"))
        given, version = _stored(resource, actor, pk)
        return _form_page(request, resource, given, pk=pk, version=version)
    given = _asked_for(resource, read_form(request.POST, resource, formats_of(request)), pk)
    version = whole(request.POST.get("version", ""))
    try:
        edit(
            actor,
            resource,
            {pk: {**plain(given), **({"version": version} if version is not None else {})}},
            idempotency_key=request.POST.get("key", ""),
            reason=request.POST.get("reason", ""),
        )
    except StaleDocument as refusal:
        # What was typed stays, beside what is stored now; saving once more is then an answer to the other's change.
        stored, version = _stored(resource, actor, pk)
        refusal.fields = _otherwise(request, resource, given, stored)
        return _form_page(request, resource, given, pk=pk, version=version, refusal=refusal)
    except UserError as refusal:
        return _form_page(request, resource, given, pk=pk, version=version, refusal=refusal)
    flash(request, _("Saved"))
    return _saved(resource, pk, str(pk), request)


def _asked_for(resource: type[Resource], given: dict[str, Any], pk: int | None) -> dict[str, Any]:
    """What was typed without what the form of an amendment does not ask for."""
    if pk is None or not is_amendable(resource, state_now(resource, pk)):
        return given
    shown = {*resource.amendable, *map(lines_name, writable_lines(resource))}
    return {name: value for name, value in given.items() if name in shown}


def _stored(resource: type[Resource], actor: Actor, pk: int) -> tuple[dict[str, Any], int | None]:
    """A record with its lines as its form takes it, and its version."""
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
        sums = [n for n in ("net", "promised_on", "promise_explanation") if any(f.name == n for f in lines.model._meta.concrete_fields)]
        columns = [column_of(lines.model, n) for n in [*lines.writable, *sums]]
        order = [o for o in lines.order if o == "id" or any(f.name == o for f in lines.model._meta.concrete_fields)]
        given[lines_name(lines)] = [
            _line_given(r) for r in values(lines.model._default_manager.filter(**{lines.parent: pk}).order_by(*order), columns)
        ]
    return given, rows[0].get("version")


def _otherwise(request: HttpRequest, resource: type[Resource], given: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, str]:
    """What the record says now, for each field in which something else was typed."""
    formats = formats_of(request)
    found = {}
    for name, typed in given.items():
        now = stored.get(name)
        if name not in resource.writable or isinstance(typed, list | dict) or isinstance(now, list | dict) or _alike(typed, now):
            continue
        said = stored.get(f"{name}_text") or choice_word(resource.model, name, now)
        if isinstance(now, bool):
            said = pgettext("flag", "yes") if now else pgettext("flag", "no")
        elif isinstance(now, date):
            said = formats.date(now)
        elif isinstance(now, Decimal):
            said = formats.quantity(now)
        found[name] = _("Stored now: {value}. Save again to keep what you typed.").format(
            value=said if said not in (None, "") else _("empty")
        )
    return found


def _alike(typed: Any, now: Any) -> bool:
    if isinstance(now, Decimal):
        try:
            return Decimal(str(typed)) == now
        except ArithmeticError:
            return False
    if isinstance(now, date):
        return str(typed) == now.isoformat()
    return typed == now or str("" if typed is None else typed) == str("" if now is None else now)


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
    version = whole(request.POST.get("version", ""))
    delete(request.actor, resource, [pk], versions={pk: version} if version is not None else None)  # type: ignore[attr-defined]
    flash(request, _("Deleted"))
    return HttpResponseRedirect(resource.url())


def _totals_of(row: Any, formats: Formatting) -> list[dict[str, str]]:
    """Net, tax and total of a document as they stand under its lines."""
    currency = getattr(row, "currency_id", None) or ""
    decimals = DECIMALS.get(currency, 2)
    figures = [(k, getattr(row, k)) for k in ("net", "tax", "gross", *SELDOM) if hasattr(row, k)]
    return [
        {"key": k, "value": f"{formats.amount(value, decimals)} {currency}".strip() if value or k not in SELDOM else ""}
        for k, value in figures
    ]


@door(SIGNED_IN, "POST")
def preview_form(request: HttpRequest, key: str) -> HttpResponse:
    """Totals while typing: the lines that are complete are assessed as they would be saved; nothing is written."""
    resource = resource_called(key, request)
    formats = formats_of(request)
    typed = typed_in(request)
    pk = whole(typed.get("record", ""))
    given = _asked_for(resource, read_form(typed, resource, formats), pk)
    lines = writable_lines(resource)[0]
    name = lines_name(lines)
    indexes = [line["_index"] for line in given[name]]
    beside = _beside(request, resource, given, pk, name)
    try:
        with transaction.atomic():
            draft = preview(request.actor, resource, plain(given), pk)  # type: ignore[attr-defined]
    except UserError as refusal:
        errors: dict[int, dict[str, str]] = {}
        for path, sentence in refusal.fields.items():
            match = re.fullmatch(rf"{name}\.(\d+)\.(\w+)", path)
            if match and int(match[1]) < len(indexes):
                errors.setdefault(indexes[int(match[1])], {})[match[2]] = str(sentence)
        return JsonResponse(
            {"lines": [{"index": i, "values": {}, "errors": e} for i, e in errors.items()], "totals": [], "said": refusal.sentence()}
            | beside
        )
    currency = getattr(draft.row, "currency_id", None) or ""
    decimals = DECIMALS.get(currency, 2)
    by_line, figures = _reckoned(request, resource, draft, formats)
    answer = []
    for n, (index, line) in enumerate(zip(indexes, draft.lines, strict=True)):
        said: dict[str, str] = {"net": formats.amount(line.net, decimals)}
        if by_line:
            said["reckoned"] = by_line[n]
        if getattr(line, "unit_price", None) is not None:
            said["unit_price"] = formats.amount(line.unit_price, max(2, decimals))
        if getattr(line, "discount_follows_rules", False):
            by_rule = (line.price_explanation or {}).get("discount", "0")
            said["discount_percent"] = formats.quantity(line.discount_percent) if line.discount_percent or by_rule != "0" else ""
        if getattr(line, "description", ""):
            said["description"] = line.description
        if hasattr(line, "promised_on"):
            said["promise"] = promise_said(line.promised_on, line.promise_explanation, formats)
        answer.append({"index": index, "values": said, "errors": {}})
    totals = [*_totals_of(draft.row, formats), *figures]
    doubt = {"doubt": draft.doubts[0].sentence()} if draft.doubts else {}
    foretold = list(resource.foretold(draft, request.actor))  # type: ignore[attr-defined]
    return JsonResponse({"lines": answer, "totals": totals, "foretold": foretold} | doubt | beside)


def _reckoned(request: HttpRequest, resource: type[Resource], draft: Draft, formats: Formatting) -> tuple[list[str], list[dict[str, str]]]:
    """What is reckoned of each line and of the whole, for those who may see it; nothing for others."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not resource.reckoned_title or not actor.may(resource.reckoned_permission, draft.row.company_id):
        return [], []
    lines, whole, currency = resource.reckoned(draft)
    decimals = DECIMALS.get(currency, 2)

    def say(figure: Reckoned, unit: str = "") -> str:
        amount = f"{formats.amount(figure.amount, decimals)} {unit}".strip()
        percent = "" if figure.share is None else f" ({formats.percent(figure.share)})"
        return f"{amount}{percent}" + (f", {figure.doubt}" if figure.doubt else "")

    return [x.doubt or say(x) for x in lines], [{"key": "reckoned", "value": say(whole, currency)}]


def _beside(request: HttpRequest, resource: type[Resource], given: Mapping[str, Any], pk: int | None, name: str) -> dict[str, Any]:
    """What is told beside the lines, whether they are complete or not, by the index of the line; nothing where a resource tells nothing."""
    if not resource.beside_title:
        return {}
    formats = formats_of(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def show(value: Any) -> str:
        return formats.date(value) if isinstance(value, date) else formats.price(value)

    stored = resource.model._default_manager.filter(pk=pk).values("company").first() if pk else None
    told = resource.beside({**(stored or {}), **given}, given[name], actor, show)
    if not told:
        return {}
    rows = [
        {"index": line["_index"], "said": [{"text": b.text, "url": b.url, "kind": b.kind} for b in said]}
        for line, said in zip(given[name], told, strict=True)
    ]
    return {"beside": rows}
