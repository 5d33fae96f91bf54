"""Every list and form of the menu, wide, on a small screen and on a phone: nothing is cut off (DESIGN.md, Lists; in Italian, whose words are longer)."""

from datetime import date

import pytest
from django.contrib.auth.hashers import make_password

from fondaco.interfaces.web.frame import SCREENS
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books
from tests.browser import Visitor
from tests.frontoffice.sales.shop import Shop

WIDTHS = (1440, 1024, 390)
LISTS = [r.url() for r in RESOURCES.values() if r.job]
FORMS = [f"{r.url()}/new" for r in RESOURCES.values() if r.job and r.write_permission]
#: What stands in a page and cannot be read: the page itself is wider than the window, a cell hides a part of its text, a table that
#: scrolls cannot be reached by keyboard; on a wide screen no list
#: scrolls sideways at all.
CUT = """(wide) => {
  const found = [], root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + 1) found.push(`the page is ${root.scrollWidth} wide`);
  for (const wrap of document.querySelectorAll("main .table-wrap, main .grid-wrap")) {
    if (wrap.scrollWidth <= wrap.clientWidth + 1) continue;
    if (wide && wrap.matches(".list .folds")) found.push(`${wrap.getAttribute("aria-label")} is ${wrap.scrollWidth} wide, ${wrap.clientWidth} are seen`);
    if (wrap.tabIndex < 0 && !wrap.querySelector("a, button, input, select, textarea")) found.push(`${wrap.className} scrolls, but not by keyboard`);
  }
  for (const cell of document.querySelectorAll("main td, main th, main dd, main h1, main .button, main label")) {
    if (!cell.offsetParent || cell.closest(".unseen")) continue;
    if (cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).overflowX !== "visible" && !cell.matches("[title], [data-tip]"))
      found.push(`cut: ${cell.tagName} ${cell.textContent.trim().slice(0, 40)}`);
  }
  return [...new Set(found)];
}"""


@pytest.fixture(scope="module")
def house(live_address, django_db_blocker):
    """A shop with one of everything on the way from lead to invoice, with long names, and Ada, who may everything and reads Italian."""
    with django_db_blocker.unblock():
        shop = Shop(open_books(years=(2025, date.today().year)))  # noqa: DTZ011  the browser's forms propose today
        shop.receive(shop.machine, "20", "800.00")
        company = shop.books.company.pk
        with unit_of_work("test", "people"):
            everything = Role.objects.create(key="everything", name="Everything")
            RolePermission.objects.create(role=everything, pattern="*")
            ada = User.objects.create(username="ada", name="Ada Rossi della Torre", password=make_password("ada"), language="it")
            Membership.objects.create(user=ada, role=everything)
            shop.customer.name = "Suministros Hosteleros y Cafeteras del Poniente Sociedad Limitada"
            shop.customer.salesperson = ada
            shop.customer.save()
        order = shop.order((shop.machine, 5), (shop.course, 1))
        shop.did("deliver", order, on="2026-02-10")
        shop.did("invoice", order, on="2026-02-11", post=True)
        shop.quote((shop.machine, 2))
        deal = {"company": company, "party": shop.customer.pk, "on": "2026-02-02", "amount": "123456.78", "expected_close": "2026-12-31"}
        create(
            ACTOR,
            RESOURCES["opportunities"],
            [deal | {"name": "Nuova macchina per l'Hotel Drei Kastanien, secondo piano", "salesperson": ada.pk}],
        )
        yield live_address


@pytest.mark.parametrize("kind", ["lists", "forms"])
def test_nothing_is_cut_off_at_any_width(house, chromium, kind):
    ada = Visitor(chromium, house).signed_in("ada")
    # Live connections have a process of their own, which is proved beside the wall.
    ada.context.add_init_script("window.EventSource = class { close() {} }")
    wrong = {}
    addresses = [*LISTS, *(s.url for s in SCREENS), "/invoices/1", "/orders/1"] if kind == "lists" else FORMS
    for address in dict.fromkeys(addresses):
        answer = ada.page.goto(house + address)
        if answer.status >= 400:
            continue
        for width in WIDTHS:
            ada.page.set_viewport_size({"width": width, "height": 900})
            if found := ada.page.evaluate(CUT, width == max(WIDTHS)):
                wrong[f"{address} at {width}"] = found
    assert len(addresses) > 20
    assert not wrong, "\n".join(f"{k}: {v}" for k, v in wrong.items())
    ada.done()
