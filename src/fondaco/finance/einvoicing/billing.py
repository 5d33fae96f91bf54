"""A received e-invoice as a draft bill: lines that come to the vendor's own amounts, on the accounts his bills usually go to."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from babel.dates import get_month_names
from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.models import Received
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.finance.einvoicing.queries import category_of
from fondaco.finance.payables.assessing import complete
from fondaco.finance.payables.matching import Key, Named, Ordered, find_credited, find_named
from fondaco.finance.payables.models import Bill, BillLine, BillMatch
from fondaco.finance.tax.models import TaxCode, TaxRate
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Draft

HUNDRED, ONE = Decimal(100), Decimal(1)
#: As many earlier lines as are looked at, the newest first.
REMEMBERED = 5000
MOST_DIFFERENCE = Decimal(1)
#: The months as they stand in the texts of lines, whole and shortened.
MONTHS = frozenset(
    word.casefold().strip(".")
    for language in ("it", "en", "de", "fr", "es")
    for width in ("wide", "abbreviated")
    for word in get_month_names(width, locale=language).values()
)


@dataclass
class Habits:
    """Where a vendor's lines went: account, tax code and bill by text, and the account they most often went to."""

    by_text: dict[str, tuple[int | None, int | None, str]] = field(default_factory=dict)
    accounts: Counter[int] = field(default_factory=Counter)

    def proposed(self, text: str) -> tuple[int | None, int | None, str]:
        """Account and tax code for a line with this text, and why."""
        same = self.by_text.get(compared(text))
        if same is not None:
            account, code, bill = same
            return account, code, _("As the same line of bill {bill} was booked.").format(bill=bill)
        if not self.accounts:
            return None, None, ""
        ((account, count),) = self.accounts.most_common(1)
        reason = _("{count} of {all} earlier lines of this vendor were booked there.")
        return account, None, reason.format(count=count, all=self.accounts.total())


def bill_drafts(rows: Sequence[Received], on: date) -> list[Draft]:
    """A bill for each received e-invoice, in their order; statements do not grow with them."""
    learned = habits({(r.company_id, r.vendor_id or 0) for r in rows})
    codes = purchase_codes({r.company_id for r in rows})
    decimals = decimals_of({r.currency_id for r in rows})
    meanings = [restored(semantic.Invoice, r.meaning) for r in rows]
    languages = dict(Company.objects.filter(pk__in={r.company_id for r in rows}).values_list("pk", "language"))
    pairs = list(zip(rows, meanings, strict=True))
    ordered = iter(find_named([_named(row, what, ln) for row, what in pairs if row.kind != semantic.CREDIT_NOTE for ln in what.lines]))
    notes = [_named(row, what, ln) for row, what in pairs if row.kind == semantic.CREDIT_NOTE for ln in what.lines]
    credited = iter(find_credited(notes) if notes else ())
    before = _bills_before([(row, what) for row, what in pairs if row.kind == semantic.CREDIT_NOTE])
    drafts = []
    for row, what in zip(rows, meanings, strict=True):
        known = learned[row.company_id, row.vendor_id or 0]
        with override(languages[row.company_id]):
            lines = [_line(ln, known, codes[row.company_id], row.on, decimals[row.currency_id]) for ln in what.lines]
            for line, ln in zip(lines, what.lines, strict=True):
                line.source_table, line.source_id = Received._meta.db_table, row.pk
                if row.kind == semantic.CREDIT_NOTE:
                    _as_credited(line, ln, next(credited))
                else:
                    _as_ordered(line, ln, what, next(ordered))
        drafts.append(Draft(_bill(row, what, on), lines))
        drafts[-1].row.credits_id = before.get(row.pk)
    complete(drafts)
    for draft, what in zip(drafts, meanings, strict=True):
        difference = what.tax - draft.row.tax
        if difference and abs(difference) <= MOST_DIFFERENCE and any(ln.tax for ln in draft.lines):
            draft.row.tax_difference = difference
    return drafts


def _bill(row: Received, what: semantic.Invoice, on: date) -> Bill:
    order = next(iter(what.of_kind("order")), None)
    return Bill(
        company_id=row.company_id,
        kind=Bill.CREDIT_NOTE if row.kind == semantic.CREDIT_NOTE else Bill.BILL,
        vendor_id=row.vendor_id,
        vendor_number=row.number or "",
        vendor_date=row.on,
        received_on=row.received_on,
        on=on,
        currency_id=row.currency_id,
        stated_total=row.gross,
        reference=order.number if order else "",
        memo=" ".join(what.notes)[:500],
        source_table=Received._meta.db_table,
        source_id=row.pk,
    )


