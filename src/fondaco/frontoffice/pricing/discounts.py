"""Discounts with their reasons (PR-02): which rules give a line how much, which lose, and what cap and margin floor cut off.

Everything is read once for a whole set of lines, in seven statements at most, in one where a company has no rules. The rest is plain.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fondaco.frontoffice.pricing.closest import Key, chain_of, holds, key_of, keys_by_closeness
from fondaco.frontoffice.pricing.models import DiscountLimit, DiscountRule, DiscountStep
from fondaco.masterdata.catalog.models import Category, Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateTable, rate_table
from fondaco.masterdata.parties.models import CustomerGroupMember
from fondaco.operations.inventory.models import ProductCost
from fondaco.platform.money import ZERO, figure

HUNDRED = Decimal(100)
#: Discounts keep four decimals of a percent; rounded down, so that neither cap nor floor is passed by a fraction.
PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class DiscountRequest:
    """A line whose discount is asked: ``price`` and ``currency`` as on the document, ``tax_rate`` in percent where prices include tax (else 0),
    ``value`` of the whole document at the prices of the lists, without tax, in its currency."""

    company: int
    customer: int
    product: int
    quantity: Decimal
    price: Decimal
    currency: str
    on: date
    value: Decimal
    tax_rate: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was looked at: its sentence, what it gives in percent, and why it counts or not."""

    rule: str
    percent: Decimal
    won: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DiscountAnswer:
    """The discount of a line in percent, how it came about in a sentence, and every rule considered. ``cut`` says what a limit took off."""

    percent: Decimal = ZERO
    sentence: str = ""
    cut: str = ""
    considered: tuple[Considered, ...] = ()


NOTHING = DiscountAnswer()


def discounts(
    requests: Sequence[DiscountRequest], companies: Mapping[int, Company], products: Mapping[int, Product]
) -> list[DiscountAnswer]:
    """The discounts of a whole set of lines: what each comes to does not depend on the others, nor on the order in which rules were entered."""
    if not requests:
        return []
    book = _Book.read(requests, companies, products)
    if not book.rules:
        return [NOTHING] * len(requests)
    answers = {r: book.answer(r) for r in dict.fromkeys(requests)}
    return [answers[r] for r in requests]


def present_costs(companies: Iterable[int], products: Iterable[int]) -> dict[tuple[int, int], Decimal]:
    """What a stock unit of each product costs each company at present, in its currency, unrounded; only where it is known. One statement."""
    rows = ProductCost.objects.filter(company__in=set(companies), product__in=set(products))
    found = rows.values_list("company_id", "product_id", "quantity", "value", "last_cost")
    costs = {(c, p): value / quantity if quantity > 0 else last for c, p, quantity, value, last in found}
    return {key: cost for key, cost in costs.items() if cost > 0}


