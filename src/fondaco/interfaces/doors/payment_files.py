"""The file of a payment run, given out at the doors: whole and as it was released, or not at all."""

from django.http import HttpRequest, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from fondaco.finance.remittance.models import Collection, PaymentRun
from fondaco.finance.remittance.queries import FETCH_FILE, collected_file, file_of
from fondaco.finance.remittance.resources import CollectionResource, PaymentRunResource
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


def _saved(run: PaymentRun | Collection, content: str, digest: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{slugify(str(run).replace("/", "-"))}.xml"'
    response["X-Fingerprint-SHA256"] = digest
    response["Cache-Control"] = "no-store"
    return response
