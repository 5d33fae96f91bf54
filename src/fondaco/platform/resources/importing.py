"""Taking a file in: CSV, XLSX or JSON become new or changed records, all or none, with every problem named at once."""

import csv
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import openpyxl
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils.escape import unescape
from pydantic import ValidationError

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.documents.performing import LIMIT, Outcome, invalid, once, refusals_translated
from fondaco.platform.documents.refusals import NothingGiven, TooMany
from fondaco.platform.resources import strict_json
from fondaco.platform.resources.declare import Lines, Resource, resource_of
from fondaco.platform.resources.exporting import WRITERS, UnknownFormat, neutral
from fondaco.platform.resources.schema import Name, create_schema, edit_schema, lines_name, writable_lines
from fondaco.platform.resources.writing import create, edit

#: An XLSX file is a ZIP archive; unpacked it may be this large (bytes).
UNPACKED = 300 * 1024 * 1024
COLUMNS = 500
#: After so many failing records the others are no longer looked for one by one.
FAILING = 50


class UnreadableFile(UserError):
    code, status = "resources.unreadable_file", 422
    message = gettext_lazy("The file could not be read: {why}")


class ImportRefused(UserError):
    code, status = "resources.import_refused", 422
    message = gettext_lazy("Nothing was imported, because {count} of {total} records have problems. The first is in row {row}: {problem}")


@dataclass
class Record:
    """One record of a file: the row where it begins (as a spreadsheet counts), its values, its key when it exists already."""

    row: int
    values: dict[str, Any]
    key: int | None = None


#: Records in one set of an import that tells its progress.
STEP = 500


@dataclass
class Imported:
    """What an import did, or would do: ``problems`` as ``{"row", "problem", "fields"}``, empty when all is well."""

    total: int
    created: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    replayed: bool = False


