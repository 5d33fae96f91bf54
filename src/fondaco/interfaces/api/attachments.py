"""Files on records through the API."""

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from fondaco.interfaces.api.bodies import key_from, no_words, words
from fondaco.interfaces.api.problems import BadParameter
from fondaco.interfaces.api.rendering import address
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.api.views import answer, resource_named
from fondaco.interfaces.doors.files import download
from fondaco.interfaces.doors.policy import SIGNED_IN
from fondaco.platform.files.attaching import attach, attached, detach, files_of
from fondaco.platform.files.models import Attachment
from fondaco.platform.resources.declare import Resource

CHUNK = 64 * 1024


@route(SIGNED_IN, "GET", "POST")
def files(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """The files of a record; a POST puts its body on it, under the name that the address gives."""
    resource, pk, actor = resource_named(key), key_from(name, "id"), request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        no_words(request)
        return answer({"data": [_shown(resource, f) for f in files_of(actor, resource, pk)]})
    called = words(request, ("name",)).get("name", "")
    if not called:
        raise BadParameter(name="name", why=_("say what the file is called"))
    (made,) = attach(actor, resource, pk, [(called, _body(request))])
    response = answer(_shown(resource, made), 201)
    response.headers["Location"] = address(resource, f"{pk}/files/{made.pk}")
    return response


@route(SIGNED_IN, "GET", "DELETE")
def file(request: HttpRequest, key: str, name: str, file: str) -> HttpResponse | FileResponse:
    """The content of a file, or (DELETE) its end on this record."""
    no_words(request)
    resource, pk, number, actor = resource_named(key), key_from(name, "id"), key_from(file, "file"), request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        return download(attached(actor, resource, pk, number))
    detach(actor, resource, pk, number)
    return HttpResponse(status=204)


def _body(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(CHUNK):
        yield chunk


def _shown(resource: type[Resource], found: Attachment) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": found.name,
        "media_type": found.media_type,
        "size": found.size,
        "sha256": found.digest,
        "created_by": found.created_by,
        "created_at": found.created_at,
        "href": address(resource, f"{found.row_id}/files/{found.pk}"),
    }
