"""PR-05: a configuration yields its bill of materials, routing, cost, lead time and promise date; what was agreed is what is made."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.connectors.demo.configured import BAR, OFFICE, offer
from fondaco.connectors.demo.making import equip
from fondaco.frontoffice.sales.making import whole_of
from fondaco.frontoffice.sales.margins import waterfalls
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.engineering.exploding import Explosion, Part, walked
from fondaco.operations.engineering.models import BillOfMaterials, BomLine
from fondaco.operations.supply.models import VendorItem, WorkCalendar
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR

pytestmark = pytest.mark.django_db
SINCE = date(2026, 1, 1)


@pytest.fixture
def parts(books, trade):
    keys = equip(books.company.pk, [trade.vendor.pk], offer(), SINCE)
    return {p.sku: p for p in Product.objects.filter(pk__in=keys.values())}


def configured(trade, parts, choices, quantity="1", document=None, **more):
    document = document or trade.quote((trade.cup, 1), send=False)
    verb = "configure_quote" if isinstance(document, Quote) else "configure_order"
    trade.books.do(f"sales.{verb}", document.pk, product=parts["LAG-CFG"].pk, choices=choices, quantity=quantity, **more)
    lines = QuoteLine.objects.filter(quote=document) if isinstance(document, Quote) else OrderLine.objects.filter(order=document)
    return lines.exclude(configuration=None).order_by("-position").first()


def said(part: Part) -> list[str]:
    return [f"{'  ' * level}{p.sku} {p.quantity.normalize():f}" for level, p in walked(part)]


def test_a_configuration_yields_parts_operations_and_cost_to_the_cent(books, trade, parts):
    line = configured(trade, parts, OFFICE, "2")
    whole = whole_of(line)
    # One group, heat exchanger, lever, matt black, olive, one wand: for two machines.
    assert said(whole) == [
        "LAG-CFG 2", "  FRM-LAG 2", "  BRD-CTL 2", "  HYD-KIT 2", "    TUB-CU 5.88", "    VLV-SOL 4", "  BLR-HX 2", "  GRP-ASM 2",
        "    GRP-HEAD 2", "    VLV-SOL 2.02", "  TUB-CU 4.305", "  LVR-GRP 2", "  PNL-SET 2", "  HND-WOOD 4", "  WND-BAR 2",
    ]  # fmt: skip
    works = [(w.name, w.place, w.setup, w.run, w.cost) for w in whole.works]
    assert works == [
        ("Braze tubes and boilers", "Sheet metal and brazing", Decimal("44.44"), Decimal("277.78"), Decimal("268.90")),
        ("Powder coating", "Torrefazione Levante", Decimal(0), Decimal(0), Decimal("128.00")),
        ("Assemble the machine", "Assembly", Decimal("30.00"), Decimal("700.00"), Decimal("437.00")),
        ("Fit the levers", "Assembly", Decimal(0), Decimal("90.00"), Decimal("54.00")),
        ("Pressure test and run in", "Testing bench", Decimal("21.05"), Decimal("157.89"), Decimal("131.04")),
    ]
    costs = {name: Decimal(amount) for name, amount in line.made_of["costs"].items()}
    assert costs["total"] == costs["material"] + costs["labour"] + costs["machine"] + costs["outside"]
    assert costs["total"] == sum(p.material + sum((w.cost for w in p.works), Decimal(0)) for _level, p in walked(whole))
    assert costs["outside"] == 128
    # 2 x (118.40 + 86.50 + 214 + 131 + 92 + 143 + 22.50) + 4 x 14.90 + tube 25.58 + 18.73 + valves 79.20 + 40.00
    assert costs["material"] == Decimal("1837.91")
    ((_cup, made),) = waterfalls([(line.quote, list(QuoteLine.objects.filter(quote=line.quote).order_by("position")))])
    assert made.cost == costs["total"]
    assert made.is_known
    books.assert_checks_hold()


def test_the_promise_waits_for_the_latest_part_and_then_for_the_work(books, trade, parts):
    today = timezone.localdate()
    line = configured(trade, parts, OFFICE)
    # The control board takes 21 days; brazing and assembly three working days around five days of coating, all days being working days.
    assert line.promised_on == today + timedelta(days=21 + 1 + 5 + 2)
    assert line.made_of["lead_days"] == 29
    assert line.promise_explanation.startswith("Control board: 1 to be bought of Torrefazione Levante, who takes 21 days")
    assert "longest at Torrefazione Levante" in line.promise_explanation
    trade.receive(parts["BRD-CTL"], "1", "86.50")
    other = configured(trade, parts, OFFICE)
    assert other.promised_on == today + timedelta(days=18 + 1 + 1 + 5 + 2)
    # Of two machines on one quote the first takes the board; what comes by an order that is under way serves the second.
    purchase = trade.buy("1", (today + timedelta(days=4)).isoformat(), parts["BRD-CTL"])
    both = configured(trade, parts, OFFICE, document=Quote.objects.get(pk=other.quote_id))
    assert both.promised_on == other.promised_on
    assert purchase.number not in both.promise_explanation
    with unit_of_work("test", "test"):
        VendorItem.objects.filter(product=parts["GRP-HEAD"]).update(lead_days=None)
        WorkCalendar.objects.create(company=books.company, handling_days=2)
    nowhere = configured(trade, parts, OFFICE)
    assert nowhere.promised_on is None
    assert nowhere.promise_explanation.startswith("Group head, cast brass: 1 from nowhere")


def test_what_was_accepted_is_what_is_made_whatever_the_bill_says_later(books, trade, parts):
    line = configured(trade, parts, BAR, "2")
    trade.books.do("sales.send", line.quote_id, on="2026-02-02")
    before = json.dumps(line.made_of, sort_keys=True)
    bill = BillOfMaterials.objects.get(product=parts["LAG-CFG"])
    books.do("engineering.new_bom_version", bill.pk, valid_from=timezone.localdate())
    new = BillOfMaterials.objects.get(product=parts["LAG-CFG"], version_number=2)
    frame = BomLine.objects.get(bom=new, item=parts["FRM-LAG"])
    edit(ACTOR, RESOURCES["bills-of-materials"], {new.pk: {"lines": [{"id": frame.pk, "quantity": "3"}]}})
    trade.books.do("sales.accept", line.quote_id, reason="By phone", name="Anna", on="2026-02-03")
    order = Order.objects.get(quote=line.quote_id)
    kept = order.lines.get(product=parts["LAG-CFG"])
    assert json.dumps({k: v for k, v in kept.made_of.items() if k != "lead_days"}, sort_keys=True) == json.dumps(
        {k: v for k, v in json.loads(before).items() if k != "lead_days"}, sort_keys=True
    )
    assert whole_of(kept).version == 1
    assert Explosion(whole_of(kept)).costs.total == Decimal(kept.made_of["costs"]["total"])
    # A quote that is still written follows the bill of the day.
    fresh = whole_of(configured(trade, parts, BAR))
    assert (fresh.version, fresh.parts[0].quantity) == (2, 3)
    assert BillOfMaterials.objects.get(pk=bill.pk).valid_to == timezone.localdate() - timedelta(days=1)
    books.assert_checks_hold()


def test_a_hundred_configured_lines_take_the_statements_of_one_and_less_than_a_second(books, trade, parts):
    quote = trade.quote((trade.cup, 1), send=False)
    configured(trade, parts, BAR, document=quote)
    line = QuoteLine.objects.get(quote=quote, product=parts["LAG-CFG"])
    counts, taken = [], []
    for many in (1, 100):
        with unit_of_work("test", "test"):
            QuoteLine.objects.filter(quote=quote).exclude(pk=line.pk).delete()
            for n in range(many - 1):
                values = {f.attname: getattr(line, f.attname) for f in QuoteLine._meta.concrete_fields if f.name not in ("id", "position")}
                QuoteLine.objects.create(**values, position=n + 10)
        began = timezone.now()
        with CaptureQueriesContext(connection) as seen:
            edit(ACTOR, RESOURCES["quotes"], {quote.pk: {"reference": f"{many}"}})
        taken.append((timezone.now() - began).total_seconds())
        counts.append(len(seen))
    assert counts[1] <= counts[0], "\n".join(q["sql"][:120] for q in seen)
    lines = list(QuoteLine.objects.filter(quote=quote))
    assert len(lines) == 100
    assert all(ln.made_of["costs"]["total"] for ln in lines)
    print("seconds", taken, "statements", counts)  # noqa: T201
