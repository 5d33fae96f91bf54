"""Fitting the model to a company's customers, and what the levels of service come to with it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from fondaco.frontoffice.value import predicting
from fondaco.frontoffice.value.models import ServiceLevel, ValueModel
from fondaco.frontoffice.value.predicting import Floats, NoFit
from fondaco.frontoffice.value.queries import conversions, first_years
from fondaco.frontoffice.value.refusals import NotFitted, TooFewCustomers
from fondaco.frontoffice.value.standing import Standing, everybody, observed, predicted
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.money import ZERO, rounded

#: Customers who bought, and of them who bought again, below whom a fit would say nothing.
FEWEST, FEWEST_REPEATERS = 30, 10
#: Of more customers than this, every so-manyth is taken: the parameters are then known to a hundredth, and the fit stays below a minute.
MOST = 100_000


def fit(company: Company, *, on: date) -> ValueModel:
    """Fit the model to everybody who bought from a company up to a day, keep it, and compute what percentages of levels come to. The statements do not grow with the customers.

    Raises TooFewCustomers, and NotFitted where the likelihood has no maximum.
    """
    everyone = [row for row in everybody(company, today=on) if row.purchases and row.last_on is not None and row.last_on <= on]
    repeaters = sum(row.purchases > 1 for row in everyone)
    if len(everyone) < FEWEST or repeaters < FEWEST_REPEATERS:
        raise TooFewCustomers(
            company=company, customers=len(everyone), repeaters=repeaters, fewest=FEWEST, fewest_repeaters=FEWEST_REPEATERS
        )
    sample = everyone[:: len(everyone) // MOST + 1]
    x, recency, age = (np.array(column, float) for column in zip(*(observed(row, on) for row in sample), strict=True))
    spent = [row for row in sample if row.revenue > 0]
    try:
        buying = predicting.fit_buying(x, recency, age)
        spending = predicting.fit_spending(*_amounts(spent))
    except NoFit as failed:
        raise NotFitted(company=company, customers=len(everyone)) from failed
    revenue = sum((row.revenue for row in everyone), ZERO)
    margin = sum((row.margin for row in everyone), ZERO)
    names = ("r", "alpha", "a", "b", "p", "q", "gamma")
    model = ValueModel(
        company=company, on=on, customers=len(everyone), repeaters=repeaters,
        **{name: _kept(value) for name, value in zip(names, buying.values + spending.values, strict=True)},
        log_likelihood=_kept(buying.log_likelihood), spend_log_likelihood=_kept(spending.log_likelihood), spend_customers=len(spent),
        errors={name: f"{error:.6g}" for name, error in zip(names, buying.errors + spending.errors, strict=True)},
        margin_share=rounded(margin / revenue, 8) if revenue > 0 else ZERO,
        mean_revenue=rounded(max(revenue, ZERO) / sum(row.purchases for row in everyone), 2),
        first_year=first_years(company.pk, on), conversion=conversions(company.pk, on),
    )  # fmt: skip
    insert_rows(ValueModel, [model])
    _set_thresholds(company, predicted(everyone, model, [], 2, today=on))
    return model


def _amounts(rows: Sequence[Standing]) -> tuple[Floats, Floats]:
    if not rows:
        raise NoFit
    return np.array([row.purchases for row in rows], float), np.array([float(row.revenue) / row.purchases for row in rows])


def _kept(value: float) -> Decimal:
    """A parameter as it is kept: to ten places, half away from zero."""
    return rounded(Decimal(value), 10)


def _set_thresholds(company: Company, rows: Sequence[Standing]) -> None:
    """What "the best so many percent" comes to: the worth of the last customer among them."""
    levels = ServiceLevel.objects.filter(company=company).exclude(top_percent=None).order_by("pk").values_list("pk", "basis", "top_percent")
    given = []
    for key, basis, percent in levels:
        worths = sorted((w for row in rows if (w := row.worth(basis)) is not None), reverse=True)
        given.append((key, worths[max(int(len(worths) * (percent or ZERO) / 100), 1) - 1]))
    update_rows(ServiceLevel, {"id": [key for key, _worth in given], "reached_from": [worth for _key, worth in given]})
