"""Which rule fits and who gets it: a pure function of what was looked at, so that every decision can be made again (SA-08).

Loads are open leads and open deals over capacity, compared as exact fractions; equals are settled by the order of the members, then by key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fondaco.frontoffice.assignment.models import FIXED, IN_TURN, LEAST_LOADED, MANAGER, NO_RULE, OWN, QUEUE

#: Why somebody gets nothing: away until a day, or no longer working here.
LEFT = "left"


@dataclass(frozen=True)
class Facts:
    """What is known of an enquiry or a deal. ``amount`` in company currency; ``own``: the customer's salesperson."""

    kind: str
    country: str = ""
    region: str = ""
    postal_code: str = ""
    group: int | None = None
    source: str = ""
    amount: Decimal | None = None
    score: int | None = None
    is_customer: bool = False
    own: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in vars(self).items() if v not in (None, "", False)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Facts":
        return cls(**{**kept, "amount": Decimal(kept["amount"]) if "amount" in kept else None})


@dataclass(frozen=True)
class Member:
    person: int
    capacity: Decimal


@dataclass(frozen=True)
class Part:
    """A part of a territory; what is empty asks for nothing."""

    country: str = ""
    regions: str = ""
    postal_from: str = ""
    postal_to: str = ""
    group: int | None = None
    source: str = ""
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None

    def misses(self, facts: Facts) -> list["Miss"]:
        """The conditions that are not met."""
        found = []
        if self.country and self.country != facts.country:
            found.append(Miss("country", self.country, facts.country))
        if self.regions and _word(facts.region) not in {_word(r) for r in self.regions.split(",")}:
            found.append(Miss("regions", self.regions, facts.region))
        if (self.postal_from or self.postal_to) and not _between(facts.postal_code, self.postal_from, self.postal_to):
            found.append(Miss("postal_code", f"{self.postal_from} – {self.postal_to}", facts.postal_code))
        if self.group is not None and self.group != facts.group:
            found.append(Miss("group", self.group, facts.group))
        if self.source and self.source != facts.source:
            found.append(Miss("source", self.source, facts.source))
        if self.amount_from is not None and (facts.amount is None or facts.amount < self.amount_from):
            found.append(Miss("amount_from", self.amount_from, facts.amount))
        if self.amount_to is not None and (facts.amount is None or facts.amount >= self.amount_to):
            found.append(Miss("amount_to", self.amount_to, facts.amount))
        return found


@dataclass(frozen=True)
class Miss:
    """A condition that was not met: what it is, what it asks for, what was found."""

    what: str
    wanted: Any
    found: Any


@dataclass(frozen=True)
class Ground:
    """A territory as it is asked."""

    id: int
    name: str
    manager: int | None
    parts: tuple[Part, ...]
    members: tuple[Member, ...]

    def misses(self, facts: Facts) -> list[Miss]:
        """Nothing where a part fits; else what the nearest part missed. A territory without parts has nothing that belongs to it."""
        found = [part.misses(facts) for part in self.parts]
        return min(found, key=len) if found else [Miss("parts", "", "")]


@dataclass(frozen=True)
class Rule:
    id: int
    position: int
    name: str
    territory: Ground
    applies_to: str
    customers: str
    score_from: int | None
    score_to: int | None
    keeps_own: bool
    method: str
    person: int | None

    def misses(self, facts: Facts) -> list[Miss]:
        found = []
        if self.applies_to not in ("both", facts.kind):
            found.append(Miss("applies_to", self.applies_to, facts.kind))
        if self.customers != "any" and (self.customers == "existing") != facts.is_customer:
            found.append(Miss("customers", self.customers, "existing" if facts.is_customer else "new"))
        if self.score_from is not None and (facts.score is None or facts.score < self.score_from):
            found.append(Miss("score_from", self.score_from, facts.score))
        if self.score_to is not None and (facts.score is None or facts.score > self.score_to):
            found.append(Miss("score_to", self.score_to, facts.score))
        return found + self.territory.misses(facts)


@dataclass(frozen=True)
class People:
    """How people stand when something is given out: what each has, whose turn was when, and who gets nothing and why."""

    loads: dict[int, int] = field(default_factory=dict)
    turns: dict[int, int] = field(default_factory=dict)
    away: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidate:
    """Somebody who could have had it. ``load`` is what he has; ``weighed`` the same over his capacity."""

    person: int
    load: int
    capacity: Decimal
    away: str
    turn: int

    @property
    def weighed(self) -> Fraction:
        return Fraction(self.load) * 100 / Fraction(self.capacity)


@dataclass(frozen=True)
class Decision:
    """The rule that decided (None: none fits), how, and for whom (None: nobody). ``passed`` are the rules before it with what they missed."""

    rule: Rule | None
    how: str
    person: int | None
    passed: tuple[tuple[Rule, tuple[Miss, ...]], ...] = ()
    candidates: tuple[Candidate, ...] = ()
    own_away: str = ""
    fixed_away: str = ""


def decide(rules: Sequence[Rule], facts: Facts, people: Mapping[int, People]) -> Decision:
    """The first rule that fits decides; ``people`` as they stand for each rule, by its key."""
    passed: list[tuple[Rule, tuple[Miss, ...]]] = []
    for rule in rules:
        misses = rule.misses(facts)
        if not misses:
            return _given(rule, facts, people[rule.id], tuple(passed))
        passed.append((rule, tuple(misses)))
    return Decision(None, NO_RULE, None, tuple(passed))


def _given(rule: Rule, facts: Facts, people: People, passed: tuple[tuple[Rule, tuple[Miss, ...]], ...]) -> Decision:
    ground = rule.territory
    candidates = tuple(
        Candidate(m.person, people.loads.get(m.person, 0), m.capacity, people.away.get(m.person, ""), people.turns.get(m.person, 0))
        for m in ground.members
    )
    own_away = fixed_away = ""
    if rule.keeps_own and facts.own is not None:
        own_away = people.away.get(facts.own, "")
        if not own_away:
            return Decision(rule, OWN, facts.own, passed, candidates)
    here = [c for c in candidates if not c.away]
    person: int | None = None
    if rule.method == FIXED and rule.person is not None:
        fixed_away = people.away.get(rule.person, "")
        person = None if fixed_away else rule.person
    elif here and rule.method == IN_TURN:
        person = min(enumerate(here), key=lambda each: (each[1].turn, each[0]))[1].person
    elif here:
        person = min(enumerate(here), key=lambda each: (each[1].weighed, each[0]))[1].person
    how = rule.method
    if person is None:
        has_manager = ground.manager is not None and not people.away.get(ground.manager, "")
        person, how = (ground.manager, MANAGER) if has_manager else (None, QUEUE)
    return Decision(rule, how, person, passed, candidates, own_away, fixed_away)


def concerned(rule: Rule, facts: Facts) -> list[int]:
    """Everybody whose standing a rule may look at."""
    found = [m.person for m in rule.territory.members] + [p for p in (facts.own, rule.person, rule.territory.manager) if p is not None]
    return sorted(set(found))


def _word(text: str) -> str:
    return text.strip().casefold()


def _code(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _between(code: str, least: str, most: str) -> bool:
    code, least, most = _code(code), _code(least), _code(most)
    return bool(code) and code[: len(least)] >= least and (not most or code[: len(most)] <= most)


__all__ = [
    "FIXED",
    "IN_TURN",
    "LEAST_LOADED",
    "LEFT",
    "Candidate",
    "Decision",
    "Facts",
    "Ground",
    "Member",
    "Miss",
    "Part",
    "People",
    "Rule",
    "concerned",
    "decide",
]
