"""How calendars, promises, clocks and escalations are shown, written and served; and what tickets show of theirs."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.service.resources import TicketResource
from fondaco.frontoffice.sla import actions, escalating, panels, reactions, refusals  # noqa: F401  verbs, jobs, panels and reactions are declared on import
from fondaco.frontoffice.sla.models import (
    BusinessCalendar,
    CalendarClosure,
    CalendarHours,
    Clock,
    Escalation,
    EscalationStep,
    PromiseLine,
    ServicePromise,
)
from fondaco.frontoffice.sla.openings import is_known
from fondaco.frontoffice.sla.queries import VIEW
from fondaco.frontoffice.sla.refusals import OfAnotherCompany, UnknownHolidays, UnknownZone
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.rows import related
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, also_shows, register


@register
class BusinessCalendarResource(Resource):
    model, key, natural_key = BusinessCalendar, "business-calendars", "number"
    title, title_one, job, icon = _("Business calendars"), _("Business calendar"), "serve", "note"
    group, place = "set_up", 5
    view_permission, write_permission = "sla.view_calendar", "sla.write_calendar"
    columns = ["number", "name", "state", "time_zone", "country", "region", "active_from"]
    fields = [*columns, "on", "company"]
    writable = ["company", "name", "time_zone", "country", "region"]
    filters, search = ["company", "state"], ["number", "name"]
    lines = [
        Lines(
            CalendarHours,
            "calendar",
            [Column("weekday", kind="text"), "opens", "closes"],
            writable=["weekday", "opens", "closes"],
            title=_("Hours"),
        ),
        Lines(CalendarClosure, "calendar", ["on", "name", "works"], writable=["on", "name", "works"], title=_("Closed days")),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            try:
                ZoneInfo(d.row.time_zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise UnknownZone(zone=d.row.time_zone[:100], fields={"time_zone": _("unknown")}) from error
            if d.row.country_id and not is_known(d.row.country_id, d.row.region):
                raise UnknownHolidays(country=d.row.country_id, region=d.row.region[:20], fields={"region": _("unknown")})


@register
class ServicePromiseResource(Resource):
    model, key, natural_key = ServicePromise, "service-promises", "number"
    title, title_one, job, icon = _("Service promises"), _("Service promise"), "serve", "note"
    group, place = "set_up", 6
    view_permission, write_permission = "sla.view_promise", "sla.write_promise"
    columns = ["number", "name", "state", "active_from", "on"]
    fields = [*columns, "company"]
    writable = ["company", "name"]
    filters, search = ["company", "state"], ["number", "name"]
    lines = [
        Lines(
            PromiseLine, "promise",
            ["contract", "product", "level", "priority", "channel", "calendar", "first_minutes", "next_minutes", "solution_minutes"],
            writable=["contract", "product", "level", "priority", "channel", "calendar", "first_minutes", "next_minutes", "solution_minutes"],
            title=_("Promised times"),
        ),
        Lines(
            EscalationStep, "promise", ["kind", "at_percent", "does", "priority", "to_queue", "manager"],
            writable=["kind", "at_percent", "does", "priority", "to_queue", "manager"], title=_("Escalation"),
        ),
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """What a line names belongs to the company of the promises."""
        lines: list[Any] = [line for d in drafts for line in d.lines if isinstance(line, PromiseLine)]
        named = {name: related(lines, name) for name in ("contract", "level", "calendar")}
        for d in drafts:
            for line in d.lines:
                for name, found in named.items() if isinstance(line, PromiseLine) else ():
                    row = found.get(getattr(line, f"{name}_id"))
                    if row is not None and row.company_id != d.row.company_id:
                        raise OfAnotherCompany(what=str(row), document=d.row.name)


@register
class ClockResource(Resource):
    model, key = Clock, "clocks"
    title, title_one, job, icon = _("Promised times of tickets"), _("Promised time of a ticket"), "serve", "note"
    group, place = "reports", 3
    view_permission = VIEW
    columns = [
        "ticket", Column("ticket__subject", _("Subject")), Column("ticket__party", _("Customer")), "kind", "state", "due_at", "started_at", "ended_at", Column("ticket__queue", _("Queue")),
        Column("line__contract", _("Contract")),
    ]  # fmt: skip
    fields = [*columns, "number", Column("seconds", kind="number"), Column("used", kind="number"), "running_since", "calendar", "company"]
    filters, sort = ["company", "state", "kind", "ticket", "ticket__party", "line__contract", "ticket__queue", "ended_at"], "-id"
    conditions = {
        "broken": (_("broken"), lambda: Q(due_at__lt=timezone.now())),
        "kept": (_("kept"), lambda: Q(state=Clock.ENDED, due_at__isnull=True)),
    }

    @classmethod
    def url(cls, pk: Any = None) -> str:
        return "/clocks" if pk is None else f"/clocks/{pk}"


@register
class EscalationResource(Resource):
    model, key = Escalation, "escalations"
    title, title_one, job, icon = _("Escalations"), _("Escalation"), "serve", "note"
    group, place = "reports", 4
    view_permission = VIEW
    columns = [
        "at",
        Column("clock__ticket", _("Ticket")),
        Column("clock__kind", _("Promise")),
        Column("step__does", _("What was done")),
        Column("step__at_percent", _("used time, %")),
        "told",
    ]
    fields = [*columns, "company"]
    filters, sort = ["company", "at"], "-at"


def _due() -> Subquery:
    """When the next promised time of a ticket runs out."""
    return Subquery(Clock.objects.filter(ticket=OuterRef("pk"), state=Clock.RUNNING).order_by("due_at").values("due_at")[:1])


def _broken() -> Q:
    return Q(Exists(Clock.objects.filter(ticket=OuterRef("pk"), due_at__lt=timezone.now())))


also_shows(
    TicketResource,
    columns=[Column("due_at", _("Due"), "moment")],
    annotations={"due_at": _due},
    conditions={"promise_broken": (_("a promise is broken"), _broken)},
)
