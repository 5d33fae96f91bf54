"""The floor: plain psycopg writing the same rows, into tables with the same columns, checks and indexes but without guards.

The rows are the ones that the measured work really wrote: every table is looked at before and after. They are inserted by
pipelined statements (``executemany``) in one transaction and committed with the same durability; rows that were there before
are updated once, with the columns that the work changed. A second copy by COPY is timed beside it.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from psycopg import sql
from psycopg.types.json import set_json_loads

from fondaco.platform.database.configuration import home_folder, owner_connection

#: Their rows are few whatever the size of a set, and have no key that grows.
LEFT_OUT = {"django_session", "django_migrations"}


@dataclass
class Written:
    """What some work wrote: by table, the columns, the new rows, and the changed rows as (columns, rows with the key last)."""

    inserted: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = field(default_factory=dict)
    updated: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = field(default_factory=dict)
    before: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(len(rows) for _, rows in self.inserted.values()) + sum(len(rows) for _, rows in self.updated.values())


@contextlib.contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """A plain connection as the owner."""
    with psycopg.connect(**owner_connection(home_folder())) as found:
        set_json_loads(_as_text, found)
        yield found


def _as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def tables() -> list[str]:
    """All tables of the rooms whose rows carry a growing key."""
    return sorted(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and isinstance(model._meta.pk, models.AutoField)
        and model._meta.db_table not in LEFT_OUT
    )


def written_by(work: Callable[[], Any]) -> tuple[float, Written]:
    """Run ``work`` and return its seconds, and every row that it wrote or changed."""
    with owner() as plain:
        before = _highest_keys(plain)
        plain.commit()
        begun = time.perf_counter()
        work()
        spent = time.perf_counter() - begun
        written = Written()
        for table, last in before.items():
            columns = _columns(plain, table)
            rows = _read(plain, table, columns, sql.SQL("id > {}").format(last))
            if rows:
                written.inserted[table] = (columns, rows)
        _changed_rows(plain, before, written)
    return spent, written


def _highest_keys(plain: psycopg.Connection[Any]) -> dict[str, int]:
    return {
        table: (plain.execute(sql.SQL("select max(id) from {}").format(sql.Identifier(table))).fetchone() or [None])[0] or 0
        for table in tables()
    }


def _columns(plain: psycopg.Connection[Any], table: str) -> list[str]:
    found = plain.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        [table],
    )
    return [name for (name,) in found]


def _read(plain: psycopg.Connection[Any], table: str, columns: Sequence[str], where: sql.Composable) -> list[tuple[Any, ...]]:
    statement = sql.SQL("select {} from {} where {} order by id").format(_listed(columns), sql.Identifier(table), where)
    return plain.execute(statement).fetchall()


def _listed(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _changed_rows(plain: psycopg.Connection[Any], before: dict[str, int], written: Written) -> None:
    changes = plain.execute(
        "select table_name, array_agg(distinct row_id), array_agg(distinct k) from audit_change, jsonb_object_keys(changes) k"
        " where id > %s and operation = 'update' group by 1",
        [before["audit_change"]],
    ).fetchall()
    for table, keys, names in changes:
        old = [key for key in keys if key <= before.get(table, 0)]
        if old:
            where = sql.SQL("id = any({})").format(sql.Literal(old))
            columns = [name for name in _columns(plain, table) if name in {*names, "version"}]
            written.updated[table] = (columns, _read(plain, table, [*columns, "id"], where))
            everything = _columns(plain, table)
            written.before[table] = (everything, _read(plain, table, everything, where))


def floor_of(written: Written) -> tuple[float, float]:
    """Write the same rows plainly: seconds by pipelined inserts, and by COPY (with one set-based update)."""
    with owner() as plain:
        by_insert = _into_copies(plain, written, _insert)
        by_copy = _into_copies(plain, written, _copy)
    return by_insert, by_copy


def one_by_one(parts: Sequence[Written]) -> float:
    """Write each part in a transaction of its own by pipelined inserts; the seconds of all together."""
    with owner() as plain:
        _make_copies(plain, parts)
        begun = time.perf_counter()
        for part in parts:
            with plain.pipeline():
                _insert(plain, part)
                plain.commit()
        spent = time.perf_counter() - begun
        _drop_copies(plain)
    return spent


def _into_copies(plain: psycopg.Connection[Any], written: Written, write: Callable[[psycopg.Connection[Any], Written], None]) -> float:
    _make_copies(plain, [written])
    begun = time.perf_counter()
    write(plain, written)
    plain.commit()
    spent = time.perf_counter() - begun
    _drop_copies(plain)
    return spent


def _make_copies(plain: psycopg.Connection[Any], parts: Sequence[Written]) -> None:
    _drop_copies(plain)
    plain.execute("create schema floor")
    old: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}
    for part in parts:
        for table, (columns, rows) in part.before.items():
            old[table] = (columns, [*old.get(table, (columns, []))[1], *rows])
    for table in sorted({table for part in parts for table in [*part.inserted, *part.updated]}):
        plain.execute(sql.SQL("create table floor.{0} (like public.{0} including all)").format(sql.Identifier(table)))
    for table, (columns, rows) in old.items():
        _copy_rows(plain, table, columns, rows)
    plain.commit()
    plain.autocommit = True
    plain.execute("analyze")
    plain.execute("checkpoint")
    plain.autocommit = False


def _drop_copies(plain: psycopg.Connection[Any]) -> None:
    plain.execute("set client_min_messages = warning")
    plain.execute("drop schema if exists floor cascade")
    plain.commit()


def _insert(plain: psycopg.Connection[Any], written: Written) -> None:
    with plain.cursor() as cursor:
        for table, (columns, rows) in written.updated.items():
            sets = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns)
            cursor.executemany(sql.SQL("update floor.{} set {} where id = %s").format(sql.Identifier(table), sets), rows)
        for table, (columns, rows) in written.inserted.items():
            places = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
            # The identity column is written as it was.
            statement = sql.SQL("insert into floor.{} ({}) overriding system value values ({})")
            cursor.executemany(statement.format(sql.Identifier(table), _listed(columns), places), rows)


def _copy(plain: psycopg.Connection[Any], written: Written) -> None:
    for table, (columns, rows) in written.updated.items():
        name = sql.Identifier(table)
        with plain.cursor() as cursor:
            cursor.execute(
                sql.SQL("create temporary table changed on commit drop as select {} from floor.{} limit 0").format(
                    _listed([*columns, "id"]), name
                )
            )
            with cursor.copy(sql.SQL("copy changed ({}) from stdin").format(_listed([*columns, "id"]))) as copy:
                for row in rows:
                    copy.write_row(row)
            sets = sql.SQL(", ").join(sql.SQL("{0} = changed.{0}").format(sql.Identifier(column)) for column in columns)
            cursor.execute(sql.SQL("update floor.{} t set {} from changed where changed.id = t.id").format(name, sets))
            cursor.execute("drop table changed")
    for table, (columns, rows) in written.inserted.items():
        _copy_rows(plain, table, columns, rows)


def _copy_rows(plain: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with (
        plain.cursor() as cursor,
        cursor.copy(sql.SQL("copy floor.{} ({}) from stdin").format(sql.Identifier(table), _listed(columns))) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def statements_of(work: Callable[[], Any]) -> list[str]:
    """The statements that ``work`` sends, with their values in them."""
    with CaptureQueriesContext(connection) as captured:
        work()
    return [each["sql"] for each in captured.captured_queries]


def reading_floor(statements: Sequence[str], times: int) -> list[float]:
    """Seconds of the same reading statements through plain psycopg, taken ``times`` over; the rows are fetched and let go."""
    found = []
    with owner() as plain:
        for _ in range(times):
            begun = time.perf_counter()
            for statement in statements:
                cursor = plain.execute(statement.encode())
                if cursor.description:
                    cursor.fetchall()
            found.append(time.perf_counter() - begun)
            plain.rollback()
    return found


def tidy() -> None:
    """Let the planner know what has been written."""
    with owner() as plain:
        plain.autocommit = True
        plain.execute("vacuum analyze")
