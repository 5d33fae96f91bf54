"""From quote to credit note: quantities and amounts per line at every moment (OM-01, OM-08, PR-01, PR-08, PR-10)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.sales.actions.orders import close_quiet
from fondaco.frontoffice.sales.actions.quotes import expire_due
from fondaco.frontoffice.sales.answering import accept_by_link, decline_by_link, view_by_link
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order, OrderLine, Quote, QuoteLine
from fondaco.frontoffice.sales.queries import flow, is_goods, measured_lines, to_invoice, uninvoiced
from fondaco.frontoffice.sales.refusals import (
    ConfirmedOrder,
    DeliveredAlready,
    LinkClosed,
    MoreThanDelivered,
    MoreThanOrdered,
    NameMissing,
    NoPrice,
    NothingToDeliver,
    NothingToInvoice,
    OnlyThroughLink,
    OutOfDate,
    SentQuote,
)
from fondaco.masterdata.catalog.models import PriceList, PriceListMember, PriceRule
from fondaco.masterdata.parties.models import Interaction
from fondaco.operations.inventory.models import GoodsIssue, Reservation, StockMove
from fondaco.operations.inventory.refusals import NotEnoughStock
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.flow import flow_of
from fondaco.platform.documents.performing import refusals_translated
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR


def test_a_quote_becomes_order_delivery_invoice_return_and_credit_note(shop):
    shop.receive(shop.machine, "10", "800.00")
    quote = shop.quote((shop.machine, 5), (shop.course, 1))
    assert (quote.number, quote.state, quote.net, quote.gross) == ("QUO/2026/00001", "sent", Decimal(6150), Decimal(7503))

    seen = accept_by_link(token_of(quote.link_seed), "Anna Bianchi", "203.0.113.9", "Browser")
    assert (seen["state"], seen["accepted"]["by"]) == ("accepted", "Anna Bianchi")
    order = Order.objects.get(quote=quote)
    assert (order.state, order.net, order.tax, order.gross) == ("confirmed", quote.net, quote.tax, quote.gross)
    assert shop.state(order) == ["5 5 0 0 0 0", "1 0 0 0 0 0"]

    machines, _course = order.lines.order_by("position")
    shop.did("deliver", order, on="2026-02-10", quantities={machines.pk: 3})
    assert shop.state(order) == ["5 2 3 0 0 0", "1 0 0 0 0 0"]
    shop.books.assert_journal("""
        2026-02-10 delivery DN/2026/00001
          inventory                       -2400.00
          cost_of_goods_sold               2400.00
    """)
    shop.did("invoice", order, on="2026-02-11", post=True)
    assert shop.state(order) == ["5 2 3 0 3 0", "1 0 0 0 1 0"]
    shop.did("deliver", order, on="2026-02-20")
    shop.did("invoice", order, on="2026-02-21", post=True)
    assert shop.state(order) == ["5 0 5 0 5 0", "1 0 0 0 1 0"]
    first, second = shop.invoices(order)
    assert first.gross + second.gross == order.gross

    shop.did("take_back", order, "Two arrived broken", on="2026-03-01", quantities={machines.pk: 2}, post=True)
    assert shop.state(order) == ["5 0 5 2 5 2", "1 0 0 0 1 0"]
    note = Invoice.objects.get(kind="credit_note")
    assert (note.state, note.credits, note.gross) == ("posted", second, second.gross)
    assert shop.stock(shop.machine) == (Decimal(7), Decimal(0))
    shop.did("close", order)
    shop.books.assert_checks_hold()


def test_the_flow_is_the_same_from_every_document(shop):
    shop.receive(shop.machine, "10", "800.00")
    quote = shop.quote((shop.machine, 2))
    shop.books.do("sales.accept", quote.pk, reason="By phone", name="Anna", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    shop.did("deliver", order, on="2026-02-10")
    (invoice,) = shop.books.do("sales.invoice", order.pk, on="2026-02-11", post=True).made["invoices"]
    invoice = Invoice.objects.get(pk=invoice)
    payment = shop.books.pay(shop.customer, str(invoice.gross), "2026-03-01", {shop.books.item(invoice).pk: str(invoice.gross)})
    issue = GoodsIssue.objects.get()
    ways = [flow_of(ACTOR, type(d), d.pk) for d in (quote, order, issue, invoice)]
    kinds = [[(s.kind, s.number) for s in steps] for steps in ways]
    assert all(k == kinds[0] for k in kinds)
    assert [k for k, _n in kinds[0]] == ["Quote", "Order", "Delivery", "Transport document", "Invoice", "Payment", *["Journal entry"] * 3]
    assert [s.number for s in flow_of(ACTOR, type(payment), payment.pk) if s.current] == [payment.number]
    assert [s.kind for s in flow_of(ACTOR, type(payment), payment.pk)][:4] == ["Quote", "Order", "Invoice", "Payment"]
    with CaptureQueriesContext(
        connection,
    ) as few:
        flow(ACTOR, order)
    assert len(few) <= 31, "one a kind of paper that may lie on the way"


def test_what_is_not_there_yet_stands_empty_in_the_flow(shop):
    quote = shop.quote((shop.machine, 2))
    assert [(s.kind, s.number) for s in flow(ACTOR, quote)] == [("Quote", "QUO/2026/00001"), ("Order", "")]


@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize("rounding", ["document", "line"])
def test_quote_order_and_invoice_agree_to_the_cent(shop, included, rounding):
    shop.receive(shop.cup, "100", "1.00")
    with unit_of_work("test", "test"):
        type(shop.books.company).objects.filter(pk=shop.books.company.pk).update(tax_rounding=rounding)
    lines = [(shop.cup, 7, {"unit_price": "3.337", "discount_percent": "2.5"}), (shop.cup, 3), (shop.course, 1, {"unit_price": "0.05"})]
    quote = shop.quote(*lines, prices_include_tax=included)
    shop.books.do("sales.accept", quote.pk, reason="By phone", name="Anna", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-11", post=True)
    (invoice,) = shop.invoices(order)
    assert (quote.net, quote.tax, quote.gross) == (order.net, order.tax, order.gross) == (invoice.net, invoice.tax, invoice.gross)
    amounts = [list(d.lines.order_by("position").values_list("net", "tax")) for d in (quote, order, invoice)]
    assert amounts[0] == amounts[1] == amounts[2]
    shop.books.assert_checks_hold()


def test_a_foreign_currency_is_kept_from_quote_to_credit_note(shop):
    shop.books.rate("USD", "0.90", "2026-01-01")
    shop.receive(shop.machine, "2", "800.00")
    american = shop.books.customer("Diner", "US", currency_id="USD")
    quote = shop.quote((shop.machine, 1), customer=american.pk)
    line = quote.lines.get()
    assert (quote.currency_id, line.unit_price, quote.tax) == ("USD", Decimal("1333.3333"), Decimal(0))
    shop.books.do("sales.accept", quote.pk, reason="Mail", name="Joe", on="2026-02-03")
    order = Order.objects.get(quote=quote)
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-11", post=True)
    shop.did("take_back", order, "Wrong voltage", on="2026-02-12", post=True)
    assert shop.books.balance("receivable") == 0
    shop.books.assert_checks_hold()


def test_the_line_says_which_price_rule_won_and_which_lost_and_why(shop):
    with unit_of_work("test", "test"):
        general = PriceList.objects.create(code="GEN", name="General", currency_id="EUR")
        own = PriceList.objects.create(code="OWN", name="Bar Duomo", currency_id="EUR", for_members_only=True, priority=5)
        PriceListMember.objects.create(price_list=own, party=shop.customer)
        PriceRule.objects.create(price_list=general, product=shop.machine, price=Decimal(1100))
        PriceRule.objects.create(price_list=own, product=shop.machine, price=Decimal(1000), min_quantity=3)
    few, many = shop.quote((shop.machine, 2)).lines.get(), shop.quote((shop.machine, 3)).lines.get()
    assert (few.unit_price, many.unit_price) == (Decimal(1100), Decimal(1000))
    assert few.price_explanation["sentence"] == "General: fixed price"
    assert [(r["rule"], r["won"], r["why"]) for r in few.price_explanation["rules"]] == [
        ("Bar Duomo: fixed price from 3", False, "needs a quantity of 3"),
        ("General: fixed price", True, "first that fits"),
        ("List price of M1", False, "a rule comes before the list price"),
    ]
    by_hand = shop.quote((shop.machine, 3, {"unit_price": "950"})).lines.get()
    assert (by_hand.price_explanation["source"], by_hand.price_explanation["price"]) == ("hand", "1000")
    seen = page(RESOURCES["quotes"], ACTOR, Query())
    assert seen.rows


def test_a_listed_price_follows_the_quantity_until_somebody_enters_another(shop):
    with unit_of_work("test", "test"):
        general = PriceList.objects.create(code="GEN", name="General", currency_id="EUR")
        PriceRule.objects.create(price_list=general, product=shop.machine, price=Decimal(1000), min_quantity=3)
    quote = shop.quote((shop.machine, 1), send=False)
    line = quote.lines.get()
    edit(ACTOR, RESOURCES["quotes"], {quote.pk: {"lines": [{"id": line.pk, "quantity": "3", "unit_price": "1200.00"}]}})
    line.refresh_from_db()
    assert (line.unit_price, line.net) == (Decimal(1000), Decimal(3000))


def test_a_gross_price_list_serves_net_quotes(shop):
    with unit_of_work("test", "test"):
        shops = PriceList.objects.create(code="SHOP", name="Shop", currency_id="EUR", includes_tax=True)
        PriceRule.objects.create(price_list=shops, product=shop.machine, price=Decimal(1220))
    assert shop.quote((shop.machine, 1)).gross == Decimal(1220)
    assert shop.quote((shop.machine, 1), prices_include_tax=True).gross == Decimal(1220)


def test_sending_mails_the_link_and_revising_closes_it(shop):
    quote = shop.quote((shop.machine, 1))
    token = token_of(quote.link_seed)
    (mail,) = OutboxMessage.objects.all()
    assert mail.payload["to"] == ["bar@example.com"] and f"/q/{token}" in mail.payload["text"]
    assert token not in str(Quote.objects.filter(pk=quote.pk).values().get())
    assert view_by_link(token)["totals"]["gross"] == quote.gross
    (second,) = shop.books.do("sales.revise", quote.pk).made["quotes"]
    second = Quote.objects.get(pk=second)
    assert (str(second), second.replaces, second.gross) == ("QUO/2026/00001 v2", quote, quote.gross)
    edit(ACTOR, RESOURCES["quotes"], {second.pk: {"conditions": "Ex works"}})
    shop.books.do("sales.send", second.pk)
    refused(lambda: view_by_link(token), LinkClosed)
    second.refresh_from_db()
    assert view_by_link(token_of(second.link_seed))["terms"] == "Ex works"
    assert {i.title for i in Interaction.objects.filter(party=shop.customer)} == {
        "Quote QUO/2026/00001 sent",
        "Quote QUO/2026/00001 v2 sent",
    }
    assert [s.number for s in flow(ACTOR, second) if s.kind == "Quote"] == ["QUO/2026/00001", "QUO/2026/00001 v2"]


def refused(work, refusal, sentence=""):
    """Run ``work``, which must be refused so, and change nothing."""
    before = everything()
    with pytest.raises(refusal) as caught, unit_of_work("test", "test"):
        work()
    assert everything() == before
    if sentence:
        assert caught.value.sentence() == sentence
    return caught.value.sentence()


def everything():
    models = (Quote, QuoteLine, Order, OrderLine, Reservation, StockMove, GoodsIssue, Invoice, OutboxMessage, Interaction)
    return [list(m.objects.order_by("pk").values_list()) for m in models]


def test_closed_links_all_answer_the_same(shop):
    shop.receive(shop.machine, "9", "800.00")
    quote = shop.quote((shop.machine, 1))
    token = token_of(quote.link_seed)
    refused(lambda: accept_by_link(token, "  "), NameMissing, "Enter your name to answer quote QUO/2026/00001.")
    said = refused(lambda: view_by_link("x" * 43), LinkClosed)
    late = shop.quote((shop.machine, 1), send=False, on="2026-01-01", valid_until="2026-01-10")
    shop.books.do("sales.send", late.pk, on="2026-01-02")
    late.refresh_from_db()
    for work in (view_by_link, lambda t: accept_by_link(t, "Anna"), decline_by_link):
        assert refused(lambda work=work: work(token_of(late.link_seed)), LinkClosed) == said
    assert expire_due(ACTOR, date(2026, 1, 11)) == [late.pk]
    decline_by_link(token, "Too dear")
    quote.refresh_from_db()
    assert (quote.state, quote.declined_reason) == ("declined", "Too dear")
    assert refused(lambda: accept_by_link(token, "Anna"), LinkClosed) == said


def test_accepting_twice_is_accepting_once(shop):
    shop.receive(shop.machine, "9", "800.00")
    token = token_of(shop.quote((shop.machine, 1)).link_seed)
    first = accept_by_link(token, "Anna")
    before = everything()
    assert accept_by_link(token, "Somebody else") == first
    assert everything() == before and len(first["accepted"]["by"]) == 4
    refused(lambda: decline_by_link(token), LinkClosed)


def test_the_customers_verbs_are_not_the_clerks(shop):
    quote = shop.quote((shop.machine, 1))
    refused(lambda: shop.books.do("sales.accept_by_link", quote.pk, name="Me"), OnlyThroughLink)


def test_acceptance_orders_what_is_short_and_reserves_what_is_there(shop):
    shop.receive(shop.machine, "3", "800.00")
    accept_by_link(token_of(shop.quote((shop.machine, 5)).link_seed), "Anna")
    order = Order.objects.get()
    assert (order.state, shop.state(order)) == ("confirmed", ["5 3 0 0 0 0"])
    shop.did("deliver", order, on="2026-02-10")
    assert order.number is not None
    sentence = f"There is nothing to deliver on {order.number}: 2 of M1 Espresso machine are still owed, 0 are in stock for it."
    refused(lambda: shop.did("deliver", order, on="2026-02-11"), NothingToDeliver, sentence)
    shop.receive(shop.machine, "2", "850.00")
    shop.did("deliver", order, on="2026-02-12")
    assert shop.state(order) == ["5 0 5 0 0 0"]
    shop.books.assert_checks_hold()


def test_an_order_that_cannot_be_kept_is_refused(shop):
    shop.receive(shop.machine, "3", "800.00")
    shop.order((shop.machine, 2))
    second = shop.order((shop.machine, 2), confirm=False)
    said = refused(lambda: shop.did("confirm", second), NotEnoughStock)
    assert said.startswith("M1 Espresso machine: 2 asked for in Milano, but only 1 are free there.")
    edit(ACTOR, RESOURCES["orders"], {second.pk: {"reserve_partly": True}})
    shop.did("confirm", second)
    assert shop.state(second) == ["2 1 0 0 0 0"] and shop.stock(shop.machine) == (Decimal(3), Decimal(3))


def test_cancelling_gives_the_goods_free(shop):
    shop.receive(shop.machine, "3", "800.00")
    order = shop.order((shop.machine, 3))
    shop.did("cancel", order, "Changed his mind")
    assert shop.stock(shop.machine) == (Decimal(3), Decimal(0))
    shop.books.assert_checks_hold()


def test_refusals_of_orders_name_figures_and_change_nothing(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 3))
    line = order.lines.get()
    refused(
        lambda: shop.did("invoice", order, on="2026-02-10"),
        NothingToInvoice,
        "There is nothing to invoice on SO/2026/00001: goods are invoiced when they are delivered, and each line once.",
    )
    refused(
        lambda: shop.did("deliver", order, on="2026-02-10", quantities={line.pk: 4}),
        MoreThanOrdered,
        "4 of M1 Espresso machine cannot be delivered on SO/2026/00001: 3 were ordered and 0 have left.",
    )
    shop.did("deliver", order, on="2026-02-10")
    refused(
        lambda: shop.did("cancel", order, "Too late"),
        DeliveredAlready,
        "SO/2026/00001 cannot be cancelled: goods were delivered. Take the goods back, or close the order to give up the rest.",
    )
    refused(
        lambda: shop.did("take_back", order, "All", on="2026-02-11", quantities={line.pk: 4}),
        MoreThanDelivered,
        "4 of M1 Espresso machine cannot be taken back on SO/2026/00001: 3 were delivered and 0 came back.",
    )


def test_goods_that_come_back_before_the_invoice_are_not_invoiced(shop):
    shop.receive(shop.machine, "5", "800.00")
    order = shop.order((shop.machine, 3))
    shop.did("deliver", order, on="2026-02-10")
    shop.did("take_back", order, "One broken", on="2026-02-11", quantities={order.lines.get().pk: 1})
    shop.did("invoice", order, on="2026-02-12", post=True)
    assert shop.state(order) == ["3 0 3 1 2 0"]
    shop.books.assert_checks_hold()


def test_what_was_sent_or_confirmed_never_changes_for_sql_either(shop):
    shop.receive(shop.machine, "5", "800.00")
    quote, order = shop.quote((shop.machine, 1)), shop.order((shop.machine, 1))
    attacks = [
        (SentQuote, "update sales_quoteline set unit_price = 1", None),
        (SentQuote, "update sales_quote set gross = 1, net = 1, tax = 0 where id = %s", quote.pk),
        (SentQuote, "delete from sales_quoteline", None),
        (ConfirmedOrder, "update sales_orderline set quantity = 100 where order_id = %s", order.pk),
        (ConfirmedOrder, "update sales_order set state = 'draft' where id = %s", order.pk),
        (ConfirmedOrder, "delete from sales_orderline where order_id = %s", order.pk),
    ]

    def attack(sql, key):
        with refusals_translated(), unit_of_work("test", "test"), connection.cursor() as cursor:
            cursor.execute(sql, None if key is None else [key])

    for refusal, sql, key in attacks:
        refused(lambda sql=sql, key=key: attack(sql, key), refusal)


def test_bad_quotes_are_refused_with_a_way_out(shop):
    unpriced = shop.product("NEW", "New machine", "1.00")
    with unit_of_work("test", "test"):
        type(unpriced).objects.filter(pk=unpriced.pk).update(sale_price=None)
    said = refused(lambda: shop.quote((unpriced, 1)), NoPrice)
    assert said == (
        "Line 1 (NEW New machine) has no price: no price list and no list price covers it in EUR on 2 Feb 2026. Enter a unit price."
    )
    late = shop.quote((shop.machine, 1), send=False, on="2026-01-01", valid_until="2026-01-10")
    refused(lambda: shop.books.do("sales.send", late.pk, on="2026-02-01"), OutOfDate)


def test_statements_do_not_grow_with_the_orders(shop):
    shop.receive(shop.machine, "1000", "800.00")

    def day(count):
        lines = [{"product": shop.machine.pk, "quantity": 2}, {"product": shop.course.pk, "quantity": 1}]
        given = {"company": shop.books.company.pk, "customer": shop.customer.pk, "on": "2026-02-02", "lines": lines}
        counts = {}

        def counted(name, work):
            with CaptureQueriesContext(connection) as statements:
                made = work()
            counts[name] = len(statements)
            return made

        quotes = counted("create quotes", lambda: create(ACTOR, RESOURCES["quotes"], [{**given, "valid_until": "2099-01-01"}] * count).ids)
        counted("send", lambda: shop.books.do("sales.send", quotes, on="2026-02-02"))
        outcome = counted("accept", lambda: shop.books.do("sales.accept", quotes, reason="Fair", name="Anna", on="2026-02-03"))
        orders = outcome.made["orders"]
        counted("deliver", lambda: shop.books.do("sales.deliver", orders, on="2026-02-10"))
        counted("invoice", lambda: shop.books.do("sales.invoice", orders, on="2026-02-11", post=True))
        counted("take back", lambda: shop.books.do("sales.take_back", orders, reason="All", on="2026-02-12", post=True))
        counted("close", lambda: shop.books.do("sales.close", orders))
        more = counted("create orders", lambda: create(ACTOR, RESOURCES["orders"], [given] * count).ids)
        counted("confirm", lambda: shop.books.do("sales.confirm", more, on="2026-02-03"))
        counted("cancel", lambda: shop.books.do("sales.cancel", more, reason="Test"))
        return counts

    day(1)
    few, many = day(2), day(200)
    assert few == many
    assert max(many.values()) < 120


def test_orders_with_nothing_left_to_do_close_by_themselves(shop):
    """Delivered, invoiced and quiet for two weeks; whatever misses one of it stays open, and what comes up later opens it again."""
    shop.receive(shop.machine, "50", "800.00")
    done, back, undelivered, unbilled, lately, service, ahead = orders = [
        shop.order((shop.machine, 5)), shop.order((shop.machine, 5)), shop.order((shop.machine, 5)), shop.order((shop.machine, 5)),
        shop.order((shop.machine, 5)), shop.order((shop.course, 1)), shop.order((shop.machine, 5)),
    ]  # fmt: skip
    shop.did("ask_down_payment", ahead, on="2026-02-04", percent="10", post=True)
    shop.did("deliver", undelivered, on="2026-02-10", quantities={undelivered.lines.get().pk: 4})
    for order in (done, back, unbilled, ahead):
        shop.did("deliver", order, on="2026-02-10")
    shop.did("deliver", lately, on="2026-02-20")
    for order in (done, back, undelivered, lately, service):
        shop.did("invoice", order, on="2026-02-20", post=True)
    shop.did("invoice", ahead, on="2026-02-20", post=True, down_payments="none")
    shop.did("take_back", back, on="2026-02-12", quantities={back.lines.get().pk: 1}, reason="Broken")
    assert close_quiet(ACTOR, date(2026, 2, 25)) == [done.pk, service.pk]
    assert close_quiet(ACTOR, date(2026, 2, 25)) == []
    assert close_quiet(ACTOR, date(2026, 3, 10)) == [back.pk, lately.pk]
    shop.did("take_back", done, on="2026-03-11", quantities={done.lines.get().pk: 1}, reason="Broken later")
    shop.did("reopen", done)
    assert {o.pk for o in orders} - set(Order.objects.filter(state="closed").values_list("pk", flat=True)) == {
        done.pk, undelivered.pk, unbilled.pk, ahead.pk,
    }  # fmt: skip


def test_what_waits_to_be_invoiced_is_found_as_each_line_says_it_and_in_one_pass(shop):
    """The list of orders to invoice agrees with the lines one by one, and adds up moves and invoices once for all of them."""
    shop.receive(shop.machine, "50", "800.00")

    def waiting():
        orders = {o.pk: o for o in Order.objects.filter(state__in=["confirmed", "closed"])}
        by_line = {
            pk
            for pk, lines in measured_lines(orders).items()
            if any(to_invoice(ln) > 0 and (is_goods(ln) or orders[pk].state == "confirmed") for ln in lines)
        }
        assert set(Order.objects.filter(uninvoiced()).values_list("pk", flat=True)) == by_line
        return by_line

    goods, service, both = shop.order((shop.machine, 5)), shop.order((shop.course, 1)), shop.order((shop.machine, 2), (shop.course, 1))
    assert waiting() == {service.pk, both.pk}
    for order in (goods, both):
        shop.did("deliver", order, on="2026-02-10")
    assert waiting() == {goods.pk, service.pk, both.pk}
    for order in (goods, service, both):
        shop.did("invoice", order, on="2026-02-11", post=True)
    assert waiting() == set()
    machines = goods.lines.get()
    shop.did("take_back", goods, "Two arrived broken", on="2026-03-01", quantities={machines.pk: 2}, post=True)
    assert waiting() == set()
    Order.objects.filter(pk=shop.order((shop.course, 1)).pk)
    assert len(waiting()) == 1
    plan = Order.objects.filter(uninvoiced()).explain()
    assert "SubPlan" not in plan, plan
