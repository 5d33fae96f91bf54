"""The routes of the API: every resource and every verb, served from their declarations."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from pydantic_core import to_json

from fondaco.interfaces.api.bodies import (
    body_bytes,
    flag,
    idempotency_key,
    if_match,
    json_object,
    json_rows,
    key_from,
    keys_from,
    no_words,
    query_of,
    reason_from,
    reason_of,
    references_read,
    versions_from,
    words,
)
from fondaco.interfaces.api.problems import BadParameter, NoSuchAddress, VersionMoved, WrongMethod, explained
from fondaco.interfaces.api.rendering import address, detailed
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED_IN, BadBody
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import Outcome, perform
from fondaco.platform.documents.refusals import StaleDocument
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.exporting import export, record
from fondaco.platform.resources.importing import Imported, import_file
from fondaco.platform.resources.reading import count, filtered, key_of, page, selected
from fondaco.platform.resources.writing import create, delete, edit
from fondaco.platform.search.finding import search

FORMATS = {"text/csv": "csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "application/json": "json"}


def answer(content: Any, status: int = 200) -> HttpResponse:
    """A JSON answer."""
    return HttpResponse(to_json(content), status=status, content_type="application/json")


def resource_named(key: str) -> type[Resource]:
    """The resource of an address; refused when there is none."""
    if key not in RESOURCES:
        raise NoSuchAddress(path=f"/api/v1/{key[:60]}")
    return RESOURCES[key]


def action_named(resource: type[Resource], verb: str) -> Action:
    """The verb of a resource; refused when there is none."""
    found = next((a for a in resource.actions() if a.verb == verb), None)
    if found is None:
        raise NoSuchAddress(path=address(resource, verb[:60]))
    return found


@route(PUBLIC, "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
def unknown(request: HttpRequest, **_rest: str) -> HttpResponse:
    """Any address below /api that means nothing."""
    raise NoSuchAddress(path=request.path[:200])


@route(PUBLIC, "GET")
def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem type means."""
    return answer(explained(code))


@route(SIGNED_IN, "GET")
def index(request: HttpRequest) -> HttpResponse:
    """Everything the reader may see, with its verbs."""
    actor = request.actor  # type: ignore[attr-defined]
    no_words(request)
    resources = [
        {
            "key": resource.key,
            "title": str(resource.title),
            "job": resource.job,
            "href": address(resource),
            "verbs": [a.verb for a in resource.actions() if actor.may(a.permission)],
            "write": bool(resource.write_permission) and actor.may(resource.write_permission),
        }
        for resource in RESOURCES.values()
        if actor.may(resource.view_permission)
    ]
    who = {"username": actor.username, "name": actor.name, "language": actor.language}
    return answer(
        {"actor": who, "resources": resources, "openapi": "/api/v1/openapi.json", "docs": "/api/docs", "tokens": "/api/v1/tokens"}
        | {"search": "/api/v1/search"}
    )


@route(SIGNED_IN, "GET")
def everywhere(request: HttpRequest) -> HttpResponse:
    """The best few records of every kind that answer to words, mistyped ones too."""
    given = words(request, ("q", "reason"))
    if not 2 <= len(given.get("q", "").strip()) <= 200:
        raise BadParameter(name="q", why=_("it takes words of 2 to 200 characters"))
    hits = search(request.actor, given["q"])  # type: ignore[attr-defined]
    found = [{"resource": h.resource.key, "id": h.pk, "label": h.label, "href": address(h.resource, h.pk), "exact": h.exact} for h in hits]
    return answer({"data": found})


@route(SIGNED_IN, "GET", "POST", "PATCH")
def collection(request: HttpRequest, key: str) -> HttpResponse:
    """A resource as a whole: list, create one or many, change many."""
    resource = resource_named(key)
    if request.method == "POST":
        return _create(request, resource)
    if request.method == "PATCH":
        return _change_many(request, resource)
    return _list(request, resource)


