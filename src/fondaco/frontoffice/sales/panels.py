"""What sales shows on the page of a customer: quotes that wait for an answer, open orders, what is left of blanket orders, and returns."""

from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, JSONField, Min, OuterRef, Subquery, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Concat, JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.sales.models import BlanketLine, BlanketOrder, Order, OrderLine, Quote, ReturnAuthorisation
from fondaco.frontoffice.sales.queries import (
    MONEY,
    called_quantity,
    delivered,
    left_line_value,
    left_quantity,
    second_delivered,
    still_owed,
)
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.panels import Content, Figure
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import Column

SHOWN = 10
BLANKETS = "sales.view_blanket"
#: What a customer has open: model, right, states, the day it is for, and the resource whose page it opens.
OPEN: tuple[tuple[Any, str, tuple[str, ...], str, str], ...] = (
    (Quote, "sales.view_quote", ("sent",), "valid_until", "quotes"),
    (Order, "sales.view_order", ("confirmed",), "requested_on", "orders"),
    (ReturnAuthorisation, "sales.view_return", ("authorised", "received"), "expires_on", "return-authorisations"),
)


def _late(today: date) -> Any:
    """Of an order, since which day which of its goods should have left by today; nothing where none are late."""
    day = Coalesce("promised_on", "order__requested_on")
    lines = OrderLine.objects.annotate(delivered=delivered(), second_delivered=second_delivered(), day=day)
    late = lines.filter(still_owed(), order=OuterRef("pk"), product__kind="goods", day__lt=today)
    name = Concat("product__sku", Value(" ", TextField()), "product__name", output_field=TextField())
    # The day is the shorter key, and so comes first when such values are put in order.
    said = JSONObject(day=Min("day"), goods=StringAgg(name, ", ", order_by=("position", "pk")))
    return Subquery(late.order_by().values("order").annotate(said=said).values("said"), output_field=JSONField())


def papers(actor: Actor, company: Company, party: Party) -> Content | None:
    """Quotes the customer has not answered, open orders with what of them is late, and returns, the latest on top. One statement."""
    today = timezone.localdate()
    none = RawSQL("null::jsonb", (), output_field=JSONField())  # type: ignore[no-untyped-call]
    parts = []
    for model, right, states, until, resource in OPEN:
        if not actor.may(right, company.pk):
            continue
        seen = visible(model.objects.filter(company=company, customer=party, state__in=states), actor, right).order_by()
        is_priced = model is not ReturnAuthorisation
        parts.append(
            seen.annotate(
                resource=Value(resource), until=F(until), total=F("gross") if is_priced else Value(None, MONEY),
                code=F("currency_id") if is_priced else Value(None, TextField()), late=_late(today) if model is Order else none,
            ).values_list("resource", "pk", "number", "on", "until", "state", "total", "code", "late")
        )  # fmt: skip
    if not parts:
        return None
    found = list(parts[0].union(*parts[1:], all=True).order_by(F("late").asc(nulls_last=True), "-on", "-pk")[:SHOWN])
    words = {resource: (model._meta.verbose_name, dict(model.STATES)) for model, _right, _states, _until, resource in OPEN}
    rows = [
        {
            "resource": resource, "pk": pk, "number": number or "", "kind": str(words[resource][0]), "on": on, "until": until,
            "state": str(words[resource][1][state]), "total": total, "currency": code or "",
            "late_since": date.fromisoformat(late["day"]) if late else None, "late_goods": late["goods"] if late else "",
        }
        for resource, pk, number, on, until, state, total, code, late in found
    ]  # fmt: skip
    columns = [
        Column("number", _("Number")),
        Column("kind", _("Kind")),
        Column("on", _("Date"), "date"),
        Column("until", _("For or until"), "date"),
        Column("state", _("State")),
        Column("total", _("Total"), "amount"),
        Column("currency", _("Currency")),
    ]
    behind = [row for row in rows if row["late_since"]]
    if not behind:
        return Content(columns=columns, rows=rows, resource="orders")
    figures = [
        Figure(_("Late deliveries"), len(behind), "number"),
        Figure(_("Longest late, days"), (today - min(row["late_since"] for row in behind)).days, "number"),
    ]
    columns[1:1] = [Column("late_since", _("Late since"), "date"), Column("late_goods", _("What is late"))]
    return Content(figures, columns, rows, "orders")


def blankets(actor: Actor, company: Company, party: Party) -> Content | None:
    """What is left of blanket orders in force, line by line, the first to end on top. One statement."""
    if not actor.may(BLANKETS, company.pk):
        return None
    seen = visible(BlanketOrder.objects.filter(company=company, customer=party, state="in_force"), actor, BLANKETS)
    lines = (
        BlanketLine.objects.filter(blanket__in=seen)
        .annotate(called=called_quantity(), left=left_quantity(), left_value=left_line_value())
        .select_related("blanket", "product")
        .order_by("blanket__valid_to", "blanket_id", "position", "id")[:SHOWN]
    )
    rows = [
        {
            "pk": ln.blanket_id, "number": str(ln.blanket), "product": str(ln.product), "price": ln.unit_price, "called": ln.called,
            "left": ln.left, "left_value": ln.left_value, "currency": ln.blanket.currency_id, "valid_to": ln.blanket.valid_to,
        }
        for ln in lines
    ]  # fmt: skip
    if not rows:
        return None
    columns = [
        Column("number", _("Blanket order")),
        Column("product", _("Product")),
        Column("price", _("Unit price"), "price"),
        Column("called", _("Called off"), "quantity"),
        Column("left", _("Left"), "quantity"),
        Column("left_value", _("Left of the value"), "amount"),
        Column("currency", _("Currency")),
        Column("valid_to", _("Valid to"), "date"),
    ]
    return Content(columns=columns, rows=rows, resource="blanket-orders")


panels.register(_("Open quotes, orders and returns"), 22, papers)
panels.register(_("Left of blanket orders"), 36, blankets)
