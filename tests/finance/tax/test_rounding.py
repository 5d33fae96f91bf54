"""TX-02 over random documents: the parts add up to the whole, and the whole is what a patient clerk computes in fractions.

``FONDACO_DOCUMENTS`` says how many documents of each kind. Hypothesis prints the line that repeats a failing document.
"""

import os
from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.finance.tax.assessing import TaxableLine, assess
from fondaco.platform.money import spread

DOCUMENTS = int(os.environ.get("FONDACO_DOCUMENTS", "2000"))
many = settings(max_examples=DOCUMENTS, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

# Codes of two kinds share the rate 22; rates with a fraction and above a hundred are somebody's law.
TAXES = [("sale", "22"), ("sale", "10"), ("sale", "5"), ("sale", "4"), ("works", "22"), ("exempt", "0"), ("abroad", "8.1"),
         ("abroad", "19.6"), ("duty", "7.375"), ("luxury", "125")]  # fmt: skip
quantities = some.decimals(Decimal("-200"), Decimal("5000"), places=3)
prices = some.decimals(Decimal(0), Decimal("20000"), places=5)
discounts = some.sampled_from(["0", "0", "3", "10", "12.5", "33.33", "100"]).map(Decimal)


@some.composite
def taxable(draw):
    code, rate = draw(some.sampled_from(TAXES))
    return TaxableLine(draw(quantities) * draw(prices) * (100 - draw(discounts)) / 100, Decimal(rate), code)


documents = some.lists(taxable(), min_size=1, max_size=12)
minor_units = some.sampled_from([0, 2, 3])


def clerk_rounds(figure: Fraction, decimals: int) -> Fraction:
    """Half away from zero, by the schoolbook."""
    scaled = abs(figure) * 10**decimals
    whole = floor(scaled + Fraction(1, 2))
    return Fraction(whole if figure >= 0 else -whole, 10**decimals)


def clerk_taxes(amount: Fraction, rate: Decimal, decimals: int, included: bool) -> Fraction:
    share = Fraction(rate)
    return amount - clerk_rounds(amount * 100 / (100 + share), decimals) if included else clerk_rounds(amount * share / 100, decimals)


def in_minor_units(figure: Decimal, decimals: int) -> bool:
    return figure == figure.quantize(Decimal(1).scaleb(-decimals))


@many
@given(documents, minor_units, some.booleans(), some.booleans())
def test_TX_02_net_and_tax_make_gross_and_parts_make_the_whole(lines, decimals, included, per_line):
    result = assess(lines, prices_include_tax=included, per_line=per_line, decimals=decimals)

    assert len(result.lines) == len(lines)
    for line, assessed in zip(lines, result.lines, strict=True):
        assert in_minor_units(assessed.net, decimals)
        assert in_minor_units(assessed.tax, decimals)
        # The price the customer was told is what he reads: as net, or as gross.
        told = clerk_rounds(Fraction(line.extension), decimals)
        assert Fraction(assessed.gross if included else assessed.net) == told

    assert set(result.taxes) == {(ln.code, ln.rate) for ln in lines}
    for key, (base, tax) in result.taxes.items():
        mine = [a for ln, a in zip(lines, result.lines, strict=True) if (ln.code, ln.rate) == key]
        assert base == sum(a.net for a in mine)
        assert tax == sum(a.tax for a in mine)
    assert result.net == sum(base for base, _ in result.taxes.values())
    assert result.tax == sum(tax for _, tax in result.taxes.values())
    assert result.net + result.tax == result.gross == sum(a.gross for a in result.lines)


@many
@given(documents, minor_units, some.booleans(), some.booleans())
def test_TX_02_tax_is_what_a_clerk_computes_in_fractions(lines, decimals, included, per_line):
    result = assess(lines, prices_include_tax=included, per_line=per_line, decimals=decimals)
    unit = Fraction(1, 10**decimals)

    for (code, rate), (_, tax) in result.taxes.items():
        places = [i for i, ln in enumerate(lines) if (ln.code, ln.rate) == (code, rate)]
        amounts = [clerk_rounds(Fraction(lines[i].extension), decimals) for i in places]
        taxes = [clerk_taxes(amount, rate, decimals, included) for amount in amounts]
        assert Fraction(tax) == (sum(taxes) if per_line else clerk_taxes(sum(amounts), rate, decimals, included))
        for i, amount, own in zip(places, amounts, taxes, strict=True):
            if per_line:
                assert Fraction(result.lines[i].tax) == own
            else:
                share = Fraction(rate)
                unrounded = amount * share / (100 + share if included else 100)
                assert abs(Fraction(result.lines[i].tax) - unrounded) < unit


@many
@given(documents, minor_units, some.booleans(), some.booleans())
def test_TX_02_credit_note_mirrors_its_invoice(lines, decimals, included, per_line):
    how = {"prices_include_tax": included, "per_line": per_line, "decimals": decimals}
    invoice = assess(lines, **how)
    credit = assess([TaxableLine(-ln.extension, ln.rate, ln.code) for ln in lines], **how)
    assert [(a.net, a.tax) for a in credit.lines] == [(-a.net, -a.tax) for a in invoice.lines]
    assert credit.gross == -invoice.gross


@many
@given(some.integers(-(10**12), 10**12), some.lists(some.decimals(0, 10**6, places=4), min_size=1, max_size=15), minor_units)
def test_shares_add_up_and_none_is_a_minor_unit_off(total, weights, decimals):
    amount = Decimal(total).scaleb(-decimals)
    shares = spread(amount, weights, decimals)
    assert sum(shares) == amount
    assert spread(-amount, weights, decimals) == [-s for s in shares]
    whole = sum(map(Fraction, weights))
    if whole:
        for share, weight in zip(shares, weights, strict=True):
            assert abs(Fraction(share) - Fraction(amount) * Fraction(weight) / whole) < Fraction(1, 10**decimals)
