"""Which rows words find: the searched text of a row, folded and indexed by trigrams.

``search`` of a resource names text fields of its own and links; through a link a row is found by what finds the linked record.
Folded means lower case, no accents, no apostrophes, separators as blanks (``database_folded``). ``install`` gives every table the index of
exactly the expression that the queries use.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connections, models

from fondaco.platform.database.migrating import OWNER
from fondaco.platform.resources.declare import RESOURCES, Resource, field_at, resource_of

WORDS = 6
SEPARATORS = set("-/.,;:@_()'’\"")
INDEX = "_found"


class Text(models.Func):
    """The searched text of a row: its own searched fields, each led by a blank, folded."""

    output_field = models.TextField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:
        compiled = [compiler.compile(source) for source in self.source_expressions]
        pieces = " || ".join(_piece(sql) for sql, _values in compiled)
        return f"database_folded({pieces})", tuple(value for _sql, values in compiled for value in values)


class Says(models.Func):
    """Whether a text contains a folded pattern."""

    template, arg_joiner, output_field = "%(expressions)s", " like ", models.BooleanField()


class IsOneOf(models.Func):
    """Whether a link is one of an array, read once: unlike ``in (select ...)`` it is answered by an index beside an ``or``."""

    template, arg_joiner, output_field = "%(expressions)s)", " = any(", models.BooleanField()


class Resembles(models.Func):
    """Whether some part of the second text is like the first, as far as the session's word similarity asks."""

    template, arg_joiner, output_field = "%(expressions)s", " operator(public.<%%) ", models.BooleanField()


def folded(text: str) -> models.Func:
    """``text`` as it is compared."""
    return models.Func(models.Value(text), function="database_folded", output_field=models.TextField())


def own_text(resource: type[Resource]) -> Text:
    """The expression of what finds a row of ``resource`` by itself."""
    return Text(*own_fields(resource))


def own_fields(resource: type[Resource]) -> list[str]:
    """The searched fields of the row itself, without the links."""
    return [path for path in resource.search if not field_at(resource.model, path).is_relation]


def words_of(text: str) -> list[str]:
    """The words of what somebody typed, without those of separators alone; more than six are not looked at."""
    return [word for word in text.replace("\x00", "").split() if not set(word) <= SEPARATORS][:WORDS]


def says(resource: type[Resource], word: str) -> Says:
    """The condition that a row says ``word`` by itself. One or two letters must begin a word."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    begins = len(word) < 3 and word.isalpha()
    return Says(own_text(resource), folded(f"% {escaped}%" if begins else f"%{escaped}%"))


def matching(rows: models.QuerySet[Any], resource: type[Resource], text: str) -> models.QuerySet[Any]:
    """The rows that say every word of ``text``, themselves or through a searched link."""
    links = [path for path in resource.search if field_at(resource.model, path).is_relation]
    for word in words_of(text):
        condition = models.Q(says(resource, word)) if own_fields(resource) else models.Q()
        for path in links:
            condition |= models.Q(IsOneOf(models.F(path), ArraySubquery(_linked(resource, path, word))))
        rows = rows.filter(condition)
    return rows


def _linked(resource: type[Resource], path: str, word: str) -> models.QuerySet[Any]:
    target = resource_of(field_at(resource.model, path).related_model)
    if target is None:
        raise LookupError(f"{resource.key} is searched through {path}, which no resource shows")
    return target.model._base_manager.order_by().filter(says(target, word)).values("pk")


def install() -> None:
    """Give every searched table its index, anew where its searched fields have changed; repeatable."""
    connection = connections[OWNER]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, obj_description(c.oid) from pg_class c"
            " where c.relkind = 'i' and c.relnamespace = current_schema()::regnamespace and right(c.relname, %s) = %s",
            [len(INDEX), INDEX],
        )
        there = dict(cursor.fetchall())
        wanted = {_index(r.model): _definition(r, quote) for r in _searched(RESOURCES.values())}
        for name in there.keys() - wanted.keys():
            cursor.execute(f"drop index {quote(name)}")
        for name, definition in wanted.items():
            if there.get(name) != definition:
                cursor.execute(f"drop index if exists {quote(name)}")
                cursor.execute(f"create index {quote(name)} on {definition}")
                cursor.execute(f"comment on index {quote(name)} is %s", [definition])


def _searched(resources: Iterable[type[Resource]]) -> list[type[Resource]]:
    managed = set(apps.get_models())
    return [r for r in resources if own_fields(r) and r.model in managed and r.model._meta.managed]


def _index(model: type[models.Model]) -> str:
    return f"{model._meta.db_table}{INDEX}"


def _definition(resource: type[Resource], quote: Any) -> str:
    columns: Sequence[str] = [quote(field_at(resource.model, path).column) for path in own_fields(resource)]
    pieces = " || ".join(_piece(column) for column in columns)
    return f"{quote(resource.model._meta.db_table)} using gin (database_folded({pieces}) public.gin_trgm_ops)"


def _piece(column: str) -> str:
    """One searched field; the very same text in queries and in the index, or the index is not used."""
    return f"' ' || coalesce({column}::text, '')"
