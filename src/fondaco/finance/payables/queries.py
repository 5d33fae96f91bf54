"""Questions to payables that other rooms and several screens ask."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, DecimalField, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Now

from fondaco.finance.invoicing.models import DiscountStep
from fondaco.finance.invoicing.terms import Step
from fondaco.finance.ledger.models import DimensionValue, JournalEntry, OpenItem, Settlement, SettlementPart
from fondaco.finance.payables.comparing import Ours
from fondaco.finance.payables.models import Bill, BillTax, BillWithholding, PaymentBlock, VendorStatement, Withheld
from fondaco.finance.payables.withholding import NOTHING, Part
from fondaco.finance.payments.conceding import Behind, Taxed, tells_terms
from fondaco.finance.remittance.queries import disputes, withholds
from fondaco.finance.tax.models import TaxEntry
from fondaco.finance.tax.posting import SELF, manner
from fondaco.finance.tax.queries import code_facts
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.money import ZERO


@dataclass(frozen=True)
class Owed:
    """What we owe a vendor, in company currency: all of it, what is past due, and the day on which the next falls due."""

    owed: Decimal
    overdue: Decimal
    next_due_on: date | None


def open_payables(company: Company, vendor: Party) -> QuerySet[OpenItem]:
    """Open items of a vendor: bills (negative), credit notes and payments not yet applied (positive)."""
    return OpenItem.objects.filter(company=company, party=vendor, control="payable", closed_on__isnull=True)


def owed_to(company: Company, vendor: Party, *, on: date) -> Owed:
    """What we owe a vendor as of now, and what of it fell due before ``on``. One statement."""
    found = open_payables(company, vendor).aggregate(
        owed=Sum("open_base_amount"),
        overdue=Sum("open_base_amount", filter=Q(due_on__lt=on)),
        next_due=Min("due_on", filter=Q(open_amount__lt=0)),
    )
    return Owed(-(found["owed"] or ZERO), -(found["overdue"] or ZERO), found["next_due"])


def open_amount() -> Any:
    """What of a bill is not yet paid, or of a credit note not yet taken, as an expression over bills."""
    items = OpenItem.objects.filter(entry=OuterRef("entry")).order_by().values("entry").annotate(total=Sum("open_amount")).values("total")
    money = DecimalField(max_digits=20, decimal_places=4)
    left = Coalesce(Subquery(items, output_field=money), Value(0), output_field=money)
    return Case(When(kind=Bill.CREDIT_NOTE, then=left), default=Value(0) - left, output_field=money)


def is_unpaid() -> Q:
    """Posted bills with something open."""
    return Q(state="posted", entry__in=OpenItem.objects.filter(closed_on__isnull=True, control="payable").values("entry"))


def is_overdue() -> Q:
    """Posted bills of which something was due before today."""
    late = OpenItem.objects.filter(closed_on__isnull=True, control="payable", amount__lt=0, due_on__lt=Now())
    return Q(state="posted", entry__in=late.values("entry"))


def known_dimension_values(keys: list[int]) -> set[tuple[int, int]]:
    """Pairs of company and dimension value, of those among ``keys`` that there are."""
    return set(DimensionValue.objects.filter(pk__in=keys).values_list("dimension__company_id", "pk"))


def dimension_codes(keys: set[int]) -> dict[int, tuple[str, str]]:
    """The codes of dimension and value, by the value's key; one statement."""
    return {pk: (d, v) for pk, d, v in DimensionValue.objects.filter(pk__in=keys).values_list("pk", "dimension__code", "code")}


def entered_near(bills: Sequence[Bill], days: int) -> list[Bill]:
    """Bills (no credit notes, nothing reversed) that the same people entered for the same vendors around the same time; one statement."""
    if not bills:
        return []
    around = timedelta(days=days)
    first, last = min(b.created_at for b in bills) - around, max(b.created_at for b in bills) + around
    return list(
        Bill.objects.filter(
            vendor__in={b.vendor_id for b in bills},
            created_by__in={b.created_by for b in bills},
            created_at__gte=first,
            created_at__lte=last,
            kind=Bill.BILL,
        ).exclude(state="reversed")
    )


def is_blocked() -> Q:
    """Bills that must not be paid yet."""
    return Q(pk__in=PaymentBlock.objects.filter(ended_at__isnull=True).values("bill"))


