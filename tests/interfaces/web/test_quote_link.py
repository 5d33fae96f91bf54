"""The page of a quote: the customer's link for those who may send it, and who answered when."""

import html
import re

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from fondaco.frontoffice.crm.models import Activity
from fondaco.frontoffice.sales.links import path_of
from fondaco.frontoffice.sales.models import Order
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.frontoffice.sales.shop import Shop


@pytest.fixture
def shop(books):
    return Shop(books)


def signed_in(books, username, role):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), password=make_password(username))
        Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
    client = Client()
    client.post("/-/sign-in", {"username": username, "password": username})
    return client, user


def answer(client, quote):
    page = html.unescape(client.get(f"/quotes/{quote.pk}").content.decode())
    found = re.search(r'<section class="sheet stack" id="answer".*?</section>', page, re.S)
    return found[0] if found else ""


def test_the_link_stands_on_a_sent_quote_for_those_who_may_send_it(books, shop):
    sara, user = signed_in(books, "sara", "sales_representative")
    nina, _nina = signed_in(books, "nina", "service_agent")
    draft = shop.quote((shop.course, "1"), send=False, salesperson=user.pk)
    assert answer(sara, draft) == ""
    quote = shop.quote((shop.course, "1"), salesperson=user.pk)
    link = f"http://testserver{path_of(quote)}"
    seen = answer(sara, quote)
    assert f'value="{link}" readonly' in seen
    assert 'data-copies="customer-link"' in seen
    assert "Sent on" in seen
    assert "bar@example.com" in seen
    # Who only reads quotes cannot answer in the customer's name.
    assert path_of(quote) not in nina.get(f"/quotes/{quote.pk}").content.decode()
    assert "No answer yet." in answer(nina, quote)


def test_the_page_says_who_accepted_when_and_how(books, shop):
    sara, user = signed_in(books, "sara", "sales_representative")
    quote = shop.quote((shop.course, "1"), salesperson=user.pk)
    customer = Client()
    assert customer.post(path_of(quote), {"name": "Mario Rossi"}).status_code == 302
    seen = answer(sara, quote)
    assert "Accepted by Mario Rossi on" in seen
    assert "Through the link, from 127.0.0.1" in seen
    assert path_of(quote) not in seen
    other = shop.quote((shop.course, "1"), salesperson=user.pk)
    books.do("sales.accept", other.pk, name="Luisa Bianchi", reason="She rang")
    assert "Accepted by Luisa Bianchi" in answer(sara, other)
    assert "Written down by us: She rang" in answer(sara, other)


def test_a_declined_or_outdated_quote_has_no_link(books, shop):
    sara, user = signed_in(books, "sara", "sales_representative")
    declined = shop.quote((shop.course, "1"), salesperson=user.pk)
    late = shop.quote((shop.course, "1"), salesperson=user.pk, valid_until="2026-02-10")
    Client().post(f"{path_of(declined)}/decline", {"text": "Too dear"})
    assert "Too dear" in answer(sara, declined)
    assert "The link is closed" in answer(sara, late)
    assert "/q/" not in answer(sara, declined) + answer(sara, late)


def test_PR_08_the_customer_sees_what_it_comes_to_asks_and_gives_his_own_number(books, shop):
    """A question is something to do for the salesperson and leaves the quote open; only declining closes it."""
    _sara, user = signed_in(books, "sara", "sales_representative")
    quote = shop.quote((shop.course, "2"), salesperson=user.pk)
    customer, path = Client(), path_of(quote)
    seen = html.unescape(customer.get(path).content.decode())
    for key in ("net", "tax", "gross"):
        assert re.search(rf'data-total="{key}">{getattr(quote, key):,.2f}<', seen), key
    assert shop.course.unit.name in seen and f"2 {shop.course.unit.code}" not in seen
    answer_ = customer.post(f"{path}/ask", {"name": "Mario Rossi", "text": "<script>alert(1)</script> How long is the course?"})
    assert "stays open" in answer_.content.decode()
    todo = Activity.objects.get(party=quote.customer_id)
    assert (todo.assignee_id, todo.subject) == (user.pk, f"Question about quote {quote} by Mario Rossi")
    asked = Interaction.objects.get(party=quote.customer_id, kind="note")
    assert asked.body.endswith("How long is the course?") and asked.direction == "in"
    wrong = customer.post(f"{path}/ask", {"name": "", "text": "?"})
    assert wrong.status_code == 422 and "Enter your name" in wrong.content.decode()
    assert customer.post(f"{path}/ask", {"name": "Mario", "text": " "}).status_code == 422
    assert customer.post(path, {"name": "Mario Rossi", "reference": "PO-77"}).status_code == 302
    assert Order.objects.get(quote=quote).reference == "PO-77"
    assert customer.post(f"{path}/ask", {"name": "Mario", "text": "Too late?"}).status_code == 404


def test_a_machine_that_asks_and_asks_is_stopped(books, shop):
    quote = shop.quote((shop.course, "1"))
    customer, path = Client(), path_of(quote)
    statuses = [customer.post(f"{path}/ask", {"name": "Bot", "text": f"{n}"}).status_code for n in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    assert Activity.objects.filter(party=quote.customer_id).count() == 20
