"""SA-07: the forecast by commit, best case and pipeline, how it stood each week, and why it moved."""

import random
import sys
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.frontoffice.crm.actions import forecast_as, lose, move, reopen, win
from fondaco.frontoffice.crm.forecasting import changes, deals_now, deals_then, forecast, history, take_snapshots, week_of
from fondaco.frontoffice.crm.models import ForecastSnapshot, Opportunity, SnapshotDeal
from fondaco.frontoffice.crm.refusals import ClosedOutOfTime
from fondaco.frontoffice.crm.resources import ForecastSnapshotResource, OpportunityResource
from fondaco.masterdata.companies.models import ExchangeRate
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import edit
from tests.frontoffice.crm.test_crm import opportunity, person, stage

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
TODAY = date(2026, 11, 20)


def deal(books, amount="100.00", close="2026-11-30", **values):
    given = {"name": "Grinders", "amount": amount, "expected_close": close, "on": "2026-10-01", **values}
    return opportunity(books, Party.objects.filter(is_customer=True).first(), **given)


def do(books, verb, *deals, reason="", **given):
    return perform(books.actor, verb, [d.pk for d in deals], given, reason=reason)


def snap(books, on):
    with unit_of_work("program.jobs", "crm.take_snapshots"):
        return take_snapshots([books.company.pk], on)


def seen(books, **given):
    return forecast(given.pop("actor", books.actor), books.company, **{"first": FIRST, "last": LAST, "today": TODAY, **given})


def test_SA_07_a_deal_is_forecast_as_its_stage_until_somebody_says_otherwise(books):
    d = deal(books)
    assert (d.forecast, d.forecast_is_own) == ("pipeline", False)
    do(books, move, d, stage="Proposal")
    d.refresh_from_db()
    assert (d.forecast, d.forecast_is_own) == ("best_case", False)
    do(books, forecast_as, d, forecast="commit")
    do(books, move, d, stage="Analysis")
    d.refresh_from_db()
    assert (d.forecast, d.forecast_is_own, d.stage.name) == ("commit", True, "Analysis"), "what a person said stays"
    do(books, forecast_as, d)
    d.refresh_from_db()
    assert (d.forecast, d.forecast_is_own) == ("pipeline", False)
    edit(books.actor, OpportunityResource, {d.pk: {"forecast": "omitted"}})
    d.refresh_from_db()
    assert (d.forecast, d.forecast_is_own) == ("omitted", True)
    edit(books.actor, OpportunityResource, {d.pk: {"forecast": "", "stage": stage(books, "Negotiation").pk}})
    d.refresh_from_db()
    assert (d.forecast, d.forecast_is_own) == ("commit", False)


def test_SA_07_what_counts_where_and_what_is_in_no_sum(books):
    sure, maybe, far = deal(books, "100.10"), deal(books, "50.05"), deal(books, "7.00", close="2027-01-01")
    out, nowhere, late = deal(books, "11.00"), deal(books, "12.00", close=None), deal(books, "1.00", close="2026-11-01")
    won, earlier, foreign = deal(books, "30.00"), deal(books, "40.00", on="2026-09-01"), deal(books, "100.00", currency="USD")
    do(books, move, sure, stage="Negotiation")
    do(books, move, maybe, stage="Proposal")
    do(books, forecast_as, out, forecast="omitted")
    do(books, win, won, on=date(2026, 10, 5))
    do(books, win, earlier, on=date(2026, 9, 30))
    found = seen(books)
    assert {k: str(v) for k, v in found.total.parts.items()} == {
        "won": "30.0000",
        "commit": "100.1000",
        "best_case": "50.0500",
        "pipeline": "1.0000",
    }
    assert (found.without_day, found.without_rate, found.late) == (1, 1, 1)
    # 30 won, 75 of 100.10 and 50 of 50.05 and 10 of 1.00 in percent, each rounded by itself: 75.08 + 25.03 + 0.10
    assert found.total.weighted == Decimal("130.21")
    with unit_of_work("test", "test"):
        ExchangeRate.objects.create(base_id="EUR", currency_id="USD", on=date(2026, 11, 1), rate=Decimal("0.87655"))
    found = seen(books)
    assert found.total.parts["pipeline"] == Decimal("88.66") and not found.without_rate, "87.655 is 87.66"
    assert {d.key for d in found.deals} == {sure.pk, maybe.pk, late.pk, won.pk, foreign.pk} and not {far.pk, nowhere.pk} & {
        d.key for d in found.deals
    }


