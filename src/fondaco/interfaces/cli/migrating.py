"""``migrate``: the database as this release needs it."""

import argparse
from collections.abc import Callable

from fondaco.platform.database.configuration import ensure_running, prepare_database
from fondaco.platform.database.migrating import migrate


def migrate_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("-v", "--verbosity", type=int, choices=[0, 1, 2, 3], default=1, help="how much to tell (%(default)s)")
    return lambda arguments: bring_to_present(arguments.verbosity)


def bring_to_present(verbosity: int) -> None:
    ensure_running()
    prepare_database()
    migrate(verbosity)
