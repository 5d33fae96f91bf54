"""From a lead to the answered ticket without a mouse: only keys are pressed, and the focus is seen after every one of them.

Letters of the verbs, Ctrl-K, ``?``, Tab, arrows, Enter, Escape and Ctrl-S, as the page itself tells with ``?``.
"""

import re

from playwright.sync_api import expect

from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.frontoffice.sales.links import path_of
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.service.models import Ticket
from tests.browser import Typist


def test_the_whole_trip_by_keys_alone(house, chromium, django_db_blocker):
    shop, address = house

    # Sara writes a lead, qualifies it, makes it an opportunity, and quotes.
    sara = Typist(chromium, address).signed_in("sara")
    sara.find("leads", "^Leads", r"/leads$").keys("c")
    sara.page.wait_for_url(re.compile(r"/leads/new"))
    sara.choose("party", "Bar Duomo").to(name="interest").write("A machine and cups").save(r"/leads/\d+$")
    sara.verb("Qualify")
    sara.verb("Convert")
    with django_db_blocker.unblock():
        assert Lead.objects.get().state == "converted"
        opportunity = Opportunity.objects.get()
    sara.find("quote", "^New: Quote", r"/quotes/new")
    sara.choose("customer", "Bar Duomo").choose("opportunity", opportunity.number)
    sara.choose("lines-0-product", "M1").to(name="lines-0-quantity").write("2")
    sara.keys("Control+Enter")
    sara.choose("lines-1-product", "CUP").to(name="lines-1-quantity").write("10").keys("Tab")
    expect(sara.page.locator("[data-total=gross]")).to_contain_text("2,968.63")
    sara.save(r"/quotes/\d+$")
    sara.verb("Send")
    with django_db_blocker.unblock():
        quote = Quote.objects.get()
        assert (quote.state, quote.opportunity_id) == ("sent", opportunity.pk)
        link = path_of(quote)
    sara.done()

    # The customer accepts, in her own browser.
    customer = Typist(chromium, address).go(link)
    customer.page.keyboard.press("Tab")
    customer.to(name="name").write("Maria Rossi")
    customer.page.keyboard.press("Enter")
    customer.page.wait_for_selector("text=Accepted by Maria Rossi")
    customer.done()
    with django_db_blocker.unblock():
        order = Order.objects.get()
        assert (order.state, order.gross) == ("confirmed", quote.gross)

    # Sara also takes an order without a quote, and confirms it.
    sara = Typist(chromium, address).signed_in("sara")
    sara.find("order", "^New: Order", r"/orders/new")
    sara.choose("customer", "Bar Duomo").choose("lines-0-product", "CUP").to(name="lines-0-quantity").write("5").save(r"/orders/\d+$")
    sara.verb("Confirm")
    expect(sara.page.locator(".document-head .state")).to_contain_text("onfirmed")
    sara.done()

    # The warehouse finds the order in the list, by rows, and ships it.
    walter = Typist(chromium, address).signed_in("walter")
    walter.find("orders", "^Orders", r"/orders$")
    walter.to(text=re.escape(order.number), key="j").keys("Enter")
    walter.page.wait_for_url(re.compile(rf"/orders/{order.pk}$"))
    walter.verb("Deliver")
    walter.done()

    # The clerk, who reads Italian, invoices and posts; the cashier takes the money and settles it.
    carla = Typist(chromium, address).signed_in("carla")
    carla.find(order.number, order.number, rf"/orders/{order.pk}")
    carla.verb("Fattura", **{"p-post": True})
    with django_db_blocker.unblock():
        invoice = shop.invoices(order)[0]
        assert (invoice.state, invoice.gross) == ("posted", quote.gross)
    carla.done()

    paolo = Typist(chromium, address).signed_in("paolo")
    paolo.find("payment", "^New: Payment(?! )", r"/payments/new")
    paolo.choose("party", "Bar Duomo").to(name="amount").write("2968.63").keys("Escape").verb("Save and post")
    paolo.verb("Apply to oldest")
    paolo.done()

    # The customer asks for help; the agent answers.
    nina = Typist(chromium, address).signed_in("nina")
    nina.find("ticket", "^New: Ticket", r"/tickets/new")
    nina.choose("party", "Bar Duomo").to(name="subject").write("Machine leaks").to(name="contact_email").write("bar@example.com")
    nina.save(r"/tickets/\d+$")
    nina.to(name="p-body").write("We send a gasket today.").save(r"/tickets/\d+$")
    nina.page.wait_for_selector("text=We send a gasket today.")
    nina.done()
    with django_db_blocker.unblock():
        assert Ticket.objects.get().messages.filter(direction="out").count() == 1
        assert shop.books.item(invoice).open_amount == 0
        shop.books.assert_checks_hold()
