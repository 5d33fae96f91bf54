"""PR-04, PR-10: a configured product on a quote, and what becomes of it: order and invoice with the same amounts to the cent."""

import io
import random
from decimal import Decimal

import pypdf
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from fondaco.connectors.demo.configured import BAR, OFFICE, offer
from fondaco.frontoffice.configurator.choosing import OPEN
from fondaco.frontoffice.configurator.models import ProductModel
from fondaco.frontoffice.configurator.queries import advisor_of
from fondaco.frontoffice.configurator.refusals import NotConfigurable
from fondaco.frontoffice.sales.answering import accept_by_link, view_by_link
from fondaco.frontoffice.sales.fingerprints import fingerprint
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order, Quote, QuoteLine
from fondaco.frontoffice.sales.printing import order_pdf, quote_pdf
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.frontoffice.sales.refusals import NoSuchLine, SignatureUnreadable
from fondaco.masterdata.catalog.models import Product
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import edit
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(books):
    return Shop(books)


@pytest.fixture
def machine(shop):
    return Product.objects.get(pk=offer()["LAG-CFG"])


def put(shop, document, product, choices, quantity="1", **more):
    what = "configure_quote" if isinstance(document, Quote) else "configure_order"
    return shop.books.do(f"sales.{what}", document.pk, product=product.pk, choices=choices, quantity=quantity, **more)


def test_a_configured_line_has_words_a_price_and_its_reasons(shop, machine):
    quote = shop.quote((shop.cup, 2), send=False)
    put(shop, quote, machine, BAR, "2")
    line = QuoteLine.objects.get(quote=quote, product=machine)
    assert (line.position, line.unit_price, line.net) == (2, Decimal("9790.00"), Decimal("19580.00"))
    assert line.description.startswith("Laguna espresso machine, made to order – Groups: 2, Boiler: dual boiler, ")
    assert line.description.endswith("Grinder: on demand, configured, Burrs: conical, 68 mm, Hopper: 2 kg")
    assert line.price_explanation["sentence"] == "List price of LAG-CFG; as configured"
    assert sum(Decimal(s["amount"]) for s in line.price_explanation["steps"]) == line.unit_price
    quote.refresh_from_db()
    assert quote.net == Decimal("19586.66")
    put(shop, quote, machine, OFFICE, line=line.pk)
    line.refresh_from_db()
    assert (line.quantity, line.unit_price, line.configuration.choices["dosing"]) == (1, Decimal("4440.00"), "lever")
    assert "Dosing: lever" in line.description


def test_the_lists_price_the_bare_product_and_what_is_chosen_comes_on_top(shop, machine):
    from fondaco.platform.resources.writing import create

    rules = [{"product": machine.pk, "min_quantity": "5", "price": "3000"}]
    create(ACTOR, RESOURCES["price-lists"], [{"code": "P", "name": "Trade", "currency": "EUR", "rules": rules}])
    quote = shop.quote((shop.cup, 2), send=False)
    put(shop, quote, machine, OFFICE, "4")
    put(shop, quote, machine, OFFICE, "5")
    assert list(QuoteLine.objects.filter(quote=quote, product=machine).order_by("position").values_list("unit_price", flat=True)) == [
        4440,
        3950,
    ]


def test_editing_the_quote_keeps_the_configuration_and_another_product_loses_it(shop, machine):
    quote = shop.quote((shop.cup, 2), send=False)
    put(shop, quote, machine, BAR)
    first, second = QuoteLine.objects.filter(quote=quote).order_by("position")
    lines = [{"id": first.pk, "quantity": 3}, {"id": second.pk, "quantity": 4, "discount_percent": "5"}]
    edit(ACTOR, RESOURCES["quotes"], {quote.pk: {"lines": lines}})
    second.refresh_from_db()
    assert (second.unit_price, second.net, second.configuration.choices) == (Decimal("9790.00"), Decimal("37202.00"), BAR)
    edit(
        ACTOR,
        RESOURCES["quotes"],
        {quote.pk: {"lines": [{"id": second.pk, "product": shop.cup.pk, "unit_price": None, "description": ""}]}},
    )
    second.refresh_from_db()
    assert (second.configuration, second.unit_price) == (None, Decimal("3.33"))


