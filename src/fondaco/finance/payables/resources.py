"""How vendor bills and terms are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables import actions, panels, refusals  # noqa: F401  verbs, panels and sentences are declared on import
from fondaco.finance.payables.approving import BILLS
from fondaco.finance.payables.assessing import complete
from fondaco.finance.payables.duplicates import lookalikes, unexplained
from fondaco.finance.payables.models import Bill, BillLine, BillRules, BillTax, PaymentBlock, VendorTerms
from fondaco.finance.payables.queries import is_blocked, is_overdue, is_unpaid, open_amount
from fondaco.masterdata.approvals import asking as approvals
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, Wrong, register


@register
class BillResource(Resource):
    model, key, natural_key = Bill, "bills", "number"
    title, title_one, job, icon = _("Vendor bills"), _("Bill"), "books", "note"
    group, place = "daily", 30
    view_permission, write_permission = "payables.view_bill", "payables.write_bill"
    columns = [
        "number",
        "kind",
        "vendor",
        "vendor_number",
        "vendor_date",
        "due_on",
        "state",
        Column("gross", currency="currency__code"),
        Column("amount_open", _("open"), "amount", "currency__code"),
        "currency",
    ]
    fields = [
        "number",
        "state",
        "kind",
        "vendor",
        "vendor_number",
        "vendor_date",
        "received_on",
        "on",
        "due_on",
        "payment_term",
        "currency",
        "prices_include_tax",
        "reference",
        "duplicate_reason",
        "is_other_document",
        "memo",
        "credits",
        Column("stated_total", currency="currency__code"),
        Column("tax_difference", currency="currency__code"),
        Column("net", currency="currency__code"),
        Column("tax", currency="currency__code"),
        Column("self_assessed", currency="currency__code"),
        Column("gross", currency="currency__code"),
        Column("amount_open", _("open"), "amount", "currency__code"),
        "entry",
        "company",
    ]
    writable = [
        "company",
        "kind",
        "vendor",
        "vendor_number",
        "vendor_date",
        "received_on",
        "on",
        "currency",
        "payment_term",
        "prices_include_tax",
        "stated_total",
        "tax_difference",
        "reference",
        "memo",
        "credits",
        "duplicate_reason",
        "is_other_document",
    ]
    filters = [
        "company",
        "kind",
        "state",
        "vendor",
        "vendor_number",
        "vendor_date",
        "received_on",
        "on",
        "due_on",
        "currency",
        "gross",
        "created_by",
        "source_table",
        "source_id",
    ]
    conditions = {
        "overdue": (_("overdue"), is_overdue),
        "unpaid": (_("unpaid"), is_unpaid),
        "blocked": (_("blocked for payment"), is_blocked),
    }
    search = ["number", "vendor_number", "reference", "vendor"]
    annotations = {"amount_open": open_amount}
    lines = [
        Lines(
            BillLine,
            "bill",
            [
                "position",
                "product",
                "description",
                "account",
                "quantity",
                Column("unit_price", currency="bill__currency__code"),
                Column("discount_percent", kind="percent"),
                "tax_code",
                Column("tax_rate", kind="percent"),
                "tax_explanation",
                Column("net", currency="bill__currency__code"),
                Column("tax", currency="bill__currency__code"),
            ],
            writable=["product", "description", "account", "quantity", "unit_price", "discount_percent", "tax_code", "dimension_values"],
        ),
        Lines(
            BillTax,
            "bill",
            [
                "tax_code",
                Column("rate", kind="percent"),
                Column("base", currency="bill__currency__code"),
                Column("tax", currency="bill__currency__code"),
            ],
            order=("id",),
            title=_("Taxes"),
        ),
        Lines(
            PaymentBlock,
            "bill",
            ["kind", "reason", "ended_at", "release_reason"],
            order=("id",),
            title=_("Payment blocks"),
        ),
    ]

    @classmethod
    def subtracted(cls) -> Q:
        return Q(kind=Bill.CREDIT_NOTE)

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts)
        for draft in drafts:
            draft.row.last_edited_by = actor.username
        for place, doubt in unexplained([d.row for d in drafts]):
            drafts[place].doubts.append(doubt)

    @classmethod
    def written(cls, rows: Sequence[Bill], actor: Actor) -> None:
        approvals.void_changed(BILLS, [r.pk for r in rows])

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        (bill,) = Bill.objects.filter(pk=pk).select_related("vendor")
        if bill.state != "draft":
            blocks = PaymentBlock.objects.filter(bill=bill, ended_at__isnull=True).order_by("pk")
            return [Wrong(str(_("Blocked for payment: {reason}")).format(reason=b.reason), tone="bad") for b in blocks]
        likes = lookalikes([bill])[0]
        return [
            *approvals.wrong(BILLS, pk),
            *(Wrong(str(_("Looks like {others}.")).format(others=like), _("Open it"), cls.url(like.pk)) for like in likes),
        ]


@register
class BillRulesResource(Resource):
    model, key = BillRules, "bill-rules"
    title, title_one, job, icon = _("Rules for bills"), _("Rules for bills"), "set_up", "note"
    view_permission, write_permission = "payables.view_bill_rules", "payables.write_bill_rules"
    columns = writable = ["company", "duplicate_days", "price_tolerance_percent", "quantity_tolerance_percent"]
    filters = ["company"]


@register
class VendorTermsResource(Resource):
    model, key = VendorTerms, "vendor-terms"
    title, title_one, job, icon = _("Vendor terms"), _("Vendor terms"), "set_up", "party"
    view_permission, write_permission = "payables.view_vendor_terms", "payables.write_vendor_terms"
    columns = ["vendor", "payment_term", "account", "tax_code", "needs_order", "company"]
    writable = [
        "company",
        "vendor",
        "payment_term",
        "account",
        "tax_code",
        "needs_order",
        "price_tolerance_percent",
        "quantity_tolerance_percent",
    ]
    filters = ["company", "vendor", "payment_term"]
