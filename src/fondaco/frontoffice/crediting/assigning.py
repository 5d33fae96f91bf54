"""Who gets the credit of what was invoiced (CO-08): by the rules of the day, or as it was credited before where something is taken back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.crediting.models import CreditRule, CreditShare, SalesCredit
from fondaco.masterdata.catalog.models import Category
from fondaco.masterdata.companies.queries import companies_of, decimals_of, rate_table
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_values
from fondaco.platform.database.knowing import known
from fondaco.platform.money import rounded, spread

HUNDRED = Decimal(100)
INVOICE_LINE = InvoiceLine._meta.db_table


class Share(NamedTuple):
    """A part of a line's credit: of whom (None: the invoice's salesperson), how much of it in percent, and whether it comes on top."""

    salesperson: int | None
    percent: Decimal
    on_top: bool


@dataclass(frozen=True)
class Rule:
    """A credit rule as it is asked: None and nothing ask for nothing."""

    id: int
    customer: int | None
    salesperson: int | None
    country: str
    category: int | None
    valid_from: date
    valid_to: date | None
    shares: tuple[Share, ...] = ()

    def fits(self, line: "Line") -> bool:
        """Whether a line meets every condition, on its invoice's day."""
        return (
            self.valid_from <= line.on
            and (self.valid_to is None or line.on <= self.valid_to)
            and self.customer in (None, line.customer)
            and self.salesperson in (None, line.salesperson)
            and self.country in ("", line.country)
            and (self.category is None or self.category in line.categories)
        )


@dataclass(frozen=True)
class Line:
    """A line of a posted invoice, with its net in company currency, signed as it counts."""

    id: int
    invoice: int
    company: int
    customer: int
    salesperson: int | None
    country: str
    on: date
    base: Decimal
    credits: int | None
    categories: frozenset[int] = field(default_factory=frozenset)


#: What is written of a credit, in the order in which it is given.
FIELDS = ("company", "invoice", "line", "on", "salesperson", "percent", "on_top", "amount", "rule", "takes_back", "version")


def credit(invoices: Sequence[Invoice], *, on: date | None = None) -> None:
    """Credit the lines of posted invoices, dated as these are or ``on``; three statements at most, and one where nobody could have it.

    A credit note that names the line it takes back is credited as that line was, whatever the rules say by now. Each line is shared in whole
    minor units of the company currency that add up to its net (largest remainder); what is on top is rounded by itself, half away from zero.
    Down payments count when what they are for is invoiced.
    """
    rules = _rules()
    possible = [i for i in invoices if i.salesperson_id or i.credits_id or i.company_id in rules]
    lines = _lines(possible)
    before = _standing([ln.credits for ln in lines if ln.credits is not None])
    companies = companies_of({ln.company for ln in lines})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    rows = []
    for line in lines:
        rule, shares = _shares(line, rules.get(line.company, ()), before)
        if shares:
            places = decimals[companies[line.company].currency_id]
            rows += [
                (line.company, line.invoice, line.id, on or line.on, person, percent, on_top, amount, rule, None, 1)
                for (person, percent, on_top), amount in zip(shares, _amounts(line.base, shares, places), strict=True)
            ]
    insert_values(SalesCredit, FIELDS, rows)


def take_back(invoices: Iterable[int], days: Mapping[int, date]) -> None:
    """Write what stands of the credit of invoices again with the opposite sign, on the day given for each; two statements."""
    standing = SalesCredit.objects.filter(invoice__in=list(invoices), takes_back=None, taken_back_by=None).order_by("pk")
    insert_values(
        SalesCredit,
        FIELDS,
        [
            (
                c.company_id,
                c.invoice_id,
                c.line_id,
                days[c.invoice_id],
                c.salesperson_id,
                c.percent,
                c.on_top,
                -c.amount,
                c.rule_id,
                c.pk,
                1,
            )
            for c in standing
        ],
    )


