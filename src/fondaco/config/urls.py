"""All addresses: the API under /api, the pages everywhere else."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

for room in settings.ROOMS:
    for furniture in ("resources", "checks", "reactions", "panels"):
        if find_spec(f"{room}.{furniture}"):
            import_module(f"{room}.{furniture}")

urlpatterns = [
    path("", include("fondaco.interfaces.web.urls")),
]
handler400 = "fondaco.interfaces.web.errors.bad_request"
handler404 = "fondaco.interfaces.web.errors.not_found"
handler500 = "fondaco.interfaces.web.errors.fault"
