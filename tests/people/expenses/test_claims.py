"""AP-09: expense claims with receipts, policy limits and per diem, approved by somebody else, paid through payables."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from fondaco.finance.banking.forecasting import forecast
from fondaco.finance.payables.models import Bill
from fondaco.finance.tax.models import TaxCode
from fondaco.masterdata.approvals.models import ApprovalPolicy, ApprovalStep
from fondaco.masterdata.approvals.refusals import ApprovalMissing, OwnWork
from fondaco.people.expenses.models import ExpenseClaim, ExpenseKind, ExpenseLine
from fondaco.people.expenses.refusals import AboveLimit, AmountMissing, NoLines, ReceiptsMissing
from fondaco.people.expenses.resources import ExpenseClaimResource
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.files.attaching import attach
from fondaco.platform.resources.writing import create, edit
from tests.books import Books


class Office:
    """A company that pays hotels up to 120 by receipt, 46.48 a day, and 0.42 a kilometre; Ines travels, Carla approves, Aldo books."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.ines, self.carla, self.aldo = (
            self.person("ines", "sales_representative"),
            self.person("carla", "controller"),
            self.person("aldo", "accountant"),
        )
        self.employee = books.vendor("Ines Conti", is_employee=True)
        codes = {c.code: c for c in TaxCode.objects.filter(company=books.company)}
        with unit_of_work("test", "test"):
            for code, paid, tax, values in (
                ("HOTEL", "receipt", "IT-P-R10", {"limit": 120, "receipt_from": 10}),
                ("DAY", "day", "IT-P-N22", {"rate": Decimal("46.48")}),
                ("KM", "kilometre", "IT-P-N22", {"rate": Decimal("0.42")}),
            ):
                ExpenseKind.objects.create(
                    company=books.company,
                    code=code,
                    name=code.title(),
                    paid=paid,
                    account=books.account("expense"),
                    tax_code=codes[tax],
                    **values,
                )
            policy = ApprovalPolicy.objects.create(company=books.company, kind="expenses.claim", priority=1, name="All claims")
            ApprovalStep.objects.create(policy=policy, role=Role.objects.get(key="controller"))

    def person(self, name: str, role: str) -> User:
        with unit_of_work("test", "test"):
            user = User.objects.create(username=name, name=name.title())
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=self.books.company.pk)
        return user

    def do(self, who: User, key: str, pk: int, **parameters: Any) -> dict[str, list[int]]:
        return perform(actor_of(who, channel="web"), ACTIONS[key], [pk], parameters).made

    def claim(self, *lines: dict[str, Any], who: User | None = None, receipts: int = 0) -> int:
        actor = actor_of(who or self.ines, channel="web")
        values = {"company": self.books.company.pk, "employee": self.employee.pk, "on": "2026-03-05", "purpose": "Fair in Rimini"}
        (key,) = create(actor, ExpenseClaimResource, [{**values, "lines": [{"on": "2026-03-02", **ln} for ln in lines]}]).ids
        if receipts:
            attach(actor, ExpenseClaimResource, key, [(f"receipt-{n}.txt", [f"hotel {n}".encode()]) for n in range(receipts)])
        return key


@pytest.fixture
def office(books: Books) -> Office:
    return Office(books)


HOTEL = {"kind": "HOTEL", "amount": "110.00"}


def test_a_claim_is_approved_booked_and_owed_to_the_employee(office):
    key = office.claim(HOTEL, {"kind": "DAY", "quantity": "2"}, {"kind": "KM", "quantity": "333"}, receipts=1)
    claim = ExpenseClaim.objects.get(pk=key)
    assert [ln.amount for ln in claim.lines.order_by("position")] == [Decimal(110), Decimal("92.96"), Decimal("139.86")]
    assert claim.gross == Decimal("342.82")
    with pytest.raises(ApprovalMissing):
        office.do(office.aldo, "expenses.book", key)
    (request,) = office.do(office.ines, "expenses.ask_approval", key)["approval-requests"]
    office.do(office.carla, "approvals.approve", request)
    with pytest.raises(NotAllowed):
        office.do(office.ines, "expenses.book", key)
    (bill,) = office.do(office.aldo, "expenses.book", key)["bills"]
    office.do(office.aldo, "payables.post", bill)
    office.books.assert_journal("""
        2026-03-05 bill BILL/2026/00001 (EXP/2026/00001)
          expense                           332.82
          vat_input                          10.00
          payable                          -342.82
    """)
    item = office.books.item(Bill.objects.get(pk=bill))
    assert (item.party_id, item.amount, item.due_on) == (office.employee.pk, Decimal("-342.82"), date(2026, 3, 5))
    office.books.assert_checks_hold()


def test_nobody_approves_his_own_claim_not_even_a_controller(office):
    key = office.claim(HOTEL, who=office.carla, receipts=1)
    (request,) = office.do(office.carla, "expenses.ask_approval", key)["approval-requests"]
    with pytest.raises(OwnWork):
        office.do(office.carla, "approvals.approve", request)


