"""Territories that change hands: what of their open leads and deals would go to whom, and the same done."""

from collections.abc import Iterable
from datetime import date

from fondaco.frontoffice.assignment.asking import Paper, book_of, facts_of
from fondaco.frontoffice.assignment.assigning import Step, worked_out
from fondaco.frontoffice.crm.models import Lead, Opportunity


def plan(company: int, territories: Iterable[int], *, everything: bool, on: date, lock: bool) -> list[Step]:
    """What of territories of a company is given out anew: what somebody has who does not belong to them any more, or ``everything``.

    A customer's own salesperson keeps him only while he belongs to the territory. The statements do not grow with territories, leads and deals.
    """
    book = book_of(company, on)
    asked = set(territories)
    grounds = {r.territory.id: r.territory for r in book.rules if r.territory.id in asked}
    if not grounds:
        return []
    teams = {key: frozenset({*(m.person for m in g.members), *([g.manager] if g.manager else [])}) for key, g in grounds.items()}
    papers = _open(company, lock=lock)
    within = []
    for paper, facts in zip(papers, facts_of(company, papers, book.rules, on=on), strict=True):
        rule = next((r for r in book.rules if not r.misses(facts)), None)
        team = teams.get(rule.territory.id) if rule else None
        if team is not None and (everything or paper.salesperson_id not in team):
            within.append(paper)
    return worked_out(company, book, within, on=on, lock=lock, own_among=teams)


def _open(company: int, *, lock: bool) -> list[Paper]:
    """All that is open, locked in key order where it is about to change hands."""
    found: list[Paper] = []
    for rows in (Lead.objects.filter(company=company, state__in=Lead.OPEN), Opportunity.objects.filter(company=company, state="open")):
        ordered = rows.order_by("pk")
        found += ordered.select_for_update(of=("self",)) if lock else ordered
    return found
