"""What must always be true of lists of trade."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "intrastat.lists_equal_taxes",
    title=_("Intrastat lists tell what the tax entries say"),
    why=_("A document stands on one list, with the amount on which it was taxed; a difference would tell two authorities two things."),
)
def lists_equal_taxes() -> str:
    return """
    select t.document_number, t.base as tax_entries, sum(f.value) as on_the_list, min(s.number) as list
    from intrastat_statementfact f join tax_taxentry t on t.id = f.tax_entry_id join intrastat_statement s on s.id = f.statement_id
    group by t.id, t.document_number, t.base having sum(f.value) <> t.base or count(distinct f.statement_id) > 1
    """


@check(
    "intrastat.rows_equal_documents",
    title=_("Rows of filed Intrastat lists are what their documents come to"),
    why=_("What was filed is explained by documents, to the cent before rounding."),
)
def rows_equal_documents() -> str:
    return """
    select s.number, r.section, r.position, r.value, coalesce(f.value, 0) as documents
    from intrastat_statementrow r join intrastat_statement s on s.id = r.statement_id
    left join (select row_id, sum(value) as value from intrastat_statementfact group by 1) f on f.row_id = r.id
    where r.value <> coalesce(f.value, 0) or r.amount <> round(r.value)
    """


@check(
    "intrastat.filed_lists_whole",
    title=_("Filed Intrastat lists left nothing out that was posted before"),
    why=_("What was posted when a list was filed stands on it or on an earlier one; what came later waits for the next."),
)
def filed_lists_whole() -> str:
    return """
    select s.number, t.document_number, t.tax_point, t.base
    from intrastat_statement s join intrastat_listrule r on r.company_id = s.company_id and r.kind = s.kind
      and r.valid_from <= s.ends_on and (r.valid_to is null or r.valid_to >= s.ends_on)
    join companies_company y on y.id = s.company_id
    join tax_taxentry t on t.company_id = s.company_id and t.tax_point between s.starts_on and s.ends_on and t.reverses_id is null
      and t.kind = case when s.kind in ('goods_sold', 'services_supplied') then 'sale' else 'purchase' end and t.releases_id is null and t.restates_id is null
    join tax_taxcode c on c.id = t.tax_code_id and c.kind = t.kind
      and c.treatment = case when s.kind in ('goods_sold', 'goods_bought') then 'intra_community' else 'reverse_charge' end and tax_fits(c.code, r.codes)
    left join parties_party p on p.id = t.party_id left join companies_country n on n.code = p.country_id
    where s.state = 'filed' and (c.treatment = 'intra_community' or (n.vat_prefix <> '' and n.code <> y.country_id))
      and not exists (select from intrastat_statementfact f where f.tax_entry_id = t.id)
      and t.created_at < (select min(f.created_at) from intrastat_statementfact f where f.statement_id = s.id)
    """


@check(
    "intrastat.lists_due",
    title=_("Intrastat lists are filed in time"),
    why=_("The day by which the law asks for them is past. File them under Books > Intrastat lists."),
    is_notice=True,
)
def lists_due() -> str:
    return """
    select y.code as company, s.kind, s.starts_on, s.ends_on, s.due_on
    from intrastat_statement s join companies_company y on y.id = s.company_id where s.state = 'open' and s.due_on < current_date
    """
