"""The figures by which quotes and orders are judged, once for hold rules (OM-06) and for approvals (PR-07): margin, discounts, credit, customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from fondaco.finance.invoicing.assessing import instalments_of, terms_of_customers
from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.invoicing.terms import AT_ONCE, days_granted
from fondaco.finance.receivables.credit import Standing, standings
from fondaco.finance.receivables.models import CreditLimit
from fondaco.frontoffice.sales.margins import Waterfall, waterfalls, whole
from fondaco.frontoffice.sales.models import Order
from fondaco.masterdata.companies.queries import rate_table
from fondaco.masterdata.parties.models import CustomerGroupMember
from fondaco.platform.database.rows import related
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)
#: Percentages are judged to so many decimals, rounded half away from zero.
PERCENT_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """Amounts in company currency at the rate of the document's day, percentages to two decimals.

    ``margin`` is what is left of the net after rebate, freight, commission and present cost; ``discount`` what the whole is below the lists,
    ``line_discounts`` what each line is, ``line_discount`` the deepest; ``over_limit`` what the customer's exposure with this document comes to
    beyond his limit (none where he has none); ``later_days`` by how much later it is paid than his terms say.
    """

    gross: Decimal
    net: Decimal
    margin: Decimal
    discount: Decimal
    line_discount: Decimal
    line_discounts: tuple[Decimal, ...]
    is_new: bool
    later_days: Decimal
    group: int | None
    standing: Standing | None
    over_limit: Decimal | None
    parts: tuple[Waterfall, ...]
    whole: Waterfall

    def compared(self) -> dict[str, Decimal | int | bool | None]:
        """As conditions of approval policies name them."""
        names = ("margin", "discount", "line_discount", "over_limit", "group", "is_new", "later_days")
        return {name: getattr(self, name) for name in names}


def figures_of(documents: Sequence[tuple[Any, Sequence[Any]]]) -> list[Figures]:
    """The figures of quotes and orders with their lines, stored or being typed; at most twenty statements, and two more for each company with
    foreign currencies."""
    if not documents:
        return []
    rows = [row for row, _lines in documents]
    companies = related(rows, "company")
    tables = {pk: rate_table(c, {r.currency_id for r in rows if r.company_id == pk}) for pk, c in companies.items()}
    customers = {r.customer_id for r in rows}
    known = set(
        Invoice.objects.filter(customer__in=customers, company__in=companies, state="posted")
        .order_by()
        .values_list("company_id", "customer_id")
        .distinct()
    )
    later = _later(rows)
    groups = dict(CustomerGroupMember.objects.filter(party__in=customers).values_list("party_id", "group_id"))
    limits = list(CreditLimit.objects.filter(party__in=customers, company__in=companies).select_related("party", "company"))
    found: Mapping[tuple[int, int], Standing] = standings(limits) if limits else {}
    made = []
    for (row, lines), parts, days in zip(documents, waterfalls(documents), later, strict=True):
        table = tables[row.company_id]
        gross = rounded(table.to_base(row.gross, row.currency_id, row.on), table.decimals[table.base])
        standing = found.get((row.company_id, row.customer_id))
        adds = ZERO if isinstance(row, Order) and row.state in ("confirmed", "closed") else gross
        all_of_it = whole(parts)
        deep = tuple(line_discount(ln) for ln in lines)
        made.append(
            Figures(
                gross=gross,
                net=all_of_it.net,
                margin=_margin(all_of_it),
                discount=_percent(all_of_it.discounts, all_of_it.listed),
                line_discount=max([*deep, ZERO]),
                line_discounts=deep,
                is_new=(row.company_id, row.customer_id) not in known,
                later_days=days,
                group=groups.get(row.customer_id),
                standing=standing,
                over_limit=None if standing is None else standing.exposure + adds - standing.limit.amount,
                parts=tuple(parts),
                whole=all_of_it,
            )
        )
    return made


def _later(rows: Sequence[Any]) -> list[Decimal]:
    """By how many days each is paid later than was agreed with its customer, who pays at once where nothing was; two statements."""
    agreed = terms_of_customers({r.customer_id for r in rows}, {r.company_id for r in rows})
    parts = instalments_of({t for t in (*agreed.values(), *(r.payment_term_id for r in rows)) if t})
    found = []
    for r in rows:
        own, usual = r.payment_term_id or 0, agreed.get((r.company_id, r.customer_id), 0)
        found.append(days_granted(r.on, parts.get(own, AT_ONCE)) - days_granted(r.on, parts.get(usual, AT_ONCE)) if own != usual else ZERO)
    return found


def _margin(w: Waterfall) -> Decimal:
    """In percent of the net; what is given away is all lost."""
    if w.net > 0:
        return _percent(w.margin, w.net)
    return -HUNDRED if w.margin < 0 else ZERO


def _percent(part: Decimal, of: Decimal) -> Decimal:
    return rounded(HUNDRED * part / of, PERCENT_DECIMALS) if of else ZERO


def listed_price(line: Any) -> Decimal | None:
    """What the lists say of a line whose price was entered by hand, where they say anything."""
    said = line.price_explanation or {}
    price = Decimal(said.get("price") or 0)
    return price if said.get("source") == "hand" and price > 0 else None


def line_discount(line: Any) -> Decimal:
    """How far a line is below the lists, in percent: its discount, and what a price entered by hand takes off beside it."""
    listed = listed_price(line)
    if listed is None:
        return Decimal(line.discount_percent)
    return rounded(HUNDRED * (1 - (line.unit_price or ZERO) * (HUNDRED - line.discount_percent) / HUNDRED / listed), PERCENT_DECIMALS)


def cut_to(line: Any, at_most: Decimal) -> dict[str, Any]:
    """What brings a line to at most so many percent below the lists: less discount, and where a price by hand takes off more, the lists' own."""
    if line_discount(line) <= at_most:
        return {}
    listed = listed_price(line)
    if listed is None or line.unit_price >= listed:
        return {"discount_percent": at_most if listed is None else min(at_most, line.discount_percent)}
    by_price = HUNDRED * (1 - line.unit_price / listed)
    if by_price > at_most:
        return {"unit_price": rounded(listed, 6), "discount_percent": at_most}
    left = HUNDRED * (1 - (HUNDRED - at_most) / (HUNDRED - by_price))
    return {"discount_percent": left.quantize(Decimal("0.0001"), rounding=ROUND_FLOOR)}


