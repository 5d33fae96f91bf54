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
    title=_("The entry of a bill owes the vendor its total, less what is withheld"),
    why=_("The payable of the books and the bill on file must be the same debt to the same vendor."),
)
def entry_owes_the_total() -> str:
    return """
    select b.number, b.gross, coalesce(sum(i.amount), 0) as owed
    from payables_bill b left join ledger_openitem i on i.entry_id = b.entry_id and i.control = 'payable' and i.party_id = b.vendor_id
      and i.currency_id = b.currency_id
    where b.state <> 'draft'
    group by b.id, b.number, b.gross, b.withheld, b.kind
    having coalesce(sum(i.amount), 0) <> case b.kind when 'bill' then -(b.gross - b.withheld) else b.gross - b.withheld end
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


@check(
    "payables.withheld_explains_account",
    title=_("Withholdings explain the account of tax not yet due"),
    why=_(
        "What was withheld and is not due yet must wait there to the cent; otherwise a vendor would be certified another tax than the books owe."
    ),
)
def withheld_explains_account() -> str:
    return """
    with waiting as (
      select b.company_id, sum(w.amount) - coalesce(sum((select sum(d.amount) from payables_withheld d where d.withholding_id = w.id)), 0) as amount
      from payables_billwithholding w join payables_bill b on b.id = w.bill_id join payables_withholdingkind k on k.id = w.kind_id
      where k.due = 'payment' and b.state = 'posted' group by 1
    )
    select a.company_id, coalesce(-b.balance, 0) as account, coalesce(w.amount, 0) as withheld
    from ledger_account a
    left join (select account_id, sum(debit - credit) as balance from ledger_accountbalance group by 1) b on b.account_id = a.id
    left join waiting w on w.company_id = a.company_id
    where a.purpose = 'withholding_suspended' and coalesce(-b.balance, 0) <> coalesce(w.amount, 0)
    """


@check(
    "payables.withholding_ends",
    title=_("Kinds of withholding are known for the next 60 days"),
    why=_("Bills of later days are refused. Enter the figures of the law under Set up > Kinds of withholding."),
    is_notice=True,
)
def withholding_ends() -> str:
    return """
    select c.code as company, k.code as kind, k.rate, k.valid_to as last_day
    from payables_withholdingkind k join companies_company c on c.id = k.company_id
    where k.is_active and k.valid_to <= current_date + 60
    """
