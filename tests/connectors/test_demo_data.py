"""The demo company's data holds together: keys, references, VAT numbers, telephone numbers, duties of its people."""

import csv
import tomllib
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from stdnum import bic, get_cc_module, iban
from stdnum.eu import at_02
from stdnum.it import codicefiscale

from fondaco.connectors.demo.identities import fiscal_code, iban_of

SOURCE = Path(__file__).parents[2] / "src" / "fondaco"
DATA = SOURCE / "connectors" / "demo" / "data"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in found), path.name
    return found


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def codes(path: Path, column: str = "code") -> set[str]:
    return {row[column] for row in rows(path)}


PRODUCTS = rows(DATA / "products.csv")
CUSTOMERS = rows(DATA / "customers.csv")
CONTACTS = rows(DATA / "contacts.csv")
SUPPLIERS = rows(DATA / "suppliers.csv")
OVERHEADS = rows(DATA / "overheads.csv")
RATES = rows(DATA / "exchange_rates.csv")
COMPANY = toml("company.toml")
PRICE_LISTS = toml("price_lists.toml")["price_list"]
PARTIES = [COMPANY["company"], *CUSTOMERS, *SUPPLIERS, *OVERHEADS]
ACCOUNTS = {row["number"] for row in rows(SOURCE / "localizations/it/chart.csv") if row["posting"] == "true"}
TAX_CODES = {row["code"] for row in rows(SOURCE / "localizations/it/tax_codes.csv")}


def assert_unique(values: list[Any]) -> None:
    assert len(values) == len(set(values)), sorted({value for value in values if values.count(value) > 1})


def test_keys_are_unique():
    assert_unique([row["sku"] for row in PRODUCTS])
    assert_unique([row["name_en"] for row in PRODUCTS])
    assert_unique([row["name_it"] for row in PRODUCTS])
    assert_unique([row["code"] for row in CUSTOMERS + CONTACTS + SUPPLIERS + OVERHEADS])
    assert_unique([row["name"] for row in CUSTOMERS + SUPPLIERS + OVERHEADS])
    assert_unique([row["email"] for row in CUSTOMERS + CONTACTS + SUPPLIERS + OVERHEADS])
    assert_unique([(row["first_name"], row["last_name"]) for row in CONTACTS])
    assert_unique([user["login"] for user in COMPANY["user"]])
    assert_unique([price_list["code"] for price_list in PRICE_LISTS])
    assert_unique([(row["date"], row["to_currency"]) for row in RATES])


def test_products_refer_to_units_categories_and_seasons():
    units = codes(SOURCE / "masterdata/catalog/data/units.csv")
    categories = {category["code"] for category in COMPANY["category"]}
    for row in PRODUCTS:
        assert row["unit"] in units, row
        assert row["category"] in categories, row
        assert row["seasonality"] in COMPANY["seasonality"], row
        assert row["kind"] in {"goods", "service"}, row
        assert row["tax_class"] in ({"service"} if row["kind"] == "service" else {"standard", "reduced"}), row
        assert 0 < Decimal(row["cost"]) < Decimal(row["sale_price"]), row
        assert (Decimal(row["weight_kg"]) > 0) == (row["kind"] == "goods"), row
        assert row["serial_tracked"] in {"true", "false"}
    assert all(len(months) == 12 and sum(months) == 1200 for months in COMPANY["seasonality"].values())


def test_parties_refer_to_countries_currencies_terms_lists_and_people():
    countries = codes(SOURCE / "masterdata/companies/data/countries.csv", "alpha2")
    currencies = codes(SOURCE / "masterdata/companies/data/currencies.csv")
    terms = codes(SOURCE / "localizations/it/payment_terms.csv")
    currency_of = {price_list["code"]: price_list["currency"] for price_list in PRICE_LISTS}
    logins = {user["login"] for user in COMPANY["user"]}
    for row in CUSTOMERS:
        assert row["salesperson"] in logins, row
        assert currency_of[row["price_list"]] == row["currency"], row
        assert row["payer"] in COMPANY["payer"], row
        assert row["kind"] == ("person" if row["segment"] == "private" else "organisation"), row
        assert int(row["size"]) > 0
    for row in CUSTOMERS + SUPPLIERS + OVERHEADS:
        assert row["country"] in countries and row["currency"] in currencies and row["payment_terms"] in terms, row
        assert row["language"] in {"en", "it"}
        assert row["street"] and row["city"] and row["postal_code"], row
        assert bool(row["region"]) == (row["country"] in {"IT", "US"}), row
    assert {row["customer"] for row in CONTACTS} == {row["code"] for row in CUSTOMERS if row["kind"] == "organisation"}
    assert_unique([row["customer"] for row in CONTACTS if row["main"] == "true"])
    categories = {category["code"] for category in COMPANY["category"]} | {"packaging", "freight"}
    assert all(set(row["categories"].split()) <= categories for row in SUPPLIERS)
    supplied = {category for row in SUPPLIERS for category in row["categories"].split()}
    assert categories - {"services"} == supplied


@pytest.mark.parametrize("party", PARTIES, ids=lambda party: party["name"])
def test_vat_number_passes_the_check_of_its_country(party):
    if party["country"] == "US" or (party.get("kind") == "person" and party["code"].startswith("C")):
        assert not party["vat_number"]
    else:
        get_cc_module(party["country"].lower(), "vat").validate(party["vat_number"])


def test_vat_numbers_are_unique():
    assert_unique([party["vat_number"] for party in PARTIES if party["vat_number"]])


