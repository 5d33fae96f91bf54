"""Reading requests: JSON bodies, keys, versions, headers and the words of an address. What is not understood is refused."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fondaco.interfaces.api.problems import BadParameter, TooLarge, WrongType
from fondaco.interfaces.doors.policy import BadBody
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.documents.performing import LIMIT as IDS
from fondaco.platform.documents.refusals import TooMany
from fondaco.platform.resources import strict_json
from fondaco.platform.resources.declare import Resource, resource_of
from fondaco.platform.resources.reading import LIMIT, Query
from fondaco.platform.resources.schema import Name, lines_name, writable_lines

RESERVED = ("q", "sort", "after", "before", "limit", "fields", "count", "format", "titles")
KEY_LENGTH = 200


def body_bytes(request: HttpRequest) -> bytes:
    """The body, within the size that the server takes."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    megabytes = limit // 1024 // 1024
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise TooLarge(limit=megabytes)
    try:
        return request.body
    except RequestDataTooBig as error:
        raise TooLarge(limit=megabytes) from error


def json_body(request: HttpRequest) -> Any:
    """The JSON of the body. Refuses other types, several meanings, and values that cannot be stored."""
    kind = (request.content_type or "").lower()
    if kind != "application/json" and not re.fullmatch(r"application/[a-z0-9.+-]+\+json", kind):
        raise WrongType(wanted="application/json", given=kind[:80])
    try:
        return strict_json.loads(body_bytes(request))
    except strict_json.NotStrict as error:
        raise BadBody(why=str(error)) from error


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body."""
    found = json_body(request)
    if not isinstance(found, dict):
        raise BadBody(why=_("it must be one object"))
    return found


def json_rows(request: HttpRequest) -> tuple[list[dict[str, Any]], bool]:
    """The JSON objects of the body, and whether there was one only, not in a list."""
    found = json_body(request)
    if isinstance(found, dict):
        return [found], True
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise BadBody(why=_("it must be one object or a list of objects"))
    return found, False


def words(request: HttpRequest, allowed: Sequence[str] = ()) -> dict[str, str]:
    """The words behind the question mark, each once; with ``allowed``, no others than those."""
    found = {}
    for name, values in request.GET.lists():
        if len(values) > 1:
            raise BadParameter(name=name[:80], why=_("it is given twice"))
        if allowed and name not in allowed:
            raise BadParameter(name=name[:80], why=_("known here are {names}").format(names=", ".join(allowed)))
        if any(c < " " for c in name + values[0]):
            raise BadParameter(name=name[:80], why=_("it holds a character that cannot be stored"))
        found[name] = values[0]
    return found


def no_words(request: HttpRequest) -> None:
    """Refuse words behind the question mark where none is understood, except ``reason``."""
    words(request, ("reason",))


def query_of(given: Mapping[str, str]) -> Query:
    """The list that an address asks for."""
    limit = given.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= LIMIT:
        raise BadParameter(name="limit", why=_("it is a number from 1 to {limit}").format(limit=LIMIT))
    if given.get("after") and given.get("before"):
        raise BadParameter(name="before", why=_("it cannot stand beside “after”"))
    for name in ("after", "before", "q", "sort"):
        if len(given.get(name, "")) > 4000:
            raise BadParameter(name=name, why=_("it is too long"))
    filters = {name: value for name, value in given.items() if name not in RESERVED}
    return Query(filters, given.get("q", ""), given.get("sort", ""), given.get("after", ""), given.get("before", ""), int(limit))


def flag(given: Mapping[str, str], name: str) -> bool:
    """A yes or no of the address; absent is no."""
    value = given.get(name, "0").lower()
    if value not in {"0", "1", "true", "false"}:
        raise BadParameter(name=name, why=_("write 1 or 0"))
    return value in {"1", "true"}


def key_from(value: Any, path: str) -> int:
    """A record's key given as text or number."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        sentence = _("it must be the key of a record, such as “42”")
        raise InvalidInput(record=_("The request"), problems=f"{path}: {sentence}", fields={path: sentence})
    return int(text)


def keys_from(body: dict[str, Any]) -> list[int]:
    """Take ``ids`` from a body."""
    given = body.pop("ids", None)
    if not isinstance(given, list):
        sentence = _("it must be a list of keys, such as [“42”]")
        raise InvalidInput(record=_("The request"), problems=f"ids: {sentence}", fields={"ids": sentence})
    if len(given) > IDS:
        raise TooMany(count=len(given), limit=IDS)
    return [key_from(value, f"ids.{place}") for place, value in enumerate(given)]


def versions_from(body: dict[str, Any]) -> dict[int, int]:
    """Take ``versions`` from a body: key -> version last seen."""
    given = body.pop("versions", None)
    if given is None:
        return {}
    if not isinstance(given, dict):
        sentence = _("it must be an object of versions by key, such as {“42”: 3}")
        raise InvalidInput(record=_("The request"), problems=f"versions: {sentence}", fields={"versions": sentence})
    return {key_from(key, "versions"): key_from(version, f"versions.{key}") for key, version in given.items()}


def reason_from(body: dict[str, Any]) -> str:
    """Take ``reason`` from a body."""
    given = body.pop("reason", "")
    if not isinstance(given, str) or len(given) > 2000:
        sentence = _("it must be a text of at most 2000 characters")
        raise InvalidInput(record=_("The request"), problems=f"reason: {sentence}", fields={"reason": sentence})
    return given


def reason_of(request: HttpRequest) -> str:
    """The reason given in the address of a write that has no place for it in its body."""
    return words(request, ("reason",)).get("reason", "")[:2000]


def idempotency_key(request: HttpRequest) -> str:
    """The header ``Idempotency-Key``; empty when there is none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{KEY_LENGTH}}}", key):
        raise BadParameter(
            name="Idempotency-Key", why=_("it is 1 to {length} printable characters without blanks").format(length=KEY_LENGTH)
        )
    return key


def if_match(request: HttpRequest) -> int | None:
    """The version in the header ``If-Match``; None when there is none, or when any will do (``*``)."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    found = re.fullmatch(r'\s*"([0-9]{1,18})"\s*', given)
    if found is None:
        raise BadParameter(name="If-Match", why=_('it is the ETag of the record, such as “"3"”'))
    return int(found[1])


def references_read(resource: type[Resource], row: dict[str, Any]) -> dict[str, Any]:
    """A row in which records may also be named as they are shown: ``{"id": "42"}``, or by natural key: ``{"code": "ACME"}``."""
    read = _with_references(resource.model, resource.writable, row)
    for lines in writable_lines(resource):
        name = lines_name(lines)
        if isinstance(read.get(name), list):
            read[name] = [_with_references(lines.model, lines.writable, line) if isinstance(line, dict) else line for line in read[name]]
    return read


def _with_references(model: type[models.Model], writable: Sequence[str], row: Mapping[str, Any]) -> dict[str, Any]:
    read = dict(row)
    for name in writable:
        given = read.get(name)
        field = model._meta.get_field(name)
        if isinstance(given, dict) and isinstance(field, models.ForeignKey):
            read[name] = _reference(field, given)
    return read


def _reference(field: models.ForeignKey, given: dict[str, Any]) -> Any:
    target = resource_of(field.related_model)
    natural = target.natural_key if target is not None else ""
    key = given.get("id")
    if isinstance(key, str) and set(given) <= {"id", "label"}:
        return int(key) if key.isdecimal() and len(key) < 19 and isinstance(field.target_field, models.IntegerField) else key
    if natural and set(given) == {natural} and isinstance(given[natural], str):
        return Name(given[natural])
    return given
