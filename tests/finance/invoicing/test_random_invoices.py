"""TX-02, GL-01, AR-01: random invoices through the verbs, a set at a time: paper, tax summary, journal and open items all say the same.

FONDACO_INVOICES says how many sets of up to thirty invoices are posted.
"""

import os
from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.finance.invoicing.models import Instalment, Invoice, InvoiceLine, InvoiceTax, PaymentTerm
from fondaco.finance.invoicing.printing import figures
from fondaco.finance.invoicing.refusals import NegativeTotal, NothingToBook
from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.finance.ledger.models import JournalLine, OpenItem
from fondaco.finance.tax.models import TaxCode, TaxEntry
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.companies.models import Company, Currency
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.printing import Formatter
from fondaco.platform.money import rounded
from fondaco.platform.resources.reading import Query, page
from fondaco.platform.resources.writing import create
from tests.books import ACTOR

SETS = int(os.environ.get("FONDACO_INVOICES", "10"))
RATES = {"EUR": Decimal(1), "USD": Decimal("0.9137"), "JPY": Decimal("0.006081"), "KWD": Decimal("2.97313"), "VND": Decimal("0.0000357")}
BUYERS = {"home": ("IT", ""), "abroad": ("US", ""), "in the union": ("DE", "DE136695976"), "consumer": ("FR", "")}
ON = "2026-03-10"

lines = some.fixed_dictionaries(
    {
        "quantity": some.one_of(some.sampled_from(["1", "1", "3", "-1"]), some.decimals(-20, 500, places=3).map(str)),
        "unit_price": some.one_of(some.decimals(0, 10, places=2), some.decimals(0, 20_000, places=5)).map(str),
        "discount_percent": some.sampled_from(["0", "0", "10", "12.5", "33.3333", "100"]),
    },
    optional={"product": some.sampled_from(["goods", "service", "food"]), "tax_code": some.integers(0, 99), "account": some.just("other")},
)
papers = some.fixed_dictionaries(
    {
        "kind": some.sampled_from(["invoice", "invoice", "credit_note"]),
        "customer": some.sampled_from(sorted(BUYERS)),
        "currency": some.sampled_from(sorted(RATES)),
        "prices_include_tax": some.booleans(),
        "lines": some.lists(lines, min_size=1, max_size=6),
    },
    optional={"payment_term": some.integers(0, 99)},
)
sets = some.lists(papers, min_size=1, max_size=30)


@pytest.fixture
def house(books):
    """A company with buyers, products, codes and terms that random papers name by a word or a place."""
    for currency, rate in RATES.items():
        if currency != "EUR":
            books.rate(currency, str(rate), "2026-01-01")
    customers = {name: books.customer(name, country, vat_number=vat).pk for name, (country, vat) in BUYERS.items()}
    with unit_of_work("test", "test"):
        unit = Unit.objects.get(code="C62")
        products = {
            name: Product.objects.create(sku=name, name=name, unit=unit, kind=kind, tax_class=taxed).pk
            for name, kind, taxed in (("goods", "goods", "standard"), ("service", "service", "service"), ("food", "goods", "standard"))
        }
    codes = list(
        TaxCode.objects.filter(company=books.company, kind="sale", rates__valid_to=None).order_by("pk").values_list("pk", flat=True)
    )
    terms = list(PaymentTerm.objects.order_by("pk").values_list("pk", flat=True))
    other = books.account("exchange_gain").pk

    def written(paper):
        def line(given):
            named = {
                "product": lambda v: products[v],
                "tax_code": lambda v: codes[v % len(codes)],
                "account": lambda _v: other,
            }
            return {"description": "Goods", **{k: named[k](v) if k in named else v for k, v in given.items()}}

        term = {"payment_term": terms[paper["payment_term"] % len(terms)]} if "payment_term" in paper else {}
        return {
            **paper, **term, "company": books.company.pk, "on": ON, "customer": customers[paper["customer"]], "lines": [line(ln) for ln in paper["lines"]],
        }  # fmt: skip

    return books, written


def total(values):
    return sum(values, Decimal(0))


def read(text):
    """A figure as it stands on English paper."""
    return Decimal(text.replace(",", ""))


