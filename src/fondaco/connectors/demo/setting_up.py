"""The demo company before its first day: books, people, goods, prices, customers. Everything comes from ``data/``."""

import csv
import secrets
import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from fondaco.finance.invoicing.models import CustomerTerms, PaymentTerm
from fondaco.localizations.loading import load_reference_data, set_up_company
from fondaco.masterdata.catalog.models import Category, Product, Unit
from fondaco.masterdata.companies.models import Company, ExchangeRate
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Membership, Role, Team, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.money import rounded
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

DATA = Path(__file__).parent / "data"
ACTOR = Actor.program("demo")


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of the demo."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def texts(name: str) -> dict[str, Any]:
    """A TOML file of the demo."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def company_of_demo() -> Company | None:
    """The demo company, when it was built."""
    return Company.objects.filter(code=texts("company")["company"]["code"]).first()


def open_house(years: list[int]) -> tuple[Company, dict[str, str]]:
    """Company with its books, warehouses, and users; returns the passwords just made, by user name."""
    load_reference_data(ACTOR)
    given = texts("company")
    values = {
        k: given["company"][k]
        for k in ("code", "name", "street", "city", "postal_code", "vat_number", "email", "phone", "time_zone", "language")
    }
    company = set_up_company(
        ACTOR, {**values, "country_id": given["company"]["country"], "currency_id": given["company"]["currency"]}, years
    )
    rows = [
        {"company": company.pk, "code": w["code"], "name": w["name_it"], "address": f"{w['street']}, {w['postal_code']} {w['city']}"}
        for w in given["warehouse"]
    ]
    create(ACTOR, RESOURCES["warehouses"], rows)
    return company, people(company)


def people(company: Company) -> dict[str, str]:
    """The users of the demo with their roles; each gets a password of his own, kept nowhere."""
    given = texts("company")["user"]
    passwords = {u["login"]: secrets.token_urlsafe(9) for u in given}
    with unit_of_work(ACTOR.username, "demo.people"):
        roles = {r.key: r for r in Role.objects.all()}
        users = [
            User(username=u["login"], name=f"{u['first_name']} {u['last_name']}", email=f"{u['login']}@sbuffavapore.example", language=u["language"], password=make_password(passwords[u["login"]]))
            for u in given
        ]  # fmt: skip
        insert_rows(User, users)
        insert_rows(
            Membership,
            [Membership(user=user, role=roles[r], company_id=company.pk) for user, u in zip(users, given, strict=True) for r in u["roles"]],
        )
        for code, role in (("Sales", "sales"), ("Service", "service")):
            team = Team.objects.create(name=code)
            team.members.set([user for user, u in zip(users, given, strict=True) if any(r.startswith(role) for r in u["roles"])])
    return passwords


def new_passwords() -> dict[str, str]:
    """Fresh passwords for the users of the demo; their open sessions end."""
    given = texts("company")["user"]
    passwords = {u["login"]: secrets.token_urlsafe(9) for u in given}
    with unit_of_work(ACTOR.username, "demo.new_passwords"):
        for user in User.objects.filter(username__in=passwords):
            user.password = make_password(passwords[user.username])
            user.session_epoch += 1
            user.save(update_fields=["password", "session_epoch"])
    return passwords


def stock_the_catalog() -> dict[str, Product]:
    """Categories, products and what they cost; products by SKU."""
    rows = table("products")
    names = sorted({r["category"] for r in rows})
    create(ACTOR, RESOURCES["categories"], [{"code": n, "name": n.replace("_", " ").capitalize()} for n in names])
    categories, units = {c.code: c.pk for c in Category.objects.all()}, set(Unit.objects.values_list("code", flat=True))
    create(
        ACTOR,
        RESOURCES["products"],
        [
            {
                "sku": r["sku"], "name": r["name_en"], "name_it": r["name_it"], "kind": r["kind"], "category": categories[r["category"]],
                "unit": r["unit"] if r["unit"] in units else "C62", "tax_class": "service" if r["kind"] == "service" else r["tax_class"] if r["tax_class"] in {"standard", "reduced"} else "standard",
                "sale_price": r["sale_price"], "currency": "EUR", "weight_kg": r["weight_kg"] or None,
            }
            for r in rows
        ],
    )  # fmt: skip
    return {p.sku: p for p in Product.objects.all()}


def price(company: Company, products: dict[str, Product], customers: dict[str, Party]) -> None:
    """Price lists with their rules, and who buys at them. Lists in another currency carry a price for every product."""
    categories = {c.code: c.pk for c in Category.objects.all()}
    by_list: dict[str, list[int]] = {}
    for row in table("customers"):
        by_list.setdefault(row["price_list"], []).append(customers[row["code"]].pk)
    lists = []
    for given in texts("price_lists")["price_list"]:
        if given["includes_tax"]:
            continue
        step = Decimal(given["round_to"])
        rules: list[dict[str, Any]] = []
        if given["currency"] != "EUR":
            for product in products.values():
                value = rounded((product.sale_price or Decimal(0)) * Decimal(given["factor"]) / step, 0) * step
                rules.append({"product": product.pk, "price": str(value)})
        else:
            for rule in given["rules"]:
                target = {} if rule["category"] == "*" else {"category": categories[rule["category"]]}
                rules.append({**target, "min_quantity": str(rule["minimum_quantity"]), "discount_percent": rule["discount_percent"]})
        lists.append({
            "company": company.pk, "code": given["code"], "name": given["name_en"], "currency": given["currency"], "priority": given["precedence"],
            "for_members_only": not given.get("open_to") and given["code"] != "retail",
            "valid_from": str(given["valid_from"]) if "valid_from" in given else None, "valid_to": str(given["valid_to"]) if "valid_to" in given else None,
            "rules": rules, "members": [{"party": pk} for pk in by_list.get(given["code"], [])],
        })  # fmt: skip
    create(ACTOR, RESOURCES["price-lists"], lists)


def know_parties(company: Company) -> tuple[dict[str, Party], dict[str, Party]]:
    """Customers and suppliers with addresses, contacts and terms; both by code."""
    users = {u.username: u.pk for u in User.objects.all()}
    customers, suppliers = table("customers"), table("suppliers")
    contacts: dict[str, list[dict[str, str]]] = {}
    for row in table("contacts"):
        contacts.setdefault(row["customer"], []).append(
            {"kind": "email", "value": row["email"], "label": f"{row['first_name']} {row['last_name']}, {row['title_en']}"}
        )

    def plain(row: dict[str, str], **more: Any) -> dict[str, Any]:
        address = {
            "kind": "billing",
            "street": row["street"],
            "postal_code": row["postal_code"],
            "city": row["city"],
            "region": row["region"],
            "country": row["country"],
        }
        return {
            "code": row["code"], "name": row["name"], "kind": row.get("kind") or "organisation", "country": row["country"], "city": row["city"], "language": "it" if row["language"] == "it" else "en",
            "currency": row["currency"], "vat_number": row["vat_number"], "email": row["email"], "phone": row["phone"], "addresses": [address], **more,
        }  # fmt: skip

    create(
        ACTOR,
        RESOURCES["parties"],
        [plain(r, is_customer=True, salesperson=users.get(r["salesperson"]), contact_points=contacts.get(r["code"], [])) for r in customers]
        + [plain(r, is_vendor=True) for r in suppliers],
    )
    found = {p.code: p for p in Party.objects.all()}
    terms = {t.code: t.pk for t in PaymentTerm.objects.all()}
    with unit_of_work(ACTOR.username, "demo.terms"):
        insert_rows(
            CustomerTerms,
            [
                CustomerTerms(company=company, party=found[r["code"]], payment_term_id=terms[r["payment_terms"]])
                for r in customers
                if r["payment_terms"] in terms
            ],
        )
    return {r["code"]: found[r["code"]] for r in customers}, {r["code"]: found[r["code"]] for r in suppliers}


def exchange_rates() -> None:
    """The invented weekly rates: what one unit of the foreign currency cost in EUR."""
    with unit_of_work(ACTOR.username, "demo.rates"):
        insert_rows(
            ExchangeRate,
            [
                ExchangeRate(
                    base_id=r["from_currency"],
                    currency_id=r["to_currency"],
                    on=date.fromisoformat(r["date"]),
                    rate=rounded(1 / Decimal(r["rate"]), 10),
                )
                for r in table("exchange_rates")
            ],
        )
