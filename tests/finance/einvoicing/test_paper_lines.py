"""AP-04: the lines of a bill on paper are read from where its words stand, proven by arithmetic, and drafted; what does not come out is not."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.finance.einvoicing.capturing import marks, proposed_lines, why_no_lines
from fondaco.finance.einvoicing.models import Capture
from fondaco.finance.einvoicing.outside.recognising import told
from fondaco.finance.einvoicing.outside.tables import Word, head_of, judged, readings, rows_of
from fondaco.finance.einvoicing.resources import CaptureResource
from fondaco.finance.payables.models import Bill, VendorTerms
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import edit
from tests.finance.einvoicing.papers import ITEMS, LAYOUTS, Item, pdf, sheet, totals
from tests.finance.einvoicing.test_on_paper import brought, ours
from tests.finance.einvoicing.test_receiving import cost, home, vendor

__all__ = ["home", "ours"]
ONE_RATE = (Item("Consulting, March", "12.5", "96.00"), Item("Travel to Milan and back", "1", "214.30"))


def read(source):
    return told(pdf(source), [])["found"]


def figures(found):
    return [(n["description"], n["quantity"], n["unit_price"], n["rate"], n["amount"]) for n in found["lines"]["lines"]]


def as_printed(items, layout):
    columns = LAYOUTS[layout][2]
    return [
        (i.text, f"{Decimal(i.quantity):.3f}" if Decimal(i.quantity) % 1 else i.quantity, i.price, i.rate, f"{i.amount:.2f}")
        if "q" in columns
        else (i.text, "1", f"{i.amount:.2f}", i.rate, f"{i.amount:.2f}")
        for i in items
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_lines_are_read_in_every_layout(layout):
    """AP-04: Italian and English, with and without codes, units, rates, frames; the figures are those of the paper, the total is proven."""
    items = ITEMS if "r" in LAYOUTS[layout][2] else ONE_RATE
    found = read(sheet(layout, items))
    assert figures(found) == as_printed(items, layout)
    net, tax = totals(items)
    (gross,) = found["gross"]
    assert (Decimal(gross["value"]), gross["confidence"]) == (net + tax, 99)
    assert all(n["confidence"] >= 70 for n in found["lines"]["lines"])


def test_discounts_and_words_on_several_rows():
    """AP-04: a discount of the line; a description that goes on in the next row; words below that belong to no line."""
    items = (
        Item("Macchina per espresso", "3", "1250.00", discount="12.5"),
        Item("Un testo che è tanto lungo da andare a capo due volte almeno " * 3, "2", "7.15"),
    )
    found = read(sheet("code", items))
    first, second = found["lines"]["lines"]
    assert (first["quantity"], first["unit_price"], first["discount"], first["amount"]) == ("3", "1250.00", "12.5", "3281.25")
    assert second["description"] == items[1].text.strip()
    assert (first["code"], second["code"]) == ("A17", "A27")


def test_a_total_that_the_lines_do_not_make_is_worth_little():
    """AP-04: the lines are not proposed, it is said why, and the total has no high confidence."""
    found = read(sheet("classic", total=Decimal("1011.40")))
    assert found["lines"] == {"why": "not_summing", "sum": "835.00", "total": "1011.40"}
    assert found["gross"][0]["confidence"] <= 60


def test_a_total_under_a_doubtful_word_counts_only_where_the_lines_make_it():
    """AP-04: “Totale” may be anything; with the lines and their tax it is the total, without them it is not proposed."""
    found = read(sheet("classic", label="Totale"))
    assert (found["gross"][0]["value"], found["gross"][0]["confidence"]) == ("1011.50", 97)
    assert "gross" not in read(sheet("classic", label="Totale", total=Decimal("1011.40")))
    assert "gross" not in read(sheet("classic", label="Totale", total=Decimal("835.00"))), "a sum without tax is no total"


@settings(max_examples=25, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(
            Item,
            st.lists(st.sampled_from(["Farina", "caffè", "sacco", "per", "il", "bar", "25", "kg", "tipo", "A1", "000", "olio", "(extra)", "5,0", "di"]), min_size=1, max_size=6).map(" ".join),
            st.integers(1, 5000).map(str), st.decimals("0.01", 9999, places=2).map(str), st.sampled_from(["22", "10", "4"]),
        ),
        min_size=1, max_size=30,
    ),
    st.sampled_from(["classic", "code", "english"]),
    st.sampled_from([Decimal(0), Decimal(0), Decimal("0.10"), Decimal(-90), Decimal(1000)]),
)  # fmt: skip
def test_what_is_proposed_is_what_is_printed(items, layout, wrong):
    """AP-04: whatever the bill, lines come with the figures of the paper, or none with a reason; a wrong total is never sure."""
    net, tax = totals(items)
    found = read(sheet(layout, items, total=net + tax + wrong if net + tax + wrong > 0 else None))
    if wrong and net + tax + wrong > 0:
        assert "lines" not in found["lines"]
        assert all(t["confidence"] <= 60 for t in found.get("gross", ()))
    else:
        assert [f[1:] for f in figures(found)] == [f[1:] for f in as_printed(items, layout)]
        assert found["gross"][0]["confidence"] == 99


def test_the_draft_has_the_lines_and_comes_to_the_total(ours):
    """AP-04: lines with quantity, price, tax code of their rate and account; the bill posts; changed totals fall back to one line, and say so."""
    vendor(ours, account=cost(ours))
    with unit_of_work("test", "test"):
        VendorTerms.objects.update(needs_order=False)
    (key,) = brought(pdf(sheet("classic"))).captured
    row = Capture.objects.get(pk=key)
    assert [n.amount for n in proposed_lines(row)] == [Decimal("740.00"), Decimal("60.00"), Decimal("35.00")]
    assert why_no_lines(row) == ""
    assert {m.field: m.confidence for m in marks(row)} == {
        "kind": 95, "seller_vat": 99, "vendor_number": 95, "vendor_date": 95, "gross": 99, "currency": 90, "iban": 99,
    }  # fmt: skip
    (bill,) = ours.do("einvoicing.draft_paper", key, on="2026-03-20").made["bills"]
    made = Bill.objects.get(pk=bill)
    assert (made.net, made.tax, made.gross, made.prices_include_tax) == (835, Decimal("176.50"), Decimal("1011.50"), False)
    assert [(ln.description, ln.quantity, ln.unit_price, ln.tax_code.code) for ln in made.lines.order_by("position")] == [
        ("Farina tipo 00, sacco da 25 kg", 40, Decimal("18.5"), "IT-P-S"),
        ("Lievito di birra fresco", 12, 5, "IT-P-R10"),
        ("Trasporto a Città di Castello", 1, 35, "IT-P-S"),
    ]
    ours.do("payables.post", bill)
    (other,) = brought(pdf(sheet("classic", number="2026/119"))).captured
    edit(ours.actor, CaptureResource, {other: {"gross": "1500.00"}})
    row = Capture.objects.get(pk=other)
    assert proposed_lines(row) == [] and "changed by hand" in why_no_lines(row)
    (bill,) = ours.do("einvoicing.draft_paper", other, on="2026-03-20").made["bills"]
    assert [ln.quantity for ln in Bill.objects.get(pk=bill).lines.all()] == [1]
    ours.assert_checks_hold()


def test_a_rate_that_is_not_ours_makes_one_line(ours):
    """AP-04: a rate without a tax code here cannot be booked by line: the total stays one line, so that the bill comes out."""
    vendor(ours, account=cost(ours))
    (key,) = brought(pdf(sheet("classic", (Item("Bread", "10", "3.00", "7"),)))).captured
    assert len(proposed_lines(Capture.objects.get(pk=key))) == 1
    (bill,) = ours.do("einvoicing.draft_paper", key, on="2026-03-20").made["bills"]
    made = Bill.objects.get(pk=bill)
    assert (made.gross, made.stated_total, made.prices_include_tax) == (Decimal("32.10"), Decimal("32.10"), True)


def test_why_there_are_no_lines_is_said(ours):
    row = Capture.objects.get(pk=brought(pdf(sheet("classic", total=Decimal("1011.40")))).captured[0])
    assert why_no_lines(row) == (
        "The lines that were read come to 835.00 and, with tax, do not make the total of 1,011.40: the bill will have the total as one line."
    )


@pytest.mark.parametrize(
    ("text", "mark", "values"),
    [("1.234,56", ",", ["1234.56"]), ("1,234.56", ",", ["1234.56"]), ("1.234", ",", ["1234", "1.234"]), ("1.234", ".", ["1.234", "1234"]),
     ("40,000", ",", ["40.000", "40000"]), ("€18,50", ",", ["18.50"]), ("12,50-", ",", ["-12.50"]), ("−3", ",", ["-3"]), ("1.2.3", ",", []), ("12:30", ",", [])],
)  # fmt: skip
def test_what_a_figure_may_be(text, mark, values):
    assert readings(text, mark) == [Decimal(v) for v in values]


def test_a_sentence_is_no_head():
    """AP-04: words that happen to stand above columns elsewhere."""
    words = ["The", "total", "amount", "of", "this", "item", "is", "due", "on", "receipt", "of", "the", "price", "and", "VAT"]
    row = [Word(w, 10.0 * n * 5, 10.0 * n * 5 + 40, 0, 10) for n, w in enumerate(words)]
    assert head_of(row) is None
    assert rows_of(row) == [row]
    assert judged([row], Decimal(1), (), ()) == {"why": "no_table"}
