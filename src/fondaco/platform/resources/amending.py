"""Amending: a document in force is changed for a reason, and what it said before stays as a numbered version.

A model says in which states (``Document.amendable_states``), its resource which fields (``amendable``) and with which right
(``amend_permission``). The version is written before the document is touched, in the same transaction: the guards in the database let a
change pass only where one was (``documents_is_amending``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max
from django.utils.translation import gettext as _

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import reaches, visible
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.documents.actions import NAMED
from fondaco.platform.documents.models import Amendment, Document
from fondaco.platform.documents.refusals import FixedByNow, NotEditable, ReasonMissing
from fondaco.platform.resources.declare import Draft, Lines, Resource, column_of
from fondaco.platform.resources.reading import columns_for, values
from fondaco.platform.resources.schema import lines_name, writable_lines

SUMS = ("net", "tax", "gross")

Content = dict[str, Any]


def is_amendable(resource: type[Resource], state: Any) -> bool:
    return issubclass(resource.model, Document) and state in resource.model.amendable_states


def may_amend(resource: type[Resource], actor: Actor, pk: Any) -> bool:
    """Whether the actor may amend this document, when its state allows."""
    rights = (resource.amend_permission, resource.write_permission)
    return all(rights) and all(reaches(actor, right, resource.model, pk) for right in rights)


def in_force(resource: type[Resource], actor: Actor, rows: Sequence[Any], reason: str) -> list[Any]:
    """The rows that a change amends: those past their editable states. Refuses what can be neither edited nor amended by the actor."""
    past = [r for r in rows if isinstance(r, Document) and r.state not in r.editable_states]  # type: ignore[attr-defined]
    closed = [r for r in past if not is_amendable(resource, r.state)]
    if closed:
        raise NotEditable(document=", ".join(str(r) for r in closed[:NAMED]), state=closed[0].get_state_display())
    if not past:
        return []
    if not resource.amend_permission or visible(
        resource.model._default_manager.filter(pk__in=[r.pk for r in past]), actor, resource.amend_permission
    ).count() < len(past):
        raise NotAllowed(verb=_("amend"), what=resource.title, permission=resource.amend_permission)
    if not reason.strip():
        raise ReasonMissing(verb=_("Amend"), document=", ".join(str(r) for r in past[:NAMED]), fields={"reason": _("missing")})
    return past


def refuse_fixed(resource: type[Resource], drafts: Sequence[Draft], before: Mapping[int, Mapping[str, Any]]) -> None:
    """Refuse changes of fields that an amendment leaves alone; ``before`` holds the writable values of each row as they were."""
    for draft in drafts:
        fixed = [
            resource.model._meta.get_field(name)
            for name, value in before[draft.row.pk].items()
            if name not in resource.amendable and getattr(draft.row, resource.model._meta.get_field(name).attname) != value
        ]
        if fixed:
            raise FixedByNow(
                document=draft.row,
                fields_named=", ".join(str(f.verbose_name) for f in fixed),
                state=draft.row.get_state_display(),
                fields={f.name: _("cannot be amended") for f in fixed},
            )


def keep(resource: type[Resource], rows: Sequence[Any], reason: str) -> None:
    """Keep what documents say now as versions; statements do not grow with the documents."""
    table = resource.model._meta.db_table
    keys = [r.pk for r in rows]
    kept = Amendment.objects.filter(table_name=table, row_id__in=keys).order_by().values("row_id").annotate(last=Max("version_number"))
    last = dict(kept.values_list("row_id", "last"))
    said = contents(resource, keys)
    insert_rows(
        Amendment,
        [Amendment(table_name=table, row_id=k, version_number=last.get(k, 0) + 1, content=said[k], reason=reason.strip()) for k in keys],
    )


def contents(resource: type[Resource], keys: Sequence[int]) -> dict[int, Content]:
    """What documents say: the values of their writable fields, their sums, and their lines; references with the name they have now."""
    own = [f.name for f in resource.model._meta.concrete_fields]
    names = [n for n in resource.writable if n in own] + [n for n in SUMS if n in own]
    rows = values(resource.model._default_manager.filter(pk__in=keys), [column_of(resource.model, n) for n in names])
    found: dict[int, Content] = {row["pk"]: {"fields": {n: row[n] for n in names}, "lines": {}} for row in rows[:]}
    for lines in writable_lines(resource):
        for key, said in _lines_said(lines, keys).items():
            found[key]["lines"][lines_name(lines)] = said
    return {key: json.loads(json.dumps(content, cls=DjangoJSONEncoder)) for key, content in found.items()}


def _lines_said(lines: Lines, keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    own = [f.name for f in lines.model._meta.concrete_fields]
    names = ["position", *lines.writable, *(n for n in SUMS if n in own)]
    parent = f"{lines.parent}_id"
    found: dict[int, list[dict[str, Any]]] = {key: [] for key in keys}
    rows = lines.model._default_manager.filter(**{f"{lines.parent}__in": list(keys)}).order_by("position", "id")
    for row in values(rows, [column_of(lines.model, n) for n in names], extra=[parent])[:]:
        found[row[parent]].append({"id": row["pk"], **{n: row[n] for n in names}})
    return found


# ------------------------------------------------------------------ reading


@dataclass(frozen=True)
class Difference:
    """One value that an amendment changed: of the document itself, or of line ``line`` of ``lines``; a line that came or went has no
    ``field``. Values are as they are kept: plain JSON, references as ``[key, name]``."""

    lines: str
    line: int
    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Version:
    """What a document said until it was amended, who amended it then and why, and what became different."""

    number: int
    content: Content
    until: datetime
    by: str
    reason: str
    differences: tuple[Difference, ...]


def versions(resource: type[Resource], actor: Actor, pk: int) -> list[Version]:
    """The earlier versions of a document that the actor may see already, the newest first; fields he may not see are left out."""
    table = resource.model._meta.db_table
    kept = list(Amendment.objects.filter(table_name=table, row_id=pk).order_by("version_number"))
    if not kept:
        return []
    said = [_as_seen(resource, actor, content) for content in [*(a.content for a in kept), contents(resource, [pk])[pk]]]
    made = [
        Version(a.version_number, said[n], a.at, a.created_by, a.reason, tuple(_differences(said[n], said[n + 1])))
        for n, a in enumerate(kept)
    ]
    return made[::-1]


def _as_seen(resource: type[Resource], actor: Actor, content: Content) -> Content:
    hidden = {c.path for c in resource.detail()} - {c.path for c in columns_for(resource.detail(), actor)}
    lines = {}
    for declared in writable_lines(resource):
        unseen = {c.path for c in declared.shown()} - {c.path for c in columns_for(declared.shown(), actor)}
        rows = content["lines"].get(lines_name(declared), [])
        lines[lines_name(declared)] = [{n: v for n, v in row.items() if n not in unseen} for row in rows]
    return {"fields": {n: v for n, v in content["fields"].items() if n not in hidden}, "lines": lines}


def _differences(before: Content, after: Content) -> list[Difference]:
    found = [
        Difference("", 0, name, value, after["fields"].get(name))
        for name, value in before["fields"].items()
        if value != after["fields"].get(name)
    ]
    for name, rows in before["lines"].items():
        now = {row["id"]: row for row in after["lines"].get(name, [])}
        then: dict[int, dict[str, Any]] = {row["id"]: row for row in rows}
        for key, row in then.items():
            if key not in now:
                found.append(Difference(name, row["position"], "", row, None))
                continue
            found += [
                Difference(name, row["position"], field, value, now[key].get(field))
                for field, value in row.items()
                if field not in {"position", "id"} and value != now[key].get(field)
            ]
        found += [Difference(name, row["position"], "", None, row) for key, row in now.items() if key not in then]
    return found


__all__ = ["Difference", "Version", "in_force", "is_amendable", "keep", "may_amend", "refuse_fixed", "versions"]