@withholds
def blocked_items(items: Collection[int]) -> dict[int, str]:
    """Why open items must not be paid yet, for the bills behind them are blocked; who pays leaves them out. Two statements."""
    entries = dict(OpenItem.objects.filter(pk__in=list(items)).values_list("pk", "entry_id"))
    reasons: dict[int, list[str]] = {}
    rows = PaymentBlock.objects.filter(bill__entry__in=set(entries.values()), ended_at__isnull=True, amount=None).order_by("bill_id", "id")
    for entry, reason in rows.values_list("bill__entry_id", "reason"):
        reasons.setdefault(entry, []).append(reason)
    return {item: " ".join(reasons[entry]) for item, entry in entries.items() if entry in reasons}


@disputes
def disputed_parts(items: Collection[int]) -> dict[int, tuple[Decimal, str]]:
    """What of open items is in dispute, for goods of their bills went back: of several instalments the last ones first. Three statements,
    one where nothing is."""
    blocks = list(
        PaymentBlock.objects.filter(
            ended_at__isnull=True, amount__gt=0, bill__entry__in=OpenItem.objects.filter(pk__in=list(items)).values("entry")
        )
        .order_by("bill_id", "id")
        .values_list("bill__entry_id", "amount", "reason")
    )
    if not blocks:
        return {}
    left: dict[int, Decimal] = {}
    reasons: dict[int, list[str]] = {}
    for entry, amount, reason in blocks:
        left[entry] = left.get(entry, ZERO) + (amount or ZERO)
        reasons.setdefault(entry, []).append(reason)
    found = {}
    owing = OpenItem.objects.filter(entry__in=left, control="payable", closed_on__isnull=True).order_by("entry_id", "-due_on", "-id")
    for key, entry, open_amount in owing.values_list("pk", "entry_id", "open_amount"):
        part = min(left[entry], -open_amount)
        if part > 0:
            left[entry] -= part
            found[key] = (part, " ".join(reasons[entry]))
    return {key: told for key, told in found.items() if key in set(items)}


@tells_terms
def terms_of_bills(entries: Collection[int]) -> dict[int, Behind]:
    """What posted bills say of paying them: the terms, from the vendor's date on, and the input tax that a cash discount takes with it.
    Five statements at most."""
    bills = list(
        Bill.objects.filter(entry__in=list(entries), kind=Bill.BILL).values_list("pk", "entry_id", "vendor_date", "payment_term_id")
    )
    steps: dict[int, list[Step]] = {}
    terms = {term for *_, term in bills if term}
    for term, percent, days in DiscountStep.objects.filter(term__in=terms).values_list("term_id", "percent", "days") if terms else ():
        steps.setdefault(term, []).append(Step(percent, days))
    rows = list(
        BillTax.objects.filter(bill__in=[pk for pk, *_ in bills])
        .order_by("id")
        .values_list("bill_id", "bill__company_id", "tax_code_id", "rate", "base", "tax")
    )
    facts = code_facts({(company, code) for _bill, company, code, *_ in rows}) if rows else {}
    taxes: dict[int, list[Taxed]] = {}
    for bill, _company, code, rate, base, tax in rows:
        # Tax that we account for ourselves is not the vendor's to grant; it is corrected with his credit note.
        is_owed = manner(TaxEntry.PURCHASE, facts[code]) != SELF
        owed = base + tax if is_owed else base
        taxes.setdefault(bill, []).append(
            Taxed(code, facts[code].account, rate, owed, is_owed, TaxEntry.PURCHASE, facts[code].deductible_percent)
        )
    return {entry: Behind(on, steps.get(term, ()), taxes.get(pk, ())) for pk, entry, on, term in bills}


def withholdings_of(entries: Sequence[int | None]) -> list[tuple[BillWithholding, Part]]:
    """What the bills behind journal entries withhold, with what of it became due so far; two statements."""
    rows = list(
        BillWithholding.objects.filter(bill__entry__in=[e for e in entries if e])
        .select_related("bill__company__currency", "kind")
        .order_by("bill_id", "id")
    )
    return list(zip(rows, _due_of(rows), strict=True))


