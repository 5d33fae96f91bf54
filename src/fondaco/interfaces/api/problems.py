"""Refusals as problem details (RFC 9457): the sentence the user would read, in the reader's language, with a stable code."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from pydantic_core import to_json

from fondaco.platform.database.refusals import NotFound, UserError

CONTENT_TYPE = "application/problem+json"


class NoSuchAddress(UserError):
    code, status = "api.no_such_address", 404
    message = _("There is nothing at {path}. The addresses are listed at /api/docs.")


class WrongMethod(UserError):
    code, status = "api.wrong_method", 405
    message = _("{path} does not answer {method}; it answers {allowed}.")


class WrongType(UserError):
    code, status = "api.wrong_content_type", 415
    message = _("The request must be {wanted}, but it says it is “{given}”.")


class TooLarge(UserError):
    code, status = "api.too_large", 413
    message = _("The request is larger than {limit} MB. Send it in several parts.")


class VersionMoved(UserError):
    code, status = "api.precondition_failed", 412
    message = _("{sentence}")


class BadParameter(UserError):
    code, status = "api.bad_parameter", 400
    message = _("“{name}” in the address cannot be used: {why}")


class TooFast(UserError):
    code, status = "api.too_many_requests", 429
    message = _("Too many requests came at once. Wait {seconds} s, then go on more slowly.")


class Busy(UserError):
    code, status = "api.busy", 503
    message = _("The database cannot answer now. Nothing of this request was saved; repeat it with the same Idempotency-Key.")


class Fault(UserError):
    code, status = "api.fault", 500
    message = _("Something went wrong here, and nothing was saved. Tell the administrator the number {reference}; it is in the log.")


def problem(request: HttpRequest, refusal: UserError) -> HttpResponse:
    """The answer that carries a refusal."""
    with translation.override(language_of(request)):
        content = as_json(refusal)
    response = HttpResponse(to_json(content), status=refusal.status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="fondaco"'
    if refusal.status in {429, 503}:
        response.headers["Retry-After"] = str(refusal.figures.get("seconds", 1))
    return response


def as_json(refusal: UserError) -> dict[str, Any]:
    """A refusal as problem details; must run in the reader's language."""
    content: dict[str, Any] = {
        "type": f"/api/problems/{refusal.code}",
        "title": title_of(type(refusal)),
        "status": refusal.status,
        "detail": refusal.sentence(),
        "code": refusal.code,
    }
    errors = [{"pointer": pointer(path), "detail": str(sentence)} for path, sentence in refusal.fields.items()]
    for row in refusal.rows:
        if "row" in row:
            errors.extend({"pointer": f"/{row['row']}{pointer(path)}", "detail": str(s)} for path, s in row.get("fields", {}).items())
    if errors:
        content["errors"] = errors
    if refusal.rows:
        content["rows"] = [_row(row) for row in refusal.rows]
    return content


def _row(row: Any) -> dict[str, Any]:
    return {k: {p: str(s) for p, s in v.items()} if isinstance(v, dict) else v if isinstance(v, int) else str(v) for k, v in row.items()}


def pointer(path: str) -> str:
    """A JSON pointer (RFC 6901) to a field path such as ``lines.2.quantity``."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path.split(".")) if path else ""


def title_of(refusal: type[UserError]) -> str:
    """The name of a kind of refusal in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", refusal.__name__).capitalize()


def language_of(request: HttpRequest) -> str:
    """The reader's language: his own when he is known, else what his program asks for."""
    actor = getattr(request, "actor", None)
    return actor.language if actor is not None and actor.user_id else translation.get_language_from_request(request)


def kinds() -> dict[str, type[UserError]]:
    """Every kind of refusal by its code."""
    return {kind.code: kind for kind in sorted(_below(UserError), key=lambda k: k.code)}


def _below(kind: type[UserError]) -> Iterator[type[UserError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _below(below)


def explained(code: str) -> dict[str, Any]:
    """What a problem type means; refused when there is no such type."""
    kind = kinds().get(code)
    if kind is None:
        raise NotFound(what=f"{_('problem type')} {code[:80]}")
    return {"type": f"/api/problems/{code}", "code": code, "title": title_of(kind), "status": kind.status, "detail": str(kind.message)}
