"""The demo company before its first day: books, warehouses, people, products, customers, suppliers, price lists and rates."""

import csv
import secrets
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from fondaco.connectors.demo.identities import fiscal_code
from fondaco.finance.invoicing.models import PaymentTerm
from fondaco.finance.invoicing.resources import CustomerTermsResource
from fondaco.frontoffice.pricing.actions import sign
from fondaco.frontoffice.pricing.resources import (
    DiscountLimitResource,
    DiscountRuleResource,
    DiscountStepResource,
    RebateAgreementResource,
    SellingCostResource,
)
from fondaco.masterdata.catalog.resources import CategoryResource, CommodityCodeResource, PriceListResource, ProductResource
from fondaco.masterdata.companies.models import Company, ExchangeRate
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.resources import CustomerGroupResource, PartyResource, RelationshipResource
from fondaco.masterdata.users.models import OutsideUser
from fondaco.operations.inventory.resources import WarehouseResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import Membership, Role, Team, User
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import rounded
from fondaco.platform.resources.writing import create

DATA = Path(__file__).resolve().parent / "data"
ACTOR = Actor.program("demo", channel="import")
#: Sets up a company with its books (``localizations.loading.found_company``); handed in, for connectors stand beside localizations.
Founder = Callable[[Actor, Mapping[str, Any], Iterable[int]], Company]
HUNDRED = Decimal(100)
#: No password comes to this.
LOCKED = "!"
RATE_DECIMALS = 10


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file of the demo."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def document(name: str) -> dict[str, Any]:
    """A TOML file of the demo."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass
class House:
    """The keys of everything the generator needs, by the codes of the data files."""

    company: Company
    warehouses: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    parties: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    #: The people as they act, by login; the accounts of the books by number; the accounts at the bank by currency; who is debited, and on
    #: whom receipts are drawn.
    people: dict[str, Actor] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    banks: dict[str, int] = field(default_factory=dict)
    debited: frozenset[int] = frozenset()
    drawn: frozenset[int] = frozenset()


def code() -> str:
    return document("company")["company"]["code"]


def settle(founder: Founder, first: date, last: date) -> House:
    """Found the demo company with open fiscal years from ``first`` to ``last``. Its people cannot sign in yet."""
    given = document("company")["company"]
    names = ("code", "name", "vat_number", "street", "postal_code", "city", "email", "phone", "language", "time_zone")
    values = {**{n: given[n] for n in names}, "country_id": given["country"], "currency_id": given["currency"]}
    years = range(date.fromisoformat(str(given["first_day"])).year, last.year + 1)
    house = House(founder(ACTOR, values, [y for y in years if y >= first.year - 1]))
    _warehouses(house)
    _users(house)
    _products(house)
    _parties(house)
    _price_lists(house)
    _rates(house.company)
    _discounts_and_rebates(house, last)
    return house


def _warehouses(house: House) -> None:
    rows = document("company")["warehouse"]
    given = [
        {
            "company": house.company.pk,
            "code": r["code"],
            "name": r["name_it"],
            "address": f"{r['street']}, {r['postal_code']} {r['city']}",
        }
        for r in rows
    ]
    house.warehouses = dict(zip([r["code"] for r in rows], create(ACTOR, WarehouseResource, given).ids, strict=True))


def _users(house: House) -> None:
    rows = document("company")["user"]
    with unit_of_work(ACTOR.username, "demo.users"):
        users = [
            User(username=r["login"], name=f"{r['first_name']} {r['last_name']}", language=r["language"], password=LOCKED) for r in rows
        ]
        insert_rows(User, users)
        house.users = {u.username: u.pk for u in users}
        for t in document("company")["team"]:
            team = Team.objects.create(name=t["name_it"])
            members = [house.users[r["login"]] for r in rows if r.get("team") == t["code"]]
            through = Team.members.through
            insert_rows(through, [through(team_id=team.pk, user_id=key) for key in members])
        roles = {r.key: r.pk for r in Role.objects.all()}
        insert_rows(
            Membership,
            [
                Membership(user_id=house.users[r["login"]], role_id=roles[role], company_id=house.company.pk)
                for r in rows
                for role in r["roles"]
            ],
        )


def doors_are_open() -> bool:
    """Whether its people can sign in: that is done last, so that a demo where nobody can was stopped while it was built."""
    logins = [r["login"] for r in document("company")["user"]]
    return User.objects.filter(username__in=logins).exclude(password=LOCKED).exists()


def outside_people() -> list[dict[str, Any]]:
    """The people of vendors and customers who sign in to the portal."""
    return [*document("company")["portal_user"], *document("company")["customer_user"]]


def new_passwords() -> dict[str, str]:
    """Fresh passwords for all demo users; the old ones and every session opened with them end. The first ones end the building."""
    users = {u.username: u for u in User.objects.filter(username__in=[r["login"] for r in document("company")["user"]])}
    passwords = {name: secrets.token_urlsafe(9) for name in users}
    outside = list(OutsideUser.objects.filter(email__in=[r["email"] for r in outside_people()]))
    passwords |= {u.email: secrets.token_urlsafe(9) for u in outside}
    # Hashing takes long on purpose, and lets other threads go on meanwhile.
    with ThreadPoolExecutor() as pool:
        hashes = dict(zip(passwords, pool.map(make_password, passwords.values()), strict=True))
    with unit_of_work(ACTOR.username, "demo.new_passwords"):
        for name, user in users.items():
            user.password, user.session_epoch = hashes[name], user.session_epoch + 1
            user.save(update_fields=["password", "session_epoch"])
        for person in outside:
            OutsideUser.objects.filter(pk=person.pk).update(password=hashes[person.email])
    return passwords


def _products(house: House) -> None:
    rows = document("company")["category"]
    given = [{"code": r["code"], "name": r["name_en"], "name_it": r["name_it"]} for r in rows]
    create(ACTOR, CategoryResource, given)
    goods = table("commodity_codes")
    create(ACTOR, CommodityCodeResource, [{"code": r["code"], "name": r["name_en"], "name_it": r["name_it"], "supplementary_unit": r["supplementary_unit"]} for r in goods])  # fmt: skip
    code_of = {category: r for r in goods for category in r["categories"].split()}
    products = [
        {
            "sku": r["sku"],
            "name": r["name_en"],
            "name_it": r["name_it"],
            "kind": r["kind"],
            "category": r["category"],
            "unit": r["unit"],
            "sale_price": Decimal(r["sale_price"]),
            "currency": "EUR",
            "tax_class": r["tax_class"],
            **({"weight_kg": Decimal(r["weight_kg"])} if r["weight_kg"] else {}),
            **_customs(r, code_of.get(r["category"])),
        }
        for r in table("products")
    ]
    house.products = dict(zip([r["sku"] for r in table("products")], create(ACTOR, ProductResource, products).ids, strict=True))


def _customs(r: Mapping[str, str], code: Mapping[str, str] | None) -> dict[str, Any]:
    """What statistics of trade ask of a product: of goods code, origin and supplementary units, of a service its code."""
    if r["kind"] == "service":
        return {"service_code": "331229"}
    if code is None:
        return {}
    return {"commodity_code": code["code"], "origin": "IT", **({"supplementary_factor": 1} if code["supplementary_unit"] else {})}


def _address(r: Mapping[str, str]) -> dict[str, Any]:
    names = ("street", "postal_code", "city", "region", "country")
    return {"kind": "billing", **{n: r[n] for n in names}}


#: Who makes machines too.
COMPETITORS: tuple[dict[str, Any], ...] = (
    {"code": "K001", "name": "Macchine Espresso Adriatica S.p.A.", "country": "IT", "city": "Ancona", "is_competitor": True},
    {"code": "K002", "name": "Alpencrema GmbH", "country": "AT", "city": "Graz", "is_competitor": True},
)


def _parties(house: House) -> None:
    shared = ("code", "name", "country", "city", "vat_number", "email", "phone", "language", "currency")
    customers = [
        {
            **{n: r[n] for n in shared},
            "kind": r["kind"],
            "is_customer": True,
            "salesperson": house.users[r["salesperson"]],
            **({"tax_code": fiscal_code(r["name"], int(r["code"][1:]))} if r["kind"] == "person" and r["country"] == "IT" else {}),
            "addresses": [_address(r)],
        }
        for r in table("customers")
    ]
    suppliers = [{**{n: r[n] for n in shared}, "is_vendor": True, "addresses": [_address(r)]} for r in table("suppliers")]
    country = {r["code"]: r["country"] for r in table("customers")}
    people = [
        {
            "code": r["code"],
            "name": f"{r['first_name']} {r['last_name']}",
            "kind": "person",
            "email": r["email"],
            "phone": r["phone"],
            "language": r["language"],
            "country": country[r["customer"]],
        }
        for r in table("contacts")
    ]
    create(ACTOR, PartyResource, [*customers, *suppliers, *people, *COMPETITORS])
    house.parties = dict(
        Party.objects.filter(code__in=[p["code"] for p in [*customers, *suppliers, *people, *COMPETITORS]]).values_list("code", "pk")
    )
    create(
        ACTOR,
        RelationshipResource,
        [
            {"person": house.parties[r["code"]], "organisation": house.parties[r["customer"]], "role": r["title_it" if r["language"] == "it" else "title_en"]}
            for r in table("contacts")
        ],
    )  # fmt: skip
    terms = dict(PaymentTerm.objects.values_list("code", "pk"))
    create(
        ACTOR,
        CustomerTermsResource,
        [
            {"company": house.company.pk, "party": house.parties[r["code"]], "payment_term": terms[r["payment_terms"]]}
            for r in table("customers")
            if r["payment_terms"] in terms
        ],
    )


def _price_lists(house: House) -> None:
    members: dict[str, list[int]] = defaultdict(list)
    for r in table("customers"):
        members[r["price_list"]].append(house.parties[r["code"]])
    given = []
    for r in document("price_lists")["price_list"]:
        rules = _discounts(r["rules"]) if r["factor"] == "1" else _prices(house, r)
        given.append(
            {
                "company": house.company.pk,
                "code": r["code"],
                "name": r["name_it"],
                "currency": r["currency"],
                "includes_tax": r["includes_tax"],
                "priority": r["precedence"],
                "for_members_only": True,
                **{n: r[n] for n in ("valid_from", "valid_to") if n in r},
                "rules": rules,
                "members": [{"party": key} for c in r.get("open_to", [r["code"]]) for key in members[c]],
            }
        )
    create(ACTOR, PriceListResource, given)


def _discounts_and_rebates(house: House, last: date) -> None:
    """Bars are a group with a discount by value and by the dozen of cleaning goods, within a cap and a margin floor; freight and commission
    are reckoned with; the greatest distributor is given back part of his turnover of the year."""
    bars = [{"party": house.parties[r["code"]]} for r in table("customers") if r["segment"] == "cafe"]
    (group,) = create(
        ACTOR, CustomerGroupResource, [{"code": "BAR", "name": "Bars and cafés", "name_it": "Bar e caffè", "members": bars}]
    ).ids
    own = {"company": house.company.pk}
    trade, volume = create(
        ACTOR,
        DiscountStepResource,
        [
            {**own, "code": "TRADE", "name": "Trade discount", "name_it": "Sconto rivenditori", "position": 10},
            {**own, "code": "VOLUME", "name": "Volume discount", "name_it": "Sconto quantità", "position": 20},
        ],
    ).ids
    rules = [
        {"step": trade, "name": "Bars, from 500", "name_it": "Bar, da 500", "group": group, "from_value": 500, "percent": 2},
        {"step": trade, "name": "Bars, from 2,000", "name_it": "Bar, da 2.000", "group": group, "from_value": 2000, "percent": 4},
        {"step": volume, "name": "Cleaning by the two dozen", "name_it": "Pulizia a due dozzine", "category": "cleaning", "from_quantity": 24, "percent": 3},
    ]  # fmt: skip
    create(ACTOR, DiscountRuleResource, rules)
    create(ACTOR, DiscountLimitResource, [{**own, "cap_percent": 15, "floor_percent": 8}])
    create(
        ACTOR,
        SellingCostResource,
        [{**own, "kind": "freight", "percent": 2, "per_kg": "0.35"}, {**own, "kind": "commission", "percent": 3}],
    )
    greatest = max((r for r in table("customers") if r["price_list"] == "distributor"), key=lambda r: int(r["size"]))
    agreed = {
        **own, "customer": house.parties[greatest["code"]], "valid_from": date(last.year, 1, 1), "valid_to": date(last.year, 12, 31),
        "tiers": [{"from_turnover": least, "percent": percent} for least, percent in ((0, 1), (25_000, 2), (100_000, 3))],
    }  # fmt: skip
    perform(ACTOR, sign, create(ACTOR, RebateAgreementResource, [agreed]).ids, {"on": agreed["valid_from"]})


def _discounts(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Discounts off the product's own price. A rule for one piece stands from quantity zero."""
    return [
        {
            **({"category": r["category"]} if r["category"] != "*" else {}),
            "min_quantity": 0 if r["minimum_quantity"] == 1 else r["minimum_quantity"],
            "discount_percent": Decimal(r["discount_percent"]),
        }
        for r in rules
    ]


