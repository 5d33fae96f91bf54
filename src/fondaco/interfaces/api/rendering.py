"""Records as the API shows them: a row with its lines, and which verbs are open to the reader."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import reaches
from fondaco.platform.documents.actions import Action
from fondaco.platform.documents.models import Document
from fondaco.platform.resources.amending import is_amendable, may_amend, versions
from fondaco.platform.resources.declare import Column, Resource
from fondaco.platform.resources.exporting import record
from fondaco.platform.resources.reading import columns_for, lines_of, one
from fondaco.platform.resources.schema import lines_name


def address(resource: type[Resource], *parts: Any) -> str:
    """The address of a resource, or of something below it."""
    return "/".join(["/api/v1", resource.key, *map(str, parts)])


def has_states(resource: type[Resource]) -> bool:
    return any(f.name == "state" for f in resource.model._meta.concrete_fields)


def detailed(resource: type[Resource], actor: Actor, key: Any, columns: Sequence[Column] = ()) -> dict[str, Any]:
    """One record with its lines and open verbs; refused as not found when it is not the actor's to see."""
    shown = list(columns) or columns_for(resource.detail(), actor)
    row = one(resource, actor, key, shown, extra=["state"] if has_states(resource) else [])
    found = record(shown, row)
    if not columns:
        for lines in resource.lines:
            line_columns = columns_for(lines.shown(), actor)
            found[lines_name(lines)] = [record(line_columns, line) for line in lines_of(lines, actor, [row["pk"]])[row["pk"]]]
        found["open"] = {"verbs": open_verbs(resource, actor, row), "edit": may_edit(resource, actor, row)}
        if resource.amend_permission:
            found["open"]["amend"] = is_amendable(resource, row["state"]) and may_amend(resource, actor, row["pk"])
            found["earlier_versions"] = [
                asdict(v) | {"differences": [asdict(d) for d in v.differences]} for v in versions(resource, actor, row["pk"])
            ]
    return found


def open_verbs(resource: type[Resource], actor: Actor, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The verbs that the state of the record accepts and that the actor may use on it."""
    accepting = [a for a in resource.actions() if a.accepts(row.get("state", "")) and a.serves(row["pk"])]
    reach: dict[str, bool] = {}
    return [_verb(resource, a) for a in accepting if _reaches(a.model, actor, a.permission, row["pk"], reach)]


def _verb(resource: type[Resource], action: Action) -> dict[str, Any]:
    return {
        "verb": action.verb,
        "title": str(action.title),
        "href": address(resource, action.verb),
        "needs_reason": action.needs_reason,
        "dangerous": action.dangerous,
    }


def _reaches(model: Any, actor: Actor, permission: str, pk: Any, reach: dict[str, bool]) -> bool:
    if permission not in reach:
        reach[permission] = reaches(actor, permission, model, pk)
    return reach[permission]


def may_edit(resource: type[Resource], actor: Actor, row: dict[str, Any]) -> bool:
    """Whether the actor may change or delete the record as it stands."""
    if not resource.write_permission:
        return False
    if issubclass(resource.model, Document) and row.get("state") not in resource.model.editable_states:
        return False
    return reaches(actor, resource.write_permission, resource.model, row["pk"])
