"""SV-03: tickets go where the policy says, by value, overdue state, language, skill, presence and load; each decision is kept and comes out the same again."""

import threading
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.routing import asking
from fondaco.frontoffice.routing.asking import replay
from fondaco.frontoffice.routing.deciding import decide
from fondaco.frontoffice.routing.models import Agent, AgentBeat, RoutingDecision, RoutingPolicy, RoutingRule, Waiting
from fondaco.frontoffice.routing.offering import heard, offer
from fondaco.frontoffice.routing.refusals import NoRules, NotYours, PolicyInForce
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.opening import Opening, open_tickets
from fondaco.frontoffice.sla.refusals import CalendarIdle
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.jobs.working import KINDS
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.calendars import calendar

TODAY = timezone.localdate()


class Desk:
    """Nina and Walter answer; Walter knows machines and speaks no Italian. Whoever owes goes to accounts, the dearest first to Nina."""

    def __init__(self, books):
        self.books = books
        with unit_of_work("t", "t"):
            self.users = {name: User.objects.create(username=name, name=name.title()) for name in ("nina", "walter")}
        given = [
            {"company": books.company.pk, "user": self.users["nina"].pk, "capacity": 2, "skills": [{"skill": "accounts", "level": 4}]},
            {"company": books.company.pk, "user": self.users["walter"].pk, "capacity": 2, "speaks_italian": False, "skills": [{"skill": "machines", "level": 5}]},
        ]  # fmt: skip
        self.agents = create(ACTOR, RESOURCES["agents"], given).ids
        books.do("routing.be_available", self.agents)
        self.level = create(ACTOR, RESOURCES["service-levels"], [{"company": books.company.pk, "code": "gold", "name": "Gold", "rank": 1, "basis": "year", "from_amount": "5000"}]).ids[0]  # fmt: skip

    def policy(self, *rules, activate=True, **values):
        rules = rules or (
            {"name": "Owes us", "overdue_from": "1000", "to_queue": "accounts", "skill": "accounts", "skill_level": 3},
            {"name": "Gold", "level": self.level, "priority": "urgent"},
            {"name": "Machines", "queue": "machines", "skill": "machines"},
        )
        (key,) = create(
            ACTOR, RESOURCES["routing-policies"], [{"company": self.books.company.pk, "name": "Service", "rules": list(rules), **values}]
        ).ids
        if activate:
            self.books.do("routing.activate", key)
        return key

    def ticket(self, party=None, **values):
        given = {"company": self.books.company.pk, "subject": "Help", "party": party.pk if party else None, **values}
        return Ticket.objects.get(pk=open_tickets(ACTOR, [Opening(given, "Please help")]).ids[0])

    def as_(self, name):
        return Actor(name, user_id=self.users[name].pk, patterns=(("service.*", None, "company"), ("routing.*", None, "own")), team_ids=frozenset({self.users[name].pk}))  # fmt: skip


@pytest.fixture
def desk(books):
    return Desk(books)


def last(ticket):
    return RoutingDecision.objects.filter(ticket=ticket).order_by("-pk").first()


def test_SV_03_a_payment_between_two_calls_changes_the_second(desk):
    books = desk.books
    desk.policy()
    customer = books.customer(language="it")
    invoice = books.invoice(customer, [{"quantity": "1", "unit_price": "6000"}], str(TODAY - timedelta(days=40)))
    assert books.item(invoice).due_on < TODAY
    first = desk.ticket(customer, channel="phone")
    decision = last(first)
    assert (first.queue, first.assignee.username, decision.rule.name) == ("accounts", "nina", "Owes us")
    assert decision.inputs["overdue"] == f"{invoice.gross:.4f}"
    books.pay(customer, str(invoice.gross), str(TODAY), {books.item(invoice).pk: str(invoice.gross)})
    second = desk.ticket(customer, channel="phone")
    after = last(second)
    assert (second.queue, second.priority, after.rule.name) == ("", "urgent", "Gold")
    assert [(RoutingRule.objects.get(pk=r).name, fits, misses) for r, fits, misses in after.reasons[0]] == [
        ("Owes us", False, [["overdue_from", "1000.0000", "0"]]), ("Gold", True, []),
    ]  # fmt: skip
    # Asked again, each comes out as it was, whatever happened since.
    books.do("routing.be_offline", desk.agents)
    desk.policy({"name": "All to the machines", "to_queue": "machines"})
    for kept in (decision, after):
        again = replay(RoutingDecision.objects.get(pk=kept.pk))
        assert (again.rule, again.agent, again.queue, again.priority, again.as_json()) == (
            kept.rule_id,
            kept.agent_id,
            kept.queue,
            kept.priority,
            kept.reasons,
        )
    books.assert_checks_hold()


