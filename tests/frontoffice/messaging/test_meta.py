"""SV-01: Messenger, Instagram and WhatsApp by Meta's webhooks and Graph API, in the one queue. A Graph API of our own listens on this machine."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.messaging import answering
from fondaco.frontoffice.messaging.models import Conversation, MessageChannel, Passing
from fondaco.frontoffice.messaging.providers import meta
from fondaco.frontoffice.messaging.providers.base import Brought, Inbound, Status, Unreadable, UpTo
from fondaco.frontoffice.messaging.receiving import ASK_NAME, FETCH
from fondaco.frontoffice.messaging.refusals import AnswerTooLong, NoTokenWanted, WindowClosed
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.files.models import Attachment
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import KINDS
from tests.frontoffice.messaging.test_providers import bodies, channel_of, provider  # noqa: F401  a fixture

APP, TOKEN = "the secret of the app at Meta", "EAAG a long access token"
PAGE, ANNA = "1029384756", "24553001122334455"


def opened(books, server, kind, number=PAGE, *, token=TOKEN):
    channel = channel_of(books, server, kind, secret=APP, number=number)
    if token:
        books.do("messaging.enter_token", channel.pk, password=token)
    return channel


def tell(channel, said, *, secret=APP, signed=None):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": right if signed is None else signed}
    return Client().post(f"/api/hooks/messages/{channel.token}", body, content_type="application/json", headers=headers)


def page(*events, kind="page", account=PAGE):
    return {"object": kind, "entry": [{"id": account, "time": 1, "messaging": list(events)}]}


def said(mid, text, sender=ANNA, **more):
    return {"sender": {"id": sender}, "recipient": {"id": PAGE}, "timestamp": 1, "message": {"mid": mid, "text": text, **more}}


def watermark(seconds):
    return int((timezone.now() + timedelta(seconds=seconds)).timestamp() * 1000)


def whatsapp(*messages, statuses=(), account=PAGE, name="Anna"):
    value = {
        "messaging_product": "whatsapp", "metadata": {"display_phone_number": "39045", "phone_number_id": account}, "contacts": [{"profile": {"name": name}, "wa_id": "393331234567"}],
        "messages": list(messages), "statuses": list(statuses),
    }  # fmt: skip
    return {"object": "whatsapp_business_account", "entry": [{"id": "0", "changes": [{"field": "messages", "value": value}]}]}


def work(job):
    return KINDS[job.kind].work(Actor.program("messaging"), None, **{k: v for k, v in job.parameters.items() if k != "language"})


def test_SV_01_messenger_from_the_first_word_to_the_answer(books, provider):  # noqa: F811
    """Several words in one notice, each once; the sender's name is asked for; echoes and deletions are no words of his; the answer is read by him."""
    channel = opened(books, provider, "messenger")
    first = page(
        said("m1", "Is it open?"),
        said("m2", "Hello?"),
        said("m3", "sent by a colleague", sender=PAGE, is_echo=True),
        said("m4", "x", is_deleted=True),
    )
    assert {tell(channel, first).status_code for _copy in range(3)} == {200}
    ticket = Ticket.objects.get()
    assert (bodies(ticket), ticket.channel, ticket.contact_name) == ([("in", "Is it open?"), ("in", "Hello?")], "message", ANNA)
    provider.files[f"/{ANNA}?fields=name"] = (200, b'{"name": "Anna Bianchi"}')
    assert work(Job.objects.get(kind=ASK_NAME)) == {"name": "Anna Bianchi"}
    ticket.refresh_from_db()
    assert ticket.contact_name == f"Anna Bianchi {ANNA}" and provider.calls[0][1]["Authorization"] == f"Bearer {TOKEN}"
    customer = books.customer("Bar Sport")
    books.do("service.identify", ticket.pk, party=str(customer.pk))
    books.do("service.reply", ticket.pk, body="Until ten")
    provider.answers = [(200, {"recipient_id": ANNA, "message_id": "m5"})]
    assert send_due().sent == 1
    path, headers, body = provider.calls[-1]
    assert (path, headers["Authorization"]) == (f"/{PAGE}/messages", f"Bearer {TOKEN}")
    assert json.loads(body) == {"recipient": {"id": ANNA}, "messaging_type": "RESPONSE", "message": {"text": "Until ten"}}
    answer, before, after = Passing.objects.filter(message__direction="out"), watermark(-60), watermark(60)
    tell(channel, page({"sender": {"id": ANNA}, "delivery": {"mids": ["m5", "m9"], "watermark": before}}))
    assert answer.get().state == "delivered"
    for early in ({"watermark": before}, {"watermark": "soon"}, {"watermark": 10**20}, {"watermark": -1}):
        tell(channel, page({"sender": {"id": ANNA}, "read": early}))
    tell(channel, page({"sender": {"id": "a stranger"}, "read": {"watermark": after}}))
    assert answer.get().state == "delivered"
    # Messenger tells up to which moment she has read; the same again, or later that it arrived, changes nothing.
    for told in ({"read": {"watermark": after}}, {"read": {"watermark": after}}, {"delivery": {"watermark": after}}):
        tell(channel, page({"sender": {"id": ANNA}, **told}))
    assert answer.get().state == "read"
    # Who was identified once is known when he writes again, under the same number at this page.
    books.do("service.close", ticket.pk)
    tell(channel, page({"sender": {"id": ANNA}, "postback": {"mid": "m6", "title": "Call me", "payload": "CALL"}}))
    again = Ticket.objects.latest("pk")
    assert (again.party, again.subject, bodies(again)) == (customer, "Call me", [("in", "Call me")])
    books.assert_checks_hold()


