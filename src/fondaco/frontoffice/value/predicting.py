"""When customers buy again and for how much: BG/NBD and gamma-gamma, in their own figures and letters.

Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing Science 24(2): while alive, a
customer buys at random at a rate of his own (gamma: ``r``, ``alpha``), and after each purchase leaves for good with a chance of his own (beta:
``a``, ``b``). Fader, Hardie (2013), The Gamma-Gamma Model of Monetary Value: what he spends a time varies around a mean of his own (``p``, ``q``,
``gamma``). Time is in weeks. Pure: numbers in, numbers out. They are predictions, hence binary floats; what comes of them is rounded where it is
shown or kept. SciPy is imported where it is needed: most processes never are asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR_WEEKS = 365.25 / 7
#: Bounds of the logarithms of parameters: beyond them a fit says nothing.
BOUND = 10.0
DRAWS = 4000
TERMS = 20_000


@dataclass(frozen=True)
class Buying:
    """Parameters of BG/NBD."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True)
class Spending:
    """Parameters of gamma-gamma."""

    p: float
    q: float
    gamma: float


@dataclass(frozen=True)
class Fit:
    """Parameters as they were found, the log-likelihood there, and the standard error of each."""

    values: tuple[float, ...]
    log_likelihood: float
    errors: tuple[float, ...]


class NoFit(Exception):
    """The likelihood has no maximum that can be found: the customers are too few, or too much alike."""


def buying_likelihood(m: Buying, x: Floats, recency: Floats, age: Floats) -> float:
    """Log-likelihood of customers who bought ``x`` times after the first, the last time ``recency`` weeks after it, seen for ``age`` weeks (eq. 6)."""
    from scipy.special import gammaln

    left = (
        gammaln(m.r + x)
        - gammaln(m.r)
        + m.r * np.log(m.alpha)
        + gammaln(m.a + m.b)
        - gammaln(m.b)
        + gammaln(m.b + x)
        - gammaln(m.a + m.b + x)
    )
    alive = -(m.r + x) * np.log(m.alpha + age)
    gone = np.where(x > 0, np.log(m.a) - np.log(m.b + np.maximum(x, 1) - 1) - (m.r + x) * np.log(m.alpha + recency), -np.inf)
    return float(np.sum(left + np.logaddexp(alive, gone)))


def spending_likelihood(m: Spending, n: Floats, mean: Floats) -> float:
    """Log-likelihood of customers who spent ``mean`` on average of ``n`` purchases (eq. 1a of the note)."""
    from scipy.special import gammaln

    terms = gammaln(m.p * n + m.q) - gammaln(m.p * n) - gammaln(m.q) + m.q * np.log(m.gamma)
    return float(np.sum(terms + (m.p * n - 1) * np.log(mean) + m.p * n * np.log(n) - (m.p * n + m.q) * np.log(m.gamma + n * mean)))


def fit_buying(x: Floats, recency: Floats, age: Floats) -> Fit:
    """The parameters of BG/NBD that make what was observed most likely: ``r, alpha, a, b``."""
    start = np.log([1.0, max(float(np.mean(age)) / (1 + float(np.mean(x))), 0.1), 1.0, 3.0])
    return _maximum(lambda logs: buying_likelihood(Buying(*np.exp(logs)), x, recency, age), start, len(x))


def fit_spending(n: Floats, mean: Floats) -> Fit:
    """The parameters of gamma-gamma that make what was spent most likely: ``p, q, gamma``. ``q`` is above 1, so that the mean of a customer exists."""
    scale = float(np.mean(mean))  # the likelihood does not care for the currency's size, the search does
    found = _maximum(
        lambda logs: spending_likelihood(
            Spending(float(np.exp(logs[0])), 1 + float(np.exp(logs[1])), float(np.exp(logs[2]))), n, mean / scale
        ),
        np.log([2.0, 2.0, 1.0]),
        len(n),
    )
    p, q, gamma = found.values
    error_p, error_q, error_gamma = found.errors
    log_likelihood = found.log_likelihood - len(n) * float(np.log(scale))
    return Fit((p, q + 1, gamma * scale), log_likelihood, (error_p, error_q, error_gamma * scale))


