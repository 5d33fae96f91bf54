"""What narrows a list or board: the form of its filters, and the chips that say in words which ones hold."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import Formatting
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import choice_word
from fondaco.interfaces.web.screens.asked import RESERVED, query_of, resource_called
from fondaco.interfaces.web.screens.naming import name_of, names_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.platform.resources.declare import Column, Resource, resource_of
from fondaco.platform.resources.filtering import COMPARED, BadQuery, Filter, field_of, filterable, offered, split
from fondaco.platform.resources.periods import PERIODS, days_of
from fondaco.platform.resources.reading import understood

#: Words of an address that a change of filters drops: the page one stood on.
PAGES = ("after", "before")
FIGURES = {"amount", "quantity", "percent", "number"}


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


def narrowing(request: HttpRequest, resource: type[Resource], base: str, *, tabs: bool) -> dict[str, Any]:
    """Search, chips and the door to the filters of a list or board, as the tools above it take them. What a tab says needs no chip."""
    search = {"url": base, "value": request.GET.get("q", ""), "hidden": hidden_words(request, "q", *PAGES)}
    words = urlencode([*hidden_words(request, *PAGES), *([("at", "board")] if base.endswith("/board") else [])])
    return {
        "search": search if resource.search else None,
        "chips": chips(request, resource, linker(request, base), tabs=tabs),
        "filter_url": f"{resource.url()}/filters?{words}" if offered(resource, request.actor) else "",  # type: ignore[attr-defined]
    }


def chips(request: HttpRequest, resource: type[Resource], url_with: Callable[..., str], *, tabs: bool) -> list[dict[str, Any]]:
    """The filters that hold, each in words."""
    available = filterable(resource, request.actor)  # type: ignore[attr-defined]
    found = []
    for name, value in request.GET.items():
        if name in RESERVED or value == "" or (tabs and _is_tab(resource, name, value)):
            continue
        path, lookup = split(name)
        if name in resource.conditions:
            label, said = str(resource.conditions[name][0]), _yes_or_no(value)
        elif path in {"source_id", "row_id"}:
            continue
        elif path in {"source_table", "table_name"} and lookup == "exact":
            label, said = _("Belongs to"), _source(request, value, request.GET.get("source_id") or request.GET.get("row_id") or "")
        elif path == "id" or path not in available:
            label, said = (
                _("Chosen"),
                ", ".join(sorted(names_of(request.actor, resource.model, value.split(",")).values())) or _("no record"),
            )  # type: ignore[attr-defined]
        else:
            column = available[path]
            label = f"{column.title} {COMPARED[lookup][column.kind in {'date', 'moment'}]}".strip()
            said = _value(request, resource, column, lookup, value)
        gone = dict.fromkeys({"source_table": ["source_table", "source_id"], "table_name": ["table_name", "row_id"]}.get(path, [name]))
        found.append({"label": capfirst(label), "value": said, "remove_url": url_with(**gone, after=None, before=None)})
    return found


def _is_tab(resource: type[Resource], name: str, value: str) -> bool:
    states = dict(getattr(field_of(resource, "state"), "choices", None) or ())
    return (name in resource.conditions and value == "1") or (name == "state" and "state" in resource.filters and value in states)


def _yes_or_no(value: str) -> str:
    return pgettext("flag", "yes") if value.strip().lower() in {"1", "true", "yes"} else pgettext("flag", "no")


def _source(request: HttpRequest, table: str, key: str) -> str:
    """The record behind rows, such as the order of an invoice."""
    model = next((m for m in apps.get_models() if m._meta.db_table == table), None)
    if model is None:
        return _("another record")
    resource = resource_of(model)
    kind = str(resource.title_one) if resource else capfirst(str(model._meta.verbose_name))
    name = name_of(request.actor, model, key)  # type: ignore[attr-defined]
    return f"{kind} {name}".strip()


def _value(request: HttpRequest, resource: type[Resource], column: Column, lookup: str, value: str) -> str:
    """A filter's value as the reader says it: names instead of keys, words of choices, days and figures in his way of writing."""
    if lookup == "isnull":
        return _("filled in") if _is_no(value) else _("empty")
    if lookup == "within":
        return period_said(value, formats_of(request))
    parts = value.split(",") if lookup == "in" else [value]
    field = field_of(resource, column.path)
    if isinstance(field, models.ForeignKey):
        names = names_of(request.actor, field.related_model, parts)  # type: ignore[attr-defined]
        return ", ".join(names.get(part.strip()) or _("a record you may not see") for part in parts)
    formats = formats_of(request)
    return ", ".join(_part(resource, column, part.strip(), formats) for part in parts)


