"""AR-04: reminders by level, with letters, fees and interest by law; nothing is sent twice, and what is stopped is left alone."""

import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.receivables.models import CustomerAccount, DunningProcedure, ReferenceRate, Reminder, ReminderItem
from fondaco.finance.receivables.printing import reminder_pdf, run_pdf
from fondaco.finance.receivables.refusals import ChargesSettled, NothingCharged, RemindedAlready, RunIsOver, SentReminder
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import mail_of
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR


def bill(books, customer, on="2025-06-10", net="1000.00", **values):
    """Due on the day it is written, where no term is agreed."""
    return books.item(books.invoice(customer, [{"quantity": "1", "unit_price": net}], on, **values))


def run(books, on, *, send=True, **values):
    (key,) = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": on, **values}]).ids
    books.do("receivables.propose", key)
    if send:
        books.do("receivables.send", key)
    return key


def reminded(run):
    rows = Reminder.objects.filter(run=run).order_by("party__name", "currency")
    return [(r.party.name, r.level, r.state, r.total, r.fee, r.interest) for r in rows]


@pytest.fixture
def bar(books):
    return books.customer("Bar Duomo", vat_number="IT12345670785", email="conti@barduomo.it", language="it")


def test_levels_follow_each_other_with_interest_by_law_and_the_fixed_sum(books, bar):
    item = bill(books, bar)  # 1,220.00, due 10 June 2025
    assert reminded(run(books, "2025-06-16")) == [], "six days late: not yet"
    assert reminded(run(books, "2025-06-20")) == [("Bar Duomo", 1, "sent", 1220, 0, 0)]
    assert reminded(run(books, "2025-06-29")) == [], "the last reminder is nine days old"
    second = run(books, "2025-07-20")
    # 20 days at 3.15 + 8 % and 20 days at 2.15 + 8 %: 1,220.00 x (0.1115 x 20 + 0.1015 x 20) / 365
    assert reminded(second) == [("Bar Duomo", 2, "sent", 1220, 0, Decimal("14.24"))]
    books.assert_journal(
        """
        2025-07-20 reminder REM/2025/00002
          receivable                         14.24
          interest_income                   -14.24
        """
    )
    third = run(books, "2025-08-20")
    # 31 days more at 10.15 %, and 40 euro; the interest of July is overdue as well, bears none itself, and is at its first level.
    assert reminded(third) == [("Bar Duomo", 3, "sent", Decimal("1234.24"), 40, Decimal("10.52"))]
    books.assert_journal(
        """
        2025-08-20 reminder REM/2025/00003
          receivable                         50.52
          other_income                      -40.00
          interest_income                   -10.52
        """
    )
    charge = OpenItem.objects.filter(party=bar).order_by("-pk").first()
    assert (charge.open_amount, str(charge.due_on)) == (Decimal("50.52"), "2025-08-27")
    history = ReminderItem.objects.filter(item=item, is_sent=True).order_by("level").values_list("level", "reminder__on", "days_overdue")
    assert [(level, str(on), days) for level, on, days in history] == [(1, "2025-06-20", 10), (2, "2025-07-20", 40), (3, "2025-08-20", 71)]
    assert reminded(run(books, "2025-12-20")) == [("Bar Duomo", 2, "sent", Decimal("64.76"), 0, 0)], "the invoice has had its last level"
    assert [i.title for i in Interaction.objects.filter(party=bar, kind="reminder").order_by("id")][:2] == [
        "Reminder REM/2025/00001, level 1",
        "Reminder REM/2025/00002, level 2",
    ]
    books.assert_checks_hold()