def _maximum(likelihood: Callable[[Floats], float], start: Floats, count: int) -> Fit:
    from scipy.optimize import minimize

    def loss(logs: Floats) -> float:
        value = -likelihood(logs) / count
        return value if np.isfinite(value) else 1e10

    bounds = [(-BOUND, BOUND)] * len(start)
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-8})
    # Where slopes by differences stall, the simplex goes on.
    found = minimize(loss, found.x, method="Nelder-Mead", bounds=bounds, options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-12})
    if not np.isfinite(found.fun) or found.fun >= 1e10:
        raise NoFit
    values = np.exp(found.x)
    return Fit(tuple(map(float, values)), -float(found.fun) * count, tuple(map(float, values * _errors(loss, found.x, count))))


def _errors(loss: Callable[[Floats], float], at: Floats, count: int) -> Floats:
    """Standard errors of the logarithms, from the curvature of the likelihood at its maximum; as wide as the bounds where it is flat."""
    size, step = len(at), 1e-3
    moves = np.eye(size) * step
    curvature = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
            curvature[i, j] = sum(s * t * loss(at + s * moves[i] + t * moves[j]) for s, t in signs) / (4 * step * step)
    variance = np.diag(np.linalg.pinv(curvature * count))
    return np.sqrt(np.clip(variance, 0, BOUND**2))


def alive(m: Buying, x: Any, recency: Any, age: Any) -> Any:
    """The chance that a customer has not left for good; 1 for who bought once, because one leaves after a purchase only."""
    x, recency, age = (np.asarray(column, float) for column in (x, recency, age))
    gone = np.log(m.a) - np.log(m.b + np.maximum(x, 1) - 1) + (m.r + x) * (np.log(m.alpha + age) - np.log(m.alpha + recency))
    return np.where(x > 0, 1 / (1 + np.exp(np.minimum(gone, 700))), 1.0)


def purchases(m: Buying, x: Any, recency: Any, age: Any, weeks: float) -> Any:
    """How many purchases are expected in the coming weeks (eq. 10).

    The hypergeometric function is taken by Euler's transformation, so that it does not run out of numbers for customers who buy a thousand times.
    """
    x, age = np.broadcast_arrays(np.asarray(x, float), np.asarray(age, float))
    a = m.a if abs(m.a - 1) > 1e-7 else 1 + 1e-7
    z = weeks / (m.alpha + age + weeks)
    left = (1 - z) ** (a - 1) * _hypergeometric(a + m.b - 1 - m.r, a - 1, a + m.b + x - 1, z)
    return (a + m.b + x - 1) / (a - 1) * (1 - left) * alive(m, x, recency, age)


def _hypergeometric(one: float, two: float, below: Any, z: Any) -> Any:
    """Gauss's function; by its series where SciPy runs out of numbers, which is where ``below`` is large and the series ends soon."""
    from scipy.special import hyp2f1

    found = np.asarray(hyp2f1(one, two, below, z))
    lost = ~np.isfinite(found)
    if lost.any():
        below, z = below[lost], z[lost]
        term = total = np.ones_like(z)
        for k in range(TERMS):
            term = term * (one + k) * (two + k) / (below + k) * z / (k + 1)
            total = total + term
            if np.all(np.abs(term) <= 1e-15 * np.abs(total)):
                break
        found = found.copy()
        found[lost] = total
    return found


def amount(m: Spending, n: Any, mean: Any) -> Any:
    """What a customer spends a time on average (eq. 5 of the note): between what he did and what all do, nearer to the former the more he bought."""
    n, mean = np.asarray(n, float), np.maximum(np.asarray(mean, float), 0)
    return m.p * (m.gamma + n * mean) / (m.p * n + m.q - 1)


def revenue_band(
    buying: Buying, spending: Spending, x: int, recency: float, age: float, mean: float, weeks: float, seed: int
) -> tuple[float, float]:
    """Between which amounts the revenue of the coming weeks lies in eight of ten cases.

    Drawn from what is believed of this customer: whether he is alive, his rate, his chance of leaving, his mean. The same ``seed`` gives the same band.
    """
    draw = np.random.default_rng(seed)
    is_alive = draw.random(DRAWS) < alive(buying, x, recency, age)
    rate = draw.gamma(buying.r + x, 1 / (buying.alpha + age), DRAWS)
    leaves = np.clip(draw.beta(buying.a, buying.b + x, DRAWS), 1e-12, 1)
    count = np.minimum(draw.poisson(rate * weeks), draw.geometric(leaves)) * is_alive
    scale = draw.gamma(spending.p * (x + 1) + spending.q, 1 / (spending.gamma + (x + 1) * max(mean, 0)), DRAWS)
    spent = np.where(count > 0, draw.gamma(np.maximum(spending.p * count, 1e-9)) / scale, 0.0)
    low, high = np.quantile(spent, (0.1, 0.9))
    return float(low), float(high)
