"""How quotes and orders are shown, written and served."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from fondaco.finance.receivables.credit import warning as credit_warning
from fondaco.frontoffice.sales import (  # noqa: F401  verbs, panels, what is expected and what is wanted are declared on import
    actions,
    amending,
    expecting,
    item_panels,
    reactions,
    wanting,
)
from fondaco.frontoffice.sales.approving import ORDERS, QUOTES, UNAPPROVED, foretold, standing
from fondaco.frontoffice.sales.blankets import alerts
from fondaco.frontoffice.sales.completing import complete
from fondaco.frontoffice.sales.margins import waterfalls, whole
from fondaco.frontoffice.sales.models import (
    BlanketLine,
    BlanketOrder,
    BlanketTier,
    HoldRule,
    Order,
    OrderHold,
    OrderLine,
    PromiseOutlook,
    Quote,
    QuoteLine,
    ReturnAuthorisation,
    ReturnInspection,
    ReturnLine,
)
from fondaco.frontoffice.sales.printing import order_pdf, quote_pdf
from fondaco.frontoffice.sales.queries import (
    MONEY,
    ahead,
    announced,
    announced_by_vendor,
    broken,
    called_line_value,
    called_quantity,
    called_value,
    credited,
    delivered,
    drafted_calls,
    ending,
    invoiced,
    left_behind,
    left_line_value,
    left_quantity,
    left_value,
    measured,
    nearly_used,
    owing,
    purchase_price,
    reserved,
    returned,
    second_delivered,
    second_returned,
    short,
    uninvoiced,
)
from fondaco.frontoffice.sales.refusals import ReturnOfOthers, TierOfNothing
from fondaco.frontoffice.sales.returning import MEASURES as RETURN_MEASURES
from fondaco.frontoffice.sales.returning import inspecting, replacement_delivered
from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.operations.inventory.models import ProductCost
from fondaco.operations.shipping.resources import how_it_stands, in_force, page_of_parcel
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import figure
from fondaco.platform.resources.declare import Board, Column, Draft, Lines, Reckoned, Resource, Wrong, also_shows, register

TOTALS = [Column(p, currency="currency__code") for p in ("net", "tax", "gross")]


def _cost(lines: Any, parent: str) -> Any:
    """What the goods of a document cost in company currency: as bought for an order, else at the present moving average."""
    average = Case(
        When(quantity__gt=0, then=F("value") / F("quantity")),
        default=F("last_cost"),
        output_field=DecimalField(max_digits=30, decimal_places=10),
    )
    costs = ProductCost.objects.filter(company=OuterRef(f"{parent}__company"), product=OuterRef("product"))
    unit: Any = Subquery(costs.annotate(average=average).values("average")[:1])
    if parent == "order":
        unit = Coalesce(purchase_price(), unit)
    rows = lines.filter(**{parent: OuterRef("pk")}).order_by().values(parent).annotate(cost=Sum(F("quantity") * unit, output_field=MONEY))
    return Coalesce(Subquery(rows.values("cost"), output_field=MONEY), Value(0), output_field=MONEY)


def _margin(lines: Any, parent: str) -> Any:
    """Net less cost; empty in a currency that is not the company's, where the two cannot be compared."""
    margin = F("net") - _cost(lines, parent)
    return Case(When(currency=F("company__currency"), then=margin), default=None, output_field=MONEY)


def _line_columns(parent: str) -> list[str | Column]:
    currency = f"{parent}__currency__code"
    return [
        "position",
        "product",
        "description",
        "quantity",
        Column("second_quantity", kind="quantity", rare=True),
        Column("unit_price", currency=currency),
        Column("discount_percent", kind="percent", rare=True),
        "tax_code",
        Column("tax_rate", kind="percent"),
        Column("net", currency=currency),
        Column("tax", currency=currency),
        "promised_on",
        Column("promise_explanation", below=True),
        Column("why_this_price", _("why this price"), "text", below=True),
        Column("tax_explanation", below=True),
    ]


def _margins(draft: Draft) -> tuple[Sequence[Reckoned], Reckoned, str]:
    """The margin of a quote or an order and of its lines, live (PR-06)."""
    (parts,) = waterfalls([(draft.row, draft.lines)])
    said = [Reckoned(w.margin, w.share, "" if w.is_known else _now("no cost known")) for w in (*parts, whole(parts))]
    return said[:-1], said[-1], draft.row.company.currency_id