def test_SV_01_instagram_with_pictures_and_two_accounts_of_one_app(books, provider, monkeypatch):  # noqa: F811
    """One address hears of both accounts; each word finds its own. Pictures are fetched from Meta's stores alone, other links are words."""
    milan, rome = opened(books, provider, "instagram"), opened(books, provider, "instagram", "777")
    strange = channel_of(books, provider, "instagram", secret="the secret of another app", number="888")
    pictures = [
        {"type": "image", "payload": {"url": "https://scontent.cdninstagram.com/v/1.jpg"}},
        {"type": "image", "payload": {"url": "https://cdninstagram.com.evil.example/1.jpg"}},
        {"type": "share", "payload": {"url": "http://169.254.169.254/latest"}},
    ]
    tell(milan, page(said("a", "Look", attachments=pictures), kind="instagram"))
    tell(milan, page(said("b", "To Rome"), kind="instagram", account="777"))
    tell(milan, page(said("c", "To strangers"), kind="instagram", account="888"))
    assert [(c.channel, c.ticket.subject.split()[0]) for c in Conversation.objects.order_by("pk")] == [(milan, "Look"), (rome, "To")]
    assert not Conversation.objects.filter(channel=strange).exists()
    ticket = Conversation.objects.get(channel=milan).ticket
    assert bodies(ticket) == [("in", "Look\nhttps://cdninstagram.com.evil.example/1.jpg\nhttp://169.254.169.254/latest")]
    tell(milan, page(said("d", "Nice", reply_to={"story": {"id": "1", "url": "https://lookaside.fbsbx.com/story"}}), kind="instagram"))
    assert bodies(ticket)[-1] == ("in", "Nice\nhttps://lookaside.fbsbx.com/story")
    asked = []

    def call(method, address, **more):
        asked.append(address)
        return type("Answer", (), {"is_success": True, "body": b"\xff\xd8", "status": 200})()

    with monkeypatch.context() as away:
        away.setattr(meta, "call", call)
        assert work(Job.objects.get(kind=FETCH)) == {"fetched": 1, "missed": 0}
    assert asked == ["https://scontent.cdninstagram.com/v/1.jpg"] and Attachment.objects.get().table_name == "service_ticketmessage"
    # An answer goes to the page of the token, whose number is not the account's; longer than Instagram takes it is refused before it leaves.
    with pytest.raises(AnswerTooLong, match=r"Instagram takes 1000 characters at once.* the answer has 1002"):
        books.do("service.reply", ticket.pk, body="è" * 501)
    assert not OutboxMessage.objects.exists()
    books.do("service.reply", ticket.pk, body="è" * 500)
    provider.answers = [(400, {"error": {"code": 613, "message": "Calls have exceeded the limit"}}), (200, {"message_id": "z"})]
    assert send_due().sent == 0 and Passing.objects.get(message__direction="out").state == "queued"
    with unit_of_work("test", "test"):
        OutboxMessage.objects.update(next_attempt_at=None)
    assert send_due().sent == 1 and provider.calls[-1][0] == "/me/messages"
    tell(milan, page({"sender": {"id": ANNA}, "read": {"mid": "z"}}, kind="instagram"))
    assert Passing.objects.get(message__direction="out").state == "read"
    books.assert_checks_hold()


