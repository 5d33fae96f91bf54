"""The OpenAPI 3.1 description, derived from the same declarations as the routes themselves."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import models
from django.utils import translation
from pydantic import BaseModel

from fondaco.interfaces.api.bodies import KEY_LENGTH, RESERVED
from fondaco.interfaces.api.rendering import address
from fondaco.interfaces.doors.tokens import NewToken
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.performing import LIMIT as IDS
from fondaco.platform.resources.declare import RESOURCES, Column, Resource, column_of
from fondaco.platform.resources.filtering import LOOKUPS
from fondaco.platform.resources.periods import PERIODS
from fondaco.platform.resources.reading import LIMIT
from fondaco.platform.resources.schema import create_schema, edit_schema, lines_name

EXAMPLES: dict[str, Any] = {
    "amount": "1250.00", "quantity": "12", "percent": "22.00", "date": "2026-03-31", "moment": "2026-03-31T09:30:00Z", "flag": True,
    "number": 30, "link": {"id": "42", "label": "Officine Bruni"}, "state": "posted", "text": "Espresso machine",
}  # fmt: skip
KIND_SCHEMAS: dict[str, dict[str, Any]] = {
    "amount": {"type": "string", "format": "decimal"},
    "quantity": {"type": "string", "format": "decimal"},
    "percent": {"type": "string", "format": "decimal"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "flag": {"type": "boolean"},
    "number": {"type": ["integer", "string"]},
    "state": {"type": "string"},
}
LINK = {
    "type": "object",
    "required": ["id", "label"],
    "properties": {"id": {"type": "string"}, "label": {"type": "string"}},
    "description": "A record of another kind: its key and its name.",
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "description": "Stable address of the kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "The sentence for the user, in his language: what, to which record, and the way out."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string", "description": "JSON pointer into the body."}, "detail": {"type": "string"}},
            },
        },
        "rows": {"type": "array", "items": {"type": "object"}, "description": "The records that failed."},
    },
}
PROBLEM_EXAMPLE = {
    "type": "/api/problems/documents.wrong_state",
    "title": "Wrong state",
    "status": 409,
    "detail": "INV/2026/00042 is posted; “Post” needs it to be draft.",
    "code": "documents.wrong_state",
    "rows": [{"id": "42", "document": "INV/2026/00042", "state": "posted"}],
}
RESPONSES = {
    "400": "The request could not be read.",
    "401": "No valid token, and not signed in.",
    "403": "The reader may not do this.",
    "404": "No such record, or not the reader's to see.",
    "409": "The records are not as this needs them; nothing was changed.",
    "412": "The record has moved on since the version in If-Match.",
    "413": "The request is too large.",
    "415": "The request is not of the right content type.",
    "422": "A value is not valid; nothing was changed.",
    "429": "Too many requests.",
    "500": "A fault of the server; nothing was changed.",
}
READING = ("400", "401", "403", "404", "429", "500")
WRITING = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "500")


@cache
def description() -> dict[str, Any]:
    """The whole description, in English; made once for each process."""
    with translation.override("en"):
        return _description()


def _description() -> dict[str, Any]:
    schemas: dict[str, Any] = {
        "Problem": PROBLEM,
        "Link": LINK,
        "Outcome": _outcome(),
        "Imported": _imported(),
        "OpenVerb": _open_verb(),
        "EarlierVersion": _earlier_version(),
    }
    paths: dict[str, Any] = {
        "/api/v1/": {"get": _get("index", "Everything the reader may see, with its verbs", "start", _json({"type": "object"}))}
    }
    paths["/api/v1/search"] = {"get": _search()}
    paths.update(_token_paths(schemas))
    paths.update(_file_paths(schemas))
    paths["/api/v1/bank-statements/files"] = {"post": _bank_file()}
    for resource in RESOURCES.values():
        paths.update(_paths(resource, schemas))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fondaco",
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": _introduction(),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": r.key, "description": str(r.title)} for r in RESOURCES.values()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": _parameters(),
            "responses": {code: _problem_response(text) for code, text in RESPONSES.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token: `Authorization: Bearer fdc_…`."},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "fondaco_session",
                    "description": "A signed-in browser; writes need the CSRF token.",
                },
            },
        },
    }


def _introduction() -> str:
    return (
        "Every resource and every verb of Fondaco, with the same rights and refusals as the screens.\n\n"
        "Keys are strings, amounts are strings in plain decimal notation, days are ISO 8601. Lists are paged by key: follow `next` and "
        "`previous`. Every write takes an `Idempotency-Key`: the same request with the same key is done once, and its first result is "
        "given again with `Idempotent-Replayed: true`. Writes on many records are all or nothing. Refusals are problem details (RFC 9457)."
    )


def _paths(resource: type[Resource], schemas: dict[str, Any]) -> dict[str, Any]:
    name = _name(resource.key)
    row, detail = f"{name}Row", name
    schemas[row] = _row_schema(resource, resource.shown())
    schemas[detail] = _detail_schema(resource)
    purpose = (resource.__doc__ or "").strip() if resource.__doc__ and resource.__doc__ is not Resource.__doc__ else ""
    listed: dict[str, Any] = {"get": _list(resource, row, purpose)}
    single: dict[str, Any] = {"get": _one(resource, detail)}
    paths = {
        address(resource): listed,
        address(resource, "{id}"): {"parameters": [_id(resource)], **single},
        address(resource, "export"): {"get": _export(resource)},
    }
    if resource.write_permission:
        create_name, edit_name = _body(create_schema(resource), schemas), _body(edit_schema(resource), schemas)
        listed["post"] = _create(resource, create_name, detail)
        listed["patch"] = _change_many(resource, edit_name)
        paths[address(resource, "{id}")]["patch"] = _change(resource, edit_name, detail)
        paths[address(resource, "{id}")]["delete"] = _delete(resource)
        paths[address(resource, "import")] = {"post": _import(resource)}
    for action in resource.actions():
        paths[address(resource, action.verb)] = {"post": _verb(resource, action, schemas)}
    return paths


def _get(operation: str, summary: str, tag: str, response: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        "responses": {"200": {"description": "Done.", **response}, **_problems(READING)},
        **more,
    }


def _search() -> dict[str, Any]:
    hit = {
        "type": "object",
        "required": ["resource", "id", "label", "href", "exact"],
        "properties": {
            "resource": {"type": "string", "description": "Key of the resource."},
            "id": {"type": "string"},
            "label": {"type": "string", "description": "The record's name or number."},
            "href": {"type": "string"},
            "exact": {"type": "boolean", "description": "False where a word was read as one or two letters away from the given one."},
        },
    }
    found = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "maxItems": 24, "items": hit}}}
    word = {
        "name": "q",
        "in": "query",
        "required": True,
        "description": "Words that must all occur.",
        "schema": {"type": "string", "minLength": 2, "maxLength": 200},
    }
    return _get(
        "search", "The best few records of every kind that answer to words, mistyped ones too", "start", _json(found), parameters=[word]
    )


def _list(resource: type[Resource], row: str, purpose: str) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["data", "next", "previous"],
        "properties": {
            "data": {"type": "array", "items": _ref(row)},
            "next": {"type": ["string", "null"], "description": "Address of the next page."},
            "previous": {"type": ["string", "null"], "description": "Address of the page before."},
            "count": {"type": "integer", "description": "With `count=1`: the number of rows."},
            "count_is_exact": {"type": "boolean", "description": "False beyond 10,000 rows, where the number is an estimate."},
        },
    }
    names = ("search", "sort", "after", "before", "limit", "fields", "count")
    parameters = [*({"$ref": f"#/components/parameters/{n}"} for n in names), *_filters(resource)]
    text = f"{purpose}\n\n" if purpose else ""
    text += f"Seen with the permission `{resource.view_permission}`. Filters may carry a comparison: {', '.join(f'`__{n}`' for n in sorted(LOOKUPS - {'exact'}))}; `__within` takes a stretch of days: {', '.join([*PERIODS, '2026', '2026-q1', '2026-03'])}."
    return _get(
        f"list_{_operation(resource)}", f"List: {resource.title}", resource.key, _json(page), description=text, parameters=parameters
    )


def _filters(resource: type[Resource]) -> list[dict[str, Any]]:
    columns = {c.path: c for c in [*resource.detail(), *resource.shown()]}
    for path in resource.filters:
        columns.setdefault(path, column_of(resource.model, path, resource.annotations))
    filters = [
        {
            "name": f"{path}__exact" if path in RESERVED else path,
            "in": "query",
            "required": False,
            "description": str(column.title),
            "schema": {"type": "string"},
        }
        for path, column in columns.items()
        if path not in {"id", "pk"}
    ]
    conditions = [
        {"name": name, "in": "query", "required": False, "description": str(title), "schema": {"type": "string", "enum": ["1", "0"]}}
        for name, (title, _condition) in resource.conditions.items()
        if name not in columns
    ]
    return [*filters, *conditions]


def _one(resource: type[Resource], detail: str) -> dict[str, Any]:
    parameters = [{"$ref": "#/components/parameters/fields"}]
    response = {**_json(_ref(detail)), "headers": _etag()}
    text = "With its lines, and `open`: the verbs that its state accepts and that you may use. The `ETag` is its version."
    return _get(
        f"get_{_operation(resource)}", f"One: {resource.title_one}", resource.key, response, description=text, parameters=parameters
    )


def _create(resource: type[Resource], body: str, detail: str) -> dict[str, Any]:
    text = f"One object, or a list of them: all are created or none. Needs `{resource.write_permission}`. Records are named by key, or by natural key."
    content = {"schema": {"oneOf": [_ref(body), {"type": "array", "items": _ref(body), "minItems": 1, "maxItems": IDS}]}}
    created = {"description": "Created.", **_json({"anyOf": [_ref(detail), _ref("Outcome")]}), "headers": {**_etag(), **_replayed()}}
    return _write(
        f"create_{_operation(resource)}", f"Create: {resource.title_one}", resource, text, {"application/json": content}, {"201": created}
    )


def _change(resource: type[Resource], body: str, detail: str) -> dict[str, Any]:
    text = f"Give only what changes; given lines replace the lines. Needs `{resource.write_permission}`, and `If-Match` or `version` against lost updates."
    done = {"description": "Changed.", **_json(_ref(detail)), "headers": {**_etag(), **_replayed()}}
    operation = _write(
        f"edit_{_operation(resource)}",
        f"Change: {resource.title_one}",
        resource,
        text,
        {"application/json": {"schema": _ref(body)}},
        {"200": done},
    )
    operation["parameters"].append({"$ref": "#/components/parameters/if_match"})
    operation["responses"].update(_problems(("412",)))
    return operation


def _change_many(resource: type[Resource], body: str) -> dict[str, Any]:
    row = {
        "allOf": [{"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}],
        "description": f"`id`, and anything of {body}.",
    }
    content = {"schema": {"type": "array", "items": row, "minItems": 1, "maxItems": IDS}}
    done = {"description": "Changed.", **_json(_ref("Outcome")), "headers": _replayed()}
    text = "A list of objects with their `id` (and `version`): all are changed or none."
    return _write(
        f"edit_many_{_operation(resource)}", f"Change many: {resource.title}", resource, text, {"application/json": content}, {"200": done}
    )


def _delete(resource: type[Resource]) -> dict[str, Any]:
    text = "Only what nothing refers to; of documents only drafts."
    operation = _write(
        f"delete_{_operation(resource)}",
        f"Delete: {resource.title_one}",
        resource,
        text,
        None,
        {"204": {"description": "Deleted.", "headers": _replayed()}},
    )
    operation["parameters"].append({"$ref": "#/components/parameters/if_match"})
    operation["responses"].update(_problems(("412",)))
    return operation


def _verb(resource: type[Resource], action: Action, schemas: dict[str, Any]) -> dict[str, Any]:
    parameters = action.parameters.model_json_schema(ref_template="#/components/schemas/{model}")
    _keep_definitions(parameters, schemas)
    properties = {
        "ids": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": IDS,
            "description": "Keys of the records, all or nothing.",
        },
        "versions": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "Version last seen, by key; refused when one has moved on.",
        },
        "reason": {
            "type": "string",
            "maxLength": 2000,
            "description": "Why; kept in the history. Also asked for by verbs that post into a soft-closed period (ledger.late_reason_missing).",
        },
        **parameters.get("properties", {}),
    }
    required = ["ids", *(["reason"] if action.needs_reason else []), *parameters.get("required", [])]
    body = {"type": "object", "additionalProperties": False, "properties": properties, "required": list(dict.fromkeys(required))}
    schemas[_name(action.key)] = body
    text = f"{action.description}\n\nNeeds `{action.permission}`."
    if action.moves:
        text += " From " + ", ".join(f"*{a}* to *{b}*" for a, b in action.moves.items()) + "."
    example = {
        "ids": ["42"],
        **({"reason": "Wrong price agreed by telephone"} if action.needs_reason else {}),
        **example_of(action.parameters),
    }
    done = {"description": "Done.", **_json(_ref("Outcome")), "headers": _replayed()}
    content = {"application/json": {"schema": _ref(_name(action.key)), "example": example}}
    return _write(
        f"{_operation(resource)}_{action.key.replace('.', '_')}",
        f"{action.title}: {resource.title}",
        resource,
        text,
        content,
        {"200": done},
        reason=False,
    )


def _export(resource: type[Resource]) -> dict[str, Any]:
    file = {"schema": {"type": "string", "format": "binary"}}
    types = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/json")
    parameters = [
        {
            "name": "format",
            "in": "query",
            "schema": {"type": "string", "enum": ["csv", "xlsx", "json"], "default": "csv"},
            "description": "Kind of file.",
        },
        {
            "name": "titles",
            "in": "query",
            "schema": {"type": "string", "enum": ["0", "1"]},
            "description": "1: the first line says what the screens say.",
        },
        *({"$ref": f"#/components/parameters/{n}"} for n in ("search", "sort", "fields")),
        *_filters(resource),
    ]
    response = {"content": dict.fromkeys(types, file)}
    return _get(f"export_{_operation(resource)}", f"File of: {resource.title}", resource.key, response, parameters=parameters)


def _import(resource: type[Resource]) -> dict[str, Any]:
    file = {"schema": {"type": "string", "format": "binary"}}
    types = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/json")
    text = "Rows with an `id` are changed, the others created; all or none. With `dry_run=1` nothing is written and all problems are told."
    done = {"description": "Imported, or tried.", **_json(_ref("Imported")), "headers": _replayed()}
    operation = _write(
        f"import_{_operation(resource)}", f"From a file: {resource.title}", resource, text, dict.fromkeys(types, file), {"200": done}
    )
    operation["parameters"].extend(
        [
            {
                "name": "dry_run",
                "in": "query",
                "schema": {"type": "string", "enum": ["0", "1"]},
                "description": "1: only tell the problems.",
            },
            {
                "name": "format",
                "in": "query",
                "schema": {"type": "string", "enum": ["csv", "xlsx", "json"]},
                "description": "When the content type does not say it.",
            },
        ]
    )
    return operation


def _write(
    operation: str,
    summary: str,
    resource: type[Resource],
    text: str,
    content: Mapping[str, Any] | None,
    done: Mapping[str, Any],
    *,
    reason: bool = True,
) -> dict[str, Any]:
    names = ("idempotency_key", "reason") if reason else ("idempotency_key",)
    found: dict[str, Any] = {
        "operationId": operation,
        "summary": summary,
        "description": text,
        "tags": [resource.key],
        "parameters": [{"$ref": f"#/components/parameters/{n}"} for n in names],
        "responses": {**done, **_problems(WRITING)},
    }
    if content is not None:
        found["requestBody"] = {"required": True, "content": dict(content)}
    return found


def _token_paths(schemas: dict[str, Any]) -> dict[str, Any]:
    body = _body(NewToken, schemas)
    schemas["Token"] = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "prefix": {"type": "string"},
            "scopes": {"type": "array", "items": {"type": "string"}},
            "created_at": {"type": "string", "format": "date-time"},
            "expires_at": {"type": ["string", "null"], "format": "date-time"},
            "revoked_at": {"type": ["string", "null"], "format": "date-time"},
            "last_used_at": {"type": ["string", "null"], "format": "date-time", "description": "To the minute."},
            "secret": {"type": ["string", "null"], "description": "Shown once, when the token is made."},
        },
    }
    listed = {"type": "object", "properties": {"data": {"type": "array", "items": _ref("Token")}}}
    key = [{"$ref": "#/components/parameters/idempotency_key"}]
    make = {
        "operationId": "create_token",
        "summary": "Make a token of your own",
        "tags": ["tokens"],
        "parameters": key,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref(body), "example": {"name": "Web shop", "scopes": ["sales.*"]}}},
        },
        "responses": {"201": {"description": "Made; the secret is not shown again.", **_json(_ref("Token"))}, **_problems(WRITING)},
    }
    revoke = {
        "operationId": "revoke_token",
        "summary": "Revoke a token for ever",
        "tags": ["tokens"],
        "parameters": key,
        "responses": {"204": {"description": "Revoked."}, **_problems(READING)},
    }
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/api/v1/tokens": {"get": _get("list_tokens", "Your own tokens", "tokens", _json(listed)), "post": make},
        "/api/v1/tokens/{id}": {
            "parameters": [one],
            "get": _get("get_token", "One of your tokens", "tokens", _json(_ref("Token"))),
            "delete": revoke,
        },
    }


def _file_paths(schemas: dict[str, Any]) -> dict[str, Any]:
    schemas["File"] = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "media_type": {"type": "string", "description": "Guessed from the name."},
            "size": {"type": "integer", "description": "Bytes."},
            "sha256": {"type": "string"},
            "created_by": {"type": "string"},
            "created_at": {"type": "string", "format": "date-time"},
            "href": {"type": "string", "description": "Where its content is."},
        },
    }
    listed = {"type": "object", "properties": {"data": {"type": "array", "items": _ref("File")}}}
    content = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    put = {
        "operationId": "attach_file",
        "summary": "Put a file on a record",
        "description": "The body is the file. The same bytes under the same name are kept once.",
        "tags": ["files"],
        "parameters": [
            {"name": "name", "in": "query", "required": True, "schema": {"type": "string"}, "description": "What it is called."}
        ],
        "requestBody": {"required": True, **content},
        "responses": {"201": {"description": "On the record.", **_json(_ref("File"))}, **_problems(WRITING)},
    }
    take = {
        "operationId": "detach_file",
        "summary": "Take a file off a record",
        "tags": ["files"],
        "responses": {"204": {"description": "Taken off."}, **_problems(READING)},
    }
    words = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in ("resource", "id", "file")]
    return {
        "/api/v1/{resource}/{id}/files": {
            "parameters": words[:2],
            "get": _get("list_files", "The files on a record", "files", _json(listed)),
            "post": put,
        },
        "/api/v1/{resource}/{id}/files/{file}": {
            "parameters": words,
            "get": _get("get_file", "The content of a file", "files", content),
            "delete": take,
        },
    }


def _bank_file() -> dict[str, Any]:
    words = [
        {"name": "name", "in": "query", "required": True, "schema": {"type": "string"}, "description": "What the file is called."},
        {
            "name": "account",
            "in": "query",
            "schema": {"type": "string"},
            "description": "The bank account, where the file does not tell (CSV).",
        },
    ]
    counted = {name: {"type": "integer"} for name in ("lines", "known")}
    made = {
        "type": "object",
        "properties": {"format": {"type": "string"}, "statements": {"type": "array", "items": {"type": "string"}}, **counted},
    }
    return {
        "operationId": "import_bank_file",
        "summary": "Import a bank file",
        "description": "The body is a camt.053, MT940, OFX or CSV file. All of it is imported, or nothing; what is there already adds nothing.",
        "tags": ["bank-statements"],
        "parameters": words,
        "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": {"200": {"description": "What was added.", **_json(made)}, **_problems(WRITING)},
    }


def _row_schema(resource: type[Resource], columns: Sequence[Column]) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": {"type": "string"}}
    if any(f.name == "version" for f in resource.model._meta.concrete_fields):
        properties["version"] = {"type": "integer", "description": "Moves with every change."}
    for column in columns:
        properties[column.path] = _value_schema(column)
        if column.currency:
            properties[column.currency] = {"type": ["string", "null"], "description": "Currency of the amount."}
    example = {"id": "42", **{c.path: EXAMPLES.get(c.kind, "") for c in columns}}
    return {"type": "object", "required": ["id"], "properties": properties, "example": example}


def _value_schema(column: Column) -> dict[str, Any]:
    if column.kind == "link":
        return {"anyOf": [_ref("Link"), {"type": "null"}], "description": str(column.title)}
    schema = dict(KIND_SCHEMAS.get(column.kind, {}))
    if "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        schema["type"] = [*kinds, "null"]
    return {**schema, "description": str(column.title)}


def _detail_schema(resource: type[Resource]) -> dict[str, Any]:
    schema = _row_schema(resource, resource.detail())
    for lines in resource.lines:
        properties: dict[str, Any] = {"id": {"type": "string"}}
        properties.update({c.path: _value_schema(c) for c in lines.shown()})
        schema["properties"][lines_name(lines)] = {"type": "array", "items": {"type": "object", "properties": properties}}
    schema["properties"]["open"] = {
        "type": "object",
        "properties": {
            "verbs": {"type": "array", "items": _ref("OpenVerb")},
            "edit": {"type": "boolean", "description": "Whether you may change it as it stands."},
        },
    }
    if resource.amend_permission:
        schema["properties"]["open"]["properties"]["amend"] = {
            "type": "boolean",
            "description": "Whether you may change it although it is in force, by PATCH with a reason; the version before stays.",
        }
        schema["properties"]["earlier_versions"] = {"type": "array", "items": _ref("EarlierVersion"), "description": "The newest first."}
    return schema


def _earlier_version() -> dict[str, Any]:
    difference = {
        "type": "object",
        "description": "Of the record itself, or of a line; without a field: the whole line came or went. References are [key, name].",
        "properties": {"lines": {"type": "string"}, "line": {"type": "integer"}, "field": {"type": "string"}, "before": {}, "after": {}},
    }
    return {
        "type": "object",
        "description": "What a document said until it was amended.",
        "properties": {
            "number": {"type": "integer"},
            "content": {"type": "object"},
            "until": {"type": "string", "format": "date-time"},
            "by": {"type": "string"},
            "reason": {"type": "string"},
            "differences": {"type": "array", "items": difference},
        },
    }


def _open_verb() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in ("verb", "title", "href")}
    return {"type": "object", "properties": {**texts, "needs_reason": {"type": "boolean"}, "dangerous": {"type": "boolean"}}}


def _outcome() -> dict[str, Any]:
    keys = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "required": ["ids"],
        "properties": {
            "ids": {**keys, "description": "The records worked on."},
            "made": {"type": "object", "additionalProperties": keys, "description": "What came of it, by resource."},
            "told": {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "Said once and kept nowhere, such as a link that sets a password; a replayed call does not hear it again.",
            },
            "done": {"type": "string"},
        },
    }


def _imported() -> dict[str, Any]:
    keys = {"type": "array", "items": {"type": "string"}}
    problem = {"type": "object", "properties": {"row": {"type": "integer"}, "problem": {"type": "string"}, "fields": {"type": "object"}}}
    return {
        "type": "object",
        "properties": {
            "dry_run": {"type": "boolean"},
            "total": {"type": "integer"},
            "created": keys,
            "changed": keys,
            "problems": {"type": "array", "items": problem},
        },
    }


def _parameters() -> dict[str, Any]:
    def word(name: str, text: str, **schema: Any) -> dict[str, Any]:
        return {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string", **schema}}

    return {
        "search": word("q", "Words that must all occur."),
        "sort": word("sort", "A field, with `-` before it for descending.", examples=["-on"]),
        "after": word("after", "Mark of the page before; take it from `next`."),
        "before": word("before", "Mark of the page after; take it from `previous`."),
        "limit": {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": "Rows of a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT, "default": 50},
        },
        "fields": word("fields", "Only these fields, separated by commas."),
        "count": word("count", "1: tell the number of rows too.", enum=["0", "1"]),
        "reason": word("reason", "Why; kept in the history."),
        "if_match": {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": "ETag last seen; refused (412) when the record has moved on.",
            "schema": {"type": "string"},
        },
        "idempotency_key": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Makes the write happen once: a repeated request gets the first result; another request under the same key is refused (422).",
            "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH},
        },
    }


def _problem_response(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": _ref("Problem"), "example": PROBLEM_EXAMPLE}}}


def _problems(codes: Sequence[str]) -> dict[str, Any]:
    return {code: {"$ref": f"#/components/responses/{code}"} for code in codes}


def _etag() -> dict[str, Any]:
    return {"ETag": {"description": "The version, in quotes.", "schema": {"type": "string"}}}


def _replayed() -> dict[str, Any]:
    return {"Idempotent-Replayed": {"description": "`true` when this is the result of an earlier request.", "schema": {"type": "string"}}}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": dict(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _id(resource: type[Resource]) -> dict[str, Any]:
    text = not isinstance(resource.model._meta.pk, models.IntegerField)
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "string", **({} if text else {"pattern": "^[0-9]+$"})}}


def _body(schema: type[BaseModel], schemas: dict[str, Any]) -> str:
    """Keep a pydantic model among the components; its name there."""
    found = schema.model_json_schema(ref_template="#/components/schemas/{model}")
    _keep_definitions(found, schemas)
    schemas[schema.__name__] = found
    return schema.__name__


def _keep_definitions(found: dict[str, Any], schemas: dict[str, Any]) -> None:
    schemas.update(found.pop("$defs", {}))


def _name(text: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[^a-zA-Z0-9]+", text))


def _operation(resource: type[Resource]) -> str:
    return resource.key.replace("-", "_")


def example_of(parameters: type[BaseModel]) -> dict[str, Any]:
    """Values for the parameters that a verb cannot do without, such as a reader would type."""
    schema = parameters.model_json_schema()
    return {name: _example(schema["properties"][name], schema) for name in schema.get("required", ())}


def _example(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(schema[choice][0], root)
    if "enum" in schema or "const" in schema:
        return schema.get("const", next(iter(schema.get("enum", [""]))))
    if schema.get("format") in {"date", "date-time"}:
        return EXAMPLES["date" if schema["format"] == "date" else "moment"]
    make: dict[str, Callable[[], Any]] = {
        "integer": lambda: 1,
        "number": lambda: 1,
        "boolean": lambda: True,
        "array": lambda: [_example(schema.get("items", {}), root)],
        "object": lambda: {n: _example(schema["properties"][n], root) for n in schema.get("required", ())},
    }
    return make.get(schema.get("type", ""), lambda: "text")()
