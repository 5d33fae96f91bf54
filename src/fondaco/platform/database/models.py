"""The one-row table that every tenant schema holds, so that a statement can be sent to where the tenant's rows live."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from fondaco.platform.database.knowing import known
from fondaco.platform.database.lookups import Listed, RelatedListed
from fondaco.platform.database.moments import MomentLoader

#: Every condition of every room is written by these, every moment read by that, and what seldom changes kept by the last.
LOOKUPS, MOMENTS, KNOWN = (Listed, RelatedListed), MomentLoader, known


class One(models.Model):
    """One row. ``flush_constraints()`` is selected from it before every commit (see docs/architecture.md, section 9).

    ``stamp`` is drawn anew by every change of what seldom changes (``platform.database.knowing``).
    """

    stamp = models.UUIDField(db_default=RandomUUID(), editable=False)

    class Meta:
        db_table = "one"
        constraints = [models.CheckConstraint(name="one_is_one", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return "one"
