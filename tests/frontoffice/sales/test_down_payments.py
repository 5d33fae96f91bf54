"""Money asked for ahead, with its tax, and taken off what is invoiced later, to the cent (OM-09)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.finance.einvoicing.queries import drawn
from fondaco.finance.invoicing.models import InvoiceLine
from fondaco.finance.invoicing.refusals import TakenOffTwice
from fondaco.finance.ledger.models import JournalLine
from fondaco.finance.receivables.credit import standing_of
from fondaco.finance.receivables.models import CreditLimit
from fondaco.frontoffice.sales.queries import asked_ahead
from fondaco.frontoffice.sales.refusals import DeliveredAlready, DownPaymentTooHigh, HowMuchAhead
from fondaco.localizations.it.fatturapa.writing import document_type
from fondaco.platform.database.unit import unit_of_work

D = Decimal


def on_account(books) -> Decimal:
    return sum(JournalLine.objects.filter(account__purpose="down_payments").values_list("amount", flat=True), D(0))


def test_OM_09_a_down_payment_is_taken_off_with_its_tax(shop):
    shop.receive(shop.machine, "10", "800.00")
    order = shop.order((shop.machine, 5))
    shop.did("ask_down_payment", order, on="2026-02-04", percent="30", post=True)
    (first,) = shop.invoices(order)
    assert (first.net, first.tax, first.gross) == (D(1800), D(396), D(2196))
    shop.books.assert_journal("""
        2026-02-04 invoice INV/2026/00001
          receivable                       2196.00
          down_payments                   -1800.00
          vat_output                       -396.00
        """)
    assert asked_ahead([order.pk]) == {order.pk: D(2196)}

    line = order.lines.get()
    shop.did("deliver", order, on="2026-02-10", quantities={line.pk: 1})
    shop.did("invoice", order, on="2026-02-28", post=True, down_payments="in_proportion")
    assert [(i.net, i.tax, i.gross) for i in shop.invoices(order)[1:]] == [(D(840), D("184.80"), D("1024.80"))]
    shop.did("deliver", order, on="2026-03-10")
    shop.did("invoice", order, on="2026-03-31", post=True)
    last = shop.invoices(order)[-1]
    assert (last.net, last.tax, last.gross) == (D(3360), D("739.20"), D("4099.20"))
    assert sum(i.gross for i in shop.invoices(order)) == order.gross
    assert on_account(shop.books) == 0 and asked_ahead([order.pk]) == {order.pk: 0}
    assert shop.state(order) == ["5 0 5 0 5 0"]
    shop.books.assert_checks_hold()


def test_OM_09_an_amount_is_asked_for_exactly_and_shared_by_tax_code(shop):
    reduced = shop.product("WATER", "Filter", "10.00", tax_class="reduced")
    shop.receive(shop.machine, "2", "800.00")
    shop.receive(reduced, "70", "1.00")
    order = shop.order((shop.machine, 1), (reduced, 70))
    shop.did("ask_down_payment", order, on="2026-02-04", amount="1000.01", post=True)
    (first,) = shop.invoices(order)
    assert first.gross == D("1000.01") and first.lines.count() == 2
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-28", post=True)
    assert sum(i.gross for i in shop.invoices(order)) == order.gross
    assert sum(i.tax for i in shop.invoices(order)) == order.tax
    assert on_account(shop.books) == 0
    shop.books.assert_checks_hold()


def test_OM_09_never_more_than_the_invoice_comes_to(shop):
    """What is delivered first is worth less than the down payment: it is free, and the rest waits."""
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5))
    shop.did("ask_down_payment", order, on="2026-02-04", percent="50", post=True)
    shop.did("deliver", order, on="2026-02-10", quantities={order.lines.get().pk: 1})
    shop.did("invoice", order, on="2026-02-28", post=True)
    second = shop.invoices(order)[1]
    assert second.gross == 0 and asked_ahead([order.pk]) == {order.pk: D(2196)}
    shop.did("deliver", order, on="2026-03-10")
    shop.did("invoice", order, on="2026-03-31", post=True, down_payments="none")
    assert shop.invoices(order)[2].gross == D(5856)
    shop.books.assert_checks_hold()


def test_OM_09_what_is_refused(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5))
    with pytest.raises(HowMuchAhead):
        shop.did("ask_down_payment", order, on="2026-02-04")
    shop.did("ask_down_payment", order, on="2026-02-04", percent="80")
    with pytest.raises(DownPaymentTooHigh, match=r"3,660.00 EUR .* 1,464.00 .*5,856.00"):
        shop.did("ask_down_payment", order, on="2026-02-04", percent="50")
    with pytest.raises(DeliveredAlready, match="down payment"):
        shop.did("cancel", order, reason="No")


def test_OM_09_the_database_lets_nobody_take_it_off_twice(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5))
    shop.did("ask_down_payment", order, on="2026-02-04", percent="10", post=True)
    (root,) = InvoiceLine.objects.filter(is_down_payment=True)
    shop.did("deliver", order, on="2026-02-10", quantities={order.lines.get().pk: 1})
    shop.did("invoice", order, on="2026-02-28")
    draft = shop.invoices(order)[1]
    taken = draft.lines.get(is_down_payment=True)
    for change in (
        lambda: InvoiceLine.objects.filter(pk=taken.pk).update(net=D("-600.01")),
        lambda: InvoiceLine.objects.filter(pk=taken.pk).update(down_payment=None),
        lambda: InvoiceLine.objects.create(invoice=draft, is_down_payment=True, down_payment=root, net=D("-1")),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), unit_of_work("test", "test"):
            change()
    with pytest.raises(TakenOffTwice):
        shop.books.do("invoicing.reverse", root.invoice_id, reason="No", on="2026-03-01")


def test_OM_09_credited_it_is_given_back_and_credited_itself_it_is_gone(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5))
    shop.did("ask_down_payment", order, on="2026-02-04", percent="30", post=True)
    (first,) = shop.invoices(order)
    shop.did("deliver", order, on="2026-02-10", quantities={order.lines.get().pk: 2})
    shop.did("invoice", order, on="2026-02-28", post=True)
    second = shop.invoices(order)[1]
    assert asked_ahead([order.pk]) == {order.pk: 0}
    (note,) = shop.books.do("invoicing.credit", second.pk, reason="Wrong", on="2026-03-01").made["invoices"]
    shop.books.do("invoicing.post", note)
    assert asked_ahead([order.pk]) == {order.pk: D(2196)} and on_account(shop.books) == -1800
    (note,) = shop.books.do("invoicing.credit", first.pk, reason="Called off", on="2026-03-02").made["invoices"]
    shop.books.do("invoicing.post", note)
    assert asked_ahead([order.pk]) == {order.pk: 0} and on_account(shop.books) == 0
    shop.books.assert_checks_hold()


def test_OM_09_in_a_foreign_currency_nothing_stays_on_the_account(shop):
    shop.receive(shop.machine, "5", "800.00")
    for day, rate in (("2026-01-01", "0.90"), ("2026-02-20", "0.95"), ("2026-03-20", "0.83")):
        shop.books.rate("USD", rate, on=day)
    order = shop.order((shop.machine, 3, {"unit_price": "1000.33"}), currency="USD")
    shop.did("ask_down_payment", order, on="2026-02-04", percent="33.3333", post=True)
    for day in ("2026-02-25", "2026-03-25"):
        shop.did("deliver", order, on=day, quantities={order.lines.get().pk: 1})
        shop.did("invoice", order, on=day, post=True, down_payments="in_proportion")
    shop.did("deliver", order, on="2026-03-26")
    shop.did("invoice", order, on="2026-03-26", post=True)
    assert on_account(shop.books) == 0
    # Each invoice rounds its own tax.
    assert sum(i.net for i in shop.invoices(order)) == order.net and abs(sum(i.tax for i in shop.invoices(order)) - order.tax) <= D("0.02")
    shop.books.assert_checks_hold()


def test_OM_09_credit_and_cash_count_it_once(shop):
    shop.receive(shop.machine, "5", "800.00")
    with unit_of_work("test", "test"):
        CreditLimit.objects.create(company=shop.books.company, party=shop.customer, amount=D(100_000))
    order = shop.order((shop.machine, 5))
    shop.did("ask_down_payment", order, on="2026-02-04", percent="30", post=True)
    assert standing_of(shop.books.company.pk, shop.customer.pk).exposure == order.gross


def test_OM_09_its_e_invoice_says_what_it_is(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 5))
    shop.did("ask_down_payment", order, on="2026-02-04", percent="30", post=True)
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-10", post=True)
    first, second = (d.meaning for d in drawn([i.pk for i in shop.invoices(order)]))
    assert (first.type_code, document_type(first)) == ("386", "TD02")
    assert (second.type_code, document_type(second)) == ("380", "TD01")
    assert [(r.number, r.on) for r in second.of_kind("invoice")] == [(first.number, first.on)]


def test_OM_09_statements_do_not_grow_with_the_orders(shop):
    shop.receive(shop.machine, "100", "800.00")

    def asked(count: int) -> list[str]:
        orders = [shop.order((shop.machine, 2), (shop.course, 1)) for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            shop.books.do("sales.ask_down_payment", [o.pk for o in orders], on="2026-02-04", percent="30", post=True)
            shop.books.do("sales.deliver", [o.pk for o in orders], on="2026-02-10")
            shop.books.do("sales.invoice", [o.pk for o in orders], on="2026-02-10", post=True)
        return [q["sql"] for q in seen]

    asked(1)
    assert len(asked(2)) == len(asked(12))