@dataclass
class _Book:
    """All that is needed to answer, read once."""

    steps: dict[int, list[DiscountStep]]
    rules: dict[Key, list[DiscountRule]]
    groups: dict[int, int]
    chains: dict[int, list[int]]
    limits: dict[tuple[int, int], DiscountLimit]
    categories: dict[int, str]
    costs: dict[tuple[int, int], Decimal]
    rates: dict[int, RateTable]
    is_local: bool
    memory: dict[tuple[int, int, int], list[DiscountRule]] = field(default_factory=dict)

    @classmethod
    def read(cls, requests: Sequence[DiscountRequest], companies: Mapping[int, Company], products: Mapping[int, Product]) -> "_Book":
        asked = {r.company for r in requests}
        wanted = {r.product for r in requests}
        found = list(
            DiscountRule.objects.filter(
                Q(product__isnull=True) | Q(product__in=wanted),
                Q(customer__isnull=True) | Q(customer__in={r.customer for r in requests}),
                step__company__in=asked,
                step__is_active=True,
            ).select_related("step")
        )
        if not found:
            return cls({}, {}, {}, {}, {}, {}, {}, {}, is_local=True)
        steps: dict[int, dict[int, DiscountStep]] = defaultdict(dict)
        rules: dict[Key, list[DiscountRule]] = defaultdict(list)
        for rule in found:
            rule.step = steps[rule.step.company_id].setdefault(rule.step_id, rule.step)
            rules[key_of(rule.step_id, rule)].append(rule)
        parents, names = {}, {}
        for pk, parent, english, italian in Category.objects.values_list("id", "parent_id", "name", "name_it"):
            parents[pk], names[pk] = parent, _in_language(english, italian)
        limits = {(x.company_id, x.category_id or 0): x for x in DiscountLimit.objects.filter(company__in=asked)}
        floored = any(x.floor_percent is not None for x in limits.values())
        is_local = all(r.currency == companies[r.company].currency_id for r in requests)
        currencies = {r.currency for r in requests}
        return cls(
            steps={company: sorted(own.values(), key=lambda s: s.position) for company, own in steps.items()},
            rules=rules,
            groups=dict(CustomerGroupMember.objects.filter(party__in={r.customer for r in requests}).values_list("party_id", "group_id")),
            chains={pk: chain_of(products[pk].category_id, parents) for pk in wanted},
            limits=limits,
            categories=names,
            costs=present_costs(asked, wanted) if floored else {},
            rates={} if is_local else {pk: rate_table(companies[pk], currencies) for pk in asked},
            is_local=is_local,
        )

    def answer(self, request: DiscountRequest) -> DiscountAnswer:
        considered: list[Considered] = []
        winners: list[tuple[DiscountStep, DiscountRule]] = []
        for step in self.steps.get(request.company, ()):
            winner: DiscountRule | None = None
            for rule in self._claiming(step, request):
                why_not = self._why_not(rule, request)
                if why_not or winner is not None:
                    closer = _("{rule} is closer").format(rule=_called(winner)) if winner is not None else ""
                    considered.append(Considered(_sentence(rule), rule.percent, False, why_not or closer))
                else:
                    winner = rule
            if winner is not None:
                winners.append((step, winner))
        granted, reason = _combined(winners)
        for step, rule in winners:
            won = any(rule is r for _step, r in granted)
            considered.append(Considered(_sentence(rule), rule.percent, won, _of_step(step) if won else reason))
        considered.sort(key=lambda c: not c.won)
        percent = _total(granted)
        sentence = ", ".join(_sentence(rule) for _step, rule in granted)
        if len(granted) > 1:
            sentence = _("{rules}: together {percent}%").format(rules=sentence, percent=figure(percent))
        limited, cut = self._limited(percent, request)
        return DiscountAnswer(limited, sentence, cut, tuple(considered))

    def _claiming(self, step: DiscountStep, request: DiscountRequest) -> list[DiscountRule]:
        """The rules of a step that are for this customer and product, the closest first: the customer's before those of his group before those
        for all; of these the product's before its nearest category's before those for everything; the highest quantity and value first."""
        key = (step.pk, request.customer, request.product)
        if key not in self.memory:
            ranked = []
            keys = keys_by_closeness(
                step.pk, request.customer, self.groups.get(request.customer), request.product, self.chains[request.product]
            )
            for near, place in enumerate(keys):
                for rule in self.rules.get(place, ()):
                    ranked.append((near, -rule.from_quantity, -rule.from_value, str(rule.valid_from or ""), rule))
            ranked.sort(key=lambda r: r[:-1])
            self.memory[key] = [r[-1] for r in ranked]
        return self.memory[key]

    def _why_not(self, rule: DiscountRule, request: DiscountRequest) -> str:
        if not holds(rule, request.on):
            return _("not valid on {day}").format(day=date_format(request.on, "j M Y"))
        if rule.from_quantity > request.quantity:
            return _("needs a quantity of {quantity}").format(quantity=figure(rule.from_quantity))
        if rule.from_value and rule.from_value > self._in_company_currency(request.value, request):
            return _("needs a document of {value}").format(value=figure(rule.from_value))
        return ""

    def _in_company_currency(self, amount: Decimal, request: DiscountRequest) -> Decimal:
        return amount if self.is_local else amount * self.rates[request.company].rate(request.currency, request.on)

    def _limit(self, request: DiscountRequest, name: str) -> tuple[Decimal | None, int]:
        """What the nearest category says of ``name``, and which one; nothing where nobody says anything."""
        for category in (*self.chains[request.product], 0):
            limit = self.limits.get((request.company, category))
            if limit is not None and getattr(limit, name) is not None:
                return getattr(limit, name), category
        return None, 0

    def _limited(self, percent: Decimal, request: DiscountRequest) -> tuple[Decimal, str]:
        """The discount after cap and floor, and what they cut off, in words that do not tell the cost."""
        said = []
        limited = percent
        cap, category = self._limit(request, "cap_percent")
        if cap is not None and limited > cap:
            limited = cap
            of = f" ({self.categories[category]})" if category else ""
            said.append(
                _("the highest total discount{of} cut {before} to {after} percent").format(of=of, before=figure(percent), after=figure(cap))
            )
        floor, category = self._limit(request, "floor_percent")
        cost = self.costs.get((request.company, request.product))
        if floor is not None and cost is not None and limited > 0:
            least = cost * (HUNDRED + floor) / HUNDRED
            net = self._in_company_currency(request.price * HUNDRED / (HUNDRED + request.tax_rate), request)
            most = _down(HUNDRED * (1 - least / net)) if net > 0 else ZERO
            most = max(most, ZERO)
            if limited > most:
                of = f" ({self.categories[category]})" if category else ""
                sentence = _("the margin floor{of} cut {before} to {after} percent")
                said.append(sentence.format(of=of, before=figure(limited), after=figure(most)))
                limited = most
        return limited, "; ".join(said)


