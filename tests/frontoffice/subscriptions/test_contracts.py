"""PR-09: a year at the contracts' desk, and everything that must not be possible."""

import itertools
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fondaco.finance.invoicing.models import InvoiceLine
from fondaco.frontoffice.sales.answering import accept_by_link, view_by_link
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.frontoffice.sales.refusals import CannotRecur
from fondaco.frontoffice.subscriptions.actions import bill
from fondaco.frontoffice.subscriptions.background import bill_due, end_due, renew_due
from fondaco.frontoffice.subscriptions.models import (
    Contract,
    ContractAmendment,
    ContractCharge,
    ContractLine,
    ContractStep,
    MeterDay,
    UsageRecord,
)
from fondaco.frontoffice.subscriptions.queries import brought, calendar, ending, movements
from fondaco.frontoffice.subscriptions.refusals import (
    ChargedTwice,
    MeterTaken,
    NothingDue,
    NoticeTooLate,
    NotOfContract,
    ReversedAlready,
    StepOfNothing,
    TableUnreadable,
    UsageDiffers,
    UsageOfOthers,
)
from fondaco.masterdata.catalog.models import PriceList, PriceRule
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotAllowed, UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import NotEditable
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, delete, edit
from tests.books import ACTOR
from tests.frontoffice.subscriptions.conftest import said, standing

D = Decimal
SERIAL = itertools.count(1)


