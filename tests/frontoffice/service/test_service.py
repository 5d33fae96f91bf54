"""Tickets, and mail in both directions: threads that lose nothing, and mail that nobody should have sent."""

from email.message import EmailMessage

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.correspondence.models import QuarantinedMail
from fondaco.frontoffice.correspondence.parsing import LARGEST_MAIL, HeldBack, clean_html, read
from fondaco.frontoffice.crm import checks as crm_checks  # noqa: F401  checks are declared on import
from fondaco.frontoffice.crm.queries import customer_360
from fondaco.frontoffice.service import checks  # noqa: F401
from fondaco.frontoffice.service.actions import reply
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.service.receiving import FLOOD, receive, receive_all
from fondaco.frontoffice.service.refusals import NoAddress, NobodyToAssign, NothingSaid, SerialWithoutProduct
from fondaco.frontoffice.service.resources import TicketMessageResource, TicketResource
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create
from tests.frontoffice.crm.test_crm import enquire, person

BOX = "help@test.example"


@pytest.fixture
def service(books):
    with unit_of_work("test", "test"):
        Mailbox.objects.create(company=books.company, address=BOX, name="Test Help", queue="first line")
    return books


def mail(
    text="Hello", *, sender="Anna <anna@bar.example>", to=BOX, subject="Broken grinder", message_id="<1@bar.example>", html="", **headers
):
    """A mail as bytes; further headers by name, with ``_`` for ``-``."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Message-ID"] = sender, to, subject, message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def ticket_of(service, **values):
    given = {"company": service.company.pk, "subject": "Broken", "contact_email": "anna@bar.example", **values}
    return Ticket.objects.get(pk=open_tickets(service.actor, [Opening(given, "It does not grind.")]).ids[0])


def bodies(ticket):
    return list(TicketMessage.objects.filter(ticket=ticket).order_by("pk").values_list("direction", "body"))


def test_a_ticket_from_a_form_has_number_customer_and_first_message(service):
    enquire(service, {"name": "Bar Sport", "email": "anna@bar.example"})
    ticket = ticket_of(service, contact_email="Anna@Bar.example", contact_name="Anna")
    assert ticket.number.startswith("TCK/") and ticket.party.name == "Bar Sport"
    assert bodies(ticket) == [("in", "It does not grind.")]
    titles = Interaction.objects.filter(party=ticket.party).order_by("pk").values_list("title", flat=True)
    assert list(titles)[-1] == f"{ticket.number}: Broken"
    service.assert_checks_hold()


def test_a_form_without_text_or_a_serial_without_product_opens_nothing(service):
    with pytest.raises(NothingSaid, match="is empty"):
        open_tickets(service.actor, [Opening({"company": service.company.pk, "subject": "x"}, " ")])
    with pytest.raises(SerialWithoutProduct, match="names the serial number 77"):
        ticket_of(service, serial="77")
    assert not Ticket.objects.exists()


def test_mail_opens_a_ticket_and_its_answers_find_back(service):
    opened = receive(mail())
    ticket = Ticket.objects.get(pk=opened.ticket_id)
    assert (opened.kind, ticket.subject, ticket.contact_email, ticket.queue, ticket.party) == (
        "opened", "Broken grinder", "anna@bar.example", "first line", None,
    )  # fmt: skip
    service.do("service.reply", ticket.pk, body="Which model?")
    out = OutboxMessage.objects.get()
    assert out.payload["to"] == ["anna@bar.example"] and out.payload["from_address"] == BOX
    assert out.payload["headers"]["In-Reply-To"] == "<1@bar.example>"
    assert f"[#{ticket.number}]" in out.payload["subject"]
    assert Ticket.objects.get(pk=ticket.pk).state == "waiting"
    ours = out.payload["headers"]["Message-ID"]
    by_header = mail("MK2", message_id="<2@bar.example>", subject="other words", In_Reply_To=ours)
    by_references = mail("And red", message_id="<3@phone.example>", sender="a@phone.example", References=f"<x@y> {ours}")
    by_token = mail("Thanks", message_id="<4@bar.example>", subject=out.payload["subject"])
    assert {(r.kind, r.ticket_id) for r in receive_all([by_header, by_references, by_token])} == {("appended", ticket.pk)}
    assert [b for _d, b in bodies(ticket)] == ["Hello", "Which model?", "MK2", "And red", "Thanks"]
    assert Ticket.objects.get(pk=ticket.pk).state == "open"
    service.assert_checks_hold()


def test_a_stranger_who_names_the_number_gets_a_ticket_of_his_own(service):
    ticket = ticket_of(service)
    got = receive(mail(sender="eve@evil.example", subject=f"Re: [#{ticket.number}]"))
    assert got.kind == "opened" and got.ticket_id != ticket.pk


def test_ten_copies_of_one_message_are_one_message(service):
    for raw in (mail(), mail(message_id="").replace(b"Message-ID: \n", b"")):
        kinds = [receive(raw).kind for _copy in range(10)]
        assert kinds == ["opened", *["repeated"] * 9]
    assert Ticket.objects.count() == TicketMessage.objects.count() == 2


def test_an_answer_to_a_solved_or_closed_ticket_opens_it_again(service):
    for number, verb in enumerate(("service.solve", "service.close"), start=10):
        key = receive(mail(message_id=f"<{number}@bar.example>")).ticket_id
        service.do(verb, key)
        receive(mail("Again", message_id=f"<again{number}@bar.example>", In_Reply_To=f"<{number}@bar.example>"))
        ticket = Ticket.objects.get(pk=key)
        assert (ticket.state, ticket.solved_at) == ("open", None)


def nested(depth):
    head = b"From: a@b.example\nTo: help@test.example\nSubject: deep\nMessage-ID: <deep@b>\nMIME-Version: 1.0\n"
    body = b""
    for level in range(depth):
        body += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)
    return head + body + b"Content-Type: text/plain\n\nx\n"


HOSTILE = [
    ("NUL in the body", mail().replace(b"Hello", b"Hel\x00lo"), "nul"),
    ("NUL in the subject", mail().replace(b"Broken", b"Bro\x00ken"), "nul"),
    (
        "NUL in base64",
        mail().replace(b"Transfer-Encoding: 7bit", b"Transfer-Encoding: base64").replace(b"Hello", b"SGVsAGxv"),
        "nul",
    ),
    ("50 MB of one header", b"X-Junk: " + b"a" * 50_000_000 + b"\n" + mail(), "too_large"),
    ("20 MB of one header", b"X-Junk: " + b"a" * 20_000_000 + b"\n" + mail(), "header_too_large"),
    ("20 MB without an end of headers", b"X-Junk: " + b"a" * 20_000_000, "header_too_large"),
    ("a structured header of 100 kB", b"To: " + b"<" * 100_000 + b"\n" + mail(), "header_too_large"),
    ("10,000 headers", b"X: y\n" * 10_000 + mail(), "too_many_headers"),
    ("600 headers", b"X: y\n" * 600 + mail(), "too_many_headers"),
    ("more than 25 MB", mail() + b"x" * LARGEST_MAIL, "too_large"),
    ("5,000 parts", mail(html="<p>x</p>") + b"\n--x\n" * 5_000, "too_many_parts"),
    ("30 levels of parts", nested(30), "too_deep"),
    ("1,000 levels of parts", nested(1_000), None),
    ("an automatic answer", mail(Auto_Submitted="auto-replied"), "automatic"),
    ("a mailing list", mail(List_Id="<x.y>"), "automatic"),
    ("bulk", mail(Precedence="bulk"), "automatic"),
    ("a delivery report", mail(Return_Path="<>"), "automatic"),
    ("our own address", mail(sender=BOX), "own_address"),
    ("no sender", mail().replace(b"From: Anna <anna@bar.example>", b"From: nobody"), "no_sender"),
    ("nobody's mailbox", mail(to="other@test.example"), "no_mailbox"),
    ("nothing", b"", "no_sender"),
    ("noise", bytes(range(1, 256)) * 50, None),
]


@pytest.mark.parametrize(("raw", "reason"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_a_hostile_mail_is_held_back_and_the_next_one_arrives(service, raw, reason):
    before, held, again, after = receive_all([mail("before", message_id="<a@b>"), raw, raw, mail("after", message_id="<c@d>")])
    assert (before.kind, held.kind, again.kind, after.kind) == ("opened", "quarantined", "quarantined", "opened")
    row = QuarantinedMail.objects.get()
    assert row.reason == held.reason and reason in (None, held.reason)
    assert len(row.raw) <= 1024 * 1024
    assert Ticket.objects.count() == 2
    service.do("correspondence.review", row.pk)
    assert QuarantinedMail.objects.get().reviewed_by == "program.test"


ODD = [
    ("unknown character set", mail().replace(b'charset="utf-8"', b'charset="klingon"'), "Hello"),
    ("a body that is no UTF-8", mail().replace(b"Hello", b"Caff\xe8"), "Caff�"),
    (
        "a broken boundary",
        b"From: a@b.example\nTo: help@test.example\nContent-Type: multipart/mixed; boundary=x\n\nno parts at all",
        "(no text)",
    ),
    ("only HTML", mail().replace(b"text/plain", b"text/html").replace(b"Hello", b"<b>Hi</b><br>there<script>x()</script>"), "Hi\nthere"),
    ("a broken encoded subject", mail().replace(b"Broken grinder", b"=?utf-8?b?////?="), "Hello"),
    ("a template", mail("{{7919*7907}}"), "{{7919*7907}}"),
]


@pytest.mark.parametrize(("raw", "text"), [o[1:] for o in ODD], ids=[o[0] for o in ODD])
def test_an_odd_mail_is_filed_as_well_as_can_be(service, raw, text):
    got = receive(raw, mailbox=BOX)
    assert got.kind == "opened"
    assert TicketMessage.objects.get().body == text


def test_html_cannot_act_load_or_hide():
    dirty = (
        '<p onclick="x()">Hi <a href="javascript:x()">a</a><a href="https://b.example" style="x">b</a></p><script>bad()</script>'
        '<style>p{}</style><img src="https://spy.example/1.gif"><iframe src="//x"></iframe><form action="/x"><input></form><svg onload=x()>'
    )
    assert (
        clean_html(dirty)
        == '<p>Hi <a rel="noopener noreferrer nofollow">a</a><a href="https://b.example" rel="noopener noreferrer nofollow">b</a></p>'
    )


def test_machines_that_answer_each_other_are_stopped(service):
    got = [receive(mail(message_id=f"<{i}@bar.example>")).kind for i in range(FLOOD + 2)]
    assert got == [*["opened"] * FLOOD, "quarantined", "quarantined"]
    assert QuarantinedMail.objects.filter(reason="flood").count() == 2


def test_from_is_not_identity(service):
    """A mail that claims to come from a user does only what any mail does."""
    person("boss", ("service.*", "company"))
    got = receive(mail("Close all tickets", sender="boss@test.example"))
    assert TicketMessage.objects.get(ticket=got.ticket_id).user_id is None


def test_reading_is_pure_and_names_the_reason():
    with pytest.raises(HeldBack) as held:
        read(mail(Auto_Submitted="auto-generated"))
    assert held.value.reason == "automatic"
    assert read(mail(Auto_Submitted="no")).sender == "anna@bar.example"


def test_the_verbs_of_an_agent(service):
    with unit_of_work("test", "test"):
        user = User.objects.create(username="agent", name="Agent")
    ticket = ticket_of(service)
    service.do("service.assign", ticket.pk, user="agent", queue="second line")
    service.do("service.note", ticket.pk, body="Seen this before")
    service.do("service.wait", ticket.pk)
    service.do("service.solve", ticket.pk, resolution="New burrs")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee, ticket.queue, ticket.resolution) == ("solved", user, "second line", "New burrs")
    service.do("service.reopen", ticket.pk)
    service.do("service.close", ticket.pk)
    assert bodies(ticket)[1] == ("internal", "Seen this before")
    assert not OutboxMessage.objects.exists()
    with pytest.raises(WrongState, match="is closed"):
        service.do("service.reply", ticket.pk, body="x")


def test_refused_answers_leave_nothing(service):
    phone = ticket_of(service, contact_email="", channel="phone")
    with pytest.raises(NoAddress, match="has no e-mail address"):
        service.do("service.reply", phone.pk, body="x")
    with pytest.raises(NothingSaid):
        service.do("service.note", phone.pk, body=" ")
    with pytest.raises(NobodyToAssign, match="no active user “ghost”"):
        service.do("service.assign", phone.pk, user="ghost")
    assert bodies(phone) == [("in", "It does not grind.")] and not OutboxMessage.objects.exists()
    assert Ticket.objects.get(pk=phone.pk).state == "new"


def test_the_contact_is_said_to_be_a_customer(service):
    party, ticket = service.customer(), ticket_of(service)
    service.do("service.identify", ticket.pk, party=party.pk)
    assert Ticket.objects.get(pk=ticket.pk).party == party
    panel = next(f for f in customer_360(service.actor, service.company, party.pk).panels if str(f.panel.title) == "Open tickets")
    assert [r["number"] for r in panel.content.rows] == [ticket.number]


def test_a_salesperson_sees_his_customers_tickets_and_nobody_elses(service):
    anna, annas = person("anna", ("service.view_ticket", "own"), ("service.reply_ticket", "own"))
    agent, agents = person("agent", ("service.view_ticket", "own"))
    hers = ticket_of(service, party=service.customer("Hers", salesperson=anna).pk)
    other = ticket_of(service, party=service.customer("Other").pk, assignee=agent.pk)
    assert [r["pk"] for r in page(TicketResource, annas, Query()).rows] == [hers.pk]
    assert [r["ticket"][0] for r in page(TicketMessageResource, annas, Query()).rows] == [hers.pk]
    assert [r["pk"] for r in page(TicketResource, agents, Query()).rows] == [other.pk]
    with pytest.raises(NotFound):
        perform(annas, reply, [other.pk], {"body": "x"})
    with pytest.raises(NotAllowed):
        perform(agents, reply, [other.pk], {"body": "x"})
    assert not OutboxMessage.objects.exists()


def test_answering_and_listing_cost_the_same_for_one_and_three_hundred(service):
    given = {"company": service.company.pk, "subject": "Broken", "contact_email": "a@b.example"}
    keys = create(service.actor, TicketResource, [given] * 301).ids
    counts = []
    for part in (keys[:1], keys[1:]):
        with CaptureQueriesContext(connection) as queries:
            service.do("service.reply", part, body="We are on it")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert OutboxMessage.objects.count() == 301
    with CaptureQueriesContext(connection) as queries:
        page(TicketResource, service.actor, Query(limit=300, filters={"unassigned": "1"}))
    assert len(queries) == 1
