"""What should be looked at in time: figures of law in the data that end."""

from django.utils.translation import gettext_lazy as _

from fondaco.localizations.loading import HERE, countries_with_books, fiscal_habits
from fondaco.platform.audit.checks import check


@check(
    "localizations.figures_end",
    title=_("Stamp duty is known for the next 60 days"),
    why=_("Documents of later days are refused, not stamped by an old figure. Update Fondaco."),
    is_notice=True,
)
def figures_end() -> str:
    ends = [
        f"('{country}', date '{max(r['valid_to'] for r in dated)}')"
        for country in countries_with_books()
        if (dated := fiscal_habits(HERE / country.lower()).get("stamp_duty")) and all(r["valid_to"] for r in dated)
    ]
    values = ", ".join(ends) or "(null::text, null::date)"
    return f"""
    select y.code as company, f.until as last_day from (values {values}) f(country, until) join companies_company y on y.country_id = f.country
    where f.until <= current_date + 60
    """
