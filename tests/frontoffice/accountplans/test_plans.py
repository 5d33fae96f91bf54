"""SA-09: an account plan from its first line to what came of it, its goals against the books, and what the customer could still buy."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.accountplans.actions import activate, close, plan_action, reach
from fondaco.frontoffice.accountplans.models import AccountPlan, PlanAction, PlanContact, PlanObjective, PlanReview, PlanRisk
from fondaco.frontoffice.accountplans.queries import customers_of, plans_of, progress, white_space
from fondaco.frontoffice.accountplans.refusals import CompanyTwice, NotOfThePlan, PlanNotActive, PlanThere, ReachedAlready
from fondaco.frontoffice.accountplans.resources import AccountPlanResource
from fondaco.frontoffice.crm.actions import complete
from fondaco.frontoffice.crm.models import Activity
from fondaco.masterdata.catalog.models import Category
from fondaco.masterdata.parties.actions import merge
from fondaco.masterdata.parties.resources import CustomerGroupResource
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import NotEditable, ReasonMissing
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.crm.test_crm import person
from tests.frontoffice.crm.test_reasons import REFUSED, named
from tests.frontoffice.sales.shop import Shop

YEAR = {"first_on": "2026-01-01", "last_on": "2026-12-31"}


def plan(books, customer, owner, **values):
    given = {
        "company": books.company.pk, "party": customer.pk, "name": "Grow with Bar Duomo", "owner": owner.pk, "revenue_goal": "10000.00", "margin_goal": "4000.00",
        **YEAR, **values,
    }  # fmt: skip
    (key,) = create(ACTOR, AccountPlanResource, [given]).ids
    return AccountPlan.objects.get(pk=key)


def do(verb, *rows, reason="", **given):
    return perform(ACTOR, verb, [r.pk for r in rows], given, reason=reason)


@pytest.fixture
def anna(books):
    return person("anna", ("accountplans.*", "own"), ("invoicing.*", "own"), ("crm.*", "own"), ("parties.*", "company"))


def test_SA_09_a_plan_from_draft_to_what_came_of_it(books, anna):
    """Reviews become activities of the owner, actions carry objectives, a review that is moved moves its activity; closed, nothing changes."""
    owner, _actor = anna
    bar = books.customer()
    chef = named(books, "Carla Bianchi", bar)
    p = plan(
        books, bar, owner,
        objectives=[{"title": "All machines from us", "measure": "Six of six", "due_on": "2026-10-01"}],
        contacts=[{"person": chef.pk, "role": "DECISION", "attitude": "for_us", "influence": "high", "known_by": owner.pk}],
        risks=[{"risk": "Somebody buys the bar", "likelihood": "low", "impact": "high", "answer": "Know the heirs"}],
        reviews=[{"on": "2026-04-01"}, {"on": "2026-09-01"}],
    )  # fmt: skip
    assert p.number == "PLAN/2026/00001" and not Activity.objects.exists()
    objective = PlanObjective.objects.get(plan=p)
    with pytest.raises(PlanNotActive):
        do(plan_action, objective, subject="Count the machines")
    do(activate, p)
    first, second = PlanReview.objects.filter(plan=p).order_by("on").select_related("activity")
    assert (first.activity.assignee, first.activity.party, f"{first.activity.due_at:%Y-%m-%d %H:%M}") == (owner, bar, "2026-04-01 07:00")
    do(complete, first.activity)
    edit(
        ACTOR,
        AccountPlanResource,
        {p.pk: {"reviews": [{"id": first.pk, "on": "2026-04-09"}, {"id": second.pk, "on": "2026-09-08"}, {"on": "2026-12-01"}]}},
    )
    days = [f"{a.due_at:%m-%d}" for a in Activity.objects.order_by("due_at")]
    assert days == ["04-01", "09-08", "12-01"], "what is done stays where it was"
    do(plan_action, objective, subject="Count the machines", kind="visit", due_on=date(2026, 5, 4))
    action = PlanAction.objects.select_related("activity").get(objective=objective)
    assert (action.activity.kind, action.activity.assignee, action.activity.party) == ("visit", owner, bar)
    do(reach, objective, on=date(2026, 8, 1))
    with pytest.raises(ReachedAlready):
        do(reach, objective)
    with pytest.raises(PlanThere):
        do(activate, plan(books, bar, owner, first_on="2026-12-31", last_on="2027-12-31"))
    with pytest.raises(ReasonMissing):
        do(close, p)
    do(close, p, reason="Five of six machines; the sixth is leased until 2028")
    p.refresh_from_db()
    assert (p.state, p.outcome[:4]) == ("closed", "Five")
    with pytest.raises(NotEditable):
        edit(ACTOR, AccountPlanResource, {p.pk: {"name": "Other"}})
    books.assert_checks_hold()


def test_SA_09_nobody_gets_round_the_laws_of_plans(books, anna):
    owner, _actor = anna
    bar, other = books.customer(), books.customer("Bar Sport")
    stranger = named(books, "Ugo Neri", other)
    with pytest.raises(NotOfThePlan):
        plan(books, bar, owner, contacts=[{"person": stranger.pk, "role": "USER"}])
    with pytest.raises(CompanyTwice):
        plan(books, bar, owner, companies=[{"party": bar.pk}])
    for wrong in (
        {"revenue_goal": "0"},
        {"margin_goal": "-1"},
        {"last_on": "2025-12-31"},
        {"reviews": [{"on": "2026-04-01"}, {"on": "2026-04-01"}]},
    ):
        with pytest.raises(UserError):
            plan(books, bar, owner, **wrong)
    assert not AccountPlan.objects.exists()
    grouped = plan(
        books,
        bar,
        owner,
        companies=[{"party": other.pk}],
        contacts=[{"person": stranger.pk, "role": "USER"}],
        objectives=[{"title": "More"}],
    )
    with pytest.raises(NotOfThePlan):
        edit(ACTOR, AccountPlanResource, {grouped.pk: {"companies": []}})
    do(activate, grouped)
    with unit_of_work("t", "t"):
        foreign = Activity.objects.create(company=books.company, party=books.customer("Bar Nord"), subject="x")
    with pytest.raises(REFUSED), unit_of_work("t", "t"):
        PlanAction.objects.create(objective=grouped.objectives.get(), activity=foreign)
    do(close, grouped, reason="Given up")
    for wrong in (
        lambda: AccountPlan.objects.filter(pk=grouped.pk).update(revenue_goal=1),
        lambda: AccountPlan.objects.filter(pk=grouped.pk).update(state="active"),
        lambda: PlanObjective.objects.filter(plan=grouped).update(title="Less"),
        lambda: PlanContact.objects.filter(plan=grouped).delete(),
        lambda: PlanRisk.objects.create(plan=grouped, risk="Late"),
        lambda: PlanReview.objects.create(plan=grouped, on=date(2026, 5, 5)),
    ):
        with pytest.raises(REFUSED), unit_of_work("t", "t"):
            wrong()
    grouped.refresh_from_db()
    assert (grouped.state, grouped.revenue_goal, PlanContact.objects.count()) == ("closed", 10000, 1)


def test_SA_09_goals_stand_against_what_the_books_say(books, anna):
    """Two companies of a group and one merged into it: what was invoiced in the days of the plan, less credit notes and cost, at the posted rates."""
    owner, actor = anna
    shop = Shop(books)
    bar, second, old = shop.customer, books.customer("Bar Sport"), books.customer("Bar Duomo alt")
    books.rate("USD", "0.9", "2026-01-01")
    books.invoice(bar, [{"quantity": "1", "unit_price": "999.00"}], "2025-12-31")
    books.invoice(bar, [{"quantity": "2", "unit_price": "500.00"}], "2026-01-10", salesperson=owner.pk)
    books.invoice(second, [{"quantity": "1", "unit_price": "100.00"}], "2026-02-10", currency="USD")
    books.invoice(old, [{"quantity": "1", "unit_price": "50.00"}], "2026-02-11")
    books.invoice(bar, [{"quantity": "1", "unit_price": "30.00"}], "2026-03-01", kind="credit_note")
    gone = books.invoice(bar, [{"quantity": "1", "unit_price": "70.00"}], "2026-03-02")
    books.do("invoicing.reverse", gone.pk, reason="Wrong customer", on=date(2026, 3, 3))
    books.invoice(bar, [{"quantity": "1", "unit_price": "77.00"}], "2026-03-03", post=False)
    perform(ACTOR, merge, [old.pk], {"into": bar.pk})
    shop.receive(shop.machine, "2", "400.00")
    order = shop.order((shop.machine, "1"))
    shop.did("deliver", order, on=date(2026, 2, 4))
    p = plan(books, bar, owner, companies=[{"party": second.pk}])
    found = progress(ACTOR, books.company, p, customers_of(p), today=date(2026, 7, 2))
    # 1000 + 90 + 50 - 30 invoiced; a machine that cost 400 was delivered.
    assert (found.revenue, found.margin) == (Decimal("1110.00"), Decimal("710.00"))
    assert [m.revenue for m in found.months] == [Decimal("1000.00"), Decimal("140.00"), Decimal("-30.00")]
    assert found.elapsed == Decimal(183) / 365
    own = progress(actor, books.company, p, customers_of(p), today=date(2026, 7, 2))
    assert (own.revenue, own.margin) == (Decimal("1000.00"), None), "his own invoices, and no costs"
    assert [x.revenue for x in plans_of(ACTOR, books.company, second.pk)] == [found.revenue]
    assert [x.revenue for x in plans_of(actor, books.company, bar.pk)] == [own.revenue]
    _user, nobody = person("carla", ("accountplans.*", "company"))
    assert [x.revenue for x in plans_of(nobody, books.company, bar.pk)] == [None]
    assert progress(nobody, books.company, p, customers_of(p), today=date(2026, 7, 2)) is None
    with CaptureQueriesContext(connection) as seen:
        progress(ACTOR, books.company, p, customers_of(p), today=date(2026, 7, 2))
    assert len(seen) == 2
    books.assert_checks_hold()


def test_SA_09_white_space_is_what_those_like_him_buy(books, anna):
    """Of three bars of a group two buy cups, one grinders; he buys machines alone. A restaurant of another group counts for nothing."""
    _owner, actor = anna
    shop = Shop(books)
    with unit_of_work("t", "t"):
        machines, cups, grinders, wine = (
            Category.objects.create(code=c, name=c.title(), name_it=f"{c} it") for c in ("machines", "cups", "grinders", "wine")
        )
        shop.machine.category, shop.cup.category = machines, cups
        shop.machine.save()
        shop.cup.save()
    mill = shop.product("MILL", "Grinder", "300.00", category=grinders)
    bottle = shop.product("WINE", "Bottle", "9.00", category=wine)
    bars = [shop.customer, *(books.customer(f"Bar {n}") for n in (2, 3, 4))]
    inn = books.customer("Locanda")
    create(ACTOR, CustomerGroupResource, [{"code": "BAR", "name": "Bars", "members": [{"party": b.pk} for b in bars]}])

    def sold(customer, product, quantity, price, on="2026-03-01", **values):
        books.invoice(customer, [{"product": product.pk, "quantity": quantity, "unit_price": price}], on, **values)

    books.rate("USD", "0.5", "2026-01-01")
    sold(bars[0], shop.machine, "1", "1000.00")
    sold(bars[1], shop.cup, "100", "2.00")
    sold(bars[2], shop.cup, "100", "2.00", currency="USD")
    sold(bars[2], mill, "1", "300.00")
    sold(bars[3], mill, "1", "300.00")
    sold(bars[3], mill, "1", "300.00", kind="credit_note")
    sold(inn, bottle, "10", "9.00")
    found = white_space(ACTOR, books.company, [bars[0].pk], first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert [(s.name, s.bought, s.buyers, s.similar, s.mean, s.is_white) for s in found] == [
        ("Cups", 0, 2, 3, Decimal("150.00"), True),
        ("Grinders", 0, 1, 3, Decimal("300.00"), True),
        ("Machines", Decimal("1000.00"), 0, 3, 0, False),
    ]
    assert white_space(actor, books.company, [bars[0].pk], first=date(2026, 1, 1), last=date(2026, 12, 31)) == [], (
        "none of these invoices is his"
    )
    lonely = white_space(ACTOR, books.company, [inn.pk], first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert lonely[0].similar == 4 and lonely[0].name == "Cups", "without a group: those of his country"
    with CaptureQueriesContext(connection) as seen:
        white_space(ACTOR, books.company, [bars[0].pk], first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert len(seen) == 1


def test_SA_09_one_plan_and_twelve_cost_the_same(books, anna):
    owner, _actor = anna
    counted = []
    for number in (1, 12):
        plans = [
            plan(
                books,
                books.customer(f"Bar {number} {n}"),
                owner,
                objectives=[{"title": "More"}],
                reviews=[{"on": "2026-06-01"}, {"on": "2026-08-01"}],
            )
            for n in range(number)
        ]
        objectives = list(PlanObjective.objects.filter(plan__in=plans))
        steps = []
        for verb, rows, given, reason in (
            (activate, plans, {}, ""),
            (plan_action, objectives, {"subject": "Call", "due_on": date(2026, 5, 5)}, ""),
            (reach, objectives, {}, ""),
            (close, plans, {}, "Done"),
        ):
            with CaptureQueriesContext(connection) as seen:
                do(verb, *rows, reason=reason, **given)
            steps.append(len(seen))
        counted.append(steps)
    assert counted[0] == counted[1]


def test_SA_09_the_plan_on_one_page_in_italian_and_to_whom_it_is_shown(books, anna):
    owner, _actor = anna
    today = timezone.localdate()
    with unit_of_work("test", "test"):
        User.objects.filter(pk=owner.pk).update(password=make_password("anna"), language="it")
        other = User.objects.create(username="luca", name="Luca", password=make_password("luca"), language="en")
        role = Role.objects.create(key="seller", name="Seller")
        patterns = ("accountplans.*", "invoicing.view_invoice", "crm.*", "access.view_user")
        RolePermission.objects.bulk_create(
            [RolePermission(role=role, pattern=p, scope="own") for p in patterns]
            + [RolePermission(role=role, pattern=p, scope="company") for p in ("parties.*", "companies.*")]
        )
        Membership.objects.bulk_create([Membership(user=u, role=role) for u in (owner, other)])
    bar = books.customer(salesperson=owner)
    chef = named(books, "Carla Bianchi", bar)
    books.invoice(bar, [{"quantity": "1", "unit_price": "2500.00"}], str(today - timedelta(days=3)), salesperson=owner.pk)
    p = plan(
        books, bar, owner, first_on=str(today - timedelta(days=100)), last_on=str(today + timedelta(days=99)), margin_goal=None,
        objectives=[{"title": "Tutte le macchine"}], contacts=[{"person": chef.pk, "role": "CHAMPION"}], reviews=[{"on": str(today + timedelta(days=5))}],
    )  # fmt: skip
    do(activate, p)
    do(plan_action, p.objectives.get(), subject="Contare le macchine")
    client, stranger = Client(), Client()
    client.post("/-/sign-in", {"username": "anna", "password": "anna"})
    stranger.post("/-/sign-in", {"username": "luca", "password": "luca"})

    def text(path):
        answer = client.get(path)
        assert answer.status_code == 200, path
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))

    shown = text(f"/sell/plans/{p.pk}")
    for words in ("2.500", "25% di 10.000 EUR", "Contare le macchine", "Carla Bianchi", "Sostenitore interno", "Tempo trascorso", "50"):
        assert words in shown, (words, shown)
    assert (
        f'href="/plan-objectives/{p.objectives.get().pk}"' in client.get(f"/sell/plans/{p.pk}").content.decode() and "{'text'" not in shown
    )
    assert "2.500,00" in text(f"/customers/{bar.pk}") and f"/sell/plans/{p.pk}" in client.get(f"/account-plans/{p.pk}").content.decode()
    assert "Tutte le macchine" in text(f"/plan-objectives/{p.objectives.get().pk}")
    for path in (f"/sell/plans/{p.pk}", f"/account-plans/{p.pk}", f"/plan-objectives/{p.objectives.get().pk}", "/sell/plans/999999"):
        assert stranger.get(path).status_code == 404, path
    with pytest.raises(NotFound):
        perform(person("luca2", ("accountplans.*", "own"))[1], close, [p.pk], {}, reason="Mine")
