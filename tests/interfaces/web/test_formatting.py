"""Every language offered writes figures and days as CLDR has them (babel), with a true minus sign."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from fondaco.interfaces.web.formatting import MINUS, REGIONS, Formatting, amount, date_input, iso, read_as

LANGUAGES = list(REGIONS)
FIGURES = [
    Decimal(f) for f in ("0", "0.01", "1", "999.99", "1000", "1234.56", "-0.5", "-1234567.891", "98765432109.125", "2.345", "-2.345")
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("decimals", [0, 2, 3])
@pytest.mark.parametrize("figure", FIGURES)
def test_amounts_are_written_as_babel_writes_them(language, decimals, figure):
    rounded = figure.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    expected = format_decimal(rounded if rounded else abs(rounded), pattern, locale=REGIONS[language]).replace("-", MINUS)
    assert Formatting(language).amount(figure, decimals) == expected


def test_amounts_round_half_away_from_zero_and_zero_can_be_a_dash():
    english = Formatting("en")
    assert english.amount(Decimal("2.345")) == "2.35"
    assert english.amount(Decimal("-2.345")) == "−2.35"
    assert english.amount(Decimal("-0.004")) == "0.00"
    assert english.amount(Decimal(0), dash=True) == "–"
    assert english.amount(None) == ""
    assert Formatting("it").amount(Decimal("1234.56")) == "1.234,56"


def test_a_price_has_the_decimals_of_its_currency_and_its_own():
    italian = Formatting("it")
    assert [italian.price(Decimal(f)) for f in ("12400.0000", "0.0125", "3.5", "1E+3")] == ["12.400,00", "0,0125", "3,50", "1.000,00"]
    assert italian.price(Decimal("1200.0000"), 0) == "1.200"
    assert italian.price(None) == ""


@pytest.mark.parametrize(("language", "text"), [("en", "1,250.5"), ("it", "1.250,5")])
def test_quantities_keep_only_the_decimals_they_have(language, text):
    assert Formatting(language).quantity(Decimal("1250.500")) == text
    assert Formatting(language).quantity(Decimal(100)) == "100"
    assert Formatting(language).quantity(Decimal("0.0000001")) == "0"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("month", range(1, 13))
def test_days_are_written_as_babel_writes_them(language, month):
    day = date(2026, month, 7)
    assert Formatting(language).date(day) == format_date(day, "d MMM y", locale=REGIONS[language])


def test_money_has_the_decimals_of_its_currency():
    assert Formatting("it").money(Decimal("1234.5"), "EUR") == "1.234,50\N{NO-BREAK SPACE}EUR"
    assert Formatting("en").money(Decimal("1234.5"), "JPY") == "1,235\N{NO-BREAK SPACE}JPY"
    assert Formatting("en").money(Decimal("1.5"), "KWD") == "1.500\N{NO-BREAK SPACE}KWD"


def test_ago_is_said_in_words_and_long_ago_as_the_day():
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert Formatting("en").ago(now - timedelta(hours=3), now) == "3 hours ago"
    assert Formatting("en").ago(now + timedelta(seconds=1), now) == "just now"
    assert Formatting("it").ago(now - timedelta(days=2), now) == "2 giorni fa"
    assert Formatting("it").ago(now - timedelta(days=90), now) == "26 ago 2026"


@given(st.sampled_from(LANGUAGES), st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_what_was_written_can_be_read_back(language, figure):
    formatting = Formatting(language)
    assert formatting.parse_number(formatting.amount(figure)) == figure


@pytest.mark.parametrize(
    ("language", "text"),
    [("it", "1,234.56"), ("en", "1.234,56"), ("en", "12,34"), ("en", "abc"), ("en", ""), ("it", "1.23"), ("en", "1.2.3")],
)
def test_a_figure_of_another_country_is_refused_rather_than_guessed(language, text):
    with pytest.raises(ValueError):
        Formatting(language).parse_number(text)


@pytest.mark.parametrize("text", ["24/11", "24.11.26", "24-11-2026", "2026-11-24"])
def test_days_are_read_day_first(text):
    assert Formatting("en").parse_date(text, today=date(2026, 1, 1)) == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["31/02/2026", "tomorrow", "13/13"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        Formatting("it").parse_date(text, today=date(2026, 1, 1))


def test_filters_write_for_the_reader_of_the_request():
    assert amount(Decimal("1234.5")) == "1,234.50"
    with read_as("it"):
        assert amount(Decimal("1234.5")) == "1.234,50"
    assert amount(Decimal("1234.5")) == "1,234.50"


def test_date_fields_give_back_what_was_typed():
    assert (iso("31/02"), date_input("31/02")) == ("", "31/02")
    assert (iso(date(2026, 11, 24)), date_input("2026-11-24")) == ("2026-11-24", "24/11/2026")
