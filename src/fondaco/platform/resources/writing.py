"""Create, edit and delete: the three verbs every writable resource has, on sets, through the same path as all verbs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.knowing import known, own, seldom_changes
from fondaco.platform.database.refusals import InvalidInput, NotAllowed, NotFound
from fondaco.platform.documents.actions import NAMED
from fondaco.platform.documents.models import Document
from fondaco.platform.documents.performing import LIMIT, Outcome, check_versions, invalid, once
from fondaco.platform.documents.refusals import NotEditable, NothingGiven, TooMany
from fondaco.platform.resources import amending
from fondaco.platform.resources.declare import Draft, Lines, Resource, resource_of
from fondaco.platform.resources.schema import Name, create_schema, edit_schema, lines_name, writable_lines


def create(
    actor: Actor, resource: type[Resource], rows: Sequence[Mapping[str, Any]], *, idempotency_key: str = "", reason: str = ""
) -> Outcome:
    """Create records from plain values (as in JSON); all or none. Every problem of every row is named."""
    _may_write(actor, resource, len(rows), _("create"))

    def work() -> Outcome:
        given = _parsed(create_schema(resource), resource, rows)
        _may_write_fields(actor, resource, given)
        drafts = [_new(resource, g) for g in given]
        _resolve(actor, resource, drafts, given)
        _may_write_companies(actor, resource, drafts)
        resource.prepare(drafts, actor)
        _refuse_doubts(drafts)
        insert_rows(resource.model, [d.row for d in drafts])
        for lines in writable_lines(resource):
            _insert_lines(lines, drafts)
        _set_many_to_many(actor, resource, drafts, given)
        resource.written([d.row for d in drafts], actor)
        return Outcome([d.row.pk for d in drafts])

    verb = f"{resource.model._meta.app_label}.create"
    return once(actor, verb, {"create": resource.key, "rows": list(rows)}, work, idempotency_key=idempotency_key, reason=reason)


def edit(
    actor: Actor, resource: type[Resource], changes: Mapping[int, Mapping[str, Any]], *, idempotency_key: str = "", reason: str = ""
) -> Outcome:
    """Change records by key; all or none. A ``version`` among the values is the one last seen (optimistic locking).

    Documents in force whose kind can be amended are, for the ``reason``; each earlier version of them stays.
    """
    _may_write(actor, resource, len(changes), _("edit"))

    def work() -> Outcome:
        keys = sorted(changes)
        given = _parsed(edit_schema(resource), resource, [changes[k] for k in keys])
        _may_write_fields(actor, resource, given)
        rows = _locked(actor, resource, keys)
        check_versions(rows, {k: g.version for k, g in zip(keys, given, strict=True) if g.version is not None})  # type: ignore[attr-defined]
        amended = amending.in_force(resource, actor, rows, reason)
        stood = {row.pk: _writable_values(resource, row) for row in amended}
        drafts = [Draft(row, []) for row in rows]
        for lines in writable_lines(resource):
            _load_lines(lines, drafts)
        before = [(type(line), line.pk) for d in drafts for line in d.lines]
        for draft, values in zip(drafts, given, strict=True):
            _apply(resource, draft, values)
        _resolve(actor, resource, drafts, given)
        _may_write_companies(actor, resource, drafts)
        resource.prepare(drafts, actor)
        _refuse_doubts(drafts)
        if amended:
            changed = [d for d in drafts if d.row.pk in stood]
            amending.refuse_fixed(resource, changed, stood)
            judged = resource.amending(changed, actor)
            amending.keep(resource, amended, reason)
        _update_all(resource.model, [d.row for d in drafts])
        for lines in writable_lines(resource):
            _replace_lines(lines, drafts, before)
        _set_many_to_many(actor, resource, drafts, given)
        resource.written([d.row for d in drafts], actor)
        if amended:
            resource.amended(amended, actor, reason, judged)
        return Outcome(keys)

    verb = f"{resource.model._meta.app_label}.edit"
    content = {"edit": resource.key, "changes": {str(k): v for k, v in changes.items()}}
    return once(actor, verb, content, work, idempotency_key=idempotency_key, reason=reason)


def delete(
    actor: Actor,
    resource: type[Resource],
    keys: Sequence[int],
    *,
    versions: Mapping[int, int] | None = None,
    idempotency_key: str = "",
    reason: str = "",
) -> Outcome:
    """Delete drafts (or records without states) that nothing refers to; all or none."""
    _may_write(actor, resource, len(keys), _("delete"))

    def work() -> Outcome:
        rows = _locked(actor, resource, sorted(set(keys)))
        check_versions(rows, versions)
        _check_editable(rows)
        for lines in resource.lines:
            # What is written once for ever has no row for a draft; the database refuses to delete it even so.
            if not getattr(lines.model, "append_only", False):
                lines.model._default_manager.filter(**{f"{lines.parent}__in": [r.pk for r in rows]})._raw_delete("default")
        resource.model._default_manager.filter(pk__in=[r.pk for r in rows])._raw_delete("default")
        return Outcome([r.pk for r in rows])

    verb = f"{resource.model._meta.app_label}.delete"
    return once(actor, verb, {"delete": resource.key, "ids": list(keys)}, work, idempotency_key=idempotency_key, reason=reason)


def preview(actor: Actor, resource: type[Resource], values: Mapping[str, Any], pk: int | None = None) -> Draft:
    """What create (or edit of the record ``pk``) would write for these values, without writing: for totals that follow while typing."""
    _may_write(actor, resource, 1, _("create"))
    given = _parsed(create_schema(resource) if pk is None else edit_schema(resource), resource, [values])
    if pk is None:
        draft = _new(resource, given[0])
    else:
        (row,) = _locked(actor, resource, [pk])
        draft = Draft(row, [])
        for lines in writable_lines(resource):
            _load_lines(lines, [draft])
        _apply(resource, draft, given[0])
    _resolve(actor, resource, [draft], given)
    resource.prepare([draft], actor)
    return draft


def _may_write(actor: Actor, resource: type[Resource], count: int, verb: str) -> None:
    if not resource.write_permission or not actor.may(resource.write_permission):
        raise NotAllowed(verb=verb, what=resource.title, permission=resource.write_permission or _("(verbs only)"))
    if count == 0:
        raise NothingGiven(verb=verb)
    if count > LIMIT:
        raise TooMany(count=count, limit=LIMIT)


def _may_write_companies(actor: Actor, resource: type[Resource], drafts: Sequence[Draft]) -> None:
    """Refuse rows of a company in which the actor may not write this kind."""
    if getattr(resource.model, "company_path", "company") != "company" or not hasattr(resource.model, "company_id"):
        return
    for company in {d.row.company_id for d in drafts}:
        if company is not None and not actor.may(resource.write_permission, company):
            raise NotFound(what=f"{_('company')} {company}")


def _parsed(schema: type[BaseModel], resource: type[Resource], rows: Sequence[Mapping[str, Any]]) -> list[BaseModel]:
    parsed, failures = [], []
    for index, row in enumerate(rows):
        try:
            parsed.append(schema.model_validate(row))
        except ValidationError as error:
            failures.append((index, error))
    if failures:
        refusal = invalid(str(resource.title_one), failures[0][1])
        if len(rows) > 1:
            refusal.rows = [{"row": i, "fields": invalid("", e).fields} for i, e in failures[:200]]
        raise refusal
    return parsed


def _new(resource: type[Resource], given: BaseModel) -> Draft:
    row = resource.model()
    if isinstance(row, Document) or hasattr(row, "state"):
        row.state = getattr(row, "state", None) or row.initial_state  # type: ignore[attr-defined]
    draft = Draft(row, [])
    _apply(resource, draft, given)
    return draft


def _apply(resource: type[Resource], draft: Draft, given: BaseModel) -> None:
    draft.given = frozenset(given.model_fields_set)
    partial = "version" in type(given).model_fields
    for name in resource.writable:
        if partial and name not in given.model_fields_set:
            continue
        field = resource.model._meta.get_field(name)
        if not field.many_to_many:
            setattr(draft.row, field.attname, _plain(field, getattr(given, name)))
    for lines in writable_lines(resource):
        name = lines_name(lines)
        if partial and name not in given.model_fields_set:
            continue
        existing = {line.pk: line for line in draft.lines if isinstance(line, lines.model)}
        fields = [lines.model._meta.get_field(name) for name in lines.writable]
        kept = [line for line in draft.lines if not isinstance(line, lines.model)]
        for position, values in enumerate(getattr(given, name) or [], start=1):
            if values.id is not None and values.id not in existing:
                raise NotFound(what=f"{lines.model._meta.verbose_name} {values.id}")
            line = existing.pop(values.id) if values.id is not None else lines.model()
            for field in fields:
                if values.id is None or field.name in values.model_fields_set:
                    setattr(line, field.attname, _plain(field, getattr(values, field.name)))
            if hasattr(line, "position"):
                line.position = position
            line.given = frozenset(values.model_fields_set)
            kept.append(line)
        draft.lines = kept


def _plain(field: models.Field, value: Any) -> Any:
    if value is not None or field.null:
        return value
    if field.has_default():
        return field.get_default()
    if field.empty_strings_allowed and field.blank:
        return ""
    raise InvalidInput(record=field.verbose_name, problems=_("may not be empty"), fields={field.name: _("may not be empty")})


def _resolve(actor: Actor, resource: type[Resource], drafts: Sequence[Draft], given: Sequence[BaseModel]) -> None:
    """Turn references into keys the actor may use: one statement per referenced kind, whatever the number of rows.

    The company comes first: a code such as an account number is looked for in the record's own company.
    """
    uses: dict[bool, dict[type[models.Model], list[tuple[int, str, Any, models.ForeignKey, Any, Any]]]] = {True: {}, False: {}}
    for index, draft in enumerate(drafts):
        for row, prefix, names in _with_lines(resource, draft):
            for field in _references_among(type(row), tuple(names)):
                value = getattr(row, field.attname)
                if value is not None:
                    uses[field.name == "company"].setdefault(field.related_model, []).append((index, prefix, row, field, value, draft.row))
    failures: list[tuple[int, str, NotFound]] = []
    for wanted in uses.values():
        for target, found_uses in wanted.items():
            found = references(actor, target, {value for _index, _prefix, _row, _field, value, _owner in found_uses})
            chosen: dict[Any, Any] = {}
            for index, prefix, row, field, value, owner in found_uses:
                asked = type(value), value, getattr(owner, "company_id", None)
                try:
                    if asked not in chosen:
                        chosen[asked] = _choose(found.get(_lookup_key(value), []), owner, field, value)
                    setattr(row, field.attname, chosen[asked].pk)
                    field.set_cached_value(row, chosen[asked])
                except NotFound as failure:
                    failures.append((index, f"{prefix}{field.name}", failure))
        if failures:
            raise _unresolved(failures, single=len(drafts) == 1)


@cache
def _references_among(model: type[models.Model], names: tuple[str, ...]) -> tuple[models.ForeignKey, ...]:
    """The fields of ``names`` that point at records."""
    fields = (model._meta.get_field(name) for name in names)
    return tuple(f for f in fields if isinstance(f, models.ForeignKey))


def _refuse_doubts(drafts: Sequence[Draft]) -> None:
    """What speaks against saving is said once, with every record that it concerns."""
    doubtful = [(place, draft.doubts[0]) for place, draft in enumerate(drafts) if draft.doubts]
    if not doubtful:
        return
    refusal = doubtful[0][1]
    if len(drafts) > 1:
        refusal.rows = [{"row": place, "fields": {k: str(v) for k, v in doubt.fields.items()}} for place, doubt in doubtful[:200]]
    raise refusal


def _with_lines(resource: type[Resource], draft: Draft) -> list[tuple[Any, str, Sequence[str]]]:
    """The document and its lines, each with its path in what was given and the fields that may be written."""
    parts: list[tuple[Any, str, Sequence[str]]] = [(draft.row, "", resource.writable)]
    for lines in writable_lines(resource):
        own = [line for line in draft.lines if isinstance(line, lines.model)]
        parts.extend((line, f"{lines_name(lines)}.{place}.", lines.writable) for place, line in enumerate(own))
    return parts


def _unresolved(failures: Sequence[tuple[int, str, NotFound]], *, single: bool) -> NotFound:
    """One refusal for all references that lead nowhere; every record and field is named."""
    by_row: dict[int, dict[str, Any]] = defaultdict(dict)
    for index, path, failure in failures:
        by_row[index][path] = failure.sentence()
    rows = [] if single else [{"row": index, "fields": fields} for index, fields in sorted(by_row.items())][:200]
    return NotFound(what=failures[0][2].figures["what"], fields=by_row[failures[0][0]] if single else {}, rows=rows)


def _choose(candidates: Sequence[Any], owner: Any, field: models.ForeignKey, value: Any) -> Any:
    company = getattr(owner, "company_id", None)
    own = [c for c in candidates if company is None or getattr(c, "company_id", None) in (None, company)]
    if isinstance(value, Name):
        own = [c for c in own if str(getattr(c, _natural_key(field.related_model), "")) == str(value)]
    elif isinstance(value, int):
        own = [c for c in own if c.pk == value]
    if not own:
        raise NotFound(what=f"{field.verbose_name} “{value}”")
    return own[0]


def _lookup_key(value: Any) -> str:
    return str(getattr(value, "pk", value)).strip()


def references(actor: Actor, target: type[models.Model], given: set[Any]) -> dict[str, list[Any]]:
    """Records of ``target`` by what was given for them (key or natural key), limited to what the actor may see."""
    resource = resource_of(target)
    all_rows = rows = target._default_manager.all()
    if resource is not None:
        rows = visible(rows, actor, resource.view_permission)
    texts = {_lookup_key(v) for v in given}
    natural = _natural_key(target)
    remembered = _index(target, natural) if rows is all_rows and seldom_changes(target) else None
    if remembered is not None:
        return _own(*remembered, texts)
    integer_key = isinstance(target._meta.pk, models.IntegerField)
    keys = [int(t) for t in texts if t.isdecimal() and len(t) < 19] if integer_key else list(texts)
    wanted = models.Q(pk__in=keys)
    if natural:
        wanted |= models.Q(**{f"{natural}__in": texts})
    found: dict[str, list[Any]] = defaultdict(list)
    for record in rows.filter(wanted).order_by("pk"):
        if str(record.pk) in texts:
            found[str(record.pk)].insert(0, record)
        if natural and str(getattr(record, natural)) in texts:
            found[str(getattr(record, natural))].append(record)
    return found


#: More rows of a kind are not kept in memory.
MOST_REMEMBERED = 3000


def _own(by_key: dict[str, Any], by_name: dict[str, list[Any]], texts: set[str]) -> dict[str, list[Any]]:
    """The same of what seldom changes, where the actor sees all of it: as rows of one's own, from memory."""
    found: dict[str, list[Any]] = {}
    for text in texts:
        records = [*([by_key[text]] if text in by_key else []), *by_name.get(text, ())]
        if records:
            found[text] = [own(record) for record in records]
    return found


