"""The one-row table that every tenant schema holds, so that a statement can be sent to where the tenant's rows live."""

from django.db import models

from fondaco.platform.database.lookups import Listed, RelatedListed
from fondaco.platform.database.moments import MomentLoader

#: Every condition of every room is written by these, and every moment read by that.
LOOKUPS, MOMENTS = (Listed, RelatedListed), MomentLoader


class One(models.Model):
    """One row. ``flush_constraints()`` is selected from it before every commit (see docs/architecture.md, section 9)."""

    class Meta:
        db_table = "one"
        constraints = [models.CheckConstraint(name="one_is_one", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return "one"
