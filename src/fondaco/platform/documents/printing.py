"""Papers: a Typst template and data in, a PDF out. The letter's look is in ``paper.typ``; each room has its forms beside it.

The data travel as JSON beside the template: no text of a user is ever read as markup. Only the fonts that Typst brings are
used, so that the same document looks the same on every machine.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date
from babel.numbers import format_decimal

#: Templates may import what lies under the program's own source, and nothing else.
ROOT = Path(__file__).resolve().parents[2]
# English is written the European way: day before month.
LOCALES = {"en": "en_GB", "it": "it_IT"}


class Formatter:
    """How figures and days are written on paper in one language."""

    def __init__(self, language: str) -> None:
        self.locale = LOCALES.get(language, "en_GB")

    def amount(self, value: Decimal, decimals: int) -> str:
        """An amount with the decimals of its currency."""
        return str(format_decimal(value, _pattern(decimals, decimals), self.locale))

    def price(self, value: Decimal, decimals: int) -> str:
        """A unit price: at least the decimals of its currency, at most six."""
        return str(format_decimal(value, _pattern(decimals, max(decimals, 6)), self.locale, decimal_quantization=False))

    def number(self, value: Decimal) -> str:
        """A quantity or a percentage, with the decimals it has."""
        return str(format_decimal(value, _pattern(0, 6), self.locale))

    def day(self, value: date | None) -> str:
        """A day, with the month in words."""
        return str(format_date(value, "d MMMM y", self.locale)) if value else ""


@lru_cache(32)
def _pattern(least: int, most: int) -> str:
    decimals = "0" * least + "#" * (most - least)
    return f"#,##0.{decimals}" if decimals else "#,##0"


def render(template: Path, data: Mapping[str, Any], language: str) -> bytes:
    """A PDF (PDF/A-2b) of ``template`` filled with ``data``, whose values are text, numbers, lists and mappings."""
    content = json.dumps({**data, "language": language}, ensure_ascii=False)
    made = typst.compile(str(template), root=str(ROOT), sys_inputs={"data": content}, ignore_system_fonts=True, pdf_standards=["a-2b"])
    return bytes(made)
