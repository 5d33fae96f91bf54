"""Tax codes with dated rates, and the rules that choose one."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class TaxCode(Row):
    """A way in which a sale or purchase is taxed. ``natura`` and ``category`` are what e-invoices call it (FatturaPA, EN 16931)."""

    KINDS = (("sale", _("sale")), ("purchase", _("purchase")))
    TREATMENTS = tuple(
        (t, t.replace("_", " ")) for t in ("standard", "reduced", "zero", "exempt", "reverse_charge", "export", "intra_community")
    )
    label_paths = ("code",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    kind = models.TextField(_("kind"), choices=KINDS)
    treatment = models.TextField(_("treatment"), choices=TREATMENTS)
    account = models.ForeignKey("ledger.Account", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("tax account"))
    natura = models.TextField(_("natura"), blank=True)
    category = models.TextField(_("category (EN 16931)"), blank=True)
    exemption = models.TextField(_("reason for no tax"), blank=True)
    exemption_it = models.TextField(_("reason for no tax (Italian)"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tax code"), _("tax codes")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="tax_code_once"),
            models.UniqueConstraint(fields=["id", "company"], name="tax_code_of_company"),
        ]

    def __str__(self) -> str:
        return self.code


class TaxRate(Row):
    """The rate of a code, in percent, while it is valid; ``valid_to`` empty means until further notice."""

    company_path = "tax_code__company"

    tax_code = models.ForeignKey(TaxCode, models.CASCADE, related_name="rates", verbose_name=_("tax code"))
    rate = models.DecimalField(_("rate %"), max_digits=7, decimal_places=4)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tax rate"), _("tax rates")
        constraints = [
            models.CheckConstraint(name="tax_rate_percent", condition=Q(rate__gte=0, rate__lte=100)),
            ExclusionConstraint(
                name="tax_rates_do_not_overlap",
                expressions=[
                    ("tax_code", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), models.Value("[]"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate} %"


class TaxRule(Row):
    """Chooses the code: the first rule by priority that matches buyer and product; empty conditions match all.

    ``buyer``: domestic, eu_business, eu_consumer, outside_eu. The explanation is the sentence the user reads.
    """

    BUYERS = (
        ("", _("any")),
        ("domestic", _("domestic")),
        ("eu_business", _("EU business")),
        ("eu_consumer", _("EU consumer")),
        ("outside_eu", _("outside the EU")),
    )

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    priority = models.BigIntegerField(_("priority"))
    kind = models.TextField(_("kind"), choices=TaxCode.KINDS, default="sale")
    buyer = models.TextField(_("buyer"), choices=BUYERS, blank=True, default="")
    buyer_country = models.TextField(_("buyer's country"), blank=True, default="")
    product_class = models.TextField(_("product class"), blank=True, default="")
    tax_code = models.ForeignKey(TaxCode, models.PROTECT, related_name="+", verbose_name=_("tax code"))
    explanation = models.TextField(_("explanation"))
    explanation_it = models.TextField(_("Italian explanation"), blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("tax rule"), _("tax rules")
        constraints = [models.UniqueConstraint(fields=["company", "kind", "priority"], name="tax_rule_priority_once")]

    def __str__(self) -> str:
        return f"{self.priority}"
