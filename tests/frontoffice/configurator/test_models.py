"""PR-04: product models as they are written, judged and released; configurations as they are kept."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from fondaco.connectors.demo.configured import BAR, OFFICE, offer, payload
from fondaco.connectors.demo.founding import document
from fondaco.frontoffice.configurator.actions import configure, draft_next, release
from fondaco.frontoffice.configurator.models import Attribute, AttributeValue, Configuration, ProductModel, Rule
from fondaco.frontoffice.configurator.pricing import price
from fondaco.frontoffice.configurator.queries import advisor_of, forget
from fondaco.frontoffice.configurator.refusals import (
    ChoicesBreakRules,
    ChoicesMissing,
    ChoicesUnknown,
    DeadValues,
    DraftThere,
    RulesContradict,
    RuleUnreadable,
    UnknownWords,
    ValueOfNothing,
)
from fondaco.frontoffice.configurator.resources import ProductModelResource
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import ZERO
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def machines(books):
    return offer()


def small(product: int, *rules: str, **more):
    attributes = [{"code": "colour", "name": "Colour"}, {"code": "size", "name": "Size"}, {"code": "width", "name": "Width", "kind": "number", "least": 10, "most": 90, "step": 5}]  # fmt: skip
    values = [
        {"attribute": a, "code": c, "name": c} for a, c in (("colour", "red"), ("colour", "blue"), ("size", "small"), ("size", "large"))
    ]
    return {"product": product, "attributes": attributes, "values": values, "rules": [{"name": r, "rule": r} for r in rules], **more}


def test_a_model_is_released_and_never_changes_and_its_next_version_supersedes_it(machines):
    model = ProductModel.objects.get(product=machines["LAG-CFG"])
    assert (str(model), model.state) == ("LAG-CFG v1", "released")
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic(), unit_of_work("test", "test"):
        Rule.objects.filter(model=model).update(rule="groups = 1")
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic(), unit_of_work("test", "test"):
        ProductModel.objects.filter(pk=model.pk).update(notes="other")
    kept = perform(ACTOR, configure, [model.pk], {"choices": BAR}).made["configurations"]
    (second,) = perform(ACTOR, draft_next, [model.pk]).made["product-models"]
    with pytest.raises(DraftThere), transaction.atomic():
        perform(ACTOR, draft_next, [model.pk])
    perform(ACTOR, release, [second])
    assert dict(ProductModel.objects.filter(product=machines["LAG-CFG"]).values_list("number", "state")) == {
        "LAG-CFG v1": "superseded", "LAG-CFG v2": "released",
    }  # fmt: skip
    assert Attribute.objects.filter(model=second).count() == Attribute.objects.filter(model=model).count()
    assert Configuration.objects.get(pk=kept[0]).model_id == model.pk


def test_the_same_choices_are_the_same_configuration_and_no_other_rows_are_made(machines):
    model = ProductModel.objects.get(product=machines["LAG-CFG"])
    assert not Configuration.objects.exists()
    one = perform(ACTOR, configure, [model.pk], {"choices": BAR}).made["configurations"]
    two = perform(ACTOR, configure, [model.pk], {"choices": dict(reversed(BAR.items()))}).made["configurations"]
    other = perform(ACTOR, configure, [model.pk], {"choices": OFFICE}).made["configurations"]
    assert one == two != other
    assert Product.objects.filter(sku__startswith="LAG").count() == 1
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "test"):
        Configuration.objects.filter(pk=one[0]).update(choices={})


@pytest.mark.parametrize(
    ("choices", "refusal", "said"),
    [
        ({**BAR, "power": "v230", "groups": "3"}, ChoicesBreakRules, "The mains carry"),
        ({**BAR, "handles": "bakelite"}, ChoicesBreakRules, "Copper goes with wooden handles"),
        ({**BAR, "grinder.own.hopper": "kg1"}, ChoicesBreakRules, "Conical burrs are fed"),
        ({k: v for k, v in BAR.items() if k != "grinder.own.burrs"}, ChoicesMissing, "choose Burrs"),
        ({**BAR, "groups": "5"}, ChoicesUnknown, "groups = 5"),
        ({**BAR, "groups": "02"}, ChoicesUnknown, "groups = 02"),
        ({**OFFICE, "grinder.own.hopper": "kg1"}, ChoicesUnknown, "grinder.own.hopper = kg1"),
    ],
)
def test_what_cannot_be_built_is_refused_by_name(machines, choices, refusal, said):
    model = ProductModel.objects.get(product=machines["LAG-CFG"])
    with pytest.raises(refusal, match=said):
        perform(ACTOR, configure, [model.pk], {"choices": choices})
    assert not Configuration.objects.exists()


@pytest.mark.parametrize(
    ("rule", "refusal", "said"),
    [
        ("colour == red", RuleUnreadable, "stands where"),
        ("if colour = red", RuleUnreadable, "then"),
        ("colour = green requires size = small", UnknownWords, "colour = green"),
        ("width + hight <= 100", UnknownWords, "hight"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_when_it_is_saved(machines, rule, refusal, said):
    product = Product.objects.get(sku="GRN-CFG").pk
    with pytest.raises(refusal, match=said):
        create(ACTOR, ProductModelResource, [small(product, rule)])


def test_a_value_belongs_to_an_attribute(machines):
    product = Product.objects.get(sku="GRN-CFG").pk
    given = small(product)
    given["values"].append({"attribute": "colur", "code": "x", "name": "X"})
    with pytest.raises(ValueOfNothing, match="colur"):
        create(ACTOR, ProductModelResource, [given])
    (key,) = create(ACTOR, ProductModelResource, [small(product)]).ids
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "test"):
        AttributeValue.objects.create(model_id=key, attribute="nothing", code="x", name="X")
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")


def test_what_keeps_a_model_from_being_released_is_told_by_name(machines):
    product = Product.objects.get(sku="GRN-CFG").pk
    (key,) = create(
        ACTOR, ProductModelResource, [small(product, "colour = red", "size = small", "colour = red excludes size = small", "width >= 20")]
    ).ids
    (told,) = ProductModelResource.wrong(key, ACTOR)
    assert "colour = red; size = small; colour = red excludes size = small." in told.text
    assert "width" not in told.text
    with pytest.raises(RulesContradict), transaction.atomic():
        perform(ACTOR, release, [key])
    edit(
        ACTOR,
        ProductModelResource,
        {
            key: {
                "rules": [
                    {"name": "r", "rule": "size = large requires colour = red"},
                    {"name": "s", "rule": "size = large requires width > 90"},
                ]
            }
        },
    )
    with pytest.raises(DeadValues, match="Size: large") as refusal, transaction.atomic():
        perform(ACTOR, release, [key])
    assert "red" not in refusal.value.sentence()
    edit(ACTOR, ProductModelResource, {key: {"rules": [{"name": "r", "rule": "size = large requires colour = red"}]}})
    assert not ProductModelResource.wrong(key, ACTOR)
    perform(ACTOR, release, [key])


def test_the_price_comes_about_in_steps_that_add_up(machines):
    model = ProductModel.objects.get(product=machines["LAG-CFG"])
    shape = advisor_of(model.pk, "en").shape
    priced = price(shape, BAR)
    # 3490 + one group 1680 + dual 940 + 400 V 120 + volumetric 420 + copper 1390 + walnut 145 + two wands 190 + heated 160 + Wi-Fi 240
    # and the grinder 690 + conical 290 + hopper 35
    assert f"{priced.price}" == "9790.00"
    assert sum((s.amount for s in priced.steps), ZERO) == priced.price
    many = price(shape, {**BAR, "boiler": "multi"})
    # (3490 + 1680 + 120 + 420 + 1390 + 145 + 190 + 160 + 240) x 1.18 + 1015
    assert f"{many.price}" == "10260.30"
    assert sum((s.amount for s in many.steps), ZERO) == many.price


def test_statements_do_not_grow_with_attributes_or_models(machines):
    model = ProductModel.objects.get(product=machines["LAG-CFG"])
    counts = []
    for choices in (OFFICE, BAR):
        forget()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            perform(ACTOR, configure, [model.pk], {"choices": choices})
        counts.append(len(seen))
    assert counts[0] == counts[1]
    data = document("product_models")["model"][0]
    keys = []
    for sku in ("X1", "X2", "X3"):
        with unit_of_work("test", "test"):
            made = Product.objects.create(sku=sku, name=sku, unit=Product.objects.first().unit)
        keys += create(ACTOR, ProductModelResource, [payload({**data, "product": sku}, {sku: made.pk})]).ids
    with CaptureQueriesContext(connection) as one:
        perform(ACTOR, release, keys[:1])
    with CaptureQueriesContext(connection) as two:
        perform(ACTOR, release, keys[1:])
    assert len(one) == len(two)
    with CaptureQueriesContext(connection) as one:
        perform(ACTOR, draft_next, keys[:1])
    with CaptureQueriesContext(connection) as two:
        perform(ACTOR, draft_next, keys[1:])
    assert len(one) == len(two)


def test_editing_the_lines_of_one_record_leaves_those_of_others_whose_keys_meet(machines):
    """Lines of several kinds have keys of their own: an attribute and a value may both be number 7."""
    product = Product.objects.get(sku="GRN-CFG").pk
    (key,) = create(ACTOR, ProductModelResource, [small(product, "width >= 20")]).ids
    before = [list(kind.objects.exclude(model=key).order_by("pk").values_list("pk")) for kind in (Attribute, AttributeValue, Rule)]
    edit(ACTOR, ProductModelResource, {key: small(product, "width >= 30")})
    assert [list(kind.objects.exclude(model=key).order_by("pk").values_list("pk")) for kind in (Attribute, AttributeValue, Rule)] == before
    assert list(Rule.objects.filter(model=key).values_list("rule", flat=True)) == ["width >= 30"]