def test_PR_09_from_signing_to_the_end_every_invoice_is_explained(books, desk):
    """Two machines in care and one on hire at a ramp, in advance by the month: amended, paused, renewed dearer, and given notice."""
    contract = desk.contract(
        {"product": desk.care, "quantity": "2"}, {"product": desk.hire, "unit_price": "100"},
        {"product": desk.start, "kind": "one_off", "unit_price": "250"},
        starts_on="2025-03-10", rise_percent="3.5", steps=[{"product": desk.hire.pk, "from_on": "2025-06-01", "quantity": "1", "unit_price": "150"}],
    )  # fmt: skip
    assert (contract.number, contract.ends_on) == ("SUB/2025/00001", date(2026, 3, 9))
    first = desk.bill(contract, "2025-03-10")
    assert said(first) == [
        ("10 March 2025 – 31 March 2025: 2 × 69.00 a month, 22 of 31 days", D("97.94")),
        ("10 March 2025 – 31 March 2025: 1 × 100.00 a month, 22 of 31 days", D("70.97")),
        ("once, on 10 March 2025: 1 × 250.00", D("250.00")),
    ]
    assert Contract.objects.get(pk=contract.pk).next_on == date(2025, 4, 1)
    books.do("invoicing.post", first.pk)
    with pytest.raises(NothingDue):
        desk.bill(contract, "2025-03-31")
    april = desk.bill(contract, "2025-04-01")
    assert said(april)[0] == ("1 April 2025 – 30 April 2025: 2 × 69.00 a month", D("138.00"))
    line = InvoiceLine.objects.filter(invoice=april).order_by("position")[0]
    assert (line.quantity, line.unit_price) == (2, 69)
    # A third machine from the 16th: the rest of April is made good with May.
    books.do("subscriptions.change", desk.line(contract, desk.care).pk, reason="Second bar", on="2025-04-16", quantity="3")
    may = desk.bill(contract, "2025-05-01")
    assert said(may)[:2] == [
        (
            "1 April 2025 – 30 April 2025: 172.50 by version 2, less 138.00 invoiced (1 April 2025 – 15 April 2025: 2 × 69.00 a month, 15 of 30 days; "
            "16 April 2025 – 30 April 2025: 3 × 69.00 a month, 15 of 30 days, as amended from 16 April 2025 (version 2))",
            D("34.50"),
        ),
        ("1 May 2025 – 31 May 2025: 3 × 69.00 a month, as amended from 16 April 2025 (version 2)", D("207.00")),
    ]
    assert said(desk.bill(contract, "2025-06-01"))[1] == (
        "1 June 2025 – 30 June 2025: 1 × 150.00 a month, as agreed from 1 June 2025",
        D("150.00"),
    )
    # Closed for the second half of June and July: June comes back, July is not charged.
    books.do("subscriptions.pause", contract.pk, reason="Refurbishing", on="2025-06-16")
    given_back = desk.bill(contract, "2025-07-01")
    assert (given_back.kind, given_back.gross) == ("credit_note", D("178.50") * D("1.22"))
    books.do("invoicing.post", given_back.pk)
    books.do("subscriptions.resume", contract.pk, on="2025-08-01")
    assert [net for _words, net in said(desk.bill(contract, "2025-08-01"))] == [D("207.00"), D("150.00")]
    bill_due(ACTOR, date(2026, 3, 1))
    assert renew_due(ACTOR, date(2026, 3, 10)) == [contract.pk]
    march = desk.bill(contract, "2026-03-10")
    assert said(march) == [
        ("10 March 2026 – 31 March 2026: 3 × 71.415 a month, 22 of 31 days, as amended from 10 March 2026 (version 5)", D("152.04")),
        ("10 March 2026 – 31 March 2026: 1 × 155.25 a month, 22 of 31 days, as amended from 10 March 2026 (version 5)", D("110.18")),
    ]
    contract.refresh_from_db()
    assert (contract.ends_on, contract.version_number) == (date(2027, 3, 9), 5)
    assert brought({contract.pk: date(2026, 3, 10)})[contract.pk] == D("214.25") + D("155.25")
    with pytest.raises(NoticeTooLate) as refused:
        books.do("subscriptions.give_notice", contract.pk, on="2027-02-01")
    assert refused.value.figures["until"] == date(2027, 1, 8)
    books.do("subscriptions.give_notice", contract.pk, on="2026-12-01")
    bill_due(ACTOR, date(2027, 3, 31))
    assert end_due(ACTOR, date(2027, 3, 31)) == [contract.pk]
    contract.refresh_from_db()
    assert (contract.state, contract.next_on) == ("ended", None)
    last = ContractCharge.objects.filter(contract=contract).order_by("-last")[0]
    assert last.last == date(2027, 3, 9)
    found = movements(ACTOR, books.company, until=date(2027, 12, 31), today=date(2027, 12, 31))
    assert [m.kind for m in found] == ["new", "expansion", "expansion", "pause", "reactivation", "expansion", "churn"]
    assert sum(m.amount for m in found) == 0
    assert [m.amount for m in found][:2] == [D("238.00"), D("69.00")]
    books.assert_checks_hold()


def test_PR_09_cancelled_at_once_with_and_without_giving_back(books, desk):
    quarterly = {"every_months": 3, "calendar": "anniversary", "starts_on": "2026-01-10"}
    kind, strict = (
        desk.contract({"product": desk.care, "unit_price": "90"}, customer=books.customer(f"C{n}"), **quarterly) for n in (1, 2)
    )
    for c in (kind, strict):
        assert desk.bill(c, "2026-01-10").net == D("270.00")
    books.do("subscriptions.cancel", kind.pk, reason="Closed down", on="2026-02-08", credit=True)
    note = desk.bill(kind, "2026-02-09")
    assert (note.kind, note.net) == ("credit_note", D("180.00"))  # 60 of 90 days
    books.do("subscriptions.cancel", strict.pk, reason="Closed down", on="2026-02-08", credit=False)
    strict.refresh_from_db()
    assert strict.ends_on == date(2026, 4, 9)
    with pytest.raises(NothingDue):
        desk.bill(strict, "2026-12-31")
    books.assert_checks_hold()


