"""What must always be true of the margins of customers."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "value.margins_are_posted",
    title=_("The margins of customers are what the ledger says"),
    why=_("A customer would be worth more or less than what was posted for him (KP-01), and would be served by that."),
)
def margins_are_posted() -> str:
    # Line by line and from the journal alone: written apart from what the trigger does.
    return """
    with posted as (
      select e.id as entry_id, coalesce(l.party_id, (
          select min(o.party_id) from ledger_journalline o join ledger_account c on c.id = o.account_id and c.control = 'receivable'
          where o.entry_id = e.id having count(distinct o.party_id) = 1
        ), case e.source_table
          when 'invoicing_invoice' then (select customer_id from invoicing_invoice where id = e.source_id)
          when 'inventory_goodsissue' then (select customer_id from inventory_goodsissue where id = e.source_id)
          when 'inventory_goodsreturn' then (select customer_id from inventory_goodsreturn where id = e.source_id)
          when 'inventory_goodsreceipt' then (select customer_id from inventory_goodsissue where direct_receipt_id = e.source_id)
        end) as party_id, l.amount
      from ledger_journalline l join ledger_account a on a.id = l.account_id and a.kind in ('income', 'expense')
      join ledger_journalentry e on e.id = l.entry_id
    ), said as (
      select entry_id, party_id, -sum(amount) as margin from posted where party_id is not null group by 1, 2 having sum(amount) <> 0
    )
    select e.number, s.margin as ledger, m.revenue - m.cost - m.other as kept, coalesce(s.party_id, m.party_id) as party
    from said s full join value_customermargin m on m.entry_id = s.entry_id and m.party_id = s.party_id
    join ledger_journalentry e on e.id = coalesce(s.entry_id, m.entry_id)
    where s.margin is distinct from m.revenue - m.cost - m.other
    """


@check(
    "value.revenue_is_invoiced",
    title=_("The revenue of customers is what their invoices posted"),
    why=_("What a customer brought would not be found again in his invoices (KP-01)."),
)
def revenue_is_invoiced() -> str:
    return """
    select i.number, i.id, coalesce(m.revenue, 0) as kept, p.revenue as posted
    from (
      select e.source_id, -sum(l.amount) as revenue from ledger_journalentry e join ledger_journalline l on l.entry_id = e.id
      join ledger_account a on a.id = l.account_id and a.kind in ('income', 'expense')
      where e.source_table = 'invoicing_invoice' group by 1
    ) p join invoicing_invoice i on i.id = p.source_id
    left join (
      select e.source_id, sum(c.revenue) as revenue from value_customermargin c join ledger_journalentry e on e.id = c.entry_id
      where e.source_table = 'invoicing_invoice' group by 1
    ) m on m.source_id = p.source_id
    where coalesce(m.revenue, 0) <> p.revenue
    """
