"""PR-05: what keeps bills, routings and work centres right, and how somebody tries to get round it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.connectors.demo.configured import offer
from fondaco.connectors.demo.making import equip
from fondaco.frontoffice.configurator.models import AttributeValue, ProductModel, Rule
from fondaco.frontoffice.configurator.refusals import MadeOtherwise
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.engineering import refusals
from fondaco.operations.engineering.models import BillOfMaterials, BomLine, Routing
from fondaco.operations.engineering.queries import used_in
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def parts(books, trade):
    keys = equip(books.company.pk, [trade.vendor.pk], offer(), "2026-01-01")
    return {p.sku: p for p in Product.objects.filter(pk__in=keys.values())}


def bill(books, product, *lines, **values):
    given = {"company": books.company.pk, "product": product.pk, "valid_from": "2026-01-01", "lines": list(lines), **values}
    return create(ACTOR, RESOURCES["bills-of-materials"], [given]).ids[0]


def refused(refusal, work, *words):
    with pytest.raises(refusal) as told, transaction.atomic():
        work()
    assert all(w in told.value.sentence() for w in words), told.value.sentence()


def test_no_product_goes_into_itself_by_whatever_door(books, trade, parts):
    one, two, three = (trade.product(f"X{n}", f"X{n}", "1") for n in range(3))
    bill(books, one, {"item": two.pk})
    bill(books, two, {"item": three.pk})
    refused(refusals.GoesIntoItself, lambda: bill(books, three, {"item": one.pk}), "go into itself", "Take out the part")
    refused(refusals.GoesIntoItself, lambda: bill(books, three, {"item": three.pk}))
    # By a line that is moved, by another product on the bill, by a bill of other days, by plain SQL.
    other = bill(books, three, {"item": parts["BRD-CTL"].pk})
    line = BomLine.objects.get(bom=other)
    refused(
        refusals.GoesIntoItself, lambda: edit(ACTOR, RESOURCES["bills-of-materials"], {other: {"lines": [{"id": line.pk, "item": one.pk}]}})
    )
    first = BomLine.objects.get(bom__product=one).bom_id
    for statement in (
        f"update engineering_bomline set item_id = {one.pk} where id = {line.pk}",
        f"update engineering_billofmaterials set product_id = {three.pk}, version_number = 9, valid_from = '2020-01-01', valid_to = '2020-12-31' where id = {first}",
    ):
        with pytest.raises(DatabaseError) as told, transaction.atomic(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
        assert isinstance(translated(told.value), refusals.GoesIntoItself)
    assert [(r["level"], r["sku"]) for r in used_in([three.pk], books.company.pk)] == [(1, "X1"), (2, "X0")]


def test_units_fit_days_are_apart_and_centres_are_the_companys_own(books, trade, parts):
    item = trade.product("Y", "Y", "1")
    refused(refusals.UnitDoesNotFit, lambda: bill(books, item, {"item": parts["BRD-CTL"].pk, "unit": "KGM"}), "BRD-CTL", "kilogram")
    first = bill(books, item, {"item": parts["BRD-CTL"].pk}, valid_to="2026-06-30")
    refused(refusals.DaysOverlap, lambda: bill(books, item, {"item": parts["BRD-CTL"].pk}, valid_from="2026-06-30"), "another version")
    later = bill(books, item, {"item": parts["BRD-CTL"].pk}, valid_from="2026-07-01")
    assert list(BillOfMaterials.objects.filter(pk__in=[first, later]).order_by("pk").values_list("version_number", flat=True)) == [1, 2]
    refused(refusals.VersionTooEarly, lambda: books.do("engineering.new_bom_version", later, valid_from="2026-07-01"), "Y v2")
    (third,) = books.do("engineering.new_bom_version", later, valid_from="2026-09-01").made["bills-of-materials"]
    assert BomLine.objects.get(bom=third).item == parts["BRD-CTL"]


HOSTILE = (
    ("=cmd|' /C calc'!A0", refusals.ConditionUnreadable),
    ("groups = 1; drop table engineering_bomline", refusals.ConditionUnreadable),
    ("groups in (1", refusals.ConditionUnreadable),
    ("(" * 400 + "groups = 1" + ")" * 400, refusals.ConditionUnreadable),
    ("colour = red", refusals.UnknownWords),
    ("boiler = nuclear", refusals.UnknownWords),
)


def test_what_cannot_be_read_or_names_nothing_is_refused_where_it_is_written(books, trade, parts):
    machine = BillOfMaterials.objects.get(product=parts["LAG-CFG"])
    line = machine.lines.order_by("position").first()

    def write(**values):
        edit(ACTOR, RESOURCES["bills-of-materials"], {machine.pk: {"lines": [{"id": line.pk, **values}]}})

    for text, refusal in HOSTILE:
        with pytest.raises(refusal) as told, transaction.atomic():
            write(condition=text)
        assert list(told.value.fields) == ["lines.0.condition"], told.value.fields
    for text in (
        "__import__('os')",
        "groups ** 9",
        "9" * 30,
        "groups +",
        "import",
        "min(groups)",
        "(" * 90 + "1" + ")" * 90,
        "groups.__class__",
    ):
        with pytest.raises((refusals.ConditionUnreadable, refusals.UnknownWords)), transaction.atomic():
            write(formula=text)
    refused(refusals.NoComponentThere, lambda: write(item=None, chosen_at="body"), "body", "LAG-CFG")
    refused(
        refusals.NothingIsChosen,
        lambda: bill(books, trade.product("Z", "Z", "1"), {"item": parts["BRD-CTL"].pk, "condition": "groups = 1"}),
        "nothing can be chosen",
    )
    refused(refusals.OnePartALine, lambda: write(chosen_at="grinder"), "either an item or")
    routing = Routing.objects.get(product=parts["LAG-CFG"])
    step = routing.operations.order_by("position").first()
    both = {"operations": [{"id": step.pk, "name": step.name, "vendor": trade.vendor.pk}]}
    refused(refusals.InsideOrOutside, lambda: edit(ACTOR, RESOURCES["routings"], {routing.pk: both}), "either at a work centre")
    line.refresh_from_db()
    assert (line.condition, line.formula, line.item) == ("", "", parts["FRM-LAG"])


def test_versions_of_one_and_of_many_take_the_same_statements(books, trade, parts):
    for verb, model in (("new_bom_version", BillOfMaterials), ("new_routing_version", Routing)):
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        counts = []
        for some in (keys[:1], keys[1:]):
            with CaptureQueriesContext(connection) as seen:
                books.do(f"engineering.{verb}", some, valid_from="2027-01-01")
            counts.append(len(seen))
        assert counts[1] <= counts[0]


def test_a_model_without_what_its_bill_asks_for_is_not_released(books, trade, parts):
    model = ProductModel.objects.get(product=parts["GRN-CFG"])
    (second,) = books.do("configurator.draft_next", model.pk).made["product-models"]
    cone = AttributeValue.objects.get(model=second, code="conical68")
    with unit_of_work("test", "test"):
        Rule.objects.filter(model=second).delete()
        AttributeValue.objects.filter(pk=cone.pk).update(code="cone68")
    refused(MadeOtherwise, lambda: books.do("configurator.release", second), "burrs = conical68", "GRN-CFG v2")
    with unit_of_work("test", "test"):
        AttributeValue.objects.filter(pk=cone.pk).update(code="conical68")
    books.do("configurator.release", second)
