"""``migrate``: the database as this release needs it."""

import argparse
from collections.abc import Callable

from fondaco.platform.database.configuration import alone, ensure_running, home_folder, prepare_database
from fondaco.platform.database.migrating import migrate


def migrate_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("-v", "--verbosity", type=int, choices=[0, 1, 2, 3], default=1, help="how much to tell (%(default)s)")
    return lambda arguments: bring_to_present(arguments.verbosity)


def bring_to_present(verbosity: int) -> None:
    """Start the database server if it is ours, and make the database as this release needs it; repeatable, one at a time."""
    home = home_folder()
    home.mkdir(parents=True, exist_ok=True)
    with alone(home, "migrating"):
        ensure_running(home)
        prepare_database(home)
        migrate(verbosity)
