"""Meaning as JSON and back. Pure: only the types that ``semantic`` uses, so that nothing else can be made of a child's words."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any


def plain(value: Any) -> Any:
    """Dataclasses as mappings, figures and days as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def restored(kind: Any, value: Any) -> Any:
    """A value of ``kind`` from what ``plain`` made of it. Raises ValueError or TypeError for anything else."""
    origin = typing.get_origin(kind)
    if origin is tuple:
        return tuple(restored(typing.get_args(kind)[0], each) for each in value)
    if origin is types.UnionType:
        (only,) = [each for each in typing.get_args(kind) if each is not type(None)]
        return None if value is None else restored(only, value)
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return typing.cast(Any, kind)(**{name: restored(hints[name], each) for name, each in value.items()})
    if kind is Decimal:
        return Decimal(value)
    if kind is date:
        return date.fromisoformat(value)
    if kind in (str, bool, int) and isinstance(value, kind):
        return value
    if origin is not None and issubclass(origin, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} is no {kind}")


@lru_cache(32)
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
