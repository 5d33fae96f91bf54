"""How users, roles, teams and tokens are shown and served."""

from collections.abc import Sequence

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.users import actions, outside  # noqa: F401  the verbs on portal users are declared on import
from fondaco.masterdata.users.models import OutsideSignIn, OutsideUser
from fondaco.masterdata.users.permissions import advice_on, fits_any, known_permissions
from fondaco.masterdata.users.refusals import UnknownPermission
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import ApiToken, Membership, Role, RolePermission, SignIn, Team, TeamMember, User
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

#: Who holds which roles, and when he came last, is for those who manage users; his name is for every colleague.
MANAGING = "access.view_membership"


def role_name(path: str = "") -> F:
    """The name of the role at ``path`` in the reader's language."""
    return F(f"{path}name_it" if get_language() == "it" else f"{path}name")


def _roles() -> Subquery:
    held = Membership.objects.filter(user=OuterRef("pk")).order_by().annotate(called=role_name("role__")).values("user")
    return Subquery(held.annotate(names=StringAgg("called", ", ", distinct=True, order_by="called")).values("names"))


def _companies() -> Case:
    held = Membership.objects.filter(user=OuterRef("pk"))
    own = Company.objects.filter(pk__in=Membership.objects.filter(user=OuterRef(OuterRef("pk"))).values("company_id"))
    names = own.order_by().annotate(one=Value(1)).values("one").annotate(names=StringAgg("name", ", ", order_by="name")).values("names")
    return Case(
        When(Exists(held.filter(company_id__isnull=True)), then=Value(gettext("all companies"))),
        default=Subquery(names),
        output_field=TextField(),
    )


def _last_sign_in() -> Subquery:
    return Subquery(SignIn.objects.filter(user=OuterRef("pk")).order_by("-at").values("at")[:1])


def company_name() -> Case:
    """The company of a membership, in words."""
    return Case(
        When(company_id__isnull=True, then=Value(gettext("all companies"))),
        default=Subquery(Company.objects.filter(pk=OuterRef("company_id")).values("name")),
        output_field=TextField(),
    )


