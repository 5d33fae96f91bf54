"""What scoring shows on the page of a customer: the score today, and every signal that makes it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.scoring.queries import VIEW, Score, explained, may_read, model_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column

COLUMNS = [Column("signal", _("Signal")), Column("figure", _("Figure"), "quantity"), Column("points", _("Points"), "quantity")]
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


def score(actor: Actor, company: Company, party: Party) -> Content | None:
    """Three statements."""
    model = model_of(company.pk) if actor.may(VIEW, company.pk) else None
    if model is None:
        return None
    found = explained(model, [(party.pk, timezone.localdate())])[0]
    rows = [row for row in rows_of(found, actor, company.pk) if row["figure"]]
    return Content(
        [Figure(_("Score of 100"), found.value, "number"), Figure(_("Points to begin with"), found.base, "quantity")], COLUMNS, rows
    )


panels.register(_("Score"), 28, score, in_brief=False)
