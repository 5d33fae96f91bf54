"""Views as lists read them: which ones somebody can open, and whether a list still understands one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Resource
from fondaco.platform.resources.grouping import grouping_called
from fondaco.platform.resources.reading import Query, selected, understood
from fondaco.platform.views.models import DefaultView, SavedView

SEE, WRITE, SHARE = "views.view_saved_view", "views.write_saved_view", "views.share_saved_view"


def views_for(actor: Actor, resource: type[Resource]) -> QuerySet[SavedView]:
    """The views of a list that ``actor`` opens from its menu: his own and those for everybody; ``is_default`` marks his default."""
    offered = SavedView.objects.filter(Q(owner=actor.user_id) | SavedView.everybody_sees, resource=resource.key)
    default = DefaultView.objects.filter(user=actor.user_id, view=OuterRef("pk"))
    return visible(offered, actor, SEE).annotate(is_default=Exists(default), owner_name=F("owner__name")).order_by("name", "pk")


def query_in(view: SavedView) -> Query:
    """What a view asks of its list."""
    return Query(filters=view.filters, search=view.search, sort=view.sort)


def refuse_stale(resource: type[Resource], actor: Actor, query: Query, columns: Sequence[str], grouping: str = "") -> None:
    """Refuse filters, order, columns or a grouping that the list does not understand; nothing is read."""
    understood(resource, actor, query)
    if grouping:
        grouping_called(resource, actor, grouping)
    if columns:
        selected(resource, actor, columns)


def is_plain(filters: Any, columns: Any) -> bool:
    """Whether filters are names with short texts, and columns a list of names."""
    return (
        isinstance(filters, Mapping)
        and len(filters) <= 50
        and all(isinstance(k, str) and isinstance(v, str) and len(k) <= 200 and len(v) <= 2000 for k, v in filters.items())
        and isinstance(columns, list)
        and len(columns) <= 200
        and all(isinstance(c, str) and len(c) <= 200 for c in columns)
    )
