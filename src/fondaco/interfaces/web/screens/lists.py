"""The list of any resource: saved views, filters, search, sort, keyset pages, bulk verbs, export."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import company_of, page
from fondaco.interfaces.web.presenting import choice_word, table_of
from fondaco.interfaces.web.screens.verbs import verb_of
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.resources.declare import RESOURCES, Resource, column_of, field_at
from fondaco.platform.resources.reading import Query, columns_for, count, filtered, label_paths
from fondaco.platform.resources.reading import page as read_page

RESERVED = {"q", "sort", "after", "before", "columns", "board", "saved"}
ROWS = 50


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


@door(SIGNED_IN, "GET")
def list_screen(request: HttpRequest, key: str) -> HttpResponse:
    """One page of a resource's list."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    columns = _chosen_columns(request, resource)
    query = query_of(request, resource)
    found = read_page(resource, actor, query, columns)

    def url_with(**changes: Any) -> str:
        kept = {k: v for k, v in request.GET.items() if v != ""} | {k: v for k, v in changes.items() if v}
        for name, value in changes.items():
            if not value:
                kept.pop(name, None)
        return f"{resource.url()}?{urlencode(kept)}" if kept else resource.url()

    total, exact = count(filtered(resource, actor, query)) if not (query.after or query.before) or len(found.rows) < ROWS else (0, False)
    verbs = [verb_of(resource, action, actor) for action in resource.actions() if not action.hidden and actor.may(action.permission)]
    context = {
        "title": resource.title,
        "resource": resource,
        "head_verbs": _head_verbs(resource, actor),
        "list": {
            "views": _views(request, resource, url_with),
            "tools": {
                "search": {
                    "url": resource.url(),
                    "value": query.search,
                    "hidden": [(k, v) for k, v in request.GET.items() if k not in {"q", "after", "before"}],
                }
                if resource.search
                else None,
                "chips": _chips(request, resource, url_with),
                "filters": _filter_choices(resource, url_with),
                "columns": {
                    "items": [{"key": c.path, "title": c.title, "shown": c in columns} for c in _all_columns(resource, actor)],
                    "url": resource.url(),
                },
                "exports": [
                    {"title": _("Spreadsheet (XLSX)"), "url": f"/{key}/export?{urlencode({**request.GET.dict(), 'format': 'xlsx'})}"},
                    {"title": _("Text (CSV)"), "url": f"/{key}/export?{urlencode({**request.GET.dict(), 'format': 'csv'})}"},
                ],
            },
            "table": table_of(
                resource,
                found.columns,
                found.rows,
                caption=str(resource.title),
                sort=query.sort or resource.sort,
                url_with=url_with,
                selectable=bool(verbs),
            ),
            "bulk": {"verbs": verbs, "total": total or None} if verbs else None,
            "pager": {
                "newer_url": url_with(before=found.previous, after=None) if found.previous else None,
                "older_url": url_with(after=found.next, before=None) if found.next else None,
                "newer": _("Previous"),
                "older": _("Next"),
                "said": _said(total, exact) if total or not found.next else "",
            },
            "empty": _empty(request, resource, actor),
            "query": [(k, v) for k, v in request.GET.items() if k not in {"after", "before"}],
        },
    }
    return page(request, "web/list.html", context)


def _said(total: int, exact: bool) -> str:
    return ngettext("%(count)s row", "%(count)s rows", total) % {
        "count": f"{total:,}" if exact else _("about {count}").format(count=f"{total:,}")
    }


def _all_columns(resource: type[Resource], actor: Any) -> list[Any]:
    return columns_for([*resource.shown(), *[c for c in resource.detail() if c.path not in {s.path for s in resource.shown()}]], actor)


def _chosen_columns(request: HttpRequest, resource: type[Resource]) -> list[Any]:
    wanted = request.GET.getlist("columns")
    if not wanted:
        return resource.shown()
    return [c for c in _all_columns(resource, request.actor) if c.path in wanted] or resource.shown()  # type: ignore[attr-defined]


def _head_verbs(resource: type[Resource], actor: Any) -> list[dict[str, Any]]:
    verbs = []
    if resource.board is not None:
        verbs.append({"label": _("Board"), "url": f"{resource.url()}/board", "method": "get", "icon": "columns", "key": "b"})
    if resource.write_permission and actor.may(resource.write_permission):
        verbs.append({"label": _("Import"), "url": f"{resource.url()}/import", "method": "get", "icon": "upload"})
        verbs.append({"label": _("New"), "url": f"{resource.url()}/new", "method": "get", "primary": True, "icon": "plus", "key": "c"})
    return verbs


def _views(request: HttpRequest, resource: type[Resource], url_with: Any) -> list[dict[str, Any]]:
    views = [{"title": _("All"), "url": resource.url(), "current": not request.GET or set(request.GET) <= {"sort", "after", "before"}}]
    for name, (title, _make) in resource.conditions.items():
        views.append(
            {
                "title": str(title).capitalize(),
                "url": f"{resource.url()}?{name}=1",
                "current": request.GET.get(name) == "1",
                "count_url": f"/{resource.key}/count?{name}=1",
            }
        )
    if "state" in resource.filters:
        for value, word in field_at(resource.model, "state").choices or ():
            views.append(
                {"title": str(word).capitalize(), "url": f"{resource.url()}?state={value}", "current": request.GET.get("state") == value}
            )
    saved = request.session.get(f"views.{resource.key}", [])  # type: ignore[attr-defined]
    views += [
        {"title": v["title"], "url": f"{resource.url()}?{v['query']}", "current": request.GET.urlencode() == v["query"]} for v in saved
    ]
    return views if len(views) > 1 else []


