"""Lists of goods and services traded with other member states: drawn up from posted documents, corrected, filed, reconciled (TX-08)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.catalog.models import CommodityCode, Product
from fondaco.masterdata.parties.models import Party
from fondaco.operations.intrastat.models import DocumentTrade, ListRule, Statement, StatementFact, StatementRow
from fondaco.operations.intrastat.planning import periods_of
from fondaco.operations.intrastat.reading import drawings, unbilled_moves, untold_moves, vat_of
from fondaco.operations.intrastat.refusals import (
    DocumentNotHere,
    EarlierListOpen,
    ListFiled,
    ListIncomplete,
    NothingTold,
    PeriodNotOver,
    ProtocolStays,
)
from fondaco.operations.inventory.models import GoodsIssue
from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.shipping.models import TransportDocument
from fondaco.operations.supply.models import VendorItem
from fondaco.platform.database.refusals import translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.operations.intrastat.conftest import free_of_charge


@pytest.fixture
def monthly(exporter):
    """Every list by month and with statistics, however small."""
    with unit_of_work("test", "test"):
        ListRule.objects.filter(company=exporter.books.company).update(
            frequency="monthly", monthly_above=None, required_from=None, statistics_above=None
        )
    exporter.open("2026-01-31")
    exporter.open("2026-03-31")
    return exporter


def reconciled(statement):
    drawing = drawings([statement]).get(statement.pk)
    return {name: amount for name, amount in vat_of(statement, drawing) if amount}


# ------------------------------------------------------------------ which lists


def test_tx08_small_sellers_file_by_quarter_without_statistics(books, exporter):
    exporter.sell(
        exporter.berlin, "2026-01-15", (exporter.machine, "2", "1200"), (exporter.cup, "10", "3.33"), (exporter.course, "1", "150")
    )
    exporter.sell(exporter.paris, "2026-02-20", (exporter.cup, "10", "3.33"))
    exporter.sell(exporter.berlin, "2026-03-31", (exporter.cup, "10", "3.33"))
    exporter.open("2026-03-31")
    assert exporter.told("goods_sold", "2026-01-01") == [
        "norm DE136695976 67 09012100 11",
        "norm DE136695976 2400 84198120 11",
        "norm FR40303265045 33 09012100 11",
    ]
    assert exporter.told("services_supplied", "2026-01-01") == ["norm DE136695976 150 855920 INV/2026/00001"]
    # Neither what is bought nor what is received reaches the amounts from which Italy asks for lists.
    assert sorted(Statement.objects.values_list("kind", "frequency", "starts_on", "ends_on", "due_on")) == [
        ("goods_sold", "quarterly", date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 25)),
        ("services_supplied", "quarterly", date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 25)),
    ]
    books.assert_checks_hold()


def test_tx08_who_goes_above_the_amount_files_by_month_from_then_on(books, exporter):
    exporter.sell(exporter.berlin, "2026-01-15", (exporter.machine, "10", "1200"))
    exporter.open("2026-01-31")
    assert [s.ends_on for s in Statement.objects.filter(kind="goods_sold")] == [date(2026, 3, 31)]
    exporter.sell(exporter.berlin, "2026-02-15", (exporter.machine, "40", "1200"))
    exporter.open("2026-05-31")
    days = Statement.objects.filter(kind="goods_sold").order_by("starts_on").values_list("starts_on", "ends_on", "frequency")
    assert [(f"{a:%m}-{b:%m}", f) for a, b, f in days] == [
        ("01-02", "quarterly"), ("03-03", "monthly"), ("04-04", "monthly"), ("05-05", "monthly"),
    ]  # fmt: skip
    assert Statement.objects.get(kind="services_supplied", starts_on="2026-01-01").frequency == "quarterly", "each kind for itself"


def test_tx08_figures_of_the_law_have_their_days(books, exporter):
    """Goods bought: due from 350,000 a quarter until the end of 2025, from 2,000,000 since (determination of 3 February 2026)."""
    rules = ListRule.objects.filter(company=books.company, kind="goods_bought").order_by("valid_from")
    assert [(r.valid_from, r.valid_to, r.required_from) for r in rules] == [
        (date(2022, 1, 1), date(2025, 12, 31), 350_000), (date(2026, 1, 1), None, 2_000_000),
    ]  # fmt: skip
    old, new = rules
    half_a_million = [Decimal(500_000)] * 4
    assert len(periods_of(old, date(2025, 10, 1), half_a_million, [Decimal(0)] * 3)) == 3
    assert periods_of(new, date(2026, 1, 1), half_a_million, [Decimal(0)] * 3) == []
    assert len(periods_of(new, date(2026, 1, 1), half_a_million, [Decimal(0), Decimal(2_000_000), Decimal(0)])) == 3


@pytest.mark.parametrize(
    ("before", "months", "expected"),
    [
        ([0, 0, 0, 50_000], [0, 0, 0], ["01-03 quarterly"]),
        ([0, 0, 0, 50_001], [0, 0, 0], ["01-01 monthly", "02-02 monthly", "03-03 monthly"]),
        ([0, 0, 0, 0], [50_001, 0, 0], ["01-01 quarterly", "02-02 monthly", "03-03 monthly"]),
        ([0, 0, 0, 0], [30_000, 30_000, 0], ["01-02 quarterly", "03-03 monthly"]),
        ([0, 0, 0, 0], [30_000, 0, 30_000], ["01-03 quarterly"]),
    ],
)
def test_tx08_periods_of_a_quarter(before, months, expected):
    rule = ListRule(frequency="by_amount", monthly_above=Decimal(50_000), statistics_above=Decimal(100_000))
    found = periods_of(rule, date(2026, 1, 1), [Decimal(b) for b in before], [Decimal(m) for m in months])
    assert [f"{p.starts_on:%m}-{p.ends_on:%m} {p.frequency}" for p in found] == expected


# ------------------------------------------------------------------ what stands on them


def test_tx08_a_month_with_all_that_customs_asks(books, monthly):
    """The scenario as an accountant reads it: goods sold and bought, services both ways, with statistics."""
    monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"), (monthly.cup, "10", "3.33"), (monthly.course, "1", "150.50"))
    monthly.sell(monthly.paris, "2026-01-20", (monthly.machine, "1", "1200"))
    green = {"product": monthly.cup.pk, "quantity": "400", "unit_price": "2.5525", "tax_code": "IT-P-ICA"}
    service = {"description": "Advertising", "quantity": "1", "unit_price": "80", "tax_code": "IT-P-RC", "account": "expense"}
    bill = books.bill(monthly.vendor, [green, service], "2026-01-25")
    assert monthly.told("goods_sold", "2026-01-01") == [
        "norm DE136695976 33 09012100 11 3kg 0 DE BR MI",
        "norm DE136695976 2400 84198120 11 47kg 2p/st DE IT MI",
        "norm FR40303265045 1200 84198120 11 23kg 1p/st FR IT MI",
    ]
    assert monthly.told("goods_bought", "2026-01-01") == ["norm 1021 09012100 11 100kg 0 ES BR MI"]
    assert monthly.told("services_supplied", "2026-01-01") == ["norm DE136695976 151 855920 INV/2026/00001"]
    assert monthly.told("services_received", "2026-01-01") == [f"norm 80 {bill.vendor_number} lacks service"]
    monthly.books.do("intrastat.tell", monthly.list("services_received", "2026-01-01").pk, documents=bill.number, service_code="731111")
    assert monthly.told("services_received", "2026-01-01") == [f"norm 80 731111 {bill.vendor_number}"]
    for kind in ("goods_sold", "goods_bought", "services_supplied", "services_received"):
        statement = monthly.list(kind, "2026-01-01")
        assert "difference" not in reconciled(statement), kind
        monthly.file(kind, "2026-01-01")
        assert "difference" not in reconciled(Statement.objects.get(pk=statement.pk)), kind
    assert reconciled(monthly.list("goods_sold", "2026-01-01")) == {
        "vat": Decimal("3633.30"), "rounding": Decimal("-0.30"), "list": 3633,
    }  # fmt: skip
    books.assert_checks_hold()


def test_tx08_incomplete_rows_are_not_filed(books, monthly):
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=monthly.machine.pk).update(commodity_code=None, origin=None)
        Product.objects.filter(pk=monthly.cup.pk).update(weight_kg=None)
        Party.objects.filter(pk=monthly.paris.pk).update(vat_number="FR40303265046")
        CommodityCode.objects.filter(pk=monthly.coffee.pk).update(valid_to=date(2025, 12, 31))
    monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"), (monthly.cup, "10", "3.33"))
    monthly.sell(monthly.paris, "2026-01-15", (monthly.cup, "1", "3.33"))
    assert monthly.told("goods_sold", "2026-01-01") == [
        "norm DE136695976 2400 11 DE MI lacks commodity, origin",
        "norm DE136695976 33 09012100 11 0kg 0 DE BR MI lacks commodity_ended, mass",
        "norm FR40303265046 3 09012100 11 0kg 0 FR BR MI lacks partner, commodity_ended, mass",
    ]
    with pytest.raises(ListIncomplete, match=r"3 of its rows are incomplete\. INV/2026/00001: commodity code, country of origin"):
        monthly.file("goods_sold", "2026-01-01")
    assert not StatementRow.objects.exists()
    with unit_of_work("test", "test"):
        Product.objects.filter(pk=monthly.machine.pk).update(commodity_code=monthly.makers, origin="IT")
        Product.objects.filter(pk=monthly.cup.pk).update(weight_kg=Decimal("0.25"))
        Party.objects.filter(pk=monthly.paris.pk).update(vat_number="40303265045")
        CommodityCode.objects.filter(pk=monthly.coffee.pk).update(valid_to=None)
    filed = monthly.file("goods_sold", "2026-01-01")
    assert (filed.number, filed.amount) == ("IL/2026/00001", 2436)
    assert monthly.told("goods_sold", "2026-01-01")[-1].startswith("norm FR40303265045 3 09012100 11 1kg"), "what is there is never nothing"


def test_tx08_lists_are_filed_in_order_after_their_period(books, monthly):
    monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"))
    with pytest.raises(PeriodNotOver, match="its period ends on 31 Jan 2026"):
        monthly.file("goods_sold", "2026-01-01", "2026-01-31")
    with pytest.raises(EarlierListOpen, match="2026-02 cannot be filed before that of 2026-01"):
        monthly.file("goods_sold", "2026-02-01")
    both = [monthly.list("goods_sold", d).pk for d in ("2026-01-01", "2026-02-01")]
    books.do("intrastat.file", both, on=date(2026, 4, 1))
    assert Statement.objects.filter(state="filed").count() == 2
    books.assert_checks_hold()


# ------------------------------------------------------------------ corrections


def test_tx08_a_credit_note_of_the_same_month_lessens_its_row(books, monthly):
    sold = monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"), (monthly.course, "1", "150"))
    monthly.credit(sold, "2026-01-20", (monthly.machine, "1", "1200"), (monthly.course, "1", "50"))
    assert monthly.told("goods_sold", "2026-01-01") == ["norm DE136695976 1200 84198120 11 23kg 1p/st DE IT MI"]
    assert monthly.told("services_supplied", "2026-01-01") == [f"norm DE136695976 100 855920 {sold.number}"]
    monthly.credit(sold, "2026-01-21", (monthly.machine, "1", "1200"), (monthly.course, "1", "100"))
    assert monthly.told("goods_sold", "2026-01-01") == monthly.told("services_supplied", "2026-01-01") == []
    monthly.file("goods_sold", "2026-01-01")
    assert StatementFact.objects.filter(row=None).count() == 3, "what came to nothing was taken into account"
    books.assert_checks_hold()


def test_tx08_a_credit_note_of_a_later_month_corrects_the_earlier(books, monthly):
    sold = monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"), (monthly.course, "1", "150"))
    monthly.credit(sold, "2026-02-03", (monthly.machine, "1", "1200"), (monthly.course, "1", "50"))
    assert monthly.told("services_supplied", "2026-02-01") == ["corr DE136695976 -50 855920 CN/2026/00001 of 2026-01 lacks original"]
    for kind in ("goods_sold", "services_supplied"):
        monthly.file(kind, "2026-01-01")
    assert monthly.told("goods_sold", "2026-01-01") == ["norm DE136695976 2400 84198120 11 47kg 2p/st DE IT MI"]
    assert monthly.told("goods_sold", "2026-02-01") == ["corr DE136695976 -1200 84198120 11 0kg 0 of 2026-01"]
    assert monthly.told("services_supplied", "2026-02-01") == ["corr DE136695976 -50 855920 CN/2026/00001 of 2026-01"]
    filed = monthly.file("services_supplied", "2026-02-01")
    assert filed.rows.get().corrects == StatementRow.objects.get(statement__kind="services_supplied", section="normal")
    assert reconciled(filed) == {"vat": -50, "list": -50}
    monthly.file("goods_sold", "2026-02-01")
    books.assert_checks_hold()


def test_tx08_what_comes_late_corrects_what_was_filed_on_the_first_open_list(books, monthly):
    monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"))
    monthly.file("goods_sold", "2026-01-01")
    monthly.file("services_supplied", "2026-01-01")
    kept = list(StatementRow.objects.values())
    monthly.sell(monthly.berlin, "2026-01-31", (monthly.machine, "1", "1000"), (monthly.course, "1", "150"))
    assert monthly.told("goods_sold", "2026-02-01") == ["corr DE136695976 1000 84198120 11 0kg 0 of 2026-01"]
    # A service that was never told has no row to correct: it is told now, with the day of its invoice.
    assert monthly.told("services_supplied", "2026-02-01") == ["norm DE136695976 150 855920 INV/2026/00002"]
    assert list(StatementRow.objects.values()) == kept, "what was filed stays as it was filed"
    february = monthly.list("goods_sold", "2026-02-01")
    assert reconciled(february) == {"other_days": 1000, "list": 1000}
    assert reconciled(monthly.list("goods_sold", "2026-01-01")) == {"vat": 3400, "elsewhere": -1000, "list": 2400}
    books.assert_checks_hold()


def test_tx08_a_reversed_document_was_never_there_or_is_taken_back(books, monthly):
    first = monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"))
    books.do("invoicing.reverse", first.pk, "Wrong customer", on=date(2026, 2, 10))
    assert monthly.told("goods_sold", "2026-01-01") == monthly.told("goods_sold", "2026-02-01") == []
    second = monthly.sell(monthly.paris, "2026-01-16", (monthly.machine, "1", "1200"))
    monthly.file("goods_sold", "2026-01-01")
    books.do("invoicing.reverse", second.pk, "Wrong price", on=date(2026, 2, 11))
    assert monthly.told("goods_sold", "2026-02-01") == ["corr FR40303265045 -1200 84198120 11 0kg 0 of 2026-01"]
    monthly.sell(monthly.paris, "2026-02-11", (monthly.machine, "1", "1100"))
    monthly.file("goods_sold", "2026-02-01")
    assert monthly.told("goods_sold", "2026-02-01") == [
        "norm FR40303265045 1100 84198120 11 23kg 1p/st FR IT MI", "corr FR40303265045 -1200 84198120 11 0kg 0 of 2026-01",
    ]  # fmt: skip
    books.assert_checks_hold()


def test_tx08_a_changed_bill_corrects_the_month_in_which_it_was_told(books, monthly):
    line = {"product": monthly.cup.pk, "quantity": "400", "unit_price": "2.50", "tax_code": "IT-P-ICA"}
    bill = books.bill(monthly.vendor, [line], "2026-01-25")
    monthly.file("goods_bought", "2026-01-01")
    books.do("payables.reverse", bill.pk, "The vendor billed too much", on=date(2026, 2, 5))
    books.bill(monthly.vendor, [{**line, "unit_price": "2.40"}], "2026-02-05")
    assert monthly.told("goods_bought", "2026-02-01") == [
        "norm 960 09012100 11 100kg 0 ES BR MI",
        "corr -1000 09012100 11 0kg 0 of 2026-01",
    ]
    books.assert_checks_hold()


def test_tx08_a_credit_note_without_its_invoice_wants_its_period(books, monthly):
    note = monthly.sell(monthly.berlin, "2026-02-03", (monthly.machine, "1", "1200"), kind="credit_note")
    (row,) = monthly.told("goods_sold", "2026-02-01")
    assert row.endswith("lacks negative")
    with pytest.raises(DocumentNotHere, match="“INV-9” is no document of these lists"):
        books.do("intrastat.tell", monthly.list("goods_sold", "2026-02-01").pk, documents="INV-9", corrects_on=date(2025, 12, 5))
    with pytest.raises(NothingTold):
        books.do("intrastat.tell", monthly.list("goods_sold", "2026-02-01").pk, documents=note.number)
    books.do("intrastat.tell", monthly.list("goods_sold", "2026-02-01").pk, documents=note.number, corrects_on=date(2025, 12, 5))
    assert monthly.told("goods_sold", "2026-02-01") == ["corr DE136695976 -1200 84198120 11 0kg 0 of 2025-12"]
    books.do("intrastat.tell", monthly.list("goods_sold", "2026-02-01").pk, documents=note.number, left_out="Told on paper")
    assert monthly.told("goods_sold", "2026-02-01") == []
    assert DocumentTrade.objects.get().corrects_on == date(2025, 12, 5), "what was not said again stays"
    assert reconciled(monthly.list("goods_sold", "2026-02-01")) == {"vat": -1200, "left_out": 1200}


# ------------------------------------------------------------------ goods that nobody bills, and goods that never were here


def test_tx08_goods_free_of_charge_are_told_for_the_statistics(books, monthly):
    monthly.receive(monthly.cup, "100", "1.00")
    key = free_of_charge(monthly, "20", "2026-01-20")
    january = monthly.list("goods_sold", "2026-01-01")
    assert monthly.told("goods_sold", "2026-01-01") == []
    assert [row[2] for row in untold_moves([january])[january.pk]] == [GoodsIssue.objects.get(pk=key).number], (
        "somebody should say what they were"
    )
    books.do("intrastat.tell", january.pk, documents=GoodsIssue.objects.get(pk=key).number, nature="34")
    assert monthly.told("goods_sold", "2026-01-01") == ["norm DE136695976 0 09012100 34 5kg 0 DE BR MI stat 20"]
    assert untold_moves([january]) == {january.pk: []}
    assert reconciled(january) == {}, "they change nothing that is taxed"
    monthly.file("goods_sold", "2026-01-01")
    books.assert_checks_hold()


def test_tx08_the_reason_of_the_transport_document_tells_the_nature(books, monthly):
    monthly.receive(monthly.cup, "100", "1.00")
    key = free_of_charge(monthly, "8", "2026-01-20")
    with unit_of_work("test", "test"):
        TransportDocument.objects.filter(source_id=key).update(reason="processing")
    assert monthly.told("goods_sold", "2026-01-01") == ["norm DE136695976 0 09012100 41 2kg 0 DE BR MI stat 8"]
    assert not any(untold_moves([monthly.list("goods_sold", "2026-01-01")]).values())


def test_tx08_delivered_goods_wait_for_their_invoice(books, monthly):
    monthly.receive(monthly.machine, "5", "700")
    order = monthly.order((monthly.machine, "2"), customer=monthly.berlin.pk, on="2026-01-10")
    monthly.did("deliver", order, on="2026-01-20")
    january = monthly.list("goods_sold", "2026-01-01")
    assert [row[3] for row in unbilled_moves(january)] == ["Kaffeehaus Berlin"]
    monthly.did("invoice", order, on="2026-01-31", post=True)
    assert unbilled_moves(january) == []
    assert monthly.told("goods_sold", "2026-01-01") == ["norm DE136695976 2400 84198120 11 47kg 2p/st DE IT MI"]
    monthly.did("take_back", order, "Broken", on="2026-02-10", quantities={order.lines.get().pk: "1"})
    assert [t.split(" of ")[0] for t in monthly.told("goods_sold", "2026-02-01")] in ([], ["corr DE136695976 -1200 84198120 11 0kg 0"])
    books.assert_checks_hold()


def test_tx08_triangular_trade_is_told_for_the_tax_only(books, monthly):
    """Bought in Spain, sold to Germany, sent straight there: goods that never crossed our border have no statistics."""
    with unit_of_work("test", "test"):
        VendorItem.objects.create(
            company=books.company, vendor=monthly.vendor, product=monthly.cup, lead_days=5, unit_price="1.50", currency_id="EUR"
        )
    order = monthly.order((monthly.cup, "100", {"procured": "direct"}), customer=monthly.berlin.pk, on="2026-01-10", reserve_partly=True)
    books.do("purchasing.confirm", PurchaseOrder.objects.get().pk)
    monthly.did("sent_by_vendor", order, on="2026-01-20")
    monthly.did("invoice", order, on="2026-01-25", post=True)
    line = {"product": monthly.cup.pk, "quantity": "100", "unit_price": "1.50", "tax_code": "IT-P-ICA"}
    bill = books.bill(monthly.vendor, [line], "2026-01-28", post=False)
    books.do("payables.match", bill.pk)
    books.do("payables.post", bill.pk)
    assert monthly.told("goods_sold", "2026-01-01") == ["norm DE136695976 333 09012100 11T 0kg 0"]
    assert monthly.told("goods_bought", "2026-01-01") == ["norm 150 09012100 11T 0kg 0"]


def test_tx08_money_asked_for_before_goods_moved_is_left_out(books, monthly):
    monthly.receive(monthly.machine, "5", "700")
    order = monthly.order((monthly.machine, "2"), customer=monthly.berlin.pk, on="2026-01-05")
    monthly.did("ask_down_payment", order, on="2026-01-06", percent="50", post=True)
    monthly.did("deliver", order, on="2026-02-02")
    monthly.did("invoice", order, on="2026-02-03", post=True)
    assert monthly.told("goods_sold", "2026-01-01") == []
    assert monthly.told("goods_sold", "2026-02-01") == ["norm DE136695976 2400 84198120 11 47kg 2p/st DE IT MI"]
    assert reconciled(monthly.list("goods_sold", "2026-01-01")) == {"vat": 1200, "left_out": -1200}
    assert reconciled(monthly.list("goods_sold", "2026-02-01")) == {"vat": 1200, "left_out": 1200, "list": 2400}
    for day in ("2026-01-01", "2026-02-01"):
        monthly.file("goods_sold", day)
    books.assert_checks_hold()


def test_tx08_a_foreign_currency_and_a_shared_base_come_to_the_cent(books, monthly):
    books.rate("USD", "0.9137", "2026-01-01")
    lines = ((monthly.machine, "1", "33.33"), (monthly.cup, "1", "33.33"), (monthly.machine, "1", "33.34"))
    sold = monthly.sell(monthly.berlin, "2026-01-15", *lines, currency="USD")
    drawing = monthly.drawn("goods_sold", "2026-01-01")
    assert sum(d.row.value for d in drawing.rows) == Decimal("91.37")
    monthly.file("goods_sold", "2026-01-01")
    assert StatementFact.objects.filter(source_id=sold.pk).count() == 3
    books.assert_checks_hold()


# ------------------------------------------------------------------ the law in the database


def refused(sql, *given):
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, given)
        cursor.execute("set constraints all immediate")
    return caught.value


def test_tx08_what_was_filed_never_changes(books, monthly):
    """Whoever goes round the verb, as the application's role: rows, facts, the list itself, and rows without filing."""
    monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"))
    filed = monthly.file("goods_sold", "2026-01-01")
    february = monthly.list("goods_sold", "2026-02-01")
    error = refused("update intrastat_statement set amount = 1 where id = %s", filed.pk)
    assert isinstance(translated(error), ListFiled)
    assert "list IL/2026/00001 is filed" in translated(error).sentence()
    refused("update intrastat_statement set state = 'open' where id = %s", filed.pk)
    refused("delete from intrastat_statement where id = %s", filed.pk)
    for table in ("intrastat_statementrow", "intrastat_statementfact"):
        refused(f"update {table} set value = 1 where statement_id = %s", filed.pk)
        refused(f"delete from {table} where statement_id = %s", filed.pk)
    row = "insert into intrastat_statementrow (statement_id, section, position, vat_number, value, amount, commodity_code, nature, is_triangular, supplementary_unit, delivery_terms, transport, country, origin, region, service_code, document_number, supply, payment, payment_country, version) values (%s, 'normal', 9, '', 5, 5, '', '', false, '', '', '', '', '', '', '', '', '', '', '', 1)"
    assert "is filed" in str(refused(row, filed.pk))
    assert "is not filed" in str(refused(row, february.pk))
    assert "comes to" in str(
        refused(
            "update intrastat_statement set state = 'filed', number = 'X', filed_on = '2026-03-01', amount = 7 where id = %s", february.pk
        )
    )
    with unit_of_work("test", "test"):
        fact = StatementFact.objects.get()
        fact.pk, fact.statement_id, fact.row_id = None, february.pk, None
        with pytest.raises(DatabaseError, match="tax_on_one_list"), transaction.atomic():
            fact.save(force_insert=True)