def test_after_the_last_day_of_a_rate_nothing_is_charged_by_the_old_one_and_nothing_is_lost(books, bar):
    """AR-04: the rate of the first half of 2026 ends; interest stops there, it is told, and the rest comes when the next rate is known."""
    bill(books, bar, on="2026-05-31")
    run(books, "2026-06-10")
    (key,) = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": "2026-07-10"}]).ids
    told = books.do("receivables.propose", key).told
    assert "only to 2026-06-30" in told["ECB"]
    assert "Set up > Reference rates" in told["ECB"]
    books.do("receivables.send", key)
    # 30 days of June at 2.15 + 8 %: 1,220.00 x 0.1015 x 30 / 365
    assert reminded(key) == [("Bar Duomo", 2, "sent", 1220, 0, Decimal("10.18"))]
    (item,) = ReminderItem.objects.filter(reminder__run=key)
    assert (str(item.interest_from), str(item.interest_until)) == ("2026-05-31", "2026-06-30")
    with unit_of_work("test", "test"):
        ReferenceRate.objects.create(code="ECB", valid_from="2026-07-01", valid_to="2026-12-31", rate=Decimal("3"))
    third = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": "2026-08-10"}]).ids
    assert books.do("receivables.propose", third).told == {}
    # July and ten days of August, from the day where interest had stopped: 41 days at 3 + 8 %.
    assert ReminderItem.objects.get(reminder__run=third[0], level=3).interest == Decimal("15.07")
    books.assert_checks_hold()


def test_a_rate_that_is_not_there_charges_nothing_and_says_so(books, bar):
    """AR-04: a procedure that names a rate which nobody entered."""
    with unit_of_work("test", "test"):
        DunningProcedure.objects.update(reference_rate="BOE")
    bill(books, bar, on="2025-06-10")
    run(books, "2025-06-20")
    (key,) = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": "2025-07-20"}]).ids
    assert "there is no rate BOE" in books.do("receivables.propose", key).told["BOE"]
    assert reminded(key)[0][-1] == 0


def test_consumers_pay_no_statutory_interest(books):
    bill(books, books.customer("Signora Pia"))
    run(books, "2025-06-20")
    assert reminded(run(books, "2025-07-20")) == [("Signora Pia", 2, "sent", 1220, 0, 0)]


def test_who_is_left_alone(books, bar):
    stopped, credit, small, later = (books.customer(n) for n in ("Stopped", "In credit", "Small", "Later"))
    late = bill(books, bar)
    other = bill(books, bar, net="10.00")
    bill(books, stopped)
    bill(books, credit)
    books.pay(credit, "1300.00", "2025-06-19")
    bill(books, small, net="4.00")
    bill(books, later, on="2025-06-19")
    company = books.company.pk
    create(ACTOR, RESOURCES["reminder-stops"], [
        {"company": company, "party": stopped.pk, "reason": "Talks with the owner"},
        {"company": company, "party": bar.pk, "item": other.pk, "until": "2025-06-20", "reason": "Parcel lost"},
    ])  # fmt: skip
    first = run(books, "2025-06-20")
    assert reminded(first) == [("Bar Duomo", 1, "sent", 1220, 0, 0)]
    assert list(ReminderItem.objects.filter(reminder__run=first).values_list("item", flat=True)) == [late.pk]
    assert [r[0] for r in reminded(run(books, "2025-06-21", send=False))] == ["Bar Duomo"], "the stop of one item has ended"


def test_a_group_of_customers_has_its_own_procedure(books, bar):
    gentle = books.customer("Good old friend")
    with unit_of_work("test", "test"):
        slow = DunningProcedure.objects.create(company=books.company, code="SLOW", name="Gentle")
        slow.levels.create(level=1, days_overdue=30, title="A gentle word", text="dear {customer}, {total} by {day}")
        CustomerAccount.objects.create(company=books.company, party=gentle, procedure=slow)
    bill(books, bar)
    bill(books, gentle)
    assert [r[0] for r in reminded(run(books, "2025-06-20"))] == ["Bar Duomo"]
    only = run(books, "2025-07-20", procedure=slow.pk)
    assert reminded(only) == [("Good old friend", 1, "sent", 1220, 0, 0)]