def _chips(request: HttpRequest, resource: type[Resource], url_with: Any) -> list[dict[str, Any]]:
    chips = []
    for name, value in request.GET.items():
        if name in RESERVED or value == "" or name in resource.conditions or name == "state":
            continue
        path, _sep, lookup = (
            name.rpartition("__") if name.rpartition("__")[2] in {"gte", "lte", "gt", "lt", "contains", "in"} else (name, "", "")
        )
        try:
            column = column_of(resource.model, path, resource.annotations)
        except Exception:
            continue
        words = {"gte": _("from"), "lte": _("until"), "gt": _("after"), "lt": _("before"), "contains": _("contains"), "in": _("one of")}
        chips.append(
            {
                "label": f"{column.title} {words.get(lookup, '')}".strip(),
                "value": _chip_value(resource, column, value),
                "remove_url": url_with(**{name: None}),
            }
        )
    return chips


def _chip_value(resource: type[Resource], column: Any, value: str) -> str:
    if column.kind == "link" and value.isdecimal():
        target = field_at(resource.model, column.path).related_model
        found = target._default_manager.filter(pk=int(value)).values_list(*label_paths(target)).first()
        return " ".join(str(part) for part in found) if found else value
    return str(choice_word(resource.model, column.path, value))


def _filter_choices(resource: type[Resource], url_with: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for path in resource.filters:
        try:
            field = field_at(resource.model, path)
        except Exception:
            continue
        if path != "state" and field.choices:
            items.append({"head": True, "title": str(field.verbose_name).capitalize()})
            items += [{"title": str(word), "url": url_with(**{path: value, "after": None})} for value, word in field.choices if value != ""]
    return items


def _empty(request: HttpRequest, resource: type[Resource], actor: Any) -> dict[str, Any]:
    narrowed = any(k not in {"sort"} for k in request.GET)
    if narrowed:
        return {
            "icon": "filter",
            "title": _("Nothing fits"),
            "text": _("No row fits the filters. Remove one, or look at all."),
            "verbs": [{"label": _("Show all"), "url": resource.url(), "method": "get", "primary": True}],
        }
    verbs = [
        {"label": _("New"), "url": f"{resource.url()}/new", "method": "get", "primary": True},
        {"label": _("Import"), "url": f"{resource.url()}/import", "method": "get"},
    ]
    may_write = resource.write_permission and actor.may(resource.write_permission)
    text = (
        _("Here you will find: {what}. Write the first one, or bring them in from a spreadsheet.")
        if may_write
        else _("Here you will find: {what}. None has been written yet.")
    )
    return {
        "icon": resource.icon,
        "title": _("Nothing here yet"),
        "text": text.format(what=str(resource.title).lower()),
        "verbs": verbs if may_write else [],
    }


@door(SIGNED_IN, "GET")
def count_of(request: HttpRequest, key: str) -> HttpResponse:
    """How many rows a saved view holds; asked after the page stands."""
    resource = resource_called(key, request)
    total, exact = count(filtered(resource, request.actor, query_of(request, resource)))  # type: ignore[attr-defined]
    return HttpResponse(f"{total:,}" if exact else f"≈{total:,}")


@door(SIGNED_IN, "GET")
def pick(request: HttpRequest, key: str) -> HttpResponse:
    """Records for a picker: what answers to the words typed."""
    resource = resource_called(key, request)
    model = resource.model
    paths = label_paths(model)
    hints = [
        f for f in ("code", "sku", "number", "city", "email") if f not in paths and any(x.name == f for x in model._meta.concrete_fields)
    ][:2]
    found = filtered(resource, request.actor, query_of(request, resource))  # type: ignore[attr-defined]
    rows = found.order_by(paths[0] if paths[0] != "pk" else "pk", "pk").values_list("pk", *paths, *hints)[:12]
    items = [
        {
            "id": str(row[0]),
            "title": " ".join(str(v) for v in row[1 : 1 + len(paths)] if v not in (None, "")),
            "subtitle": " · ".join(str(v) for v in row[1 + len(paths) :] if v),
        }
        for row in rows
    ]
    return JsonResponse({"items": items})


@door(SIGNED_IN, "POST")
def save_view(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the filters of this list as a view of the user's own."""
    resource = resource_called(key, request)
    title = request.POST.get("title", "").strip()[:60]
    query = request.POST.get("query", "")[:2000]
    if title:
        name = f"views.{resource.key}"
        request.session[name] = [*[v for v in request.session.get(name, []) if v["title"] != title], {"title": title, "query": query}]  # type: ignore[attr-defined]
    return JsonResponse({"url": f"{resource.url()}?{query}"})
