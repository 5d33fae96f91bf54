"""Files on any record. The bytes lie in the data folder under their own digest; the row says what they are called and where they belong."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Attachment(Row):
    """A file on the record ``row_id`` of ``table_name``; seen by whoever may see that record.

    ``digest`` is the SHA-256 of the bytes in lower-case hexadecimal and names them on disk; ``size`` is in bytes. A file that is
    taken off a record stays in the record's history, and its bytes stay on disk for the backups that name them.
    """

    company_path = None

    table_name = models.TextField()
    row_id = models.BigIntegerField()
    name = models.TextField(_("name"))
    media_type = models.TextField(_("kind"))
    size = models.BigIntegerField(_("size"))
    digest = models.TextField()

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")
        indexes = [models.Index(fields=["table_name", "row_id", "-id"], name="file_of_row")]
        constraints = [
            models.UniqueConstraint(fields=["table_name", "row_id", "digest", "name"], name="file_once_on_a_row"),
            models.CheckConstraint(name="file_has_bytes", condition=Q(size__gt=0)),
            models.CheckConstraint(name="file_digest", condition=Q(digest__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(name="file_name", condition=~Q(name="") & ~Q(name__regex="[/\\\\[:cntrl:]]")),
        ]

    def __str__(self) -> str:
        return self.name
