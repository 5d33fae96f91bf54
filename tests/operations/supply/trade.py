"""A shop that buys what it sells: a clerk, a buyer and a vendor."""

from collections.abc import Iterable
from typing import Any

from fondaco.frontoffice.sales.models import Order, OrderLine
from fondaco.masterdata.catalog.models import Product
from fondaco.operations.inventory.models import Warehouse
from fondaco.operations.purchasing.models import PurchaseOrder, PurchaseOrderLine
from fondaco.operations.supply.models import Peg
from fondaco.operations.supply.netting import Tie
from fondaco.operations.supply.queries import pegging
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books
from tests.frontoffice.sales.shop import Shop


class Trade(Shop):
    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self.vendor = books.vendor()

    def house(self, code: str) -> Warehouse:
        (key,) = create(ACTOR, RESOURCES["warehouses"], [{"company": self.books.company.pk, "code": code, "name": code}]).ids
        return Warehouse.objects.get(pk=key)

    def buy(
        self, quantity: str, expected: str | None = None, product: Product | None = None, *, confirm: bool = True, **values: Any
    ) -> PurchaseOrder:
        given = {"company": self.books.company.pk, "vendor": self.vendor.pk, "warehouse": self.warehouse.pk, "on": "2026-02-01", "expected_on": expected}  # fmt: skip
        line = {"product": (product or self.cup).pk, "quantity": quantity, "unit_price": "1.50"}
        (key,) = create(ACTOR, RESOURCES["purchase-orders"], [{**given, "lines": [line], **values}]).ids
        if confirm:
            self.books.do("purchasing.confirm", key)
        return PurchaseOrder.objects.get(pk=key)

    def sell(self, quantity: str, wanted: str | None = None, product: Product | None = None, **values: Any) -> Order:
        return self.order((product or self.cup, quantity), requested_on=wanted, reserve_partly=True, **values)

    def came(self, order: PurchaseOrder, on: str = "2026-02-10", **given: Any) -> None:
        receipts = self.books.do("purchasing.receive", order.pk, on=on, **given).made["goods-receipts"]
        self.books.do("inventory.post_receipt", receipts)

    def line(self, order: Order | PurchaseOrder) -> int:
        return (OrderLine if isinstance(order, Order) else PurchaseOrderLine).objects.get(order=order.pk).pk

    def peg(self, purchase: PurchaseOrder, order: Order, quantity: str, kind: str = "back_to_back") -> Peg:
        return Peg(
            company=self.books.company, kind=kind, quantity=quantity, supply_table=PurchaseOrderLine._meta.db_table, supply_line=self.line(purchase),
            demand_table=OrderLine._meta.db_table, demand_line=self.line(order),
        )  # fmt: skip

    def ties(self, product: Product | None = None) -> list[str]:
        return said(pegging([(self.books.company.pk, (product or self.cup).pk)]))


def said(ties: Iterable[Tie]) -> list[str]:
    """Each tie as ``order <- purchase or stock quantity``, as a clerk notes it."""
    made = []
    for tie in ties:
        wants = tie.demand.number if tie.demand else "nobody"
        brings = tie.supply.number if tie.supply else "nothing" if tie.short else "stock"
        late = f", {tie.days_late} days late" if tie.days_late else ""
        made.append(f"{wants} <- {brings} {tie.quantity.normalize():f}{' firm' if tie.firm else ''}{late}")
    return made
