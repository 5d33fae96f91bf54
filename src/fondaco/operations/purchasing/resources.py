"""How contracts and purchase orders are shown, written and served."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import DateField, F, Func, IntegerField, Q, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.approvals import asking as approvals
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.operations.inventory.models import GoodsReceiptLine
from fondaco.operations.inventory.resources import GoodsReceiptResource
from fondaco.operations.inventory.weighing import weigh_pieces
from fondaco.operations.purchasing import (  # noqa: F401  verbs, reactions, sentences and what is expected are declared on import
    actions,
    amending,
    expecting,
    item_panels,
    reactions,
    refusals,
    returning,
    supply,
)
from fondaco.operations.purchasing.approving import ORDERS
from fondaco.operations.purchasing.contracts import alerts, price_lines
from fondaco.operations.purchasing.memory import told_beside
from fondaco.operations.purchasing.models import (
    Billed,
    ContractLine,
    ContractTier,
    PurchaseContract,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRules,
    VendorReturn,
    VendorReturnLine,
    VendorReturnReason,
)
from fondaco.operations.purchasing.printing import return_pdf
from fondaco.operations.purchasing.queries import (
    awaited,
    billed,
    called_quantity,
    called_value,
    credited,
    ending,
    nearly_used,
    net_price,
    received,
    second_received,
    sent_back,
    waiting_amount,
    waiting_quantity,
    waits_for_credit,
    went_back,
)
from fondaco.operations.purchasing.refusals import NoPrice, NotFromVendor, TierOfNothing
from fondaco.platform.access.actors import Actor
from fondaco.platform.events.bus import emit
from fondaco.platform.money import ZERO, rounded
from fondaco.platform.resources.declare import Beside, Column, Draft, Lines, Resource, Wrong, also_shows, register

VALUES = [Column("agreed_value", currency="currency__code"), Column("called_value", _("called off"), "amount", "currency__code")]


@register
class PurchaseOrderResource(Resource):
    model, key, natural_key = PurchaseOrder, "purchase-orders", "number"
    title, title_one, job, icon = _("Purchase orders"), _("Purchase order"), "buy", "note"
    view_permission, write_permission, amend_permission = "purchasing.view_order", "purchasing.write_order", "purchasing.amend_order"
    amendable = ["reference", "expected_on", "memo"]
    beside_title = _("Paid before, for one unit")
    columns = ["number", "vendor", "on", "expected_on", "state", Column("net", currency="currency__code"), "currency", "reference"]
    fields = [
        "number",
        "state",
        "vendor",
        "reference",
        "on",
        "expected_on",
        "warehouse",
        "currency",
        Column("net", currency="currency__code"),
        "memo",
        "company",
    ]
    writable = ["company", "vendor", "reference", "on", "expected_on", "warehouse", "currency", "memo"]
    filters = ["company", "state", "vendor", "on", "expected_on", "warehouse", "currency"]
    conditions = {
        "open": (_("open"), lambda: Q(state="confirmed")),
        "to_receive": (_("to receive"), awaited),
        "late": (_("late"), lambda: awaited() & Q(expected_on__lt=timezone.localdate())),
    }
    search, sort = ["number", "reference", "vendor"], "-id"
    lines = [
        Lines(
            PurchaseOrderLine,
            "order",
            [
                "position",
                "product",
                "description",
                Column("quantity", kind="quantity"),
                Column("second_quantity", kind="quantity"),
                Column("unit_price", currency="order__currency__code"),
                Column("discount_percent", kind="percent"),
                "expected_on",
                "contract_line",
                Column("net", currency="order__currency__code"),
                Column("received", _("received"), "quantity"),
                Column("sent_back", _("went back"), "quantity"),
                Column("billed_quantity", _("billed"), "quantity"),
                Column("credited", _("credited"), "quantity", rare=True),
                Column("second_received", _("received, second unit"), "quantity", rare=True),
                Column("why_this_price", _("why this price"), "text", below=True),
            ],
            writable=[
                "product",
                "description",
                "quantity",
                "second_quantity",
                "unit_price",
                "discount_percent",
                "expected_on",
                "contract_line",
            ],
            annotations={
                "received": received,
                "sent_back": sent_back,
                "second_received": second_received,
                "billed_quantity": billed,
                "credited": credited,
                "why_this_price": lambda: KeyTextTransform("sentence", "price_explanation"),
            },
        )
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The company's currency where none is named; prices that contracts agree on; nets of lines rounded half away from zero to the currency, and their sum."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        for draft in drafts:
            if not draft.row.currency_id and draft.row.company_id in companies:
                draft.row.currency_id = companies[draft.row.company_id].currency_id
        weigh_pieces(drafts)
        price_lines(drafts)
        decimals = decimals_of({d.row.currency_id for d in drafts if d.row.currency_id})
        for draft in drafts:
            draft.row.last_edited_by = actor.username
            places = decimals.get(draft.row.currency_id, 2)
            unpriced = next((ln for ln in draft.lines if ln.unit_price is None), None)
            if unpriced is not None:
                raise NoPrice(line=unpriced.position, product=unpriced.product or unpriced.description)
            for line in draft.lines:
                line.net = rounded(line.quantity * net_price(line), places)
            draft.row.net = sum((line.net for line in draft.lines), ZERO)

    @classmethod
    def beside(
        cls, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], actor: Actor, show: Callable[[Any], str]
    ) -> list[list[Beside]]:
        return told_beside(values, lines, actor, show)

    @classmethod
    def written(cls, rows: Sequence[PurchaseOrder], actor: Actor) -> None:
        approvals.void_changed(ORDERS, [r.pk for r in rows if r.state == "draft"])
        emit("purchasing.write", rows, actor)

    @classmethod
    def amending(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        amending.judge(drafts)

    @classmethod
    def amended(cls, rows: Sequence[PurchaseOrder], actor: Actor, reason: str, judged: Any) -> None:
        amending.follow(rows, actor)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        (order,) = PurchaseOrder.objects.filter(pk=pk)
        return approvals.wrong(ORDERS, pk) if order.state in ("draft", "confirmed") else []


@register
class PurchaseContractResource(Resource):
    model, key, natural_key = PurchaseContract, "purchase-contracts", "number"
    title, title_one, job, icon = _("Purchase contracts"), _("Purchase contract"), "buy", "note"
    view_permission, write_permission = "purchasing.view_contract", "purchasing.write_contract"
    amend_permission = "purchasing.write_contract"
    amendable = ["reference", "valid_to", "agreed_value", "buyer", "alert_days", "alert_percent", "memo"]
    columns = ["number", "vendor", "valid_from", "valid_to", "state", *VALUES, "currency", "buyer"]
    fields = [
        "number",
        "state",
        "vendor",
        "reference",
        "on",
        "valid_from",
        "valid_to",
        "currency",
        *VALUES,
        "buyer",
        "alert_days",
        Column("alert_percent", kind="percent"),
        "memo",
        "company",
    ]
    writable = [
        "company",
        "vendor",
        "reference",
        "on",
        "valid_from",
        "valid_to",
        "currency",
        "agreed_value",
        "buyer",
        "alert_days",
        "alert_percent",
        "memo",
    ]
    filters = ["company", "state", "vendor", "valid_to", "currency", "buyer"]
    conditions = {
        "in_force": (_("in force"), lambda: Q(state="in_force")),
        "ending": (_("ending soon"), ending),
        "nearly_used": (_("nearly used up"), nearly_used),
        "to_look_at": (_("to look at"), lambda: ending() | nearly_used()),
    }
    annotations = {"called_value": called_value}
    search, sort = ["number", "reference", "vendor"], "-id"
    lines = [
        Lines(
            ContractLine,
            "contract",
            [
                "position",
                "product",
                "description",
                Column("unit_price", currency="contract__currency__code"),
                Column("agreed_quantity", kind="quantity"),
                Column("called", _("called off"), "quantity"),
            ],
            writable=["product", "description", "agreed_quantity", "unit_price"],
            annotations={"called": called_quantity},
        ),
        Lines(
            ContractTier,
            "contract",
            ["product", Column("from_quantity", kind="quantity"), Column("unit_price", currency="contract__currency__code")],
            writable=["product", "from_quantity", "unit_price"],
            title=_("Prices by quantity"),
            order=("product", "from_quantity"),
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The company's currency where none is named; every price by quantity is of a product of the contract."""
        companies = Company.objects.in_bulk({d.row.company_id for d in drafts})
        for draft in drafts:
            if not draft.row.currency_id and draft.row.company_id in companies:
                draft.row.currency_id = companies[draft.row.company_id].currency_id
            products = {ln.product_id for ln in draft.lines if isinstance(ln, ContractLine)}
            stray = next((t for t in draft.lines if isinstance(t, ContractTier) and t.product_id not in products), None)
            if stray is not None:
                raise TierOfNothing(product=stray.product, document=draft.row.number or _("the contract"))

    @classmethod
    def amending(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        amending.judge_contracts(drafts)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        contracts = list(PurchaseContract.objects.filter(pk=pk, state="in_force"))
        return [Wrong(text) for a in alerts(contracts, on=timezone.localdate()) for text in a.sentences]


@register
class ContractLineResource(Resource):
    model, key = ContractLine, "purchase-contract-lines"
    title, title_one, job, icon, group, place = _("What contracts agree on"), _("Line of a contract"), "buy", "note", "vendors", 60
    view_permission = "purchasing.view_contract"
    columns = [
        "contract",
        "position",
        "contract__vendor",
        "product",
        "description",
        Column("unit_price", currency="contract__currency__code"),
        Column("agreed_quantity", kind="quantity"),
        Column("called", _("called off"), "quantity"),
        "contract__valid_to",
        "contract__state",
    ]
    filters = ["contract", "contract__vendor", "contract__state", "product"]
    annotations = {"called": called_quantity}
    search, sort = ["contract", "product", "description"], "-id"


@register
class PurchaseRulesResource(Resource):
    model, key = PurchaseRules, "purchase-rules"
    title, title_one, job, icon = _("Rules for purchases"), _("Rules for purchases"), "set_up", "books"
    view_permission, write_permission = "purchasing.view_rules", "purchasing.write_rules"
    columns = ["company", Column("over_percent", kind="percent"), Column("under_percent", kind="percent")]
    writable, filters, sort = ["company", "over_percent", "under_percent"], ["company"], "company"


COST = "inventory.see_cost"


@register
class VendorReturnResource(Resource):
    model, key, natural_key = VendorReturn, "vendor-returns", "number"
    title, title_one, job, icon = _("Returns to vendors"), _("Return to vendor"), "buy", "undo"
    view_permission, write_permission = "purchasing.view_vendor_return", "purchasing.write_vendor_return"
    columns = [
        "number", "vendor", "on", "wanted", "state", "vendor_reference", Column("waiting_amount", _("waits"), "amount", "company__currency__code", right=COST),
    ]  # fmt: skip
    fields = [
        "number",
        "state",
        "vendor",
        "vendor_reference",
        "wanted",
        "on",
        "warehouse",
        "place",
        "carrier",
        Column("waiting_amount", _("waits"), "amount", "company__currency__code", right=COST),
        "memo",
        "closed_because",
        "entry",
        "company",
    ]
    writable = ["company", "vendor", "vendor_reference", "wanted", "on", "warehouse", "place", "carrier", "memo"]
    filters = ["company", "state", "vendor", "wanted", "on", "warehouse"]
    conditions = {
        "open": (_("open"), lambda: Q(state__in=["authorised", "sent"])),
        "to_send": (_("to send"), lambda: Q(state="authorised")),
        "to_credit": (_("waiting for the vendor's credit"), lambda: Q(state="sent", wanted=VendorReturn.CREDIT)),
        "to_replace": (_("waiting for goods"), lambda: Q(state="sent") & ~Q(wanted=VendorReturn.CREDIT)),
    }
    annotations = {"waiting_amount": lambda: waiting_amount("return_line__vendor_return")}
    search, sort = ["number", "vendor_reference", "vendor"], "-id"
    printed = staticmethod(return_pdf)
    lines = [
        Lines(
            VendorReturnLine,
            "vendor_return",
            [
                "position",
                "product",
                Column("quantity", kind="quantity"),
                Column("second_quantity", kind="quantity"),
                "lots",
                "reason",
                Column("receipt_line__receipt", _("received with")),
                Column("waiting_quantity", _("waits"), "quantity"),
                Column("cost", currency="vendor_return__company__currency__code", right=COST),
                Column("variance", currency="vendor_return__company__currency__code", right=COST),
                "note",
                Column("explanation", below=True, right=COST),
            ],
            writable=["receipt_line", "quantity", "second_quantity", "lots", "reason", "note"],
            annotations={"waiting_quantity": lambda: waiting_quantity("return_line")},
        )
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """The product and the order of each line are those of its receipt; goods of the vendor's own receipts for purchase orders only."""
        keys = {ln.receipt_line_id for d in drafts for ln in d.lines}
        came = GoodsReceiptLine.objects.select_related("receipt", "product").in_bulk(keys)
        for draft in drafts:
            for line in draft.lines:
                of = came[line.receipt_line_id]
                receipt = of.receipt
                fits = (receipt.company_id, receipt.vendor_id, receipt.state) == (draft.row.company_id, draft.row.vendor_id, "posted")
                if not fits or of.demand_table != PurchaseOrderLine._meta.db_table:
                    raise NotFromVendor(line=line.position, receipt=receipt)
                line.product, line.demand_table, line.demand_line = of.product, of.demand_table, of.demand_line


@register
class WaitingCreditResource(Resource):
    model, key = VendorReturnLine, "vendor-credits-due"
    title, title_one, job, icon = _("Waiting for vendors' credit"), _("Line of a return to a vendor"), "buy", "clock"
    group, place = "vendors", 20
    view_permission = "purchasing.view_vendor_return"
    columns = [
        "vendor_return",
        "vendor_return__vendor",
        Column("vendor_return__on", _("sent on")),
        Column("age", _("days"), "number"),
        "product",
        Column("waiting_quantity", _("waits"), "quantity"),
        Column("waiting_amount", _("amount"), "amount", "vendor_return__company__currency__code", right=COST),
        "vendor_return__vendor_reference",
        "reason",
        "vendor_return__state",
    ]
    filters = ["vendor_return__vendor", "vendor_return__state", "vendor_return__on", "product", "reason"]
    conditions = {"waiting": (_("waiting for the vendor's credit"), waits_for_credit)}
    annotations = {
        "waiting_quantity": lambda: waiting_quantity("return_line"),
        "waiting_amount": lambda: waiting_amount("return_line"),
        "age": lambda: Func(
            Cast(Value(timezone.localdate()), DateField()),
            F("vendor_return__on"),
            template="(%(expressions)s)",
            arg_joiner=" - ",
            output_field=IntegerField(),
        ),
    }
    search, sort = ["vendor_return", "product"], "vendor_return__on"


@register
class VendorReturnReasonResource(Resource):
    model, key, natural_key = VendorReturnReason, "vendor-return-reasons", "code"
    title, title_one, job, icon = _("Reasons for returns to vendors"), _("Reason for returns to vendors"), "set_up", "undo"
    view_permission, write_permission = "purchasing.view_vendor_return", "purchasing.write_return_reason"
    columns = writable = ["code", "name", "name_it", "blames_vendor", "is_active"]
    filters, search, sort = ["blames_vendor", "is_active"], ["code", "name", "name_it"], "code"


also_shows(
    GoodsReceiptResource,
    line_columns=[Column("went_back", _("went back"), "quantity")],
    line_annotations={"went_back": went_back},
)


@register
class BilledResource(Resource):
    model, key = Billed, "billed-receipts"
    title, title_one, job, icon = _("Billed receipts"), _("Billed receipt"), "buy", "history"
    view_permission = "purchasing.view_order"
    columns = [
        "bill",
        "line",
        "move",
        Column("quantity", kind="quantity"),
        Column("booked", currency="line__order__company__currency__code", right="inventory.see_cost"),
        Column("billed", currency="line__order__company__currency__code", right="inventory.see_cost"),
        "return_line",
        "note",
        Column("variance", currency="line__order__company__currency__code", right="inventory.see_cost"),
        "explanation",
    ]
    filters, sort = ["bill", "line", "line__order", "note"], "-id"
