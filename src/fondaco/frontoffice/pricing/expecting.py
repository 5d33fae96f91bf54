"""What selling a set of lines is expected to cost beside the goods: freight and commission by the closest rule, and the rebate that is agreed
(PR-06). Six statements at most."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fondaco.frontoffice.pricing.closest import Key, chain_of, holds, key_of, keys_by_closeness
from fondaco.frontoffice.pricing.models import SellingCost
from fondaco.frontoffice.pricing.queries import in_force
from fondaco.frontoffice.pricing.rebates import rebate_shares
from fondaco.masterdata.catalog.models import Category, Product
from fondaco.masterdata.parties.models import CustomerGroupMember
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class SellingRequest:
    """A line: ``net`` in company currency, with its ``decimals``."""

    company: int
    customer: int
    product: int | None
    quantity: Decimal
    net: Decimal
    decimals: int
    on: date


@dataclass(frozen=True, slots=True)
class Selling:
    """What is expected, in company currency, rounded half away from zero to its minor unit."""

    rebate: Decimal = ZERO
    freight: Decimal = ZERO
    commission: Decimal = ZERO


def selling_costs(requests: Sequence[SellingRequest], products: Mapping[int, Product]) -> list[Selling]:
    """The expected rebate, freight and commission of each line; freight of goods only, by the kilogram where the product has a weight."""
    if not requests:
        return []
    agreements = in_force({r.company for r in requests}, {r.customer for r in requests})
    shares = rebate_shares([(r.company, r.customer, r.on) for r in requests], agreements)
    rules: dict[Key, list[SellingCost]] = defaultdict(list)
    for rule in SellingCost.objects.filter(company__in={r.company for r in requests}):
        rules[key_of((rule.company_id, rule.kind), rule)].append(rule)
    if not rules:
        return [Selling(rounded(r.net * share, r.decimals)) for r, share in zip(requests, shares, strict=True)]
    groups = dict(CustomerGroupMember.objects.filter(party__in={r.customer for r in requests}).values_list("party_id", "group_id"))
    parents = dict(Category.objects.values_list("id", "parent_id"))

    def closest(request: SellingRequest, kind: str) -> SellingCost | None:
        product = products.get(request.product) if request.product else None
        chain = chain_of(product.category_id, parents) if product else []
        keys = keys_by_closeness((request.company, kind), request.customer, groups.get(request.customer), request.product, chain)
        return next((rule for key in keys for rule in rules.get(key, ()) if holds(rule, request.on)), None)

    found = []
    for request, share in zip(requests, shares, strict=True):
        product = products.get(request.product) if request.product else None
        freight = closest(request, SellingCost.FREIGHT) if product is not None and product.kind == "goods" else None
        commission = closest(request, SellingCost.COMMISSION)
        carried, earned = ZERO, ZERO
        if freight is not None and product is not None:
            carried = request.net * freight.percent / HUNDRED + request.quantity * (product.weight_kg or ZERO) * freight.per_kg
        if commission is not None:
            earned = request.net * commission.percent / HUNDRED
        found.append(Selling(*(rounded(x, request.decimals) for x in (request.net * share, carried, earned))))
    return found


__all__ = ["Selling", "SellingRequest", "selling_costs"]
