"""SV-01: a live chat is a ticket: begun on a public page, answered with the verb that answers everything, read by its visitor alone, and never lost."""

import html
import json
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.messaging import background, checks  # noqa: F401  declared on import
from fondaco.frontoffice.messaging.chatting import A_MINUTE, CHATS_AN_HOUR, SHOWN
from fondaco.frontoffice.messaging.models import ChatLine, Conversation, Passing
from fondaco.frontoffice.messaging.refusals import NotAChat
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage
from fondaco.frontoffice.service.receiving import receive
from fondaco.masterdata.users.models import OutsideUser
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.jobs.working import KINDS
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.calendars import calendar
from tests.frontoffice.service.test_service import mail


@pytest.fixture
def line(books):
    given = {"company": books.company.pk, "name": "Help", "queue": "first line", "greeting": "Ciao"}
    return ChatLine.objects.get(pk=create(ACTOR, RESOURCES["chat-lines"], [given]).ids[0])


def begin(line, *, client=None, name="Anna", email="anna@bar.example", text="My grinder is loud", status=302):
    client = client or Client()
    answer = client.post(f"/chat/{line.token}", {"name": name, "email": email, "text": text})
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.headers.get("Location") or html.unescape(answer.content.decode())


def said(link, client=None):
    """What the page of a conversation shows, in order."""
    content = (client or Client()).get(link).content.decode()
    return [html.unescape(words) for words in re.findall(r'<p class="words">(.*?)</p>', content, re.S)]


def events(link, after, client=None):
    """What the stream answers: messages, and the last word on how the chat stands."""
    answer = (client or Client()).get(f"{link}/live", {"after": after})
    assert answer.headers["Content-Type"].startswith("text/event-stream") and answer.headers["Cache-Control"] == "no-store"
    blocks = [dict(row.split(": ", 1) for row in block.splitlines()) for block in answer.content.decode().strip().split("\n\n")]
    assert blocks[0] == {"retry": "2000"}
    return [json.loads(b["data"])["text"] for b in blocks if "id" in b], blocks[-1]["event"]


def pass_time(conversation, **time):
    Conversation.objects.filter(pk=conversation.pk).update(seen_at=timezone.now() - timedelta(**time))


def run_silence():
    return KINDS[background.END_SILENT].work(Actor.program("daily"), None, on="2026-01-01")


def test_SV_01_a_chat_from_the_first_word_to_the_mail_after_it(books, line):
    page = Client().get(f"/chat/{line.token}").content.decode()
    assert "Ciao" in page and "We are here." in page
    link = begin(line)
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.queue, ticket.contact_email, ticket.subject) == (
        "chat",
        "first line",
        "anna@bar.example",
        "My grinder is loud",
    )
    second = begin(line, email="bruno@bar.example", text="Hello")
    assert "1 visitor waits before you." in Client().get(second).content.decode()
    # The agent answers with the verb that answers everything, and the visitor has it at once; nothing goes by mail.
    books.do("service.reply", ticket.pk, body="Does it also smell?")
    books.do("service.note", ticket.pk, body="He is always like this")
    assert events(link, 1) == (["Does it also smell?"], "standing")
    client = Client()
    assert client.post(link, {"text": "A little."}).status_code == 302
    assert client.post(link, {"text": "Burnt."}, headers={"Accept": "application/json"}).json() == {}
    assert said(link) == ["My grinder is loud", "Does it also smell?", "A little.", "Burnt."]
    ticket.refresh_from_db()
    assert ticket.state == "open" and ticket.first_answer_at
    (kept,) = OutboxMessage.objects.all()
    assert kept.channel == "chat" and kept.sent_at
    # The visitor closes his browser; the answer that he did not read goes by mail after the silence of the line, and finds back.
    books.do("service.reply", ticket.pk, body="Switch it off, a new burr is on its way.")
    conversation = Conversation.objects.get(ticket=ticket)
    pass_time(conversation, minutes=line.silence_minutes - 1)
    assert run_silence() == {"ended": 0}
    pass_time(conversation, minutes=line.silence_minutes + 1)
    assert run_silence() == {"ended": 1} and run_silence() == {"ended": 0}
    out = OutboxMessage.objects.get(channel="mail")
    assert out.payload["to"] == ["anna@bar.example"] and "Switch it off" in out.payload["text"] and "smell" not in out.payload["text"]
    assert said(link)[-1].startswith("Switch it off") and events(link, 5)[1] == "over"
    assert Client().post(link, {"text": "Still there?"}).status_code == 409
    # From now on answers go by mail.
    books.do("service.reply", ticket.pk, body="It was posted.")
    assert OutboxMessage.objects.filter(channel="mail").count() == 2 and "It was posted." not in said(link)
    books.assert_checks_hold()


