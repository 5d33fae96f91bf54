"""Exchange rates as they stood, for many documents at once."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company, Country, Currency, ExchangeRate
from fondaco.platform.database.knowing import known, shared
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import rounded


class RateMissing(UserError):
    code, status = "companies.rate_missing", 409
    message = _("There is no exchange rate {currency}/{base} on or before {on}. Enter one under Set up > Exchange rates, then repeat.")


@dataclass(frozen=True)
class RateTable:
    """Rates into one base currency, read once; ``decimals`` by currency."""

    base: str
    rates: dict[str, tuple[list[date], list[Decimal]]]
    decimals: dict[str, int]

    def rate(self, currency: str, on: date) -> Decimal:
        """The rate in force on a day; raises RateMissing before the first one."""
        if currency == self.base:
            return Decimal(1)
        days, values = self.rates.get(currency, ([], []))
        place = bisect_right(days, on)
        if place == 0:
            raise RateMissing(currency=currency, base=self.base, on=on)
        return values[place - 1]

    def to_base(self, amount: Decimal, currency: str, on: date) -> Decimal:
        """``amount`` of ``currency`` in the base currency, rounded half away from zero to its minor unit."""
        if currency == self.base:
            return amount
        return rounded(amount * self.rate(currency, on), self.decimals[self.base])


def rate_table(company: Company, currencies: Iterable[str]) -> RateTable:
    """Rates of ``currencies`` into the company's currency; two statements."""
    wanted = {company.currency_id, *currencies}
    rates: dict[str, tuple[list[date], list[Decimal]]] = {}
    foreign = wanted - {company.currency_id}
    if foreign:
        for currency, on, rate in (
            ExchangeRate.objects.filter(base=company.currency_id, currency__in=foreign)
            .order_by("on")
            .values_list("currency_id", "on", "rate")
        ):
            days, values = rates.setdefault(currency, ([], []))
            days.append(on)
            values.append(rate)
    return RateTable(company.currency_id, rates, decimals_of(wanted))


def decimals_of(currencies: Iterable[str]) -> dict[str, int]:
    """The precision of each currency; from memory."""
    precisions = _precisions()
    return {code: precisions[code] for code in currencies if code in precisions}


@known
def _precisions() -> dict[str, int]:
    return dict(Currency.objects.values_list("code", "decimals"))


def companies_of(keys: Iterable[int]) -> dict[int, Company]:
    """Companies by key, to read only; from memory. What they point at is read at every turn: ask for it by its key."""
    companies = _companies()
    return {key: companies[key] for key in keys if key in companies}


@known
def _companies() -> dict[int, Company]:
    return {company.pk: shared(company) for company in Company.objects.all()}


@known
def union() -> frozenset[str]:
    """The countries of the EU's VAT area; from memory."""
    return frozenset(Country.objects.exclude(vat_prefix="").values_list("code", flat=True))
