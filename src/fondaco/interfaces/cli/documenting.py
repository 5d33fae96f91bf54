"""``docs``: the pages of docs/ that are written from the code, so that they cannot say anything else than the code does."""

import argparse
from collections.abc import Callable
from importlib import import_module
from itertools import groupby
from pkgutil import walk_packages

from django.utils import translation

import fondaco
from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database.configuration import PROJECT
from fondaco.platform.database.refusals import UserError

PAGE = PROJECT / "docs" / "refusals.md"
#: Modules that start something when they are imported.
STARTING = ("__main__", "asgi", "wsgi")
HEAD = """# What Fondaco refuses

Written by `./fondaco docs` from the classes in the code; a test fails when this page lags behind. Codes are stable: programs may depend on
them. REST answers with the status, `code`, and the sentence as `detail` in the language asked for; the screens show the same sentence.
Words in braces stand for the record, the figures and the names of the case at hand.
"""


def docs_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.description = f"Write {PAGE.relative_to(PROJECT)} from the code."
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the page is not what the code says")
    return lambda arguments: check() if arguments.check else write()


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(PROJECT)}: {len(refusals())} refusals.")


def check() -> None:
    """Raise ProcessFault when the page differs from the code."""
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        raise ProcessFault(f"{PAGE.relative_to(PROJECT)} lags behind the code: './fondaco docs' brings it up to date.")


def page() -> str:
    """The page as it must be: one table a room, in the order of the codes."""
    parts = [HEAD]
    with translation.override("en"):
        for room, classes in groupby(refusals(), key=_room):
            rows = [f"| `{refusal.code}` | {refusal.status} | {_cell(refusal.message)} |" for refusal in classes]
            parts.append("\n".join([f"## {room}\n", "| code | status | sentence |", "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def refusals() -> list[type[UserError]]:
    """Every refusal of the program, by code; imports all of its modules."""
    for module in walk_packages(fondaco.__path__, "fondaco."):
        if ".migrations" not in module.name and module.name.rpartition(".")[2] not in STARTING:
            import_module(module.name)
    found, waiting = set(), [UserError]
    while waiting:
        for refusal in waiting.pop().__subclasses__():
            if refusal.__module__.startswith("fondaco."):  # tests declare some of their own
                found.add(refusal)
                waiting.append(refusal)
    return sorted(found, key=lambda refusal: (_room(refusal), refusal.code))


def _room(refusal: type[UserError]) -> str:
    room, dot, _ = refusal.code.partition(".")
    return room if dot else "platform"


def _cell(sentence: object) -> str:
    return str(sentence).replace("|", "\\|").replace("\n", " ")
