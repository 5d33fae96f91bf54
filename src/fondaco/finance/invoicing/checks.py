"""What must be true of invoices."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "invoicing.down_payments_are_cleared",
    title=_("Down payments stand in the books at what is left of them, and at nothing once they are taken off"),
    why=_("What a customer paid ahead is owed to him until it is delivered, and a rest of cents would stay for ever (OM-09)."),
)
def down_payments_are_cleared() -> str:
    return """
    with line as (
      select coalesce(l.down_payment_id, l.id) as root, l.invoice_id, case i.kind when 'credit_note' then -l.net else l.net end as net,
        case i.kind when 'credit_note' then -l.booked else l.booked end as booked, i.number, i.entry_id, i.state
      from invoicing_invoiceline l join invoicing_invoice i on i.id = l.invoice_id and i.state <> 'draft' where l.is_down_payment
    )
    select max(number) as invoice, sum(net) as left_over, sum(booked) as booked from line where state = 'posted'
    group by root having sum(net) < 0 or (sum(net) = 0) <> (sum(booked) = 0)
    union all
    select v.number, v.booked, coalesce(sum(-j.amount), 0) from (select number, entry_id, sum(booked) as booked from line group by 1, 2) v
    left join ledger_journalline j on j.entry_id = v.entry_id
      and j.account_id in (select a.id from ledger_account a where a.purpose = 'down_payments')
    group by v.number, v.booked having v.booked is distinct from coalesce(sum(-j.amount), 0)
    """
