"""What service promises show on the pages of a ticket and of a customer."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.explaining import duration, state_of, why_changed, why_line
from fondaco.frontoffice.sla.models import Clock
from fondaco.frontoffice.sla.queries import VIEW, clocks_of, traces_of, used_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

TONES = {"ended": "done", "running": "open", "paused": "wait", "dropped": "ended"}


def of_ticket(actor: Actor, ticket: Ticket, *, now: datetime) -> dict[str, Any] | None:
    """The clocks of a ticket at a moment: what is due when, why, and what happened to them; None where nothing is promised or to be seen. Three statements.

    ``clocks`` hold kind, state (word and tone), due (moment), used, promised and left (text), why; ``events`` what happened, newest first.
    """
    if not actor.may(VIEW, ticket.company_id):
        return None
    clocks = clocks_of(ticket.pk)
    if not clocks:
        return None
    used = used_of([c.pk for c in clocks], now)
    shown = []
    for c in clocks:
        broken = used[c.pk] > c.seconds and c.state != Clock.DROPPED
        shown.append(
            {
                "kind": c.get_kind_display(), "state": {"word": state_of(c, used[c.pk]), "tone": "bad" if broken else TONES[c.state]}, "due": c.due_at,
                "used": duration(used[c.pk]), "promised": duration(c.seconds), "share": min(int(used[c.pk] * 100 / c.seconds), 100),
                "why": f"{why_line(c.line)} ({c.line.promise.name}, {c.calendar.name})", "broken": broken,
            }
        )  # fmt: skip
    events = [
        {
            "at": t.at, "by": t.by, "kind": t.clock.get_kind_display(), "what": t.get_what_display(), "why": why_changed(t), "promised": duration(t.seconds),
            "before": why_line(t.line_before) if t.line_before is not None else "", "due": t.due_at,
        }
        for t in traces_of(ticket.pk)
    ]  # fmt: skip
    return {"clocks": shown, "events": events}


def kept(actor: Actor, company: Company, party: Party) -> Content | None:
    """How the promises to a customer were kept; one statement."""
    if not actor.may(VIEW, company.pk):
        return None
    ended = visible(Clock.objects.filter(company=company, ticket__party=party, state=Clock.ENDED), actor, VIEW).order_by()
    rows = ended.values_list("kind").annotate(n=Count("pk"), kept=Count("pk", filter=Q(due_at__isnull=True)))
    figures = [
        Figure(title, _now("{kept} of {all} ({percent}%)").format(kept=good, all=n, percent=good * 100 // n))
        for kind, title in Clock._meta.get_field("kind").flatchoices
        for found, n, good in rows
        if found == kind
    ]
    return Content(figures, more=f"/clocks?ticket__party={party.pk}") if figures else None


panels.register(_("Promises kept"), 16, kept, in_brief=False)
