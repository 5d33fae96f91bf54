"""The demo: built once, the same from the same seed, with books that hold."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Count, Sum

from fondaco.connectors.demo import building, founding, living
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.ledger.models import JournalLine
from fondaco.finance.payments.models import Payment
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.service.models import Ticket
from fondaco.localizations.loading import found_company
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.models import User
from fondaco.platform.audit import checks
from fondaco.platform.database.unit import unit_of_work
from tests import databases

LAST, DAYS, SCALE = date(2026, 11, 24), 35, 0.3


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


def test_all_checks_hold(built: building.Built) -> None:
    with unit_of_work("program.test", "check"):
        assert [(v.check.key, v.rows[:3]) for v in checks.run() if not v.holds] == []


def test_its_people_can_sign_in_with_the_passwords_made_for_them(built: building.Built) -> None:
    assert len(built.passwords) == len(founding.document("company")["user"])
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
        life = living.Life(house, SCALE, LAST, living.Random(seed))
        return [life.document(c, LAST) for c in life.draw_customers(50)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def totals(company: Company) -> tuple[tuple[int, Decimal], ...]:
    return tuple(
        tuple(model.objects.filter(company=company).aggregate(n=Count("id"), total=Sum(amount)).values())
        for model, amount in ((Order, "gross"), (Invoice, "gross"), (Payment, "amount"))
    )


def test_the_demo_is_not_built_beside_a_real_company(live_database: str, built: building.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(founding, "code", lambda: "ANOTHER")
    with pytest.raises(building.RealCompany, match="--beside"):
        building.build(SCALE, found=found_company, last=LAST, days=DAYS)
