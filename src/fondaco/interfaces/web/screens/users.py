"""Inviting a colleague, and what a role may do, in words."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import JOBS, companies_of, page
from fondaco.interfaces.web.screens.verbs import told_page
from fondaco.localizations.founding import check_person
from fondaco.masterdata.users.actions import grant_role, make_password_link
from fondaco.masterdata.users.resources import RoleResource, UserResource, company_name
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Membership, Role, RolePermission, Scope, User
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES, Resource
from fondaco.platform.resources.reading import rows_for
from fondaco.platform.resources.writing import create

EVERYWHERE = "all"


@door("access.write_user", "GET", "POST")
def invite(request: HttpRequest) -> HttpResponse:
    """Make a user with roles, and the link by which he sets his password; all or nothing."""
    if request.method == "GET":
        return _invite_page(request, {}, [], {})
    values, problems = check_person(request.POST.dict())
    values["language"] = request.POST.get("language", "en")
    roles = [int(r) for r in request.POST.getlist("role") if r.isdecimal() and len(r) < 19]
    where = request.POST.get("where", "")
    place = {"in_all_companies": True} if where == EVERYWHERE else {"company": int(where)} if where.isdecimal() and len(where) < 19 else {}
    if roles and not place:
        problems["where"] = _("Choose where the roles are held.")
    if problems:
        return _invite_page(request, {**values, "where": where}, roles, problems, 422)
    try:
        with transaction.atomic():
            (key,) = create(request.actor, UserResource, [values]).ids  # type: ignore[attr-defined]
            for role in roles:
                perform(request.actor, grant_role, [key], {"role": role, **place})  # type: ignore[attr-defined]
            told = perform(request.actor, make_password_link, [key]).told  # type: ignore[attr-defined]
    except UserError as refusal:
        known = {name: str(sentence) for name, sentence in refusal.fields.items() if name in values}
        return _invite_page(request, {**values, "where": where}, roles, known or {"": refusal.sentence()}, refusal.status)
    return told_page(request, _("{name} is invited").format(name=values["name"]), told, UserResource.url(key))


def _invite_page(
    request: HttpRequest, values: Mapping[str, Any], roles: list[int], problems: Mapping[str, str], status: int = 200
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    reach = {company for company, _scope in actor.grants(grant_role.permission)}
    companies = [(str(c.pk), c.name) for c in companies_of(request) if None in reach or c.pk in reach]
    places = [*companies, *([(EVERYWHERE, _("In all companies"))] if None in reach else [])]
    declared = [
        {"name": "name", "label": _("Name"), "required": True, "autofocus": not problems},
        {"name": "email", "kind": "email", "label": _("Email"), "required": True},
        {"name": "username", "label": _("User name"), "optional": True, "hint": _("Left empty, it is made from the name: anna.rossi. It stands in the history and never changes."), "attrs": {"autocapitalize": "none"}},
        {"name": "language", "kind": "select", "label": _("Language"), "options": list(User._meta.get_field("language").choices or ()), "value": values.get("language") or translation.get_language()},
    ]  # fmt: skip
    place = {"name": "where", "kind": "select", "label": _("Roles are held in"), "options": places, "value": values.get("where") or (places[0][0] if len(companies) == 1 else ""), "empty": _("Choose") if len(companies) != 1 else None}  # fmt: skip
    labels = {f["name"]: f["label"] for f in [*declared, place]}
    context = {
        "title": _("Invite a colleague"),
        "back": UserResource.url(),
        "back_title": UserResource.title,
        "fields": [
            {"value": values.get(str(f["name"])), **f, "error": problems.get(str(f["name"])), "autocomplete": "off"} for f in declared
        ],
        "place": place | {"error": problems.get("where")},
        "roles": [{"key": r.pk, "name": r.called(), "chosen": r.pk in roles} for r in Role.objects.order_by("id")] if places else [],
        "errors": [{"text": f"{labels[n]}: {s}", "field": f"id_{n}"} if n in labels else {"text": s} for n, s in problems.items()],
    }
    return page(request, "web/invite.html", context, status=status)


@door("access.view_role", "GET")
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """What a role may do, kind of record by kind of record, and who holds it."""
    found = rows_for(RoleResource, request.actor).filter(pk=pk).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=f"{RoleResource.title_one} {pk}")
    patterns = list(RolePermission.objects.filter(role=found).order_by("pattern").values_list("pattern", "scope"))
    bearer = Actor(username=f"role.{found.key}", patterns=tuple((pattern, None, scope) for pattern, scope in patterns))
    holders = Membership.objects.filter(role=found).select_related("user").order_by("user__name", "id").annotate(where=company_name())
    context = {
        "title": found.called(),
        "role": found,
        "back": RoleResource.url(),
        "back_title": RoleResource.title,
        "parts": _permissions_in_words(bearer),
        "patterns": [{"pattern": pattern, "scope": Scope(scope).label} for pattern, scope in patterns],
        "holders": [
            {"name": m.user.name, "url": UserResource.url(m.user_id), "where": m.where, "active": m.user.is_active} for m in holders
        ],
    }
    return page(request, "web/role.html", context)


def _permissions_in_words(bearer: Actor) -> list[dict[str, Any]]:
    """For each job in the rail, what may be seen, written and done; kinds of record that stay closed are left out."""
    parts = []
    for job, title in [*JOBS, ("", _("Elsewhere"))]:
        rows = [row for r in RESOURCES.values() if r.job == job and (row := _row(r, bearer)) is not None]
        if rows:
            parts.append({"title": title, "rows": rows})
    return parts


def _row(resource: type[Resource], bearer: Actor) -> dict[str, Any] | None:
    see, write = _reach(bearer, resource.view_permission), _reach(bearer, resource.write_permission)
    verbs: dict[str, list[str]] = {}
    for action in resource.actions():
        if reach := _reach(bearer, action.permission):
            verbs.setdefault(reach, []).append(str(action.title))
    if not (see or write or verbs):
        return None
    return {
        "what": resource.title,
        "see": see,
        "write": write,
        "verbs": [(reach, ", ".join(dict.fromkeys(t))) for reach, t in verbs.items()],
    }


def _reach(bearer: Actor, permission: str) -> str:
    held = bearer.grants(permission) if permission else ()
    return str(Scope(held[0][1]).label) if held else ""
