"""Parties: one row per person or organisation, in all its roles; and the one timeline of interactions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Party(Row):
    """A person or organisation, once, in every role: lead, customer, vendor, employee."""

    company_path = None
    owner_path = "salesperson"
    label_paths = ("name",)

    kind = models.TextField(_("kind"), choices=[("organisation", _("organisation")), ("person", _("person"))], default="organisation")
    code = models.TextField(_("code"), unique=True, blank=True)
    name = models.TextField(_("name"))
    country = models.ForeignKey("companies.Country", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("country"))
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("currency"))
    language = models.TextField(_("language"), default="en", choices=[("en", "English"), ("it", "Italiano")])
    vat_number = models.TextField(_("VAT number"), blank=True)
    salesperson = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("salesperson")
    )

    def __str__(self) -> str:
        return self.name


class Interaction(Row):
    append_only = True
    company_path = None
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", null=True)
    on = models.DateField()
    kind = models.TextField()
    direction = models.TextField()
    title = models.TextField()
    source_table = models.TextField(blank=True)
    source_id = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.ForeignKey("companies.Currency", models.PROTECT, related_name="+", null=True)
    by = models.TextField(blank=True)
