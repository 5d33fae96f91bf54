"""Audio that may not be kept any longer: because its days are over, or because the caller took his consent back."""

from collections.abc import Sequence

from django.utils import timezone

from fondaco.frontoffice.telephony.models import CallRecording
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.files.models import Attachment

DELETE = "telephony.delete_audio"


def forget(recordings: Sequence[CallRecording]) -> None:
    """Take the audio off its calls; that there was a recording stays. The bytes go through the outbox, after the commit."""
    files = list(Attachment.objects.filter(pk__in=[r.attachment_id for r in recordings if r.attachment_id])) if recordings else []
    now = timezone.now()
    update_rows(
        CallRecording,
        {"id": [r.pk for r in recordings], "attachment": [None] * len(recordings), "deleted_at": [now] * len(recordings)},
    )
    if files:
        Attachment.objects.filter(pk__in=[f.pk for f in files]).delete()
    delete_bytes([(f"{f.pk}", f.digest) for f in files])


def delete_bytes(named: Sequence[tuple[str, str]]) -> None:
    """Have bytes deleted that no record names any more: (key of the effect, digest)."""
    now = timezone.now()
    insert_rows(
        OutboxMessage,
        [OutboxMessage(key=f"{DELETE}:{key}", created_at=now, channel=DELETE, payload={"digest": digest}) for key, digest in named],
    )