def test_a_quote_that_was_sent_keeps_its_configuration_whatever_is_released_later(shop, machine):
    quote = shop.quote((shop.cup, 2), send=False)
    put(shop, quote, machine, BAR)
    shop.books.do("sales.send", quote.pk, on="2026-02-02")
    before = fingerprint(Quote.objects.get(pk=quote.pk), lines_of(QuoteLine, [quote.pk])[quote.pk])
    with pytest.raises(WrongState):
        put(shop, quote, machine, OFFICE)
    model = ProductModel.objects.get(product=machine)
    (second,) = shop.books.do("configurator.draft_next", model.pk).made["product-models"]
    values = list(model.values.filter(attribute="body").values_list("code", flat=True))
    assert "copper" in values
    edit(ACTOR, RESOURCES["product-models"], {second: {"rules": [{"name": "No copper", "rule": "groups <= 3"}]}})
    shop.books.do("configurator.release", second)
    shop.books.do("sales.accept", quote.pk, reason="By phone", name="Anna", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    line = order.lines.get(product=machine)
    assert (line.configuration.model_id, line.configuration.choices) == (model.pk, BAR)
    assert fingerprint(Quote.objects.get(pk=quote.pk), lines_of(QuoteLine, [quote.pk])[quote.pk]) == before
    assert advisor_of(line.configuration.model_id, "en").shape.model == model.pk


def test_what_cannot_go_onto_a_quote_is_refused(shop, machine):
    quote = shop.quote((shop.cup, 2), send=False)
    with pytest.raises(NotConfigurable, match="Cup"):
        put(shop, quote, shop.cup, {})
    with pytest.raises(NoSuchLine):
        put(shop, quote, machine, OFFICE, line=987654)
    assert QuoteLine.objects.filter(quote=quote).count() == 1


def at_random(advisor, pick):
    choices: dict[str, str] = {}
    for _click in range(pick.randrange(1, 9)):
        options = [(s.place.key, c) for s in advisor.look(choices) if not s.value for c, state in s.options.items() if state == OPEN]
        if not options:
            break
        key, code = pick.choice(options)
        choices[key] = code
    return advisor.completed(choices)


@pytest.mark.parametrize("currency", ["JPY", "EUR", "BHD"])
@pytest.mark.parametrize("rounding", ["document", "line"])
@pytest.mark.parametrize("included", [False, True])
def test_random_configurations_cost_the_same_on_quote_order_and_invoice(shop, machine, currency, rounding, included):
    seed = f"{currency} {rounding} {included}"
    print("seed", seed)  # noqa: T201  a failure is repeated with it
    pick = random.Random(seed)
    if currency != "EUR":
        shop.books.rate(currency, {"JPY": "0.0061", "BHD": "2.41"}[currency], "2026-01-01")
    with unit_of_work("test", "test"):
        type(shop.books.company).objects.filter(pk=shop.books.company.pk).update(tax_rounding=rounding)
    shop.receive(machine, "100", "1500.00")
    shop.receive(shop.cup, "100", "1.00")
    advisor = advisor_of(ProductModel.objects.get(product=machine).pk, "en")
    cups = {"unit_price": f"{pick.randrange(100, 999)}.{pick.randrange(10, 99)}", "discount_percent": "3.33"}
    quote = shop.quote((shop.cup, pick.randrange(1, 9), cups), send=False, currency=currency, prices_include_tax=included)
    for _line in range(4):
        put(shop, quote, machine, at_random(advisor, pick), str(pick.randrange(1, 7)))
    lines = QuoteLine.objects.filter(quote=quote).order_by("position")
    edit(
        ACTOR,
        RESOURCES["quotes"],
        {quote.pk: {"lines": [{"id": ln.pk, "discount_percent": f"{pick.randrange(0, 4000) / 100}"} for ln in lines]}},
    )
    shop.books.do("sales.send", quote.pk, on="2026-02-02")
    shop.books.do("sales.accept", quote.pk, reason="By phone", name="Anna", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-11", post=True)
    (invoice,) = shop.invoices(order)
    quote.refresh_from_db()
    assert quote.net > 0
    assert (quote.net, quote.tax, quote.gross) == (order.net, order.tax, order.gross) == (invoice.net, invoice.tax, invoice.gross)
    amounts = [
        list(d.lines.order_by("position").values_list("description", "unit_price", "discount_percent", "net", "tax"))
        for d in (quote, order, invoice)
    ]
    assert amounts[0] == amounts[1] == amounts[2]
    shop.books.assert_checks_hold()


def test_statements_do_not_grow_with_documents_or_lines(shop, machine):
    quotes = [shop.quote((shop.cup, 2), send=False) for _n in range(5)]
    counts = []
    for some in (quotes[:1], quotes[1:]):
        with CaptureQueriesContext(connection) as seen:
            shop.books.do("sales.configure_quote", [q.pk for q in some], product=machine.pk, choices=BAR)
        counts.append(len(seen))
    assert counts[1] <= counts[0]


SIGNED = "M100 200 L120 180 L180 240 M300 200 L420 210"


def test_PR_08_a_customer_signs_and_what_he_signed_stays_and_is_printed(shop, machine):
    quote = shop.quote((shop.cup, 2), send=False)
    put(shop, quote, machine, BAR)
    shop.books.do("sales.send", quote.pk)
    token = token_of(Quote.objects.get(pk=quote.pk).link_seed)
    asked = view_by_link(token)["consent"]
    assert asked == "I accept quote QUO/2026/00001 of TEST S.r.l. as it stands here, for 11,951.93 EUR, and am entitled to do so."
    for drawn in ('M1 1 L2 2"/><script>', "M1 1", "M1000 1 L2 2", "L1 1 L2 2", "M1 1 C2 2", "M1 1" + " L2 2" * 9000):
        with pytest.raises(SignatureUnreadable):
            accept_by_link(token, "Anna Bianchi", "203.0.113.9", "Browser", drawn)
    accept_by_link(token, "Anna Bianchi", "203.0.113.9", "Browser", SIGNED)
    quote = Quote.objects.get(pk=quote.pk)
    kept = (quote.accepted_by, quote.accepted_address, quote.accepted_consent, quote.accepted_signature)
    assert kept == ("Anna Bianchi", "203.0.113.9", asked, SIGNED)
    assert quote.accepted_content == fingerprint(quote, lines_of(QuoteLine, [quote.pk])[quote.pk])
    for name, value in (("accepted_signature", "M1 1 L2 2"), ("accepted_consent", "other"), ("accepted_address", "")):
        with pytest.raises(DatabaseError, match="accepted"), transaction.atomic(), unit_of_work("test", "test"):
            Quote.objects.filter(pk=quote.pk).update(**{name: value})
    paper = quote_pdf(quote)
    text = pypdf.PdfReader(io.BytesIO(paper)).pages[0].extract_text()
    assert "Burrs" in text
    assert "conical, 68 mm" in text
    assert "Laguna espresso machine, made to order – Groups" not in text
    order = Order.objects.get(quote=quote)
    assert b"%PDF" in order_pdf(order)[:10]


def test_PR_08_the_database_takes_no_signature_that_is_not_lines(shop):
    quote = shop.quote((shop.cup, 2))
    with pytest.raises(DatabaseError, match="quote_signature_is_lines"), transaction.atomic(), unit_of_work("test", "test"):
        Quote.objects.filter(pk=quote.pk).update(accepted_signature='M1 1 L2 2"/>')
