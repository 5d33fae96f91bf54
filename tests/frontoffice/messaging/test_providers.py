"""SV-01: messages of providers become tickets, each once; answers leave by the outbox, and what becomes of them is heard. A test provider listens on this machine."""

import base64
import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, quote

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.messaging import answering, checks  # noqa: F401  declared on import
from fondaco.frontoffice.messaging.models import Conversation, MessageChannel, Passing
from fondaco.frontoffice.messaging.providers import PROVIDERS
from fondaco.frontoffice.messaging.providers.base import MOST_FILES, Brought, Inbound, Status, Unreadable
from fondaco.frontoffice.messaging.receiving import FETCH
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.service.refusals import NoAddress
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.events.signing import is_signed, signature, twilio_signature
from fondaco.platform.files.models import Attachment
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import KINDS
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create
from tests.books import ACTOR

SECRET = "a secret of two houses"


class Provider(HTTPServer):
    """A provider on loopback: keeps what it was handed, and answers as it was told to."""

    def __init__(self):
        self.calls, self.answers, self.files = [], [], {}
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        status, said = self.server.answers.pop(0) if self.server.answers else (201, {"id": f"P{len(self.server.calls)}", "sid": f"SM{len(self.server.calls)}"})  # fmt: skip
        self._say(status, json.dumps(said).encode())

    def do_GET(self):
        self.server.calls.append((self.path, dict(self.headers), b""))
        status, body = self.server.files.get(self.path, (404, b""))
        if status == 307:
            self.send_response(307)
            self.send_header("Location", body)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._say(status, body)

    def _say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given):
        pass


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setenv("FONDACO_INSIDE_HOSTS", "127.0.0.1")
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def channel_of(books, provider, kind="signed", *, secret=SECRET, number="+390212345", **more):
    values = {"company": books.company.pk, "name": f"{kind} {number}", "provider": kind, "our_number": number, "url": provider.url, "queue": "phones", **more}  # fmt: skip
    channel = MessageChannel.objects.get(pk=create(ACTOR, RESOURCES["message-channels"], [values]).ids[0])
    if secret:
        books.do("messaging.enter_secret", channel.pk, password=secret)
    channel.refresh_from_db()
    return channel


def bring(channel, said, *, secret=SECRET, moment=None, signed=None):
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    moment = moment or str(int(time.time()))
    headers = {"X-Moment": moment, "X-Signature": signed if signed is not None else signature(secret.encode(), body, moment)}
    return Client().post(f"/api/hooks/messages/{channel.token}", body, content_type="application/json", headers=headers)


def text(number, words="Hello", sender="+393331234567", **more):
    return {"kind": "message", "id": number, "from": sender, "name": "Anna", "text": words, **more}


def twilio(channel, form, *, secret=SECRET, query="", signed=None):
    url = f"http://testserver/api/hooks/messages/{channel.token}{query}"
    signed = signed if signed is not None else twilio_signature(secret.encode(), url, {k: [v] for k, v in form.items()})
    body = "&".join(f"{k}={quote(v)}" for k, v in form.items())
    return Client().post(url.removeprefix("http://testserver"), body, content_type="application/x-www-form-urlencoded", headers={"X-Twilio-Signature": signed})  # fmt: skip


def bodies(ticket):
    return list(TicketMessage.objects.filter(ticket=ticket).order_by("pk").values_list("direction", "body"))


def test_SV_01_a_thread_of_messages_in_both_directions(books, provider):
    channel = channel_of(books, provider)
    customer = books.customer("Bar Sport", phone="+393331234567")
    assert [bring(channel, text("m1", "My grinder\nis broken")).status_code for _copy in range(3)] == [200] * 3
    assert bring(channel, text("m2", "Hello?")).status_code == 200
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.queue, ticket.subject, ticket.party) == ("message", "phones", "My grinder is broken", customer)
    books.do("service.reply", ticket.pk, body="Which model?")
    passing = Passing.objects.get(state="queued")
    assert (send_due().sent, provider.calls[0][0]) == (1, "/")
    _path, headers, body = provider.calls[0]
    said = json.loads(body)
    assert (said["to"], said["from"], said["text"]) == ("+393331234567", "+390212345", "Which model?")
    assert said["status_url"].endswith(f"/api/hooks/messages/{channel.token}")
    assert is_signed(SECRET.encode(), body, headers["X-Moment"], headers["X-Signature"]) and headers["Idempotency-Key"] == said["id"]
    passing.refresh_from_db()
    assert (passing.state, passing.provider_id) == ("sent", "P1")
    # What the provider says comes in any order, and twice; a state never goes back.
    for state in ("read", "delivered", "sent", "read", "failed"):
        assert bring(channel, {"kind": "status", "id": "P1", "state": state}).status_code == 200
    passing.refresh_from_db()
    assert passing.state == "read"
    assert bring(channel, text("m3", "MK2")).status_code == 200
    ticket.refresh_from_db()
    assert ticket.state == "open" and [b for _d, b in bodies(ticket)] == ["My grinder\nis broken", "Hello?", "Which model?", "MK2"]
    # Solved, it goes on in the same ticket; closed, the next word opens another one.
    books.do("service.solve", ticket.pk)
    bring(channel, text("m4", "Broken again"))
    books.do("service.close", ticket.pk)
    bring(channel, text("m5", "And another thing"))
    assert [len(bodies(t)) for t in Ticket.objects.order_by("pk")] == [5, 1]
    books.assert_checks_hold()


