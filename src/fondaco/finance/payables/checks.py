"""What must always be true of vendor bills."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "payables.lines_add_up",
    title=_("The lines of a posted bill add up to its totals"),
    why=_("Otherwise the bill on the screen would not be the one in the books."),
)
def lines_add_up() -> str:
    return """
    select b.number, b.net, coalesce(sum(l.net), 0) as lines_net, b.tax, coalesce(sum(l.tax), 0) as lines_tax
    from payables_bill b left join payables_billline l on l.bill_id = b.id
    where b.state <> 'draft'
    group by b.id, b.number, b.net, b.tax
    having b.net <> coalesce(sum(l.net), 0) or b.tax <> coalesce(sum(l.tax), 0)
    """


@check(
    "payables.entry_owes_the_total",
    title=_("The entry of a bill owes the vendor its total"),
    why=_("The payable of the books and the bill on file must be the same debt to the same vendor."),
)
def entry_owes_the_total() -> str:
    return """
    select b.number, b.gross, coalesce(sum(i.amount), 0) as owed
    from payables_bill b left join ledger_openitem i on i.entry_id = b.entry_id and i.control = 'payable' and i.party_id = b.vendor_id
      and i.currency_id = b.currency_id
    where b.state <> 'draft'
    group by b.id, b.number, b.gross, b.kind
    having coalesce(sum(i.amount), 0) <> case b.kind when 'bill' then -b.gross else b.gross end
    """


@check(
    "payables.taxes_equal_lines",
    title=_("The tax summary of a posted bill equals its lines"),
    why=_("The VAT registers are written from the summary."),
)
def taxes_equal_lines() -> str:
    return """
    select b.number, t.base, t.tax, b.net, b.tax as bill_tax
    from payables_bill b
    left join (select bill_id, sum(base) as base, sum(tax) as tax from payables_billtax group by bill_id) t on t.bill_id = b.id
    where b.state <> 'draft' and (t.base is distinct from b.net or t.tax is distinct from b.tax)
    """
