"""Texts, figures, days and enclosed files out of XML, each refused with its line where it is none. Pure."""

import base64
import re
from datetime import date
from decimal import Decimal, InvalidOperation

from lxml import etree

from fondaco.finance.einvoicing.outside.refused import Refused

FIGURE = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,12})?|[+-]?\.[0-9]{1,12}")
LONGEST = 1000
MOST_ENCLOSED = 50


def text_at(node: etree._Element | None, path: str, most: int = LONGEST) -> str:
    """The text at a path, single blanks, cut to length; empty where there is none."""
    found = None if node is None else node.find(path)
    return clean("" if found is None else found.text or "", most)


def clean(text: str, most: int = LONGEST, *, keep_lines: bool = False) -> str:
    """Text without what PostgreSQL or a reader cannot hold; in one line, or as many as there are."""
    if keep_lines:
        return "\n".join(clean(line, most) for line in text[:most].splitlines())
    kept = re.sub(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+", " ", text)
    return " ".join(kept.split())[:most]


def amount_at(node: etree._Element | None, path: str, otherwise: Decimal | None = None) -> Decimal:
    """The figure at a path; refused where there is none and nothing stands in for it."""
    found = None if node is None else node.find(path)
    if found is None or not (found.text or "").strip():
        if otherwise is not None:
            return otherwise
        raise Refused("missing", 0 if node is None else node.sourceline or 0, path.replace("{*}", ""))
    return figure(found)


def figure(element: etree._Element) -> Decimal:
    text = (element.text or "").strip()
    if not FIGURE.fullmatch(text):
        raise Refused("bad_figure", element.sourceline or 0, text[:40])
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise Refused("bad_figure", element.sourceline or 0, text[:40]) from error


def day(element: etree._Element | None) -> date | None:
    """2026-12-31 or 20261231; None where nothing stands."""
    if element is None or not (element.text or "").strip():
        return None
    text = (element.text or "").strip()[:10]
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("bad_day", element.sourceline or 0, text) from error


def enclosed(name: str, element: etree._Element | None) -> list[dict[str, str]]:
    """A file inside the file, as it stands there (base64); nothing where there is nothing that can be read."""
    text = "" if element is None else "".join((element.text or "").split())
    try:
        there = bool(base64.b64decode(text, validate=True))
    except ValueError:
        there = False
    return [{"name": clean(name, 120) or "file", "content": text}] if there else []
