"""Refusals say figures and days as their reader's language writes them, wherever they were raised (UX, AR-03)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from fondaco.interfaces.web.formatting import MINUS, formatting_for
from fondaco.platform.database.refusals import UserError, said
from fondaco.platform.money import figure, priced


class Refused(UserError):
    code = "test.refused"
    message = "{value}"


@pytest.mark.parametrize(
    ("value", "english", "italian"),
    [
        (Decimal("1234567.8000"), "1,234,567.80", "1.234.567,80"),
        (Decimal("1234.5678"), "1,234.5678", "1.234,5678"),
        (Decimal("12000.0000"), "12,000", "12.000"),
        (Decimal("120.00"), "120.00", "120,00"),
        (Decimal("-0.5"), "-0.5", "-0,5"),
        (figure(Decimal("1500.2500")), "1,500.25", "1.500,25"),
        (figure(Decimal("12E3")), "12,000", "12.000"),
        (priced(Decimal("1000.0000"), "EUR"), "1,000.00 EUR", "1.000,00 EUR"),
        (priced(Decimal("1000.0000"), "JPY"), "1,000 JPY", "1.000 JPY"),
        (priced(Decimal("1.2345"), "KWD"), "1.2345 KWD", "1,2345 KWD"),
        (priced(Decimal(7)), "7.00", "7,00"),
        (date(2026, 3, 4), "4 Mar 2026", "4 mar 2026"),
        (datetime(2026, 11, 4, 9, 5, tzinfo=UTC), "4 Nov 2026, 09:05", "4 nov 2026, 09:05"),
        (2026, "2026", "2026"),
        ("INV/2026/1,000.00", "INV/2026/1,000.00", "INV/2026/1,000.00"),
        (Decimal("NaN"), "NaN", "NaN"),
    ],
)
def test_each_language_writes_its_own_way(value, english, italian):
    refusal = Refused(value=value)
    with override("en"):
        assert refusal.sentence() == english
    with override("it"):
        assert refusal.sentence() == italian


def test_a_figure_stays_plain_in_keys_and_links():
    assert (figure(Decimal("1500.2500")), priced(Decimal(1500), "EUR"), f"{figure(Decimal(2))}") == ("1500.25", "1500.00 EUR", "2")


@given(st.decimals(-(10**12), 10**12, places=4), st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_as_the_pages_write(number, day):
    for language in ("en", "it"):
        pages = formatting_for(language)
        with override(language):
            assert said(day) == pages.date(day)
            assert said(figure(number)) == pages.quantity(number).replace(MINUS, "-")
