"""The tables of master data and localizations hold together: unique keys, references that resolve, sums that close."""

import csv
import tomllib
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "fondaco"
LOCALIZATIONS = SOURCE / "localizations"
COUNTRIES_WITH_DATA = ["generic", "it"]

PURPOSES_THE_PROGRAM_ASKS_FOR = {
    "receivable",
    "payable",
    "inventory",
    "goods_received_not_invoiced",
    "cost_of_goods_sold",
    "revenue",
    "revenue_service",
    "freight_revenue",
    "sales_returns",
    "vat_output",
    "vat_input",
    "vat_output_deferred",
    "vat_input_deferred",
    "vat_reverse_charge",
    "vat_settlement",
    "bank",
    "cash",
    "undeposited",
    "exchange_gain",
    "exchange_loss",
    "rounding",
    "discount_given",
    "write_off",
    "customer_advances",
    "inventory_adjustment",
    "scrapped_goods",
    "purchase_price_variance",
    "retained_earnings",
    "opening_balance",
    "suspense",
}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in found), f"{path.name}: a row has too many or too few cells"
    assert all(cell == cell.strip() for row in found for cell in row.values()), f"{path.name}: blanks around a cell"
    return found


def table(country: str, name: str) -> list[dict[str, str]]:
    return rows(LOCALIZATIONS / country / name)


def toml(country: str, name: str) -> dict[str, Any]:
    return tomllib.loads((LOCALIZATIONS / country / name).read_text(encoding="utf-8"))


def assert_unique(values: list[Any]) -> None:
    assert len(values) == len(set(values)), sorted({value for value in values if values.count(value) > 1})


def currencies() -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows(SOURCE / "masterdata/companies/data/currencies.csv")}


def countries() -> dict[str, dict[str, str]]:
    return {row["alpha2"]: row for row in rows(SOURCE / "masterdata/companies/data/countries.csv")}


def test_currencies_have_their_own_precision():
    found = rows(SOURCE / "masterdata/companies/data/currencies.csv")
    assert_unique([row["code"] for row in found])
    assert all(row["name_en"] and row["name_it"] and len(row["code"]) == 3 for row in found)
    decimals = {row["code"]: int(row["decimals"]) for row in found}
    assert {code: decimals[code] for code in ("JPY", "EUR", "KWD", "CLF")} == {"JPY": 0, "EUR": 2, "KWD": 3, "CLF": 4}
    assert set(decimals.values()) == {0, 2, 3, 4}


def test_countries_name_a_known_currency_and_the_union_has_27_members():
    found = rows(SOURCE / "masterdata/companies/data/countries.csv")
    assert_unique([row["alpha2"] for row in found])
    assert len(found) == 249
    known = currencies()
    assert all(row["currency"] in known for row in found if row["alpha2"] != "AQ")
    members = [row for row in found if row["eu"] == "true"]
    assert len(members) == 27
    assert all(row["vat_prefix"] for row in members) and not any(row["vat_prefix"] for row in found if row["eu"] == "false")
    assert countries()["GR"]["vat_prefix"] == "EL"


def test_units_convert_within_their_dimension():
    found = rows(SOURCE / "masterdata/catalog/data/units.csv")
    assert_unique([row["code"] for row in found])
    assert_unique([row["name_en"] for row in found])
    factors = [Decimal(row["factor"]) for row in found]
    assert all(factor > 0 for factor in factors)
    bases = {row["dimension"] for row in found if Decimal(row["factor"]) == 1}
    assert bases == {row["dimension"] for row in found} - {"ratio"}


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_chart_of_accounts(country):
    found = table(country, "chart.csv")
    accounts = {row["number"]: row for row in found}
    assert_unique([row["number"] for row in found])
    assert_unique([row["name_en"] for row in found])
    assert_unique([row["name_it"] for row in found])
    purposes = [row["purpose"] for row in found if row["purpose"]]
    assert_unique(purposes)
    assert set(purposes) >= PURPOSES_THE_PROGRAM_ASKS_FOR
    lines = {row["code"]: row for row in table(country, "statements.csv")}
    totals = {row["parent"] for row in lines.values()}
    for row in found:
        assert row["kind"] in {"asset", "liability", "equity", "income", "expense"}, row
        assert row["control"] in {"", "receivable", "payable", "inventory", "goods_received", "bank", "tax"}, row
        if row["parent"]:
            assert accounts[row["parent"]]["posting"] == "false" and accounts[row["parent"]]["kind"] == row["kind"], row
        if row["posting"] == "false":
            assert not row["purpose"] and not row["control"] and not row["statement_line"], row
        else:
            assert row["parent"], row
            statement = "profit_and_loss" if row["kind"] in {"income", "expense"} else "balance_sheet"
            assert lines[row["statement_line"]]["statement"] == statement, row
            assert row["statement_line"] not in totals, f"{row['number']}: posts to a total"


