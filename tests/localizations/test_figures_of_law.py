"""Figures of law have days: what ends soon is told by ``./fondaco check``, and after its last day it is never used in silence (TX-03, AR-04, AP-08)."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest

from fondaco.finance.payables.models import WithholdingKind
from fondaco.finance.receivables.models import ReferenceRate
from fondaco.finance.tax.models import TaxCode, TaxRate
from fondaco.finance.tax.queries import NoTaxRate
from fondaco.localizations import checks as ends
from fondaco.localizations import loading
from fondaco.localizations.it.fatturapa import writing
from fondaco.localizations.loading import HERE, figure_on, fiscal_habits, rows_of
from fondaco.platform.audit import checks
from fondaco.platform.database.unit import unit_of_work

TODAY = date.today()  # noqa: DTZ011  the database's own day is meant


def told(key):
    with unit_of_work("test", "check"):
        (verdict,) = checks.run([key])
    assert verdict.holds, "what ends is no fault of the books"
    return [tuple(row.values()) for row in verdict.rows]


@pytest.mark.parametrize(("days", "is_told"), [(-1, True), (0, True), (60, True), (61, False)])
def test_what_ends_within_sixty_days_is_told(books, days, is_told):
    last = TODAY + timedelta(days=days)
    with unit_of_work("test", "test"):
        ReferenceRate.objects.update(valid_to=None)
        ReferenceRate.objects.filter(valid_from=max(ReferenceRate.objects.values_list("valid_from", flat=True))).update(valid_to=last)
        WithholdingKind.objects.filter(company=books.company, code="RA-PROF").update(valid_to=last)
        TaxRate.objects.filter(tax_code=TaxCode.objects.get(company=books.company, code="IT-R10")).update(valid_to=last)
    found = [told("receivables.rates_end"), told("payables.withholding_ends"), told("tax.rates_end")]
    assert found == ([[("ECB", last)], [("TEST", "RA-PROF", Decimal(20), last)], [("TEST", "IT-R10", last)]] if is_told else [[], [], []])


def test_TX_03_after_the_last_day_of_a_rate_a_document_is_refused(books):
    """TX-03: never the old figure: the invoice of the day after is refused with what to do."""
    with unit_of_work("test", "test"):
        TaxRate.objects.filter(tax_code__code="IT-S", valid_to=None).update(valid_to=date(2026, 6, 30))
    books.invoice(books.customer(), [{"quantity": "1", "unit_price": "1"}], "2026-06-30")
    with pytest.raises(NoTaxRate, match=r"IT-S has no rate on 1 Jul 2026. Add the rate"):
        books.invoice(books.customer("Later"), [{"quantity": "1", "unit_price": "1"}], "2026-07-01")


def test_dated_figures_of_the_data_follow_each_other():
    for country in ("generic", "it"):
        rows = fiscal_habits(HERE / country).get("stamp_duty", [])
        for before, after in itertools.pairwise(rows):
            assert date.fromisoformat(after["valid_from"]) == date.fromisoformat(before["valid_to"]) + timedelta(days=1)
    rates = rows_of(HERE / "generic" / "reference_rates.csv")
    assert all(r["valid_to"] for r in rates), "the law sets it anew every half year"
    for before, after in itertools.pairwise(rates):
        assert date.fromisoformat(after["valid_from"]) == date.fromisoformat(before["valid_to"]) + timedelta(days=1)
    assert figure_on(fiscal_habits(HERE / "it")["stamp_duty"], date(2013, 6, 25)) is None
    assert figure_on(fiscal_habits(HERE / "it")["stamp_duty"], date(2013, 6, 26))["amount"] == "2.00"


def test_stamp_duty_that_ended_is_told_and_no_e_invoice_is_stamped_by_it(books, monkeypatch):
    """With a last day in fiscal.toml, later documents have a problem instead of a stamp."""
    habits = loading.fiscal_habits

    def ended(folder):
        found = habits(folder)
        for row in found.get("stamp_duty", []):
            row["valid_to"] = "2026-06-30"
        return found

    monkeypatch.setattr(writing, "fiscal_habits", ended)
    monkeypatch.setattr(ends, "fiscal_habits", ended)
    assert "2026-06-30" in ends.figures_end()

    class Untaxed:
        rate, natura, base = Decimal(0), "N4", Decimal(100)

    class Sold:
        national, taxes = {"virtual_stamp": True}, (Untaxed,)

        def __init__(self, on):
            self.on = on

    assert (writing.stamp_duty(Sold(date(2026, 6, 30))), writing._of_stamp(Sold(date(2026, 6, 30)))) == (2, [])
    (problem,) = writing._of_stamp(Sold(date(2026, 7, 1)))
    assert "2026-07-01" in str(problem)
    assert writing.stamp_duty(Sold(date(2026, 7, 1))) == 0
