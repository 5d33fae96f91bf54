"""MC-02: revaluation per open item; revaluation and settlement together are the total gain or loss, to the cent. MC-03 holds with it."""

from decimal import Decimal

import pytest

from fondaco.finance.ledger.models import OpenItem, Revaluation, RevaluedItem
from fondaco.finance.ledger.refusals import RevaluationSettled
from fondaco.insight.statements.queries import aged, control_balance
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR

RATES = (("2025-11-01", "0.90"), ("2025-12-31", "0.95"), ("2026-01-31", "0.92"), ("2026-02-15", "0.93"), ("2026-03-15", "0.97"))


@pytest.fixture
def union(books):
    for on, rate in RATES:
        books.rate("USD", rate, on)
    return books.customer("Cafe Union", "US", currency_id="USD")


def bill(books, union, on="2025-11-10", net="1000.00"):
    return books.item(books.invoice(union, [{"quantity": "1", "unit_price": net}], on, currency="USD"))


def revalue(books, on, method="reversed"):
    (key,) = create(ACTOR, RESOURCES["revaluations"], [{"company": books.company.pk, "on": on, "method": method}]).ids
    books.do("ledger.post_revaluation", key)
    return Revaluation.objects.get(pk=key)


def gains(books):
    """Realised and unrealised, gain positive."""
    realised = -(books.balance("exchange_gain") + books.balance("exchange_loss"))
    return realised, -(books.balance("exchange_gain_unrealised") + books.balance("exchange_loss_unrealised"))


def everything_is_zero(books, union):
    books.assert_checks_hold()
    open_ones = OpenItem.objects.filter(party=union).exclude(open_amount=0, open_base_amount=0)
    assert not open_ones.exists()
    assert books.balance("receivable") == 0


def test_reversed_on_day_one_settlement_realises_the_whole(books, union):
    item = bill(books, union)
    document = revalue(books, "2025-12-31")
    books.assert_journal(
        f"""
        2025-12-31 Revaluation {document.number} USD
          receivable                         50.00  0.00 USD
          exchange_gain_unrealised          -50.00
        2026-01-01 Revaluation reversed GEN/2025/00001
          receivable                        -50.00  0.00 USD
          exchange_gain_unrealised           50.00
        """,
        last=2,
    )
    day = document.on
    assert control_balance(books.company.pk, "receivable", day) == 950
    assert [(r.total, r.base_total) for r in aged(books.company.pk, on=day)] == [(1000, 950)]
    books.pay(union, "1000.00", "2026-02-15", {item.pk: "1000.00"}, currency="USD")
    assert gains(books) == (30, 0)
    everything_is_zero(books, union)


def test_kept_settlement_realises_only_the_rest(books, union):
    item = bill(books, union)
    revalue(books, "2025-12-31", "kept")
    assert gains(books) == (0, 50)
    books.pay(union, "500.00", "2026-02-15", {item.pk: "500.00"}, currency="USD")
    assert gains(books) == (-10, 50), "465 came for half of 950"
    books.pay(union, "500.00", "2026-03-15", {item.pk: "500.00"}, currency="USD")
    assert gains(books) == (0, 50), "485 for the other half: 950 in all for what was 900"
    everything_is_zero(books, union)


def test_month_by_month_each_difference_is_from_the_month_before(books, union):
    item = bill(books, union)
    for on, total in (("2025-12-31", 50), ("2026-01-31", 20), ("2026-02-28", 30)):
        revalue(books, on, "kept")
        assert gains(books) == (0, total)
    rows = RevaluedItem.objects.filter(item=item).order_by("pk").values_list("base_before", "base_after")
    assert list(rows) == [(900, 950), (950, 920), (920, 930)]
    books.pay(union, "1000.00", "2026-03-15", {item.pk: "1000.00"}, currency="USD")
    assert gains(books) == (40, 30)
    everything_is_zero(books, union)


def test_undone_settlements_bring_their_part_of_the_adjustment_back(books, union):
    item = bill(books, union)
    revalue(books, "2025-12-31", "kept")
    payment = books.pay(union, "333.33", "2026-02-15", {item.pk: "333.33"}, currency="USD")
    books.do("payments.unapply", payment.pk, "Wrong", on="2026-02-16")
    assert gains(books) == (0, 50)
    item.refresh_from_db()
    adjustment = RevaluedItem.objects.get().adjustment
    assert (item.open_base_amount, adjustment.open_base_amount) == (900, 50)
    books.do("payments.reverse", payment.pk, "Returned", on="2026-02-17")
    books.pay(union, "1000.00", "2026-03-15", {item.pk: "1000.00"}, currency="USD")
    assert gains(books) == (20, 50)
    everything_is_zero(books, union)


def test_a_late_run_takes_back_what_was_settled_since(books, union):
    paid, waiting = bill(books, union), bill(books, union, net="100.00")
    books.pay(union, "1000.00", "2026-01-05", {paid.pk: "1000.00"}, currency="USD")
    document = revalue(books, "2025-12-31", "kept")
    assert sorted(RevaluedItem.objects.values_list("item", "is_kept", "base_after")) == [(paid.pk, False, 950), (waiting.pk, True, 95)]
    assert control_balance(books.company.pk, "receivable", document.on) == 1045
    assert gains(books) == (50, 5)
    books.pay(union, "100.00", "2026-03-15", {waiting.pk: "100.00"}, currency="USD")
    assert gains(books) == (52, 5)
    everything_is_zero(books, union)


def test_a_write_off_of_a_revalued_item_leaves_nothing(books, union):
    item = bill(books, union)
    revalue(books, "2025-12-31", "kept")
    books.do("ledger.write_off", item.pk, "Bankrupt", on="2026-02-15")
    everything_is_zero(books, union)
    assert books.balance("write_off") + sum(-g for g in gains(books)) == 900


def test_a_kept_one_is_reversed_while_nothing_is_settled(books, union):
    item = bill(books, union)
    first = revalue(books, "2025-12-31", "kept")
    books.do("ledger.reverse_revaluation", first.pk, "Wrong rate", on="2025-12-31")
    assert gains(books) == (0, 0)
    second = revalue(books, "2025-12-31", "kept")
    books.pay(union, "1.00", "2026-02-15", {item.pk: "1.00"}, currency="USD")
    with pytest.raises(RevaluationSettled, match=second.number):
        books.do("ledger.reverse_revaluation", second.pk, "Wrong rate", on="2026-02-16")
    books.assert_checks_hold()


def test_money_paid_ahead_is_revalued_too(books, union):
    payment = books.pay(union, "200.00", "2025-11-10", currency="USD")
    revalue(books, "2025-12-31", "kept")
    assert gains(books) == (0, -10)
    item = bill(books, union, "2026-02-20", "200.00")
    books.do("payments.apply_oldest", payment.pk, on="2026-02-21")
    item.refresh_from_db()
    assert (item.open_amount, item.open_base_amount) == (0, 0)
    assert gains(books) == (4, -10)
    assert Decimal(0) == books.balance("receivable")
    everything_is_zero(books, union)
