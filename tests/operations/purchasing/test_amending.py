"""A confirmed purchase order is amended, never cancelled and written anew (as OM-02); from an amount on somebody else approves it (AP-05)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.approvals.models import ApprovalPolicy, ApprovalRequest, ApprovalStep
from fondaco.masterdata.approvals.refusals import ApprovalMissing, NotApproved, OwnWork
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.purchasing.refusals import AmendedBelow, BilledPrice, DoneAlready, LineStays, NothingOrdered, OrderStands
from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.models import Amendment
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.documents.refusals import FixedByNow, ReasonMissing
from fondaco.platform.money import figure
from fondaco.platform.resources.amending import versions
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.purchasing.test_orders import Buying

ORDERS = RESOURCES["purchase-orders"]
WHY = "The vendor called"


@pytest.fixture
def buying(books):
    return Buying(books)


def amend(order: int, reason: str = WHY, actor: Actor = ACTOR, **values) -> None:
    edit(actor, ORDERS, {order: values}, reason=reason)


def keys(order: int) -> list[int]:
    return list(PurchaseOrderLine.objects.filter(order=order).order_by("position").values_list("pk", flat=True))


def shown(order: int) -> list[str]:
    rows = PurchaseOrderLine.objects.filter(order=order).order_by("position")
    return [f"{figure(ln.quantity)} at {figure(ln.unit_price)}" for ln in rows]


def test_quantities_prices_lines_and_dates_change_and_every_version_stays(books, buying):
    order = buying.order(("10", "2.50"), ("5", "3"))
    first, _second = keys(order)
    buying.take_in_line(order, first, "4")
    amend(
        order,
        expected_on="2026-04-01",
        lines=[{"id": first, "quantity": "8"}, {"product": buying.bolt.pk, "quantity": "2", "unit_price": "9"}],
    )
    row = PurchaseOrder.objects.get(pk=order)
    assert (row.state, row.net, shown(order)) == ("confirmed", Decimal(38), ["8 at 2.5", "2 at 9"])
    (kept,) = versions(ORDERS, ACTOR, order)
    assert (kept.number, kept.reason, kept.content["fields"]["net"]) == (1, WHY, "40.0000")
    assert {(d.line, d.field) for d in kept.differences} >= {(1, "quantity"), (0, "expected_on"), (2, "")}
    with pytest.raises(ReasonMissing):
        amend(order, " ", memo="X")
    with pytest.raises(FixedByNow):
        amend(order, vendor=books.vendor("Other").pk)
    amend(order, lines=[{"id": first, "quantity": "4"}])
    assert PurchaseOrder.objects.get(pk=order).state == "closed", "all that is still ordered came"
    books.assert_checks_hold()


def test_what_came_or_was_billed_stays(books, buying):
    order = buying.order(("10", "2.50"), ("5", "3"))
    first, second = keys(order)
    buying.take_in_line(order, first, "6")
    buying.bill(("4", "2.50"))
    for lines, refusal, said in (
        ([{"id": first, "quantity": "5"}, {"id": second, "quantity": "5"}], AmendedBelow, "cannot become 5: 6 came and 4 were billed"),
        ([{"id": second, "quantity": "5"}], LineStays, "6 came and 4 were billed"),
        ([{"id": first, "quantity": "10", "unit_price": "2"}, {"id": second, "quantity": "5"}], BilledPrice, "4 of it were billed"),
        ([], NothingOrdered, "has no lines"),
    ):
        with pytest.raises(refusal, match=said):
            amend(order, lines=lines)
    (draft,) = books.do("purchasing.receive", order, on="2026-03-20", quantities={second: "1"}).made["goods-receipts"]
    with pytest.raises(LineStays):
        amend(order, lines=[{"id": first, "quantity": "10"}])
    assert not Amendment.objects.exists()
    amend(
        order,
        lines=[
            {"id": first, "quantity": "6"},
            {"id": second, "quantity": "5"},
            {"product": buying.bolt.pk, "quantity": "4", "unit_price": "2"},
        ],
    )
    assert shown(order) == ["6 at 2.5", "5 at 3", "4 at 2"]
    books.do("inventory.post_receipt", draft)
    books.assert_checks_hold()


def test_the_database_opens_an_order_only_where_its_version_was_kept(books, buying):
    order = buying.order(("10", "2.50"))
    other = buying.order(("1", "1"), confirm=False)
    keeping = """insert into documents_amendment (version, table_name, row_id, version_number, content, reason)
        values (1, 'purchasing_purchaseorder', %s, 99, '{}', 'x')"""

    def attacked(statement: str, *, keep: bool = False) -> None:
        with refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            if keep:
                cursor.execute(keeping, [order])
            cursor.execute(statement)

    lines = "purchasing_purchaseorderline"
    for statement in (
        f"update {lines} set quantity = 1 where order_id = {order}",
        f"update {lines} set order_id = {other} where order_id = {order}",
        f"update {lines} set order_id = {order} where order_id = {other}",
        f"delete from {lines} where order_id = {order}",
        f"update purchasing_purchaseorder set net = net + 1 where id = {order}",
    ):
        with pytest.raises(OrderStands):
            attacked(statement)
    with pytest.raises(OrderStands):
        attacked(f"update purchasing_purchaseorder set vendor_id = vendor_id + 1 where id = {order}", keep=True)
    buying.take_in(order, some="6")
    buying.bill(("6", "2.50"))
    for statement in (
        f"update {lines} set quantity = 5 where order_id = {order}",
        f"update {lines} set unit_price = 1 where order_id = {order}",
        f"update {lines} set product_id = null, description = 'x' where order_id = {order}",
        f"delete from {lines} where order_id = {order}",
    ):
        with pytest.raises(DoneAlready):
            attacked(statement, keep=True)


def test_statements_do_not_grow_with_orders_and_lines(buying):
    def counted(orders: int, lines: int) -> int:
        made = [buying.order(*[("2", "1")] * lines) for _ in range(orders)]
        changes = {
            o: {"lines": [*({"id": k, "quantity": "3"} for k in keys(o)), {"product": buying.bolt.pk, "quantity": "1", "unit_price": "1"}]}
            for o in made
        }
        with CaptureQueriesContext(connection) as asked:
            edit(ACTOR, ORDERS, changes, reason=WHY)
        return len(asked)

    assert counted(1, 1) == counted(12, 6)


class Desk:
    """A company in which orders from 1000 are approved by a controller."""

    def __init__(self, books, buying):
        self.books, self.buying = books, buying
        self.bea, self.carla = self.person("bea", "buyer"), self.person("carla", "controller")
        with unit_of_work("test", "test"):
            policy = ApprovalPolicy.objects.create(
                company=books.company, kind="purchasing.order", priority=1, name="Orders from 1000", amount_from=1000
            )
            ApprovalStep.objects.create(policy=policy, role=Role.objects.get(key="controller"))

    def person(self, name: str, role: str) -> Actor:
        with unit_of_work("test", "test"):
            user = User.objects.create(username=name, name=name.title(), email=f"{name}@example.com")
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=self.books.company.pk)
        return actor_of(user, channel="web")

    def order(self, quantity: str, price: str, **values) -> int:
        lines = [{"product": self.buying.bolt.pk, "quantity": quantity, "unit_price": price}]
        given = {"company": self.books.company.pk, "vendor": self.buying.vendor.pk, "on": "2026-03-01", "lines": lines, **values}
        return create(self.bea, ORDERS, [given]).ids[0]

    def do(self, who: Actor, key: str, pk: int, **parameters):
        return perform(who, ACTIONS[key], [pk], parameters)


@pytest.fixture
def desk(books, buying):
    return Desk(books, buying)


def test_an_order_from_a_limit_on_is_placed_only_after_somebody_else_approved_it(books, desk):
    small = desk.order("9", "100")
    desk.do(desk.bea, "purchasing.confirm", small)
    large = desk.order("10", "100")
    with pytest.raises(ApprovalMissing, match="Orders from 1000"):
        desk.do(desk.bea, "purchasing.confirm", large)
    with pytest.raises(NotApproved), refusals_translated(), unit_of_work("attacker", "attack"):
        PurchaseOrder.objects.filter(pk=large).update(state="confirmed", number="X")
    asks = ACTIONS["purchasing.ask_approval"]
    assert (asks.serves(small), asks.serves(large)) == (False, True), "it is offered where it would ask something"
    (request,) = desk.do(desk.bea, "purchasing.ask_approval", large).made["approval-requests"]
    assert not asks.serves(large), "it waits"
    assert ApprovalRequest.objects.get(pk=request).title.endswith("Torrefazione Levante")
    with pytest.raises(OwnWork):
        desk.do(Actor(username="bea", user_id=desk.bea.user_id, everything=True), "approvals.approve", request)
    desk.do(desk.carla, "approvals.approve", request)
    desk.do(desk.bea, "purchasing.confirm", large)
    assert not asks.serves(large)
    # Amended, it waits again, and nothing comes on it until then.
    line = keys(large)[0]
    amend(large, actor=desk.bea, lines=[{"id": line, "quantity": "12"}])
    assert [w.text for w in ORDERS.wrong(large, ACTOR)] == ["Waits for approval by Financial controller."]
    with pytest.raises(ApprovalMissing):
        books.do("purchasing.receive", large, on="2026-03-05")
    again = ApprovalRequest.objects.get(row_id=large, state="waiting")
    desk.do(desk.carla, "approvals.approve", again.pk)
    amend(large, actor=desk.bea, expected_on="2026-05-01", memo="On the ramp")
    (receipt,) = books.do("purchasing.receive", large, on="2026-03-05").made["goods-receipts"]
    books.do("inventory.post_receipt", receipt)
    assert desk.buying.state(large) == "closed"


def test_parts_of_an_order_below_the_limit_count_together(desk):
    first = desk.order("9", "100")
    desk.do(desk.bea, "purchasing.confirm", first)
    with pytest.raises(ApprovalMissing, match="Orders from 1000"):
        desk.do(desk.bea, "purchasing.confirm", desk.order("2", "100"))


def test_a_policy_that_came_later_does_not_stop_what_was_ordered(books, buying):
    order = buying.order(("1000", "2.50"))
    Desk(books, buying)
    buying.take_in(order)
    assert buying.state(order) == "closed"
