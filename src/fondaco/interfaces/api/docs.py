"""The description of the API for programs (OpenAPI) and for people (a page)."""

import json
import shlex
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from pydantic_core import to_json

from fondaco.interfaces.api.bodies import no_words
from fondaco.interfaces.api.description import description, example_of
from fondaco.interfaces.api.problems import kinds, title_of
from fondaco.interfaces.api.rendering import address
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.doors.policy import PUBLIC
from fondaco.platform.documents.actions import Action
from fondaco.platform.resources.declare import RESOURCES, Resource

#: The jobs in the order of the rail.
JOBS = ("sell", "serve", "deliver", "buy", "make", "people", "books", "insight", "set_up", "")


@cache
def _document() -> bytes:
    return to_json(description())


@route(PUBLIC, "GET")
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 description. It tells what exists, nothing of anybody's data."""
    no_words(request)
    response = HttpResponse(_document(), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@route(PUBLIC, "GET")
def page(request: HttpRequest) -> HttpResponse:
    """The page for people: resources by job, each verb with its sentence, parameters and a command to try."""
    no_words(request)
    content = {
        "groups": groups(),
        "refusals": refusals(),
        "language": translation.get_language() or "en",
        "host": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "api/docs.html", content)


def groups() -> list[dict[str, Any]]:
    """Resources by job, in the order of the rail, in the reader's language."""
    by_job = {job: [r for r in RESOURCES.values() if r.job == job] for job in dict.fromkeys([*JOBS, *(r.job for r in RESOURCES.values())])}
    return [{"job": job, "resources": [_resource(r) for r in found]} for job, found in by_job.items() if found]


def _resource(resource: type[Resource]) -> dict[str, Any]:
    return {
        "key": resource.key,
        "title": str(resource.title),
        "href": address(resource),
        "view_permission": resource.view_permission,
        "write_permission": resource.write_permission,
        "fields": [{"path": c.path, "title": str(c.title), "kind": c.kind, "right": c.right} for c in resource.detail()],
        "writable": list(resource.writable),
        "conditions": {name: str(title) for name, (title, _condition) in resource.conditions.items()},
        "lines": [{"title": str(ln.title), "fields": [c.path for c in ln.shown()]} for ln in resource.lines],
        "verbs": [_verb(resource, a) for a in resource.actions()],
    }


def _verb(resource: type[Resource], action: Action) -> dict[str, Any]:
    schema = action.parameters.model_json_schema()
    body = {"ids": ["42"], **({"reason": "…"} if action.needs_reason else {}), **example_of(action.parameters)}
    return {
        "verb": action.verb,
        "title": str(action.title),
        "href": address(resource, action.verb),
        "description": action.description,
        "permission": action.permission,
        "moves": dict(action.moves),
        "needs_reason": action.needs_reason,
        "parameters": [
            {"name": name, "kind": _kind(part), "required": name in schema.get("required", ()), "description": part.get("description", "")}
            for name, part in schema.get("properties", {}).items()
        ],
        "body": shlex.quote(json.dumps(body, ensure_ascii=False)),
    }


def _kind(schema: dict[str, Any]) -> str:
    kinds_ = [_kind(part) for part in schema.get("anyOf", ())]
    if kinds_:
        return " | ".join(dict.fromkeys(kinds_))
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    return str(schema.get("format") or schema.get("type") or "any")


def refusals() -> list[dict[str, Any]]:
    """Every kind of refusal, for the list at the end of the page."""
    return [{"code": code, "status": kind.status, "title": title_of(kind), "sentence": str(kind.message)} for code, kind in kinds().items()]
