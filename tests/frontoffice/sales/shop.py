"""A warehouse with espresso machines and a clerk who sells them."""

from decimal import Decimal

from fondaco.finance.invoicing.models import Invoice
from fondaco.frontoffice.sales.models import Order, Quote
from fondaco.frontoffice.sales.queries import measured
from fondaco.masterdata.catalog.models import Product, Unit
from fondaco.operations.inventory.models import StockLevel, Warehouse
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR, Books


class Shop:
    def __init__(self, books: Books) -> None:
        self.books = books
        (key,) = create(ACTOR, RESOURCES["warehouses"], [{"company": books.company.pk, "code": "MI", "name": "Milano"}]).ids
        self.warehouse = Warehouse.objects.get(pk=key)
        self.machine = self.product("M1", "Espresso machine", "1200.00")
        self.cup = self.product("CUP", "Cup", "3.33")
        self.course = self.product("COURSE", "Barista course", "150.00", kind="service", tax_class="service")
        self.customer = books.customer(email="bar@example.com", vat_number="IT01234567890", city="Milano")

    def product(self, sku: str, name: str, price: str, **values) -> Product:
        with unit_of_work("test", "test"):
            unit = Unit.objects.get(code="C62")
            return Product.objects.create(sku=sku, name=name, unit=unit, sale_price=Decimal(price), currency_id="EUR", **values)

    def receive(self, product: Product, quantity: str, cost: str) -> None:
        lines = [{"product": product.pk, "quantity": quantity, "unit_cost": cost}]
        given = {"company": self.books.company.pk, "warehouse": self.warehouse.pk, "on": "2026-01-05", "lines": lines}
        (key,) = create(ACTOR, RESOURCES["goods-receipts"], [given]).ids
        self.books.do("inventory.post_receipt", key)

    def _document(self, resource: str, lines, **values) -> int:
        given = {"company": self.books.company.pk, "customer": self.customer.pk, "on": "2026-02-02", **values}
        rows = [{"product": product.pk, "quantity": quantity, **more} for product, quantity, *rest in lines for more in (rest or [{}])]
        return create(ACTOR, RESOURCES[resource], [{**given, "lines": rows}]).ids[0]

    def quote(self, *lines, send: bool = True, **values) -> Quote:
        key = self._document("quotes", lines, **{"valid_until": "2099-12-31", **values})
        if send:
            self.books.do("sales.send", key, on="2026-02-02")
        return Quote.objects.get(pk=key)

    def order(self, *lines, confirm: bool = True, **values) -> Order:
        key = self._document("orders", lines, **values)
        if confirm:
            self.books.do("sales.confirm", key, on="2026-02-03")
        return Order.objects.get(pk=key)

    def did(self, key: str, order: Order, reason: str = "", **parameters):
        return self.books.do(f"sales.{key}", order.pk, reason=reason, **parameters)

    def state(self, order: Order) -> list[str]:
        """Each line as ``ordered reserved delivered returned invoiced credited``."""
        return [
            " ".join(f"{v.normalize():f}" for v in (ln.quantity, ln.reserved, ln.delivered, ln.returned, ln.invoiced, ln.credited))
            for ln in measured().filter(order=order).order_by("position")
        ]

    def stock(self, product: Product) -> tuple[Decimal, Decimal]:
        level = StockLevel.objects.get(product=product, location__kind="internal")
        return level.on_hand, level.reserved

    def invoices(self, order: Order) -> list[Invoice]:
        return list(Invoice.objects.filter(source_table="sales_order", source_id=order.pk).order_by("pk"))
