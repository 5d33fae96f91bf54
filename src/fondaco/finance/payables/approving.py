"""Bills as approvers judge them (AP-05): what they bind to, in company currency, together with what was entered around the same time."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables.models import Bill, BillLine
from fondaco.finance.payables.queries import dimension_codes, entered_near
from fondaco.masterdata.approvals.kinds import TOGETHER_DAYS, Subject, kind
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.platform.money import ZERO, rounded

#: What an approval of a bill does not bind to: it moves by itself.
UNBOUND = {"state", "version", "number", "entry_id", "created_at", "created_by", "last_edited_by"}


def subjects(keys: Sequence[int]) -> list[Subject]:
    """Bills as approvers judge them; statements: a few, and one a company for its rates."""
    bills = list(Bill.objects.filter(pk__in=list(keys)).select_related("vendor").order_by("pk"))
    lines: dict[int, list[BillLine]] = defaultdict(list)
    for line in BillLine.objects.filter(bill__in=bills).order_by("bill_id", "position", "id"):
        lines[line.bill_id].append(line)
    near = entered_near(bills, TOGETHER_DAYS)
    base = _base_amounts([*bills, *near])
    codes = dimension_codes({int(v) for rows in lines.values() for ln in rows for v in ln.dimension_values})
    return [
        Subject(
            pk=bill.pk,
            company=bill.company_id,
            title=f"{capfirst(bill.get_kind_display())} {bill.vendor_number} – {bill.vendor.name}",
            amount=base[bill.pk],
            together=base[bill.pk] + sum((base[other.pk] for other in near if _counts_with(bill, other)), ZERO),
            party=bill.vendor_id,
            authors=frozenset(filter(None, [bill.created_by, bill.last_edited_by])),
            content={"bill": _values(bill), "lines": [_values(line) for line in lines[bill.pk]]},
            dimensions=frozenset(codes[int(v)] for ln in lines[bill.pk] for v in ln.dimension_values if int(v) in codes),
        )
        for bill in bills
    ]


def _counts_with(bill: Bill, other: Bill) -> bool:
    return (
        bill.kind == Bill.BILL
        and other.pk != bill.pk
        and (other.company_id, other.vendor_id, other.created_by) == (bill.company_id, bill.vendor_id, bill.created_by)
        and abs((other.created_at - bill.created_at).days) <= TOGETHER_DAYS
    )


def _values(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.attname not in UNBOUND and not f.generated}


def _base_amounts(bills: Sequence[Bill]) -> dict[int, Decimal]:
    """Totals in company currency at the rate of the posting date, rounded, by bill."""
    companies = Company.objects.in_bulk({b.company_id for b in bills})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    rates = {pk: rate_table(c, {b.currency_id for b in bills if b.company_id == pk}) for pk, c in companies.items()}
    return {
        b.pk: rounded(b.gross * rates[b.company_id].rate(b.currency_id or "", b.on), decimals[companies[b.company_id].currency_id])
        for b in bills
    }


BILLS = kind("payables.bill", title=_("Vendor bills"), model=Bill, permission="payables.approve_bill", subjects=subjects)