def test_SV_01_whatsapp_by_meta(books, provider):  # noqa: F811
    channel = opened(books, provider, "whatsapp")
    customer = books.customer("Hotel Sole", phone="+393331234567")
    message = {
        "from": "393331234567",
        "id": "wamid.1",
        "timestamp": "1",
        "type": "document",
        "document": {"id": "555", "filename": "bill.pdf", "caption": "This bill"},
    }
    place = {"from": "393331234567", "id": "wamid.2", "type": "location", "location": {"latitude": 45.4, "longitude": 11.0, "name": "Bar"}}
    reaction = {"from": "393331234567", "id": "wamid.3", "type": "reaction", "reaction": {"emoji": "\U0001f44d", "message_id": "x"}}
    tell(channel, whatsapp(message, place, reaction))
    ticket = Ticket.objects.get()
    assert (ticket.party, ticket.contact_name) == (customer, "Anna +393331234567")
    assert bodies(ticket) == [("in", "This bill"), ("in", "Bar, 45.4, 11.0")] and not Job.objects.filter(kind=ASK_NAME).exists()
    provider.files = {"/555": (200, json.dumps({"url": f"{provider.url}/kept/555"}).encode()), "/kept/555": (200, b"%PDF")}
    assert work(Job.objects.get(kind=FETCH)) == {"fetched": 1, "missed": 0}
    assert Attachment.objects.get().name == "bill.pdf"
    books.do("service.reply", ticket.pk, body="We look at it")
    provider.answers = [(200, {"messaging_product": "whatsapp", "messages": [{"id": "wamid.9"}]})]
    assert send_due().sent == 1
    assert json.loads(provider.calls[-1][2])["to"] == "393331234567"
    failed = {"id": "wamid.9", "status": "failed", "errors": [{"code": 131026, "title": "Message undeliverable"}]}
    tell(channel, whatsapp(statuses=[{"id": "wamid.9", "status": "delivered"}]))
    books.do("service.reply", ticket.pk, body="Are you there?")
    provider.answers = [(200, {"messages": [{"id": "wamid.10"}]})]
    send_due()
    tell(channel, whatsapp(statuses=[failed | {"id": "wamid.10"}]))
    ticket.refresh_from_db()
    assert ticket.state == "open" and "131026 Message undeliverable" in bodies(ticket)[-1][1]
    # Who hides his number is known by what Meta calls him, and answered under it.
    hidden = whatsapp({"from_user_id": "IT.13491208655302741918", "id": "wamid.20", "type": "text", "text": {"body": "And I?"}})
    hidden["entry"][0]["changes"][0]["value"]["contacts"] = [{"profile": {"name": "Bea"}, "user_id": "IT.13491208655302741918"}]
    tell(channel, hidden)
    other = Ticket.objects.latest("pk")
    assert (other.party, other.contact_name, bodies(other)) == (None, "Bea IT.13491208655302741918", [("in", "And I?")])
    books.do("service.reply", other.pk, body="You too")
    provider.answers = [(200, {"messages": [{"id": "wamid.21"}]})]
    assert send_due().sent == 1
    handed = json.loads(provider.calls[-1][2])
    assert handed["recipient"] == "IT.13491208655302741918" and "to" not in handed
    books.assert_checks_hold()


def test_SV_01_after_a_day_meta_takes_no_answer(books, provider, monkeypatch):  # noqa: F811
    """It goes by mail where there is an address, and is refused with what can be done where there is none; before a byte is sent."""
    channel = opened(books, provider, "messenger")
    tell(channel, page(said("m1", "Hello")))
    ticket = Ticket.objects.get()
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr(answering.timezone, "now", lambda: later)
    with pytest.raises(WindowClosed, match="Facebook Messenger takes answers only within 24 hours"):
        books.do("service.reply", ticket.pk, body="Late")
    assert not OutboxMessage.objects.exists()
    with unit_of_work("test", "test"):
        Ticket.objects.update(contact_email="anna@bar.example")
    books.do("service.reply", ticket.pk, body="Late")
    assert OutboxMessage.objects.get().channel == "mail"
    books.assert_checks_hold()


