"""People of our partners who sign in to see what is theirs (a vendor's, later a customer's): apart from our own users, so that no right
of the house can ever reach them."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.models import User
from fondaco.platform.database.rows import Row


class OutsideUser(Row):
    """A person of one party, who signs in by mail address and password. What he may see is said by the rooms that open a portal to him
    (``sourcing.VendorAccess``), company by company; nothing else is ever shown. Party and address are for ever: they stand in the history."""

    company_path = None
    label_paths = ("name",)
    secret_columns = ("password",)

    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+", verbose_name=_("vendor or customer"))
    email = models.TextField(_("email"), unique=True)
    name = models.TextField(_("name"))
    language = models.TextField(_("language"), default="en", choices=[("en", "English"), ("it", "Italiano")])
    theme = models.TextField(_("theme"), default="auto", choices=User._meta.get_field("theme").choices or [])
    password = models.TextField(default="!", editable=False)
    is_active = models.BooleanField(_("active"), default=True, editable=False)
    session_epoch = models.BigIntegerField(_("generation of sessions"), default=1, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("portal user"), _("portal users")
        constraints = [
            models.CheckConstraint(
                name="outside_email_is_an_address", condition=Q(email__regex=r"^[^\s@]+@[^\s@]+$", email=Lower(F("email")))
            ),
            # What lets a portal be opened to a person of that very party only.
            models.UniqueConstraint(fields=["id", "party"], name="outside_user_of_party"),
        ]

    def __str__(self) -> str:
        return self.name


class OutsideLink(Row):
    """A link by which a portal user sets his password: it works once and ends. Only its digest is kept; a newer one ends the older ones."""

    company_path = None
    secret_columns = ("digest",)

    user = models.ForeignKey(OutsideUser, models.CASCADE, related_name="links")
    digest = models.TextField(unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("link of a portal user"), _("links of portal users")

    def __str__(self) -> str:
        return f"{self.user_id}"


class OutsideSignIn(models.Model):
    """A sign-in of a portal user that succeeded: who, when, and from which address."""

    append_only = True

    user = models.ForeignKey(OutsideUser, models.CASCADE, related_name="sign_ins")
    address = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="outside_sign_in")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at}"
