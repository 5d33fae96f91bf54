"""``import``: data of other programs, as a company or into one."""

import argparse
from collections.abc import Callable
from pathlib import Path

from fondaco.connectors.northwind import files, importing, reconciling
from fondaco.finance.banking.importing import import_statements
from fondaco.interfaces.cli.migrating import bring_to_present
from fondaco.localizations.loading import found_company
from fondaco.platform.access.actors import Actor
from fondaco.platform.audit import checks
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work


def import_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    parser.add_argument("kind", choices=sorted(KINDS), help="what the folder holds")
    parser.add_argument("folder", type=Path, help="the folder with the files, or one file of a bank")
    return lambda arguments: KINDS[arguments.kind](arguments.folder)


def northwind(folder: Path) -> int:
    """Import the Northwind files, and prove the result; 1 when a figure or a check does not hold."""
    given = files.read(folder)
    bring_to_present(0)
    imported = importing.bring_in(given, found_company, lambda what: print(f"  {what}", flush=True))
    if imported.nothing_added:
        print(f"{imported.company} is here already with all {len(given.orders)} orders; nothing was added.")
    figures = reconciling.reconcile(given, imported.company)
    print(f"\n{imported.company}: the books beside the files, in {imported.company.currency_id}\n{reconciling.as_text(figures)}")
    print("\nFrom the published figure to the books:")
    for what, amount in reconciling.bridge(given):
        print(f"{what:<42}{amount:>16,.4f}")
    broken = _broken_checks()
    differing = [f.what for f in figures if f.difference]
    print(f"\n{len(figures)} figures compared, {len(differing)} differ; {len(checks.CHECKS)} checks, {len(broken)} broken.")
    for name in [*differing, *broken]:
        print(f"  NOT RIGHT: {name}")
    return 1 if differing or broken else 0


def bank(folder: Path) -> int:
    """Import the statements of bank files, one after the other by their names; each whole or not at all. 1 when one was refused."""
    found = sorted(f for f in folder.iterdir() if f.is_file()) if folder.is_dir() else [folder]
    bring_to_present(0)
    refused = 0
    for file in found:
        try:
            done = import_statements(Actor.program("import"), file.name, file.read_bytes())
        except UserError as refusal:
            refused += 1
            print(f"  {refusal}")
        else:
            accounts = ", ".join(str(a) for a in done.accounts)
            print(f"  {file.name}: {done.format}, {done.lines} lines added, {done.known} there already ({accounts})")
    return 1 if refused else 0


def _broken_checks() -> list[str]:
    with unit_of_work(importing.ACTOR.username, "check"):
        return [str(v.check.title) for v in checks.run() if not v.holds]


KINDS: dict[str, Callable[[Path], int]] = {"bank": bank, "northwind": northwind}
