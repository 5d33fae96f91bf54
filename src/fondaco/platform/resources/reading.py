"""Reading a resource: filter, search, sort and page by key; what is returned is already limited to the asker."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import connection, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database import tenancy
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.resources.declare import Column, Lines, Resource, field_at, resource_of
from fondaco.platform.resources.filtering import BadQuery, condition, filterable, named, typed
from fondaco.platform.resources.searching import matching

LIMIT = 500


@dataclass(frozen=True)
class Query:
    """What is asked of a list. ``filters`` maps ``path`` or ``path__lookup`` to text as it stands in an address."""

    filters: Mapping[str, str] = field(default_factory=dict)
    search: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""
    limit: int = 50


@dataclass
class Page:
    """Rows as dictionaries by column path (links as ``(key, label)``), and the cursors of the neighbouring pages."""

    columns: list[Column]
    rows: list[dict[str, Any]]
    next: str = ""
    previous: str = ""


def columns_for(columns: Sequence[Column], actor: Actor) -> list[Column]:
    """The columns the actor may see."""
    return [c for c in columns if not c.right or actor.may(c.right)]


def rows_for(resource: type[Resource], actor: Actor) -> models.QuerySet[Any]:
    """All rows of the resource that ``actor`` may see; refused when he may see none of this kind."""
    _refuse_unseen(resource, actor)
    return visible(resource.queryset(), actor, resource.view_permission)


def _refuse_unseen(resource: type[Resource], actor: Actor) -> None:
    if not actor.may(resource.view_permission):
        raise NotAllowed(verb=str(_("see")), what=resource.title, permission=resource.view_permission)


def filtered(resource: type[Resource], actor: Actor, query: Query) -> models.QuerySet[Any]:
    """The rows a query asks for, unsorted."""
    rows = rows_for(resource, actor)
    for name, value in query.filters.items():
        rows = rows.filter(condition(resource, actor, name, value))
    if query.search:
        if not resource.search:
            raise BadQuery(what="q", resource=resource.title, why=_("these records cannot be searched, only filtered"))
        rows = matching(rows, resource, query.search)
    return rows


def understood(resource: type[Resource], actor: Actor, query: Query) -> None:
    """Refuse a query that the resource would not answer; nothing is read."""
    filtered(resource, actor, query)
    _sorting(resource, actor, query.sort or resource.sort)


def page(resource: type[Resource], actor: Actor, query: Query, columns: Sequence[Column] | None = None) -> Page:
    """One page of the list, sorted by one column and the key; two statements at most."""
    limit = max(1, min(query.limit, LIMIT))
    shown = columns_for(columns or resource.shown(), actor)
    path, descending = _sorting(resource, actor, query.sort or resource.sort)
    rows = filtered(resource, actor, query)
    backwards = bool(query.before) and not query.after
    cursor = query.after or query.before
    nullable = path != "pk" and _is_nullable(resource, path)
    if cursor:
        mark = _uncursor(resource, cursor, path)
        rows = rows.filter(_beyond(path, descending != backwards, mark, nullable=nullable, backwards=backwards))
    order = _order(path, descending != backwards, nullable=nullable, backwards=backwards)
    found = list(values(rows.order_by(*order), shown, extra=[path])[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    result = Page(shown, found)
    if found:
        if more or backwards:
            result.next = _cursor(found[-1], path)
        if query.after or (backwards and more):
            result.previous = _cursor(found[0], path)
    return result


def ordered(resource: type[Resource], actor: Actor, query: Query) -> models.QuerySet[Any]:
    """All rows a query asks for, in its order; for exports."""
    path, descending = _sorting(resource, actor, query.sort or resource.sort)
    nullable = path != "pk" and _is_nullable(resource, path)
    return filtered(resource, actor, query).order_by(*_order(path, descending, nullable=nullable, backwards=False))


def _order(path: str, downwards: bool, *, nullable: bool, backwards: bool) -> list[Any]:
    """The order of a walk: empty values come last, so first when walking backwards; equal ones by key."""
    if path == "pk":
        return ["-pk" if downwards else "pk"]
    first, last = (True if nullable and backwards else None), (True if nullable and not backwards else None)
    by_value = F(path).desc(nulls_first=first, nulls_last=last) if downwards else F(path).asc(nulls_first=first, nulls_last=last)
    return [by_value, "-pk" if downwards else "pk"]


def selected(resource: type[Resource], actor: Actor, paths: Sequence[str]) -> list[Column]:
    """The named columns, in the order asked for; refused when one does not exist or is not the actor's to see."""
    available = {c.path: c for c in columns_for([*resource.detail(), *resource.shown()], actor)}
    for path in paths:
        if path not in available:
            why = _("it has the fields {fields}").format(fields=named(available))
            raise BadQuery(what=path, resource=resource.title, why=why)
    return [available[path] for path in dict.fromkeys(paths)]