def test_PR_09_a_credited_period_is_open_again_and_a_deleted_draft_frees_it(books, desk):
    contract = desk.contract({"product": desk.care}, {"product": desk.hire, "unit_price": "50"}, posts_at_once=True)
    invoice = desk.bill(contract, "2026-01-01")
    assert invoice.state == "posted"
    (note,) = books.do("invoicing.credit", invoice.pk, reason="Wrong address", on="2026-01-05").made["invoices"]
    with pytest.raises(NothingDue):
        desk.bill(contract, "2026-01-06")  # a draft takes nothing back
    books.do("invoicing.post", note)
    again = desk.bill(contract, "2026-01-06")
    assert again.net == invoice.net
    with pytest.raises(ChargedTwice), transaction.atomic():
        books.do("invoicing.reverse", note, reason="It was right", on="2026-01-07")
    books.do("invoicing.reverse", again.pk, reason="Wrong day", on="2026-01-07")
    books.do("invoicing.reverse", note, reason="It was right", on="2026-01-07")
    assert standing(contract) == invoice.net
    Contract.objects.filter(pk=contract.pk).update(posts_at_once=False)
    draft = desk.bill(contract, "2026-02-01")
    delete(ACTOR, RESOURCES["invoices"], [draft.pk])
    assert standing(contract) == invoice.net
    assert desk.bill(contract, "2026-02-01").net == invoice.net
    books.assert_checks_hold()


def test_PR_09_use_is_taken_once_rated_by_tiers_and_late_use_is_said(books, desk):
    customer = books.customer()
    meter = desk.meter(customer)
    contract = desk.contract(
        {"product": desk.cups, "kind": "usage", "unit_price": "0.10", "meter": meter, "included_quantity": "100", "minimum": "5"}, customer=customer,
        tiers=[{"product": desk.cups.pk, "from_quantity": "500", "unit_price": "0.08"}],
    )  # fmt: skip
    assert desk.use(("a", "M-1", "2026-01-05", "400"), ("b", "M-1", "2026-01-31", "300"), ("a", "M-1", "2026-01-05", "400")) == {
        "TEST: taken": "2",
        "TEST: known": "1",
    }
    assert desk.use(("a", "M-1", "2026-01-05", "400"))["TEST: taken"] == "0"
    with pytest.raises(UsageDiffers), transaction.atomic():
        desk.use(("c", "M-1", "2026-01-05", "1"), ("a", "M-1", "2026-01-05", "401"))
    with pytest.raises(UsageOfOthers):
        desk.use(("c", "M-9", "2026-01-05", "1"))
    january = desk.bill(contract, "2026-01-31")
    assert said(january) == [("1 January 2026 – 31 January 2026: 700 used, 100 of them included; 500 × 0.10 + 100 × 0.08", D("58.00"))]
    books.do("invoicing.post", january.pk)
    # Twenty cups of January come late, and one record was wrong: both stand on the invoice of February, beside its own use.
    table = "key;meter;date;quantity\nlate;M-1;2026-01-20;20\nfeb;M-1;2026-02-10;150\n"
    books.do("companies.read_usage", books.company.pk, source="telemetry", table=table)
    wrong = UsageRecord.objects.get(key="b")
    books.do("subscriptions.reverse_use", wrong.pk, reason="Counted twice")
    with pytest.raises(ReversedAlready):
        books.do("subscriptions.reverse_use", wrong.pk, reason="Again")
    february = desk.bill(contract, "2026-02-28")
    assert said(february) == [
        (
            "1 January 2026 – 31 January 2026: 420 used, 100 of them included; 320 × 0.10; -280 of it reported later, less 58.00 invoiced",
            D("26.00"),
        ),
        ("1 February 2026 – 28 February 2026: 150 used, 100 of them included; 50 × 0.10", D("-5.00")),
    ]
    assert (february.kind, february.net) == ("credit_note", D("21.00"))
    with pytest.raises(TableUnreadable):
        books.do("companies.read_usage", books.company.pk, source="telemetry", table="key,meter,date,quantity\nx,M-1,yesterday,2")
    with pytest.raises(MeterTaken), transaction.atomic():
        desk.contract({"product": desk.cups, "kind": "usage", "unit_price": "1", "meter": meter}, customer=customer, starts_on="2026-06-01")
        connection.check_constraints()
    books.assert_checks_hold()


