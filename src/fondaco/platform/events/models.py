"""The outbox: what must leave the house is written with the business change and sent after its commit."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxMessages(models.QuerySet["OutboxMessage"]):
    def due(self, now: datetime) -> "OutboxMessages":
        """Messages to try now: not sent, not given up, not withheld, and claimed by no worker."""
        ready = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=now)
        return self.filter(ready, sent_at__isnull=True, withheld_at__isnull=True, attempts__lt=OutboxMessage.MOST_ATTEMPTS)


class OutboxMessage(models.Model):
    """A message to the outside world (mail, webhook), sent at least once and marked when done.

    ``key`` names the effect: a second message with the same key is the same effect and is refused by the database. ``next_attempt_at``
    in the future means that a worker holds it, or that it rests after a failure; after ``MOST_ATTEMPTS`` it is given up.
    ``withheld_at``: it must not leave any more, as whoever judges it said when its turn came; ``last_error`` is why.
    """

    MOST_ATTEMPTS = 8
    company_path = None
    label_paths = ("key",)

    key = models.TextField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    channel = models.TextField()
    payload = models.JSONField()
    sent_at = models.DateTimeField(null=True)
    withheld_at = models.DateTimeField(null=True)
    attempts = models.BigIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")

    objects = OutboxMessages.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("outgoing message"), _("outgoing messages")
        indexes = [models.Index(fields=["next_attempt_at", "id"], name="outbox_waiting", condition=models.Q(sent_at__isnull=True))]

    def __str__(self) -> str:
        return self.key
