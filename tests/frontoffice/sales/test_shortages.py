"""Orders handed to the warehouse, and what sales hears when goods are missing (WH-06)."""

import pytest

from fondaco.frontoffice.sales.refusals import NothingToDeliver
from fondaco.frontoffice.sales.resources import OrderResource
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.warehouse.models import Floor, Task
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR


def bins(books, shop, **stock):
    for code, kind in (("OUT", "dock_out"), *((code, "picking") for code in stock)):
        create(ACTOR, RESOURCES["bins"], [{"company": books.company.pk, "warehouse": shop.warehouse.pk, "code": code, "kind": kind}])
    for code, quantity in stock.items():
        books.do("warehouse.move_goods", Floor.objects.get().pk, item="CUP", quantity=quantity, to_bin=code)


def test_wh06_what_a_picker_does_not_find_is_on_the_customers_timeline_and_the_order_at_once(books, shop):
    shop.receive(shop.cup, "10", "1")
    bins(books, shop, A1="6", A2="1")
    order = shop.order((shop.cup, "5"))
    (delivery,) = books.do("sales.draft_delivery", order.pk, on="2026-02-04").made["deliveries"]
    with pytest.raises(NothingToDeliver):
        books.do("sales.draft_delivery", order.pk, on="2026-02-04")
    (wave,) = books.do("inventory.plan_wave", delivery).made["waves"]
    books.do("warehouse.release", wave)
    (more,) = books.do("warehouse.report_short", Task.objects.get().pk, found="2").made["tasks"]
    note = Interaction.objects.filter(title__startswith="Goods missing").get()
    assert (note.party, note.title, note.body) == (
        shop.customer, f"Goods missing for order {order}", "2 of CUP Cup: The bin had too few, and no other bin has more.",
    )  # fmt: skip
    assert [str(w.text) for w in OrderResource.wrong(order.pk, ACTOR)] == ["The warehouse did not find 2 of CUP Cup."]
    books.do("warehouse.complete", more)
    assert GoodsIssueLine.objects.get(issue=delivery).quantity == 3
    books.do("inventory.post_issue", delivery)
    assert shop.state(order) == ["5 2 3 0 0 0"]
    # Found again: the order is delivered, and nothing is missing any more.
    books.do("sales.deliver", order.pk, on="2026-02-05")
    assert OrderResource.wrong(order.pk, ACTOR) == []
    assert GoodsIssue.objects.filter(state="posted").count() == 2
    books.assert_checks_hold()


def test_wh06_what_lies_in_no_bin_is_told_when_the_wave_is_released(books, shop):
    shop.receive(shop.cup, "10", "1")
    bins(books, shop, A1="3")
    order = shop.order((shop.cup, "5"))
    deliveries = books.do("sales.draft_delivery", order.pk, on="2026-02-04").made["deliveries"]
    (wave,) = books.do("inventory.plan_wave", deliveries).made["waves"]
    books.do("warehouse.release", wave)
    assert Interaction.objects.filter(title__startswith="Goods missing").get().body.startswith("2 of CUP Cup: No bin has more")
    books.assert_checks_hold()
