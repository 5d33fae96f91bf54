"""Bringing a schema to the present: migrations as the owner, then guards, history triggers, the application's rights, and more."""

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connections, models, transaction

from fondaco.platform.database.knowing import seldom_changes
from fondaco.platform.database.rows import Row

OWNER = "owner"
#: What upper floors install on the tables after the migrations; each is called without arguments and is repeatable.
INSTALLERS: list[Callable[[], None]] = []


def migrate(verbosity: int = 0) -> None:
    """Run all migrations, then install what every table carries and what the application role may do. Repeatable."""
    call_command("migrate", database=OWNER, verbosity=verbosity, interactive=False)
    secure()
    for install in INSTALLERS:
        install()


def secure() -> None:
    """(Re)install version and history triggers on every business table, and grant the application role its rights.

    A table is tracked when its model is a ``Row``. The role gets SELECT, INSERT, UPDATE and DELETE on ordinary tables;
    a model with ``append_only = True`` gives it SELECT and INSERT, one with ``written_by_triggers = True`` only SELECT.
    """
    connection = connections[OWNER]
    quote = connection.ops.quote_name
    role = quote(connections["default"].settings_dict["USER"])
    tables = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy]
    with connection.cursor() as cursor:
        cursor.execute("select current_schema()")
        schema = cursor.fetchone()[0]
        space = quote(schema)
        # One transaction: whoever works meanwhile holds the rights of before or those of after, never none.
        with transaction.atomic(using=OWNER):
            cursor.execute(f"grant usage on schema {space} to {role}")
            cursor.execute(f"revoke create on schema {space} from public")
            cursor.execute(f"revoke all on all tables in schema {space} from {role}")
            cursor.execute(f"grant usage, select on all sequences in schema {space} to {role}")
            cursor.execute(f"grant select, insert, update, delete on all tables in schema {space} to {role}")
            for model in tables:
                if getattr(model, "written_by_triggers", False):
                    cursor.execute(f"revoke insert, update, delete on {quote(model._meta.db_table)} from {role}")
                elif getattr(model, "append_only", False):
                    cursor.execute(f"revoke update, delete on {quote(model._meta.db_table)} from {role}")
            cursor.execute(f"revoke insert, update, delete on {quote('django_migrations')} from {role}")
        for model in tables:
            if issubclass(model, Row):
                for statement in _triggers(model, quote, space):
                    cursor.execute(statement)
            if seldom_changes(model):
                table = quote(model._meta.db_table)
                for name, event in (("z_new_stamp", "insert or update or delete"), ("z_new_stamp_of_none", "truncate")):
                    cursor.execute(
                        f"create or replace trigger {name} after {event} on {table} for each statement execute function database_new_stamp()"
                    )
        for function in _guards(cursor, schema):
            path = ", ".join(dict.fromkeys([space, quote("public"), "pg_temp"]))
            cursor.execute(f"alter function {function} set search_path = {path}")


def _guards(cursor: Any, schema: str) -> list[str]:
    """The functions that judge or write for the application: they must never take a temporary table of its for the real one."""
    cursor.execute(
        "select p.oid::regprocedure::text from pg_proc p join pg_language l on l.oid = p.prolang"
        " where p.pronamespace = %s::regnamespace and l.lanname in ('plpgsql', 'sql')"
        " and (p.prosecdef or p.prorettype = 'trigger'::regtype or exists (select from unnest(p.proconfig) c where c like 'search\\_path=%%'))"
        " and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')",
        [schema],
    )
    return [name for (name,) in cursor.fetchall()]


def _triggers(model: type[models.Model], quote: Callable[[str], str], space: str) -> list[str]:
    table, name = quote(model._meta.db_table), model._meta.db_table
    secret = ["version", *getattr(model, "secret_columns", ())]
    kept_out = ", ".join(f"'{c}'" for c in secret)
    if getattr(model, "append_only", False):
        return []
    return [
        f"create or replace trigger a_version before update on {table} for each row execute function database_next_version()",
        _history_of_updates(name, [f.column for f in model._meta.concrete_fields if f.column not in {"id", *secret}], quote, space),
        f"create or replace trigger z_history_update after update on {table} referencing old table as before_rows new table as after_rows"
        f" for each statement execute function {quote(_history_name(name))}()",
        f"create or replace trigger z_history_delete after delete on {table} referencing old table as before_rows"
        f" for each statement execute function audit_record_delete('{name}', {kept_out})",
    ]


def _history_name(table: str) -> str:
    return f"{table}_audit_update"


def _history_of_updates(table: str, columns: Sequence[str], quote: Callable[[str], str], space: str) -> str:
    """The function that writes what an update changed, column by column: a sixth of the time of taking rows apart as JSON.

    The transition tables are read alone, then written from arrays (SCALE, must 7).
    """
    changes = " || ".join(
        f"case when a.{quote(c)} is distinct from b.{quote(c)} then jsonb_build_object('{c}', jsonb_build_array(b.{quote(c)}, a.{quote(c)})) else '{{}}' end"
        for c in columns
    )
    return f"""
create or replace function {quote(_history_name(table))}() returns trigger language plpgsql security definer set search_path = {space}, public, pg_temp as $$
declare
  keys bigint[];
  diffs jsonb[];
begin
  select array_agg(id order by id), array_agg(diff order by id) into keys, diffs
  from (
    -- "offset 0" keeps the planner from making the differences twice.
    select a.id, {changes} as diff from after_rows a join before_rows b on b.id = a.id offset 0
  ) compared
  where diff <> '{{}}';
  if keys is not null then
    insert into audit_change (table_name, row_id, operation, changes, actor, verb, reason, at)
    select '{table}', k, 'update', d, current_setting('fondaco.actor'), coalesce(current_setting('fondaco.verb', true), ''),
           coalesce(current_setting('fondaco.reason', true), ''), now()
    from unnest(keys, diffs) as t(k, d);
  end if;
  return null;
end $$"""
