"""Who works here, in which roles, for which companies, and with which tokens from outside."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Scope(models.TextChoices):
    """Which rows of a permitted kind a person reaches."""

    OWN = "own", _("own records")
    TEAM = "team", _("records of the team")
    COMPANY = "company", _("all records of the company")


class User(AbstractBaseUser, Row):
    """A person who signs in. The username is for ever: it names the actor in every history row."""

    seldom_changes = True
    company_path = None
    secret_columns = ("password", "last_login")

    username = models.TextField(_("user name"), unique=True)
    name = models.TextField(_("name"))
    email = models.EmailField(_("email"), blank=True)
    language = models.TextField(_("language"), default="en", choices=[("en", "English"), ("it", "Italiano")])
    theme = models.TextField(_("theme"), default="auto", choices=[("auto", _("as the device")), ("light", _("light")), ("dark", _("dark"))])
    density = models.TextField(_("density"), default="comfortable", choices=[("comfortable", _("comfortable")), ("dense", _("dense"))])
    is_active = models.BooleanField(_("active"), default=True)
    session_epoch = models.BigIntegerField(_("generation of sessions"), default=1, editable=False)

    objects = BaseUserManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name, verbose_name_plural = _("user"), _("users")
        constraints = [
            models.CheckConstraint(name="username_is_lower_case_word", condition=models.Q(username__regex=r"^[a-z][a-z0-9._-]{1,60}$"))
        ]

    def __str__(self) -> str:
        return self.name


class Team(Row):
    """People whose records are visible to each other under the scope *team*."""

    company_path = None

    name = models.TextField(_("name"), unique=True)
    members = models.ManyToManyField(User, through="TeamMember", related_name="teams", verbose_name=_("members"))

    class Meta:
        verbose_name, verbose_name_plural = _("team"), _("teams")

    def __str__(self) -> str:
        return self.name


class TeamMember(Row):
    """A user in a team."""

    company_path = None

    team = models.ForeignKey(Team, models.CASCADE, related_name="colleagues", verbose_name=_("team"))
    user = models.ForeignKey(User, models.CASCADE, related_name="team_memberships", verbose_name=_("user"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.team_id} {self.user_id}"


class Role(Row):
    """A bundle of permissions, named as the job is named."""

    seldom_changes = True
    company_path = None

    key = models.TextField(_("key"), unique=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("role"), _("roles")

    def __str__(self) -> str:
        return self.name

    def called(self) -> str:
        """Its name in the language of whoever reads."""
        return self.name_it if get_language() == "it" and self.name_it else self.name


class RolePermission(Row):
    """What a role may do: a permission, or a pattern such as ``sales.*``, over the rows within ``scope``."""

    seldom_changes = True

    role = models.ForeignKey(Role, models.CASCADE, related_name="permissions")
    pattern = models.TextField(_("permission"))
    scope = models.TextField(_("scope"), choices=Scope.choices, default=Scope.COMPANY)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "pattern"], name="role_names_permission_once"),
            models.CheckConstraint(name="role_permission_scope", condition=models.Q(scope__in=Scope.values)),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} ({self.scope})"


class Membership(Row):
    """A role held by a user in one company, or in all of them when ``company_id`` is empty.

    The foreign key to the company is laid by ``masterdata.companies``, whose table it points to.
    """

    seldom_changes = True

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="holders", verbose_name=_("role"))
    company_id = models.BigIntegerField(_("company"), null=True, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role", "company_id"], name="membership_once", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role_id}"


class ApiToken(Row):
    """A key for programs. Only its digest is kept; its rights are those of its user, cut down to ``scopes``."""

    seldom_changes = True
    company_path, owner_path = None, "user"
    secret_columns = ("digest",)

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("user"))
    name = models.TextField(_("name"))
    prefix = models.TextField(unique=True, editable=False)
    digest = models.TextField(editable=False)
    scopes = models.JSONField(_("scopes"), default=list, help_text=_("Permission patterns, such as invoicing.*"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("API token"), _("API tokens")

    def __str__(self) -> str:
        return self.name


class TokenUse(models.Model):
    """When a token was last used, to the minute; apart from the token, so that using it changes nothing that people change."""

    token = models.OneToOneField(ApiToken, models.CASCADE, primary_key=True, related_name="use")
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.token_id} {self.at}"


class OneTimeLink(Row):
    """A link that lets somebody in once: to set a password, or to set up the installation. Only its digest is kept.

    The database refuses to use it twice or too late; a newer link of the same user ends the older ones.
    """

    class Purpose(models.TextChoices):
        SET_UP = "set_up", _("set up the installation")
        PASSWORD = "password", _("set a password")

    secret_columns = ("digest",)

    purpose = models.TextField(choices=Purpose.choices)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", null=True)
    digest = models.TextField(unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="link_is_for_a_user_or_the_installation",
                condition=models.Q(purpose="set_up", user__isnull=True)
                | models.Q(purpose="password", user__isnull=False, expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class SignIn(models.Model):
    """A sign-in that succeeded: who, when, and from which address."""

    append_only = True

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins")
    address = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="sign_in_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at}"


class SignInAttempt(models.Model):
    """A failed sign-in, kept to slow down guessing."""

    username = models.TextField()
    address = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["username", "-at"], name="attempt_user"),
            models.Index(fields=["address", "-at"], name="attempt_address"),
        ]

    def __str__(self) -> str:
        return self.username
