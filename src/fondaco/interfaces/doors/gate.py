"""The gate before all doors: the host says which tenant is served. Who comes to no tenant is turned away here, before any data."""

import logging
from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from fondaco.interfaces.api.problems import Busy, problem
from fondaco.interfaces.web.errors import turned_away
from fondaco.platform.database import tenancy
from fondaco.platform.database.refusals import UserError
from fondaco.platform.tenants.directory import tenant_at

log = logging.getLogger(__name__)


class TenantOfHost:
    """Serve the tenant of the request's host, and only while the request lasts. Out of the way where there is one tenant.

    The directory is asked for every request: a tenant that was just suspended, or a host that was just given, counts at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not tenancy.several():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            tenant = tenant_at(request.get_host())
        except UserError as refusal:
            return _refused(request, refusal)
        except (OperationalError, InterfaceError):
            log.exception("The database did not say who is served under %s", request.get_host())
            return _refused(request, Busy())
        with tenancy.serving(tenant):
            return self.get_response(request)


def _refused(request: HttpRequest, refusal: UserError) -> HttpResponse:
    return problem(request, refusal) if request.path.startswith("/api/") else turned_away(request, refusal)
