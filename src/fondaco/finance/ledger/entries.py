"""Posting: the only writer of journal tables. A set of drafts becomes entries in a constant number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.models import (
    EMPTY_SET,
    DimensionSet,
    DimensionSetItem,
    DimensionValue,
    Journal,
    JournalEntry,
    JournalLine,
    Period,
    PeriodState,
)
from fondaco.finance.ledger.queries import accounts_by_purpose
from fondaco.finance.ledger.queries import journals as all_journals
from fondaco.finance.ledger.refusals import LateReasonMissing, NoPeriod, PeriodSoftClosed, PurposeMissing
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.permissions import standalone
from fondaco.platform.database.bulk import insert_rows, insert_values
from fondaco.platform.database.refusals import translated

POST_LATE = standalone("ledger.post_late")
#: The right to read trial balance, statements and ageing, which belong to no resource.
VIEW_STATEMENTS = standalone("ledger.view_statement")


def post(drafts: Iterable[EntryDraft], *, actor: Actor) -> list[JournalEntry]:
    """Post entries: find journals, periods and accounts, number the entries, write them and their lines.

    Entries keep the order given. Lines with an amount of zero in both currencies are left out. Whatever breaks a law of
    the ledger is refused by the database; nothing is then written. Statements: constant, plus one per journal and year.
    """
    given = list(drafts)
    if not given:
        return []
    companies = companies_of({d.company for d in given})
    journals = _journals(given, companies)
    periods = _periods(given, companies)
    accounts = _accounts(given, companies)
    sets = _dimension_sets({line.dimensions for d in given for line in d.lines if line.dimensions})

    entries = []
    for draft in given:
        journal, period = journals[draft.company, draft.journal], periods[draft.company, draft.on]
        source_table, source_id = draft.source or ("", None)
        entries.append(
            JournalEntry(
                company_id=draft.company,
                journal=journal,
                subledger=journal.subledger,
                period=period,
                fiscal_year=period.fiscal_year,
                on=draft.on,
                memo=draft.memo,
                source_table=source_table,
                source_id=source_id,
                reverses_id=draft.reverses,
                late_reason=draft.late_reason,
            )
        )
    _check_late(entries, actor)
    lines = [[ln for ln in draft.lines if ln.amount or ln.currency_amount] for draft in given]
    for entry, kept in zip(entries, lines, strict=True):
        entry.line_count = len(kept)
    # Numbers last: the counter rows are held only from here to the commit.
    _number(entries)
    try:
        insert_rows(JournalEntry, entries)
    except DatabaseError as error:
        refusal = _reason_wanted(error, entries, actor)
        if refusal is None:
            raise
        raise refusal from error
    rows = [
        _line(entry, position, line, companies[entry.company_id].currency_id, accounts, sets)
        for entry, kept in zip(entries, lines, strict=True)
        for position, line in enumerate(kept, start=1)
    ]
    insert_values(JournalLine, LINE_FIELDS, rows)
    return entries


def reversal_of(
    entries: Sequence[JournalEntry], *, on: date, memo: str, late_reason: str = "", source: tuple[str, int] | None = None
) -> list[EntryDraft]:
    """Mirror drafts of posted entries: every line with the opposite sign, dated ``on``, pointing at what they reverse."""
    lines: dict[int, list[LineDraft]] = defaultdict(list)
    values = (
        {
            s.pk: tuple(i.value_id for i in s.items.all())
            for s in DimensionSet.objects.filter(
                pk__in=JournalLine.objects.filter(entry__in=entries).values("dimension_set")
            ).prefetch_related("items")
        }
        if entries
        else {}
    )
    for line in JournalLine.objects.filter(entry__in=entries).order_by("entry_id", "position"):
        lines[line.entry_id].append(
            LineDraft(
                account=line.account_id,
                amount=-line.amount,
                currency=line.currency_id,
                currency_amount=-line.currency_amount,
                party=line.party_id,
                due_on=line.due_on,
                memo=line.memo,
                dimensions=values.get(line.dimension_set_id, ()),
            )
        )
    return [
        EntryDraft(
            company=e.company_id,
            journal=e.journal_id,
            on=on,
            memo=f"{memo} {e.number}".strip(),
            lines=lines[e.pk],
            source=source or ((e.source_table, e.source_id) if e.source_id else None),
            reverses=e.pk,
            late_reason=late_reason,
        )
        for e in entries
    ]


#: What a line is written from, in the order in which ``_line`` gives it: lines are many, so no objects are made of them.
LINE_FIELDS = (
    "entry",
    "company",
    "period",
    "on",
    "position",
    "account",
    "amount",
    "currency",
    "currency_amount",
    "party",
    "due_on",
    "dimension_set",
    "memo",
)


def _line(entry: JournalEntry, position: int, line: LineDraft, base: str, accounts: dict, sets: dict) -> tuple[Any, ...]:
    return (
        entry.pk,
        entry.company_id,
        entry.period_id,
        entry.on,
        position,
        accounts[entry.company_id, line.account] if isinstance(line.account, str) else line.account,
        line.amount,
        line.currency or base,
        line.amount if line.currency_amount is None else line.currency_amount,
        line.party,
        line.due_on,
        sets[line.dimensions] if line.dimensions else EMPTY_SET,
        line.memo,
    )


def _journals(drafts: Sequence[EntryDraft], companies: dict[int, Company]) -> dict[tuple[int, int | str], Journal]:
    wanted = {(d.company, d.journal) for d in drafts}
    found = all_journals()
    for company, name in sorted(wanted, key=str):
        if (company, name) not in found:
            raise PurposeMissing(company=companies[company], what="journal", purpose=name, place="Journals")
    return {key: found[key] for key in wanted}


def _periods(drafts: Sequence[EntryDraft], companies: dict[int, Company]) -> dict[tuple[int, date], Period]:
    days = {(d.company, d.on) for d in drafts}
    first, last = min(on for _, on in days), max(on for _, on in days)
    rows = list(Period.objects.filter(company__in=companies, starts_on__lte=last, ends_on__gte=first).select_related("fiscal_year"))
    found: dict[tuple[int, date], Period] = {}
    for company, on in days:
        match = next((p for p in rows if p.company_id == company and p.starts_on <= on <= p.ends_on), None)
        if match is None:
            raise NoPeriod(company=companies[company], on=on)
        found[company, on] = match
    return found


def _accounts(drafts: Sequence[EntryDraft], companies: dict[int, Company]) -> dict[tuple[int, str], int]:
    wanted = {(d.company, line.account) for d in drafts for line in d.lines if isinstance(line.account, str)}
    if not wanted:
        return {}
    found = accounts_by_purpose()
    for company, purpose in sorted(wanted):
        if (company, purpose) not in found:
            raise PurposeMissing(company=companies[company], what="account", purpose=purpose, place="Accounts")
    return found


def _dimension_sets(combinations: set[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    if not combinations:
        return {}
    by_key = {",".join(map(str, sorted(set(c)))): c for c in combinations}
    found = dict(DimensionSet.objects.filter(key__in=by_key).values_list("key", "id"))
    if missing := sorted(set(by_key) - set(found)):
        DimensionSet.objects.bulk_create([DimensionSet(key=k) for k in missing], ignore_conflicts=True)
        fresh = dict(DimensionSet.objects.filter(key__in=missing).values_list("key", "id"))
        dimension = dict(
            DimensionValue.objects.filter(pk__in={int(v) for k in missing for v in k.split(",")}).values_list("id", "dimension_id")
        )
        DimensionSetItem.objects.bulk_create(
            [
                DimensionSetItem(dimension_set_id=pk, dimension_id=dimension[int(v)], value_id=int(v))
                for k, pk in fresh.items()
                for v in k.split(",")
            ],
            ignore_conflicts=True,
        )
        found |= fresh
    return {c: found[",".join(map(str, sorted(set(c))))] for c in combinations}


def _check_late(entries: Sequence[JournalEntry], actor: Actor) -> None:
    """A reason alone does not open a soft-closed period: the right is needed too. It stays only with entries that are late."""
    if not any(e.late_reason for e in entries):
        return
    soft = set(
        PeriodState.objects.filter(period__in={e.period_id for e in entries}, state=PeriodState.SOFT_CLOSED).values_list(
            "period_id", "subledger"
        )
    )
    for entry in entries:
        if (entry.period_id, entry.subledger) not in soft:
            entry.late_reason = ""
        elif not actor.may(POST_LATE, entry.company_id):
            raise PeriodSoftClosed(period=entry.period, permission=POST_LATE)


def _reason_wanted(error: DatabaseError, entries: Sequence[JournalEntry], actor: Actor) -> LateReasonMissing | None:
    """The database refused a soft-closed period: who has the right is asked for what else is missing."""
    refusal = translated(error)
    if not isinstance(refusal, PeriodSoftClosed) or not all(actor.may(POST_LATE, company) for company in {e.company_id for e in entries}):
        return None
    return LateReasonMissing(period=refusal.figures["period"], fields={"reason": _("Say why this is posted late.")})


def _number(entries: Sequence[JournalEntry]) -> None:
    groups: dict[tuple[int, int], list[JournalEntry]] = defaultdict(list)
    for entry in entries:
        groups[entry.journal_id, entry.fiscal_year_id].append(entry)
    with connection.cursor() as cursor:
        # Key order: two posters over the same journals queue instead of deadlocking.
        for (journal, year), rows in sorted(groups.items()):
            cursor.execute(
                "insert into ledger_journalcounter as c (journal_id, fiscal_year_id, last_number) values (%s, %s, %s)"
                " on conflict (journal_id, fiscal_year_id) do update set last_number = c.last_number + excluded.last_number returning last_number",
                [journal, year, len(rows)],
            )
            last = cursor.fetchone()[0]
            for sequence, entry in enumerate(rows, start=last - len(rows) + 1):
                entry.sequence = sequence
                entry.number = f"{entry.journal.code}/{entry.fiscal_year.name}/{sequence:05d}"
