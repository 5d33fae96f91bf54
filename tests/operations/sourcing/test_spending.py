"""PC-05 and PC-07: vendors are scored from real postings, and spend drills from category to the line of a bill."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import Category, Product
from fondaco.operations.inventory.models import Lot
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.sourcing.scoring import months, prices, receipts, scores
from fondaco.operations.sourcing.spending import spend_by, spent_lines
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR
from tests.interfaces.web.test_today import signed_in
from tests.operations.purchasing.test_contracts import Agreeing

YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


@pytest.fixture
def buying(books):
    return Agreeing(books)


def test_pc05_days_quantities_quality_and_price_of_real_postings(books, buying):
    edit(ACTOR, RESOURCES["products"], {buying.bolt.pk: {"tracking": "lot"}})
    first = buying.order(("10", "2.00"), expected_on="2026-03-05")
    for quantity, on, lot in (("6", "2026-03-05", "L1"), ("4", "2026-03-09", "L2")):
        line = books.do("purchasing.receive", first, on=on, quantities={key(first): quantity}, lots={key(first): lot}).made[
            "goods-receipts"
        ]
        books.do("inventory.post_receipt", line[0])
    with unit_of_work("test", "test"):
        blocked = Lot.objects.get(number="L2")
    books.do("inventory.block", blocked.pk, reason="Rust")
    short = buying.order(("10", "2.00"), expected_on="2026-04-01")
    (receipt,) = books.do("purchasing.receive", short, on="2026-04-01", quantities={key(short): "8"}, lots={key(short): "L3"}).made[
        "goods-receipts"
    ]
    books.do("inventory.post_receipt", receipt)
    books.do("purchasing.close", short)
    buying.bill(("10", "2.20"))
    (score,) = scores(books.company.pk, **YEAR)
    assert (score.receipts, score.judged, score.on_time, score.days_late) == (3, 3, 2, Decimal("1.3"))
    assert (score.on_time_percent, score.quantity_percent) == (Decimal("66.7"), Decimal("90.0"))
    assert (score.quality_percent, score.price_drift_percent) == (Decimal("77.8"), Decimal("10.0"))
    assert months(books.company.pk, buying.vendor.pk, **YEAR) == [(date(2026, 3, 1), 2, 1), (date(2026, 4, 1), 1, 1)]
    late = [r for r in receipts(books.company.pk, buying.vendor.pk, **YEAR) if r.days_late]
    assert [(r.days_late, r.quantity, r.bad) for r in late] == [(4, 4, 4)]
    (priced,) = prices(books.company.pk, buying.vendor.pk, **YEAR)
    assert (priced.agreed, priced.billed, priced.drift_percent) == (2, Decimal("2.2"), Decimal("10.0"))
    assert scores(books.company.pk, first=date(2025, 1, 1), last=date(2025, 12, 31)) == []
    books.assert_checks_hold()


def key(order):
    return PurchaseOrderLine.objects.get(order=order).pk


@pytest.fixture
def spent(books, buying):
    """Ten bolts at 2.00 in the first half, thirty at 2.50 by contract and ten at 3.00 without in the second; a service, and a credit note."""
    with unit_of_work("test", "test"):
        buying.kind = Category.objects.create(code="FIX", name="Fixings")
        Product.objects.filter(pk=buying.bolt.pk).update(category=buying.kind)
    buying.take_in(buying.order(("10", "2.00"), on="2026-02-01"), on="2026-02-02")
    buying.bill(("10", "2.00"), on="2026-02-03")
    buying.contract("1000", tiers=[])
    buying.take_in(buying.call("30", on="2026-08-01"), on="2026-08-02")
    buying.bill(("30", "2.50"), on="2026-08-03")
    buying.take_in(buying.order(("10", "3.00"), on="2026-09-01"), on="2026-09-02")
    buying.bill(("10", "3.00"), on="2026-09-03")
    other = books.vendor("Cleaner")
    bill = books.bill(other, [{"account": "expense", "unit_price": "100"}], "2026-09-05")
    note = books.do("payables.credit", bill.pk, on="2026-09-06", vendor_number="NC 1").made["bills"]
    edit(
        ACTOR,
        RESOURCES["bills"],
        {note[0]: {"lines": [{"account": books.account("expense").pk, "description": "Coffee", "unit_price": "40", "tax_code": "IT-P-S"}]}},
    )
    books.do("payables.post", note[0])
    return buying


HALF = {"first": date(2026, 7, 1), "last": date(2026, 12, 31)}


def test_pc07_spend_coverage_and_drift_drill_to_the_line(books, spent):
    found = spend_by(books.company.pk, "category", **HALF)
    # 75 + 30 of bolts, dearer than 40 x 2.00 by 25; 100 - 40 of cleaning.
    assert [(g.name, g.spend, g.contract_percent, g.drift_percent, g.drift) for g in found] == [
        ("Fixings", Decimal(105), Decimal("71.4"), Decimal("31.3"), Decimal(25)),
        ("", Decimal(60), Decimal(0), None, Decimal(0)),
    ]
    (product,) = spend_by(books.company.pk, "product", within={"category": spent.kind.pk}, **HALF)
    (vendor,) = spend_by(books.company.pk, "vendor", within={"category": spent.kind.pk, "product": product.key}, **HALF)
    lines = spent_lines(books.company.pk, within={"category": spent.kind.pk, "product": product.key, "vendor": vendor.key}, **HALF)
    assert [(r.quantity, r.spend, r.covered_percent) for r in lines] == [(30, 75, 100), (10, 30, 0)]
    assert sum(r.spend for r in lines) == found[0].spend
    assert [r.spend for r in spent_lines(books.company.pk, within={"category": 0}, **HALF)] == [100, -40]
    with CaptureQueriesContext(connection) as asked:
        spend_by(books.company.pk, "vendor", **HALF)
    assert len(asked) == 1


def test_the_screens_show_the_figures_and_where_they_come_from(books, spent):
    client, _user = signed_in(books, "bea", "buyer")
    days = "from=2026-07-01&to=2026-12-31"
    page = client.get(f"/buy/spend?{days}").content.decode()
    assert "105.00" in page and "71.4%" in page and f"category={spent.kind.pk}" in page and 'href="/buy/spend"' in page
    page = client.get(f"/buy/spend?{days}&category={spent.kind.pk}&product={spent.bolt.pk}&vendor={spent.vendor.pk}").content.decode()
    assert "/bills/" in page and "75.00" in page
    assert "Torrefazione Levante" in client.get(f"/buy/scorecards?{days}").content.decode()
    page = client.get(f"/buy/scorecards/{spent.vendor.pk}?{days}").content.decode()
    assert "/goods-receipts/" in page and "/bills/" in page
    party = client.get(f"/customers/{spent.vendor.pk}").content.decode()
    assert f"/buy/scorecards/{spent.vendor.pk}" in party and "Scorecard of twelve months" in party
    worker, _user = signed_in(books, "wim", "warehouse_worker")
    for path in ("/buy/spend", "/buy/scorecards", f"/buy/scorecards/{spent.vendor.pk}"):
        assert worker.get(path).status_code in {403, 404}
    assert client.get("/buy/spend?from=x&to=9&category=zz&by=nonsense").status_code == 200
