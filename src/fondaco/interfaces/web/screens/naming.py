"""What records are called, for pickers, chips and groups: read once for all records of a kind, and only what the asker may see."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.resources.declare import Resource, resource_of
from fondaco.platform.resources.reading import key_of, label_values, rows_for
from fondaco.platform.resources.schema import lines_name, writable_lines


def names_of(actor: Actor, model: Any, keys: Iterable[Any]) -> dict[str, str]:
    """The names of records by their keys as text, in one statement; what is no key, or not the actor's to see, has none."""
    resource = resource_of(model)
    if resource is None or not actor.may(resource.view_permission):
        return {}
    found = []
    for key in keys:
        try:
            found.append(key.pk if isinstance(key, models.Model) else key_of(resource, key))
        except NotFound:
            continue
    if not found:
        return {}
    rows = label_values(rows_for(resource, actor).filter(pk__in=found))
    return {str(row[0]): " ".join(str(p) for p in row[1:] if p not in (None, "")) for row in rows}


def name_of(actor: Actor, model: Any, key: Any) -> str:
    """The name of one record; empty where it is no key, or the record is not the actor's to see."""
    if key in (None, ""):
        return ""
    return next(iter(names_of(actor, model, [key]).values()), "")


class Names:
    """The names of all records that a form points to: one statement for each kind, however many lines there are."""

    def __init__(self, actor: Actor, resource: type[Resource], given: Mapping[str, Any]) -> None:
        wanted: dict[Any, set[str]] = defaultdict(set)
        _gather(wanted, resource.model, resource.writable, [given])
        for lines in writable_lines(resource):
            _gather(wanted, lines.model, lines.writable, given.get(lines_name(lines)) or [])
        self._names = {model: names_of(actor, model, keys) for model, keys in wanted.items()}

    def of(self, model: Any, key: Any) -> str:
        """The name of a record, empty where there is none to tell."""
        return self._names.get(model, {}).get(str(key).strip(), "")


def _gather(wanted: dict[Any, set[str]], model: Any, names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    links = [(n, f.related_model) for n in names if isinstance(f := model._meta.get_field(n), models.ForeignKey)]
    for row in rows:
        for name, target in links:
            if row.get(name) not in (None, "") and not row.get(f"{name}_text"):
                wanted[target].add(str(row[name]).strip())
