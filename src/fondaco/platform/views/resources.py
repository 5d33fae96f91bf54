"""How views are shown, written and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.resources.declare import RESOURCES, Column, Draft, Resource, register
from fondaco.platform.resources.reading import BadQuery
from fondaco.platform.views import actions  # noqa: F401  verbs are declared on import
from fondaco.platform.views.models import SavedView
from fondaco.platform.views.queries import SEE, SHARE, WRITE, is_plain, query_in, refuse_stale
from fondaco.platform.views.refusals import BadFilters, NoBoard, NoSuchList


@register
class SavedViewResource(Resource):
    model, key = SavedView, "saved-views"
    title, title_one, icon = _("Saved views"), _("Saved view"), "columns"
    view_permission, write_permission = SEE, WRITE
    columns = ["name", "resource", "kind", "state", "owner", Column("created_at", _("Written at"))]
    fields = ["name", "resource", "kind", "state", "owner", "filters", "search", "sort", "grouping", "columns"]
    writable = ["resource", "name", "kind", "filters", "search", "sort", "grouping", "columns"]
    filters, search, sort = ["resource", "state", "kind", "owner"], ["name", "resource"], "name"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Refuse views that their list would not understand; a renamed one may stay as it is."""
        for draft in drafts:
            view = draft.row
            if view.pk is None:
                view.owner_id = actor.user_id
            elif view.state == SavedView.SHARED and not actor.may(SHARE):
                raise NotAllowed(verb=str(_("change")), what=_("views for everybody"), permission=SHARE)
            view.name = " ".join(view.name.split())
            if view.pk is not None and not draft.given & {"kind", "filters", "search", "sort", "grouping", "columns"}:
                continue
            if not is_plain(view.filters, view.columns):
                raise BadFilters(fields={"filters": BadFilters.message})
            resource = RESOURCES.get(view.resource)
            if resource is None or not actor.may(resource.view_permission):
                raise NoSuchList(resource=view.resource, fields={"resource": _("there is no such list")})
            if view.kind == SavedView.Kind.BOARD and resource.board is None:
                raise NoBoard(resource=resource.title)
            try:
                refuse_stale(resource, actor, query_in(view), view.columns, view.grouping)
            except BadQuery as refusal:
                refusal.fields = {"filters": refusal.sentence()}
                raise