def test_tx08_the_protocol_is_entered_once(books, monthly):
    filed = monthly.file("goods_sold", "2026-01-01")
    books.do("intrastat.keep_protocol", filed.pk, protocol="000123")
    with pytest.raises(ListFiled):
        books.do("intrastat.keep_protocol", filed.pk, protocol="000124")
    other = monthly.file("services_supplied", "2026-01-01")
    with pytest.raises(ProtocolStays):
        books.do("intrastat.keep_protocol", other.pk, protocol="n. 12")


# ------------------------------------------------------------------ sets


def test_tx08_statements_do_not_grow_with_documents(books, monthly):
    def counted(day, times):
        for n in range(times):
            monthly.sell(monthly.berlin if n % 2 else monthly.paris, day, (monthly.machine, "1", "1200"), (monthly.cup, "5", "3"))
        statement = monthly.list("goods_sold", day)
        with CaptureQueriesContext(
            connection,
        ) as read:
            drawings([statement])
        with CaptureQueriesContext(connection) as written:
            books.do("intrastat.file", statement.pk, on=date(2026, 12, 31))
        return len(read), len(written)

    assert counted("2026-01-10", 1) == counted("2026-02-10", 12)
    monthly.open("2026-06-30")
    many = [s.pk for s in Statement.objects.filter(state="open", kind="goods_sold")]
    with CaptureQueriesContext(connection) as read:
        drawings(list(Statement.objects.filter(state="open")))
    assert len(read) <= 6
    with CaptureQueriesContext(connection) as one:
        books.do("intrastat.file", many[:1], on=date(2026, 12, 31))
    with CaptureQueriesContext(connection) as rest:
        books.do("intrastat.file", many[1:], on=date(2026, 12, 31))
    assert len(many) > 2 and len(rest) == len(one)


