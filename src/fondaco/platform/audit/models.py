"""The change history: what every business row was before, written by triggers and never by the application."""

from django.db import models
from django.db.models.functions import Now

from fondaco.platform.database.rows import ActorName


class Change(models.Model):
    """One change or deletion of one row: ``changes`` maps each changed column to ``[before, after]``.

    The insert is the row itself (``created_by``, ``created_at``). A row without an actor cannot be written, so a
    change made outside a unit of work is refused by the database.
    """

    written_by_triggers = True

    table_name = models.TextField()
    row_id = models.BigIntegerField()
    operation = models.TextField()
    changes = models.JSONField()
    actor = models.TextField(db_default=ActorName())
    verb = models.TextField()
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["table_name", "row_id", "-id"], name="change_of_row")]
        constraints = [
            models.CheckConstraint(name="change_has_actor", condition=~models.Q(actor="")),
            models.CheckConstraint(name="change_is_update_or_delete", condition=models.Q(operation__in=["update", "delete"])),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"
