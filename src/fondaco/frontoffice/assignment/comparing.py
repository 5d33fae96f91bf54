"""What other rules would have given to whom: the last leads, given out again by the drafts and by the rules in force; nothing is written."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from fondaco.frontoffice.assignment.asking import Book, Paper, book_of, facts_of
from fondaco.frontoffice.assignment.assigning import run
from fondaco.frontoffice.assignment.deciding import People
from fondaco.frontoffice.assignment.models import AssignmentRule
from fondaco.frontoffice.crm.models import Lead
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible


@dataclass(frozen=True)
class Comparison:
    """How many leads each person has (None: nobody), would have by the rules in force, and by the drafts; and how many would be another's."""

    leads: int
    held: Counter[int | None]
    in_force: Counter[int | None]
    drafted: Counter[int | None]
    moved: int


def compare(actor: Actor, company: Company, *, last: int, on: date) -> Comparison:
    """The last leads in the order in which they came, as they are known today; everybody is there and begins with nothing."""
    newest = visible(Lead.objects.filter(company=company), actor, "crm.view_lead").order_by("-pk")[:last]
    leads: list[Paper] = sorted(newest, key=lambda x: x.pk)
    books = [book_of(company.pk, on, state) for state in (AssignmentRule.IN_FORCE, AssignmentRule.DRAFT)]
    found = [_given(company, book, leads, on) for book in books]
    moved = sum(1 for now, then in zip(*found, strict=True) if now != then)
    return Comparison(len(leads), Counter(x.salesperson_id for x in leads), Counter(found[0]), Counter(found[1]), moved)


def _given(company: Company, book: Book, leads: list[Paper], on: date) -> list[int | None]:
    facts = facts_of(company.pk, leads, book.rules, on=on)
    loads: dict[int, int] = {}
    return [s.decision.person for s in run(book, list(zip(leads, facts, strict=True)), {r.id: People(loads) for r in book.rules})]
