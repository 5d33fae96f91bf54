"""A confirmed order is amended without cancelling what follows; every version, author and reason stays (OM-02)."""

import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.finance.receivables.models import CreditLimit
from fondaco.finance.receivables.refusals import OnCreditHold
from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.frontoffice.sales.refusals import AmendedBelow, ConfirmedOrder, DoneAlready, InvoicedPrice, LineStays, NothingOffered
from fondaco.interfaces.doors.tokens import make_token
from fondaco.masterdata.catalog.models import PriceList, PriceRule
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.models import Reservation
from fondaco.operations.inventory.refusals import NotEnoughStock
from fondaco.platform.access.actors import actors_by_username
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.models import Amendment
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.documents.refusals import FixedByNow, NotEditable, ReasonMissing
from fondaco.platform.resources.amending import versions
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import delete, edit
from tests.books import ACTOR

ORDERS = RESOURCES["orders"]
WHY = "Il cliente ha chiamato"
KEEPING = """
insert into documents_amendment (version, table_name, row_id, version_number, content, reason)
values (1, 'sales_order', %s, 99, '{}', 'x')
"""


def amend(order: Order, reason: str = WHY, **values) -> None:
    edit(ACTOR, ORDERS, {order.pk: values}, reason=reason)
    order.refresh_from_db()


def keys(order: Order) -> list[int]:
    return list(order.lines.order_by("position").values_list("pk", flat=True))


@pytest.fixture
def order(shop) -> Order:
    """Six of ten machines and four of fifty cups, confirmed."""
    shop.receive(shop.machine, "10", "800.00")
    shop.receive(shop.cup, "50", "1.00")
    return shop.order((shop.machine, 6), (shop.cup, 4))


def test_OM_02_quantities_lines_and_dates_change_and_every_version_stays(shop, order):
    machine, _cup = keys(order)
    before = order.gross
    shop.did("deliver", order, on="2026-02-10", quantities={machine: 2})
    amend(
        order,
        requested_on="2026-03-31",
        shipping_address="Via Nuova 1\n20100 Milano",
        lines=[{"id": machine, "quantity": "8"}, {"product": shop.course.pk, "quantity": "1"}],
    )
    assert shop.state(order) == ["8 6 2 0 0 0", "1 0 0 0 0 0"]
    assert (shop.stock(shop.machine), shop.stock(shop.cup)) == ((Decimal(8), Decimal(6)), (Decimal(50), Decimal(0)))
    assert (order.state, str(order.requested_on), order.net) == ("confirmed", "2026-03-31", Decimal("9750.0000"))
    amend(order, "Prezzo concordato", lines=[{"id": machine, "unit_price": "1100"}, {"id": keys(order)[1]}])
    assert order.net == Decimal("8950.0000")

    second, first = versions(ORDERS, ACTOR, order.pk)
    assert (first.number, first.by, first.reason) == (1, ACTOR.username, WHY)
    assert first.content["fields"]["gross"] == f"{before:.4f}"
    assert [(row["product"][1], row["quantity"]) for row in first.content["lines"]["lines"]] == [
        ("M1 Espresso machine", "6.000000"),
        ("CUP Cup", "4.000000"),
    ]
    said = {(d.line, d.field): (d.before, d.after) for d in first.differences if d.field not in {"net", "tax", "gross", "description"}}
    assert said[1, "quantity"] == ("6.000000", "8.000000")
    assert said[0, "requested_on"] == (None, "2026-03-31")
    assert {(d.line, d.before is None) for d in first.differences if d.lines and not d.field} == {(2, False), (2, True)}
    assert (second.number, second.reason) == (2, "Prezzo concordato")
    assert [(d.before, d.after) for d in second.differences if d.field == "unit_price"] == [("1200.000000", "1100.000000")]
    assert Interaction.objects.filter(source_id=order.pk, kind="order", body=WHY).exists()

    shop.did("deliver", order, on="2026-02-20")
    shop.did("invoice", order, on="2026-02-21", post=True)
    (invoice,) = shop.invoices(order)
    assert invoice.gross == order.gross
    shop.books.assert_checks_hold()


