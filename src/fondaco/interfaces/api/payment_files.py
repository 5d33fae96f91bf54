"""The file of a payment run through the API."""

from django.http import HttpRequest, HttpResponse

from fondaco.interfaces.api.bodies import key_from, no_words
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.doors.payment_files import debit_file, payment_file, riba_file
from fondaco.interfaces.doors.policy import SIGNED_IN


@route(SIGNED_IN, "GET")
def file(request: HttpRequest, name: str) -> HttpResponse:
    """The file of a released run, with its SHA-256 in ``X-Fingerprint-SHA256``; refused when it is not what was released."""
    no_words(request)
    return payment_file(request, key_from(name, "id"))


@route(SIGNED_IN, "GET")
def debits(request: HttpRequest, name: str) -> HttpResponse:
    """The file of a direct debit run, with its SHA-256 in ``X-Fingerprint-SHA256``; refused when it is not what was collected."""
    no_words(request)
    return debit_file(request, key_from(name, "id"))


@route(SIGNED_IN, "GET")
def receipts(request: HttpRequest, name: str) -> HttpResponse:
    """The file of a RiBa presentation, with its SHA-256 in ``X-Fingerprint-SHA256``; refused when it is not what was presented."""
    no_words(request)
    return riba_file(request, key_from(name, "id"))
