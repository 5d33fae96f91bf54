"""How vendor bills and terms are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fondaco.finance.payables import actions, panels, refusals, statements  # noqa: F401  verbs, panels and sentences are declared on import
from fondaco.finance.payables.actions import lines_by_bill
from fondaco.finance.payables.approving import BILLS
from fondaco.finance.payables.assessing import complete
from fondaco.finance.payables.duplicates import lookalikes, unexplained
from fondaco.finance.payables.keeping import certified
from fondaco.finance.payables.matching import remarks
from fondaco.finance.payables.models import (
    Bill,
    BillLine,
    BillRules,
    BillTax,
    PaymentBlock,
    VendorStatement,
    VendorStatementLine,
    VendorTerms,
    Withheld,
    WithholdingCertificate,
    WithholdingKind,
)
from fondaco.finance.payables.printing import certificate_pdf, vendor_statement_pdf
from fondaco.finance.payables.queries import is_blocked, is_overdue, is_unpaid, open_amount, withheld_in
from fondaco.finance.payables.refusals import NothingWithheld
from fondaco.masterdata.approvals import asking as approvals
from fondaco.platform.access.actors import Actor
from fondaco.platform.money import ZERO
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
        Column("withheld", currency="currency__code"),
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
                "withholding",
                Column("tax_rate", kind="percent"),
                Column("tax_explanation", below=True),
                Column("booking_reason", below=True),
                Column("net", currency="bill__currency__code"),
                Column("tax", currency="bill__currency__code"),
            ],
            writable=[
                "product",
                "description",
                "account",
                "quantity",
                "unit_price",
                "discount_percent",
                "tax_code",
                "withholding",
                "is_withheld_from",
                "dimension_values",
            ],
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
            ["kind", "reason", Column("amount", currency="bill__currency__code", rare=True), "ended_at", "release_reason"],
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
        said = remarks(bill, lines_by_bill([bill])[pk]) if bill.kind == Bill.CREDIT_NOTE else ()
        return [
            *approvals.wrong(BILLS, pk),
            *(Wrong(text, _("Match"), f"{cls.url(pk)}/match") for text in said),
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
        "withholding",
        "needs_order",
        "price_tolerance_percent",
        "quantity_tolerance_percent",
    ]
    filters = ["company", "vendor", "payment_term"]


@register
class WithholdingKindResource(Resource):
    model, key, natural_key = WithholdingKind, "withholding-kinds", "code"
    title, title_one, job, icon = _("Kinds of withholding"), _("Kind of withholding"), "set_up", "insight"
    view_permission, write_permission = "payables.view_withholding_kind", "payables.write_withholding_kind"
    columns = [
        "code",
        "name",
        Column("rate", kind="percent"),
        Column("base_percent", kind="percent"),
        "authority_code",
        "certificate_reason",
        "due",
        "valid_from",
        "valid_to",
        "is_active",
        "company",
    ]
    writable = [
        "company",
        "code",
        "name",
        "name_it",
        "rate",
        "base_percent",
        "authority_code",
        "certificate_reason",
        "due",
        "pay_day",
        "pay_months",
        "valid_from",
        "valid_to",
        "is_active",
    ]
    filters, search, sort = ["company", "due", "is_active"], ["code", "name", "name_it"], "code"


@register
class WithheldResource(Resource):
    model, key = Withheld, "taxes-withheld"
    title, title_one, job, icon = _("Taxes withheld"), _("Tax withheld"), "books", "insight"
    group, place = "vendors", 70
    view_permission = "payables.view_withheld"
    columns = [
        "on",
        Column("withholding__bill__vendor", _("Vendor")),
        Column("withholding__bill", _("Bill")),
        Column("withholding__kind", _("Withholding")),
        Column("net", currency="withholding__bill__company__currency_id"),
        Column("base", currency="withholding__bill__company__currency_id"),
        Column("amount", currency="withholding__bill__company__currency_id"),
        "entry",
    ]
    filters, sort = ["on", "withholding__bill__company", "withholding__bill__vendor", "withholding__kind"], "-id"


@register
class WithholdingCertificateResource(Resource):
    model, key = WithholdingCertificate, "withholding-certificates"
    title, title_one, job, icon = _("Withholding certificates"), _("Withholding certificate"), "books", "print"
    group, place = "vendors", 71
    view_permission, write_permission = "payables.view_withholding_certificate", "payables.write_withholding_certificate"
    columns = [
        "year",
        "vendor",
        Column("net", currency="company__currency_id"),
        Column("base", currency="company__currency_id"),
        Column("amount", currency="company__currency_id"),
        "company",
    ]
    writable = ["company", "vendor", "year"]
    filters, sort = ["company", "vendor", "year"], "-year"
    printed = staticmethod(certificate_pdf)

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for company, year in sorted({(d.row.company_id, d.row.year) for d in drafts}):
            mine = [d.row for d in drafts if (d.row.company_id, d.row.year) == (company, year)]
            found = withheld_in(company, [r.vendor_id for r in mine], year)
            for row in mine:
                parts = found.get(row.vendor_id, [])
                row.figures = certified(parts)
                if not row.figures:
                    raise NothingWithheld(vendor=row.vendor.name, year=year)
                row.net, row.base, row.amount = (sum((getattr(p, n) for _w, p in parts), ZERO) for n in ("net", "base", "amount"))


@register
class VendorStatementResource(Resource):
    """What we owe a vendor beside what he says."""

    model, key, natural_key = VendorStatement, "vendor-statements", "number"
    title, title_one, job, icon = _("Vendor statements"), _("Vendor statement"), "books", "note"
    group, place = "vendors", 62
    view_permission, write_permission = "payables.view_vendor_statement", "payables.write_vendor_statement"
    columns = [
        "number", "on", "vendor", "state", Column("our_total", currency="currency__code"), Column("their_total", currency="currency__code"),
        Column("difference", currency="currency__code"),
    ]  # fmt: skip
    fields = [*columns, "currency", "memo", "theirs", "company"]
    writable = ["company", "vendor", "on", "currency", "theirs", "memo"]
    filters, search = ["company", "vendor", "state", "on"], ["number", "vendor", "memo"]
    conditions = {"differs": (_("differs"), lambda: ~Q(difference=0))}
    lines = [
        Lines(
            VendorStatementLine,
            "statement",
            [
                "verdict", "number", "our_number", "on", "due_on", Column("their_amount", currency="statement__currency__code"),
                Column("our_amount", currency="statement__currency__code"),
            ],
        )
    ]  # fmt: skip
    printed = staticmethod(vendor_statement_pdf)
