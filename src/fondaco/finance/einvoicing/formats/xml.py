"""Building XML, and judging it by a schema. Pure, no Django: the child process that reads files from outside uses it too."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree


@dataclass(frozen=True)
class Names:
    """How tags are written: ``cbc:ID`` by the map of prefixes, a bare name in the namespace ``default``."""

    spaces: Mapping[str, str]
    default: str = ""

    def tag(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        space = self.spaces[prefix] if colon else self.default
        return f"{{{space}}}{local if colon else prefix}" if space else name

    def node(self, name: str, *content: Any, **attributes: str) -> etree._Element | None:
        """An element with text or children; None when there is nothing in it, so that what is empty is left out."""
        parts = [part for each in content for part in (each if isinstance(each, list | tuple) else [each])]
        found = [part for part in parts if part is not None and part != ""]
        if not found:
            return None
        made = etree.Element(self.tag(name), {k: v for k, v in attributes.items() if v})
        for part in found:
            if isinstance(part, str):
                made.text = part
            else:
                made.append(part)
        return made


def document(names: Names, name: str, *content: Any, **attributes: str) -> etree._Element:
    """The root element, with all prefixes declared on it."""
    spaces = {k or None: v for k, v in names.spaces.items()}
    root = etree.Element(names.tag(name), attributes, nsmap=spaces)
    for part in content:
        if part is not None:
            root.append(part)
    return root


def serialised(root: etree._Element) -> bytes:
    """The file: UTF-8, declared, indented."""
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def plain(amount: Decimal, least: int, most: int | None = None) -> str:
    """A figure without exponent, with at least and at most so many places. Never rounds: figures come rounded."""
    text = f"{amount:f}"
    whole, _, places = text.partition(".")
    places = places.rstrip("0").ljust(least, "0")
    if most is not None and len(places) > most:
        raise ValueError(f"{text} has more than {most} places")
    shown = f"{whole}.{places}" if places else whole
    return shown.removeprefix("-") if not amount else shown


def parser() -> etree.XMLParser:
    """A parser that loads nothing, follows no entity and takes no huge document."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


class _NearbyOnly(etree.Resolver):
    """Schemas import each other from their own folders; nothing else is opened, and nothing from the network."""

    def __init__(self, folder: Path, elsewhere: Mapping[str, Path]) -> None:
        super().__init__()
        self.folder, self.elsewhere = folder, elsewhere

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
        known = self.elsewhere.get(system_url or "")
        if known is not None:
            return self.resolve_filename(str(known), context)
        if system_url and "://" in system_url and not system_url.startswith("file://"):
            raise ValueError(f"A schema asks for {system_url}")
        return None


@lru_cache(16)
def schema(path: Path, elsewhere: tuple[tuple[str, Path], ...] = ()) -> etree.XMLSchema:
    """A schema, compiled once a process. ``elsewhere`` says where copies of foreign schemas lie."""
    reading = etree.XMLParser(no_network=True, resolve_entities=False)
    reading.resolvers.add(_NearbyOnly(path.parent, dict(elsewhere)))
    return etree.XMLSchema(etree.parse(str(path), reading))


def faults(judged: etree.XMLSchema, root: etree._Element, most: int = 5) -> list[tuple[int, str]]:
    """Where a document breaks its schema: line and reason, the first few."""
    if judged.validate(root):
        return []
    return [(entry.line, entry.message) for entry in judged.error_log][:most]