PRICE_SENTENCE = {"why_this_price": lambda: KeyTextTransform("sentence", "price_explanation")}
#: What became of an order's lines, derived from stock and invoices.
MEASURES = {
    "reserved": reserved,
    "delivered": delivered,
    "returned": returned,
    "invoiced": invoiced,
    "credited": credited,
    "short": short,
    "announced": announced,
    "second_delivered": second_delivered,
    "second_returned": second_returned,
}
MEASURED = [
    Column("reserved", _("reserved"), "quantity"),
    Column("delivered", _("delivered"), "quantity"),
    Column("returned", _("returned"), "quantity", rare=True),
    Column("invoiced", _("invoiced"), "quantity"),
    Column("credited", _("credited"), "quantity", rare=True),
    Column("short", _("not found"), "quantity", rare=True),
    Column("announced", _("announced by the vendor"), "quantity", rare=True),
    Column("second_delivered", _("delivered, second unit"), "quantity", rare=True),
    Column("second_returned", _("returned, second unit"), "quantity", rare=True),
]
WRITABLE_LINE = ["product", "description", "quantity", "second_quantity", "unit_price", "discount_percent", "tax_code"]


def _credit_wrong(rows: Any) -> list[Wrong]:
    found = [credit_warning(company, customer, timezone.localdate()) for company, customer in rows.values_list("company_id", "customer_id")]
    return [Wrong(sentence) for sentence in found if sentence]


def _promise_wrong(pk: int) -> list[Wrong]:
    """The promises of an order that cannot be kept as supply stands, in words."""
    rows = PromiseOutlook.objects.filter(line__order=pk, line__order__state="confirmed", is_broken=True)
    found = []
    for position, promised, possible, why in rows.order_by("line__position").values_list(
        "line__position", "line__promised_on", "expected_on", "explanation"
    ):
        when = date_format(possible, "j M Y") if possible else _now("nobody can say when")
        sentence = _now("Line {line} was promised for {promised}; now it is {possible}: {why}.")
        found.append(Wrong(sentence.format(line=position, promised=date_format(promised, "j M Y"), possible=when, why=why), tone="bad"))
    return found


@register
class QuoteResource(Resource):
    model, key, natural_key = Quote, "quotes", "number"
    title, title_one, job, icon = _("Quotes"), _("Quote"), "sell", "note"
    place = 16
    view_permission, write_permission = "sales.view_quote", "sales.write_quote"
    columns = ["number", "version_number", "customer", "on", "valid_until", "state", TOTALS[2], "currency", "salesperson"]
    fields = [
        "number",
        "version_number",
        "state",
        "customer",
        "contact",
        "reference",
        "on",
        "valid_until",
        "currency",
        "prices_include_tax",
        "channel",
        "salesperson",
        "opportunity",
        "payment_term",
        "shipping_address",
        "conditions",
        *TOTALS,
        Column("monthly", currency="currency__code", rare=True),
        Column("term_value", currency="currency__code", rare=True),
        Column("starts_on", rare=True),
        Column("term_months", rare=True),
        Column("margin", _("gross margin"), "amount", "company__currency__code", "sales.see_margin"),
        "replaces",
        "sent_at",
        "sent_to",
        "accepted_at",
        "accepted_by",
        "accepted_address",
        "accepted_agent",
        "accepted_content",
        "accepted_consent",
        "accepted_reason",
        "declined_at",
        "declined_reason",
        "company",
    ]
    writable = [
        "company",
        "customer",
        "contact",
        "reference",
        "on",
        "valid_until",
        "currency",
        "prices_include_tax",
        "channel",
        "salesperson",
        "opportunity",
        "payment_term",
        "starts_on",
        "term_months",
        "shipping_address",
        "conditions",
    ]
    filters = ["company", "state", "customer", "on", "valid_until", "currency", "salesperson", "opportunity", "number"]
    conditions = {
        "open": (_("waiting for an answer"), lambda: Q(state="sent")),
        "late": (_("past their last day"), lambda: Q(state="sent", valid_until__lt=timezone.localdate())),
    }
    search = ["number", "reference", "customer"]
    annotations = {"margin": lambda: _margin(QuoteLine.objects.all(), "quote")}
    board = Board(by="state", card=["number", "customer", "gross", "valid_until"], amount="gross")
    lines = [
        Lines(
            QuoteLine,
            "quote",
            [*_line_columns("quote"), Column("per_months", kind="text", rare=True)],
            writable=[*WRITABLE_LINE, "per_months"],
            annotations=PRICE_SENTENCE,
        )
    ]
    printed = staticmethod(quote_pdf)
    reckoned_title, reckoned_permission = _("Margin"), "sales.see_margin"

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        drafted = Quote.objects.filter(pk=pk, state="draft").exists()
        asked = standing(QUOTES, pk, actor) if drafted else []
        return [*asked, *_credit_wrong(Quote.objects.filter(pk=pk, state__in=["draft", "sent"]))]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts)

    @classmethod
    def written(cls, rows: Sequence[Quote], actor: Actor) -> None:
        approvals.void_changed(QUOTES, [q.pk for q in rows])

    @classmethod
    def reckoned(cls, draft: Draft) -> tuple[Sequence[Reckoned], Reckoned, str]:
        return _margins(draft)

    @classmethod
    def foretold(cls, draft: Draft, actor: Actor) -> Sequence[str]:
        return foretold(draft, actor)


