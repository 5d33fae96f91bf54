"""What sales adds to a customer's exposure, and the question whether an order may go on (AR-03)."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from fondaco.finance.receivables.credit import Paper, contributes, judge
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.sales.queries import AHEAD

# Confirmed orders as far as they are not invoiced, closed ones as far as something left: what was delivered, and what is still to come.
# A share of a line is worth its share of net and tax, at the rate of the present day. Drafts of invoices are not yet owed: they count here.
contributes(
    {"delivered": _("Delivered, not invoiced"), "ordered": _("Open orders"), "ahead": _("Down payments invoiced")},
    # What was asked for ahead is owed, or paid, already: it comes off the order that it is for.
    f"""
    select o.company_id, o.customer_id, 'ahead', -round(z.gross * coalesce(r.rate, 1), b.decimals::int)
    from asked a join sales_order o on o.company_id = a.company_id and o.customer_id = a.party_id and o.state in ('confirmed', 'closed')
    join companies_company c on c.id = o.company_id join companies_currency b on b.code = c.currency_id
    join lateral ({AHEAD.format(given="a.source_id = o.id and i.state = 'posted'")}) z on true
    left join lateral (select x.rate from companies_exchangerate x where o.currency_id <> c.currency_id and x.base_id = c.currency_id
      and x.currency_id = o.currency_id and x."on" <= current_date order by x."on" desc limit 1) r on true
    union all
    select o.company_id, o.customer_id, s.part, round((l.net + l.tax) * s.quantity / l.quantity * coalesce(r.rate, 1), b.decimals::int)
    from asked a join sales_order o on o.company_id = a.company_id and o.customer_id = a.party_id and o.state in ('confirmed', 'closed')
    join companies_company c on c.id = o.company_id join companies_currency b on b.code = c.currency_id
    left join lateral (select x.rate from companies_exchangerate x where o.currency_id <> c.currency_id and x.base_id = c.currency_id
      and x.currency_id = o.currency_id and x."on" <= current_date order by x."on" desc limit 1) r on true
    join sales_orderline l on l.order_id = o.id left join catalog_product p on p.id = l.product_id
    cross join lateral (
      select coalesce(sum(m.quantity) filter (where m.returns_id is null), 0) as gone,
        coalesce((select sum(k.quantity) from inventory_stockmove k join inventory_stockmove g on g.id = k.returns_id
          where g.demand_table = 'sales_orderline' and g.demand_line = l.id), 0) as back
      from inventory_stockmove m where m.demand_table = 'sales_orderline' and m.demand_line = l.id
    ) d
    cross join lateral (
      select coalesce(sum(v.quantity), 0) - coalesce(sum((select coalesce(sum(n.quantity), 0) from invoicing_invoiceline n
        join invoicing_invoice w on w.id = n.invoice_id and w.kind = 'credit_note' and w.state = 'posted'
        where n.source_table = 'invoicing_invoiceline' and n.source_id = v.id)), 0) as quantity
      from invoicing_invoiceline v join invoicing_invoice i on i.id = v.invoice_id and i.kind = 'invoice' and i.state = 'posted'
      where v.source_table = 'sales_orderline' and v.source_id = l.id
    ) billed
    cross join lateral (values
      ('delivered', case when p.kind = 'goods' then greatest(d.gone - case when d.back > 0 then greatest(d.back - sales_made_good(l.id), 0) else 0 end - billed.quantity, 0) else 0 end),
      ('ordered', case when o.state <> 'confirmed' then 0 when p.kind = 'goods' then greatest(l.quantity - d.gone, 0) else greatest(l.quantity - billed.quantity, 0) end)
    ) s (part, quantity)
    where s.quantity > 0
    """,
)


def paper_of(document: Order | Quote, *, adds: bool = True) -> Paper:
    """An order or quote as credit sees it: with all that it comes to, tax included."""
    source = (type(document)._meta.db_table, document.pk)
    return Paper(document.company_id, document.customer_id, source, str(document), document.gross, document.currency_id or "", adds)


def held(orders: Sequence[Order], day: date) -> set[int]:
    """The keys of the orders that credit holds; logged, with the figures."""
    return {v.paper.source[1] for v in judge([paper_of(o) for o in orders], stage="order", on=day)}


def note_quotes(quotes: Sequence[Quote], day: date) -> None:
    """Log which quotes would be held if they were orders today; they are sent nevertheless."""
    judge([paper_of(q) for q in quotes], stage="quote", on=day, decision="noted")
