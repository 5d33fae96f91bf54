"""The outbox: what must leave the house is written with the business change and sent after its commit."""

from django.db import models


class OutboxMessage(models.Model):
    """A message to the outside world (mail, webhook), sent at least once and marked when done.

    ``key`` names the effect: a second message with the same key is the same effect and is refused by the database.
    """

    key = models.TextField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    channel = models.TextField()
    payload = models.JSONField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.BigIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["next_attempt_at", "id"], name="outbox_waiting", condition=models.Q(sent_at__isnull=True))]

    def __str__(self) -> str:
        return self.key
