"""What must always be true of the tax entries."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "tax.entries_equal_ledger",
    title=_("Tax entries explain the tax accounts"),
    why=_("Registers and returns are made of tax entries; a difference would declare another tax than the books owe."),
)
def entries_equal_ledger() -> str:
    return """
    with lines as (
      select l.entry_id, l.account_id, sum(l.amount) as amount
      from ledger_journalline l join ledger_account a on a.id = l.account_id
      where a.control = 'tax' group by 1, 2
    ), taxes as (
      select entry_id, account_id, sum(amount) as amount from tax_taxentry where account_id is not null group by 1, 2
    )
    select e.number, a.number as account, coalesce(l.amount, 0) as ledger, coalesce(t.amount, 0) as tax_entries
    from lines l full join taxes t using (entry_id, account_id)
    join ledger_journalentry e on e.id = entry_id join ledger_account a on a.id = account_id
    where coalesce(l.amount, 0) <> coalesce(t.amount, 0)
    """


@check(
    "tax.balances_equal_entries",
    title=_("Balances of tax accounts equal the tax entries"),
    why=_("What is owed to the authority is read from the balance, what is declared from the tax entries."),
)
def balances_equal_entries() -> str:
    return """
    select a.company_id, a.number, coalesce(b.balance, 0) as balance, coalesce(t.amount, 0) as tax_entries
    from ledger_account a
    left join (select account_id, sum(debit - credit) as balance from ledger_accountbalance group by 1) b on b.account_id = a.id
    left join (select account_id, sum(amount) as amount from tax_taxentry group by 1) t on t.account_id = a.id
    where a.control = 'tax' and coalesce(b.balance, 0) <> coalesce(t.amount, 0)
    """


@check(
    "tax.filed_returns_unchanged",
    title=_("Filed returns still come to what was declared"),
    why=_("What was filed is locked; a tax entry that slipped into a filed period would change it unseen."),
)
def filed_returns_unchanged() -> str:
    return """
    select r.number, r.starts_on, r.ends_on, t.document_number, t.created_at
    from tax_taxreturn r join tax_returndefinition d on d.id = r.definition_id
    join tax_taxentry t on t.company_id = r.company_id and t.reported_on between r.starts_on and r.ends_on
    left join tax_taxcode c on c.id = t.tax_code_id
    where r.state <> 'open' and tax_fits(coalesce(c.code, ''), d.codes) and t.created_at > (
      select max(a.created_at) from tax_returnamount a where a.tax_return_id = r.id)
    """


@check(
    "tax.totals_equal_entries",
    title=_("Kept tax totals equal the tax entries"),
    why=_("Returns are read from the kept totals; a difference would declare wrong figures."),
)
def totals_equal_entries() -> str:
    return """
    with entries as (
      select company_id, reported_on, kind, coalesce(tax_code_id, 0) as code, rate, chargeable, coalesce(account_id, 0) as account,
        sum(base) as base, sum(tax) as tax, sum(non_deductible) as non_deductible, sum(amount) as amount,
        sum(case when restates_id is not null and tax_point < reported_on then -1 else 1 end) as entries
      from tax_taxentry where not (kind = 'other' and source_table = 'tax_taxreturn') group by 1, 2, 3, 4, 5, 6, 7
    ), kept as (
      select company_id, reported_on, kind, coalesce(tax_code_id, 0) as code, rate, chargeable, coalesce(account_id, 0) as account,
        sum(base) as base, sum(tax) as tax, sum(non_deductible) as non_deductible, sum(amount) as amount, sum(entries) as entries
      from tax_taxtotal group by 1, 2, 3, 4, 5, 6, 7
    )
    select reported_on, kind, code, rate, e.tax as tax_entries, k.tax as kept
    from entries e full join kept k using (company_id, reported_on, kind, code, rate, chargeable, account)
    where (e.base, e.tax, e.non_deductible, e.amount, e.entries) is distinct from (k.base, k.tax, k.non_deductible, k.amount, k.entries)
    """


@check(
    "tax.rates_end",
    title=_("Rates of tax codes in use are known for the next 60 days"),
    why=_("Documents of later days are refused. Enter the next rate under Set up > Tax codes."),
    is_notice=True,
)
def rates_end() -> str:
    return """
    select y.code as company, c.code as tax_code, r.until as last_day
    from (select tax_code_id, max(coalesce(valid_to, 'infinity')) as until from tax_taxrate group by 1) r
    join tax_taxcode c on c.id = r.tax_code_id join companies_company y on y.id = c.company_id
    where r.until <= current_date + 60 and c.is_active
      and exists (select from tax_taxrule u where u.tax_code_id = c.id and (u.valid_to is null or u.valid_to > r.until))
    """


@check(
    "tax.restated_once",
    title=_("What was brought back into a return counts once"),
    why=_("A late line that is restated is taken off where it counted and counted in its own period, with the same figures."),
)
def restated_once() -> str:
    return """
    select t.document_number, count(r.id) as restatements, sum(r.base) as base, sum(r.tax) as tax
    from tax_taxentry t join tax_taxentry r on r.restates_id = t.id
    group by t.id, t.document_number, t.base, t.tax
    having count(r.id) <> 2 or sum(r.base) <> 0 or sum(r.tax) <> 0 or sum(r.amount) <> 0 or sum(r.non_deductible) <> 0
    """
