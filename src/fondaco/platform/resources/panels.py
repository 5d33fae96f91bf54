"""Panels of the page of one record (a customer, a product): rooms above register what they know of it, and its room never learns of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column
from fondaco.platform.resources.reading import First, read_together

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """One figure beside its title. ``kind`` as in a column; ``currency`` is the code, of an amount."""

    title: Any
    value: Any
    kind: str = "text"
    currency: str = ""


@dataclass(frozen=True)
class Bars:
    """Rows as a small picture: the day that names a bar, what it measures, and the sentence that the picture tells."""

    day: str
    value: str
    story: str


@dataclass(frozen=True)
class Content:
    """What a panel shows: some figures, then some rows by column path. ``resource`` is the key of what the rows are, ``more`` the address
    of the list with all of them; ``bars`` draws the rows too."""

    figures: Sequence[Figure] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)
    resource: str = ""
    more: str = ""
    bars: Bars | None = None


#: Gives the content of a panel for one record in one company, limited to what the actor may see; ``None`` when he may see nothing of this
#: kind. Few statements, whatever the record's size, and no more rows than a person reads.
Show = Callable[[Actor, Any, T], Content | None]


@dataclass(frozen=True)
class Panel(Generic[T]):
    """A registered panel; ``in_brief``: it also belongs on a short page read in a hurry.

    ``instead_of`` is another panel's show, which says part of the same and is left out where this one may be seen.
    """

    title: Any
    order: int
    show: Show[T]
    in_brief: bool = True
    instead_of: Show[T] | None = None


@dataclass(frozen=True)
class Filled(Generic[T]):
    """A panel with its content for one record."""

    panel: Panel[T]
    content: Content


class Panels(Generic[T]):
    """The panels of one kind of page."""

    def __init__(self) -> None:
        self._panels: dict[str, Panel[T]] = {}

    def register(self, title: Any, order: int, show: Show[T], *, in_brief: bool = True, instead_of: Show[T] | None = None) -> None:
        """Offer a panel; ``order`` places it among the others."""
        name = f"{show.__module__}.{show.__qualname__}"
        if name in self._panels:
            raise ValueError(f"Panel {name} is registered twice")
        self._panels[name] = Panel(title, order, show, in_brief, instead_of)

    def panels(self, *, brief: bool = False) -> list[Panel[T]]:
        """All panels in their order, or those of the short page."""
        return sorted((p for p in self._panels.values() if p.in_brief or not brief), key=lambda p: p.order)

    def filled(self, actor: Actor, company: Any, record: T, *, brief: bool = False) -> list[Filled[T]]:
        """The panels that have something to say to ``actor`` about ``record`` in ``company``."""
        replaced: set[Show[T]] = set()
        shown: list[Filled[T]] = []
        for panel in sorted(self.panels(brief=brief), key=lambda p: p.instead_of is None):
            content = None if panel.show in replaced else panel.show(actor, company, record)
            if content is not None:
                shown.append(Filled(panel, content))
            # Whoever stands for a panel stands for what that one would have stood for.
            if panel.instead_of and (content is not None or panel.show in replaced):
                replaced.add(panel.instead_of)
        if len(unread := [f.content.rows for f in shown if isinstance(f.content.rows, First)]) > 1:
            read_together(unread)
        return sorted(shown, key=lambda f: f.panel.order)
