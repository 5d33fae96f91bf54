"""Verbs on the background's work."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.jobs.models import Job
from fondaco.platform.jobs.working import ask_to_stop


@action(OutboxMessage, permission="events.send_again", title=_("Send again"), done=_("Will be sent again"))
def send_again(messages: DocumentSet[OutboxMessage]) -> None:
    """Try messages again at once that were given up or wait for their next attempt; what was sent stays sent."""
    waiting = [m.pk for m in messages if m.sent_at is None]
    update_rows(OutboxMessage, {"id": waiting, "attempts": [0] * len(waiting), "next_attempt_at": [None] * len(waiting)})


@action(Job, permission="jobs.stop", title=_("Stop"), done=_("Will be stopped"), dangerous=True)
def stop(jobs: DocumentSet[Job]) -> None:
    """Stop jobs: one that waits is never begun; one that runs ends at its next step, and nothing of it is written."""
    ask_to_stop(jobs.ids)


@action(Job, permission="jobs.run_again", title=_("Run again"), done=_("Will be run again"))
def run_again(jobs: DocumentSet[Job]) -> None:
    """Run jobs again that were refused, stopped or failed: nothing of them was written."""
    again = {"state": Job.WAITING, "stop_asked": False, "attempts": 0, "done": 0, "message": "", "ended_at": None}
    Job.objects.filter(pk__in=jobs.ids, state__in=[Job.REFUSED, Job.FAILED, Job.STOPPED]).update(**again)
