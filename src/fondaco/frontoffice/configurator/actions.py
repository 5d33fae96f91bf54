"""The verbs of product models: release, draft the next version, and configure."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.configurator.choosing import Advisor
from fondaco.frontoffice.configurator.evaluating import broken, missing, strange
from fondaco.frontoffice.configurator.fingerprints import fingerprint
from fondaco.frontoffice.configurator.making import vocabulary
from fondaco.frontoffice.configurator.models import Attribute, AttributeValue, Configuration, ProductModel, Rule
from fondaco.frontoffice.configurator.queries import Shapes, advisor_of, components_of
from fondaco.frontoffice.configurator.refusals import (
    ChoicesBreakRules,
    ChoicesMissing,
    ChoicesUnknown,
    DeadValues,
    MadeOtherwise,
    ModelTooHard,
    NothingToChoose,
    RulesContradict,
)
from fondaco.frontoffice.configurator.solving import TooHard
from fondaco.operations.engineering.queries import strange_to
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Choices = dict[Annotated[str, Field(max_length=500)], Annotated[str, Field(max_length=100)]]
COPIED: dict[Any, tuple[str, ...]] = {
    Attribute: ("position", "code", "name", "name_it", "kind", "unit", "least", "most", "step", "included", "surcharge", "weight_kg"),
    AttributeValue: (
        "position", "attribute", "code", "name", "name_it", "surcharge", "factor", "measure", "weight_kg", "component_id", "quantity",
    ),
    Rule: ("position", "name", "name_it", "rule"),
}  # fmt: skip


@action(ProductModel, moves={"draft": "released"}, permission="configurator.release_model", title=_("Release"), done=_("Released"))
def release(models: DocumentSet[ProductModel]) -> None:
    """Release drafts of product models: their products are configured by them from now on; the versions before are superseded.

    Refused, by name, are models of which nothing can be chosen, values that the rules never allow, and models without what bills of materials and
    routings ask for.
    """
    shapes = Shapes(models.ids)
    now = timezone.now()
    words = {}
    for model in models:
        advisor = Advisor(shapes.shape(model.pk, get_language() or "en"))
        judge(model, advisor)
        words[model.product_id] = vocabulary(advisor.shape, advisor.flat)
        model.released_at = now
    strange = strange_to(words, timezone.localdate())
    for model in models:
        if model.product_id in strange:
            raise MadeOtherwise(document=model, words=", ".join(strange[model.product_id][:20]), rows=rows_json([model]))
    before = ProductModel.objects.select_for_update().filter(product__in=[m.product_id for m in models], state="released").order_by("pk")
    keys = [m.pk for m in before]
    update_rows(ProductModel, {"id": keys, "state": ["superseded"] * len(keys)})
    models.save_with_state("released_at")


def judge(model: ProductModel, advisor: Advisor) -> None:
    """Refuse a model of which nothing can be chosen, or some values never. Raises NothingToChoose, RulesContradict, DeadValues, ModelTooHard."""
    if not advisor.shape.items:
        raise NothingToChoose(document=model, rows=rows_json([model]))
    try:
        faults = advisor.faults()
    except TooHard as hard:
        raise ModelTooHard(document=model, rows=rows_json([model])) from hard
    if faults.together:
        raise RulesContradict(document=model, rules="; ".join(p.rule.name for p in faults.together), rows=rows_json([model]))
    if faults.dead:
        raise DeadValues(document=model, values=", ".join(value_said(advisor, k, c) for k, c in faults.dead[:20]), rows=rows_json([model]))


def value_said(advisor: Advisor, key: str, code: str) -> str:
    """A value of an attribute in words."""
    item = advisor.flat.places[key].item
    option = item.option(code)
    return f"{item.name}: {option.name if option else code}"


@action(ProductModel, permission="configurator.write_model", title=_("Draft next version"), done=_("Next version drafted"))
def draft_next(models: DocumentSet[ProductModel]) -> None:
    """Draft the next version of product models with the same attributes, values and rules. What was configured keeps its version."""
    latest: dict[int, int] = {}
    for product, version in ProductModel.objects.filter(product__in=[m.product_id for m in models]).values_list(
        "product_id", "model_version"
    ):
        latest[product] = max(version, latest.get(product, 0))
    products = {m.pk: m.product for m in ProductModel.objects.select_related("product").filter(pk__in=models.ids)}
    made = [
        ProductModel(product_id=m.product_id, model_version=latest[m.product_id] + 1, notes=m.notes, number=named(products[m.pk].sku, latest[m.product_id] + 1))
        for m in models
    ]  # fmt: skip
    insert_rows(ProductModel, made)
    new = {old.pk: fresh for old, fresh in zip(models, made, strict=True)}
    for kind, fields in COPIED.items():
        rows = kind.objects.filter(model__in=models.ids).order_by("model_id", "position", "pk")
        insert_rows(kind, [kind(model=new[r.model_id], **{f: getattr(r, f) for f in fields}) for r in rows])
    models.made["product-models"] = [m.pk for m in made]


def named(sku: str, version: int) -> str:
    """What a version of a model is called."""
    return f"{sku} v{version}"


@action(
    ProductModel,
    moves={"released": "released"},
    permission="configurator.configure_product",
    title=_("Configure"),
    done=_("Configured"),
    hidden=True,
)
def configure(models: DocumentSet[ProductModel], *, choices: Choices) -> None:
    """Keep a configuration of a product: its choices by attribute, those of a component as ``slot.value.attribute``.

    The same choices are found again. Refused, by name, is what is missing, unknown, or breaks a rule.
    """
    models.made["configurations"] = [c.pk for c in keep([(m, choices) for m in models])]


def keep(asked: Sequence[tuple[ProductModel, Mapping[str, str]]]) -> list[Configuration]:
    """The configurations of whole choices: those that are there already, and the others, which are made. Judged by the rules as written."""
    made = []
    for model, choices in asked:
        advisor = advisor_of(model.pk, get_language() or "en")
        judge_choices(advisor, choices)
        used = {str(p): m for p, m in sorted(components_of(advisor.shape).items())}
        print_ = fingerprint(model.pk, used, choices)
        made.append(
            Configuration(product_id=model.product_id, model=model, choices=dict(choices), component_models=used, fingerprint=print_)
        )
    known = {c.fingerprint: c for c in Configuration.objects.filter(fingerprint__in=[c.fingerprint for c in made])}
    fresh = {c.fingerprint: c for c in made if c.fingerprint not in known}
    insert_rows(Configuration, list(fresh.values()))
    return [known.get(c.fingerprint) or fresh[c.fingerprint] for c in made]


def judge_choices(advisor: Advisor, choices: Mapping[str, str]) -> None:
    """Refuse what is no whole configuration. Raises ChoicesUnknown, ChoicesMissing, ChoicesBreakRules."""
    flat, product = advisor.flat, advisor.shape.name
    unknown = strange(flat, choices)
    if unknown:
        raise ChoicesUnknown(product=product, choices=", ".join(f"{k} = {choices[k]}" for k in unknown[:20]))
    left = missing(flat, choices)
    if left:
        raise ChoicesMissing(product=product, attributes=", ".join(flat.places[k].item.name for k in left[:20]))
    wrong = broken(flat, choices)
    if wrong:
        raise ChoicesBreakRules(product=product, rules="; ".join(p.rule.name for p in wrong[:20]))
