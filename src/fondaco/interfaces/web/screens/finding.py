"""Ctrl-K: records, screens and verbs in one place, limited to what the asker may see and do."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import jobs_of
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import UserError
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, filtered, label_paths

PER_KIND = 4
MOST = 24


@door(SIGNED_IN, "GET")
def find(request: HttpRequest) -> HttpResponse:
    """What answers to the words typed: screens, new documents, records. One statement for all kinds of records."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    low = words.lower()
    actor = request.actor  # type: ignore[attr-defined]
    screens = [
        {"title": str(s["title"]), "subtitle": str(job["title"]), "url": s["url"], "icon": job["icon"], "kind": _("screen")}
        for job in jobs_of(request)
        for s in job["screens"]
        if low in str(s["title"]).lower()
    ]
    verbs = [
        {"title": _("New: {what}").format(what=r.title_one), "subtitle": "", "url": f"{r.url()}/new", "icon": "plus", "kind": _("verb")}
        for r in RESOURCES.values()
        if r.write_permission and actor.may(r.write_permission) and low and (low in str(r.title_one).lower() or low in _("New").lower())
    ]
    groups: list[dict[str, Any]] = []
    if len(words) >= 2:
        groups.append({"title": _("Records"), "items": records(actor, words)})
    groups += [{"title": _("Screens"), "items": screens[:8]}, {"title": _("Verbs"), "items": verbs[:6]}]
    return JsonResponse({"groups": [g for g in groups if g["items"]]})


def records(actor: Any, words: str) -> list[dict[str, Any]]:
    """The best few records of every kind that the actor may see, in one statement."""
    parts, parameters, kinds = [], [], []
    for resource in RESOURCES.values():
        if not resource.search or not resource.job or not actor.may(resource.view_permission):
            continue
        try:
            rows = filtered(resource, actor, Query(search=words))
        except UserError:
            continue
        paths = label_paths(resource.model)
        plain = visible(resource.model._default_manager.filter(pk__in=rows.order_by().values("pk")), actor, resource.view_permission)
        sql, values = plain.order_by("-pk").values_list("pk", *paths[:1])[:PER_KIND].query.sql_with_params()
        kinds.append(resource)
        parts.append(f"select {len(kinds) - 1} as kind, found.a::text, found.b::text from ({sql}) as found(a, b)")
        parameters += list(values)
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(parts) + f" limit {MOST}", parameters)
        found = cursor.fetchall()
    return [
        {
            "title": label or f"{kinds[kind].title_one} {pk}",
            "subtitle": "",
            "url": kinds[kind].url(pk),
            "icon": kinds[kind].icon,
            "kind": str(kinds[kind].title_one),
        }
        for kind, pk, label in found
    ]
