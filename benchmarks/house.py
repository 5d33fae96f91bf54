"""The company whose speed is measured: books for three years, customers, goods in stock; and papers by the thousand."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fondaco.finance.invoicing.resources import InvoiceResource
from fondaco.finance.ledger.models import Account
from fondaco.finance.payments.models import BankAccount
from fondaco.localizations.loading import load_reference_data, set_up_company
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.operations.inventory.models import Warehouse
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.configuration import ensure_running, prepare_database
from fondaco.platform.database.migrating import migrate
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create

ACTOR = Actor.program("bench")
SEED = 1494  # the year of Pacioli's Summa
IBAN = "IT60X0542811101000000123456"
CUSTOMERS = 500
PRODUCTS = 100
YEARS = (2024, 2025, 2026)


@dataclass
class House:
    """The measured company, and a source of chance that is the same in every run."""

    company: Company
    customers: list[int]
    products: list[int]
    warehouse: int
    chance: random.Random

    def day(self, year: int = 2026) -> date:
        return date(year, 1, 1) + timedelta(days=self.chance.randrange(365))

    def amount(self) -> str:
        return f"{self.chance.randrange(100, 100_000) / 100:.2f}"

    def invoices(self, count: int) -> list[dict[str, Any]]:
        """Values of invoices of three lines, each with VAT."""
        return [
            {
                "company": self.company.pk,
                "customer": self.chance.choice(self.customers),
                "on": self.day().isoformat(),
                "lines": [
                    {"description": "Goods", "quantity": str(self.chance.randrange(1, 9)), "unit_price": self.amount()} for _ in range(3)
                ],
            }
            for _ in range(count)
        ]

    def bank_account(self) -> BankAccount:
        """The company's account in euro, made where it is first wanted."""
        found = BankAccount.objects.filter(company=self.company, iban=IBAN).first()
        if found is None:
            account = Account.objects.get(company=self.company, purpose="bank").pk
            given = {"company": self.company.pk, "name": "Bank", "iban": IBAN, "currency": "EUR", "account": account}
            (key,) = create(ACTOR, RESOURCES["bank-accounts"], [given]).ids
            found = BankAccount.objects.get(pk=key)
        return found

    def draft_invoices(self, count: int) -> list[int]:
        """Invoices as drafts; their keys."""
        return create(ACTOR, InvoiceResource, self.invoices(count)).ids


def build() -> House:
    """Make the database and the company."""
    ensure_running()
    prepare_database()
    migrate(0)
    load_reference_data(ACTOR)
    company = set_up_company(ACTOR, {"code": "BENCH", "name": "Bench S.r.l.", "country_id": "IT", "currency_id": "EUR"}, YEARS)
    (warehouse,) = create(ACTOR, RESOURCES["warehouses"], [{"company": company.pk, "code": "MI", "name": "Milano"}]).ids
    with unit_of_work(ACTOR.username, "setup.bench"):
        customers = [
            Party(kind="organisation", code=f"C{n:05}", name=f"Customer {n}", sort_name=f"customer {n}", country_id="IT", is_customer=True)
            for n in range(CUSTOMERS)
        ]
        insert_rows(Party, customers)
        unit = Unit.objects.get(code="C62")
        products = [
            Product(sku=f"P{n:04}", name=f"Product {n}", unit=unit, sale_price=Decimal("19.90"), currency_id="EUR") for n in range(PRODUCTS)
        ]
        insert_rows(Product, products)
    house = House(company, [c.pk for c in customers], [p.pk for p in products], Warehouse.objects.get(pk=warehouse).pk, random.Random(SEED))
    _receive(house)
    return house


def _receive(house: House) -> None:
    lines = [{"product": product, "quantity": "1000000", "unit_cost": "7.00"} for product in house.products]
    receipt = {"company": house.company.pk, "warehouse": house.warehouse, "on": "2024-01-01", "kind": "opening", "lines": lines}
    do("inventory.post_receipt", create(ACTOR, RESOURCES["goods-receipts"], [receipt]).ids)


TOWN = [
    ["Caffè", "Bar", "Trattoria", "Osteria", "Pasticceria", "Torrefazione", "Ristorante", "Albergo", "Locanda", "Gelateria"],
    ["Bianchi", "Rossi", "Colombo", "Ferrari", "Esposito", "Ricci", "Marino", "Greco", "Conti", "Giordano", "Mancini", "Lombardi"],
    ["del Duomo", "della Stazione", "al Ponte", "di Brera", "San Marco", "Vecchia Milano", "dei Navigli", "Garibaldi", "Centrale"],
    ["S.r.l.", "S.p.A.", "S.n.c.", "& Figli", "& C.", "di Mario", "di Anna", "Group"],
]


def settle_town(house: House, parties: int) -> None:
    """People and organisations with names that resemble each other, until there are so many."""
    missing = parties - Party.objects.count()
    names = [" ".join(house.chance.choice(words) for words in TOWN) for _ in range(max(0, missing))]
    with unit_of_work(ACTOR.username, "setup.bench"):
        insert_rows(
            Party,
            [
                Party(kind="organisation", code=f"T{n:06}", name=name, sort_name=sort_name(name), country_id="IT", is_customer=True)
                for n, name in enumerate(names)
            ],
        )


def do(key: str, ids: Sequence[int], **parameters: Any) -> Any:
    """Perform a verb on a set."""
    return perform(ACTOR, ACTIONS[key], ids, parameters)


def cut(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut ``items`` into sets of ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
