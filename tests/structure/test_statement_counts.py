"""STYLE 9: a verb costs the same statements for one record and for forty, in every room.

A new verb takes its place in one of the days below, or in ``ELSEWHERE`` with the test that counts it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.banking.importing import import_statements
from fondaco.finance.banking.models import BankLine
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import Account, Journal, JournalLine, OpenItem, PeriodState
from fondaco.finance.ledger.settling import open_items_of
from fondaco.finance.payables.models import BillLine, PaymentBlock
from fondaco.finance.payments.models import Difference
from fondaco.finance.tax.models import TaxCode
from fondaco.frontoffice.correspondence.models import QuarantinedMail
from fondaco.frontoffice.sales.models import BlanketLine, Order, ReturnAuthorisation, ReturnLine
from fondaco.masterdata.approvals.models import ApprovalPolicy, ApprovalStep
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import GoodsIssueLine, Location, Warehouse
from fondaco.operations.purchasing.models import VendorReturnReason
from fondaco.operations.shipping.models import TransportDocument
from fondaco.people.expenses.models import ExpenseKind
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import ApiToken, Membership, OneTimeLink, Role, Team, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.jobs.models import Job
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from fondaco.platform.views.models import SavedView
from tests.books import ACTOR, Books
from tests.finance.banking import files

MANY = 40
#: Verbs whose statements are counted, or cannot grow, by another test.
ELSEWHERE = {
    **dict.fromkeys(
        [
            f"subscriptions.{v}"
            for v in ("activate", "add", "bill", "cancel", "change", "give_notice", "pause", "renew", "resume", "reverse_use")
        ],
        "one contract and twelve, one record and 29: tests/frontoffice/subscriptions/test_contracts.py",
    ),
    **dict.fromkeys(
        ["companies.take_usage", "companies.read_usage"], "one record and four hundred: tests/frontoffice/subscriptions/test_contracts.py"
    ),
    "forms.take_in": "one submission and nine: tests/frontoffice/forms/test_forms.py",
    **dict.fromkeys(
        [f"onlinepayments.{v}" for v in ("book", "book_fee", "refund", "book_refund", "close_by_hand")],
        "of one payment and of nine: tests/finance/onlinepayments/test_onlinepayments.py",
    ),
    **dict.fromkeys(
        [
            f"portal.{v}"
            for v in (
                "open_access",
                "invite_customer_again",
                "close_customer_access",
                "invite_colleague",
                "change_colleague",
                "shut_colleague_out",
            )
        ]
        + [
            f"portal.{v}"
            for v in ("keep_address", "drop_address", "place_order", "decide_order", "open_ticket", "answer_ticket", "ask_to_return")
        ],
        "of one person and six, of an order of three lines and thirty; the others are of one person's own: tests/frontoffice/portal/test_portal.py",
    ),
    "companies.capture_leads": "one enquiry and twenty: tests/frontoffice/crm/test_crm.py",
    "subscriptions.cancel_draft": "no body of its own",
    "subscriptions.end_contract": "no body of its own but a judgement of its rows",
    **dict.fromkeys(
        [f"crm.{v}_{what}" for v in ("assign", "reassign") for what in ("lead", "opportunity")]
        + [f"assignment.{v}" for v in ("hand_over", "put_in_force", "replace_all", "end", "draft_copy")],
        "of one and of twenty-five: tests/frontoffice/assignment/test_assignment.py",
    ),
    **dict.fromkeys(
        ["scoring.put_in_force", "scoring.draft_next"], "of one and of two companies: tests/frontoffice/scoring/test_scoring.py"
    ),
    **dict.fromkeys(
        [f"pricing.{v}" for v in ("sign", "settle", "reopen", "cancel_rebate")],
        "one agreement and eleven: tests/frontoffice/pricing/test_rebates.py",
    ),
    **dict.fromkeys(
        ["correspondence.make_address", "correspondence.end_address"],
        "of one and of twelve feeds: tests/frontoffice/correspondence/test_feeds.py",
    ),
    **dict.fromkeys(
        ["correspondence.enter_calendar_password", "correspondence.sync"],
        "one and twelve: tests/frontoffice/correspondence/test_syncing.py",
    ),
    **dict.fromkeys(["correspondence.reply", "parties.write_mail"], "one and twenty: tests/frontoffice/correspondence/test_writing.py"),
    **dict.fromkeys(
        [f"correspondence.{v}" for v in ("enter_password", "fetch", "make_private", "share")],
        "one and twenty: tests/frontoffice/correspondence/test_fetching.py",
    ),
    "payables.send_self_invoice": "one and six bills: tests/finance/einvoicing/test_self_invoices.py",
    "invoicing.send_einvoice": "one and twenty files: tests/finance/einvoicing/test_sending.py",
    "crm.say_why": "one deal and thirty: tests/frontoffice/crm/test_reasons.py",
    **dict.fromkeys(
        [f"accountplans.{v}" for v in ("activate", "close", "plan_action", "reach")],
        "one plan and twelve: tests/frontoffice/accountplans/test_plans.py",
    ),
    "companies.fit_customer_value": "a fit a company, whatever its customers: tests/frontoffice/value",
    **dict.fromkeys(["service.accept", "service.decline", "service.reroute"], "one ticket and twelve: tests/frontoffice/routing"),
    **dict.fromkeys(
        [f"routing.{v}" for v in ("activate", "be_available", "be_away", "be_offline")], "one and two: tests/frontoffice/routing"
    ),
    **dict.fromkeys(
        [*(f"parties.{v}_consent" for v in ("give", "withdraw", "ask")), "parties.send_mailing", "consent.publish_text"],
        "one party and eleven: tests/masterdata/consent",
    ),
    "companies.load_purposes": "purposes and texts of all companies in one statement each",
    **dict.fromkeys(
        [*(f"knowledge.{v}" for v in ("put_in_force", "retire", "draft_next")), "service.use_article", "service.draft_article"],
        "one and eight: tests/frontoffice/knowledge",
    ),
    **dict.fromkeys(["sla.activate", "sla.activate_calendar"], "one and five: tests/frontoffice/sla/test_promises.py"),
    **dict.fromkeys(
        [f"service.{v}" for v in ("solve_with_reason", "give_reason", "log_time")],
        "one ticket and twelve: tests/frontoffice/quality/test_quality.py",
    ),
    **dict.fromkeys(
        [
            f"service.{v}"
            for v in (
                "apply_macro",
                "concern",
                "return_goods",
                "plan_visit",
                "object_to",
                "credit",
                "replace_goods",
                "grant",
                "withdraw",
                "merge",
                "separate",
            )
        ],
        "one ticket and eight: tests/frontoffice/service/test_desk.py",
    ),
    **dict.fromkeys(["messaging.enter_secret", "messaging.enter_token", "messaging.end_chat"], "one and nine: tests/frontoffice/messaging"),
    **dict.fromkeys(
        [
            f"telephony.{v}"
            for v in (
                "review_notice",
                "take_again",
                "make_secret",
                "keep_token",
                "close_doors",
                "simulate",
                "simulate_next",
                "identify",
                "note_try",
                "drop",
                "take_on",
            )
        ],
        "one and nine calls and lines: tests/frontoffice/telephony",
    ),
    "invoicing.credit_anew": "one and twenty invoices: tests/frontoffice/crediting",
    "einvoicing.resend": "the same body as send_einvoice",
    "einvoicing.draft_bill": "one and twelve files: tests/finance/einvoicing/test_receiving.py",
    "einvoicing.draft_paper": "one and six files: tests/finance/einvoicing/test_on_paper.py",
    "einvoicing.set_paper_aside": "no body of its own",
    "einvoicing.take_paper_back": "no body of its own",
    "einvoicing.make_vendor": "one and twelve files: tests/finance/einvoicing/test_receiving.py",
    "einvoicing.set_aside": "no body of its own",
    "einvoicing.take_back": "no body of its own",
    "einvoicing.fetch": "a folder a time, file by file, each in a savepoint of its own: tests/finance/einvoicing/test_sending.py",
    "companies.release_deferred": "of companies; tests/finance/tax/test_purchases.py",
    **dict.fromkeys(
        [f"remittance.{v}" for v in ("propose", "take_out", "take_in", "pay_part", "submit", "release", "execute", "reject")],
        "a run of one item and of thirty: tests/finance/remittance",
    ),
    **dict.fromkeys(
        [f"remittance.{v}" for v in ("propose_collection", "collect", "return_debit")],
        "direct debits of one customer and of twenty: tests/finance/remittance",
    ),
    **dict.fromkeys(
        [
            f"remittance.{v}"
            for v in ("propose_receipts", "leave_receipt_out", "present", "collected", "unpaid", "read_return", "cancel_presentation")
        ],
        "receipts of one customer and of twenty: tests/finance/remittance/test_riba.py",
    ),
    **dict.fromkeys(
        [*(f"configurator.{v}" for v in ("release", "draft_next", "configure")), "sales.configure_quote", "sales.configure_order"],
        "models of one and of two, quotes of one and of four: tests/frontoffice/configurator",
    ),
    **dict.fromkeys(
        ["engineering.new_bom_version", "engineering.new_routing_version"],
        "one version and several: tests/operations/engineering/test_guards.py",
    ),
    "payables.compare_statement": "one vendor and twenty: tests/finance/payables/test_vendor_statements.py",
    **dict.fromkeys(
        [f"remittance.{v}" for v in ("send_back", "cancel", "lift", "revoke", "leave_out", "cancel_collection")],
        "one update of the set: tests/finance/remittance",
    ),
    **dict.fromkeys(
        ("tax.file", "tax.reopen", "tax.settle", "tax.unsettle", "tax.count_late", "companies.prepare_returns"),
        "tests/finance/tax/test_returns.py",
    ),
    **dict.fromkeys(
        ("intrastat.file", "intrastat.tell", "intrastat.keep_protocol", "companies.open_lists"),
        "one document and many, one list and many: tests/operations/intrastat/test_lists.py",
    ),
    "companies.complete_books": "a company a time, each kind of what it lacks in one statement",
    "companies.enrol_in_one_stop_shop": "a company a time, its codes, rules and boxes in one statement each",
    "companies.leave_one_stop_shop": "a company a time, its rules in one statement",
    "companies.load_returns": "a company a time, its boxes in one statement",
    "payables.match_line": "one line of one bill by hand: tests/finance/payables/test_three_way_match.py",
    "companies.open_year": "a company a time, twelve periods each: tests/finance/ledger",
    **dict.fromkeys(
        [
            "receivables.propose",
            "receivables.send",
            "receivables.cancel",
            "receivables.leave_out",
            "receivables.put_back",
            "receivables.waive",
        ],
        "one run for many customers: tests/finance/receivables/test_dunning.py",
    ),
    **dict.fromkeys(
        [
            "receivables.prepare",
            "receivables.send_statements",
            "receivables.cancel_statements",
            "receivables.leave_out_statement",
            "receivables.agree",
            "receivables.differ",
        ],
        "one run for many customers: tests/finance/receivables/test_statements.py",
    ),
    **dict.fromkeys(["sales.hold", "sales.release_hold"], "holds of two people: tests/frontoffice/sales/test_holds.py"),
    **dict.fromkeys(
        ["inventory.propose_packages", "inventory.hand_over", "shipping.weigh", "shipping.unpack"],
        "one delivery and several: tests/operations/shipping/test_packing.py",
    ),
    **dict.fromkeys(
        ["inventory.book_carrier", "shipping.cancel_booking", "shipping.note_number"],
        "one delivery and fifty: tests/operations/shipping/test_booking.py",
    ),
    "shipping.follow_parcels": "asks for one job; what it writes: tests/operations/shipping/test_following.py",
    "inventory.pack_item": "one scan a time: tests/operations/shipping/test_packing.py",
    **dict.fromkeys(
        ["sales.approve_credit", "sales.withdraw", "inventory.approve_credit"], "held orders: tests/frontoffice/sales/test_credit.py"
    ),
    **dict.fromkeys(
        ["invoicing.dispute", "receivables.credit_dispute", "receivables.reject"], "disputes: tests/frontoffice/service/test_disputes.py"
    ),
    **dict.fromkeys(
        ["parties.promise", "parties.follow_up", "parties.assign_collector", "receivables.withdraw_promise"],
        "customers who owe: tests/finance/receivables/test_collecting.py",
    ),
    **dict.fromkeys(
        ["ledger.post_revaluation", "ledger.reverse_revaluation"], "one run for many items: tests/finance/ledger/test_revaluation.py"
    ),
    **dict.fromkeys(
        ["inventory.block", "inventory.unblock", "inventory.allow_expired"],
        "one lot and two hundred: tests/operations/inventory/test_lots.py",
    ),
    **dict.fromkeys(
        ["inventory.send_transfer", "inventory.arrive_transfer"], "one transfer and ten: tests/operations/inventory/test_places.py"
    ),
    **dict.fromkeys(
        [f"inventory.{v}" for v in ("start_count", "record_count", "finish_count", "recount", "post_count", "approve_count")],
        "a sheet of one line and of 120: tests/operations/inventory/test_counting.py",
    ),
    "inventory.receive_counted": "post_receipt after one update: tests/operations/inventory/test_goods.py",
    "inventory.scan_count": "one code a time: tests/operations/inventory/test_counting.py",
    "warehouse.move": "one bin and forty: tests/operations/warehouse/test_bins.py",
    **dict.fromkeys(
        ["warehouse.propose_put_away", "warehouse.propose_replenishment", "warehouse.complete"],
        "one product and sixty: tests/operations/warehouse/test_putting_away.py",
    ),
    **dict.fromkeys(
        [
            "inventory.plan_wave",
            "warehouse.release",
            "warehouse.take_list",
            "warehouse.pick_list",
            "warehouse.report_short",
            "warehouse.give_up",
            "warehouse.cancel_wave",
        ],
        "one delivery and twenty: tests/operations/warehouse/test_picking.py",
    ),
    **dict.fromkeys(
        ["inventory.inspect", "inventory.pack", "warehouse.propose_cross_dock"], "one and ten: tests/operations/warehouse/test_steps.py"
    ),
    **dict.fromkeys(["warehouse.count", "warehouse.record_bin"], "one bin and many: tests/operations/warehouse/test_picking.py"),
    "warehouse.move_goods": "one scan a time: tests/operations/warehouse/test_bins.py",
    "inventory.post_use": "one paper and nine: tests/operations/inventory/test_own_use.py",
    **dict.fromkeys(("planning.propose", "planning.accept"), "one rule and twelve: tests/operations/planning/test_reordering.py"),
    **dict.fromkeys(("planning.change", "planning.skip"), "one update of the set: tests/operations/planning/test_reordering.py"),
    "sales.review_promises": "one order and eight: tests/operations/supply/test_promising.py",
    **dict.fromkeys(
        ("sales.procure", "sales.sent_by_vendor"),
        "one order and nine: tests/frontoffice/sales/test_bought_for_orders.py, test_sent_with_lots.py",
    ),
    "supply.mark_seen": "one update of the set: tests/frontoffice/sales/test_bought_for_orders.py",
    "supply.untie": "one delete of the set: tests/operations/supply/test_pegging.py",
    **dict.fromkeys(
        [f"sourcing.{v}" for v in ("send", "remind", "award", "cancel")],
        "one request and eight: tests/operations/sourcing/test_requests.py",
    ),
    **dict.fromkeys([f"sourcing.{v}" for v in ("answer_by_link", "enter_answer", "decline_by_link")], "one answer, by or of its vendor"),
    **dict.fromkeys(
        [f"sourcing.{v}" for v in ("submit", "order", "ask_vendors", "take_from_stock", "give_out", "withdraw", "allow")],
        "one requisition and ten: tests/operations/sourcing/test_requisitions.py",
    ),
    **dict.fromkeys(
        [f"sourcing.{v}" for v in ("confirm_order", "ask_date", "announce")],
        "one order, by its vendor: tests/operations/sourcing/test_portal.py",
    ),
    **dict.fromkeys(
        [f"sourcing.{v}" for v in ("open_access", "close_access", "accept", "reject")],
        "one access and six: tests/operations/sourcing/test_portal.py",
    ),
    **dict.fromkeys(
        ["sourcing.invite_again", "users.deactivate", "users.reactivate", "users.end_sessions"],
        "one person and six: tests/operations/sourcing/test_portal_users.py",
    ),
    **dict.fromkeys(
        ["approvals.counter", *(f"sales.{v}" for v in ("ask_approval", "ask_order_approval", "take_counter", "take_order_counter"))],
        "asked, cut and sent: tests/frontoffice/sales/test_quote_approvals.py",
    ),
    "sales.book_label": "one return and five: tests/operations/shipping/test_coming_back.py",
    "sales.accept_by_link": "one quote, by its customer: tests/frontoffice/sales/test_race.py",
    "sales.decline_by_link": "one quote, by its customer",
}


class Day:
    """What people do on a day with ``count`` records of everything, each with a customer and a product of its own."""

    def __init__(self, books: Books, count: int) -> None:
        self.books, self.count, self.name = books, count, f"{count}-{Product.objects.count()}"
        self.company = books.company.pk
        self.counts: dict[str, int] = {}
        self.customers = self.make("parties", [{"name": f"Bar {self.name} {n}", "country": "US", "is_lead": True} for n in range(count)])
        with unit_of_work("test", "test"):
            unit = Unit.objects.get(code="C62")
            goods = [Product(sku=f"{self.name}-{n}", name=f"Cup {n}", unit=unit, sale_price=3, currency_id="EUR") for n in range(count)]
            insert_rows(Product, goods)
        self.products = [p.pk for p in goods]

    def make(self, resource: str, rows: list[dict[str, Any]]) -> list[int]:
        """Write records, which must not cost more statements for more of them either."""
        return self.counted(f"create {resource}", lambda: create(ACTOR, RESOURCES[resource], rows).ids)

    def papers(
        self, resource: str, on: str, role: str = "customer", each: Callable[[int], dict[str, Any]] = lambda n: {}, **values: Any
    ) -> list[int]:
        parties = {role: self.customers} if role else {}
        return self.make(
            resource,
            [{"company": self.company, "on": on, **{k: v[n] for k, v in parties.items()}, **values, **each(n)} for n in range(self.count)],
        )

    def line(self, **values: Any) -> Callable[[int], dict[str, Any]]:
        return lambda n: {"lines": [{"product": self.products[n], "quantity": "2", **values}]}

    def counted(self, name: str, work: Callable[[], Any]) -> Any:
        with CaptureQueriesContext(connection) as statements:
            made = work()
        self.counts[name] = max(len(statements), self.counts.get(name, 0))
        return made

    def do(self, key: str, ids: list[int], reason: str = "Test", actor: Actor = ACTOR, **parameters: Any) -> Any:
        assert len(ids) == self.count, (key, ids)
        return self.counted(key, lambda: perform(actor, ACTIONS[key], ids, parameters, reason=reason))


# ------------------------------------------------------------------ what they do


def books_are_kept(day: Day) -> None:
    accounts = {p: Account.objects.get(company=day.company, purpose=p).pk for p in ("cash", "revenue")}
    journal = Journal.objects.get(company=day.company, purpose="general").pk
    two = [{"account": accounts["cash"], "debit": "5", "credit": "0"}, {"account": accounts["revenue"], "debit": "0", "credit": "5"}]
    vouchers = day.papers("vouchers", "2026-02-02", "", journal=journal, memo="Till", lines=two)
    day.do("ledger.post", vouchers)
    day.do("ledger.reverse", vouchers, on="2026-02-03")
    states = list(
        PeriodState.objects.filter(period__company=day.company, period__starts_on__gte="2027-01-01")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for verb in ("soft_close", "close", "reopen"):
        day.do(f"ledger.{verb}", states[: day.count])


def invoices_are_paid(day: Day) -> None:
    def drafts(on: str, **values: Any) -> list[int]:
        return day.papers("invoices", on, each=day.line(unit_price="10.01", **values), currency="USD")

    invoices = drafts("2026-01-10")
    day.do("invoicing.post", invoices)
    day.do("invoicing.reverse", invoices, on="2026-01-11")
    invoices = drafts("2026-01-10")
    day.do("invoicing.post", invoices)
    notes = day.do("invoicing.credit", invoices, on="2026-01-12").made["invoices"]
    day.do("invoicing.post", notes)
    invoices = drafts("2026-01-10")
    day.do("invoicing.post", invoices)
    items = open_items(day)
    payments = day.papers(
        "payments", "2026-02-20", "party", lambda n: {"allocations": [{"item": items[n], "amount": "7"}]}, amount="10", currency="USD"
    )
    day.do("payments.post", payments)
    day.do("payments.unapply", payments, on="2026-02-21")
    day.do("payments.apply_oldest", payments, on="2026-02-22")
    day.do("payments.reverse", payments, on="2026-02-23")
    day.do("ledger.write_off", items, on="2026-03-03")
    given_up = list(Difference.objects.filter(item__in=items).order_by("pk").values_list("pk", flat=True))
    day.do("payments.take_back", given_up, on="2026-03-04")


def bills_are_booked(day: Day) -> None:
    cost = Account.objects.get(company=day.company, purpose="expense").pk
    code = TaxCode.objects.get(company=day.company, code="IT-P-S").pk

    def drafts(name: str) -> list[int]:
        line = {"lines": [{"account": cost, "quantity": "2", "unit_price": "10.01", "tax_code": code}]}
        return day.papers(
            "bills",
            "2026-01-10",
            "vendor",
            lambda n: {"vendor_number": f"{name}{day.name}-{n}", "duplicate_reason": "Monthly", **line},
            vendor_date="2026-01-02",
            currency="USD",
        )

    with unit_of_work("test", "test"):
        policy, _new = ApprovalPolicy.objects.get_or_create(
            company_id=day.company, kind="payables.bill", priority=1, name="All", amount_from=0
        )
        ApprovalPolicy.objects.filter(pk=policy.pk).update(is_active=True)
        role = Role.objects.get(key="controller")
        ApprovalStep.objects.get_or_create(policy=policy, role=role)
        approver = User.objects.create(username=f"approver{day.name}", name="Approver")
        Membership.objects.create(user=approver, role=role)
    actor = Actor(username=approver.username, user_id=approver.pk, everything=True)
    bills = drafts("A")
    asked = day.do("payables.ask_approval", bills).made["approval-requests"]
    day.do("approvals.reject", asked, actor=actor)
    asked = day.do("payables.ask_approval", bills).made["approval-requests"]
    day.do("approvals.approve", asked, actor=actor)
    day.do("payables.post", bills)
    day.do("payables.reverse", bills, on="2026-01-11")
    with unit_of_work("test", "test"):
        ApprovalPolicy.objects.filter(pk=policy.pk).update(is_active=False)
    bills = drafts("B")
    day.do("payables.post", bills)
    day.do("payables.review", bills)
    lines = BillLine.objects.filter(bill__in=bills)
    with unit_of_work("test", "test"):
        insert_rows(PaymentBlock, [PaymentBlock(bill_id=ln.bill_id, line=ln, kind="price", reason="Dear") for ln in lines])
    day.do("payables.release", bills, actor=actor)
    notes = day.do("payables.credit", bills, on="2026-01-12", vendor_number="NC 1").made["bills"]
    day.do("payables.match", notes)
    day.do("payables.post", notes)


def expenses_are_claimed(day: Day) -> None:
    tax = TaxCode.objects.get(company=day.company, code="IT-P-N22")
    cost = Account.objects.get(company=day.company, purpose="expense")
    with unit_of_work("test", "test"):
        kind, _new = ExpenseKind.objects.get_or_create(
            company_id=day.company, code="DAY", defaults={"name": "Day", "paid": "day", "rate": 40, "account": cost, "tax_code": tax}
        )
        policy, _new = ApprovalPolicy.objects.get_or_create(company_id=day.company, kind="expenses.claim", priority=1, name="All")
        ApprovalStep.objects.get_or_create(policy=policy, role=Role.objects.get(key="controller"))
        approver = User.objects.create(username=f"approves{day.name}", name="Approver")
        Membership.objects.create(user=approver, role=Role.objects.get(key="controller"))
    line = {"lines": [{"on": "2026-01-05", "kind": kind.pk, "quantity": "2"}]}
    claims = day.papers("expense-claims", "2026-01-10", "employee", lambda n: line, purpose="Trip")
    asked = day.do("expenses.ask_approval", claims).made["approval-requests"]
    day.do("approvals.approve", asked, actor=Actor(username=approver.username, user_id=approver.pk, everything=True))
    day.do("expenses.book", claims)


def open_items(day: Day) -> list[int]:
    """The invoices that each customer owes, in the order of the customers."""
    owed = OpenItem.objects.filter(party__in=day.customers, open_amount__gt=0).exclude(
        entry__in=OpenItem.objects.filter(party__in=day.customers, open_amount__lt=0).values("entry")
    )
    latest = dict(owed.order_by("pk").values_list("party_id", "pk"))
    return [latest[c] for c in day.customers]


def one_payment_settles_many_invoices(day: Day) -> None:
    """``apply`` names items of one customer, so that here the items are many."""
    rows = [{"company": day.company, "customer": day.customers[0], "on": "2026-01-10", "currency": "USD", **day.line(unit_price="10")(n)} for n in range(day.count)]  # fmt: skip
    keys = create(ACTOR, RESOURCES["invoices"], rows).ids
    day.books.do("invoicing.post", keys)
    items = OpenItem.objects.filter(entry__source_table="invoicing_invoice", entry__source_id__in=keys).values_list("pk", flat=True)
    (payment,) = create(ACTOR, RESOURCES["payments"], [{"company": day.company, "party": day.customers[0], "on": "2026-02-20", "amount": "5000", "currency": "USD"}]).ids  # fmt: skip
    day.books.do("payments.post", payment)
    day.counted("payments.apply", lambda: day.books.do("payments.apply", payment, items={str(i): "2" for i in items}))


def vendors_are_paid(day: Day) -> None:
    day.do("parties.make_vendor", day.customers)
    with unit_of_work("test", "test"):
        lines = [(LineDraft("write_off", Decimal(9), "USD", Decimal(10)), LineDraft("payable", Decimal(-9), "USD", Decimal(-10), party=c, due_on=date(2026, 2, 10))) for c in day.customers]  # fmt: skip
        bills = post([EntryDraft(day.company, "purchases", date(2026, 1, 10), "Bill", two) for two in lines], actor=ACTOR)
    items = [items[0].pk for items in open_items_of(e.pk for e in bills).values()]
    payments = day.papers(
        "disbursements", "2026-02-20", "party", lambda n: {"allocations": [{"item": items[n], "amount": "7"}]}, amount="9", currency="USD"
    )
    day.do("payments.post_disbursement", payments)
    day.do("payments.unapply_disbursement", payments, on="2026-02-21")
    day.do("payments.apply_disbursement_oldest", payments, on="2026-02-22")
    day.do("payments.reverse_disbursement", payments, on="2026-02-23")
    (one,) = create(ACTOR, RESOURCES["disbursements"], [{"company": day.company, "party": day.customers[0], "on": "2026-02-20", "amount": "50", "currency": "USD"}]).ids  # fmt: skip
    day.books.do("payments.post_disbursement", one)
    day.counted("payments.apply_disbursement", lambda: day.books.do("payments.apply_disbursement", one, items={str(items[0]): "2"}))


def goods_are_moved(day: Day) -> None:
    places = [create(ACTOR, RESOURCES["warehouses"], [{"company": day.company, "code": f"{c}{day.name}", "name": f"{c} {day.name}"}]).ids[0] for c in "AB"]  # fmt: skip
    others = day.make("warehouses", [{"company": day.company, "code": f"{day.name}-{n}", "name": f"Shed {n}"} for n in range(day.count)])
    day.do("inventory.make_places", others)
    receipts = day.papers("goods-receipts", "2026-01-05", "", day.line(unit_cost="1.37"), warehouse=places[0])
    day.do("inventory.post_receipt", receipts)
    issues = day.papers("deliveries", "2026-01-06", "customer", lambda n: {"lines": [{"product": day.products[n], "quantity": "1"}]}, warehouse=places[0])  # fmt: skip
    day.do("inventory.post_issue", issues)
    lines = dict(GoodsIssueLine.objects.filter(issue__in=issues).values_list("issue_id", "pk"))
    returns = day.papers(
        "returns", "2026-01-07", "customer", warehouse=places[0],
        each=lambda n: {"delivery": issues[n], "lines": [{"product": day.products[n], "quantity": "1", "issue_line": lines[issues[n]]}]},
    )  # fmt: skip
    day.do("inventory.post_return", returns)
    transfers = day.papers("transfers", "2026-01-08", "", day.line(), warehouse=places[0], to_warehouse=places[1])
    day.do("inventory.post_transfer", transfers)
    travelling = list(
        TransportDocument.objects.filter(source_table="inventory_goodsissue", source_id__in=issues).values_list("pk", flat=True)
    )
    day.do("shipping.fill_in", travelling, packages=2)
    day.do("shipping.depart", travelling, on="2026-01-08")
    for quantity in ("3", "-1"):
        counts = day.papers("adjustments", "2026-01-09", "", day.line(quantity=quantity), warehouse=places[1])
        day.do("inventory.post_adjustment", counts)
    freight = [{"description": "Freight", "amount": "1.23", "by": "value"}]
    costs = day.papers("landed-costs", "2026-01-10", "", lambda n: {"lines": freight, "receipts": [{"receipt": receipts[n]}]})
    day.do("inventory.post_landed_cost", costs)
    with unit_of_work("test", "test"):
        unit = Unit.objects.get(code="C62")
        tools = [Product(sku=f"T{day.name}-{n}", name=f"Tool {n}", unit=unit, costing="standard") for n in range(day.count)]
        insert_rows(Product, tools)
    day.do(
        "inventory.post_cost_revision",
        day.papers("cost-revisions", "2026-01-10", "", lambda n: {"lines": [{"product": tools[n].pk, "unit_cost": "2"}]}),
    )


def goods_are_ordered(day: Day) -> None:
    """Half of what is ordered comes before its bill, at another price; the last order is called off."""
    shed = create(ACTOR, RESOURCES["warehouses"], [{"company": day.company, "code": f"IN{day.name}", "name": f"In {day.name}"}]).ids[0]
    line = day.line(quantity="4", unit_price="2.10")
    orders = day.papers("purchase-orders", "2026-01-05", "vendor", line, warehouse=shed)
    day.do("purchasing.confirm", orders)
    receipts = day.do("purchasing.receive", orders, on="2026-01-06").made["goods-receipts"]
    day.do("inventory.post_receipt", receipts)
    day.do("purchasing.reopen", orders)
    day.do("purchasing.close", orders)
    code = TaxCode.objects.get(company=day.company, code="IT-P-S").pk
    bills = day.papers(
        "bills", "2026-01-10", "vendor", vendor_date="2026-01-10", each=lambda n: {
            "vendor_number": f"G{day.name}-{n}", "duplicate_reason": "Weekly",
            "lines": [{"product": day.products[n], "quantity": "4", "unit_price": "2.35", "tax_code": code}],
        },
    )  # fmt: skip
    day.do("payables.match", bills)
    day.do("payables.post", bills)
    goods_go_back(day, orders, receipts, code)
    day.do("payables.reverse", bills, reason="Wrong", on="2026-01-11")
    others = day.papers("purchase-orders", "2026-01-05", "vendor", line, warehouse=shed)
    with unit_of_work("test", "test"):
        policy = ApprovalPolicy.objects.create(
            company_id=day.company, kind="purchasing.order", priority=ApprovalPolicy.objects.count() + 1, name="All"
        )
        ApprovalStep.objects.create(policy=policy, role=Role.objects.get(key="controller"))
        approver = User.objects.create(username=f"orders.{day.name}", name="Approver")
        Membership.objects.create(user=approver, role=Role.objects.get(key="controller"))
    asked = day.do("purchasing.ask_approval", others).made["approval-requests"]
    day.do("approvals.approve", asked, actor=Actor(username=approver.username, user_id=approver.pk, everything=True))
    day.do("purchasing.confirm", others)
    with unit_of_work("test", "test"):
        ApprovalPolicy.objects.filter(pk=policy.pk).update(is_active=False)
    day.do("purchasing.cancel", others, reason="Too late")
    terms = {"valid_from": "2026-01-01", "valid_to": "2026-12-31", "lines": [{"description": "Carriage", "unit_price": "5"}]}
    contracts = day.papers("purchase-contracts", "2026-01-05", "vendor", lambda n: terms)
    day.do("purchasing.sign", contracts)
    day.do("purchasing.end", contracts)
    day.do("purchasing.drop", day.papers("purchase-contracts", "2026-01-05", "vendor", lambda n: terms))


def goods_go_back(day: Day, orders: Any, receipts: Any, code: int) -> None:
    """What was billed goes back to its vendors, is to be replaced, then credited; the credit notes are wrong, and the vendors give nothing."""
    reason = VendorReturnReason.objects.order_by("pk").values_list("pk", flat=True)[0]
    dropped = day.do("inventory.ask_vendor_return", receipts, reason_code=reason).made["vendor-returns"]
    day.do("purchasing.cancel_vendor_return", dropped, reason="Kept")
    back = day.do("purchasing.ask_vendor_return", orders, reason_code=reason).made["vendor-returns"]
    day.do("purchasing.authorise_vendor_return", back)
    day.do("purchasing.send_vendor_return", back, on="2026-01-10")
    day.do("purchasing.want_otherwise", back, wanted="replacement")
    day.do("purchasing.want_otherwise", back, wanted="credit")
    notes = day.papers(
        "bills", "2026-01-11", "vendor", vendor_date="2026-01-11", kind="credit_note", each=lambda n: {
            "vendor_number": f"N{day.name}-{n}", "duplicate_reason": "Goods that went back",
            "lines": [{"product": day.products[n], "quantity": "4", "unit_price": "2.30", "tax_code": code}],
        },
    )  # fmt: skip
    day.do("payables.match", notes)
    day.do("payables.post", notes)
    day.do("payables.reverse", notes, reason="Wrong", on="2026-01-11")
    day.do("purchasing.close_vendor_return", back, reason="They give nothing")


def goods_are_sold(day: Day) -> None:
    houses = Warehouse.objects.filter(company=day.company).order_by("pk")
    if not houses:
        create(ACTOR, RESOURCES["warehouses"], [{"company": day.company, "code": "SHOP", "name": "Shop"}])
    # An accepted quote is delivered from the first one.
    shop = houses.all()[0].pk
    day.do(
        "inventory.post_receipt",
        day.papers("goods-receipts", "2026-01-05", "", day.line(quantity="1000", unit_cost="1.37"), warehouse=shop),
    )

    def quotes() -> list[int]:
        made = day.papers("quotes", "2026-02-02", each=day.line(), valid_until="2099-12-31", currency="EUR")
        day.do("sales.send", made, on="2026-02-02")
        return made

    declined = quotes()
    day.do("sales.decline", declined, on="2026-02-03")
    day.do("sales.revise", declined, on="2026-02-04")
    expired = quotes()
    day.do("sales.expire", expired, on="2100-01-01")
    orders = day.do("sales.accept", quotes(), name="Anna", on="2026-02-03").made["orders"]
    day.do("sales.reserve_rest", orders)
    day.do("sales.ask_down_payment", orders, on="2026-02-04", percent="30", post=True)
    day.do("sales.draft_delivery", orders, on="2026-02-05")
    day.do("sales.deliver", orders, on="2026-02-05")
    day.do("sales.invoice", orders, on="2026-02-06", post=True)
    day.do("sales.close", orders)
    day.do("sales.reopen", orders)
    day.do("sales.take_back", orders, on="2026-02-07", post=True)
    more = day.papers("orders", "2026-02-02", each=day.line(), currency="EUR", warehouse=shop)
    day.do("sales.confirm", more, on="2026-02-03")
    day.do("sales.cancel", more)
    assert Order.objects.filter(pk__in=more, state="cancelled").count() == day.count

    back = day.papers("orders", "2026-02-02", each=day.line(), currency="EUR", warehouse=shop)
    day.do("sales.confirm", back, on="2026-02-03")
    day.do("sales.deliver", back, on="2026-02-05")
    day.do("sales.invoice", back, on="2026-02-06", post=True)
    with unit_of_work("test", "test"):
        Location.objects.get_or_create(
            company_id=day.company, warehouse_id=shop, kind="quarantine", defaults={"code": "QA", "name": "Quarantine"}
        )

    def asked() -> list[int]:
        return day.do("sales.ask_return", back, reason_code="late").made["return-authorisations"]

    gone = asked()
    day.do("sales.authorise", gone)
    day.do("sales.cancel_return", gone)
    late = asked()
    day.do("sales.authorise", late)
    day.do("sales.extend_return", late, expires_on="2027-01-31")
    day.do("sales.expire_return", late, on="2100-01-01")
    come = asked()
    with unit_of_work("test", "test"):
        ReturnAuthorisation.objects.filter(pk__in=come).update(restocking_percent=10)
    day.do("sales.authorise", come)
    today = str(timezone.localdate())
    day.do("sales.receive_return", come, on=today)
    keys = list(ReturnLine.objects.filter(authorisation__in=come).values_list("pk", flat=True))
    day.do(
        "sales.inspect_return",
        come,
        on=today,
        scrap=dict.fromkeys(keys, "0.5"),
        repair=dict.fromkeys(keys, "0.5"),
        restock=dict.fromkeys(keys, "1"),
    )
    day.do("sales.inspect_return", come, on=today, send_back=dict.fromkeys(keys, "0.5"), from_repair=True)
    day.do("sales.replace_return", come, on=today, quantities=dict.fromkeys(keys, "0.5"))
    day.do("sales.refund_return", come, on=today, post=True)
    day.do("sales.settle_return", come)

    def blankets() -> list[int]:
        agreed = [{"product": day.line()(0)["lines"][0]["product"], "agreed_quantity": "100", "unit_price": "1"}]
        return day.papers(
            "blanket-orders", "2026-01-02", each=lambda n: {"lines": agreed}, valid_from="2026-01-01", valid_to="2099-12-31", currency="EUR"
        )

    agreed = blankets()
    day.do("sales.sign", agreed)
    lines = BlanketLine.objects.filter(blanket__in=agreed).values_list("pk", flat=True)
    day.do("sales.call_off", agreed, on="2026-03-01", quantities=dict.fromkeys(lines, "5"), every="week", deliveries=2)
    day.do("sales.end", agreed, reason="Done")
    day.do("sales.drop", blankets())


def deals_are_made(day: Day) -> None:
    def leads() -> list[int]:
        return day.papers("leads", "2026-02-02", "party", interest="Cups", source="web")

    first = leads()
    day.do("crm.contact", first, outcome="Rang")
    day.do("crm.qualify", first)
    deals = day.do("crm.convert", first, amount="100").made["opportunities"]
    day.do("crm.move", deals, stage="Proposal")
    day.do("crm.forecast_as", deals, forecast="commit")
    day.do("crm.win", deals)
    day.do("crm.reopen", deals)
    day.do("crm.lose", deals)
    day.do("crm.disqualify", leads())
    tasks = day.make("activities", [{"company": day.company, "party": c, "subject": "Ring", "kind": "call"} for c in day.customers])
    day.do("crm.reschedule", tasks, due_at="2026-03-01T10:00:00Z")
    day.do("crm.complete", tasks, outcome="Buys")


def customers_are_helped(day: Day) -> None:
    rows = [
        {"company": day.company, "subject": f"Broken {n}", "contact_email": f"{n}@{day.name}.example", "party": c}
        for n, c in enumerate(day.customers)
    ]
    tickets = day.make("tickets", rows)
    with unit_of_work("test", "test"):
        User.objects.get_or_create(username="agent", defaults={"name": "Agent"})
    day.do("service.assign", tickets, user="agent")
    day.do("service.note", tickets, body="Looks bad")
    day.do("service.reply", tickets, body="We are on it")
    day.do("service.identify", tickets, party=str(day.customers[0]))
    day.do("service.solve", tickets, resolution="Mended")
    day.do("service.reopen", tickets)
    day.do("service.wait", tickets)
    day.do("service.close", tickets)
    with unit_of_work("test", "test"):
        held = [QuarantinedMail(at=timezone.now(), reason="flood", digest=f"{day.name}-{n}", size=1, raw=b"x") for n in range(day.count)]
        insert_rows(QuarantinedMail, held)
    day.do("correspondence.review", [m.pk for m in held])


def parties_are_told_apart(day: Day) -> None:
    (survivor,) = create(ACTOR, RESOURCES["parties"], [{"name": f"Gruppo {day.name}"}]).ids
    day.do("parties.make_customer", day.customers)
    day.do("parties.make_vendor", day.customers)
    day.do("parties.log_interaction", day.customers, kind="call", title="Rang", on="2026-02-02")
    rows = [{"party": c, "account_number": f"{day.name}-{n}"} for n, c in enumerate(day.customers)]
    accounts = day.make("party-bank-accounts", rows)
    second = replace(ACTOR, username="second")
    day.do("parties.make_default_bank_account", accounts)
    day.do("parties.confirm_bank_account", accounts, actor=second, channel="letter", confirmation="Seen")
    day.do("parties.hold_bank_account", accounts)
    day.do("parties.close_bank_account", accounts)
    day.do("parties.tell_apart", day.customers, other=survivor)
    day.do("parties.merge", day.customers, into=survivor)
    day.do("parties.unmerge", day.customers)


def users_come_and_go(day: Day) -> None:
    with unit_of_work("test", "test"):
        people = [User(username=f"user{day.name}-{n}", name=f"User {n}") for n in range(day.count)]
        insert_rows(User, people)
        tokens = [ApiToken(user=u, name="Till", prefix=f"{day.name}-{u.pk}", digest="x") for u in people]
        insert_rows(ApiToken, tokens)
        team = Team.objects.create(name=f"Team {day.name}").pk
        role = Role.objects.create(key=f"role{day.name}", name=f"Role {day.name}").pk
        roles = [Role(key=f"role{day.name}-{n}", name=f"Role {n}") for n in range(day.count)]
        insert_rows(Role, roles)
    keys = [u.pk for u in people]
    for verb in ("grant_role", "withdraw_role"):
        day.do(f"access.{verb}", keys, role=role, company=day.company)
    for verb in ("join_team", "leave_team"):
        day.do(f"access.{verb}", keys, team=team)
    for verb in ("make_password_link", "end_sessions", "deactivate", "reactivate"):
        day.do(f"access.{verb}", keys)
    day.do("access.revoke", [t.pk for t in tokens])
    day.do("access.copy", [r.pk for r in roles])
    assert OneTimeLink.objects.filter(user__in=keys).count() == 0


def work_waits(day: Day) -> None:
    with unit_of_work("test", "test"):
        messages = [OutboxMessage(key=f"{day.name}-{n}", created_at=timezone.now(), channel="mail", payload={}) for n in range(day.count)]
        insert_rows(OutboxMessage, messages)
        jobs = [Job.objects.create(kind="export", title="Export", actor="test") for _n in range(day.count)]
    day.do("events.send_again", [m.pk for m in messages])
    day.do("jobs.stop", [j.pk for j in jobs])
    day.do("jobs.run_again", [j.pk for j in jobs])


def lists_are_kept(day: Day) -> None:
    with unit_of_work("test", "test"):
        owner = User.objects.create(username=f"owner{day.name}", name="Owner")
        views = [SavedView(owner=owner, resource=key, name=day.name) for key in list(RESOURCES)[: day.count]]
        insert_rows(SavedView, views)
    actor = Actor(username=owner.username, user_id=owner.pk, everything=True)
    for verb in ("share", "make_default", "drop_default", "unshare"):
        day.do(f"views.{verb}", [v.pk for v in views], actor=actor)


def banks_are_kept(day: Day) -> None:
    with unit_of_work("test", "test"):
        accounts = [Account(company_id=day.company, number=f"B{day.name}-{n}", name="Bank", kind="asset", control="bank") for n in range(day.count)]  # fmt: skip
        insert_rows(Account, accounts)
    rows = [
        {"company": day.company, "name": f"Bank {day.name} {n}", "account_number": f"{day.name}-{n}", "account": a.pk}
        for n, a in enumerate(accounts)
    ]
    day.do("payments.make_default", day.make("bank-accounts", rows))


def bank_lines_are_matched(day: Day) -> None:
    """Each verb takes its share of the lines of one statement; the file is read by a process of its own."""
    with unit_of_work("test", "test"):
        ledger = Account.objects.create(company=day.books.company, number=f"L{day.name}", name="Bank", kind="asset", control="bank")
    given = {
        "company": day.company,
        "name": f"Lines {day.name}",
        "account_number": f"NR{day.name}",
        "account": ledger.pk,
        "currency": "EUR",
    }
    (account,) = create(ACTOR, RESOURCES["bank-accounts"], [given]).ids
    invoices = [day.papers("invoices", "2026-01-10", each=day.line(unit_price="100.01"), currency="EUR") for _n in range(3)]
    for keys in invoices:
        day.do("invoicing.post", keys)
    numbers = dict(Invoice.objects.filter(pk__in=[k for keys in invoices for k in keys]).values_list("pk", "number"))
    items = {k: OpenItem.objects.get(entry__source_table="invoicing_invoice", entry__source_id=k) for k in numbers}
    paid = day.papers("payments", "2026-02-01", "party", account=ledger.pk, amount="9", currency="EUR")
    day.do("payments.post", paid)
    shares = [*([f"{items[k].open_amount}", numbers[k]] for keys in invoices[:2] for k in keys)]
    shares += [[amount, f"{what} {day.name}"] for amount, what in (("7.00", "match"), ("9.00", "books"), ("-2.00", "account"), ("-3.00", "transfer"), ("4.00", "party")) for _n in range(day.count)]  # fmt: skip
    entries = [files.entry(amount, text=text, reference=f"{day.name}-{n}") for n, (amount, text) in enumerate(shares)]
    content = files.statement(entries, [amount for amount, _text in shares], account=f"NR{day.name}")
    day.counted("import", lambda: import_statements(ACTOR, "a.xml", content, account=account))
    lines = list(BankLine.objects.filter(bank_account=account).order_by("pk").values_list("pk", flat=True))
    auto, accept, match, books, post, transfer, party = (lines[n * day.count : (n + 1) * day.count] for n in range(7))
    matches = day.do("banking.match_automatically", auto).made["bank-matches"]
    day.do("banking.accept", accept)
    day.do("banking.match", match, items={str(items[invoices[2][0]].pk): "7"}, keep_rest=True)
    own = JournalLine.objects.filter(account=ledger, entry__source_table="payments_payment", entry__source_id__in=paid)
    day.do("banking.match_postings", books, postings=list(own.values_list("pk", flat=True)))
    day.do("banking.post_to_account", post, account=Account.objects.get(company=day.company, purpose="bank_charges").pk)
    day.do("banking.post_transfer", transfer)
    day.do("banking.take_on_account", party, party=day.customers[0])
    day.do("banking.unmatch", matches)


DAYS = [
    bank_lines_are_matched,
    books_are_kept,
    banks_are_kept,
    invoices_are_paid,
    one_payment_settles_many_invoices,
    vendors_are_paid,
    goods_are_moved,
    goods_are_ordered,
    goods_are_sold,
    deals_are_made,
    customers_are_helped,
    bills_are_booked,
    expenses_are_claimed,
    parties_are_told_apart,
    users_come_and_go,
    lists_are_kept,
    work_waits,
]


@pytest.fixture
def house(books: Books) -> Books:
    for year in (2027, 2028, 2029, 2030):
        books.do("companies.open_year", books.company.pk, year=year)
    for on, rate in (("2026-01-01", "0.9137"), ("2026-02-01", "0.8733"), ("2026-03-01", "0.9377")):
        books.rate("USD", rate, on)
    return books


def counts_of(house: Books, work: Callable[[Day], None], count: int) -> dict[str, int]:
    day = Day(house, count)
    work(day)
    return day.counts


@pytest.mark.parametrize("work", DAYS, ids=lambda w: w.__name__)
def test_a_verb_costs_the_same_for_one_and_for_many(house, work):
    counts_of(house, work, 1)
    one, many = counts_of(house, work, 1), counts_of(house, work, MANY)
    assert {k: (one[k], many[k]) for k in one if one[k] != many[k]} == {}
    house.assert_checks_hold()


def test_every_verb_has_its_place_here(house):
    counted = {key for work in DAYS for key in counts_of(house, work, 1)}
    assert set(ACTIONS) - counted - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) <= set(ACTIONS) - counted
