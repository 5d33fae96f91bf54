"""Leads and deals given to somebody else; rooms above say to whom."""

from collections.abc import Mapping

from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.platform.database.bulk import update_rows


def entrust(model: type[Lead] | type[Opportunity], owners: Mapping[int, int | None]) -> None:
    """Make each lead or opportunity that of the salesperson given for it, or nobody's; one statement."""
    keys = sorted(owners)
    update_rows(model, {"id": keys, "salesperson": [owners[k] for k in keys]})
