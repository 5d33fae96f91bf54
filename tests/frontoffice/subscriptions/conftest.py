"""A house that sells by period: three products, and contracts as a clerk would enter them."""

from decimal import Decimal
from typing import Any

import pytest

from fondaco.finance.invoicing.models import Invoice, InvoiceLine
from fondaco.frontoffice.subscriptions.models import Contract, ContractCharge, ContractLine
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books


class Subscribing:
    """The company, its services, and what a day at the contracts' desk does."""

    def __init__(self, books: Books) -> None:
        self.books = books
        with unit_of_work("t", "t"):
            month, piece = Unit.objects.get(code="MON"), Unit.objects.get(code="C62")
            made = {"kind": "service", "tax_class": "service"}
            self.care = Product.objects.create(sku="CARE", name="Care", unit=month, sale_price=Decimal(69), currency_id="EUR", **made)
            self.hire = Product.objects.create(sku="HIRE", name="Hire", unit=month, **made)
            self.cups = Product.objects.create(sku="CUPS", name="Cups", unit=piece, **made)
            self.start = Product.objects.create(sku="START", name="Setting up", unit=piece, **made)
            self.beans = Product.objects.create(sku="BEANS", name="Beans", unit=piece, sale_price=Decimal(20), currency_id="EUR")

    def contract(self, *lines: dict[str, Any], customer: Any = None, active: bool = True, **values: Any) -> Contract:
        given = {
            "company": self.books.company.pk, "customer": (customer or self.books.customer()).pk, "starts_on": "2026-01-01", "term_months": 12, "currency": "EUR",
            "lines": [{**ln, "product": ln["product"].pk} for ln in lines], **values,
        }  # fmt: skip
        (key,) = create(ACTOR, RESOURCES["contracts"], [given]).ids
        if active:
            self.books.do("subscriptions.activate", key)
        return Contract.objects.get(pk=key)

    def bill(self, contract: Contract, on: str) -> Invoice:
        made = self.books.do("subscriptions.bill", contract.pk, on=on).made["invoices"]
        return Invoice.objects.get(pk=made[0])

    def line(self, contract: Contract, product: Product) -> ContractLine:
        return ContractLine.objects.get(contract=contract, product=product)

    def meter(self, customer: Any, code: str = "M-1") -> int:
        given = {"company": self.books.company.pk, "code": code, "name": "Counter", "customer": customer.pk, "unit": "C62"}
        return create(ACTOR, RESOURCES["meters"], [given]).ids[0]

    def use(self, *records: tuple[str, str, str, str], source: str = "telemetry") -> dict[str, str]:
        rows = [{"key": key, "meter": meter, "on": on, "quantity": quantity} for key, meter, on, quantity in records]
        return self.books.do("companies.take_usage", self.books.company.pk, source=source, records=rows).told


def said(invoice: Invoice) -> list[tuple[str, Decimal]]:
    """Each line of an invoice: what it says after the product, and its net."""
    rows = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return [(ln.description.partition(" · ")[2], ln.net) for ln in rows]


def standing(contract: Contract) -> Decimal:
    return sum(ContractCharge.objects.filter(contract=contract, taken_back_by=None).values_list("amount", flat=True), Decimal(0))


@pytest.fixture
def desk(books):
    return Subscribing(books)
