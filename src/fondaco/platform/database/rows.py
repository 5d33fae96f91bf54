"""What every business row carries: its key, its version, and who made it when."""

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.db import models
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now
from django.db.models.signals import class_prepared


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

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Self:
        """A row as it was read, without the ceremonies of a new one (defaults, signals, one assignment a field): a third of their time."""
        row = cls.__new__(cls)
        row.__dict__.update(zip(field_names, values, strict=True))
        row._state = ModelState()
        row._state.adding, row._state.db = False, db
        return row


def _share_defaults(sender: type[models.Model], **_signal: Any) -> None:
    """Let all new rows of a model share what stands for "the database knows": Django makes it anew for each field of each row."""
    for field in sender._meta.local_fields:
        if field.db_default is not models.NOT_PROVIDED:
            shared = DatabaseDefault(field._db_default_expression, output_field=field)
            field.__dict__["_get_default"] = lambda shared=shared: shared


class_prepared.connect(_share_defaults)


def related(rows: Iterable[Any], name: str) -> dict[Any, Any]:
    """What ``rows`` point at with the foreign key ``name``, by key; one statement at most, none where all is at hand already."""
    found: dict[Any, Any] = {}
    missing: dict[Any, type[models.Model]] = {}
    for row in rows:
        field = row._meta.get_field(name)
        key = getattr(row, field.attname)
        if key is not None and key not in found:
            if field.is_cached(row):
                found[key] = getattr(row, name)
                missing.pop(key, None)
            else:
                missing[key] = field.related_model
    if missing:
        (model,) = set(missing.values())
        found |= model._default_manager.in_bulk(missing)  # type: ignore[arg-type]
    return found
