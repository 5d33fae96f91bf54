"""What a language model can do here: eight tools over all resources and verbs, with the reader's own rights.

Each function takes the actor first and plain values after, runs in a unit of work, and raises the refusals of the rooms.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from fondaco.interfaces.api.bodies import key_from, references_read
from fondaco.interfaces.api.problems import BadParameter
from fondaco.interfaces.api.rendering import detailed
from fondaco.interfaces.api.views import action_named
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.documents.performing import Outcome
from fondaco.platform.documents.performing import perform as perform_action
from fondaco.platform.resources import reading, writing
from fondaco.platform.resources.declare import RESOURCES, Column, Resource, column_of
from fondaco.platform.resources.exporting import record
from fondaco.platform.resources.schema import create_schema, lines_name
from fondaco.platform.search import finding

ROWS = 100


def resource_named(key: str) -> type[Resource]:
    """The resource of a name; refused with the names there are."""
    if key not in RESOURCES:
        raise NotFound(what=_("resource “{key}” (there are {keys})").format(key=key[:60], keys=", ".join(RESOURCES)))
    return RESOURCES[key]


def describe(actor: Actor, resource: str = "") -> dict[str, Any]:
    """All resources the actor may see, or everything about one."""
    if not resource:
        seen = [r for r in RESOURCES.values() if actor.may(r.view_permission)]
        who = {"username": actor.username, "name": actor.name}
        return {"you": who, "resources": {r.key: _in_short(r, actor) for r in seen}}
    return _in_full(resource_named(resource), actor)


def _in_short(resource: type[Resource], actor: Actor) -> dict[str, Any]:
    verbs = [a.verb for a in resource.actions() if actor.may(a.permission)]
    may_write = bool(resource.write_permission) and actor.may(resource.write_permission)
    return {"title": str(resource.title), **({"verbs": verbs} if verbs else {}), "may_write": may_write}


def _in_full(resource: type[Resource], actor: Actor) -> dict[str, Any]:
    verbs = {
        a.verb: {
            "what": a.description,
            "from_to": dict(a.moves),
            "needs_reason": a.needs_reason,
            "dangerous": a.dangerous,
            "you_may": actor.may(a.permission),
            "parameters": a.parameters.model_json_schema(),
        }
        for a in resource.actions()
    }
    found: dict[str, Any] = {
        "key": resource.key,
        "title": str(resource.title),
        "fields": {c.path: _field(c) for c in reading.columns_for(resource.detail(), actor)},
        "list_shows": [c.path for c in reading.columns_for(resource.shown(), actor)],
        "conditions": {name: str(title) for name, (title, _condition) in resource.conditions.items()},
        "lines": {
            lines_name(ln): [c.path for c in reading.columns_for([column_of(ln.model, d) for d in ln.columns], actor)]
            for ln in resource.lines
        },
        "natural_key": resource.natural_key,
        "verbs": verbs,
    }
    if resource.write_permission and actor.may(resource.write_permission):
        found["create"] = create_schema(resource).model_json_schema()
    return found


def _field(column: Column) -> str:
    return f"{column.title} ({column.kind})"


def search(actor: Actor, words: str) -> dict[str, Any]:
    """The best few records of every kind that answer to words, mistyped ones too."""
    hits = finding.search(actor, words)
    return {"found": [{"resource": h.resource.key, "id": h.pk, "label": h.label, "exact": h.exact} for h in hits]}


def find(
    actor: Actor,
    resource: str,
    filters: Mapping[str, Any],
    search: str,
    sort: str,
    fields: Sequence[str],
    after: str,
    limit: int,
    *,
    count: bool,
) -> dict[str, Any]:
    """A page of a list."""
    kind = resource_named(resource)
    query = reading.Query({k: _filter_text(v) for k, v in filters.items()}, search, sort, after, "", max(1, min(limit, ROWS)))
    columns = reading.selected(kind, actor, [f for f in fields if f not in {"id", "version"}]) if fields else None
    page = reading.page(kind, actor, query, columns or None)
    found: dict[str, Any] = {"rows": [record(page.columns, row) for row in page.rows], "after": page.next}
    if count:
        found["count"], found["count_is_exact"] = reading.count(reading.filtered(kind, actor, query))
    return found


def _filter_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_filter_text(v) for v in value)
    if isinstance(value, str | int | float):
        return str(value)
    raise BadParameter(name="filters", why=_("a value is a text, a number or a list of them"))


def read(actor: Actor, resource: str, id: str) -> dict[str, Any]:
    """One record with lines and open verbs."""
    return detailed(resource_named(resource), actor, id)


def create(actor: Actor, resource: str, rows: Sequence[dict[str, Any]], reason: str, idempotency_key: str) -> dict[str, Any]:
    """Create records, all or none."""
    kind = resource_named(resource)
    return _told(
        writing.create(actor, kind, [references_read(kind, dict(r)) for r in rows], reason=reason, idempotency_key=idempotency_key)
    )


def change(actor: Actor, resource: str, rows: Sequence[dict[str, Any]], reason: str, idempotency_key: str) -> dict[str, Any]:
    """Change records named by their ``id``, all or none."""
    kind = resource_named(resource)
    changes: dict[int, Mapping[str, Any]] = {}
    for place, given in enumerate(rows):
        row = dict(given)
        pk = key_from(row.pop("id", None), f"rows.{place}.id")
        if pk in changes:
            raise BadParameter(name=f"rows.{place}.id", why=_("the record {id} is given twice").format(id=pk))
        changes[pk] = references_read(kind, row)
    return _told(writing.edit(actor, kind, changes, reason=reason, idempotency_key=idempotency_key))


def remove(actor: Actor, resource: str, ids: Sequence[str], reason: str, idempotency_key: str) -> dict[str, Any]:
    """Delete records that nothing refers to, all or none."""
    keys = [key_from(i, f"ids.{place}") for place, i in enumerate(ids)]
    return _told(writing.delete(actor, resource_named(resource), keys, reason=reason, idempotency_key=idempotency_key))


def perform(
    actor: Actor,
    resource: str,
    verb: str,
    ids: Sequence[str],
    parameters: Mapping[str, Any],
    versions: Mapping[str, int],
    reason: str,
    idempotency_key: str,
) -> dict[str, Any]:
    """Use a verb on records, all or nothing."""
    kind = resource_named(resource)
    action = action_named(kind, verb)
    keys = [key_from(i, f"ids.{place}") for place, i in enumerate(ids)]
    seen = {key_from(k, "versions"): v for k, v in versions.items()}
    given = dict(parameters)
    if "reason" in action.parameters.model_fields:
        given.setdefault("reason", reason)
    outcome = perform_action(actor, action, keys, given, versions=seen, reason=reason, idempotency_key=idempotency_key)
    return {**_told(outcome), "done": str(action.done or action.title)}


def _told(outcome: Outcome) -> dict[str, Any]:
    return {**outcome.as_json(), **({"replayed": True} if outcome.replayed else {})}