def test_SV_01_what_does_not_arrive_opens_the_ticket_again(books, provider):
    channel = channel_of(books, provider)
    bring(channel, text("m1"))
    ticket = Ticket.objects.get()
    books.do("service.reply", ticket.pk, body="one")
    provider.answers = [(503, {}), (422, {"error": "no such number"})]
    assert send_due().failed == 1
    OutboxMessage.objects.update(next_attempt_at=None)
    assert send_due().sent == 1
    ticket.refresh_from_db()
    assert ticket.state == "open" and bodies(ticket)[-1][0] == "internal" and "no such number" in bodies(ticket)[-1][1]
    assert Passing.objects.get(message__direction="out").state == "failed"
    rows = page(RESOURCES["conversations"], ACTOR, Query(filters={"failed": "1"})).rows
    assert [r["ticket"][0] for r in rows] == [ticket.pk]
    # Switched off, its answers have no way, and no mail address either: the agent is told.
    with unit_of_work("test", "test"):
        MessageChannel.objects.update(is_active=False)
    assert bring(channel, text("m2")).status_code == 404
    with pytest.raises(NoAddress):
        books.do("service.reply", ticket.pk, body="two")
    books.assert_checks_hold()


def test_SV_01_whatsapp_by_twilio_with_files_and_callbacks(books, provider):
    channel = channel_of(books, provider, "twilio", number="whatsapp:+390212345", account="AC1")
    form = {"MessageSid": "SM900", "From": "whatsapp:+393331234567", "To": channel.our_number, "Body": "Così", "ProfileName": "Anna", "SmsStatus": "received", "NumMedia": "3", "MediaUrl0": f"{provider.url}/m/0", "MediaContentType0": "image/jpeg", "MediaUrl1": "http://169.254.169.254/latest", "MediaContentType1": "text/html", "MediaUrl2": f"{provider.url}/m/2", "MediaContentType2": "image/png"}  # fmt: skip
    answers = [twilio(channel, form) for _copy in range(3)]
    assert {(a.status_code, a.headers["Content-Type"]) for a in answers} == {(200, "text/xml")}
    ticket = Ticket.objects.get()
    assert bodies(ticket) == [("in", "Così")] and ticket.contact_name == "Anna whatsapp:+393331234567"
    job = Job.objects.get(kind=FETCH)
    provider.files = {
        "/m/0": (307, f"{provider.url}/store/0"),
        "/store/0": (200, b"\xff\xd8 photo"),
        "/m/2": (200, b"x" * (9 * 1024 * 1024)),
    }
    given = {k: v for k, v in job.parameters.items() if k != "language"}
    assert KINDS[FETCH].work(Actor.program("messaging"), None, **given) == {"fetched": 1, "missed": 2}
    assert list(Attachment.objects.values_list("table_name", "size")) == [("service_ticketmessage", 8)]
    assert [("Authorization" in headers, path) for path, headers, _b in provider.calls] == [
        (True, "/m/0"),
        (False, "/store/0"),
        (True, "/m/2"),
    ]
    assert [d for d, _b in bodies(ticket)] == ["in", "internal", "internal"]
    books.do("service.reply", ticket.pk, body="Grazie")
    provider.calls.clear()
    # Their word about it may come before the answer to our call does.
    passing = Passing.objects.get(state="queued")
    assert twilio(channel, {"MessageSid": "SM1", "MessageStatus": "delivered"}, query=f"?message={passing.pk}").status_code == 200
    assert send_due().sent == 1
    path, headers, body = provider.calls[0]
    assert path == "/2010-04-01/Accounts/AC1/Messages.json" and headers["Authorization"] == "Basic " + base64.b64encode(f"AC1:{SECRET}".encode()).decode()  # fmt: skip
    assert {k: v for k, (v,) in parse_qs(body.decode()).items() if k != "StatusCallback"} == {"From": "whatsapp:+390212345", "To": "whatsapp:+393331234567", "Body": "Grazie"}  # fmt: skip
    passing.refresh_from_db()
    assert (passing.state, passing.provider_id) == ("delivered", "SM1")
    books.assert_checks_hold()