@register
class UserResource(Resource):
    model, key, natural_key = User, "users", "username"
    title, title_one, job, icon = _("Users"), _("User"), "set_up", "user"
    view_permission, write_permission = "access.view_user", "access.write_user"
    annotations = {"roles": _roles, "works_in": _companies, "last_sign_in": _last_sign_in}
    columns = [
        "name",
        "username",
        "email",
        Column("roles", _("Roles"), kind="text", right=MANAGING),
        Column("works_in", _("Companies"), kind="text", right=MANAGING),
        Column("last_sign_in", _("Last sign-in"), kind="moment", right=MANAGING),
        Column("is_active", _("Active")),
    ]
    fields = [*columns, "language"]
    writable = ["name", "username", "email", "language"]
    filters = ["is_active"]
    conditions = {
        "active": (_("active"), lambda: Q(is_active=True)),
        "inactive": (_("deactivated"), lambda: Q(is_active=False)),
        "without_password": (_("invited, not yet here"), lambda: Q(is_active=True) & (Q(password="") | Q(password__startswith="!"))),
    }
    search, sort = ["name", "username", "email"], "name"
    lines = [
        Lines(
            Membership,
            "user",
            [
                Column("role", right=MANAGING),
                Column("company_name", _("Company"), kind="text", right=MANAGING),
                Column("created_by", _("Given by"), right=MANAGING),
                Column("created_at", _("Since"), right=MANAGING),
            ],
            title=_("Roles"),
            order=["id"],
            annotations={"company_name": company_name},
        ),
        Lines(TeamMember, "user", ["team"], title=_("Teams"), order=["id"]),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for draft in drafts:
            draft.row.username = draft.row.username.strip().lower()
            draft.row.email = draft.row.email.strip().lower()
            if draft.row.pk is None:
                draft.row.password = "!"  # nobody signs in before a password is set by a link
        actions.refuse_beyond_reach(actor, cls.write_permission, [d.row for d in drafts if d.row.pk is not None])


def _last_outside() -> Subquery:
    return Subquery(OutsideSignIn.objects.filter(user=OuterRef("pk")).order_by("-at").values("at")[:1])


@register
class OutsideUserResource(Resource):
    """Portal users are made by opening a portal to them; here they are found, and shut out everywhere."""

    model, key, natural_key = OutsideUser, "portal-users", "email"
    title, title_one, job, icon, place = _("Portal users"), _("Portal user"), "set_up", "user", 60
    view_permission = "access.view_outside"
    annotations = {"last_sign_in": _last_outside}
    columns = ["name", "email", "party", Column("last_sign_in", _("Last sign-in"), kind="moment"), Column("is_active", _("Active"))]
    fields = [*columns, "language"]
    filters = ["is_active", "party"]
    conditions = {
        "active": (_("active"), lambda: Q(is_active=True)),
        "inactive": (_("deactivated"), lambda: Q(is_active=False)),
        "without_password": (_("invited, not yet here"), lambda: Q(is_active=True, password__startswith="!")),
    }
    search, sort = ["name", "email", "party"], "name"


@register
class RoleResource(Resource):
    model, key, natural_key = Role, "roles", "key"
    title, title_one, job, icon = _("Roles"), _("Role"), "set_up", "lock"
    view_permission, write_permission = "access.view_role", "access.write_role"
    writable = ["name", "name_it", "key"]
    annotations = {"held_by": lambda: Count("holders__user", filter=Q(holders__user__is_active=True), distinct=True)}
    columns = ["name", "name_it", "key", Column("held_by", _("Held by"), kind="number")]
    search, sort = ["name", "name_it", "key"], "name"
    lines = [Lines(RolePermission, "role", ["pattern", "scope"], ["pattern", "scope"], title=_("Permissions"), order=["id"])]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        actions.refuse_roles_of_one_company(actor, cls.write_permission)
        kept = set(RolePermission.objects.filter(role__in=[d.row.pk for d in drafts if d.row.pk]).values_list("role", "pattern"))
        known = known_permissions()
        for draft in drafts:
            draft.row.key = draft.row.key.strip().lower()
            for line in draft.lines:
                line.pattern = line.pattern.strip().lower()
                if (draft.row.pk, line.pattern) not in kept and not fits_any(line.pattern, known):
                    raise UnknownPermission(role=draft.row.name, pattern=line.pattern[:60], advice=advice_on(line.pattern, known))


@register
class TeamResource(Resource):
    model, key, natural_key = Team, "teams", "name"
    title, title_one, job, icon = _("Teams"), _("Team"), "set_up", "group"
    view_permission, write_permission = "access.view_team", "access.write_team"
    annotations = {"size": lambda: Count("colleagues", distinct=True)}
    columns = ["name", Column("size", _("Members"), kind="number")]
    writable, search, sort = ["name"], ["name"], "name"
    lines = [Lines(TeamMember, "team", ["user"], ["user"], title=_("Members"), order=["id"])]


@register
class TokenResource(Resource):
    model, key = ApiToken, "api-tokens"
    title, title_one, job, icon = _("API tokens"), _("API token"), "set_up", "link"
    view_permission = "access.view_token"
    annotations = {"last_used": lambda: F("use__at")}
    columns = ["name", "user", Column("prefix", _("Begins with")), "scopes", Column("created_at", _("Made")), Column("last_used", _("Last used"), kind="moment"), "expires_at", "revoked_at"]  # fmt: skip
    filters = ["user"]
    conditions = {
        "working": (_("working"), lambda: Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=Now())) & Q(user__is_active=True)),
        "never_used": (_("never used"), lambda: Q(use__at__isnull=True, revoked_at__isnull=True)),
        "ended": (_("ended"), lambda: Q(revoked_at__isnull=False) | Q(expires_at__lte=Now()) | Q(user__is_active=False)),
    }  # fmt: skip
    search = ["name", "prefix", "user"]
