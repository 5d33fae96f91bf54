"""PR-09 as the sales manager sees it: what will be invoiced, what contracts bring and which end soon; each figure a door to what it is made of."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from fondaco.frontoffice.sales.models import Quote
from fondaco.frontoffice.subscriptions.models import Contract
from fondaco.frontoffice.subscriptions.pricing import months_after
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from tests.frontoffice.subscriptions.conftest import Subscribing


@pytest.fixture
def roberta(books):
    with unit_of_work("test", "test"):
        user = User.objects.create(username="roberta", name="Roberta Galli", password=make_password("roberta"), language="it")
        role = Role.objects.create(key="manager", name="Manager")
        patterns = ("subscriptions.*", "parties.*", "companies.*", "catalog.view_*", "invoicing.view_*")
        RolePermission.objects.bulk_create([RolePermission(role=role, pattern=p, scope="company") for p in patterns])
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": "roberta", "password": "roberta"})
    return client


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_PR_09_every_figure_opens_what_it_is_made_of(books, roberta):
    desk = Subscribing(books)
    today = timezone.localdate()
    begin = months_after(today.replace(day=1), -2)
    customer = books.customer("Bar Duomo")
    contract = desk.contract(
        {"product": desk.care, "quantity": "2", "unit_price": "50"}, {"product": desk.hire, "unit_price": "100"}, customer=customer,
        starts_on=str(begin), steps=[{"product": desk.hire.pk, "from_on": str(months_after(begin, 6)), "quantity": "1", "unit_price": "130"}],
    )  # fmt: skip
    desk.bill(contract, str(today))
    calendar = roberta.get("/sell/billing-calendar")
    assert "Ricorrente" in text(calendar) and "Scaglioni" in text(calendar) and "230,00" in text(calendar)
    months = sorted(set(re.findall(r'href="(/sell/billing-calendar\?month=[0-9-]+)"', calendar.content.decode())))
    assert len(months) == 12
    assert str(contract) in text(roberta.get(months[1])) and f"/contracts/{contract.pk}" in roberta.get(months[1]).content.decode()
    revenue = text(roberta.get("/sell/recurring-revenue"))
    assert "Al mese (MRR) 200,00 EUR" in revenue and "2.400,00" in revenue
    moved = text(roberta.get(f"/sell/recurring-revenue?month={begin:%Y-%m}"))
    assert "Bar Duomo" in moved and "200,00" in moved
    assert str(contract) not in text(roberta.get("/sell/renewals?days=1"))
    ends = text(roberta.get("/sell/renewals?days=400"))
    assert str(contract) in ends and "si rinnova per 12 mesi" in ends
    page = text(roberta.get(f"/contracts/{contract.pk}"))
    assert "2 × 50,00 al mese" not in page and "2 × 50.00 a month" in page  # the invoice speaks the customer's language
    assert "Contratti" in text(roberta.get(f"/customers/{customer.pk}")) or str(contract) in text(roberta.get(f"/parties/{customer.pk}"))
    assert roberta.get("/sell/billing-calendar?month=nonsense").status_code == 200


def test_PR_09_a_contract_and_a_quote_that_recurs_are_written_down_by_their_forms(books, roberta):
    """What a form sends of a choice of months are figures in text."""
    desk = Subscribing(books)
    with unit_of_work("test", "test"):
        RolePermission.objects.create(role=Role.objects.get(key="manager"), pattern="sales.*", scope="company")
    customer = books.customer("Bar Duomo").pk
    line = {
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-product": str(desk.care.pk),
        "lines-0-quantity": "2",
        "lines-0-unit_price": "50,5",
    }
    common = {"company": str(books.company.pk), "customer": str(customer), "term_months": "24", **line}
    contract = {**common, "starts_on": "01/01/2026", "every_months": "3", "calendar": "calendar", "notice_days": "60", "renewal_months": "12",
                "lines-0-kind": "recurring", "lines-0-per_months": "1", "lines-0-rating": "graduated"}  # fmt: skip
    assert roberta.post("/contracts/new", contract).status_code == 302
    made = Contract.objects.get()
    assert (made.every_months, made.lines.get().per_months, made.lines.get().unit_price) == (3, 1, Decimal("50.5"))
    quote = {**common, "on": "10/01/2026", "lines-0-per_months": "12"}
    shown = roberta.post("/quotes/preview", quote).json()
    assert {t["key"]: t["value"] for t in shown["totals"]}["term_value"] == "202,00 EUR"
    assert roberta.post("/quotes/new", quote).status_code == 302
    offered = Quote.objects.get()
    assert (offered.lines.get().per_months, offered.monthly, offered.term_value) == (12, Decimal("8.42"), Decimal(202))
