"""How requests for quotation and their answers are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.operations.sourcing import actions, refusals  # noqa: F401  verbs and sentences are declared on import
from fondaco.operations.sourcing.models import Award, Invitation, Offer, OfferLine, QuoteRequest, QuoteRequestLine
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

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
    title, title_one, job, icon, place = _("Asked vendors"), _("Asked vendor"), "buy", "customer", 70
    view_permission = VIEW
    columns = ["request", "vendor", "email", "state", Column("duty_percent", kind="percent"), "sent_at", "declined_reason"]
    filters, search, sort = ["request", "vendor", "state"], ["vendor", "email"], "-id"


@register
class OfferResource(Resource):
    model, key = Offer, "vendor-offers"
    title, title_one, job, icon, place = _("Vendors' answers"), _("Vendor's answer"), "buy", "note", 71
    view_permission = VIEW
    columns = [
        "invitation", "invitation__vendor", "place", "currency", Column("freight", currency="currency__code"), "valid_until", "by", "source", "note",
    ]  # fmt: skip
    filters, search, sort = ["invitation", "invitation__request", "invitation__vendor", "source"], ["by", "invitation__vendor"], "-id"
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
    title, title_one, job, icon, place = _("Awards"), _("Award"), "buy", "note", 72
    view_permission = VIEW
    columns = [
        "offered__offer__invitation__request", "offered__offer__invitation__vendor", "offered__line__position", "offered__line__product",
        Column("quantity", kind="quantity"), "order_line__order",
    ]  # fmt: skip
    filters, sort = ["offered__offer__invitation__request", "offered__offer__invitation__vendor"], "-id"
