"""Returns as data: boxes that drill to tax entries, a lock when filed, late entries in the next one, settlement with credit and interest (TX-05)."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from fondaco.finance.tax.declaring import Circumstances, Group, declare, fits, interest_of, periods
from fondaco.finance.tax.models import FormerFiling, ReturnAmount, ReturnBox, ReturnDefinition, TaxCode, TaxEntry, TaxRegime, TaxReturn
from fondaco.finance.tax.queries import advance_by_history, declarations, groups_of
from fondaco.finance.tax.refusals import EarlierReturnOpen, LaterReturnFiled, NothingLate
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.finance.tax.test_purchases import bill


@pytest.fixture
def returns(books):
    """The monthly returns of 2026, by month."""
    return prepared(books)


def prepared(books):
    keys = books.do("companies.prepare_returns", books.company.pk, year=2026).made["vat-returns"]
    return {r.starts_on.month: r.pk for r in TaxReturn.objects.filter(pk__in=keys)}


def boxes(key):
    """The boxes of a return that are not zero, as they stand now."""
    return {b.box.code: b.amount for b in declarations([TaxReturn.objects.get(pk=key)])[key].boxes if b.amount}


def declared(key):
    return {a.box: a.amount for a in ReturnAmount.objects.filter(tax_return=key) if a.amount}


def sell(books, amount, on, **line):
    return books.invoice(books.customer(f"C{TaxEntry.objects.count()}"), [{"quantity": "1", "unit_price": amount, **line}], on)


def test_TX_05_boxes_are_sums_of_tax_entries_and_drill_to_them(books, returns):
    codes = {c.code: c for c in TaxCode.objects.filter(company=books.company)}
    sell(books, "1000", "2026-03-10")
    sell(books, "500", "2026-03-31", tax_code=codes["IT-N4"].pk)
    sell(books, "999", "2026-04-01")
    vendor = books.customer("Werk GmbH", "DE")
    bill(books, vendor, "2026-03-12", (codes["IT-P-S40"], "22", "100"), (codes["IT-P-RC"], "22", "50"))
    assert boxes(returns[3]) == {
        "VP2": 1500, "VP3": 150, "VP4": 231, "VP5": Decimal("19.80"), "VP6": Decimal("211.20"), "VP14": Decimal("211.20"),
    }  # fmt: skip
    row = TaxReturn.objects.get(pk=returns[3])
    vp4 = next(b for b in declarations([row])[row.pk].boxes if b.box.code == "VP4")
    entries = TaxEntry.objects.filter(company=books.company, reported_on__range=(row.starts_on, row.ends_on), kind="sale")
    assert sum(g.tax for g in vp4.groups) == sum(e.tax for e in entries.filter(chargeable="now")) == 231
    assert {(g.kind, g.code) for g in vp4.groups} == {("sale", "IT-S"), ("sale", "IT-N4"), ("self_assessed", "IT-P-RC")}


def test_TX_05_filing_locks_and_what_comes_late_counts_in_the_next_return(books, returns):
    first = sell(books, "1000", "2026-01-10")
    books.do("tax.file", returns[1], on="2026-02-16")
    assert declared(returns[1]) == {"VP2": 1000, "VP4": 220, "VP6": 220, "VP14": 220}
    late = sell(books, "100", "2026-01-31")
    books.do("invoicing.reverse", first.pk, reason="Wrong", on="2026-01-31")
    assert {(t.tax_point, t.reported_on) for t in TaxEntry.objects.filter(entry=late.entry)} == {(date(2026, 1, 31), date(2026, 2, 1))}
    assert boxes(returns[1]) == declared(returns[1])
    assert boxes(returns[2]) == {"VP2": -900, "VP4": -198, "VP6": -198, "VP14": -198}
    (group,) = groups_of([TaxReturn.objects.get(pk=returns[2])])[returns[2]]
    assert (group.entries, group.late) == (2, 2)
    books.assert_checks_hold()


def test_TX_05_a_credit_and_a_small_debt_are_carried_and_the_settlement_leaves_nothing(books, returns):
    codes = {c.code: c for c in TaxCode.objects.filter(company=books.company)}
    bill(books, books.customer("Garage"), "2026-01-12", (codes["IT-P-S"], "22", "1000"))
    sell(books, "500", "2026-01-12")
    sell(books, "700", "2026-02-12")
    sell(books, "200", "2026-03-12")
    books.do("tax.file", [returns[1], returns[2], returns[3]], on="2026-04-16")
    assert declared(returns[1])["VP14"] == -110
    assert (declared(returns[2])["VP8"], declared(returns[2])["VP14"]) == (110, 44)
    assert (declared(returns[3])["VP7"], declared(returns[3])["VP14"]) == (44, 88)
    books.do("tax.settle", [returns[1], returns[2], returns[3]], on="2026-04-16")
    books.assert_journal(
        """
        2026-04-16 VAT return VAT/2026/00001
          vat_input                        -220.00
          vat_output                        110.00
          vat_settlement                    110.00
        2026-04-16 VAT return VAT/2026/00002
          vat_output                        154.00
          vat_settlement                   -154.00
        2026-04-16 VAT return VAT/2026/00003
          vat_output                         44.00
          vat_settlement                    -44.00
        """,
        last=3,
    )
    assert [books.balance(p) for p in ("vat_input", "vat_output", "vat_settlement")] == [0, 0, -88]
    assert boxes(returns[4]) == {"VP7": 88, "VP14": 88}
    books.do("tax.unsettle", returns[3], reason="Wrong day", on="2026-04-17")
    assert (books.balance("vat_output"), TaxReturn.objects.get(pk=returns[3]).state) == (-44, "filed")
    books.do("tax.settle", returns[3], on="2026-04-18")
    books.assert_checks_hold()


def test_TX_05_quarters_pay_one_per_cent_and_the_advance_counts(books):
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(company=books.company, valid_from=date(2026, 1, 1), frequency="quarterly", interest_percent=1)
    quarters = prepared(books)
    assert sorted(quarters) == [1, 4, 7, 10]
    sell(books, "1000.05", "2026-02-10")
    sell(books, "1000", "2026-11-10")
    with unit_of_work("test", "test"):
        TaxReturn.objects.filter(pk=quarters[10]).update(advance_paid=150)
    books.do("tax.file", list(quarters.values()), on="2027-03-16")
    assert declared(quarters[1]) == {"VP2": Decimal("1000.05"), "VP4": Decimal("220.01"), "VP6": Decimal("220.01"), "VP12": Decimal("2.20"), "VP14": Decimal("222.21")}  # fmt: skip
    assert declared(quarters[10]) == {"VP2": 1000, "VP4": 220, "VP6": 220, "VP13": 150, "VP14": 70}
    books.do("tax.settle", quarters[1], on="2026-05-16")
    books.assert_journal("""
        2026-05-16 VAT return VAT/2026/00001
          vat_output                        220.01
          interest_expense                    2.20
          vat_settlement                   -222.21
    """)
    books.assert_checks_hold()


def test_TX_05_the_advance_is_a_share_of_last_december(books):
    books.do("companies.prepare_returns", books.company.pk, year=2025)
    later = prepared(books)
    sell(books, "1000", "2025-12-10")
    old = list(TaxReturn.objects.filter(ends_on__year=2025).order_by("pk").values_list("pk", flat=True))
    december = TaxReturn.objects.select_related("company__currency").get(pk=later[12])
    how = {"percent": Decimal(88), "minimum": Decimal("103.29")}
    assert advance_by_history(december, **how) == 0
    with unit_of_work("test", "test"):
        TaxReturn.objects.filter(pk=old[-1]).update(advance_paid=20)
    books.do("tax.file", old, on="2026-01-16")
    assert advance_by_history(december, **how) == Decimal("193.60")
    assert advance_by_history(december, percent=Decimal(40), minimum=Decimal("103.29")) == 0
    assert advance_by_history(TaxReturn.objects.get(pk=later[11]), **how) == 0


def test_TX_05_returns_are_filed_in_order_and_the_last_is_reopened_with_a_reason(books, returns):
    sell(books, "1000", "2026-01-10")
    with pytest.raises(EarlierReturnOpen, match=r"The return of 2026-02 cannot be filed before that of 2026-01"):
        books.do("tax.file", returns[2], on="2026-03-16")
    books.do("tax.file", [returns[1], returns[2]], on="2026-03-16")
    with pytest.raises(LaterReturnFiled, match=r"VAT/2026/00001 cannot be reopened: VAT/2026/00002 is filed"):
        books.do("tax.reopen", returns[1], reason="Forgot one")
    with pytest.raises(UserError, match="reason"):
        books.do("tax.reopen", returns[2])
    books.do("tax.reopen", [returns[2]], reason="Forgot one")
    assert (TaxReturn.objects.get(pk=returns[2]).number, declared(returns[2])) == ("VAT/2026/00002", {})
    sell(books, "10", "2026-02-10")
    books.do("tax.file", returns[2], on="2026-03-17")
    assert declared(returns[2])["VP4"] == Decimal("2.20")
    books.assert_checks_hold()


def test_TX_05_a_return_filed_by_error_is_corrected_and_what_was_declared_before_is_kept(books, returns):
    """TX-05: reopened with a reason, late lines counted where they belong, filed again under its number; the former filing stays."""
    sell(books, "1000", "2026-01-10")
    books.do("tax.file", [returns[1], returns[2]], on="2026-03-16")
    late = sell(books, "100", "2026-01-31")
    assert (boxes(returns[1])["VP4"], boxes(returns[3])["VP4"]) == (220, 22)
    with pytest.raises(LaterReturnFiled, match="all of them at once"):
        books.do("tax.reopen", returns[1], reason="One is missing")
    books.do("tax.reopen", [returns[1], returns[2]], reason="One is missing")
    with pytest.raises(UserError, match="reason"):
        books.do("tax.count_late", returns[1])
    books.do("tax.count_late", returns[1], reason="One is missing")
    assert (boxes(returns[1])["VP4"], "VP4" in boxes(returns[3])) == (242, False)
    told = TaxEntry.objects.filter(entry=late.entry_id).order_by("id").values_list("base", "tax", "reported_on")
    assert list(told) == [
        (100, 22, date(2026, 3, 1)), (-100, -22, date(2026, 3, 1)), (100, 22, date(2026, 1, 31)),
    ]  # fmt: skip
    assert sum(g.late for g in groups_of([TaxReturn.objects.get(pk=returns[3])])[returns[3]]) == 0
    with pytest.raises(NothingLate, match="2026-01"):
        books.do("tax.count_late", returns[1], reason="Again")
    books.do("tax.file", [returns[1], returns[2]], on="2026-03-20")
    assert (TaxReturn.objects.get(pk=returns[1]).number, declared(returns[1])["VP4"]) == ("VAT/2026/00001", 242)
    former = FormerFiling.objects.get(tax_return=returns[1])
    assert (former.position, former.filed_on, former.payable, former.reason) == (1, date(2026, 3, 16), 220, "One is missing")
    assert {box: Decimal(amount) for box, amount in former.amounts.items() if Decimal(amount)} == {
        "VP2": 1000,
        "VP4": 220,
        "VP6": 220,
        "VP14": 220,
    }
    books.do("invoicing.reverse", late.pk, reason="Never came", on="2026-03-25")
    assert boxes(returns[3])["VP4"] == -22
    books.assert_checks_hold()


def test_TX_05_a_return_of_nothing_is_settled_without_an_entry_and_taken_back(books, returns):
    """TX-05: an empty return does not stay filed for ever."""
    books.do("tax.file", [returns[1], returns[2]], on="2026-03-16")
    sell(books, "1000", "2026-03-10")
    books.do("tax.file", returns[3], on="2026-04-16")
    books.do("tax.settle", [returns[1], returns[2], returns[3]], on="2026-04-16")
    rows = TaxReturn.objects.filter(pk__in=[returns[m] for m in (1, 2, 3)]).order_by("starts_on")
    assert [(r.state, r.entry_id is None) for r in rows] == [("settled", True), ("settled", True), ("settled", False)]
    books.do("tax.unsettle", [returns[2], returns[3]], reason="Wrong", on="2026-04-17")
    books.do("tax.reopen", [returns[2], returns[3]], reason="Wrong")
    assert (TaxReturn.objects.get(pk=returns[2]).state, books.balance("vat_output")) == ("open", -220)
    books.assert_checks_hold()


def test_TX_05_tax_that_waits_is_brought_back_too_and_released_once(books):
    """TX-05, TX-04: a late invoice under VAT on payment is counted in its own month, and paid it becomes chargeable once."""
    with unit_of_work("test", "test"):
        TaxRegime.objects.create(company=books.company, valid_from=date(2026, 1, 1), cash_basis=True)
    months = prepared(books)
    books.do("tax.file", months[1], on="2026-02-16")
    customer = books.customer("Bar Duomo", vat_number="IT00743110157")
    late = books.invoice(customer, [{"quantity": "1", "unit_price": "100"}], "2026-01-31")
    books.do("tax.reopen", months[1], reason="One is missing")
    books.do("tax.count_late", months[1], reason="One is missing")
    assert (boxes(months[1]).get("VP2"), boxes(months[2])) == (100, {})
    books.pay(customer, "61", "2026-02-10", {books.item(late).pk: "61"})
    books.pay(customer, "61", "2026-02-11", {books.item(late).pk: "61"})
    assert boxes(months[2])["VP4"] == 22
    books.assert_checks_hold()


def test_former_filings_and_restated_lines_stay(books, returns):
    sell(books, "1000", "2026-01-10")
    books.do("tax.file", returns[1], on="2026-02-16")
    books.do("tax.reopen", returns[1], reason="Too early")
    for statement in (
        "update tax_formerfiling set reason = ''",
        "delete from tax_formerfiling",
        f"update tax_taxreturn set state = 'settled', number = 'X', filed_on = '2026-02-16', payable = 220 where id = {returns[1]}",
    ):
        with pytest.raises(DatabaseError), unit_of_work("mallory", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_late_lines_of_many_returns_cost_the_statements_of_one(books, returns):
    books.do("tax.file", [returns[m] for m in (1, 2, 3)], on="2026-04-16")
    for month in (1, 2, 2, 3):
        sell(books, "10", f"2026-0{month}-10")
    books.do("tax.reopen", [returns[m] for m in (1, 2, 3)], reason="Late")
    counts = []
    for keys in ([returns[1]], [returns[2], returns[3]]):
        with CaptureQueriesContext(connection) as statements:
            books.do("tax.count_late", keys, reason="Late")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    books.assert_checks_hold()


def test_returns_cost_the_same_statements_for_one_and_for_twelve(books, returns):
    for month in returns:
        sell(books, "1000", f"2026-{month:02}-10")
    counts = []
    for keys in ([returns[1]], [returns[m] for m in range(2, 13)]):
        for verb, given in (("file", {"on": "2027-01-16"}), ("settle", {"on": "2026-12-31"}), ("unsettle", {"on": "2026-12-31"})):
            with CaptureQueriesContext(connection) as statements:
                books.do(f"tax.{verb}", keys, reason="Test", **given)
            counts.append(len(statements))
    assert counts[:3] == counts[3:]


# ------------------------------------------------------------------ attacks


@pytest.mark.parametrize(
    "statement",
    [
        "update tax_taxreturn set payable = 0 where number is not null",
        "update tax_taxreturn set ends_on = ends_on - 1 where number is not null",
        "update tax_taxreturn set definition_id = (select max(id) from tax_returndefinition) where number is not null",
        "delete from tax_taxreturn where number is not null",
        "update tax_returnamount set amount = 0",
        "delete from tax_returnamount",
        "insert into tax_returnamount (tax_return_id, position, box, amount, version) select tax_return_id, 99, 'X', 1, 1 from tax_returnamount limit 1",
    ],
)
def test_what_was_filed_stays(books, returns, statement):
    open_books(code="OTHER")
    sell(books, "1000", "2026-01-10")
    books.do("tax.file", returns[1], on="2026-02-16")
    with pytest.raises(DatabaseError) as refused, unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(statement)
    name = refused.value.__cause__.diag.constraint_name
    assert name == "filed_return_never_changes" or "of_its_company" in name


def test_no_tax_entry_enters_a_filed_period_by_any_door(books, returns):
    invoice = sell(books, "1000", "2026-01-10")
    books.do("tax.file", returns[1], on="2026-02-16")
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(
            "insert into tax_taxentry (company_id, kind, source_table, entry_id, tax_point, reported_on, document_on, document_number, protocol, document_type,"
            " tax_code_id, rate, base, tax, non_deductible, chargeable, amount, version) select company_id, kind, '', entry_id, tax_point, tax_point, document_on,"
            " 'X', 'X', '', tax_code_id, 0, 5, 0, 0, 'now', 0, 1 from tax_taxentry where entry_id = %s",
            [invoice.entry_id],
        )
    assert refused.value.__cause__.diag.constraint_name == "tax_entry_not_in_a_filed_return"


def test_filing_waits_for_who_is_posting_and_counts_him(live_database):
    with unit_of_work("test", "test"):
        books = open_books()
        returns = prepared(books)
        invoice = books.invoice(books.customer(), [{"quantity": "1", "unit_price": "1000"}], "2026-01-10", post=False)
    filed = threading.Event()

    def file():
        try:
            books.do("tax.file", returns[1], on="2026-02-16")
            filed.set()
        finally:
            connections.close_all()

    with unit_of_work("test", "test"):
        books.do("invoicing.post", invoice.pk)
        clerk = threading.Thread(target=file)
        clerk.start()
        assert not filed.wait(1)
    clerk.join(30)
    assert filed.is_set()
    assert declared(returns[1])["VP4"] == 220
    books.assert_checks_hold()


# ------------------------------------------------------------------ pure


def test_boxes_by_hand():
    definition = ReturnDefinition(code="X", codes="!OSS-*", minimum=0)
    given = Circumstances(Decimal(-30), True, Decimal(1), Decimal(5), 2)
    rows = [
        ReturnBox(code="1", measure="tax", kinds="sale", chargeable="now"),
        ReturnBox(code="2", measure="deductible", kinds="purchase"),
        ReturnBox(code="3", measure="total", adds="1 -2", role="due"),
        *(
            ReturnBox(code=role, measure="role", role=role)
            for role in ("credit_before", "credit_last_year", "interest", "advance", "payable")
        ),
    ]
    groups = [
        Group("sale", "IT-S", 1, Decimal(22), "now", Decimal(1000), Decimal(220), Decimal(0), Decimal(-220), 3, 0),
        Group("sale", "IT-S", 1, Decimal(22), "deferred", Decimal(10), Decimal("2.20"), Decimal(0), Decimal("-2.20"), 1, 0),
        Group("sale", "OSS-DE-S", 2, Decimal(19), "now", Decimal(100), Decimal(19), Decimal(0), Decimal(-19), 1, 0),
        Group("purchase", "IT-P-S40", 3, Decimal(22), "now", Decimal(100), Decimal(22), Decimal("13.20"), Decimal("8.80"), 1, 0),
    ]  # fmt: skip
    result = declare(definition, rows, groups, given)
    assert {b.box.code: b.amount for b in result.boxes} == {
        "1": 220, "2": Decimal("8.80"), "3": Decimal("211.20"), "credit_before": 0, "credit_last_year": 30, "interest": Decimal("1.81"),
        "advance": 5, "payable": Decimal("178.01"),
    }  # fmt: skip


def test_patterns_periods_and_interest():
    assert fits("IT-S", "")
    assert fits("IT-S", "!OSS-*")
    assert not fits("OSS-DE-S", "!OSS-*")
    assert fits("IT-P-S", "IT-P-* EU-*")
    assert not fits("IT-S", "IT-P-* EU-*")
    assert periods(2028, "monthly")[1] == (date(2028, 2, 1), date(2028, 2, 29))
    assert periods(2026, "quarterly")[-1] == (date(2026, 10, 1), date(2026, 12, 31))
    assert interest_of("quarterly", Decimal(1), date(2026, 10, 1)) == 0
