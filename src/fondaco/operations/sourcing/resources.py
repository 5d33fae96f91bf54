"""How requests for quotation and their answers are shown, written and served."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.users.models import OutsideSignIn
from fondaco.operations.inventory.models import Warehouse
from fondaco.operations.purchasing.memory import told_beside
from fondaco.operations.sourcing import actions, portal, refusals, requisitioning  # noqa: F401  verbs and sentences are declared on import
from fondaco.operations.sourcing.approving import REQUISITIONS
from fondaco.operations.sourcing.budgets import excesses, standings
from fondaco.operations.sourcing.completing import complete
from fondaco.operations.sourcing.models import (
    Award,
    Invitation,
    Offer,
    OfferLine,
    OrderAnswer,
    PurchaseBudget,
    QuoteRequest,
    QuoteRequestLine,
    Requisition,
    RequisitionLine,
    VendorAccess,
)
from fondaco.operations.sourcing.queries import free_elsewhere
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import figure, rounded
from fondaco.platform.resources.declare import Beside, Column, Draft, Lines, Resource, Wrong, register

VIEW, WRITE = "sourcing.view_request", "sourcing.write_request"


def _answers() -> Subquery:
    rows = Invitation.objects.filter(request=OuterRef("pk"), state="answered").order_by().values("request").annotate(n=Count("pk"))
    return Subquery(rows.values("n"))


@register
class QuoteRequestResource(Resource):
    model, key, natural_key = QuoteRequest, "quote-requests", "number"
    title, title_one, job, icon = _("Requests for quotation"), _("Request for quotation"), "buy", "note"
    view_permission, write_permission = VIEW, WRITE
    columns = ["number", "subject", "on", "answer_by", "state", Column("answers", _("answers"), "number")]
    fields = ["number", "state", "subject", "on", "answer_by", "warehouse", "conditions", "memo", "company"]
    writable = ["company", "subject", "on", "answer_by", "warehouse", "conditions", "memo"]
    filters, search, sort = ["company", "state", "on", "answer_by"], ["number", "subject"], "-id"
    conditions = {
        "open": (_("open"), lambda: Q(state="sent")),
        "to_award": (_("to award"), lambda: Q(state="sent", answer_by__lt=timezone.localdate())),
    }
    annotations = {"answers": _answers}
    lines = [
        Lines(
            QuoteRequestLine,
            "request",
            ["position", "product", "description", Column("quantity", kind="quantity"), "needed_on"],
            writable=["product", "description", "quantity", "needed_on"],
        ),
        Lines(
            Invitation,
            "request",
            ["vendor", "email", "state", Column("duty_percent", kind="percent"), "sent_at", "declined_reason"],
            writable=["vendor", "email", "duty_percent"],
            title=_("Asked vendors"),
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Asked vendors belong to the company of their request."""
        for draft in drafts:
            for line in draft.lines:
                if isinstance(line, Invitation):
                    line.company_id = draft.row.company_id


@register
class InvitationResource(Resource):
    model, key = Invitation, "asked-vendors"
    title, title_one, job, icon, group, place = _("Asked vendors"), _("Asked vendor"), "buy", "customer", "vendors", 70
    view_permission = VIEW
    columns = ["request", "vendor", "email", "state", Column("duty_percent", kind="percent"), "sent_at", "declined_reason"]
    filters, search, sort = ["request", "vendor", "state"], ["vendor", "email"], "-id"


@register
class OfferResource(Resource):
    model, key = Offer, "vendor-offers"
    title, title_one, job, icon, group, place = _("Vendors' answers"), _("Vendor's answer"), "buy", "note", "vendors", 71
    view_permission = VIEW
    columns = [
        "invitation", "invitation__vendor", "place", "currency", Column("freight", currency="currency__code"), "valid_until", "by", "source", "note",
    ]  # fmt: skip
    filters, search, sort = ["invitation", "invitation__request", "invitation__vendor", "source"], ["by"], "-id"
    lines = [
        Lines(
            OfferLine,
            "offer",
            ["line__position", "line__product", "line__description", Column("quantity", kind="quantity"), Column("unit_price", currency="offer__currency__code"), "lead_days"],
            order=("line__position", "id"),
        )
    ]  # fmt: skip


@register
class AwardResource(Resource):
    model, key = Award, "awards"
    title, title_one, job, icon, group, place = _("Awards"), _("Award"), "buy", "note", "vendors", 72
    view_permission = VIEW
    columns = [
        "offered__offer__invitation__request", "offered__offer__invitation__vendor", "offered__line__position", "offered__line__product",
        Column("quantity", kind="quantity"), "order_line__order",
    ]  # fmt: skip
    filters, sort = ["offered__offer__invitation__request", "offered__offer__invitation__vendor"], "-id"


@register
class PurchaseBudgetResource(Resource):
    model, key = PurchaseBudget, "purchase-budgets"
    title, title_one, job, icon, group = _("Purchase budgets"), _("Purchase budget"), "buy", "books", "set_up"
    view_permission, write_permission = "sourcing.view_budget", "sourcing.write_budget"
    columns = [
        "name",
        "account",
        "dimension_value",
        "starts_on",
        "ends_on",
        Column("amount", currency="company__currency__code"),
        "company",
    ]
    writable = ["company", "name", "account", "dimension_value", "starts_on", "ends_on", "amount"]
    filters, search, sort = ["company", "account", "dimension_value", "starts_on", "ends_on"], ["name"], "-id"

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        (standing,) = standings(list(PurchaseBudget.objects.filter(pk=pk))).values()
        sentence = _("Booked {actual}, committed {committed}, left {left}.")
        return [
            Wrong(
                sentence.format(
                    actual=figure(standing.actual), committed=figure(rounded(standing.committed, 2)), left=figure(rounded(standing.left, 2))
                ),
                tone="bad" if standing.left < 0 else "wait",
            )
        ]