def with_withholding(settlements: Sequence[Settlement]) -> list[Settlement]:
    """Those of settlements that touch bills from which something is withheld; one statement. Receipts and most payments are none."""
    bills = BillWithholding.objects.values("bill__entry")
    found = set(
        SettlementPart.objects.filter(settlement__in=[s.pk for s in settlements], item__control="payable", item__entry__in=bills)
        .order_by()
        .values_list("settlement_id", flat=True)
    )
    return [s for s in settlements if s.pk in found]


def _due_of(rows: Sequence[BillWithholding], **within: Any) -> list[Part]:
    sums = {
        key: Part(net, base, amount)
        for key, net, base, amount in Withheld.objects.filter(withholding__in=rows, **within)
        .order_by()
        .values_list("withholding_id")
        .annotate(Sum("net"), Sum("base"), Sum("amount"))
    }
    return [sums.get(row.pk, NOTHING) for row in rows]


def withheld_in(company: int, vendors: Iterable[int], year: int) -> dict[int, list[tuple[BillWithholding, Part]]]:
    """What became due in a year of the bills of vendors, by vendor; two statements."""
    rows = list(BillWithholding.objects.filter(bill__company=company, bill__vendor__in=list(vendors)).select_related("bill", "kind"))
    found: dict[int, list[tuple[BillWithholding, Part]]] = {}
    for row, part in zip(rows, _due_of(rows, on__year=year), strict=True):
        if part:
            found.setdefault(row.bill.vendor_id, []).append((row, part))
    return found


OWED_THEN = """
select s.id, coalesce(b.vendor_number, e.memo), e.number, -(i.open_amount + coalesce(l.amount, 0)), coalesce(b.vendor_date, i."on"), i.due_on, coalesce(b.number, e.number)
from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::date[]) as s(id, company_id, party_id, currency_id, "on")
join ledger_openitem i on i.company_id = s.company_id and i.party_id = s.party_id and i.currency_id = s.currency_id and i.control = 'payable' and i."on" <= s."on"
join ledger_journalentry e on e.id = i.entry_id
left join payables_bill b on b.entry_id = i.entry_id
left join lateral (select sum(p.amount) as amount from ledger_settlementpart p where p.item_id = i.id and p."on" > s."on") l on true
where i.open_amount + coalesce(l.amount, 0) <> 0 order by s.id, i.due_on, i.id
"""


def owed_then(statements: Sequence[VendorStatement]) -> dict[int, list[Ours]]:
    """What was open with each statement's vendor at the end of its day, by due date; positive where we owed. One statement."""
    found: dict[int, list[Ours]] = {s.pk: [] for s in statements}
    columns = zip(*((s.pk, s.company_id, s.vendor_id, s.currency_id, s.on) for s in statements), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(OWED_THEN, [list(c) for c in columns])
        for key, number, _entry, amount, on, due_on, our_number in cursor.fetchall():
            found[key].append(Ours(number, our_number, amount, on, due_on))
    return found


def documents_of(vendors: Collection[int]) -> dict[tuple[int, int], dict[str, Ours]]:
    """The bills of vendors that are posted or drafts, by company and vendor and by the number that is compared; one statement."""
    found: dict[tuple[int, int], dict[str, Ours]] = {}
    rows = Bill.objects.filter(vendor__in=list(vendors)).exclude(state="reversed").order_by("-state", "pk")
    for company, vendor, number, compared, ours, state in rows.values_list(
        "company_id", "vendor_id", "vendor_number", "vendor_number_compared", "number", "state"
    ):
        found.setdefault((company, vendor), {}).setdefault(compared, Ours(number, ours or "", ZERO, is_draft=state == "draft"))
    return found


def not_reversed(entries: Sequence[int]) -> set[int]:
    """Those of journal entries that nothing reverses; one statement."""
    return set(JournalEntry.objects.filter(pk__in=entries, reversed_by__isnull=True).values_list("pk", flat=True))


__all__ = [
    "Owed",
    "Settlement",
    "blocked_items",
    "dimension_codes",
    "disputed_parts",
    "documents_of",
    "entered_near",
    "is_blocked",
    "is_overdue",
    "is_unpaid",
    "known_dimension_values",
    "not_reversed",
    "open_amount",
    "open_payables",
    "owed_then",
    "owed_to",
    "terms_of_bills",
    "with_withholding",
    "withheld_in",
    "withholdings_of",
]
