"""The one path of every verb, from whichever door: lock, check, do, tell, judge."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ValidationError

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import InvalidInput, NotAllowed, NotFound, UserError, translated
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import NAMED, Action, DocumentSet, carry_out, check_states
from fondaco.platform.documents.models import IdempotencyKey
from fondaco.platform.documents.refusals import KeyReused, NothingGiven, ReasonMissing, StaleDocument, TooMany

LIMIT = 50_000


@dataclass
class Outcome:
    """What a verb did: the keys it worked on, and what it made. ``replayed`` when an earlier answer was given again.

    ``told`` is said once and kept nowhere, so a repeated call does not hear it again.
    """

    ids: list[int]
    made: dict[str, list[int]] = field(default_factory=dict)
    replayed: bool = False
    told: dict[str, str] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """What is kept for a repeated call."""
        return {"ids": [str(i) for i in self.ids], "made": {k: [str(i) for i in v] for k, v in self.made.items()}}

    def as_json(self) -> dict[str, Any]:
        return self.kept() | ({"told": self.told} if self.told else {})


def perform(
    actor: Actor,
    action: Action,
    ids: Sequence[int],
    parameters: Mapping[str, Any] | None = None,
    *,
    idempotency_key: str = "",
    versions: Mapping[int, int] | None = None,
    reason: str = "",
) -> Outcome:
    """Carry out ``action`` on the rows ``ids`` for ``actor``, all or nothing.

    ``versions`` are the row versions the caller last saw (optimistic locking); ``idempotency_key`` makes a repeated
    call return the first answer. Raises a ``UserError`` that names record, field and way out; then nothing is written.
    """
    given = dict(parameters or {})

    def work() -> Outcome:
        documents = admitted(actor, action, ids, versions=versions, reason=reason)
        carry_out(action, documents, parsed(action, given))
        return Outcome(documents.ids, documents.made, told=documents.told)

    content = {"action": action.key, "ids": list(ids), "parameters": _told_apart(action, given), "reason": reason}
    return once(actor, action.key, content, work, idempotency_key=idempotency_key, reason=reason)


def _told_apart(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """What two calls under one key are told apart by: all but secrets, of which nothing is kept, not even a fingerprint."""
    fields = action.parameters.model_fields
    secret = {n for n, f in fields.items() if isinstance(f.json_schema_extra, dict) and f.json_schema_extra.get("secret")}
    return {n: value for n, value in given.items() if n not in secret}


def once(
    actor: Actor, verb: str, content: Mapping[str, Any], work: Callable[[], Outcome], *, idempotency_key: str = "", reason: str = ""
) -> Outcome:
    """Run ``work`` in a unit of work; with an ``idempotency_key``, at most once for ever.

    A second call with the same key waits for the first to commit, then gets its answer; with other content it is
    refused. A refused or failed first call leaves the key free.
    """
    with refusals_translated(), unit_of_work(actor.username, verb, reason):
        if not idempotency_key:
            return work()
        fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder, default=str).encode()).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into documents_idempotencykey (actor, key, fingerprint, at) values (%s, %s, %s, now()) on conflict do nothing",
                [actor.username, idempotency_key, fingerprint],
            )
            first = cursor.rowcount == 1
        if not first:
            earlier = IdempotencyKey.objects.get(actor=actor.username, key=idempotency_key)
            if earlier.fingerprint != fingerprint:
                raise KeyReused(key=idempotency_key)
            answer = earlier.answer
            return Outcome([int(i) for i in answer["ids"]], {k: [int(i) for i in v] for k, v in answer["made"].items()}, replayed=True)
        outcome = work()
        with connection.cursor() as cursor:
            cursor.execute(
                "update documents_idempotencykey set answer = %s::jsonb where actor = %s and key = %s",
                [json.dumps(outcome.kept()), actor.username, idempotency_key],
            )
        return outcome


@contextmanager
def refusals_translated() -> Iterator[None]:
    """Let the database's own refusals leave as the user's sentences; faults pass as they are."""
    try:
        yield
    except DatabaseError as error:
        refusal = translated(error)
        if refusal is None:
            raise
        raise refusal from error


def admitted(
    actor: Actor, action: Action, ids: Sequence[int], *, versions: Mapping[int, int] | None = None, reason: str = ""
) -> DocumentSet[Any]:
    """Lock the rows in key order and check everything that does not need the verb itself: right, scope, state, version."""
    title = str(action.title)
    what = action.model._meta.verbose_name_plural
    if not actor.may(action.permission):
        raise NotAllowed(verb=title, what=what, permission=action.permission)
    wanted = sorted(set(ids))
    if not wanted:
        raise NothingGiven(verb=title)
    if len(wanted) > LIMIT:
        raise TooMany(count=len(wanted), limit=LIMIT)
    if action.needs_reason and not reason.strip():
        raise ReasonMissing(verb=title, document=what, fields={"reason": _("Say why, in a few words.")})
    found = visible(action.model._default_manager.filter(pk__in=wanted), actor, action.permission).order_by("pk")
    if not (getattr(action.model, "append_only", False) or getattr(action.model, "written_by_triggers", False)):
        # Key order: two clerks on overlapping sets queue instead of deadlocking. Rows that only triggers change cannot be
        # locked by the application's role; their triggers judge races.
        found = found.select_for_update(of=("self",))
    rows = list(found)
    if len(rows) < len(wanted):
        missing = sorted(set(wanted) - {r.pk for r in rows})[:NAMED]
        raise NotFound(what=f"{action.model._meta.verbose_name} {', '.join(map(str, missing))}", rows=[{"id": str(i)} for i in missing])
    check_versions(rows, versions)
    check_states(action, rows)
    return DocumentSet(action.model, rows, actor, reason)


def check_versions(rows: Sequence[Any], versions: Mapping[int, int] | None) -> None:
    """Refuse rows that moved on since the caller read them, saying who changed what."""
    for row in rows:
        seen = (versions or {}).get(row.pk)
        if seen is not None and seen != row.version:
            last = Change.objects.filter(table_name=row._meta.db_table, row_id=row.pk).order_by("-id").first()
            raise StaleDocument(
                document=str(row),
                who=last.actor if last else row.created_by,
                when=f"{last.at if last else row.created_at:%Y-%m-%d %H:%M} UTC",
                what=", ".join(sorted(last.changes)) if last else "",
            )


def parsed(action: Action, given: Mapping[str, Any]) -> dict[str, Any]:
    """Read the verb's parameters from what a door was given; every bad one is named."""
    try:
        values = action.parameters.model_validate(given)
    except ValidationError as error:
        raise invalid(str(action.title), error) from error
    _refuse_unstorable(str(action.title), values)
    return {name: getattr(values, name) for name in action.parameters.model_fields}


