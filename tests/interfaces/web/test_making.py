"""PR-05 on the pages: beside the configurator and on the order stands how it is made; what it costs is told to whom may see costs."""

import io
import re

import pypdf
import pytest

from fondaco.connectors.demo.configured import OFFICE, offer
from fondaco.connectors.demo.making import equip
from fondaco.frontoffice.sales.models import Order
from fondaco.masterdata.catalog.models import Product
from tests.interfaces.web.test_pegging import signed_in, words
from tests.operations.supply.trade import Trade


@pytest.fixture
def machine(books):
    trade = Trade(books)
    keys = equip(books.company.pk, [trade.vendor.pk], offer(), "2026-01-01")
    return trade, Product.objects.get(pk=keys["LAG-CFG"])


def test_the_day_and_parts_stand_beside_the_price_and_costs_only_for_whom_may_see_them(machine):
    _trade, product = machine
    chosen = {"chosen": [f"{k}={v}" for k, v in OFFICE.items()]}
    clicked = lambda client: words(client.post(f"/configure/{product.pk}", chosen, headers={"X-Part": "1"}))  # noqa: E731
    manager, seller = signed_in("mina", "sales_manager"), signed_in("sara", "sales_representative")
    told = clicked(manager)
    assert "Control board: 1 to be bought of Torrefazione Levante" in told
    assert "Margin over cost" in told and "Lever with spring" in told and re.search(r"Outside 64\.00", told)
    told = clicked(seller)
    assert "with the customer" in told and "Lever with spring" in told
    assert "Margin over cost" not in told and "Material" not in told and "214.00" not in told
    assert "What is not chosen yet is taken as standard." in words(seller.get(f"/configure/{product.pk}"))
    # Another choice changes parts and cost with the click.
    changed = words(manager.post(f"/configure/{product.pk}", {**chosen, "set": "dosing=volumetric"}, headers={"X-Part": "1"}))
    assert "Flow meter" in changed and "Lever with spring" not in changed


def test_an_order_shows_and_prints_how_its_line_is_made(machine):
    trade, product = machine
    order = trade.order((trade.cup, 1), confirm=False)
    trade.books.do("sales.configure_order", order.pk, product=product.pk, choices=OFFICE, quantity="2")
    manager, engineer = signed_in("mina", "sales_manager"), signed_in("emma", "production_engineer")
    assert f'hx-get="/orders/{order.pk}/making"' in engineer.get(f"/orders/{order.pk}").content.decode()
    told = words(engineer.get(f"/orders/{order.pk}/making"))
    assert "5 days outside" in told and "Fit the levers" in told and "128.00" in told
    paper = engineer.get(f"/orders/{order.pk}/work")
    text = re.sub(r"\s+", " ", "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(paper.content)).pages))
    assert "Work document" in text and "LVR-GRP" in text and "Assemble the machine" in text and "Dosing" in text
    assert "437.00" not in text, "no prices for the workshop"
    picker = signed_in("walter", "warehouse_worker")
    assert picker.get(f"/orders/{order.pk}/work").status_code == 403
    plain = trade.order((trade.cup, 1), confirm=False)
    assert manager.get(f"/orders/{plain.pk}/making").content == b""
    assert manager.get(f"/orders/{plain.pk}/work").status_code == 404
    # Product pages: levels with their cost, and where a part goes in.
    item = words(engineer.get(f"/products/{product.pk}"))
    assert "Cost rolled up" in item and "Copper tube" in item
    part = words(engineer.get(f"/products/{Product.objects.get(sku='VLV-SOL').pk}"))
    assert "Where it goes in" in part and "LAG-CFG Laguna" in part
    assert Order.objects.get(pk=order.pk).lines.get(product=product).promised_on is not None
