"""``bench``: the speed of this machine beside its floor, measured on a company of its own that is thrown away afterwards."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database.configuration import PROJECT, home_folder
from fondaco.platform.database.server import Server

#: What stands beside the sources, in a clone and not in an installed package.
BENCHMARKS = PROJECT / "benchmarks"


def bench_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    parser.add_argument("--quick", action="store_true", help="fewer sets and at most 100,000 ledger lines: about three minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--only",
        action="append",
        metavar="PART",
        help="only this part: posting, cycles, payment_run, calling, reading, bank, dunning, stock, serials, orders, waves, mail; repeatable",
    )
    return lambda arguments: bench(arguments.quick, arguments.json, arguments.only or [])


def bench(quick: bool, json: Path | None, only: Sequence[str]) -> int:
    """Measure in a data folder of its own; the company's data is neither read nor touched."""
    if not BENCHMARKS.is_dir():
        raise ProcessFault(f"The benchmarks are not there: they belong to a clone of the sources, in {BENCHMARKS}.")
    home = home_folder() / "bench"
    _throw_away(home)
    words = [
        *(["--quick"] if quick else []),
        *(["--json", str(json.resolve())] if json else []),
        *(w for part in only for w in ("--only", part)),
    ]
    environment = dict(
        os.environ,
        FONDACO_HOME=str(home),
        DJANGO_SETTINGS_MODULE="fondaco.config.settings",
        PYTHONPATH=os.pathsep.join([str(PROJECT / "src"), str(PROJECT)]),
    )
    environment.pop("DATABASE_URL", None)
    environment.pop("FONDACO_TENANCY", None)
    try:
        return subprocess.run([sys.executable, "-m", "benchmarks", *words], cwd=PROJECT, env=environment, check=False).returncode
    finally:
        _throw_away(home)


def _throw_away(home: Path) -> None:
    if home.exists():
        server = Server(home / "postgres")
        server.stop()
        shutil.rmtree(server.cluster, ignore_errors=True)  # it may lie elsewhere
        shutil.rmtree(home)