@register
class OrderResource(Resource):
    model, key, natural_key = Order, "orders", "number"
    title, title_one, job, icon = _("Orders"), _("Order"), "sell", "note"
    place = 18
    view_permission, write_permission, amend_permission = "sales.view_order", "sales.write_order", "sales.amend_order"
    amendable = ["contact", "reference", "requested_on", "promise", "salesperson", "payment_term", "shipping_address", "conditions"]
    columns = ["number", "customer", "on", "requested_on", "state", TOTALS[2], "currency", "reference", "salesperson"]
    fields = [
        "number",
        "state",
        "customer",
        "contact",
        "reference",
        "on",
        "confirmed_on",
        "requested_on",
        "promise",
        "warehouse",
        "reserve_partly",
        "currency",
        "prices_include_tax",
        "channel",
        "salesperson",
        "quote",
        "payment_term",
        "shipping_address",
        "conditions",
        *TOTALS,
        Column("ahead", _("down payments not taken off"), "amount", "currency__code", rare=True),
        Column("margin", _("gross margin"), "amount", "company__currency__code", "sales.see_margin"),
        "company",
    ]
    writable = [
        "company",
        "customer",
        "contact",
        "reference",
        "on",
        "requested_on",
        "promise",
        "warehouse",
        "reserve_partly",
        "currency",
        "prices_include_tax",
        "channel",
        "salesperson",
        "payment_term",
        "shipping_address",
        "conditions",
    ]
    filters = ["company", "state", "customer", "on", "requested_on", "currency", "salesperson", "warehouse", "quote"]
    conditions = {
        "open": (_("open"), lambda: Q(state="confirmed")),
        "held": (
            _("on hold"),
            lambda: Q(state="held") | Q(Exists(OrderHold.objects.filter(order=OuterRef("pk"), released_at__isnull=True))),
        ),
        "to_deliver": (_("to deliver"), owing),
        "announced": (_("sent by the vendor, to be booked"), announced_by_vendor),
        "to_invoice": (_("to invoice"), uninvoiced),
        "promise_broken": (_("promise broken"), broken),
        "late": (_("late"), lambda: owing() & Q(requested_on__lt=timezone.localdate())),
    }
    search = ["number", "reference", "customer"]
    annotations = {"margin": lambda: _margin(OrderLine.objects.all(), "order"), "ahead": ahead}
    lines = [
        Lines(
            OrderLine,
            "order",
            [
                *_line_columns("order"),
                "procured",
                "blanket_line",
                Column("left_behind", _("left of the blanket order"), "quantity"),
                *MEASURED,
            ],
            writable=[*WRITABLE_LINE, "procured", "blanket_line"],
            annotations={**PRICE_SENTENCE, **MEASURES, "left_behind": left_behind},
        ),
        Lines(
            OrderHold,
            "order",
            [
                "kind",
                "why",
                Column("created_by", _("placed by")),
                Column("created_at", _("placed at")),
                "released_by",
                "released_at",
                "released_because",
            ],
            order=("id",),
            title=_("Holds"),
        ),
    ]
    printed = staticmethod(order_pdf)
    reckoned_title, reckoned_permission = _("Margin"), "sales.see_margin"

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        missing = measured().annotate(short=short()).filter(order=pk, order__state="confirmed", short__gt=0).select_related("product")
        told = [
            Wrong(
                _now("The warehouse did not find {quantity} of {product}.").format(quantity=figure(ln.short), product=ln.product),
                _now("What is missing"), f"/shortages?product={ln.product_id}",
            )
            for ln in missing.order_by("position", "pk")
        ]  # fmt: skip
        is_judged = Order.objects.filter(Q(state__in=["draft", "held"]) | UNAPPROVED, pk=pk).exists()
        asked = standing(ORDERS, pk, actor) if is_judged else []
        return [*asked, *told, *_credit_wrong(Order.objects.filter(pk=pk, state__in=["draft", "held", "confirmed"])), *_promise_wrong(pk)]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts)

    @classmethod
    def written(cls, rows: Sequence[Order], actor: Actor) -> None:
        approvals.void_changed(ORDERS, [o.pk for o in rows])

    @classmethod
    def reckoned(cls, draft: Draft) -> tuple[Sequence[Reckoned], Reckoned, str]:
        return _margins(draft)

    @classmethod
    def foretold(cls, draft: Draft, actor: Actor) -> Sequence[str]:
        return foretold(draft, actor)

    @classmethod
    def amending(cls, drafts: Sequence[Draft], actor: Actor) -> set[int]:
        return amending.judge(drafts)

    @classmethod
    def amended(cls, rows: Sequence[Any], actor: Actor, reason: str, judged: set[int]) -> None:
        amending.follow(rows, judged, actor, reason)