@dataclass(frozen=True, slots=True)
class Cure:
    """A change that brings a document within a condition: the discount of one line (by its place), or of the whole, in percent at most."""

    line: int | None
    percent: Decimal
    now: Decimal


def cures(figures: Figures, *, margin: Decimal | None, discount: Decimal | None, deepest: Decimal | None) -> list[Cure]:
    """The smallest changes of discounts that meet a margin and discounts; nothing where they cannot (the lists' own prices are too low).

    Rebate, freight and commission are taken as the share of the net that they are. A line alone is named before the whole.
    """
    found = []
    if deepest is not None:
        found += [Cure(n, deepest, d) for n, d in enumerate(figures.line_discounts) if d > deepest]
    w = figures.whole
    needed = ZERO
    if discount is not None and figures.discount > discount:
        needed = w.listed * (HUNDRED - discount) / HUNDRED
    if margin is not None and figures.margin < margin and w.net > 0:
        share = (w.rebate + w.freight + w.commission) / w.net + margin / HUNDRED
        if share >= 1:
            return found
        needed = max(needed, w.cost / (1 - share))
    if needed > w.net and needed <= w.listed:
        by_line = _by_line(figures, needed - w.net)
        found += [by_line] if by_line is not None else []
        found.append(Cure(None, _down(HUNDRED * (1 - needed / w.listed)), figures.discount))
    return found


def _by_line(figures: Figures, more: Decimal) -> Cure | None:
    """The line that has the room to bring ``more`` alone: of several the one whose margin is the lowest."""
    able = [(p.share or ZERO, n) for n, p in enumerate(figures.parts) if p.discounts >= more and p.listed > 0]
    if len(figures.parts) < 2 or not able:
        return None
    _share, n = min(able)
    part = figures.parts[n]
    return Cure(n, _down(HUNDRED * (1 - (part.net + more) / part.listed)), figures.line_discounts[n])


def _down(percent: Decimal) -> Decimal:
    """To a hundredth, rounded down and a hundredth less: what is rounded on each line does not bring it above the limit again."""
    return max(percent.quantize(Decimal("0.01"), rounding=ROUND_FLOOR) - Decimal("0.01"), ZERO)


__all__ = ["Cure", "Figures", "cures", "cut_to", "figures_of", "line_discount", "listed_price"]
