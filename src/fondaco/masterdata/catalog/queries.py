"""Prices with their reasons (PR-01), and conversions of units."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from fondaco.masterdata.catalog.models import Category, PriceList, PriceListMember, PriceRule, Product, ProductUnit, Unit
from fondaco.masterdata.catalog.refusals import NoConversion
from fondaco.masterdata.companies.queries import RateMissing, RateTable, companies_of, rate_table
from fondaco.masterdata.parties.models import CustomerGroupMember
from fondaco.platform.money import ZERO, figure, rounded

#: Unit prices keep four decimals; amounts are rounded to the currency where the line is extended.
PRICE_DECIMALS = 4
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """What is asked: the price of one stock unit of a product, for a customer, at a quantity, on a day, in a currency; by a channel, if it is known."""

    company: int
    product: int
    party: int
    quantity: Decimal
    currency: str
    on: date
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was looked at: its sentence, the price it gives, and why it won or lost."""

    rule: str
    price: Decimal | None
    won: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """The price per stock unit in the currency asked for; ``None`` when nobody has set one. ``includes_tax`` as its list says."""

    price: Decimal | None
    includes_tax: bool
    explanation: str
    considered: tuple[Considered, ...]


def prices(requests: Sequence[PriceRequest]) -> list[PriceAnswer]:
    """Price a whole set: the number of statements does not grow with it.

    Lists are asked by priority, the customer's own before those of his group before the general ones, those of the channel before those of
    every channel, those in the currency asked for before others;
    within a list the rule for the product comes before that for its category (nearest first) before that for everything, and
    the highest quantity reached before lower ones. Without a rule the product's list price stands. A price in another
    currency is converted at the rate of the day; raises RateMissing when the rate of the price that wins is missing.
    """
    if not requests:
        return []
    table = _Table.read(requests)
    # Lines that ask the same (a product for several days or places) are answered once.
    answers = {r: table.answer(r) for r in dict.fromkeys(requests)}
    return [answers[r] for r in requests]


@dataclass
class _Words:
    first: str = field(default_factory=lambda: _("first that fits"))
    other: str = field(default_factory=lambda: _("another rule comes before it"))
    none: str = field(default_factory=lambda: _("no rule fits"))
    before: str = field(default_factory=lambda: _("a rule comes before the list price"))
    listed: str = field(default_factory=lambda: _("List price of {product}"))