@route(SIGNED_IN, "GET", "PATCH", "DELETE", "POST")
def member(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One record by its key, or (POST) one verb by its name."""
    resource = resource_named(key)
    if request.method == "POST":
        return _perform(request, resource, action_named(resource, name))
    if request.method == "PATCH":
        return _change(request, resource, _integer_key(resource, name))
    if request.method == "DELETE":
        return _delete(request, resource, _integer_key(resource, name))
    if any(a.verb == name for a in resource.actions()):
        raise WrongMethod(path=request.path, method="GET", allowed="POST")
    return _detail(request, resource, name)


def _integer_key(resource: type[Resource], text: str) -> int:
    key = key_of(resource, text)
    if not isinstance(key, int) or not text.isdecimal():
        raise NotFound(what=f"{resource.title_one} {text[:40]}")
    return key


def _list(request: HttpRequest, resource: type[Resource]) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    given = words(request)
    for name in ("format", "titles"):
        if name in given:
            raise BadParameter(name=name, why=_("it belongs to {path}").format(path=address(resource, "export")))
    query = query_of(given)
    columns = _fields(resource, actor, given)
    found = page(resource, actor, query, columns)
    content: dict[str, Any] = {
        "data": [record(found.columns, row) for row in found.rows],
        "next": _link(resource, given, "after", found.next),
        "previous": _link(resource, given, "before", found.previous),
    }
    if flag(given, "count"):
        content["count"], content["count_is_exact"] = count(filtered(resource, actor, query))
    return answer(content)


def _fields(resource: type[Resource], actor: Any, given: Mapping[str, str]) -> Any:
    names = [n for n in given.get("fields", "").split(",") if n and n not in {"id", "version"}]
    return selected(resource, actor, names) if names else None


def _link(resource: type[Resource], given: Mapping[str, str], direction: str, mark: str) -> str | None:
    if not mark:
        return None
    kept = {k: v for k, v in given.items() if k not in {"after", "before"}}
    return f"{address(resource)}?{urlencode({**kept, direction: mark})}"


def _detail(request: HttpRequest, resource: type[Resource], name: str) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    given = words(request, ("fields",))
    content = detailed(resource, actor, name, _fields(resource, actor, given) or ())
    return _tagged(answer(content), content)


def _tagged(response: HttpResponse, content: Mapping[str, Any]) -> HttpResponse:
    if "version" in content:
        response.headers["ETag"] = f'"{content["version"]}"'
    return response


def _create(request: HttpRequest, resource: type[Resource]) -> HttpResponse:
    reason, rows_given = reason_of(request), json_rows(request)
    rows, single = [references_read(resource, row) for row in rows_given[0]], rows_given[1]
    outcome = create(request.actor, resource, rows, idempotency_key=idempotency_key(request), reason=reason)  # type: ignore[attr-defined]
    if not single:
        return _marked(answer(outcome.as_json(), 201), outcome)
    response = _written(request, resource, outcome, 201)
    response.headers["Location"] = address(resource, outcome.ids[0])
    return response


def _written(request: HttpRequest, resource: type[Resource], outcome: Outcome, status: int) -> HttpResponse:
    """The record as it is now; only its key when that is all the caller wants or may see."""
    content: dict[str, Any] = {"id": str(outcome.ids[0])}
    if "return=minimal" not in request.headers.get("Prefer", ""):
        try:
            content = detailed(resource, request.actor, outcome.ids[0])  # type: ignore[attr-defined]
        except UserError as refusal:
            if refusal.status not in {403, 404}:
                raise
    return _marked(_tagged(answer(content, status), content), outcome)


def _marked(response: HttpResponse, outcome: Outcome) -> HttpResponse:
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _change(request: HttpRequest, resource: type[Resource], pk: int) -> HttpResponse:
    reason, body = reason_of(request), references_read(resource, json_object(request))
    seen = if_match(request)
    if seen is not None:
        if "version" in body and body["version"] != seen:
            raise BadParameter(name="If-Match", why=_("the body names another version"))
        body["version"] = seen
    try:
        outcome = edit(request.actor, resource, {pk: body}, idempotency_key=idempotency_key(request), reason=reason)  # type: ignore[attr-defined]
    except StaleDocument as refusal:
        if seen is None:
            raise
        raise VersionMoved(sentence=refusal.sentence()) from refusal
    return _written(request, resource, outcome, 200)


def _change_many(request: HttpRequest, resource: type[Resource]) -> HttpResponse:
    reason, (rows, single) = reason_of(request), json_rows(request)
    if single:
        raise BadBody(why=_("it must be a list of objects, each with its id"))
    changes: dict[int, Mapping[str, Any]] = {}
    for place, row in enumerate(rows):
        pk = key_from(row.pop("id", None), f"{place}.id")
        if pk in changes:
            sentence = _("the record {id} is given twice").format(id=pk)
            raise InvalidInput(record=str(resource.title_one), problems=sentence, fields={f"{place}.id": sentence})
        changes[pk] = references_read(resource, row)
    outcome = edit(request.actor, resource, changes, idempotency_key=idempotency_key(request), reason=reason)  # type: ignore[attr-defined]
    return _marked(answer(outcome.as_json()), outcome)


def _delete(request: HttpRequest, resource: type[Resource], pk: int) -> HttpResponse:
    reason, seen = reason_of(request), if_match(request)
    versions = {} if seen is None else {pk: seen}
    try:
        outcome = delete(request.actor, resource, [pk], versions=versions, idempotency_key=idempotency_key(request), reason=reason)  # type: ignore[attr-defined]
    except StaleDocument as refusal:
        raise VersionMoved(sentence=refusal.sentence()) from refusal
    return _marked(HttpResponse(status=204), outcome)


def _perform(request: HttpRequest, resource: type[Resource], action: Action) -> HttpResponse:
    no_words(request)
    body = json_object(request)
    ids, versions = keys_from(body), versions_from(body)
    # A verb with a parameter of its own called reason gets it too.
    parameters = dict(body)
    reason = reason_from(body)
    if "reason" not in action.parameters.model_fields:
        parameters.pop("reason", None)
    outcome = perform(
        request.actor,
        action,
        ids,
        parameters,
        idempotency_key=idempotency_key(request),
        versions=versions,
        reason=reason,  # type: ignore[attr-defined]
    )
    return _marked(answer({**outcome.as_json(), "done": str(action.done or action.title)}), outcome)


@route(SIGNED_IN, "GET")
def export_file(request: HttpRequest, key: str) -> FileResponse:
    """All rows that the list would show, as a file."""
    resource, actor = resource_named(key), request.actor  # type: ignore[attr-defined]
    given = words(request)
    for name in ("after", "before", "limit", "count"):
        if name in given:
            raise BadParameter(name=name, why=_("a file always holds the whole list"))
    columns = _fields(resource, actor, given)
    file = export(resource, actor, query_of(given), format=given.get("format", "csv"), columns=columns or (), titles=flag(given, "titles"))
    return FileResponse(file.file, as_attachment=True, filename=file.name, content_type=file.content_type)


@route(SIGNED_IN, "POST")
def import_records(request: HttpRequest, key: str) -> HttpResponse:
    """Records from a file: all or none, with every problem named."""
    resource = resource_named(key)
    given = words(request, ("format", "dry_run", "reason"))
    format = given.get("format") or FORMATS.get((request.content_type or "").lower(), "")
    if not format:
        raise BadParameter(name="format", why=_("say csv, xlsx or json, or send the content type of the file"))
    done = import_file(
        request.actor,  # type: ignore[attr-defined]
        resource,
        body_bytes(request),
        format=format,
        dry_run=flag(given, "dry_run"),
        idempotency_key=idempotency_key(request),
        reason=given.get("reason", ""),
    )
    response = answer(_imported(done, dry_run=flag(given, "dry_run")))
    if done.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _imported(done: Imported, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "total": done.total,
        "created": [str(i) for i in done.created],
        "changed": [str(i) for i in done.changed],
        "problems": done.problems,
    }