def _refuse_unstorable(record: str, values: Any, path: str = "") -> None:
    """Refuse, before the verb sees them, values that no column could hold: odd characters, endless or huge numbers."""
    if isinstance(values, BaseModel):
        parts: Any = ((name, getattr(values, name)) for name in type(values).model_fields)
    elif isinstance(values, Mapping):
        parts = values.items()
    elif isinstance(values, list | tuple | set | frozenset):
        parts = enumerate(values)
    else:
        bad = (
            (isinstance(values, str) and ("\x00" in values or any(0xD800 <= ord(c) <= 0xDFFF for c in values)))
            or (isinstance(values, Decimal) and (not values.is_finite() or (values != 0 and not -20 < values.adjusted() < 20)))
            or (isinstance(values, float) and not math.isfinite(values))
            or (isinstance(values, int) and abs(values) >= 2**63)
        )
        if bad:
            raise InvalidInput(
                record=record, problems=f"{path}: {_('the value cannot be stored')}", fields={path: _("The value cannot be stored.")}
            )
        return
    for name, part in parts:
        _refuse_unstorable(record, part, f"{path}.{name}" if path else str(name))


#: What is wrong with a value, by pydantic's word for it; other words speak for themselves.
WRONG = {
    **dict.fromkeys(["missing", "string_too_short"], gettext_lazy("Fill this in.")),
    **dict.fromkeys(["decimal_parsing", "decimal_type", "int_parsing", "int_type", "finite_number"], gettext_lazy("This is not a number.")),
    **dict.fromkeys(["decimal_max_digits", "decimal_whole_digits", "int_parsing_size"], gettext_lazy("The number is too large.")),
    **dict.fromkeys(["date_parsing", "date_type", "date_from_datetime_parsing", "date_from_datetime_inexact"], gettext_lazy("Write dates as 2026-12-31.")),
    **dict.fromkeys(["datetime_parsing", "datetime_type", "datetime_from_date_parsing"], gettext_lazy("Write moments as 2026-12-31T15:00:00Z.")),
    **dict.fromkeys(["bool_parsing", "bool_type"], gettext_lazy("Write true or false.")),
    "int_from_float": gettext_lazy("This is not a whole number."),
    "decimal_max_places": gettext_lazy("At most {decimal_places} decimal places."),
    "string_type": gettext_lazy("This is not a text."),
    "string_too_long": gettext_lazy("At most {max_length} characters."),
    "literal_error": gettext_lazy("Choose one of: {expected}."),
    "greater_than_equal": gettext_lazy("At least {ge}."),
    "extra_forbidden": gettext_lazy("There is no such field."),
}  # fmt: skip


def invalid(record: str, error: ValidationError) -> InvalidInput:
    """A pydantic error as a refusal: one sentence a field."""
    fields = {
        ".".join(str(p) for p in e["loc"]): _said(e) + (f" ({e['input']!r})" if _is_short(e["input"]) and e["input"] != "" else "")
        for e in error.errors()
    }
    return InvalidInput(record=record, problems="; ".join(f"{k}: {v}" for k, v in list(fields.items())[:NAMED]), fields=fields)


def _said(wrong: Mapping[str, Any]) -> str:
    figures = {name: str(value).replace(" or ", ", ") for name, value in (wrong.get("ctx") or {}).items()}
    sentence = WRONG.get(wrong["type"])
    if sentence is not None:
        return str(sentence).format(**figures)
    own = wrong["msg"].removeprefix("Value error, ")
    return _(own)


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and len(str(value)) <= 40


def rows_json(rows: Sequence[Model]) -> list[dict[str, str]]:
    """Name records for a refusal that concerns several."""
    return [{"id": str(r.pk), "document": str(r)} for r in rows[:NAMED]]


__all__ = ["LIMIT", "Outcome", "UserError", "admitted", "carry_out", "once", "perform", "rows_json"]