@settings(max_examples=SETS, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(sets, some.sampled_from(["line", "document"]))
def test_what_is_on_paper_is_what_is_in_the_books(house, given, rounding):
    books, written = house
    point = transaction.savepoint()
    try:
        with unit_of_work("test", "test"):
            Company.objects.filter(pk=books.company.pk).update(tax_rounding=rounding)
        keys = create(ACTOR, InvoiceResource, [written(paper) for paper in given]).ids
        good = postable(books, keys)
        if good:
            books.do("invoicing.post", good)
        agree(good)
        books.assert_checks_hold()
    finally:
        transaction.savepoint_rollback(point)


def postable(books, keys):
    """Those that can be posted; of the others one alone is refused, and with it the whole set."""
    negative = set(Invoice.objects.filter(pk__in=keys, gross__lt=0).values_list("pk", flat=True))
    worth = defaultdict(lambda: defaultdict(Decimal))
    for line in InvoiceLine.objects.filter(invoice__in=keys).select_related("product"):
        sold = line.account_id or (line.product.kind if line.product else "goods")
        worth[line.invoice_id][sold] += line.net
        worth[line.invoice_id]["tax"] += line.tax
    empty = {key for key in keys if not any(worth[key].values())}
    for refusal, wrong in ((NegativeTotal, negative), (NothingToBook, empty)):
        if wrong:
            with pytest.raises(refusal):
                books.do("invoicing.post", [min(wrong), *(k for k in keys if k not in negative | empty)])
    assert not Invoice.objects.filter(pk__in=keys).exclude(state="draft", number=None, entry=None).exists()
    return [k for k in keys if k not in negative | empty]


def agree(keys):
    """Read everything that was written about these invoices, and compare."""
    decimals = dict(Currency.objects.values_list("code", "decimals"))
    lines, taxes, journal, items, entries_of_tax = (defaultdict(list) for _n in range(5))
    for line in InvoiceLine.objects.filter(invoice__in=keys).select_related("product__unit", "tax_code").order_by("position", "id"):
        lines[line.invoice_id].append(line)
    for tax in InvoiceTax.objects.filter(invoice__in=keys).select_related("tax_code"):
        taxes[tax.invoice_id].append(tax)
    invoices = Invoice.objects.filter(pk__in=keys).select_related("currency", "company")
    entries = [i.entry_id for i in invoices]
    for row in JournalLine.objects.filter(entry__in=entries).select_related("account"):
        journal[row.entry_id].append(row)
    for item in OpenItem.objects.filter(entry__in=entries):
        items[item.entry_id].append(item)
    for told in TaxEntry.objects.filter(entry__in=entries):
        entries_of_tax[told.entry_id].append(told)
    listed = {row["pk"]: row for row in page(InvoiceResource, ACTOR, Query(limit=100)).rows}
    for invoice in invoices:
        own = lines[invoice.pk]
        assert invoice.net == total(ln.net for ln in own)
        assert invoice.tax == total(ln.tax for ln in own)
        assert invoice.gross == invoice.net + invoice.tax
        assert (total(t.base for t in taxes[invoice.pk]), total(t.tax for t in taxes[invoice.pk])) == (invoice.net, invoice.tax)
        in_the_register(invoice, taxes[invoice.pk], entries_of_tax[invoice.entry_id], journal[invoice.entry_id])
        split = total(t.tax for t in taxes[invoice.pk] if t.tax_code.treatment == "split_payment")
        in_the_journal(invoice, journal[invoice.entry_id], items[invoice.entry_id], own, decimals, split)
        on_paper(invoice, own, decimals[invoice.currency_id])
        assert (listed[invoice.pk]["gross"], listed[invoice.pk]["amount_open"]) == (invoice.gross, invoice.gross - split)


def in_the_register(invoice, taxes, told, rows):
    """Every tax that comes to something stands in the register once, and all of them on the tax accounts to the cent."""
    assert {(t.tax_code_id, t.rate) for t in told} == {(t.tax_code_id, t.rate) for t in taxes if t.base or t.tax}
    assert len(told) == len({(t.tax_code_id, t.rate) for t in told})
    assert total(t.amount for t in told) == total(r.amount for r in rows if r.account.control == "tax")
    assert all(t.amount == (0 if t.chargeable == TaxEntry.SPLIT else -t.tax) for t in told)
    worth = {(t.tax_code_id, t.rate): t for t in told}
    for tax in taxes:
        if tax.base or tax.tax:
            row = worth[tax.tax_code_id, tax.rate]
            assert row.base == rounded(invoice.sign * tax.base * RATES[invoice.currency_id], 2)
            assert abs(row.tax - invoice.sign * tax.tax * RATES[invoice.currency_id]) < Decimal("0.01")


def in_the_journal(invoice, rows, items, lines, decimals, split):
    """``split`` is the tax that the buyer, a public body, pays to the treasury himself: on paper, but owed to nobody here."""
    assert total(r.amount for r in rows) == total(r.currency_amount for r in rows) == 0
    owed = [r for r in rows if r.account.purpose == "receivable"]
    taxed = [r for r in rows if r.account.control == "tax"]
    sold = [r for r in rows if r not in owed and r not in taxed]
    assert total(r.currency_amount for r in owed) == invoice.sign * (invoice.gross - split)
    assert total(r.currency_amount for r in taxed) == -invoice.sign * (invoice.tax - split)
    assert total(r.currency_amount for r in sold) == -invoice.sign * invoice.net
    assert {r.currency_id for r in rows} <= {invoice.currency_id}
    worth = total(r.amount for r in owed)
    legs = 2 * len(lines)
    assert abs(worth - rounded(invoice.sign * (invoice.gross - split) * RATES[invoice.currency_id], decimals["EUR"])) <= legs * Decimal(
        "0.005"
    )

    assert total(i.open_amount for i in items) == invoice.sign * (invoice.gross - split)
    assert total(i.open_base_amount for i in items) == worth
    assert all((i.open_amount, i.open_base_amount) == (i.amount, i.base_amount) for i in items)
    assert not [i for i in items if i.base_amount and not i.amount], "nobody can pay what is owed in company currency alone"


def on_paper(invoice, lines, decimals):
    printed = figures(invoice, lines, Formatter("en"))
    assert [read(text) for _title, text in printed["totals"]] == [invoice.net, invoice.tax, invoice.gross]
    assert total(read(ln["total"]) for ln in printed["lines"]) == (invoice.gross if invoice.prices_include_tax else invoice.net)
    assert total(read(base) for _code, _rate, base, _tax in printed["taxes"]["rows"]) == invoice.net
    assert total(read(tax) for *_rest, tax in printed["taxes"]["rows"]) == invoice.tax
    assert {len(text.partition(".")[2]) for _title, text in printed["totals"]} == {decimals}


# ------------------------------------------------------------------ by hand


def test_nothing_is_owed_in_company_currency_alone(books):
    books.rate("USD", "0.9137", "2026-01-01")
    with unit_of_work("test", "test"):
        unit = Unit.objects.get(code="C62")
        course = Product.objects.create(sku="COURSE", name="Course", unit=unit, kind="service", tax_class="service")
    lines = [
        {"quantity": "1", "unit_price": "1"},
        {"quantity": "-1", "unit_price": "0.5", "product": course.pk},
        {"quantity": "-1", "unit_price": "0.5", "account": books.account("exchange_gain").pk},
    ]
    invoice = books.invoice(books.customer("Cafe Union", "US"), lines, ON, currency="USD")
    books.assert_journal("""
        2026-03-10 invoice INV/2026/00001
          revenue                            -0.91  -1.00 USD
          revenue_service                     0.46  0.50 USD
          exchange_gain                       0.46  0.50 USD
          rounding                           -0.01
    """)
    assert not OpenItem.objects.filter(entry=invoice.entry).exists()
    books.assert_checks_hold()


def test_small_instalments_share_what_rounding_left(books):
    books.rate("JPY", "0.006081", "2026-01-01")
    with unit_of_work("test", "test"):
        term = PaymentTerm.objects.create(code="4", name="Four parts")
        Instalment.objects.bulk_create([Instalment(term=term, position=n, percent=25, days=30 * n) for n in range(4)])
    invoice = books.invoice(
        books.customer("Cafe Union", "US"), [{"quantity": "1", "unit_price": "4"}], ON, currency="JPY", payment_term=term.pk
    )
    items = OpenItem.objects.filter(entry=invoice.entry).order_by("due_on").values_list("amount", "base_amount")
    assert list(items) == [(1, Decimal("0.01")), (1, Decimal("0.01")), (1, 0), (1, 0)]
    books.assert_checks_hold()


def test_an_invoice_that_comes_to_nothing_is_refused_in_words(books):
    draft = books.invoice(books.customer(), [{"quantity": "3", "unit_price": "10", "discount_percent": "100"}], ON, post=False)
    with pytest.raises(NothingToBook, match="comes to zero on every account, so there is nothing to book"):
        books.do("invoicing.post", draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.number, draft.entry) == ("draft", None, None)
