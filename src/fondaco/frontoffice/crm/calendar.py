"""Activities in people's calendars (SA-05): what correspondence shows of them there."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fondaco.frontoffice.correspondence.calendars import Entry, Incoming, keeps_calendars
from fondaco.frontoffice.crm.models import Activity
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.bulk import insert_rows, update_rows

VIEW, WRITE = "crm.view_activity", "crm.write_activity"
#: How long an activity is taken to last: it has a beginning only.
LASTS = {"call": timedelta(minutes=30), "meeting": timedelta(hours=1), "visit": timedelta(hours=2)}
SHORT = timedelta(minutes=15)


class Activities:
    """Activities that have a time, in the calendars of those they are assigned to."""

    prefix = "activity-"

    def entries(self, actor: Actor, first: datetime, last: datetime, most: int) -> Sequence[Entry]:
        return _entries(_own(actor, VIEW).filter(due_at__gte=first, due_at__lt=last), most)

    def named(self, actor: Actor, uids: Sequence[str]) -> Sequence[Entry]:
        return _entries(_own(actor, VIEW).filter(pk__in=_keys(uids), due_at__isnull=False)) if uids else []

    def open(self, actor: Actor, company: int, given: Sequence[Incoming]) -> Sequence[Entry]:
        if not actor.may(WRITE, company):
            return []
        rows = [
            Activity(company_id=company, party_id=i.party, kind="meeting", subject=i.title, due_at=i.starts_at, assignee_id=actor.user_id)
            for i in given
        ]
        insert_rows(Activity, rows)
        return _entries(Activity.objects.filter(pk__in=[r.pk for r in rows]))

    def change(self, actor: Actor, given: Mapping[str, Incoming]) -> Sequence[Entry]:
        wanted = {key: incoming for uid, incoming in given.items() for key in _keys([uid])}
        rows = (
            list(_own(actor, WRITE).filter(pk__in=wanted).select_related("party").order_by("pk").select_for_update(of=("self",)))
            if wanted
            else []
        )
        for row in rows:
            row.due_at = wanted[row.pk].starts_at
            row.subject = _subject(row, wanted[row.pk].title)
        update_rows(Activity, {"id": [r.pk for r in rows], "due_at": [r.due_at for r in rows], "subject": [r.subject for r in rows]})
        return _entries(Activity.objects.filter(pk__in=[r.pk for r in rows]))

    def unschedule(self, actor: Actor, uids: Sequence[str]) -> None:
        keys = list(_own(actor, WRITE).filter(pk__in=_keys(uids), done_at__isnull=True).values_list("pk", flat=True)) if uids else []
        update_rows(Activity, {"id": keys, "due_at": [None] * len(keys)})


keeps_calendars(Activities())


def _own(actor: Actor, permission: str) -> Any:
    return visible(Activity.objects.filter(assignee=actor.user_id), actor, permission)


def _entries(rows: Any, most: int | None = None) -> list[Entry]:
    return [entry_of(a) for a in rows.select_related("party").order_by("due_at", "pk")[:most]]


def _keys(uids: Sequence[str]) -> list[int]:
    found = [uid.removeprefix(Activities.prefix).partition("@")[0] for uid in uids]
    return [int(key) for key in found if key.isdecimal() and len(key) < 19]


def _subject(activity: Activity, title: str) -> str:
    """The subject in a title that a calendar program gave back, without what we had put around it."""
    own = entry_of(activity).title
    before, after = own.split(activity.subject, 1) if activity.subject in own else ("", "")
    return (title.removeprefix("✓ ").removeprefix(before).removesuffix(after).strip() or activity.subject)[:300]


def entry_of(activity: Activity) -> Entry:
    """An activity as an entry; its kind, and whom it concerns, are in its words."""
    assert activity.due_at is not None
    party = activity.party
    reached = [party.phone, party.email, *([activity.outcome] if activity.outcome else [])]
    return Entry(
        uid=f"activity-{activity.pk}@fondaco",
        sequence=activity.version,
        starts_at=activity.due_at,
        ends_at=activity.due_at + LASTS.get(activity.kind, SHORT),
        title=f"{activity.get_kind_display().capitalize()}: {activity.subject} ({party.name})",
        text="\n".join(filter(None, reached)),
        place=activity.place or (party.city if activity.kind == "visit" else ""),
        page=f"/activities/{activity.pk}",
        changed_at=activity.done_at or activity.created_at,
        is_done=activity.done_at is not None,
    )
