"""Questions to receivables that several callers ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, Count, DecimalField, Exists, OuterRef, Subquery, Sum, TextField, Value, When
from django.db.models.functions import Coalesce

from fondaco.finance.ledger.models import JournalEntry, OpenItem
from fondaco.finance.payments.models import Payment
from fondaco.finance.receivables.models import Reminder


def entries_of(keys: Iterable[int | None]) -> list[JournalEntry]:
    """Journal entries by key, in key order."""
    return list(JournalEntry.objects.filter(pk__in=[k for k in keys if k]).order_by("pk"))


@dataclass(frozen=True)
class LetterLine:
    """An item on a letter: what it is called there, its days, its level, and what is open."""

    document: str
    on: date
    due_on: date
    days: int
    level: int
    amount: Decimal
    open: Decimal
    interest: Decimal


#: What the customer calls an open item: the number of the invoice, reminder or payment behind it, else of its entry.
NAMED = """
coalesce((select v.number from invoicing_invoice v where v.entry_id = e.id),
  case when e.source_table = 'receivables_reminder' then (select m.number from receivables_reminder m where m.id = e.source_id) end,
  case when e.source_table = 'payments_payment' then (select p.number from payments_payment p where p.id = e.source_id) end, e.number)
"""


def letter_lines(reminders: Sequence[Reminder]) -> dict[int, list[LetterLine]]:
    """The items of several reminders, the longest overdue first; one statement."""
    found: dict[int, list[LetterLine]] = {r.pk: [] for r in reminders}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select x.reminder_id, {NAMED}, i."on", i.due_on, x.days_overdue, x.level, i.amount, x.open_amount, x.interest
            from receivables_reminderitem x join ledger_openitem i on i.id = x.item_id join ledger_journalentry e on e.id = i.entry_id
            where x.reminder_id = any (%s) order by x.reminder_id, i.due_on, i.id
            """,
            [list(found)],
        )
        for key, *values in cursor.fetchall():
            found[key].append(LetterLine(*values))
    return found


def called(items: Iterable[int]) -> dict[int, str]:
    """What the customer calls open items, by key; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select i.id, {NAMED} from ledger_openitem i join ledger_journalentry e on e.id = i.entry_id where i.id = any (%s)", [list(items)]
        )  # fmt: skip
        return dict(cursor.fetchall())


def statement_lines(statements: Sequence[int]) -> dict[int, list[LetterLine]]:
    """The items of several statements by due date; one statement."""
    found: dict[int, list[LetterLine]] = {key: [] for key in statements}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select x.statement_id, {NAMED}, i."on", i.due_on, r."on" - i.due_on, 0, i.amount, x.open_amount, 0
            from receivables_statementline x join receivables_customerstatement s on s.id = x.statement_id
            join receivables_statementrun r on r.id = s.run_id
            join ledger_openitem i on i.id = x.item_id join ledger_journalentry e on e.id = i.entry_id
            where x.statement_id = any (%s) and x.open_amount <> 0 order by x.statement_id, i.due_on, i.id
            """,
            [list(found)],
        )
        for key, *values in cursor.fetchall():
            found[key].append(LetterLine(*values))
    return found


def reminders_in() -> Any:
    """How many letters a run has."""
    rows = (
        Reminder.objects.filter(run=OuterRef("pk")).exclude(state="left_out").order_by().values("run").annotate(n=Count("id")).values("n")
    )
    return Coalesce(Subquery(rows, output_field=BigIntegerField()), Value(0), output_field=BigIntegerField())


def charges_waived() -> Any:
    """Whether the charges of a reminder were reversed."""
    return Exists(JournalEntry.objects.filter(reverses=OuterRef("entry")))


def companies_owed(parties: Sequence[int]) -> dict[int, list[int]]:
    """The companies that each party owes something, by key; one statement."""
    found: dict[int, list[int]] = {}
    rows = OpenItem.objects.filter(party__in=list(parties), control="receivable", closed_on__isnull=True)
    for party, company in rows.order_by("company_id").values_list("party_id", "company_id").distinct():
        found.setdefault(party, []).append(company)
    return found


def promise_state(on: date) -> Any:
    """Whether a promise is open, kept, broken or withdrawn, from the payments that came by its day."""
    payments = Payment.objects.filter(
        company=OuterRef("company"),
        party=OuterRef("party"),
        currency=OuterRef("currency"),
        kind=Payment.RECEIVED,
        state="posted",
        on__gte=OuterRef("on"),
        on__lte=OuterRef("pay_by"),
    )
    money = DecimalField(max_digits=20, decimal_places=4)
    got = Coalesce(
        Subquery(payments.order_by().values("party").annotate(total=Sum("amount")).values("total"), output_field=money),
        Value(0),
        output_field=money,
    )
    return Case(
        When(withdrawn_on__isnull=False, then=Value("withdrawn")),
        When(amount__lte=got, then=Value("kept")),
        When(pay_by__lt=on, then=Value("broken")),
        default=Value("open"),
        output_field=TextField(),
    )