BLANKET_VALUES = [
    Column("agreed_value", currency="currency__code"),
    Column("called_value", _("called off"), "amount", "currency__code"),
    Column("left_value", _("left of the value"), "amount", "currency__code"),
]


@register
class BlanketOrderResource(Resource):
    model, key, natural_key = BlanketOrder, "blanket-orders", "number"
    title, title_one, job, icon = _("Blanket orders"), _("Blanket order"), "sell", "note"
    place = 22
    view_permission, write_permission, amend_permission = "sales.view_blanket", "sales.write_blanket", "sales.sign_blanket"
    amendable = ["reference", "valid_to", "agreed_value", "salesperson", "alert_days", "alert_percent", "conditions"]
    columns = ["number", "customer", "valid_from", "valid_to", "state", *BLANKET_VALUES, "currency", "salesperson"]
    fields = [
        "number",
        "state",
        "customer",
        "reference",
        "on",
        "valid_from",
        "valid_to",
        "currency",
        *BLANKET_VALUES,
        "salesperson",
        "alert_days",
        Column("alert_percent", kind="percent"),
        "conditions",
        "company",
    ]
    writable = [
        "company",
        "customer",
        "reference",
        "on",
        "valid_from",
        "valid_to",
        "currency",
        "agreed_value",
        "salesperson",
        "alert_days",
        "alert_percent",
        "conditions",
    ]
    filters = ["company", "state", "customer", "valid_to", "currency", "salesperson"]
    conditions = {
        "in_force": (_("in force"), lambda: Q(state="in_force")),
        "ending": (_("ending soon"), ending),
        "nearly_used": (_("nearly used up"), nearly_used),
        "to_look_at": (_("to look at"), lambda: ending() | nearly_used()),
    }
    annotations = {"called_value": called_value, "left_value": left_value}
    search, sort = ["number", "reference", "customer"], "-id"
    lines = [
        Lines(
            BlanketLine,
            "blanket",
            [
                "position",
                "product",
                Column("unit_price", currency="blanket__currency__code"),
                Column("agreed_quantity", kind="quantity"),
                Column("called", _("called off"), "quantity"),
                Column("drafted", _("on drafts"), "quantity"),
                Column("left", _("left"), "quantity"),
                Column("agreed_value", currency="blanket__currency__code"),
                Column("called_value", _("called off in value"), "amount", "blanket__currency__code"),
                Column("left_value", _("left of the value"), "amount", "blanket__currency__code"),
            ],
            writable=["product", "unit_price", "agreed_quantity", "agreed_value"],
            annotations={
                "called": called_quantity,
                "drafted": drafted_calls,
                "left": left_quantity,
                "called_value": called_line_value,
                "left_value": left_line_value,
            },
        ),
        Lines(
            BlanketTier,
            "blanket",
            ["product", Column("from_quantity", kind="quantity"), Column("unit_price", currency="blanket__currency__code")],
            writable=["product", "from_quantity", "unit_price"],
            title=_("Prices by quantity"),
            order=("product", "from_quantity"),
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The customer's currency, else the company's, where none is named; every price by quantity is of a product of the blanket order."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        parties = Party.objects.in_bulk({d.row.customer_id for d in drafts})
        for draft in drafts:
            row = draft.row
            party = parties.get(row.customer_id)
            row.currency_id = row.currency_id or (party and party.currency_id) or companies[row.company_id].currency_id
            row.salesperson_id = row.salesperson_id or (party and party.salesperson_id)
            products = {ln.product_id for ln in draft.lines if isinstance(ln, BlanketLine)}
            stray = next((t for t in draft.lines if isinstance(t, BlanketTier) and t.product_id not in products), None)
            if stray is not None:
                raise TierOfNothing(product=stray.product, document=row.number or _now("the blanket order"))

    @classmethod
    def amending(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        amending.judge_blankets(drafts)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        blankets = list(BlanketOrder.objects.filter(pk=pk, state="in_force"))
        return [Wrong(text) for a in alerts(blankets, on=timezone.localdate()) for text in a.sentences]


@register
class BlanketLineResource(Resource):
    model, key = BlanketLine, "blanket-order-lines"
    title, title_one, job, icon = _("What blanket orders agree on"), _("Line of a blanket order"), "sell", "note"
    group, place = "customers", 60
    view_permission = "sales.view_blanket"
    columns = [
        "blanket",
        "position",
        "blanket__customer",
        "product",
        Column("unit_price", currency="blanket__currency__code"),
        Column("agreed_quantity", kind="quantity"),
        Column("called", _("called off"), "quantity"),
        Column("left", _("left"), "quantity"),
        Column("left_value", _("left of the value"), "amount", "blanket__currency__code"),
        "blanket__valid_to",
        "blanket__state",
    ]
    filters = ["blanket", "blanket__customer", "blanket__state", "product"]
    annotations = {"called": called_quantity, "left": left_quantity, "left_value": left_line_value}
    search, sort = ["blanket", "product"], "-id"


@register
class OrderLineResource(Resource):
    model, key = OrderLine, "order-lines"
    title, title_one, job, icon, group, place = _("Lines of orders"), _("Line of an order"), "sell", "note", "reports", 40
    view_permission = "sales.view_order"
    columns = [
        "order",
        "position",
        "order__customer",
        "product",
        "description",
        "quantity",
        Column("unit_price", currency="order__currency__code"),
        Column("net", currency="order__currency__code"),
        *MEASURED[1:5],
        "order__on",
        "order__state",
    ]
    filters = ["order", "order__customer", "order__state", "product", "order__on"]
    annotations = {name: MEASURES[name] for name in ("delivered", "returned", "invoiced", "credited")}
    search, sort = ["order", "product", "description"], "-id"


@register
class ReturnAuthorisationResource(Resource):
    model, key, natural_key = ReturnAuthorisation, "return-authorisations", "number"
    title, title_one, job, icon = _("Return authorisations"), _("Return authorisation"), "sell", "undo"
    place = 24
    view_permission, write_permission = "sales.view_return", "sales.write_return"
    columns = ["number", "customer", "on", "expires_on", "state", "reference", "salesperson"]
    fields = [
        "number",
        "state",
        "customer",
        "reference",
        "on",
        "expires_on",
        Column("restocking_percent", kind="percent"),
        "salesperson",
        "note",
        "company",
    ]
    writable = ["company", "customer", "reference", "on", "expires_on", "restocking_percent", "salesperson", "note"]
    filters = ["company", "state", "customer", "on", "expires_on", "salesperson"]
    conditions = {
        "open": (_("open"), lambda: Q(state__in=["authorised", "received"])),
        "to_receive": (_("to receive"), lambda: Q(state="authorised")),
        "to_inspect": (_("to inspect"), inspecting),
        "to_settle": (_("to settle"), lambda: Q(state="received") & ~inspecting()),
    }
    search, sort = ["number", "reference", "customer"], "-id"
    lines = [
        Lines(
            ReturnLine,
            "authorisation",
            [
                "position",
                "product",
                "quantity",
                "reason_code",
                "wanted",
                Column("received", _("received"), "quantity"),
                Column("waiting", _("to inspect"), "quantity"),
                Column("restocked", _("restocked"), "quantity"),
                Column("scrapped", _("scrapped"), "quantity"),
                Column("in_repair", _("in repair"), "quantity"),
                Column("sent_back", _("sent back"), "quantity"),
                Column("credited", _("credited"), "quantity"),
                Column("replaced", _("replaced"), "quantity"),
                Column("replacement_delivered", _("replacement delivered"), "quantity"),
                "order_line",
                "note",
            ],
            writable=["order_line", "quantity", "reason_code", "wanted", "note"],
            annotations={**RETURN_MEASURES, "replacement_delivered": replacement_delivered},
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The product of each line is that of its order's line; goods of the customer's own orders only."""
        keys = {ln.order_line_id for d in drafts for ln in d.lines}
        sold = OrderLine.objects.select_related("order", "product").in_bulk(keys)
        for draft in drafts:
            for line in draft.lines:
                of = sold[line.order_line_id]
                fits = (of.order.company_id, of.order.customer_id) == (draft.row.company_id, draft.row.customer_id)
                if not fits or of.product is None or of.product.kind != "goods":
                    raise ReturnOfOthers(line=line.position, order=of.order)
                line.product = of.product


@register
class ReturnInspectionResource(Resource):
    model, key = ReturnInspection, "return-inspections"
    title, title_one, job, icon, group, place = _("Inspections of returns"), _("Inspection of a return"), "sell", "check", "reports", 50
    view_permission = "sales.view_return"
    columns = [
        "line",
        "line__authorisation",
        "line__product",
        "on",
        "outcome",
        "quantity",
        "of_repair",
        "lots",
        "note",
        Column("created_by", _("inspected by")),
    ]
    filters = ["line__authorisation", "line__product", "outcome", "on"]
    search, sort = ["lots", "note"], "-id"


@register
class HoldRuleResource(Resource):
    model, key, natural_key = HoldRule, "hold-rules", "name"
    title, title_one, job, icon = _("Hold rules"), _("Hold rule"), "set_up", "lock"
    view_permission, write_permission = "sales.view_hold_rule", "sales.keep_hold_rule"
    columns = [
        "name", "kind", "country", "category", Column("least_total", currency="company__currency__code"), "new_customer",
        Column("discount_over", kind="percent"), Column("margin_under", kind="percent"), "is_active", "company",
    ]  # fmt: skip
    writable = [
        "company",
        "name",
        "kind",
        "country",
        "category",
        "least_total",
        "new_customer",
        "discount_over",
        "margin_under",
        "is_active",
    ]
    filters, search, sort = ["company", "kind", "is_active"], ["name"], "name"


def _consigned() -> Any:
    return in_force(issue__source_table=Order._meta.db_table, issue__source_id=OuterRef("pk"))


# The number by which the carrier of an order's last delivery tracks it, where that is followed, and how far it is.
also_shows(
    OrderResource,
    columns=[Column("tracked_as", _("Tracking number of the carrier"), rare=True), Column("carried", _("With the carrier"), rare=True)],
    fields=[Column("tracked_at", _("Tracking page"), "page", rare=True)],
    annotations={
        "tracked_as": lambda: Subquery(_consigned().values("tracking")[:1]),
        "tracked_at": lambda: Subquery(_consigned().annotate(page=page_of_parcel()).values("page")[:1]),
        "carried": lambda: Subquery(_consigned().annotate(word=how_it_stands()).values("word")[:1]),
    },
)  # fmt: skip
