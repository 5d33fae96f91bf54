"""AP-05: bills wait for approval by amount, dimension and vendor, with deputies and a time limit; nobody approves his own work."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from fondaco.finance.ledger.models import Dimension, DimensionValue
from fondaco.finance.payables.approving import BILLS
from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.resources import BillResource
from fondaco.masterdata.approvals import asking
from fondaco.masterdata.approvals.actions import escalate_late
from fondaco.masterdata.approvals.models import ApprovalDecision, ApprovalPolicy, ApprovalRequest, ApprovalStep, Deputy
from fondaco.masterdata.approvals.queries import waiting_for
from fondaco.masterdata.approvals.refusals import ApprovalMissing, AskedAlready, DecidedBefore, NothingToApprove, NotYours, OwnWork
from fondaco.platform.access.actors import Actor, actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.writing import create, delete, edit
from tests.books import ACTOR, Books

TODAY = timezone.localdate()


class Office:
    """A company in which bills from 1000 are approved by a controller, and who works there."""

    def __init__(self, books: Books) -> None:
        self.books, self.vendor = books, books.vendor()
        self.clerk, self.carla, self.dario = (
            self.person(n, r) for n, r in (("clerk", "accountant"), ("carla", "controller"), ("dario", "controller"))
        )
        self.policy = self.policy_of("Bills from 1000", amount_from=1000)

    def person(self, name: str, role: str) -> User:
        with unit_of_work("test", "test"):
            user = User.objects.create(username=name, name=name.title(), email=f"{name}@example.com")
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=self.books.company.pk)
        return user

    def policy_of(
        self, name: str, roles: tuple[str, ...] = ("controller",), priority: int = 10, days: int | None = None, to: str = "", **values
    ) -> ApprovalPolicy:
        with unit_of_work("test", "test"):
            policy = ApprovalPolicy.objects.create(company=self.books.company, kind="payables.bill", priority=priority, name=name, **values)
            for position, role in enumerate(roles, start=1):
                ApprovalStep.objects.create(
                    policy=policy,
                    position=position,
                    role=Role.objects.get(key=role),
                    days=days,
                    escalates_to=Role.objects.get(key=to) if to else None,
                )
        return policy

    def do(self, who: User, key: str, ids: int, reason: str = "", **parameters):
        return perform(actor_of(who, channel="web"), ACTIONS[key], [ids], parameters, reason=reason)

    def bill(self, price: str, number: str, who: User | None = None, **line) -> Bill:
        actor = actor_of(who or self.clerk, channel="web")
        given = {"account": self.books.account("expense").pk, "description": "Coffee", "unit_price": price, "tax_code": "IT-P-S", **line}
        values = {
            "company": self.books.company.pk, "vendor": self.vendor.pk, "vendor_number": number, "vendor_date": "2026-03-01", "on": "2026-03-01",
            "duplicate_reason": "Monthly", "lines": [given],
        }  # fmt: skip
        (key,) = create(actor, BillResource, [values]).ids
        return Bill.objects.get(pk=key)

    def ask(self, bill: Bill) -> int:
        return self.do(self.clerk, "payables.ask_approval", bill.pk).made["approval-requests"][0]

    def waits_for(self, who: User) -> list[int]:
        return [r.row_id for r in waiting_for(actor_of(who, channel="web"), on=TODAY)]


@pytest.fixture
def office(books: Books) -> Office:
    return Office(books)


def test_the_mail_writes_the_amount_as_its_reader_does(office):
    User.objects.filter(pk=office.dario.pk).update(language="it")
    request = office.ask(office.bill("1234.5", "A0"))
    texts = {m.payload["to"][0]: m.payload["text"] for m in OutboxMessage.objects.filter(key__startswith=f"approval:{request}:")}
    assert "Amount: 1,506.09 EUR" in texts["carla@example.com"]
    assert "Importo: 1.506,09 EUR" in texts["dario@example.com"]
    with override("it"):
        assert [w.text for w in BillResource.wrong(Bill.objects.get().pk, ACTOR)] == ["Attende l'approvazione di Controller."]


def test_a_bill_above_the_limit_is_posted_only_after_somebody_else_approved_it(office):
    bill = office.bill("1000", "A1")
    with pytest.raises(ApprovalMissing, match="Bills from 1000"):
        office.do(office.clerk, "payables.post", bill.pk)
    request = office.ask(bill)
    assert (office.waits_for(office.carla), office.waits_for(office.clerk)) == ([bill.pk], [])
    assert sorted(m.payload["to"][0] for m in OutboxMessage.objects.filter(key__startswith=f"approval:{request}:")) == [
        "carla@example.com",
        "dario@example.com",
    ]
    with pytest.raises(AskedAlready):
        office.ask(bill)
    with pytest.raises(ApprovalMissing):
        office.do(office.clerk, "payables.post", bill.pk)
    office.do(office.carla, "approvals.approve", request, comment="Ordered by me")
    office.do(office.clerk, "payables.post", bill.pk)
    bill.refresh_from_db()
    decision = ApprovalDecision.objects.get(request=request)
    assert (bill.state, decision.created_by, decision.comment, decision.for_user) == ("posted", "carla", "Ordered by me", None)
    office.books.assert_checks_hold()


def test_a_small_bill_needs_nobody(office):
    bill = office.bill("100", "A1")
    with pytest.raises(NothingToApprove):
        office.ask(bill)
    office.do(office.clerk, "payables.post", bill.pk)


def test_an_edit_voids_what_was_approved(office):
    bill = office.bill("1000", "A1")
    request = office.ask(bill)
    office.do(office.carla, "approvals.approve", request)
    line = bill.lines.get()
    other = office.books.account("freight_in").pk
    edit(actor_of(office.clerk, channel="web"), BillResource, {bill.pk: {"lines": [{"id": line.pk, "account": other}]}})
    assert ApprovalRequest.objects.get(pk=request).state == "void"
    with pytest.raises(ApprovalMissing):
        office.do(office.clerk, "payables.post", bill.pk)
    assert "Needs approval" in str(BillResource.wrong(bill.pk, ACTOR)[0].text)
    office.do(office.dario, "approvals.approve", office.ask(bill))
    office.do(office.clerk, "payables.post", bill.pk)


def test_what_a_console_changed_is_not_approved_any_more(office):
    bill = office.bill("1000", "A1")
    request = office.ask(bill)
    office.do(office.carla, "approvals.approve", request)
    with unit_of_work("test", "test"):
        bill.lines.update(account=office.books.account("freight_in"))
    with pytest.raises(ApprovalMissing):
        office.do(office.clerk, "payables.post", bill.pk)


def test_the_database_itself_posts_nothing_that_is_not_approved_as_it_stands(office):
    """AP-05, as the application's role: without the verb, with no approval, with one of other content, and with a forged fingerprint."""

    def attack(*statements: str) -> str:
        with (
            pytest.raises(DatabaseError) as refused,
            transaction.atomic(),
            unit_of_work("mallory", "attack"),
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
        return str(refused.value)

    posted = "update payables_bill set state = 'posted', number = 'BILL/2026/00099', entry_id = (select min(id) from ledger_journalentry) where id = {}"
    office.books.invoice(office.books.customer(), [{"quantity": "1", "unit_price": "1"}], "2026-03-01")  # some entry
    bill, small = office.bill("1000", "A-1"), office.bill("10", "A-2", who=office.person("second", "accountant"))
    assert "bill A-1 is not approved as it stands" in attack(posted.format(bill.pk))
    request = office.ask(bill)
    assert "not approved" in attack(posted.format(bill.pk))
    assert "decisions" in attack(f"update approvals_approvalrequest set state = 'approved' where id = {request}")
    office.do(office.carla, "approvals.approve", request)
    other = f"update payables_billline set account_id = (select min(id) from ledger_account where company_id = {bill.company_id}) where bill_id = {bill.pk}"
    assert "not approved" in attack(other, posted.format(bill.pk))
    assert "not approved" in attack(f"update payables_bill set memo = 'To another' where id = {bill.pk}", posted.format(bill.pk))
    assert "never changes" in attack(f"update approvals_approvalrequest set fingerprint = 'x' where id = {request}")
    office.do(office.clerk, "payables.post", bill.pk)
    office.do(office.clerk, "payables.post", small.pk)
    assert {b.state for b in Bill.objects.all()} == {"posted"}


def test_a_deleted_draft_asks_nobody_any_more(office):
    bill = office.bill("1000", "A1")
    request = office.ask(bill)
    delete(actor_of(office.clerk, channel="web"), BillResource, [bill.pk])
    assert (ApprovalRequest.objects.get(pk=request).state, office.waits_for(office.carla)) == ("void", [])


def test_nobody_approves_what_he_entered_or_last_edited_or_asked_for(office):
    """Also the one who does both jobs, and the database says so to a console."""
    with unit_of_work("test", "test"):
        Membership.objects.create(user=office.carla, role=Role.objects.get(key="accountant"), company_id=office.books.company.pk)
    own = office.bill("1000", "A1", who=office.carla)
    request = office.ask(own)
    with pytest.raises(OwnWork):
        office.do(office.carla, "approvals.approve", request)
    edited = office.bill("2000", "A2")
    edit(actor_of(office.carla, channel="web"), BillResource, {edited.pk: {"memo": "Looked at it"}})
    second = office.ask(edited)
    assert office.waits_for(office.carla) == []
    with pytest.raises(OwnWork):
        office.do(office.carla, "approvals.approve", second)
    row = ApprovalRequest.objects.get(pk=second)
    with unit_of_work("carla", "console"), pytest.raises(DatabaseError, match="own work"), transaction.atomic():
        ApprovalDecision.objects.create(request=row, step=1, is_approved=True, content_hash=row.content_hash)
    with (
        unit_of_work("carla", "console"),
        pytest.raises(DatabaseError, match="lacks decisions"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update approvals_approvalrequest set state = 'approved' where id = %s", [second])
    with (
        unit_of_work("carla", "console"),
        pytest.raises(DatabaseError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update approvals_approvalrequest set authors = '[]' where id = %s", [second])
    with unit_of_work("carla", "console"), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from approvals_approvalrequest where id = %s", [second])
    office.do(office.dario, "approvals.approve", second)


def test_bills_of_the_same_vendor_and_person_within_a_week_count_as_one(office):
    first = office.bill("500", "A1")
    office.do(office.clerk, "payables.post", first.pk)
    second = office.bill("400", "A2")
    with pytest.raises(ApprovalMissing, match=r"with others of these days it comes to 1,098\.00 EUR"):
        office.do(office.clerk, "payables.post", second.pk)
    other = office.person("other", "accountant")
    third = office.bill("400", "A3", who=other)
    office.do(other, "payables.post", third.pk)


def test_policies_fit_by_vendor_and_dimension_and_one_without_steps_asks_nobody(office):
    with unit_of_work("test", "test"):
        dimension = Dimension.objects.create(company=office.books.company, code="DEP", name="Department")
        roastery = DimensionValue.objects.create(dimension=dimension, code="ROAST", name="Roastery")
    office.policy_of("Everything of the roastery", priority=5, dimension="DEP", dimension_value="ROAST")
    bill = office.bill("1", "A1", dimension_values=[roastery.pk])
    with pytest.raises(ApprovalMissing, match="roastery"):
        office.do(office.clerk, "payables.post", bill.pk)
    office.policy_of("The landlord is known", roles=(), priority=1, party=office.vendor)
    office.do(office.clerk, "payables.post", bill.pk)
    office.do(office.clerk, "payables.post", office.bill("5000", "A2").pk)


def test_two_steps_need_two_people_in_their_order(office):
    office.policy_of("Twice", roles=("controller", "controller"), priority=1, amount_from=3000)
    bill = office.bill("3000", "A1")
    request = office.ask(bill)
    office.do(office.carla, "approvals.approve", request)
    assert (office.waits_for(office.carla), office.waits_for(office.dario)) == ([], [bill.pk])
    assert OutboxMessage.objects.filter(key__startswith=f"approval:{request}:2:").count() == 1
    with pytest.raises(ApprovalMissing):
        office.do(office.clerk, "payables.post", bill.pk)
    with pytest.raises(DecidedBefore):
        office.do(office.carla, "approvals.approve", request)
    office.do(office.dario, "approvals.approve", request)
    office.do(office.clerk, "payables.post", bill.pk)


def test_a_refusal_keeps_its_reason_and_the_bill_is_corrected_and_asked_anew(office):
    bill = office.bill("1000", "A1")
    request = office.ask(bill)
    office.do(office.carla, "approvals.reject", request, reason="Not ordered")
    assert "refused" in str(BillResource.wrong(bill.pk, ACTOR)[0].text)
    assert ApprovalDecision.objects.get(request=request).comment == "Not ordered"
    with pytest.raises(ApprovalMissing):
        office.do(office.clerk, "payables.post", bill.pk)
    office.do(office.carla, "approvals.approve", office.ask(bill))
    office.do(office.clerk, "payables.post", bill.pk)


def test_a_deputy_answers_on_his_days_and_never_for_his_own_work(office):
    eva = office.person("eva", "sales_manager")
    with unit_of_work("test", "test"):
        Membership.objects.create(user=eva, role=Role.objects.get(key="controller"), company_id=office.books.company.pk)
        office_role = Role.objects.get(key="warehouse_manager")
    office.policy_of("Warehouse", roles=("warehouse_manager",), priority=1, amount_from=3000)
    walter = office.person("walter", "warehouse_manager")
    bill = office.bill("3000", "A1")
    request = office.ask(bill)
    assert office_role.pk == ApprovalRequest.objects.get(pk=request).role_id
    with pytest.raises(NotYours):
        office.do(eva, "approvals.approve", request)
    with unit_of_work("test", "test"):
        Deputy.objects.create(user=walter, deputy=eva, valid_from=TODAY - timedelta(days=9), valid_to=TODAY - timedelta(days=1))
    with pytest.raises(NotYours):
        office.do(eva, "approvals.approve", request)
    with unit_of_work("test", "test"):
        Deputy.objects.create(user=walter, deputy=eva, valid_from=TODAY, valid_to=TODAY)
    assert office.waits_for(eva) == [bill.pk]
    office.do(eva, "approvals.approve", request)
    assert ApprovalDecision.objects.get(request=request).for_user == walter


def test_who_does_not_answer_in_time_is_joined_by_the_other_role(office):
    boss = office.person("boss", "sales_manager")
    with unit_of_work("test", "test"):
        Membership.objects.create(user=boss, role=Role.objects.get(key="controller"), company_id=None)
    office.policy_of("Warehouse", roles=("warehouse_manager",), priority=1, amount_from=3000, days=2, to="sales_manager")
    bill = office.bill("3000", "A1")
    request = office.ask(bill)
    assert office.waits_for(boss) == []
    assert escalate_late(ACTOR, TODAY + timedelta(days=2)) == []
    assert escalate_late(ACTOR, TODAY + timedelta(days=3)) == [request]
    assert escalate_late(ACTOR, TODAY + timedelta(days=4)) == []
    assert office.waits_for(boss) == [bill.pk]
    assert [m.payload["to"] for m in OutboxMessage.objects.filter(key__contains=":late")] == [["boss@example.com"]]
    office.do(boss, "approvals.approve", request)


def test_the_role_without_the_right_to_approve_bills_is_not_enough(office):
    office.policy_of("Warehouse", roles=("warehouse_manager",), priority=1, amount_from=3000)
    walter = office.person("walter", "warehouse_manager")
    request = office.ask(office.bill("3000", "A1"))
    assert office.waits_for(walter) == []
    with pytest.raises(NotYours):
        office.do(walter, "approvals.approve", request)
    with pytest.raises(NotAllowed):
        office.do(office.clerk, "approvals.approve", request)


def test_statements_do_not_grow_with_the_bills(office):
    def count(prices: list[str], name: str) -> int:
        keys = [office.bill(p, f"{name}{n}").pk for n, p in enumerate(prices)]
        with unit_of_work("clerk", "test"), CaptureQueriesContext(connection) as statements:
            made = asking.ask(BILLS, keys, actor=Actor(username="clerk", user_id=office.clerk.pk))
            asking.wrong(BILLS, keys[0])
        assert len(made) == len(keys)
        return len(statements)

    assert count(["2000"], "A") == count(["2000"] * 9, "B")
