"""The formats e-invoices are written in, each declared by whoever knows it; a country's own stands in ``localizations``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fondaco.finance.einvoicing import semantic


@dataclass(frozen=True)
class Problem:
    """Why an invoice cannot be written in a format: the field, and a sentence that says where to put it right."""

    field: str
    sentence: str


@dataclass(frozen=True)
class Format:
    """``problems`` looks at the meaning before anything is written; ``write`` gives the file, or raises ``Unwritable``.

    ``name`` makes the file's name from the seller, the invoice and a progressive number of five letters or figures.
    """

    key: str
    title: Any
    media_type: str
    problems: Callable[[semantic.Invoice], Sequence[Problem]]
    write: Callable[[semantic.Invoice, "Naming"], bytes]
    name: Callable[[semantic.Invoice, str], str]


@dataclass(frozen=True)
class Naming:
    """``progressive``: five letters or figures, once a company; ``paper``: the printed invoice, for formats that carry it."""

    progressive: str
    paper: Callable[[], bytes]


class Unwritable(Exception):
    """The file would not be valid; the text says where (line and reason of the schema)."""


FORMATS: dict[str, Format] = {}


def declare(format: Format) -> Format:
    """Make a format known."""
    if format.key in FORMATS:
        raise ValueError(f"Two formats are called {format.key}")
    FORMATS[format.key] = format
    return format
