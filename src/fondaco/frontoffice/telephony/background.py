"""What telephony does by itself: audio is fetched from Twilio, deleted when its days are over, and calls whose end was lost are ended."""

import base64
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.telephony.models import Call, CallRecording, PhoneLine
from fondaco.frontoffice.telephony.notices import TOKEN, secret_of
from fondaco.frontoffice.telephony.noticing import call_taker, something_waits
from fondaco.frontoffice.telephony.queries import LOST_SIGHT
from fondaco.frontoffice.telephony.retaining import DELETE, delete_bytes, forget
from fondaco.frontoffice.telephony.taking import ENDINGS, FETCH, Event, take
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.events.calling import NoAnswer, call
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import Noted, carries
from fondaco.platform.files.attaching import keeps
from fondaco.platform.files.models import Attachment
from fondaco.platform.files.storing import Kept, keep, path_of
from fondaco.platform.jobs.working import Progress, daily, every, hourly

LARGEST_AUDIO = 24 * 1024 * 1024
SERVER = "api.twilio.com"
#: What Twilio answers about a recording that it has no more.
GONE = 404


@carries(FETCH)
def fetch(key: str, payload: Mapping[str, Any]) -> Noted | None:
    """Fetch the audio of a recording from Twilio; what is kept here, or may not be kept any more, is deleted there."""
    with unit_of_work("program.telephony", FETCH):
        line = PhoneLine.objects.get(pk=payload["line"])
        recording = CallRecording.objects.get(pk=payload["recording"])
    address = str(payload["address"])
    if urlsplit(address).netloc != SERVER:
        return None
    account = base64.b64encode(f"{line.account}:".encode() + secret_of(line.sealed_token, TOKEN)).decode()
    headers = {"Authorization": f"Basic {account}"}
    if recording.deleted_at is None and recording.attachment_id is None:
        found = call("GET", f"{address}.mp3", headers=headers, largest=LARGEST_AUDIO)
        if not found.is_success or not found.body:
            raise NoAnswer(f"{found.status}: {found.beginning()}")
        kept = keep(f"{recording.kind} {recording.at:%Y-%m-%d %H.%M.%S}.{ENDINGS.get(found.media_type, 'mp3')}", [found.body])
        return partial(_put_on, recording.pk, kept, payload)
    gone = call("DELETE", f"{address}.json", headers=headers)
    if not gone.is_success and gone.status != GONE:
        raise NoAnswer(f"{gone.status}: {gone.beginning()}")
    return None


def _put_on(key: int, kept: Kept, payload: Mapping[str, Any]) -> None:
    """The audio is a file of its call now, unless it may not be kept any more since it was asked for; with that, it is to be deleted at Twilio."""
    again = OutboxMessage(key=f"{FETCH}:{key}:delete", created_at=timezone.now(), channel=FETCH, payload=dict(payload))
    insert_rows(OutboxMessage, [again])
    recording = CallRecording.objects.select_for_update(of=("self",)).get(pk=key)
    if recording.deleted_at is not None:
        delete_bytes([(f"late:{key}", kept.digest)])
        return
    attachment = Attachment(
        table_name=Call._meta.db_table,
        row_id=recording.call_id,
        name=kept.name,
        media_type=kept.media_type,
        size=kept.size,
        digest=kept.digest,
    )
    insert_rows(Attachment, [attachment])
    update_rows(CallRecording, {"id": [key], "attachment": [attachment.pk]})


@daily("telephony.forget_audio", _("Delete the audio of calls whose days are over"))
def forget_audio(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Take audio off its calls on the day said when it was made; that there was a recording stays. The bytes go after the commit."""
    due = list(
        CallRecording.objects.filter(delete_on__lte=date.fromisoformat(on), deleted_at__isnull=True)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    forget(due)
    return {"deleted": len(due)}


@carries(DELETE)
def delete_audio(key: str, payload: Mapping[str, Any]) -> None:
    """Delete bytes that no record names any more."""
    digest = str(payload["digest"])
    with unit_of_work("program.telephony", DELETE):
        if not Attachment.objects.filter(digest=digest).exists():
            path_of(digest).unlink(missing_ok=True)


@keeps
def keep_recordings(files: Any) -> set[int]:
    """Audio of calls is taken off on its day, not by hand."""
    return set(CallRecording.objects.filter(attachment__in=[f.pk for f in files]).values_list("attachment_id", flat=True))


@every(1, "telephony.take_waiting", _("Take notices of calls that wait"), something_waits)
def take_what_waits(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """Whoever was taking notices may have been killed, and no other one came since: they are taken beside this job, whose transaction would hold others up."""
    call_taker()
    return {}


def _live() -> bool:
    return Call.objects.filter(state__in=Call.LIVE).exists()


@hourly("telephony.lost_sight", _("End calls whose end was never told"), _live)
def lost_sight(actor: Actor, progress: Progress, *, on: str) -> Mapping[str, Any]:
    """A call that goes on for six hours is one whose end was lost on the way: it ends as if the telephone system had said that it failed."""
    now = timezone.now()
    gone = Call.objects.filter(state__in=Call.LIVE, started_at__lt=now - LOST_SIGHT).select_related("line").order_by("pk")[:500]
    told = [
        (c.line, Event(f"lost-sight:{c.pk}", c.external_id, "ended", now, direction=c.direction, data={"reason": "failed"})) for c in gone
    ]
    return {"ended": len(take(told))}
