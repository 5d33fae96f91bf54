"""What a verb takes line by line is asked in its sheet: part of an order leaves, comes back, and comes in (OM-01, PC-04, IV-06)."""

import pytest
from django.test import Client

from fondaco.operations.inventory.models import GoodsReceiptLine, MoveLot
from fondaco.operations.purchasing.models import VendorReturn, VendorReturnReason
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop


@pytest.fixture
def shop(books):
    return Shop(books)


@pytest.fixture
def client(books):
    with unit_of_work("test", "people"):
        role = Role.objects.create(key="everything", name="Everything")
        RolePermission.objects.create(role=role, pattern="*")
        user = User(username="ada", name="Ada", language="it")
        user.set_password("ada")
        user.save()
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": "ada", "password": "ada"})
    return client


def test_part_of_an_order_leaves_and_comes_back(shop, client):
    shop.receive(shop.machine, "10", "800.00")
    shop.receive(shop.cup, "50", "1.00")
    order = shop.order((shop.machine, 6), (shop.cup, 4), (shop.course, 1))
    machine, cup, course = order.lines.order_by("position").values_list("pk", flat=True)
    page = client.get(f"/orders/sheet/deliver?ids={order.pk}").content.decode()
    assert f'name="p-quantities-{machine}"' in page and f'name="p-quantities-{cup}"' in page
    assert f"p-quantities-{course}" not in page and "p-lots" not in page
    assert page.count('data-label="Impegnato"') == 2

    told = {"ids": order.pk, "p-on": "2026-02-10", f"p-quantities-{machine}": "2,0", f"p-quantities-{cup}": "quattro"}
    refused = client.post("/orders/do/deliver", told)
    assert refused.status_code == 422
    assert "quattro" in refused.content.decode() and 'value="2' in refused.content.decode()
    refused = client.post("/orders/do/deliver", told | {f"p-quantities-{cup}": "5"})
    assert refused.status_code == 409
    assert shop.state(order) == ["6 6 0 0 0 0", "4 4 0 0 0 0", "1 0 0 0 0 0"]

    assert client.post("/orders/do/deliver", told | {f"p-quantities-{cup}": ""}).status_code == 302
    assert shop.state(order) == ["6 4 2 0 0 0", "4 4 0 0 0 0", "1 0 0 0 0 0"]
    back = {"ids": order.pk, "p-on": "2026-02-12", "reason": "Rotta", f"p-quantities-{machine}": "1"}
    assert client.post("/orders/do/take_back", back).status_code == 302
    assert shop.state(order)[0] == "6 4 2 1 0 0"


def test_lots_are_asked_where_goods_are_tracked(shop, client):
    milk = shop.product("MILK", "Milk", "2.00", tracking="lot")
    lines = [{"product": milk.pk, "quantity": "10", "unit_cost": "1", "lots": "A1=6; B2=4"}]
    given = {"company": shop.books.company.pk, "warehouse": shop.warehouse.pk, "on": "2026-01-05", "lines": lines}
    shop.books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given]).ids[0])
    shop.receive(shop.cup, "50", "1.00")
    order = shop.order((milk, 5), (shop.cup, 1))
    line, cup = order.lines.order_by("position").values_list("pk", flat=True)
    page = client.get(f"/orders/sheet/deliver?ids={order.pk}").content.decode()
    assert f'name="p-lots-{line}"' in page and f"p-lots-{cup}" not in page
    assert client.post("/orders/do/deliver", {"ids": order.pk, "p-on": "2026-02-10", f"p-lots-{line}": "B2=4; A1=1"}).status_code == 302
    gone = MoveLot.objects.filter(move__product=milk, move__to_location__kind="customer")
    assert dict(gone.values_list("lot__number", "quantity")) == {"A1": 1, "B2": 4}


