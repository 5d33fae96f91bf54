"""How the outbox is shown: what waits, what was sent, what was given up."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.jobs import actions  # noqa: F401  verbs are declared on import
from fondaco.platform.jobs.models import Job
from fondaco.platform.resources.declare import Column, Resource, register


@register
class OutboxResource(Resource):
    model, key = OutboxMessage, "outbox"
    title, title_one, job, icon = _("Outgoing messages"), _("Outgoing message"), "set_up", "note"
    view_permission = "events.view_outbox"
    columns = [
        Column("created_at", _("Written at")),
        Column("channel", _("Channel")),
        Column("key", _("Effect")),
        Column("sent_at", _("Sent at")),
        Column("withheld_at", _("Kept back at"), rare=True),
        Column("attempts", _("Attempts")),
        Column("next_attempt_at", _("Next attempt")),
        Column("last_error", _("Last error")),
    ]
    filters = ["channel", "sent_at", "attempts", "created_at"]
    conditions = {
        "waiting": (_("to be sent"), lambda: Q(sent_at__isnull=True, withheld_at__isnull=True, attempts__lt=OutboxMessage.MOST_ATTEMPTS)),
        "given_up": (_("given up"), lambda: Q(sent_at__isnull=True, attempts__gte=OutboxMessage.MOST_ATTEMPTS)),
        "withheld": (_("kept back"), lambda: Q(withheld_at__isnull=False)),
    }
    search = ["key", "last_error"]


@register
class JobResource(Resource):
    """Long work in the background: how far it is and what became of it. The permission with the scope *own* shows the asker's own."""

    model, key = Job, "jobs"
    title, title_one, job, icon = _("Jobs"), _("Job"), "set_up", "clock"
    view_permission = "jobs.view_job"
    columns = ["title", "state", "done", "total", "actor", "created_at", "ended_at", "message"]
    fields = ["title", "state", "kind", "actor", "done", "total", "message", "attempts", "created_at", "started_at", "ended_at"]
    filters = ["state", "kind", "actor", "created_at"]
    search = ["title", "message"]
