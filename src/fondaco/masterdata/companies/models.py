"""Currencies, countries, companies (legal entities) and exchange rates."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Currency(models.Model):
    """A currency of ISO 4217; ``decimals`` is its own precision (0, 2, 3 or 4)."""

    seldom_changes = True
    company_path = None

    code = models.CharField(_("code"), max_length=3, primary_key=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"))
    decimals = models.BigIntegerField(_("decimals"), default=2)

    class Meta:
        verbose_name, verbose_name_plural = _("currency"), _("currencies")
        constraints = [models.CheckConstraint(name="currency_decimals", condition=models.Q(decimals__gte=0, decimals__lte=4))]

    label_paths = ("code",)

    def __str__(self) -> str:
        return self.code


class Country(models.Model):
    """A country of ISO 3166; ``vat_prefix`` is set for members of the EU VAT area."""

    seldom_changes = True
    company_path = None

    code = models.CharField(_("code"), max_length=2, primary_key=True)
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"))
    vat_prefix = models.CharField(_("VAT prefix"), max_length=2, blank=True)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("country"), _("countries")

    label_paths = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def in_eu(self) -> bool:
        """Whether the country belongs to the VAT area of the EU."""
        return bool(self.vat_prefix)


class Company(Row):
    """A legal entity with books of its own, kept in its currency."""

    seldom_changes = True
    company_path = "id"

    code = models.TextField(_("code"), unique=True)
    name = models.TextField(_("name"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    country = models.ForeignKey(Country, models.PROTECT, related_name="+", verbose_name=_("country"))
    vat_number = models.TextField(_("VAT number"), blank=True)
    street = models.TextField(_("street"), blank=True)
    postal_code = models.TextField(_("postal code"), blank=True)
    city = models.TextField(_("city"), blank=True)
    email = models.EmailField(_("email"), blank=True)
    phone = models.TextField(_("phone"), blank=True)
    iban = models.TextField(_("IBAN"), blank=True)
    time_zone = models.TextField(_("time zone"), default="Europe/Rome")
    language = models.TextField(_("language"), default="en", choices=[("en", "English"), ("it", "Italiano")])
    fiscal_year_start_month = models.BigIntegerField(_("first month of the fiscal year"), default=1)
    prices_include_tax = models.BooleanField(_("prices include tax"), default=False)
    tax_rounding = models.TextField(
        _("tax is rounded"), default="document", choices=[("document", _("per document")), ("line", _("per line"))]
    )
    allow_negative_stock = models.BooleanField(_("allow negative stock"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("company"), _("companies")
        constraints = [
            models.CheckConstraint(
                name="fiscal_year_starts_in_a_month", condition=models.Q(fiscal_year_start_month__gte=1, fiscal_year_start_month__lte=12)
            ),
            models.UniqueConstraint(fields=["id", "currency"], name="company_keeps_books_in_currency"),
        ]

    def __str__(self) -> str:
        return self.name


class ExchangeRate(Row):
    """What one unit of ``currency`` cost in ``base`` from ``on`` until the next rate. A rate once used re-rates nothing."""

    company_path = None

    base = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("base currency"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    on = models.DateField(_("from"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)

    class Meta:
        verbose_name, verbose_name_plural = _("exchange rate"), _("exchange rates")
        constraints = [
            models.UniqueConstraint(fields=["base", "currency", "on"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(name="exchange_rate_positive", condition=models.Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.currency_id}/{self.base_id} {self.on}"