def test_SV_03_language_skill_presence_and_load_say_who_gets_it(desk):
    desk.policy()
    english, italian = desk.books.customer("Bar Uno", language="en"), desk.books.customer("Bar Due", language="it")
    machines = [desk.ticket(english, queue="machines") for _n in range(3)]
    assert [t.assignee and t.assignee.username for t in machines] == ["walter", "walter", None], "who is full gets no more"
    assert last(machines[2]).reasons[1] == [[desk.agents[0], "skill"], [desk.agents[1], "full"]]
    assert desk.ticket(italian).assignee.username == "nina"
    perform(desk.as_("nina"), ACTIONS["routing.be_away"], [desk.agents[0]])
    nobody = desk.ticket(italian)
    assert (nobody.assignee, last(nobody).reasons[1][0]) == (None, [desk.agents[0], "away"])
    books_nina = desk.as_("nina")
    perform(books_nina, ACTIONS["routing.be_available"], [desk.agents[0]])
    nobody.refresh_from_db()
    assert nobody.assignee.username == "nina", "what waits is offered to whoever arrives"
    desk.books.do("service.reroute", nobody.pk)
    nobody.refresh_from_db()
    assert nobody.assignee.username == "nina", "a ticket does not stand in its own way"
    with pytest.raises(NotYours):
        perform(desk.as_("walter"), ACTIONS["service.accept"], [nobody.pk])
    perform(books_nina, ACTIONS["service.decline"], [nobody.pk], reason="Not mine")
    nobody.refresh_from_db()
    assert (nobody.state, nobody.assignee) == ("new", None), "Walter speaks no Italian"
    mine = Ticket.objects.get(assignee=desk.users["nina"])
    perform(books_nina, ACTIONS["service.accept"], [mine.pk])
    mine.refresh_from_db()
    assert mine.state == "open"
    desk.books.assert_checks_hold()


def ago(model, **seconds):
    """Put a moment of rows so many seconds back, as if that time had gone by."""
    with unit_of_work("t", "t"):
        for field, n in seconds.items():
            model.objects.exclude(**{f"{field}__isnull": True}).update(**{field: F(field) - timedelta(seconds=n)})


def test_SV_03_contract_hours_and_topic_are_conditions(desk, monkeypatch):
    books = desk.books
    bound, free = books.customer("Hotel Sole", language="en"), books.customer("Bar Luna", language="en")
    with unit_of_work("t", "t"):
        insert_rows(Contract, [Contract(company=books.company, customer=bound, currency=books.company.currency, state="active", number="SUB/1", starts_on=TODAY - timedelta(days=9))])  # fmt: skip
    monday = timezone.now() - timedelta(days=timezone.now().weekday())
    hours = calendar(books, (0, "08:00", "12:00"), (0, "13:00", "17:00"))
    desk.policy(
        {"name": "Night", "hours": "closed", "to_queue": "night"}, {"name": "Broken", "topic": "broken, error", "contract": "yes", "to_queue": "machines"},
        {"name": "Contract", "contract": "yes", "to_queue": "contracts"}, {"name": "Without", "contract": "no", "to_queue": "shop"}, calendar=hours,
    )  # fmt: skip
    zone = ZoneInfo(books.company.time_zone)
    for clock, party, subject, queue in (
        ("07:59", free, "Help", "night"), ("08:00", free, "Broken grinder", "shop"), ("12:30", bound, "Help", "night"), ("13:00", bound, "My grinder is BROKEN", "machines"),
        ("16:59", bound, "Invoice", "contracts"), ("17:00", bound, "Invoice", "night"),
    ):  # fmt: skip
        hour, minute = map(int, clock.split(":"))
        moment = monday.astimezone(zone).replace(hour=hour, minute=minute, second=0)
        monkeypatch.setattr(asking.timezone, "now", lambda moment=moment: moment)
        ticket = desk.ticket(party, subject=subject)
        assert ticket.queue == queue, (clock, subject, last(ticket).reasons)
        again = replay(last(ticket))
        assert (again.queue, again.as_json()) == (queue, last(ticket).reasons)
    monkeypatch.undo()
    with pytest.raises(CalendarIdle):
        desk.policy(calendar=calendar(books, (1, "08:00", "12:00"), active=False))
    books.assert_checks_hold()


