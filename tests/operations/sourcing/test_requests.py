"""PC-02: vendors are asked, answer through a link of their own or by file, are compared landed, and the award is split between them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.sourcing.answering import answer_by_link, decline_by_link, view_by_link
from fondaco.operations.sourcing.comparing import compare
from fondaco.operations.sourcing.links import path_of, token_of
from fondaco.operations.sourcing.models import Award, Invitation, Offer, OfferLine, QuoteRequest
from fondaco.operations.sourcing.refusals import (
    AwardedTooMuch,
    LinkClosed,
    NameMissing,
    NobodyAsked,
    NoSuchAskedLine,
    NotOffered,
    RequestStands,
    SheetUnreadable,
)
from fondaco.operations.sourcing.sheets import read_sheet, sheet_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Scope
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.interfaces.web.test_today import signed_in
from tests.operations.purchasing.test_orders import Buying

TODAY = timezone.localdate()
REQUESTS = RESOURCES["quote-requests"]


class Asking(Buying):
    """A buyer who asks three vendors for bolts and their carriage."""

    def __init__(self, books):
        super().__init__(books)
        self.vendors = [
            books.vendor("Alfa", email="alfa@example.com", language="it"),
            books.vendor("Bolts Inc.", "US", email="bolts@example.com"),
            books.vendor("Ceta"),
        ]

    def request(self, *, send=True, **values):
        given = {
            "company": self.books.company.pk, "subject": "Bolts for spring", "on": str(TODAY), "answer_by": str(TODAY + timedelta(days=7)),
            "lines": [{"product": self.bolt.pk, "quantity": "100"}, {"description": "Setting up", "quantity": "1"}],
            "invitations": [{"vendor": v.pk} for v in self.vendors], **values,
        }  # fmt: skip
        (pk,) = create(ACTOR, REQUESTS, [given]).ids
        if send:
            self.books.do("sourcing.send", pk)
        return QuoteRequest.objects.get(pk=pk)

    def token(self, request, vendor):
        return token_of(Invitation.objects.get(request=request, vendor=vendor).link_seed)

    def answer(self, request, vendor, price, setting=None, **values):
        bolts, setup = request.lines.order_by("position").values_list("pk", flat=True)
        prices = {bolts: price} | ({setup: setting} if setting else {})
        days = values.pop("days", None)
        given = {"prices": prices, "currency": "EUR", "by": "Somebody", **({"days": {bolts: days}} if days is not None else {}), **values}
        answer_by_link(self.token(request, vendor), given)

    def offered(self, request, vendor):
        return (
            OfferLine.objects.filter(offer__invitation__request=request, offer__invitation__vendor=vendor)
            .order_by("-offer__place", "line__position")[0]
            .pk
        )


@pytest.fixture
def asking(books):
    return Asking(books)


def test_pc02_every_vendor_gets_a_link_of_his_own_by_mail(books, asking):
    request = asking.request()
    assert (request.state, request.number) == ("sent", f"RFQ/{TODAY.year}/00001")
    mails = {m.payload["to"][0]: m.payload for m in OutboxMessage.objects.filter(key__startswith="sourcing.request")}
    assert set(mails) == {"alfa@example.com", "bolts@example.com"}
    for vendor in asking.vendors[:2]:
        assert path_of(Invitation.objects.get(request=request, vendor=vendor)) in mails[vendor.email]["text"]
    assert token_of("x") not in str(Invitation.objects.values_list("link_seed", "link_hash"))
    asking.answer(request, asking.vendors[0], "2")
    books.do("sourcing.remind", request.pk)
    assert OutboxMessage.objects.filter(key__startswith="sourcing.request").count() == 3
    with pytest.raises(NobodyAsked):
        asking.request(invitations=[])


def test_pc02_offers_are_compared_landed_and_the_award_is_split(books, asking):
    alfa, bolts, ceta = asking.vendors
    books.rate("USD", "0.90", str(TODAY))
    invitations = [{"vendor": alfa.pk}, {"vendor": bolts.pk, "duty_percent": "10"}, {"vendor": ceta.pk}]
    request = asking.request(invitations=invitations)
    asking.answer(request, alfa, "2.50", "40", days=10)
    asking.answer(request, alfa, "2.40", "40", days=10)
    asking.answer(
        request, bolts, "2.00", currency="USD", freight="50", days=45, quantities={request.lines.order_by("position")[0].pk: "60"}
    )
    decline_by_link(asking.token(request, ceta), "Too small")
    seen = compare(request, on=TODAY)
    line = seen.lines[0].pk
    told = [(c.invitation.state, c.cells[line].landed if line in c.cells else None, c.total, c.slowest) for c in seen.columns]
    # (2.00 + 50 / 60) x 0.90 x 1.10
    assert told == [
        ("answered", Decimal("2.4000"), Decimal("280.0000"), 10),
        ("answered", Decimal("2.8050"), None, 45),
        ("declined", None, None, None),
    ]
    assert [c.cells[line].is_best for c in seen.columns[:2]] == [True, False]
    with pytest.raises(AwardedTooMuch, match="61 would be awarded, and 60 were offered"):
        books.do("sourcing.award", request.pk, quantities={asking.offered(request, bolts): "61"})
    with pytest.raises(AwardedTooMuch, match="110 would be awarded, and 100 were asked for"):
        books.do("sourcing.award", request.pk, quantities={asking.offered(request, bolts): "60", asking.offered(request, alfa): "50"})
    first = OfferLine.objects.filter(offer__invitation__vendor=alfa, offer__place=1)[0].pk
    with pytest.raises(NotOffered):
        books.do("sourcing.award", request.pk, quantities={first: "10"})
    given = {asking.offered(request, bolts): "30", asking.offered(request, alfa): "70"}
    made = books.do("sourcing.award", request.pk, quantities=given).made["purchase-orders"]
    orders = PurchaseOrder.objects.in_bulk(made)
    assert {(o.vendor.name, o.state, o.currency_id, o.net) for o in orders.values()} == {
        ("Alfa", "draft", "EUR", Decimal(168)),
        ("Bolts Inc.", "draft", "USD", Decimal(110)),
    }
    assert {o.expected_on for o in orders.values()} == {TODAY + timedelta(days=10), TODAY + timedelta(days=45)}
    assert sorted(Award.objects.values_list("quantity", flat=True)) == [30, 70]
    with pytest.raises(LinkClosed):
        asking.answer(request, alfa, "1")
    books.assert_checks_hold()


def test_pc02_a_vendor_never_sees_that_others_are_asked_nor_what_they_offer(books, asking):
    """The attack of erpnext#10011: whatever somebody with one link tries, nothing of another vendor comes out."""
    alfa, bolts, ceta = asking.vendors
    request = asking.request()
    asking.answer(request, alfa, "2.4242", note="Secret of Alfa")
    client = Client()
    page = client.get(f"/rfq/{asking.token(request, bolts)}").content.decode()
    table = client.get(f"/rfq/{asking.token(request, bolts)}/table").content.decode()
    for text in (page, table, str(view_by_link(asking.token(request, bolts)))):
        for secret in ("Alfa", "2.4242", "2,4242", "Secret", "Ceta", "alfa@example.com"):
            assert secret not in text
    mine = client.get(f"/rfq/{asking.token(request, alfa)}").content.decode()
    assert "2,4242" in mine and "Secret of Alfa" in mine
    other = asking.request(invitations=[{"vendor": ceta.pk}])
    foreign = other.lines.first().pk
    with pytest.raises(NoSuchAskedLine):
        answer_by_link(asking.token(request, bolts), {"prices": {foreign: "1"}, "currency": "EUR", "by": "X"})
    for path in (
        f"/quote-requests/{request.pk}/compare",
        f"/vendor-offers/{Offer.objects.get().pk}",
        "/asked-vendors",
        f"/api/v1/vendor-offers/{Offer.objects.get().pk}",
    ):
        answer = client.get(path)
        assert "2.4242" not in answer.content.decode() and "Secret" not in answer.content.decode()
        assert answer.status_code in {302, 401, 403, 404} or "password" in answer.content.decode()
    assert client.get(f"/rfq/{Invitation.objects.get(request=request, vendor=bolts).link_hash}").status_code == 404
    # Who has a link may do nothing but answer it.
    visitor = Actor(username="vendor.link", channel="link", patterns=(("sourcing.answer_by_link", books.company.pk, Scope.COMPANY),))
    with pytest.raises(NotAllowed):
        perform(visitor, ACTIONS["sourcing.award"], [request.pk], {"quantities": {1: "1"}})
    with pytest.raises(NotAllowed):
        edit(visitor, REQUESTS, {request.pk: {"memo": "x"}})
    assert not RESOURCES["vendor-offers"].queryset().none() and not visitor.may("sourcing.view_request", books.company.pk)


