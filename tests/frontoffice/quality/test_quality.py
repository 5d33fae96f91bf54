"""SV-09: customers say how satisfied they are, agents why a ticket came and how long it took; reports say what it cost, beside the ledger."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.quality.asking import answer_by_link, answer_for_ticket, digest_of, view_by_link
from fondaco.frontoffice.quality.models import ReasonCode, Survey, TicketReason, TimeEntry
from fondaco.frontoffice.quality.queries import months, quality
from fondaco.frontoffice.quality.refusals import (
    AnswerStays,
    InFuture,
    LinkClosed,
    NoMinutes,
    NoScore,
    NoSuchReason,
    ReasonMissing,
    ReasonsCircle,
    TakenBackTooMuch,
)
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR

TODAY = timezone.localdate()


class Desk:
    """Nina answers, at 30 euro an hour; everybody else costs 24. Customers are asked, and may change their answer for a week."""

    def __init__(self, books):
        self.books, self.company = books, books.company
        with unit_of_work("t", "t"):
            self.nina = User.objects.create(username="nina", name="Nina")
        self.as_nina = Actor("nina", user_id=self.nina.pk, patterns=(("service.*", None, "company"), ("quality.*", None, "company")))
        company = books.company.pk
        given = [{"company": company, "code": c, "name": n, "parent": p} for c, n, p in (("machine", "Machine", None), ("grinder", "Grinder", "machine"), ("bill", "Bill", None))]  # fmt: skip
        self.reasons = dict(
            zip(("machine", "grinder", "bill"), [create(ACTOR, RESOURCES["ticket-reasons"], [row]).ids[0] for row in given], strict=True)
        )
        create(ACTOR, RESOURCES["service-cost-rates"], [{"company": company, "valid_from": "2026-01-01", "hourly_cost": "24"}, {"company": company, "user": self.nina.pk, "valid_from": "2026-02-01", "hourly_cost": "30"}])  # fmt: skip
        create(ACTOR, RESOURCES["survey-policies"], [{"company": company, "rest_days": 0}])

    def tickets(self, *contacts, party=None, **values):
        openings = [Opening({"company": self.company.pk, "subject": "Help", "contact_email": c, "assignee": self.nina.pk, "party": party.pk if party else None, **values}, "Help") for c in contacts]  # fmt: skip
        return open_tickets(ACTOR, openings).ids

    def do(self, verb, ids, **parameters):
        return perform(self.as_nina, ACTIONS[f"service.{verb}"], ids, parameters)


@pytest.fixture
def desk(books):
    return Desk(books)


def link_to(email):
    payload = next(
        m.payload for m in OutboxMessage.objects.filter(key__startswith="quality.survey").order_by("-pk") if m.payload["to"] == [email]
    )
    return re.search(r"/s/(\S+)", payload["text"]).group(1), payload


def test_SV_09_reasons_time_satisfaction_and_cost_beside_the_ledger(desk):
    books = desk.books
    customer = books.customer("Hotel Uno", language="it")
    one, two, three = desk.tickets("a@x.example", "b@x.example", "c@x.example", party=customer)
    desk.do("log_time", [one], minutes=20, note="Looked at it")
    desk.do("log_time", [one], minutes=-5)
    desk.do("reply", [one, two], body="Switch it on")
    desk.do("solve_with_reason", [one], reason="grinder", resolution="On", minutes=10)
    desk.do("reply", [two], body="Is it on?")
    desk.do("solve_with_reason", [two, three], reason="bill", minutes=40)
    desk.do("reopen", [three])
    desk.do("give_reason", [three], reason=str(desk.reasons["machine"]))
    desk.do("solve", [three])
    assert {t.cost for t in TimeEntry.objects.filter(ticket=one)} == {Decimal(10), Decimal("-2.5"), Decimal(5)}
    token, payload = link_to("a@x.example")
    assert payload["subject"].startswith("Com'è andata"), "in the customer's language"
    assert Survey.objects.count() == 3, "once a ticket, however often it is solved"
    answer_by_link(token, "4", "Quick")
    answer_for_ticket(two, "1", "")
    first, last = TODAY - timedelta(days=2), TODAY + timedelta(days=1)
    rows = {q.label: q for q in quality(desk.company, Ticket.objects.all(), by="reason", first=first, last=last)}
    machine, bill = rows["Machine"], rows["Bill"]
    # Grinders are machines; the first was solved at first contact, the third was opened again.
    assert (machine.solved, machine.first, machine.first_percent, machine.satisfaction) == (2, 1, 50, 4)
    assert (machine.minutes, machine.timed, machine.minutes_each, machine.cost, machine.cost_each) == (
        65,
        2,
        Decimal("32.5"),
        Decimal("32.5"),
        Decimal("16.25"),
    )
    assert (bill.solved, bill.first, bill.satisfaction, bill.cost) == (1, 0, 1, 20), "two answers were needed"
    assert {q.label for q in quality(desk.company, Ticket.objects.all(), by="detail", first=first, last=last)} == {
        "Grinder",
        "Machine",
        "Bill",
    }
    assert [(q.label, q.solved) for q in quality(desk.company, Ticket.objects.all(), by="agent", first=first, last=last)] == [("Nina", 3)]
    assert [q.solved for q in quality(desk.company, Ticket.objects.all(), by="month", first=first, last=last)] == [3]
    assert [q.label for q in quality(desk.company, Ticket.objects.filter(pk=one), by="product", first=first, last=last)] == [""]
    wages = books.account("expense")
    create(ACTOR, RESOURCES["service-cost-accounts"], [{"company": desk.company.pk, "account": wages.pk}])
    books.bill(books.vendor(), [{"quantity": "1", "unit_price": "300", "account": "expense"}], str(TODAY))
    month = months(desk.company, first=TODAY, last=TODAY)[-1]
    assert (month.spent, month.on_tickets, month.rest, month.minutes, month.solved, month.cost_each) == (
        300,
        Decimal("52.5"),
        Decimal("247.5"),
        105,
        3,
        100,
    )
    titles = Interaction.objects.filter(party=customer, title__contains="satisfaction").values_list("title", "body")
    assert sorted(titles) == [
        (f"{Ticket.objects.get(pk=one).number}: satisfaction 4 of 5", "Quick"),
        (f"{Ticket.objects.get(pk=two).number}: satisfaction 1 of 5", ""),
    ]
    books.assert_checks_hold()


def test_SV_09_rates_hold_from_their_day_and_time_is_never_altered(desk):
    (ticket,) = desk.tickets("a@x.example")
    for on, cost in (("2025-12-31", 0), ("2026-01-31", 24), ("2026-02-01", 30)):
        desk.do("log_time", [ticket], minutes=60, on=on)
        assert TimeEntry.objects.latest("pk").cost == cost
    desk.books.do("service.log_time", ticket, minutes=1)
    assert TimeEntry.objects.latest("pk").cost == Decimal("0.4"), "the test has no rate of its own"
    with pytest.raises(InFuture):
        desk.do("log_time", [ticket], minutes=1, on=str(TODAY + timedelta(days=1)))
    for minutes in (0, 1441):
        with pytest.raises(NoMinutes):
            desk.do("log_time", [ticket], minutes=minutes)
    with pytest.raises(TakenBackTooMuch):
        desk.do("log_time", [ticket], minutes=-181)
    with pytest.raises(NoSuchReason):
        desk.do("give_reason", [ticket], reason="nothing")
    edit(ACTOR, RESOURCES["ticket-reasons"], {desk.reasons["bill"]: {"is_active": False}})
    with pytest.raises(NoSuchReason):
        desk.do("give_reason", [ticket], reason="bill")
    with pytest.raises(ReasonsCircle):
        edit(ACTOR, RESOURCES["ticket-reasons"], {desk.reasons["machine"]: {"parent": desk.reasons["grinder"]}})
    for work in (
        lambda: TimeEntry.objects.filter(ticket=ticket).update(minutes=1), lambda: TimeEntry.objects.filter(ticket=ticket).delete(),
        lambda: ReasonCode.objects.filter(pk=desk.reasons["machine"]).update(parent=desk.reasons["machine"]),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
            work()
    desk.books.assert_checks_hold()


def test_SV_09_no_ticket_is_solved_without_a_reason_where_there_are_any(desk):
    one, two = desk.tickets("a@x.example", "b@x.example")
    macro = create(ACTOR, RESOURCES["macros"], [{"company": desk.company.pk, "name": "Done", "becomes": "solved"}]).ids[0]
    desk.do("give_reason", [one], reason="bill")
    for verb, given in (("solve", {}), ("apply_macro", {"macro": macro})):
        with pytest.raises(ReasonMissing, match=f"{Ticket.objects.get(pk=two).number} is not solved: nobody has said why it came"):
            desk.do(verb, [one, two], **given)
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("t", "t"):
        Ticket.objects.filter(pk=two).update(state="solved", solved_at=timezone.now())
    assert isinstance(translated(refused.value), ReasonMissing)
    assert not Ticket.objects.filter(state="solved").exists() and not Survey.objects.exists()
    desk.do("solve", [one])
    for key in desk.reasons.values():
        edit(ACTOR, RESOURCES["ticket-reasons"], {key: {"is_active": False}})
    desk.do("solve", [two])
    assert Ticket.objects.filter(state="solved").count() == 2
    desk.books.assert_checks_hold()


def test_SV_09_a_link_answers_one_question_and_nothing_else(desk):
    first, second = desk.tickets("a@x.example", "b@x.example")
    desk.do("solve_with_reason", [first, second], reason="bill")
    token, _payload = link_to("a@x.example")
    survey = Survey.objects.get(ticket=first)
    assert token not in str(Survey.objects.filter(pk=survey.pk).values().get()), "the table does not know the link"
    assert len(token) >= 43, "256 bits"
    browser = Client()
    seen = browser.get(f"/s/{token}")
    assert seen.status_code == 200 and survey.ticket.number in seen.content.decode()
    assert Survey.objects.get(pk=survey.pk).answered_at is None, "mail programs look too"
    for strange in ("x", token[:-1], token + "x", survey.digest, token.swapcase(), "%00", "..%2f", "a" * 5000):
        assert browser.get(f"/s/{strange}").status_code in {404, 422}, strange
        with pytest.raises(LinkClosed):
            answer_by_link(strange, "5", "")
    assert browser.post(f"/s/{token}", {"score": "9"}).status_code == 422
    for score in ("", "0", "6", "5 ", "٥", "5\x00"):
        with pytest.raises(NoScore):
            answer_by_link(token, score, "")
    assert browser.post(f"/s/{token}", {"score": "2", "comment": "<b>Slow</b>"}).status_code == 302
    assert "&lt;b&gt;Slow" in browser.get(f"/s/{token}").content.decode()
    assert Client(enforce_csrf_checks=True).post(f"/s/{token}", {"score": "5"}).status_code == 403, "not from our page"
    answer_by_link(token, "3", "x" * 10_000)
    assert (Survey.objects.get(pk=survey.pk).score, len(Survey.objects.get(pk=survey.pk).comment)) == (3, 4000)
    assert Survey.objects.get(ticket=second).score is None
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
        Survey.objects.filter(pk=survey.pk).update(email="else@x.example")
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
        Survey.objects.filter(pk=survey.pk).delete()
    # A week later it stays, in the page as in the database.
    moved = Survey(
        company=desk.company, ticket_id=desk.tickets("c@x.example")[0], email="c@x.example", language="en", digest=digest_of("old"), score=5, changeable_days=7,
        asked_at=timezone.now() - timedelta(days=9), open_until=timezone.now() + timedelta(days=9), answered_at=timezone.now() - timedelta(days=8),
    )  # fmt: skip
    late = Survey(
        company=desk.company, ticket_id=desk.tickets("d@x.example")[0], email="d@x.example", language="en", digest=digest_of("late"), changeable_days=7,
        asked_at=timezone.now() - timedelta(days=40), open_until=timezone.now() - timedelta(days=9),
    )  # fmt: skip
    with unit_of_work("t", "t"):
        moved.save()
        late.save()
    for name in ("old", "late"):
        assert not view_by_link(name)["open"]
        with pytest.raises(LinkClosed):
            answer_by_link(name, "1", "")
    for row in (moved, late):
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("t", "t"):
            Survey.objects.filter(pk=row.pk).update(score=1, answered_at=timezone.now())
        assert isinstance(translated(refused.value), AnswerStays)


def test_SV_09_an_address_is_asked_once_in_its_rest_days(desk):
    edit(ACTOR, RESOURCES["survey-policies"], {RESOURCES["survey-policies"].model.objects.get().pk: {"rest_days": 14}})
    both = desk.tickets("a@x.example", "a@x.example", "b@x.example")
    desk.do("solve_with_reason", both, reason="bill")
    assert sorted(Survey.objects.values_list("email", flat=True)) == ["a@x.example", "b@x.example"]
    desk.do("solve_with_reason", desk.tickets("a@x.example"), reason="bill")
    assert Survey.objects.count() == 2


def test_SV_09_statements_do_not_grow(desk):
    counts = []
    for number in (1, 12):
        keys = desk.tickets(*(f"{number}.{n}@x.example" for n in range(number)))
        took = []
        for verb, words in (
            ("log_time", {"minutes": 5}),
            ("give_reason", {"reason": "bill"}),
            ("give_reason", {"reason": "grinder"}),
            ("solve_with_reason", {"reason": "bill", "minutes": 3}),
        ):
            with CaptureQueriesContext(connection) as statements:
                desk.do(verb, keys, **words)
            took.append(len(statements))
        counts.append(took)
    assert counts[0] == counts[1]
    assert TicketReason.objects.count() == 13
