"""Recording taxes: the only writer of tax entries, in the transaction that posts the document. Sets in, constant statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from fondaco.finance.ledger.entries import JournalEntry
from fondaco.finance.tax.declaring import fits
from fondaco.finance.tax.models import TaxEntry
from fondaco.finance.tax.posting import TaxedDocument, TaxPosting, posting_of
from fondaco.finance.tax.queries import code_facts, deferring, filed_until, names_of_codes, tax_lines_of
from fondaco.platform.database.bulk import insert_values
from fondaco.platform.documents.series import take_numbers
from fondaco.platform.money import ZERO

FIELDS = (
    "company",
    "kind",
    "source_table",
    "source_id",
    "entry",
    "party",
    "tax_point",
    "reported_on",
    "document_on",
    "document_number",
    "protocol",
    "document_type",
    "tax_code",
    "rate",
    "base",
    "tax",
    "non_deductible",
    "chargeable",
    "account",
    "amount",
    "reverses",
    "releases",
    "restates",
    "version",
)

COMPANY, REPORTED_ON, CODE = FIELDS.index("company"), FIELDS.index("reported_on"), FIELDS.index("tax_code")


def postings(documents: Sequence[TaxedDocument]) -> list[TaxPosting]:
    """What each document's taxes add to its journal entry, and the tax entries to be; constant statements.

    The caller puts the legs of each into the entry he drafts, posts it, and then calls ``record``. Self-invoices of reverse charge
    are numbered here, in a series of their own (``RC``): call it after the documents are numbered, before the ledger posts.
    Raises PurposeMissing where a code names no account and the chart has none for its kind.
    """
    facts = code_facts({(d.company, t.code) for d in documents for t in d.taxes})
    deferred = deferring(documents)
    posted = [posting_of(d, facts, deferred.get(place)) for place, d in enumerate(documents)]
    return _self_invoices_numbered(posted)


def _self_invoices_numbered(posted: Sequence[TaxPosting]) -> list[TaxPosting]:
    """Give each document taxed by its buyer the next number of its company's self-invoices."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, posting in enumerate(posted):
        if posting.is_self_invoiced:
            groups[posting.document.company, posting.document.on.year].append(place)
    numbered = list(posted)
    for (company, year), places in sorted(groups.items()):
        for place, number in zip(places, take_numbers(company, "RC", year, len(places)), strict=True):
            numbered[place] = posted[place].self_invoiced(number)
    return numbered


def record(posted: Iterable[tuple[TaxPosting, JournalEntry]]) -> None:
    """Write the tax entries of posted documents, in one statement.

    The database compares them with the lines on tax accounts, and refuses a document whose two sides differ.
    """
    write([_values(posting, row, entry) for posting, entry in posted for row in posting.rows])


def mirror(mirrors: Sequence[JournalEntry]) -> None:
    """Write the mirror of the tax entries of every entry that ``mirrors`` reverse, dated as these are; two statements."""
    by_reversed = {m.reverses_id: m for m in mirrors if m.reverses_id}
    rows = TaxEntry.objects.filter(entry__in=list(by_reversed)).order_by("entry_id", "id")
    write([_mirrored(row, by_reversed[row.entry_id]) for row in rows])


def record_other(entries: Sequence[JournalEntry]) -> None:
    """Explain what entries without a taxed document (written by hand, settling a return) moved on tax accounts; two statements."""
    by_key = {e.pk: e for e in entries}
    moved: dict[tuple[int, int], Any] = defaultdict(lambda: ZERO)
    for entry, account, amount in tax_lines_of(by_key):
        moved[entry, account] += amount
    write([_other(by_key[entry], account, amount) for (entry, account), amount in moved.items() if amount])


def restate(late: Sequence[TaxEntry]) -> None:
    """Count late entries in the period of their tax point instead of the one they went to; one statement more than writing.

    Two entries each, of the same journal entry, which come to nothing together: the ledger is not touched.
    """
    write([values for row in late for values in (_restated(row, -1, row.reported_on), _restated(row, 1, row.tax_point))])


def _restated(row: TaxEntry, sign: int, on: date) -> tuple[Any, ...]:
    values = {name: getattr(row, TaxEntry._meta.get_field(name).attname) for name in FIELDS}
    amounts = {name: sign * values[name] for name in ("base", "tax", "non_deductible", "amount")}
    return tuple((values | amounts | {"reported_on": on, "reverses": None, "restates": row.pk, "version": 1}).values())


def write(rows: Sequence[Sequence[Any]]) -> None:
    """Write tax entries given in the order of ``FIELDS``; those of days that were declared already count in the next return (TX-05).

    Each return declares its own codes: what the one stop shop has filed moves no entry of the VAT return.
    """
    if not rows:
        return
    until = filed_until({row[COMPANY] for row in rows})
    if not until:
        insert_values(TaxEntry, FIELDS, rows)
        return
    names = names_of_codes({row[CODE] for row in rows if row[CODE]})
    moved = [list(row) for row in rows]
    for row in moved:
        declared = [last for codes, last in until.get(row[COMPANY], ()) if fits(names.get(row[CODE], ""), codes)]
        if declared and row[REPORTED_ON] <= max(declared):
            row[REPORTED_ON] = max(declared) + timedelta(days=1)
    insert_values(TaxEntry, FIELDS, moved)


def _values(posting: TaxPosting, row: Any, entry: JournalEntry) -> tuple[Any, ...]:
    d = posting.document
    return (
        d.company,
        row.kind,
        *d.source,
        entry.pk,
        d.party,
        d.tax_point,
        d.tax_point,
        d.on,
        d.their_number or d.number,
        row.protocol or d.number,
        row.document_type,
        row.code,
        row.rate,
        row.base,
        row.tax,
        row.non_deductible,
        row.chargeable,
        row.account,
        row.amount,
        None,
        None,
        None,
        1,
    )


def _mirrored(row: TaxEntry, entry: JournalEntry) -> tuple[Any, ...]:
    return (
        row.company_id,
        row.kind,
        row.source_table,
        row.source_id,
        entry.pk,
        row.party_id,
        entry.on,
        entry.on,
        row.document_on,
        row.document_number,
        row.protocol,
        row.document_type,
        row.tax_code_id,
        row.rate,
        -row.base,
        -row.tax,
        -row.non_deductible,
        row.chargeable,
        row.account_id,
        -row.amount,
        row.pk,
        row.releases_id,
        None,
        1,
    )


def _other(entry: JournalEntry, account: int, amount: Any) -> tuple[Any, ...]:
    head = (entry.company_id, TaxEntry.OTHER, entry.source_table, entry.source_id, entry.pk, None, entry.on, entry.on, entry.on)
    return (*head, entry.number, entry.number, "", None, ZERO, ZERO, ZERO, ZERO, TaxEntry.NOW, account, amount, None, None, None, 1)
