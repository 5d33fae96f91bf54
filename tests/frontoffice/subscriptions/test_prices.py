"""PR-09: the price of days and the price of use, pure: cut however one likes, a period comes to the same."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.subscriptions.pricing import Period, Step, Terms, current, months_after, parts, periods
from fondaco.frontoffice.subscriptions.rating import Tariff, rate
from fondaco.platform.money import rounded

DAY = timedelta(days=1)
D = Decimal
YEAR = Terms(date(2026, 1, 1), date(2026, 12, 31), 1, True)


def cost(steps, period, terms=YEAR, *, per=1, discount="0"):
    return parts(steps, period, terms, per_months=per, discount=D(discount), decimals=2)


def test_PR_09_an_upgrade_in_the_middle_of_a_month_is_priced_by_days():
    steps = [Step(date(2026, 1, 1), D(2), D("69")), Step(date(2026, 3, 16), D(3), D("69"), 2)]
    found = cost(steps, Period(date(2026, 3, 1), date(2026, 3, 31)))
    # 138 × 15/31 = 66.774, 207 × 16/31 = 106.839: together 173.613, so the second is rounded up and the first too
    assert [(p.quantity, p.days, p.of_days, p.amount) for p in found] == [(2, 15, 31, D("66.77")), (3, 16, 31, D("106.84"))]
    assert sum(p.amount for p in found) == D("173.61")


def test_PR_09_a_yearly_price_by_quarter_with_discount_and_a_pause():
    steps = [Step(date(2026, 1, 1), D(1), D("1000"))]
    terms = Terms(date(2026, 1, 1), None, 3, True, ((date(2026, 4, 1), date(2026, 4, 30)),))
    quarter = Period(date(2026, 1, 1), date(2026, 3, 31))
    assert [p.amount for p in cost(steps, quarter, terms, per=12, discount="10")] == [D("225.00")]
    (after,) = cost(steps, Period(date(2026, 4, 1), date(2026, 6, 30)), terms, per=12)
    assert (after.first, after.days, after.of_days, after.amount) == (date(2026, 5, 1), 61, 91, D("167.58"))


def test_PR_09_periods_from_the_31st_come_back_to_the_31st_and_by_the_calendar_the_first_is_cut():
    own = list(periods(Terms(date(2026, 1, 31), None, 1, False), date(2026, 4, 30)))
    assert [(p.first.isoformat(), p.last.isoformat()) for p in own] == [
        ("2026-01-31", "2026-02-27"), ("2026-02-28", "2026-03-30"), ("2026-03-31", "2026-04-29"), ("2026-04-30", "2026-05-30"),
    ]  # fmt: skip
    quarters = list(periods(Terms(date(2026, 2, 10), date(2026, 8, 9), 3, True), date(2027, 1, 1)))
    assert [p.first.isoformat() for p in quarters] == ["2026-01-01", "2026-04-01", "2026-07-01"]
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)


@given(
    st.lists(st.tuples(st.integers(0, 364), st.integers(0, 40), st.integers(0, 99999), st.integers(1, 4)), min_size=1, max_size=6, unique_by=lambda s: (s[0], s[3])),
    st.sampled_from([1, 3, 6, 12]), st.sampled_from([1, 3, 6, 12]), st.integers(0, 100), st.lists(st.integers(0, 364), max_size=5),
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_PR_09_parts_make_the_period_however_it_is_cut(given_steps, every, per, discount, cuts):
    begin = date(2026, 1, 1)
    terms = Terms(begin, date(2026, 12, 31), every, True)
    steps = [Step(begin + d * DAY, D(q), D(cents) / 100, v) for d, q, cents, v in given_steps]
    held = current(steps)
    for period in periods(terms, date(2026, 12, 31)):
        found = cost(steps, period, terms, per=per, discount=str(discount))
        exact = D(0)
        day = period.first
        while day <= period.last:  # the long way round: day by day
            step = next((s for s in reversed(held) if s.from_on <= day), None)
            exact += step.quantity * step.unit_price * (100 - discount) * every if step else 0
            day += DAY
        whole = rounded(exact / (100 * per * period.days), 2)
        assert sum((p.amount for p in found), D(0)) == whole
        assert all(b.first > a.last for a, b in pairwise(found))
        # A step that changes nothing cuts the period and nothing else; nor does it move a cent.
        idle = [
            Step(begin + d * DAY, s.quantity, s.unit_price, 9)
            for d in cuts
            if (s := next((s for s in reversed(held) if s.from_on <= begin + d * DAY), None))
        ]
        assert sum((p.amount for p in cost([*steps, *idle], period, terms, per=per, discount=str(discount))), D(0)) == whole


TIERS = ((D(100), D("0.08")), (D(500), D("0.05")))


def test_PR_09_use_by_tiers_volume_and_packages():
    def of(rating, used, **more):
        return rate(D(used), Tariff(rating, D("0.10"), **more), days=30, of_days=30, decimals=2)

    graduated = of("graduated", 620, tiers=TIERS, included=D(20))
    assert [(s.quantity, s.unit_price, s.amount) for s in graduated.slices] == [
        (100, D("0.10"), 10),
        (400, D("0.08"), 32),
        (100, D("0.05"), 5),
    ]
    assert (graduated.amount, graduated.included) == (47, 20)
    assert of("volume", 600, tiers=TIERS).amount == 30
    assert of("volume", 499, tiers=TIERS).amount == D("39.92")
    packs = rate(D(41), Tariff("package", D("7.50"), package_size=D(20), included=D(5)), days=30, of_days=30, decimals=2)
    assert [(s.quantity, s.amount) for s in packs.slices] == [(2, 15)]
    assert of("graduated", 10, minimum=D(25)).amount == 25
    assert of("graduated", 9000, cap=D(300)).bound == "cap"
    half = rate(D(100), Tariff("graduated", D(1), included=D(60), minimum=D(100)), days=15, of_days=30, decimals=2)
    assert (half.included, half.amount, half.bound) == (30, 70, "")


@given(st.integers(0, 10**7), st.sampled_from(["graduated", "volume"]), st.integers(0, 5000), st.integers(1, 31))
@settings(max_examples=80, deadline=None)
def test_PR_09_slices_make_the_amount_and_more_use_never_costs_less_by_tiers(used, rating, included, days):
    tariff = Tariff(rating, D("0.123456"), TIERS, D(included))
    found = rate(D(used) / 10, tariff, days=days, of_days=31, decimals=2)
    assert sum((s.amount for s in found.slices), D(0)) == found.amount
    assert sum((s.quantity for s in found.slices), D(0)) + found.included == found.used
    if rating == "graduated":
        assert rate(D(used) / 10 + 1, tariff, days=days, of_days=31, decimals=2).amount >= found.amount
