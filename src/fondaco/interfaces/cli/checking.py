"""``check``: every invariant of the books as SQL, with its title, its reason and the seconds it took."""

import argparse
import json
from collections.abc import Callable

from django.utils import translation

from fondaco.platform.audit import checks
from fondaco.platform.database.configuration import ensure_running
from fondaco.platform.database.unit import unit_of_work


def check_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Run all checks, or the named ones; the exit status is 1 when one of them does not hold."""
    parser.add_argument("keys", nargs="*", metavar="CHECK", help="only these checks, such as ledger.entries_balance")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    parser.add_argument("--language", default="en", choices=["en", "it"], help="language of titles and reasons")
    return work


def work(given: argparse.Namespace) -> int:
    ensure_running()
    unknown = sorted(set(given.keys) - set(checks.CHECKS))
    if unknown:
        print(f"There is no check called {', '.join(unknown)}. The checks are:\n  " + "\n  ".join(sorted(checks.CHECKS)))
        return 2
    with translation.override(given.language), unit_of_work("program.check", "check"):
        verdicts = checks.run(given.keys)
        if given.json:
            print(json.dumps([_plain(v) for v in verdicts], indent=1, default=str))
        else:
            for verdict in verdicts:
                _print(verdict)
    broken = [v for v in verdicts if not v.holds]
    if not given.json:
        print(f"{len(verdicts) - len(broken)} of {len(verdicts)} checks hold, {sum(v.seconds for v in verdicts):.2f} s.")
    return 1 if broken else 0


def _plain(verdict: checks.Verdict) -> dict[str, object]:
    return {
        "key": verdict.check.key,
        "title": str(verdict.check.title),
        "why": str(verdict.check.why),
        "holds": verdict.holds,
        "is_notice": verdict.check.is_notice,
        "seconds": round(verdict.seconds, 3),
        "rows": verdict.rows,
    }


def _print(verdict: checks.Verdict) -> None:
    word = "BROKEN" if not verdict.holds else "NOTICE" if verdict.rows else "holds "
    print(f"{word} {verdict.seconds:6.2f} s  {verdict.check.title}")
    if not verdict.rows:
        return
    print(f"         {verdict.check.why}")
    for row in verdict.rows[:10]:
        print("         " + ", ".join(f"{name} {value}" for name, value in row.items()))
    if len(verdict.rows) > 10:
        print(f"         and {len(verdict.rows) - 10} more")
