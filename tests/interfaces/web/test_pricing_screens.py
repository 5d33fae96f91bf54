"""Prices, discounts and margins in a browser (PR-01, PR-02, PR-06), and rebates (PR-03): they fill in while a quote is typed, stay when another is entered, and the page says which rule won and why."""

import re
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.pricing.models import RebateAgreement
from fondaco.frontoffice.sales.models import Quote
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import Visitor
from tests.frontoffice.pricing.test_discounts import Desk
from tests.frontoffice.sales.shop import Shop
from tests.interfaces.web.test_buying_screens import on_phone, reads_well

TODAY = date.today()  # noqa: DTZ011  the pages propose today


@pytest.fixture(scope="module")
def market(live_address, django_db_blocker):
    """A shop with discounts for bars and by the dozen, and two clerks."""
    with django_db_blocker.unblock():
        shop = Shop(open_books(years=(2025, 2026, *({TODAY.year} - {2025, 2026}))))
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            for name, language in (("ada", "en"), ("ida", "it")):
                user = User.objects.create(username=name, name=name.title(), password=make_password(name), language=language)
                Membership.objects.create(user=user, role=everything)
        shop.receive(shop.machine, "8", "1000.00")
        desk = Desk(shop)
        trade, volume = desk.step(10, "Trade"), desk.step(20, "Volume")
        desk.rule(trade, "Bars", "10", name_it="Bar", group=desk.group("Bars", shop.customer))
        desk.rule(volume, "By the dozen", "5", name_it="A dozzine", product=shop.cup.pk, from_quantity="12")
        desk.limit(floor_percent="11")
        given = {"company": shop.books.company.pk, "kind": "commission", "percent": "2"}
        create(ACTOR, RESOURCES["selling-costs"], [given])
    return shop, live_address


def test_PR_02_a_clerk_types_a_quote_and_reads_why(chromium, market):
    """PR-01, PR-02, PR-06."""
    _shop, address = market
    ada = Visitor(chromium, address).signed_in("ada").go("/quotes/new")
    page = ada.page
    ada.pick("customer", "Bar Duomo")
    ada.pick("lines-0-product", "CUP")
    discount = page.locator("[name='lines-0-discount_percent']")
    expect(discount).to_have_value("10")
    page.locator("[name='lines-0-quantity']").fill("12")
    expect(discount).to_have_value("14.5")
    expect(page.locator("[data-total='net']")).to_contain_text("34.17")
    page.get_by_role("button", name="Add line").click()
    ada.pick("lines-1-product", "M1")
    expect(page.locator("[name='lines-1-discount_percent']")).to_have_value("7.5")
    page.get_by_role("button", name="Add line").click()
    ada.pick("lines-2-product", "COURSE")
    own = page.locator("[name='lines-2-discount_percent']")
    expect(own).to_have_value("10")
    own.fill("0")
    expect(page.locator("[data-total='net']")).to_contain_text("1,294.17")
    expect(own).to_have_value("0")
    expect(page.locator("[data-total='reckoned']")).to_contain_text("no cost known")
    expect(page.locator("tr[data-index='1'] [data-out='reckoned']")).to_have_text("87.80 (7.9%)")
    reads_well(ada.picture("pricing-quote-form"))
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url(re.compile(r"/quotes/\d+$"))
    margin = page.locator("#margin")
    expect(margin).to_contain_text("Of some goods no cost is known")
    margin.scroll_into_view_if_needed()
    reads_well(ada.picture("pricing-margin"))
    section = page.locator("#prices")
    expect(section).to_contain_text("How the prices came about")
    section.locator("summary").first.click()
    expect(section).to_contain_text("the closest rule of Volume")
    section.locator("summary").nth(1).click()
    expect(section).to_contain_text("the margin floor cut 10 to 7.5 percent")
    section.scroll_into_view_if_needed()
    reads_well(ada.picture("pricing-reasons"))
    with unit_of_work("test", "test"):
        quote = Quote.objects.get()
        assert [str(d.normalize()) for d in quote.lines.order_by("position").values_list("discount_percent", flat=True)] == [
            "14.5",
            "7.5",
            "0",
        ]
        assert {ln.price_explanation["source"] for ln in quote.lines.all()} == {"list"}
    ada.go(f"/quotes/{quote.pk}/edit")
    page.locator("[name='lines-0-quantity']").fill("3")
    expect(page.locator("[name='lines-0-discount_percent']")).to_have_value("10")
    expect(page.locator("tr[data-index='1'] [data-out='reckoned']")).to_have_text("87.80 (7.9%)")
    for name, path in (
        ("rules", "/discount-rules"),
        ("steps", "/discount-steps"),
        ("limits", "/discount-limits"),
        ("groups", "/customer-groups"),
    ):
        reads_well(ada.go(path).picture(f"pricing-{name}"))
    reads_well(ada.go("/discount-rules/new").picture("pricing-rule-form"))
    ada.done()
    ida = on_phone(chromium, address, "ida")
    ida.go(f"/quotes/{quote.pk}")
    expect(ida.page.locator("#prices summary").first).to_be_visible()
    ida.page.locator("#margin").scroll_into_view_if_needed()
    reads_well(ida.picture("pricing-margin-phone"))
    ida.page.locator("#prices summary").first.click()
    ida.page.locator("#prices").scroll_into_view_if_needed()
    reads_well(ida.picture("pricing-reasons-phone"))
    reads_well(ida.go("/discount-rules").picture("pricing-rules-phone"))
    ida.done()


