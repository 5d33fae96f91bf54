"""SP-05 on the pages: the purchase order says whom it is for, the order says what it waits for."""

import re

import pytest
from django.test import Client

from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from tests.operations.supply.trade import Trade


@pytest.fixture
def trade(books):
    return Trade(books)


def signed_in(name, role, language="en"):
    with unit_of_work("test", "people"):
        user = User(username=name, name=name.title(), language=language)
        user.set_password(name)
        user.save()
        Membership.objects.create(user=user, role=Role.objects.get(key=role))
    client = Client()
    client.post("/-/sign-in", {"username": name, "password": name})
    return client


def words(answer):
    assert answer.status_code == 200, answer.content
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_purchase_says_whom_it_is_for_and_an_order_what_it_waits_for(trade):
    order = trade.sell("5", "2026-02-20")
    purchase = trade.buy("8", "2026-02-25")
    buyer = signed_in("bruna", "buyer")
    assert f'hx-get="/purchase-orders/{purchase.pk}/pegging"' in buyer.get(f"/purchase-orders/{purchase.pk}").content.decode()
    said = words(buyer.get(f"/purchase-orders/{purchase.pk}/pegging"))
    assert f"Order {order.number}" in said and "Bar Duomo" in said and "5 days late" in said
    assert "nobody yet: stock" in said
    assert buyer.get(f"/orders/{order.pk}/pegging").status_code == 403, "a buyer does not read orders"
    manager = signed_in("mina", "sales_manager", "it")
    said = words(manager.get(f"/orders/{order.pk}/pegging"))
    assert purchase.number in said and "5 giorni di ritardo" in said
    assert "Torrefazione Levante" not in said, "who buys from whom is for buyers"
    assert f'href="/purchase-orders/{purchase.pk}"' not in manager.get(f"/orders/{order.pk}/pegging").content.decode()
    assert signed_in("carlo", "cashier").get(f"/orders/{order.pk}/pegging").status_code in (403, 404)
