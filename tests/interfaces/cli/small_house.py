"""Settings of a Fondaco with one page, for tests of what serves it."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from fondaco.config.settings import *  # noqa: F403


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the house stands")


ROOT_URLCONF = __name__
MIDDLEWARE: list[str] = []
TEMPLATES: list[dict[str, object]] = []
urlpatterns = [path("", page)]
