"""``migrate``: the database as this release needs it."""

import argparse
import sys
from collections.abc import Callable

from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database.configuration import alone, ensure_running, home_folder, prepare_database
from fondaco.platform.database.tenancy import served
from fondaco.platform.tenants.provisioning import Brought, bring_to_release


def migrate_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    parser.add_argument("-v", "--verbosity", type=int, choices=[0, 1, 2, 3], default=1, help="how much to tell (%(default)s)")
    return lambda arguments: 1 if bring_to_present(arguments.verbosity) else 0


def bring_to_present(verbosity: int) -> list[str]:
    """Start the database server if it is ours, and make the database as this release needs it; repeatable, one at a time.

    Of several tenants each is brought for itself, and told about. Returns those that failed, which are not served until a
    later migration succeeds; a failure of the one tenant that a command works for is raised.
    """
    home = home_folder()
    home.mkdir(parents=True, exist_ok=True)
    with alone(home, "migrating"):
        ensure_running(home)
        prepare_database(home)
        brought = bring_to_release(verbosity, _tell if verbosity else _tell_fault)
    failed = [each.tenant for each in brought if each.fault]
    if failed and served():
        raise ProcessFault(f"The tenant {failed[0]} could not be brought to this release; the reason stands above.")
    return failed


def _tell(brought: Brought) -> None:
    if brought.fault:
        _tell_fault(brought)
    else:
        print(f"{brought.tenant}: as this release needs it.", flush=True)


def _tell_fault(brought: Brought) -> None:
    if brought.fault:
        print(f"{brought.tenant}: FAILED, and not served until a migration succeeds. {brought.fault}", file=sys.stderr, flush=True)
