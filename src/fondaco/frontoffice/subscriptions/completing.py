"""Completing drafts of contracts: currency, salesperson, words of lines, and the prices that the lists give for those left open (PR-01)."""

from collections.abc import Sequence

from fondaco.frontoffice.subscriptions.models import ContractLine, ContractStep
from fondaco.frontoffice.subscriptions.refusals import PriceUnknown
from fondaco.masterdata.catalog.queries import PriceRequest, prices
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.database.rows import related
from fondaco.platform.money import ZERO
from fondaco.platform.resources.declare import Draft


def complete(drafts: Sequence[Draft]) -> None:
    """Fill in what drafts leave open. Statements do not grow with them."""
    rows = [d.row for d in drafts]
    companies, parties = companies_of({r.company_id for r in rows}), related(rows, "customer")
    lines = [(d.row, ln) for d in drafts for ln in d.lines if isinstance(ln, ContractLine)]
    products = related((ln for _row, ln in lines), "product")
    for row in rows:
        party = parties[row.customer_id]
        row.currency_id = row.currency_id or party.currency_id or companies[row.company_id].currency_id
        row.salesperson_id = row.salesperson_id or party.salesperson_id
    for row, line in lines:
        product = products[line.product_id]
        italian = parties[row.customer_id].language == "it" and product.name_it
        line.description = line.description or (product.name_it if italian else product.name)
    open_ = [(row, ln) for row, ln in lines if ln.unit_price is None]
    asked = [PriceRequest(r.company_id, ln.product_id, r.customer_id, ln.quantity or ZERO, r.currency_id, r.starts_on) for r, ln in open_]
    for (row, line), answer in zip(open_, prices(asked), strict=True):
        if answer.price is None:
            raise PriceUnknown(line=line.position, product=products[line.product_id], currency=row.currency_id, on=row.starts_on)
        line.unit_price = answer.price
    for d in drafts:
        for step in d.lines:
            if isinstance(step, ContractStep):
                step.version_number = 1


__all__ = ["complete"]