def test_PR_09_a_price_for_orders_wins_or_loses_among_the_lists_with_its_reason(books, desk):
    customer = books.customer()
    contract = desk.contract({"product": desk.beans, "kind": "price", "unit_price": "17.50", "quantity": "1"}, customer=customer)

    def ordered(on):
        (key,) = create(
            ACTOR, RESOURCES["orders"],
            [{"company": books.company.pk, "customer": customer.pk, "on": on, "currency": "EUR", "lines": [{"product": desk.beans.pk, "quantity": "3"}]}],
        ).ids  # fmt: skip
        return OrderLine.objects.get(order=key)

    line = ordered("2026-05-05")
    assert (line.unit_price, line.price_explanation["sentence"]) == (D("17.50"), f"Contract {contract.number}: fixed price")
    with unit_of_work("t", "t"):
        action = PriceList.objects.create(code="ACTION", name="Action", currency_id="EUR", priority=5)
        PriceRule.objects.create(price_list=action, product=desk.beans, price=D(16))
    line = ordered("2026-05-06")
    assert line.unit_price == 16
    assert [(r["rule"], r["won"]) for r in line.price_explanation["rules"]][1] == (f"Contract {contract.number}: fixed price", False)
    books.do("subscriptions.cancel", contract.pk, reason="Ends", on="2026-05-31")
    with unit_of_work("t", "t"):
        PriceList.objects.filter(code="ACTION").update(is_active=False)
    assert ordered("2026-06-01").unit_price == 20


def test_PR_09_what_is_in_force_cannot_be_got_round(books, desk):
    contract = desk.contract({"product": desk.care, "unit_price": "69"})
    invoice = desk.bill(contract, "2026-01-01")
    line = desk.line(contract, desk.care)
    charge = ContractCharge.objects.get(contract=contract)
    with unit_of_work("t", "t"):
        for wrong in (
            lambda: Contract.objects.filter(pk=contract.pk).update(every_months=12),
            lambda: Contract.objects.filter(pk=contract.pk).update(ends_on=date(2030, 1, 1)),
            lambda: Contract.objects.filter(pk=contract.pk).update(state="draft"),
            lambda: ContractLine.objects.filter(pk=line.pk).update(unit_price=1),
            lambda: ContractStep.objects.filter(contract=contract).update(unit_price=1),
            lambda: ContractStep.objects.filter(contract=contract)._raw_delete("default"),
            lambda: ContractStep.objects.create(contract=contract, product=desk.care, from_on="2026-02-01", quantity=9, unit_price=1),
            lambda: ContractLine.objects.create(contract=contract, product=desk.hire, unit_price=1),
            lambda: ContractAmendment.objects.filter(contract=contract).update(after=1),
            lambda: ContractCharge.objects.filter(pk=charge.pk).update(amount=1),
            lambda: ContractCharge.objects.filter(pk=charge.pk).update(taken_back_by=invoice),
            lambda: MeterDay.objects.create(meter_id=1, on="2026-01-01", quantity=1),
        ):
            with pytest.raises((UserError, DatabaseError)), transaction.atomic():
                wrong()
        # The same days once more, on another line of an invoice: refused by the days, and a second adjustment by the sum.
        other = books.invoice(contract.customer, [{"quantity": "1", "unit_price": "69"}], "2026-01-02", post=False)
        copy = {
            f.name: getattr(charge, f.name)
            for f in ContractCharge._meta.concrete_fields
            if f.name not in ("id", "version", "created_at", "created_by")
        }
        for kind in ("charge", "adjustment"):
            with pytest.raises((UserError, DatabaseError)), transaction.atomic():
                ContractCharge.objects.create(**copy | {"invoice_line": other.lines.get(), "kind": kind})
    with pytest.raises(NotOfContract), transaction.atomic():
        edit(ACTOR, RESOURCES["invoices"], {invoice.pk: {"lines": [{"id": invoice.lines.get().pk, "unit_price": "1"}]}})
    with pytest.raises(NotEditable), transaction.atomic():
        edit(ACTOR, RESOURCES["contracts"], {contract.pk: {"every_months": 12}})
    with pytest.raises(StepOfNothing), transaction.atomic():
        desk.contract(
            {"product": desk.care}, customer=books.customer("X"), tiers=[{"product": desk.care.pk, "from_quantity": "5", "unit_price": "1"}]
        )
    with pytest.raises(NotAllowed), transaction.atomic():
        perform(Actor(username="nobody"), bill, [contract.pk], {"on": date(2026, 2, 1)})
    books.assert_checks_hold()


