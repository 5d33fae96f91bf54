"""Completing bills while they are drafts: currency, terms, accounts, tax codes with their reasons, totals. For a whole set at once."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.finance.invoicing.assessing import assess_lines, instalments_of
from fondaco.finance.invoicing.terms import AT_ONCE, due_dates
from fondaco.finance.payables.models import VendorTerms
from fondaco.finance.payables.queries import known_dimension_values
from fondaco.finance.payables.refusals import NoTaxToAdjust, UnknownDimension
from fondaco.finance.payables.withholding import withheld_of, withholding_kinds
from fondaco.finance.tax.assessing import Assessment
from fondaco.finance.tax.queries import tax_tables
from fondaco.masterdata.catalog.models import Product
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.database.rows import related
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Draft


def complete(drafts: Sequence[Draft]) -> None:
    """Fill in what a draft leaves open and compute its totals (TX-01, TX-02). Statements do not grow with the drafts.

    The terms of payment start on the vendor's date. An account and a tax code that nobody gave are the vendor's usual ones.
    """
    rows = [d.row for d in drafts]
    companies = related(rows, "company")
    vendors = related(rows, "vendor")
    products = related((ln for d in drafts for ln in d.lines), "product")
    agreed = {(t.company_id, t.vendor_id): t for t in VendorTerms.objects.filter(vendor__in=vendors, company__in=companies)}
    for row in rows:
        terms = agreed.get((row.company_id, row.vendor_id))
        row.currency_id = row.currency_id or vendors[row.vendor_id].currency_id or companies[row.company_id].currency_id
        row.payment_term_id = row.payment_term_id or (terms.payment_term_id if terms else None)
        row.received_on = row.received_on or row.on
        row.vendor_number = row.vendor_number.strip()
    decimals = decimals_of({r.currency_id for r in rows})
    instalments = instalments_of({r.payment_term_id for r in rows if r.payment_term_id})
    _check_dimensions(drafts, companies)
    lines = [ln for d in drafts for ln in d.lines]
    for line in lines:
        if line.pk and line.source_table and line.tax_code_id:
            # What another document said of the tax is not decided anew by our rules.
            line.given = frozenset(getattr(line, "given", ())) | {"tax_code"}
    tables = tax_tables(companies.values(), parties=vendors.values())
    kinds = withholding_kinds(companies)
    for draft in drafts:
        row, company = draft.row, companies[draft.row.company_id]
        _usual_withholding(draft.lines, agreed.get((row.company_id, row.vendor_id)), products)
        usual, booked = _usual(draft.lines, agreed.get((row.company_id, row.vendor_id)), products)
        assessment = assess_lines(
            row, draft.lines, company, vendors[row.vendor_id], products, tables[company.pk], decimals[row.currency_id], kind="purchase"
        )
        with override(company.language):
            for line in usual:
                line.tax_explanation = _("The vendor's usual tax code.")
            for line in booked:
                # Of a new line, what an e-invoice said before stays said.
                said = "" if line.pk else line.booking_reason
                line.booking_reason = " ".join(filter(None, [said, _("The vendor's usual account.")]))
        self_assessed = {pk for pk, code in tables[company.pk].codes.items() if code.reverse_charge_account_id}
        _total(row, draft.lines, assessment, self_assessed)
        row.withheld = sum((w.amount for w in withheld_of(draft.lines, kinds, decimals[row.currency_id], row.on)), ZERO)
        row.due_on = max(
            (
                day
                for day, _part in due_dates(
                    row.vendor_date, row.gross, instalments.get(row.payment_term_id, AT_ONCE), decimals[row.currency_id]
                )
            ),
            default=row.vendor_date,
        )


def _usual_withholding(lines: Sequence[Any], terms: VendorTerms | None, products: dict[int, Product]) -> None:
    """Give lines that are no goods the vendor's usual withholding; none where nothing is to be withheld."""
    for line in lines:
        product = products.get(line.product_id) if line.product_id else None
        if not line.is_withheld_from:
            line.withholding_id = None
        elif terms and terms.withholding_id and not line.withholding_id and (product is None or product.kind != "goods"):
            line.withholding_id = terms.withholding_id


def _usual(lines: Sequence[Any], terms: VendorTerms | None, products: dict[int, Product]) -> tuple[list[Any], list[Any]]:
    """Give lines the vendor's usual account and tax code where nothing was said; those whose tax code, and those whose account is his."""
    taken: list[Any] = []
    booked: list[Any] = []
    for line in lines:
        product = products.get(line.product_id) if line.product_id else None
        if terms is None:
            continue
        if not line.account_id and not (product and product.kind == "goods"):
            line.account_id = terms.account_id
            if terms.account_id:
                booked.append(line)
        was_chosen = line.tax_code_id and (not line.tax_explanation or "tax_code" in getattr(line, "given", ()))
        if terms.tax_code_id and not was_chosen:
            line.tax_code_id, line.tax_explanation = terms.tax_code_id, ""
            taken.append(line)
    return taken, booked


def _total(row: Any, lines: Sequence[Any], assessment: Assessment, self_assessed: set[int]) -> None:
    """Net, tax and gross; the tax of the codes in ``self_assessed`` is not owed to the vendor. What the vendor's rounding makes of the tax goes
    to the line that bears the most of it."""
    row.net, row.tax = assessment.net, assessment.tax
    if row.tax_difference:
        most = max(lines, key=lambda line: abs(line.tax), default=None)
        if most is None or not most.tax:
            raise NoTaxToAdjust(fields={"tax_difference": NoTaxToAdjust.message})
        most.tax += row.tax_difference
        row.tax += row.tax_difference
    row.self_assessed = sum((line.tax for line in lines if line.tax_code_id in self_assessed), ZERO)
    row.gross = row.net + row.tax - row.self_assessed


def _check_dimensions(drafts: Sequence[Draft], companies: dict[int, Company]) -> None:
    wanted = {str(v) for d in drafts for ln in d.lines for v in ln.dimension_values or ()}
    if not wanted:
        return
    keys = [int(v) for v in wanted if v.isdecimal() and len(v) < 19]
    known = known_dimension_values(keys)
    for draft in drafts:
        for line in draft.lines:
            for value in line.dimension_values or ():
                if not str(value).isdecimal() or (draft.row.company_id, int(value)) not in known:
                    raise UnknownDimension(line=line.position, value=value, company=companies[draft.row.company_id].name)
