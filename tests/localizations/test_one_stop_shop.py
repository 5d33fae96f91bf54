"""TX-01, TX-05: the one stop shop. Consumers in other member states pay the VAT of their country; a return of its own declares it by quarter,
drills to lines and locks what it filed, and nothing else."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.finance.tax.declaring import fits
from fondaco.finance.tax.models import ReturnDefinition, TaxEntry, TaxReturn, TaxRule
from fondaco.finance.tax.refusals import FiledCodesStay
from fondaco.localizations.enrolling import EnrolledAlready, NoRoomForRules, NotInTheUnion, TooEarly
from fondaco.masterdata.companies.models import Country
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR, open_books
from tests.finance.tax.test_returns import boxes, declared, sell
from tests.interfaces.web.test_late_posting import signed_in, text_of


@pytest.fixture
def shop(books):
    """A company enrolled from April on, with the returns of 2026."""
    books.do("companies.enrol_in_one_stop_shop", books.company.pk, on="2026-04-01")
    books.do("companies.prepare_returns", books.company.pk, year=2026)
    return books


def returns(books, code):
    rows = TaxReturn.objects.filter(company=books.company, definition__code=code).order_by("starts_on")
    return {r.starts_on.month: r.pk for r in rows}


def consumer(books, country):
    return books.customer(f"Consumer {country} {TaxEntry.objects.count()}", country)


def sold(books, country, amount, on):
    return books.invoice(consumer(books, country), [{"quantity": "1", "unit_price": amount}], on)


def test_TX_01_consumers_pay_the_rate_of_their_country_from_the_day_of_enrolment(shop):
    before, after, home = (
        sold(shop, "DE", "100", "2026-03-31"),
        sold(shop, "DE", "100", "2026-04-01"),
        sold(shop, "IT", "100", "2026-04-01"),
    )
    greece, finland = sold(shop, "GR", "100", "2026-04-02"), sold(shop, "FI", "100", "2026-04-02")
    told = [i.lines.get() for i in (before, after, home, greece, finland)]
    assert [(ln.tax_code.code, ln.tax_rate) for ln in told] == [
        ("IT-S", 22),
        ("OSS-DE-S", 19),
        ("IT-S", 22),
        ("OSS-GR-S", 24),
        ("OSS-FI-S", Decimal("25.5")),
    ]
    assert "Germany" in told[1].tax_explanation
    shop.assert_journal(f"""
        2026-04-02 invoice {finland.number}
          receivable                        125.50
          revenue                          -100.00
          vat_output_oss                    -25.50
    """)
    shop.assert_checks_hold()


def test_TX_05_the_quarter_is_declared_by_state_and_rate_and_locks_its_own_lines_only(shop):
    vat, oss = returns(shop, "VAT"), returns(shop, "OSS")
    assert (sorted(vat), sorted(oss)) == (list(range(1, 13)), [1, 4, 7, 10])
    sold(shop, "DE", "100", "2026-04-10")
    sold(shop, "DE", "50", "2026-06-30")
    sold(shop, "AT", "10", "2026-05-01")
    sell(shop, "1000", "2026-06-10")
    expected = {
        "AT-B": 10, "AT": 2, "DE-B": 150, "DE": Decimal("28.50"), "BASE": 160, "VAT": Decimal("30.50"), "PAY": Decimal("30.50"),
    }  # fmt: skip
    assert boxes(oss[4]) == expected
    assert boxes(vat[6]) == {"VP2": 1000, "VP4": 220, "VP6": 220, "VP14": 220}
    shop.do("tax.file", [oss[1], oss[4]], on="2026-07-20")
    assert declared(oss[4]) == expected
    # June is filed by the one stop shop, and still open for VAT at home: each line goes by its own return.
    late, home = sold(shop, "DE", "20", "2026-06-29"), sell(shop, "30", "2026-06-29")
    days = dict(TaxEntry.objects.filter(entry__in=[late.entry_id, home.entry_id]).values_list("tax_code__code", "reported_on"))
    assert days == {"OSS-DE-S": date(2026, 7, 1), "IT-S": date(2026, 6, 29)}
    shop.do("tax.file", [vat[m] for m in range(1, 7)], on="2026-07-21")
    other = sell(shop, "30", "2026-06-28")
    assert TaxEntry.objects.get(entry=other.entry_id).reported_on == date(2026, 7, 1)
    assert boxes(oss[4]) == declared(oss[4])
    assert boxes(oss[7]) == {"DE-B": 20, "DE": Decimal("3.80"), "BASE": 20, "VAT": Decimal("3.80"), "PAY": Decimal("3.80")}
    shop.assert_checks_hold()


def test_TX_05_a_negative_quarter_is_not_carried_and_the_settlement_clears_its_account(shop):
    oss = returns(shop, "OSS")
    invoice = sold(shop, "FR", "100", "2026-04-10")
    shop.do("tax.file", [oss[1], oss[4]], on="2026-07-20")
    shop.do("tax.settle", oss[4], on="2026-07-31")
    shop.assert_journal("""
        2026-07-31 VAT return VAT/2026/00002
          vat_output_oss                     20.00
          vat_settlement                    -20.00
    """)
    shop.do("invoicing.reverse", invoice.pk, reason="Came back", on="2026-08-01")
    sold(shop, "FR", "10", "2026-10-01")
    shop.do("tax.file", oss[7], on="2026-10-20")
    assert declared(oss[7])["PAY"] == -20
    assert boxes(oss[10])["PAY"] == 2
    shop.assert_checks_hold()


def test_it_stands_on_the_page_by_state_with_rates_and_doors_to_its_lines(shop):
    oss = returns(shop, "OSS")
    number = sold(shop, "DE", "100", "2026-04-10").number
    clerk = signed_in("carla", "tax.*", "invoicing.view_*", "ledger.view_*", "companies.view_*", "parties.view_*")
    page = text_of(clerk.get(f"/vat-returns/{oss[4]}"))
    assert "Germany, VAT" in page
    assert "OSS-DE-S 19 %" in page
    assert "Austria" not in page, "states to which nothing was sold are left out"
    drill = re.search(r'href="(/tax-entries\?[^"]*rate=19[^"]*)"', page)[1]
    assert number in text_of(clerk.get(drill))


def test_one_enrols_once_leaves_and_enrols_again(shop):
    with pytest.raises(EnrolledAlready, match="1 Apr 2026"):
        shop.do("companies.enrol_in_one_stop_shop", shop.company.pk, on="2026-05-01")
    shop.do("companies.leave_one_stop_shop", shop.company.pk, reason="Sold too little", on="2026-07-01")
    assert [sold(shop, "DE", "1", on).lines.get().tax_code.code for on in ("2026-06-30", "2026-07-01")] == ["OSS-DE-S", "IT-S"]
    shop.do("companies.enrol_in_one_stop_shop", shop.company.pk, on="2026-10-01")
    days = ("2026-06-30", "2026-09-30", "2026-10-01")
    assert [sold(shop, "DE", "1", on).lines.get().tax_code.code for on in days] == ["OSS-DE-S", "IT-S", "OSS-DE-S"]
    service = {"buyer": "eu_consumer", "product_class": "service"}
    assert TaxRule.objects.get(company=shop.company, **service).priority < TaxRule.objects.filter(tax_code__code="OSS-DE-S").last().priority
    assert ReturnDefinition.objects.filter(company=shop.company, code="OSS").count() == 1
    for year in (2027, 2028):
        shop.do("companies.leave_one_stop_shop", shop.company.pk, reason="Again", on=f"{year}-01-01")
        shop.do("companies.enrol_in_one_stop_shop", shop.company.pk, on=f"{year}-04-01")
    shop.do("companies.leave_one_stop_shop", shop.company.pk, reason="Again", on="2029-01-01")
    with pytest.raises(NoRoomForRules, match="priorities between 120 and 290"):
        shop.do("companies.enrol_in_one_stop_shop", shop.company.pk, on="2029-04-01")
    shop.assert_checks_hold()


def test_who_cannot_enrol_is_told(books):
    with pytest.raises(TooEarly):
        books.do("companies.enrol_in_one_stop_shop", books.company.pk, on="2021-06-30")
    swiss = open_books(code="CH", country="CH", currency="CHF")
    with pytest.raises(NotInTheUnion):
        swiss.do("companies.enrol_in_one_stop_shop", swiss.company.pk, on="2026-01-01")


def test_every_member_state_has_a_code_a_rule_and_two_boxes(shop):
    states = set(Country.objects.exclude(vat_prefix="").exclude(pk="IT").values_list("pk", flat=True))
    rules = TaxRule.objects.filter(company=shop.company, tax_code__code__startswith="OSS-")
    assert {r.buyer_country for r in rules} == states
    definition = ReturnDefinition.objects.get(company=shop.company, code="OSS")
    assert definition.boxes.count() == 2 * len(states) + 3
    codes = set(rules.values_list("tax_code__code", flat=True))
    measured = [b for b in definition.boxes.all() if b.codes and b.measure == "tax"]
    assert all(sum(fits(code, box.codes) for box in measured) == 1 for code in codes)


def test_the_codes_of_a_filed_return_stay(shop):
    oss = returns(shop, "OSS")
    shop.do("tax.file", oss[1], on="2026-04-20")
    key = ReturnDefinition.objects.get(company=shop.company, code="OSS").pk
    with pytest.raises(FiledCodesStay, match="OSS"):
        edit(ACTOR, RESOURCES["return-definitions"], {key: {"codes": "OSS-DE-*"}})
    with pytest.raises(DatabaseError), unit_of_work("mallory", "attack"), connection.cursor() as cursor:
        cursor.execute("update tax_returndefinition set codes = '' where id = %s", [key])


def test_the_database_locks_by_return(shop):
    """A tax entry of the one stop shop enters no filed quarter by a console either, and one of VAT at home does where that is open."""
    oss = returns(shop, "OSS")
    abroad, home = sold(shop, "DE", "100", "2026-04-10"), sell(shop, "100", "2026-04-10")
    shop.do("tax.file", [oss[1], oss[4]], on="2026-07-20")
    insert = (
        "insert into tax_taxentry (company_id, kind, source_table, entry_id, tax_point, reported_on, document_on, document_number, protocol, document_type,"
        " tax_code_id, rate, base, tax, non_deductible, chargeable, amount, version) select company_id, kind, '', entry_id, tax_point, tax_point, document_on,"
        " 'X', 'X', '', tax_code_id, 0, 5, 0, 0, 'now', 0, 1 from tax_taxentry where entry_id = %s"
    )
    with pytest.raises(DatabaseError) as refused, unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(insert, [abroad.entry_id])
    assert refused.value.__cause__.diag.constraint_name == "tax_entry_not_in_a_filed_return"
    with unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(insert, [home.entry_id])


letters = st.text(alphabet="AB-.1%_\\+()^$", min_size=0, max_size=6)
words = st.lists(st.tuples(st.sampled_from(["", "!"]), st.text(alphabet="AB-.1%_\\+()^$*", min_size=1, max_size=4)), max_size=4)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(code=letters, patterns=words)
def test_the_database_reads_patterns_as_we_do(books, code, patterns):
    """TX-05: which return a code belongs to is one answer, in the verb and in the guard."""
    text = " ".join(mark + word for mark, word in patterns)
    with connection.cursor() as cursor:
        cursor.execute("select tax_fits(%s, %s)", [code, text])
        assert cursor.fetchone()[0] == fits(code, text)
