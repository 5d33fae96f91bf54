"""How a customer's value is said in sentences, in the reader's language."""

from datetime import date
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from fondaco.frontoffice.value.models import ServiceLevel
from fondaco.frontoffice.value.standing import Potential, Standing
from fondaco.platform.database.refusals import said, worded
from fondaco.platform.money import rounded


def percent(share: Decimal) -> str:
    """A share as a whole percentage; a tenth of it where it is nearly all or nothing."""
    return f"{said(rounded(share * 100, 0 if Decimal('0.01') <= share <= Decimal('0.99') else 1))}%"


def expectation(row: Standing, *, today: date, currency: str) -> str:
    """Why so much is expected of a customer: how he bought, whether he still does, and at which margin."""
    if row.first_on is None or row.last_on is None:
        return _("Has never bought.")
    bought = worded(
        ngettext("Bought on {n} day in {years} years, the last time {days} days ago.", "Bought on {n} days in {years} years, the last time {days} days ago.", row.purchases),
        n=row.purchases, years=rounded((today - row.first_on).days / Decimal("365.25"), 1), days=(today - row.last_on).days,
    )  # fmt: skip
    if row.alive is None or row.expected_purchases is None or row.expected_revenue is None or row.share is None:
        return f"{bought} {_('No model is fitted yet.')}"
    expected = worded(
        _("Still a customer with a probability of {alive}. In 12 months {count} purchases are expected, worth {revenue} {currency}, of which {share} stay as margin."),
        alive=percent(row.alive), count=rounded(row.expected_purchases, 1), revenue=row.expected_revenue, currency=currency, share=percent(row.share),
    )  # fmt: skip
    return f"{bought} {expected}"


def potential(found: Potential, *, currency: str) -> str:
    """Where an estimate comes from."""
    if found.deals:
        sentence = ngettext(
            "Estimate: {n} open deal, worth {weighted} {currency} by its probability, at the margin of all customers ({share}).",
            "Estimate: {n} open deals, worth {weighted} {currency} by their probability, at the margin of all customers ({share}).",
            found.deals,
        )
        return worded(sentence, n=found.deals, weighted=found.weighted, currency=currency, share=percent(found.share))
    if found.lead_chance is not None:
        sentence = _(
            "Estimate: of such leads {chance} become deals; one like this brings a margin of {margin} {currency} in its first year."
        )
        return worded(sentence, chance=percent(found.lead_chance), margin=found.lead_margin, currency=currency)
    return ""


def level_name(level: ServiceLevel | None) -> str:
    """A level of service in the reader's language."""
    if level is None:
        return ""
    return level.name_it if get_language() == "it" and level.name_it else level.name


def why_level(row: Standing, *, currency: str) -> str:
    """Why a customer has his level of service."""
    if row.level is None:
        return ""
    if row.override == row.level.pk:
        return _("set by hand")
    measured, worth = row.level.get_basis_display(), row.worth(row.level.basis) or Decimal(0)
    return worded(
        _("{measured}: {worth} {currency}, reached from {threshold}"),
        measured=measured,
        worth=worth,
        currency=currency,
        threshold=row.level.threshold,
    )
