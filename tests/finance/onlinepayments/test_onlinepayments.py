"""SS-01: customers pay online. What the provider tells is kept once, judged, and booked once, in whatever order and however often it comes."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.onlinepayments import taking
from fondaco.finance.onlinepayments.models import OnlinePayment, OnlinePaymentPart, OnlineRefund, PaymentProvider, ProviderEvent
from fondaco.finance.onlinepayments.paying import page_of, set_out, tell
from fondaco.finance.onlinepayments.providers import trying
from fondaco.finance.onlinepayments.providers.declared import Told
from fondaco.finance.onlinepayments.providers.stripe import Stripe, amount_of, is_signed, units
from fondaco.finance.onlinepayments.queries import on_account
from fondaco.finance.onlinepayments.refusals import (
    NoProvider,
    NothingOpen,
    OneCurrency,
    OnlinePaymentStays,
    PartOfOther,
    PartsDiffer,
    PaymentBegun,
    ProviderOff,
    RefundBeyond,
    RefundTooMuch,
)
from fondaco.finance.onlinepayments.resources import OnlinePaymentResource
from fondaco.finance.onlinepayments.taking import note
from fondaco.finance.payments.models import Payment
from fondaco.platform.audit.checks import run as run_checks
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR

SECRET = "ein Geheimnis"


class Till:
    """A company that is paid online, a customer who owes, and what his browser and the provider do."""

    def __init__(self, books, kind: str = "test") -> None:
        self.books = books
        self.customer = books.customer()
        account = books.account("card_clearing").pk
        bank = {"company": books.company.pk, "name": "With the provider", "account_number": "acct_1", "account": account, "currency": "EUR"}
        (self.bank,) = create(ACTOR, RESOURCES["bank-accounts"], [bank]).ids
        given = {"company": books.company.pk, "name": "Provider", "kind": kind, "bank_account": self.bank}
        self.provider = PaymentProvider.objects.get(pk=create(ACTOR, RESOURCES["payment-providers"], [given]).ids[0])

    def owes(self, amount: str, **values: Any) -> OpenItem:
        """An invoice with tax out of scope, so that it comes to the amount."""
        invoice = self.books.invoice(self.customer, [{"quantity": "1", "unit_price": amount, "tax_code": "IT-N1"}], "2026-02-02", **values)
        return self.books.item(invoice)

    def begins(self, *items: OpenItem) -> OnlinePayment:
        with unit_of_work("customer", "test"):
            return set_out(self.books.company, self.customer.pk, [i.pk for i in items], ACTOR)

    def open(self, item: OpenItem) -> Decimal:
        return OpenItem.objects.get(pk=item.pk).open_amount

    def received(self) -> Decimal:
        return sum(Payment.objects.filter(kind="received").values_list("amount", flat=True), Decimal(0))


@pytest.fixture
def till(books, monkeypatch):
    monkeypatch.setenv("FONDACO_TEST_PAYMENTS", SECRET)
    return Till(books)


def post(kind: str, body: bytes, headers: dict[str, str]) -> Any:
    return Client().post(f"/api/hooks/payments/{kind}", body, content_type="application/json", headers=headers)


def told(payment: OnlinePayment, kind: str = "paid", **more: Any) -> Any:
    body, headers = trying.notice(
        kind, payment.reference, more.pop("amount", payment.amount), more.pop("currency", payment.currency_id), 2, **more
    )
    return post("test", body, headers)


def test_SS_01_a_customer_pays_two_invoices_and_the_books_know_it(books, till):
    first, second = till.owes("100.00"), till.owes("50.00")
    payment = till.begins(first, second)
    with unit_of_work("customer", "test"):
        assert page_of(payment, "Invoices", "", "http://here/") == f"/pay/test/{payment.reference}"
    assert told(payment).json() == {"new": 1}
    payment.refresh_from_db()
    assert (payment.state, payment.fee, till.open(first)) == ("paid", Decimal("2.35"), Decimal(100)), "told, and booked by the worker"
    with pytest.raises(NothingOpen):
        till.begins(first)
    send_due()
    payment.refresh_from_db()
    assert (payment.state, till.open(first), till.open(second)) == ("booked", 0, 0)
    books.assert_journal(
        """
        2026-11-28 received PAY/2026/00001 OP/2026/00001
          card_clearing                     150.00
          receivable                       -150.00
        2026-11-28 Fee OP/2026/00001
          bank_charges                        2.35
          card_clearing                      -2.35
        """.replace("2026-11-28", str(timezone.localdate())),
        last=2,
    )
    # Half of one goes back: the provider is asked, and it is booked when he says so.
    with pytest.raises(RefundTooMuch):
        books.do("onlinepayments.refund", payment.pk, amount="150.01", reason="Broken")
    books.do("onlinepayments.refund", payment.pk, amount="40.00", reason="Broken")
    for _round in range(2):
        send_due()
    refund = OnlineRefund.objects.get()
    assert (refund.state, refund.payment.amount, refund.payment.kind, refund.payment.state) == ("done", Decimal(40), "refund", "posted")
    with pytest.raises(RefundTooMuch):
        books.do("onlinepayments.refund", payment.pk, amount="110.01", reason="Broken")
    books.assert_checks_hold()


def test_SS_01_told_twice_late_in_another_order_or_wrong(books, till):
    item = till.owes("80.00")
    payment = till.begins(item)
    with unit_of_work("customer", "test"):
        page_of(payment, "", "", "")
    # It failed, ran out, and then was paid: what was paid is paid. Failures that are told afterwards change nothing.
    assert told(payment, "failed").json() == told(payment, "expired").json() == {"new": 1}
    paid = trying.notice("paid", payment.reference, payment.amount, "EUR", 2)
    assert [post("test", *paid).json()["new"] for _n in range(3)] == [1, 0, 0]
    assert told(payment, "failed", again="1").json() == {"new": 1}
    assert told(payment, "paid", another="1").json() == {"new": 1}, "the same payment under another name of his"
    # Given back on the provider's pages, and told before the worker has booked the payment itself.
    note("test", Told("evt_r", "refunded", payment.reference, "", Decimal("10.00"), "EUR", refund="re_1"))
    note("test", Told("evt_r2", "refunded", payment.reference, "", Decimal("10.00"), "EUR", refund="re_1"))
    OutboxMessage.objects.filter(key__startswith="onlinepayments.book:")
    with unit_of_work("test", "test"):
        waits = OutboxMessage.objects.get(key=f"onlinepayments.book:{payment.pk}")
        OutboxMessage.objects.filter(pk=waits.pk).update(next_attempt_at=timezone.now() + timedelta(minutes=5))
    send_due()
    assert OnlineRefund.objects.get().state == "asked" and not Payment.objects.exists(), "the refund waits for its payment"
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(channel="onlinepayments", sent_at=None).update(next_attempt_at=None)
    send_due()
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(channel="onlinepayments", sent_at=None).update(next_attempt_at=None)
    send_due()
    assert till.received() == Decimal(80) and till.open(item) == 0 and OnlineRefund.objects.get().state == "done"
    # Somebody else was faster: what is not needed stays on the account.
    late = till.owes("30.00")
    second = till.begins(late)
    told(second)
    books.pay(till.customer, "20.00", str(timezone.localdate()), {late.pk: "20.00"})
    send_due()
    second.refresh_from_db()
    assert till.open(late) == 0
    assert OpenItem.objects.get(entry=second.payment.entry_id).open_amount == Decimal("-20.00") == -second.excess
    books.do("onlinepayments.refund", second.pk, amount="20.00", reason="Paid by the bank too")
    for _round in range(2):
        send_due()
    # Another amount, another currency: kept, told, and booked by nobody.
    odd = till.begins(till.owes("12.00"))
    told(odd, amount=Decimal("11.99"))
    odd.refresh_from_db()
    assert odd.state == "differs" and "11.99 EUR came, 12 EUR was to come" in odd.said
    other = till.begins(till.owes("13.00"))
    told(other, currency="USD")
    send_due()
    other.refresh_from_db()
    assert other.state == "differs" and till.received() == Decimal(130)
    books.do("onlinepayments.close_by_hand", odd.pk, reason="Entered by hand")
    # A stranger's reference is kept for somebody to look at.
    body, headers = trying.notice("paid", "f" * 32, Decimal(1), "EUR", 2)
    assert post("test", body, headers).json() == {"new": 1}
    assert ProviderEvent.objects.get(online_payment=None).problem
    with unit_of_work("test", "test"):
        OutboxMessage.objects.all().update(sent_at=timezone.now())
    books.do("onlinepayments.close_by_hand", other.pk, reason="Entered by hand")
    books.assert_checks_hold()


def test_SS_01_a_second_payment_of_one_invoice_is_the_first_and_what_comes_twice_is_given_back(books, till):
    first, second = till.owes("80.00"), till.owes("20.00")
    begun = till.begins(first)
    assert till.begins(first) == begun, "taken up again, the same page"
    told(begun, "failed")
    assert till.begins(first) == begun, "what failed may be tried again on its page"
    # Other invoices with it: the earlier is ended with its provider before.
    both = till.begins(first, second)
    begun.refresh_from_db()
    assert (begun.state, both.state, both.amount) == ("expired", "open", Decimal(100))
    assert Client().post(f"/pay/test/{begun.reference}", {"verb": "pay"}).status_code == 302
    assert "closed" in Client().get(f"/pay/test/{begun.reference}").content.decode()
    begun.refresh_from_db()
    assert begun.state == "expired"
    # By no door two of them at once, whatever the code says.
    wrong = {"company_id": books.company.pk, "provider": till.provider, "party": till.customer, "currency_id": "EUR"}

    def beside(amount: str) -> None:
        with refusals_translated(), unit_of_work("attacker", "attack"):
            row = OnlinePayment(**wrong, amount=Decimal(amount), number=f"X{amount}")
            insert_rows(OnlinePayment, [row])
            insert_rows(OnlinePaymentPart, [OnlinePaymentPart(online_payment=row, item=first, amount=Decimal(amount))])

    with pytest.raises(PaymentBegun, match=both.number):
        beside("0.01")
    # The ended page was paid all the same, and the other too: both are booked, and somebody is told what to give back.
    told(both)
    told(begun)
    with pytest.raises(NothingOpen):
        till.begins(first)
    send_due()
    both.refresh_from_db()
    begun.refresh_from_db()
    assert (both.excess + begun.excess, till.open(first), till.open(second), till.received()) == (Decimal(80), 0, 0, Decimal(180))
    twice = begun if begun.excess else both
    (said,) = OnlinePaymentResource.wrong(twice.pk, ACTOR)
    assert "80.00" in said.text and said.url == f"/online-payments/sheet/refund?ids={twice.pk}&p-amount=80.00"
    with override("it"):
        assert OnlinePaymentResource.wrong(twice.pk, ACTOR)[0].url.endswith("p-amount=80,00"), "as the reader of the form writes it"
    assert list(OnlinePayment.objects.filter(on_account())) == [twice]
    assert [row["number"] for row in run_checks(["onlinepayments.booked_soon"])[0].rows] == [twice.number]
    # A credit of his that is older stays; the refund clears what this payment left.
    older = books.invoice(till.customer, [{"quantity": "1", "unit_price": "5", "tax_code": "IT-N1"}], "2026-01-02", kind="credit_note")
    books.do("onlinepayments.refund", twice.pk, amount="80.00", reason="Paid twice")
    for _round in range(2):
        send_due()
    assert not OnlinePayment.objects.filter(on_account()).exists() and not OnlinePaymentResource.wrong(twice.pk, ACTOR)
    assert books.item(older).open_amount == Decimal(-5)
    books.assert_checks_hold()


def test_SS_01_a_worker_that_dies_or_is_refused_loses_nothing(books, till, monkeypatch):
    item = till.owes("80.00")
    payment = till.begins(item)
    told(payment)
    real = taking.perform

    def dies(*given: Any, **more: Any) -> Any:
        real(*given, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(taking, "perform", dies)
    with pytest.raises(KeyboardInterrupt):
        send_due()
    payment.refresh_from_db()
    assert (payment.state, Payment.objects.count()) == ("paid", 0), "killed after posting, before the commit: nothing of it is there"
    monkeypatch.setattr(taking, "perform", real)
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(channel="onlinepayments").update(next_attempt_at=None)
    send_due()
    # Killed after the commit, before the message was marked: done again, and nothing twice.
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(channel="onlinepayments").update(next_attempt_at=None, sent_at=None)
    send_due()
    payment.refresh_from_db()
    assert payment.state == "booked" and till.received() == Decimal(80) and till.open(item) == 0
    books.assert_checks_hold()


def test_SS_01_who_has_no_secret_tells_nothing(books, till, monkeypatch):
    payment = till.begins(till.owes("80.00"))
    body, headers = trying.notice("paid", payment.reference, payment.amount, "EUR", 2)
    old = {**headers, "X-Moment": str(int(headers["X-Moment"]) - 301)}
    for wrong in ({}, {**headers, "X-Signature": "0" * 64}, old, {**headers, "X-Signature": ""}):
        assert post("test", body, wrong).status_code == 401
    assert post("test", body.replace(b"80", b"81"), headers).status_code == 401
    assert post("test", b"x" * 300_000, headers).status_code == 413
    assert post("stripe", body, headers).status_code == post("paypal", body, headers).status_code == 404
    monkeypatch.delenv("FONDACO_TEST_PAYMENTS")
    assert post("test", body, headers).status_code == 404
    assert Client().get(f"/pay/test/{payment.reference}").status_code == 404
    assert not ProviderEvent.objects.exists()
    with pytest.raises(NoProvider):
        till.begins(till.owes("1.00"))


def test_SS_01_the_database_lets_nobody_turn_a_payment(books, till):
    item, other = till.owes("80.00"), books.customer("Another")
    payment = till.begins(item)
    foreign = books.item(books.invoice(other, [{"quantity": "1", "unit_price": "5", "tax_code": "IT-N1"}], "2026-02-02"))
    wrong = {"company_id": books.company.pk, "provider": till.provider, "party": till.customer, "currency_id": "EUR", "number": "X"}

    def attack(error: type[UserError], work: Any) -> None:
        with pytest.raises(error), refusals_translated(), unit_of_work("attacker", "attack"):
            work()

    attack(OnlinePaymentStays, lambda: OnlinePayment.objects.filter(pk=payment.pk).update(amount=1))
    attack(OnlinePaymentStays, lambda: OnlinePayment.objects.filter(pk=payment.pk).update(party=other))
    attack(
        OnlinePaymentStays,
        lambda: OnlinePayment.objects.filter(pk=payment.pk).update(state="booked", payment=books.pay(till.customer, "80", "2026-02-03")),
    )
    attack(UserError, lambda: OnlinePayment.objects.filter(pk=payment.pk)._raw_delete("default"))
    attack(PartsDiffer, lambda: insert_rows(OnlinePayment, [OnlinePayment(**wrong, amount=3)]))

    def stolen() -> None:
        row = OnlinePayment(**wrong, amount=5)
        insert_rows(OnlinePayment, [row])
        insert_rows(OnlinePaymentPart, [OnlinePaymentPart(online_payment=row, item=foreign, amount=5)])

    attack(PartOfOther, stolen)
    attack(
        RefundBeyond,
        lambda: insert_rows(OnlineRefund, [OnlineRefund(company=books.company, online_payment=payment, amount=81, number="Y")]),
    )
    books.rate("USD", "0.9", "2026-01-01")
    dollars = till.owes("9.00", currency="USD")
    with pytest.raises(OneCurrency):
        till.begins(dollars, till.owes("1.00"))
    with pytest.raises(NothingOpen):
        till.begins(foreign)


def test_SS_01_statements_of_booking_do_not_grow(books, till):
    def counted(count: int) -> tuple[int, int, int]:
        payments = []
        for _n in range(count):
            payment = till.begins(till.owes("80.00"), till.owes("20.00"))
            note("test", Told(f"evt{payment.pk}", "paid", payment.reference, "i", payment.amount, "EUR", Decimal(1)))
            payments.append(payment.pk)
        with CaptureQueriesContext(connection) as booked:
            books.do("onlinepayments.book", payments)
        with CaptureQueriesContext(connection) as given_back:
            books.do("onlinepayments.refund", payments, reason="x")
        refunds = list(OnlineRefund.objects.filter(online_payment__in=payments).values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as refunded:
            books.do("onlinepayments.book_refund", refunds)
        return len(booked), len(given_back), len(refunded)

    counted(1)
    one, many = counted(1), counted(9)
    assert one == many


# ------------------------------------------------------------------ Stripe, against a server of our own


class Server(BaseHTTPRequestHandler):
    """Answers as the published documentation says Stripe does, and remembers what it was asked."""

    asked: list[tuple[str, str, dict[str, str], dict[str, list[str]]]] = []
    answers: dict[str, tuple[int, Any]] = {}

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        fields = parse_qs(self.rfile.read(length).decode())
        self.asked.append((self.command, self.path, dict(self.headers), fields))
        status, said = self.answers[urlsplit(self.path).path]
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_words: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[type[Server]]:
    http = HTTPServer(("127.0.0.1", 0), Server)
    Thread(target=http.serve_forever, daemon=True).start()
    monkeypatch.setenv("FONDACO_STRIPE_URL", f"http://127.0.0.1:{http.server_port}")
    monkeypatch.setenv("FONDACO_STRIPE_KEY", "sk_test_1")
    monkeypatch.setenv("FONDACO_STRIPE_WEBHOOK_SECRET", "whsec_1")
    Server.asked, Server.answers = [], {}
    yield Server
    http.shutdown()
    http.server_close()


def hook(event: dict[str, Any], key: bytes = b"whsec_1", age: int = 0) -> Any:
    body, moment = json.dumps(event).encode(), str(int(time.time()) - age)
    right = hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return post("stripe", body, {"Stripe-Signature": f"t={moment},v1={'0' * 64},v1={right},v0=x"})


def test_SS_01_stripe_from_the_page_to_the_fee_and_back(books, server):
    till = Till(books, "stripe")
    item = till.owes("80.50")
    payment = till.begins(item)
    server.answers["/v1/checkout/sessions"] = (500, {"error": {"message": "down"}})
    with unit_of_work("customer", "test"), pytest.raises(ProviderOff, match="down"):
        page_of(payment, "Invoice", "a@b.example", "http://here/back")
    server.answers["/v1/checkout/sessions"] = (200, {"id": "cs_1", "url": "https://checkout.stripe.com/c/pay/cs_1"})
    with unit_of_work("customer", "test"):
        assert page_of(payment, "Invoice", "a@b.example", "http://here/back") == "https://checkout.stripe.com/c/pay/cs_1"
    begun = list(server.asked)
    # Nothing is begun beside it while Stripe says that it is being paid, or says nothing.
    other = till.owes("1.00")
    server.answers["/v1/checkout/sessions/cs_1/expire"] = (400, {"error": {"message": "Only open sessions can be expired"}})
    server.answers["/v1/checkout/sessions/cs_1"] = (200, {"id": "cs_1", "status": "complete"})
    with pytest.raises(PaymentBegun, match=payment.number):
        till.begins(item, other)
    server.answers["/v1/checkout/sessions/cs_1/expire"] = (503, {})
    with pytest.raises(PaymentBegun, match=payment.number):
        till.begins(item, other)
    payment.refresh_from_db()
    assert payment.state == "open" and OnlinePayment.objects.count() == 1
    with unit_of_work("test", "test"):
        ended = till.begins(other)
        assert page_of(ended, "Invoice", "", "http://here/back").endswith("cs_1")
    server.answers["/v1/checkout/sessions/cs_1/expire"] = (200, {"id": "cs_1", "status": "expired"})
    till.begins(other, till.owes("2.00"))
    ended.refresh_from_db()
    assert ended.state == "expired" and server.asked[-1][:2] == ("POST", "/v1/checkout/sessions/cs_1/expire")
    method, _path, headers, fields = begun[-1]
    assert (method, headers["Authorization"], headers["Idempotency-Key"]) == ("POST", "Bearer sk_test_1", f"begin-{payment.reference}")
    assert fields["line_items[0][price_data][unit_amount]"] == ["8050"] and fields["line_items[0][price_data][currency]"] == ["eur"]
    assert fields["success_url"] == ["http://here/back?paid=1"]
    session = {
        "id": "evt_1", "type": "checkout.session.completed",
        "data": {"object": {"client_reference_id": payment.reference, "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 8050, "currency": "eur", "metadata": {}}},
    }  # fmt: skip
    assert hook(session, key=b"other").status_code == hook(session, age=301).status_code == 401
    unpaid = {**session, "id": "evt_0", "data": {"object": {**session["data"]["object"], "payment_status": "unpaid"}}}
    assert hook(unpaid).json() == {"new": 1}
    assert hook(session).json() == {"new": 1} and hook(session).json() == {"new": 0}
    intent = {"id": "evt_2", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1", "amount_received": 8050, "currency": "eur", "metadata": {"reference": payment.reference}}}}  # fmt: skip
    assert hook(intent).json() == {"new": 1}
    moved = {"currency": "eur", "latest_charge": {"balance_transaction": None}}
    server.answers["/v1/payment_intents/pi_1"] = (200, moved)
    send_due()
    payment.refresh_from_db()
    assert (payment.state, payment.intent, payment.fee, till.open(item)) == ("booked", "pi_1", None, 0)
    moved["latest_charge"] = {"balance_transaction": {"fee": 146, "currency": "eur"}}
    with unit_of_work("test", "test"):
        OutboxMessage.objects.filter(channel="onlinepayments", sent_at=None).update(next_attempt_at=None)
    send_due()
    payment.refresh_from_db()
    assert payment.fee == Decimal("1.46") and payment.fee_entry_id and books.balance("bank_charges") == Decimal("1.46")
    # The refund: refused once, then given back.
    server.answers["/v1/refunds"] = (400, {"error": {"message": "Charge is disputed"}})
    books.do("onlinepayments.refund", payment.pk, amount="10", reason="Broken")
    send_due()
    assert OnlineRefund.objects.get().said == "Charge is disputed" and OnlineRefund.objects.get().state == "refused"
    books.do("onlinepayments.refund", payment.pk, amount="10", reason="Broken")
    asked = OnlineRefund.objects.get(state="asked")
    back = {
        "id": "re_1",
        "status": "succeeded",
        "amount": 1000,
        "currency": "eur",
        "payment_intent": "pi_1",
        "metadata": {"reference": asked.reference},
    }
    server.answers["/v1/refunds"] = (200, back)
    for _round in range(2):
        send_due()
    assert hook({"id": "evt_3", "type": "refund.updated", "data": {"object": back}}).json() == {"new": 1}
    send_due()
    asked.refresh_from_db()
    assert asked.state == "done" and Payment.objects.filter(kind="refund").count() == 1
    books.assert_checks_hold()


def test_SS_01_stripe_counts_and_signs_as_it_is_written():
    assert units(Decimal("10.50"), "EUR", 2) == 1050 and units(Decimal(10), "JPY", 0) == 10 and units(Decimal(10), "ISK", 0) == 1000
    assert amount_of(1050, "EUR", 2) == Decimal("10.50") and amount_of(True, "EUR", 2) is None and amount_of("1", "EUR", 2) is None
    assert not is_signed(b"", b"x", "t=1,v1=a") and not is_signed(b"k", b"x", "v1=a") and not is_signed(b"k", b"x", "t=" + "1" * 3000)
    assert Stripe().off_because()


def test_SS_01_tell_is_what_the_page_does(books, till):
    payment = till.begins(till.owes("9.00"))
    tell(payment, "failed")
    tell(payment, "paid")
    payment.refresh_from_db()
    assert payment.state == "paid"
