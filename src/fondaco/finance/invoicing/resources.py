"""How invoices and payment terms are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Case, DecimalField, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from fondaco.finance.invoicing import actions, panels  # noqa: F401  verbs and panels are declared on import
from fondaco.finance.invoicing.assessing import complete
from fondaco.finance.invoicing.models import CustomerTerms, DiscountStep, Instalment, Invoice, InvoiceLine, InvoiceTax, PaymentTerm
from fondaco.finance.invoicing.printing import invoice_pdf
from fondaco.finance.ledger.models import OpenItem
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register


def _open_amount():
    items = OpenItem.objects.filter(entry=OuterRef("entry")).order_by().values("entry").annotate(total=Sum("open_amount")).values("total")
    money = DecimalField(max_digits=20, decimal_places=4)
    owed = Coalesce(Subquery(items, output_field=money), Value(0), output_field=money)
    return Case(When(kind=Invoice.CREDIT_NOTE, then=-owed), default=owed, output_field=money)


def _overdue() -> Q:
    return Q(
        state="posted",
        due_on__lt=Now(),
        entry__in=OpenItem.objects.filter(closed_on__isnull=True, control="receivable", amount__gt=0).values("entry"),
    )


@register
class InvoiceResource(Resource):
    model, key, natural_key = Invoice, "invoices", "number"
    title, title_one, job, icon = _("Customer invoices"), _("Invoice"), "books", "note"
    group, place = "daily", 10
    view_permission, write_permission = "invoicing.view_invoice", "invoicing.write_invoice"
    columns = [
        "number",
        "kind",
        "customer",
        "on",
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
        "customer",
        "on",
        "due_on",
        "payment_term",
        "currency",
        "prices_include_tax",
        "ship_from",
        "ship_to",
        "salesperson",
        "reference",
        "memo",
        "credits",
        Column("net", currency="currency__code"),
        Column("tax", currency="currency__code"),
        Column("gross", currency="currency__code"),
        Column("amount_open", _("open"), "amount", "currency__code"),
        "entry",
        "company",
    ]
    writable = [
        "company",
        "kind",
        "customer",
        "on",
        "currency",
        "payment_term",
        "prices_include_tax",
        "ship_from",
        "ship_to",
        "salesperson",
        "reference",
        "memo",
        "credits",
    ]
    filters = ["company", "kind", "state", "customer", "on", "due_on", "currency", "salesperson", "source_table", "source_id"]
    conditions = {
        "overdue": (_("overdue"), _overdue),
        "unpaid": (_("unpaid"), lambda: Q(entry__in=OpenItem.objects.filter(closed_on__isnull=True).values("entry"))),
    }
    search = ["number", "reference", "customer"]
    annotations = {"amount_open": _open_amount}
    lines = [
        Lines(
            InvoiceLine,
            "invoice",
            [
                "position",
                "product",
                "description",
                "quantity",
                Column("unit_price", currency="invoice__currency__code"),
                Column("discount_percent", kind="percent", rare=True),
                "tax_code",
                Column("tax_rate", kind="percent"),
                Column("tax_explanation", below=True),
                Column("net", currency="invoice__currency__code"),
                Column("tax", currency="invoice__currency__code"),
            ],
            writable=["product", "description", "quantity", "unit_price", "discount_percent", "tax_code", "account"],
        ),
        Lines(
            InvoiceTax,
            "invoice",
            [
                "tax_code",
                Column("rate", kind="percent"),
                Column("base", currency="invoice__currency__code"),
                Column("tax", currency="invoice__currency__code"),
            ],
            order=("id",),
            title=_("Taxes"),
        ),
    ]

    printed = staticmethod(invoice_pdf)

    @classmethod
    def subtracted(cls):
        return Q(kind=Invoice.CREDIT_NOTE)

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        complete(drafts)


@register
class PaymentTermResource(Resource):
    model, key, natural_key = PaymentTerm, "payment-terms", "code"
    title, title_one, job, icon = _("Payment terms"), _("Payment term"), "set_up", "calendar"
    view_permission, write_permission = "invoicing.view_payment_term", "invoicing.write_payment_term"
    columns, writable = ["code", "name", "name_it", "instrument"], ["code", "name", "name_it", "instrument"]
    filters, search, sort = ["instrument"], ["code", "name"], "code"
    lines = [
        Lines(
            Instalment, "term", [Column("percent", kind="percent"), "days", "end_of_month"], writable=["percent", "days", "end_of_month"]
        ),
        Lines(
            DiscountStep,
            "term",
            [Column("percent", kind="percent"), "days"],
            writable=["percent", "days"],
            title=_("Cash discounts"),
            order=("days", "id"),
        ),
    ]


@register
class CustomerTermsResource(Resource):
    model, key = CustomerTerms, "customer-terms"
    title, title_one, job, icon = _("Customer terms"), _("Customer terms"), "set_up", "party"
    view_permission, write_permission = "invoicing.view_payment_term", "invoicing.write_payment_term"
    columns, writable, filters = (
        ["party", "payment_term", "company"],
        ["company", "party", "payment_term"],
        ["company", "party", "payment_term"],
    )