def test_what_was_paid_since_the_proposal_is_not_reminded_of(books, bar):
    paid, partly = bill(books, bar), bill(books, bar, net="200.00")
    other = books.customer("Caffè Nero")
    gone = bill(books, other)
    key = run(books, "2025-06-20", send=False)
    assert reminded(key) == [("Bar Duomo", 1, "proposed", 1464, 0, 0), ("Caffè Nero", 1, "proposed", 1220, 0, 0)]
    books.pay(bar, "1264.00", "2025-06-20", {paid.pk: "1220.00", partly.pk: "44.00"})
    books.pay(other, "1220.00", "2025-06-20", {gone.pk: "1220.00"})
    books.do("receivables.send", key)
    assert reminded(key) == [("Bar Duomo", 1, "sent", 200, 0, 0), ("Caffè Nero", 1, "left_out", 0, 0, 0)]
    assert OutboxMessage.objects.count() == 1


def test_a_reminder_is_left_out_and_put_back(books, bar):
    bill(books, bar)
    key = run(books, "2025-06-20", send=False)
    letter = Reminder.objects.get(run=key)
    books.do("receivables.leave_out", letter.pk)
    books.do("receivables.put_back", letter.pk)
    books.do("receivables.leave_out", letter.pk)
    books.do("receivables.send", key)
    assert reminded(key) == [("Bar Duomo", 1, "left_out", 1220, 0, 0)]
    with pytest.raises(RunIsOver):
        books.do("receivables.put_back", letter.pk)
    again = run(books, "2025-06-20", send=False)
    assert len(reminded(again)) == 1, "its level was not raised"
    books.do("receivables.cancel", again)
    assert reminded(again) == []


def test_two_runs_do_not_send_the_same(books, bar):
    bill(books, bar)
    first, second = run(books, "2025-06-20", send=False), run(books, "2025-06-20", send=False)
    books.do("receivables.send", first)
    books.do("receivables.send", second)
    assert reminded(second) == [("Bar Duomo", 1, "left_out", 0, 0, 0)]
    assert OutboxMessage.objects.count() == 1