def _shares(
    line: Line, rules: Iterable[Rule], before: Mapping[int, tuple[int | None, tuple[Share, ...]]]
) -> tuple[int | None, tuple[Share, ...]]:
    """The rule that counts, and the shares with somebody's name; none where nobody has the credit."""
    if line.credits in before:
        return before[line.credits]  # type: ignore[index]
    rule = next((r for r in rules if r.fits(line)), None)
    shares = (Share(None, HUNDRED, False),) if rule is None else rule.shares
    # A part of the invoice's salesperson goes to nobody where the invoice has none; then the others are no whole either.
    if line.salesperson is None and any(s.salesperson is None and not s.on_top for s in shares):
        return None, ()
    merged: dict[tuple[int, bool], Decimal] = defaultdict(Decimal)
    for s in shares:
        if (person := s.salesperson or line.salesperson) is not None:
            merged[person, s.on_top] += s.percent
    return (rule.id if rule else None), tuple(Share(person, percent, on_top) for (person, on_top), percent in merged.items())


def _amounts(base: Decimal, shares: Sequence[Share], decimals: int) -> list[Decimal]:
    own = iter(spread(base, [s.percent for s in shares if not s.on_top], decimals))
    return [rounded(base * s.percent / HUNDRED, decimals) if s.on_top else next(own) for s in shares]


@known
def _rules() -> dict[int, list[Rule]]:
    """The rules of each company in the order in which they are asked."""
    shares: dict[int, list[Share]] = defaultdict(list)
    for share in CreditShare.objects.order_by("rule_id", "position", "pk"):
        shares[share.rule_id].append(Share(share.salesperson_id, share.percent, share.on_top))
    found: dict[int, list[Rule]] = defaultdict(list)
    for r in CreditRule.objects.order_by("company_id", "-priority", "pk"):
        conditions = (r.customer_id, r.salesperson_id, r.country_id or "", r.category_id)
        found[r.company_id].append(Rule(r.pk, *conditions, r.valid_from, r.valid_to, tuple(shares[r.pk])))
    return dict(found)


def _lines(invoices: Sequence[Invoice]) -> list[Line]:
    """The lines that count, of invoices some of which may be credited; three statements, and one a company that invoiced in another currency."""
    if not invoices:
        return []
    by_key = {i.pk: i for i in invoices}
    companies = companies_of({i.company_id for i in invoices})
    rates = {pk: rate_table(c, {i.currency_id or c.currency_id for i in invoices if i.company_id == pk}) for pk, c in companies.items()}
    countries = dict(Party.objects.filter(pk__in={i.customer_id for i in invoices}).values_list("pk", "country_id"))
    rows = (
        InvoiceLine.objects.filter(invoice__in=list(by_key), is_down_payment=False).exclude(net=0).order_by("invoice_id", "position", "pk")
    )
    values = list(rows.values_list("pk", "invoice_id", "net", "product__category_id", "source_table", "source_id"))
    above = _branches({category for *_, category, _table, _key in values if category})
    found = []
    for key, invoice_key, net, category, source_table, source_id in values:
        i = by_key[invoice_key]
        table = rates[i.company_id]
        found.append(
            Line(
                key, i.pk, i.company_id, i.customer_id, i.salesperson_id, countries.get(i.customer_id) or "", i.on,
                table.to_base(i.sign * net, i.currency_id or table.base, i.on),
                source_id if i.credits_id and source_table == INVOICE_LINE else None,
                above.get(category, frozenset()),
            )
        )  # fmt: skip
    return found


def _branches(categories: set[int]) -> dict[int, frozenset[int]]:
    """Each category with those above it."""
    parents: dict[int, int | None] = dict(Category.objects.values_list("pk", "parent_id")) if categories else {}
    found = {}
    for category in categories:
        chain: list[int] = []
        at: int | None = category
        while at is not None and at not in chain:
            chain.append(at)
            at = parents.get(at)
        found[category] = frozenset(chain)
    return found


def _standing(lines: Sequence[int | None]) -> dict[int, tuple[int | None, tuple[Share, ...]]]:
    """How invoice lines are credited as it stands: the rule and the shares, by line; one statement where any is asked."""
    found: dict[int, tuple[int | None, list[Share]]] = {}
    if lines:
        for c in SalesCredit.objects.filter(line__in=lines, takes_back=None, taken_back_by=None).order_by("pk"):
            found.setdefault(c.line_id, (c.rule_id, []))[1].append(Share(c.salesperson_id, c.percent, c.on_top))
    return {line: (rule, tuple(shares)) for line, (rule, shares) in found.items()}