def _is_no(value: str) -> bool:
    return value.strip().lower() in {"0", "false", "no"}


def _part(resource: type[Resource], column: Column, part: str, formats: Formatting) -> str:
    if column.kind == "flag":
        return _yes_or_no(part)
    if column.kind == "date" and (day := parse_date(part)):
        return str(formats.date(day))
    if column.kind == "moment" and (moment := parse_datetime(part)):
        return str(formats.moment(moment))
    if column.kind in FIGURES and (figure := _figure(part)) is not None:
        return formats.amount(figure) if column.kind == "amount" else formats.quantity(figure)
    return str(choice_word(resource.model, column.path, part))


def period_said(period: str, formats: Formatting) -> str:
    """A stretch of days in words: this month, March 2026, 2026; what lies in several of them; what is none stays as it is."""
    if "," in period:
        return " + ".join(period_said(part.strip(), formats) for part in period.split(","))
    if period in PERIODS:
        return str(PERIODS[period])
    try:
        days_of(period, date.min)
    except ValueError:
        return period
    year, _sep, rest = period.partition("-")
    if rest.startswith("q"):
        return _("quarter {number} of {year}").format(number=rest[1:], year=year)
    return f"{formats.month(int(rest))} {year}" if rest else year


@door(SIGNED_IN, "GET", "POST")
def filters(request: HttpRequest, key: str) -> HttpResponse:
    """The form of a list's filters, as a sheet; what was chosen becomes the address of the list."""
    resource = resource_called(key, request)
    offers = offered(resource, request.actor)  # type: ignore[attr-defined]
    if request.method == "GET":
        given = request.GET.copy()
        at = given.pop("at", [""])[0]
        return page(request, "web/filters.html", _form(request, resource, offers, given, at, {}))
    kept = QueryDict(request.POST.get("query", "")[:20_000])
    at = request.POST.get("at", "")
    asked = _asked(request, resource, offers)
    words = [*_others(offers, kept), *asked.items()]
    address = f"{resource.url()}/board" if at == "board" and resource.board is not None else resource.url()
    try:
        understood(resource, request.actor, query_of(request, resource, dict(words)))  # type: ignore[attr-defined]
    except BadQuery as refusal:
        given = QueryDict(mutable=True)
        for name, value in words:
            given.appendlist(name, value)
        context = _form(request, resource, offers, given, at, {name: str(why) for name, why in refusal.fields.items()})
        context |= {"title": _("Filter"), "errors": [{"text": refusal.sentence()}], "back": f"{address}?{kept.urlencode()}"}
        return page(request, "web/filters_page.html", context, status=422)
    return HttpResponseRedirect(f"{address}?{urlencode(words)}" if words else address)


def _others(offers: list[Filter], given: QueryDict) -> list[tuple[str, str]]:
    """The words of an address that the form does not ask for: search, order, columns, and filters of other kinds."""
    own = {name for offer in offers for name in _names(offer)}
    return [(k, v) for k, values in given.lists() for v in values if k not in own and k not in PAGES and v != ""]


def _names(offer: Filter) -> list[str]:
    """The words of an address that a filter of the form stands for."""
    path = offer.path
    return {
        "choices": [path, f"{path}__in"],
        "date": [f"{path}__within", f"{path}__gte", f"{path}__lte", path],
        "moment": [f"{path}__within", f"{path}__gte", f"{path}__lte"],
        "text": [f"{path}__contains"],
        "link": [path],
        "flag": [path],
        "condition": [path],
    }.get(offer.kind, [f"{path}__gte", f"{path}__lte"])


def _asked(request: HttpRequest, resource: type[Resource], offers: list[Filter]) -> dict[str, str]:
    """What was chosen, as words of an address; figures and days are read as this reader writes them."""
    post, formats = request.POST, formats_of(request)
    found: dict[str, str] = {}
    for offer in offers:
        path = offer.path
        if offer.kind == "choices":
            chosen = [v for v in post.getlist(path) if v != ""]
            found |= {path if len(chosen) == 1 else f"{path}__in": ",".join(chosen)} if chosen else {}
            continue
        for name in (n for n in _names(offer) if not (offer.kind == "date" and n == path)):
            text = post.get(name, "").strip()
            if text == "":
                continue
            if name.endswith(("__gte", "__lte")):
                text = _read(offer, text, name, formats, request)
            found[name] = text
    return found


