"""PC-06: people of a vendor sign in, and see and do what is their vendor's and nothing else: a walk over every door of the house."""

import json
import re
from contextlib import suppress
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from fondaco.interfaces.doors.policy import OUTSIDE, PUBLIC
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.users.models import OutsideLink, OutsideSignIn, OutsideUser
from fondaco.masterdata.users.outside import MOST_RESETS, actor_outside
from fondaco.masterdata.users.refusals import OutsideOfOther, OutsideStays
from fondaco.operations.inventory.models import GoodsReceipt, GoodsReceiptLine
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.sourcing.models import Invitation, Offer, OrderAnswer, QuoteRequest, VendorAccess
from fondaco.operations.sourcing.portal import announce, by_person, say_as
from fondaco.operations.sourcing.refusals import LinkClosed, NothingToInvite, PersonWithoutAddress, RequestStands
from fondaco.platform.access.models import SignInAttempt
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import NotAllowed, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import rows_for
from fondaco.platform.resources.writing import create
from fondaco.platform.search.finding import search
from tests.books import ACTOR, open_books
from tests.operations.sourcing.test_portal import Market, line_of

PASSWORD = "drei graue Kutter"
CSRF = {"csrfmiddlewaretoken": "x"}


class Portal(Market):
    """Two vendors; two people of the first and one of the second sign in."""

    def __init__(self, books):
        super().__init__(books)
        self.anna = self.person(self.vendor, "Anna Bianchi", "anna@bolts.example")
        self.bert = self.person(self.vendor, "Bert Rossi", "bert@bolts.example")
        self.greta = self.person(self.other, "Greta Geheim", "greta@geheim.example")

    def person(self, vendor, name, email, opened=True, books=None, **values):
        return self.access(vendor, opened, person=name, email=email, **values)

    def link(self, email):
        """The link in the latest mail to somebody."""
        mail = next(m for m in OutboxMessage.objects.order_by("-id") if m.payload.get("to") == [email])
        return re.search(r"(/portal/welcome/\S+)", mail.payload["text"])[1]

    def signed_in(self, email, password=PASSWORD):
        client = Client(raise_request_exception=False)
        with unit_of_work("test", "test"):
            user = OutsideUser.objects.get(email=email)
            if user.password == "!":
                OutsideUser.objects.filter(email=email).update(password=make_password(password))
        answer = client.post("/portal/sign-in", {"email": email, "password": password})
        assert answer.status_code == 302, answer.content.decode()
        return client


@pytest.fixture
def portal(books):
    return Portal(books)


def home(access):
    return f"/portal/vendor/{access.pk}"


def text(answer):
    return (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")


def test_pc06_a_person_is_invited_by_mail_sets_a_password_and_signs_in(books, portal):
    user = OutsideUser.objects.get(email="anna@bolts.example")
    assert (user.party_id, user.password, portal.anna.user_id, portal.anna.link_hash) == (portal.vendor.pk, "!", user.pk, "")
    path = portal.link(user.email)
    link = OutsideLink.objects.get(user=user)
    assert path.rsplit("/", 1)[1] not in link.digest and link.expires_at > timezone.now() + timedelta(days=6)
    client = Client()
    page = client.get(path)
    assert "Anna Bianchi" in text(page) and portal.vendor.name in text(page)
    assert client.post(path, {"password": "short", "again": "short"}).status_code == 422
    assert client.post(path, {"password": PASSWORD, "again": PASSWORD}).headers["Location"] == "/portal"
    assert client.get("/portal").headers["Location"] == home(portal.anna)
    assert client.get(path).status_code == 404, "the link worked once"
    assert client.get(home(portal.anna)).status_code == 200
    assert client.post("/portal/sign-out").headers["Location"] == "/portal/sign-in"
    assert client.get(home(portal.anna)).headers["Location"].startswith("/portal/sign-in?")
    assert portal.signed_in(user.email).get(home(portal.anna)).status_code == 200
    assert OutsideSignIn.objects.filter(user=user).count() == 2
    assert not Change.objects.filter(table_name="users_outsideuser", changes__has_key="password").exists(), "no password in the history"
    with pytest.raises(NothingToInvite):
        books.do("sourcing.invite_again", portal.anna.pk)


def test_pc06_links_end_and_a_newer_one_ends_the_older(books, portal):
    first = portal.link("bert@bolts.example")
    books.do("sourcing.invite_again", portal.bert.pk)
    second = portal.link("bert@bolts.example")
    client = Client()
    assert client.get(first).status_code == 404 and client.get(second).status_code == 200
    link = OutsideLink.objects.get(used_at=None, user=portal.bert.user_id)
    with pytest.raises(UserError), refusals_translated(), unit_of_work("attacker", "attack"):
        OutsideLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() + timedelta(days=999))
    with pytest.raises(OutsideStays), refusals_translated(), unit_of_work("attacker", "attack"):
        OutsideUser.objects.filter(pk=portal.bert.user_id).update(party=portal.other)
    with pytest.raises(OutsideStays), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
        cursor.execute("delete from users_outsideuser where id = %s", [portal.bert.user_id])


