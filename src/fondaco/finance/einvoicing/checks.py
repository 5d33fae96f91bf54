"""What must always be true of e-invoices."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "einvoicing.files_are_kept",
    title=_("Every e-invoice that was sent has its file"),
    why=_("The law asks for the original bytes for ten years; a record without its file proves nothing."),
)
def files_are_kept() -> str:
    return (
        "select e.id, e.number, e.digest from einvoicing_einvoice e where e.kept_until >= current_date and not exists (select from files_attachment a"
        " where a.table_name = 'einvoicing_einvoice' and a.row_id = e.id and a.digest = e.digest and a.size = e.size)"
    )


@check(
    "einvoicing.only_posted_invoices_are_sent",
    title=_("Only posted invoices have gone as e-invoices"),
    why=_("What the tax office holds must stand in the books; a reversed invoice whose e-invoice was not rejected would be owed to both."),
)
def only_posted_are_sent() -> str:
    return (
        "select e.id, e.number, i.number as invoice, i.state from einvoicing_einvoice e join invoicing_invoice i on i.id = e.invoice_id"
        " where i.state = 'draft' or (i.state = 'reversed' and e.state not in ('rejected', 'refused'))"
        " union all select e.id, e.number, b.number, b.state from einvoicing_einvoice e join payables_bill b on b.id = e.bill_id"
        " where b.state = 'draft' or (b.state = 'reversed' and e.state not in ('rejected', 'refused'))"
    )


@check(
    "einvoicing.states_follow_from_notices",
    title=_("The state of an e-invoice is what the notices say"),
    why=_("Rejected without a notice of rejection, or the other way round, misleads whoever must act within five days."),
)
def states_follow() -> str:
    return (
        "select e.id, e.number, e.state from einvoicing_einvoice e where"
        " (e.state = 'rejected') <> exists (select from einvoicing_notice n where n.einvoice_id = e.id and n.kind = 'NS')"
        " and not (e.state = 'refused' and exists (select from einvoicing_notice n where n.einvoice_id = e.id and n.kind = 'NE2'))"
    )