def test_SV_03_what_waits_is_passed_on_and_offered_again(desk):
    """The rule wants a machinist. He is full: after a minute anybody may take it, from the queue it is passed on to; what then waits goes to who is free again."""
    desk.policy(
        {"name": "Machines", "queue": "machines", "skill": "machines", "skill_level": 5, "overflow_after": 60, "overflow_queue": "anybody"}
    )
    english = desk.books.customer("Bar Uno", language="en")
    given = [desk.ticket(english, queue="machines") for _n in range(4)]
    assert [t.assignee and t.assignee.username for t in given] == ["walter", "walter", None, None]
    walter, nina = desk.users["walter"], desk.users["nina"]
    count = RoutingDecision.objects.count()
    assert heard(nina.pk)
    assert RoutingDecision.objects.count() == count, "nothing is to be passed on yet"
    ago(Waiting, since=61, overflow_at=61)
    assert heard(nina.pk)
    passed = Ticket.objects.filter(queue="anybody").order_by("pk")
    assert [t.assignee_id for t in passed] == [nina.pk, nina.pk]
    assert not Waiting.objects.exists()
    decision = last(passed[0])
    assert (decision.inputs["queue"], decision.inputs["waited"] >= 60, decision.rule.name) == ("machines", True, "Machines")
    more = desk.ticket(english, queue="machines")
    assert more.assignee is None
    count = RoutingDecision.objects.count()
    perform(desk.as_("walter"), ACTIONS["service.accept"], [given[0].pk])
    desk.books.do("service.solve", given[0].pk)
    more.refresh_from_db()
    assert (more.assignee_id, RoutingDecision.objects.count()) == (walter.pk, count + 1), "who has solved one has room for another"
    for kept in RoutingDecision.objects.all():
        again = replay(kept)
        assert (again.rule, again.agent, again.queue, again.priority, again.as_json()) == (kept.rule_id, kept.agent_id, kept.queue, kept.priority, kept.reasons)  # fmt: skip
    desk.books.assert_checks_hold()


def test_SV_03_whose_browser_is_gone_is_offline(desk):
    desk.policy({"name": "All"})
    ago(AgentBeat, at=200)
    waiting = desk.ticket()
    assert {why for _agent, why in last(waiting).reasons[1]} == {"offline"}
    assert heard(desk.users["walter"].pk)
    with unit_of_work("t", "t"):
        KINDS["routing.offer"].work(ACTOR, lambda *_a, **_k: None, on=f"{TODAY}")
    waiting.refresh_from_db()
    assert waiting.assignee == desk.users["walter"]
    assert {a.user.username: a.presence for a in Agent.objects.select_related("user")} == {"nina": "offline", "walter": "available"}