def test_telephone_numbers_are_valid_e164_of_their_country():
    country = {row["code"]: row["country"] for row in CUSTOMERS}
    for party in [*PARTIES, *({**contact, "country": country[contact["customer"]]} for contact in CONTACTS)]:
        number = phonenumbers.parse(party["phone"])
        assert phonenumbers.is_valid_number(number), party
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == party["phone"], party
        assert phonenumbers.region_code_for_number(number) == party["country"], party


def test_what_the_company_spends_has_its_accounts_and_taxes():
    kinds = codes(SOURCE / "localizations/it/withholding_kinds.csv")
    for row in OVERHEADS:
        assert row["account"] in ACCOUNTS and row["tax"] in TAX_CODES | {""} and row["withholding"] in kinds | {""}, row
        assert row["every"] in {"month", "quarter"} and 1 <= int(row["week"]) <= 4, row
        assert 0 < Decimal(row["net_from"]) <= Decimal(row["net_to"]), row
        assert row["text_it"] and row["text_en"]
        if row["tax_code"]:
            codicefiscale.validate(row["tax_code"])
    for row in COMPANY["outflow"] + COMPANY["expense_kind"]:
        assert row["account"] in ACCOUNTS and row.get("tax_code", "IT-P-S") in TAX_CODES, row


def test_numbers_of_accounts_and_people_fit_their_check_digits():
    for account in COMPANY["bank_account"]:
        iban.validate(account["iban"])
        bic.validate(account["bic"])
    at_02.validate(COMPANY["company"]["creditor_identifier"])
    for row in CUSTOMERS + SUPPLIERS + OVERHEADS:
        number = iban_of(row["country"], int(row["code"][1:]))
        assert not number or iban.validate(number) == number, row
        assert number or row["country"] == "US" or row["code"].startswith("C"), row
        if row.get("kind") == "person" and row["country"] == "IT":
            codicefiscale.validate(fiscal_code(row["name"], int(row["code"][1:])))


def test_mail_goes_nowhere():
    assert all(row["email"].endswith(".example") for row in [*PARTIES, *CONTACTS])


def test_people_have_roles_that_exist():
    roles = tomllib.loads((SOURCE / "localizations/generic/roles.toml").read_text(encoding="utf-8"))["role"]
    known = {role["code"] for role in roles}
    territories = {territory["code"] for territory in COMPANY["territory"]}
    teams = {team["code"] for team in COMPANY["team"]}
    logins = {user["login"] for user in COMPANY["user"]}
    for user in COMPANY["user"]:
        # One role each: no standard role holds two conflicting duties, so nobody here does.
        assert len(user["roles"]) == 1 and set(user["roles"]) <= known, user
        assert user["language"] in {"en", "it"}
        assert user.get("team", "sales") in teams and set(user.get("territories", [])) <= territories, user
    assert {team["manager"] for team in COMPANY["team"]} <= logins
    assert {role for user in COMPANY["user"] for role in user["roles"]} == known - {"integration"}


def test_price_lists():
    categories = {category["code"] for category in COMPANY["category"]} | {"*"}
    by_code = {price_list["code"]: price_list for price_list in PRICE_LISTS}
    for price_list in PRICE_LISTS:
        assert price_list["currency"] in COMPANY["company"]["currencies"]
        assert Decimal(price_list["factor"]) > 0 and Decimal(price_list["round_to"]) > 0
        assert set(price_list.get("open_to", [])) <= set(by_code)
        assert set(price_list.get("categories", [])) <= categories
        assert_unique([(rule["category"], rule["minimum_quantity"]) for rule in price_list["rules"]])
        for rule in price_list["rules"]:
            assert rule["category"] in categories and 0 < Decimal(rule["discount_percent"]) < 50, rule
    promotion = by_code["christmas_2025"]
    assert promotion["valid_from"] == date(2025, 11, 15) and promotion["valid_to"] == date(2025, 12, 31)


def test_every_product_is_sold_above_cost_at_the_best_discount():
    best: dict[tuple[str, str], Decimal] = {}
    for price_list in PRICE_LISTS:
        if price_list["currency"] == "EUR" and not price_list["includes_tax"]:
            for rule in price_list["rules"]:
                key = (price_list["code"], rule["category"])
                best[key] = max(best.get(key, Decimal(0)), Decimal(rule["discount_percent"]))
    for (_, category), discount in best.items():
        for row in PRODUCTS:
            if row["category"] == category:
                assert Decimal(row["sale_price"]) * (1 - discount / 100) > Decimal(row["cost"]), (row["sku"], discount)


def test_exchange_rates_cover_two_years_week_by_week():
    for currency in ("USD", "GBP", "CHF"):
        days = [date.fromisoformat(row["date"]) for row in RATES if row["to_currency"] == currency]
        assert days[0] == date(2025, 1, 1) and days[-1] > date(2026, 12, 24)
        assert all(0 < (later - earlier).days <= 7 for earlier, later in pairwise(days))
    assert all(row["from_currency"] == "EUR" and row["source"] == "invented" and Decimal(row["rate"]) > 0 for row in RATES)


def test_texts_are_in_both_languages_with_the_same_blanks_to_fill():
    known = {"customer", "contact", "product", "order", "invoice", "amount", "agent", "date"}

    def blanks(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]}

    for entries in toml("texts.toml").values():
        for entry in entries:
            pairs = [(key, key.removesuffix("en") + "it") for key in entry if key == "en" or key.endswith("_en")]
            assert pairs, entry
            for english, italian in pairs:
                assert entry[english] and entry[italian], entry
                assert blanks(entry[english]) == blanks(entry[italian]) <= known, entry
