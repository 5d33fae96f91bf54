"""CO-08: quotas, who attained them, how deals pass through the stages, and how right the forecast was."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.crm.actions import complete, lose, move, win
from fondaco.frontoffice.crm.models import Activity, Opportunity, Quota
from fondaco.frontoffice.crm.performance import accuracy, funnel, results
from fondaco.frontoffice.crm.resources import ActivityResource, LeadResource, QuotaResource
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.refusals import NotAllowed, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create
from tests.frontoffice.crm.test_crm import person
from tests.frontoffice.crm.test_forecast import FIRST, LAST, TODAY, deal, do, seen, snap


def team(books, **given):
    return results(given.pop("actor", books.actor), books.company, **{"first": FIRST, "last": LAST, "today": TODAY, **given})


def quota(books, who, amount, first="2026-10-01", last="2026-12-31"):
    given = {"company": books.company.pk, "salesperson": who.pk, "first_on": first, "last_on": last, "amount": amount}
    return create(books.actor, QuotaResource, [given]).ids


def test_CO_08_won_against_quota_is_the_figure_of_the_forecast(books):
    anna, _a = person("anna", ("crm.*", "own"))
    bruno, _b = person("bruno", ("crm.*", "own"))
    quota(books, anna, "1000.00")
    quota(books, bruno, "100.00", "2026-12-01", "2027-01-31")
    for amount, on in (("300.00", date(2026, 10, 11)), ("450.50", date(2026, 11, 10))):
        do(books, win, deal(books, amount, salesperson=anna.pk), on=on)
    do(books, lose, deal(books, "9.00", salesperson=anna.pk), reason="Price")
    do(books, win, deal(books, "99.00", salesperson=bruno.pk, on="2026-09-01"), on=date(2026, 9, 30))
    found = team(books)
    row = found[anna.pk]
    assert (row.won, row.quota, row.attained) == (Decimal("750.50"), 1000, Decimal("0.7505"))
    assert (row.deals_won, row.deals_lost, row.win_rate, row.mean_days, row.mean_won) == (2, 1, Decimal(2) / 3, 25, Decimal("375.25"))
    # 31 of 62 days of the quota lie in the quarter; what was won in September does not count
    assert (found[bruno.pk].quota, found[bruno.pk].won) == (50, 0)
    assert sum(r.won for r in found.values()) == seen(books).total.parts["won"]


def test_CO_08_one_day_has_one_quota_of_a_person(books):
    anna, _a = person("anna", ("crm.*", "own"))
    quota(books, anna, "1000.00")
    with pytest.raises((UserError, IntegrityError)):
        quota(books, anna, "10.00", "2026-12-31", "2027-03-31")
    with pytest.raises((UserError, IntegrityError)):
        quota(books, anna, "10.00", "2027-03-31", "2027-03-01")
    quota(books, anna, "10.00", "2027-01-01", "2027-03-31")
    assert Quota.objects.count() == 2


def test_CO_08_each_sees_his_own_quota_and_results(books):
    anna, hers = person("anna", ("crm.*", "own"))
    bruno, _his = person("bruno", ("crm.*", "own"))
    quota(books, anna, "1000.00")
    quota(books, bruno, "500.00")
    do(books, win, deal(books, "10.00", salesperson=bruno.pk))
    assert set(team(books, actor=hers)) == {anna.pk}
    assert [r["salesperson"][0] for r in page(QuotaResource, hers, Query()).rows] == [anna.pk]
    _carla, nobody = person("carla", ("parties.*", "company"))
    with pytest.raises(NotAllowed):
        team(books, actor=nobody)


def test_CO_08_stages_activities_leads_and_the_forecast_of_the_first_week(books):
    anna, _a = person("anna", ("crm.*", "own"))
    first, second = deal(books, "100.00", salesperson=anna.pk), deal(books, "70.00", salesperson=anna.pk)
    with unit_of_work("test", "test"):
        Opportunity.objects.filter(pk=first.pk).update(stage_since=timezone.localdate() - timedelta(days=9))
        Opportunity.objects.filter(pk=second.pk).update(stage_since=timezone.localdate() - timedelta(days=4))
    do(books, move, first, stage="Negotiation")
    snap(books, date(2026, 10, 5))
    do(books, lose, second, reason="Price")
    do(books, win, first)
    steps = {s.stage.name: s for s in funnel(books.actor, books.company, first=FIRST, last=LAST)}
    assert (steps["Qualification"].entered, steps["Qualification"].onwards, steps["Qualification"].lost) == (2, 1, 1)
    assert steps["Qualification"].days == Decimal("6.5")
    assert (steps["Negotiation"].entered, steps["Negotiation"].onwards, steps["Negotiation"].lost) == (1, 1, 0)
    party = Party.objects.filter(is_customer=True).first()
    calls = create(books.actor, ActivityResource, [{"company": books.company.pk, "party": party.pk, "kind": "call", "subject": "Ring", "assignee": anna.pk}] * 2).ids  # fmt: skip
    do(books, complete, *Activity.objects.filter(pk__in=calls[:1]))
    create(books.actor, LeadResource, [{"company": books.company.pk, "party": party.pk, "on": "2026-11-02", "salesperson": anna.pk}])
    row = team(books, last=date(2027, 12, 31))[anna.pk]
    assert (row.activities["call"], row.leads, row.converted) == (1, 1, 0)
    right = accuracy(books.actor, books.company, row.won, first=FIRST, last=LAST)
    assert (right.week, right.sure, right.won) == (date(2026, 10, 5), 100, 100)
    assert accuracy(books.actor, books.company, row.won, first=date(2027, 1, 1), last=date(2027, 3, 31)) is None


def test_CO_08_statements_do_not_grow(books):
    people = [person(f"seller{n}", ("crm.*", "own"))[0] for n in range(4)]
    assert seen(books).total.weighted == 0 and books.company.currency.decimals == 2, "read once before counting"
    counts = []
    for many in (1, 4):
        for who in people[:many]:
            if not Quota.objects.filter(salesperson=who).exists():
                quota(books, who, "100.00")
            do(books, win, deal(books, "10.00", salesperson=who.pk))
        with CaptureQueriesContext(connection) as queries:
            team(books)
            funnel(books.actor, books.company, first=FIRST, last=LAST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
