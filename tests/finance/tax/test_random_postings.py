"""TX-02, TX-04 over random documents: what taxes add to the entry, what the registers say and what the costs bear are the same money.

``FONDACO_DOCUMENTS`` says how many documents. Hypothesis prints the line that repeats a failing document.
"""

import os
from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from fondaco.finance.tax.posting import CodeFacts, Tax, TaxedDocument, posting_of
from fondaco.platform.money import rounded

DOCUMENTS = int(os.environ.get("FONDACO_DOCUMENTS", "2000"))
many = settings(max_examples=DOCUMENTS, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

OUT, SPLIT, IN, PART, LOST, SELF, SELF_LOST, EXEMPT = range(1, 9)
DUE, WAITS = 20, 30
CODES = {
    OUT: CodeFacts("standard", 10),
    SPLIT: CodeFacts("split_payment", 10),
    IN: CodeFacts("standard", 10),
    PART: CodeFacts("reduced", 10, deductible_percent=Decimal("33.3333")),
    LOST: CodeFacts("standard", 11, deductible_percent=Decimal(0)),
    SELF: CodeFacts("reverse_charge", 11, DUE, document_type="TD17"),
    SELF_LOST: CodeFacts("intra_community", 10, DUE, Decimal(40), "TD18"),
    EXEMPT: CodeFacts("exempt", 10),
}
USED = {"sale": [OUT, SPLIT, EXEMPT], "purchase": [IN, PART, LOST, SELF, SELF_LOST, EXEMPT]}


@some.composite
def documents(draw):
    kind = draw(some.sampled_from(["sale", "purchase"]))
    currency_decimals = draw(some.sampled_from([0, 2, 3]))
    keys = draw(some.lists(some.tuples(some.sampled_from(USED[kind]), some.sampled_from(["4", "10", "22", "8.1", "125"])), min_size=1, max_size=6, unique=True))  # fmt: skip
    taxes = []
    for code, rate in keys:
        base = draw(some.decimals(-500, 20_000, places=currency_decimals))
        percent = Decimal(0) if code == EXEMPT else Decimal(rate)
        taxes.append(Tax(code, percent, base, rounded(base * percent / 100, currency_decimals)))
    exchange_rate = draw(some.sampled_from(["1", "0.9137", "0.006081", "2.97313", "0.0000357", "161.23"]))
    on = date(2026, 3, 10)
    return TaxedDocument(
        kind, 1, ("x", 1), "N", on, on, None, Decimal(exchange_rate), draw(some.sampled_from([0, 2, 3])), currency_decimals, draw(some.sampled_from([1, -1])), taxes
    )  # fmt: skip


ODD = TaxedDocument(
    "purchase", 1, ("x", 1), "N", date(2026, 3, 10), date(2026, 3, 10), None, Decimal("0.0000357"), 3, 0, 1,
    [Tax(SELF_LOST, Decimal(r), Decimal(b), Decimal(t)) for r, b, t in (("8.1", 5538, 449), ("125", -370, -463), ("4", 338, 14))],
)  # fmt: skip


@many
@given(documents(), some.sampled_from([None, WAITS]))
@example(ODD, None)
def test_TX_02_registers_ledger_and_costs_are_the_same_money(document, deferred):
    posting = posting_of(document, CODES, deferred)
    by_account = defaultdict(Decimal)
    for leg in posting.legs:
        by_account[leg.account] += leg.amount
        assert leg.amount * leg.currency_amount >= 0, "a line has one side in both currencies"
    for row in posting.rows:
        if row.account:
            by_account[row.account] -= row.amount
        assert bool(row.account) == bool(row.amount)
        assert 0 <= row.non_deductible / row.tax <= 1 if row.tax else not row.non_deductible
    assert not any(by_account.values()), "the tax entries of an account come to its lines"
    own = [r for r in posting.rows if r.kind == document.kind]
    due = [r for r in posting.rows if r.kind != document.kind]
    assert [(r.code, r.base, r.tax) for r in due] == [(r.code, r.base, r.tax) for r in own if r.document_type]
    side = document.sign * (1 if document.kind == "purchase" else -1)
    in_currency = sum(leg.currency_amount for leg in posting.legs) + sum(c.currency_amount for c in posting.costs)
    assert in_currency == side * posting.owed, "legs and costs are what the party owes of the tax"
    base = sum(leg.amount for leg in posting.legs) + sum(c.amount for c in posting.costs)
    ordinary = [r for r in own if not r.document_type and r.chargeable != "split"]
    assert base == (1 if document.kind == "purchase" else -1) * sum(r.tax for r in ordinary)
    unit = Decimal(1).scaleb(-document.decimals)
    for row, tax in zip(own, [t for t in document.taxes if t.base or t.tax], strict=True):
        assert abs(row.tax - document.sign * tax.tax * document.exchange_rate) < unit


@many
@given(documents(), some.sampled_from([None, WAITS]))
def test_TX_02_a_credit_note_is_the_invoice_turned_round(document, deferred):
    def turned(given):
        return TaxedDocument(**{f: getattr(given, f) for f in given.__dataclass_fields__} | {"sign": -given.sign})

    one, other = posting_of(document, CODES, deferred), posting_of(turned(document), CODES, deferred)
    assert [(leg.account, -leg.amount, -leg.currency_amount) for leg in one.legs] == [(leg.account, leg.amount, leg.currency_amount) for leg in other.legs]  # fmt: skip
    assert [(-r.base, -r.tax, -r.non_deductible, -r.amount) for r in one.rows] == [(r.base, r.tax, r.non_deductible, r.amount) for r in other.rows]  # fmt: skip
    assert one.owed == other.owed
