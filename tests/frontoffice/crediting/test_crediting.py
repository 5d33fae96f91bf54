"""CO-08: who has the credit of each invoice line, by rules of their days; a change of territory moves nothing that was sold before."""

import itertools
import random
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, note, settings
from hypothesis import strategies as st

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.crediting.assigning import Share, _amounts
from fondaco.frontoffice.crediting.models import CreditRule, SalesCredit
from fondaco.frontoffice.crediting.queries import credited
from fondaco.frontoffice.crediting.refusals import RuleTwice, SharesNoWhole
from fondaco.masterdata.catalog.models import Category, Product, Unit
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import User
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop

YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


@pytest.fixture
def people(books):
    with unit_of_work("t", "t"):
        return {name: User.objects.create(username=name, name=name.title()) for name in ("anna", "luca", "boss", "rosa")}


def rule(books, shares, **values):
    given = {
        "company": books.company.pk, "name": "Rule", "valid_from": "2026-01-01",
        "shares": [{"salesperson": user.pk if user else None, "percent": percent, "on_top": on_top} for user, percent, on_top in shares], **values,
    }  # fmt: skip
    return create(ACTOR, RESOURCES["credit-rules"], [given]).ids[0]


def sold(books, seller, *prices, on="2026-03-10", customer=None, **values):
    lines = [{"description": f"Line {n}", "quantity": "1", "unit_price": p} for n, p in enumerate(prices)]
    customer = customer or Party.objects.filter(name="Bar Duomo").first() or books.customer()
    return books.invoice(customer, lines, on, salesperson=seller.pk if seller else None, **values)


def credits_of(document):
    rows = SalesCredit.objects.filter(invoice=document).order_by("line__position", "pk")
    return [(c.salesperson.username, str(c.percent.normalize()), c.amount, c.on_top) for c in rows.select_related("salesperson")]


def test_without_a_rule_the_salesperson_of_the_invoice_has_it_all(books, people):
    assert credits_of(sold(books, people["anna"], "100", "33.33")) == [
        ("anna", "1E+2", Decimal("100.00"), False), ("anna", "1E+2", Decimal("33.33"), False),
    ]  # fmt: skip
    assert credits_of(sold(books, None, "100")) == []
    books.assert_checks_hold()


def test_shares_make_the_net_to_the_cent_and_a_manager_comes_on_top(books, people):
    third = [(people["anna"], "33.3333", False), (people["luca"], "33.3333", False), (None, "33.3334", False), (people["boss"], "10", True)]
    rule(books, third)
    found = credits_of(sold(books, people["rosa"], "0.01", "100"))
    assert [amount for _who, _percent, amount, on_top in found[4:] if not on_top] == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    assert [who for who, *_rest in found[4:]] == ["anna", "luca", "rosa", "boss"]
    assert found[7][2:] == (Decimal("10.00"), True)
    assert sum(amount for *_x, amount, on_top in found[:4] if not on_top) == Decimal("0.01")
    assert credited(ACTOR, books.company, **YEAR)[people["boss"].pk] == Decimal("10.00")


def test_a_territory_that_changes_hands_keeps_what_was_sold_before(books, people):
    """Rules hold by the day of the invoice; one of the same conditions cannot begin before the other has ended."""
    customer = books.customer("Wien GmbH", "AT", vat_number="ATU12345675")
    first = rule(books, [(people["anna"], "100", False)], country="AT", name="Austria", valid_to="2026-06-30")
    with pytest.raises(RuleTwice):
        rule(books, [(people["luca"], "100", False)], country="AT", valid_from="2026-06-30")
    rule(books, [(people["luca"], "100", False)], country="AT", valid_from="2026-07-01", name="Austria from July")
    spring, summer = (sold(books, people["rosa"], "50", on=on, customer=customer) for on in ("2026-03-10", "2026-08-10"))
    assert [who for who, *_rest in credits_of(spring)] == ["anna"]
    assert [who for who, *_rest in credits_of(summer)] == ["luca"]
    assert credits_of(sold(books, people["rosa"], "50"))[0][0] == "rosa"  # not in Austria
    assert SalesCredit.objects.get(invoice=spring).rule_id == first
    # What is credited later of a sale of the spring is taken from whom it was credited to.
    (note_,) = books.do("invoicing.credit", spring.pk, reason="Returned", on="2026-09-01").made["invoices"]
    books.do("invoicing.post", note_)
    assert credits_of(Invoice.objects.get(pk=note_)) == [("anna", "1E+2", Decimal("-50.00"), False)]
    assert credited(ACTOR, books.company, **YEAR).get(people["anna"].pk) == 0
    books.assert_checks_hold()


