"""A resource as a board: one lane per stage or state, cards that are carried over by a verb."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.formatting import formatting_for
from fondaco.interfaces.web.frame import company_of, page
from fondaco.interfaces.web.screens.asked import query_of, resource_called, whole
from fondaco.interfaces.web.screens.narrowing import linker, narrowing
from fondaco.interfaces.web.screens.views import Offered
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import Resource, column_of
from fondaco.platform.resources.reading import filtered, values

CARDS = 40


@door(SIGNED_IN, "GET")
def board_screen(request: HttpRequest, key: str) -> HttpResponse:
    """The open rows of a resource by lane, the newest cards first; counts and totals are of the whole lane."""
    resource = resource_called(key, request)
    board = resource.board
    if board is None:
        raise Http404
    actor = request.actor  # type: ignore[attr-defined]
    offered = Offered(request, resource)
    notice = offered.opened()
    formats = formatting_for(actor.language)
    rows = _rows(request, resource)
    told = {c.path: c.right for c in resource.shown()}
    columns = [column_of(resource.model, p, resource.annotations) for p in board.card if actor.may(told.get(p) or resource.view_permission)]
    lanes = []
    figures = _figures(request, resource, rows)
    for lane, title, said in lanes_of(request, resource, rows):
        number, total = figures.get(str(lane), (0, ""))
        found = values(rows.filter(**{board.by: lane}).order_by(*board.order), columns, extra=_extras(resource))[:CARDS] if number else []
        cards = [_card(resource, columns, row, board.amount, formats) for row in found]
        more = f"{resource.url()}?{board.by}={lane}" if number > CARDS else None
        lanes.append({"key": str(lane), "title": title, "count": number, "total": total, "cards": cards, "more_url": more, **said})
    # A bare address would come back here where the list opens with a board.
    list_url = linker(request, resource.url())() if request.GET else offered.whole_url()
    verbs: list[dict[str, Any]] = [{"label": _("List"), "url": list_url, "method": "get", "icon": "books", "key": "b"}]
    if resource.write_permission and actor.may(resource.write_permission):
        verbs.append({"label": _("New"), "url": f"{resource.url()}/new", "method": "get", "primary": True, "icon": "plus", "key": "c"})
    context = {
        "title": resource.title,
        "head_verbs": verbs,
        "saved_views": offered.menu("board"),
        "notice": notice,
        "tools": narrowing(request, resource, f"{resource.url()}/board", tabs=False),
        "board": {"id": f"board-{key}", "label": str(resource.title), "move_url": linker(request, f"/{key}/board/move")(), "lanes": lanes},
    }
    return page(request, "web/board.html", context)


def _rows(request: HttpRequest, resource: type[Resource]) -> models.QuerySet[Any]:
    """The rows that lie on the board: of a board by stages only those that can still be carried on, unless a state is asked for."""
    rows = filtered(resource, request.actor, query_of(request, resource))  # type: ignore[attr-defined]
    by_state = resource.board is not None and resource.board.by == "state"
    if not by_state and "state" not in request.GET and hasattr(resource.model, "editable_states"):
        rows = rows.filter(state__in=resource.model.editable_states)
    return rows


def _figures(request: HttpRequest, resource: type[Resource], rows: models.QuerySet[Any]) -> dict[str, tuple[int, str]]:
    """Number and total of every lane that holds rows, by its key; one statement."""
    board = resource.board
    assert board is not None
    formats = formatting_for(request.actor.language)  # type: ignore[attr-defined]
    if not board.amount:
        return {str(lane): (n, "") for lane, n in rows.order_by().values_list(board.by).annotate(n=Count("pk"))}
    sums: dict[Any, dict[str, Decimal]] = defaultdict(dict)
    counted: dict[Any, int] = defaultdict(int)
    totals = rows.order_by().values(board.by, "currency").annotate(n=Count("pk"), total=models.Sum(board.amount))
    for lane, currency, number, amount in totals.values_list(board.by, "currency", "n", "total"):
        counted[lane] += number
        if currency and amount:
            sums[lane][currency] = amount
    return {str(lane): (n, " + ".join(f"{formats.amount(a, 0)} {c}" for c, a in sorted(sums[lane].items()))) for lane, n in counted.items()}


def lanes_of(request: HttpRequest, resource: type[Resource], rows: models.QuerySet[Any]) -> list[tuple[Any, str, Any]]:
    """The lanes in order, with what stands at their heads: the choices of a state, or the stages a reference points to."""
    field = resource.model._meta.get_field(resource.board.by)  # type: ignore[union-attr]
    if not isinstance(field, models.ForeignKey):
        return [(value, str(word), {}) for value, word in field.choices or ()]
    target = field.related_model
    stages = target._default_manager.all()
    if any(f.name == "company" for f in target._meta.concrete_fields):
        company = company_of(request)
        present = set(rows.order_by().values_list(f"{field.name}__company", flat=True).distinct())
        stages = stages.filter(company__in=present or ({company.pk} if company else set()))
    order = [f for f in ("position", "id") if f == "id" or any(x.name == f for x in target._meta.concrete_fields)]
    head = resource.board.lane or (lambda _stage: {})  # type: ignore[union-attr]
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    return [(s.pk, (getattr(s, "name_it", "") if italian else "") or str(s), head(s)) for s in stages.order_by(*order)]


def _extras(resource: type[Resource]) -> list[str]:
    names = {f.name for f in resource.model._meta.concrete_fields}
    return [n for n in ("number", "name", "subject", "next_step_on", "stage_since", "currency_id") if n.removesuffix("_id") in names]


def _card(resource: type[Resource], columns: Any, row: Any, amount: str, formats: Any) -> dict[str, Any]:
    title = row.get("name") or row.get("subject") or row.get("number") or str(row["pk"])
    today = timezone.localdate()
    card: dict[str, Any] = {"id": row["pk"], "version": row.get("version"), "url": resource.url(row["pk"]), "title": title}
    for path in ("party", "customer"):
        if isinstance(row.get(path), tuple):
            card["party"] = row[path][1]
    if amount and row.get(amount) is not None:
        card |= {"amount": row[amount], "currency": row.get("currency_id", ""), "decimals": 0}
    since = row.get("stage_since")
    if since:
        days = (today - (since.date() if hasattr(since, "date") else since)).days
        card["age"] = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
        card["stale"] = bool(row.get("is_stale"))
    if row.get("probability") is not None:
        card["chance"] = formats.percent(row["probability"] / 100, 0)
    if row.get("score") is not None:
        card["score"] = _("Score {score}").format(score=row["score"])
    if row.get("next_step"):
        due = row.get("next_step_on")
        card["next"] = {
            "text": f"{row['next_step']}{f', {formats.date(due)}' if due else ''}",
            "tone": "bad" if due and due < today else None,
        }
    return card


@door(SIGNED_IN, "POST")
def move_card(request: HttpRequest, key: str) -> HttpResponse:
    """Carry a card to another lane by the board's verb, and say what the lanes hold now; a refusal puts it back with its sentence."""
    resource = resource_called(key, request)
    board = resource.board
    if board is None or board.move is None:
        return JsonResponse({"detail": _("Cards of this board are moved by their verbs: open the card and choose one.")}, status=409)
    card, lane, version = (request.POST.get(n, "") for n in ("id", "to", "version"))
    if whole(card) is None:
        raise Http404
    versions = {int(card): seen} if (seen := whole(version)) is not None else None
    perform(request.actor, board.move, [int(card)], {board.by: lane}, versions=versions)  # type: ignore[attr-defined]
    fresh = resource.model._default_manager.filter(pk=int(card)).values_list("version", flat=True).first()
    rows = _rows(request, resource)
    figures = _figures(request, resource, rows)
    lanes = [
        {"key": str(k), "count": figures.get(str(k), (0, ""))[0], "total": figures.get(str(k), (0, ""))[1]}
        for k, _title, _said in lanes_of(request, resource, rows)
    ]
    told = board.told(int(card)) if board.told else ""
    return JsonResponse({"version": fresh, "lanes": lanes} | ({"toast": {"text": told, "tone": "wait"}} if told else {}))
