"""What is owed to tax authorities by the books themselves, told to the cash forecast (BK-06): VAT by its returns, tax withheld from vendors.

What was booked as a debt to the authority and is not paid stands on an account; payments lessen it, the oldest debt first, so that what is
left of it is of the newest. What is not booked yet comes from the tax entries. Days are those of the return's definition and the kind of withholding.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.banking.forecasting import Flow, Outlook, expects
from fondaco.finance.banking.queries import debt_of
from fondaco.finance.tax.declaring import deadline, due_on, periods
from fondaco.finance.tax.models import ReturnDefinition, TaxReturn
from fondaco.finance.tax.queries import declarations, regime_on, regimes_of
from fondaco.platform.money import ZERO

#: A debt paid so many days ago needs not be told to plans any more.
DAYS_TO_LOOK_BACK = 62
#: Countries that ask for an advance on a return say how much and when: a function of the return, its company at hand.
ADVANCES: list[Callable[[TaxReturn], tuple[date, Decimal] | None]] = []


def left_of(owed: Decimal, debts: Sequence[Decimal]) -> tuple[list[Decimal], Decimal]:
    """What is left of each of ``debts``, the newest first, of which ``owed`` is not paid; and what none of them explains. Pure."""
    left = []
    for debt in debts:
        left.append(max(min(debt, owed), ZERO))
        owed -= left[-1]
    return left, max(owed, ZERO)


@expects(gettext_lazy("VAT"), place=42, permission="tax.view_return")
def vat(outlook: Outlook) -> Iterable[Flow]:
    """The VAT of periods that are not paid: settled ones by what is left of them on the authority's account, filed ones as filed, the
    others by their tax entries, the running one as far as it has come. Statements do not grow with the periods."""
    company, currency = outlook.company, outlook.company.currency_id
    returns = list(TaxReturn.objects.filter(company=company).select_related("definition", "company__currency").order_by("-ends_on", "-pk"))
    waiting = [*(r for r in returns if r.state == "open" and r.starts_on <= outlook.today), *_unprepared(outlook, returns)]
    found = declarations(waiting)
    payables = [(r, found[r.pk].payable) for r in waiting] + [(r, r.payable) for r in returns if r.state == "filed"]
    for row, payable in payables:
        due = _due(row, payable)
        for on, amount in _with_advance(row, due, outlook.today):
            yield _of_return(outlook, row, on, amount)
    settled = [r for r in returns if r.state == "settled"]
    debt = debt_of(company, "vat_settlement")
    # What was paid ahead on the account is taken off by the return that it is entered on, and not by those before.
    ahead = sum((r.advance_paid + r.paid_otherwise + r.credits_used for r, _payable in payables), ZERO)
    left, rest = left_of(debt.owed + ahead, [_due(r, r.payable) for r in settled])
    for row, amount in zip(settled, left, strict=True):
        on = due_on(row.definition, row.starts_on, row.ends_on)
        if amount or on >= outlook.today - timedelta(days=DAYS_TO_LOOK_BACK):
            yield _of_return(outlook, row, on, amount)
    carried = sum((r.payable for r in _last_of_each(settled) if r.payable > 0 and not _due(r, r.payable)), ZERO)
    if min(rest, debt.owed) > carried:
        yield Flow(outlook.today, carried - min(rest, debt.owed), currency, _("VAT owed on the account"), debt.url, stands_for="vat")


def _due(row: TaxReturn, payable: Decimal) -> Decimal:
    """What of a return is paid: no credit, and no debt so small that the next return takes it."""
    return payable if payable > (row.definition.minimum if row.definition.carries else ZERO) else ZERO


def _last_of_each(returns: Sequence[TaxReturn]) -> list[TaxReturn]:
    last: dict[int, TaxReturn] = {}
    for row in returns:
        last.setdefault(row.definition_id, row)
    return list(last.values())


def _with_advance(row: TaxReturn, due: Decimal, today: date) -> Iterable[tuple[date, Decimal]]:
    """The days on which a return is paid: what countries ask for in advance, then the rest."""
    for advance in ADVANCES:
        told = None if row.advance_paid or row.state != "open" else advance(row)
        if told and told[0] >= today:
            yield told
            due = max(due - told[1], ZERO)
    yield due_on(row.definition, row.starts_on, row.ends_on), due


def _of_return(outlook: Outlook, row: TaxReturn, on: date, amount: Decimal) -> Flow:
    days = f"{row.starts_on:%m/%Y}" if row.starts_on.month == row.ends_on.month else f"{row.starts_on:%m/%Y}–{row.ends_on:%m/%Y}"
    is_running = row.ends_on >= outlook.today
    name = row.definition.name_it or row.definition.name if outlook.actor.language == "it" else row.definition.name
    label = _("{what} {days}, as far as it has come").format(what=name, days=days) if is_running else f"{name} {days}"
    url = f"/vat-returns/{row.pk}" if row.pk > 0 else f"/tax-entries?company={row.company_id}&reported_on__gte={row.starts_on}&reported_on__lte={row.ends_on}"  # fmt: skip
    return Flow(
        max(on, outlook.today), -amount, outlook.company.currency_id, label, url, stands_for="vat", due_on=on, so_far=is_running
    )  # fmt: skip


def _unprepared(outlook: Outlook, returns: Sequence[TaxReturn]) -> list[TaxReturn]:
    """Returns of periods that have begun and for which none was opened: after the last one of a kind, or from the first that is still to
    be paid. They are not saved; their keys are negative."""
    definitions = list(ReturnDefinition.objects.filter(company=outlook.company).order_by("pk"))
    regimes = regimes_of([outlook.company.pk])[outlook.company.pk]
    last = {row.definition_id: row.ends_on for row in reversed(returns)}
    keys, made = count(-1, -1), []
    for definition in definitions:
        done = last.get(definition.pk)
        for year in range((done or outlook.today).year - (0 if done else 1), outlook.today.year + 1):
            regime = regime_on(regimes, date(year, 1, 1)) or regime_on(regimes, date(year, 12, 31))
            for first, until in periods(year, definition.frequency or (regime.frequency if regime else "monthly")):
                is_next = first > done if done else due_on(definition, first, until) >= outlook.today
                if is_next and first <= outlook.today:
                    made.append(TaxReturn(pk=next(keys), company=outlook.company, definition=definition, starts_on=first, ends_on=until))
    return made


WITHHELD = """
select date_trunc('month', w.on)::date, k.pay_day, k.pay_months, sum(w.amount) from payables_withheld w
join payables_billwithholding b on b.id = w.withholding_id join payables_withholdingkind k on k.id = b.kind_id
where k.company_id = %s group by 1, 2, 3 having sum(w.amount) <> 0 order by 1 desc, 2, 3
"""
#: Tax that waits with bills not paid yet, with the day on which the last of the bill is due.
SUSPENDED = """
select b.bill_id, l.number, k.pay_day, k.pay_months, max(i.due_on), sum(b.amount - coalesce(w.amount, 0))
from payables_billwithholding b
join payables_withholdingkind k on k.id = b.kind_id and k.due = 'payment'
join payables_bill l on l.id = b.bill_id and l.state = 'posted'
join (select entry_id, max(due_on) as due_on from ledger_openitem where company_id = %s and control = 'payable' and closed_on is null group by 1) i on i.entry_id = l.entry_id
left join (select withholding_id, sum(amount) as amount from payables_withheld group by 1) w on w.withholding_id = b.id
where l.company_id = %s group by 1, 2, 3, 4 having sum(b.amount - coalesce(w.amount, 0)) <> 0 order by 1, 3, 4
"""


@expects(gettext_lazy("Tax withheld from vendors"), place=44, permission="payables.view_withheld")
def withholding(outlook: Outlook) -> Iterable[Flow]:
    """Tax kept back from vendors: what is due and not paid over, by month; and what becomes due once open bills are paid. Four statements."""
    company = outlook.company
    due: list[tuple[Any, ...]]
    with connection.cursor() as cursor:
        cursor.execute(WITHHELD, [company.pk])
        due = cursor.fetchall()
        cursor.execute(SUSPENDED, [company.pk, company.pk])
        waiting = cursor.fetchall()
    debt = debt_of(company, "withholding_payable")
    left, rest = left_of(debt.owed, [amount for *_rest, amount in due])

    def flow(on: date, amount: Decimal, label: str, url: str) -> Flow:
        return Flow(max(on, outlook.today), -amount, company.currency_id, label, url, stands_for="withholding", due_on=on)

    for (month, day, months, _amount), amount in zip(due, left, strict=True):
        on = deadline(month, months, day)
        if amount or on >= outlook.today - timedelta(days=DAYS_TO_LOOK_BACK):
            url = f"/taxes-withheld?on__gte={month}&on__lte={last_day_of(month)}"
            running = month.year == outlook.today.year and month.month == outlook.today.month
            told = flow(on, amount, _("Withheld in {month}").format(month=f"{month:%m/%Y}"), url)
            yield replace(told, so_far=running)
    if rest:
        yield flow(outlook.today, rest, _("Tax withheld, owed on the account"), debt.url)
    for bill, number, day, months, last, amount in waiting:
        paid_on = max(last, outlook.today)
        told = flow(
            deadline(paid_on, months, day), amount, _("Withheld with {bill}, once it is paid").format(bill=number), f"/bills/{bill}"
        )
        yield replace(told, so_far=True)


def last_day_of(first: date) -> date:
    """The last day of the month that begins with ``first``."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
