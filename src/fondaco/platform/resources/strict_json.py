"""JSON as it must be to be trusted: one meaning only, of bounded depth, with exact numbers and storable texts."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _

DEPTH = 32
DIGITS = 40


class NotStrict(ValueError):
    """The text is no JSON, or not of the kind that is accepted; the argument is the sentence."""


def loads(data: bytes | str) -> Any:
    """Read JSON. Numbers with a point become ``Decimal``. Raises NotStrict: syntax, NaN, repeated names, depth, odd characters."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        value = json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise NotStrict(_("it is not UTF-8 text (byte {position})").format(position=error.start)) from error
    except json.JSONDecodeError as error:
        raise NotStrict(
            _("it is not JSON: {problem} (line {line}, column {column})").format(problem=error.msg, line=error.lineno, column=error.colno)
        ) from error
    except RecursionError as error:
        raise NotStrict(_("it is nested deeper than {depth} levels").format(depth=DEPTH)) from error
    check(value)
    return value


def _decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= DIGITS else None
    if number is None or (number and abs(number.adjusted()) > DIGITS):
        raise NotStrict(_("the number {number} is too long").format(number=text[:DIGITS]))
    return number


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise NotStrict(_("the number {number} is too long").format(number=text[:DIGITS]))
    return int(text)


def _constant(text: str) -> NoReturn:
    raise NotStrict(_("{number} is not a number").format(number=text))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _value in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NotStrict(_("the name “{name}” is given twice").format(name=twice[:80]))
    return found


def check(value: Any) -> None:
    """Refuse texts and names that cannot be stored, and depth; raises NotStrict, which names the place."""
    waiting: list[tuple[Any, str, int]] = [(value, "", 1)]
    while waiting:
        part, pointer, depth = waiting.pop()
        if isinstance(part, str):
            if "\x00" in part or any(0xD800 <= ord(c) <= 0xDFFF for c in part):
                raise NotStrict(_("the text at “{pointer}” holds a character that cannot be stored").format(pointer=pointer or "/"))
        elif isinstance(part, dict | list):
            if depth > DEPTH:
                raise NotStrict(_("it is nested deeper than {depth} levels").format(depth=DEPTH))
            items = part.items() if isinstance(part, dict) else enumerate(part)
            for name, inner in items:
                if isinstance(name, str) and not name.isprintable():
                    raise NotStrict(_("a name at “{pointer}” holds a character that cannot be stored").format(pointer=pointer or "/"))
                waiting.append((inner, f"{pointer}/{name}", depth + 1))
