"""Holds: what stops an order beside credit, by rule or by hand, who lets it go on, and the log of both (OM-06).

While a hold is open the order is not confirmed, and no goods leave for it: ``migrations/holds.sql``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from fondaco.frontoffice.pricing.closest import chain_of
from fondaco.frontoffice.sales.judging import figures_of
from fondaco.frontoffice.sales.models import HoldRule, Order, OrderHold, OrderLine
from fondaco.frontoffice.sales.queries import lines_of
from fondaco.masterdata.catalog.models import Category
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.rows import related
from fondaco.platform.money import figure


def fire(orders: Sequence[Order]) -> None:
    """Put the holds of the rules that fire on orders about to be confirmed, or amended, each with its figures (``judging.py``).

    A rule that was released on an order does not fire on it again as long as its figures are those that were released. Constant
    statements, one where no company has a rule.
    """
    rules = list(HoldRule.objects.filter(company__in={o.company_id for o in orders}, is_active=True).order_by("pk"))
    if not rules:
        return
    fired = _fired(orders, rules)
    stand, judged = set(), set()
    for order, rule, figures, at in OrderHold.objects.filter(order__in=[o.pk for o in orders], rule__isnull=False).values_list(
        "order_id", "rule_id", "figures", "released_at"
    ):
        judged.add((order, rule, tuple(figures)))
        if at is None:
            stand.add((order, rule))
    holds = [
        OrderHold(order_id=order, rule=rule, kind=rule.kind, why=_why(rule.name, *figures), figures=[str(f) for f in figures])
        for order, rule, figures in fired
    ]
    insert_rows(
        OrderHold, [h for h in holds if (h.order_id, h.rule_id) not in stand and (h.order_id, h.rule_id, tuple(h.figures)) not in judged]
    )


def _fired(orders: Sequence[Order], rules: Sequence[HoldRule]) -> list[tuple[int, HoldRule, tuple[Any, ...]]]:
    """The rules that fire on each order, with what they wanted and what was found."""
    lines = lines_of(OrderLine, [o.pk for o in orders])
    found = figures_of([(o, lines[o.pk]) for o in orders])
    countries = _countries({o.customer_id for o in orders}) if any(r.country_id for r in rules) else {}
    branches = _branches(rules)
    products = related((ln for rows in lines.values() for ln in rows), "product") if branches else {}
    fired: list[tuple[int, HoldRule, tuple[Any, ...]]] = []
    for order, f in zip(orders, found, strict=True):
        categories = {products[ln.product_id].category_id for ln in lines[order.pk] if ln.product_id in products}
        for rule in rules:
            if (
                rule.company_id == order.company_id
                and rule.country_id in (None, countries.get(order.customer_id))
                and (rule.category_id is None or not branches[rule.category_id].isdisjoint(categories))
                and (rule.least_total is None or f.gross >= rule.least_total)
                and (not rule.new_customer or f.is_new)
                and (rule.discount_over is None or f.line_discount > rule.discount_over)
                and (rule.margin_under is None or f.margin < rule.margin_under)
            ):
                asked = (rule.country_id, rule.category_id is not None, rule.least_total, f.gross, rule.new_customer)
                fired.append((order.pk, rule, (*asked, rule.discount_over, f.line_discount, rule.margin_under, f.margin)))
    return fired


def _countries(customers: set[int]) -> dict[int, str | None]:
    """Where the goods of customers go: their first address of delivery with a country, else where they are. Two statements."""
    found: dict[int, str | None] = dict(Party.objects.filter(pk__in=customers).values_list("pk", "country_id"))
    rows = Address.objects.filter(party__in=customers, kind="delivery", country__isnull=False).order_by("party_id", "position", "id")
    return found | dict(rows.distinct("party_id").values_list("party_id", "country_id"))


def _branches(rules: Sequence[HoldRule]) -> dict[int, set[int]]:
    """Each category that a rule names, with all below it; one statement, none where none does."""
    named = {r.category_id for r in rules if r.category_id}
    if not named:
        return {}
    parents = dict(Category.objects.values_list("id", "parent_id"))
    return {top: {pk for pk in parents if top in chain_of(pk, parents)} for top in named}


def _why(
    name: str,
    country: Any,
    category: bool,
    total: Any,
    gross: Any,
    new: bool,
    discount_over: Any,
    discount: Any,
    margin_under: Any,
    margin: Any,
) -> str:
    """The sentence of a rule that fired: its name, and each of its conditions with what was found."""
    found = []
    if country:
        found.append(_("goods go to {country}").format(country=country))
    if category:
        found.append(_("goods of the category are ordered"))
    if total is not None:
        found.append(_("it comes to {gross}, limit {total}").format(gross=f"{gross:.2f}", total=f"{total:.2f}"))
    if new:
        found.append(_("the customer was never invoiced"))
    if discount_over is not None:
        found.append(_("{discount}% below the list, allowed {allowed}%").format(discount=figure(discount), allowed=figure(discount_over)))
    if margin_under is not None:
        found.append(_("margin {margin}%, at least {least}%").format(margin=figure(margin), least=figure(margin_under)))
    return f"{name}: {'; '.join(found)}"


def open_holds(orders: Iterable[int]) -> dict[int, list[OrderHold]]:
    """The holds that stop each order, the oldest first; one statement."""
    found: dict[int, list[OrderHold]] = defaultdict(list)
    for hold in OrderHold.objects.filter(order__in=list(orders), released_at__isnull=True).order_by("pk"):
        found[hold.order_id].append(hold)
    return found
