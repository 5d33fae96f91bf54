"""Who works when, and how fast customers are to be answered (SV-10)."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row

#: The longest shift.
LONGEST = timedelta(hours=16)


class Shift(Row):
    """From when to when an agent works. Nobody works twice at a time, in whatever company."""

    owner_path = "user"
    label_paths = ("user__name", "starts_at")

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("agent"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("shift"), _("shifts")
        constraints = [
            models.CheckConstraint(name="shift_runs_forward", condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + LONGEST)),
            ExclusionConstraint(
                name="shift_once_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (Func(F("starts_at"), F("ends_at"), Value("[)"), function="tstzrange", output_field=DateTimeRangeField()), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["company", "starts_at"], name="shift_by_begin")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts_at:%Y-%m-%d %H:%M}"


class QueueTarget(Row):
    """How many of a hundred contacts of a queue are to be answered within how many seconds, and how long one takes. The empty queue is all of them."""

    seldom_changes = True
    label_paths = ("queue",)

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="+", verbose_name=_("company"))
    queue = models.TextField(_("queue"), blank=True, help_text=_("Empty: all together"))
    percent = models.BigIntegerField(_("to be answered, %"), default=80)
    within_seconds = models.BigIntegerField(_("within seconds"), default=20)
    handling_seconds = models.BigIntegerField(_("one takes, seconds"), default=240)

    class Meta:
        verbose_name, verbose_name_plural = _("target of a queue"), _("targets of queues")
        constraints = [
            models.UniqueConstraint(fields=["company", "queue"], name="queue_target_once"),
            models.CheckConstraint(
                name="queue_target_figures",
                condition=Q(percent__gte=1, percent__lte=99, within_seconds__gte=0, within_seconds__lte=86_400, handling_seconds__gte=1, handling_seconds__lte=86_400),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.queue
