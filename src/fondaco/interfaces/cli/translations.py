"""``translations``: every sentence of the sources in every language offered."""

import argparse
import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database.configuration import PROJECT
from fondaco.platform.documents.helping import first_paragraph

SOURCE = PROJECT / "src" / "fondaco"
#: Languages beside English, which the sources are written in.
LANGUAGES = ("it",)
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "_now": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2)}
READERS = [("**/migrations/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
PLACEHOLDER = re.compile(r"\{(\w*)[^{}]*\}|%\((\w+)\)")
SHOWN = 20
AUTHORS = dict.fromkeys(("project", "version", "copyright_holder", "msgid_bugs_address", "last_translator", "language_team"), "Fondaco")


def translations_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.description = (
        "Collect the sentences of the sources into the catalogues of src/fondaco/locale, and list those without a translation."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a translation is missing or does not fit")
    return lambda arguments: check() if arguments.check else collect()


def collect() -> None:
    """Bring every catalogue up to date; translations of sentences that are gone are dropped with them."""
    for language in LANGUAGES:
        catalogue = up_to_date(language)
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=0, ignore_obsolete=True, sort_output=True, omit_header=False)
        wrong = list(problems(catalogue))
        print(
            "\n".join(
                [*wrong[:SHOWN], f"{path.relative_to(PROJECT)}: {len(catalogue)} sentences, {len(wrong)} without a fitting translation."]
            )
        )


def check() -> None:
    """Raise ProcessFault naming what lacks a translation."""
    wrong = [f"{language}: {problem}" for language in LANGUAGES for problem in problems(up_to_date(language))]
    if wrong:
        more = [f"... and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        raise ProcessFault(
            "\n".join([*wrong[:SHOWN], *more, "'./fondaco translations' brings the catalogues up to date; then fill them in."])
        )


def up_to_date(language: str) -> Catalog:
    """The sentences of the sources with the translations at hand; nothing is guessed from similar sentences."""
    path = catalogue_path(language)
    catalogue = Catalog(locale=language, fuzzy=False, header_comment="# The sentences of Fondaco.", **AUTHORS)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    catalogue.update(sentences(), no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    return catalogue


def sentences() -> Catalog:
    template = Catalog(project="Fondaco")
    for file, _line, message, _comments, context in extract_from_dir(SOURCE, method_map=READERS, keywords=KEYWORDS):
        template.add(message, locations=[(Path(file).as_posix(), 0)], context=context)
    for path in sorted(SOURCE.rglob("*.py")):
        for sentence in helps(path.read_text(encoding="utf-8")):
            template.add(sentence, locations=[(path.relative_to(SOURCE).as_posix(), 0)])
    return template


def helps(source: str) -> Iterator[str]:
    """What the verbs of a source say of themselves, as their buttons' help: the first paragraph of each docstring."""
    if "@action(" not in source:
        return
    for found in ast.walk(ast.parse(source)):
        if isinstance(found, ast.FunctionDef) and any(_is_action(d) for d in found.decorator_list):
            yield first_paragraph(ast.get_docstring(found) or "")


def _is_action(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "action"


def problems(catalogue: Catalog) -> Iterator[str]:
    """Sentences without a translation, and translations that name other figures than their sentence."""
    for message in catalogue:
        if not message.id:
            continue
        shown = message.id if isinstance(message.id, str) else message.id[0]
        if message.fuzzy or not all(_texts(message.string)):
            yield f"not translated: “{shown}” ({message.locations[0][0]})"
        elif not _fits(message):
            yield f"other placeholders than its sentence: “{shown}” ({message.locations[0][0]})"


def catalogue_path(language: str) -> Path:
    return SOURCE / "locale" / language / "LC_MESSAGES" / "django.po"


def _fits(message: Message) -> bool:
    originals = [_placeholders(text) for text in _texts(message.id)]
    return all(_placeholders(text) in originals for text in _texts(message.string))


def _placeholders(text: str) -> set[str]:
    return {brace or percent for brace, percent in PLACEHOLDER.findall(text)}


def _texts(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str | None) else list(text)
