"""What was measured, beside its floor and what was promised, and how it is printed."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

PROMISED_RATIO = 2.0


@dataclass(frozen=True)
class Promise:
    """What ARCHITECTURE section 7 says of a figure: a value to reach (or stay below), a ratio to the floor, or both.

    ``scaled`` tells a promise made for more rows than this run had: reaching it here proves less than was promised.
    """

    text: str
    value: float | None = None
    ratio: float | None = None
    scaled: bool = False


@dataclass(frozen=True)
class Figure:
    """One measured figure and its floor, both in ``unit``; a rate (``.../s``) is better when it is higher, a time when lower.

    ``bulk`` is the same floor written by COPY, where there is one: harder than promised, shown for honesty.
    """

    what: str
    unit: str
    value: float
    floor: float
    promise: Promise | None = None
    bulk: float | None = None

    @property
    def is_rate(self) -> bool:
        return self.unit.endswith("/s")

    @property
    def ratio(self) -> float:
        """How many times slower than the floor."""
        return self.floor / self.value if self.is_rate else self.value / self.floor

    @property
    def verdict(self) -> str:
        if self.promise is None:
            return ""
        reached = self.promise.value is None or (self.value >= self.promise.value if self.is_rate else self.value <= self.promise.value)
        near = self.promise.ratio is None or self.ratio <= self.promise.ratio
        if reached and near:
            return "meets, at this size" if self.promise.scaled else "meets"
        return "not yet"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 3), "verdict": self.verdict}


def seconds(work: Callable[[], Any]) -> float:
    """How long ``work`` takes by the wall clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def each(work: Callable[[Any], Any], over: Iterable[Any]) -> list[float]:
    """The seconds of ``work`` on each item."""
    return [seconds(lambda item=item: work(item)) for item in over]


def percentile(times: Sequence[float], percent: int) -> float:
    """The time in milliseconds that ``percent`` of the calls stay below."""
    return 1000 * statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def table(figures: Sequence[Figure]) -> str:
    """All figures as a table for people."""
    head = ["what", "figure", "floor", "ratio", "promise", ""]
    rows = [
        [
            figure.what,
            f"{_number(figure.value)} {figure.unit}",
            _number(figure.floor) + (f" (COPY {_number(figure.bulk)})" if figure.bulk else ""),
            f"{figure.ratio:.2f}",
            figure.promise.text if figure.promise else "",
            figure.verdict,
        ]
        for figure in figures
    ]
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    right = {1, 2, 3}
    lines = []
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
