"""The file of a payment run, given out at the doors: whole and as it was released, or not at all."""

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from fondaco.finance.remittance.models import Collection, PaymentRun, Presentation
from fondaco.finance.remittance.queries import FETCH_FILE, collected_file, file_of, presented_file
from fondaco.finance.remittance.resources import CollectionResource, PaymentRunResource, PresentationResource
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotAllowed, NotFound


def run_seen(request: HttpRequest, pk: int) -> PaymentRun:
    """A run that the asker may see. Raises NotFound."""
    run = visible(PaymentRun.objects.filter(pk=pk), request.actor, PaymentRunResource.view_permission).first()  # type: ignore[attr-defined]
    if run is None:
        raise NotFound(what=f"{PaymentRunResource.title_one} {pk}")
    return run


def payment_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a released run, to be saved. Raises FileChanged when it is not what was released."""
    run = run_seen(request, pk)
    if not request.actor.may(FETCH_FILE, run.company_id):  # type: ignore[attr-defined]
        raise NotAllowed(verb=_("File for the bank"), what=run, permission=FETCH_FILE)
    kept = file_of(run)
    return _saved(run, kept.content, kept.digest)


def debit_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a direct debit run, to be saved. Raises FileChanged when it is not what was collected."""
    run = visible(Collection.objects.filter(pk=pk), request.actor, CollectionResource.view_permission).first()  # type: ignore[attr-defined]
    if run is None:
        raise NotFound(what=f"{CollectionResource.title_one} {pk}")
    if not request.actor.may(FETCH_FILE, run.company_id):  # type: ignore[attr-defined]
        raise NotAllowed(verb=_("File for the bank"), what=run, permission=FETCH_FILE)
    return _saved(run, collected_file(run), run.fingerprint)


def riba_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The flat file of a RiBa presentation, to be saved. Raises FileChanged when it is not what was presented."""
    run = visible(Presentation.objects.filter(pk=pk), request.actor, PresentationResource.view_permission).first()  # type: ignore[attr-defined]
    if run is None:
        raise NotFound(what=f"{PresentationResource.title_one} {pk}")
    if not request.actor.may(FETCH_FILE, run.company_id):  # type: ignore[attr-defined]
        raise NotAllowed(verb=_("File for the bank"), what=run, permission=FETCH_FILE)
    return _saved(run, presented_file(run), run.fingerprint, "text/plain; charset=us-ascii", "txt")


def _saved(
    run: PaymentRun | Collection | Presentation, content: str, digest: str, kind: str = "application/xml", ending: str = "xml"
) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{slugify(str(run).replace("/", "-"))}.{ending}"'
    response["X-Fingerprint-SHA256"] = digest
    response["Cache-Control"] = "no-store"
    return response