def test_SV_01_unsigned_forged_and_late_messages_do_nothing(books, provider):
    channel, other = channel_of(books, provider), channel_of(books, provider, number="+3902999", secret="another secret, longer")
    bare = channel_of(books, provider, number="+3902777", secret="")
    tw = channel_of(books, provider, "twilio", number="+3902555", account="AC1")
    now = str(int(time.time()))
    assert bring(bare, text("m")).status_code == 404 and bring(bare, text("m"), secret="").status_code == 404
    assert Client().post("/api/hooks/messages/nobody", b"{}", content_type="application/json").status_code == 404
    assert Client().get(f"/api/hooks/messages/{channel.token}").status_code == 405
    good = signature(SECRET.encode(), json.dumps(text("m")).encode(), now)
    forged = [
        bring(channel, text("m"), signed=""),
        bring(channel, text("m"), signed="0" * 64),
        bring(channel, text("m", "other words"), moment=now, signed=good),
        bring(other, text("m"), moment=now, signed=good),
        bring(channel, text("m"), moment=str(int(now) - 3600)),
        bring(channel, text("m"), moment="nan"),
        twilio(tw, {"MessageSid": "S", "From": "+1", "Body": "x"}, signed=""),
        twilio(tw, {"MessageSid": "S", "From": "+1", "Body": "x"}, secret="wrong"),
    ]
    assert {a.status_code for a in forged} == {401}
    unreadable = [
        b"", b"null", b"[]", b"{" * 5_000, b"\xff\xfe", text(""), text("m", ""), text("m", sender=" "), text("m", "x" * 20_001), text("m", "nul\x00"), text("x" * 201),
        text("m", media=[{"name": "a", "content": "no base64!"}]), text("m", media=[{"name": "a", "content": "QUFB"}] * (MOST_FILES + 1)),
        {"kind": "status", "id": "m", "state": "lost"}, {"kind": "order", "id": "m"},
    ]  # fmt: skip
    assert {bring(channel, said).status_code for said in unreadable} == {400}
    assert bring(channel, b"x" * (13 * 1024 * 1024)).status_code == 413
    # A status of a message that is not ours, or of another channel's, moves nothing.
    bring(channel, text("m1"))
    books.do("service.reply", Ticket.objects.get().pk, body="yes")
    send_due()
    key = Passing.objects.get(state="sent").pk
    bring(other, {"kind": "status", "id": "P1", "state": "read"}, secret="another secret, longer")
    twilio(tw, {"MessageSid": "P1", "MessageStatus": "read"}, query=f"?message={key}")
    bring(channel, {"kind": "status", "id": "m1", "state": "read"})
    assert Passing.objects.get(pk=key).state == "sent"
    assert Ticket.objects.count() == 1
    for wrong in ({"state": "queued"}, {"state": "received"}, {"provider_id": "P2"}):
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("test", "test"):
            Passing.objects.filter(pk=key).update(**wrong)
        assert translated(refused.value) is not None
    assert SECRET not in str(list(MessageChannel.objects.values()))
    books.assert_checks_hold()


def test_SV_01_files_lie_on_the_message_that_brought_them(books, provider):
    channel = channel_of(books, provider)
    media = [{"name": "../a.jpg", "content": base64.b64encode(b"photo").decode()}]
    bring(channel, text("m1", "", media=media))
    bring(channel, text("m2", "again", media=media))
    assert list(Attachment.objects.values_list("name", "size")) == [("a.jpg", 5)] * 2 and Conversation.objects.count() == 1


def test_answers_cost_the_same_for_one_and_for_nine(books, provider):
    channel = channel_of(books, provider)
    channels = [channel_of(books, provider, number=f"+39021{n}").pk for n in range(10)]
    for n in range(10):
        bring(channel, text(f"m{n}", sender=f"+39333{n}"))
    tickets = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    counts = []
    for verb, keys, words in (
        ("service.reply", tickets, {"body": "Hello"}),
        ("messaging.enter_secret", channels, {"password": "x" * 20}),
    ):
        for part in (keys[:1], keys[1:]):
            with CaptureQueriesContext(connection) as queries:
                books.do(verb, part, **words)
            counts.append(len(queries))
    assert counts[0] == counts[1] and counts[2] == counts[3]
    assert send_due().sent == 10


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["MessageSid", "From", "Body", "NumMedia", "MediaUrl0", "MessageStatus", "Latitude"]), st.lists(st.text(max_size=50), max_size=2)), st.binary(max_size=300))  # fmt: skip
def test_whatever_is_brought_is_read_or_refused(form, body):
    for provider in PROVIDERS.values():
        with suppress(Unreadable):
            assert all(isinstance(word, Inbound | Status) for word in provider.read(Brought("http://x/?message=a", {}, body, form)))
