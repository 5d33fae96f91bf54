"""The verbs of use: take records in, each once, and reverse a wrong one."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field

from fondaco.frontoffice.subscriptions.models import Meter, UsageRecord
from fondaco.frontoffice.subscriptions.refusals import ReversedAlready, TableUnreadable, UsageDiffers, UsageOfOthers
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import figure
from fondaco.platform.resources.schema import Text

Name = Annotated[Text, Field(min_length=1, max_length=200)]
TAKE = "subscriptions.take_usage"
COLUMNS = ("key", "meter", "date", "quantity")


class Use(BaseModel):
    """One record: its key at the source, the code of the meter, the day, and what it counted."""

    model_config = ConfigDict(extra="forbid")

    key: Name
    meter: Name
    on: date
    quantity: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=6)]
    note: Annotated[Text, Field(max_length=2000)] = ""


@action(Company, permission=TAKE, title=_("Take in use"), done=_("Use taken in"), hidden=True)
def take_usage(companies: DocumentSet[Company], *, source: Name, records: Annotated[list[Use], Field(max_length=200_000)]) -> None:
    """Take records of use in, in one set. ``source`` names who sends them; a key that it sent before is known and taken once, so that a set may be
    sent again. The same key with another figure is refused, and nothing is taken."""
    for company in companies:
        fresh = take(company, source, records)
        companies.told |= {f"{company.code}: taken": str(fresh), f"{company.code}: known": str(len(records) - fresh)}


@action(Company, permission=TAKE, title=_("Take in use from a table"), done=_("Use taken in"))
def read_usage(
    companies: DocumentSet[Company], *, source: Name, table: Annotated[Text, Field(min_length=1, max_length=20_000_000)]
) -> None:
    """Take records of use from a table as text: the columns key, meter, date (2026-03-31), quantity and, if you like, note, under their names, parted
    by comma, semicolon or tab. What is known already is left alone, so that a table may come twice."""
    records = list(_read(table))
    for company in companies:
        fresh = take(company, source, records)
        companies.told |= {f"{company.code}: taken": str(fresh), f"{company.code}: known": str(len(records) - fresh)}


def _read(table: str) -> Iterable[Use]:
    head = table.splitlines()[0]
    reader = csv.DictReader(io.StringIO(table), delimiter=max(",;\t", key=head.count))
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise TableUnreadable(row=1, why=_("the columns {names} are missing").format(names=", ".join(missing)))
    reader.fieldnames = names
    for row in reader:
        try:
            yield Use(
                key=(row["key"] or "").strip(), meter=(row["meter"] or "").strip(), on=date.fromisoformat((row["date"] or "").strip()),
                quantity=Decimal((row["quantity"] or "").strip()), note=(row.get("note") or "").strip(),
            )  # fmt: skip
        except (ValueError, InvalidOperation) as error:
            raise TableUnreadable(row=reader.line_num, why=_("key, meter, date or quantity is missing or wrong")) from error


def take(company: Company, source: str, records: Sequence[Use]) -> int:
    """Write what is new of a set of records; how many that is. Three statements, whatever their number."""
    first: dict[str, Use] = {}
    for r in records:
        known = first.setdefault(r.key, r)
        if (known.meter, known.on, known.quantity) != (r.meter, r.on, r.quantity):
            raise UsageDiffers(key=r.key, source=source, there=figure(known.quantity), on=known.on, given=figure(r.quantity))
    meters = dict(Meter.objects.filter(company=company, code__in={r.meter for r in records}).values_list("code", "pk"))
    stranger = next((r for r in records if r.meter not in meters), None)
    if stranger is not None:
        raise UsageOfOthers(key=stranger.key, meter=stranger.meter)
    rows = list(first.values())
    values: list[Any] = [
        company.pk, source, [r.key for r in rows], [meters[r.meter] for r in rows], [r.on for r in rows], [r.quantity for r in rows],
        [r.note for r in rows],
    ]  # fmt: skip
    given = "unnest(%s::text[], %s::bigint[], %s::date[], %s::numeric[], %s::text[]) as g(key, meter, day, quantity, note)"
    with connection.cursor() as cursor:
        cursor.execute(
            f'insert into subscriptions_usagerecord (version, company_id, source, key, meter_id, "on", quantity, note)'
            f" select 1, c, s, g.key, g.meter, g.day, g.quantity, g.note from (values (%s::bigint, %s::text)) as o(c, s), {given}"
            " on conflict (company_id, source, key) do nothing",
            values,
        )
        fresh = cursor.rowcount
        if fresh < len(rows):
            cursor.execute(
                f'select u.key, u.quantity, u."on", g.quantity from (values (%s::bigint, %s::text)) as o(c, s), {given}'
                " join subscriptions_usagerecord u on u.key = g.key"
                ' where u.company_id = c and u.source = s and (u.meter_id, u."on", u.quantity) is distinct from (g.meter, g.day, g.quantity) limit 1',
                values,
            )
            for key, there, on, now in cursor.fetchall():
                raise UsageDiffers(key=key, source=source, there=figure(there), on=on, given=figure(now))
    return int(fresh)


@action(UsageRecord, permission="subscriptions.reverse_usage", title=_("Reverse"), done=_("Reversed"), needs_reason=True)
def reverse_use(records: DocumentSet[UsageRecord]) -> None:
    """Take wrong records of use back, each wholly and on its day; what was invoiced of them is given back with the next invoice."""
    gone = set(UsageRecord.objects.filter(reverses__in=records.ids).values_list("reverses_id", flat=True))
    wrong = [r for r in records if r.pk in gone or r.reverses_id]
    if wrong:
        raise ReversedAlready(document=", ".join(map(str, wrong)), rows=rows_json(wrong))
    insert_rows(
        UsageRecord,
        [
            UsageRecord(
                company_id=r.company_id, meter_id=r.meter_id, on=r.on, quantity=-r.quantity, source=r.source, key=f"{r.key} (reversed)",
                note=records.reason, reverses=r,
            )
            for r in records
        ],
    )  # fmt: skip
