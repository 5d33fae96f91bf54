"""In-transaction events: a verb that happened is told to the rooms above that react to it, before the commit.

A reaction writes only its own room's tables, needs no other reaction to have run, and is never what makes the sender's
books right.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Reaction = Callable[..., None]
_reactions: dict[str, list[Reaction]] = defaultdict(list)


def reacts_to(event: str) -> Callable[[Reaction], Reaction]:
    """Register a reaction to ``event``: the key of an action such as ``invoicing.post``, called with its DocumentSet, or what a
    resource tells when it was written.
    """

    def register(reaction: Reaction) -> Reaction:
        _reactions[event].append(reaction)
        return reaction

    return register


def emit(event: str, documents: Any, *more: Any) -> None:
    """Tell every reaction, in the order of their names, that ``event`` happened to ``documents``."""
    for reaction in sorted(_reactions.get(event, ()), key=lambda r: (r.__module__, r.__qualname__)):
        reaction(documents, *more)


def reactions() -> dict[str, list[Reaction]]:
    """All reactions by event, for the structural test."""
    return dict(_reactions)
