"""The label with which a customer sends goods back: a carrier is booked for it from the return."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.sales.models import ReturnAuthorisation, ReturnLine
from fondaco.frontoffice.sales.queries import DEMAND
from fondaco.operations.inventory.models import GoodsIssue, GoodsIssueLine
from fondaco.operations.shipping.booking import book_back
from fondaco.operations.shipping.drawing import Comes, Weighed
from fondaco.operations.shipping.refusals import NothingWasDelivered
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json

Centimetres = Annotated[Decimal, Field(gt=0, le=1000)]


@action(
    ReturnAuthorisation,
    moves={"authorised": "authorised"},
    permission="shipping.hand_over",
    name="book_label",
    title=_("Book the label"),
    done=_("Booked, or on its way to the carrier"),
)
def book_label(
    returns: DocumentSet[ReturnAuthorisation],
    *,
    carrier: Annotated[int, Field(json_schema_extra={"resource": "carriers"})],
    service: Annotated[int | None, Field(json_schema_extra={"resource": "carrier-services"})] = None,
    gross_kg: Annotated[Decimal, Field(gt=0, le=10_000)],
    length_cm: Centimetres | None = None,
    width_cm: Centimetres | None = None,
    height_cm: Centimetres | None = None,
    on: Annotated[date | None, Field(json_schema_extra={"empty": True})] = None,
    collects: bool = False,
    tell_customer: bool = True,
) -> None:
    """Book the label with which the customer sends the goods back, in one parcel, from where they were delivered to their warehouse; at our cost. He gets
    it by mail as soon as the carrier has answered, and finds it in the portal."""
    goods: dict[int, list[str]] = defaultdict(list)
    wanted: dict[int, list[int]] = defaultdict(list)
    lines = ReturnLine.objects.filter(authorisation__in=returns.ids).select_related("product").order_by("authorisation", "position", "pk")
    for ln in lines:
        goods[ln.authorisation_id].append(ln.product.name)
        wanted[ln.order_line_id].append(ln.authorisation_id)
    delivered = GoodsIssueLine.objects.filter(issue__state="posted", demand_table=DEMAND, demand_line__in=wanted).select_related("issue")
    # Where the goods were delivered last, by return.
    newest: dict[int, GoodsIssue] = {}
    for of_issue in delivered.order_by("issue__on", "issue_id"):
        newest |= dict.fromkeys(wanted[of_issue.demand_line or 0], of_issue.issue)
    if nothing := [r for r in returns if r.pk not in newest]:
        raise NothingWasDelivered(document=nothing[0], rows=rows_json(nothing))
    back = [Comes(newest[r.pk], r, ", ".join(dict.fromkeys(goods[r.pk]))) for r in returns]
    parcel = Weighed(gross_kg, length_cm, width_cm, height_cm)
    rows = book_back(back, parcel, returns.actor, carrier=carrier, service=service, on=on, collects=collects, tell_customer=tell_customer)
    returns.made["consignments"] = [row.pk for row in rows]
