"""What must always be true of orders."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check

DELIVERED = """
select demand_line as line, sum(quantity) as quantity, sum(second_quantity) as second from inventory_stockmove
where demand_table = 'sales_orderline' and returns_id is null group by 1
"""
RETURNED = """
select o.demand_line as line, sum(m.quantity) as quantity from inventory_stockmove m join inventory_stockmove o on o.id = m.returns_id
where o.demand_table = 'sales_orderline' group by 1
"""
INVOICED = """
select l.source_id as line, sum(l.quantity) as quantity from invoicing_invoiceline l join invoicing_invoice i on i.id = l.invoice_id
where l.source_table = 'sales_orderline' and i.kind = 'invoice' and i.state in ('draft', 'posted') group by 1
"""
CREDITED = """
select l.source_id as line, sum(c.quantity) as quantity from invoicing_invoiceline c join invoicing_invoice n on n.id = c.invoice_id
join invoicing_invoiceline l on l.id = c.source_id
where c.source_table = 'invoicing_invoiceline' and l.source_table = 'sales_orderline' and n.kind = 'credit_note' and n.state in ('draft', 'posted')
group by 1
"""


@check("sales.delivered_as_ordered", title=_("No line is delivered beyond its order"), why=_("Goods that nobody ordered would have left."))
def delivered_as_ordered() -> str:
    return f"""
    select o.number, l.position, l.quantity, d.quantity as delivered from sales_orderline l join sales_order o on o.id = l.order_id
    join ({DELIVERED}) d on d.line = l.id left join catalog_product p on p.id = l.product_id
    where case when l.second_quantity is null then d.quantity > l.quantity * (1 + coalesce(p.second_tolerance, 0) / 100) else d.second > l.second_quantity end
    """


@check(
    "sales.invoiced_as_delivered",
    title=_("No goods are invoiced before they are delivered"),
    why=_("Revenue would be booked for goods that are still here (OM-01)."),
)
def invoiced_as_delivered() -> str:
    return f"""
    select o.number, l.position, coalesce(d.quantity, 0) as delivered, b.quantity as invoiced, coalesce(c.quantity, 0) as credited
    from sales_orderline l join sales_order o on o.id = l.order_id join catalog_product p on p.id = l.product_id and p.kind = 'goods'
    join ({INVOICED}) b on b.line = l.id left join ({DELIVERED}) d on d.line = l.id left join ({CREDITED}) c on c.line = l.id
    where b.quantity - coalesce(c.quantity, 0) > coalesce(d.quantity, 0)
    """


@check("sales.returned_as_delivered", title=_("No more comes back than left"), why=_("Stock would grow out of nothing (OM-01)."))
def returned_as_delivered() -> str:
    return f"""
    select r.line, r.quantity as returned, coalesce(d.quantity, 0) as delivered
    from ({RETURNED}) r left join ({DELIVERED}) d on d.line = r.line where r.quantity > coalesce(d.quantity, 0)
    """


@check(
    "sales.reserved_for_open_orders",
    title=_("Goods are reserved for open orders only, and never more than is owed"),
    why=_("Goods kept for a cancelled or delivered order are missing to everybody else (OM-04)."),
)
def reserved_for_open_orders() -> str:
    return f"""
    select o.number, o.state, l.position, l.quantity, r.quantity as reserved, coalesce(d.quantity, 0) as delivered
    from (select demand_line as line, sum(quantity) as quantity, sum(second_quantity) as second from inventory_reservation where demand_table = 'sales_orderline' group by 1) r
    left join sales_orderline l on l.id = r.line left join sales_order o on o.id = l.order_id left join ({DELIVERED}) d on d.line = l.id
    where r.quantity > 0 and (o.state is distinct from 'confirmed' or case when r.second is null then r.quantity > l.quantity - coalesce(d.quantity, 0)
      when l.second_quantity is null then r.quantity > l.quantity else r.second > l.second_quantity - coalesce(d.second, 0) + 0.001 end)
    """


@check(
    "sales.order_equals_quote",
    title=_("An order has the lines and amounts of its accepted quote, but for what recurs, until it is amended"),
    why=_("The customer owes what he accepted, to the cent (PR-10)."),
)
def order_equals_quote() -> str:
    return """
    select q.number as quote, o.number as "order", q.gross as quoted, o.gross as ordered from sales_order o join sales_quote q on q.id = o.quote_id
    cross join lateral (select coalesce(sum(a.net), 0) as net, coalesce(sum(a.tax), 0) as tax from sales_quoteline a where a.quote_id = q.id and a.per_months is null) s
    where not exists (select from documents_amendment m where m.table_name = 'sales_order' and m.row_id = o.id) and ((s.net, s.tax, s.net + s.tax, q.currency_id, q.customer_id, q.payment_term_id)
        is distinct from (o.net, o.tax, o.gross, o.currency_id, o.customer_id, o.payment_term_id)
      or exists (select 1 from (select * from sales_quoteline where per_months is null) a full join sales_orderline b on b.quote_line_id = a.id
        where coalesce(a.quote_id, q.id) = q.id and coalesce(b.order_id, o.id) = o.id and (a.quote_id = q.id or b.order_id = o.id)
          and (a.product_id, a.quantity, a.second_quantity, a.unit_price, a.discount_percent, a.tax_code_id, a.net, a.tax)
            is distinct from (b.product_id, b.quantity, b.second_quantity, b.unit_price, b.discount_percent, b.tax_code_id, b.net, b.tax)))
    """


@check(
    "sales.quote_sums_of_what_recurs",
    title=_("A quote says what recurs of it, a month and over its term"),
    why=_("The customer was told another value of the contract than he signed (PR-09)."),
)
def quote_sums_of_what_recurs() -> str:
    return """
    select q.number as quote, q.monthly, s.monthly as reckoned, q.term_value, s.whole from sales_quote q join companies_currency c on c.code = q.currency_id
    cross join lateral (select coalesce(sum(round(l.net / l.per_months, c.decimals::int)), 0) as monthly,
      case when count(l.per_months) > 0 and q.term_months is not null
        then sum(case when l.per_months is null then l.net else round(l.net * q.term_months / l.per_months, c.decimals::int) end) end as whole
      from sales_quoteline l where l.quote_id = q.id) s
    where (q.monthly, q.term_value) is distinct from (s.monthly, s.whole)
    """


@check(
    "sales.invoice_equals_order",
    title=_("Invoices of an order have its prices, discounts and tax codes; invoiced whole, its amounts"),
    why=_("The customer is charged what was agreed, to the cent (PR-10)."),
)
def invoice_equals_order() -> str:
    return """
    select o.number as "order", i.number as invoice, l.position from sales_orderline l join sales_order o on o.id = l.order_id
    join invoicing_invoiceline b on b.source_table = 'sales_orderline' and b.source_id = l.id
    join invoicing_invoice i on i.id = b.invoice_id and i.state = 'posted'
    where (b.unit_price, b.discount_percent, b.tax_code_id, i.currency_id, i.prices_include_tax)
      is distinct from (l.unit_price, l.discount_percent, l.tax_code_id, o.currency_id, o.prices_include_tax)
    union all
    select o.number, i.number, 0 from sales_order o join invoicing_invoice i on i.source_table = 'sales_order' and i.source_id = o.id
      and i.kind = 'invoice' and i.state = 'posted'
    where i.gross <> o.gross and not exists (
      select 1 from sales_orderline l full join (select * from invoicing_invoiceline x where x.invoice_id = i.id) b
        on b.source_table = 'sales_orderline' and b.source_id = l.id and b.quantity = l.quantity and b.tax_rate = l.tax_rate
      where (l.order_id = o.id and b.id is null) or (l.id is null and b.id is not null))
    """


RETURNS = """
select a.number, a.state, l.id, l.position, l.order_line_id, l.quantity as asked, came.quantity as received, found.restocked, found.scrapped, found.sent_back,
  found.kept - found.mended as in_repair, came.quantity - found.looked as waiting, credited.quantity as credited, replaced.quantity as replaced
