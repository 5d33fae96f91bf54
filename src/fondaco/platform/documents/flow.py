"""The flow ribbon: the documents that one deal runs through, found from any of them.

Rooms say which of their documents stand in it (``stands``) and which follows from which (``follows``); whoever shows a
document asks ``flow_of``. Every kind is read once and every link at most twice, whatever the number of documents.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

#: How many documents of one kind are shown at most; the newest are kept.
SHOWN = 12

#: Given keys and whether they are those of the earlier document, gives pairs (earlier, later).
Pairs = Callable[[Collection[int], bool], Iterable[tuple[int, int]]]


@dataclass(frozen=True)
class Step:
    """One document of the flow. ``side``: beside the main way (return, credit note). ``current``: the one asked from.

    ``number`` is empty for a kind that has no document yet.
    """

    kind: str
    model: type[Model]
    pk: int | None
    number: str = ""
    state: str = ""
    state_name: str = ""
    on: date | None = None
    amount: Decimal | None = None
    currency: str = ""
    side: bool = False
    current: bool = False


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of document in the flow. ``place`` orders the kinds; ``fields`` says where state, day, amount and currency are."""

    model: type[Model]
    place: int
    title: Any
    permission: str
    fields: dict[str, str]
    expected: bool = False
    variant: Callable[[Any], tuple[Any, bool] | None] | None = None


@dataclass(frozen=True, eq=False)
class Link:
    earlier: type[Model]
    later: type[Model]
    pairs: Pairs
    gathers: bool


_kinds: dict[type[Model], Kind] = {}
_links: list[Link] = []


def stands(
    model: type[Model],
    *,
    place: int,
    title: Any,
    permission: str,
    amount: str = "",
    currency: str = "",
    state: str = "state",
    on: str = "on",
    expected: bool = False,
    variant: Callable[[Any], tuple[Any, bool] | None] | None = None,
) -> None:
    """Put a kind of document into the flow; ``amount`` to ``on`` are field names, empty when it has none.

    ``expected``: a flow that has come to where it should follow shows an empty step. ``variant`` gives a row another title, and
    whether it stands beside the main way.
    """
    if model in _kinds:
        raise ValueError(f"{model._meta.label} stands in the flow twice")
    fields = {"amount": amount, "currency": currency, "state": state, "on": on}
    _kinds[model] = Kind(model, place, title, permission, fields, expected, variant)


def follows(earlier: type[Model], later: type[Model], pairs: Pairs, *, gathers: bool = False) -> None:
    """Say that ``later`` follows from ``earlier``. ``gathers``: one later document may close many unrelated earlier ones (a
    payment of five invoices); seen from it they are shown, but not everything else that follows from them."""
    _links.append(Link(earlier, later, pairs, gathers))


def by_key(later: type[Model], field: str) -> Pairs:
    """Pairs by a foreign key of the later document to the earlier one."""

    def pairs(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
        wanted = {f"{field}__in": keys} if are_earlier else {"pk__in": keys, f"{field}__isnull": False}
        return later._default_manager.filter(**wanted).values_list(field, "pk")

    return pairs


def to_key(earlier: type[Model], field: str) -> Pairs:
    """Pairs by a foreign key of the earlier document to the later one (an invoice to its entry)."""

    def pairs(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
        wanted = {"pk__in": keys, f"{field}__isnull": False} if are_earlier else {f"{field}__in": keys}
        return earlier._default_manager.filter(**wanted).values_list("pk", field)

    return pairs


def by_source(earlier: type[Model], later: type[Model]) -> Pairs:
    """Pairs by ``source_table`` and ``source_id`` of the later document."""
    table = earlier._meta.db_table

    def pairs(keys: Collection[int], are_earlier: bool) -> Iterable[tuple[int, int]]:
        wanted = {"source_id__in": keys} if are_earlier else {"pk__in": keys}
        return later._default_manager.filter(source_table=table, **wanted).values_list("source_id", "pk")

    return pairs


def has_flow(model: type[Model]) -> bool:
    """Whether documents of this model stand in the flow."""
    return model in _kinds


def flow_of(actor: Actor, model: type[Model], pk: int) -> list[Step]:
    """The flow through one document, earliest first, limited to what ``actor`` may see; empty when it stands in none."""
    if model not in _kinds:
        return []
    found = _connected(model, pk)
    last = max(_kinds[kind].place for kind, keys in found.items() if keys)
    may_follow = [k for k in _kinds.values() if k.expected and k.place > last and k.model in _after(m for m, keys in found.items() if keys)]
    following = min(may_follow, key=lambda k: k.place, default=None)
    steps: list[Step] = []
    for kind in sorted(_kinds.values(), key=lambda k: k.place):
        rows = _rows(kind, found.get(kind.model, set()), actor)
        steps.extend(_step(kind, row, current=kind.model is model and row.pk == pk) for row in rows)
        if kind is following:
            steps.append(Step(str(kind.title), kind.model, None))
    return steps


def _after(models: Iterable[type[Model]]) -> set[type[Model]]:
    """The kinds that may follow from these, however far down."""
    reached, added = set[type[Model]](), set(models)
    while added:
        added = {link.later for link in _links if link.earlier in added} - reached
        reached |= added
    return reached


def _connected(model: type[Model], pk: int) -> dict[type[Model], set[int]]:
    """Up to everything this document follows from, then down to everything that follows from those and from it."""
    earlier: dict[type[Model], set[int]] = defaultdict(set, {model: {pk}})
    only_shown: dict[type[Model], set[int]] = defaultdict(set)
    for link in sorted(_links, key=lambda ln: (-_kinds[ln.later].place, -_kinds[ln.earlier].place)):
        through, beside = earlier[link.later], only_shown[link.later]
        if not (through or beside):
            continue
        for first, second in link.pairs(through | beside, False):
            (only_shown if link.gathers or second not in through else earlier)[link.earlier].add(first)
    reached: dict[type[Model], set[int]] = defaultdict(set, {m: set(keys) for m, keys in earlier.items()})
    for link in sorted(_links, key=lambda ln: (_kinds[ln.earlier].place, _kinds[ln.later].place)):
        if reached[link.earlier]:
            reached[link.later].update(second for _first, second in link.pairs(reached[link.earlier], True))
    for kind, keys in only_shown.items():
        reached[kind] |= keys
    return reached


def _rows(kind: Kind, keys: set[int], actor: Actor) -> list[Any]:
    if not keys or not actor.may(kind.permission):
        return []
    newest = visible(kind.model._default_manager.filter(pk__in=keys), actor, kind.permission).order_by("-pk")[:SHOWN]
    return sorted(newest, key=lambda row: row.pk)


def _step(kind: Kind, row: Any, *, current: bool) -> Step:
    def value(name: str) -> Any:
        return getattr(row, kind.fields[name], None) if kind.fields[name] else None

    title, side = (kind.variant(row) if kind.variant else None) or (kind.title, False)
    state = value("state") or ""
    names = {v: str(label) for v, label in kind.model._meta.get_field(kind.fields["state"]).choices or ()} if state else {}  # type: ignore[union-attr]
    return Step(
        kind=str(title),
        model=kind.model,
        pk=row.pk,
        number=str(row),
        state=state,
        state_name=names.get(state, state),
        on=value("on"),
        amount=value("amount"),
        currency=value("currency") or "",
        side=side,
        current=current,
    )


__all__ = ["Step", "by_key", "by_source", "flow_of", "follows", "has_flow", "stands", "to_key"]