def test_tx08_telling_and_opening_cost_the_same_for_many(books, monthly):
    numbers = [monthly.sell(monthly.berlin, "2026-01-10", (monthly.machine, "1", "1200")).number for _n in range(9)]
    january = monthly.list("goods_sold", "2026-01-01")
    with CaptureQueriesContext(connection) as one:
        books.do("intrastat.tell", january.pk, documents=numbers[0], nature="12")
    with CaptureQueriesContext(connection) as many:
        books.do("intrastat.tell", january.pk, documents=" ".join(numbers[1:]), nature="12")
    with CaptureQueriesContext(connection) as again:
        books.do("intrastat.tell", january.pk, documents=" ".join(numbers), nature="11")
    assert len(one) == len(many) and len(again) <= len(many) + 1
    with CaptureQueriesContext(connection) as quarter:
        monthly.open("2026-06-30")
    with CaptureQueriesContext(connection) as years:
        monthly.open("2027-12-31")
    assert len(quarter) == len(years)


def test_tx08_a_company_elsewhere_in_the_union_has_its_lists(books):
    german = open_books(country="DE", code="DE1", vat_number="DE136695976")
    assert sorted(ListRule.objects.filter(company=german.company).values_list("kind", flat=True)) == [
        "goods_bought", "goods_sold", "services_supplied",
    ]  # fmt: skip
    customer = german.customer("Bar Roma", "IT", vat_number="IT00743110157")
    german.invoice(customer, [{"quantity": "1", "unit_price": "100"}], "2026-01-15")
    german.do("companies.open_lists", german.company.pk, through=date(2026, 1, 31))
    statement = Statement.objects.get(company=german.company, kind="goods_sold")
    (row,) = drawings([statement])[statement.pk].rows
    assert (row.row.vat_number, row.row.amount, row.missing) == ("IT00743110157", 100, ("commodity", "mass", "origin"))
    swiss = open_books(country="CH", currency="CHF", code="CH1")
    assert not ListRule.objects.filter(company=swiss.company).exists()


def test_tx08_what_a_partner_and_a_document_say_comes_before_the_defaults(books, monthly):
    create(
        ACTOR,
        RESOURCES["intrastat-partners"],
        [{"company": books.company.pk, "party": monthly.berlin.pk, "delivery_terms": "DAP", "transport": "3", "country": "AT"}],
    )
    sold = monthly.sell(monthly.berlin, "2026-01-15", (monthly.machine, "2", "1200"))
    (one,) = monthly.drawn("goods_sold", "2026-01-01").rows
    assert (one.row.delivery_terms, one.row.transport, one.row.country) == ("DAP", "3", "AT")
    january = monthly.list("goods_sold", "2026-01-01")
    books.do("intrastat.tell", january.pk, documents=sold.number, delivery_terms="EXW", country="fr", nature="12", region="to")
    (one,) = monthly.drawn("goods_sold", "2026-01-01").rows
    assert (one.row.delivery_terms, one.row.transport, one.row.country, one.row.nature, one.row.region) == ("EXW", "3", "FR", "12", "TO")
