"""Mistyped words."""

from collections.abc import Sequence

from rapidfuzz.distance import OSA


def distance(typed: Sequence[str], there: Sequence[str]) -> int | None:
    """How many letters the typed words are away from the words that are there; None when one of them resembles none.

    A word of four letters may have one wrong, missing, added or swapped with its neighbour, one of eight letters two (optimal
    string alignment). Shorter words and those with digits must be right. All in lower case.
    """
    total = 0
    for word in typed:
        if any(word in other for other in there):
            continue
        allowed = 0 if len(word) < 4 or not word.isalpha() else 1 if len(word) < 8 else 2
        # A word still being typed is compared with the beginning of a longer one too.
        best = min((OSA.distance(word, other[:cut]) for other in there for cut in {len(word), len(other)}), default=len(word))
        if best > allowed:
            return None
        total += best
    return total
