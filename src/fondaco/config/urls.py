"""All addresses: the API under /api, the pages everywhere else."""

from django.urls import include, path

urlpatterns = [
    path("", include("fondaco.interfaces.api.urls")),
    path("", include("fondaco.interfaces.web.urls")),
]
handler400 = "fondaco.interfaces.web.errors.bad_request"
handler404 = "fondaco.interfaces.web.errors.not_found"
handler500 = "fondaco.interfaces.web.errors.fault"
