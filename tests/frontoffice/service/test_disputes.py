"""AR-05: a dispute on an invoice line is a ticket; its amount leaves reminders and exposure; both end together, by credit note or rejection."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.invoicing.models import Invoice, PaymentTerm
from fondaco.finance.receivables.credit import standings
from fondaco.finance.receivables.models import CreditLimit, Dispute, Reminder
from fondaco.finance.receivables.refusals import DisputedTooMuch, NoSuchInvoiceLine, NotDisputable
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.service.refusals import DisputeIsOpen
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.flow import flow_of
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR


@pytest.fixture
def bar(books):
    bar = books.customer("Bar Duomo", email="Conti@BarDuomo.it")
    with unit_of_work("test", "test"):
        CreditLimit.objects.create(company=books.company, party=bar, amount=Decimal("5000"), days_overdue=30)
    return bar


@pytest.fixture
def invoice(books, bar):
    """1,000.00 and 100.00 net, 1,342.00 with VAT, due on 10 January."""
    return books.invoice(bar, [{"quantity": "10", "unit_price": "100"}, {"quantity": "1", "unit_price": "100"}], "2026-01-10")


def object_to(books, invoice, **values):
    (key,) = books.do("invoicing.dispute", invoice.pk, "The cups are broken", on="2026-01-20", **values).made["disputes"]
    return Dispute.objects.get(pk=key)


def reminded(books, on="2026-02-10"):
    (key,) = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": on}]).ids
    books.do("receivables.propose", key)
    return list(Reminder.objects.filter(run=key).values_list("total", flat=True))


def exposure(bar):
    (standing,) = standings(CreditLimit.objects.filter(party=bar)).values()
    return standing.exposure, standing.oldest_due_on


def test_a_dispute_is_a_ticket_about_dispute_invoice_and_line(books, bar, invoice):
    dispute = object_to(books, invoice, line=2, kind="quality")
    assert (dispute.number, dispute.amount, dispute.party) == ("DSP/2026/00001", 122, bar)
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.state, ticket.queue, ticket.contact_email) == (
        f"Dispute DSP/2026/00001 on {invoice.number}", "open", "disputes", "conti@barduomo.it",
    )  # fmt: skip
    assert sorted(ticket.sources.values_list("source_table", flat=True)) == [
        "invoicing_invoice",
        "invoicing_invoiceline",
        "receivables_dispute",
    ]
    assert ticket.messages.get().body == "The cups are broken"
    assert "Dispute" in [str(step.kind).capitalize() for step in flow_of(ACTOR, Invoice, invoice.pk)]
    books.assert_checks_hold()


def test_the_customers_salesman_sees_the_case(books, bar, invoice):
    """AR-05: with the rows of one's own only, the customer's salesman has the ticket in his list, and another has not."""
    with unit_of_work("test", "test"):
        sam, eve = (User.objects.create(username=name, name=name.title()) for name in ("sam", "eve"))
        for who in (sam, eve):
            Membership.objects.create(user=who, role=Role.objects.get(key="sales_representative"), company_id=books.company.pk)
        Party.objects.filter(pk=bar.pk).update(salesperson=sam)
    object_to(books, invoice, line=2)

    def seen(who):
        return visible(Ticket.objects.all(), actor_of(who, channel="web"), "service.view_ticket").count()

    assert (seen(sam), seen(eve)) == (1, 0)


def test_its_amount_leaves_reminders_and_exposure_and_comes_back_when_rejected(books, bar, invoice):
    """AR-04 too: what is disputed is not reminded of."""
    assert exposure(bar)[0] == 1342
    part = object_to(books, invoice, line=2)
    assert (reminded(books), exposure(bar)[0]) == ([1220], 1220)
    whole = object_to(books, invoice)
    assert (whole.amount, reminded(books), exposure(bar)) == (1220, [], (0, None))
    books.do("receivables.reject", whole.pk, "Delivery note is signed")
    assert (reminded(books), exposure(bar)[0]) == ([1220], 1220)
    assert list(Ticket.objects.order_by("pk").values_list("state", "resolution")) == [
        ("open", ""),
        ("solved", "Rejected: Delivery note is signed"),
    ]
    books.do("receivables.reject", part.pk, "Too late")
    assert exposure(bar)[0] == 1342
    books.assert_checks_hold()


def test_it_is_settled_by_a_credit_note_at_the_rate_of_its_line(books, bar, invoice):
    dispute = object_to(books, invoice, line=1, amount="61.00", kind="price")
    books.do("receivables.credit_dispute", dispute.pk, "Agreed 50 off", on="2026-01-25")
    dispute.refresh_from_db()
    note = dispute.credit_note
    assert (dispute.state, note.state, note.net, note.tax, note.credits_id) == ("credited", "posted", 50, 11, invoice.pk)
    books.assert_journal(
        f"""
        2026-01-25 credit note {note.number}
          receivable                        -61.00
          revenue                            50.00
          vat_output                         11.00
        """
    )
    item = books.item(invoice)
    assert item.open_amount == 1281
    assert Ticket.objects.get().state == "solved"
    with pytest.raises(DisputedTooMuch, match=r"only 1,159.00 EUR"):
        object_to(books, invoice, line=1, amount="1159.01")
    books.assert_checks_hold()


def test_what_was_paid_already_stays_on_the_account(books, bar, invoice):
    dispute = object_to(books, invoice)
    item = books.item(invoice)
    books.pay(bar, "1342.00", "2026-01-22", {item.pk: "1342.00"})
    books.do("receivables.credit_dispute", dispute.pk, "All broken", on="2026-01-25")
    note = Dispute.objects.get().credit_note
    assert (note.gross, books.item(note).open_amount) == (1342, -1342)
    books.assert_checks_hold()


def test_instalments_that_fall_due_last_are_disputed_first(books, bar):
    term = PaymentTerm.objects.get(code="SPLIT30-60")
    invoice = books.invoice(bar, [{"quantity": "1", "unit_price": "1000"}], "2026-01-01", payment_term=term.pk)
    object_to(books, invoice, amount="700.00")
    assert reminded(books, "2026-02-15") == [520]
    assert reminded(books, "2026-03-15") == [520]


def test_the_ticket_cannot_end_before_the_dispute(books, invoice):
    dispute = object_to(books, invoice)
    ticket = Ticket.objects.get()
    for verb in ("solve", "close"):
        with pytest.raises(DisputeIsOpen, match=f"{ticket.number} cannot end before dispute {dispute.number}"):
            books.do(f"service.{verb}", ticket.pk)
    books.do("invoicing.reverse", invoice.pk, "Wrong customer", on="2026-01-25")
    assert (Dispute.objects.get().state, Ticket.objects.get().state) == ("rejected", "solved")
    books.assert_checks_hold()


def test_what_is_refused(books, bar, invoice):
    with pytest.raises(NoSuchInvoiceLine, match="no line 3"):
        object_to(books, invoice, line=3)
    (note,) = books.do("invoicing.credit", invoice.pk, on="2026-01-12").made["invoices"]
    books.do("invoicing.post", note)
    with pytest.raises(NotDisputable):
        books.do("invoicing.dispute", note, "What is this?")
    with pytest.raises(DisputedTooMuch):
        object_to(books, invoice)
    assert not Dispute.objects.exists()
    assert not Ticket.objects.exists()


def test_the_database_keeps_a_dispute_as_it_was_raised(books, invoice):
    dispute = object_to(books, invoice)
    for statement in (
        "update receivables_dispute set amount = 1 where id = %s",
        "delete from receivables_dispute where id = %s",
        "update receivables_dispute set state = 'credited' where id = %s",
    ):
        with pytest.raises(DatabaseError), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement, [dispute.pk])
    books.do("receivables.reject", dispute.pk, "No")
    with pytest.raises(DatabaseError, match="never changes"), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
        cursor.execute("update receivables_dispute set state = 'open', closed_on = null where id = %s", [dispute.pk])


def test_statements_do_not_grow_with_the_disputes(books, bar):
    counts = []
    for many in (1, 12):
        keys = [books.invoice(bar, [{"quantity": "1", "unit_price": "10"}], "2026-01-10").pk for _ in range(many)]
        with CaptureQueriesContext(connection) as raising:
            books.do("invoicing.dispute", keys, "Broken", on="2026-01-20")
        disputes = list(Dispute.objects.filter(state="open").order_by("pk").values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as crediting:
            books.do("receivables.credit_dispute", disputes, "Right", on="2026-01-21")
        counts.append((len(raising), len(crediting)))
    assert counts[0] == counts[1]
    books.do("invoicing.dispute", books.invoice(bar, [{"quantity": "1", "unit_price": "10"}], "2026-01-10").pk, "Broken")
    books.assert_checks_hold()
