"""How companies, currencies and rates are shown and served."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from fondaco.masterdata.companies.models import Company, Country, Currency, ExchangeRate
from fondaco.platform.access.actors import Actor
from fondaco.platform.events.bus import emit
from fondaco.platform.resources.declare import Column, Resource, register


@register
class CompanyResource(Resource):
    model, key, natural_key = Company, "companies", "code"
    title, title_one, job, icon = _("Companies"), _("Company"), "set_up", "building"
    view_permission, write_permission = "companies.view_company", "companies.write_company"
    columns = ["code", "name", "currency", "country", "vat_number", "city"]
    fields = [
        *columns,
        "street",
        "postal_code",
        "email",
        "phone",
        "iban",
        "time_zone",
        "language",
        "fiscal_year_start_month",
        "prices_include_tax",
        "tax_rounding",
        "allow_negative_stock",
    ]
    writable = [
        "code",
        "name",
        "currency",
        "country",
        "vat_number",
        "street",
        "postal_code",
        "city",
        "email",
        "phone",
        "iban",
        "time_zone",
        "language",
        "fiscal_year_start_month",
        "prices_include_tax",
        "tax_rounding",
        "allow_negative_stock",
    ]
    search, sort = ["code", "name"], "code"

    @classmethod
    def written(cls, rows: Sequence[Company], actor: Actor) -> None:
        emit("companies.write", rows, actor)


@register
class CurrencyResource(Resource):
    model, key, natural_key = Currency, "currencies", "code"
    title, title_one, job, icon = _("Currencies"), _("Currency"), "set_up", "insight"
    view_permission = "companies.view_currency"
    columns, search, sort = ["code", "name", "name_it", "decimals"], ["code", "name", "name_it"], "code"


@register
class CountryResource(Resource):
    model, key, natural_key = Country, "countries", "code"
    title, title_one, job, icon = _("Countries"), _("Country"), "set_up", "link"
    view_permission = "companies.view_country"
    columns, search, sort = (
        ["code", "name", "name_it", "vat_prefix", Column("currency", _("Currency"))],
        ["code", "name", "name_it"],
        "name",
    )


@register
class ExchangeRateResource(Resource):
    model, key = ExchangeRate, "exchange-rates"
    title, title_one, job, icon = _("Exchange rates"), _("Exchange rate"), "set_up", "undo"
    view_permission, write_permission = "companies.view_exchange_rate", "companies.write_exchange_rate"
    columns = ["on", "currency", "base", Column("rate", kind="number")]
    writable, filters, sort = ["base", "currency", "on", "rate"], ["currency", "base", "on"], "-on"
