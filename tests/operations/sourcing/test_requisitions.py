"""PC-01: anybody needs something, it is held against a budget and approved, and becomes orders, or a transfer of what lies elsewhere."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.ledger.models import Dimension, DimensionValue
from fondaco.masterdata.approvals.models import ApprovalPolicy, ApprovalRequest, ApprovalStep
from fondaco.masterdata.approvals.refusals import ApprovalMissing, NotApproved
from fondaco.operations.inventory.models import StockTransfer, StockUse, Warehouse
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.sourcing.budgets import standings
from fondaco.operations.sourcing.models import PurchaseBudget, QuoteRequest, Requisition, RequisitionLine
from fondaco.operations.sourcing.refusals import (
    NeedStands,
    NoExpectedPrice,
    NothingElsewhere,
    NothingInStock,
    NothingNeeded,
    NoVendor,
    OverBudget,
    OwnNeed,
    WithinBudget,
)
from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.operations.purchasing.test_contracts import Agreeing

TODAY = timezone.localdate()
NEEDS = RESOURCES["requisitions"]


class Office(Agreeing):
    """A company where Sam needs things, Bea buys them, and Carla watches the budget of the shop."""

    def __init__(self, books):
        super().__init__(books)
        self.sam, self.bea, self.carla = (
            self.person(n, r) for n, r in (("sam", "service_agent"), ("bea", "buyer"), ("carla", "controller"))
        )
        self.expense = books.account("expense")
        with unit_of_work("test", "test"):
            centres = Dimension.objects.create(company=books.company, code="CC", name="Cost centre")
            self.shop = DimensionValue.objects.create(dimension=centres, code="SHOP", name="Shop")

    def person(self, name, role):
        with unit_of_work("test", "test"):
            user = User.objects.create(username=name, name=name.title(), email=f"{name}@example.com")
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=self.books.company.pk)
        return actor_of(user, channel="web")

    def need(self, *lines, who=None, submit=True, **values):
        given = {"company": self.books.company.pk, "purpose": "Refit", "on": str(TODAY), "lines": list(lines), **values}
        (pk,) = create(who or ACTOR, NEEDS, [given]).ids
        if submit:
            self.do(who or ACTOR, "submit", pk)
        return pk

    def words(self, quantity, price, **values):
        return {"description": "Paint", "quantity": quantity, "unit_price": price, "vendor": self.vendor.pk, **values}

    def do(self, who, verb, *keys, reason="Test", **parameters):
        return perform(who, ACTIONS[f"sourcing.{verb}"], list(keys), parameters, reason=reason)

    def budget(self, amount):
        days = {"starts_on": f"{TODAY.year}-01-01", "ends_on": f"{TODAY.year}-12-31"}
        given = {
            "company": self.books.company.pk,
            "name": "Shop",
            "account": self.expense.pk,
            "dimension_value": self.shop.pk,
            "amount": amount,
            **days,
        }
        return create(ACTOR, RESOURCES["purchase-budgets"], [given]).ids[0]


@pytest.fixture
def office(books):
    return Office(books)


def test_pc01_anybody_asks_sees_his_own_only_and_the_buyer_orders(books, office):
    mine = office.need({"description": "Chair", "quantity": "2", "unit_price": "80"}, who=office.sam, budget=office.budget("500"))
    edit(office.sam, NEEDS, {mine: {"purpose": "Two chairs"}})
    office.need(office.words("1", "5"))
    assert [r.pk for r in visible(Requisition.objects.all(), office.sam, "sourcing.view_requisition")] == [mine]
    assert visible(Requisition.objects.all(), office.bea, "sourcing.view_requisition").count() == 2
    with pytest.raises(NotAllowed):
        office.do(office.sam, "order", mine)
    with pytest.raises(NoVendor, match=r"Line 1 of REQ/.* \(Chair\) names no vendor"):
        office.do(office.bea, "order", mine)
    with pytest.raises(NothingNeeded):
        office.need(who=office.sam)
    with pytest.raises(NoExpectedPrice):
        office.need({"description": "Chair", "quantity": "2"}, who=office.sam)


def test_pc01_requisitions_of_many_become_one_order_a_vendor_at_the_contracts_price(books, office):
    other = books.vendor("Other")
    office.contract("1000", valid_to=f"{TODAY.year + 1}-12-31")
    first = office.need(
        {"product": office.bolt.pk, "quantity": "60", "unit_price": "3", "vendor": office.vendor.pk}, office.words("4", "10")
    )
    second = office.need(
        {"product": office.bolt.pk, "quantity": "100", "unit_price": "3", "vendor": office.vendor.pk},
        office.words("1", "9", vendor=other.pk),
    )
    made = office.do(ACTOR, "order", first, second).made["purchase-orders"]
    orders = PurchaseOrder.objects.filter(pk__in=made).order_by("net")
    assert [(o.vendor.name, o.net, o.state) for o in orders] == [
        ("Other", Decimal(9), "draft"),
        ("Torrefazione Levante", Decimal(60) * Decimal("2.5") + 100 * Decimal("2.2") + 40, "draft"),
    ]
    assert set(RequisitionLine.objects.values_list("order_line__order", flat=True)) == set(made)
    assert set(Requisition.objects.values_list("state", flat=True)) == {"ordered"}
    for statement in (
        f"update sourcing_requisition set net = 1 where id = {first}",
        f"delete from sourcing_requisition where id = {first}",
    ):
        with pytest.raises(NeedStands), refusals_translated(), unit_of_work("attacker", "attack"), connection.cursor() as cursor:
            cursor.execute(statement)
    books.assert_checks_hold()


def test_pc01_a_price_and_vendor_are_proposed_as_it_was_last_bought(office):
    office.order(("10", "2.70"), on=str(TODAY))
    line = RequisitionLine.objects.get(requisition=office.need({"product": office.bolt.pk, "quantity": "10"}, who=office.sam))
    assert (line.unit_price, line.vendor_id, line.net) == (Decimal("2.7"), office.vendor.pk, 27)


def test_pc01_over_budget_is_told_with_figures_and_needs_somebody_elses_yes(books, office):
    """Booked by the ledger, committed by requisitions until their bill comes: the same money never counts twice."""
    budget = office.budget("1000")
    values = {"dimension_values": [office.shop.pk]}
    books.bill(office.vendor, [{"account": "expense", "unit_price": "300", **values}], str(TODAY))
    first = office.need(office.words("1", "600"), who=office.sam, budget=budget)
    with pytest.raises(WithinBudget):
        office.do(office.carla, "allow", first)
    second = office.need(office.words("2", "100"), who=office.sam, budget=budget)
    said = NEEDS.wrong(second, ACTOR)[0].text
    assert said == "Over budget Shop: 200 EUR are asked for, 100 are left of 1000 (300 booked, 600 committed)."
    with pytest.raises(OverBudget, match="200 EUR, and 100 are left of budget Shop: 1,000 less 300 booked and 600 committed"):
        office.do(office.bea, "order", second)
    with pytest.raises(NotAllowed):
        office.do(office.bea, "allow", second)
    own = office.need(office.words("2", "400"), budget=budget, who=Actor(username="carla", user_id=office.carla.user_id, everything=True))
    with pytest.raises(OwnNeed):
        office.do(office.carla, "allow", own)
    with pytest.raises(OwnNeed), refusals_translated(), unit_of_work("attacker", "attack"):
        Requisition.objects.filter(pk=own).update(allowed_by="carla", allowed_net=9999)
    office.do(ACTOR, "withdraw", own)
    office.do(office.carla, "allow", second, reason="The roof leaks")
    edit(
        office.bea,
        NEEDS,
        {second: {"lines": [{"id": RequisitionLine.objects.get(requisition=second).pk, "quantity": "3", "unit_price": "100"}]}},
    )
    with pytest.raises(OverBudget):
        office.do(office.bea, "order", second)
    office.do(office.carla, "allow", second, reason="The roof leaks")
    office.do(office.bea, "order", second)
    # Billed, what was committed is booked.
    order = PurchaseOrderLine.objects.get(requisition_line__requisition=second)
    books.do("purchasing.confirm", order.order_id)
    bill = books.bill(
        office.vendor,
        [{"account": "expense", "description": "Paint", "quantity": "3", "unit_price": "100", **values}],
        str(TODAY),
        post=False,
        duplicate_reason="Another",
    )
    books.do("payables.match_line", bill.pk, line=1, order_table="purchasing_purchaseorderline", quantities={order.pk: "3"})
    assert "Booked 300, committed 900, left -200." in RESOURCES["purchase-budgets"].wrong(budget, ACTOR)[0].text
    books.do("payables.post", bill.pk)
    assert "Booked 600, committed 600, left -200." in RESOURCES["purchase-budgets"].wrong(budget, ACTOR)[0].text
    books.assert_checks_hold()


def test_pc01_approval_binds_to_what_is_needed_not_to_who_sells_it(books, office):
    with unit_of_work("test", "test"):
        policy = ApprovalPolicy.objects.create(
            company=books.company, kind="sourcing.requisition", priority=1, name="From 100", amount_from=100
        )
        ApprovalStep.objects.create(policy=policy, role=Role.objects.get(key="controller"))
    pk = office.need({"description": "Chair", "quantity": "2", "unit_price": "80"}, who=office.sam)
    with pytest.raises(ApprovalMissing):
        office.do(office.bea, "order", pk)
    with pytest.raises(NotApproved), refusals_translated(), unit_of_work("attacker", "attack"):
        Requisition.objects.filter(pk=pk).update(state="ordered")
    request = ApprovalRequest.objects.get(row_id=pk, state="waiting")
    perform(office.carla, ACTIONS["approvals.approve"], [request.pk], {})
    line = RequisitionLine.objects.get(requisition=pk).pk
    edit(office.bea, NEEDS, {pk: {"lines": [{"id": line, "quantity": "2", "unit_price": "80", "vendor": office.vendor.pk}]}})
    office.do(office.bea, "order", pk)
    small = office.need(office.words("1", "50"), who=office.bea)
    office.do(office.bea, "order", small)


def test_pc01_what_lies_in_another_warehouse_is_brought_instead_of_bought(books, office):
    house = Warehouse.objects.get()
    (far,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "FAR", "name": "Far"}]).ids
    office.take_in(office.order(("40", "2.50")))
    pk = office.need({"product": office.bolt.pk, "quantity": "60", "unit_price": "3", "vendor": office.vendor.pk}, warehouse=far)
    assert NEEDS.wrong(pk, ACTOR)[0].text == f"40 of BOLT Bolt lie free in {house.name}: take them from stock."
    (transfer,) = office.do(office.bea, "take_from_stock", pk).made["transfers"]
    paper = StockTransfer.objects.get(pk=transfer)
    assert (paper.warehouse_id, paper.to_warehouse_id, paper.state, paper.lines.get().quantity) == (house.pk, far, "draft", 40)
    (order,) = office.do(office.bea, "order", pk).made["purchase-orders"]
    assert PurchaseOrderLine.objects.get(order=order).quantity == 20
    near = office.need({"product": office.bolt.pk, "quantity": "1", "unit_price": "3"}, warehouse=house.pk)
    with pytest.raises(NothingElsewhere):
        office.do(office.bea, "take_from_stock", near)


def test_pc01_what_lies_in_stock_is_given_out_and_charged_to_the_cost_centre(books, office):
    house = Warehouse.objects.get()
    budget = office.budget("1000")
    office.take_in(office.order(("40", "2.50")))
    pk = office.need({"product": office.bolt.pk, "quantity": "60", "unit_price": "3", "vendor": office.vendor.pk}, warehouse=house.pk, budget=budget)  # fmt: skip
    (made,) = office.do(office.bea, "give_out", pk).made["own-use"]
    paper = StockUse.objects.get(pk=made)
    assert (paper.state, paper.warehouse_id, paper.purpose, paper.account_id, paper.dimension_value_id) == ("draft", house.pk, "Refit", office.expense.pk, office.shop.pk)  # fmt: skip
    assert (paper.lines.get().quantity, RequisitionLine.objects.get(requisition=pk).moved) == (40, 40)
    with pytest.raises(NotAllowed):
        perform(office.bea, ACTIONS["inventory.post_use"], [made], {})
    igor = office.person("igor", "warehouse_manager")
    perform(igor, ACTIONS["inventory.post_use"], [made], {})
    assert standings([PurchaseBudget.objects.get(pk=budget)])[budget].actual == 100, "40 at 2.50 are booked on the budget"
    with pytest.raises(NothingInStock, match="lies free in stock"):
        office.do(office.bea, "give_out", pk)
    (order,) = office.do(office.bea, "order", pk).made["purchase-orders"]
    assert PurchaseOrderLine.objects.get(order=order).quantity == 20
    books.assert_checks_hold()


def test_pc01_requisitions_become_a_request_for_quotation(office):
    first, second = (office.need({"description": "Chair", "quantity": "2", "unit_price": "80"}, who=office.sam) for _n in range(2))
    (request,) = office.do(office.bea, "ask_vendors", first, second).made["quote-requests"]
    row = QuoteRequest.objects.get(pk=request)
    assert (row.subject, row.lines.count(), row.state) == ("Refit", 2, "draft")


def test_pc01_statements_do_not_grow(books, office):
    budget = office.budget("1000000")
    (far,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "FAR", "name": "Far"}]).ids
    office.take_in(office.order(("1000", "2.50")))
    assert PurchaseBudget.objects.count() == 1

    def counted(count):
        with CaptureQueriesContext(connection) as asked:
            line = {"product": office.bolt.pk, "quantity": "2", "unit_price": "3", "vendor": office.vendor.pk}
            given = {
                "company": books.company.pk,
                "purpose": "R",
                "on": str(TODAY),
                "warehouse": far,
                "budget": budget,
                "lines": [line, office.words("1", "2")],
            }
            made = create(ACTOR, NEEDS, [given] * count).ids
            again = create(ACTOR, NEEDS, [given] * count).ids
            office.do(ACTOR, "submit", *made, *again)
            office.do(ACTOR, "ask_vendors", *made)
            office.do(ACTOR, "take_from_stock", *made)
            office.do(ACTOR, "give_out", *again)
            office.do(ACTOR, "order", *made)
            office.do(ACTOR, "withdraw", *create(ACTOR, NEEDS, [given] * count).ids)
        return len(asked)

    counted(1)
    assert counted(1) == counted(10)