def test_pc02_a_link_is_closed_after_its_last_day_and_asks_for_a_name(books, asking):
    request = asking.request()
    with pytest.raises(NameMissing):
        asking.answer(request, asking.vendors[0], "2", by=" ")
    with pytest.raises(LinkClosed):
        view_by_link("nonsense")
    late = asking.request(on=str(TODAY - timedelta(days=9)), answer_by=str(TODAY - timedelta(days=1)))
    with pytest.raises(LinkClosed):
        asking.answer(late, asking.vendors[0], "2")
    books.do("sourcing.cancel", request.pk, reason="No need")
    with pytest.raises(LinkClosed):
        view_by_link(asking.token(request, asking.vendors[0]))
    with pytest.raises(LinkClosed), refusals_translated(), unit_of_work("attacker", "attack"):
        Offer.objects.create(invitation=Invitation.objects.filter(request=request)[0], place=1, currency_id="EUR", source="link")


def test_pc02_what_was_sent_and_answered_stays(books, asking):
    request = asking.request()
    asking.answer(request, asking.vendors[0], "2")
    for statement in (
        f"update sourcing_quoterequestline set quantity = 1 where request_id = {request.pk}",
        f"insert into sourcing_invitation (version, company_id, request_id, position, state, vendor_id, email, duty_percent, link_seed, link_hash, declined_reason) select 1, company_id, request_id, 9, 'asked', {asking.vendor.pk}, '', 0, '', '', '' from sourcing_invitation where request_id = {request.pk} limit 1",
        f"update sourcing_invitation set link_hash = 'x' where request_id = {request.pk}",
        f"update sourcing_quoterequest set answer_by = '2030-01-01' where id = {request.pk}",
    ):
        with pytest.raises(RequestStands), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
    order = asking.order(("500", "1"), confirm=False)
    line = PurchaseOrder.objects.get(pk=order).lines.get().pk
    with pytest.raises(NotOffered), refusals_translated(), unit_of_work("attacker", "attack"):
        Award.objects.create(offered_id=asking.offered(request, asking.vendors[0]), order_line_id=line, quantity=500)