def test_OM_02_what_was_delivered_or_invoiced_stays(shop, order):
    machine, cup = keys(order)
    shop.did("deliver", order, on="2026-02-10", quantities={machine: 3, cup: 4})
    shop.did("invoice", order, on="2026-02-11", post=True)
    before = shop.state(order), order.gross
    for lines, refusal in (
        ([{"id": machine, "quantity": "2"}, {"id": cup}], AmendedBelow),
        ([{"id": machine}], LineStays),
        ([{"id": machine}, {"id": cup, "product": shop.course.pk}], LineStays),
        ([{"id": machine, "unit_price": "1000"}, {"id": cup}], InvoicedPrice),
        ([{"id": machine, "discount_percent": "5"}, {"id": cup}], InvoicedPrice),
        ([], NothingOffered),
    ):
        with pytest.raises(refusal) as refused:
            amend(order, lines=lines)
        assert str(order) in refused.value.sentence()
    order.refresh_from_db()
    assert (shop.state(order), order.gross) == before
    assert not Amendment.objects.exists()
    # The rest at another price: a line of its own.
    amend(order, lines=[{"id": machine, "quantity": "3"}, {"id": cup}, {"product": shop.machine.pk, "quantity": "3", "unit_price": "1000"}])
    assert shop.state(order) == ["3 0 3 0 3 0", "4 0 4 0 4 0", "3 3 0 0 0 0"]
    shop.did("deliver", order, on="2026-02-12")
    shop.did("invoice", order, on="2026-02-12", post=True)
    assert sum(i.gross for i in shop.invoices(order)) == order.gross


def test_OM_02_goods_and_credit_that_are_short_refuse_the_amendment(shop, order):
    machine, cup = keys(order)
    with pytest.raises(NotEnoughStock) as refused:
        amend(order, lines=[{"id": machine, "quantity": "11"}, {"id": cup}])
    assert "11" not in shop.state(order)[0]
    assert "Espresso machine" in refused.value.sentence()
    with unit_of_work("test", "test"):
        CreditLimit.objects.create(company=shop.books.company, party=shop.customer, amount=order.gross + 100)
    with pytest.raises(OnCreditHold):
        amend(order, lines=[{"id": machine, "quantity": "7"}, {"id": cup}])
    amend(order, lines=[{"id": machine, "quantity": "5"}, {"id": cup, "quantity": "3"}])
    assert shop.state(order) == ["5 5 0 0 0 0", "3 3 0 0 0 0"]
    assert Reservation.objects.filter(quantity__gt=0).count() == 2


def test_OM_02_an_order_that_takes_what_is_there_takes_it(shop):
    shop.receive(shop.cup, "5", "1.00")
    order = shop.order((shop.cup, 3), reserve_partly=True)
    amend(order, lines=[{"id": keys(order)[0], "quantity": "9"}])
    assert shop.state(order) == ["9 5 0 0 0 0"]


def test_OM_02_what_was_agreed_keeps_its_price_whatever_the_lists_say_now(shop, order):
    with unit_of_work("test", "test"):
        cheap = PriceList.objects.create(company=shop.books.company, name="Sale", currency_id="EUR")
        PriceRule.objects.create(price_list=cheap, product=shop.cup, price=Decimal("1.00"))
        shop.machine.sale_price = Decimal(1500)
        shop.machine.save(update_fields=["sale_price"])
    machine, cup = keys(order)
    amend(order, lines=[{"id": machine, "quantity": "7"}, {"id": cup}, {"product": shop.machine.pk, "quantity": "1"}])
    assert [ln.unit_price for ln in order.lines.order_by("position")] == [Decimal(1200), Decimal("3.33"), Decimal(1500)]


