"""Where requests for quotation stand in the flow of a deal."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from fondaco.operations.purchasing.models import PurchaseOrder
from fondaco.operations.sourcing.models import Award, QuoteRequest
from fondaco.platform.documents.flow import follows, stands


def _awarded(keys: Collection[int], are_requests: bool) -> Iterable[tuple[int, int]]:
    """Requests with the orders that came of them; one statement."""
    path = "offered__offer__invitation__request" if are_requests else "order_line__order"
    rows = Award.objects.filter(**{f"{path}__in": list(keys)}).order_by()
    return rows.values_list("offered__offer__invitation__request", "order_line__order").distinct()


stands(QuoteRequest, place=35, title=_("Request for quotation"), permission="sourcing.view_request")
follows(QuoteRequest, PurchaseOrder, _awarded)
