"""SV-01, SV-02, SV-03, SV-11: who calls is found by his number and sent to somebody; the call's life is told in any order; who was lost is called back."""

import base64
import json
import time
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta
from xml.etree import ElementTree

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.routing.models import Agent, RoutingDecision
from fondaco.frontoffice.routing.offering import heard
from fondaco.frontoffice.service.models import Ticket, TicketMessage
from fondaco.frontoffice.telephony import background, noticing
from fondaco.frontoffice.telephony.living import STEPS, Told, life_of
from fondaco.frontoffice.telephony.lookup import Candidate, callers
from fondaco.frontoffice.telephony.models import Call, CallBack, CallBackTry, CallEvent, CallNotice, CallRecording, PhoneLine
from fondaco.frontoffice.telephony.notices import MOST_EVENTS
from fondaco.frontoffice.telephony.noticing import as_json, something_waits, take_waiting
from fondaco.frontoffice.telephony.queries import calls_for
from fondaco.frontoffice.telephony.refusals import NoConsent, RecordingStays
from fondaco.frontoffice.telephony.taking import Event
from fondaco.masterdata.parties.models import ContactPoint, Interaction, Party, Relationship
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit import checks
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.events.calling import Answer
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import send_due
from fondaco.platform.events.signing import is_signed_by_twilio, signature
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import path_of
from fondaco.platform.jobs.working import KINDS
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.calendars import calendar
from tests.frontoffice.routing.test_routing import Desk

TODAY = timezone.localdate()
HOTEL, BAR = "+39045800111", "+39045800222"
ACCOUNT = "AC" + "0" * 32


