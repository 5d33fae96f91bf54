"""The demo: built once, the same from the same seed, with books that hold."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.contrib.auth.hashers import check_password
from django.db.models import Count, Sum

from fondaco.connectors.demo import building, founding, life
from fondaco.finance.banking.models import BankLine, BankStatement
from fondaco.finance.einvoicing.models import EInvoice, Received
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import JournalLine, Revaluation
from fondaco.finance.payables.models import Bill
from fondaco.finance.payments.models import Disbursement, Payment
from fondaco.finance.receivables.models import CreditDecision, DunningRun, Promise
from fondaco.finance.remittance.models import Collection, PaymentRun, Transfer
from fondaco.finance.tax.models import TaxReturn
from fondaco.frontoffice.portal.queries import own_orders as customer_orders
from fondaco.frontoffice.portal.queries import own_quotes, own_tickets, waiting
from fondaco.frontoffice.portal.queries import seats_of as customer_seats_of
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.service.models import Ticket
from fondaco.localizations.loading import found_company
from fondaco.masterdata.approvals.models import ApprovalRequest
from fondaco.masterdata.approvals.queries import waiting_for
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.masterdata.users.models import OutsideUser
from fondaco.operations.shipping.models import Consignment, Package
from fondaco.operations.sourcing.queries import own_bills, own_orders, seats_of
from fondaco.people.expenses.models import ExpenseClaim
from fondaco.platform.access.actors import actors_by_username
from fondaco.platform.access.models import User
from fondaco.platform.audit import checks
from fondaco.platform.database.unit import unit_of_work
from tests import databases

TOTALLED = (
    (Order, "gross"),
    (Invoice, "gross"),
    (Payment, "amount"),
    (Bill, "gross"),
    (Disbursement, "amount"),
    (BankLine, "amount"),
    (JournalLine, "amount"),
)
LAST, DAYS, SCALE = date(2026, 11, 24), 63, 0.3


@pytest.fixture(scope="module")
def built(live_database: str) -> building.Built:
    return building.build(SCALE, found=found_company, last=LAST, days=DAYS)


def test_the_demo_has_business_of_every_kind(built: building.Built) -> None:
    company = built.company
    assert set(Quote.objects.filter(company=company).values_list("state", flat=True)) >= {"draft", "sent", "accepted", "declined"}
    assert Order.objects.filter(company=company, state="confirmed").count() > 10
    assert Invoice.objects.filter(company=company, state="posted", kind=Invoice.INVOICE).count() > 10
    assert Payment.objects.filter(company=company, state="posted").exists()
    assert Ticket.objects.filter(company=company).exists()
    assert not JournalLine.objects.filter(company=company, on__gt=LAST).exists()


def test_every_desk_of_the_books_has_something_on_it(built: building.Built) -> None:
    """AR-04, AR-06, AR-08, AP-01, AP-05 to AP-09, BK-01, BK-02, TX-03, TX-06, MC-02: done before, and waiting for somebody."""
    of = {"company": built.company}

    def states(model: type) -> set[str]:
        return set(model.objects.filter(**of).values_list("state", flat=True))

    assert states(Bill) >= {"draft", "posted"}
    assert set(Bill.objects.filter(**of).values_list("kind", flat=True)) == {"bill", "credit_note"}
    assert Bill.objects.filter(**of, withheld__gt=0).exists()
    assert states(PaymentRun) == {"submitted", "released"}
    assert set(Transfer.objects.filter(run__company=built.company).values_list("state", flat=True)) >= {"executed"}
    assert (
        Disbursement.objects.filter(**of, currency="USD", state="posted").exists()
        or Disbursement.objects.filter(**of, currency="GBP").exists()
    )
    assert states(Collection) <= {"collected"}
    assert BankStatement.objects.filter(**of, bank_account__currency="EUR").count() == 3
    matched = BankLine.objects.filter(**of, state="matched").count()
    assert matched > 0.6 * BankLine.objects.filter(**of).count()
    assert states(DunningRun) == {"sent", "proposed"}
    assert Promise.objects.filter(**of).exists()
    assert set(CreditDecision.objects.filter(**of).values_list("decision", flat=True)) >= {"held", "released"}
    assert states(EInvoice) >= {"queued", "delivered", "rejected"}
    assert not Invoice.objects.filter(**of, state="posted").exclude(pk__in=EInvoice.objects.values("invoice")).exists()
    assert states(Received) == {"received", "drafted", "set_aside"}
    assert Received.objects.filter(**of, vendor=None).exists()
    assert states(ApprovalRequest) >= {"waiting", "approved", "rejected"}
    assert states(ExpenseClaim) == {"booked", "draft"}
    assert states(Revaluation) == {"posted"}
    assert PartyBankAccount.objects.filter(state="held").exists()
    october = TaxReturn.objects.get(**of, definition__code="VAT", ends_on=date(2026, 10, 31))
    assert october.state == "settled"


def test_who_must_decide_sees_it_and_who_must_not_does_not(built: building.Built) -> None:
    """AP-05, AP-06, PR-07: bills and the dearest quotes wait for the controller and his deputy, claims and quotes for the sales manager;
    nobody releases what he prepared."""
    people = actors_by_username(["giorgio.ferrante", "beatrice.monti", "roberta.galli", "silvia.rota", "paolo.cattaneo"])
    waiting = {name: {r.kind for r in waiting_for(actor, on=LAST)} for name, actor in people.items()}
    assert waiting["giorgio.ferrante"] == waiting["beatrice.monti"] == {"payables.bill", "sales.quote", "service.concession"}
    assert waiting["roberta.galli"] == {"expenses.claim", "sales.quote"}
    assert not waiting["silvia.rota"]
    assert not waiting["paolo.cattaneo"]
    released = PaymentRun.objects.filter(company=built.company, state="released")
    assert all(r.released_by == "paolo.cattaneo" and r.released_by not in r.prepared_by for r in released)


def test_what_happened_is_dated_in_the_life_of_the_company(built: building.Built) -> None:
    sent = Quote.objects.filter(company=built.company, sent_at__isnull=False).values_list("sent_at__date", flat=True)
    assert min(sent) < date(2026, 10, 1)


def test_all_checks_hold(built: building.Built) -> None:
    with unit_of_work("program.test", "check"):
        assert [(v.check.key, v.rows[:3]) for v in checks.run() if not v.holds] == []


def test_its_people_can_sign_in_with_the_passwords_made_for_them(built: building.Built) -> None:
    outside = founding.document("company")["portal_user"]
    customers = founding.document("company")["customer_user"]
    assert len(built.passwords) == len(founding.document("company")["user"]) + len(outside) + len(customers)
    for person in OutsideUser.objects.filter(email__in=[r["email"] for r in outside]):
        assert check_password(built.passwords[person.email], person.password)
        (seat,) = seats_of(person.pk)
        assert own_orders(seat).exists() and own_bills(seat)
    for person in OutsideUser.objects.filter(email__in=[r["email"] for r in customers]):
        assert check_password(built.passwords[person.email], person.password)
        (desk,) = customer_seats_of(person.pk)
        assert customer_orders(desk).exists() and own_quotes(desk).exists() and own_tickets(desk).exists() and waiting(desk).exists()
    user = User.objects.get(username="roberta.galli")
    assert user.check_password(built.passwords["roberta.galli"])
    renewed = founding.new_passwords()
    user.refresh_from_db()
    assert user.check_password(renewed["roberta.galli"])
    assert not user.check_password(built.passwords["roberta.galli"])


def test_building_again_says_that_it_is_there(built: building.Built) -> None:
    before = totals(built.company)
    again = building.build(SCALE, found=found_company, last=LAST, days=DAYS)
    assert again.was_there
    assert totals(built.company) == before


def test_the_same_seed_makes_the_same_books(built: building.Built, worker: str) -> None:
    first = totals(built.company)
    with databases.copied(databases.migrated_template(), f"test_{worker}_again"):
        again = building.build(SCALE, found=found_company, last=LAST, days=DAYS)
        assert not again.was_there
        assert totals(again.company) == first
    assert totals(built.company) == first


def test_the_same_seed_draws_the_same_life(built: building.Built) -> None:
    house = founding.House(
        built.company,
        products={p["sku"]: i for i, p in enumerate(founding.table("products"))},
        warehouses={w["code"]: i for i, w in enumerate(founding.document("company")["warehouse"])},
        parties={c["code"]: i for i, c in enumerate(founding.table("customers"))},
    )

    def drawn(seed: int) -> list:
        drawing = life.Life(house, SCALE, LAST, Random(seed))
        return [drawing.document(c, LAST) for c in drawing.draw_customers(50)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def totals(company: Company) -> tuple[tuple[int, Decimal], ...]:
    return tuple(
        tuple(model.objects.filter(company=company).aggregate(n=Count("id"), total=Sum(amount)).values()) for model, amount in TOTALLED
    )


def test_the_demo_is_not_built_beside_a_real_company(live_database: str, built: building.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(founding, "code", lambda: "ANOTHER")
    with pytest.raises(building.RealCompany, match="--beside"):
        building.build(SCALE, found=found_company, last=LAST, days=DAYS)


def test_parcels_are_on_their_way(built: building.Built) -> None:
    """WH-05: deliveries of the last days are packed and booked with a carrier by hand: delivered, held up, or waiting for their number."""
    rows = Consignment.objects.filter(company=built.company)
    assert rows.filter(state="delivered").exists()
    assert rows.filter(state="booked", progress="exception").count() == 1
    assert rows.filter(state="booked", tracking="").count() == 2
    assert Package.objects.filter(company=built.company).count() >= rows.count()