def test_the_narrowest_by_priority_and_branches_of_the_assortment(books, people):
    with unit_of_work("t", "t"):
        tools = Category.objects.create(code="TOOLS", name="Tools")
        drills = Category.objects.create(code="DRILLS", name="Drills", parent=tools)
        piece = Unit.objects.get(code="C62")
        product = Product.objects.create(sku="D1", name="Drill", kind="service", unit=piece, category=drills, tax_class="standard")
    rule(books, [(people["luca"], "60", False), (None, "40", False)], category=tools.pk, name="Tools", priority=5)
    invoice = books.invoice(
        books.customer(), [{"product": product.pk, "quantity": "1", "unit_price": "10"}, {"description": "Other", "quantity": "1", "unit_price": "1"}],
        "2026-03-10", salesperson=people["anna"].pk,
    )  # fmt: skip
    assert [(who, amount) for who, _p, amount, _t in credits_of(invoice)] == [
        ("luca", Decimal(6)),
        ("anna", Decimal(4)),
        ("anna", Decimal(1)),
    ]
    rule(books, [(people["rosa"], "100", False)], customer=invoice.customer_id, name="Of Rosa", priority=9)
    again = sold(books, people["anna"], "7", customer=invoice.customer)
    assert credits_of(again)[0][0] == "rosa"


def test_reversed_and_credited_anew(books, people):
    wrong = sold(books, people["anna"], "100")
    rule(books, [(people["luca"], "100", False)])
    books.do("invoicing.credit_anew", wrong.pk, reason="Luca sold it")
    assert [(who, amount) for who, _p, amount, _t in credits_of(wrong)] == [("anna", 100), ("anna", -100), ("luca", 100)]
    books.do("invoicing.credit_anew", wrong.pk, reason="Once more")
    books.do("invoicing.reverse", wrong.pk, reason="Wrong", on="2026-03-12")
    assert sum(amount for *_x, amount, _t in credits_of(wrong)) == 0
    assert SalesCredit.objects.filter(invoice=wrong).order_by("-pk").first().on == date(2026, 3, 12)
    books.assert_checks_hold()


def test_in_another_currency_it_counts_at_the_rate_of_the_day(books, people):
    books.rate("USD", "0.9137", "2026-01-01")
    invoice = sold(books, people["anna"], "100.01", currency="USD")
    assert credits_of(invoice)[0][2] == Decimal("91.38")


def test_down_payments_count_with_what_they_are_for(books, people):
    shop = Shop(books)
    shop.receive(shop.machine, "10", "800.00")
    order = shop.order((shop.machine, 5), salesperson=people["anna"].pk)
    shop.did("ask_down_payment", order, on="2026-02-04", percent="30", post=True)
    assert not SalesCredit.objects.exists()
    shop.did("deliver", order, on="2026-02-10")
    shop.did("invoice", order, on="2026-02-28", post=True)
    assert [(who, amount) for who, _p, amount, _t in credits_of(shop.invoices(order)[-1])] == [("anna", order.net)]
    books.assert_checks_hold()


