"""What service promises show on the pages of a ticket and of a customer."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.panels import rows_panel
from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.explaining import duration, state_of, why_changed, why_line
from fondaco.frontoffice.sla.models import Clock
from fondaco.frontoffice.sla.queries import VIEW, clocks_of, traces_of, used_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content
from fondaco.platform.access.actors import Actor

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


def promised(actor: Actor, company: Company, party: Party) -> Content | None:
    """What was promised to a customer and runs, or was broken; the newest first. Read with the rows of other panels."""
    rows = Clock.objects.filter(Q(state__in=[Clock.RUNNING, Clock.PAUSED]) | Q(due_at__isnull=False), company=company, ticket__party=party)
    return rows_panel(rows.order_by("-pk"), actor, VIEW, company, ["ticket", "kind", "state", "due_at", "ended_at"], "clocks")


panels.register(_("Promises open or broken"), 16, promised, in_brief=False)
