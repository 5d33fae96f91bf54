"""Views: how somebody wants to see a list, kept under a name, for himself or for everybody."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.models import User
from fondaco.platform.database.rows import Row
from fondaco.platform.resources.declare import RESOURCES


def lists() -> list[tuple[str, Any]]:
    """Every list that there is: its key and its title."""
    return [(resource.key, resource.title) for resource in RESOURCES.values()]


class SavedView(Row):
    """The state of a list under a name: a question only, so whoever opens a shared view still sees his own rows.

    ``resource`` is the key of the list (``invoices``); ``filters``, ``search``, ``sort``, ``grouping`` and ``columns`` are
    written as in the list's address. List and owner never change.
    """

    class Kind(models.TextChoices):
        LIST = "list", _("list")
        BOARD = "board", _("board")

    PERSONAL, SHARED = "personal", "shared"
    STATES = [(PERSONAL, _("personal")), (SHARED, _("for everybody"))]

    company_path, owner_path = None, "owner"
    everybody_sees = Q(state=SHARED)

    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("owner"), editable=False)
    resource = models.TextField(_("list"), max_length=60, choices=lists)
    name = models.TextField(_("name"), max_length=60)
    state = models.TextField(_("for whom"), choices=STATES, default=PERSONAL, editable=False)
    kind = models.TextField(_("shown as"), choices=Kind.choices, default=Kind.LIST)
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    search = models.TextField(_("search"), blank=True, max_length=200)
    sort = models.TextField(_("sorted by"), blank=True, max_length=100)
    grouping = models.TextField(_("grouped by"), blank=True, max_length=100)
    columns = models.JSONField(_("columns"), default=list, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("view"), _("views")
        constraints = [
            models.UniqueConstraint(fields=["owner", "resource", "name"], name="own_view_name_once"),
            models.UniqueConstraint(fields=["resource", "name"], condition=Q(state="shared"), name="shared_view_name_once"),
            models.CheckConstraint(name="view_has_a_name", condition=Q(name__regex=r"^[^\s[:cntrl:]]([^[:cntrl:]]{0,58}[^\s[:cntrl:]])?$")),
            models.CheckConstraint(name="view_of_a_list", condition=Q(resource__regex="^[a-z][a-z0-9-]{0,59}$")),
            models.CheckConstraint(name="view_kind_known", condition=Q(kind__in=["list", "board"])),
            models.CheckConstraint(name="view_state_known", condition=Q(state__in=["personal", "shared"])),
        ]

    def __str__(self) -> str:
        return self.name


class DefaultView(Row):
    """The view with which a list opens for one user: his own or a shared one. ``resource`` is written by the database."""

    company_path, owner_path = None, "user"

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("user"))
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="defaults", verbose_name=_("view"))
    resource = models.TextField(_("list"), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "resource"], name="default_view_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.resource}"
