"""SA-10: a score is the sum of points that anybody can check by hand: from what was said and done, from the margin and from how somebody pays."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.crm.models import Opportunity
from fondaco.frontoffice.crm.resources import LeadResource, OpportunityResource
from fondaco.frontoffice.scoring.models import ScoringLine, ScoringModel
from fondaco.frontoffice.scoring.queries import VIEW, _judged, explained, scores_of, validation
from fondaco.frontoffice.scoring.refusals import HalfLifeOfNothing, ModelInForce, NothingCounts, SignalTwice
from fondaco.frontoffice.scoring.telling import rows_of
from fondaco.masterdata.parties.models import Interaction, Party, Relationship
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.documents.refusals import NotEditable
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.sales.shop import Shop

DAY = date(2026, 6, 30)


def in_force(books, *lines, base="20"):
    rows = [dict(zip(("signal", "points", "low", "high", "half_life_days"), ln, strict=False)) for ln in lines]
    (key,) = create(ACTOR, RESOURCES["scoring-models"], [{"company": books.company.pk, "base": base, "lines": rows}]).ids
    books.do("scoring.put_in_force", key)
    return ScoringModel.objects.get(pk=key)


def happened(party, *events):
    with unit_of_work("test", "test"):
        insert_rows(
            Interaction,
            [
                Interaction(party=party, on=date.fromisoformat(on), kind=kind, direction=direction, title=kind)
                for kind, direction, on in events
            ],
        )


def told(model, party, on=DAY):
    score = explained(model, [(party.pk, on)])[0]
    return {p.line.signal: (p.figure, p.points) for p in score.points}, score.value


def test_what_was_said_fades_by_half_lives_and_the_people_of_a_house_speak_for_it(books):
    model = in_force(books, ("answers", "20", "0", "4", 30), ("calls", "10", "0", "2"), ("quiet_days", "-20", "30", "90"), base="10")
    house, anna, stranger = books.customer(), books.customer("Anna"), books.customer("Stranger")
    with unit_of_work("test", "test"):
        Relationship.objects.create(person=anna, organisation=house)
    happened(house, ("mail", "in", "2026-06-30"), ("mail", "out", "2026-06-30"), ("call", "out", "2026-05-31"))
    happened(anna, ("mail", "in", "2026-05-31"), ("mail", "in", "2026-05-01"), ("mail", "in", "2026-07-01"))
    # 1 of today, a half of 30 days ago, a quarter of 60 days ago; what came later is not known yet. 1.75 of 4 are 8.75 points: 8.8.
    assert told(model, house) == (
        {"answers": (Decimal("1.75"), Decimal("8.8")), "calls": (Decimal(1), Decimal("5.0")), "quiet_days": (Decimal(0), Decimal(0))},
        24,
    )
    # Heard of last on 30 June: on 29 August 60 days ago, half-way from 30 to 90.
    assert told(model, stranger) == (
        {"answers": (Decimal(0), Decimal(0)), "calls": (Decimal(0), Decimal(0)), "quiet_days": (None, Decimal(0))},
        10,
    )
    happened(stranger, ("call", "", "2026-05-01"))
    assert told(model, stranger)[0]["quiet_days"] == (Decimal(60), Decimal("-10.0"))
    assert explained(model, [(house.pk, DAY), (stranger.pk, DAY), (house.pk, date(2026, 1, 1))])[2].value == 10


def test_margin_payment_disputes_and_trend_come_from_the_books(books):
    """A customer bought 10 machines for 12,000 that cost 8,000, paid one of two invoices 20 days late, and objected once."""
    shop = Shop(books)
    model = in_force(
        books,
        ("revenue", "10", "0", "24000"),
        ("margin", "20", "0", "50"),
        ("days_late", "-30", "0", "30"),
        ("disputes", "-10", "0", "2"),
        ("trend", "10", "0", "200"),
        base="50",
    )
    shop.receive(shop.machine, "10", "800.00")
    order = shop.order((shop.machine, 10))
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-28", post=True)
    (sold,) = shop.invoices(order)
    earlier = books.invoice(shop.customer, [{"quantity": "1", "unit_price": "4000"}], "2025-09-01")
    for invoice, late in ((sold, 20), (earlier, 0)):
        item = books.item(invoice)
        paid_on = date.fromordinal(item.due_on.toordinal() + late)
        books.pay(shop.customer, str(item.open_amount), paid_on.isoformat(), {item.pk: str(item.open_amount)})
    books.do("invoicing.dispute", sold.pk, reason="Scratched", amount="100", on="2026-03-10")
    figures, value = told(model, shop.customer)
    # 16,000 in a year, of which 8,000 are left: 50%. 20 days late on three quarters of what was owed: 15 days. The half-year before had nothing
    # but the 4,000: 12,000 is three times that.
    assert figures["revenue"] == (Decimal(16000), Decimal("6.7"))
    assert figures["margin"] == (Decimal(50), Decimal("20.0"))
    assert figures["days_late"] == (Decimal(15), Decimal("-15.0"))
    assert figures["disputes"] == (Decimal(1), Decimal("-5.0"))
    assert figures["trend"] == (Decimal(300), Decimal("10.0"))
    assert value == 67  # 50 + 6.7 + 20 - 15 - 5 + 10
    # As it stood before anything was paid, nothing is known of how he pays.
    assert told(model, shop.customer, date(2025, 8, 31))[0]["days_late"][0] is None
    books.assert_checks_hold()


def test_the_margin_is_told_to_those_who_may_see_it(books):
    model = in_force(books, ("margin", "20", "0", "50"), ("calls", "10", "0", "2"))
    party = books.customer()
    happened(party, ("call", "in", "2026-06-30"))
    (score,) = explained(model, [(party.pk, DAY)])
    seller = Actor("s", user_id=1, patterns=((VIEW, None, "company"), ("parties.view_*", None, "company")))
    assert [(r["told"], r["figure"]) for r in rows_of(score, seller, books.company.pk)] == [(False, None), (True, Decimal(1))]


def test_lists_sort_by_the_score_of_today_and_cards_have_it(books):
    warm, cold = books.customer("Warm"), books.customer("Cold")
    leads = create(ACTOR, LeadResource, [{"company": books.company.pk, "party": p.pk, "source": "web"} for p in (cold, warm)]).ids
    assert list(LeadResource.queryset().values_list("score", flat=True)) == [None, None]
    in_force(books, ("calls", "30", "0", "2", 30))
    happened(warm, ("call", "in", timezone.localdate().isoformat()))
    found = page(LeadResource, ACTOR, Query(sort="-score"))
    assert [(r["pk"], r["score"]) for r in found.rows] == [(leads[1], 35), (leads[0], 20)]
    assert scores_of(books.company.pk, [warm.pk, cold.pk], timezone.localdate()) == {warm.pk: 35, cold.pk: 20}
    assert "score" in OpportunityResource.board.card


def test_a_model_in_force_never_changes_and_the_next_version_supersedes_it(books):
    (key,) = create(ACTOR, RESOURCES["scoring-models"], [{"company": books.company.pk}]).ids
    assert ScoringLine.objects.filter(model=key).count() == 11  # begins with the usual signals
    with pytest.raises(SignalTwice):
        edit(ACTOR, RESOURCES["scoring-models"], {key: {"lines": [{"signal": "calls", "points": "1", "high": "1"}] * 2}})
    with pytest.raises(HalfLifeOfNothing):
        edit(ACTOR, RESOURCES["scoring-models"], {key: {"lines": [{"signal": "margin", "points": "1", "high": "1", "half_life_days": 3}]}})
    edit(ACTOR, RESOURCES["scoring-models"], {key: {"lines": []}})
    with pytest.raises(NothingCounts):
        books.do("scoring.put_in_force", key)
    edit(ACTOR, RESOURCES["scoring-models"], {key: {"lines": [{"signal": "calls", "points": "10", "high": "1"}]}})
    books.do("scoring.put_in_force", key)
    with pytest.raises(NotEditable):
        edit(ACTOR, RESOURCES["scoring-models"], {key: {"base": "30"}})
    for statement in (
        "update scoring_scoringmodel set base = 30", "delete from scoring_scoringmodel", "update scoring_scoringmodel set state = 'draft'",
        "update scoring_scoringline set points = 3", "delete from scoring_scoringline",
        f"insert into scoring_scoringline (version, model_id, position, signal, points, low, high) values (1, {key}, 9, 'web', 1, 0, 1)",
    ):  # fmt: skip
        with pytest.raises(ModelInForce), refusals_translated(), unit_of_work("t", "t"), connection.cursor() as cursor:
            cursor.execute(statement)
    (next_,) = books.do("scoring.draft_next", key).made["scoring-models"]
    books.do("scoring.put_in_force", next_)
    assert {m.model_version: m.state for m in ScoringModel.objects.all()} == {1: "superseded", 2: "in_force"}
    assert ScoringLine.objects.get(model=next_).points == 10


def test_whether_scores_told_what_became_of_leads(books):
    """Warm leads were called before they were decided; what the conversion itself wrote does not count for them."""
    model = in_force(books, ("calls", "80", "0", "2"), base="10")
    parties = [books.customer(f"P{n}") for n in range(4)]
    leads = create(ACTOR, LeadResource, [{"company": books.company.pk, "party": p.pk, "on": "2026-03-01"} for p in parties]).ids
    happened(parties[0], ("call", "in", "2026-03-02"), ("call", "in", "2026-03-03"))
    happened(parties[1], ("call", "in", "2026-03-02"))
    happened(parties[2], ("call", "in", "2026-03-20"))
    books.do("crm.convert", leads[:2], on="2026-03-10")
    books.do("crm.disqualify", leads[2:], reason="No budget")
    (still,) = create(ACTOR, LeadResource, [{"company": books.company.pk, "party": books.customer("Still").pk, "on": "2026-03-01"}]).ids
    books.do("crm.win", list(Opportunity.objects.filter(lead=leads[0]).values_list("pk", flat=True)))
    found = validation(ACTOR, books.company, model, first=date(2026, 1, 1), last=date(2026, 12, 31), age=7, today=date(2026, 12, 31))
    assert [(b.least, b.most, b.leads, b.open, b.converted, b.won) for b in found.bands] == [
        (0, 19, 3, 1, 0, 0), (20, 39, 0, 0, 0, 0), (40, 59, 1, 0, 1, 0), (60, 79, 0, 0, 0, 0), (80, 100, 1, 0, 1, 1),
    ]  # fmt: skip
    assert found.order == 1 and still
    later = validation(ACTOR, books.company, model, first=date(2026, 1, 1), last=date(2026, 12, 31), age=0, today=date(2026, 12, 31))
    assert later.order == Decimal("0.5")  # on the day they came nothing told them apart


def test_scores_cost_the_same_for_one_and_for_many(books):
    model = in_force(books, ("calls", "30", "0", "2"), ("margin", "10", "0", "50"))
    parties = [books.customer(f"P{n}") for n in range(20)]
    counts = []
    for some in (parties[:1], parties):
        with CaptureQueriesContext(connection) as statements:
            explained(model, [(p.pk, DAY) for p in some])
        counts.append(len(statements))
    assert counts == [2, 2]
    keys = [model.pk]
    for code in ("SECOND", "THIRD"):
        (key,) = create(ACTOR, RESOURCES["scoring-models"], [{"company": open_books(code=code).company.pk}]).ids
        books.do("scoring.put_in_force", key)
        keys.append(key)
    counts = []
    for some in (keys[:1], keys[1:]):
        with CaptureQueriesContext(connection) as drafting:
            drafts = books.do("scoring.draft_next", some).made["scoring-models"]
        with CaptureQueriesContext(connection) as putting:
            books.do("scoring.put_in_force", drafts)
        counts.append((len(drafting), len(putting)))
    assert counts[0] == counts[1]


@settings(max_examples=200, deadline=None)
@given(outcomes=st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["still_open", "given_up", "open", "won", "lost"])), max_size=30))
def test_any_outcomes_are_counted_once_and_ordered_as_pairs_say(outcomes):
    found = _judged(outcomes)
    assert sum(b.leads for b in found.bands) == len(outcomes)
    good, given_up = ([v for v, became in outcomes if became in which] for which in (("open", "won", "lost"), ("given_up",)))
    assert sum(b.converted for b in found.bands) == len(good) and sum(b.open for b in found.bands) == len(outcomes) - len(good) - len(
        given_up
    )
    pairs = [(a, b) for a in good for b in given_up]
    assert found.order == (sum((Decimal(a > b) + Decimal(a == b) / 2 for a, b in pairs), Decimal(0)) / len(pairs) if pairs else None)


def test_a_party_merged_away_speaks_for_its_survivor(books):
    model = in_force(books, ("calls", "30", "0", "2"))
    old, new = books.customer("Old"), books.customer("New")
    happened(old, ("call", "in", "2026-06-01"))
    books.do("parties.merge", old.pk, into=new.pk)
    assert told(model, Party.objects.get(pk=new.pk))[1] == 35
