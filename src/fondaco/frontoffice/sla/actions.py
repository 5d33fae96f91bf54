"""The verbs of service promises: put calendars and promises in force."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from django.db import connection
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sla.hours import weeks_of
from fondaco.frontoffice.sla.models import (
    BusinessCalendar,
    CalendarHours,
    EscalationStep,
    Opening,
    PromiseLine,
    ServicePromise,
)
from fondaco.frontoffice.sla.openings import Week, openings
from fondaco.frontoffice.sla.refusals import CalendarNotInForce, HoursOverlap, NoHours, NoPromises, TooLong
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

#: Openings are known so far back, for what came before a calendar was written, and so far ahead; each day moves the end on.
BACK, AHEAD = timedelta(days=400), timedelta(days=1100)
#: Every promise must run out within this time.
REACH = timedelta(days=366)


@action(
    BusinessCalendar, moves={"draft": "active"}, permission="sla.activate_calendar", title=_("Put in force"), done=_("In force"), name="activate_calendar",
)  # fmt: skip
def activate_calendar(calendars: DocumentSet[BusinessCalendar]) -> None:
    """Put business calendars in force: their openings are written down, and they never change again."""
    weeks = weeks_of(calendars.rows)
    bare = [c for c in calendars if not any(weeks[c.pk].hours.values())]
    if bare:
        raise NoHours(document=", ".join(c.name for c in bare[:20]), rows=rows_json(bare))
    for calendar in calendars:
        for weekday, hours in weeks[calendar.pk].hours.items():
            for one, other in pairwise(hours):
                if f"{one[1]}" != "00:00:00" and one[1] <= other[0]:
                    continue
                said = [f"{a:%H:%M}-{b:%H:%M}" for a, b in (one, other)]
                raise HoursOverlap(document=calendar.name, weekday=CalendarHours.WEEKDAYS[weekday][1], first=said[0], second=said[1])
    calendars.number()
    for calendar in calendars:
        calendar.active_from = timezone.now()
    calendars.save_with_state("active_from")
    today = timezone.localdate()
    insert_rows(Opening, [o for c in calendars for o in _opened(c.pk, weeks[c.pk], today - BACK, today + AHEAD, 0)])


def _opened(calendar: int, week: Week, first: date, last: date, seconds: int) -> list[Opening]:
    made = []
    for opens, closes in openings(week, first, last):
        made.append(Opening(calendar_id=calendar, opens_at=opens, closes_at=closes, seconds_before=seconds))
        seconds += round((closes - opens).total_seconds())
    return made


def extend(today: date) -> int:
    """Write down the openings of calendars in force as far ahead as always; returns how many were added. Four statements."""
    calendars = list(BusinessCalendar.objects.select_for_update().filter(state="active").order_by("pk"))
    weeks, added = weeks_of(calendars), []
    ends = dict(Opening.objects.filter(calendar__in=weeks).values_list("calendar_id").annotate(last=Max("opens_at")).order_by())
    last = {
        o.calendar_id: o
        for o in Opening.objects.filter(calendar__in=weeks, opens_at__in=set(ends.values()))
        if ends[o.calendar_id] == o.opens_at
    }
    for calendar in calendars:
        end, week = last[calendar.pk], weeks[calendar.pk]
        first = end.closes_at.astimezone(week.zone).date() + timedelta(days=1)
        if first < today + AHEAD - timedelta(days=30):
            before = end.seconds_before + round((end.closes_at - end.opens_at).total_seconds())
            added += _opened(calendar.pk, week, first, today + AHEAD, before)
    insert_rows(Opening, added)
    return len(added)


@action(ServicePromise, moves={"draft": "active"}, permission="sla.activate_promise", title=_("Put in force"), done=_("In force"))
def activate(promises: DocumentSet[ServicePromise]) -> None:
    """Put service promises in force: tickets that come from now on are served by them, and those before keep what they were promised."""
    lines = list(PromiseLine.objects.filter(promise__in=promises.ids).select_related("calendar").order_by("pk"))
    by_key = {p.pk: p for p in promises}
    bare = [p for p in promises if p.pk not in {line.promise_id for line in lines}]
    if bare:
        raise NoPromises(document=", ".join(p.name for p in bare[:20]), rows=rows_json(bare))
    for line in lines:
        if line.calendar.state != "active":
            raise CalendarNotInForce(document=by_key[line.promise_id].name, calendar=line.calendar.name)
    _check_reach(lines, by_key)
    before = ServicePromise.objects.select_for_update().filter(company__in=[p.company_id for p in promises], state="active").order_by("pk")
    keys = [p.pk for p in before]
    update_rows(ServicePromise, {"id": keys, "state": ["retired"] * len(keys)})
    promises.number()
    for promise in promises:
        promise.active_from = timezone.now()
    promises.save_with_state("active_from")


def _check_reach(lines: Sequence[PromiseLine], promises: dict[int, ServicePromise]) -> None:
    """Refuse a time that would take more than a year of its calendar; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c, sla_position(c, %s) - sla_position(c, %s) from unnest(%s::bigint[]) c",
            [timezone.now() + REACH, timezone.now(), list({line.calendar_id for line in lines})],
        )
        seconds = dict(cursor.fetchall())
    for line in lines:
        longest = max(line.first_minutes or 0, line.next_minutes or 0, line.solution_minutes or 0)
        if longest * 60 > seconds[line.calendar_id]:
            raise TooLong(document=promises[line.promise_id].name, minutes=longest, calendar=line.calendar.name)


def has_steps() -> bool:
    """Whether there is anything that could be escalated."""
    return EscalationStep.objects.filter(promise__state__in=["active", "retired"]).exists()
