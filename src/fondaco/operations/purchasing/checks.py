"""What must always be true of what was ordered, came, went back and was billed."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "purchasing.received_is_explained",
    title=_("Goods received and not invoiced are explained line by line"),
    why=_("What stands there is what came and is not billed, less what is billed and waits for goods or for the vendor's credit (PC-05)."),
)
def received_is_explained() -> str:
    return """
    with booked as (
      select l.company_id, sum(l.amount) as amount, sum(l.amount) filter (where e.source_table = 'payables_bill' and j.purpose = 'purchases') as of_bills
      from ledger_account a join ledger_journalline l on l.account_id = a.id join ledger_journalentry e on e.id = l.entry_id join ledger_journal j on j.id = e.journal_id
      where a.purpose = 'goods_received_not_invoiced' and e.source_table in ('inventory_goodsreceipt', 'payables_bill', 'purchasing_vendorreturn') group by 1
    ), parts as (
      select m.company_id, -round(m.quantity * g.unit_cost, u.decimals::int) as amount from inventory_stockmove m
      join inventory_goodsreceipt r on m.source_table = 'inventory_goodsreceipt' and r.id = m.source_id and r.kind in ('purchase', 'takeover', 'direct')
      join inventory_goodsreceiptline g on g.id = m.source_line join companies_company c on c.id = m.company_id join companies_currency u on u.code = c.currency_id
      union all
      select r.company_id, l.booked from purchasing_vendorreturnline l join purchasing_vendorreturn r on r.id = l.vendor_return_id where r.state in ('sent', 'credited', 'closed')
      union all
      select o.company_id, case when b.move_id is null then b.billed else b.booked end - b.billed - b.variance
      from purchasing_billed b join purchasing_purchaseorderline l on l.id = b.line_id join purchasing_purchaseorder o on o.id = l.order_id
      union all select company_id, of_bills from booked
    ), explained as (select company_id, sum(amount) as amount from parts group by 1)
    select coalesce(b.company_id, e.company_id) as company_id, coalesce(b.amount, 0) as ledger, coalesce(e.amount, 0) as explained
    from booked b full join explained e on e.company_id = b.company_id where coalesce(b.amount, 0) <> coalesce(e.amount, 0)
    """


@check(
    "purchasing.credit_waits_as_sent",
    title=_("What waits for the vendor's credit was sent back, was billed and is not credited"),
    why=_("A vendor would be asked for too much, or for too little (PC-05)."),
)
def credit_waits_as_sent() -> str:
    return """
    with waits as (
      select b.return_line_id, sum(b.quantity) as quantity, sum(b.billed) as amount, sum(b.quantity) filter (where b.note_id is null) as billed,
        -coalesce(sum(b.quantity) filter (where b.note_id is not null), 0) as credited
      from purchasing_billed b where b.return_line_id is not null group by 1
    )
    select r.number, l.position, m.quantity as moved, w.billed, w.credited, w.quantity as waits, w.amount
    from purchasing_vendorreturnline l join purchasing_vendorreturn r on r.id = l.vendor_return_id and r.state in ('sent', 'credited', 'closed')
    left join inventory_stockmove m on m.source_table = 'purchasing_vendorreturn' and m.source_line = l.id left join waits w on w.return_line_id = l.id
    where m.quantity is distinct from l.quantity or m.value is distinct from l.cost - l.variance or w.billed > m.quantity or w.credited > w.billed or w.quantity < 0
      or (w.quantity = 0 and w.amount <> 0) or (w.quantity > 0 and r.state <> 'sent')
    """
