"""PC-06: a vendor confirms, asks for another day, announces, sends an invoice and sees what is paid, and nothing of any other vendor."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.sourcing.links import access_path, access_token
from fondaco.operations.sourcing.models import OrderAnswer, VendorAccess
from fondaco.operations.sourcing.portal import announce, ask_date, confirm_order, order_page, overview, say
from fondaco.operations.sourcing.refusals import AnnouncedTooMuch, AskedBefore, LinkClosed, NotAwaited, RequestStands
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.operations.purchasing.test_orders import Buying


class Market(Buying):
    """Two vendors of bolts, each with a link of his own."""

    def __init__(self, books):
        super().__init__(books)
        self.other = books.vendor("Geheim AG", "DE", email="geheim@example.com")
        self.mine, self.theirs = self.access(self.vendor), self.access(self.other)

    def access(self, vendor, opened=True, **values):
        given = {"company": self.books.company.pk, "vendor": vendor.pk, "on": str(timezone.localdate()), **values}
        (pk,) = create(ACTOR, RESOURCES["vendor-links"], [given]).ids
        if opened:
            self.books.do("sourcing.open_access", pk)
        return VendorAccess.objects.get(pk=pk)


def token(access):
    return access_token(access.link_seed)


@pytest.fixture
def market(books):
    return Market(books)


def line_of(order):
    return PurchaseOrderLine.objects.get(order=order).pk


def test_pc06_an_order_is_confirmed_moved_announced_received_billed_and_seen_paid(books, market):
    order = market.order(("10", "2.50"), expected_on="2026-03-10")
    mine = token(market.mine)
    say(mine, confirm_order, {"order": order, "reference": "AB-77"})
    say(mine, ask_date, {"order": order, "on": "2026-03-20", "note": "Flood"})
    with pytest.raises(AskedBefore):
        say(mine, ask_date, {"order": order, "on": "2026-03-21"})
    assert PurchaseOrder.objects.get(pk=order).expected_on == date(2026, 3, 10), "nothing moves before the buyer says so"
    books.do("sourcing.accept", OrderAnswer.objects.get(state="asked").pk)
    assert PurchaseOrder.objects.get(pk=order).expected_on == date(2026, 3, 20)
    say(mine, ask_date, {"order": order, "on": "2026-05-01"})
    books.do("sourcing.reject", OrderAnswer.objects.get(state="asked").pk, reason="Too late")

    say(mine, announce, {"order": order, "on": "2026-03-05", "quantities": {line_of(order): "6"}, "reference": "DDT 9"})
    with pytest.raises(AnnouncedTooMuch, match="5 would be announced, and 4 are still to come"):
        say(mine, announce, {"order": order, "on": "2026-03-05", "quantities": {line_of(order): "5"}})
    receipt = GoodsReceipt.objects.get()
    assert (receipt.state, receipt.vendor_id, GoodsReceiptLine.objects.get().quantity) == ("draft", market.vendor.pk, 6)
    books.do("inventory.post_receipt", receipt.pk)
    market.bill(("6", "2.50"))
    (bill,) = overview(mine)["bills"]
    assert (bill.gross, bill.open) == (bill.gross, bill.gross)
    seen = order_page(mine, order)
    assert [(ln.received, left) for ln, _goods, left in seen["lines"]] == [(6, 4)]
    assert {s.state for s in seen["said"]} == {"noted", "accepted", "rejected"}
    market.take_in(order)
    with pytest.raises(NotAwaited):
        say(mine, confirm_order, {"order": order})
    books.assert_checks_hold()


def test_pc06_a_vendor_sees_and_moves_only_his_own(books, market):
    """Attack: with his own valid link, somebody tries the orders and bills of another vendor, and of another company."""
    foreign = market.order(("7", "123.45"), vendor=market.other.pk, reference="SECRET")
    books.bill(market.other, [{"account": "expense", "unit_price": "999"}], "2026-03-10", vendor_number="GEHEIM-1")
    elsewhere = open_books(code="ELSE")
    with unit_of_work("test", "test"):
        PurchaseOrder.objects.create(company=elsewhere.company, vendor=market.vendor, on="2026-03-01", currency_id="EUR", memo="Elsewhere")
    draft = market.order(("1", "1"), confirm=False)
    mine = token(market.mine)
    client = Client()
    page = client.get(f"/v/{mine}").content.decode()
    for secret in ("SECRET", "Geheim", "GEHEIM", "123.45", "123,45", "999", PurchaseOrder.objects.get(pk=foreign).number, "ELSE"):
        assert secret not in page
    for key in (foreign, draft, PurchaseOrder.objects.get(company=elsewhere.company).pk, 10**9):
        assert client.get(f"/v/{mine}/orders/{key}").status_code == 404
        for verb, given in (
            (confirm_order, {}),
            (ask_date, {"on": "2026-04-01"}),
            (announce, {"on": "2026-04-01", "quantities": {line_of(foreign): "1"}}),
        ):
            with pytest.raises(LinkClosed):
                say(mine, verb, {"order": key, **given})
    own = market.order(("3", "1"))
    with pytest.raises(LinkClosed):
        say(mine, announce, {"order": own, "on": "2026-04-01", "quantities": {line_of(foreign): "1"}})
    with pytest.raises(LinkClosed), refusals_translated(), unit_of_work("attacker", "attack"):
        OrderAnswer.objects.create(company=books.company, access=market.mine, order_id=foreign, kind="confirmed", state="noted")
    assert not OrderAnswer.objects.exists() and not GoodsReceipt.objects.exists()
    # Who has a link may do nothing else, by no other door.
    visitor = Actor(username="vendor.link", channel="link", patterns=(("sourcing.use_vendor_link", books.company.pk, Scope.COMPANY),))
    for key, keys in (
        ("purchasing.receive", own),
        ("purchasing.confirm", draft),
        ("sourcing.accept", own),
        ("sourcing.open_access", market.theirs.pk),
    ):
        with pytest.raises(NotAllowed):
            perform(visitor, ACTIONS[key], [keys], {"on": "2026-04-01"} if key == "purchasing.receive" else {})
    for path in ("/purchase-orders", f"/purchase-orders/{own}", "/bills", "/vendor-links", f"/api/v1/purchase-orders/{own}"):
        answer = client.get(path)
        assert answer.status_code in {302, 401, 403, 404} or "password" in answer.content.decode()


def test_pc06_a_link_ends_and_opens_no_other_door(books, market):
    order = market.order(("3", "1"))
    mine = token(market.mine)
    assert (
        market.theirs.email,
        access_path(market.theirs) in OutboxMessage.objects.get(key__startswith="sourcing.access").payload["text"],
    ) == ("geheim@example.com", True)
    client = Client()
    for path in (f"/rfq/{mine}", f"/q/{mine}", f"/v/{market.mine.link_hash}", "/v/x"):
        assert client.get(path).status_code == 404
    old = market.access(books.vendor("Late"), expires_on="2020-01-01")
    with pytest.raises(LinkClosed):
        overview(token(old))
    with pytest.raises(RequestStands), refusals_translated(), unit_of_work("attacker", "attack"):
        VendorAccess.objects.filter(pk=market.mine.pk).update(vendor=market.other)
    books.do("sourcing.close_access", market.mine.pk, reason="Left")
    with pytest.raises(LinkClosed):
        say(mine, confirm_order, {"order": order})
    with pytest.raises(RequestStands), refusals_translated(), unit_of_work("attacker", "attack"):
        VendorAccess.objects.filter(pk=market.mine.pk).update(state="open")


def test_pc06_on_his_page_by_forms(books, market):
    order = market.order(("10", "2.50"), expected_on="2026-03-10")
    mine, client = token(market.mine), Client(enforce_csrf_checks=False)
    client.get(f"/v/{mine}")
    csrf = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    address = f"/v/{mine}/orders/{order}"
    assert client.post(address, {"verb": "confirm", "reference": "AB-1", "csrfmiddlewaretoken": csrf}).status_code == 302
    assert client.post(address, {"verb": "date", "on": "", "csrfmiddlewaretoken": csrf}).status_code == 422
    assert (
        client.post(address, {"verb": "announce", "on": "2026-03-05", f"q{line_of(order)}": "4", "csrfmiddlewaretoken": csrf}).status_code
        == 302
    )
    page = client.get(f"{address}?done=1").content.decode()
    assert "AB-1" in page and "confirmed" in page and 'placeholder="6"' in page
    assert client.post(f"/v/{mine}/invoice", {"csrfmiddlewaretoken": csrf}).status_code == 422
    wrong = client.post(f"/v/{mine}/invoice", {"csrfmiddlewaretoken": csrf, "file": SimpleUploadedFile("a.xml", b"<a/>")})
    assert 400 <= wrong.status_code < 500 and "a.xml" in wrong.content.decode()


def test_pc06_statements_do_not_grow(books, market):
    def counted(count):
        accesses = [
            market.access(books.vendor(f"V{count}-{n}-{VendorAccess.objects.count()}", email="v@example.com"), opened=False)
            for n in range(count)
        ]
        orders = [market.order(("1", "1"), vendor=a.vendor_id, expected_on="2026-03-10") for a in accesses]
        keys = [a.pk for a in accesses]
        with CaptureQueriesContext(connection) as opened:
            books.do("sourcing.open_access", keys)
        for access, order in zip(VendorAccess.objects.filter(pk__in=keys).order_by("pk"), orders, strict=True):
            say(token(access), ask_date, {"order": order, "on": "2026-04-01"})
        with CaptureQueriesContext(connection) as accepted:
            books.do("sourcing.accept", list(OrderAnswer.objects.filter(state="asked").values_list("pk", flat=True)))
        for access, order in zip(VendorAccess.objects.filter(pk__in=keys).order_by("pk"), orders, strict=True):
            say(token(access), ask_date, {"order": order, "on": "2026-05-01"})
        with CaptureQueriesContext(connection) as ended:
            books.do("sourcing.reject", list(OrderAnswer.objects.filter(state="asked").values_list("pk", flat=True)), reason="No")
            books.do("sourcing.close_access", keys, reason="x")
        return len(opened), len(accepted), len(ended)

    counted(1)
    assert counted(1) == counted(6)
