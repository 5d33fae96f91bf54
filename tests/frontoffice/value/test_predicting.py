"""KP-01: BG/NBD and gamma-gamma give the figures their authors published, find the parameters customers were made with, and never run out of numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fondaco.frontoffice.value.predicting import (
    Buying,
    Spending,
    alive,
    amount,
    buying_likelihood,
    fit_buying,
    fit_spending,
    purchases,
    revenue_band,
)

#: CDNOW, 2,357 customers of 1997: the parameters as published in the papers.
CDNOW, CDNOW_SPENDING = Buying(0.243, 4.414, 0.793, 2.426), Spending(6.25, 3.74, 15.44)
SEED = 2005


def test_KP_01_the_published_figures_of_the_customers_of_cdnow():
    """Customer 1 bought twice more, in week 30.43 of 38.86 (Fader, Hardie: Implementing the BG/NBD Model in Excel; The Gamma-Gamma Model, table 1)."""
    assert float(purchases(CDNOW, 2, 30.43, 38.86, 39)) == pytest.approx(1.226, abs=5e-4)
    assert buying_likelihood(CDNOW, *(np.array([v]) for v in (2.0, 30.43, 38.86))) == pytest.approx(-9.4596, abs=2e-3)
    assert amount(CDNOW_SPENDING, [2, 1, 7, 0], [22.35, 11.77, 73.74, 0]) == pytest.approx([24.65, 18.91, 71.46, 35.17], abs=0.06)


def made(count: int, buying: Buying, spending: Spending, chance: np.random.Generator):
    """Customers who do what the models say: repeat purchases, weeks until the last, weeks seen, mean spent."""
    rate, leaves = chance.gamma(buying.r, 1 / buying.alpha, count), chance.beta(buying.a, buying.b, count)
    age = chance.uniform(20, 150, count)
    x, recency, now, buys = np.zeros(count), np.zeros(count), np.zeros(count), np.ones(count, bool)
    while buys.any():
        now = now + chance.exponential(1 / rate)
        buys &= now <= age
        x, recency = x + buys, np.where(buys, now, recency)
        buys &= chance.random(count) >= leaves
    mean = chance.gamma(spending.p * (x + 1)) / chance.gamma(spending.q, 1 / spending.gamma, count) / (x + 1)
    return x, recency, age, mean


def test_KP_01_parameters_are_found_again_in_customers_made_by_them():
    buying, spending = Buying(0.6, 8.0, 0.8, 4.0), Spending(3.0, 4.0, 600.0)
    x, recency, age, mean = made(6000, buying, spending, np.random.default_rng(SEED))
    found = fit_buying(x, recency, age)
    for value, error, true in zip(found.values, found.errors, (0.6, 8.0, 0.8, 4.0), strict=True):
        assert abs(value - true) < 3 * error < 1.5 * true, ("seed", SEED, value, error, true)
    assert found.log_likelihood >= buying_likelihood(buying, x, recency, age)
    spent = fit_spending(x + 1, mean)
    for value, error, true in zip(spent.values, spent.errors, (3.0, 4.0, 600.0), strict=True):
        assert abs(value - true) < 3 * error < 1.5 * true, ("seed", SEED, value, error, true)
    # What was drawn for one customer is on average what the closed form says.
    low, high = revenue_band(buying, spending, 5, 40.0, 60.0, 200.0, 52.0, seed=7)
    expected = float(purchases(buying, 5, 40.0, 60.0, 52.0) * amount(spending, 6, 200.0))
    assert low <= expected <= high
    assert (low, high) == revenue_band(buying, spending, 5, 40.0, 60.0, 200.0, 52.0, seed=7)


positive = st.floats(0.05, 50)


@settings(max_examples=300, deadline=None)
@given(
    r=positive,
    alpha=positive,
    a=st.floats(0.02, 20),
    b=positive,
    x=st.integers(0, 3000),
    share=st.floats(0, 1),
    age=st.floats(0, 800),
    weeks=st.floats(0.1, 200),
)
def test_KP_01_predictions_are_finite_and_sensible_for_anybody(r, alpha, a, b, x, share, age, weeks):
    m, recency = Buying(r, alpha, a, b), age * share if x else 0.0
    is_alive, count = float(alive(m, x, recency, age)), float(purchases(m, x, recency, age, weeks))
    assert 0 <= is_alive <= 1
    # No more than a customer who never leaves would buy at the rate believed of him.
    assert -1e-6 <= count <= (r + x) / (alpha + age) * weeks * is_alive * (1 + 1e-6) + 1e-6
