"""Products that are configured: what can be chosen of them, which choices go together, and the configurations that were made."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row
from fondaco.platform.documents.models import Document

PRICE: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
QUANTITY: dict[str, Any] = {"max_digits": 20, "decimal_places": 6}
CODE = r"^[a-zA-Z0-9_]+$"
ATTRIBUTE_CODE = r"^[a-zA-Z_][a-zA-Z0-9_]*$"


class ProductModel(Document):
    """What can be chosen of a product, in one version. A released one never changes: the next version is drafted from it.

    ``number`` is the SKU with the version. Of a product one version is released; a configuration keeps the version it was made with.
    """

    company_path = None
    label_paths = ("number",)
    STATES = (("draft", _("draft")), ("released", _("released")), ("superseded", _("superseded")))

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    model_version = models.BigIntegerField(_("version of the model"), default=1, editable=False)
    state = models.TextField(_("state"), choices=STATES, default="draft", editable=False)
    notes = models.TextField(_("notes"), blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("product model"), _("product models")
        constraints = [
            models.UniqueConstraint(fields=["product", "model_version"], name="product_model_version_once"),
            models.UniqueConstraint(fields=["product"], name="one_released_model", condition=Q(state="released")),
            models.UniqueConstraint(fields=["product"], name="one_draft_model", condition=Q(state="draft")),
            models.CheckConstraint(name="product_model_state", condition=Q(state__in=["draft", "released", "superseded"])),
            models.CheckConstraint(name="released_model_says_when", condition=Q(state="draft") | Q(released_at__isnull=False)),
        ]


class Attribute(Row):
    """Something to be chosen: one of its values, a whole number between bounds, or a component.

    A number adds ``surcharge`` for each unit above ``included``, in the currency of the product, and ``weight_kg`` for each unit.
    """

    company_path = None
    label_paths = ("name",)
    CHOICE, NUMBER, COMPONENT = "choice", "number", "component"
    KINDS = ((CHOICE, _("one of its values")), (NUMBER, _("whole number")), (COMPONENT, _("component")))

    model = models.ForeignKey(ProductModel, models.CASCADE, related_name="attributes", verbose_name=_("product model"))
    position = models.BigIntegerField(_("line"), default=0)
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    kind = models.TextField(_("kind"), choices=KINDS, default=CHOICE)
    unit = models.TextField(_("unit"), blank=True)
    least = models.BigIntegerField(_("from"), null=True, blank=True)
    most = models.BigIntegerField(_("to"), null=True, blank=True)
    step = models.BigIntegerField(_("in steps of"), default=1)
    included = models.BigIntegerField(_("included in the price"), default=0)
    surcharge = models.DecimalField(_("surcharge"), default=0, **PRICE)
    weight_kg = models.DecimalField(_("weight kg"), default=0, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("attribute"), _("attributes")
        constraints = [
            models.UniqueConstraint(fields=["model", "code"], name="attribute_code_once"),
            models.CheckConstraint(name="attribute_code_is_a_word", condition=Q(code__regex=ATTRIBUTE_CODE)),
            models.CheckConstraint(name="attribute_kind", condition=Q(kind__in=["choice", "number", "component"])),
            models.CheckConstraint(
                name="number_has_bounds",
                condition=~Q(kind="number")
                | Q(
                    least__isnull=False,
                    most__isnull=False,
                    most__gte=models.F("least"),
                    most__lte=models.F("least") + 20_000 * models.F("step"),
                ),
            ),
            models.CheckConstraint(name="attribute_step_positive", condition=Q(step__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class AttributeValue(Row):
    """One of the values of an attribute, which it names by its code; the first is the standard one.

    ``surcharge`` is added to the price in the currency of the product, ``factor`` multiplies it. ``measure`` is the figure by which the value
    counts in sums of rules. The value of a component names a product, of which ``quantity`` are built in; it may itself be configured.
    """

    company_path = None
    label_paths = ("name",)

    model = models.ForeignKey(ProductModel, models.CASCADE, related_name="values", verbose_name=_("product model"))
    position = models.BigIntegerField(_("line"), default=0)
    attribute = models.TextField(_("attribute"))
    code = models.TextField(_("code"))
    name = models.TextField(_("name"))
    name_it = models.TextField(_("Italian name"), blank=True)
    surcharge = models.DecimalField(_("surcharge"), default=0, **PRICE)
    factor = models.DecimalField(_("factor"), default=1, max_digits=12, decimal_places=6)
    measure = models.BigIntegerField(_("measure"), default=0)
    weight_kg = models.DecimalField(_("weight kg"), default=0, **QUANTITY)
    component = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("component"))
    quantity = models.DecimalField(_("quantity"), default=1, **QUANTITY)

    class Meta:
        verbose_name, verbose_name_plural = _("value"), _("values")
        constraints = [
            models.UniqueConstraint(fields=["model", "attribute", "code"], name="value_code_once"),
            models.CheckConstraint(name="value_code_is_a_word", condition=Q(code__regex=CODE)),
            models.CheckConstraint(name="value_factor_positive", condition=Q(factor__gt=0)),
            models.CheckConstraint(name="value_quantity_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name


class Rule(Row):
    """Which choices go together, as a sales engineer writes it; ``name`` is what is said where it closes a choice."""

    company_path = None
    label_paths = ("name",)

    model = models.ForeignKey(ProductModel, models.CASCADE, related_name="rules", verbose_name=_("product model"))
    position = models.BigIntegerField(_("line"), default=0)
    name = models.TextField(_("what it says"))
    name_it = models.TextField(_("in Italian"), blank=True)
    rule = models.TextField(_("rule"))

    class Meta:
        verbose_name, verbose_name_plural = _("rule"), _("rules")

    def __str__(self) -> str:
        return self.name


class Configuration(Row):
    """What was chosen of a product, whole, with the version of its model: made when it is used, found again by its ``fingerprint``.

    ``choices`` names the value of each attribute by code; those of a component stand under ``slot.value.attribute``. ``component_models`` keeps the model of each
    component in its version. It never changes: other choices are another configuration.
    """

    append_only = True
    company_path = None
    label_paths = ("product__sku", "fingerprint")

    product = models.ForeignKey("catalog.Product", models.PROTECT, related_name="+", verbose_name=_("product"))
    model = models.ForeignKey(ProductModel, models.PROTECT, related_name="configurations", verbose_name=_("product model"))
    choices = models.JSONField(_("choices"))
    component_models = models.JSONField(_("models of its components"), default=dict)
    fingerprint = models.TextField(_("fingerprint"), unique=True)

    class Meta:
        verbose_name, verbose_name_plural = _("configuration"), _("configurations")

    def __str__(self) -> str:
        return self.fingerprint[:12]
