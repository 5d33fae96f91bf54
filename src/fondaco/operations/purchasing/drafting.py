"""Purchase orders that other rooms draw up: proposals that were accepted, goods bought for one order."""

from collections.abc import Sequence

from fondaco.operations.inventory.actions import write as write_papers
from fondaco.operations.purchasing.resources import PurchaseOrderResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Draft


def draft_orders(drafts: Sequence[Draft], actor: Actor) -> list[int]:
    """Complete and write drafts of purchase orders with their lines; their keys. Statements do not grow with the drafts."""
    if not drafts:
        return []
    PurchaseOrderResource.prepare(drafts, actor)
    return [row.pk for row in write_papers(drafts, "order")]
