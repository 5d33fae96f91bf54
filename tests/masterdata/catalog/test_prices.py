"""PR-01: which price wins, and why the others lost: scenarios by hand, and random price lists against a clerk who reads the rules aloud.

FONDACO_PRICES says how many assortments are tried.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from fondaco.masterdata.catalog.models import Category, PriceList, PriceListMember, PriceRule, Product, SalesChannel, Unit
from fondaco.masterdata.catalog.queries import PriceRequest, prices
from fondaco.masterdata.catalog.refusals import ListForMembersOrGroup
from fondaco.masterdata.companies.queries import RateMissing
from fondaco.masterdata.parties.models import CustomerGroup, CustomerGroupMember
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, open_books

ASSORTMENTS = int(os.environ.get("FONDACO_PRICES", "40"))
RATES = {"EUR": Fraction(1), "USD": Fraction("0.9"), "JPY": Fraction("0.006")}
DAYS = [date(2026, month, 15) for month in (1, 2, 3, 4)]
UNRATED = "CHF"


@dataclass(frozen=True)
class Rule:
    """A rule as it is written down: for ``product`` (its place), or ``category``, or everything."""

    product: int | None
    category: int | None
    least: Decimal
    days: tuple[date | None, date | None]
    price: Decimal | None
    discount: Decimal | None


@dataclass(frozen=True)
class List:
    priority: int
    own: bool
    company: bool
    currency: str
    days: tuple[date | None, date | None]
    active: bool
    includes_tax: bool
    members: frozenset[int]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Goods:
    """``category`` is the place of one of three, each under the one before it."""

    category: int | None
    price: Decimal | None
    currency: str


@dataclass(frozen=True)
class Question:
    company: int
    product: int
    party: int
    quantity: Decimal
    currency: str
    on: date


day = some.one_of(some.none(), some.sampled_from(DAYS))
days = some.tuples(day, day).map(lambda d: d if None in d or d[0] <= d[1] else (d[1], d[0]))
money = some.decimals(0, 2000, places=2)
quantity = some.sampled_from(["0.5", "1", "9.99", "10", "100"]).map(Decimal)
currency = some.sampled_from(sorted(RATES))


@some.composite
def rules(draw):
    kind = draw(some.sampled_from(["product", "product", "category", "everything"]))
    fixed = kind == "product" and draw(some.booleans())
    return Rule(
        draw(some.integers(0, 2)) if kind == "product" else None,
        draw(some.integers(0, 2)) if kind == "category" else None,
        draw(some.sampled_from(["0", "1", "10", "50"]).map(Decimal)),
        draw(days),
        draw(money) if fixed else None,
        None if fixed else draw(some.sampled_from(["0", "5", "12.5", "33.3333", "100"]).map(Decimal)),
    )


def without_conflict(given):
    """What the database lets stand: two rules of one list never claim the same product, quantity and day."""
    kept: list[Rule] = []
    for rule in given:
        twins = [k for k in kept if (k.product, k.category, k.least) == (rule.product, rule.category, rule.least)]
        if not any(holds(k.days, d) and holds(rule.days, d) for k in twins for d in DAYS):
            kept.append(rule)
    return tuple(kept)


lists = some.builds(
    List, some.integers(0, 2), some.booleans(), some.booleans(), currency, days, some.sampled_from([True, True, True, False]), some.booleans(),
    some.frozensets(some.integers(0, 1)), some.lists(rules(), max_size=6).map(without_conflict),
)  # fmt: skip
goods = some.builds(Goods, some.one_of(some.none(), some.integers(0, 2)), some.one_of(some.none(), money), currency)
questions = some.builds(
    Question, some.integers(0, 1), some.integers(0, 2), some.integers(0, 1), quantity, currency, some.sampled_from(DAYS)
)
assortments = some.tuples(
    some.lists(goods, min_size=3, max_size=3), some.lists(lists, max_size=4), some.lists(questions, min_size=1, max_size=6)
)


# ------------------------------------------------------------------ the clerk


def holds(days, on):
    return (days[0] is None or days[0] <= on) and (days[1] is None or on <= days[1])


def worth(price, given, question):
    """In the currency asked for, half a unit of the fourth decimal away from zero."""
    exact = Fraction(price) * RATES[given] / RATES[question.currency] * 10_000
    return Decimal(floor(exact + Fraction(1, 2))) / 10_000


def concerns(rule, question, product):
    under = list(range(product.category + 1)) if product.category is not None else []
    return rule.product == question.product if rule.product is not None else rule.category in under or rule.category is None


def rank(rule):
    """How near a rule is to the product: its own, then of the deepest category, then of everything."""
    return 9 if rule.product is not None else rule.category if rule.category is not None else -1


def clerk(question, assortment, lists):
    """The price, whether it includes tax, the (list, rule) that won, and of each rule looked at why it lost."""
    product, lost, winner = assortment[question.product], {}, None
    seen = [
        (n, pl) for n, pl in enumerate(lists)
        if pl.active and (not pl.company or question.company == 0) and (not pl.own or question.party in pl.members)
    ]  # fmt: skip
    for n, price_list in seen:
        if not holds(price_list.days, question.on) and any(concerns(r, question, product) for r in price_list.rules):
            lost[n, None] = f"not valid on {question.on}"
    asked = [(n, pl) for n, pl in seen if holds(pl.days, question.on)]
    asked.sort(key=lambda e: (-e[1].priority, question.party not in e[1].members, e[1].currency != question.currency, e[0]))
    for n, price_list in asked:
        for place, rule in sorted(enumerate(price_list.rules), key=lambda e: (rank(e[1]), e[1].least), reverse=True):
            if not concerns(rule, question, product):
                continue
            if rule.price is None and product.price is None:
                lost[n, place] = "the product has no list price to discount"
            elif rule.least > question.quantity:
                lost[n, place] = f"needs a quantity of {rule.least.normalize():f}"
            elif not holds(rule.days, question.on):
                lost[n, place] = f"not valid on {question.on}"
            elif winner:
                lost[n, place] = "another rule comes before it"
            else:
                exact = rule.price if rule.price is not None else Fraction(product.price) * (100 - Fraction(rule.discount)) / 100
                winner = (
                    worth(exact, price_list.currency if rule.price is not None else product.currency, question),
                    price_list.includes_tax,
                    (n, place),
                )
    if winner is None and product.price is not None:
        winner = (worth(product.price, product.currency, question), False, None)
    return winner or (None, False, None), lost


# ------------------------------------------------------------------ and the program


@pytest.fixture
def house(books):
    """Two companies, two customers, and the rates that the clerk knows."""
    for code in ("USD", "JPY"):
        books.rate(code, str(Decimal(RATES[code].numerator) / RATES[code].denominator), "2025-01-01")
    return books, [books.company, open_books(code="OTHER", years=[2026]).company], [books.customer("Anna"), books.customer("Bruno")]


def write(house, assortment, lists):
    """The assortment as rows; the keys of the products."""
    _books, companies, customers = house
    with unit_of_work("test", "test"):
        unit = Unit.objects.get(code="C62")
        chain: list[Category] = []
        for n in range(3):
            chain.append(Category.objects.create(code=f"C{n}", name=f"Category {n}", parent=chain[-1] if chain else None))
        products = [
            Product(sku=f"P{n}", name=f"Product {n}", unit=unit, category=None if g.category is None else chain[g.category], sale_price=g.price, currency_id=g.currency)
            for n, g in enumerate(assortment)
        ]  # fmt: skip
        insert_rows(Product, products)
        rows = [
            PriceList(
                company=companies[0] if pl.company else None, code=f"L{n}", name=f"L{n}", currency_id=pl.currency, includes_tax=pl.includes_tax,
                priority=pl.priority, for_members_only=pl.own, valid_from=pl.days[0], valid_to=pl.days[1], is_active=pl.active,
            )
            for n, pl in enumerate(lists)
        ]  # fmt: skip
        insert_rows(PriceList, rows)
        insert_rows(
            PriceRule,
            [
                PriceRule(
                    price_list=row, product=None if r.product is None else products[r.product], category=None if r.category is None else chain[r.category],
                    min_quantity=r.least, valid_from=r.days[0], valid_to=r.days[1], price=r.price, discount_percent=r.discount, note=f"rule {place}",
                )
                for row, pl in zip(rows, lists, strict=True)
                for place, r in enumerate(pl.rules)
            ],
        )  # fmt: skip
        insert_rows(
            PriceListMember,
            [PriceListMember(price_list=row, party=customers[m]) for row, pl in zip(rows, lists, strict=True) for m in sorted(pl.members)],
        )
    return [p.pk for p in products]


def asked(house, products, questions):
    _books, companies, customers = house
    return [
        PriceRequest(companies[q.company].pk, products[q.product], customers[q.party].pk, q.quantity, q.currency, q.on) for q in questions
    ]


def named(sentence):
    """(list, rule) of a sentence such as ``L1: fixed price from 10 (rule 2)``; nothing for the list price."""
    if sentence.startswith("List price of"):
        return None
    name, _colon, rest = sentence.partition(":")
    return int(name[1:]), int(rest.rstrip(")").rpartition("rule ")[2]) if rest else None


@settings(max_examples=ASSORTMENTS, deadline=None, print_blob=True, database=None, suppress_health_check=list(HealthCheck))
@given(assortments)
def test_PR_01_prices_are_what_a_clerk_reads_from_the_rules(house, given):
    assortment, lists, questions = given
    point = transaction.savepoint()
    try:
        requests = asked(house, write(house, assortment, lists), questions)
        answers = prices(requests)
        assert answers == [prices([r])[0] for r in requests], "an answer does not depend on what else is asked"
        for question, answer in zip(questions, answers, strict=True):
            (price, includes_tax, winner), lost = clerk(question, assortment, lists)
            assert (answer.price, answer.includes_tax) == (price, includes_tax)
            told = {named(c.rule): c for c in answer.considered}
            assert len(told) == len(answer.considered)
            assert {k: c.reason for k, c in told.items() if k is not None and not c.won} == lost
            won = [c for c in answer.considered if c.won]
            assert [named(c.rule) for c in won] == ([winner] if price is not None else [])
            assert [c.price for c in won] == ([price] if price is not None else [])
            assert answer.explanation == (won[0].rule if won else "No price is set.")
            if assortment[question.product].price is not None:
                assert told[None].reason == ("no rule fits" if winner is None else "a rule comes before the list price")
    finally:
        transaction.savepoint_rollback(point)


# ------------------------------------------------------------------ by hand

MARCH = date(2026, 3, 15)
COFFEE = Goods(category=1, price=Decimal("10.00"), currency="EUR")
TEN = Question(company=0, product=0, party=0, quantity=Decimal(10), currency="EUR", on=MARCH)
EVERY = List(0, own=False, company=False, currency="EUR", days=(None, None), active=True, includes_tax=False, members=frozenset(), rules=())


def rule(price=None, *, product=None, category=None, least="0", days=(None, None), discount=None):
    return Rule(product, category, Decimal(least), days, *(None if v is None else Decimal(v) for v in (price, discount)))


def answer(house, lists, question=TEN, product=COFFEE):
    keys = write(house, [product, COFFEE, COFFEE], lists)
    (found,) = prices(asked(house, keys, [question]))
    return found


def test_the_answer_tells_which_rule_won_and_why_each_other_lost(house):
    own = replace(EVERY, own=True, members=frozenset({0}), rules=(rule("8.50", product=0, least="10"), rule("8.00", product=0, least="50")))
    over = replace(EVERY, priority=1, days=(None, date(2026, 2, 15)), rules=(rule("1.00", product=0),))
    general = replace(EVERY, rules=(rule(category=1, discount="5"), rule("9.00", product=0, days=(date(2026, 4, 15), None))))
    strangers = replace(EVERY, own=True, members=frozenset({1}), rules=(rule("2.00", product=0),))
    found = answer(house, [own, over, general, strangers])
    assert [(c.rule, c.price, c.won, c.reason) for c in found.considered] == [
        ("L1", None, False, "not valid on 2026-03-15"),
        ("L0: fixed price from 50 (rule 1)", None, False, "needs a quantity of 50"),
        ("L0: fixed price from 10 (rule 0)", Decimal("8.50"), True, "first that fits"),
        ("L2: fixed price (rule 1)", None, False, "not valid on 2026-03-15"),
        ("L2: discount of 5% (rule 0)", Decimal("9.50"), False, "another rule comes before it"),
        ("List price of P0", Decimal("10.00"), False, "a rule comes before the list price"),
    ]
    assert (found.price, found.explanation) == (Decimal("8.50"), "L0: fixed price from 10 (rule 0)")


def test_a_list_in_another_currency_is_converted_at_the_rate_of_the_day(house):
    house[0].rate("USD", "0.8", "2026-03-01")
    dollars = replace(EVERY, currency="USD", rules=(rule("9.99", product=0),))
    assert answer(house, [dollars]).price == Decimal("7.992")


def test_only_the_price_that_wins_needs_a_rate(house):
    francs = replace(EVERY, currency=UNRATED, rules=(rule("9.00", product=0),))
    euros = replace(EVERY, priority=1, rules=(rule("8.00", product=0),))
    found = answer(house, [francs, euros])
    assert found.price == Decimal("8.00")
    assert [(c.price, c.won) for c in found.considered if named(c.rule) == (0, 0)] == [(None, False)]


def test_the_price_agreed_in_a_currency_without_a_rate_is_not_replaced_by_another(house):
    francs = replace(EVERY, priority=1, currency=UNRATED, rules=(rule("9.00", product=0),))
    euros = replace(EVERY, rules=(rule("8.00", product=0),))
    with pytest.raises(RateMissing, match="no exchange rate CHF/EUR on or before 15 Mar 2026"):
        answer(house, [francs, euros])


def test_nothing_set_is_said_and_no_price_is_made_up(house):
    found = answer(house, [replace(EVERY, rules=(rule(discount="10"),))], product=replace(COFFEE, price=None))
    assert (found.price, found.explanation) == (None, "No price is set.")
    assert [(c.reason, c.won) for c in found.considered] == [("the product has no list price to discount", False)]


def test_prices_cost_the_same_statements_for_one_and_for_many(house):
    lists = [replace(EVERY, rules=(rule("9.00", product=n), rule(category=n, discount="5"))) for n in range(3)]
    requests = asked(
        house, write(house, [COFFEE] * 3, lists), [replace(TEN, product=n % 3, party=n % 2, on=DAYS[n % 4]) for n in range(300)]
    )
    counts = []
    for part in (requests[:1], requests):
        with CaptureQueriesContext(connection) as statements:
            prices(part)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_PR_01_lists_by_customer_group_and_channel(house):
    """The customer's own list goes before that of his group before the general one; that of the channel before that of every channel."""
    books, _companies, (anna, bruno) = house
    keys = write(house, [COFFEE, COFFEE, COFFEE], [replace(EVERY, rules=(rule("9.50", product=0),))])
    with unit_of_work("test", "test"):
        group = CustomerGroup.objects.create(code="BARS", name="Bars")
        CustomerGroupMember.objects.create(group=group, party=anna)
        shop = SalesChannel.objects.create(code="SHOP", name="Shop")
        bars = PriceList.objects.create(code="BARS", name="Bars", currency_id="EUR", group=group)
        web = PriceList.objects.create(code="WEB", name="Web shop", currency_id="EUR", channel=shop)
        both = PriceList.objects.create(code="BOTH", name="Bars in the shop", currency_id="EUR", group=group, channel=shop)
        for price_list, price in ((bars, "9.00"), (web, "8.50"), (both, "8.80")):
            PriceRule.objects.create(price_list=price_list, product_id=keys[0], price=Decimal(price))

    def found(party, channel=None):
        return prices([PriceRequest(books.company.pk, keys[0], party.pk, Decimal(1), "EUR", MARCH, channel)])[0]

    assert [(found(p).price, found(p, shop.pk).price) for p in (anna, bruno)] == [
        (Decimal("9.00"), Decimal("8.80")),
        (Decimal("9.50"), Decimal("8.50")),
    ]
    assert [(c.rule, c.won, c.reason) for c in found(anna).considered] == [
        ("Bars in the shop", False, "only for channel Shop"),
        ("Web shop", False, "only for channel Shop"),
        ("Bars: fixed price", True, "first that fits"),
        ("L0: fixed price (rule 0)", False, "another rule comes before it"),
        ("List price of P0", False, "a rule comes before the list price"),
    ]
    assert "Bars" not in str(found(bruno, shop.pk).considered), "what is for others only is not told of"
    with unit_of_work("test", "test"):
        PriceListMember.objects.create(price_list=PriceList.objects.get(code="L0"), party=anna)
    assert found(anna).price == Decimal("9.50"), "the customer's own list before that of his group"
    with pytest.raises(ListForMembersOrGroup):
        create(
            ACTOR, RESOURCES["price-lists"], [{"code": "X", "name": "X", "currency": "EUR", "for_members_only": True, "group": group.pk}]
        )


def test_PR_01_many_prices_cost_the_statements_of_one(house):
    keys = write(house, [COFFEE, COFFEE, COFFEE], [replace(EVERY, rules=(rule("9.50", product=0),))])

    def counted(questions):
        with CaptureQueriesContext(connection) as seen:
            prices(asked(house, keys, questions))
        return len(seen)

    assert counted([TEN]) == counted([replace(TEN, product=n % 3, quantity=Decimal(n + 1)) for n in range(200)])
