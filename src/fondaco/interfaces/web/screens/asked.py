"""What an address asks for: which resource, and which of its rows."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from fondaco.interfaces.web.frame import company_of
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.reading import Query

RESERVED = {"q", "sort", "after", "before", "columns", "board", "saved", "group"}
ROWS = 50


def whole(text: str) -> int | None:
    """The whole number that ``text`` writes, as keys and versions travel; None where it is none that can be stored."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def resource_called(key: str, request: HttpRequest) -> type[Resource]:
    """The resource of an address; not there, or not the asker's to see, is refused."""
    resource = RESOURCES.get(key)
    if resource is None:
        raise Http404
    if not request.actor.may(resource.view_permission):  # type: ignore[attr-defined]
        raise NotAllowed(verb=_("see"), what=resource.title, permission=resource.view_permission)
    return resource


def query_of(request: HttpRequest, resource: type[Resource], given: Mapping[str, Any] | None = None) -> Query:
    """What the address asks for; the current company is part of it where rows belong to one."""
    source = given if given is not None else request.GET
    filters = {k: v for k, v in source.items() if k not in RESERVED and v != ""}
    company = company_of(request)
    path = getattr(resource.model, "company_path", "company")
    if company is not None and path and path != "id" and not any(k == path or k == "company" for k in filters):
        filters = {**filters, **_company_filter(resource, path, company.pk)}
    return Query(
        filters=filters,
        search=source.get("q", ""),
        sort=source.get("sort", ""),
        after=source.get("after", ""),
        before=source.get("before", ""),
        limit=ROWS,
    )


def _company_filter(resource: type[Resource], path: str, company: int) -> dict[str, str]:
    known = {c.path for c in [*resource.shown(), *resource.detail()]} | set(resource.filters) | set(resource.writable)
    return {path: str(company)} if path in known else {}