def test_pc06_guessing_is_slowed_down_and_unknown_addresses_are_not_told(books, portal):
    portal.signed_in("anna@bolts.example")
    client = Client()
    known = client.post("/portal/sign-in", {"email": "anna@bolts.example", "password": "wrong"})
    strange = client.post("/portal/sign-in", {"email": "nobody@bolts.example", "password": "wrong"})
    assert known.status_code == strange.status_code == 422
    assert "not right" in text(known) and "not right" in text(strange)
    for _n in range(8):
        client.post("/portal/sign-in", {"email": "anna@bolts.example", "password": "wrong"})
    assert client.post("/portal/sign-in", {"email": "anna@bolts.example", "password": PASSWORD}).status_code == 429
    with unit_of_work("test", "test"):
        SignInAttempt.objects.all().delete()
    sent = OutboxMessage.objects.count()
    one, other = (client.post("/portal/forgotten", {"email": e}) for e in ("nobody@bolts.example", "anna@bolts.example"))
    assert one.status_code == other.status_code == 200 and OutboxMessage.objects.count() == sent + 1
    assert "on its way" in text(one) and "on its way" in text(other)
    path = portal.link("anna@bolts.example")
    session = portal.signed_in("anna@bolts.example")
    assert Client().post(path, {"password": "vier gelbe Boote", "again": "vier gelbe Boote"}).status_code == 302
    assert session.get(home(portal.anna)).status_code == 302, "a new password ends all sessions from before"
    portal.signed_in("anna@bolts.example", "vier gelbe Boote")
    for _n in range(MOST_RESETS + 3):
        with unit_of_work("test", "test"):
            SignInAttempt.objects.all().delete()
        client.post("/portal/forgotten", {"email": "anna@bolts.example"})
    assert OutsideLink.objects.filter(user=portal.anna.user_id).count() <= MOST_RESETS + 1


def test_pc06_the_buyer_shuts_a_person_out_and_his_session_ends(books, portal):
    anna, bert = portal.signed_in("anna@bolts.example"), portal.signed_in("bert@bolts.example")
    Client().post("/portal/forgotten", {"email": "anna@bolts.example"})
    path = portal.link("anna@bolts.example")
    books.do("sourcing.close_access", portal.anna.pk, reason="Left the firm")
    assert anna.get(home(portal.anna)).headers["Location"].startswith("/portal/sign-in?")
    assert not OutsideUser.objects.get(email="anna@bolts.example").is_active
    assert Client().get(path).status_code == 404
    assert Client().post("/portal/sign-in", {"email": "anna@bolts.example", "password": PASSWORD}).status_code == 422
    assert bert.get(home(portal.bert)).status_code == 200, "others of the vendor stay"
    with pytest.raises(LinkClosed):
        by_person(portal.anna.user_id, portal.anna.pk)
    # Invited anew, she has the password that she had; of an address of another party nobody is made.
    back = portal.person(portal.vendor, "Anna Bianchi", "anna@bolts.example")
    assert portal.signed_in("anna@bolts.example").get(home(back)).status_code == 200
    with pytest.raises(OutsideOfOther, match=r"anna@bolts\.example signs in to the portal for"):
        portal.person(portal.other, "Anna", "anna@bolts.example")
    with pytest.raises(PersonWithoutAddress):
        portal.person(portal.other, "Nobody", "")
    with pytest.raises(RequestStands), refusals_translated(), unit_of_work("attacker", "attack"):
        VendorAccess.objects.filter(pk=portal.greta.pk).update(user=portal.anna.user_id)
    elsewhere = open_books(code="ELSE").company
    with pytest.raises(UserError), refusals_translated(), unit_of_work("attacker", "attack"):
        stolen = {"vendor": portal.vendor, "user_id": portal.greta.user_id, "person": "Greta", "state": "open", "on": "2026-01-01"}
        VendorAccess.objects.create(company=elsewhere, **stolen)
    assert not VendorAccess.objects.filter(company=elsewhere).exists()
    # Administrators shut people out everywhere, and end their sessions.
    greta = portal.signed_in("greta@geheim.example")
    books.do("users.end_sessions", portal.greta.user_id)
    assert greta.get(home(portal.greta)).status_code == 302
    greta = portal.signed_in("greta@geheim.example")
    books.do("users.deactivate", portal.greta.user_id)
    assert greta.get(home(portal.greta)).status_code == 302
    books.do("users.reactivate", portal.greta.user_id)
    assert portal.signed_in("greta@geheim.example").get(home(portal.greta)).status_code == 200