def _combined(winners: Sequence[tuple[DiscountStep, DiscountRule]]) -> tuple[list[tuple[DiscountStep, DiscountRule]], str]:
    """What of the winners of each step counts, and why the others do not."""
    for step, rule in winners:
        if step.kind == DiscountStep.ALONE:
            return [(step, rule)], _("{rule} stands alone").format(rule=_called(rule))
    together = [(s, r) for s, r in winners if s.kind == DiscountStep.STACK]
    alone = [[(s, r)] for s, r in winners if s.kind == DiscountStep.BEST]
    best = max([together, *alone], key=_total)  # of equals the first: all together, then by position
    if best is together:
        return best, _("less than the others together")
    return best, _("{rule} gives more, and stands alone").format(rule=_called(best[0][1]))


def _total(granted: Sequence[tuple[DiscountStep, DiscountRule]]) -> Decimal:
    """What steps come to in percent of the price of the lists, one after the other; never more than all of it."""
    left = HUNDRED
    for step, rule in granted:
        left = (
            left - rule.percent
            if step.kind == DiscountStep.STACK and step.basis == DiscountStep.LIST
            else left * (HUNDRED - rule.percent) / HUNDRED
        )
    return _down(HUNDRED - max(left, ZERO))


def _down(percent: Decimal) -> Decimal:
    return percent.quantize(PLACES, rounding=ROUND_FLOOR)


def _of_step(step: DiscountStep) -> str:
    said = step.__dict__.get("said")
    if said is None:
        said = step.__dict__["said"] = _("the closest rule of {step}").format(step=_in_language(step.name, step.name_it))
    return str(said)


def _called(rule: DiscountRule) -> str:
    return _in_language(rule.name, rule.name_it)


def _sentence(rule: DiscountRule) -> str:
    """As a rule is told of: made once, because a set of lines tells of the same rules again and again."""
    said = rule.__dict__.get("said")
    if said is None:
        said = rule.__dict__["said"] = f"{_called(rule)} {figure(rule.percent)}%"
    return str(said)


def _in_language(english: str, italian: str) -> str:
    return italian if italian and (get_language() or "").startswith("it") else english


__all__ = ["NOTHING", "Considered", "DiscountAnswer", "DiscountRequest", "discounts", "present_costs"]
