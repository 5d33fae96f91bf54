"""What every business row carries: its key, its version, and who made it when."""

from django.db import models
from django.db.models.functions import Now


class ActorName(models.Func):
    """The actor of the unit of work, as the database knows it; outside of one, the database refuses the row."""

    function = "current_setting"
    template = "current_setting('fondaco.actor')"
    output_field = models.TextField()


class Row(models.Model):
    """A business row. The version moves with every change (by trigger), and every change is kept in the history.

    Class attributes read by ``platform.database.migrating``: ``append_only`` (the application may never change or
    delete a row), ``written_by_triggers`` (it may only read), ``secret_columns`` (kept out of the history).
    """

    version = models.BigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.TextField(db_default=ActorName(), editable=False)

    class Meta:
        abstract = True
