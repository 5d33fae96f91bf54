"""Whatever is sold, credited, reversed and filed in whatever order: every taxed amount is told once, and the lists come to the VAT (TX-08)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.tax.models import TaxEntry
from fondaco.operations.intrastat.models import ListRule, Statement, StatementFact
from fondaco.operations.intrastat.reading import drawings, vat_of
from fondaco.platform.database.unit import unit_of_work

KIND = "goods_sold"
DAYS = st.integers(0, 89).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), DAYS, st.integers(1, 9), st.decimals("0.01", "999.99", places=2)),
        st.tuples(st.just("credit"), DAYS, st.integers(0, 9), st.integers(1, 9)),
        st.tuples(st.just("reverse"), DAYS, st.integers(0, 9), st.none()),
        st.tuples(st.just("file"), st.none(), st.none(), st.none()),
    ),
    max_size=8,
)


def tell_apart(shop, steps):
    """Carry the steps out; what a step cannot do (nothing to credit, nothing left to file) is no step."""
    for what, on, number, more in steps:
        posted = list(Invoice.objects.filter(company=shop.books.company, kind="invoice", state="posted").order_by("pk"))
        if what == "sell":
            customer = shop.berlin if number % 2 else shop.paris
            shop.sell(customer, on.isoformat(), (shop.machine, "1", str(more)), (shop.cup, str(number), "3.33"))
        elif what == "file":
            # One list stays open: what comes when none is waits until the next is opened.
            first, *others = Statement.objects.filter(company=shop.books.company, kind=KIND, state="open").order_by("starts_on")
            if others and not drawings([first])[first.pk].incomplete:
                shop.books.do("intrastat.file", first.pk, on=date(2026, 12, 31))
        elif posted and what == "credit":
            invoice = posted[number % len(posted)]
            shop.credit(invoice, max(on, invoice.on).isoformat(), (shop.cup, "1", "3.33"))
        elif posted and what == "reverse":
            invoice = posted[number % len(posted)]
            if not invoice.credit_notes.exists():
                shop.books.do("invoicing.reverse", invoice.pk, "Wrong", on=max(on, invoice.on))


@pytest.mark.parametrize("frequency", ["monthly", "quarterly"])
def test_tx08_every_amount_is_told_once(books, exporter, frequency):
    with unit_of_work("test", "test"):
        ListRule.objects.filter(company=books.company).update(frequency=frequency, monthly_above=None, required_from=None)
    exporter.open("2026-01-31")
    exporter.open("2026-06-30")

    @settings(max_examples=5, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def whatever_happens(steps):
        with transaction.atomic():
            tell_apart(exporter, steps)
            lists = list(Statement.objects.filter(company=books.company, kind=KIND).order_by("starts_on"))
            taxed = TaxEntry.objects.filter(company=books.company, tax_code__code="IT-N32").aggregate(s=Sum("base"))["s"] or Decimal(0)
            found = drawings(lists)
            told = StatementFact.objects.filter(statement__in=lists).aggregate(s=Sum("value"))["s"] or Decimal(0)
            told += sum((f.value for d in found.values() for row in d.rows for f in row.facts), Decimal(0))
            told += sum((f.value for d in found.values() for f in (*d.left_out, *d.nothing)), Decimal(0))
            assert told == taxed, "every amount stands on one list"
            for statement in lists:
                assert dict(vat_of(statement, found.get(statement.pk)))["difference"] == 0
            books.assert_checks_hold()
            transaction.set_rollback(True)

    whatever_happens()
