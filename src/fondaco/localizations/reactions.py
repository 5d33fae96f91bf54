"""What follows here when a company is made in Set up, by API or by import: it gets its books."""

from collections.abc import Sequence

from fondaco.localizations import actions  # noqa: F401  verbs are declared on import
from fondaco.localizations.founding import year_now
from fondaco.localizations.loading import fiscal_habits, give_books, localization_of, without_books
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.events.bus import reacts_to


@reacts_to("companies.write")
def give_books_to_new_companies(companies: Sequence[Company], actor: Actor) -> None:
    """The chart, journals, statements and taxes of its country, and the present fiscal year, for a company without accounts."""
    for company in without_books(companies):
        folder = localization_of(company.country_id)
        years = [year_now(company.fiscal_year_start_month)]
        give_books(company, years, folder, fiscal_habits(folder)["statements"], vat_registered=True, actor=actor)