def test_SV_01_an_answer_after_the_visitor_left_goes_by_mail_at_once(books, line):
    link = begin(line)
    ticket = Ticket.objects.get()
    pass_time(Conversation.objects.get(), minutes=line.silence_minutes + 1)
    books.do("service.reply", ticket.pk, body="Sorry for the wait")
    assert OutboxMessage.objects.get().channel == "mail" and said(link) == ["My grinder is loud"]
    # Reading the page is a sign of him: he is there again.
    books.do("service.reply", ticket.pk, body="Welcome back")
    assert said(link) == ["My grinder is loud", "Welcome back"]
    books.do("service.solve", ticket.pk)
    assert Conversation.objects.get().ended_by == "agent"
    books.assert_checks_hold()


def test_SV_01_out_of_hours_it_is_a_ticket_answered_by_mail(books, line):
    now = timezone.now().astimezone(ZoneInfo(books.company.time_zone))
    hours = calendar(books, ((now.weekday() + 2) % 7, "09:00", "18:00"))
    edit(ACTOR, RESOURCES["chat-lines"], {line.pk: {"calendar": hours}})
    page = html.unescape(Client().get(f"/chat/{line.token}").content.decode())
    assert "Nobody is here until" in page and "09:00–18:00" in page
    link = begin(line)
    assert "We have your message and answer by mail to anna@bar.example." in html.unescape(Client().get(link).content.decode())
    books.do("service.reply", Ticket.objects.get().pk, body="Good morning")
    assert OutboxMessage.objects.get().channel == "mail"
    books.assert_checks_hold()


def test_SV_01_nobody_reads_what_is_not_his(books, line):
    """A link is a secret; what others write into the ticket, and what we note, is never on its page."""
    link = begin(line)
    ticket, conversation = Ticket.objects.get(), Conversation.objects.get()
    secret = link.rsplit("/", 1)[1]
    assert len(secret) >= 43 and secret not in str(Conversation.objects.values()) and conversation.digest != secret
    guesses = [str(conversation.pk), "", line.token, conversation.digest, secret[:-1], secret + "A", secret.swapcase(), "%00", "../" + secret, "A" * 5000]  # fmt: skip
    for guess in guesses:
        for way in ("", "/live"):
            assert Client().get(f"/chat/c/{guess}{way}").status_code in (301, 404, 422), guess
        assert Client().post(f"/chat/c/{guess}", {"text": "x"}).status_code in (301, 404, 422)
    assert Client().get("/chat/unknown").status_code == 404
    # A stranger began it in Anna's name. Anna answers by mail what only she knows: he never sees it.
    conversation_mail = mail("My password is rose", message_id="<a@bar.example>", subject=f"[#{ticket.number}]")
    with unit_of_work("test", "test"):
        Mailbox.objects.create(company=books.company, address="help@test.example")
    assert receive(conversation_mail).ticket_id == ticket.pk
    books.do("service.note", ticket.pk, body="Secret note")
    assert said(link) == ["My grinder is loud"] and events(link, 0)[0] == ["My grinder is loud"]
    # Ended for longer than a day, the link shows nothing more.
    books.do("messaging.end_chat", conversation.pk)
    with pytest.raises(NotAChat):
        books.do("messaging.end_chat", conversation.pk)
    assert Client().get(link).status_code == 200
    second = begin(line, email="b@bar.example")
    late = Conversation.objects.get(ticket__contact_email="b@bar.example")
    Conversation.objects.filter(pk=late.pk).update(ended_at=timezone.now() - SHOWN - timedelta(minutes=1), ended_by="visitor")
    assert Client().get(second).status_code == 404
    # A line that is switched off begins nothing.
    with unit_of_work("test", "test"):
        ChatLine.objects.update(is_active=False)
    assert Client().post(f"/chat/{line.token}", {"name": "a", "email": "a@b.example", "text": "x"}).status_code == 404