def test_pc02_answers_by_file(books, asking):
    request = asking.request()
    token = asking.token(request, asking.vendors[0])
    lines = sheet_of(view_by_link(token)["lines"]).decode("utf-8-sig").splitlines()
    filled = "\n".join([lines[0], lines[1].removesuffix(";;;") + ";1.234,5;60;14", lines[2]])
    assert read_sheet(filled.encode()) == {1: {"line": "1", "price": "1234.5", "quantity": "60", "days": "14"}}
    for broken in (b"", b"PK\x03\x04nothing", b"a;b\n1;2", b"\x00\x01"):
        with pytest.raises(SheetUnreadable):
            read_sheet(broken)
    client = Client()

    page = client.get(f"/rfq/{token}")
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    back = client.post(f"/rfq/{token}", {"csrfmiddlewaretoken": csrf, "table": SimpleUploadedFile("t.csv", filled.encode())})
    assert 'value="1.234,50"' in back.content.decode(), "read, shown to him, and not yet sent"
    assert not Offer.objects.exists()
    bolts = request.lines.order_by("position")[0].pk
    sent = {
        "csrfmiddlewaretoken": csrf,
        f"price-{bolts}": "1.234,5",
        f"offered-{bolts}": "60",
        f"days-{bolts}": "14",
        "currency": "EUR",
        "by": "Ada",
    }
    assert client.post(f"/rfq/{token}", sent | {"by": ""}).status_code == 422
    assert client.post(f"/rfq/{token}", sent).status_code == 302
    assert Offer.objects.get().by == "Ada"
    assert OfferLine.objects.get().unit_price == Decimal("1234.5")


def test_pc02_the_buyer_enters_compares_and_awards_on_the_screen(books, asking):
    request = asking.request()
    asking.answer(request, asking.vendors[1], "3", days=5)
    client, _user = signed_in(books, "bea", "buyer")
    invitation = Invitation.objects.get(request=request, vendor=asking.vendors[2])
    bolts, setup = request.lines.order_by("position").values_list("pk", flat=True)
    answer = client.post(
        f"/quote-requests/{request.pk}/answer/{invitation.pk}", {f"price-{bolts}": "2.5", f"price-{setup}": "x", "currency": "EUR"}
    )
    assert answer.status_code == 422
    client.post(
        f"/quote-requests/{request.pk}/answer/{invitation.pk}", {f"price-{bolts}": "2.5", f"price-{setup}": "30", "currency": "EUR"}
    )
    page = client.get(f"/quote-requests/{request.pk}/compare?fill=1").content.decode()
    assert page.count("cheapest</span>") == 2 and "280.00" in page and 'value="100"' in page
    cheap = asking.offered(request, asking.vendors[2])
    done = client.post(f"/quote-requests/{request.pk}/compare", {f"q{cheap}": "100"})
    assert done.status_code == 302 and done.url.startswith("/purchase-orders/")
    assert "awarded: 100" in client.get(f"/quote-requests/{request.pk}/compare").content.decode()
    other, _user = signed_in(books, "wim", "warehouse_worker")
    assert other.get(f"/quote-requests/{request.pk}/compare").status_code in {403, 404}


def test_pc02_statements_do_not_grow(books, asking):
    def counted(count):
        made = [asking.request(send=False).pk for _n in range(count)]
        with CaptureQueriesContext(connection) as sent:
            books.do("sourcing.send", made)
            books.do("sourcing.remind", made)
        requests = QuoteRequest.objects.filter(pk__in=made)
        for request in requests:
            asking.answer(request, asking.vendors[0], "2", "30")
            asking.answer(request, asking.vendors[1], "3")
        chosen = {asking.offered(r, asking.vendors[n]): "50" for r in requests for n in (0, 1)}
        with CaptureQueriesContext(connection) as awarded:
            books.do("sourcing.award", made, quantities=chosen)
        lost = [asking.request().pk for _n in range(count)]
        with CaptureQueriesContext(connection) as cancelled:
            books.do("sourcing.cancel", lost, reason="x")
        return len(sent), len(awarded), len(cancelled)

    counted(1)
    assert counted(1) == counted(8)
