"""Orders of tracked goods: which pieces left with them, and which came back (IV-06)."""

from decimal import Decimal

import pytest

from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import GoodsIssueLine, GoodsReturnLine
from fondaco.operations.inventory.refusals import LotNotDelivered, NameLots
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR


@pytest.fixture
def machines(shop):
    """Five espresso machines in stock, each with its number and its cost."""
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=shop.machine.pk).update(tracking="serial", costing="specific")
    lines = [{"product": shop.machine.pk, "quantity": "1", "unit_cost": f"{n}00", "lots": f"M{n}"} for n in range(1, 6)]
    (key,) = create(
        ACTOR,
        RESOURCES["goods-receipts"],
        [{"company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "on": "2026-02-01", "lines": lines}],
    ).ids
    shop.books.do("inventory.post_receipt", key)
    return shop


def test_an_order_takes_chosen_pieces_and_they_come_back_from_where_they_left(machines):
    shop = machines
    order = shop.order((shop.machine, "4"))
    line = order.lines.get()
    shop.did("deliver", order, on="2026-02-05", quantities={line.pk: Decimal(2)}, lots={line.pk: "M5 M3"})
    shop.books.assert_journal("""
        2026-02-05 delivery DN/2026/00001
          inventory                        -800.00
          cost_of_goods_sold                800.00
    """)
    shop.did("deliver", order, on="2026-02-06")
    assert [ln.lots for ln in GoodsIssueLine.objects.order_by("pk")] == ["M5 M3", "M1..M2"]
    with pytest.raises(NameLots):
        shop.did("take_back", order, reason="Too loud", on="2026-02-09", quantities={line.pk: Decimal(1)}, credit=False)
    with pytest.raises(LotNotDelivered, match="1 of M4 are to come back, but 0 of it are with the customer"):
        shop.did(
            "take_back", order, reason="Too loud", on="2026-02-09", quantities={line.pk: Decimal(1)}, lots={line.pk: "M4"}, credit=False
        )
    shop.did(
        "take_back", order, reason="Too loud", on="2026-02-09", quantities={line.pk: Decimal(2)}, lots={line.pk: "M5 M1"}, credit=False
    )
    back = GoodsReturnLine.objects.order_by("lots").values_list("lots", "issue_line__lots")
    assert list(back) == [("M1", "M1..M2"), ("M5", "M5 M3")]
    assert shop.books.balance("cost_of_goods_sold") == 500
    shop.did("take_back", order, reason="All of it", on="2026-02-10", credit=False)
    assert shop.books.balance("cost_of_goods_sold") == 0
    shop.books.assert_checks_hold()
