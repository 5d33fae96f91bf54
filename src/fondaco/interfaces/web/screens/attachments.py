"""Files on a record: put on, opened, taken off."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.files import download
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import flash
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.platform.files.attaching import attach, attached, detach, files_of, kept_files, may_attach
from fondaco.platform.resources.declare import Resource


def shown_files(actor: Any, resource: type[Resource], pk: int) -> dict[str, Any]:
    """The files of a record and what may be done with them, for its page."""
    here = f"{resource.url(pk)}/files"
    may = may_attach(actor, resource)
    files = files_of(actor, resource, pk)
    kept = kept_files(files) if may else set()
    return {
        "add_url": here if may else None,
        "files": [
            {
                "name": f.name,
                "size": f.size,
                "who": f.created_by,
                "when": f.created_at,
                "url": f"{here}/{f.pk}",
                "remove_url": f"{here}/{f.pk}/remove" if may and f.pk not in kept else None,
            }
            for f in files
        ],
    }


@door(SIGNED_IN, "POST")
def add(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Put the chosen files on a record."""
    resource = resource_called(key, request)
    uploads = [(file.name or "", file.chunks()) for file in request.FILES.getlist("files")]
    if uploads:
        attach(request.actor, resource, pk, uploads)  # type: ignore[attr-defined]
    else:
        flash(request, _("Choose a file first."))
    return HttpResponseRedirect(f"{resource.url(pk)}#files")


@door(SIGNED_IN, "GET")
def content(request: HttpRequest, key: str, pk: int, file: int) -> FileResponse:
    """The file as it was put on, to be saved and never to be run in the browser."""
    return download(attached(request.actor, resource_called(key, request), pk, file))  # type: ignore[attr-defined]


@door(SIGNED_IN, "POST")
def remove(request: HttpRequest, key: str, pk: int, file: int) -> HttpResponse:
    """Take a file off a record."""
    resource = resource_called(key, request)
    detach(request.actor, resource, pk, file)  # type: ignore[attr-defined]
    flash(request, _("The file was taken off."))
    return HttpResponseRedirect(f"{resource.url(pk)}#files")
