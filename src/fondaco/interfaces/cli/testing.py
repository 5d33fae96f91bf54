"""``test``: everything that must hold before a change is good, in one command."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database.configuration import PROJECT

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROMIUM = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
#: Debian keeps the programs of a PostgreSQL server out of the path.
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
#: What must hold on a server that is not ours too: the laws of the ledger and of stock, the guards, two tenants, a whole sale.
OUTSIDE = (
    "tests/finance/ledger", "tests/operations/inventory", "tests/platform/database", "tests/platform/tenancy", "tests/frontoffice/sales/test_sales.py",
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    name: str
    command: Sequence[str]


def test_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    parser.usage = "./fondaco test [--only {pytest,lint}] [-- ARGUMENTS OF PYTEST]"
    parser.add_argument("--only", choices=["pytest", "lint"], help="only the tests, or only what reads the code")
    parser.add_argument("pytest_arguments", nargs="*", metavar="ARGUMENT", help="handed on to pytest, such as: -- -k ledger -x")
    return lambda arguments: test(arguments.only, arguments.pytest_arguments)


def test(only: str | None, pytest_arguments: Sequence[str]) -> int:
    """Run all stages, also after one failed; 0 only when every one of them passed."""
    environment = dict(os.environ, FONDACO_TEST="1", DJANGO_SETTINGS_MODULE="fondaco.config.settings")
    environment["FONDACO_HOME"] = os.environ.get("FONDACO_TEST_HOME") or str(PROJECT / "var" / "test")
    environment.pop("DATABASE_URL", None)
    stages = []
    if only != "pytest":
        stages += reading_stages()
    if only != "lint":
        environment["FONDACO_CHROMIUM"] = chromium()
        have_outside_postgres()
        pytest = [sys.executable, "-m", "pytest", "-n", str(workers()), "--dist", "loadfile", "--no-loadscope-reorder"]
        stages.append(Stage("tests", [*pytest, *pytest_arguments]))
        if not pytest_arguments:
            stages.append(Stage("tests on the system's PostgreSQL", [sys.executable, "-m", "tests.outside", *pytest, "-q", *OUTSIDE]))
    failed = [stage.name for stage in stages if not passes(stage, environment)]
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nEverything passed.", flush=True)
    return 1 if failed else 0


def workers() -> int:
    """One more than there are processors: some of the tests wait, for a browser or for a server that starts."""
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def reading_stages() -> list[Stage]:
    tools = Path(sys.executable).parent
    return [
        Stage("format", [str(tools / "ruff"), "format", "--check", "--output-format", "concise"]),
        Stage("lint", [str(tools / "ruff"), "check", "--output-format", "concise"]),
        Stage("types", [str(tools / "mypy"), "--no-error-summary"]),
        Stage("imports", [str(tools / "lint-imports"), "--no-logo"]),
        Stage("dead code", [str(tools / "vulture")]),
        Stage("translations", [sys.executable, "-m", "fondaco.interfaces.cli", "translations", "--check"]),
        Stage("missing migrations", [sys.executable, "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"]),
    ]


def passes(stage: Stage, environment: dict[str, str]) -> bool:
    print(f"{stage.name} ...", flush=True)
    begun = time.monotonic()
    passed = subprocess.run(stage.command, cwd=PROJECT, env=environment, check=False).returncode == 0
    print(f"{stage.name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - begun:.1f} s", flush=True)
    return passed


def chromium() -> str:
    """The browser for the browser tests: the one in FONDACO_CHROMIUM, one of this machine, or one just installed."""
    if named := os.environ.get("FONDACO_CHROMIUM"):
        if not Path(named).exists():
            raise ProcessFault(f"FONDACO_CHROMIUM names {named}, which does not exist.")
        return named
    if found := _first_program(CHROMIUMS):
        return found
    if MAC_CHROMIUM.exists():
        return str(MAC_CHROMIUM)
    install("chromium", "The browser tests need Chromium. Install it, or name a Chromium or Chrome in FONDACO_CHROMIUM.")
    if found := _first_program(CHROMIUMS):
        return found
    raise ProcessFault("Chromium was installed but is not in the path. Name its program in FONDACO_CHROMIUM.")


def have_outside_postgres() -> None:
    """The tests of DATABASE_URL start a PostgreSQL of the operating system's for themselves."""
    if os.environ.get("FONDACO_TEST_POSTGRES_PROGRAMS") or next(DEBIAN_POSTGRES.glob("*/bin/initdb"), None) or shutil.which("initdb"):
        return
    install(
        "postgresql",
        "The tests of outside database servers need the programs of a PostgreSQL server, 15 or later (nothing has to run). "
        "Install one (macOS: brew install postgresql@17), or name its bin folder in FONDACO_TEST_POSTGRES_PROGRAMS.",
    )


def install(package: str, otherwise: str) -> None:
    """Install a Debian package as root or by ``sudo`` without a password; where that cannot be, say ``otherwise``."""
    by_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or subprocess.run([*by_root, "true"], capture_output=True, check=False).returncode != 0:
        raise ProcessFault(f"{otherwise}\nOn Debian and Ubuntu: sudo apt-get install {package}")
    print(f"installing {package} by apt-get ...", flush=True)
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        done = subprocess.run(
            [*by_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments], stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            raise ProcessFault(f"apt-get could not install {package}; the reason stands above.\n{otherwise}")


def _first_program(names: Sequence[str]) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)
