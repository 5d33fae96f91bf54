"""The verbs of localizations."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from fondaco.finance.tax.models import TaxRule
from fondaco.localizations.completing import complete_books
from fondaco.localizations.enrolling import enrol, rules_in_force
from fondaco.localizations.loading import load_returns
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet, action


@action(Company, permission="tax.write_return", name="load_returns", title=_("Load VAT returns of the country"), done=_("Returns loaded"))
def load_country_returns(companies: DocumentSet[Company]) -> None:
    """Give companies the tax returns of their country, with boxes as data; what is there already stays as it is."""
    for company in companies:
        load_returns(company)


@action(Company, permission="ledger.write_account", name="complete_books", title=_("Complete the books"), done=_("Books are complete"))
def complete_from_country(companies: DocumentSet[Company]) -> None:
    """Give companies what their country's data hold today and they lack: accounts with a purpose, journals, tax codes, rules for
    purchases, kinds of withholding, returns. What is there stays as it is; repeating it changes nothing."""
    for company in companies:
        came = complete_books(company)
        companies.told |= {f"{company.code}: {kind}": names for kind, names in came.items()}


@action(Company, permission="tax.write_tax_code", name="enrol_in_one_stop_shop", title=_("Enrol in the one stop shop"), done=_("Enrolled"))
def enrol_in_one_stop_shop(companies: DocumentSet[Company], *, on: date) -> None:
    """Tax sales to consumers in other member states at the rates of their country, from a day on, and declare them in a return of their
    own, by quarter. Documents of earlier days are taxed as before."""
    for company in companies:
        enrol(company, on)


@action(
    Company,
    permission="tax.write_tax_code",
    name="leave_one_stop_shop",
    title=_("Leave the one stop shop"),
    done=_("One stop shop left"),
    needs_reason=True,
    dangerous=True,
)
def leave_one_stop_shop(companies: DocumentSet[Company], *, on: date) -> None:
    """End the rules of the one stop shop the day before: sales from this day on are taxed at home. Its returns stay, and are filed to the end."""
    rules = [rule for company in companies for rule in rules_in_force(company, on)]
    update_rows(TaxRule, {"id": [r.pk for r in rules], "valid_to": [on - timedelta(days=1)] * len(rules)})