class Exchange:
    """A telephone system that tells of its calls on one line, and the desk at which they ring."""

    def __init__(self, books, **values):
        self.desk, self.books = Desk(books), books
        given = {
            "company": books.company.pk,
            "name": "Service",
            "number": "045 8001234",
            "queue": "service",
            "records": True,
            "account": ACCOUNT,
            **values,
        }
        (self.line,) = create(ACTOR, RESOURCES["phone-lines"], [given]).ids
        self.secret = perform(ACTOR, ACTIONS["telephony.make_secret"], [self.line]).told["Service"]
        people = [
            {"company": books.company.pk, "user": user.pk, "extension": e}
            for user, e in zip(self.desk.users.values(), ("21", "22"), strict=True)
        ]
        create(ACTOR, RESOURCES["extensions"], people)
        self.desk.policy(
            {"name": "Owes us", "overdue_from": "1000", "to_queue": "accounts", "skill": "accounts"}, {"name": "All", "priority": "high"}
        )

    def post(self, body, *, secret=None, moment=None, line=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        moment = moment or f"{int(time.time())}"
        given = {"HTTP_X_MOMENT": moment, "HTTP_X_SIGNATURE": signature((self.secret if secret is None else secret).encode(), body, moment)}
        return Client(enforce_csrf_checks=True).post(
            f"/api/hooks/calls/{self.line if line is None else line}", body, content_type="application/json", **given
        )

    def tell(self, *events):
        answer = self.post({"events": list(events)})
        assert answer.status_code in {200, 202}, answer.content
        return answer.json()

    def event(self, call, kind, after=0, **more):
        """An event so many seconds after the beginning of the hour's call."""
        return {"id": more.pop("id", uuid.uuid4().hex), "call": call, "kind": kind, "at": (timezone.now() - timedelta(minutes=5) + timedelta(seconds=after)).isoformat(), **more}  # fmt: skip

    def rings(self, call, number, **more):
        self.tell(self.event(call, "ringing", **{"from": number, "to": "+390458001234"}, **more))
        return Call.objects.select_related("ticket", "party").get(external_id=call)

    def as_(self, name):
        patterns = (("telephony.*", None, "company"), ("parties.view_*", None, "company"), ("service.*", None, "company"))
        return Actor(name, user_id=self.desk.users[name].pk, patterns=patterns)


@pytest.fixture
def exchange(books):
    return Exchange(books)


def test_SV_02_a_day_at_the_telephone(exchange):
    """A customer calls, is found, is answered, agrees to be recorded and hangs up; another gives up waiting and is called back."""
    books, users = exchange.books, exchange.desk.users
    hotel = books.customer("Hotel Sole", language="it", phone=HOTEL)
    bar = books.customer("Bar Luna", language="en", phone=BAR)
    call = exchange.rings("c1", "045 800111")
    assert (call.state, call.caller, call.party, call.ticket.party) == ("ringing", HOTEL, hotel, hotel)
    assert (call.ticket.channel, call.ticket.queue, call.ticket.priority, call.ticket.assignee) == (
        "phone",
        "service",
        "high",
        users["nina"],
    )
    assert [c.pk for c in calls_for(users["nina"].pk)] == [call.pk]
    # Nina speaks with the hotel: the bar, which she would get too, goes to Walter.
    second = exchange.rings("c2", BAR)
    assert second.ticket.assignee == users["walter"]
    third = exchange.rings("c3", "anonymous")
    assert (third.caller, third.party, third.ticket.assignee) == ("", None, None), "both are at the telephone"
    assert {why for _a, why in RoutingDecision.objects.get(ticket=third.ticket).reasons[1]} == {"busy"}
    exchange.tell(
        exchange.event("c1", "answered", 8, agent="21"), exchange.event("c1", "consent", 9, given=True), exchange.event("c1", "held", 30),
        exchange.event("c1", "resumed", 50), exchange.event("c2", "ended", 20, reason="caller"),
    )  # fmt: skip
    call.refresh_from_db()
    ticket = Ticket.objects.get(pk=call.ticket_id)
    assert (call.state, call.agent, ticket.state, ticket.first_answer_at) == ("answered", users["nina"], "open", call.answered_at)
    third.ticket.refresh_from_db()
    assert third.ticket.assignee == users["walter"], "his caller has hung up: the next one is his"
    audio = base64.b64encode(b"ID3 voice").decode()
    exchange.tell(
        exchange.event("c1", "recording", 120, seconds=110, audio=audio, media_type="audio/mpeg"),
        exchange.event("c1", "ended", 121, reason="agent"),
    )
    recording = CallRecording.objects.get()
    assert (recording.call, recording.delete_on, recording.attachment.row_id) == (call, TODAY + timedelta(days=30), call.pk)
    assert Interaction.objects.get(party=hotel, kind="call").title == "Call, 2 min"
    # The bar is to be called back: twice nobody is there, then somebody is.
    back = CallBack.objects.get()
    assert (back.party, back.number, back.state, back.ticket) == (bar, BAR, "open", second.ticket)
    assert back.due_at == Call.objects.get(pk=second.pk).ended_at + timedelta(minutes=30)
    walter = exchange.as_("walter")
    perform(walter, ACTIONS["telephony.take_on"], [back.pk])
    perform(walter, ACTIONS["telephony.note_try"], [back.pk], {"outcome": "no_answer"})
    back.refresh_from_db()
    assert (back.state, back.attempts, back.assignee) == ("open", 1, users["walter"])
    assert back.due_at > timezone.now() + timedelta(minutes=59)
    exchange.tell(
        exchange.event("out", "ringing", 200, direction="out", to=BAR, agent="22"), exchange.event("out", "answered", 210, direction="out", agent="22"),
        exchange.event("out", "ended", 260, direction="out"),
    )  # fmt: skip
    back.refresh_from_db()
    out = Call.objects.get(external_id="out")
    assert (back.state, back.outcome, back.attempts, out.ticket_id) == ("done", "reached", 2, second.ticket_id)
    assert list(CallBackTry.objects.order_by("pk").values_list("outcome", flat=True)) == ["no_answer", "reached"]
    with pytest.raises(WrongState):
        perform(walter, ACTIONS["telephony.note_try"], [back.pk], {"outcome": "busy"})
    books.assert_checks_hold()


def test_SV_02_a_payment_between_two_simulated_calls_changes_the_second(exchange):
    books = exchange.books
    hotel = books.customer("Hotel Sole", language="it", phone=HOTEL)
    invoice = books.invoice(hotel, [{"quantity": "1", "unit_price": "6000"}], str(TODAY - timedelta(days=40)))

    def simulated():
        (key,) = books.do("telephony.simulate", exchange.line, caller=HOTEL).made["calls"]
        call = Call.objects.select_related("ticket").get(pk=key)
        decision = RoutingDecision.objects.filter(ticket=call.ticket).order_by("-pk").first()
        for event in ("answered", "ended"):
            books.do("telephony.simulate_next", key, event=event)
        books.do("service.solve", call.ticket_id)
        call.refresh_from_db()
        assert (call.state, call.agent) == ("ended", exchange.desk.users["nina"])
        return call.ticket.queue, decision.rule.name, decision.inputs["overdue"]

    assert simulated() == ("accounts", "Owes us", f"{invoice.gross:.4f}")
    books.pay(hotel, str(invoice.gross), str(TODAY), {books.item(invoice).pk: str(invoice.gross)})
    assert simulated() == ("service", "All", "0")
    books.assert_checks_hold()


def test_SV_02_all_who_may_be_calling_are_named(exchange):
    """A number of two customers is nobody's until somebody says whose; a person calls for the organisation he works for; who was merged is his survivor."""
    books = exchange.books
    hotel, bar = books.customer("Hotel Sole", phone=HOTEL), books.customer("Bar Luna", phone=HOTEL)
    with unit_of_work("t", "t"):
        mario = Party.objects.create(name="Mario Rossi", sort_name="mario rossi", code="T-M", kind="person")
        ContactPoint.objects.create(party=mario, kind="mobile", value="333 1234567", normalised="+393331234567")
        Relationship.objects.create(person=mario, organisation=bar)
        gone = Party.objects.create(name="Sole srl", sort_name="sole", code="T-S", phone=BAR, merged_into=hotel)
    found = callers([HOTEL, "+393331234567", BAR, "+390000"])
    assert {c.party for c in found[HOTEL]} == {hotel.pk, bar.pk}
    assert found["+393331234567"] == [Candidate(bar.pk, "Bar Luna", "Mario Rossi")]
    assert (found[BAR][0].party, found["+390000"]) == (hotel.pk, []), gone
    call = exchange.rings("c1", HOTEL)
    assert (call.party, call.ticket.party) == (None, None)
    assert "Hotel Sole, Bar Luna" in str(RESOURCES["calls"].wrong(call.pk, ACTOR)[0].text)
    perform(exchange.as_("nina"), ACTIONS["telephony.identify"], [call.pk], {"party": str(bar.pk)})
    call = Call.objects.select_related("ticket").get(pk=call.pk)
    assert (call.party, call.ticket.party) == (bar, bar)
    person = exchange.rings("c2", "+393331234567")
    assert (person.party, person.ticket.contact_name, person.ticket.subject) == (bar, "Mario Rossi", "Call from Mario Rossi")
    # He calls again about the same: the same ticket, with whoever has it.
    exchange.tell(exchange.event("c2", "ended", 5, reason="caller"))
    again = exchange.rings("c3", "+393331234567")
    assert (again.ticket, TicketMessage.objects.filter(ticket=again.ticket).count()) == (person.ticket, 2)
    exchange.tell(exchange.event("c3", "answered", 9, agent="22"))
    assert CallBack.objects.get(number="+393331234567").state == "not_needed", "he was answered meanwhile"
    # The number comes after the answer: the stranger's ticket is the caller's then.
    exchange.tell(exchange.event("late", "answered", 9, agent="21"))
    assert Call.objects.get(external_id="late").party is None
    late = exchange.rings("late", "+393331234567")
    assert (late.state, late.party, late.ticket.party, late.ticket.subject) == ("answered", bar, bar, "Call from Mario Rossi")
    books.assert_checks_hold()


def test_SV_01_an_agent_who_lets_it_ring_is_not_rung_again(exchange):
    exchange.books.customer("Bar Luna", language="en", phone=BAR)
    call = exchange.rings("c1", BAR)
    assert call.ticket.assignee.username == "nina"
    exchange.tell(exchange.event("c1", "unanswered", 20, agent="21"))
    call.ticket.refresh_from_db()
    assert call.ticket.assignee.username == "walter"
    exchange.tell(exchange.event("c1", "unanswered", 40, agent="22"))
    call.ticket.refresh_from_db()
    assert call.ticket.assignee is None
    heard(exchange.desk.users["nina"].pk)
    call.refresh_from_db()
    assert (call.state, call.agent) == ("ringing", None)


def test_SV_01_the_door_takes_each_event_once_and_nothing_that_is_not_signed(exchange):
    events = [exchange.event("c1", "ringing", id="e1", **{"from": HOTEL}), exchange.event("c1", "ended", 9, id="e2")]
    assert exchange.tell(*events)["new"]
    tickets = Ticket.objects.count()
    for _again in range(2):
        assert exchange.tell(*reversed(events)) == {"calls": [], "new": False, "waiting": False}
    assert (Call.objects.count(), CallEvent.objects.count(), Ticket.objects.count(), CallBack.objects.count()) == (1, 2, tickets, 1)
    later = {"events": [exchange.event("c2", "ringing")]}
    old = f"{int(time.time()) - 301}"
    for attempt in ({"secret": "x"}, {"secret": ""}, {"moment": old}, {"moment": "x"}, {"moment": f"{int(time.time()) + 400}"}):
        answer = exchange.post(later, **attempt)
        assert (answer.status_code, answer.json()["code"]) == (401, "telephony.wrong_signature"), attempt
    for _n in range(4):
        answer = exchange.post(later, secret="x")
    assert (answer.status_code, answer.json()["code"]) == (429, "telephony.too_many_failures")
    assert exchange.tell(exchange.event("c3", "ringing"))["new"], "others' failures do not keep out who signs rightly"
    good = exchange.event("c4", "ringing")
    for wrong in (
        b"", b"{", b'{"events": []}', b"\xff", {"events": [good] * (MOST_EVENTS + 1)}, {"events": [{**good, "kind": "sung"}]}, {"events": [{**good, "x": 1}]},
        {"events": [{**good, "id": "a\x00b"}]}, {"events": [{**good, "transcript": "a\x00"}]}, {"events": [{**good, "call": ""}]}, {"events": [{**good, "audio": "?"}]},
        {"events": [{**good, "at": "2026-11-28T10:00:00"}]}, {"events": [{**good, "at": "1999-01-01T00:00:00Z"}]}, {"events": [{**good, "at": "2999-01-01T00:00:00Z"}]},
        {"events": [{**good, "media_type": "text/html"}]}, {"events": [{**good, "seconds": -1}]}, {"events": [{**good, "from": "1" * 101}]},
    ):  # fmt: skip
        assert exchange.post(wrong).status_code == 422, wrong
    assert not Call.objects.filter(external_id="c4").exists()
    for line in ("0", "999999999999999999999999", "x", "-1"):
        assert exchange.post(later, line=line).status_code == 404
    for path in (f"/api/hooks/calls/{exchange.line}/twilio/voice", f"/api/hooks/calls/{exchange.line}/twilio/nothing"):
        assert Client().post(path, {"CallSid": "CA1"}).status_code == 404, "no token, no door"
    assert Client().get(f"/api/hooks/calls/{exchange.line}").status_code == 405
    exchange.books.do("telephony.close_doors", exchange.line, reason="Changed")
    assert exchange.post(later).status_code == 404
    assert exchange.secret not in PhoneLine.objects.get().sealed_secret
    exchange.books.assert_checks_hold()


def test_SV_11_no_recording_without_consent_and_no_audio_after_its_days(exchange, monkeypatch):
    audio = base64.b64encode(b"voice of a caller").decode()
    exchange.rings("yes", HOTEL)
    exchange.rings("no", BAR)
    exchange.tell(
        exchange.event("yes", "answered", 5), exchange.event("yes", "consent", 6, given=True), exchange.event("yes", "recording", 60, audio=audio, media_type="audio/ogg"),
        exchange.event("no", "answered", 5), exchange.event("no", "consent", 6, given=False), exchange.event("no", "recording", 60, audio=audio, media_type="audio/ogg"),
        exchange.event("mail", "ringing", **{"from": "+39045800333"}), exchange.event("mail", "transcript", 20, transcript="Please call me"),
        exchange.event("mail", "voicemail", 21, seconds=9, audio=base64.b64encode(b"please").decode(), media_type="audio/ogg"), exchange.event("mail", "ended", 22, reason="closed"),
    )  # fmt: skip
    yes, mail = CallRecording.objects.order_by("pk")
    assert (yes.call.external_id, yes.kind, mail.call.external_id, mail.transcript) == ("yes", "recording", "mail", "Please call me")
    assert TicketMessage.objects.get(ticket=mail.call.ticket, direction="in").body == "Please call me"
    assert (mail.call.state, CallBack.objects.get(call=mail.call).state) == ("missed", "open")
    refusing = Call.objects.get(external_id="no")
    for work, refusal in (
        (lambda: CallRecording.objects.create(call=refusing, kind="recording", at=timezone.now(), delete_on=TODAY), NoConsent),
        (lambda: CallRecording.objects.filter(pk=mail.pk).update(kind="recording", call=refusing), NoConsent),
        (lambda: CallRecording.objects.filter(pk=yes.pk).delete(), RecordingStays),
        (lambda: CallRecording.objects.filter(pk=yes.pk).update(delete_on=TODAY + timedelta(days=999)), RecordingStays),
    ):
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("t", "t"):
            work()
        assert isinstance(translated(refused.value), refusal)
    for work in (
        lambda: CallEvent.objects.filter(call=refusing).delete(), lambda: CallEvent.objects.filter(call=refusing).update(kind="ended"),
        lambda: Attachment.objects.filter(pk=yes.attachment_id).delete(), lambda: CallBackTry.objects.all().update(outcome="busy"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
            work()
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
    # On the last day the audio goes, bytes and all; that there was a recording stays.
    paths = [path_of(r.attachment.digest) for r in (yes, mail)]
    assert all(p.exists() for p in paths)
    day = TODAY + timedelta(days=30)
    with unit_of_work("program.telephony", "test"):
        assert KINDS["telephony.forget_audio"].work(ACTOR, None, on=f"{day - timedelta(days=1)}") == {"deleted": 0}
        assert KINDS["telephony.forget_audio"].work(ACTOR, None, on=f"{day}") == {"deleted": 2}
    assert (CallRecording.objects.filter(deleted_at__isnull=False).count(), Attachment.objects.count()) == (2, 0)
    send_due()
    assert not any(p.exists() for p in paths)
    exchange.books.assert_checks_hold()


def test_SV_11_who_takes_his_consent_back_is_on_record_no_more(exchange):
    exchange.rings("c1", HOTEL)
    audio = base64.b64encode(b"said before he thought better of it").decode()
    exchange.tell(
        exchange.event("c1", "answered", 5, agent="21"),
        exchange.event("c1", "recording", 60, given=True, audio=audio, media_type="audio/ogg"),
    )
    path = path_of(CallRecording.objects.get().attachment.digest)
    assert path.exists()
    exchange.tell(exchange.event("c1", "consent", 70, given=False))
    recording = CallRecording.objects.get()
    assert (recording.attachment, recording.deleted_at is None, Call.objects.get().consent) == (None, False, "refused")
    send_due()
    assert not path.exists()
    exchange.books.assert_checks_hold()


def test_SV_11_calls_whose_end_was_lost_are_over(exchange):
    call = exchange.rings("c1", HOTEL)
    with unit_of_work("t", "t"):
        CallEvent.objects.all()
        Call.objects.filter(pk=call.pk).update(started_at=timezone.now() - timedelta(hours=7))
        assert KINDS["telephony.lost_sight"].work(ACTOR, None, on="") == {"ended": 1}
    call.refresh_from_db()
    assert (call.state, CallBack.objects.get().number) == ("missed", HOTEL)


class Twilio:
    def __init__(self, exchange):
        self.exchange, self.token = exchange, "0123456789abcdef0123456789abcdef"
        perform(ACTOR, ACTIONS["telephony.keep_token"], [exchange.line], {"token": self.token})

    def asks(self, step, call="CA1", *, query="", token=None, **form):
        import hashlib
        import hmac

        path = f"/api/hooks/calls/{self.exchange.line}/twilio/{step}{query}"
        form = {"CallSid": call, "From": HOTEL, "To": "+390458001234", **form}
        said = f"http://testserver{path}" + "".join(k + form[k] for k in sorted(form))
        right = base64.b64encode(hmac.new((token or self.token).encode(), said.encode(), hashlib.sha1).digest()).decode()
        return Client(enforce_csrf_checks=True).post(path, form, HTTP_X_TWILIO_SIGNATURE=right)

    def says(self, step, **given):
        answer = self.asks(step, **given)
        assert answer.status_code == 200, answer.content
        return ElementTree.fromstring(answer.content)


def test_SV_01_a_call_through_twilio(exchange, monkeypatch):
    """The caller agrees to be recorded; Nina lets it ring, Walter answers; the recording is fetched once he has hung up."""
    twilio, users = Twilio(exchange), exchange.desk.users
    exchange.books.customer("Hotel Sole", language="en", phone=HOTEL)
    begun = twilio.says("voice")
    assert [e.tag for e in begun] == ["Say", "Gather", "Redirect"]
    assert begun[1].get("action").endswith(f"/api/hooks/calls/{exchange.line}/twilio/consent")
    twilio.says("consent", Digits="1")
    dial = twilio.says("connect")[0]
    assert (dial.tag, dial.get("record"), dial[0].tag, dial[0].text) == ("Dial", "record-from-answer-dual", "Client", "21")
    assert twilio.says("dialled", query="?agent=21", DialCallStatus="no-answer", DialCallSid="CA2")[0].tag == "Redirect"
    assert twilio.says("connect")[0][0].text == "22"
    twilio.says("answered", call="CA3", query="?parent=CA1", To="client:22")
    call = Call.objects.get()
    assert (call.state, call.agent, call.consent, call.caller) == ("answered", users["walter"], "given", HOTEL)
    address = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1"
    twilio.says("recorded", RecordingSid="RE1", RecordingUrl=address, RecordingDuration="61")
    assert twilio.says("dialled", query="?agent=22", DialCallStatus="completed", DialCallSid="CA3")[0].tag == "Hangup"
    twilio.says("status", CallStatus="completed")
    call.refresh_from_db()
    assert call.state == "ended"
    asked = []

    def answers(method, address, **more):
        asked.append((method, address))
        return Answer(200, "audio/mpeg", b"ID3")

    monkeypatch.setattr(background, "call", answers)
    send_due()
    assert asked == [("GET", address + ".mp3"), ("DELETE", address + ".json")]
    assert (CallRecording.objects.get().attachment.size, CallRecording.objects.get().seconds) == (3, 61)
    # Nobody else's address is fetched, whatever the form says, and nothing that Twilio did not sign is taken.
    twilio.says("recorded", RecordingSid="RE2", RecordingUrl="https://api.twilio.com.evil.example/2010-04-01/Accounts/x/Recordings/1")
    assert OutboxMessage.objects.filter(channel="telephony.fetch").count() == 2
    for refused in (
        twilio.asks("voice", call="CA9", token="x" * 32),
        Client().post(f"/api/hooks/calls/{exchange.line}/twilio/voice", {"CallSid": "CA9"}),
    ):
        assert refused.status_code == 401
    assert not Call.objects.filter(external_id="CA9").exists()
    assert twilio.asks("nothing").status_code == 404
    exchange.books.assert_checks_hold()


def test_SV_11_out_of_hours_and_when_it_takes_too_long(exchange):
    twilio = Twilio(exchange)
    hours = calendar(exchange.books, ((TODAY.weekday() + 2) % 7, "09:00", "10:00"))
    edit(ACTOR, RESOURCES["phone-lines"], {exchange.line: {"calendar": hours}})
    closed = twilio.says("voice")
    assert [e.tag for e in closed] == ["Say", "Say", "Record", "Redirect"]
    assert twilio.says("voicemail", RecordingUrl="https://nowhere.example/1", RecordingDuration="7")[-1].tag == "Hangup"
    twilio.says("transcript", TranscriptionText="Chiamatemi")
    call = Call.objects.get()
    recording, back = CallRecording.objects.get(), CallBack.objects.get()
    assert (call.state, recording.kind, recording.seconds, recording.transcript, recording.attachment) == (
        "missed",
        "voicemail",
        7,
        "Chiamatemi",
        None,
    )
    due = timezone.localtime(back.due_at, __import__("zoneinfo").ZoneInfo(exchange.books.company.time_zone))
    assert (due.weekday(), due.hour, due.minute) == ((TODAY.weekday() + 2) % 7, 9, 0), "when there is somebody again"
    edit(ACTOR, RESOURCES["phone-lines"], {exchange.line: {"calendar": None}})
    exchange.books.do("routing.be_offline", exchange.desk.agents)
    twilio.says("voice", call="CB1", From=BAR)
    assert [e.tag for e in twilio.says("connect", call="CB1")] == ["Pause", "Redirect"]
    with unit_of_work("t", "t"):
        Call.objects.filter(external_id="CB1").update(started_at=timezone.now() - timedelta(seconds=181))
    offered = twilio.says("connect", call="CB1")
    assert (offered[0].tag, offered[0].get("action")[-7:]) == ("Gather", "/choice")
    assert [e.tag for e in twilio.says("choice", call="CB1", Digits="1")] == ["Say", "Hangup"]
    assert (Call.objects.get(external_id="CB1").state, CallBack.objects.get(number=BAR).state) == ("missed", "open")
    exchange.books.assert_checks_hold()


def test_SV_01_the_signature_is_twilios():
    """The example of Twilio's own documentation."""
    form = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675309"],
        "Digits": ["1234"],
        "From": ["+14158675309"],
        "To": ["+18005551212"],
    }
    address, right = "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert is_signed_by_twilio(b"12345", address, form, right)
    assert is_signed_by_twilio(b"12345", address.replace(".com", ".com:443"), form, right)
    for token, where, what, signed in (
        (b"", address, form, right), (b"12346", address, form, right), (b"12345", address + "1", form, right), (b"12345", address, {**form, "Digits": ["1235"]}, right),
        (b"12345", address, form, ""), (b"12345", address, form, "é"),
    ):  # fmt: skip
        assert not is_signed_by_twilio(token, where, what, signed)


START = datetime(2026, 11, 28, 9, tzinfo=timezone.get_fixed_timezone(60))
events = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.sampled_from([None, 1, 2]), st.sampled_from(["", "caller", "closed"]), st.sampled_from([None, True, False])),
    min_size=1, max_size=7,
)  # fmt: skip


