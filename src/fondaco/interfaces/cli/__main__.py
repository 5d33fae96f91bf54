"""``python -m fondaco.interfaces.cli COMMAND``: what ``./fondaco COMMAND`` hands over to."""

import argparse
import os
import sys
from importlib import import_module

from fondaco.interfaces.cli.commands import COMMANDS, Command, overview


def main(words: list[str]) -> int:
    if not words or words[0] in {"-h", "--help"} or words == ["help"]:
        print(overview())
        return 0
    if words[0] == "help":
        words = [words[1], "--help"]
    command = COMMANDS.get(words[0])
    if command is None:
        print(f"There is no command “{words[0]}”.\n\n{overview()}", file=sys.stderr)
        return 2
    return run(command, words[1:])


def run(command: Command, words: list[str]) -> int:
    """Run a command; what it cannot do it says in a sentence, and its status is 1."""
    if command.django:
        set_up_django()
    module = import_module(f"fondaco.interfaces.cli.{command.module}")
    parser = argparse.ArgumentParser(
        prog=f"./fondaco {command.name}", description=command.summary, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    work = getattr(module, f"{command.name}_command")(parser)
    try:
        if not command.tenant:
            return work(parser.parse_args(words)) or 0
        from fondaco.interfaces.cli.whose import add_tenant, of_tenant

        add_tenant(parser, command)
        given = parser.parse_args(words)
        with of_tenant(command, given.tenant):
            return work(given) or 0
    except tuple(faults()) as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def set_up_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.config.settings")
    django.setup()


def faults() -> list[type[Exception]]:
    """The errors whose text is written for the person at the keyboard."""
    from fondaco.interfaces.cli.processes import ProcessFault
    from fondaco.platform.database.configuration import DatabaseFault
    from fondaco.platform.database.server import ServerFault

    found: list[type[Exception]] = [ProcessFault, DatabaseFault, ServerFault]
    if "django.apps" in sys.modules:
        from fondaco.platform.database.refusals import UserError

        found.append(UserError)
    return found


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # the reader of a pipe had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
