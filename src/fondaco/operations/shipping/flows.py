"""Where transport documents and consignments stand in the flow of a deal."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from fondaco.operations.inventory.models import GoodsIssue
from fondaco.operations.shipping.models import Consignment, TransportDocument
from fondaco.platform.documents.flow import by_key, follows, stands


def _with_delivery(keys: Collection[int], are_deliveries: bool) -> Iterable[tuple[int, int]]:
    wanted = {"source_id__in": keys} if are_deliveries else {"pk__in": keys}
    return TransportDocument.objects.filter(source_table=GoodsIssue._meta.db_table, **wanted).values_list("source_id", "pk")


stands(TransportDocument, place=31, title=_("Transport document"), permission="shipping.view_transport")
follows(GoodsIssue, TransportDocument, _with_delivery)
stands(Consignment, place=32, title=_("Consignment"), permission="shipping.view_package")
follows(GoodsIssue, Consignment, by_key(Consignment, "issue"))
