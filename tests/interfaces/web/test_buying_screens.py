"""The screens of buyers and vendors in a browser: prices beside the line (PC-08), a vendor's offer and the comparison (PC-02), his own page (PC-06),
scorecard and spend (PC-05, PC-07); wide, on a phone, dark, Italian, and nothing that a reader with a screen reader stumbles over."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from fondaco.operations.sourcing.answering import answer_by_link
from fondaco.operations.sourcing.links import access_token, token_of
from fondaco.operations.sourcing.models import Invitation, VendorAccess
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import AXE, Visitor
from tests.operations.purchasing.test_contracts import Agreeing

TODAY = date.today()  # noqa: DTZ011  the pages propose today
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def on_phone(chromium, address, name):
    """Somebody signed in who then takes the phone."""
    visitor = Visitor(chromium, address, color_scheme="dark").signed_in(name)
    visitor.page.set_viewport_size(PHONE["viewport"])
    return visitor


def reads_well(visitor):
    """Nothing serious for those who hear the page, and nothing wider than the window."""
    visitor.page.evaluate(AXE.read_text())
    serious = visitor.page.evaluate(
        "axe.run().then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id))"
    )
    assert serious == [], visitor.page.url
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), visitor.page.url


@pytest.fixture(scope="module")
def market(live_address, django_db_blocker):
    """A buyer with orders, bills, a contract, a request for quotation answered by two, and a vendor with a page of his own."""
    with django_db_blocker.unblock():
        books = open_books(years=(2025, 2026, *({TODAY.year} - {2025, 2026})))
        buying = Agreeing(books)
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            for name, language in (("ada", "en"), ("ida", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=everything)
        days = [TODAY - timedelta(days=n) for n in (20, 10)]
        for day, price, late in zip(days, ("2.40", "2.60"), (0, 3), strict=True):
            order = buying.order(("40", price), on=str(day), expected_on=str(day + timedelta(days=2)))
            buying.take_in(order, on=str(day + timedelta(days=2 + late)))
            buying.bill(("40", "2.70"), on=str(day + timedelta(days=5)))
        buying.contract("1000", valid_from=str(TODAY), valid_to=str(TODAY + timedelta(days=20)), on=str(TODAY))
        buying.open_order = buying.order(("60", "2.50"), on=str(TODAY), expected_on=str(TODAY + timedelta(days=9)))
        alfa, beta, ceta = (
            books.vendor(n, language="it" if n == "Alfa Bulloneria" else "en") for n in ("Alfa Bulloneria", "Bolts and Nuts", "Ceta")
        )
        given = {
            "company": books.company.pk, "subject": "Bolts for spring", "on": str(TODAY), "answer_by": str(TODAY + timedelta(days=7)),
            "conditions": "Delivered free, packed in boxes of 50.",
            "lines": [{"product": buying.bolt.pk, "quantity": "400"}, {"description": "Setting up the machine", "quantity": "1"}],
            "invitations": [{"vendor": alfa.pk}, {"vendor": beta.pk, "duty_percent": "4"}, {"vendor": ceta.pk}],
        }  # fmt: skip
        (buying.request,) = create(ACTOR, RESOURCES["quote-requests"], [given]).ids
        books.do("sourcing.send", buying.request)
        buying.tokens = [token_of(i.link_seed) for i in Invitation.objects.filter(request=buying.request).order_by("position")]
        lines = list(Invitation.objects.filter(request=buying.request)[0].request.lines.order_by("position").values_list("pk", flat=True))
        for token, prices, freight in ((buying.tokens[0], ("2.35", "90"), "0"), (buying.tokens[1], ("2.05", "150"), "60")):
            answer = dict(zip(lines, prices, strict=True))
            answer_by_link(token, {"prices": answer, "days": {lines[0]: 12}, "currency": "EUR", "freight": freight, "by": "Ada"})
        (access,) = create(
            ACTOR, RESOURCES["vendor-links"], [{"company": books.company.pk, "vendor": buying.vendor.pk, "on": str(TODAY)}]
        ).ids
        books.do("sourcing.open_access", access)
        buying.access = access_token(VendorAccess.objects.get(pk=access).link_seed)
        need = {
            "company": books.company.pk,
            "purpose": "Refit of the shop",
            "on": str(TODAY),
            "lines": [{"product": buying.bolt.pk, "quantity": "5"}],
        }
        (buying.need,) = create(ACTOR, RESOURCES["requisitions"], [need]).ids
        books.do("sourcing.submit", buying.need)
        yield buying, live_address


def test_prices_stand_beside_the_line_one_types_and_the_contract_gives_the_price(chromium, market):
    _buying, address = market
    buyer = Visitor(chromium, address).signed_in("ada").go("/purchase-orders/new")
    buyer.pick("vendor", "Levante")
    buyer.pick("lines-0-product", "BOLT")
    beside = buyer.page.locator("[data-beside]")
    expect(beside).to_contain_text("Torrefazione Levante: 2.50 on")
    buyer.page.fill("[name='lines-0-quantity']", "600")
    expect(buyer.page.locator("[name='lines-0-unit_price']")).to_have_value("2.00")
    expect(buyer.page.locator("[data-total=net]")).to_contain_text("1,200.00")
    reads_well(buyer.picture("order-price-memory"))
    assert buyer.complaints == []


def test_a_vendor_offers_on_a_phone_in_italian_and_the_buyer_compares(chromium, market):
    buying, address = market
    vendor = Visitor(chromium, address, **PHONE).go(f"/rfq/{buying.tokens[0]}")
    expect(vendor.page.locator("h1")).to_contain_text("Richiesta d'offerta: Bolts for spring")
    reads_well(vendor.picture("rfq-vendor-phone-it"))
    wide = Visitor(chromium, address, color_scheme="dark").go(f"/rfq/{buying.tokens[2]}")
    reads_well(wide.picture("rfq-vendor-wide-dark"))
    buyer = Visitor(chromium, address).signed_in("ada").go(f"/quote-requests/{buying.request}/compare?fill=1")
    expect(buyer.page.locator(".tag.best")).to_have_count(2)
    reads_well(buyer.picture("rfq-comparison"))
    on_phone(chromium, address, "ida").go(f"/quote-requests/{buying.request}/compare").picture("rfq-comparison-phone-dark-it")
    reads_well(buyer.go(f"/quote-requests/{buying.request}").picture("rfq-record"))
    assert vendor.complaints == wide.complaints == buyer.complaints == []


def test_a_vendors_own_page(chromium, market):
    buying, address = market
    vendor = Visitor(chromium, address).go(f"/v/{buying.access}")
    reads_well(vendor.picture("vendor-portal"))
    vendor.page.get_by_role("link", name="PO/").first.click()
    vendor.page.wait_for_load_state()
    reads_well(vendor.picture("vendor-order"))
    phone = Visitor(chromium, address, **PHONE, color_scheme="dark").go(f"/v/{buying.access}/orders/{buying.open_order}")
    phone.press("Confirm order")
    expect(phone.page.locator("main")).to_contain_text("Thank you")
    reads_well(phone.picture("vendor-order-phone-dark"))
    assert vendor.complaints == phone.complaints == []


def test_scorecard_spend_contract_and_requisition(chromium, market):
    buying, address = market
    buyer = Visitor(chromium, address).signed_in("ada")
    for name, path in (
        ("scorecards", "/buy/scorecards"),
        ("scorecard", f"/buy/scorecards/{buying.vendor.pk}"),
        ("spend", "/buy/spend"),
        ("vendor-page", f"/customers/{buying.vendor.pk}"),
        ("contract", "/purchase-contracts/1"),
        ("requisition", f"/requisitions/{buying.need}"),
    ):
        reads_well(buyer.go(path).picture(name))
    italian = on_phone(chromium, address, "ida")
    for name, path in (
        ("scorecard-phone-dark-it", f"/buy/scorecards/{buying.vendor.pk}"),
        ("spend-phone-dark-it", "/buy/spend?by=product"),
    ):
        italian.go(path).picture(name)
    assert buyer.complaints == italian.complaints == []