def test_pc06_a_person_confirms_moves_announces_invoices_offers_and_sees_payments(books, portal):
    order = portal.order(("10", "2.50"), expected_on="2026-03-10")
    client = portal.signed_in("anna@bolts.example")
    address = f"{home(portal.anna)}/orders/{order}"
    assert PurchaseOrder.objects.get(pk=order).number in text(client.get(home(portal.anna)))
    assert client.post(address, {"verb": "confirm", "reference": "AB-77"}).status_code == 302
    assert client.post(address, {"verb": "date", "on": "2026-03-20"}).status_code == 302
    word = OrderAnswer.objects.get(kind="date")
    assert (word.created_by, word.access_id) == ("anna@bolts.example", portal.anna.pk)
    books.do("sourcing.accept", word.pk)
    assert (
        client.post(address, {"verb": "announce", "on": "2026-03-05", f"q{line_of(order)}": "6", f"l{line_of(order)}": ""}).status_code
        == 302
    )
    assert GoodsReceiptLine.objects.get().quantity == 6
    books.do("inventory.post_receipt", GoodsReceipt.objects.get().pk)
    bill = portal.bill(("6", "2.50"))
    bill.refresh_from_db()
    assert 400 <= client.post(f"{home(portal.anna)}/invoice", {"file": SimpleUploadedFile("a.xml", b"<a/>")}).status_code < 500
    paid = {
        "company": books.company.pk, "party": portal.vendor.pk, "on": "2026-03-15", "amount": "5.00", "reference": "TRN 4711",
        "allocations": [{"item": books.item(bill).pk, "amount": "5.00"}],
    }  # fmt: skip
    (payment,) = create(ACTOR, RESOURCES["disbursements"], [paid]).ids
    books.do("payments.post_disbursement", payment)
    page = text(client.get(home(portal.anna)))
    assert bill.vendor_number in page and "5.00" in page and "still open" in page
    # A request for quotation that is addressed to the vendor, among others.
    asked = {
        "company": books.company.pk, "subject": "Bolts of brass", "on": str(timezone.localdate()), "answer_by": str(timezone.localdate() + timedelta(days=5)),
        "lines": [{"product": portal.bolt.pk, "quantity": "100"}], "invitations": [{"vendor": portal.vendor.pk}, {"vendor": portal.other.pk}],
    }  # fmt: skip
    (request,) = create(ACTOR, RESOURCES["quote-requests"], [asked]).ids
    books.do("sourcing.send", request)
    mine, theirs = (Invitation.objects.get(request=request, vendor=v) for v in (portal.vendor, portal.other))
    assert "Bolts of brass" in text(client.get(home(portal.anna)))
    page = f"{home(portal.anna)}/requests/{mine.pk}"
    assert client.get(f"{home(portal.anna)}/requests/{theirs.pk}").status_code == 404
    assert "Anna Bianchi" in text(client.get(page)) and "Geheim" not in text(client.get(page))
    line = QuoteRequest.objects.get(pk=request).lines.get().pk
    offered = {f"price-{line}": "2.40", "currency": "EUR", "by": "Anna Bianchi"}
    assert client.post(page, offered).status_code == 302
    offer = Offer.objects.get()
    assert (offer.source, offer.by, offer.created_by) == ("portal", "Anna Bianchi", "anna@bolts.example")
    assert client.get(f"{page}/table").status_code == 200
    assert (
        portal.signed_in("greta@geheim.example").post(f"{home(portal.greta)}/requests/{theirs.pk}/decline", {"why": "No brass"}).status_code
        == 302
    )
    theirs.refresh_from_db()
    assert theirs.state == "declined"
    books.assert_checks_hold()