def _read(offer: Filter, text: str, name: str, formats: Formatting, request: HttpRequest) -> str:
    """A bound as an address writes it; what is none stays as it was typed, and is refused by the list."""
    try:
        if offer.kind in {"date", "moment"}:
            day = formats.parse_date(text, today_of(request)).isoformat()
            return (
                day
                if offer.kind == "date"
                else f"{day}T{'00:00:00' if name.endswith('__gte') else '23:59:59.999999'}{_offset(formats, day)}"
            )
        return f"{formats.parse_number(text):f}"
    except ValueError:
        return text


def _offset(formats: Formatting, day: str) -> str:
    """How far the reader's clock is from Greenwich on a day."""
    moment = parse_datetime(f"{day}T12:00:00")
    return f"{moment.replace(tzinfo=formats.zone):%:z}" if moment else "Z"


def _form(
    request: HttpRequest, resource: type[Resource], offers: list[Filter], given: QueryDict, at: str, errors: Mapping[str, str]
) -> dict[str, Any]:
    fields = [_field(request, offer, given, errors) for offer in offers]
    first = fields[0]["parts"][0] if fields and "parts" in fields[0] else fields[0] if fields else {}
    first["autofocus"] = True
    return {
        "sheet_title": _("Filter: {what}").format(what=resource.title),
        "action": f"{resource.url()}/filters",
        "hidden": [("query", urlencode(_others(offers, given))), ("at", at)],
        "filters": fields,
        "errors": [],
    }


def _either() -> list[tuple[str, str]]:
    """The choice of yes, no, or either."""
    return [("", _("either")), ("1", capfirst(pgettext("flag", "yes"))), ("0", capfirst(pgettext("flag", "no")))]


def _field(request: HttpRequest, offer: Filter, given: QueryDict, errors: Mapping[str, str]) -> dict[str, Any]:
    """One filter of the form: a single control, several boxes, or a group of controls under one title."""
    path, value = offer.path, str(given.get(offer.path, ""))
    made: dict[str, Any] = {"name": path, "id": f"filter_{path}", "label": offer.title, "error": errors.get(path)}
    if offer.kind == "choices":
        chosen = {value, *given.get(f"{path}__in", "").split(",")}
        return {"group": offer.title, "several": [(v, w, str(v) in chosen) for v, w in offer.options], "name": path}
    if offer.kind == "link" and offer.target is not None:
        text = name_of(request.actor, offer.target.model, value)  # type: ignore[attr-defined]
        return made | {"kind": "pick", "url": f"/{offer.target.key}/pick", "value": value if text else "", "text": text}
    if offer.kind in {"flag", "condition"}:
        said = "" if value == "" else "0" if _is_no(value) else "1"
        return made | {"kind": "select", "options": _either(), "value": said}
    if offer.kind == "text":
        name = f"{path}__contains"
        return made | {
            "name": name,
            "kind": "text",
            "value": given.get(name, ""),
            "error": errors.get(name),
            "hint": _("a part of it is enough"),
        }
    parts = []
    if offer.kind in {"date", "moment"}:
        stretch = given.get(f"{path}__within", "")
        options = [("", _("any time")), *((key, capfirst(str(word))) for key, word in PERIODS.items())]
        if stretch and stretch not in PERIODS:
            options.append((stretch, period_said(stretch, formats_of(request))))
        parts.append({"name": f"{path}__within", "label": _("When"), "kind": "select", "options": options, "value": stretch})
    for lookup in ("gte", "lte"):
        name = f"{path}__{lookup}"
        label = capfirst(str(COMPARED[lookup][offer.kind in {"date", "moment"}]))
        text = str(given.get(name, "")) or (value if offer.kind == "date" else "")
        parts.append({"name": name, "label": label, **_bound(offer, text, formats_of(request))})
    return {"group": offer.title, "parts": [p | {"id": f"filter_{p['name']}", "error": errors.get(str(p["name"]))} for p in parts]}


def _bound(offer: Filter, text: str, formats: Formatting) -> dict[str, Any]:
    if offer.kind in {"date", "moment"}:
        try:
            moment = parse_datetime(text) if offer.kind == "moment" else None
        except ValueError:
            moment = None
        return {"kind": "date", "value": moment.astimezone(formats.zone).date() if moment and moment.tzinfo else text}
    figure = _figure(text)
    return {"kind": "amount" if offer.kind == "amount" else "quantity", "value": text if figure is None else figure}


def _figure(text: str) -> Decimal | None:
    """The figure of an address; None where it is none that can be shown."""
    try:
        figure = Decimal(text)
    except ArithmeticError:
        return None
    return figure if figure.is_finite() and abs(figure.adjusted()) < 20 else None