def test_PR_09_many_contracts_and_records_cost_the_statements_of_one(books, desk):
    customers = [books.customer(f"Bar {n}") for n in range(13)]
    meters = [desk.meter(c, f"M-{n}") for n, c in enumerate(customers)]
    made = create(
        ACTOR, RESOURCES["contracts"],
        [
            {
                "company": books.company.pk, "customer": c.pk, "starts_on": "2026-01-01", "term_months": 12, "currency": "EUR", "posts_at_once": True,
                "lines": [
                    {"product": desk.care.pk, "unit_price": "10"}, {"product": desk.cups.pk, "kind": "usage", "unit_price": "0.10", "meter": m},
                    {"product": desk.beans.pk, "kind": "price", "unit_price": "15"},
                ],
            }
            for c, m in zip(customers, meters, strict=True)
        ],
    ).ids  # fmt: skip
    one, many = made[:1], made[1:]

    def records(first, count, meters, month):
        return [
            {"key": f"{month}-{first}-{n}", "meter": f"M-{m}", "on": f"2026-{month:02}-{n % 28 + 1:02}", "quantity": "5"}
            for m in meters
            for n in range(count)
        ][:count]

    def lines(keys):
        return list(ContractLine.objects.filter(contract__in=keys, kind="recurring").values_list("pk", flat=True))

    day: list = [
        ("subscriptions.activate", lambda keys: keys, {}, ""),
        ("subscriptions.bill", lambda keys: keys, {"on": "2026-01-01"}, ""),
        ("subscriptions.change", lines, {"on": "2026-01-16", "unit_price": "12"}, "Dearer"),
        ("subscriptions.add", lambda keys: keys, {"on": "2026-02-01", "product": desk.start.pk, "quantity": "1", "unit_price": "30", "once": True}, "Moved"),
        ("subscriptions.bill", lambda keys: keys, {"on": "2026-02-01"}, ""),
        ("subscriptions.pause", lambda keys: keys, {"on": "2026-03-01"}, "Closed"),
        ("subscriptions.resume", lambda keys: keys, {"on": "2026-04-01"}, ""),
        ("subscriptions.renew", lambda keys: keys, {"rise_percent": "2"}, ""),
        ("subscriptions.bill", lambda keys: keys, {"on": "2026-05-31"}, ""),
        ("subscriptions.give_notice", lambda keys: keys, {"on": "2026-06-01"}, ""),
        ("subscriptions.cancel", lambda keys: keys, {"on": "2026-06-30"}, "Ends"),
    ]  # fmt: skip
    for key, of, parameters, reason in day:
        counts = []
        for keys in (one, many):
            with CaptureQueriesContext(connection) as counted:
                books.do(key, of(keys), reason=reason, **parameters)
            counts.append(len(counted))
        assert counts[1] <= counts[0], (key, counts)
    taken = []
    for count, first in ((1, "a"), (400, "b")):
        with CaptureQueriesContext(connection) as counted:
            books.do("companies.take_usage", books.company.pk, source="test", records=records(first, count, range(13), 5))
        taken.append(len(counted))
    assert taken[0] == taken[1]
    with CaptureQueriesContext(connection) as counted:
        books.do("companies.read_usage", books.company.pk, source="table", table="key,meter,date,quantity\nq,M-1,2026-05-02,3\n")
    assert len(counted) == taken[0]
    keys = list(UsageRecord.objects.filter(source="test").order_by("pk").values_list("pk", flat=True))
    reversed_ = []
    for some in (keys[:1], keys[1:30]):
        with CaptureQueriesContext(connection) as counted:
            books.do("subscriptions.reverse_use", some, reason="Wrong")
        reversed_.append(len(counted))
    assert reversed_[0] == reversed_[1]
    books.do("subscriptions.bill", made, on="2026-06-30")
    given_up, thrown_away = (desk.contract({"product": desk.care}, customer=customers[0], active=False) for _n in range(2))
    books.do("subscriptions.cancel_draft", given_up.pk)
    delete(ACTOR, RESOURCES["contracts"], [thrown_away.pk])
    assert not Contract.objects.filter(pk=thrown_away.pk).exists()
    books.assert_checks_hold()


