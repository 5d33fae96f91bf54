"""The list of any resource: saved views, filters, search, sort, keyset pages, bulk verbs, export."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, table_of
from fondaco.interfaces.web.screens.asked import ROWS, query_of, resource_called
from fondaco.interfaces.web.screens.narrowing import hidden_words, linker, narrowing, period_said
from fondaco.interfaces.web.screens.verbs import verb_of, verbs_for
from fondaco.interfaces.web.screens.views import Offered, address_of
from fondaco.platform.resources.declare import Column, Resource, field_at
from fondaco.platform.resources.grouping import Group, Grouping, grouped, grouping_called, groupings
from fondaco.platform.resources.reading import columns_for, count, filtered, label_paths, label_values
from fondaco.platform.resources.reading import page as read_page
from fondaco.platform.resources.reading import totals as sums_of


@door(SIGNED_IN, "GET")
def list_screen(request: HttpRequest, key: str) -> HttpResponse:
    """One page of a resource's list."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    offered = Offered(request, resource)
    if not request.GET and offered.default is not None:
        return HttpResponseRedirect(address_of(offered.default))
    notice = offered.opened()
    if request.GET.get("group"):
        return grouped_screen(request, resource, offered, notice)
    columns = chosen_columns(request, resource)
    query = query_of(request, resource)
    found = read_page(resource, actor, query, columns)
    url_with = linker(request, resource.url())
    total, exact = count(filtered(resource, actor, query)) if not (query.after or query.before) or len(found.rows) < ROWS else (0, False)
    verbs = _bulk_verbs(request, resource)
    table = table_of(
        resource,
        found.columns,
        found.rows,
        actor,
        caption=str(resource.title),
        sort=query.sort or resource.sort,
        url_with=url_with,
        selectable=bool(verbs),
    )
    pager = {
        "newer_url": url_with(before=found.previous, after=None) if found.previous else None,
        "older_url": url_with(after=found.next, before=None) if found.next else None,
        "newer": _("Previous"),
        "older": _("Next"),
        "said": _said(total, exact, formats_of(request)) if total or not found.next else "",
    }
    return _drawn(
        request, resource, offered, notice, {"table": table | _totals(request, resource, found.columns), "pager": pager}, verbs, total
    )


def _bulk_verbs(request: HttpRequest, resource: type[Resource]) -> list[dict[str, Any]]:
    actor = request.actor  # type: ignore[attr-defined]
    return [verb_of(resource, action, actor) for action in verbs_for(request, resource)]


def _totals(request: HttpRequest, resource: type[Resource], columns: Sequence[Column]) -> dict[str, str]:
    """Where the sums of the whole set are asked for, once the page stands."""
    summed = any(c.kind == "amount" and c.currency and c.summed for c in columns)
    return {"totals_url": linker(request, f"{resource.url()}/totals")(after=None, before=None)} if summed else {}


def _drawn(
    request: HttpRequest,
    resource: type[Resource],
    offered: Offered,
    notice: str,
    shown: dict[str, Any],
    verbs: list[dict[str, Any]],
    total: int,
) -> HttpResponse:
    """The page of a list: its rows or groups, and everything around them."""
    key, actor = resource.key, request.actor  # type: ignore[attr-defined]
    columns = chosen_columns(request, resource)
    url_with = linker(request, resource.url())
    ways = groupings(resource, actor)
    by = request.GET.get("group", "")
    groups = [{"title": g.title, "url": url_with(group=g.key, after=None, before=None), "current": g.key == by} for g in ways]
    if by:
        groups.insert(0, {"title": _("No groups"), "url": url_with(group=None), "current": False})
    context = {
        "title": resource.title,
        "resource": resource,
        "head_verbs": _head_verbs(request, resource),
        "saved_views": offered.menu("list"),
        "notice": notice,
        "list": {
            "views": _tabs(request, resource, offered),
            "tools": {
                **narrowing(request, resource, resource.url(), tabs=True),
                "groups": groups,
                "columns": {
                    "items": [{"key": c.path, "title": c.title, "shown": c in columns} for c in _all_columns(resource, actor)],
                    "url": resource.url(),
                    "hidden": hidden_words(request, "columns", "after", "before"),
                },
                "exports": [
                    {"title": _("Spreadsheet (XLSX)"), "url": linker(request, f"/{key}/export")(format="xlsx")},
                    {"title": _("Text (CSV)"), "url": linker(request, f"/{key}/export")(format="csv")},
                ],
            },
            "bulk": {"verbs": verbs, "total": total or None} if verbs else None,
            "empty": _empty(request, resource, offered),
            "query": [(k, v) for k, v in request.GET.items() if k not in {"after", "before"}],
            **shown,
        },
    }
    return page(request, "web/list.html", context)


