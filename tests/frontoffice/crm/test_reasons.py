"""SA-09: who decides at the customer, who else offers, and why deals are won and lost."""

import random
import re
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.crm.actions import lose, move, reopen, say_why, win
from fondaco.frontoffice.crm.boarding import criteria_left_open
from fondaco.frontoffice.crm.models import CloseReason, ContactRole, DealCompetitor, DealContact, Opportunity, StageRole
from fondaco.frontoffice.crm.reasons import BY, why
from fondaco.frontoffice.crm.refusals import (
    CustomerCompetes,
    NotOfTheCustomer,
    ReasonInactive,
    ReasonInUse,
    ReasonOfOtherKind,
)
from fondaco.frontoffice.crm.resources import CloseReasonResource, OpportunityResource
from fondaco.interfaces.web.screens.why import deals_url
from fondaco.masterdata.parties.models import Relationship
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.refusals import NotAllowed, NotFound, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import edit
from tests.frontoffice.crm.test_crm import opportunity, person
from tests.frontoffice.crm.test_forecast import do

REFUSED = (DatabaseError, UserError)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def named(books, name, organisation=None):
    who = books.customer(name, kind="person")
    if organisation is not None:
        with unit_of_work("test", "test"):
            Relationship.objects.create(person=who, organisation=organisation)
    return who


def role(code):
    return ContactRole.objects.get(code=code)


def test_SA_09_who_decides_is_named_once_in_a_role_and_asked_for_by_the_stage(books):
    """Anna Rossi decides and uses; the stage asks who decides until she is named, on the page and when the card is carried on."""
    bar = books.customer()
    anna = named(books, "Anna Rossi", bar)
    d = opportunity(books, bar)
    with unit_of_work("test", "test"):
        StageRole.objects.create(stage=d.stage, role=role("DECISION"))
    assert [w.text for w in OpportunityResource.wrong(d.pk, books.actor)] == ["Stage Qualification asks who this is: Decision maker."]
    do(books, move, d, stage="Analysis")
    assert "Decision maker" in criteria_left_open(d.pk) and not OpportunityResource.wrong(d.pk, books.actor)
    do(books, move, d, stage="Qualification")
    lines = [
        {"person": anna.pk, "role": "DECISION", "attitude": "for_us", "influence": "high"},
        {"person": anna.pk, "role": "USER", "note": "Stands at the bar herself"},
    ]
    edit(books.actor, OpportunityResource, {d.pk: {"contacts": lines}})
    assert not OpportunityResource.wrong(d.pk, books.actor)
    assert list(DealContact.objects.filter(opportunity=d).values_list("role__code", "attitude", "influence").order_by("pk")) == [
        ("DECISION", "for_us", "high"),
        ("USER", "unknown", "unknown"),
    ]
    with pytest.raises(UserError):
        edit(books.actor, OpportunityResource, {d.pk: {"contacts": [lines[0], lines[0]]}})
    assert DealContact.objects.filter(opportunity=d).count() == 2
    books.assert_checks_hold()


def test_SA_09_a_stranger_is_no_contact_and_a_customer_no_competitor(books):
    """By the form as by the console; a deal does not go to another customer with the people of the first."""
    bar, other = books.customer(), books.customer("Bar Sport")
    anna, stranger = named(books, "Anna Rossi", bar), named(books, "Ugo Neri")
    d = opportunity(books, bar, contacts=[{"person": anna.pk, "role": "USER"}])
    with pytest.raises(NotOfTheCustomer) as refused:
        edit(books.actor, OpportunityResource, {d.pk: {"contacts": [{"person": stranger.pk, "role": "USER"}]}})
    assert "Ugo Neri" in refused.value.sentence() and "Bar Duomo" in refused.value.sentence()
    with pytest.raises(NotOfTheCustomer):
        edit(books.actor, OpportunityResource, {d.pk: {"party": other.pk}})
    with pytest.raises(CustomerCompetes):
        edit(books.actor, OpportunityResource, {d.pk: {"competitors": [{"competitor": bar.pk}]}})
    with pytest.raises(REFUSED), unit_of_work("test", "test"):
        DealContact.objects.create(opportunity=d, person=stranger, role=role("USER"))
    with pytest.raises(REFUSED), unit_of_work("test", "test"):
        Opportunity.objects.filter(pk=d.pk).update(close_reason=CloseReason.objects.get(code="PRICE"))
    assert list(DealContact.objects.values_list("person", flat=True)) == [anna.pk]
    do(books, lose, d, reason="Too dear", to=str(other.pk))
    with pytest.raises(REFUSED), unit_of_work("test", "test"):
        DealCompetitor.objects.filter(opportunity=d).delete()
    with pytest.raises(REFUSED), unit_of_work("test", "test"):
        Opportunity.objects.filter(pk=d.pk).update(lost_to=anna)
    assert Opportunity.objects.get(pk=d.pk).lost_to_id == other.pk


