"""Files out and in: what a list shows as a spreadsheet, a document as PDF, and records from a file."""

from pathlib import PurePath
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import flash, page
from fondaco.interfaces.web.screens.asked import query_of, resource_called
from fondaco.interfaces.web.screens.lists import chosen_columns
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.files.background import start_import
from fondaco.platform.resources.exporting import export
from fondaco.platform.resources.importing import import_file
from fondaco.platform.resources.reading import rows_for
from fondaco.platform.resources.schema import lines_name, writable_lines

SHOWN = 30
#: Larger files, in bytes, are imported by the worker; nobody waits before a page that does not answer.
BACKGROUND = 64 * 1024


@door(SIGNED_IN, "GET")
def export_list(request: HttpRequest, key: str) -> FileResponse:
    """Exactly the rows the list shows, in the columns it shows, limited to what the asker may see."""
    resource = resource_called(key, request)
    given = {k: v for k, v in request.GET.items() if k != "format"}
    made = export(
        resource,
        request.actor,  # type: ignore[attr-defined]
        query_of(request, resource, given),
        format=request.GET.get("format", "xlsx"),
        columns=chosen_columns(request, resource),
        titles=True,
    )
    return FileResponse(made.file, as_attachment=True, filename=made.name, content_type=made.content_type)


@door(SIGNED_IN, "GET")
def pdf(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """A document as it is printed, in its partner's language."""
    resource = resource_called(key, request)
    printed = getattr(resource, "printed", None)
    if printed is None:
        raise Http404
    row = rows_for(resource, request.actor).filter(pk=pk).first()  # type: ignore[attr-defined]
    if row is None:
        raise NotFound(what=f"{resource.title_one} {pk}")
    response = HttpResponse(printed(row), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slugify(str(row)) or pk}.pdf"'
    return response


@door(SIGNED_IN, "GET", "POST")
def import_list(request: HttpRequest, key: str) -> HttpResponse:
    """Bring records in from a file: tried first without writing, all problems at once, then everything or nothing."""
    resource = resource_called(key, request)
    names = [*resource.writable, *(f"{lines_name(ln)}.{n}" for ln in writable_lines(resource) for n in ln.writable)]
    context: dict[str, Any] = {
        "title": _("Import: {what}").format(what=resource.title), "resource": resource, "back": resource.url(), "action": request.path, "names": ", ".join(names[:24]), "errors": [],
    }  # fmt: skip
    if request.method == "GET":
        return page(request, "web/import.html", context)
    file = request.FILES.get("file")
    if file is None:
        return page(
            request, "web/import.html", {**context, "errors": [{"text": _("Choose a file first."), "field": "id_file"}]}, status=422
        )
    kind = PurePath(file.name or "").suffix.lstrip(".").lower() or "csv"
    trying = "dry_run" in request.POST
    if not trying and (file.size or 0) > BACKGROUND:
        asked = start_import(request.actor, resource, file.name or f"import.{kind}", file.chunks(), format=kind)  # type: ignore[attr-defined]
        return HttpResponseRedirect(f"/-/jobs/{asked.pk}")
    try:
        done = import_file(request.actor, resource, file.read(), format=kind, dry_run=trying)  # type: ignore[attr-defined]
    except UserError as refusal:
        return page(
            request,
            "web/import.html",
            {**context, "errors": [{"text": refusal.sentence()}, *_rows(refusal.rows)], "errors_title": _("Nothing was imported")},
            status=refusal.status,
        )
    if trying:
        said = ngettext("%(n)s record can be imported as it is.", "%(n)s records can be imported as they are.", done.total) % {
            "n": done.total
        }
        return page(
            request,
            "web/import.html",
            {
                **context,
                "errors": _rows(done.problems),
                "errors_title": _("These rows would be refused"),
                "said": "" if done.problems else said,
            },
        )
    flash(request, ngettext("%(n)s record imported", "%(n)s records imported", done.total) % {"n": done.total})
    return HttpResponseRedirect(resource.url())


def _rows(problems: Any) -> list[dict[str, str]]:
    return [{"text": _("Row {row}: {problem}").format(row=p.get("row", "?"), problem=p.get("problem", ""))} for p in list(problems)[:SHOWN]]