def grouped_screen(request: HttpRequest, resource: type[Resource], offered: Offered, notice: str) -> HttpResponse:
    """A list by groups: each with its number of rows and its sums, and a door to them."""
    actor = request.actor  # type: ignore[attr-defined]
    columns = columns_for(chosen_columns(request, resource), actor)
    query = query_of(request, resource)
    by = grouping_called(resource, actor, request.GET["group"])
    groups, more = grouped(resource, actor, query, by, columns)
    verbs = _bulk_verbs(request, resource)
    table = table_of(
        resource,
        columns,
        [],
        actor,
        caption=str(resource.title),
        sort=query.sort or resource.sort,
        url_with=linker(request, resource.url()),
        selectable=bool(verbs),
    )
    formats = formats_of(request)
    summed = {path for group in groups for path in group.sums}
    lead = next((n for n, column in enumerate(columns) if n and column.path in summed), len(columns))
    drawn = [_group(request, resource, group, by, columns[lead:], formats) for group in groups]
    said = ngettext("%(count)s group", "%(count)s groups", len(groups)) % {"count": formats.quantity(len(groups))}
    if more:
        said = _("The first {count} groups; filter more narrowly to see the others").format(count=formats.quantity(len(groups)))
    shown = {"table": table | {"groups": drawn, "lead": lead} | _totals(request, resource, columns), "pager": {"said": said}}
    return _drawn(request, resource, offered, notice, shown, verbs, sum(g.count for g in groups))


def _group(
    request: HttpRequest, resource: type[Resource], group: Group, by: Grouping, columns: Sequence[Column], formats: Formatting
) -> dict[str, Any]:
    """One group as its component takes it; its filter is added to those that hold."""
    held = {name: request.GET.get(name, "") for name in group.filters if name.endswith("__within")}
    words = {name: f"{held[name]},{value}" if held.get(name) else value for name, value in group.filters.items()}
    title = group.label
    if group.value is None:
        title = _("none")
    elif by.stretch:
        title = capfirst(period_said(group.value, formats))
    elif isinstance(group.value, bool):
        title = capfirst(pgettext("flag", "yes") if group.value else pgettext("flag", "no"))
    sums = [sorted(group.sums.get(c.path, {}).items()) for c in columns]
    return {
        "title": title or str(group.value),
        "count": group.count,
        "url": linker(request, resource.url())(**words, group=None, after=None, before=None),
        "rows_url": linker(request, f"{resource.url()}/rows")(**words, group=None, after=None, before=None),
        "sums": [
            [{"amount": amount, "currency": code, "decimals": DECIMALS.get(code, 2)} for code, amount in held] or None for held in sums
        ],
    }


