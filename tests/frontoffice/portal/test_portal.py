"""SS-01 to SS-04: a customer's people in the portal, a day at work, and each guard that they meet."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.onlinepayments.models import OnlinePayment
from fondaco.finance.payments.models import Payment
from fondaco.frontoffice.portal.actions import ordering, people, talking
from fondaco.frontoffice.portal.models import CustomerAccess, DeliveryAddress, PortalOrder, PortalRule
from fondaco.frontoffice.portal.people import say
from fondaco.frontoffice.portal.queries import warranty
from fondaco.frontoffice.portal.refusals import (
    AccessStays,
    AccessTwice,
    AddressTaken,
    ChangedMeanwhile,
    NobodyApproves,
    NoRole,
    NothingToInvite,
    NotHisOrder,
    NotHisPerson,
    NotYourRole,
    NotYours,
    OrderStays,
    OrderWaits,
    OverYourLimit,
    OwnRolesStay,
    TooMuchToday,
    YourOwnOrder,
)
from fondaco.frontoffice.quality.models import Survey
from fondaco.frontoffice.sales.models import Order, ReturnAuthorisation
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Interaction, Party
from fondaco.masterdata.users.models import OutsideUser
from fondaco.operations.shipping.models import Consignment
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.sending import send_due
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import keep
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.portal.house import EVERYTHING, PASSWORD, home, seat, text


def test_SS_03_the_customers_administrator_keeps_colleagues_limits_and_addresses(house):
    path = house.link("anna@bar.example")
    client = Client()
    assert client.post(path, {"password": PASSWORD, "again": PASSWORD}).headers["Location"] == "/portal"
    assert client.get("/portal").headers["Location"] == home(house.anna)
    assert "Bar Duomo" in text(client.get(home(house.anna)))
    # A colleague is let in with a limit, changed, and shut out; he signs in no more, at once.
    given = {"person": "Carla Verdi", "email": "Carla@bar.example", "is_buyer": "on", "order_limit": "100"}
    assert client.post(f"{home(house.anna)}/people/invite", given).status_code == 302
    carla = CustomerAccess.objects.get(email="carla@bar.example")
    assert (carla.state, carla.customer_id, carla.invited_by_id, carla.order_limit) == (
        "open",
        house.customer.pk,
        house.anna.pk,
        Decimal(100),
    )
    assert carla.user.party_id == house.customer.pk
    hers = house.signed_in(carla)
    assert hers.get(f"{home(carla)}/buy").status_code == 200 and hers.get(f"{home(carla)}/invoices").status_code == 403
    assert hers.get(f"{home(carla)}/people").status_code == 403
    assert client.post(f"{home(house.anna)}/people/{carla.pk}", {"is_accounts": "on", "order_limit": ""}).status_code == 302
    assert hers.get(f"{home(carla)}/buy").status_code == 403 and hers.get(f"{home(carla)}/invoices").status_code == 200
    assert client.post(f"{home(house.anna)}/people/{carla.pk}", {}).status_code == 422, "nobody without a role"
    assert client.post(f"{home(house.anna)}/people/{carla.pk}", {"verb": "out"}).status_code == 302
    assert hers.get(home(carla)).status_code == 302 and not OutsideUser.objects.get(email="carla@bar.example").is_active
    with pytest.raises(OwnRolesStay):
        say(seat(house.anna), people.change_colleague, {"colleague": house.anna.pk, "is_buyer": True})
    with pytest.raises(OwnRolesStay):
        say(seat(house.anna), people.shut_colleague_out, {"colleague": house.anna.pk})
    with pytest.raises(NoRole):
        say(seat(house.anna), people.invite_colleague, {"person": "D", "email": "d@bar.example"})
    # Somebody else's person: she is told the same, and the house has something to look at.
    stolen = {"person": "Greta", "email": "greta@geheim.example", "is_buyer": "on"}
    assert client.post(f"{home(house.anna)}/people/invite", stolen).status_code == 302
    waits = CustomerAccess.objects.get(email="greta@geheim.example", customer=house.customer)
    assert (waits.state, waits.user_id) == ("draft", None)
    page = text(client.get(f"{home(house.anna)}/people"))
    assert "Geheim SpA" not in page and page.count("invited") >= 1
    # Places where goods may go, of his own: the house's record of the customer stays as it is.
    place = {"label": "Lido", "street": "Riva 1", "postal_code": "30126", "city": "Venezia", "country": "IT"}
    assert client.post(f"{home(house.anna)}/addresses", place).status_code == 302
    kept = DeliveryAddress.objects.get()
    with pytest.raises(AddressTaken):
        say(seat(house.anna), people.keep_address, place)
    assert client.post(f"{home(house.anna)}/addresses/{kept.pk}", {**place, "street": "Riva 2"}).status_code == 302
    kept.refresh_from_db()
    assert kept.street == "Riva 2" and not house.customer.addresses.exists()
    assert ordering.place_of(seat(house.anna), f"own-{kept.pk}") == "Riva 2\n30126 Venezia\nItaly"
    assert client.post(f"{home(house.anna)}/addresses/{kept.pk}", {"verb": "drop"}).status_code == 302
    with pytest.raises(NotYours):
        ordering.place_of(seat(house.anna), f"own-{kept.pk}")


def test_SS_04_bert_orders_from_a_list_anna_approves_and_the_house_delivers(books, house):
    bert, anna = house.signed_in(house.bert), house.signed_in(house.anna)
    page = text(bert.post(f"{home(house.bert)}/buy/look", {"list": "cup 10\nM1;1\n"}))
    assert "in stock" in page and "3.33" in page and "1,233.30" in page and "Anna Bianchi has to approve it" in page
    assert not Order.objects.exists(), "looking writes nothing"
    wrong = bert.post(f"{home(house.bert)}/buy/look", {"list": "cup ten\nNOPE 3"})
    assert wrong.status_code == 422 and "cup ten, NOPE" in text(wrong)
    # Within his limit it is an order of the house at once, with its goods reserved.
    answer = bert.post(f"{home(house.bert)}/buy/order", {f"q{house.cup.pk}": "10", "reference": "B-7", "words": "Before noon"})
    small = Order.objects.get()
    assert answer.headers["Location"] == f"{home(house.bert)}/orders/{small.pk}?done=ordered"
    assert (small.state, small.reference, small.contact, small.created_by, house.state(small)) == (
        "confirmed",
        "B-7",
        "Bert Rossi",
        "bert@bar.example",
        ["10 10 0 0 0 0"],
    )
    assert Interaction.objects.filter(party=house.customer, kind="order", channel="portal").exists()
    once = {f"q{house.cup.pk}": "1", "once": "ab" * 12}
    assert (
        bert.post(f"{home(house.bert)}/buy/order", once).headers["Location"]
        == bert.post(f"{home(house.bert)}/buy/order", once).headers["Location"]
    )
    books.do("sales.cancel", Order.objects.exclude(pk=small.pk).get().pk, reason="Sent twice, ordered once")
    small_ones = list(Order.objects.values_list("pk", flat=True))
    # Above it, it waits: nobody confirms it before the customer's own approver has said yes.
    answer = bert.post(f"{home(house.bert)}/buy/order", {f"q{house.machine.pk}": "1"})
    large = Order.objects.exclude(pk__in=small_ones).get()
    assert answer.headers["Location"].endswith("?done=waits") and large.state == "draft"
    with pytest.raises(OrderWaits):
        books.do("sales.confirm", large.pk)
    with pytest.raises(NotYourRole):
        say(seat(house.bert), ordering.decide_order, {"order": large.pk, "approve": True, "seen": large.gross})
    assert "Bert Rossi" in text(anna.get(f"{home(house.anna)}/approvals"))
    edit(ACTOR, RESOURCES["orders"], {large.pk: {"lines": [{"product": house.machine.pk, "quantity": "2"}]}})
    assert anna.post(f"{home(house.anna)}/approvals/{large.pk}", {"seen": str(large.gross)}).status_code == 409, (
        "it is another order by now"
    )
    large.refresh_from_db()
    assert anna.post(f"{home(house.anna)}/approvals/{large.pk}", {"seen": str(large.gross)}).status_code == 302
    large.refresh_from_db()
    placed = PortalOrder.objects.get(order=large)
    assert (large.state, placed.state, placed.approver_id) == ("confirmed", "placed", house.anna.pk)
    # Rejected, it is called off; her own orders she does not approve.
    bert.post(f"{home(house.bert)}/buy/order", {f"q{house.machine.pk}": "1"})
    third = Order.objects.order_by("-pk").first()
    assert anna.post(f"{home(house.anna)}/approvals/{third.pk}", {"verb": "reject", "seen": "0", "reason": "Too dear"}).status_code == 302
    third.refresh_from_db()
    assert third.state == "cancelled" and "rejected" in text(bert.get(f"{home(house.bert)}/orders"))
    # The delivery with its tracking, and the same again.
    house.delivered(small)
    page = text(bert.get(f"{home(house.bert)}/orders/{small.pk}"))
    assert "DN/2026/" in page and "10 × CUP" in page
    again = text(bert.get(f"{home(house.bert)}/buy?again={small.pk}"))
    assert re.search(rf'name="q{house.cup.pk}" value="10"', again)
    assert bert.get(f"{home(house.bert)}/orders/{small.pk}/pdf").headers["Content-Type"] == "application/pdf"
    # Credit and holds of the house are obeyed: the order stands on hold, and the customer reads that it is being checked.
    create(ACTOR, RESOURCES["credit-limits"], [{"company": books.company.pk, "party": house.customer.pk, "amount": "2500"}])
    bert.post(f"{home(house.bert)}/buy/order", {f"q{house.cup.pk}": "100"})
    held = Order.objects.order_by("-pk").first()
    assert held.state == "held" and "being checked" in text(bert.get(f"{home(house.bert)}/orders/{held.pk}"))
    with pytest.raises(NobodyApproves):
        _alone(house)
    books.assert_checks_hold()


def _alone(house):
    """A buyer with a limit, of a customer where nobody approves."""
    lone = house.person(house.books.customer("Lone Bar"), "Lone", "lone@lone.example", is_buyer=True, order_limit="1")
    say(seat(lone), ordering.place_order, {"quantities": {house.cup.pk: "1"}})


def test_SS_04_stock_as_the_company_tells_it_and_the_rule_that_won(books, house):
    anna = house.signed_in(house.anna)
    look = {f"q{house.cup.pk}": "1", f"q{house.machine.pk}": "1"}
    (rule,) = create(ACTOR, RESOURCES["portal-rules"], [{"company": books.company.pk, "shows_stock": "figures", "few_below": "30"}]).ids
    assert "500 in stock" in text(anna.post(f"{home(house.anna)}/buy/look", look))
    with unit_of_work("test", "test"):
        PortalRule.objects.filter(pk=rule).update(shows_stock="words")
    page = text(anna.post(f"{home(house.anna)}/buy/look", look))
    assert "few left" in page and "in stock" in page and "500" not in page
    with unit_of_work("test", "test"):
        PortalRule.objects.filter(pk=rule).update(shows_stock="nothing")
    assert "few left" not in text(anna.post(f"{home(house.anna)}/buy/look", look))
    step = {"company": books.company.pk, "code": "HD", "name": "House discount", "position": 1}
    (made,) = create(ACTOR, RESOURCES["discount-steps"], [step]).ids
    create(
        ACTOR,
        RESOURCES["discount-rules"],
        [
            {"step": made, "name": "Yours", "customer": house.customer.pk, "percent": "10"},
            {"step": made, "name": "Everybody", "percent": "2"},
        ],
    )
    page = text(anna.post(f"{home(house.anna)}/buy/look", look))
    assert "Yours" in page and "less 10" in page and "Everybody" not in page


def test_SS_01_quotes_invoices_statement_and_payment(books, house):
    house.paid_online()
    anna = house.signed_in(house.anna)
    quote = house.quote((house.machine, 1))
    assert quote.number in text(anna.get(f"{home(house.anna)}/quotes"))
    with pytest.raises(OverYourLimit):
        ordering.accept_quote(seat(house.bert), quote.pk, reference="", address="", agent="")
    assert anna.get(f"{home(house.anna)}/quotes/{quote.pk}/pdf").status_code == 200
    assert anna.post(f"{home(house.anna)}/quotes/{quote.pk}", {"verb": "accept", "reference": "A-9"}).status_code == 302
    quote.refresh_from_db()
    order = Order.objects.get(quote=quote)
    assert (quote.state, order.state, order.reference) == ("accepted", "confirmed", "A-9") and "Anna Bianchi" in quote.accepted_by
    assert anna.post(f"{home(house.anna)}/quotes/{quote.pk}", {"verb": "decline"}).status_code == 409
    other = house.quote((house.cup, 1))
    assert anna.post(f"{home(house.anna)}/quotes/{other.pk}", {"verb": "decline", "reason": "Dear"}).status_code == 302
    invoice = house.delivered(order)
    page = text(anna.get(f"{home(house.anna)}/invoices"))
    assert invoice.number in page and "1,464.00 EUR open" in page
    assert anna.get(f"{home(house.anna)}/invoices/{invoice.pk}/pdf").content.startswith(b"%PDF")
    assert "1,464.00" in text(anna.get(f"{home(house.anna)}/statement"))
    # She chooses, pays on the provider's page and comes back; the worker books it.
    go = anna.post(f"{home(house.anna)}/pay", {"invoice": invoice.pk}).headers["Location"]
    page_of_provider = anna.get(go).headers["Location"]
    assert page_of_provider.startswith("/pay/test/") and "1,464.00" in text(anna.get(page_of_provider))
    back = anna.post(page_of_provider, {"verb": "pay"}).headers["Location"]
    assert anna.get(back).headers["Location"] == f"{home(house.anna)}/invoices"
    assert "payment on its way" in text(anna.get(f"{home(house.anna)}/invoices"))
    assert anna.post(f"{home(house.anna)}/pay", {"invoice": invoice.pk}).status_code == 422, "nothing is paid twice"
    send_due()
    assert OnlinePayment.objects.get().state == "booked" and Payment.objects.get().amount == invoice.gross
    page = text(anna.get(f"{home(house.anna)}/invoices"))
    assert "booked" in page and "EUR open" not in page
    assert "Nothing is open." in text(anna.get(f"{home(house.anna)}/statement"))
    # The timeline tells the visits with little noise: each page once a day.
    anna.get(home(house.anna))
    assert (
        Interaction.objects.filter(kind="web", party=house.customer, source_table="portal_customeraccess", source_id=house.anna.pk).count()
        == 1
    )
    books.assert_checks_hold()


def labelled(books, customer, back):
    """A carrier told by files takes the return, and has a number for it."""
    with unit_of_work("test", "test"):
        Company.objects.filter(pk=books.company.pk).update(
            street="Via Rialto 1", postal_code="30125", city="Venezia", phone="+39 041 1234567"
        )
        Party.objects.filter(pk=customer.pk).update(phone="+39 02 7654321")
        Address.objects.create(party=customer, kind="delivery", street="Via Po 1", postal_code="20124", city="Milano", country_id="IT")
    given = {"code": "FIL", "name": "Files", "way": "folder", "tracking_url": "https://files.example/{tracking}"}
    (carrier,) = create(ACTOR, RESOURCES["carriers"], [{"company": books.company.pk, **given}]).ids
    (key,) = books.do("sales.book_label", back.pk, carrier=carrier, gross_kg="2").made["consignments"]
    send_due()
    books.do("shipping.note_number", key, tracking="F-1")
    return Consignment.objects.get(pk=key)


def test_SS_02_help_files_returns_and_warranty(books, house):
    anna, bert = house.signed_in(house.anna), house.signed_in(house.bert)
    with unit_of_work("test", "test"):
        serial = Product.objects.create(sku="G1", name="Grinder", unit=house.cup.unit, sale_price=200, currency_id="EUR", tracking="serial")
    lines = [{"product": serial.pk, "quantity": "2", "unit_cost": "100", "lots": "SN-1 SN-2"}]
    given = {"company": books.company.pk, "warehouse": house.warehouse.pk, "on": "2026-01-06", "lines": lines}
    books.do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [given]).ids[0])
    order = house.order((serial, 1))
    line = order.lines.get()
    house.did("deliver", order, on="2026-02-10", lots={line.pk: "SN-1"})
    create(ACTOR, RESOURCES["warranty-terms"], [{"company": books.company.pk, "product": serial.pk, "months": "12"}])
    (found,) = warranty(seat(house.anna), "sn-1")
    assert str(found.warranty_until) == "2027-02-10" and found.is_covered(date(2027, 2, 10))
    assert "under warranty" in text(anna.get(f"{home(house.anna)}/warranty?serial=SN-1"))
    assert not warranty(seat(house.anna), "SN-2") and not warranty(seat(house.greta), "SN-1")
    # A ticket about it, with a file; the house answers, she answers again and it is open again.
    given = {"subject": "Grinder is loud", "body": "Since yesterday.", "serial": "SN-1", "file": SimpleUploadedFile("noise.txt", b"grr")}
    answer = anna.post(f"{home(house.anna)}/tickets", given)
    ticket = Ticket.objects.get()
    assert answer.headers["Location"] == f"{home(house.anna)}/tickets/{ticket.pk}?done=asked"
    assert (ticket.channel, ticket.party_id, ticket.product_id, ticket.serial, ticket.contact_email) == (
        "portal",
        house.customer.pk,
        serial.pk,
        "SN-1",
        "anna@bar.example",
    )
    books.do("service.note", ticket.pk, body="INTERN: always complains")
    books.do("service.reply", ticket.pk, body="Clean it, please.")
    page = text(bert.get(f"{home(house.bert)}/tickets/{ticket.pk}"))
    assert "Clean it, please." in page and "INTERN" not in page and "noise.txt" in page
    file = re.search(rf"/tickets/{ticket.pk}/files/\d+", page)[0]
    assert text(bert.get(f"{home(house.bert)}{file}")) == "grr"
    assert bert.post(f"{home(house.bert)}/tickets/{ticket.pk}", {"body": "Still loud."}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.state == "open" and TicketMessage.objects.filter(ticket=ticket, direction="in").count() == 2
    # What was delivered comes back: she asks, the house authorises, and she prints the paper for the parcel.
    asks = {f"q{line.pk}": "1", "why": "defective", "wanted": "repair", "note": "Loud"}
    assert anna.post(f"{home(house.anna)}/orders/{order.pk}/return", asks).status_code == 302
    back = ReturnAuthorisation.objects.get()
    assert back.state == "draft" and anna.get(f"{home(house.anna)}/returns/{back.pk}/pdf").status_code == 404
    books.do("sales.authorise", back.pk)
    assert anna.get(f"{home(house.anna)}/returns/{back.pk}/pdf").content.startswith(b"%PDF")
    assert anna.post(f"{home(house.anna)}/orders/{order.pk}/return", asks).status_code == 409, "no more than is with the customer"
    # The house books the label: hers to print and to follow once the carrier has sent it, and nobody else's.
    label = f"{home(house.anna)}/returns/{back.pk}/label"
    consignment = labelled(books, house.customer, back)
    assert anna.get(label).status_code == 404 and "Tracking" in text(anna.get(f"{home(house.anna)}/returns"))
    kept = keep("CN-label.pdf", [b"%PDF-1.4 label"])
    with unit_of_work("test", "test"):
        Attachment.objects.create(
            table_name="shipping_consignment",
            row_id=consignment.pk,
            name=kept.name,
            media_type=kept.media_type,
            size=kept.size,
            digest=kept.digest,
        )
    page = text(anna.get(f"{home(house.anna)}/returns"))
    assert "Label of Files" in page and "https://files.example/F-1" in page
    assert anna.get(label).content == b"%PDF-1.4 label"
    assert house.signed_in(house.greta).get(label).status_code == 404
    assert house.signed_in(house.greta).get(label.replace(home(house.anna), home(house.greta))).status_code == 404
    for _n in range(talking.MOST_TICKETS - 1):
        say(seat(house.anna), talking.open_ticket, {"subject": "x", "body": "y"})
    with pytest.raises(TooMuchToday):
        say(seat(house.anna), talking.open_ticket, {"subject": "x", "body": "y"})
    books.assert_checks_hold()


def test_SS_02_she_answers_in_the_portal_how_satisfied_she_is(books, house):
    create(ACTOR, RESOURCES["survey-policies"], [{"company": books.company.pk, "rest_days": 0, "changeable_days": 0}])
    anna, bert, greta = house.signed_in(house.anna), house.signed_in(house.bert), house.signed_in(house.greta)
    (ticket,) = say(seat(house.anna), talking.open_ticket, {"subject": "Grinder", "body": "Loud."}).made["tickets"]
    path = f"{home(house.anna)}/tickets/{ticket}"
    assert "How satisfied" not in text(anna.get(path)) and anna.post(f"{path}/rate", {"score": "5"}).status_code == 404, "not solved yet"
    books.do("service.reply", ticket, body="Clean it.")
    books.do("service.solve", ticket)
    assert "How satisfied" in text(anna.get(path)) and "How satisfied" not in text(bert.get(f"{home(house.bert)}/tickets/{ticket}")), (
        "who was asked"
    )
    assert bert.post(f"{home(house.bert)}/tickets/{ticket}/rate", {"score": "1"}).status_code == 404
    assert greta.post(f"{home(house.greta)}/tickets/{ticket}/rate", {"score": "1"}).status_code == 404
    wrong = anna.post(f"{path}/rate", {"score": "6", "comment": "Well done"})
    assert wrong.status_code == 422 and "Well done" in text(wrong) and "Choose how satisfied" in text(wrong)
    assert anna.post(f"{path}/rate", {"score": "5", "comment": "Well done"}).headers["Location"] == f"{path}?done=rated"
    survey = Survey.objects.get(ticket=ticket)
    assert (survey.score, survey.comment) == (5, "Well done") and anna.get(f"{path}/rate").headers["Location"] == path
    # The same record as by the mail: once its days have passed (here there are none) nobody changes it, here or there.
    assert anna.post(f"{path}/rate", {"score": "1"}).status_code == 404
    assert "very satisfied" in text(anna.get(path)) and f"{path}/rate" not in text(anna.get(path))
    assert Interaction.objects.filter(title__endswith="satisfaction 5 of 5").count() == 1


def test_SS_01_what_was_a_merged_customers_is_his_who_remains(books, house):
    house.paid_online()
    old = books.customer("Duomo Caffe", email="old@duomo.example")
    olga = house.person(old, "Olga Verdi", "olga@duomo.example", **EVERYTHING)
    anna, hers = house.signed_in(house.anna), house.signed_in(olga)
    quote, order = house.of(old, "quote", (house.machine, 1)), house.of(old, "order", (house.cup, 4))
    own = house.delivered(house.order((house.cup, 5)))
    invoice = house.delivered(order)
    (ticket,) = say(seat(olga), talking.open_ticket, {"subject": "Cups are chipped", "body": "Four."}).made["tickets"]
    base, paths = home(house.anna), (f"/quotes/{quote.pk}", f"/orders/{order.pk}", f"/invoices/{invoice.pk}/pdf", f"/tickets/{ticket}", f"/orders/{order.pk}/return")  # fmt: skip
    assert {anna.get(f"{base}{p}").status_code for p in paths} == {404}
    books.do("parties.merge", old.pk, into=house.customer.pk)
    assert {anna.get(f"{base}{p}").status_code for p in paths} == {200}
    assert invoice.number in text(anna.get(f"{base}/invoices")) and invoice.number in text(anna.get(f"{base}/statement"))
    assert "DN/2026/" in text(anna.get(f"{base}/orders/{order.pk}")) and "chipped" in text(anna.get(f"{base}/tickets"))
    # She sends back from it, and pays it: each name of hers apart.
    asks = {f"q{order.lines.get().pk}": "1", "why": "defective", "wanted": "refund"}
    assert anna.post(f"{base}/orders/{order.pk}/return", asks).status_code == 302
    assert ReturnAuthorisation.objects.get().customer_id == old.pk
    apart = anna.post(f"{base}/pay", {"invoice": [invoice.pk, own.pk]})
    assert apart.status_code == 422 and "each name apart" in text(apart)
    anna.post(anna.get(anna.post(f"{base}/pay", {"invoice": invoice.pk}).headers["Location"]).headers["Location"], {"verb": "pay"})
    send_due()
    assert (OnlinePayment.objects.get().party_id, OnlinePayment.objects.get().state) == (old.pk, "booked")
    # Not the other way round: whom the house let in for the old name sees what was in the old name, as before.
    assert hers.get(f"{home(olga)}/orders/{order.pk}").status_code == 200
    assert own.number not in text(hers.get(f"{home(olga)}/invoices")) and hers.get(f"{home(olga)}/invoices/{own.pk}/pdf").status_code == 404
    books.do("parties.unmerge", old.pk, reason="Two bars after all")
    assert {anna.get(f"{base}{p}").status_code for p in paths} == {404}
    books.assert_checks_hold()


def test_SS_01_who_comes_back_to_an_address_of_a_form_is_led_to_its_page(house):
    anna, visitor = house.signed_in(house.anna), Client()
    base = home(house.anna)
    leads = {
        "/pay": "/invoices",
        "/approvals/7": "/approvals",
        "/buy/look": "/buy",
        "/buy/order": "/buy",
        "/people/invite": "/people",
        "/addresses": "/people",
    }
    for path, page in leads.items():
        assert anna.get(f"{base}{path}").headers["Location"] == f"{base}{page}"
        assert anna.put(f"{base}{path}").status_code == 405
    assert anna.get("/portal/sign-out").headers["Location"] == "/portal" and anna.get(base).status_code == 200
    for path in (
        "/q/a%00b",
        "/f/%00",
        "/c/%00",
        "/s/x%00",
        "/v/%00",
        "/portal/welcome/%00",
        "/portal/paid/%00",
        "/kb/%00",
        "/m/%00",
        "/pay/test/%00",
    ):
        answer = visitor.get(path)
        assert (answer.status_code, "Not found" in text(answer)) == (404, True), path


def test_SS_03_no_guard_is_got_round(books, house):
    elsewhere = open_books(code="ELSE")

    def attack(error, work):
        with pytest.raises(error), refusals_translated(), unit_of_work("attacker", "attack"):
            work()

    access = CustomerAccess.objects
    attack(NotHisPerson, lambda: insert_rows(CustomerAccess, [CustomerAccess(company=books.company, customer=house.customer, person="G", email="g@x.example", user=house.greta.user, on="2026-01-01")]))  # fmt: skip
    attack(NotHisPerson, lambda: insert_rows(CustomerAccess, [CustomerAccess(company=elsewhere.company, customer=house.customer, person="G", email="g@x.example", invited_by=house.anna, on="2026-01-01")]))  # fmt: skip
    attack(AccessStays, lambda: access.filter(pk=house.anna.pk).update(customer=house.rival))
    attack(AccessStays, lambda: access.filter(pk=house.anna.pk).update(user=house.bert.user))
    attack(AccessTwice, lambda: insert_rows(CustomerAccess, [CustomerAccess(company=books.company, customer=house.customer, person="A", email="a@x.example", user=house.anna.user, state="open", on="2026-01-01")]))  # fmt: skip
    foreign, own = house.of(house.rival, "order", (house.cup, 1), confirm=False), house.order((house.machine, 1), confirm=False)
    row = {"company": books.company, "access": house.bert, "on": "2026-01-01", "base_gross": Decimal(1464)}
    attack(NotHisOrder, lambda: insert_rows(PortalOrder, [PortalOrder(**row, order=foreign)]))
    attack(NotHisOrder, lambda: insert_rows(PortalOrder, [PortalOrder(**row, order=own, state="placed")]))
    with unit_of_work("test", "test"):
        insert_rows(PortalOrder, [PortalOrder(**row, order=own)])
    placed = PortalOrder.objects.filter(order=own)
    attack(NotHisOrder, lambda: placed.update(state="placed"))
    attack(NotHisOrder, lambda: placed.update(state="placed", approver=house.greta))
    attack(NotHisOrder, lambda: placed.update(state="placed", approver=house.bert))
    attack(OrderStays, lambda: placed.update(base_gross=1))
    attack(OrderWaits, lambda: Order.objects.filter(pk=own.pk).update(state="held"))
    with unit_of_work("test", "test"):
        access.filter(pk=house.bert.pk).update(is_approver=True)
    with pytest.raises(YourOwnOrder):
        say(seat(house.bert), ordering.decide_order, {"order": own.pk, "approve": True, "seen": own.gross})
    with pytest.raises(ChangedMeanwhile):
        say(seat(house.anna), ordering.decide_order, {"order": own.pk, "approve": True, "seen": "1"})
    # A closed access, a day that is over, a user shut out: nothing is shown any more.
    client = house.signed_in(house.anna)
    with unit_of_work("test", "test"):
        access.filter(pk=house.anna.pk).update(expires_on=timezone.localdate() - timedelta(days=1))
    assert client.get(home(house.anna)).status_code == 404
    with unit_of_work("test", "test"):
        access.filter(pk=house.anna.pk).update(expires_on=None)
    assert client.get(home(house.anna)).status_code == 200
    with pytest.raises(NothingToInvite):
        books.do("portal.invite_customer_again", house.anna.pk)
    books.do("portal.close_customer_access", house.anna.pk, reason="Left")
    assert client.get(home(house.anna)).status_code == 302


def test_SS_03_who_sells_and_buys_keeps_one_door_when_the_other_closes(books, house):
    with unit_of_work("test", "test"):
        Party.objects.filter(pk=house.customer.pk).update(is_vendor=True)
    link = {
        "company": books.company.pk,
        "vendor": house.customer.pk,
        "person": "Anna Bianchi",
        "email": "anna@bar.example",
        "on": "2026-01-01",
    }
    (key,) = create(ACTOR, RESOURCES["vendor-links"], [link]).ids
    books.do("sourcing.open_access", key)
    client = house.signed_in(house.anna)
    page = text(client.get("/portal"))
    assert home(house.anna) in page and f"/portal/vendor/{key}" in page
    books.do("sourcing.close_access", key, reason="Sells no more")
    assert house.signed_in(house.anna).get(home(house.anna)).status_code == 200
    (key,) = create(ACTOR, RESOURCES["vendor-links"], [link]).ids
    books.do("sourcing.open_access", key)
    books.do("portal.close_customer_access", house.anna.pk, reason="Buys no more")
    client = house.signed_in(house.anna)
    assert client.get(f"/portal/vendor/{key}").status_code == 200 and client.get(home(house.anna)).status_code == 404


def test_SS_03_statements_do_not_grow(books, house):
    def counted(count):
        start = CustomerAccess.objects.count()
        made = [house.person(house.customer, f"P{n}", f"p{start + n}@bar.example", opened=False, is_buyer=True) for n in range(count)]
        keys = [a.pk for a in made]
        found = []
        for verb, more in (("open_access", {}), ("invite_customer_again", {}), ("close_customer_access", {"reason": "x"})):
            with CaptureQueriesContext(connection) as queries:
                books.do(f"portal.{verb}", keys, **more)
            found.append(len(queries))
        return found

    counted(1)
    assert counted(1) == counted(6)

    def ordered(count):
        """An order of so many articles, looked at and placed."""
        quantities = {house.product(f"N{count}-{n}", f"Part {n}", "1.00").pk: "1" for n in range(count)}
        with CaptureQueriesContext(connection) as looked:
            ordering.foretold(seat(house.anna), {k: Decimal(q) for k, q in quantities.items()})
        with CaptureQueriesContext(connection) as placed:
            say(seat(house.anna), ordering.place_order, {"quantities": quantities})
        return len(looked), len(placed)

    ordered(2)
    assert ordered(3) == ordered(30)


def test_SS_01_pages_cost_the_same_for_one_paper_and_for_many(books, house):
    anna = house.signed_in(house.anna)

    def filled(count):
        for _n in range(count):
            house.quote((house.cup, 1))
            house.delivered(house.order((house.cup, 1)))
            say(seat(house.anna), talking.open_ticket, {"subject": "x", "body": "y"})

    def counted(path):
        anna.get(f"{home(house.anna)}{path}")
        with CaptureQueriesContext(connection) as queries:
            assert anna.get(f"{home(house.anna)}{path}").status_code == 200
        return len(queries)

    paths = ("", "/quotes", "/orders", "/invoices", "/statement", "/tickets", "/buy", "/people", "/returns", "/approvals")
    filled(2)
    few = {path: counted(path) for path in paths}
    filled(6)
    assert {path: counted(path) for path in paths} == few
    assert max(few.values()) <= 30, few
