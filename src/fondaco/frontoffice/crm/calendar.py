"""Activities in people's calendars (SA-05): what correspondence shows of them there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fondaco.frontoffice.correspondence.calendars import Entry, fills_calendars
from fondaco.frontoffice.crm.models import Activity
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible

VIEW = "crm.view_activity"
#: How long an activity is taken to last: it has a beginning only.
LASTS = {"call": timedelta(minutes=30), "meeting": timedelta(hours=1), "visit": timedelta(hours=2)}
SHORT = timedelta(minutes=15)


@fills_calendars
def activities(actor: Actor, first: datetime, last: datetime, most: int) -> Sequence[Entry]:
    """The actor's own activities that have a time."""
    rows = visible(Activity.objects.filter(assignee=actor.user_id, due_at__gte=first, due_at__lt=last), actor, VIEW)
    return [entry_of(a) for a in rows.select_related("party").order_by("due_at", "pk")[:most]]


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
        place=party.city if activity.kind == "visit" else "",
        page=f"/activities/{activity.pk}",
        changed_at=activity.done_at or activity.created_at,
        is_done=activity.done_at is not None,
    )