def test_PR_06_who_may_not_see_margins_sees_none(chromium, market, django_db_blocker):
    shop, address = market
    with django_db_blocker.unblock(), unit_of_work("test", "people"):
        seller = Role.objects.create(key="seller", name="Seller")
        for pattern in ("sales.view_*", "sales.write_quote", "catalog.view_*", "parties.view_*", "companies.view_*", "tax.view_*"):
            RolePermission.objects.create(role=seller, pattern=pattern)
        user = User.objects.create(username="ugo", name="Ugo", password=make_password("ugo"), language="en")
        Membership.objects.create(user=user, role=seller)
        quote = shop.quote((shop.machine, 1), send=False, on=str(TODAY))
    ugo = Visitor(chromium, address).signed_in("ugo").go(f"/quotes/{quote.pk}")
    expect(ugo.page.locator("#prices")).to_be_visible()
    assert "argin" not in ugo.page.locator("main").inner_text().replace("the margin floor", "")
    ugo.go(f"/quotes/{quote.pk}/edit")
    assert ugo.page.locator("[data-out='reckoned'], [data-total='reckoned']").count() == 0
    answer = ugo.page.request.post(
        f"{address}/quotes/preview",
        data={"record": str(quote.pk)},
        headers={"X-CSRFToken": ugo.page.locator("[name=csrfmiddlewaretoken]").first.input_value()},
    )
    assert "reckoned" not in answer.text()
    ugo.done()


def test_PR_03_an_agreement_is_signed_accrues_and_is_settled(chromium, market, django_db_blocker):
    shop, address = market
    with django_db_blocker.unblock():
        bar = shop.books.customer("Bar Centrale")
        for amount, on in (("8000.00", "2026-02-01"), ("5000.00", "2026-02-10")):
            shop.books.invoice(bar, [{"description": "Coffee", "quantity": "1", "unit_price": amount}], on)
    ada = Visitor(chromium, address).signed_in("ada").go("/rebate-agreements/new")
    page = ada.page
    ada.pick("customer", "Bar Centrale")
    page.locator("[name=valid_from]").fill("2026-01-01")
    page.locator("[name=valid_to]").fill("2026-03-31")
    page.locator("[name='tiers-0-from_turnover']").fill("0")
    page.locator("[name='tiers-0-percent']").fill("1")
    page.get_by_role("button", name="Add line").first.click()
    page.locator("[name='tiers-1-from_turnover']").fill("10000")
    page.locator("[name='tiers-1-percent']").fill("2")
    reads_well(ada.picture("rebate-form"))
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_url(re.compile(r"/rebate-agreements/\d+$"))
    ada.press("Bring into force")
    ada.confirm_sheet("Bring into force")
    expect(page.locator("main")).to_contain_text("260.00")
    reads_well(ada.picture("rebate-agreement"))
    reads_well(ada.go("/rebate-agreements").picture("rebate-agreements"))
    with unit_of_work("test", "test"):
        (agreement,) = RebateAgreement.objects.all()
        assert agreement.tiers.count() == 2, "a line of 0 and 1 was typed too"
    ada.go(f"/rebate-agreements/{agreement.pk}").press("Settle rebate")
    ada.confirm_sheet("Settle rebate")
    with unit_of_work("test", "test"):
        note = Invoice.objects.get(source_table="pricing_rebateagreement")
    assert (note.kind, note.net) == ("credit_note", 260)
    reads_well(ada.go(f"/invoices/{note.pk}").picture("rebate-credit-note"))
    ada.done()
    ida = on_phone(chromium, address, "ida")
    reads_well(ida.go(f"/rebate-agreements/{agreement.pk}").picture("rebate-agreement-phone"))
    ida.done()