def test_SV_01_meta_asks_for_the_address_and_nobody_else_is_heard(books, provider):  # noqa: F811
    channel, bare = opened(books, provider, "messenger"), channel_of(books, provider, "messenger", secret="", number="5")
    plain = channel_of(books, provider, number="+3902777")
    where = f"/api/hooks/messages/{channel.token}"
    asked = {"hub.mode": "subscribe", "hub.verify_token": channel.token, "hub.challenge": "1158201444"}
    answer = Client().get(where, asked)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"1158201444", "text/plain")
    for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": "<script>"}, {"hub.challenge": ""}):
        assert Client().get(where, asked | wrong).status_code == 404
    assert Client().get(f"/api/hooks/messages/{bare.token}", asked | {"hub.verify_token": bare.token}).status_code == 404
    assert Client().get(f"/api/hooks/messages/{plain.token}", asked | {"hub.verify_token": plain.token}).status_code == 405
    good = page(said("m1", "Hello"))
    assert {tell(channel, good, signed=s).status_code for s in ("", "sha256=", "sha256=" + "0" * 64, "sha1=abc")} == {401}
    assert tell(channel, good, secret="another").status_code == 401 and tell(bare, good, secret="").status_code == 404
    for unreadable in (
        b"",
        b"[]",
        b"{" * 5_000,
        {"object": "user"},
        page(kind="instagram"),
        page(*[said(f"m{n}", "x") for n in range(1001)]),
    ):
        assert tell(channel, unreadable).status_code == 400
    for empty in (
        {"object": "page"},
        {"object": "page", "entry": [1, {"messaging": "x"}, {"messaging": [{"message": []}, {"sender": 3}]}]},
    ):
        assert tell(channel, empty).status_code == 200
    assert not Ticket.objects.exists()
    with pytest.raises(NoTokenWanted):
        books.do("messaging.enter_token", plain.pk, password=TOKEN)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("test", "test"):
        MessageChannel.objects.filter(pk=plain.pk).update(url="")
    kept = str(list(MessageChannel.objects.values()))
    assert APP not in kept and TOKEN not in kept
    books.assert_checks_hold()


def test_SV_01_no_contact_can_stop_what_others_write(books, provider):  # noqa: F811
    """Meta brings a notice that was refused again and again, with all that is in it; so nothing that one of them writes may make it unreadable."""
    channel = opened(books, provider, "messenger")
    addresses = [
        "http://[bad",
        "https://x.facebook.com:99999/",
        "https://x.facebook.com:a/",
        "https://ex\u2100mple.com/",
        "https://x.fbcdn.net@y/",
    ]
    shared = [{"type": "fallback", "payload": {"url": url}} for url in addresses]
    odd = [said("n1", "a\x00b", sender="1"), said("n2", "half \ud83d", sender="1"), said("n3", "\ufffe\x01", sender="1")]
    assert tell(channel, page(said("n0", "See", sender="1", attachments=shared), *odd, said("n9", "Hello"))).status_code == 200
    mallory, anna = Ticket.objects.order_by("pk")
    assert [body for _way, body in bodies(mallory)] == ["\n".join(["See", *addresses]), "ab", "half ?", "\ufffe\x01"]
    assert bodies(anna) == [("in", "Hello")] and not Job.objects.filter(kind=FETCH).exists()
    books.assert_checks_hold()


def test_reading_up_to_a_moment_costs_the_same_for_one_and_for_nine(books, provider):  # noqa: F811
    channel, counts = opened(books, provider, "messenger"), []
    tell(channel, page(said("m1", "Hello")))
    ticket = Ticket.objects.get()
    for answers in (1, 9):
        for n in range(answers):
            books.do("service.reply", ticket.pk, body=f"Answer {n}")
        provider.answers = [(200, {"message_id": f"a{answers}.{n}"}) for n in range(answers)]
        assert send_due().sent == answers
        told = UpTo(ANNA, Passing.READ, timezone.now() + timedelta(minutes=1))
        with unit_of_work("test", "test"), CaptureQueriesContext(connection) as queries:
            assert answering.became_up_to(channel.pk, told) == answers
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_tokens_cost_the_same_for_one_and_for_nine(books, provider):  # noqa: F811
    keys, counts = [channel_of(books, provider, "messenger", number=str(n)).pk for n in range(10)], []
    for part in (keys[:1], keys[1:]):
        with CaptureQueriesContext(connection) as queries:
            books.do("messaging.enter_token", part, password=TOKEN)
        counts.append(len(queries))
    assert counts[0] == counts[1]


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "sender", "message", "mid", "text", "attachments", "payload", "url", "delivery", "mids", "watermark", "read", "reply_to", "story", "value", "messages", "statuses", "type", "image", "from", "metadata"]), inner, max_size=4), max_leaves=12)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["page", "instagram", "whatsapp_business_account"]), JSON)
def test_whatever_meta_brings_is_read_or_refused(product, inner):
    reads = {"page": meta.MESSENGER, "instagram": meta.INSTAGRAM, "whatsapp_business_account": meta.WHATSAPP}[product].read
    for entry in (inner, {"id": "1", "messaging": [inner]}, {"changes": [{"field": "messages", "value": inner}]}):
        try:
            words = reads(Brought("http://x/", {}, json.dumps({"object": product, "entry": [entry]}).encode()))
        except Unreadable:
            continue
        assert all(isinstance(word, Inbound | Status | UpTo) for word in words)