@given(told=events, data=st.data())
@settings(max_examples=150, deadline=None)
def test_SV_01_a_life_is_the_same_in_whatever_order_it_is_told(told, data):
    rows = [
        Told(f"{n:02}", kind, START + timedelta(seconds=s), agent, {"reason": reason, "given": given if kind == "consent" else None})
        for n, (kind, s, agent, reason, given) in enumerate(told)
    ]
    life = life_of(rows)
    assert life_of(data.draw(st.permutations(rows))) == life
    assert (life.state in Call.LIVE) == (life.ended_at is None)
    assert (life.state in {"answered", "held", "ended"}) == (life.answered_at is not None)
    assert life.ended_at is None or life.ended_at >= life.started_at


def test_SV_01_statements_do_not_grow(exchange):
    """Of one and of nine calls: rung, answered, lost, left a message, simulated, named, called back."""
    numbers = [f"+3904580{n:04}" for n in range(40)]
    parties = [exchange.books.customer(f"Bar {n}", language="en", phone=number) for n, number in enumerate(numbers)]
    with unit_of_work("t", "t"):
        Agent.objects.update(capacity=500, calls_at_once=500)

    def counted(work):
        with CaptureQueriesContext(connection) as statements:
            work()
        return len(statements)

    counts = []
    for some, first in ((1, 0), (9, 10)):
        calls = [f"x{n}" for n in range(first, first + some)]
        took = [
            counted(lambda calls=calls, first=first: exchange.tell(*(exchange.event(c, "ringing", **{"from": numbers[first + n]}) for n, c in enumerate(calls)))),
            counted(lambda calls=calls: exchange.tell(*(exchange.event(c, "unanswered", 5, agent="21") for c in calls))),
            counted(lambda calls=calls: exchange.tell(*(exchange.event(c, "voicemail", 6, transcript="Hello") for c in calls), *(exchange.event(c, "ended", 7) for c in calls))),
        ]  # fmt: skip
        rows = list(Call.objects.filter(external_id__in=calls).order_by("pk"))
        backs = list(CallBack.objects.filter(call__in=rows).values_list("pk", flat=True))
        assert len(backs) == some
        keys = [r.pk for r in rows]
        took += [
            counted(lambda keys=keys: exchange.books.do("telephony.identify", keys, party=str(parties[-1].pk))),
            counted(lambda backs=backs: perform(exchange.as_("nina"), ACTIONS["telephony.take_on"], backs)),
            counted(lambda backs=backs: perform(exchange.as_("nina"), ACTIONS["telephony.note_try"], backs, {"outcome": "busy"})),
            counted(lambda backs=backs: exchange.books.do("telephony.drop", backs, reason="Counted")),
        ]
        lines = create(ACTOR, RESOURCES["phone-lines"], [{"company": exchange.books.company.pk, "name": f"L{first + n}", "number": f"+39045900{first + n:03}"} for n in range(some)]).ids  # fmt: skip
        took += [
            counted(lambda lines=lines: exchange.books.do("telephony.make_secret", lines)),
            counted(lambda lines=lines: exchange.books.do("telephony.keep_token", lines, token="x" * 20)),
        ]
        made = exchange.books.do("telephony.simulate", lines).made["calls"]
        took += [
            counted(lambda lines=lines: exchange.books.do("telephony.simulate", lines, caller="")),
            counted(lambda made=made: exchange.books.do("telephony.simulate_next", made, event="answered")),
            counted(lambda lines=lines: exchange.books.do("telephony.close_doors", lines, reason="Counted")),
        ]
        counts.append(took)
    assert counts[0] == counts[1]
    exchange.books.assert_checks_hold()


