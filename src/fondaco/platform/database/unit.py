"""The unit of work: one transaction that knows its tenant, who acts, through which verb and why."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, InternalError, OperationalError, connections, transaction

from fondaco.platform.database import tenancy
from fondaco.platform.database.knowing import forget

T = TypeVar("T")

#: Actor, verb, reason, and where names are looked up.
Context = tuple[str, str, str, str]

RETRYABLE = {"40001", "40P01"}
ATTEMPTS = 4


@contextmanager
def unit_of_work(actor: str, verb: str, reason: str = "", *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Open a transaction in the tenant's schema that carries the actor, verb and reason to every history row.

    Nested units are savepoints; they give the outer verb and reason back when they end. Deferred constraints are
    judged at the end of every unit, so that a refusal arrives typed and inside it. Where there are several tenants, the
    transaction's names are looked up in the schema of the one being served: one transaction, one tenant.
    """
    if not actor:
        raise ValueError("Nobody acts: a unit of work needs an actor")
    connection = connections[using]
    outer: Context | None = getattr(connection, "fondaco_context", None) if connection.in_atomic_block else None
    path = tenancy.search_path()
    if outer is not None and outer[3] != path:
        raise tenancy.NoTenant("One transaction serves one tenant: end the outer unit of work before serving another.")
    if outer is None:
        forget(using)
    with transaction.atomic(using=using):
        _set_context(connection, (actor, verb, reason, path))
        try:
            yield
            flush_constraints(using=using)
            if outer is not None:
                _set_context(connection, outer)
        finally:
            connection.fondaco_context = outer


def act_as(actor: str, verb: str, reason: str = "", *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Let ``actor`` act in the open unit of work from here on: a door learns only inside it who has come."""
    connection = connections[using]
    if not actor or not connection.in_atomic_block:
        raise ValueError("Nobody acts: act_as needs an actor and an open unit of work")
    _set_context(connection, (actor, verb, reason, tenancy.search_path()))


def _set_context(connection: Any, context: Context) -> None:
    actor, verb, reason, path = context
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('fondaco.actor', %s, true), set_config('fondaco.verb', %s, true), set_config('fondaco.reason', %s, true)"
            + (", set_config('search_path', %s, true)" if path else ""),
            [actor, verb, reason, *([path] if path else [])],
        )
    connection.fondaco_context = context


def flush_constraints(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Judge deferred constraints now; a violation is raised with its own SQLSTATE instead of at COMMIT."""
    with connections[using].cursor() as cursor:
        cursor.execute("select flush_constraints() from one")


def retrying(work: Callable[[], T]) -> T:
    """Run ``work``, which opens its own transaction, again after a serialization failure or a deadlock.

    Bounded: after four attempts the database's error is raised. Must not be called inside a transaction.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except (OperationalError, InternalError) as error:
            if attempt == ATTEMPTS or not is_retryable(error):
                raise
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
    raise AssertionError("unreachable")


def is_retryable(error: Exception) -> bool:
    """Tell a lost race (serialization failure, deadlock) from a real error."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in RETRYABLE or "could not commit transaction for shard" in str(error)