def test_shares_that_make_no_whole_are_refused(books, people):
    with pytest.raises(SharesNoWhole) as refused:
        rule(books, [(people["anna"], "60", False), (people["boss"], "40", True)])
    assert "60%" in refused.value.sentence()
    with pytest.raises(SharesNoWhole):
        rule(books, [])
    key = rule(books, [(people["anna"], "60", False), (None, "40", False)])
    with pytest.raises(SharesNoWhole):
        edit(ACTOR, RESOURCES["credit-rules"], {key: {"shares": [{"percent": "40"}]}})
    with pytest.raises(DatabaseError), unit_of_work("t", "t"):
        CreditRule.objects.get(pk=key).shares.filter(percent=40).delete()


def test_the_database_keeps_the_law_against_the_program(books, people):
    invoice = sold(books, people["anna"], "100")
    row = SalesCredit.objects.get(invoice=invoice)
    same = {
        f.attname: getattr(row, f.attname) for f in SalesCredit._meta.concrete_fields if f.name not in ("id", "created_at", "created_by")
    }
    for change in (
        {}, {"percent": 50, "amount": 50}, {"takes_back_id": row.pk, "amount": -99}, {"takes_back_id": row.pk, "amount": -100, "salesperson_id": people["luca"].pk},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
            SalesCredit.objects.create(**same | change)
    for statement in ("update crediting_salescredit set amount = 1", "delete from crediting_salescredit", "truncate crediting_salescredit"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    draft = books.invoice(invoice.customer, [{"description": "x", "quantity": "1", "unit_price": "1"}], "2026-03-10", post=False)
    with pytest.raises(DatabaseError), transaction.atomic(), unit_of_work("t", "t"):
        line = InvoiceLine.objects.get(invoice=draft)
        SalesCredit.objects.create(**same | {"invoice_id": draft.pk, "line_id": line.pk, "amount": 1})


def test_a_seller_sees_his_own_credit_only(books, people):
    rule(books, [(people["anna"], "50", False), (people["luca"], "50", False)])
    sold(books, people["anna"], "100")
    anna = Actor(
        username="anna",
        user_id=people["anna"].pk,
        patterns=(("crediting.view_sales_credit", None, "own"),),
        team_ids=frozenset({people["anna"].pk}),
    )
    assert [c.salesperson_id for c in visible(SalesCredit.objects.all(), anna, "crediting.view_sales_credit")] == [people["anna"].pk]
    assert credited(anna, books.company, **YEAR) == {people["anna"].pk: Decimal(50)}


def test_crediting_costs_the_same_for_one_and_for_many(books, people):
    rule(books, [(people["anna"], "50", False), (None, "50", False)])
    counts = []
    for many in (1, 20):
        drafts = [sold(books, people["luca"], "10", "20", post=False).pk for _n in range(many)]
        for verb in ("post", "credit_anew", "reverse"):
            more = {"on": "2026-03-12"} if verb == "reverse" else {}
            with CaptureQueriesContext(connection) as statements:
                books.do(f"invoicing.{verb}", drafts, reason="Counted", **more)
            counts.append(len(statements))
    assert counts[:3] == counts[3:]
    books.assert_checks_hold()


@settings(max_examples=300, deadline=None)
@given(
    cents=st.integers(-(10**9), 10**9), cuts=st.lists(st.integers(1, 999_999), max_size=6, unique=True), decimals=st.sampled_from([0, 2, 3]), seed=st.integers()
)  # fmt: skip
def test_any_shares_of_any_net_come_to_the_net_and_mirror_it(cents, cuts, decimals, seed):
    note(f"seed {seed}")
    edges = [0, *sorted(cuts), 1_000_000]
    shares = [Share(n, Decimal(b - a) / 10_000, False) for n, (a, b) in enumerate(itertools.pairwise(edges), start=1)]
    shares.insert(random.Random(seed).randrange(len(shares) + 1), Share(99, Decimal(10), True))
    base = Decimal(cents).scaleb(-decimals)
    found = _amounts(base, shares, decimals)
    assert sum(a for a, s in zip(found, shares, strict=True) if not s.on_top) == base
    assert _amounts(-base, shares, decimals) == [-a for a in found]