def values(rows: models.QuerySet[Any], columns: Sequence[Column], extra: Sequence[str] = ()) -> "_Values":
    """Read only what is shown, as dictionaries: no model objects are built. Links come as ``(key, label)``."""
    return _Values(rows, columns, extra)


class _Values:
    """Rows to be read: a part of them with labels looked up row by row, all of them with labels joined.

    Joins let the database look for the best order of all tables, which takes it longer than reading a page does.
    """

    def __init__(self, rows: models.QuerySet[Any], columns: Sequence[Column], extra: Sequence[str]) -> None:
        self.rows, self.columns, self.extra = rows, columns, extra

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        found = _Plan(self, joined=False)
        return [found.dictionary(row) for row in found.rows[part]]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        found = _Plan(self, joined=True)
        return (found.dictionary(row) for row in found.rows.iterator(chunk_size=5000))

    def first(self, count: int) -> "First":
        """So many rows, read when they are looked at, or before that in one statement with others (``read_together``)."""
        return First(self, count)


class First(Sequence[dict[str, Any]]):
    """The first rows of something that is to be read."""

    def __init__(self, wanted: _Values, count: int) -> None:
        self.wanted, self.most = wanted, count
        self.found: list[dict[str, Any]] | None = None

    def __getitem__(self, place: Any) -> Any:
        return self._read()[place]

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> list[dict[str, Any]]:
        if self.found is None:
            self.found = self.wanted[: self.most]
        return self.found


def read_together(parts: Sequence[First]) -> None:
    """Read the first rows of several kinds in one statement. Each comes as one JSON text, its values as their fields take them."""
    asked, statements, parameters = [], [], []
    for part in parts:
        plan = _Plan(part.wanted, joined=False)
        compiler = plan.rows[: part.most].query.get_compiler(connection=connection)
        try:
            sql, given = compiler.as_sql()
        except EmptyResultSet:
            part.found = []
            continue
        kinds = [expression.output_field for expression, _sql, _alias in compiler.select[: len(plan.names)]]
        columns = ", ".join(f"c{n}" for n in range(len(compiler.select)))
        statements.append(f"(select jsonb_agg(jsonb_build_array({columns}))::text from ({sql}) x({columns}))")
        parameters.extend(given)
        asked.append((part, plan, kinds))
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(statements)}", parameters)
        texts = cursor.fetchone()
    for (part, plan, kinds), text in zip(asked, texts, strict=True):
        rows = json.loads(text, parse_float=Decimal) if text else []
        part.found = [plan.dictionary([v if v is None else kind.to_python(v) for v, kind in zip(row, kinds, strict=False)]) for row in rows]