def test_the_database_keeps_an_item_to_one_letter_a_level_and_a_sent_letter_as_it_is(books, bar):
    bill(books, bar)
    key = run(books, "2025-06-20")
    sent = Reminder.objects.get(run=key)
    new = bill(books, bar, net="5.00")
    other = Reminder.objects.filter(run=run(books, "2025-07-20", send=False)).get()

    def attack(statement, *values):
        with (
            pytest.raises((DatabaseError, SentReminder, RemindedAlready)) as caught,
            unit_of_work("attacker", "attack"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
        return str(caught.value)

    assert "never changes" in attack("update receivables_reminder set total = 1 where id = %s", sent.pk)
    assert "never changes" in attack("delete from receivables_reminder where id = %s", sent.pk)
    assert "never changes" in attack("update receivables_reminderitem set level = 9 where reminder_id = %s", sent.pk)
    assert "never changes" in attack("delete from receivables_reminderitem where reminder_id = %s", sent.pk)
    assert "never changes" in attack(
        "insert into receivables_reminderitem (reminder_id, item_id, level, days_overdue, open_amount, interest, is_sent) values (%s, %s, 5, 1, 1, 0, true)",
        sent.pk, bill(books, bar).pk,
    )  # fmt: skip
    assert "never changes" in attack(
        "update receivables_reminderitem set reminder_id = %s where reminder_id = %s and item_id = %s", sent.pk, other.pk, new.pk
    )
    assert "reminded_once_at_a_level" in attack(
        "update receivables_reminderitem set level = 1, is_sent = true where reminder_id = %s", other.pk
    )


def test_the_mail_carries_the_letter_in_the_customers_language(books, bar):
    bill(books, bar)
    key = run(books, "2025-06-20")
    message = OutboxMessage.objects.get()
    payload = message.payload
    assert (message.key, payload["to"]) == (f"receivables.reminder:{Reminder.objects.get().pk}", ["conti@barduomo.it"])
    assert payload["subject"] == "Sollecito di pagamento REM/2025/00001 – TEST S.r.l."
    assert "La preghiamo di versare 1.220,00 EUR entro il 27 giugno 2025" in payload["text"]
    ((name, content, kind),) = mail_of(payload).attachments
    assert (name, kind) == ("REM-2025-00001.pdf", "application/pdf")
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    for words in ("Sollecito di pagamento", "INV/2025/00001", "1.220,00", "27 giugno 2025"):
        assert words in text
    assert len(PdfReader(io.BytesIO(run_pdf(Reminder.objects.get().run))).pages) == 1
    assert PdfReader(io.BytesIO(run_pdf(Reminder.objects.get().run))).pages[0].extract_text().strip() == "", "nothing is left to print"
    assert key


def test_letters_without_an_address_are_printed_and_placeholders_are_only_words(books):
    friend = books.customer("{day} {total} {{7919*7907}} #show", "US")
    bill(books, friend)
    key = run(books, "2025-06-20")
    letter = Reminder.objects.get(run=key)
    assert OutboxMessage.objects.count() == 0
    text = PdfReader(io.BytesIO(run_pdf(letter.run))).pages[0].extract_text()
    assert "{day} {total} {{7919*7907}} #show" in text
    assert reminder_pdf(letter).startswith(b"%PDF")


def test_abroad_fee_and_interest_are_in_the_currency_of_the_debt(books):
    books.rate("USD", "0.80", "2025-01-01")
    union = books.customer("Cafe Union", "US", currency_id="USD", vat_number="US1")
    bill(books, union, currency="USD")
    for on in ("2025-06-20", "2025-07-10"):
        run(books, on)
    assert reminded(run(books, "2025-08-10")) == [("Cafe Union", 3, "sent", Decimal("1008.89"), 50, Decimal("8.62"))]
    books.assert_journal(
        """
        2025-08-10 reminder REM/2025/00003
          receivable                         46.90  58.62 USD
          other_income                      -40.00  -50.00 USD
          interest_income                    -6.90  -8.62 USD
        """
    )
    books.assert_checks_hold()


def test_charges_are_waived_by_their_mirror(books, bar):
    bill(books, bar)
    first = Reminder.objects.get(run=run(books, "2025-06-20"))
    second = Reminder.objects.get(run=run(books, "2025-07-20"))
    with pytest.raises(NothingCharged, match="REM/2025/00001 charged neither"):
        books.do("receivables.waive", first.pk, "Goodwill", on="2025-07-21")
    books.do("receivables.waive", second.pk, "Goodwill", on="2025-07-21")
    assert books.balance("interest_income") == 0
    assert list(OpenItem.objects.filter(party=bar, closed_on=None).values_list("amount", flat=True)) == [1220]
    with pytest.raises(ChargesSettled):
        books.do("receivables.waive", second.pk, "Again", on="2025-07-21")
    books.assert_checks_hold()


def test_statements_do_not_grow_with_the_customers(books):
    counts = []
    for many in (1, 25):
        for n in range(many):
            bill(books, books.customer(f"Bar {many} {n}", vat_number="IT1", email="a@b.it"))
        key = run(books, "2025-06-20", send=False)
        with CaptureQueriesContext(connection) as proposing:
            books.do("receivables.propose", key)
        with CaptureQueriesContext(connection) as sending:
            books.do("receivables.send", key)
        with CaptureQueriesContext(connection) as charging:
            run(books, "2025-07-20")
        assert len(reminded(key)) == many
        counts.append((len(proposing), len(sending), len(charging)))
        for item in OpenItem.objects.filter(closed_on=None):
            books.do("ledger.write_off", item.pk, "Bankrupt", on="2025-07-21")
    assert counts[0] == counts[1]
