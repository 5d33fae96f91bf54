"""Bringing files of vendors through the API."""

from django.http import HttpRequest, HttpResponse

from fondaco.finance.einvoicing.outside.asking import LARGEST
from fondaco.finance.einvoicing.receiving import RECEIVE, bring
from fondaco.interfaces.api.bodies import words
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.api.views import answer
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.unit import unit_of_work


@route(RECEIVE, "POST")
def received_file(request: HttpRequest) -> HttpResponse:
    """Take one file, the body, called as ``name`` says: an e-invoice of a vendor, or a notice of SdI. The same file again adds nothing."""
    called = words(request, ("name",)).get("name", "") or "file"
    actor = request.actor  # type: ignore[attr-defined]
    companies = [company for company in Company.objects.order_by("pk") if actor.may(RECEIVE, company.pk)]
    with unit_of_work(actor.username, "einvoicing.bring"):
        done = bring(called, request.read(LARGEST + 1), companies)
    return answer({"new": done.is_new, "received": [str(key) for key in done.received]}, 201 if done.is_new else 200)
