"""How e-invoicing is set up, and how its files are shown and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing.formats import cii, ubl  # noqa: F401  formats are declared on import
from fondaco.finance.einvoicing.models import InvoiceDetails, Recipient, Sender
from fondaco.platform.resources.declare import Column, Resource, register


@register
class SenderResource(Resource):
    model, key = Sender, "einvoice-senders"
    title, title_one, job, icon = _("E-invoicing"), _("E-invoicing of a company"), "set_up", "building"
    view_permission, write_permission = "einvoicing.view_sender", "einvoicing.write_sender"
    columns = ["company", "format", "channel", "tax_code", "regime"]
    fields = [
        *columns, "province", "register_office", "register_number", Column("share_capital", currency="company__currency__code"), "sole_member", "in_liquidation",
        "virtual_stamp", "file_prefix", "endpoint_scheme", "endpoint",
    ]  # fmt: skip
    writable = [
        "company", "format", "channel", "tax_code", "regime", "province", "register_office", "register_number", "share_capital", "sole_member", "in_liquidation",
        "virtual_stamp", "file_prefix", "endpoint_scheme", "endpoint",
    ]  # fmt: skip
    filters, sort = ["company", "format", "channel"], "company"


@register
class RecipientResource(Resource):
    model, key = Recipient, "einvoice-recipients"
    title, title_one, job, icon = _("E-invoice addresses"), _("E-invoice address"), "sell", "link"
    group, place = "set_up", 60
    view_permission, write_permission = "einvoicing.view_recipient", "einvoicing.write_recipient"
    columns = ["party", "format", "code", "certified_mail", "tax_due", "endpoint"]
    fields = [*columns, "endpoint_scheme", "buyer_reference"]
    writable = ["party", "format", "code", "certified_mail", "tax_due", "buyer_reference", "endpoint_scheme", "endpoint"]
    filters, search, sort = ["party", "format", "tax_due"], ["code", "certified_mail", "endpoint"], "-id"


@register
class InvoiceDetailsResource(Resource):
    model, key = InvoiceDetails, "einvoice-details"
    title, title_one, job, icon = _("E-invoice details"), _("E-invoice details"), "books", "note"
    group, place = "set_up", 70
    view_permission, write_permission = "einvoicing.view_details", "einvoicing.write_details"
    columns = ["invoice", "document_type", "order_number", "contract", "cup", "cig", "delivery_number"]
    fields = [
        *columns, "order_on", "delivered_on", "withholding_kind", Column("withholding_rate", kind="percent"), Column("withholding_amount", currency="invoice__currency__code"),
        "withholding_reason", "fund_kind", Column("fund_rate", kind="percent"), "fund_line",
    ]  # fmt: skip
    writable = [
        "invoice", "document_type", "order_number", "order_on", "contract", "cup", "cig", "delivery_number", "delivered_on", "withholding_kind", "withholding_rate",
        "withholding_amount", "withholding_reason", "fund_kind", "fund_rate", "fund_line",
    ]  # fmt: skip
    filters, search = ["invoice", "document_type"], ["order_number", "contract", "cup", "cig"]