def test_all_charts_answer_to_the_same_purposes():
    generic, italian = ({row["purpose"] for row in table(country, "chart.csv")} for country in COUNTRIES_WITH_DATA)
    assert generic == italian


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_statements_are_trees_that_end_in_assets_liabilities_and_profit(country):
    found = table(country, "statements.csv")
    lines = {row["code"]: row for row in found}
    assert_unique([row["code"] for row in found])
    assert_unique([int(row["order"]) for row in found])
    assert [row["code"] for row in found if not row["parent"]] == ["A", "P", "R.NET" if country == "generic" else "E.NET"]
    for row in found:
        assert row["sign"] in {"1", "-1"}
        assert row["statement"] in {"balance_sheet", "profit_and_loss"}
        seen = set()
        while row["parent"]:
            assert row["code"] not in seen, f"{row['code']}: part of itself"
            seen.add(row["code"])
            assert lines[row["parent"]]["statement"] == row["statement"]
            row = lines[row["parent"]]
    results = toml(country, "fiscal.toml")["statements"]
    assert all(lines[code]["statement"] == "balance_sheet" for code in results.values())


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_balance_sheet_lines_show_accounts_of_their_own_side(country):
    side = {"asset": "A", "liability": "P", "equity": "P"}
    for row in table(country, "chart.csv"):
        if row["kind"] in side and row["statement_line"]:
            assert row["statement_line"].split(".")[0] == side[row["kind"]], row


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_tax_codes(country):
    found = table(country, "tax_codes.csv")
    purposes = {row["purpose"]: row for row in table(country, "chart.csv") if row["purpose"]}
    assert_unique([(row["code"], row["valid_from"]) for row in found])
    by_code: dict[str, list[dict[str, str]]] = {}
    for row in found:
        by_code.setdefault(row["code"], []).append(row)
        assert row["country"] in countries() or row["country"] in {"EU", "*"}, row
        assert row["kind"] in {"sale", "purchase"}, row
        treatments = {"standard", "reduced", "zero", "exempt", "reverse_charge", "export", "intra_community", "split_payment", "import"}
        assert row["treatment"] in treatments, row
        assert not row["deductible"] or (row["kind"] == "purchase" and 0 <= Decimal(row["deductible"]) < 100), row
        assert row["document_type"] in {"", "TD16", "TD17", "TD18", "TD19"}, row
        assert not row["document_type"] or row["reverse_charge_purpose"], row
        assert row["category"] in {"S", "Z", "E", "AE", "K", "G", "O"}, row
        for column in ("account_purpose", "reverse_charge_purpose"):
            if row[column]:
                assert purposes[row[column]]["control"] == "tax", row
        rate = Decimal(row["rate"])
        assert 0 <= rate <= 27
        if rate:
            assert row["account_purpose"], row
        elif row["category"] != "Z":
            assert row["exemption_en"] and row["exemption_it"], row
        assert bool(row["reverse_charge_purpose"]) == bool(
            row["kind"] == "purchase" and rate and row["treatment"] in {"reverse_charge", "intra_community"}
        ), row
    for code, periods in by_code.items():
        constant = [{key: value for key, value in row.items() if key not in {"rate", "valid_from", "valid_to"}} for row in periods]
        assert all(row == constant[0] for row in constant), code
        assert not periods[-1]["valid_to"], f"{code}: no rate is valid today"
        for earlier, later in pairwise(periods):
            gap = date.fromisoformat(later["valid_from"]) - date.fromisoformat(earlier["valid_to"])
            assert gap.days == 1, f"{code}: the rates do not follow each other"
    assert_unique([periods[0]["name_en"] for periods in by_code.values()])