class _Plan:
    """Which values are read of each row, and what is made of them."""

    def __init__(self, wanted: _Values, *, joined: bool) -> None:
        model = wanted.rows.model
        self.names: list[str] = ["pk"]
        if any(f.name == "version" for f in model._meta.concrete_fields):
            self.names.append("version")
        self.made: list[tuple[str, list[int]]] = []
        said: dict[str, Any] = {}
        for column in wanted.columns:
            paths = [column.path]
            if column.kind == "link":
                target = field_at(model, column.path).related_model
                direct = "__" not in column.path
                paths = [f"{column.path}_id" if direct else f"{column.path}__pk"]
                if direct and not joined and (looked_up := _label_of(target, f"{column.path}_id")) is not None:
                    said[f"{column.path}_said"] = looked_up
                    paths.append(f"{column.path}_said")
                else:
                    for label, expression in labels(target, f"{column.path}__").items():
                        if expression is not None:
                            said[label] = expression
                        paths.append(label)
            self.made.append((column.path, [self._want(p) for p in paths]))
            if column.currency:
                self.made.append((column.currency, [self._want(column.currency)]))
        self.made.extend((path, [self._want(path)]) for path in wanted.extra)
        self.rows = wanted.rows.annotate(**said).values_list(*self.names)

    def _want(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def dictionary(self, row: Sequence[Any]) -> dict[str, Any]:
        result: dict[str, Any] = {"pk": row[0]}
        if self.names[1:2] == ["version"]:
            result["version"] = row[1]
        for path, places in self.made:
            if len(places) == 1:
                result.setdefault(path, row[places[0]])
            else:
                key = row[places[0]]
                result[path] = (
                    None if key is None else (key, " ".join(str(row[p]) for p in places[1:] if row[p] not in (None, "")) or str(key))
                )
        return result


@dataclass(frozen=True)
class _Prepared:
    """A statement that was written once: its text, its parameters, which of them is the key, and what is made of its rows."""

    sql: str
    parameters: tuple[Any, ...]
    place: int
    plan: _Plan
    converters: dict[int, tuple[list[Any], Any]]

    def read(self, key: Any) -> list[dict[str, Any]]:
        given = list(self.parameters)
        given[self.place] = key
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            rows = [list(row) for row in cursor.fetchall()]
        for row in rows:
            for place, (convert, expression) in self.converters.items():
                for step in convert:
                    row[place] = step(row[place], expression, connection)
        return [self.plan.dictionary(row) for row in rows]


#: Statements by what they read, for whom they were written (tenant, language, day), and no more than so many.
_prepared: dict[Any, _Prepared | None] = {}
MOST_PREPARED = 2000
#: Stands for the key while a statement is written: no record has it.
SOUGHT: dict[type, Any] = {int: -(2**62) - 1494, str: "\x1a sought \x1a"}


def by_key(
    source: Any, rows: Callable[[Any], models.QuerySet[Any]], key: Any, columns: Sequence[Column], extra: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The values of ``rows(key)``, which depend on nothing but the key: to write their statement takes longer than to answer it, so
    that it is kept for the next key. ``source`` says whose rows they are."""
    if type(key) not in SOUGHT:
        return values(rows(key), columns, extra)[:]
    kept = (
        tenancy.key(),
        source,
        tuple((c.path, c.kind, c.currency) for c in columns),
        tuple(extra),
        get_language(),
        timezone.localdate(),
        type(key),
    )
    if kept not in _prepared:
        if len(_prepared) >= MOST_PREPARED:
            _prepared.clear()
        _prepared[kept] = _prepare(rows, SOUGHT[type(key)], columns, extra)
    found = _prepared[kept]
    return values(rows(key), columns, extra)[:] if found is None else found.read(key)


def _prepare(rows: Callable[[Any], models.QuerySet[Any]], sought: Any, columns: Sequence[Column], extra: Sequence[str]) -> _Prepared | None:
    """The statement for any key; None where the key stands in it more than once, or as something else."""
    plan = _Plan(values(rows(sought), columns, extra), joined=False)
    compiler = plan.rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    places = [place for place, given in enumerate(parameters) if type(given) is type(sought) and given == sought]
    if len(places) != 1:
        return None
    return _Prepared(sql, tuple(parameters), places[0], plan, compiler.get_converters([entry[0] for entry in compiler.select]))


def _label_of(model: type[models.Model], reference: str) -> models.Expression | None:
    """The words that name the record of ``model`` that ``reference`` points at, looked up by its key; None where they are not all texts
    of its own table."""
    fields = {f.name: f for f in model._meta.concrete_fields}
    words = []
    for path in label_paths(model):
        if not isinstance(fields.get(path), models.TextField | models.CharField):
            return None
        own = f"nullif(l.\"{fields[path].column}\", '')"
        spoken = fields.get(f"{path}_{get_language()}")
        words.append(own if spoken is None else f"coalesce(nullif(l.\"{spoken.column}\", ''), {own})")
    said = words[0] if len(words) == 1 else f"concat_ws(' ', {', '.join(words)})"
    key = fields[model._meta.pk.name].column
    template = f'(select {said} from "{model._meta.db_table}" l where l."{key}" = %(expressions)s)'
    return models.Func(F(reference), template=template, output_field=models.TextField())


def label_paths(model: type[models.Model]) -> tuple[str, ...]:
    """The fields that name a record of ``model`` in a list: its ``label_paths``, or number, name or code."""
    declared = getattr(model, "label_paths", None)
    if declared:
        return tuple(declared)
    names = {f.name for f in model._meta.concrete_fields}
    return next(((n,) for n in ("number", "name", "code", "username") if n in names), ("pk",))


def labels(model: type[models.Model], prefix: str = "") -> dict[str, Any]:
    """What names a record of ``model`` to the reader, by path: an expression where his language has a name of its own, else None."""
    found: dict[str, Any] = {}
    fields = {f.name for f in model._meta.concrete_fields}
    for path in label_paths(model):
        translated = f"{path}_{get_language()}"
        if translated in fields:
            empty = Value("", output_field=models.TextField())
            spoken = Coalesce(NullIf(f"{prefix}{translated}", empty), f"{prefix}{path}", output_field=models.TextField())
            found[f"{prefix}{translated}".replace("__", "_") + "_or_own"] = spoken
        else:
            found[f"{prefix}{path}"] = None
    return found


def label_values(rows: models.QuerySet[Any], *extra: str) -> models.QuerySet[Any, Any]:
    """Key, the words that name each row to the reader, and ``extra`` fields."""
    found = labels(rows.model)
    return rows.annotate(**{path: said for path, said in found.items() if said is not None}).values_list("pk", *found, *extra)


def one(
    resource: type[Resource], actor: Actor, pk: Any, columns: Sequence[Column] | None = None, extra: Sequence[str] = ()
) -> dict[str, Any]:
    """One record with the fields of its page, or the ``columns`` named; refused as not found when it is not the actor's to see."""
    key, shown = key_of(resource, pk), columns_for(resource.detail(), actor) if columns is None else columns
    _refuse_unseen(resource, actor)
    everything = resource.model._default_manager.all()
    if visible(everything, actor, resource.view_permission) is everything:
        found = by_key(resource, lambda sought: resource.queryset().filter(pk=sought)[:1], key, shown, extra)
    else:
        found = values(rows_for(resource, actor).filter(pk=key), shown, extra)[:1]
    if not found:
        raise NotFound(what=f"{resource.title_one} {str(pk)[:40]}")
    return found[0]


def key_of(resource: type[Resource], text: Any) -> Any:
    """The key that ``text`` writes; what cannot be a key of the resource is refused as not found."""
    try:
        return typed(resource, Column("pk"), text)
    except ValueError as error:
        raise NotFound(what=f"{resource.title_one} {str(text)[:40]}") from error


def lines_of(lines: Lines, actor: Actor, keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The lines of several documents by document key, in one statement. The documents must be visible already."""
    columns = columns_for(lines.shown(), actor)
    result: dict[int, list[dict[str, Any]]] = {key: [] for key in keys}
    order = [o for o in lines.order if o == "id" or any(f.name == o for f in lines.model._meta.concrete_fields)]
    parent = f"{lines.parent}_id"
    if len(keys) == 1:
        found = by_key(lines, lambda key: _lines(lines, [key], order), keys[0], columns, [parent])
    else:
        found = values(_lines(lines, keys, order), columns, extra=[parent])[:]
    for row in found:
        result[row[parent]].append(row)
    return result


def _lines(lines: Lines, keys: Sequence[Any], order: Sequence[str]) -> models.QuerySet[Any]:
    made = {name: make() for name, make in lines.annotations.items()}
    return lines.model._default_manager.filter(**{f"{lines.parent}__in": list(keys)}).annotate(**made).order_by(*order)


def signed_sums(resource: type[Resource], columns: Sequence[Column]) -> tuple[list[Column], list[str], dict[str, Any]]:
    """The amounts that are summed, the paths of their currencies, and their sums as ``sum_0`` and so on; what is taken off counts negative."""
    amounts = [c for c in columns if c.kind == "amount" and c.currency and c.summed]
    taken_off = resource.subtracted()
    signed = [Case(When(taken_off, then=-F(c.path)), default=F(c.path)) if taken_off is not None else F(c.path) for c in amounts]
    return amounts, list(dict.fromkeys(c.currency for c in amounts)), {f"sum_{n}": models.Sum(value) for n, value in enumerate(signed)}


def totals(resource: type[Resource], rows: models.QuerySet[Any], columns: Sequence[Column]) -> dict[str, list[tuple[str, Decimal]]]:
    """The sums of the amounts among ``columns`` over all of ``rows``, by column path: currency and amount, in one statement."""
    amounts, currencies, sums = signed_sums(resource, columns)
    if not amounts:
        return {}
    grouped = rows.order_by().values(*currencies).annotate(**sums)
    found: dict[str, dict[str, Decimal]] = {c.path: {} for c in amounts}
    for row in grouped:
        for n, column in enumerate(amounts):
            code, amount = row[column.currency], row[f"sum_{n}"]
            if code is not None and amount is not None:
                found[column.path][code] = found[column.path].get(code, Decimal(0)) + amount
    return {path: sorted(held.items()) for path, held in found.items()}


def count(rows: models.QuerySet[Any], *, exact_up_to: int = 10_000) -> tuple[int, bool]:
    """The number of rows, and whether it is exact; beyond ``exact_up_to`` the planner's estimate is given."""
    found = rows.order_by().values("pk")[: exact_up_to + 1].count()
    if found <= exact_up_to:
        return found, True
    sql, parameters = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {sql}", parameters)
        plan = cursor.fetchone()[0]
    return max(found, int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])), False


def _sorting(resource: type[Resource], actor: Actor, sort: str) -> tuple[str, bool]:
    descending = sort.startswith("-")
    path = sort.removeprefix("-")
    if path in {"id", "pk"}:
        return "pk", descending
    available = filterable(resource, actor)
    if path not in available:
        raise BadQuery(what=f"sort={sort}", resource=resource.title, why=_("it can be sorted by {fields}").format(fields=named(available)))
    if available[path].kind == "link":
        target = field_at(resource.model, path).related_model
        labels = label_paths(target)
        path = f"{path}__{labels[0]}"
    return path, descending


def _is_nullable(resource: type[Resource], path: str) -> bool:
    try:
        model: Any = resource.model
        for part in path.split("__"):
            found = model._meta.pk if part == "pk" else model._meta.get_field(part)
            if found.null:
                return True
            model = found.related_model or model
        return False
    except FieldDoesNotExist:
        return True


def _cursor(row: Mapping[str, Any], path: str) -> str:
    value = row[path] if path != "pk" else None
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return base64.urlsafe_b64encode(json.dumps([path, value, row["pk"]]).encode()).decode().rstrip("=")


def _uncursor(resource: type[Resource], cursor: str, path: str) -> tuple[Any, Any]:
    """The value and key of a page mark; refused unless this list made it in this order. It is no secret: rights are checked anew."""
    try:
        made_for, value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if made_for != path or isinstance(key, bool) or not isinstance(key, str | int):
            raise TypeError
        key = typed(resource, Column("pk"), key)
        if value is None or path == "pk":
            return None, key
        if not isinstance(value, str | int | bool):
            raise TypeError
        kind = "text"
        if path in resource.annotations:
            kind = next((c.kind for c in [*resource.shown(), *resource.detail()] if c.path == path), "text")
        # A text is compared as it was written, blanks at its ends included.
        read = typed(resource, Column(path, kind=kind), value)
        return value if isinstance(value, str) and isinstance(read, str) else read, key
    except (ValueError, TypeError, ArithmeticError, RecursionError, binascii.Error) as error:
        raise BadQuery(what="after", resource=resource.title, why=_("the page mark is not one of ours; start again without it")) from error


def _beyond(path: str, downwards: bool, mark: tuple[Any, Any], *, nullable: bool, backwards: bool) -> Q:
    value, key = mark
    step = "lt" if downwards else "gt"
    tie = Q(**{f"pk__{step}": key})
    if path == "pk":
        return tie
    if value is None:
        empty = Q(**{f"{path}__isnull": True}) & tie
        return empty | Q(**{f"{path}__isnull": False}) if backwards else empty
    if not nullable:
        # The first part says nothing new, but lets the database start in the index where the page starts.
        return Q(**{f"{path}__{step}e": value}) & (Q(**{f"{path}__{step}": value}) | tie)
    beyond = Q(**{f"{path}__{step}": value}) | (Q(**{path: value}) & tie)
    return beyond if backwards else beyond | Q(**{f"{path}__isnull": True})


__all__ = [
    "BadQuery",
    "Page",
    "Query",
    "by_key",
    "columns_for",
    "count",
    "filtered",
    "key_of",
    "label_values",
    "labels",
    "lines_of",
    "one",
    "ordered",
    "page",
    "resource_of",
    "rows_for",
    "selected",
    "signed_sums",
    "totals",
    "understood",
    "values",
]