def test_SA_09_win_and_lose_ask_for_a_reason_that_fits(books):
    bar, rival = books.customer(), books.vendor("Macchine Nord")
    books.rate("USD", "0.9", "2026-01-01")
    won, lost = opportunity(books, bar, amount="100.00"), opportunity(books, bar, amount="200.00", currency="USD", on="2026-02-01")
    with pytest.raises(ReasonOfOtherKind):
        do(books, win, won, why="BUDGET")
    with pytest.raises(NotFound):
        do(books, win, won, why="NOSUCH")
    do(books, win, won)
    with pytest.raises(ReasonOfOtherKind):
        do(books, say_why, won, why="BUDGET")
    do(books, say_why, won, why="SERVICE")
    won.refresh_from_db()
    assert won.close_reason.code == "SERVICE"
    do(books, move, lost, stage="Proposal")
    do(books, lose, lost, reason="He gave 15% more", why=str(CloseReason.objects.get(code="PRICE").pk), to=rival.code, on=date(2026, 3, 1))
    lost.refresh_from_db()
    assert (lost.close_reason.code, lost.lost_to, lost.closed_from.name, lost.closed_amount) == (
        "PRICE",
        rival,
        "Proposal",
        Decimal("180.00"),
    )
    rival.refresh_from_db()
    assert rival.is_competitor and DealCompetitor.objects.get(opportunity=lost).competitor == rival
    with pytest.raises(ReasonInUse):
        edit(books.actor, CloseReasonResource, {lost.close_reason_id: {"counts_for": "won"}})
    edit(books.actor, CloseReasonResource, {lost.close_reason_id: {"is_active": False}})
    again = opportunity(books, bar)
    with pytest.raises(ReasonInactive):
        do(books, lose, again, reason="Price", why="PRICE")
    do(books, reopen, lost)
    lost.refresh_from_db()
    assert (lost.close_reason, lost.lost_to, lost.closed_from, lost.closed_amount) == (None, None, None, None)
    books.assert_checks_hold()


def test_SA_09_closing_one_and_closing_many_costs_the_same(books):
    bar, rival = books.customer(), books.vendor("Macchine Nord")
    counted = []
    for number in (1, 30):
        deals = [opportunity(books, bar, amount="10.00") for _n in range(number)]
        with CaptureQueriesContext(connection) as seen:
            do(books, lose, *deals, reason="Price", why="PRICE", to=rival.code)
        with CaptureQueriesContext(connection) as told:
            do(books, say_why, *deals, why="DELIVERY")
        with CaptureQueriesContext(connection) as back:
            do(books, reopen, *deals)
        counted.append((len(seen), len(told), len(back)))
    # The first of them makes the rival a competitor.
    assert counted[0][0] >= counted[1][0] and counted[0][1:] == counted[1][1:]


def closed(books, count=40):
    """Deals of every kind, closed on all sorts of days for all sorts of reasons, in two currencies, one of them without a rate at first."""
    chance = random.Random(9)
    bar = books.customer()
    rivals = [books.vendor(f"Rival {n}") for n in range(3)]
    sellers = [person(name, ("crm.*", "own"))[0] for name in ("anna", "bruno")]
    books.rate("USD", "0.87655", "2026-05-01")
    stage_names = ["Qualification", "Analysis", "Proposal", "Negotiation"]
    for n in range(count):
        opened = date(2026, 1, 1) + timedelta(days=chance.randrange(200))
        d = opportunity(
            books, bar, amount=str(chance.choice(["0.00", "999.99", "1000.00", "5000.01", "33333.33", "100000.00"])), on=str(opened),
            currency=chance.choice(["EUR", "EUR", "USD"]), salesperson=chance.choice(sellers).pk,
            competitors=[{"competitor": r.pk} for r in chance.sample(rivals, chance.randrange(3))],
        )  # fmt: skip
        if n % 4:
            do(books, move, d, stage=stage_names[n % 4])
        day = opened + timedelta(days=chance.randrange(100))
        reason = chance.choice(["PRICE", "DELIVERY", ""])
        if chance.random() < 0.4:
            do(books, win, d, on=day, why=reason)
        else:
            do(books, lose, d, reason="So it was", on=day, why=reason, to=chance.choice(["", rivals[0].code]))
    return sellers