@pytest.mark.parametrize(
    ("on", "rate"), [("2011-09-16", 20), ("2011-09-17", 21), ("2013-09-30", 21), ("2013-10-01", 22), ("2026-01-01", 22)]
)
def test_italian_standard_rate_on_a_day(on, rate):
    valid = [
        row for row in table("it", "tax_codes.csv") if row["code"] == "IT-S" and row["valid_from"] <= on <= (row["valid_to"] or "9999")
    ]
    assert [Decimal(row["rate"]) for row in valid] == [rate]


def test_italian_codes_without_tax_carry_a_natura():
    for row in table("it", "tax_codes.csv"):
        if row["kind"] == "sale":
            assert (Decimal(row["rate"]) == 0) == bool(row["natura"]), row


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_tax_rules_lead_to_sales_codes_and_say_why(country):
    found = table(country, "tax_rules.csv")
    codes = {row["code"]: row for name in {country, "generic"} for row in table(name, "tax_codes.csv")}
    assert_unique([int(row["priority"]) for row in found])
    assert_unique(
        [
            tuple(row.get(key, "") for key in ("seller_country", "buyer", "buyer_country", "product_class", "ship_to", "scheme"))
            for row in found
        ]
    )
    for row in found:
        assert codes[row["tax_code"]]["kind"] == "sale", row
        assert row["buyer"] in {"domestic", "public_body", "eu_business", "eu_consumer", "outside_eu", "*"}, row
        assert row["product_class"] in {"standard", "reduced", "service", "*"}, row
        assert row["scheme"] in {"", "oss"}, row
        assert all(country in countries() or country in {"EU", "*"} for country in (row["seller_country"], row["buyer_country"])), row
        assert row["explanation_en"].endswith(".") and row["explanation_it"].endswith("."), row


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_rules_for_purchases_lead_to_purchase_codes_and_say_why(country):
    """TX-01 both ways."""
    found = table(country, "purchase_rules.csv")
    codes = {row["code"]: row for name in {country, "generic"} for row in table(name, "tax_codes.csv")}
    assert_unique([int(row["priority"]) for row in found])
    for row in found:
        assert codes[row["tax_code"]]["kind"] == "purchase", row
        assert row["vendor"] in {"domestic", "eu_business", "outside_eu"}, row
        assert row["product_class"] in {"standard", "reduced", "service", "*"}, row
        assert row["buyer_country"] in countries() and row["vendor_country"] in {*countries(), "*"}, row
        assert row["explanation_en"].endswith(".") and row["explanation_it"].endswith("."), row


def code_for(localization: str, seller: str, buyer: str, buyer_country: str, product_class: str, *, oss: bool = False) -> str:
    known = countries()
    groups = {seller, "*"} | ({"EU"} if known[seller]["eu"] == "true" else set())
    for row in sorted(table(localization, "tax_rules.csv"), key=lambda row: int(row["priority"])):
        if (
            row["seller_country"] in groups
            and row["buyer"] in {buyer, "*"}
            and row["buyer_country"] in {buyer_country, "*"}
            and row["product_class"] in {product_class, "*"}
            and not row.get("ship_to")
            and (not row["scheme"] or oss)
        ):
            return row["tax_code"]
    raise AssertionError("no rule fits")


@pytest.mark.parametrize(
    ("buyer", "buyer_country", "product_class", "oss", "expected"),
    [
        ("domestic", "IT", "standard", False, "IT-S"),
        ("domestic", "IT", "reduced", False, "IT-R10"),
        ("domestic", "IT", "service", False, "IT-S"),
        ("eu_business", "DE", "standard", False, "IT-N32"),
        ("eu_business", "DE", "service", False, "IT-N21-RC"),
        ("eu_consumer", "FR", "standard", True, "OSS-FR-S"),
        ("eu_consumer", "FR", "reduced", True, "OSS-FR-R"),
        ("eu_consumer", "FR", "standard", False, "IT-S"),
        ("eu_consumer", "FR", "service", True, "IT-S"),
        ("outside_eu", "CH", "standard", False, "IT-N31"),
        ("outside_eu", "US", "service", False, "IT-N21"),
        ("outside_eu", "SM", "standard", False, "IT-N33"),
    ],
)
def test_italian_seller(buyer, buyer_country, product_class, oss, expected):
    assert code_for("it", "IT", buyer, buyer_country, product_class, oss=oss) == expected