def test_the_database_books_no_claim_that_is_not_approved_as_it_stands(office):
    """AP-05, AP-09, as the application's role: without the verb, with no approval, with one of other content, and with forged decisions."""

    def attack(*statements: str) -> str:
        with pytest.raises(DatabaseError) as refused, unit_of_work("mallory", "attack"), connection.cursor() as cursor:
            cursor.execute("select rolsuper from pg_roles where rolname = current_user")
            assert cursor.fetchone() == (False,)
            for statement in statements:
                cursor.execute(statement)
        return str(refused.value)

    other = office.books.bill(office.employee, [{"account": "expense", "unit_price": "1"}], "2026-03-01")
    key = office.claim(HOTEL, receipts=1)
    booked = f"update expenses_expenseclaim set state = 'booked', number = 'EXP/2026/00099', bill_id = {other.pk} where id = {key}"
    assert "is not approved as it stands" in attack(booked)
    (request,) = office.do(office.ines, "expenses.ask_approval", key)["approval-requests"]
    assert "not approved" in attack(booked)
    assert "decisions" in attack(f"update approvals_approvalrequest set state = 'approved' where id = {request}")
    own = (
        "insert into approvals_approvaldecision (request_id, step, is_approved, content_hash, comment, version, created_by)"
        f" select id, 1, true, content_hash, '', 1, 'ines' from approvals_approvalrequest where id = {request}"
    )
    with pytest.raises(DatabaseError, match="own work of ines"), unit_of_work("ines", "attack"), connection.cursor() as cursor:
        cursor.execute(own)
    office.do(office.carla, "approvals.approve", request)
    assert "not approved" in attack(f"update expenses_expenseline set amount = 119 where claim_id = {key}", booked)
    assert "not approved" in attack(f"update expenses_expenseclaim set gross = 1 where id = {key}", booked)
    assert "not approved" in attack(f"update expenses_expenseclaim set purpose = 'Holidays' where id = {key}", booked)
    assert "never changes" in attack(f"update approvals_approvalrequest set fingerprint = 'x' where id = {request}")
    assert ExpenseClaim.objects.get(pk=key).state == "draft"
    office.do(office.aldo, "expenses.book", key)
    office.books.assert_checks_hold()


def test_limits_receipts_and_amounts_are_judged(office):
    with pytest.raises(AboveLimit, match="120"):
        office.claim({"kind": "HOTEL", "amount": "120.01"})
    office.claim({"kind": "HOTEL", "amount": "120.01", "over_limit_reason": "Fair, everything full"})
    with pytest.raises(AmountMissing):
        office.claim({"kind": "HOTEL"})
    with pytest.raises(NoLines):
        office.do(office.ines, "expenses.ask_approval", office.claim())
    with pytest.raises(ReceiptsMissing, match="needs 2 receipts and has 1"):
        office.do(
            office.ines,
            "expenses.ask_approval",
            office.claim(HOTEL, {"kind": "HOTEL", "amount": "20"}, {"kind": "HOTEL", "amount": "9.99"}, receipts=1),
        )


def test_one_sees_ones_own_claims_and_the_accountant_all(office):
    mine, other = office.claim(HOTEL), office.claim(HOTEL, who=office.carla)

    def seen(who: User) -> list[int]:
        rows = visible(ExpenseClaim.objects.all(), actor_of(who, channel="web"), "expenses.view_claim")
        return list(rows.order_by("pk").values_list("pk", flat=True))

    assert (seen(office.ines), seen(office.aldo)) == ([mine], [mine, other])


def test_an_edit_voids_the_approval_and_a_booked_claim_never_changes(office):
    key = office.claim(HOTEL, receipts=1)
    (request,) = office.do(office.ines, "expenses.ask_approval", key)["approval-requests"]
    office.do(office.carla, "approvals.approve", request)
    edit(
        actor_of(office.ines, channel="web"),
        ExpenseClaimResource,
        {key: {"lines": [{"on": "2026-03-02", "kind": "HOTEL", "amount": "119"}]}},
    )
    with pytest.raises(ApprovalMissing):
        office.do(office.aldo, "expenses.book", key)
    (request,) = office.do(office.ines, "expenses.ask_approval", key)["approval-requests"]
    office.do(office.carla, "approvals.approve", request)
    office.do(office.aldo, "expenses.book", key)
    for change in (
        lambda: ExpenseClaim.objects.update(gross=1),
        lambda: ExpenseLine.objects.update(amount=1),
        lambda: ExpenseLine.objects.all().delete(),
    ):
        with unit_of_work("test", "test"), pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            change()


def test_bk06_the_forecast_expects_a_booked_claim_until_its_bill_is_posted(office):
    """BK-06: once, as claim or as open item; and only by who may see the claim."""
    key = office.claim(HOTEL, receipts=1)
    (request,) = office.do(office.ines, "expenses.ask_approval", key)["approval-requests"]
    office.do(office.carla, "approvals.approve", request)
    today = date(2026, 3, 6)

    def expected(actor: Any) -> list[tuple[str, Decimal]]:
        weeks = forecast(actor, office.books.company, today=today).weeks
        return [(f.url.split("/")[1], base) for week in weeks for f, base in week.flows]

    assert expected(office.books.actor) == []
    (bill,) = office.do(office.aldo, "expenses.book", key)["bills"]
    assert expected(office.books.actor) == [("expense-claims", Decimal(-110))]
    colleague = office.person("nora", "sales_representative")
    assert expected(actor_of(colleague, channel="web")) == []
    office.do(office.aldo, "payables.post", bill)
    assert [kind for kind, _base in expected(office.books.actor)] == ["open-items"]