def test_SA_07_the_list_behind_a_figure_adds_up_to_it(books):
    for n in range(5):
        do(books, move, deal(books, f"{10 + n}.50", close=f"2026-1{n % 3}-15"), stage="Negotiation")
    behind = {"state": "open", "forecast": "commit", "expected_close__gte": "2026-10-01", "expected_close__lte": "2026-12-31"}
    rows = page(OpportunityResource, books.actor, Query(filters=behind)).rows
    assert sum(r["amount"] for r in rows) == seen(books).total.parts["commit"] == Decimal("62.50")


def test_SA_07_each_sees_what_is_his(books):
    mine, me = person("anna", ("crm.*", "own"))
    his, _him = person("bruno", ("crm.*", "own"))
    deal(books, "10.00", salesperson=mine.pk)
    deal(books, "5.00", salesperson=his.pk)
    snap(books, TODAY)
    assert seen(books).total.parts["pipeline"] == 15 and set(seen(books).by_salesperson) == {mine.pk, his.pk}
    own = seen(books, actor=me)
    assert own.total.parts["pipeline"] == 10 and set(own.by_salesperson) == {mine.pk}
    ((_week, then),) = history(me, books.company, first=FIRST, last=LAST)
    assert then.parts["pipeline"] == 10
    assert not page(ForecastSnapshotResource, me, Query()).rows, "who sees his own deals only has no list of everybody's"
    _stranger, nobody = person("carla", ("parties.*", "company"))
    with pytest.raises(NotAllowed):
        seen(books, actor=nobody)


def test_SA_07_a_week_is_kept_once_and_never_changes(books):
    d = deal(books, "100.00")
    (key,) = snap(books, date(2026, 11, 18))
    assert not snap(books, date(2026, 11, 22)), "Sunday of the same week"
    assert ForecastSnapshot.objects.get(pk=key).week == date(2026, 11, 16) == week_of(date(2026, 11, 22))
    edit(books.actor, OpportunityResource, {d.pk: {"amount": "250.00", "expected_close": "2027-02-01"}})
    assert snap(books, date(2026, 11, 23)) and SnapshotDeal.objects.get(snapshot=key).amount == 100
    past = [sums.parts["pipeline"] for _week, sums in history(books.actor, books.company, first=FIRST, last=LAST)]
    assert past == [100, 0]
    for statement in (
        "update crm_snapshotdeal set amount = 1",
        "delete from crm_snapshotdeal",
        "update crm_forecastsnapshot set week = '2026-11-09'",
        "delete from crm_forecastsnapshot",
    ):
        with pytest.raises(DatabaseError), unit_of_work("thief", "test"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError), unit_of_work("thief", "test"):
        ForecastSnapshot.objects.create(company=books.company, week=date(2026, 11, 24), on=date(2026, 11, 24))