@dataclass
class _Table:
    products: dict[int, Product]
    ancestors: dict[int, list[int]]
    lists: list[PriceList]
    #: By list, product and category.
    rules: dict[tuple[int, int | None, int | None], list[PriceRule]]
    members: set[tuple[int, int]]
    groups: dict[int, int]
    rates: dict[int, RateTable]
    #: What every answer says again and again, said once.
    words: "_Words"

    @classmethod
    def read(cls, requests: Sequence[PriceRequest]) -> "_Table":
        products = Product.objects.in_bulk({r.product for r in requests})
        parents = dict(Category.objects.values_list("id", "parent_id"))
        ancestors: dict[int, list[int]] = {}
        for product in products.values():
            chain, category = [], product.category_id
            while category is not None and category not in chain:
                chain.append(category)
                category = parents.get(category)
            ancestors[product.pk] = chain
        # Of every season: an answer tells which lists are over, whatever else was asked with it.
        of_company = Q(company__isnull=True) | Q(company__in={r.company for r in requests})
        lists = list(PriceList.objects.filter(of_company, is_active=True).select_related("channel").order_by("-priority", "code"))
        rules: dict[tuple[int, int | None, int | None], list[PriceRule]] = defaultdict(list)
        wanted = (
            Q(product__in=products)
            | Q(category__in={c for chain in ancestors.values() for c in chain})
            | Q(product__isnull=True, category__isnull=True)
        )
        for rule in PriceRule.objects.filter(wanted, price_list__in=lists).order_by("-min_quantity", "id"):
            rules[rule.price_list_id, rule.product_id, rule.category_id].append(rule)
        members = set(
            PriceListMember.objects.filter(price_list__in=lists, party__in={r.party for r in requests}).values_list(
                "price_list_id", "party_id"
            )
        )
        companies = companies_of({r.company for r in requests})
        groups = {}
        if any(pl.group_id for pl in lists):
            groups = dict(CustomerGroupMember.objects.filter(party__in={r.party for r in requests}).values_list("party_id", "group_id"))
        currencies = (
            {r.currency for r in requests} | {p.currency_id for p in products.values() if p.currency_id} | {pl.currency_id for pl in lists}
        )
        return cls(
            products, ancestors, lists, rules, members, groups, {k: rate_table(c, currencies) for k, c in companies.items()}, _Words()
        )

    def answer(self, request: PriceRequest) -> PriceAnswer:
        product = self.products[request.product]
        considered: list[Considered] = []
        won: tuple[Decimal, bool, str] | None = None
        for price_list in self._lists_for(request, product, considered):
            for rule, reason in self._rules_for(request, product, price_list):
                sentence = self._sentence(rule, price_list)
                if reason:
                    considered.append(Considered(sentence, None, False, reason))
                    continue
                price = self._price(rule, product, price_list, request, needed=won is None)
                if won is None and price is not None:
                    won = (price, price_list.includes_tax, sentence)
                    considered.append(Considered(sentence, price, True, self.words.first))
                else:
                    considered.append(Considered(sentence, price, False, self.words.other))
        if product.sale_price is not None and product.currency_id:
            price = self._convert(product.sale_price, product.currency_id, request, needed=won is None)
            sentence = self.words.listed.format(product=product.sku)
            considered.append(Considered(sentence, price, won is None, self.words.none if won is None else self.words.before))
            if won is None and price is not None:
                won = (price, False, sentence)
        if won is None:
            return PriceAnswer(None, False, _("No price is set."), tuple(considered))
        return PriceAnswer(won[0], won[1], won[2], tuple(considered))

    def _lists_for(self, request: PriceRequest, product: Product, considered: list[Considered]) -> list[PriceList]:
        """Lists in force, in the order in which they are asked; those that are over or not yet in force are only told of."""
        fitting = []
        for price_list in self.lists:
            if price_list.company_id not in (None, request.company):
                continue
            member = (price_list.pk, request.party) in self.members
            grouped = price_list.group_id is not None and self.groups.get(request.party) == price_list.group_id
            if (price_list.for_members_only and not member) or (price_list.group_id and not (grouped or member)):
                continue
            if price_list.channel is not None and price_list.channel_id != request.channel:
                if self._rules_for(request, product, price_list):
                    considered.append(
                        Considered(price_list.name, None, False, _("only for channel {channel}").format(channel=price_list.channel))
                    )
                continue
            if (price_list.valid_from and request.on < price_list.valid_from) or (price_list.valid_to and request.on > price_list.valid_to):
                if self._rules_for(request, product, price_list):
                    considered.append(Considered(price_list.name, None, False, _("not valid on {day}").format(day=request.on)))
                continue
            near = 0 if member else 1 if grouped else 2
            fitting.append(
                (
                    -price_list.priority,
                    near,
                    price_list.channel_id is None,
                    price_list.currency_id != request.currency,
                    price_list.code,
                    price_list,
                )
            )
        return [entry[-1] for entry in sorted(fitting, key=lambda e: e[:-1])]

    def _rules_for(self, request: PriceRequest, product: Product, price_list: PriceList) -> list[tuple[PriceRule, str]]:
        chain = self.ancestors[product.pk]
        targets = [(product.pk, None), *((None, category) for category in chain), (None, None)]
        found = []
        for rank, rule in ((n, r) for n, target in enumerate(targets) for r in self.rules.get((price_list.pk, *target), ())):
            reason = ""
            if rule.price is None and product.sale_price is None:
                reason = _("the product has no list price to discount")
            elif rule.min_quantity > request.quantity:
                reason = _("needs a quantity of {quantity}").format(quantity=figure(rule.min_quantity))
            elif (rule.valid_from and request.on < rule.valid_from) or (rule.valid_to and request.on > rule.valid_to):
                reason = _("not valid on {day}").format(day=request.on)
            found.append((rank, -rule.min_quantity, rule.pk, rule, reason))
        return [(entry[3], entry[4]) for entry in sorted(found, key=lambda e: e[:3])]

    def _price(self, rule: PriceRule, product: Product, price_list: PriceList, request: PriceRequest, *, needed: bool) -> Decimal | None:
        if rule.price is not None:
            return self._convert(rule.price, price_list.currency_id, request, needed=needed)
        price = (product.sale_price or ZERO) * (HUNDRED - (rule.discount_percent or 0)) / HUNDRED
        return self._convert(price, product.currency_id or "", request, needed=needed)

    def _convert(self, price: Decimal, currency: str, request: PriceRequest, *, needed: bool) -> Decimal | None:
        """The price in the currency asked for, at the company's rates of the day, rounded half away from zero to four decimals.

        Without a rate: nothing for a price that lost anyway, RateMissing for one that is ``needed``.
        """
        if currency == request.currency:
            return rounded(price, PRICE_DECIMALS)
        rates = self.rates[request.company]
        try:
            return rounded(price * rates.rate(currency, request.on) / rates.rate(request.currency, request.on), PRICE_DECIMALS)
        except RateMissing:
            if needed:
                raise
            return None

    @staticmethod
    def _sentence(rule: PriceRule, price_list: PriceList) -> str:
        what = (
            _("discount of {percent}%").format(percent=figure(rule.discount_percent))
            if rule.discount_percent is not None
            else _("fixed price")
        )
        least = _(" from {quantity}").format(quantity=figure(rule.min_quantity)) if rule.min_quantity else ""
        return f"{price_list.name}: {what}{least}{f' ({rule.note})' if rule.note else ''}"


def convert(
    quantity: Decimal, product: Product, given: Unit, wanted: Unit, packings: dict[tuple[int, int], Decimal] | None = None
) -> Decimal:
    """Convert a quantity of a product between units: by its packings, else by the factors of one dimension.

    Exact to six decimals, rounded half away from zero there. Raises NoConversion.
    """
    if given.pk == wanted.pk:
        return quantity
    known = packings if packings is not None else packings_of([product.pk])
    up, down = known.get((product.pk, given.pk)), known.get((product.pk, wanted.pk))
    if up is not None and wanted.pk == product.unit_id:
        return rounded(quantity * up, 6)
    if down is not None and given.pk == product.unit_id:
        return rounded(quantity / down, 6)
    if up is not None and down is not None:
        return rounded(quantity * up / down, 6)
    if given.dimension == wanted.dimension:
        return rounded(quantity * given.factor / wanted.factor, 6)
    raise NoConversion(product=product, given=given, wanted=wanted)


def packings_of(products: Sequence[int]) -> dict[tuple[int, int], Decimal]:
    """Packings of several products, by product and unit; one statement."""
    return {(p, u): f for p, u, f in ProductUnit.objects.filter(product__in=list(products)).values_list("product_id", "unit_id", "factor")}
