"""AR-06: whom to call first, by amount x risk from real payment behaviour; promises, kept or broken; who looks after whom."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.receivables.collecting import worklist
from fondaco.finance.receivables.models import CustomerAccount, Promise, Reminder
from fondaco.finance.receivables.queries import promise_state
from fondaco.finance.receivables.refusals import NothingOwed, PromiseWithdrawn
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.models import User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR

ON = date(2026, 6, 1)


def bill(books, customer, on, net="1000"):
    return books.item(books.invoice(customer, [{"quantity": "1", "unit_price": net}], on))


def names(books, on=ON, **values):
    return [c.name for c in worklist(books.company.pk, on, **values)]


@pytest.fixture
def prompt(books):
    """Owes most, and has always paid in time."""
    prompt = books.customer("Prompt")
    item = bill(books, prompt, "2026-01-10")
    books.pay(prompt, "1220", "2026-01-10", {item.pk: "1220"})
    bill(books, prompt, "2026-05-01", "1500")
    return prompt


@pytest.fixture
def late(books):
    """Owes less, and pays 30 days late, lately 60."""
    late = books.customer("Late")
    for on, paid in (("2025-09-01", "2025-10-01"), ("2026-02-01", "2026-04-02")):
        item = bill(books, late, on, "100")
        books.pay(late, "122", paid, {item.pk: "122"})
    bill(books, late, "2026-05-01", "1000")
    return late


def test_risk_is_read_from_how_somebody_pays(books, prompt, late):
    first, second = worklist(books.company.pk, ON)
    assert (first.name, first.amount, round(first.late), round(first.trend)) == ("Late", 1220, 45, 15)
    assert first.risk == 3, "1, and 45 and 15 days in months"
    assert first.why() == ["pays 45 days late on average", "15 days later than before, these three months"]
    assert (second.name, second.amount, second.risk, second.why()) == ("Prompt", 1830, 1, ["no bad habit known"])


def test_who_promised_waits_and_who_broke_his_word_comes_first(books, prompt, late):
    books.do("parties.promise", prompt.pk, amount="1830", pay_by="2026-06-10", note="Tomorrow, he says", on="2026-06-01")
    assert names(books) == ["Late"]
    assert names(books, everything=True) == ["Late", "Prompt"]
    run = create(ACTOR, RESOURCES["dunning-runs"], [{"company": books.company.pk, "on": "2026-06-05"}]).ids[0]
    books.do("receivables.propose", run)
    assert list(Reminder.objects.values_list("party__name", flat=True)) == ["Late"], "nobody is reminded of what he promised"
    after = date(2026, 6, 11)
    broken = next(c for c in worklist(books.company.pk, after) if c.name == "Prompt")
    assert (broken.broken, broken.broken_on, str(broken.risk.normalize())) == (1, date(2026, 6, 10), "1.5")
    assert Promise.objects.annotate(s=promise_state(after)).get().s == "broken"
    told = Interaction.objects.get(party=prompt, kind="promise")
    assert (told.title, told.body, told.amount) == ("Promises to pay by 10.06.2026", "Tomorrow, he says", 1830)


def test_a_promise_is_kept_by_what_comes_in_time(books, late):
    books.do("parties.promise", late.pk, amount="1000", pay_by="2026-06-10", on="2026-06-01")
    books.pay(late, "600", "2026-06-05")
    assert Promise.objects.annotate(s=promise_state(date(2026, 6, 6))).get().s == "open"
    books.pay(late, "400", "2026-06-10")
    assert Promise.objects.annotate(s=promise_state(date(2026, 6, 20))).get().s == "kept"
    assert worklist(books.company.pk, date(2026, 6, 20))[0].broken == 0


def test_a_promise_is_withdrawn_once(books, late):
    key = books.do("parties.promise", late.pk, amount="1000", pay_by="2026-06-10", on="2026-06-01").made["promises_to_pay"][0]
    books.do("receivables.withdraw_promise", key, "Called off", on="2026-06-02")
    assert names(books) == ["Late"]
    assert Promise.objects.annotate(s=promise_state(date(2026, 6, 20))).get().s == "withdrawn"
    with pytest.raises(PromiseWithdrawn):
        books.do("receivables.withdraw_promise", key, "Again")


def test_cases_are_put_off_and_given_to_collectors(books, prompt, late):
    with unit_of_work("test", "test"):
        anna = User.objects.create(username="anna", name="Anna")
    books.do("parties.follow_up", prompt.pk, on="2026-06-08")
    assert names(books) == ["Late"]
    assert names(books, on=date(2026, 6, 8)) == ["Late", "Prompt"]
    books.do("parties.assign_collector", [prompt.pk, late.pk], collector=anna.pk)
    assert CustomerAccount.objects.filter(collector=anna).count() == 2
    assert (names(books, whose=anna.pk), names(books, unassigned=True)) == (["Late"], [])
    assert worklist(books.company.pk, ON)[0].collector == "Anna"


def test_who_owes_nothing_promises_nothing(books):
    with pytest.raises(NothingOwed, match="Nobody owes nothing"):
        books.do("parties.promise", books.customer("Nobody").pk, amount="1", pay_by="2099-01-01")


def test_statements_do_not_grow_with_the_customers(books):
    counts = []
    for many in (1, 12):
        keys = []
        for n in range(many):
            customer = books.customer(f"Bar {many} {n}")
            bill(books, customer, "2026-05-01", "10")
            keys.append(customer.pk)
        with CaptureQueriesContext(connection) as promising:
            books.do("parties.promise", keys, amount="1", pay_by="2026-06-10", on="2026-06-01")
        books.do("parties.follow_up", keys, on="2026-06-08")
        with CaptureQueriesContext(connection) as following:
            books.do("parties.follow_up", keys, on="2026-06-09")
        with CaptureQueriesContext(connection) as reading:
            worklist(books.company.pk, ON, everything=True)
        counts.append((len(promising), len(following), len(reading)))
    assert counts[0] == counts[1]
