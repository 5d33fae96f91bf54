"""The list of any resource: saved views, filters, search, sort, keyset pages, bulk verbs, export."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting, formatting_for
from fondaco.interfaces.web.frame import company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, choice_word, table_of
from fondaco.interfaces.web.screens.asked import RESERVED, ROWS, query_of, resource_called
from fondaco.interfaces.web.screens.form_fields import label_of
from fondaco.interfaces.web.screens.verbs import verb_of
from fondaco.interfaces.web.screens.views import Offered, address_of
from fondaco.platform.resources.declare import Resource, choices_at, column_of, field_at
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
    columns = chosen_columns(request, resource)
    query = query_of(request, resource)
    found = read_page(resource, actor, query, columns)
    url_with = linker(request, resource.url())
    total, exact = count(filtered(resource, actor, query)) if not (query.after or query.before) or len(found.rows) < ROWS else (0, False)
    verbs = [verb_of(resource, action, actor) for action in resource.actions() if not action.hidden and actor.may(action.permission)]
    summed = any(c.kind == "amount" and c.currency and c.summed for c in found.columns)
    context = {
        "title": resource.title,
        "resource": resource,
        "head_verbs": _head_verbs(request, resource),
        "saved_views": offered.menu("list"),
        "notice": notice,
        "list": {
            "views": _tabs(request, resource, offered),
            "tools": {
                **narrowing(request, resource, resource.url()),
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
            "table": table_of(
                resource,
                found.columns,
                found.rows,
                actor,
                caption=str(resource.title),
                sort=query.sort or resource.sort,
                url_with=url_with,
                selectable=bool(verbs),
            )
            | ({"totals_url": linker(request, f"{resource.url()}/totals")(after=None, before=None)} if summed else {}),
            "bulk": {"verbs": verbs, "total": total or None} if verbs else None,
            "pager": {
                "newer_url": url_with(before=found.previous, after=None) if found.previous else None,
                "older_url": url_with(after=found.next, before=None) if found.next else None,
                "newer": _("Previous"),
                "older": _("Next"),
                "said": _said(total, exact, formats_of(request)) if total or not found.next else "",
            },
            "empty": _empty(request, resource, offered),
            "query": [(k, v) for k, v in request.GET.items() if k not in {"after", "before"}],
        },
    }
    return page(request, "web/list.html", context)


def linker(request: HttpRequest, base: str) -> Callable[..., str]:
    """Addresses of the same list with some words changed; an empty value takes a word away."""

    def url_with(**changes: Any) -> str:
        words = request.GET.copy()
        for name, value in changes.items():
            words.pop(name, None)
            if value:
                words[name] = value
        kept = [(k, v) for k, values in words.lists() for v in values if v != ""]
        return f"{base}?{urlencode(kept)}" if kept else base

    return url_with


def hidden_words(request: HttpRequest, *without: str) -> list[tuple[str, str]]:
    """The words of the address that a form of the list carries along."""
    return [(k, v) for k, values in request.GET.lists() for v in values if k not in without]


def narrowing(request: HttpRequest, resource: type[Resource], base: str) -> dict[str, Any]:
    """Search, chips and filters of a list or board, as the tools above it take them."""
    url_with = linker(request, base)
    search = {"url": base, "value": request.GET.get("q", ""), "hidden": hidden_words(request, "q", "after", "before")}
    return {
        "search": search if resource.search else None,
        "chips": _chips(request, resource, url_with),
        "filters": _filter_choices(resource, url_with),
    }


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
    plain = not request.GET or set(request.GET) <= {"sort", "after", "before", "saved"}
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


#: How a comparison is said of a figure or text, and of a day or moment.
COMPARED = {
    "gte": (gettext_lazy("from"), gettext_lazy("from")), "lte": (gettext_lazy("up to"), gettext_lazy("until")), "gt": (gettext_lazy("over"), gettext_lazy("after")),
    "lt": (gettext_lazy("under"), gettext_lazy("before")), "contains": (gettext_lazy("contains"), ""), "startswith": (gettext_lazy("begins with"), ""),
    "in": (gettext_lazy("one of"), gettext_lazy("one of")), "isnull": ("", ""),
}  # fmt: skip


def _chips(request: HttpRequest, resource: type[Resource], url_with: Any) -> list[dict[str, Any]]:
    chips = []
    for name, value in request.GET.items():
        if name in RESERVED or value == "" or name in resource.conditions or name == "state":
            continue
        path, _sep, lookup = name.rpartition("__") if name.rpartition("__")[2] in COMPARED else (name, "", "")
        try:
            column = column_of(resource.model, path, resource.annotations)
        except FieldDoesNotExist:
            continue
        word = COMPARED[lookup][column.kind in {"date", "moment"}] if lookup else ""
        chips.append(
            {
                "label": f"{column.title} {word}".strip(),
                "value": _chip_value(request, resource, column, lookup, value),
                "remove_url": url_with(**{name: None}),
            }
        )
    return chips


def _chip_value(request: HttpRequest, resource: type[Resource], column: Any, lookup: str, value: str) -> str:
    """A filter's value as the reader says it: names instead of keys, days in his way of writing."""
    if lookup == "isnull":
        return _("empty") if value in {"1", "true"} else _("filled in")
    if lookup == "in":
        return ", ".join(str(choice_word(resource.model, column.path, part)) for part in value.split(","))
    if column.kind == "link":
        return label_of(request.actor, field_at(resource.model, column.path).related_model, value) or value  # type: ignore[attr-defined]
    company = company_of(request)
    formats = formatting_for(request.actor.language, ZoneInfo(company.time_zone if company else "UTC"))  # type: ignore[attr-defined]
    if column.kind == "date" and (day := parse_date(value)):
        return str(formats.date(day))
    if column.kind == "moment" and (moment := parse_datetime(value)):
        return str(formats.moment(moment))
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
            items += [
                {"title": str(word), "url": url_with(**{path: value, "after": None})}
                for value, word in choices_at(resource.model, field)
                if value != ""
            ]
    return items


def _empty(request: HttpRequest, resource: type[Resource], offered: Offered) -> dict[str, Any]:
    narrowed = any(k not in {"sort", "saved"} for k in request.GET)
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
        "text": text.format(what=str(resource.title).lower()),
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
    selectable = any(not action.hidden and actor.may(action.permission) for action in resource.actions())
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
