"""AR-10: statements and balance confirmations for any past day, in bulk; their figures are the open items and the control account."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from fondaco.finance.receivables.models import CustomerStatement, StatementLine, StatementRun
from fondaco.finance.receivables.printing import statement_pdf, statement_run_pdf
from fondaco.finance.receivables.refusals import OnlyConfirmations
from fondaco.insight.statements.queries import aged, control_balance
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import mail_of
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR


def run(books, on, kind="statement", **values):
    (key,) = create(ACTOR, RESOURCES["statement-runs"], [{"company": books.company.pk, "on": on, "kind": kind, **values}]).ids
    books.do("receivables.prepare", key)
    return StatementRun.objects.get(pk=key)


def stated(run):
    rows = CustomerStatement.objects.filter(run=run).order_by("party__name", "currency")
    return [(r.party.name, r.currency_id, r.balance, r.overdue, r.base_balance) for r in rows]


@pytest.fixture
def year(books):
    """Two customers over some months: invoices, part payments, over-payment, dollars, a write-off, an unapplied payment."""
    books.rate("USD", "0.90", "2026-01-01")
    books.rate("USD", "0.80", "2026-03-01")
    bar = books.customer("Bar Duomo", email="conti@barduomo.it", language="it")
    union = books.customer("Cafe Union", "US", currency_id="USD")
    first = books.item(books.invoice(bar, [{"quantity": "1", "unit_price": "1000"}], "2026-01-10"))
    second = books.item(books.invoice(bar, [{"quantity": "1", "unit_price": "100"}], "2026-02-10"))
    dollars = books.item(books.invoice(union, [{"quantity": "1", "unit_price": "500"}], "2026-01-20", currency="USD"))
    payment = books.pay(bar, "500.00", "2026-02-20", {first.pk: "500.00"})
    books.pay(union, "700.00", "2026-03-10", {dollars.pk: "500.00"}, currency="USD")
    books.do("payments.unapply", payment.pk, "Other invoice", on="2026-03-15")
    books.do("ledger.write_off", second.pk, "Lost", on="2026-04-01")
    return books


def test_any_past_day_is_stated_as_it_stood(year):
    expected = {
        "2026-01-09": [],
        "2026-01-31": [("Bar Duomo", "EUR", 1220, 1220, 1220), ("Cafe Union", "USD", 500, 500, 450)],
        "2026-02-15": [("Bar Duomo", "EUR", 1342, 1342, 1342), ("Cafe Union", "USD", 500, 500, 450)],
        "2026-02-28": [("Bar Duomo", "EUR", 842, 842, 842), ("Cafe Union", "USD", 500, 500, 450)],
        "2026-03-31": [("Bar Duomo", "EUR", 842, 842, 842), ("Cafe Union", "USD", -200, -200, -160)],
        "2026-04-30": [("Bar Duomo", "EUR", 720, 720, 720), ("Cafe Union", "USD", -200, -200, -160)],
    }
    for on, rows in expected.items():
        made = run(year, on)
        assert stated(made) == rows, on
        day = date.fromisoformat(on)
        assert made.items_total == made.control_balance == control_balance(year.company.pk, "receivable", day)
        assert sorted((r.party_name, r.currency, r.total, r.base_total) for r in aged(year.company.pk, on=day)) == [
            (name, currency, balance, base) for name, currency, balance, _overdue, base in rows
        ]
    year.assert_checks_hold()


def test_one_customer_alone(year):
    union = CustomerStatement.objects.filter(run=run(year, "2026-03-31")).get(currency="USD").party
    only = run(year, "2026-03-31", party=union.pk)
    assert stated(only) == [("Cafe Union", "USD", -200, -200, -160)]
    assert only.control_balance == -160


def test_statements_go_out_once_by_mail_or_paper(year):
    made = run(year, "2026-02-28")
    year.do("receivables.send_statements", made.pk)
    (message,) = OutboxMessage.objects.all()
    assert message.payload["to"] == ["conti@barduomo.it"]
    assert message.payload["subject"] == "Estratto conto 28 febbraio 2026 – TEST S.r.l."
    assert "842,00 EUR" in message.payload["text"]
    ((_name, content, _kind),) = mail_of(message.payload).attachments
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    for words in ("Estratto conto", "INV/2026/00001", "INV/2026/00002", "720,00", "842,00"):
        assert words in text
    made.refresh_from_db()
    paper = PdfReader(io.BytesIO(statement_run_pdf(made)))
    assert len(paper.pages) == 1
    assert "Cafe Union" in paper.pages[0].extract_text()


def test_a_balance_is_confirmed_or_differs(year):
    made = run(year, "2026-02-28", "confirmation", reply_to="revisori@test.it")
    year.do("receivables.send_statements", made.pk)
    bar, union = CustomerStatement.objects.filter(run=made).order_by("party__name")
    assert "revisori@test.it" in PdfReader(io.BytesIO(statement_pdf(bar))).pages[0].extract_text()
    year.do("receivables.differ", bar.pk, on="2026-03-20", their_balance="720.00", answer="The second invoice never came")
    year.do("receivables.agree", union.pk, on="2026-03-21")
    assert list(CustomerStatement.objects.filter(run=made).order_by("party__name").values_list("state", "their_balance")) == [
        ("differs", Decimal("720.00")),
        ("agreed", Decimal("500.00")),
    ]
    plain = run(year, "2026-02-28")
    year.do("receivables.send_statements", plain.pk)
    with pytest.raises(OnlyConfirmations):
        year.do("receivables.agree", CustomerStatement.objects.filter(run=plain).first().pk, on="2026-03-21")


def test_what_was_sent_keeps_its_figures_whoever_tries(year):
    made = run(year, "2026-02-28")
    year.do("receivables.send_statements", made.pk)
    sent = CustomerStatement.objects.filter(run=made).first()
    for statement in (
        "update receivables_customerstatement set balance = 1 where id = %s",
        "update receivables_customerstatement set state = 'prepared' where id = %s",
        "delete from receivables_customerstatement where id = %s",
        "update receivables_statementline set open_amount = 1 where statement_id = %s",
        "delete from receivables_statementline where statement_id = %s",
    ):
        with pytest.raises(DatabaseError, match="never changes"), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement, [sent.pk])
    with pytest.raises(DatabaseError, match="equal_control"), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
        cursor.execute("update receivables_statementrun set items_total = items_total + 1 where id = %s", [made.pk])
    assert StatementLine.objects.filter(statement=sent).exists()


def test_statements_do_not_grow_with_the_customers(books):
    counts = []
    for many in (1, 20):
        for n in range(many):
            books.invoice(books.customer(f"Bar {many} {n}", email="a@b.it"), [{"quantity": "1", "unit_price": "10"}], "2026-01-10")
        (key,) = create(ACTOR, RESOURCES["statement-runs"], [{"company": books.company.pk, "on": "2026-01-31"}]).ids
        with CaptureQueriesContext(connection) as preparing:
            books.do("receivables.prepare", key)
        with CaptureQueriesContext(connection) as sending:
            books.do("receivables.send_statements", key)
        counts.append((len(preparing), len(sending)))
    assert counts[0] == counts[1]
