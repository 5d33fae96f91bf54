"""What can be chosen of products: the room that knows it (the configurator) tells it here, and is never learnt of."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from fondaco.operations.engineering.choosing import Chosen, Vocabulary


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen of a product, and its standard: every choice at its first value that goes with the rest."""

    words: Vocabulary
    standard: Chosen | None


Tell = Callable[[Collection[int]], Mapping[int, Choices]]
_tells: list[Tell] = []


def register(tell: Tell) -> Tell:
    """Let a room tell what can be chosen of products: of those that it knows, by product, in few statements."""
    _tells.append(tell)
    return tell


def choices_of(products: Collection[int]) -> dict[int, Choices]:
    """What can be chosen of products; nothing of those that are always the same."""
    found: dict[int, Choices] = {}
    for tell in _tells if products else ():
        found |= tell(products)
    return found