from sales_returnline l join sales_returnauthorisation a on a.id = l.authorisation_id
cross join lateral (
  select coalesce(sum(m.quantity), 0) as quantity from inventory_goodsreturnline g join inventory_stockmove m
    on m.source_table = 'inventory_goodsreturn' and m.source_line = g.id where g.demand_table = 'sales_returnline' and g.demand_line = l.id
) came
cross join lateral (
  select coalesce(sum(i.quantity) filter (where not i.of_repair), 0) as looked, coalesce(sum(i.quantity) filter (where i.of_repair), 0) as mended,
    coalesce(sum(i.quantity) filter (where i.outcome = 'repair'), 0) as kept, coalesce(sum(i.quantity) filter (where i.outcome = 'restock'), 0) as restocked,
    coalesce(sum(i.quantity) filter (where i.outcome = 'scrap'), 0) as scrapped, coalesce(sum(i.quantity) filter (where i.outcome = 'send_back'), 0) as sent_back
  from sales_returninspection i where i.line_id = l.id
) found
cross join lateral (
  select coalesce(sum(c.quantity), 0) as quantity from sales_returncredit c join invoicing_invoiceline n on n.id = c.note_line_id
  join invoicing_invoice v on v.id = n.invoice_id and v.kind = 'credit_note' and v.state in ('draft', 'posted') where c.line_id = l.id
) credited
cross join lateral (
  select coalesce(sum(p.quantity), 0) as quantity from sales_orderline p join sales_order o on o.id = p.order_id and o.state <> 'cancelled' where p.return_line_id = l.id
) replaced
"""


@check(
    "sales.returns_reconcile",
    title=_("The quantities of returns reconcile line by line"),
    why=_("Goods would have come, gone or been paid back that nobody asked for (OM-08)."),
)
def returns_reconcile() -> str:
    return f"""
    select r.* from ({RETURNS}) r where r.received > r.asked or r.waiting < 0 or r.in_repair < 0
      or r.received <> r.restocked + r.scrapped + r.sent_back + r.in_repair + r.waiting
      or r.credited > r.received - r.sent_back or r.credited + r.replaced + r.sent_back > r.asked
      or (r.state = 'settled' and (r.waiting > 0 or r.in_repair > 0)) or (r.state in ('draft', 'authorised', 'expired', 'cancelled') and r.received > 0)
    """


@check(
    "sales.inspected_as_moved",
    title=_("What an inspection found was moved so"),
    why=_("Stock and scrap would not be what the return says (OM-08)."),
)
def inspected_as_moved() -> str:
    return """
    select i.id, i.outcome, i.quantity, m.quantity as moved from sales_returninspection i
    left join inventory_stockmove m on m.source_line = i.paper_line and m.source_table = replace(i.paper_table, 'line', '')
    where i.outcome <> 'repair' and m.quantity is distinct from i.quantity
    """


@check(
    "sales.returns_as_delivered",
    title=_("No more is authorised to come back than is with the customer"),
    why=_("Goods would be promised back that never left, or came back already (OM-08)."),
)
def returns_as_delivered() -> str:
    return f"""
    select c.order_line, c.quantity as coming, d.quantity as delivered, coalesce(b.quantity, 0) as returned
    from sales_coming_back(array(select distinct l.order_line_id from sales_returnline l)) c
    left join ({DELIVERED}) d on d.line = c.order_line left join ({RETURNED}) b on b.line = c.order_line
    where c.quantity > coalesce(d.quantity, 0) - coalesce(b.quantity, 0)
    """


@check(
    "sales.blankets_not_overdrawn",
    title=_("No more is called off from blanket orders than was agreed"),
    why=_("Somebody would have been sold more at agreed prices than was agreed (OM-07)."),
)
def blankets_not_overdrawn() -> str:
    return """
    select b.number, l.position, l.agreed_quantity, c.quantity, l.agreed_value, c.value from sales_blanketline l join sales_blanketorder b on b.id = l.blanket_id
    join sales_called_off(array(select id from sales_blanketline), '{}') c on c.blanket_line = l.id
    where c.quantity > l.agreed_quantity or c.value > l.agreed_value
    union all
    select b.number, 0, null, null, b.agreed_value, sales_blanket_value(b.id) from sales_blanketorder b where sales_blanket_value(b.id) > b.agreed_value
    """
