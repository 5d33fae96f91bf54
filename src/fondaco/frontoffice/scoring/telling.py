"""A score told signal by signal, each with the door to what it was read from."""

from typing import Any

from fondaco.frontoffice.scoring.queries import Score, may_read
from fondaco.platform.access.actors import Actor

#: Where what a signal counts is read: on the timeline by kind, or in a list.
DOORS = {
    "answers": "/customers/{party}/timeline?kind=mail", "calls": "/customers/{party}/timeline?kind=call",
    "meetings": "/customers/{party}/timeline?kind=meeting", "enquiries": "/customers/{party}/timeline?kind=lead",
    "web": "/customers/{party}/timeline?kind=web", "quiet_days": "/customers/{party}/timeline",
    "accepted": "/quotes?customer={party}&state=accepted", "revenue": "/invoices?customer={party}&state=posted",
    "trend": "/invoices?customer={party}&state=posted", "margin": "/deliveries?customer={party}",
    "days_late": "/open-items?party={party}", "disputes": "/disputes?party={party}",
}  # fmt: skip


def rows_of(score: Score, actor: Actor, company: int) -> list[dict[str, Any]]:
    """The signals of a score in the order of its model; what the actor may not know of is named without figure and points."""
    rows = []
    for p in score.points:
        told = may_read(actor, p.line.signal, company)
        rows.append(
            {
                "signal": p.line.get_signal_display(), "figure": p.figure if told else None, "points": p.points if told else None,
                "url": DOORS[p.line.signal].format(party=score.party) if told else "", "told": told, "most": p.line.points,
            }
        )  # fmt: skip
    return rows
