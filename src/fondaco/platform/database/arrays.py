"""Columns of numbers as numpy arrays: a million of them in the time that a thousand rows take as objects.

The statement says ``array_send(array_agg(...))``, of ``bigint`` or ``double precision`` without nulls.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What PostgreSQL sends of an array: twenty bytes of dimensions, then each element with its length.
HEADER = 20


def integers(sent: bytes | memoryview | None) -> NDArray[np.int64]:
    """What ``array_send`` gave of a ``bigint[]``; shape (elements,). None is no element."""
    return _elements(sent, np.dtype("i8"))


def floats(sent: bytes | memoryview | None) -> NDArray[np.float64]:
    """What ``array_send`` gave of a ``double precision[]``; shape (elements,). None is no element."""
    return _elements(sent, np.dtype("f8"))


def _elements(sent: bytes | memoryview | None, kind: np.dtype[Any]) -> NDArray[Any]:
    if sent is None or len(sent) < HEADER:  # an empty array has no dimensions
        return np.empty(0, kind)
    with_length = np.dtype([("length", ">i4"), ("element", kind.newbyteorder(">"))])
    return np.frombuffer(sent, with_length, offset=HEADER)["element"].astype(kind)
