"""Writing sets: COPY for new rows, ``unnest`` for "each row its own value". Query counts do not grow with rows."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

from fondaco.platform.database.knowing import written


def insert_rows(model: type[models.Model], rows: Sequence[models.Model], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Insert ``rows`` in one COPY statement and give them their keys.

    One statement, whatever their number: statement triggers judge the whole set. Columns with a database default
    (who, when) are left to the database.
    """
    if not rows:
        return
    fields = [f for f in model._meta.concrete_fields if not f.primary_key and not _left_to_database(f)]
    read = attrgetter(*(f.attname for f in fields)) if len(fields) > 1 else lambda row: (getattr(row, fields[0].attname),)
    keys = _copy(model, fields, [read(row) for row in rows], None if _draws_keys(model) else [row.pk for row in rows], using)
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, using


def insert_values(
    model: type[models.Model], names: Sequence[str], values: Sequence[Sequence[Any]], *, using: str = DEFAULT_DB_ALIAS
) -> Sequence[int]:
    """Insert rows given as plain values, in the order of the fields ``names``, in one COPY statement; returns their keys.

    For rows that nobody needs as objects: half the time of ``insert_rows``. Fields not named must have a database default.
    """
    if not values:
        return []
    return _copy(model, [model._meta.get_field(name) for name in names], values, None, using)


def _copy(
    model: type[models.Model], fields: Sequence[Any], values: Sequence[Sequence[Any]], keys: Sequence[Any] | None, using: str
) -> Sequence[Any]:
    connection = connections[using]
    key = model._meta.pk
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    converted = [(place, f) for place, f in enumerate(fields) if isinstance(f, models.JSONField) or f.db_default is not models.NOT_PROVIDED]
    if converted:
        # Complete before COPY begins: a query while it runs would wait for itself.
        values = [list(row) for row in values]
        for row in values:
            for place, field in converted:
                row[place] = _value(field, row[place], connection)
    with connection.cursor() as cursor:
        if keys is None:
            # The sequence is looked up once ("offset 0"), not for each row.
            cursor.execute(
                "select nextval(s.name) from (select pg_get_serial_sequence(%s, %s)::regclass as name offset 0) s, generate_series(1, %s)",
                [table, key.column, len(values)],
            )
            keys = [value for (value,) in cursor.fetchall()]
        columns = ", ".join(quote(f.column) for f in [key, *fields])
        with connection.wrap_database_errors, cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
            for pk, row in zip(keys, values, strict=True):
                copy.write_row((pk, *row))
    written(model._meta.db_table, using)
    return keys


def _draws_keys(model: type[models.Model]) -> bool:
    return isinstance(model._meta.pk, models.AutoField)


def _left_to_database(field: models.Field) -> bool:
    return field.generated or (field.db_default is not models.NOT_PROVIDED and not field.editable)


def _value(field: models.Field, value: Any, connection: Any) -> Any:
    if value is None or isinstance(value, DatabaseDefault):
        return None
    if isinstance(field, models.JSONField):
        return connection.ops.adapt_json_value(value, field.encoder)
    return value


def update_rows(model: type[models.Model], columns: Mapping[str, Sequence[Any]], *, using: str = DEFAULT_DB_ALIAS) -> int:
    """Give each row its own values: ``columns`` holds ``id`` and, beside it, one sequence per field, all of one length.

    One statement; returns the number of rows changed.
    """
    keys = columns["id"]
    if not keys:
        return 0
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in columns if name != "id"]
    names = ["id", *[name for name in columns if name != "id"]]
    types = ["bigint", *[f.db_type(connection) for f in fields]]
    arrays = ", ".join(f"%s::{_plain(kind)}[]" for kind in types)
    targets = ", ".join(f"{quote(f.column)} = given.{quote(f.column)}" for f in fields)
    given = ", ".join(quote(c) for c in ["id", *[f.column for f in fields]])
    values = [[_value(f, v, connection) for v in columns[n]] for n, f in zip(names[1:], fields, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {quote(model._meta.db_table)} as t set {targets} from unnest({arrays}) as given({given}) where t.id = given.id",
            [list(keys), *values],
        )
        return cursor.rowcount


def _plain(kind: str) -> str:
    return kind.split(" ", maxsplit=1)[0] if kind.startswith(("bigint", "integer")) else kind


def in_batches(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    """Cut ``items`` into lists of at most ``size``."""
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