def test_PR_09_what_will_be_invoiced_and_what_ends_soon(books, desk):
    customer = books.customer()
    meter = desk.meter(customer)
    contract = desk.contract(
        {"product": desk.care, "unit_price": "50"}, {"product": desk.hire, "unit_price": "100"},
        {"product": desk.cups, "kind": "usage", "unit_price": "0.10", "meter": meter}, customer=customer, renews=False,
        steps=[{"product": desk.hire.pk, "from_on": "2026-09-01", "quantity": "1", "unit_price": "130"}],
    )  # fmt: skip
    desk.use(*[(f"k{n}", "M-1", f"2026-05-{n:02}", "10") for n in range(1, 32)])
    bill_due(ACTOR, date(2026, 5, 31))
    rows, found = calendar(ACTOR, books.company, first=date(2026, 5, 31), months=12)
    assert list(rows) == [contract.pk]
    by_kind = {kind: sum(e.amount for e in found if e.kind == kind) for kind in ("recurring", "ramp", "usage")}
    # Seven months of 150 and four of 30 more; use at 310 cups in 31 days: 214 days at ten a day.
    assert by_kind == {"recurring": D("1050.00"), "ramp": D("120.00"), "usage": D("214.00")}
    (end,) = ending(ACTOR, books.company, today=date(2026, 10, 15))
    assert (end.contract.pk, end.brings, end.notice_until) == (contract.pk, D("180.00"), None)
    assert not ending(ACTOR, books.company, today=date(2026, 5, 1))
    found = movements(ACTOR, books.company, until=date(2027, 1, 31), today=date(2026, 5, 31))
    assert [(m.on.isoformat(), m.kind, m.amount) for m in found] == [
        ("2026-01-01", "new", D("150.00")), ("2026-09-01", "expansion", D("30.00")), ("2027-01-01", "churn", D("-180.00")),
    ]  # fmt: skip


def _offered(books, *lines, **values):
    given = {
        "company": books.company.pk, "customer": books.customer(f"Bar {next(SERIAL)}").pk, "on": "2026-01-10", "currency": "EUR",
        "valid_until": "2099-12-31", "lines": [{"product": product.pk, **more} for product, more in lines], **values,
    }  # fmt: skip
    (key,) = create(ACTOR, RESOURCES["quotes"], [given]).ids
    books.do("sales.send", key, on="2026-01-10")
    return Quote.objects.get(pk=key)