def test_SV_01_a_portal_user_is_known_and_his_chat_is_his_alone(books, line):
    party = books.customer("Bar Sport")
    with unit_of_work("test", "test"):
        person = OutsideUser.objects.create(party=party, email="rosa@sport.example", name="Rosa", password="!")
    client = Client()
    session = client.session
    session["outside"], session["epoch"] = person.pk, person.session_epoch
    session.save()
    client.cookies["fondaco_session"] = session.session_key
    assert "You write as Rosa" in client.get(f"/chat/{line.token}").content.decode()
    link = begin(line, client=client, name="Somebody else", email="other@evil.example", text="Where is my order?")
    ticket = Ticket.objects.get()
    assert (ticket.contact_email, ticket.contact_name, ticket.party) == ("rosa@sport.example", "Rosa", party)
    assert said(link, client) == ["Where is my order?"]
    assert Client().get(link).status_code == Client().get(f"{link}/live").status_code == 404


def test_SV_01_a_visitor_is_bounded(books, line):
    page = begin(line, name=" ", email="no address", text="", status=422)
    assert "Write your name." in page and "Write a mail address" in page and "Write what it is about" in page
    begin(line, text="x" * 4_001, status=422)
    assert not Ticket.objects.exists()
    for n in range(CHATS_AN_HOUR):
        link = begin(line, email=f"a{n}@b.example", text="<script>alert(1)</script>\u202e")
    assert "<script>alert" not in Client().get(link).content.decode()
    assert "of yours in the last hour" in begin(line, email="z@b.example", status=429)
    for n in range(A_MINUTE - 1):
        assert Client().post(link, {"text": f"{n}\x00"}).status_code == 302
    assert Client().post(link, {"text": "once more"}).status_code == 429
    assert Client().post(link, {"text": " "}).status_code == Client().post(link, {"text": "y" * 5_000}).status_code == 422
    assert TicketMessage.objects.filter(ticket__contact_email=f"a{CHATS_AN_HOUR - 1}@b.example").count() == A_MINUTE
    books.assert_checks_hold()


def test_SV_01_the_database_keeps_conversations(books, line):
    begin(line)
    other = begin(line, email="b@bar.example")
    first, second = Conversation.objects.order_by("pk")
    note = TicketMessage.objects.filter(ticket=second.ticket_id).first()
    assert said(other) == ["My grinder is loud"]
    books.do("messaging.end_chat", first.pk)
    wrong = [
        lambda: Conversation.objects.filter(pk=first.pk).update(ended_at=None, ended_by=""),
        lambda: Conversation.objects.filter(pk=first.pk).update(ticket=second.ticket_id),
        lambda: Conversation.objects.filter(pk=second.pk).update(digest="x"),
        lambda: Conversation.objects.filter(pk=second.pk).update(read_count=0),
        lambda: Passing.objects.filter(conversation=first).update(state="sent"),
        lambda: Passing.objects.filter(conversation=first).update(conversation=second),
        lambda: Passing.objects.filter(conversation=first).update(message=note),
    ]
    for attempt in wrong:
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("test", "test"):
            attempt()
        assert translated(refused.value) is not None


def test_ending_costs_the_same_for_one_and_for_nine(books, line):
    for n in range(10):
        begin(line, email=f"s{n}@b.example", client=Client(REMOTE_ADDR=f"192.0.2.{n}"))
    keys = list(Conversation.objects.order_by("pk").values_list("pk", flat=True))
    tickets = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    counts = []
    for part in (tickets[:1], tickets[1:]):
        with CaptureQueriesContext(connection) as queries:
            books.do("service.reply", part, body="Hello")
        counts.append(len(queries))
    for part in (keys[:1], keys[1:]):
        with CaptureQueriesContext(connection) as queries:
            books.do("messaging.end_chat", part)
        counts.append(len(queries))
    assert counts[0] == counts[1] and counts[2] == counts[3]
    assert OutboxMessage.objects.filter(channel="mail").count() == 10
    books.assert_checks_hold()
