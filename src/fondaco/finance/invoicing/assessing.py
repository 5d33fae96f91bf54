"""Completing invoices while they are drafts: currency, terms, tax codes with their reasons, totals. For a whole set at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from fondaco.finance.invoicing.models import CustomerTerms, Instalment, Invoice, InvoiceLine
from fondaco.finance.invoicing.refusals import PriceMissing
from fondaco.finance.invoicing.terms import AT_ONCE, Part, due_dates
from fondaco.finance.tax.assessing import HUNDRED, Assessment, TaxableLine, assess
from fondaco.finance.tax.queries import TaxTable, tax_tables
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import companies_of, decimals_of
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.database.rows import related
from fondaco.platform.resources.declare import Draft

INVOICE_LINE = InvoiceLine._meta.db_table


def complete(drafts: Sequence[Draft]) -> None:
    """Fill in what a draft leaves open and compute its totals (TX-01, TX-02). Statements do not grow with the drafts."""
    rows = [d.row for d in drafts]
    companies = companies_of({r.company_id for r in rows})
    parties = related(rows, "customer")
    products = related((ln for d in drafts for ln in d.lines), "product")
    terms = terms_of_customers(parties, companies)
    for row in rows:
        company, party = companies[row.company_id], parties[row.customer_id]
        row.currency_id = row.currency_id or party.currency_id or company.currency_id
        row.payment_term_id = row.payment_term_id or terms.get((row.company_id, row.customer_id))
        row.salesperson_id = row.salesperson_id or party.salesperson_id
    decimals = decimals_of({r.currency_id for r in rows})
    instalments = instalments_of({r.payment_term_id for r in rows if r.payment_term_id})
    tables = tax_tables(companies.values(), parties=parties.values())
    arrival = arrivals_of(parties)
    credited = dict(Invoice.objects.filter(pk__in={r.credits_id for r in rows if r.credits_id}).values_list("id", "on"))
    for draft in drafts:
        row, company = draft.row, companies[draft.row.company_id]
        assessment = assess_lines(
            row,
            draft.lines,
            company,
            parties[row.customer_id],
            products,
            tables[company.pk],
            decimals[row.currency_id],
            ship_from=row.ship_from_id or "",
            ship_to=row.ship_to_id or arrival.get(row.customer_id, ""),
            rated_on=credited.get(row.credits_id),
        )
        row.net, row.tax, row.gross = assessment.net, assessment.tax, assessment.gross
        row.due_on = max(
            (day for day, _ in due_dates(row.on, row.gross, instalments.get(row.payment_term_id, AT_ONCE), decimals[row.currency_id])),
            default=row.on,
        )


def terms_of_customers(parties: Iterable[int], companies: Iterable[int]) -> dict[tuple[int, int], int]:
    """The payment terms agreed with customers, by company and customer; one statement."""
    rows = CustomerTerms.objects.filter(party__in=list(parties), company__in=list(companies))
    return {(company, party): term for company, party, term in rows.values_list("company_id", "party_id", "payment_term_id")}


def arrivals_of(parties: Iterable[int]) -> dict[int, str]:
    """The country where goods for a party arrive, when his delivery address names one; one statement."""
    rows = Address.objects.filter(party__in=list(parties), kind="delivery").exclude(country=None).order_by("party_id", "-position", "-id")
    return dict(rows.values_list("party_id", "country_id"))


def assess_lines(
    row: Any,
    lines: Sequence[Any],
    company: Company,
    party: Party,
    products: dict[int, Product],
    table: TaxTable,
    decimals: int,
    *,
    kind: str = "sale",
    ship_from: str = "",
    ship_to: str = "",
    rated_on: date | None = None,
) -> Assessment:
    """Determine the tax of each line that has none given, and assess the document. Serves quotes, orders and bills too (``kind``):
    ``row`` has ``on`` and ``prices_include_tax``; a line has quantity, unit_price, discount_percent, product, tax_code.

    A credit note is taxed as on the day of what it credits (``rated_on``), and a line copied from an invoice keeps its rate (TX-03).
    """
    on = rated_on or row.on
    answers: dict[str, Any] = {}
    for line in lines:
        product = products.get(line.product_id) if line.product_id else None
        if line.unit_price is None:
            raise PriceMissing(line=line.position)
        if product is not None and not line.description:
            line.description = product.name_it if party.language == "it" and product.name_it else product.name
        if line.tax_code_id and (not line.tax_explanation or "tax_code" in getattr(line, "given", ())):
            kept = rated_on and line.source_table == INVOICE_LINE and "tax_code" not in getattr(line, "given", ())
            line.tax_rate = line.tax_rate if kept else table.rate(line.tax_code_id, on)
            continue
        # What is bought and kept as no product is a service, or taxed like goods at home: the rules of the country tell them apart.
        product_class = product.tax_class if product else "service" if kind == "purchase" else "standard"
        if product_class not in answers:
            question = table.question(party, product_class, on, ship_from=ship_from, ship_to=ship_to, kind=kind)
            answers[product_class] = table.determine(question, company.language)
        answer = answers[product_class]
        line.tax_code_id, line.tax_rate, line.tax_explanation = answer.tax_code.pk, answer.rate, answer.explanation
    assessment = assess(
        [TaxableLine(ln.quantity * ln.unit_price * (HUNDRED - ln.discount_percent) / HUNDRED, ln.tax_rate, ln.tax_code_id) for ln in lines],
        prices_include_tax=row.prices_include_tax,
        per_line=company.tax_rounding == "line",
        decimals=decimals,
    )
    for line, assessed in zip(lines, assessment.lines, strict=True):
        line.net, line.tax = assessed.net, assessed.tax
    return assessment


def instalments_of(terms: set[int]) -> dict[int, tuple[Part, ...]]:
    """Instalments by payment term; one statement."""
    found: dict[int, list[Part]] = defaultdict(list)
    if terms:
        for row in Instalment.objects.filter(term__in=terms).order_by("term_id", "position"):
            found[row.term_id].append(Part(row.percent, row.days, row.end_of_month))
    return {term: tuple(parts) for term, parts in found.items()}