def import_file(
    actor: Actor,
    resource: type[Resource],
    data: bytes,
    *,
    format: str,
    dry_run: bool = False,
    idempotency_key: str = "",
    reason: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Read a file and write its records: those with an ``id`` are changed, the others created; all or none.

    With ``dry_run`` nothing is written and the problems are returned; otherwise problems raise ImportRefused with all of
    them in its ``rows``. The names of the columns are field names or the titles on the screens; lines of a document are
    columns such as ``lines.quantity``, and a row that fills only those continues the document above. ``progress`` is called with
    the records written so far and their number; what it raises undoes everything.
    """
    records = read(resource, data, format=format)
    if not records:
        raise NothingGiven(verb=_("import"))
    if len(records) > LIMIT:
        raise TooMany(count=len(records), limit=LIMIT)
    if dry_run:
        return Imported(len(records), problems=problems(actor, resource, records))

    def work() -> Outcome:
        made, changed = _write(actor, resource, records, progress)
        return Outcome(made, {"changed": changed})

    content = {"import": resource.key, "records": [[r.key, r.values] for r in records]}
    try:
        outcome = once(actor, f"{resource.model._meta.app_label}.import", content, work, idempotency_key=idempotency_key, reason=reason)
    except UserError as refusal:
        found = problems(actor, resource, records) if refusal.status in {404, 409, 422} else []
        if not found:
            raise
        raise ImportRefused(count=len(found), total=len(records), row=found[0]["row"], problem=found[0]["problem"], rows=found) from refusal
    return Imported(len(records), outcome.ids, outcome.made["changed"], replayed=outcome.replayed)


def _write(
    actor: Actor, resource: type[Resource], records: Sequence[Record], progress: Callable[[int, int], None] | None = None
) -> tuple[list[int], list[int]]:
    """Without ``progress`` in one set; with it in sets of ``STEP``."""
    fresh = [r.values for r in records if r.key is None]
    changes = [(r.key, r.values) for r in records if r.key is not None]
    step = STEP if progress else LIMIT
    made: list[int] = []
    changed: list[int] = []
    for start in range(0, len(fresh), step):
        made += create(actor, resource, fresh[start : start + step]).ids
        if progress:
            progress(len(made), len(records))
    for start in range(0, len(changes), step):
        changed += edit(actor, resource, dict(changes[start : start + step])).ids
        if progress:
            progress(len(made) + len(changed), len(records))
    return made, changed


def problems(actor: Actor, resource: type[Resource], records: Sequence[Record]) -> list[dict[str, Any]]:
    """Everything that would be refused, in the order of the file; nothing is written."""
    found: dict[int, dict[str, Any]] = {}
    sound = []
    keys: dict[int, int] = {}
    for record in records:
        schema = create_schema(resource) if record.key is None else edit_schema(resource)
        try:
            schema.model_validate(record.values)
        except ValidationError as error:
            refusal = invalid(str(resource.title_one), error)
            found[record.row] = {
                "row": record.row,
                "problem": str(refusal.figures["problems"]),
                "fields": {k: str(v) for k, v in refusal.fields.items()},
            }
            continue
        if record.key is not None and record.key in keys:
            sentence = _("the record {id} stands in row {row} already").format(id=record.key, row=keys[record.key])
            found[record.row] = {"row": record.row, "problem": sentence, "fields": {"id": sentence}}
            continue
        if record.key is not None:
            keys[record.key] = record.row
        sound.append(record)
    _probe(actor, resource, sound, found)
    return [found[row] for row in sorted(found)]


def _probe(actor: Actor, resource: type[Resource], records: Sequence[Record], found: dict[int, dict[str, Any]]) -> None:
    """Try records in a savepoint that is given up; halve a refused set until the guilty ones stand alone."""
    if not records or len(found) >= FAILING:
        return
    refusal = _refusal(actor, resource, records)
    if refusal is None:
        return
    if len(records) == 1:
        found[records[0].row] = {
            "row": records[0].row,
            "problem": refusal.sentence(),
            "fields": {k: str(v) for k, v in refusal.fields.items()},
        }
        return
    before = len(found)
    fresh = [r for r in records if r.key is None]
    for row in refusal.rows:
        if "row" in row and row["row"] < len(fresh):
            guilty = fresh[row["row"]]
            fields = {k: str(v) for k, v in row.get("fields", {}).items()}
            found[guilty.row] = {"row": guilty.row, "problem": "; ".join(fields.values()) or refusal.sentence(), "fields": fields}
    if len(found) > before:
        _probe(actor, resource, [r for r in records if r.row not in found], found)
        return
    middle = len(records) // 2
    _probe(actor, resource, records[:middle], found)
    _probe(actor, resource, records[middle:], found)
    if len(found) == before:
        # Each half is well alone: they contradict each other, such as the same code twice.
        guilty = _contradicting(actor, resource, records)
        found[guilty.row] = {"row": guilty.row, "problem": refusal.sentence(), "fields": {}}
    _probe(actor, resource, [r for r in records if r.row not in found], found)


def _contradicting(actor: Actor, resource: type[Resource], records: Sequence[Record]) -> Record:
    """The first record that is refused together with those before it; the whole set is known to be refused."""
    well, refused = 0, len(records)
    while refused - well > 1:
        middle = (well + refused) // 2
        well, refused = (well, middle) if _refusal(actor, resource, records[:middle]) else (middle, refused)
    return records[refused - 1]


def _refusal(actor: Actor, resource: type[Resource], records: Sequence[Record]) -> UserError | None:
    try:
        with refusals_translated(), transaction.atomic():
            _write(actor, resource, records)
            transaction.set_rollback(True)
    except UserError as refusal:
        return refusal
    return None


def read(resource: type[Resource], data: bytes, *, format: str) -> list[Record]:
    """The records of a file. Raises UnreadableFile, which names the row and column where it can."""
    if format not in WRITERS:
        raise UnknownFormat(format=format[:20])
    if format == "json":
        return _from_json(resource, data)
    table = _csv_rows(data) if format == "csv" else _xlsx_rows(data)
    return _from_table(resource, table)


def _csv_rows(data: bytes) -> list[list[Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            why=_("it is not UTF-8 text (byte {position}). Save it as “CSV UTF-8”.").format(position=error.start)
        ) from error
    if "\x00" in text:
        raise UnreadableFile(why=_("it holds a character that cannot be stored"))
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 10 * LIMIT))
    except csv.Error as error:
        raise UnreadableFile(why=str(error)) from error


def _xlsx_rows(data: bytes) -> list[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise UnreadableFile(why=_("it is too large when unpacked"))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            return [[_unescaped(v) for v in row[:COLUMNS]] for row in islice(sheet.iter_rows(values_only=True), 10 * LIMIT)]
        finally:
            book.close()
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl has no error of its own: a broken archive raises whatever it stumbles over
        raise UnreadableFile(why=_("it is not a workbook in XLSX format")) from error


def _unescaped(value: Any) -> Any:
    return unescape(value) if isinstance(value, str) and "_x" in value else value


def _from_json(resource: type[Resource], data: bytes) -> list[Record]:
    try:
        found = strict_json.loads(data)
    except strict_json.NotStrict as error:
        raise UnreadableFile(why=str(error)) from error
    if not isinstance(found, list) or not all(isinstance(r, dict) for r in found):
        raise UnreadableFile(why=_("it is not a list of objects"))
    records = []
    for place, given in enumerate(found, start=1):
        values = dict(given)
        records.append(Record(place, values, _key(values.pop("id", None), place)))
    return records


def _from_table(resource: type[Resource], table: Sequence[Sequence[Any]]) -> list[Record]:
    if not table:
        return []
    targets = _targets(resource, table[0])
    has_lines = any(lines is not None for _name, lines, _field in targets.values())
    records: list[Record] = []
    for number, row in enumerate(table[1:], start=2):
        head: dict[str, Any] = {}
        of_lines: dict[str, dict[str, Any]] = defaultdict(dict)
        for place, (name, lines, model_field) in targets.items():
            value = row[place] if place < len(row) else None
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            (head if lines is None else of_lines[lines_name(lines)])[name] = _cell(model_field, name, value, number)
        if not head and not of_lines:
            continue
        if head or not has_lines or not records:
            key = _key(head.pop("id", None), number)
            records.append(Record(number, _by_key(head), key))
        for name, line in of_lines.items():
            records[-1].values.setdefault(name, []).append(_by_key(line))
    return records


Target = tuple[str, Lines | None, models.Field | None]


def _targets(resource: type[Resource], first: Sequence[Any]) -> dict[int, Target]:
    """What each column writes. Columns that are only shown are passed over; unknown ones are refused by name."""
    known: dict[str, Target | None] = {"id": ("id", None, None), "version": ("version", None, None)}
    for column in [*resource.shown(), *resource.detail()]:
        for name in (column.path, str(column.title), f"{column.path}.id", f"{column.title} (id)"):
            known.setdefault(name.lower(), None)
    for name in resource.writable:
        _know(known, "", None, resource.model._meta.get_field(name))
    for lines in writable_lines(resource):
        known[f"{lines_name(lines)}.id"] = ("id", lines, None)
        for name in lines.writable:
            _know(known, f"{lines_name(lines)}.", lines, lines.model._meta.get_field(name))
    targets: dict[int, Target] = {}
    taken: set[tuple[str, str]] = set()
    for place, heading in enumerate(first):
        text = str(heading or "").strip().lower()
        if not text:
            continue
        if text not in known:
            names = ", ".join(sorted(n for n, t in known.items() if t is not None and " " not in n))
            raise UnreadableFile(
                why=_("the column “{column}” is not known. Known are: {names}").format(column=str(heading)[:80], names=names)
            )
        target = known[text]
        if target is None:
            continue
        mark = (lines_name(target[1]) if target[1] else "", target[0])
        if mark in taken:
            raise UnreadableFile(why=_("the column “{column}” stands there twice").format(column=str(heading)[:80]))
        taken.add(mark)
        targets[place] = target
    return targets


def _know(known: dict[str, Target | None], prefix: str, lines: Lines | None, model_field: models.Field) -> None:
    title = str(model_field.verbose_name)
    for name in (model_field.name, title):
        known[f"{prefix}{name}".lower()] = (model_field.name, lines, model_field)
    if isinstance(model_field, models.ForeignKey):
        for name in (f"{model_field.name}.id", f"{title} (id)"):
            known[f"{prefix}{name}".lower()] = (f"{model_field.name}.id", lines, model_field)


def _by_key(values: dict[str, Any]) -> dict[str, Any]:
    """Let a given key (``customer.id``) win over the label beside it."""
    for name in [n for n in values if n.endswith(".id")]:
        values[name.removesuffix(".id")] = values.pop(name)
    return values


def _cell(model_field: models.Field | None, name: str, value: Any, row: int) -> Any:
    """A cell as create and edit understand it; natural keys are marked so that digits are not taken for keys."""
    if isinstance(value, datetime) and (isinstance(model_field, models.DateField) and not isinstance(model_field, models.DateTimeField)):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        value = int(value) if value.is_integer() else repr(value)
    if isinstance(value, bool):
        return value
    text = str(value).strip() if not isinstance(value, str) else value
    if text.startswith("'") and neutral(text[1:]) == text:
        text = text[1:]
    if isinstance(model_field, models.ForeignKey):
        text = text.strip()
        if name.endswith(".id"):
            return int(text) if text.isdecimal() and len(text) < 19 else text
        target = resource_of(model_field.related_model)
        return Name(text) if target is not None and target.natural_key and not _is_text_key(model_field) else text
    if isinstance(model_field, models.JSONField | models.ManyToManyField):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(why=_("row {row}, column “{column}”: it is not JSON").format(row=row, column=name)) from error
    if isinstance(model_field, models.TextField | models.CharField) and not model_field.choices:
        return text
    return text.strip()


def _is_text_key(model_field: models.ForeignKey) -> bool:
    return not isinstance(model_field.target_field, models.IntegerField)


def _key(given: Any, row: int) -> int | None:
    if given in (None, ""):
        return None
    text = str(given).strip()
    if not text.isdecimal() or len(text) > 18:
        raise UnreadableFile(why=_("row {row}: “{key}” is not the key of a record").format(row=row, key=text[:40]))
    return int(text)


__all__ = ["ImportRefused", "Imported", "Record", "UnreadableFile", "import_file", "problems", "read"]
