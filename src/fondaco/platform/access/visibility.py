"""The one definition of which rows a person may see; lists, pages, REST, MCP, exports and search all pass here."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope

M = TypeVar("M", bound=Model)


def reaches(actor: Actor, permission: str, model: type[Model], pk: object) -> bool:
    """Whether ``actor`` holds ``permission`` on this row; without limits of company or owner nothing is asked."""
    if not actor.may(permission):
        return False
    rows = model._default_manager.all()
    seen = visible(rows, actor, permission)
    return seen is rows or seen.filter(pk=pk).exists()


def visible(rows: QuerySet[M], actor: Actor, permission: str) -> QuerySet[M]:
    """Cut ``rows`` to those on which ``actor`` holds ``permission``.

    A model says with ``company_path`` (default ``company``; ``None`` for rows of no company) and ``owner_path`` (the
    user a row belongs to; ``None`` when rows have no owner, so that *own* and *team* reach nothing). Where a second
    user reaches a row as its owner does, such as the salesperson a ticket of his customer, it says ``also_visible_path``.
    Rows that their owners show to everybody (``everybody_sees``, a condition) are seen, not changed, within any scope; those that they keep
    to themselves (``only_owner_sees``) are reached by nobody else, whatever his scope.
    """
    if actor.everything:
        return rows
    held = actor.grants(permission)
    if not held:
        return rows.none()
    company = getattr(rows.model, "company_path", "company")
    owners = [p for p in (getattr(rows.model, "owner_path", None), getattr(rows.model, "also_visible_path", None)) if p]
    kept = getattr(rows.model, "only_owner_sees", None)
    if kept is not None:
        rows = rows.filter(~kept | Q(**{owners[0]: actor.user_id}))
    reach = Q(pk__in=[])
    for company_id, scope in held:
        part = Q()
        if company_id is not None and company is not None:
            part &= Q(**{company: company_id})
            if getattr(rows.model, "shared_when_no_company", False):
                part |= Q(**{f"{company}__isnull": True})
        if scope != Scope.COMPANY:
            if not owners:
                continue
            users = [actor.user_id] if scope == Scope.OWN else list(actor.team_ids)
            reached = Q(*((f"{owner}__in", users) for owner in owners), _connector=Q.OR)
            if permission.partition(".")[2].startswith("view_"):
                reached |= getattr(rows.model, "everybody_sees", Q())
            part &= reached
        if not part:
            return rows
        reach |= part
    return rows.filter(reach)