def test_who_amends_says_why_has_the_right_and_leaves_the_rest_alone(shop, order):
    other = shop.books.customer("Other")
    with pytest.raises(ReasonMissing):
        amend(order, " ", reference="X")
    with pytest.raises(FixedByNow) as refused:
        amend(order, customer=other.pk)
    assert list(refused.value.fields) == ["customer"]
    with pytest.raises(NotEditable):
        delete(ACTOR, ORDERS, [order.pk], reason=WHY)
    with unit_of_work("test", "test"):
        user = User.objects.create(username="only.writes", name="Only Writes")
        role = Role.objects.create(key="writes", name="Writes")
        for pattern in ("sales.write_order", "sales.view_order", "catalog.view_*", "parties.view_*", "companies.view_*"):
            RolePermission.objects.create(role=role, pattern=pattern)
        Membership.objects.create(user=user, role=role)
    with pytest.raises(NotAllowed):
        edit(actors_by_username(["only.writes"])["only.writes"], ORDERS, {order.pk: {"reference": "X"}}, reason=WHY)
    shop.did("cancel", order, reason="off")
    with pytest.raises(NotEditable):
        amend(order, reference="X")


def test_the_database_opens_an_order_only_where_its_version_was_kept(shop, order):
    """The guards are asked by SQL: without a version nothing opens, and with one what was done still stands."""

    def attacked(statement: str, *, keeping: bool = False) -> None:
        with refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            if keeping:
                cursor.execute(KEEPING, [order.pk])
            cursor.execute(statement)

    for statement in (
        f"update sales_orderline set quantity = 1 where order_id = {order.pk}",
        f"delete from sales_orderline where order_id = {order.pk}",
        f"update sales_order set gross = gross + 1, net = net + 1 where id = {order.pk}",
    ):
        with pytest.raises(ConfirmedOrder):
            attacked(statement)
    for statement in (
        f"update sales_order set customer_id = customer_id + 1 where id = {order.pk}",
        f"update sales_order set currency_id = 'USD' where id = {order.pk}",
    ):
        with pytest.raises(ConfirmedOrder):
            attacked(statement, keeping=True)
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-11", post=True)
    for statement in (
        f"update sales_orderline set unit_price = 1 where order_id = {order.pk}",
        f"update sales_orderline set quantity = 1 where order_id = {order.pk}",
        f"update sales_orderline set product_id = {shop.course.pk} where order_id = {order.pk}",
        f"delete from sales_orderline where order_id = {order.pk}",
    ):
        with pytest.raises(DoneAlready):
            attacked(statement, keeping=True)


def test_OM_02_statements_do_not_grow_with_orders_and_lines(shop):
    shop.receive(shop.cup, "5000", "1.00")

    def counted(orders: int, lines: int) -> int:
        made = [shop.order(*[(shop.cup, 2)] * lines) for _ in range(orders)]
        changes = {
            o.pk: {"lines": [{"id": k, "quantity": "3"} for k in keys(o)] + [{"product": shop.cup.pk, "quantity": "1"}]} for o in made
        }
        with CaptureQueriesContext(connection) as asked:
            edit(ACTOR, ORDERS, changes, reason=WHY)
        return len(asked)

    assert counted(1, 1) == counted(12, 6)


def test_OM_02_by_the_api(shop, order):
    with unit_of_work("test", "test"):
        user = User.objects.create(username="clerk", name="Clerk")
        role = Role.objects.create(key="all", name="All")
        RolePermission.objects.create(role=role, pattern="*")
        Membership.objects.create(user=user, role=role)
        token = make_token(user, "test")[1]
    client, path = Client(), f"/api/v1/orders/{order.pk}"
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "content_type": "application/json"}
    seen = client.get(path, **headers).json()
    assert (seen["open"]["edit"], seen["open"]["amend"], seen["earlier_versions"]) == (False, True, [])
    changed = {"lines": [{"id": seen["lines"][0]["id"], "quantity": "5"}, {"id": seen["lines"][1]["id"]}]}
    refused = client.patch(path, json.dumps(changed), HTTP_IDEMPOTENCY_KEY="a", **headers)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[1]) == (422, "documents.reason_missing")
    answer = client.patch(f"{path}?reason={WHY}", json.dumps(changed), HTTP_IDEMPOTENCY_KEY="b", **headers)
    assert answer.status_code == 200, answer.content
    (version,) = answer.json()["earlier_versions"]
    assert (version["number"], version["reason"]) == (1, WHY)
    assert {d["field"] for d in version["differences"] if d["lines"]} >= {"quantity"}
    assert OrderLine.objects.get(pk=seen["lines"][0]["id"]).quantity == 5
