"""Search over everything: the best few records of every kind that somebody may see, also when a word is mistyped (UX-03)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import RESOURCES, Resource, resource_of
from fondaco.platform.resources.reading import label_paths
from fondaco.platform.resources.searching import Resembles, folded, own_fields, own_text, says, words_of
from fondaco.platform.search.spelling import distance

PER_KIND = 4
MOST = 24
#: So many hits are enough, and so are four of one kind; with fewer, words that resemble the typed ones are looked for too.
ENOUGH = 6
#: How alike a mistyped word and a text must be to be looked at more closely, and how many of each kind are.
ALIKE = 0.3
CANDIDATES = 30


@dataclass(frozen=True)
class Hit:
    """A found record: its kind, key and name. ``exact`` is false where a word had to be read as another one."""

    resource: type[Resource]
    pk: Any
    label: str
    exact: bool


def search(actor: Actor, text: str) -> list[Hit]:
    """What answers to ``text``: records that say all its words, then those with words one or two letters away.

    Words are sought in what ``search`` of each resource names, by the row's own fields only; newest first within a kind,
    four of a kind, 24 in all. How much a word may be mistyped says ``spelling.distance``. At most three statements.
    """
    words = words_of(text)
    kinds = [r for r in RESOURCES.values() if own_fields(r) and r.job and actor.may(r.view_permission)]
    if not words or not kinds:
        return []
    found = [Hit(kinds[at], pk, label, exact=True) for at, pk, label, _ in _rows(_saying(r, actor, words) for r in kinds)]
    wrong = [word for word in words if len(word) >= 4 and word.isalpha()]
    full = max(Counter(hit.resource for hit in found).values(), default=0) == PER_KIND
    if wrong and not full and len(found) < ENOUGH:
        there = {(hit.resource, hit.pk) for hit in found}
        found += [hit for hit in _mistyped(actor, kinds, words, wrong) if (hit.resource, hit.pk) not in there]
    return found[:MOST]


def _saying(resource: type[Resource], actor: Actor, words: Sequence[str]) -> models.QuerySet[Any]:
    rows = _seen(resource, actor)
    for word in words:
        rows = rows.filter(says(resource, word))
    return rows.order_by("-pk")[:PER_KIND]


def _mistyped(actor: Actor, kinds: Sequence[type[Resource]], words: Sequence[str], wrong: Sequence[str]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('pg_trgm.word_similarity_threshold', %s, true), database_folded(%s)", [str(ALIKE), " ".join(words)]
        )
        typed = cursor.fetchone()[1].split()
    near = []
    for at, pk, label, text in _rows(_resembling(r, actor, words, wrong) for r in kinds):
        wrong_letters = distance(typed, text.split())
        if wrong_letters is not None:
            near.append((wrong_letters, at, Hit(kinds[at], pk, label, exact=False)))
    return [hit for *_, hit in sorted(near, key=lambda n: n[:2])][:MOST]


def _resembling(resource: type[Resource], actor: Actor, words: Sequence[str], wrong: Sequence[str]) -> models.QuerySet[Any]:
    rows = _seen(resource, actor)
    likeness: Any = models.Value(0.0)
    for word in words:
        if word in wrong:
            rows = rows.filter(Resembles(folded(word), own_text(resource)))
            likeness = likeness + models.Func(
                folded(word), own_text(resource), function="public.word_similarity", output_field=models.FloatField()
            )
        else:
            rows = rows.filter(says(resource, word))
    return rows.order_by(likeness.desc(), "-pk")[:CANDIDATES]


def _seen(resource: type[Resource], actor: Actor) -> models.QuerySet[Any]:
    return visible(resource.model._default_manager.all(), actor, resource.view_permission)


def _rows(asked: Iterable[models.QuerySet[Any]]) -> list[tuple[int, Any, str, str]]:
    """The kind's place, key, name and searched text of what all of ``asked`` give, in one statement and in their order."""
    parts, parameters = [], []
    for at, rows in enumerate(asked):
        resource = cast(type[Resource], resource_of(rows.model))
        try:
            sql, values = rows.values_list("pk", label_paths(rows.model)[0], own_text(resource)).query.sql_with_params()
        except EmptyResultSet:  # none of this kind are the asker's to see
            continue
        parts.append(f"select {at}, row_number() over (), pk::text, label::text, words from ({sql}) as found(pk, label, words)")
        parameters += list(values)
    if not parts:
        return []
    statement = f"select kind, pk, label, words from ({' union all '.join(parts)}) as every(kind, place, pk, label, words)"
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} order by kind, place", parameters)
        return cursor.fetchall()