def _prices(house: House, price_list: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A list in its own money: a price for every product, and one for each quantity from which a discount is given."""
    step, factor = Decimal(price_list["round_to"]), Decimal(price_list["factor"])
    rules = []
    for r in table("products"):
        price = rounded(Decimal(r["sale_price"]) * factor / step, 0) * step
        breaks = {0: Decimal(0)}
        for rule in price_list["rules"]:
            if rule["category"] in ("*", r["category"]):
                least = rule["minimum_quantity"]
                breaks[least] = max(breaks.get(least, Decimal(0)), Decimal(rule["discount_percent"]))
        rules += [
            {"product": house.products[r["sku"]], "min_quantity": least, "price": rounded(price * (HUNDRED - discount) / HUNDRED, 2)}
            for least, discount in breaks.items()
        ]
    return rules


def _rates(company: Company) -> None:
    """The file says what one euro buys; kept is what the foreign unit costs in euro."""
    with unit_of_work(ACTOR.username, "demo.rates"):
        held = set(ExchangeRate.objects.filter(base=company.currency).values_list("currency_id", "on"))
        insert_rows(
            ExchangeRate,
            [
                ExchangeRate(
                    base_id=company.currency_id,
                    currency_id=r["to_currency"],
                    on=date.fromisoformat(r["date"]),
                    rate=rounded(1 / Decimal(r["rate"]), RATE_DECIMALS),
                )
                for r in table("exchange_rates")
                if (r["to_currency"], date.fromisoformat(r["date"])) not in held
            ],
        )


def prices_of_cost() -> dict[str, Decimal]:
    """What goods cost when they are received, by SKU."""
    return {r["sku"]: Decimal(r["cost"]) for r in table("products") if r["kind"] == "goods"}