@register
class RequisitionResource(Resource):
    model, key, natural_key = Requisition, "requisitions", "number"
    title, title_one, job, icon, place = _("Requisitions"), _("Requisition"), "buy", "note", 20
    view_permission, write_permission = "sourcing.view_requisition", "sourcing.write_requisition"
    beside_title = _("Paid before, for one unit")
    columns = ["number", "purpose", "requester", "on", "needed_on", "state", Column("net", currency="company__currency__code")]
    fields = [
        "number", "state", "purpose", "requester", "on", "needed_on", "warehouse", "budget", "account", "dimension_value",
        Column("net", currency="company__currency__code"), Column("allowed_net", currency="company__currency__code"), "allowed_by", "allowed_reason", "company",
    ]  # fmt: skip
    writable = ["company", "purpose", "on", "needed_on", "warehouse", "budget"]
    filters, search, sort = ["company", "state", "requester", "on", "needed_on", "account", "dimension_value"], ["number", "purpose"], "-id"
    conditions = {"to_order": (_("to order"), lambda: Q(state="submitted"))}
    lines = [
        Lines(
            RequisitionLine,
            "requisition",
            [
                "position", "product", "description", Column("quantity", kind="quantity"),
                Column("unit_price", currency="requisition__company__currency__code"), "vendor", Column("net", currency="requisition__company__currency__code"),
                Column("moved", kind="quantity"), Column("order_line__order", _("purchase order"), "link"),
            ],
            writable=["product", "description", "quantity", "unit_price", "vendor"],
        )
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts, actor)

    @classmethod
    def beside(
        cls, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], actor: Actor, show: Callable[[Any], str]
    ) -> list[list[Beside]]:
        return told_beside(values, lines, actor, show)

    @classmethod
    def written(cls, rows: Sequence[Requisition], actor: Actor) -> None:
        approvals.void_changed(REQUISITIONS, [r.pk for r in rows])

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        row = Requisition.objects.select_related("company").get(pk=pk)
        if row.state not in ("draft", "submitted"):
            return []
        over = [
            Wrong(str(OVER).format(budget=e.standing.budget, **requisitioning.told(e)), tone="bad")
            for e in excesses([row])
            if row.allowed_net is None or row.allowed_net < row.net
        ]
        return [*approvals.wrong(REQUISITIONS, pk), *over, *_there(row)]


OVER = _("Over budget {budget}: {asked} {currency} are asked for, {left} are left of {amount} ({actual} booked, {committed} committed).")


def _there(row: Requisition) -> list[Wrong]:
    """What lies free in a warehouse and need not be bought."""
    lines = list(RequisitionLine.objects.filter(requisition=row, product__kind="goods", moved__lt=F("quantity")).select_related("product"))
    for line in lines:
        line.requisition = row
    free = free_elsewhere(lines)
    houses = dict(Warehouse.objects.filter(pk__in={house for _c, house, _p in free}).values_list("pk", "name"))
    sentence = _("{quantity} of {product} lie free in {warehouse}: take them from stock.")
    return [
        Wrong(str(sentence).format(quantity=figure(quantity), product=ln.product, warehouse=houses[house]))
        for ln in lines
        for (_company, house, product), quantity in sorted(free.items())
        if product == ln.product_id
    ]


def _last_sign_in() -> Subquery:
    return Subquery(OutsideSignIn.objects.filter(user=OuterRef("user")).order_by("-at").values("at")[:1])


@register
class VendorAccessResource(Resource):
    model, key = VendorAccess, "vendor-links"
    title, title_one, job, icon, group, place = _("Vendors' accesses"), _("Vendor's access"), "buy", "customer", "vendors", 73
    view_permission, write_permission = "sourcing.view_access", "sourcing.write_access"
    columns = [
        "vendor",
        "person",
        "email",
        "state",
        "on",
        "expires_on",
        "sent_at",
        Column("last_sign_in", _("Last sign-in"), kind="moment"),
        "company",
    ]
    writable = ["company", "vendor", "person", "email", "on", "expires_on"]
    filters, search, sort = ["company", "state", "vendor"], ["vendor", "person", "email"], "-id"
    annotations = {"last_sign_in": _last_sign_in}
    conditions = {
        "people": (_("people who sign in"), lambda: ~Q(person="")),
        "links": (_("links"), lambda: Q(person="")),
    }

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for draft in drafts:
            draft.row.person, draft.row.email = draft.row.person.strip(), draft.row.email.strip().lower()


@register
class OrderAnswerResource(Resource):
    model, key = OrderAnswer, "vendor-answers"
    title, title_one, job, icon, group, place = _("Vendors' words on orders"), _("Vendor's word on an order"), "buy", "note", "vendors", 74
    view_permission = "purchasing.view_order"
    columns = ["order", "order__vendor", "kind", "on", "state", "reference", "note", "receipt", Column("access__person", _("by"))]
    filters, sort = ["company", "order", "order__vendor", "kind", "state"], "-id"
    conditions = {"to_answer": (_("to answer"), lambda: Q(state="asked"))}
