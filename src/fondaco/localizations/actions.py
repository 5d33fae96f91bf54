"""The verbs of localizations."""

from django.utils.translation import gettext_lazy as _

from fondaco.localizations.completing import complete_books
from fondaco.localizations.loading import load_returns
from fondaco.masterdata.companies.models import Company
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