def _named(row: Received, what: semantic.Invoice, line: semantic.Line) -> Named:
    order, position = what.ordered(line)
    price = rounded(line.price * (HUNDRED - line.percent) / HUNDRED, 6)
    bill = next(iter(what.of_kind("invoice")), None)
    return Named(
        row.company_id, row.vendor_id or 0, order, position, price, row.currency_id, bill.number if bill else "", rounded(line.quantity, 6)
    )


def _bills_before(notes: Sequence[tuple[Received, semantic.Invoice]]) -> dict[int, int]:
    """The posted bill that each credit note names, by the key of its file; one statement, none where none is named."""
    named = {row.pk: number for row, what in notes if len(found := what.of_kind("invoice")) == 1 and (number := found[0].number)}
    if not named:
        return {}
    rows = Bill.objects.filter(
        vendor__in={row.vendor_id for row, _w in notes}, vendor_number__in=set(named.values()), kind=Bill.BILL, state="posted"
    )
    known = {
        (company, vendor, number): pk for company, vendor, number, pk in rows.values_list("company_id", "vendor_id", "vendor_number", "pk")
    }
    before = {row.pk: known.get((row.company_id, row.vendor_id or 0, named.get(row.pk, ""))) for row, _w in notes}
    return {key: pk for key, pk in before.items() if pk}


def _as_credited(made: BillLine, line: semantic.Line, found: tuple[Key, Ordered] | None) -> None:
    """Make a line of a credit note give back what was billed of an order: its product, and the match that is written with it."""
    if found is None or made.quantity != rounded(line.quantity, 6) or made.quantity <= 0:
        return
    key, ordered = found
    made.ordered = key  # type: ignore[attr-defined]
    made.product_id = ordered.product
    reason = _("It gives back goods of order {order}.").format(order=f"{ordered.number}/{ordered.position}")
    if ordered.received is not None:
        made.account_id, made.booking_reason = None, reason
    else:
        made.booking_reason = f"{reason} {made.booking_reason}".strip()


def _as_ordered(made: BillLine, line: semantic.Line, what: semantic.Invoice, found: tuple[Key, Ordered] | None) -> None:
    """Make a line bill what it names: the product is that of the order, the match is written with the bill.

    A line that had to be taken as one piece tells nothing of quantities, so it is matched to none.
    """
    order, _position = what.ordered(line)
    if not order:
        return
    if found is None:
        made.booking_reason = " ".join(
            [_("No open line of order {order} could be told for sure.").format(order=order), made.booking_reason]
        ).strip()
    elif made.quantity == rounded(line.quantity, 6) and made.quantity > 0:
        key, ordered = found
        made.ordered = key  # type: ignore[attr-defined]
        made.product_id = ordered.product
        named = f"{ordered.number}/{ordered.position}" if ordered.position else ordered.number
        reason = _("The e-invoice names order {order}.").format(order=named)
        if ordered.received is not None:
            # Goods clear what was received; what they are booked on is not the vendor's habit.
            made.account_id, made.booking_reason = None, reason
        else:
            made.booking_reason = f"{reason} {made.booking_reason}".strip()


def matches_of(lines: Sequence[BillLine]) -> list[BillMatch]:
    """The matches of written lines to the orders that their e-invoice named."""
    return [
        BillMatch(line=line, order_table=line.ordered[0], order_line=line.ordered[1], quantity=line.quantity)  # type: ignore[attr-defined]
        for line in lines
        if getattr(line, "ordered", None)
    ]


def _line(line: semantic.Line, known: Habits, codes: Sequence["Code"], on: date, decimals: int) -> BillLine:
    """A line that comes to the vendor's net: his quantity, price and discount where they do, else his net as one."""
    account, code, reason = known.proposed(line.text)
    quantity, price, percent = _figures(line, decimals)
    chosen = _code_for(line, code, codes, on)
    made = BillLine(
        description=line.text,
        quantity=quantity,
        unit_price=price,
        discount_percent=percent,
        account_id=account,
        booking_reason=reason,
        tax_code_id=chosen.pk if chosen else None,
        dimension_values=[],
        tax_rate=line.rate,
        tax_explanation=_("As on the vendor's e-invoice: {rate} % {natura}")
        .format(rate=f"{line.rate.normalize():f}", natura=line.natura or line.category)
        .strip()
        if chosen
        else "",
    )
    made.given = frozenset({"tax_code"}) if chosen else frozenset()  # type: ignore[attr-defined]
    return made


