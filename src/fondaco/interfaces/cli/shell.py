"""``shell``: Python on the data, with no more rights than the application has."""

import argparse
from collections.abc import Callable

from django.core.management import call_command

from fondaco.platform.database.configuration import ensure_running


def shell_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("-c", "--command", help="run these Python statements instead of asking for some")
    return lambda arguments: open_shell(arguments.command)


def open_shell(command: str | None) -> None:
    ensure_running()
    call_command("shell", command=command, verbosity=0 if command else 1)