@door(SIGNED_IN, "GET")
def rows_of(request: HttpRequest, key: str) -> HttpResponse:
    """The rows of a group, unfolded below its head."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    query = query_of(request, resource)
    found = read_page(resource, actor, query, chosen_columns(request, resource))
    table = table_of(
        resource,
        found.columns,
        found.rows,
        actor,
        caption=str(resource.title),
        sort="",
        url_with=linker(request, resource.url()),
        selectable=bool(_bulk_verbs(request, resource)),
    )
    more_url = linker(request, resource.url())() if found.next else ""
    return page(request, "web/rows.html", {"table": table | {"bare": True}, "more_url": more_url})


def _said(total: int, exact: bool, formats: Formatting) -> str:
    figure = formats.quantity(total)
    return ngettext("%(count)s row", "%(count)s rows", total) % {"count": figure if exact else _("about {count}").format(count=figure)}


def _all_columns(resource: type[Resource], actor: Any) -> list[Any]:
    return columns_for([*resource.shown(), *[c for c in resource.detail() if c.path not in {s.path for s in resource.shown()}]], actor)


def chosen_columns(request: HttpRequest, resource: type[Resource]) -> list[Any]:
    """The columns that the address names, those of the list where it names none."""
    wanted = request.GET.getlist("columns")
    if not wanted:
        return resource.shown()
    return [c for c in _all_columns(resource, request.actor) if c.path in wanted] or resource.shown()  # type: ignore[attr-defined]


def _head_verbs(request: HttpRequest, resource: type[Resource]) -> list[dict[str, Any]]:
    actor = request.actor  # type: ignore[attr-defined]
    verbs = []
    if resource.board is not None:
        url = linker(request, f"{resource.url()}/board")(sort=None, columns=None, after=None, before=None)
        verbs.append({"label": _("Board"), "url": url, "method": "get", "icon": "columns", "key": "b"})
    if resource.write_permission and actor.may(resource.write_permission):
        verbs.append({"label": _("Import"), "url": f"{resource.url()}/import", "method": "get", "icon": "upload"})
        verbs.append({"label": _("New"), "url": f"{resource.url()}/new", "method": "get", "primary": True, "icon": "plus", "key": "c"})
    return verbs


def _tabs(request: HttpRequest, resource: type[Resource], offered: Offered) -> list[dict[str, Any]]:
    """The ready questions of a list: all, its conditions, its states."""
    plain = not request.GET or set(request.GET) <= {"sort", "after", "before", "saved", "group"}
    tabs = [{"title": _("All"), "url": offered.whole_url(), "current": plain}]
    for name, (title, _make) in resource.conditions.items():
        tabs.append(
            {
                "title": str(title).capitalize(),
                "url": f"{resource.url()}?{name}=1",
                "current": request.GET.get(name) == "1",
                "count_url": f"/{resource.key}/count?{name}=1",
            }
        )
    if "state" in resource.filters:
        for value, word in field_at(resource.model, "state").choices or ():
            tabs.append(
                {"title": str(word).capitalize(), "url": f"{resource.url()}?state={value}", "current": request.GET.get("state") == value}
            )
    return tabs if len(tabs) > 1 else []


def _inside(title: str) -> str:
    """A title within a sentence: small at its beginning unless it begins with letters of its own, and without a dot that would stand twice."""
    return (title[:1].lower() if title[1:2].islower() else title[:1]) + title[1:].rstrip(".")


def _empty(request: HttpRequest, resource: type[Resource], offered: Offered) -> dict[str, Any]:
    narrowed = any(k not in {"sort", "saved", "group"} for k in request.GET)
    if narrowed:
        return {
            "icon": "filter",
            "title": _("Nothing fits"),
            "text": _("No row fits the filters. Remove one, or look at all."),
            "verbs": [{"label": _("Show all"), "url": offered.whole_url(), "method": "get", "primary": True}],
        }
    verbs = [
        {"label": _("New"), "url": f"{resource.url()}/new", "method": "get", "primary": True},
        {"label": _("Import"), "url": f"{resource.url()}/import", "method": "get"},
    ]
    may_write = resource.write_permission and offered.actor.may(resource.write_permission)
    text = (
        _("Here you will find: {what}. Write the first one, or bring them in from a spreadsheet.")
        if may_write
        else _("Here you will find: {what}. None has been written yet.")
    )
    return {
        "icon": resource.icon,
        "title": _("Nothing here yet"),
        "text": text.format(what=_inside(str(resource.title))),
        "verbs": verbs if may_write else [],
    }


@door(SIGNED_IN, "GET")
def count_of(request: HttpRequest, key: str) -> HttpResponse:
    """How many rows a saved view holds; asked after the page stands."""
    resource = resource_called(key, request)
    total, exact = count(filtered(resource, request.actor, query_of(request, resource)))  # type: ignore[attr-defined]
    figure = formats_of(request).quantity(total)
    return HttpResponse(figure if exact else f"≈{figure}")


@door(SIGNED_IN, "GET")
def totals_of(request: HttpRequest, key: str) -> HttpResponse:
    """The row under a list: each amount summed over the whole set, by currency where there are several; asked after the page stands."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    columns = columns_for(chosen_columns(request, resource), actor)
    sums = sums_of(resource, filtered(resource, actor, query_of(request, resource)), columns)
    selectable = bool(verbs_for(request, resource))
    table = {
        "selectable": selectable,
        "columns": [{"title": capfirst(str(c.title)), "kind": "sums" if c.path in sums else "text"} for c in columns],
        "totals": [
            [{"amount": amount, "currency": code, "decimals": DECIMALS.get(code, 2)} for code, amount in sums[c.path]] or None
            if c.path in sums
            else None
            for c in columns
        ],
    }
    return page(request, "web/totals.html", {"table": table})


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
    rows = label_values(found.order_by(paths[0] if paths[0] != "pk" else "pk", "pk"), *hints)[:12]
    items = [
        {
            "id": str(row[0]),
            "title": " ".join(str(v) for v in row[1 : 1 + len(paths)] if v not in (None, "")),
            "subtitle": " · ".join(str(v) for v in row[1 + len(paths) :] if v),
        }
        for row in rows
    ]
    return JsonResponse({"items": items})
