"""What stands around every page: jobs, company, user; and drawing a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.web.formatting import Formatting, formatting_for, read_as
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import RESOURCES

JOBS = (
    ("today", gettext_lazy("Today")),
    ("sell", gettext_lazy("Sell")),
    ("serve", gettext_lazy("Serve")),
    ("deliver", gettext_lazy("Deliver")),
    ("buy", gettext_lazy("Buy")),
    ("make", gettext_lazy("Make")),
    ("people", gettext_lazy("People")),
    ("books", gettext_lazy("Books")),
    ("insight", gettext_lazy("Insight")),
    ("set_up", gettext_lazy("Set up")),
)

#: The groups of a job's menu, in order; their heads are shown where a menu has more than one.
GROUPS = {
    "daily": gettext_lazy("Daily work"),
    "team": gettext_lazy("Team"),
    "bins": gettext_lazy("Bins and picking"),
    "shipping": gettext_lazy("Shipping"),
    "stock": gettext_lazy("Stock"),
    "costs": gettext_lazy("Value and costs"),
    "customers": gettext_lazy("Customers"),
    "vendors": gettext_lazy("Vendors"),
    "bank": gettext_lazy("Bank"),
    "tax": gettext_lazy("Taxes"),
    "reports": gettext_lazy("Reports"),
    "set_up": gettext_lazy("Set-up"),
}


@dataclass(frozen=True)
class Screen:
    """A screen that is no list of a resource: in which job's menu, in which group and where in it, and the permission it asks for."""

    job: str
    group: str
    place: int
    title: Any
    url: str
    right: str


SCREENS: list[Screen] = []


def companies_of(request: HttpRequest) -> list[Company]:
    """The companies the actor works in, by name; read once a request."""
    found = getattr(request, "_companies", None)
    if found is None:
        allowed = request.actor.companies()  # type: ignore[attr-defined]
        rows = Company.objects.select_related("currency").order_by("name", "id")
        found = list(rows if allowed is None else rows.filter(pk__in=allowed))
        request._companies = found  # type: ignore[attr-defined]
    return found


def company_of(request: HttpRequest) -> Company | None:
    """The company being looked at: the one chosen in this session, else the first."""
    companies = companies_of(request)
    chosen = request.session.get("company")  # type: ignore[attr-defined]
    return next((c for c in companies if c.pk == chosen), companies[0] if companies else None)


def formats_of(request: HttpRequest) -> Formatting:
    """The reader's way of writing figures and days, in the time zone of his company."""
    company = company_of(request)
    return formatting_for(request.actor.language, ZoneInfo(company.time_zone if company else "UTC"))  # type: ignore[attr-defined]


def jobs_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The rail: jobs with the screens the actor may open, the current ones marked."""
    actor, path = request.actor, request.path  # type: ignore[attr-defined]
    jobs = []
    for key, title in JOBS:
        screens = _screens(actor, path, key)
        if key == "today":
            jobs.append({"key": key, "title": title, "icon": key, "url": "/", "current": path == "/", "screens": []})
        elif screens:
            jobs.append(
                {
                    "key": key,
                    "title": title,
                    "icon": key.replace("_", ""),
                    "url": screens[0]["url"],
                    "current": any(s["current"] for s in screens),
                    "screens": screens,
                }
            )
    return jobs


def _screens(actor: Actor, path: str, job: str) -> list[dict[str, Any]]:
    """The screens of a job that the actor may open: daily work first, rare ones last; the first of each group carries its head."""
    found = [(s.group, s.place, s.title, s.url) for s in SCREENS if s.job == job and actor.may(s.right)]
    found += [(r.group, r.place, r.title, r.url()) for r in RESOURCES.values() if r.job == job and actor.may(r.view_permission)]
    order = list(GROUPS)
    found.sort(key=lambda screen: (order.index(screen[0]), screen[1]))
    several = len({group for group, *_rest in found}) > 1
    return [
        {
            "title": title,
            "url": url,
            "current": path == url or path.startswith(url + "/"),
            "head": GROUPS[group] if several and (n == 0 or found[n - 1][0] != group) else "",
        }
        for n, (group, _place, title, url) in enumerate(found)
    ]


def page(request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Draw a page for the reader: his language, his figures, the frame around it."""
    actor = request.actor  # type: ignore[attr-defined]
    language = translation.get_language() or "en"
    signed_in = actor.user_id is not None
    company = company_of(request) if signed_in else None
    frame: dict[str, Any] = {
        "language": language,
        "theme": actor.preferences.get("theme", "auto"),
        "density": actor.preferences.get("density", "comfortable"),
        "csrf_token": get_token(request),
        "jobs": jobs_of(request) if signed_in else [],
        "flashes": request.session.pop("flashes", []) if "flashes" in request.session else [],  # type: ignore[attr-defined]
        "title": "",
    }
    if signed_in:
        frame["user"] = {
            "name": actor.name,
            "email": actor.username,
            "initials": "".join(part[0] for part in actor.name.split()[:2]).upper() or "?",
            "takes_calls": actor.may("telephony.take_call"),
            "links": [{"title": _("Your account"), "url": "/-/account"}, {"title": _("API documentation"), "url": "/api/docs"}],
        }
    if actor.outside_id is not None:
        frame["portal"] = {"name": actor.name, "home": "/portal", "account": "/portal/account", "leave": "/portal/sign-out"}
    if company is not None:
        others = [
            {"name": c.name, "url": f"/-/company/{c.pk}?{urlencode({'next': request.path})}"}
            for c in companies_of(request)
            if c.pk != company.pk
        ]
        frame["company"] = {"name": company.name, "others": others}
    with read_as(language, ZoneInfo(company.time_zone if company else "UTC")):
        return render(request, template, {**frame, **context}, status=status, using="jinja2")


def flash(request: HttpRequest, text: str, *, tone: str = "done", url: str = "", url_label: str = "") -> None:
    """Say something on the next page."""
    message = {"text": text, "tone": tone} | ({"url": url, "url_label": url_label} if url else {})
    request.session["flashes"] = [*request.session.get("flashes", []), message]  # type: ignore[attr-defined]