def test_part_of_a_purchase_order_comes_in(shop, client):
    vendor = shop.books.vendor()
    given = {"company": shop.books.company.pk, "vendor": vendor.pk, "on": "2026-01-05", "warehouse": shop.warehouse.pk}
    lines = [
        {"product": shop.cup.pk, "quantity": "10", "unit_price": "1"},
        {"product": shop.machine.pk, "quantity": "2", "unit_price": "700"},
    ]
    (key,) = create(ACTOR, RESOURCES["purchase-orders"], [given | {"lines": lines}]).ids
    shop.books.do("purchasing.confirm", key)
    page = client.get(f"/purchase-orders/sheet/receive?ids={key}").content.decode()
    assert page.count('name="p-quantities-') == 2
    number = page.partition('name="p-quantities-')[2].partition('"')[0]
    assert client.post("/purchase-orders/do/receive", {"ids": key, "p-on": "2026-01-08", f"p-quantities-{number}": "4"}).status_code == 302
    assert GoodsReceiptLine.objects.filter(product=shop.cup, receipt__state="draft").values_list("product", "quantity").get() == (
        shop.cup.pk,
        4,
    )


def test_pc05_part_of_a_receipt_goes_back_and_its_credit_note_is_matched(shop, client):
    """By forms, in Italian: from the receipt by line, to the paper, to the list of what waits, to the match of the credit note."""
    books, vendor = shop.books, shop.books.vendor()
    given = {"company": books.company.pk, "vendor": vendor.pk, "on": "2026-01-05", "warehouse": shop.warehouse.pk}
    (order,) = create(
        ACTOR, RESOURCES["purchase-orders"], [given | {"lines": [{"product": shop.cup.pk, "quantity": "10", "unit_price": "1"}]}]
    ).ids
    books.do("purchasing.confirm", order)
    (receipt,) = books.do("purchasing.receive", order, on="2026-01-08").made["goods-receipts"]
    books.do("inventory.post_receipt", receipt)
    bill = books.bill(vendor, [{"product": shop.cup.pk, "quantity": "10", "unit_price": "1"}], "2026-01-10", post=False)
    books.do("payables.match", bill.pk)
    books.do("payables.post", bill.pk)
    page = client.get(f"/goods-receipts/sheet/ask_vendor_return?ids={receipt}").content.decode()
    line = page.partition('name="p-quantities-')[2].partition('"')[0]
    assert "Numero di reso del fornitore (RMA)" in page and "Motivo del reso" in page and 'data-label="Reso al fornitore"' in page
    reason = VendorReturnReason.objects.get(code="DAMAGED").pk
    told = {"ids": receipt, "p-reason_code": reason, "p-wanted": "credit", "p-vendor_reference": "RMA 12", f"p-quantities-{line}": "4"}
    made = client.post("/goods-receipts/do/ask_vendor_return", told)
    assert made.status_code == 302
    back = VendorReturn.objects.get()
    assert made["Location"] == f"/vendor-returns/{back.pk}"
    for verb, more in (("authorise_vendor_return", {}), ("send_vendor_return", {"p-on": "2026-01-12"})):
        assert client.post(f"/vendor-returns/do/{verb}", {"ids": back.pk, **more}).status_code == 302
    page = client.get(f"/vendor-returns/{back.pk}").content.decode()
    assert "4 arrivati con" in page and "RMA 12" in page
    assert client.get(f"/purchase-orders/{order}").status_code == 200
    page = client.get("/vendor-credits-due?waiting=1").content.decode()
    assert vendor.name in page and "In attesa di accredito dai fornitori" in page
    note = books.bill(
        vendor, [{"product": shop.cup.pk, "quantity": "4", "unit_price": "0.90"}], "2026-01-20", post=False, kind="credit_note"
    )
    page = client.get(f"/bills/{note.pk}").content.decode()
    assert "La riga 1 non dice che cosa accredita." in page
    page = client.get(f"/bills/{note.pk}/match").content.decode()
    assert "Questa riga accredita" in page and "La merce resta" in page
    order_line = page.partition('name="q')[2].partition('"')[0]
    told = {"line": "1", "table": "purchasing_purchaseorderline", f"q{order_line}": "4"}
    assert client.post(f"/bills/{note.pk}/match", told).status_code == 302
    page = client.get(f"/bills/{note.pk}/match").content.decode()
    assert "La riga 1 accredita 0.9 a unità, ne erano stati fatturati 1" in page
    books.do("payables.post", note.pk)
    assert VendorReturn.objects.get().state == "credited"
    assert vendor.name not in client.get("/vendor-credits-due?waiting=1").content.decode()
    books.assert_checks_hold()
