"""Giving leads and deals out by the rules, for a set: people are locked in key order, loads counted after that, and each decision counts for the next."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from fondaco.frontoffice.assignment.asking import Book, Paper, book_of, facts_of, kept, locked, names_of, rules_of, standing
from fondaco.frontoffice.assignment.deciding import Decision, Facts, People, concerned, decide
from fondaco.frontoffice.assignment.models import IN_TURN, NO_RULE, Assignment
from fondaco.frontoffice.assignment.wording import sentence
from fondaco.frontoffice.crm.entrusting import entrust
from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.masterdata.parties.models import CustomerGroup
from fondaco.platform.database.bulk import insert_rows

V = TypeVar("V")


@dataclass(frozen=True)
class Step:
    """One decision of a set: the document, what was known of it, how people stood, and what came of it."""

    paper: Paper
    facts: Facts
    stood: People
    decision: Decision

    @property
    def person(self) -> int | None:
        """Whose it is then; where no rule fits, whose it was."""
        return self.paper.salesperson_id if self.decision.how == NO_RULE else self.decision.person


def assign(papers: Iterable[Paper], *, on: date) -> list[Assignment]:
    """Give leads and deals out by the rules of their companies, where there are any; leads before deals, in key order."""
    by_company: dict[int, list[Paper]] = defaultdict(list)
    for paper in papers:
        by_company[paper.company_id].append(paper)
    found: list[Assignment] = []
    for company in sorted(by_company):
        book = book_of(company, on)
        if book.rules:
            found += write(company, book, worked_out(company, book, by_company[company], on=on, lock=True), on=on)
    return found


def worked_out(
    company: int, book: Book, papers: Sequence[Paper], *, on: date, lock: bool, own_among: Mapping[int, frozenset[int]] | None = None
) -> list[Step]:
    """What the rules say of each document, one after the other; nothing is written. ``lock`` before anything is counted."""
    ordered = sorted(papers, key=lambda p: (isinstance(p, Opportunity), p.pk))
    known = facts_of(company, ordered, book.rules, on=on)
    if own_among is not None:
        known = [_owned(facts, book, own_among) for facts in known]
    people = sorted({*book.people, *(f.own for f in known if f.own is not None)})
    if lock:
        locked(people)
    return run(book, list(zip(ordered, known, strict=True)), standing(company, book.rules, people, ordered, on=on))


def _owned(facts: Facts, book: Book, own_among: Mapping[int, frozenset[int]]) -> Facts:
    """Without the customer's own salesperson, where the rule that fits is of a territory that he does not belong to any more."""
    rule = next((r for r in book.rules if not r.misses(facts)), None)
    among = own_among.get(rule.territory.id) if rule else None
    return replace(facts, own=None) if among is not None and facts.own not in among else facts


def run(book: Book, asked: Sequence[tuple[Paper, Facts]], people: Mapping[int, People]) -> list[Step]:
    """Decide one after the other: who gets one has one more, and his turn was last. Touches what ``people`` hold."""
    turn = max((t for p in people.values() for t in p.turns.values()), default=0)
    steps = []
    for paper, facts in asked:
        decision = decide(book.rules, facts, people)
        rule = decision.rule
        stood = People()
        if rule is not None:
            who = people[rule.id]
            whose = concerned(rule, facts)
            stood = People(_of(who.loads, whose), _of(who.turns, whose), _of(who.away, whose))
            if decision.person is not None:
                who.loads[decision.person] = who.loads.get(decision.person, 0) + 1
                if decision.how == IN_TURN:
                    turn += 1
                    who.turns[decision.person] = turn
        steps.append(Step(paper, facts, stood, decision))
    return steps


def _of(mapping: Mapping[int, V], whose: Iterable[int]) -> dict[int, V]:
    return {p: mapping[p] for p in whose if p in mapping}


def write(company: int, book: Book, steps: Sequence[Step], *, on: date) -> list[Assignment]:
    """Write decisions, and give the documents to whom they say."""
    if not steps:
        return []
    rulebook = kept(company, book)
    names, groups = names_of(), dict(CustomerGroup.objects.values_list("pk", "name"))
    told: dict[object, str] = {}
    rows = [
        Assignment(
            company_id=company, on=on, lead=s.paper if isinstance(s.paper, Lead) else None, opportunity=None if isinstance(s.paper, Lead) else s.paper,
            before_id=s.paper.salesperson_id, salesperson_id=s.person, how=s.decision.how, rule_id=s.decision.rule.id if s.decision.rule else None,
            rulebook=rulebook, inputs=_inputs(s), reason=sentence(s.decision, names, groups, before=s.paper.salesperson_id, told=told),
        )
        for s in steps
    ]  # fmt: skip
    insert_rows(Assignment, rows)
    for model in (Lead, Opportunity):
        entrust(model, {s.paper.pk: s.person for s in steps if isinstance(s.paper, model) and s.person != s.paper.salesperson_id})
    for s in steps:
        s.paper.salesperson_id = s.person
    return rows


def _inputs(step: Step) -> dict[str, object]:
    stood = {
        "loads": {str(k): v for k, v in step.stood.loads.items()}, "turns": {str(k): v for k, v in step.stood.turns.items()},
        "away": {str(k): v for k, v in step.stood.away.items()},
    }  # fmt: skip
    return {"facts": step.facts.as_json(), **{k: v for k, v in stood.items() if v}}


def replayed(assignment: Assignment) -> Decision:
    """The decision made again from what was kept with it: rulebook and inputs."""
    inputs = assignment.inputs
    people = People(
        {int(k): v for k, v in inputs.get("loads", {}).items()}, {int(k): v for k, v in inputs.get("turns", {}).items()},
        {int(k): v for k, v in inputs.get("away", {}).items()},
    )  # fmt: skip
    rules = rules_of(assignment.rulebook.content)
    return decide(rules, Facts.from_json(inputs["facts"]), {r.id: people for r in rules})


def agrees(assignment: Assignment, decision: Decision) -> bool:
    """Whether a decision made again is the one that was written."""
    rule = decision.rule.id if decision.rule else None
    person = assignment.before_id if decision.how == NO_RULE else decision.person
    return (rule, decision.how, person) == (assignment.rule_id, assignment.how, assignment.salesperson_id)
