"""What reorder rules propose today: computed for all rules together, in constant statements, and nothing twice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F
from django.utils.translation import gettext as _

from fondaco.operations.planning.measuring import Lead, Use, lead_times, safety_stock, up, used
from fondaco.operations.planning.models import PURCHASE, TRANSFER, Proposal, ReorderRule
from fondaco.operations.purchasing.models import PurchaseOrderLine
from fondaco.operations.supply.calendars import Calendar, Route, calendars_of, routes_of
from fondaco.operations.supply.models import ENOUGH_RECEIPTS, VendorItem
from fondaco.operations.supply.promising import vendor_items, whole_days
from fondaco.operations.supply.queries import Spot, free_stock, pegs_of
from fondaco.operations.supply.sources import SUPPLY, Open, open_lines
from fondaco.platform.money import ZERO, figure

#: Where nobody knows how long a vendor takes.
UNKNOWN_LEAD = Lead(Decimal(14))
#: Decimals of lead times and of the use of a day as they are kept and shown.
SHOWN = Decimal("0.01")


@dataclass(slots=True)
class Position:
    """A product in a warehouse: what is free, what comes, what is wanted within the lead time. ``asked`` is what other warehouses are proposed
    to fetch from here."""

    free: Decimal
    coming: list[Open] = field(default_factory=list)
    wanted: list[Open] = field(default_factory=list)
    asked: Decimal = ZERO


def propose_for(rules: Sequence[ReorderRule], today: date) -> list[Proposal]:
    """Compute the figures of rules, keep them on the rules, and say what each proposes. Neither is written.

    Rules that fetch come first: what they want and cannot be given counts as wanted where it would be fetched from.
    """
    return _Planning(rules, today).proposals()


class _Planning:
    def __init__(self, rules: Sequence[ReorderRule], today: date) -> None:
        self.rules, self.today = rules, today
        items = {(r.company_id, r.product_id) for r in rules}
        products = {p for _c, p in items}
        self.calendars = calendars_of({c for c, _p in items})
        self.routes: dict[tuple[int, int], Route] = {(r.source, r.target): r for rs in routes_of(self.calendars).values() for r in rs}
        self.use = used([(r.product_id, r.warehouse_id) for r in rules], today)
        self.leads = lead_times(products, today)
        self.sellers = vendor_items(items)
        self.prices = _last_prices(products)
        self.positions = self._positions(items)

    def _positions(self, items: set[tuple[int, int]]) -> dict[Spot, Position]:
        lines = open_lines(items)
        pegged: dict[tuple[str, int], Decimal] = defaultdict(lambda: ZERO)
        for pair, quantity in pegs_of(lines).items():
            for key in pair:
                pegged[key] += quantity
        stock = free_stock(items)
        found: dict[Spot, Position] = {}
        for spot, free in stock.items():
            found[spot] = Position(free)
        for line in lines:
            here = found.setdefault((line.company, line.product, line.warehouse), Position(ZERO))
            line.quantity -= pegged[line.key] + line.reserved
            if line.quantity > 0:
                (here.coming if line.source.side == SUPPLY else here.wanted).append(line)
        return found

    def position(self, company: int, product: int, warehouse: int) -> Position:
        return self.positions.setdefault((company, product, warehouse), Position(ZERO))

    def proposals(self) -> list[Proposal]:
        made = []
        for rule in sorted(self.rules, key=lambda r: (r.source != TRANSFER, r.pk)):
            if (proposal := self._one(rule)) is not None:
                made.append(proposal)
        return made

    def _one(self, rule: ReorderRule) -> Proposal | None:
        calendar = self.calendars[rule.company_id]
        item = self._seller(rule)
        lead, lead_said = self._lead(rule, item)
        use = self.use.get((rule.product_id, rule.warehouse_id), Use())
        self._keep_figures(rule, use, lead, lead_said)
        here = self.position(rule.company_id, rule.product_id, rule.warehouse_id)
        until = self.today + timedelta(days=whole_days(lead.mean))
        wanted = sum((w.quantity for w in here.wanted if self._needed(w, calendar) <= until), ZERO) + here.asked
        coming = sum((s.quantity for s in here.coming), ZERO)
        position = here.free + coming - wanted
        level = rule.minimum if rule.method == ReorderRule.MIN_MAX and rule.minimum is not None else rule.reorder_point
        if position > level or (position == level and rule.method == ReorderRule.MIN_MAX):
            return None
        quantity = self._quantity(rule, use, position, level)
        if quantity <= 0:
            return None
        said = [
            _("There are {free} free, {coming} on the way and {wanted} wanted within {days} days: {position}, at or below {level}.").format(
                free=figure(here.free), coming=figure(coming), wanted=figure(wanted), days=whole_days(lead.mean), position=figure(position),
                level=figure(level),
            )
        ]  # fmt: skip
        if rule.source == TRANSFER:
            return self._fetched(rule, quantity, said)
        packed = item.packed(quantity) if item else quantity
        if packed != quantity:
            said.append(_("{quantity} become {packed}, as the vendor sells it.").format(quantity=figure(quantity), packed=figure(packed)))
        said.append(rule.explanation)
        vendor = item.vendor_id if item else rule.vendor_id
        price, currency = self._price(rule, vendor, item)
        return Proposal(
            company_id=rule.company_id, state=Proposal.OPEN, on=self.today, rule=rule, source=PURCHASE, product_id=rule.product_id,
            warehouse_id=rule.warehouse_id, vendor_id=vendor, quantity=packed, needed_on=calendar.open_from(until), unit_price=price,
            currency_id=currency, why=" ".join(said),
        )  # fmt: skip

    def _fetched(self, rule: ReorderRule, quantity: Decimal, said: list[str]) -> Proposal | None:
        """A transfer of what the other warehouse has free; what it lacks is wanted there."""
        source = rule.from_warehouse_id or 0
        there = self.position(rule.company_id, rule.product_id, source)
        calendar = self.calendars[rule.company_id]
        free = there.free - sum((w.quantity for w in there.wanted), ZERO) - there.asked
        part = min(quantity, max(free, ZERO))
        there.asked += quantity
        if part <= 0:
            return None
        if part < quantity:
            said.append(
                _("Only {free} of {quantity} can be spared where they come from.").format(free=figure(part), quantity=figure(quantity))
            )
        said.append(rule.explanation)
        route = self.routes.get((source, rule.warehouse_id))
        arrival = route.arrival(self.today) if route else calendar.open_from(self.today)
        return Proposal(
            company_id=rule.company_id, state=Proposal.OPEN, on=self.today, rule=rule, source=TRANSFER, product_id=rule.product_id,
            warehouse_id=rule.warehouse_id, from_warehouse_id=source, quantity=part, needed_on=arrival, why=" ".join(said),
        )  # fmt: skip

    def _needed(self, line: Open, calendar: Calendar) -> date:
        if line.on is None:
            return self.today
        return calendar.needed(line.on) if line.source.to_customer else line.on

    def _seller(self, rule: ReorderRule) -> VendorItem | None:
        items = self.sellers.get((rule.company_id, rule.product_id), [])
        if rule.vendor_id is not None:
            return next((v for v in items if v.vendor_id == rule.vendor_id), None)
        return items[0] if items else None

    def _lead(self, rule: ReorderRule, item: VendorItem | None) -> tuple[Lead, str]:
        if rule.source == TRANSFER:
            route = self.routes.get((rule.from_warehouse_id or 0, rule.warehouse_id))
            days = (route.arrival(self.today) - self.today).days if route else 0
            return Lead(Decimal(days)), _("by the route")
        vendor = item.vendor_id if item else rule.vendor_id
        measured = self.leads.get((rule.company_id, vendor or 0, rule.product_id))
        if measured is not None and measured.receipts >= ENOUGH_RECEIPTS:
            return measured, _("measured over {count} receipts").format(count=measured.receipts)
        if item is not None and item.lead_days is not None:
            return Lead(Decimal(item.lead_days)), _("as agreed with the vendor")
        if measured is not None:
            return measured, _("measured over {count} receipts").format(count=measured.receipts)
        return UNKNOWN_LEAD, _("supposed: nobody knows the vendor's lead time")

    def _keep_figures(self, rule: ReorderRule, use: Use, lead: Lead, lead_said: str) -> None:
        given = rule.safety_stock is not None
        rule.safety = rule.safety_stock if rule.safety_stock is not None else safety_stock(use, lead, rule.service_percent)
        rule.reorder_point = up(use.mean * lead.mean) + rule.safety
        rule.demand_per_day, rule.demand_spread = use.mean.quantize(SHOWN), use.spread.quantize(SHOWN)
        rule.lead_days, rule.lead_spread = lead.mean.quantize(SHOWN), lead.spread.quantize(SHOWN)
        rule.computed_on = self.today
        rule.explanation = _(
            "{use} are used in a day (spread {use_spread}); it takes {lead} days (spread {lead_spread}), {lead_said}. Safety stock {safety}, {safety_said}; reorder point {point}."
        ).format(
            use=figure(rule.demand_per_day), use_spread=figure(rule.demand_spread), lead=figure(rule.lead_days), lead_spread=figure(rule.lead_spread),
            lead_said=lead_said, safety=figure(rule.safety), point=figure(rule.reorder_point),
            safety_said=_("entered by hand") if given else _("for a service level of {percent}%").format(percent=figure(rule.service_percent)),
        )  # fmt: skip

    def _quantity(self, rule: ReorderRule, use: Use, position: Decimal, level: Decimal) -> Decimal:
        if rule.method == ReorderRule.MIN_MAX and rule.maximum is not None:
            return rule.maximum - position
        usual = rule.order_quantity if rule.order_quantity is not None else up(use.mean * rule.cover_days)
        return max(usual, level - position)

    def _price(self, rule: ReorderRule, vendor: int | None, item: VendorItem | None) -> tuple[Decimal | None, str | None]:
        if item is not None and item.unit_price is not None:
            return item.unit_price, item.currency_id
        return self.prices.get((rule.company_id, vendor or 0, rule.product_id), (None, None))


def _last_prices(products: set[int]) -> dict[tuple[int, int, int], tuple[Decimal, str]]:
    """What was paid last, by company, vendor and product, less discount; one statement."""
    rows = (
        PurchaseOrderLine.objects.filter(product__in=products, order__state__in=["confirmed", "closed"])
        .order_by("order__company", "order__vendor", "product", "-order__on", "-pk")
        .distinct("order__company", "order__vendor", "product")
        .annotate(paid=F("unit_price") * (100 - F("discount_percent")) / 100)
    )
    return {
        (c, v, p): (price.quantize(Decimal("0.000001")), currency)
        for c, v, p, price, currency in rows.values_list("order__company", "order__vendor", "product", "paid", "order__currency")
    }


__all__ = ["propose_for"]
