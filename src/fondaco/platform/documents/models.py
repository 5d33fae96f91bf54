"""Documents, their numbers, and the keys that make a write happen once."""

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.rows import Row


class Document(Row):
    """A business paper that moves through states by verbs and is numbered once.

    A subclass declares ``state`` with its own choices, a foreign key ``company``, and the class attributes
    ``initial_state``, ``editable_states`` (where create and edit may change it), ``amendable_states`` (where it may be changed for a
    reason, and each version of it stays), ``series`` (the number series it draws from), ``owner_path`` (whose record it is), and
    ``date_field`` (the field that dates its number).
    """

    initial_state = "draft"
    editable_states: tuple[str, ...] = ("draft",)
    amendable_states: tuple[str, ...] = ()
    series: str = ""
    date_field = "on"

    number = models.TextField(_("number"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number or f"{self._meta.verbose_name} {_('draft')} {self.pk or ''}".strip()


class TransactionNumber(models.Func):
    """The number of the running transaction, the same in all its savepoints."""

    function = "txid_current"
    template = "txid_current()"
    output_field = models.BigIntegerField()


class Amendment(Row):
    """What a document said until it was amended: version ``version_number``, whole, and why it was changed.

    ``created_by`` and ``at`` tell who amended it and when: ``at`` is the moment that the change history has of the same transaction.
    ``transaction`` opens the document to the change, in that transaction only.
    """

    append_only = True
    company_path = None

    table_name = models.TextField()
    row_id = models.BigIntegerField()
    version_number = models.BigIntegerField()
    content = models.JSONField()
    reason = models.TextField(_("reason"))
    transaction = models.BigIntegerField(db_default=TransactionNumber(), editable=False)
    at = models.DateTimeField(db_default=TransactionNow(), editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("amendment"), _("amendments")
        constraints = [
            models.UniqueConstraint(fields=["table_name", "row_id", "version_number"], name="amendment_version_once"),
            models.CheckConstraint(name="amendment_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(name="amendment_counts_from_one", condition=models.Q(version_number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id} v{self.version_number}"


class NumberSeries(models.Model):
    """A counter that gives numbers without gaps: taken in the transaction that uses them, released by its roll-back.

    One row per company, series and year (year 0: the series never starts again). Ordinary series (``gapless`` false)
    are counted the same way, but early: drafts may take them and be thrown away.
    """

    company_id = models.BigIntegerField()
    key = models.TextField()
    year = models.BigIntegerField(default=0)
    prefix = models.TextField(blank=True)
    digits = models.BigIntegerField(default=5)
    last_number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "key", "year"], name="series_once"),
            models.CheckConstraint(name="series_counts_up", condition=models.Q(last_number__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.year}"


class IdempotencyKey(models.Model):
    """The answer already given to a write: the same key with the same content gets it again, never a second effect."""

    actor = models.TextField()
    key = models.TextField()
    fingerprint = models.TextField()
    answer = models.JSONField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
