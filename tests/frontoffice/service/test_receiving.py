"""SV-01: mail is filed set by set, fast, and whatever one of a set holds, the others arrive: poison, copies, loops, files, mails that take for ever to read."""

from email.message import EmailMessage

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.frontoffice.correspondence.models import QuarantinedMail
from fondaco.frontoffice.correspondence.parsing import HeldBack, read
from fondaco.frontoffice.correspondence.reading import read_all
from fondaco.frontoffice.service.models import Mailbox, Ticket, TicketMessage
from fondaco.frontoffice.service.receiving import FLOOD, receive, receive_all, take
from fondaco.frontoffice.service.refusals import NothingSaid
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events import bus
from fondaco.platform.files.models import Attachment
from tests.frontoffice.service.test_service import BOX, mail, service  # noqa: F401  a fixture


def numbered(count, *, first=0):
    return [mail(f"text {n}", sender=f"c{n}@bar.example", message_id=f"<set{n}@bar.example>") for n in range(first, first + count)]


def test_SV_01_a_set_costs_the_same_for_one_and_for_sixty(service):  # noqa: F811
    counts = []
    for raws in (numbered(1), numbered(60, first=1)):
        with CaptureQueriesContext(connection) as queries:
            assert {one.kind for one in receive_all(raws)} == {"opened"}
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 40
    answers = [
        mail(f"again {n}", sender=f"c{n}@bar.example", message_id=f"<re{n}@x>", In_Reply_To=f"<set{n}@bar.example>") for n in range(61)
    ]
    with CaptureQueriesContext(connection) as one:
        receive_all(answers[:1])
    with CaptureQueriesContext(connection) as many:
        assert {one_.kind for one_ in receive_all(answers[1:])} == {"appended"}
    assert len(one) == len(many)
    assert Ticket.objects.count() == 61
    service.assert_checks_hold()


def test_SV_01_copies_answers_and_files_within_one_set(service):  # noqa: F811
    photo = EmailMessage()
    photo["From"], photo["To"], photo["Subject"], photo["Message-ID"], photo["References"] = "anna@bar.example", BOX, "Photo", "<p@bar>", "<1@bar.example>"  # fmt: skip
    photo.set_content("Here it is")
    photo.add_attachment(b"\x89PNG photo", maintype="image", subtype="png", filename="../../etc/burr.png")
    raws = [mail()] * 10 + [photo.as_bytes(), photo.as_bytes(), mail("other", sender="eve@x.example", message_id="<e@x>")]
    became = take(raws, BOX)
    assert became == ["opened", *["repeated"] * 9, "appended", "repeated", "opened"]
    ticket = Ticket.objects.get(contact_email="anna@bar.example")
    assert list(ticket.messages.order_by("pk").values_list("body", flat=True)) == ["Hello", "Here it is"]
    here = ticket.messages.order_by("pk")[1]
    files = Attachment.objects.filter(table_name="service_ticketmessage", row_id=here.pk)
    assert list(files.values_list("name", "size")) == [("burr.png", 10)]
    assert take(raws, BOX) == ["repeated"] * 13


def test_SV_01_one_that_is_refused_is_held_back_and_all_others_arrive(service):  # noqa: F811
    def refuse(tickets):
        if any("poison" in t.subject for t in tickets):
            raise NothingSaid(document="poison")

    bus.reacts_to("service.opened")(refuse)
    try:
        raws = [*numbered(5), mail(subject="poison", message_id="<poison@x>"), *numbered(5, first=5)]
        became = [one.kind for one in receive_all(raws)]
    finally:
        bus._reactions["service.opened"].remove(refuse)
    assert became == [*["opened"] * 5, "quarantined", *["opened"] * 5]
    assert QuarantinedMail.objects.get().reason == "refused" and Ticket.objects.count() == 10
    # Its cause is gone: brought again, it arrives.
    assert receive(raws[5]).kind == "opened"
    service.assert_checks_hold()


def test_SV_01_a_mail_that_takes_for_ever_to_read_is_held_back_alone(service, monkeypatch):  # noqa: F811
    monkeypatch.setenv("FONDACO_READING_SECONDS", "1")
    bomb = mail(message_id="<bomb@x>", html="<div>" * 90_000)
    became = receive_all([*numbered(2), bomb, *numbered(2, first=2)])
    assert [one.kind for one in became] == ["opened", "opened", "quarantined", "opened", "opened"]
    assert became[2].reason == "too_costly"


def test_SV_01_a_reader_without_memory_breaks_alone(service, monkeypatch):  # noqa: F811
    monkeypatch.setenv("FONDACO_READING_MEMORY", str(200 * 1024 * 1024))
    large = mail("x" * 70 + "\n", message_id="<l@x>").replace(b"x" * 70, b"=41" * 8_000_000)
    became = receive_all([*numbered(1), large, *numbered(1, first=1)])
    assert [one.kind for one in became] == ["opened", "quarantined", "opened"]


def test_the_child_says_what_reading_says(service):  # noqa: F811
    raws = [
        mail(html="<b>x</b><script>y</script>"),
        mail("é", sender="Zoë <z@bar.example>", Date="Fri, 27 Nov 2026 10:00:00 +0100"),
        mail(Auto_Submitted="auto-replied"),
        b"",
    ]
    for raw, said in zip(raws, read_all(raws), strict=True):
        try:
            assert said == read(raw)
        except HeldBack as held:
            assert isinstance(said, HeldBack) and said.args == held.args


@pytest.mark.parametrize("address", ["anna@bar.example", '"anna b"@bar.example', "a.b+c@sub.bar.example", "a@[192.0.2.1]", "a@localhost"])
def test_an_address_is_known_by_its_form(address):
    assert read(mail(sender=address)).sender == address


@pytest.mark.parametrize("address", ["anna", "anna@", "@bar.example", "a..b@bar.example", "a@b", "a@-bar.example"])
def test_what_is_no_address_is_nobody(address):
    with pytest.raises(HeldBack):
        read(mail().replace(b"From: Anna <anna@bar.example>", f"From: <{address}>".encode()))


def test_SV_01_two_systems_that_answer_each_other_stop(service):  # noqa: F811
    """Another house's machine answers each of our messages with a new mail of its own, and says nothing of being a machine."""
    ticket = Ticket.objects.get(pk=receive(mail("0", message_id="<loop0@robot.example>", sender="robot@robot.example")).ticket_id)
    became = []
    for turn in range(1, FLOOD + 10):
        service.do("service.reply", ticket.pk, body=f"ours {turn}")
        ours = TicketMessage.objects.filter(ticket=ticket, direction="out").order_by("-pk").values_list("message_id", flat=True)[0]
        answer = mail(
            f"theirs {turn}", message_id=f"<loop{turn}@robot.example>", sender="robot@robot.example", In_Reply_To=ours, References=ours
        )
        became.append(receive_all([answer, answer])[0].kind)
    assert became == [*["appended"] * (FLOOD - 1), *["quarantined"] * 10]
    # Two of our own mailboxes never write to each other, by header or envelope.
    with unit_of_work("test", "test"):
        Mailbox.objects.create(company=service.company, address="second@test.example")
    assert {one.reason for one in receive_all([mail(sender="second@test.example"), mail(sender="Second@Test.example", to=BOX)])} == {
        "own_address"
    }
    assert Ticket.objects.count() == 1


def test_a_set_of_one_sender_is_a_flood_too(service):  # noqa: F811
    became = receive_all([mail(message_id=f"<f{n}@bar.example>") for n in range(FLOOD + 5)])
    assert [one.kind for one in became] == [*["opened"] * FLOOD, *["quarantined"] * 5]
