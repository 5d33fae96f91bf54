"""What administrators do with users and tokens. Whoever manages one company only reaches no user of another."""

from collections.abc import Sequence
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.users.refusals import (
    ActiveAlready,
    BeyondYourCompanies,
    InactiveAlready,
    NotYourCompany,
    NotYourself,
    RoleHeldAlready,
    RoleNotHeld,
    RolesAreEverywhere,
    TeamUnchanged,
    TokenRevokedAlready,
    WhereIsMissing,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.links import make_password_links, path_of
from fondaco.platform.access.models import ApiToken, Membership, OneTimeLink, Role, RolePermission, Team, TeamMember, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.actions import NAMED, DocumentSet, action

A_ROLE = Annotated[int, Field(json_schema_extra={"resource": "roles"})]
A_TEAM = Annotated[int, Field(json_schema_extra={"resource": "teams"})]
A_COMPANY = Annotated[int | None, Field(json_schema_extra={"resource": "companies"})]


def refuse_beyond_reach(actor: Actor, permission: str, users: Sequence[User]) -> None:
    """Refuse users who work in a company in which ``actor`` does not hold ``permission``."""
    where = {company for company, _scope in actor.grants(permission)}
    if None in where:
        return
    beyond = Membership.objects.filter(user__in=users).exclude(company_id__in=where).select_related("user").first()
    # A company that is null is excluded by no list: a role in all companies is beyond those of one.
    if beyond is not None:
        raise BeyondYourCompanies(user=beyond.user.name)


def _names(users: Sequence[Any]) -> str:
    return ", ".join(str(user) for user in users[:NAMED])


def refuse_roles_of_one_company(actor: Actor, permission: str) -> None:
    """Refuse whoever holds ``permission`` in some companies only: a role counts in all of them."""
    where = {company for company, _scope in actor.grants(permission)}
    if None not in where:
        raise RolesAreEverywhere(own=", ".join(Company.objects.filter(pk__in=where).order_by("code").values_list("code", flat=True)))


@action(Role, permission="access.write_role", title=_("Copy"), done=_("Copied"))
def copy(roles: DocumentSet[Role]) -> None:
    """Make a role of its own from each, with the same permissions and nobody who holds it, to be changed as you need."""
    refuse_roles_of_one_company(roles.actor, "access.write_role")
    taken = set(Role.objects.values_list("key", flat=True))
    made: dict[int, Role] = {}
    for role in roles:
        number = next(n for n in range(2, len(taken) + 3) if f"{role.key}_{n}" not in taken)
        key = f"{role.key}_{number}"
        taken.add(key)
        made[role.pk] = Role(key=key, name=f"{role.name} {number}", name_it=f"{role.name_it} {number}" if role.name_it else "")
    insert_rows(Role, list(made.values()))
    held = RolePermission.objects.filter(role__in=roles.ids).order_by("role", "id")
    insert_rows(RolePermission, [RolePermission(role=made[p.role_id], pattern=p.pattern, scope=p.scope) for p in held])
    roles.made["roles"] = [made[role.pk].pk for role in roles]


@action(User, permission="access.set_roles", title=_("Give a role"), done=_("Role given"))
def grant_role(users: DocumentSet[User], *, role: A_ROLE, company: A_COMPANY = None, in_all_companies: bool = False) -> None:
    """Let users hold a role in one company, or in all of them. It counts from their next click."""
    given, where = _role_and_place(users, role, company, in_all_companies)
    held = set(Membership.objects.filter(user__in=users.ids, role=given, company_id=where).values_list("user_id", flat=True))
    if held:
        raise RoleHeldAlready(users=_names([u for u in users if u.pk in held]), role=given.name)
    insert_rows(Membership, [Membership(user=user, role=given, company_id=where) for user in users])


@action(User, permission="access.set_roles", title=_("Take a role away"), done=_("Role taken away"))
def withdraw_role(users: DocumentSet[User], *, role: A_ROLE, company: A_COMPANY = None, in_all_companies: bool = False) -> None:
    """Take a role from users, in one company or in all of them, as it was given. Somebody who can give roles must remain."""
    taken, where = _role_and_place(users, role, company, in_all_companies)
    held = Membership.objects.filter(user__in=users.ids, role=taken, company_id=where)
    holders = set(held.values_list("user_id", flat=True))
    if len(holders) < len(users):
        raise RoleNotHeld(users=_names([u for u in users if u.pk not in holders]), role=taken.name)
    held.delete()


def _role_and_place(users: DocumentSet[User], role: int, company: int | None, everywhere: bool) -> tuple[Role, int | None]:
    """The role and the company (``None``: all), when the actor may give and take it there."""
    found = Role.objects.filter(pk=role).first()
    if found is None:
        raise NotFound(what=f"{gettext('role')} {role}")
    if (company is None) == (not everywhere):
        raise WhereIsMissing(role=found.name)
    where = {held for held, _scope in users.actor.grants("access.set_roles")}
    if None not in where and company not in where:
        own = ", ".join(Company.objects.filter(pk__in=where).order_by("name").values_list("name", flat=True))
        raise NotYourCompany(where=gettext("all companies") if company is None else f"{gettext('company')} {company}", own=own)
    if company is not None and not Company.objects.filter(pk=company).exists():
        raise NotFound(what=f"{gettext('company')} {company}")
    return found, company


@action(User, permission="access.write_team", title=_("Put into a team"), done=_("Put into the team"))
def join_team(users: DocumentSet[User], *, team: A_TEAM) -> None:
    """Put users into a team: its members see each other's records where their roles say so."""
    refuse_beyond_reach(users.actor, "access.write_team", users)
    found = _team(team)
    inside = set(TeamMember.objects.filter(team=found, user__in=users.ids).values_list("user_id", flat=True))
    if inside:
        raise TeamUnchanged(team=found.name, users=_names([u for u in users if u.pk in inside]))
    insert_rows(TeamMember, [TeamMember(team=found, user=user) for user in users])


@action(User, permission="access.write_team", title=_("Take out of a team"), done=_("Taken out of the team"))
def leave_team(users: DocumentSet[User], *, team: A_TEAM) -> None:
    """Take users out of a team."""
    refuse_beyond_reach(users.actor, "access.write_team", users)
    found = _team(team)
    inside = TeamMember.objects.filter(team=found, user__in=users.ids)
    present = set(inside.values_list("user_id", flat=True))
    if len(present) < len(users):
        raise TeamUnchanged(team=found.name, users=_names([u for u in users if u.pk not in present]))
    inside.delete()


def _team(key: int) -> Team:
    found = Team.objects.filter(pk=key).first()
    if found is None:
        raise NotFound(what=f"{gettext('team')} {key}")
    return found


@action(User, permission="access.set_password", title=_("Link to set a password"), done=_("Link made"))
def make_password_link(users: DocumentSet[User]) -> None:
    """Make a link by which each user sets a password: to begin with, or because the old one was forgotten. It works once, for
    7 days, and is told only now; earlier links end. The old password works until a new one is set."""
    refuse_beyond_reach(users.actor, "access.set_password", users)
    if inactive := [u for u in users if not u.is_active]:
        raise InactiveAlready(users=_names(inactive))
    users.told = {username: path_of(secret) for username, secret in make_password_links(users.rows).items()}


@action(User, permission="access.deactivate_user", title=_("Deactivate"), dangerous=True, done=_("Deactivated"))
def deactivate(users: DocumentSet[User]) -> None:
    """Let users sign in no more. Their sessions, links and tokens end at once; what they wrote stays, and so do their roles."""
    refuse_beyond_reach(users.actor, "access.deactivate_user", users)
    if inactive := [u for u in users if not u.is_active]:
        raise InactiveAlready(users=_names(inactive))
    if users.actor.user_id in users.ids:
        raise NotYourself()
    OneTimeLink.objects.filter(user__in=users.ids, used_at__isnull=True).delete()
    for user in users:
        user.is_active = False
    users.save("is_active")


@action(User, permission="access.deactivate_user", title=_("Reactivate"), done=_("Reactivated"))
def reactivate(users: DocumentSet[User]) -> None:
    """Let deactivated users sign in again, with the roles and the password they had."""
    refuse_beyond_reach(users.actor, "access.deactivate_user", users)
    if active := [u for u in users if u.is_active]:
        raise ActiveAlready(users=_names(active))
    for user in users:
        user.is_active = True
    users.save("is_active")


@action(User, permission="access.revoke_session", title=_("End all sessions"), done=_("Sessions ended"))
def end_sessions(users: DocumentSet[User]) -> None:
    """Sign users out everywhere at once, such as after a lost telephone. Tokens of programs stay."""
    refuse_beyond_reach(users.actor, "access.revoke_session", users)
    for user in users:
        user.session_epoch += 1
    users.save("session_epoch")


@action(ApiToken, permission="access.revoke_token", title=_("Revoke"), dangerous=True, done=_("Revoked"))
def revoke(tokens: DocumentSet[ApiToken]) -> None:
    """End tokens for ever: programs that use them are refused from now on."""
    refuse_beyond_reach(tokens.actor, "access.revoke_token", list(User.objects.filter(tokens__in=tokens.ids)))
    if ended := [t for t in tokens if t.revoked_at is not None]:
        raise TokenRevokedAlready(tokens=_names(ended))
    now = timezone.now()
    for token in tokens:
        token.revoked_at = now
    tokens.save("revoked_at")