def test_PR_09_what_recurs_of_an_accepted_quote_becomes_a_contract_that_invoices_what_it_said(books, desk):
    said_of = {"quantity": "3", "unit_price": "33.333333", "discount_percent": "7.5", "per_months": 1}
    lines = (desk.care, said_of), (desk.hire, {"quantity": "1", "unit_price": "149", "per_months": 1})
    quotes = [_offered(books, *lines, starts_on="2026-02-15", term_months=12) for _n in range(4)]
    assert {(q.monthly, q.term_value) for q in quotes} == {(D("241.50"), D("2898.00"))}
    counts = []
    made: list[int] = []
    for some in (quotes[:1], quotes[1:]):
        with CaptureQueriesContext(connection) as counted:
            outcome = books.do("sales.accept", [q.pk for q in some], reason="By telephone", name="Ada", on="2026-01-20")
        counts.append(len(counted))
        made += outcome.made["contracts"]
    assert counts[1] <= counts[0]
    assert not Order.objects.exists()
    for quote, contract in zip(quotes, Contract.objects.in_bulk(made).values(), strict=True):
        invoice = desk.bill(contract, "2026-02-15")
        quote.refresh_from_db()
        assert (quote.state, contract.quote_id, contract.ends_on) == ("accepted", quote.pk, date(2027, 2, 14))
        assert (invoice.net, invoice.tax, invoice.gross) == (quote.net, quote.tax, quote.gross) == (D("241.50"), D("53.13"), D("294.63"))
    books.assert_checks_hold()


def test_PR_09_through_his_link_a_customer_sees_what_recurs_and_signs_order_and_contract_at_once(books, desk):
    quote = _offered(
        books,
        (desk.cups, {"quantity": "7", "unit_price": "3.33"}),
        (desk.start, {"quantity": "1", "unit_price": "99.99"}),
        (desk.care, {"quantity": "1", "unit_price": "33.33", "per_months": 3}),
        term_months=24,
    )
    # What is paid once and what recurs are rounded apart, because they are invoiced apart.
    assert (quote.net, quote.tax, quote.monthly, quote.term_value) == (D("156.63"), D("34.46"), D("11.11"), D("389.94"))
    token = token_of(quote.link_seed)
    seen = view_by_link(token)
    assert seen["lines"][2]["unit"] == "each quarter"
    assert (
        seen["recurs"]
        == "33.33 EUR each quarter without VAT, from the day of acceptance, for 24 months: 389.94 EUR over the term, with what is paid once."
    )
    assert accept_by_link(token, "Ada", reference="PO 7")["consent"].endswith(seen["recurs"])
    order, contract = Order.objects.get(quote=quote), Contract.objects.get(quote=quote)
    assert ([ln.product.sku for ln in order.lines.order_by("position")], order.reference) == (["CUPS", "START"], "PO 7")
    assert (contract.state, contract.every_months, contract.reference, contract.starts_on) == ("active", 3, "PO 7", timezone.localdate())
    invoice = desk.bill(contract, str(contract.starts_on))
    assert (order.net + invoice.net, order.tax + invoice.tax, order.gross + invoice.gross) == (quote.net, quote.tax, quote.gross)
    books.assert_checks_hold()


def test_PR_09_what_cannot_recur_is_refused_while_the_quote_is_written(books, desk):
    each = {"quantity": "1", "unit_price": "10", "per_months": 1}
    for lines, values in (
        ([(desk.beans, each)], {}), ([(desk.care, each), (desk.care, each)], {}), ([(desk.care, each)], {"prices_include_tax": True}),
    ):  # fmt: skip
        with pytest.raises(CannotRecur) as refused:
            _offered(books, *lines, **values)
        assert list(refused.value.fields) == ["lines.0.per_months"]
    endless = _offered(books, (desk.care, each))
    assert (endless.monthly, endless.term_value) == (D(10), None)
    assert view_by_link(token_of(endless.link_seed))["recurs"].endswith("until it is cancelled.")
    revised = books.do("sales.revise", endless.pk).made["quotes"]
    assert QuoteLine.objects.get(quote__in=revised).per_months == 1
