"""Notes of colleagues on any record. What is written stays; a mistake is corrected by another note."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Note(Row):
    """A note on the record ``row_id`` of ``table_name``; seen by whoever may see that record."""

    append_only = True
    company_path = None

    table_name = models.TextField()
    row_id = models.BigIntegerField()
    text = models.TextField(_("note"))

    class Meta:
        verbose_name, verbose_name_plural = _("note"), _("notes")
        indexes = [models.Index(fields=["table_name", "row_id", "-id"], name="note_of_row")]
        constraints = [models.CheckConstraint(name="note_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return self.text[:60]
