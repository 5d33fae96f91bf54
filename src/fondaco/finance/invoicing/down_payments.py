"""Down payments: invoiced with their tax before anything is delivered, and taken off what is invoiced later (OM-09).

The line that asks for one, what is taken off it, and what credit notes do to either, belong together by ``down_payment``. Signed as
invoices and credit notes are, they say what is left of it; it never falls below zero (``migrations/down_payments.sql``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _now

from fondaco.finance.invoicing.models import InvoiceLine
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Draft

#: The account on which down payments wait until they are taken off.
PURPOSE = "down_payments"


@dataclass(slots=True)
class Left:
    """What is left of the line that asked for a down payment: ``net`` and ``tax`` in its currency, ``booked`` in the company's."""

    line: int
    source: int
    number: str
    tax_code: int
    tax_rate: Decimal
    tax_explanation: str
    net: Decimal
    tax: Decimal
    booked: Decimal


LEFT = """
select a.id, a.source_id, i.number, a.tax_code_id, a.tax_rate, a.tax_explanation,
  a.net + coalesce(d.net, 0), a.tax + coalesce(d.tax, 0), a.booked + coalesce(d.booked, 0)
from invoicing_invoiceline a join invoicing_invoice i on i.id = a.invoice_id and i.state = 'posted'
left join lateral (
  select sum(case w.kind when 'credit_note' then -x.net else x.net end) as net, sum(case w.kind when 'credit_note' then -x.tax else x.tax end) as tax,
    sum(case w.kind when 'credit_note' then -x.booked else x.booked end) as booked
  from invoicing_invoiceline x join invoicing_invoice w on w.id = x.invoice_id and w.state = any (%s) where x.down_payment_id = a.id
) d on true
where a.is_down_payment and a.down_payment_id is null and {given} order by a.id
"""


def _left(states: Sequence[str], given: str, *parameters: Any) -> list[Left]:
    with connection.cursor() as cursor:
        cursor.execute(LEFT.format(given=given), [list(states), *parameters])
        return [Left(*row) for row in cursor.fetchall()]


def left_of(table: str, keys: Iterable[int]) -> dict[int, list[Left]]:
    """What is left of the posted down payments of records of ``table``, the oldest first; one statement."""
    found: dict[int, list[Left]] = {key: [] for key in keys}
    for left in _left(("draft", "posted"), "a.source_table = %s and a.source_id = any (%s)", table, list(found)):
        if left.net > 0:
            found[left.source].append(left)
    return found


def root_of(line: Any) -> int | None:
    """The line that a copy of ``line`` belongs to: what ``line`` is taken off, or ``line`` itself."""
    return (line.down_payment_id or line.pk) if line.is_down_payment else None


def deduct(drafts: Sequence[Draft], shares: Mapping[int, Decimal]) -> None:
    """Take down payments off invoices that are completed: of each source the share given, by tax code, never more than the invoice comes to.

    Amounts are rounded half away from zero; the whole share takes net and tax to the cent, so that the down payment and its
    deductions cancel exactly. One statement, and one for the currencies.
    """
    by_table: dict[str, list[int]] = defaultdict(list)
    for draft in drafts:
        by_table[draft.row.source_table].append(draft.row.source_id)
    left = {(table, key): rows for table, keys in by_table.items() for key, rows in left_of(table, keys).items()}
    decimals = decimals_of({d.row.currency_id for d in drafts})
    for draft in drafts:
        row, places = draft.row, decimals[draft.row.currency_id]
        room: dict[tuple[int, Decimal], Decimal] = defaultdict(Decimal)
        for line in draft.lines:
            room[line.tax_code_id, line.tax_rate] += line.net
        for ahead in left[row.source_table, row.source_id]:
            kind = ahead.tax_code, ahead.tax_rate
            net = min(rounded(ahead.net * min(shares.get(row.source_id, ZERO), Decimal(1)), places), room[kind])
            if net <= 0:
                continue
            tax = ahead.tax if net == ahead.net else rounded(ahead.tax * net / ahead.net, places)
            room[kind] -= net
            draft.lines.append(
                InvoiceLine(
                    description=_now("Down payment of invoice {number}").format(number=ahead.number),
                    quantity=Decimal(-1),
                    unit_price=net + tax if row.prices_include_tax else net,
                    tax_code_id=ahead.tax_code,
                    tax_rate=ahead.tax_rate,
                    tax_explanation=ahead.tax_explanation,
                    net=-net,
                    tax=-tax,
                    is_down_payment=True,
                    down_payment_id=ahead.line,
                )
            )
            row.net, row.tax, row.gross = row.net - net, row.tax - tax, row.gross - net - tax


def booked(invoices: Sequence[Any], lines: Mapping[int, list[Any]], rates: Mapping[int, tuple[Decimal, int]]) -> dict[int, list[Any]]:
    """The lines of invoices about to be posted, with what their down payments are booked at, which is written.

    What is asked for counts at the rate of its invoice; what is taken off, or credited, at its share of what was booked then, and
    the last at all that is left: nothing stays on the account. ``rates``: rate and decimal places of the company by invoice.
    Three statements, none where there is no down payment.
    """
    ahead = [(i, line) for i in invoices for line in lines[i.pk] if line.is_down_payment]
    if not ahead:
        return dict(lines)
    keys = sorted({line.down_payment_id for _i, line in ahead if line.down_payment_id})
    list(InvoiceLine.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    roots = {left.line: left for left in _left(("posted",), "a.id = any (%s)", keys)}
    figures: dict[int, Decimal] = {}
    for invoice, line in ahead:
        rate, places = rates[invoice.pk]
        if line.down_payment_id is None:
            figures[line.id] = rounded(line.net * rate, places)
            continue
        root, change = roots[line.down_payment_id], invoice.sign * line.net
        # Given back in full, it stands again at what it was taken off at: as good as the rate of its day.
        share = rounded(root.booked * change / root.net if root.net else change * rate, places) if root.net + change else -root.booked
        root.net, root.booked = root.net + change, root.booked + share
        figures[line.id] = invoice.sign * share
    update_rows(InvoiceLine, {"id": list(figures), "booked": list(figures.values())})
    return {key: [line._replace(booked=figures[line.id]) if line.id in figures else line for line in rows] for key, rows in lines.items()}
