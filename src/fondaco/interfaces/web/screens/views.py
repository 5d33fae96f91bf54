"""Saved views in the head of a list: opened from a menu, kept, written over, renamed, deleted. Sharing and defaults are verbs of their own."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import flash
from fondaco.interfaces.web.screens.asked import query_of, resource_called, whole
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.reading import BadQuery
from fondaco.platform.resources.writing import create, delete, edit
from fondaco.platform.views.models import SavedView
from fondaco.platform.views.queries import SEE, SHARE, WRITE, refuse_stale, views_for

#: Words of a list's address that a view keeps under names of its own, and those that it does not keep.
KEPT, PASSING = {"q", "sort", "columns", "group"}, {"after", "before", "saved"}


def address_of(view: SavedView) -> str:
    """The list or board as the view shows it. ``saved`` says which view is being looked at."""
    words = [*view.filters.items(), *([("q", view.search)] if view.search else []), *([("sort", view.sort)] if view.sort else [])]
    words += [("group", view.grouping)] if view.grouping else []
    words += [("columns", c) for c in view.columns]
    place = f"/{view.resource}/board" if view.kind == SavedView.Kind.BOARD else f"/{view.resource}"
    return f"{place}?{urlencode([*words, ('saved', view.pk)])}"


def without_view(resource: type[Resource]) -> str:
    """The whole list, even where it opens with a view."""
    return f"{resource.url()}?saved=0"


def state_in(given: QueryDict) -> dict[str, Any]:
    """What a list's address says, as a view keeps it."""
    return {
        "filters": {k: v for k, v in given.items() if k not in KEPT | PASSING and v != ""},
        "search": given.get("q", ""),
        "sort": given.get("sort", ""),
        "grouping": given.get("group", ""),
        "columns": given.getlist("columns"),
    }


class Offered:
    """The views that the reader of a list may open, read once: which one he looks at, and which one his list opens with."""

    def __init__(self, request: HttpRequest, resource: type[Resource]) -> None:
        self.request, self.resource = request, resource
        self.actor = request.actor  # type: ignore[attr-defined]
        self.may_keep = self.actor.may(WRITE)
        self.views = list(views_for(self.actor, resource)) if self.actor.may(SEE) else []
        wanted = request.GET.get("saved", "")
        self.chosen = next((v for v in self.views if str(v.pk) == wanted), None)
        self.default = next((v for v in self.views if v.is_default), None)  # type: ignore[attr-defined]

    def whole_url(self) -> str:
        """The list without any view."""
        return without_view(self.resource) if self.default else self.resource.url()

    def opened(self) -> str:
        """Why the view that is looked at cannot be shown, if so; then the whole list is. Columns that the reader may not see are left out."""
        if self.chosen is None:
            return ""
        declared = {c.path for c in [*self.resource.shown(), *self.resource.detail()]}
        unknown = [c for c in self.request.GET.getlist("columns") if c not in declared]
        try:
            refuse_stale(self.resource, self.actor, query_of(self.request, self.resource), unknown, self.request.GET.get("group", ""))
        except BadQuery as refusal:
            self.request.GET = QueryDict(f"saved={self.chosen.pk}")
            said = _(
                "The view “{view}” cannot be shown as it was saved: this list does not know “{what}”. All rows are shown. Save the view as it is now, or delete it."
            )
            return said.format(view=self.chosen.name, what=refusal.figures["what"])
        return ""

    def menu(self, kind: str) -> dict[str, Any] | None:
        """The menu as its component takes it; nothing where one may neither keep views nor open any."""
        if not self.views and not self.may_keep:
            return None
        query = self.request.GET
        made: dict[str, Any] = {
            "action": f"{self.resource.url()}/views", "kind": kind, "query": query.urlencode(), "whole_url": self.whole_url(), "whole": not self.chosen and set(query) <= PASSING,
            "own": [self._item(v) for v in self.views if v.owner_id == self.actor.user_id],
            "shared": [self._item(v) for v in self.views if v.owner_id != self.actor.user_id],
            "all_url": f"/saved-views?{urlencode({'resource': self.resource.key})}", "may_keep": self.may_keep, "chosen": None,
        }  # fmt: skip
        if self.chosen is not None:
            made["chosen"] = self._chosen(self.chosen, kind)
        return made

    def _item(self, view: Any) -> dict[str, Any]:
        return {
            "title": view.name, "url": address_of(view), "current": view is self.chosen, "default": view.is_default,
            "by": view.owner_name if view.owner_id != self.actor.user_id else "", "shared": view.state == SavedView.SHARED,
        }  # fmt: skip

    def _chosen(self, view: Any, kind: str) -> dict[str, Any]:
        own, shared = view.owner_id == self.actor.user_id, view.state == SavedView.SHARED
        may_share = self.actor.may(SHARE)
        kept = {"filters": view.filters, "search": view.search, "sort": view.sort, "grouping": view.grouping, "columns": view.columns}
        may_change = own and self.may_keep and (not shared or may_share)
        verbs = ["drop_default" if view.is_default else "make_default"]
        if may_share and (shared or own):
            verbs.append("unshare" if shared else "share")
        return {
            "id": view.pk, "title": view.name, "version": view.version, "may_change": may_change, "may_delete": own and self.may_keep,
            "changed": (state_in(self.request.GET), kind) != (kept, view.kind), "url": address_of(view),
            "verbs": [{"title": a.title, "url": f"/saved-views/do/{a.verb}"} for a in RESOURCES["saved-views"].actions() if a.verb in verbs],
        }  # fmt: skip


