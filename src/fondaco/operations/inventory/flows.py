"""Where deliveries and returns stand in the flow of a deal."""

from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.models import GoodsIssue, GoodsReturn
from fondaco.operations.inventory.resources import VIEW
from fondaco.platform.documents.flow import by_key, follows, stands, to_key

ENTRY = GoodsIssue._meta.get_field("entry").related_model

stands(GoodsIssue, place=30, title=_("Delivery"), permission=VIEW, expected=True)
stands(GoodsReturn, place=35, title=_("Return"), permission=VIEW, variant=lambda _row: (_("Return"), True))
follows(GoodsIssue, GoodsReturn, by_key(GoodsReturn, "delivery"))
follows(GoodsIssue, ENTRY, to_key(GoodsIssue, "entry"))  # type: ignore[arg-type]
follows(GoodsReturn, ENTRY, to_key(GoodsReturn, "entry"))  # type: ignore[arg-type]