def test_pc06_looks_and_password_of_ones_own(books, portal):
    client = portal.signed_in("anna@bolts.example")
    other = portal.signed_in("anna@bolts.example")
    assert client.post("/portal/account", {"verb": "looks", "language": "it", "theme": "dark"}).status_code == 302
    page = text(client.get("/portal/account"))
    assert 'lang="it"' in page and 'data-theme="dark"' in page
    wrong = client.post("/portal/account", {"verb": "password", "old": "x", "password": "neue lange Worte", "again": "neue lange Worte"})
    assert wrong.status_code == 422
    right = client.post(
        "/portal/account", {"verb": "password", "old": PASSWORD, "password": "neue lange Worte", "again": "neue lange Worte"}
    )
    assert right.status_code == 302
    assert client.get("/portal/account").status_code == 200 and other.get("/portal/account").status_code == 302


# ------------------------------------------------------------------ nothing of anybody else


SECRETS = ("SECRETREF", "Geheim", "GEHEIM-1", "123.45", "123,45", "987.65", "987,65", "MARGINE", "Segretissimo")


@pytest.fixture
def secrets(books, portal):
    """What a person of the first vendor must never read: the other vendor's, the house's own, another company's."""
    foreign = portal.order(("7", "123.45"), vendor=portal.other.pk, reference="SECRETREF")
    books.bill(portal.other, [{"account": "expense", "unit_price": "987.65"}], "2026-03-10", vendor_number="GEHEIM-1")
    books.customer(name="Segretissimo SpA")
    with unit_of_work("test", "test"):
        Party.objects.filter(pk=portal.vendor.pk).update(memo="MARGINE 40%") if hasattr(Party, "memo") else None
        elsewhere = open_books(code="ELSE")
        PurchaseOrder.objects.create(company=elsewhere.company, vendor=portal.vendor, on="2026-03-01", currency_id="EUR", memo="MARGINE")
    own = portal.order(("3", "1.00"))
    return {"own": own, "foreign": foreign}


def routes():
    found = []

    def walk(patterns, prefix=""):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, prefix + str(pattern.pattern))
            else:
                found.append((prefix + str(pattern.pattern), pattern.callback.policy))

    walk(get_resolver().url_patterns)
    return found


#: Under which every kind of record is asked for; other routes by kind are tried with some kinds each, all of them in turn.
EVERY_KIND = {"<slug:key>", "<slug:key>/<int:pk>", "api/v1/<str:key>", "api/v1/<str:key>/<str:name>", "api/v1/<str:key>/export"}


def addresses(number, route, key):
    """Addresses that a route answers: kinds of record where it takes one, and the key of a record that is somebody else's."""
    plain = route.replace("^", "").replace("$", "").replace("(?:/.*)?", "")
    kinds = [""]
    if re.search(r"<(slug|str):key>", plain):
        kinds = sorted(RESOURCES) if plain in EVERY_KIND else sorted(RESOURCES)[number % 12 :: 12]
    for kind in kinds:
        address = re.sub(r"<int:\w+>", str(key), re.sub(r"<(slug|str):key>", kind, plain))
        yield "/" + re.sub(r"<(str|slug|path):(pk|name)>", str(key), address).replace("<slug:verb>", "confirm")


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_pc06_every_door_of_the_house_is_closed_to_a_person_of_a_vendor(books, portal, secrets, way):
    """Every route and every kind of record there is, by somebody who is signed in as a vendor: refused, and nothing is told."""
    client = portal.signed_in("anna@bolts.example")
    before = Change.objects.count()
    walked = 0
    for number, (route, policy) in enumerate(routes()):
        own_door = policy.permission in (PUBLIC, OUTSIDE)
        if own_door and (way == "POST" or route == "portal/sign-out"):
            continue
        for address in addresses(number, route, secrets["foreign"]):
            address = re.sub(r"<[^>]+>", "anything", address)
            as_a_page = {} if walked % 10 == 0 else {"HTTP_ACCEPT": "application/json"}
            answer = client.generic(way, address, b"{}" if way == "POST" else b"", content_type="application/json", **as_a_page)
            walked += 1
            body = text(answer)
            for secret in SECRETS:
                assert secret not in body, (address, secret)
            if not own_door:
                assert answer.status_code in {401, 403, 405}, (address, answer.status_code, body[:300])
    assert walked > len(RESOURCES) * 2
    assert Change.objects.count() == before