@contextmanager
def somebody_takes():
    """Another process is taking notices until the block ends."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("select pg_advisory_lock(hashtextextended('telephony.notices:', 0))")
        yield


def test_SV_01_what_comes_while_others_are_taken_waits_and_is_taken_in_one_set(exchange, monkeypatch):
    """Written down, answered and taken together with the events of the same call in whatever order; one that cannot be taken is put aside alone."""
    twilio = Twilio(exchange)
    exchange.books.customer("Hotel Sole", language="en", phone=HOTEL)
    audio = base64.b64encode(b"ID3 voice").decode()
    with somebody_takes():
        for event in (
            exchange.event("c1", "voicemail", 5, seconds=3, audio=audio, media_type="audio/mpeg"), exchange.event("c1", "ended", 9), exchange.event("c1", "ringing", **{"from": HOTEL}),
            exchange.event("c2", "ringing", id="bad", **{"from": BAR}), exchange.event("c3", "ringing"),
        ):  # fmt: skip
            answer = exchange.post({"events": [event]})
            assert (answer.status_code, answer.json()) == (202, {"calls": [], "new": False, "waiting": True})
        twilio.says("voice")
        wait = twilio.says("connect")
        assert ([e.tag for e in wait], wait[0].get("length")) == (["Pause", "Redirect"], "1")
        assert wait[1].text.endswith("/twilio/connect?tries=1")
        assert twilio.says("connect", query="?tries=10")[0].tag == "Hangup"
        take_waiting()
        assert not Call.objects.exists(), "who takes is another"
        forged = exchange.post({"events": [exchange.event("c4", "ringing")]}, secret="x")
        assert (forged.status_code, CallNotice.objects.count()) == (401, 6)
    really = noticing.take

    def stumbles(events):
        if any(e.id == "bad" for _line, e in events):
            raise RuntimeError("no such thing")
        return really(events)

    monkeypatch.setattr(noticing, "take", stumbles)
    take_waiting()
    left = CallNotice.objects.get()
    assert (left.events[0]["id"], left.trouble) == ("bad", "RuntimeError: no such thing")
    assert {c.external_id: c.state for c in Call.objects.all()} == {"c1": "missed", "c3": "ringing", "CA1": "ringing"}
    assert CallRecording.objects.get().attachment.size == 9
    dial = twilio.says("connect")[0]
    assert (dial.tag, dial[0].text) == ("Dial", "21"), "he calls again: with Nina, whom nobody but he himself keeps busy"
    assert not checks.run(["telephony.notices_are_taken"])[0].holds, "somebody is told"
    # It is looked at, and taken once what hindered it is mended.
    exchange.books.do("telephony.review_notice", left.pk)
    monkeypatch.setattr(noticing, "take", really)
    exchange.books.do("telephony.take_again", left.pk)
    assert (Call.objects.get(external_id="c2").caller, CallNotice.objects.count()) == (BAR, 0)
    exchange.books.assert_checks_hold()


def test_SV_01_what_fails_leaves_nobody_waiting(exchange, monkeypatch):
    """Who wrote down because this one was taking relies on it to look again, also when it failed."""
    called = []
    monkeypatch.setattr(noticing, "call_taker", lambda: called.append(True))
    monkeypatch.setattr(noticing, "something_waits", lambda: True)
    monkeypatch.setattr(noticing, "take", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exchange.post({"events": [exchange.event("c1", "ringing")]})
    assert called == [True]
    assert exchange.post({"events": [exchange.event("c1", "ringing")]}, secret="x").status_code == 401
    assert called == [True], "who was refused took nothing"


def test_SV_01_notices_cost_the_same_statements_however_many_wait(exchange):
    with unit_of_work("t", "t"):
        Agent.objects.update(capacity=500, calls_at_once=500)
    counts = []
    for some in (1, 9):
        line, now = PhoneLine.objects.get(), timezone.now()
        told = [Event(f"e{some}.{n}", f"w{some}.{n}", "ringing", now, caller=f"+3904590{some}{n:02}") for n in range(some)]
        CallNotice.objects.bulk_create([CallNotice(line=line, events=[as_json(e)]) for e in told])
        with CaptureQueriesContext(connection) as statements:
            take_waiting()
        with CaptureQueriesContext(connection) as reviewed:
            CallNotice.objects.bulk_create([CallNotice(line=line, events=[as_json(e)], trouble="x") for e in told])
            rows = list(CallNotice.objects.values_list("pk", flat=True))
            exchange.books.do("telephony.review_notice", rows)
            exchange.books.do("telephony.take_again", rows)
        counts.append((len(statements), len(reviewed)))
    assert counts[0] == counts[1]


def test_SV_01_calls_at_once_are_each_taken_once(live_database):
    """The same events come twice and at the same moment; each call is one, has one ticket, and nobody has more calls than he takes."""
    import threading

    exchange = Exchange(open_books(code="LIVE"))
    events = [exchange.event(f"c{n}", "ringing", id=f"e{n}", **{"from": f"+390458009{n:02}"}) for n in range(6)]
    begin, failed = threading.Barrier(12), []

    def call(event):
        try:
            begin.wait()
            exchange.tell(event)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(e,)) for e in [*events, *events]]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed
    until = time.monotonic() + 30
    while something_waits() and time.monotonic() < until:
        time.sleep(0.02)  # the thread beside the doors takes what came while others were taken
    with unit_of_work("t", "t"):
        assert (Call.objects.count(), CallEvent.objects.count(), Ticket.objects.filter(channel="phone").count()) == (6, 6, 6)
        assert sorted(Ticket.objects.filter(assignee__isnull=False).values_list("assignee__username", flat=True)) == ["nina", "walter"]
