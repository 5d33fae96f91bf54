"""What can be asked: rooms above register their documents, and this room never learns of them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from fondaco.masterdata.approvals.conditions import Figures
from fondaco.platform.access.permissions import standalone

#: Documents of the same party by the same person within so many days count as one, so that no limit is passed under in parts.
TOGETHER_DAYS = 7


@dataclass(frozen=True)
class Subject:
    """A document as approvers judge it. ``amount`` is in company currency; ``together`` counts with it what the same person entered
    for the same party within ``TOGETHER_DAYS``. ``content`` is everything of the document that an approval binds to, ``figures`` what the
    conditions of policies are compared with."""

    pk: int
    company: int
    title: str
    amount: Decimal
    together: Decimal
    party: int | None
    authors: frozenset[str]
    content: Mapping[str, Any]
    dimensions: frozenset[tuple[str, str]] = frozenset()
    figures: Figures = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        return hashlib.sha256(json.dumps(self.content, sort_keys=True, cls=DjangoJSONEncoder).encode()).hexdigest()


@dataclass(frozen=True)
class Kind:
    """A kind of document that may need approval. ``permission`` is the right an approver must hold beside the role;
    ``subjects`` reads documents by key, in few statements however many they are.

    ``judges`` are the conditions on figures that its policies may have; such a kind asks the steps of every policy that fits. Of its figures
    ``hidden`` are seen with a right only (figure -> permission). ``countered`` says what documents would be with their discounts cut to so many
    percent each: content's hash and fingerprint, by key.
    """

    key: str
    title: Any
    model: type[Model]
    permission: str
    subjects: Callable[[Sequence[int]], list[Subject]]
    judges: frozenset[str] = frozenset()
    hidden: Mapping[str, str] = field(default_factory=dict)
    countered: Callable[[Mapping[int, Decimal]], Mapping[int, tuple[str, str]]] | None = None


KINDS: dict[str, Kind] = {}
#: The kinds whose approvers may agree to less; filled as they register, read when a page asks.
COUNTERED: list[str] = []


def kind(
    key: str,
    *,
    title: Any,
    model: type[Model],
    permission: str,
    subjects: Callable[[Sequence[int]], list[Subject]],
    judges: frozenset[str] = frozenset(),
    hidden: Mapping[str, str] | None = None,
    countered: Callable[[Mapping[int, Decimal]], Mapping[int, tuple[str, str]]] | None = None,
) -> Kind:
    """Register a kind of document under ``key``, which policies name."""
    if key in KINDS:
        raise ValueError(f"{key} asks for approval twice")
    KINDS[key] = Kind(key, title, model, standalone(permission), subjects, judges, hidden or {}, countered)
    if countered is not None:
        COUNTERED.append(key)
    return KINDS[key]
