"""Long work in the background: who wants it, how far it is, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of work for the worker. It acts with the rights of ``actor``, at the time it runs.

    ``done`` of ``total`` tells how far it is (no unit; ``total`` 0: not known yet). ``key``, where given, names the effect: the same key
    twice is one job. A worker that holds a job says so by ``beat_at``; one that falls silent loses it to another.
    """

    WAITING, RUNNING, DONE, REFUSED, FAILED, STOPPED = "waiting", "running", "done", "refused", "failed", "stopped"
    OVER = (DONE, REFUSED, FAILED, STOPPED)
    STATES = [
        (WAITING, _("Waiting")),
        (RUNNING, _("Running")),
        (DONE, _("Done")),
        (REFUSED, _("Refused")),
        (FAILED, _("Failed")),
        (STOPPED, _("Stopped")),
    ]
    MOST_ATTEMPTS = 3
    company_path, owner_path = None, "user"
    label_paths = ("title",)

    kind = models.TextField(_("kind"))
    title = models.TextField(_("title"))
    key = models.TextField(null=True, unique=True)
    actor = models.TextField(_("by"))
    user = models.ForeignKey("access.User", models.PROTECT, null=True, verbose_name=_("user"))
    parameters = models.JSONField(default=dict)
    state = models.TextField(_("state"), choices=STATES, default=WAITING)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("of"), default=0)
    message = models.TextField(_("message"), default="")
    result = models.JSONField(default=dict)
    stop_asked = models.BooleanField(default=False)
    attempts = models.BigIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("job"), _("jobs")
        indexes = [
            models.Index(fields=["id"], name="job_to_do", condition=Q(state__in=["waiting", "running"])),
            models.Index(fields=["user", "-id"], name="job_of_user"),
        ]
        constraints = [
            models.CheckConstraint(name="job_state", condition=Q(state__in=["waiting", "running", "done", "refused", "failed", "stopped"])),
            models.CheckConstraint(name="job_progress", condition=Q(done__gte=0, total__gte=0)),
        ]

    def __str__(self) -> str:
        return self.title