def behind(books, url):
    """The deals that a door opens: number and sum of what they were worth."""
    path, _question, query = url.partition("?")
    resource = RESOURCES[path.strip("/")]
    filters = {k: v for k, v in parse_qsl(query) if k != "columns"}
    rows = page(resource, books.actor, Query(filters=filters, limit=200)).rows
    amounts = [r.get("closed_amount", r.get("opportunity__closed_amount")) for r in _with_amount(resource, rows)]
    return len(amounts), sum((a for a in amounts if a is not None), Decimal(0))


def _with_amount(resource, rows):
    if resource.key == "deal-competitors":
        return rows
    kept = dict(Opportunity.objects.filter(pk__in=[r["pk"] for r in rows]).values_list("pk", "closed_amount"))
    return [{"closed_amount": kept[r["pk"]]} for r in rows]


def test_SA_09_every_figure_is_the_list_behind_it(books):
    closed(books)
    first, last = date(2026, 2, 10), date(2026, 9, 20)
    for by in BY:
        total, found = why(books.actor, books.company, by, first=first, last=last)
        assert total.won and total.lost and total.without_rate
        if by != "competitor":
            assert sum(r.won for r in found.values()) == total.won and sum(r.lost_amount for r in found.values()) == total.lost_amount
        for key, row in found.items():
            assert behind(books, deals_url(by, key, first, last, "won")) == (row.won, row.won_amount), (by, key)
            assert behind(books, deals_url(by, key, first, last, "lost")) == (row.lost, row.lost_amount), (by, key)
            assert behind(books, deals_url(by, key, first, last)) == (row.won + row.lost, row.won_amount + row.lost_amount), (by, key)
    books.assert_checks_hold()


def test_SA_09_each_sees_his_own_deals_in_at_most_two_statements(books):
    sellers = closed(books, 24)
    _user, own = person("carla", ("parties.*", "company"))
    with pytest.raises(NotAllowed):
        why(own, books.company, "reason", first=FIRST, last=LAST)
    mine = books.actor.__class__("anna", user_id=sellers[0].pk, patterns=(("crm.*", None, "own"),), team_ids=frozenset({sellers[0].pk}))
    with CaptureQueriesContext(connection) as seen:
        total, _found = why(mine, books.company, "competitor", first=FIRST, last=LAST)
    assert len(seen) <= 2
    assert total.won + total.lost == Opportunity.objects.filter(salesperson=sellers[0]).count()


def test_SA_09_the_screen_of_reasons_in_italian(books):
    with unit_of_work("test", "test"):
        user = User.objects.create(username="roberta", name="Roberta Galli", password=make_password("roberta"), language="it")
        granted = Role.objects.create(key="manager", name="Manager")
        RolePermission.objects.bulk_create(
            [RolePermission(role=granted, pattern=p, scope="company") for p in ("crm.*", "parties.*", "companies.*", "access.view_user")]
        )
        Membership.objects.create(user=user, role=granted)
    client = Client()
    client.post("/-/sign-in", {"username": "roberta", "password": "roberta"})
    today = timezone.localdate()
    bar, rival = books.customer(), books.vendor("Macchine Nord")
    d = opportunity(books, bar, amount="1200.00", on=str(today - timedelta(days=9)))
    sheet = client.get(f"/opportunities/sheet/lose?ids={d.pk}").content.decode()
    assert "/close-reasons/pick?active=1&amp;counts_for__in=lost%2Cboth" in sheet and "Persa a favore di" in sheet
    given = {
        "ids": d.pk,
        "reason": "Prezzo più basso",
        "p-why": CloseReason.objects.get(code="PRICE").pk,
        "p-to": rival.pk,
        "p-on": str(today),
    }
    assert client.post("/opportunities/do/lose", given).status_code == 302
    found = client.get("/sell/why")
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.content.decode()))
    for words in ("Perché vinciamo e perdiamo", "Prezzo", "1.200,00", "Giorni per perdere"):
        assert words in shown, (words, shown)
    (door,) = set(re.findall(r'href="(/opportunities\?state__in[^"]*close_reason=[^"]*)"', found.content.decode()))
    assert "1.200,00" in client.get(door.replace("&amp;", "&")).content.decode()
    assert "Macchine Nord" in client.get("/sell/why?by=competitor").content.decode()
    for nonsense in ("?by=x", "?from=x&to=9", "?by=month", "?by=worth", "?by=stage", "?by=source", "?by=salesperson"):
        assert client.get(f"/sell/why{nonsense}").status_code == 200
    page_of_deal = client.get(f"/opportunities/{d.pk}").content.decode()
    assert "Macchine Nord" in page_of_deal and "Concorrenti" in page_of_deal
