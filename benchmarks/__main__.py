"""``python -m benchmarks``: measure everything in a data folder of its own, which FONDACO_HOME names."""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django

STARTED = time.perf_counter()


def main(words: list[str]) -> int:
    """Measure; print the table, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sets and rows: below five minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", action="append", metavar="PART", help="only these parts: " + ", ".join(PARTS))
    given = parser.parse_args(words)
    if unknown := sorted(set(given.only or []) - set(PARTS)):
        parser.error(f"there is no part called {', '.join(unknown)}")
    django.setup()
    from benchmarks import house
    from benchmarks.figures import table

    say("making the database and the company")
    measured = house.build()
    figures = []
    for name in given.only or PARTS:
        for figure in PARTS[name](measured, quick=given.quick):
            figures.append(figure)
            say(f"  {figure.what}: {figure.value:,.1f} {figure.unit} (floor {figure.floor:,.1f}) {figure.verdict}")
    print(f"\n{table(figures)}\n\n{about()}", flush=True)
    if given.json:
        seconds = round(time.perf_counter() - STARTED, 1)
        content = {"quick": given.quick, "seconds": seconds, "about": about(), "figures": [f.as_json() for f in figures]}
        given.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def say(text: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"[{time.perf_counter() - STARTED:6.1f} s] {text}", flush=True)


def about() -> str:
    """What the figures were taken on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')")
        version, fsync, commits = cursor.fetchone()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = ".".join(map(str, sys.version_info[:2]))
    return (
        f"{cores} cores, PostgreSQL {version} (fsync {fsync}, synchronous_commit {commits}), Python {python}. Floor: plain psycopg, the same rows, "
        "columns, checks and indexes without foreign keys and triggers, by pipelined inserts; for reads, the same statements."
    )


def part(name: str) -> Callable[..., Iterator[Any]]:
    """The work of one part, imported when Django stands."""
    return lambda measured, *, quick: importlib.import_module(f"benchmarks.{name}").measure(measured, say, quick=quick)


PARTS = {
    name: part(name)
    for name in (
        "posting",
        "cycles",
        "payment_run",
        "calling",
        "reading",
        "bank",
        "dunning",
        "stock",
        "serials",
        "orders",
        "pricing",
        "subscriptions",
        "waves",
        "customer",
        "board",
        "assignment",
        "configurator",
        "mail",
        "wall",
        "desk",
        "routing",
        "portal",
    )
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
