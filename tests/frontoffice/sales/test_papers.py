"""Quotes, orders and invoices on paper: in the partner's language, and no text of a user is ever code."""

import io

import pytest
from pypdf import PdfReader

from fondaco.finance.invoicing.printing import invoice_pdf
from fondaco.frontoffice.sales.answering import pdf_by_link
from fondaco.frontoffice.sales.links import token_of
from fondaco.frontoffice.sales.models import Order
from fondaco.frontoffice.sales.printing import order_pdf, quote_pdf
from fondaco.masterdata.parties.models import Address
from fondaco.platform.database.unit import unit_of_work

CODE = '#panic("no") #let x = 1 *bold* _it_ $x$ [a] <b> @c \\ "quoted" `raw` // comment'


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_what_a_user_wrote_is_printed_as_he_wrote_it(shop):
    quote = shop.quote((shop.machine, 1, {"description": CODE}), conditions=CODE, contact=CODE, shipping_address=CODE)
    printed = text_of(quote_pdf(quote))
    assert printed.replace(" ", "").count(CODE.replace(" ", "")) >= 2


@pytest.mark.parametrize(("language", "day", "total"), [("it", "2 febbraio 2026", "1.464,00"), ("en", "2 February 2026", "1,464.00")])
def test_figures_and_days_are_written_in_the_partners_language(shop, language, day, total):
    with unit_of_work("test", "test"):
        type(shop.customer).objects.filter(pk=shop.customer.pk).update(language=language)
        Address.objects.create(party=shop.customer, street="Via Roma 1", city="Milano", country_id="IT")
    printed = text_of(pdf_by_link(token_of(shop.quote((shop.machine, 1)).link_seed)))
    assert day in printed and total in printed
    assert ("Italia" if language == "it" else "Italy") in printed


def test_every_paper_of_a_deal_can_be_printed(shop):
    shop.receive(shop.cup, "100", "1.00")
    quote = shop.quote(*[(shop.cup, 1, {"discount_percent": "5"})] * 60)
    assert len(PdfReader(io.BytesIO(quote_pdf(quote))).pages) > 1
    shop.books.do("sales.accept", quote.pk, reason="By phone", name="Anna", on="2026-02-03")
    order = Order.objects.get()
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-11", post=True)
    (invoice,) = shop.invoices(order)
    assert quote.number in text_of(quote_pdf(quote)) and order.number in text_of(order_pdf(order))
    assert invoice.number in text_of(invoice_pdf(invoice)) and f"{invoice.gross:,.2f}" in text_of(invoice_pdf(invoice))