def test_pc06_the_public_doors_are_these_and_the_portal_has_no_other(books, portal):
    public = {route for route, policy in routes() if policy.permission == PUBLIC}
    assert public == {
        "-/sign-in", "-/set-up", "-/set-up/<slug:step>", "-/welcome/<str:secret>", "portal/sign-in", "portal/forgotten", "portal/welcome/<str:secret>",
        "q/<str:token>", "q/<str:token>/ask", "q/<str:token>/decline", "q/<str:token>/pdf", "rfq/<str:token>", "rfq/<str:token>/decline", "rfq/<str:token>/table",
        "v/<str:token>", "v/<str:token>/invoice", "v/<str:token>/orders/<int:pk>", "api/docs", "api/problems/<str:code>", "api/v1/openapi.json", "api/hooks/carriers", "api/hooks/einvoices", "api/hooks/calls/<str:line>", "api/hooks/calls/<str:line>/twilio/<slug:step>",
        "chat/<str:token>", "chat/c/<str:secret>", "chat/c/<str:secret>/live", "api/hooks/messages/<str:token>",
        "api/hooks/payments/<slug:kind>", "pay/test/<str:reference>",
        "f/<str:token>", "f/<str:token>/pictures/<int:file>", "kb", "kb/<str:code>", "kb/<str:code>/<int:pk>", "s/<str:token>",
        "c/confirm/<str:token>", "c/<str:token>", "c/<str:token>/stop/<str:code>",
        "deliver/handheld-worker.js", "customers/brief-worker.js", "calendar/<str:token>.ics", "^api(?:/.*)?$",
    }  # fmt: skip
    assert all(route == "portal" or route.startswith("portal/") for route, policy in routes() if policy.permission == OUTSIDE)


def test_pc06_what_a_portal_user_is_holds_no_right(books, portal, secrets):
    """His actor, handed to whatever the house reads and does with: no row of any kind, no verb, nothing found."""
    anna = actor_outside(OutsideUser.objects.get(email="anna@bolts.example"))
    assert (anna.user_id, anna.patterns, anna.everything) == (None, (), False)
    for resource in RESOURCES.values():
        with suppress(NotAllowed):
            assert not rows_for(resource, anna).exists(), resource.key
    for key, verb in ACTIONS.items():
        with pytest.raises(UserError) as refusal:
            perform(anna, verb, [secrets["foreign"]], {}, reason="x")
        assert isinstance(refusal.value, NotAllowed), key
    assert not list(search(anna, "Geheim"))
    seat = by_person(anna.outside_id, portal.anna.pk)
    with pytest.raises(LinkClosed):
        say_as(seat, announce, {"order": secrets["foreign"], "on": "2026-04-01", "quantities": {line_of(secrets["foreign"]): "1"}})


def test_pc06_of_his_own_pages_he_opens_no_other_vendors(books, portal, secrets):
    client = portal.signed_in("anna@bolts.example")
    page = text(client.get(home(portal.anna)))
    for secret in SECRETS:
        assert secret not in page
    for access in (portal.greta, portal.bert, portal.mine, portal.theirs):
        for path in ("", f"/orders/{secrets['own']}", f"/orders/{secrets['foreign']}", "/requests/1", "/requests/1/table"):
            assert client.get(home(access) + path).status_code == 404, (access, path)
        assert client.post(f"{home(access)}/orders/{secrets['own']}", {"verb": "confirm"}).status_code == 404
        assert client.post(f"{home(access)}/invoice", {}).status_code == 404
    for key in (secrets["foreign"], PurchaseOrder.objects.get(memo="MARGINE").pk, 10**9):
        assert client.get(f"{home(portal.anna)}/orders/{key}").status_code == 404
        assert client.post(f"{home(portal.anna)}/orders/{key}", {"verb": "confirm"}).status_code == 404
    assert not OrderAnswer.objects.exists()
    # A session of the house is none of the portal, and the other way round.
    assert Client().get("/portal").status_code == 302
    assert json.loads(client.get("/api/v1/purchase-orders").content)["code"] == "doors.not_for_outside"


def test_pc06_statements_of_inviting_do_not_grow(books, portal):
    def counted(count):
        made = [
            portal.person(portal.vendor, f"P{n}", f"p{n}-{VendorAccess.objects.count()}@bolts.example", opened=False) for n in range(count)
        ]
        keys = [a.pk for a in made]
        with CaptureQueriesContext(connection) as opened:
            books.do("sourcing.open_access", keys)
        with CaptureQueriesContext(connection) as again:
            books.do("sourcing.invite_again", keys)
        users = list(VendorAccess.objects.filter(pk__in=keys).values_list("user_id", flat=True))
        with CaptureQueriesContext(connection) as by_administrators:
            books.do("users.end_sessions", users)
            books.do("users.deactivate", users)
            books.do("users.reactivate", users)
        with CaptureQueriesContext(connection) as closed:
            books.do("sourcing.close_access", keys, reason="x")
        return len(opened), len(again), len(by_administrators), len(closed)

    counted(1)
    assert counted(1) == counted(6)