def test_SV_03_a_policy_in_force_never_changes(desk):
    with pytest.raises(NoRules):
        (bare,) = create(ACTOR, RESOURCES["routing-policies"], [{"company": desk.books.company.pk, "name": "Empty"}]).ids
        desk.books.do("routing.activate", bare)
    key = desk.policy()
    ticket = desk.ticket()
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("t", "t"):
        RoutingPolicy.objects.filter(pk=key).update(name="Changed")
    assert isinstance(translated(refused.value), PolicyInForce)
    for work in (
        lambda: RoutingRule.objects.filter(policy=key).update(to_queue="x"), lambda: RoutingRule.objects.filter(policy=key).delete(),
        lambda: RoutingPolicy.objects.filter(pk=key).update(name="x"), lambda: RoutingPolicy.objects.filter(pk=key).update(state="draft"),
        lambda: RoutingRule.objects.create(policy_id=key, name="More"), lambda: RoutingDecision.objects.filter(ticket=ticket).update(queue="x"),
        lambda: RoutingDecision.objects.filter(ticket=ticket).delete(),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
            work()
    second = desk.policy({"name": "Other", "to_queue": "x"})
    assert list(RoutingPolicy.objects.filter(state__in=("active", "retired")).order_by("pk").values_list("pk", "state")) == [
        (key, "retired"),
        (second, "active"),
    ]
    other = desk.ticket()
    assert other.queue == "x", (last(other).policy_id, last(other).reasons, second)
    draft = desk.policy({"name": "Later", "to_queue": "y"}, activate=False)
    edit(ACTOR, RESOURCES["routing-policies"], {draft: {"name": "Even later"}})


@pytest.mark.parametrize("capacity", [0, 100])
def test_SV_03_statements_do_not_grow(desk, capacity):
    desk.policy({"name": "All", "to_queue": "all", "overflow_after": 60})
    with unit_of_work("t", "t"):
        Agent.objects.update(capacity=capacity)
    customers = [desk.books.customer(f"Bar {n}", language="en") for n in range(12)]
    counts, verbs = [], []
    for some in (customers[:1], customers):
        openings = [Opening({"company": desk.books.company.pk, "subject": "Help", "party": c.pk}, "Help") for c in some]
        with CaptureQueriesContext(connection) as statements:
            keys = open_tickets(ACTOR, openings).ids
        counts.append(len(statements))
        with unit_of_work("t", "t"):
            Ticket.objects.filter(pk__in=keys).update(assignee=desk.users["nina"])
        took = []
        for verb in ("decline", "reroute"):
            with unit_of_work("t", "t"):
                Ticket.objects.filter(pk__in=keys).update(assignee=desk.users["nina"])
            with CaptureQueriesContext(connection) as statements:
                perform(desk.as_("nina"), ACTIONS[f"service.{verb}"], keys, reason="Counted")
            took.append(len(statements))
        with unit_of_work("t", "t"):
            Ticket.objects.filter(pk__in=keys).update(assignee=desk.users["nina"])
        with CaptureQueriesContext(connection) as statements:
            perform(desk.as_("nina"), ACTIONS["service.accept"], keys)
        verbs.append([*took, len(statements)])
    assert counts[0] == counts[1]
    assert verbs[0] == verbs[1]
    offered = []
    for some in (1, 12):
        keys = list(Ticket.objects.order_by("pk").values_list("pk", flat=True)[:some])
        with unit_of_work("t", "t"):
            Waiting.objects.all().delete()
            Ticket.objects.filter(pk__in=keys).update(assignee=None, state="new")
            Waiting.objects.bulk_create([Waiting(ticket_id=k, company=desk.books.company) for k in keys])
        with CaptureQueriesContext(connection) as statements, unit_of_work("t", "t"):
            assert len(offer([desk.books.company.pk])) == (some if capacity else 0)
        offered.append(len(statements))
    assert offered[0] == offered[1]
    presence = []
    for some in (desk.agents[:1], desk.agents):
        took = []
        for verb in ("be_offline", "be_away", "be_available"):
            with CaptureQueriesContext(connection) as statements:
                desk.books.do(f"routing.{verb}", some)
            took.append(len(statements))
        presence.append(took)
    assert presence[0] == presence[1]
    other = open_books(code="OTHER")
    drafts = [desk.policy({"name": "One", "to_queue": "x"}, activate=False) for _n in range(2)]
    given = [{"company": other.company.pk, "name": "There", "rules": [{"name": "Two", "to_queue": "y"}]} for _n in range(2)]
    there = create(ACTOR, RESOURCES["routing-policies"], given).ids
    desk.books.do("routing.activate", [drafts[0], there[0]])  # series exist
    activated = []
    for some in (drafts[1:], there[1:]):
        with CaptureQueriesContext(connection) as statements:
            desk.books.do("routing.activate", some)
        activated.append(len(statements))
    assert activated[0] == activated[1] <= 25


def test_SV_03_two_at_once_do_not_overload_an_agent(live_database):
    desk = Desk(open_books(code="LIVE"))
    desk.policy({"name": "Machines", "skill": "machines"})
    begin, failed = threading.Barrier(4), []

    def call():
        try:
            begin.wait()
            desk.ticket()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed
    assert Ticket.objects.filter(company=desk.books.company, assignee=desk.users["walter"]).count() == 2, "his capacity, and not one more"
    assert Agent.objects.get(pk=desk.agents[1]).capacity == 2


def test_SV_03_the_decision_is_pure():
    agents = [
        {"id": n, "user": n, "presence": "available", "capacity": 4, "load": load, "skills": {}, "languages": ["en"]}
        for n, load in ((1, 3), (2, 1))
    ]
    inputs = {"channel": "phone", "queue": "", "priority": "normal", "language": "en", "level": None, "value": "100", "potential": None, "overdue": "0",
              "open_tickets": 0, "salesperson": 1, "last_agent": None}  # fmt: skip
    rule = {"id": 9, "channel": "phone", "queue": "", "language": "", "level": None, "value_from": "100.0000", "potential_from": None, "overdue_from": None,
            "open_tickets_from": None, "to_queue": "", "skill": "", "skill_level": 1, "prefers": "", "priority": ""}  # fmt: skip
    assert (decide(inputs, [rule], agents).rule, decide(inputs, [rule], agents).agent) == (9, 2)
    assert decide(inputs, [rule | {"prefers": "salesperson"}], agents).agent == 1
    assert decide(inputs | {"value": "99.99"}, [rule], agents).rule is None
    assert decide(inputs, [rule | {"potential_from": str(Decimal(0))}], agents).rule is None, "nothing known reaches no amount"
