"""Checks: what must always be true of the books, each a title, a reason and a statement that finds the rows breaking it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Check:
    """``sql`` selects the offending rows (at most the first hundred are read); no row means the books are right.

    A notice is no fault of the books: its rows are what somebody must do soon.
    """

    key: str
    title: Any
    why: Any
    sql: str
    is_notice: bool = False


@dataclass(frozen=True)
class Verdict:
    """A check's answer: the offending rows as dictionaries, and how long it took."""

    check: Check
    rows: list[dict[str, Any]]
    seconds: float

    @property
    def holds(self) -> bool:
        return self.check.is_notice or not self.rows


CHECKS: dict[str, Check] = {}
SHOWN = 100


def check(key: str, *, title: Any, why: Any, is_notice: bool = False) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Declare a check; the function returns one SELECT of offending rows, reading only the tenant's tables."""

    def declare(make: Callable[[], str]) -> Callable[[], str]:
        if key in CHECKS:
            raise ValueError(f"Two checks are called {key}")
        CHECKS[key] = Check(key, title, why, make(), is_notice)
        return make

    return declare


def run(keys: Iterable[str] = ()) -> list[Verdict]:
    """Run the named checks, or all, in the order of their keys; must be called in a unit of work."""
    verdicts = []
    for found in sorted((CHECKS[k] for k in keys) if keys else CHECKS.values(), key=lambda c: c.key):
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(f"select * from ({found.sql}) offending limit {SHOWN}")
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        verdicts.append(Verdict(found, rows, time.perf_counter() - begun))
    return verdicts
