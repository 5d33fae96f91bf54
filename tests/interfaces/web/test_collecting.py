"""AR-06 on the screen: the work list and the desk of one customer; who may see it, and what its buttons do."""

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.receivables.models import CustomerStatement, Promise, StatementRun
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.events.models import OutboxMessage
from tests.interfaces.web.test_today import signed_in


@pytest.fixture
def owed(books):
    """Two customers who owe since two months, the first one more."""
    day = timezone.localdate() - timedelta(days=60)
    for year in {2027, 2028} & {day.year, timezone.localdate().year}:
        books.do("companies.open_year", books.company.pk, year=year)
    found = [books.customer(name, email=f"{name.lower()}@example.com") for name in ("Duomo", "Brera")]
    for customer, net in zip(found, ("1000", "100"), strict=True):
        books.invoice(customer, [{"quantity": "1", "unit_price": net}], str(day))
    return found


def test_the_list_leads_to_the_desk_and_the_desk_to_the_next_customer(books, owed):
    client, _user = signed_in(books, "clerk", "receivables_clerk")
    page = html.unescape(client.get("/books/collecting").content.decode())
    assert page.index("Duomo") < page.index("Brera")
    assert f'href="/books/collecting/{owed[0].pk}' in page
    assert 'href="/books/collecting"' in page, "it stands in the menu"
    desk = html.unescape(client.get(f"/books/collecting/{owed[0].pk}").content.decode())
    for said in ("1,220.00", "Promise to pay", "no bad habit known", 'data-key="n"', f'href="/books/collecting/{owed[1].pk}?show="'):
        assert said in desk, said
    last = client.get(f"/books/collecting/{owed[1].pk}").content.decode()
    assert 'data-key="n"' not in last


def test_a_promise_and_a_call_are_noted_from_the_desk(books, owed):
    client, _user = signed_in(books, "clerk", "receivables_clerk")
    desk = f"http://testserver/books/collecting/{owed[0].pk}"
    assert client.get(f"/parties/sheet/promise?ids={owed[0].pk}").status_code == 200
    day = timezone.localdate() + timedelta(days=3)
    answer = client.post(f"/parties/do/promise?ids={owed[0].pk}", {"p-amount": "500.00", "p-pay_by": str(day)}, HTTP_REFERER=desk)
    assert (answer.status_code, answer.url) == (302, f"/books/collecting/{owed[0].pk}")
    assert Promise.objects.get().amount == 500
    given = {"p-kind": "call", "p-title": "Spoke with the owner", "p-on": str(timezone.localdate()), "p-direction": "out"}
    client.post(f"/parties/do/log_interaction?ids={owed[0].pk}", given, HTTP_REFERER=desk)
    page = html.unescape(client.get(f"/books/collecting/{owed[0].pk}").content.decode())
    assert "Spoke with the owner" in page
    assert Interaction.objects.filter(party=owed[0], kind="call").exists()
    assert "Duomo" not in client.get("/books/collecting").content.decode()
    assert "Duomo" in client.get("/books/collecting?show=all").content.decode()


def test_a_statement_is_mailed_once_a_day_and_printed(books, owed):
    client, _user = signed_in(books, "clerk", "receivables_clerk")
    for _ in range(2):
        client.post(f"/books/collecting/{owed[0].pk}/mail")
    assert OutboxMessage.objects.count() == 1
    assert CustomerStatement.objects.get().state == "sent"
    answer = client.post(f"/books/collecting/{owed[1].pk}/letter")
    assert answer.url == f"/statement-runs/{StatementRun.objects.order_by('pk').last().pk}/pdf"
    assert client.get(answer.url).content.startswith(b"%PDF")


def test_who_does_not_collect_does_not_see_it(books, owed):
    client, _user = signed_in(books, "worker", "warehouse_worker")
    for address in ("/books/collecting", f"/books/collecting/{owed[0].pk}"):
        assert client.get(address).status_code in {403, 404}
    for address in ("mail", "letter"):
        assert client.post(f"/books/collecting/{owed[0].pk}/{address}").status_code in {403, 404}
    assert not StatementRun.objects.exists()


def test_the_list_costs_the_same_for_one_and_for_many(books, owed):
    client, _user = signed_in(books, "clerk", "receivables_clerk")
    client.get("/books/collecting")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            client.get("/books/collecting")
        counts.append(len(statements))
        for n in range(8):
            books.invoice(
                books.customer(f"More {n} {len(counts)}"),
                [{"quantity": "1", "unit_price": "5"}],
                str(timezone.localdate() - timedelta(days=30)),
            )
    assert counts[0] == counts[1]