def _form(request: HttpRequest) -> tuple[QueryDict, str]:
    """The state of the list that the form came from, and list or board."""
    return QueryDict(request.POST.get("query", "")[:20_000]), request.POST.get("kind", SavedView.Kind.LIST)


def _own(request: HttpRequest, resource: type[Resource], pk: int) -> SavedView:
    found = views_for(request.actor, resource).filter(pk=pk).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=_("view {key}").format(key=pk))
    return found


def _changed(request: HttpRequest, resource: type[Resource], pk: int, values: Mapping[str, Any], said: str) -> HttpResponse:
    """Change a view and go back to the list; a refusal is said there, and the list stays as it was."""
    given, kind = _form(request)
    version = whole(request.POST.get("version", ""))
    seen = {"version": version} if version is not None else {}
    try:
        edit(request.actor, RESOURCES["saved-views"], {pk: {**values, **seen}})  # type: ignore[attr-defined]
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return HttpResponseRedirect(_here(resource, given, kind))
    flash(request, said)
    return HttpResponseRedirect(address_of(_own(request, resource, pk)))


def _here(resource: type[Resource], given: QueryDict, kind: str) -> str:
    place = f"{resource.url()}/board" if kind == SavedView.Kind.BOARD and resource.board is not None else resource.url()
    return f"{place}?{given.urlencode()}" if given else place


@door(SIGNED_IN, "POST")
def keep(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the state of a list as a new view of one's own."""
    resource = resource_called(key, request)
    given, kind = _form(request)
    values = {"resource": resource.key, "name": request.POST.get("name", ""), "kind": kind, **state_in(given)}
    try:
        (pk,) = create(request.actor, RESOURCES["saved-views"], [values]).ids  # type: ignore[attr-defined]
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return HttpResponseRedirect(_here(resource, given, kind))
    flash(request, _("View saved"))
    return HttpResponseRedirect(address_of(_own(request, resource, pk)))


@door(SIGNED_IN, "POST")
def overwrite(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Let a view keep the list as it stands now."""
    resource = resource_called(key, request)
    given, kind = _form(request)
    return _changed(request, resource, pk, {"kind": kind, **state_in(given)}, _("View saved"))


@door(SIGNED_IN, "POST")
def rename(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Give a view another name."""
    return _changed(request, resource_called(key, request), pk, {"name": request.POST.get("name", "")}, _("View renamed"))


@door(SIGNED_IN, "POST")
def remove(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Delete a view; then the list opens as it does without it."""
    resource = resource_called(key, request)
    delete(request.actor, RESOURCES["saved-views"], [pk])  # type: ignore[attr-defined]
    flash(request, _("View deleted"))
    return HttpResponseRedirect(resource.url())