@known
def _index(target: type[models.Model], natural: str) -> tuple[dict[str, Any], dict[str, list[Any]]] | None:
    """All rows of what seldom changes, but for their secrets, by key and by natural key; None where they are too many."""
    by_key: dict[str, Any] = {}
    by_name: dict[str, list[Any]] = defaultdict(list)
    records = list(target._default_manager.defer(*getattr(target, "secret_columns", ())).order_by("pk")[: MOST_REMEMBERED + 1])
    if len(records) > MOST_REMEMBERED:
        return None
    for record in records:
        by_key[str(record.pk)] = record
        if natural:
            by_name[str(getattr(record, natural))].append(record)
    return by_key, dict(by_name)


def _natural_key(target: type[models.Model]) -> str:
    resource = resource_of(target)
    return resource.natural_key if resource else ""


def _locked(actor: Actor, resource: type[Resource], keys: Sequence[int]) -> list[Any]:
    rows = list(
        visible(resource.model._default_manager.filter(pk__in=keys), actor, resource.write_permission)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if len(rows) < len(keys):
        missing = sorted(set(keys) - {r.pk for r in rows})
        raise NotFound(what=f"{resource.title_one} {', '.join(map(str, missing[:NAMED]))}")
    return rows


def _check_editable(rows: Sequence[Any]) -> None:
    closed = [r for r in rows if isinstance(r, Document) and r.state not in r.editable_states]  # type: ignore[attr-defined]
    if closed:
        raise NotEditable(document=", ".join(str(r) for r in closed[:NAMED]), state=closed[0].get_state_display())


def _writable_values(resource: type[Resource], row: Any) -> dict[str, Any]:
    fields = [resource.model._meta.get_field(name) for name in resource.writable]
    return {f.name: getattr(row, f.attname) for f in fields if not f.many_to_many}


def _load_lines(lines: Lines, drafts: Sequence[Draft]) -> None:
    by_key = {d.row.pk: d for d in drafts}
    order = [o for o in lines.order if o == "id" or any(f.name == o for f in lines.model._meta.concrete_fields)]
    for line in lines.model._default_manager.filter(**{f"{lines.parent}__in": list(by_key)}).order_by(*order):
        stored = line.__dict__.copy()
        del stored["_state"]
        line.given, line.stored = frozenset(), stored
        by_key[getattr(line, f"{lines.parent}_id")].lines.append(line)


def _insert_lines(lines: Lines, drafts: Sequence[Draft]) -> None:
    fresh = []
    for draft in drafts:
        for line in draft.lines:
            if isinstance(line, lines.model):
                setattr(line, lines.parent, draft.row)
                fresh.append(line)
    insert_rows(lines.model, fresh)


def _replace_lines(lines: Lines, drafts: Sequence[Draft], before: Sequence[tuple[type[Any], int]]) -> None:
    """Write the lines of one kind; of those that were there ``before`` (each with its kind, for keys of several meet) the others go."""
    kept = [line for d in drafts for line in d.lines if isinstance(line, lines.model) and line.pk is not None]
    gone = {pk for kind, pk in before if kind is lines.model} - {line.pk for line in kept}
    if gone:
        lines.model._default_manager.filter(pk__in=gone)._raw_delete("default")
    _update_all(lines.model, kept)
    fresh = [Draft(d.row, [line for line in d.lines if isinstance(line, lines.model) and line.pk is None]) for d in drafts]
    _insert_lines(lines, fresh)


def _update_all(model: type[models.Model], rows: Sequence[Any]) -> None:
    if rows:
        names = [
            f
            for f in model._meta.concrete_fields
            if not f.primary_key and f.name not in {"version", "created_at", "created_by"} and not f.generated
        ]
        update_rows(model, {"id": [r.pk for r in rows], **{f.name: [getattr(r, f.attname) for r in rows] for f in names}})


def _set_many_to_many(actor: Actor, resource: type[Resource], drafts: Sequence[Draft], given: Sequence[BaseModel]) -> None:
    """Replace the given sets of references: three statements a field, whatever the number of rows."""
    for name in resource.writable:
        field = resource.model._meta.get_field(name)
        if not field.many_to_many:
            continue
        changed = [
            (d.row, getattr(g, name))
            for d, g in zip(drafts, given, strict=True)
            if name in g.model_fields_set and getattr(g, name) is not None
        ]
        if not changed:
            continue
        found = references(actor, field.related_model, {value for _row, values in changed for value in values})
        through, source, target = field.remote_field.through, field.m2m_field_name(), field.m2m_reverse_field_name()
        through._default_manager.filter(**{f"{source}__in": [row.pk for row, _values in changed]})._raw_delete("default")
        pairs = [(row, _choose(found.get(_lookup_key(v), []), row, field, v)) for row, values in changed for v in values]
        distinct = {(row.pk, other.pk): through(**{source: row, target: other}) for row, other in pairs}
        insert_rows(through, list(distinct.values()))


def _may_write_fields(actor: Actor, resource: type[Resource], given: Sequence[BaseModel]) -> None:
    """Refuse fields that the actor may not even see."""
    hidden = {c.path: c for c in [*resource.shown(), *resource.detail()] if c.right and not actor.may(c.right)}
    touched = next((name for g in given for name in hidden if name in g.model_fields_set), None)
    if touched:
        raise NotAllowed(verb=_("edit"), what=hidden[touched].title, permission=hidden[touched].right)
    for lines in writable_lines(resource):
        columns = {c.path: c for c in lines.shown() if c.right and not actor.may(c.right)}
        for g in given:
            for line in getattr(g, lines_name(lines)) or []:
                touched = next((name for name in columns if name in line.model_fields_set), None)
                if touched:
                    raise NotAllowed(verb=_("edit"), what=columns[touched].title, permission=columns[touched].right)


__all__ = ["InvalidInput", "create", "delete", "edit", "preview", "references"]
