"""What seldom changes and is asked at every turn (precision of currencies, tax rules, accounts by purpose), kept in memory while it is true.

A model that says ``seldom_changes = True`` has a trigger that draws a new stamp, a random number in the one row of table ``one``, with every
change and in its transaction. ``known`` keeps answers as long as the stamp stands. So a process never answers by what another one changed and
committed; a change that is rolled back takes its stamp with it, and no stamp ever comes twice.

The stamp is read once a transaction, by one statement; outside of transactions, each time. A statement that names such a table in order to write
it lets the stamp be read again. Who changes such tables waits for whoever is changing one: they are set up, not worked in.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from copy import copy
from functools import cache, wraps
from typing import Any, TypeVar

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.signals import connection_created
from django.db.models.base import ModelState
from django.dispatch import receiver

from fondaco.platform.database import tenancy

T = TypeVar("T")

#: Databases and tenants whose answers a process keeps; the one not asked for longest goes first.
KEPT = 200
_answers: OrderedDict[Hashable, tuple[Any, dict[Hashable, Any]]] = OrderedDict()
_WRITES = re.compile(
    r"\s*(?:(?:insert|update|delete|truncate|merge)\b|with\b.*\b(?:insert\s+into|update|delete\s+from|merge\s+into)\b)",
    re.IGNORECASE | re.DOTALL,
)


def known(question: Callable[..., T]) -> Callable[..., T]:
    """Let a question to the default connection be answered from memory while no table of what seldom changes was written.

    The answer may depend on such tables and on the arguments (hashable, in places) alone. It is shared: nobody may change it.
    """

    @wraps(question)
    def answered(*about: Hashable) -> T:
        stamp = _stamp()
        if stamp is None:  # the database was just emptied
            return question(*about)
        place = connection.settings_dict["NAME"], tenancy.key()
        kept = _answers.get(place)
        if kept is None or kept[0] != stamp:
            kept = _answers[place] = stamp, {}
            _answers.move_to_end(place)
            while len(_answers) > KEPT:
                _answers.popitem(last=False)
        key = question, about
        if key not in kept[1]:
            kept[1][key] = question(*about)
        return kept[1][key]  # type: ignore[no-any-return]

    return answered


def shared(row: Any) -> Any:
    """A row that an answer may hold: what it points at is read anew each time, so that it never outlives the row's own tables."""
    row._state.fields_cache = _Forgetting()
    return row


def own(row: Any) -> Any:
    """A row of one's own, as if it had just been read, of one that is shared."""
    copied = copy(row)
    copied._state = ModelState()
    copied._state.adding, copied._state.db = False, row._state.db
    return copied


class _Forgetting(dict[str, Any]):
    def __setitem__(self, key: str, value: Any) -> None:
        """Keep nothing."""


def _stamp() -> Any:
    # Django begins a new list of what is to be done after the commit whenever a transaction, or a part of it, was given up or has ended.
    transaction = connection.run_on_commit if connection.in_atomic_block else None
    read = getattr(connection, "fondaco_stamp", None)
    if transaction is None or read is None or read[0] is not transaction:
        with connection.cursor() as cursor:
            cursor.execute("select stamp from one")
            found = cursor.fetchone()
        read = transaction, found[0] if found else None
        connection.fondaco_stamp = read  # type: ignore[attr-defined]
    return read[1]


def forget(using: str = DEFAULT_DB_ALIAS) -> None:
    """Read the stamp again before the next answer."""
    connections[using].fondaco_stamp = None  # type: ignore[attr-defined]


def empty() -> None:
    """Remember nothing: the next answers are read anew."""
    _answers.clear()
    forget()


def written(table: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Rows were written into ``table`` by what is no statement of Django's cursor (COPY)."""
    if table in tables():
        forget(using)


@cache
def tables() -> frozenset[str]:
    """The tables of what seldom changes."""
    return frozenset(m._meta.db_table for m in apps.get_models() if seldom_changes(m))


def seldom_changes(model: type[models.Model]) -> bool:
    """Whether a model says that its rows are set up, not worked with."""
    return bool(getattr(model, "seldom_changes", False))


def _watch(execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
    answer = execute(sql, parameters, many, context)
    if isinstance(sql, str) and (found := _WRITES.match(sql)):
        # A plain statement names its table at once, and its rows may be many; one that begins with "with" may name it anywhere.
        named = sql if found[0].lstrip()[:4].lower() == "with" else sql[: found.end() + 200]
        if not tables().isdisjoint(re.findall(r"\w+", named)):
            forget(context["connection"].alias)
    return answer


@receiver(connection_created, dispatch_uid="fondaco.knowing")
def _watched(connection: Any, **_signal: Any) -> None:
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(_watch)