def _figures(line: semantic.Line, decimals: int) -> tuple[Decimal, Decimal, Decimal]:
    quantity, price = rounded(line.quantity, 6), rounded(line.price, 6)
    for percent in {ZERO, rounded(line.percent, 4) if ZERO <= line.percent <= HUNDRED else ZERO}:
        if rounded(quantity * price * (HUNDRED - percent) / HUNDRED, decimals) == line.net:
            return quantity, price, percent
    if quantity:
        price = rounded(line.net / quantity, 6)
        if rounded(quantity * price, decimals) == line.net:
            return quantity, price, ZERO
    return ONE, line.net, ZERO


def compared(text: str) -> str:
    """What of a line's text is compared: its words without figures and months, so that the rent of April follows that of March."""
    words = "".join(c if c.isalpha() else " " for c in text.casefold()).split()
    return " ".join(word for word in words if word not in MONTHS)


def habits(vendors: set[tuple[int, int]]) -> Mapping[tuple[int, int], Habits]:
    """What the posted bills of vendors teach, by company and vendor; the newest line with a text counts. One statement."""
    found: dict[tuple[int, int], Habits] = defaultdict(Habits)
    rows = (
        BillLine.objects.filter(
            bill__vendor__in={v for _c, v in vendors},
            bill__company__in={c for c, _v in vendors},
            bill__state="posted",
            account__isnull=False,
        )
        .order_by("-id")
        .values_list("bill__company_id", "bill__vendor_id", "description", "account_id", "tax_code_id", "bill__number")
    )
    for company, vendor, text, account, code, bill in rows[:REMEMBERED]:
        one = found[company, vendor]
        one.accounts[account] += 1
        one.by_text.setdefault(compared(text), (account, code, bill))
    return found


@dataclass(frozen=True)
class Code:
    """A purchase tax code with its dated rates."""

    pk: int
    natura: str
    category: str
    plain: bool
    rates: tuple[tuple[date, date | None, Decimal], ...]

    def rate(self, on: date) -> Decimal | None:
        return next((rate for begin, end, rate in self.rates if begin <= on and (end is None or on <= end)), None)


def purchase_codes(companies: set[int]) -> Mapping[int, list[Code]]:
    """The active purchase codes of companies, with their rates; two statements."""
    rates: dict[int, list[tuple[date, date | None, Decimal]]] = defaultdict(list)
    for key, begin, end, rate in TaxRate.objects.filter(tax_code__company__in=companies, tax_code__kind="purchase").values_list(
        "tax_code_id", "valid_from", "valid_to", "rate"
    ):
        rates[key].append((begin, end, rate))
    found: dict[int, list[Code]] = defaultdict(list)
    for one in TaxCode.objects.filter(company__in=companies, kind="purchase", is_active=True).order_by("id"):
        is_plain = one.treatment in {"standard", "reduced", "zero", "exempt"}
        found[one.company_id].append(Code(one.pk, one.natura, category_of(one, ONE), is_plain, tuple(rates[one.pk])))
    return found


def _code_for(line: semantic.Line, learned: int | None, codes: Sequence[Code], on: date) -> Code | None:
    """The code of a line: the learned one while its rate is the vendor's; a code of his rate; without tax one of his natura or category."""
    by_key = {c.pk: c for c in codes}
    if learned in by_key and _fits(by_key[learned], line, on):
        return by_key[learned]
    return next((c for c in codes if _fits(c, line, on)), None)


def code_of_rate(rate: Decimal | None, learned: int | None, codes: Sequence[Code], on: date) -> int | None:
    """The code of a line of which only the rate is known: the learned one while its rate is that, else the plain one of the rate; none without
    tax, of which there are many kinds."""
    fitting = [c for c in codes if rate and c.plain and c.rate(on) == rate]
    return next((c.pk for c in fitting if c.pk == learned), fitting[0].pk if fitting else None)


def _fits(code: Code, line: semantic.Line, on: date) -> bool:
    if line.rate:
        return code.plain and code.rate(on) == line.rate
    if line.natura:
        # Whoever buys under reverse charge (N6) owes the tax himself: the code's own rate is not the vendor's.
        return code.natura == line.natura or (line.natura[:2] == "N6" and code.natura[:2] == "N6")
    return code.category == line.category