def test_SA_07_why_it_moved_adds_up(books):
    stays, grows, goes, comes = deal(books, "100.00"), deal(books, "10.00"), deal(books, "20.00"), deal(books, "40.00", close="2027-03-01")
    wins, loses, drops = deal(books, "70.00"), deal(books, "80.00"), deal(books, "90.00")
    (key,) = snap(books, date(2026, 11, 16))
    edit(
        books.actor,
        OpportunityResource,
        {grows.pk: {"amount": "15.00"}, goes.pk: {"expected_close": "2027-01-15"}, comes.pk: {"expected_close": "2026-12-15"}},
    )
    do(books, win, wins)
    do(books, lose, loses, reason="Price")
    do(books, forecast_as, drops, forecast="omitted")
    new = deal(books, "5.00")
    then = deals_then(books.actor, [key])[key]
    now = deals_now(books.actor, books.company, today=TODAY, closed_since=FIRST)
    start, found, end = changes(then, now, first=FIRST, last=LAST)
    assert (start, end) == (370, 160)
    assert {(c.kind, c.deal.key, int(c.amount)) for c in found} == {
        ("amount", grows.pk, 5), ("out", goes.pk, -20), ("in", comes.pk, 40), ("won", wins.pk, -70), ("lost", loses.pk, -80), ("out", drops.pk, -90), ("new", new.pk, 5),
    }  # fmt: skip
    assert stays.pk not in {c.deal.key for c in found}


def test_SA_07_whatever_happens_the_changes_lead_from_then_to_now(books):
    seed = random.randrange(10**6)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)
    deals = [
        deal(books, f"{chance.randrange(1, 10**6) / 100:.2f}", close=str(FIRST + timedelta(days=chance.randrange(150)))) for _ in range(12)
    ]
    (key,) = snap(books, date(2026, 11, 16))
    for _ in range(30):
        d = Opportunity.objects.get(pk=chance.choice(deals).pk)
        what = chance.randrange(6)
        if what == 5:
            deals.append(deal(books, "3.33"))
        elif d.state != "open":
            do(books, reopen, d)
        elif what == 0:
            edit(books.actor, OpportunityResource, {d.pk: {"amount": f"{chance.randrange(1, 10**6) / 100:.2f}"}})
        elif what == 1:
            edit(books.actor, OpportunityResource, {d.pk: {"expected_close": str(FIRST + timedelta(days=chance.randrange(150)))}})
        elif what == 2:
            do(books, forecast_as, d, forecast=chance.choice(["commit", "best_case", "pipeline", "omitted"]))
        elif what == 3:
            do(books, win, d)
        else:
            do(books, lose, d, reason="Price")
    then = deals_then(books.actor, [key])[key]
    now = deals_now(books.actor, books.company, today=TODAY, closed_since=FIRST)
    start, found, end = changes(then, now, first=FIRST, last=LAST)
    assert start + sum(c.amount for c in found) == end
    total = seen(books).total
    assert end == sum(total.parts[k] for k in ("commit", "best_case", "pipeline"))
    books.assert_checks_hold()


def test_a_deal_is_closed_on_a_day_of_its_life(books):
    d = deal(books, on="2026-11-01")
    for day in (date(2026, 10, 31), timezone.localdate() + timedelta(1)):
        with pytest.raises(ClosedOutOfTime):
            do(books, win, d, on=day)
    do(books, lose, d, on=date(2026, 11, 2), reason="Price")
    d.refresh_from_db()
    assert (d.state, d.closed_on, d.forecast) == ("lost", date(2026, 11, 2), "omitted")


def test_SA_07_statements_do_not_grow_with_deals(books):
    counts = []
    assert seen(books).total.weighted == 0 and books.company.currency.decimals == 2, "read once before counting"
    for many in (1, 20):
        for n in range(many):
            deal(books, f"{n + 1}.00", currency="EUR")
        on = TODAY + timedelta(weeks=len(counts))
        with CaptureQueriesContext(connection) as queries:
            (key,) = snap(books, on)
            seen(books)
            history(books.actor, books.company, first=FIRST, last=LAST)
            changes(
                deals_then(books.actor, [key])[key],
                deals_now(books.actor, books.company, today=TODAY, closed_since=FIRST),
                first=FIRST,
                last=LAST,
            )
        counts.append(len(queries))
    assert counts[0] == counts[1]