@pytest.mark.parametrize(
    ("seller", "buyer", "buyer_country", "product_class", "expected"),
    [
        ("DE", "domestic", "DE", "reduced", "DE-R"),
        ("DE", "eu_business", "IT", "standard", "EU-IC"),
        ("FR", "outside_eu", "US", "service", "EU-OUT"),
        ("GB", "domestic", "GB", "standard", "GB-S"),
        ("CH", "eu_business", "IT", "standard", "EXPORT"),
        ("US", "domestic", "US", "standard", "NONE"),
        ("US", "eu_consumer", "DE", "standard", "NONE"),
        ("JP", "domestic", "JP", "standard", "NONE"),
    ],
)
def test_sellers_elsewhere(seller, buyer, buyer_country, product_class, expected):
    assert code_for("generic", seller, buyer, buyer_country, product_class) == expected


@pytest.mark.parametrize("country", COUNTRIES_WITH_DATA)
def test_payment_terms_ask_for_the_whole_amount(country):
    by_code: dict[str, list[dict[str, str]]] = {}
    for row in table(country, "payment_terms.csv"):
        by_code.setdefault(row["code"], []).append(row)
    for code, instalments in by_code.items():
        assert sum(Decimal(row["percent"]) for row in instalments) == 100, code
        assert [int(row["instalment"]) for row in instalments] == list(range(1, len(instalments) + 1)), code
        days = [int(row["days"]) for row in instalments]
        assert days == sorted(days), code
        assert len({(row["name_en"], row["name_it"], row["discount_percent"], row["discount_days"]) for row in instalments}) == 1, code


def patterns_meet(one: str, other: str) -> bool:
    """Whether some permission `room.verb_noun` fits both patterns; `*` never crosses the dot."""

    def meet(left: str, right: str) -> bool:
        if not left and not right:
            return True
        if left[:1] == "*":
            return meet(left[1:], right) or (bool(right) and meet(left, right[1:]))
        if right[:1] == "*":
            return meet(right, left)
        return bool(left) and bool(right) and left[0] == right[0] and meet(left[1:], right[1:])

    return all(meet(left, right) for left, right in zip(one.split("."), other.split("."), strict=True))


def role_patterns(role: dict[str, Any]) -> list[str]:
    return [pattern for grant in role["grants"] for pattern in grant["patterns"]]


def test_patterns_meet_only_where_a_permission_fits_both():
    assert patterns_meet("*.view_*", "sales.view_order")
    assert patterns_meet("sales.*", "*.post_*")
    assert not patterns_meet("*.view_*", "*.post_*")
    assert not patterns_meet("invoicing.post_invoice", "invoicing.post_bill")


def test_roles_are_named_in_both_languages_and_well_formed():
    roles = toml("generic", "roles.toml")["role"]
    assert [role["code"] for role in roles] == [
        "administrator",
        "controller",
        "accountant",
        "receivables_clerk",
        "cashier",
        "sales_representative",
        "sales_manager",
        "service_agent",
        "service_supervisor",
        "warehouse_worker",
        "warehouse_manager",
        "buyer",
        "production_engineer",
        "auditor",
        "integration",
    ]
    for role in roles:
        assert all(role[key] for key in ("name_en", "name_it", "description_en", "description_it")), role["code"]
        assert all(grant["scope"] in {"own", "team", "territory", "company"} for grant in role["grants"]), role["code"]
        assert all(pattern.count(".") == 1 for pattern in role_patterns(role)), role["code"]
        assert_unique(role_patterns(role))


def test_no_standard_role_holds_two_conflicting_duties():
    pairs = toml("generic", "conflicts.toml")["pair"]
    assert [pair["number"] for pair in pairs] == list(range(1, 29))
    for pair in pairs:
        if "grant" not in pair["level"]:
            continue
        for role in toml("generic", "roles.toml")["role"]:
            held = [
                any(patterns_meet(mine, duty) for mine in role_patterns(role) for duty in pair[side]["patterns"])
                for side in ("duty_a", "duty_b")
            ]
            assert not all(held), f"{role['code']} holds both duties of pair {pair['number']}"


def test_the_auditor_and_the_administrator_post_nothing():
    roles = {role["code"]: role_patterns(role) for role in toml("generic", "roles.toml")["role"]}
    for code in ("auditor", "administrator"):
        assert not any(patterns_meet(mine, "*.post_*") for mine in roles[code]), code
    assert all(pattern.split(".")[1].startswith(("view_", "see_", "export_", "verify_")) for pattern in roles["auditor"])
