"""Panels of the page of one party: a room above registers what it knows of a customer, and this room never learns of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column


@dataclass(frozen=True)
class Figure:
    """One figure beside its title. ``kind`` as in a column; ``currency`` is the code, of an amount."""

    title: Any
    value: Any
    kind: str = "text"
    currency: str = ""


@dataclass(frozen=True)
class Content:
    """What a panel shows: some figures, then some rows by column path. ``resource`` is the key of what the rows are."""

    figures: Sequence[Figure] = ()
    columns: Sequence[Column] = ()
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)
    resource: str = ""


#: Gives the content, limited to what the actor may see; ``None`` when he may see nothing of this kind. Few statements,
#: whatever the party's size, and no more rows than a person reads.
Show = Callable[[Actor, Company, Party], Content | None]


@dataclass(frozen=True)
class Panel:
    """A registered panel; ``in_brief``: it also belongs on the one page read before a visit.

    ``instead_of`` is another panel's show, which says part of the same and is left out where this one may be seen.
    """

    title: Any
    order: int
    show: Show
    in_brief: bool = True
    instead_of: Show | None = None


@dataclass(frozen=True)
class Filled:
    """A panel with its content for one party."""

    panel: Panel
    content: Content


_panels: dict[str, Panel] = {}


def register(title: Any, order: int, show: Show, *, in_brief: bool = True, instead_of: Show | None = None) -> None:
    """Offer a panel; ``order`` places it among the others."""
    name = f"{show.__module__}.{show.__qualname__}"
    if name in _panels:
        raise ValueError(f"Panel {name} is registered twice")
    _panels[name] = Panel(title, order, show, in_brief, instead_of)


def panels(*, brief: bool = False) -> list[Panel]:
    """All panels in their order, or those of the visit brief."""
    return sorted((p for p in _panels.values() if p.in_brief or not brief), key=lambda p: p.order)


def filled(actor: Actor, company: Company, party: Party, *, brief: bool = False) -> list[Filled]:
    """The panels that have something to say to ``actor`` about ``party`` in ``company``."""
    replaced: set[Show] = set()
    shown: list[Filled] = []
    for panel in sorted(panels(brief=brief), key=lambda p: p.instead_of is None):
        content = None if panel.show in replaced else panel.show(actor, company, party)
        if content is not None:
            shown.append(Filled(panel, content))
            replaced |= {panel.instead_of} if panel.instead_of else set()
    return sorted(shown, key=lambda f: f.panel.order)
