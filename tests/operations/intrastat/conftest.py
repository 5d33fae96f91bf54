"""A roastery that sells to Germany and France and buys in Spain, with what customs asks of its goods."""

from datetime import date
from decimal import Decimal

import pytest

from fondaco.masterdata.catalog.models import CommodityCode, Product
from fondaco.operations.intrastat.models import Statement, TradeDefaults
from fondaco.operations.intrastat.reading import drawings
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR
from tests.frontoffice.sales.shop import Shop


class Exporter(Shop):
    """A shop whose trade with other member states is told to the customs agency."""

    def __init__(self, books):
        super().__init__(books)
        with unit_of_work("test", "test"):
            self.coffee = CommodityCode.objects.create(code="09012100", name="Coffee, roasted")
            self.makers = CommodityCode.objects.create(code="84198120", name="Percolators", supplementary_unit="p/st")
            Product.objects.filter(pk=self.machine.pk).update(
                commodity_code=self.makers, origin="IT", weight_kg=Decimal("23.4"), supplementary_factor=1
            )
            Product.objects.filter(pk=self.cup.pk).update(commodity_code=self.coffee, origin="BR", weight_kg=Decimal("0.25"))
            Product.objects.filter(pk=self.course.pk).update(service_code="855920")
            TradeDefaults.objects.filter(company=books.company).update(region="MI", customs_office="137100")
        self.berlin = books.customer("Kaffeehaus Berlin", "DE", vat_number="DE136695976")
        self.paris = books.customer("Café de Paris", "FR", vat_number="FR40303265045")
        self.vendor = books.vendor("Tostadores Unidos", "ES", vat_number="ESB58378431")

    def sell(self, customer, on, *lines, **values):
        return self.books.invoice(
            customer,
            [{"product": p.pk, "quantity": q, **({"unit_price": price} if price else {})} for p, q, price in lines],
            on,
            **values,
        )

    def credit(self, invoice, on, *lines, **values):
        return self.sell(invoice.customer, on, *lines, kind="credit_note", credits=invoice.pk, **values)

    def open(self, through):
        self.books.do("companies.open_lists", self.books.company.pk, through=date.fromisoformat(through))

    def list(self, kind, on):
        day = date.fromisoformat(on)
        return Statement.objects.get(company=self.books.company, kind=kind, starts_on__lte=day, ends_on__gte=day)

    def drawn(self, kind, on):
        statement = self.list(kind, on)
        return drawings([statement])[statement.pk]

    def file(self, kind, on, day=None):
        statement = self.list(kind, on)
        self.books.do("intrastat.file", statement.pk, on=date.fromisoformat(day or "2026-12-31"))
        statement.refresh_from_db()
        return statement

    def told(self, kind, on):
        """A list as its page tells it, a row a line."""
        statement = self.list(kind, on)
        if statement.state == "open":
            rows = [(d.row, d.missing) for d in drawings([statement])[statement.pk].rows]
        else:
            rows = [(r, ()) for r in statement.rows.order_by("-section", "position")]
        lines = []
        for row, missing in rows:
            parts = [row.section[:4], row.vat_number, f"{row.amount}", row.commodity_code, row.nature + ("T" if row.is_triangular else "")]
            parts += (
                [f"{row.net_mass or 0}kg", f"{row.supplementary or 0}{row.supplementary_unit}"]
                if statement.with_statistics and row.commodity_code
                else []
            )
            parts += [row.country, row.origin, row.region, row.service_code, row.document_number]
            if row.statistical is not None:
                parts.append(f"stat {row.statistical}")
            if row.corrects_from:
                parts.append(
                    f"of {row.corrects_from:%Y-%m}"
                    + ("" if row.corrects_from.month == row.corrects_to.month else f"..{row.corrects_to:%m}")
                )
            lines.append(" ".join(p for p in parts if p) + (f" lacks {', '.join(missing)}" if missing else ""))
        return lines


@pytest.fixture
def exporter(books):
    return Exporter(books)


def free_of_charge(exporter, quantity, on, reason="gift"):
    """Goods that leave for Berlin without an order, for the reason of their transport document."""
    given = {
        "company": exporter.books.company.pk, "warehouse": exporter.warehouse.pk, "customer": exporter.berlin.pk, "on": on,
        "lines": [{"product": exporter.cup.pk, "quantity": quantity}],
    }  # fmt: skip
    (key,) = create(ACTOR, RESOURCES["deliveries"], [given]).ids
    exporter.books.do("inventory.post_issue", key)
    return key
