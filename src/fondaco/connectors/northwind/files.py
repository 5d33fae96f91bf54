"""Reading the Northwind files: strict UTF-8, every value checked, float noise of prices, freight and discounts taken away."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from fondaco.connectors.northwind.refusals import BadLine, ColumnMissing, FileMissing, FolderMissing
from fondaco.platform.money import rounded

COLUMNS = {
    "categories": "category_id category_name description",
    "customers": "customer_id company_name contact_name contact_title address city region postal_code country phone fax",
    "employees": "employee_id last_name first_name title",
    "order_details": "order_id product_id unit_price quantity discount",
    "orders": "order_id customer_id employee_id order_date required_date shipped_date ship_via freight ship_name ship_address ship_city "
    "ship_region ship_postal_code ship_country",
    "products": "product_id product_name supplier_id category_id quantity_per_unit unit_price units_in_stock discontinued",
    "shippers": "shipper_id company_name phone",
    "suppliers": "supplier_id company_name contact_name contact_title address city region postal_code country phone fax homepage",
}
#: The names of countries in the files; another one is refused.
COUNTRIES = {
    "Argentina": "AR", "Australia": "AU", "Austria": "AT", "Belgium": "BE", "Brazil": "BR", "Canada": "CA", "Denmark": "DK",
    "Finland": "FI", "France": "FR", "Germany": "DE", "Ireland": "IE", "Italy": "IT", "Japan": "JP", "Mexico": "MX",
    "Netherlands": "NL", "Norway": "NO", "Poland": "PL", "Portugal": "PT", "Singapore": "SG", "Spain": "ES", "Sweden": "SE",
    "Switzerland": "CH", "UK": "GB", "USA": "US", "Venezuela": "VE",
}  # fmt: skip
PRICE_NOISE, FREIGHT_NOISE = Decimal("0.00001"), Decimal("0.0001")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Row:
    """A line of a file: its number, and typed access to its columns."""

    file: str
    line: int
    values: Mapping[str, str]

    def bad(self, column: str, problem: str) -> BadLine:
        return BadLine(file=f"{self.file}.csv", line=self.line, column=column, problem=problem)

    def text(self, column: str) -> str:
        """The text with single blanks; a literal backslash-n is a line break."""
        return "\n".join(" ".join(part.split()) for part in self.values[column].replace("\\n", "\n").split("\n"))

    def _read(self, column: str, reader: Callable[[str], Any], kind: str) -> Any:
        try:
            return reader(self.values[column])
        except (ValueError, InvalidOperation) as error:
            raise self.bad(column, _("“{value}” is no {kind}").format(value=self.values[column], kind=kind)) from error

    def whole(self, column: str) -> int:
        number = self._read(column, int, _("whole number"))
        if number < 0:
            raise self.bad(column, _("“{value}” is negative").format(value=number))
        return number

    def day(self, column: str) -> date:
        return self._read(column, date.fromisoformat, _("date such as 1996-07-04"))

    def optional_day(self, column: str) -> date | None:
        return self.day(column) if self.values[column] else None

    def cents(self, column: str, noise: Decimal) -> Decimal:
        """Two decimals, half away from zero; refused when the value is further from a cent than its float noise."""
        value = self._read(column, Decimal, _("number"))
        if not value.is_finite() or value < 0:
            raise self.bad(column, _("“{value}” is no amount").format(value=value))
        near = rounded(value, 2)
        if abs(near - value) > noise:
            raise self.bad(column, _("“{value}” is no amount in cents").format(value=value))
        return near

    def country(self, column: str) -> str:
        name = self.text(column)
        if name not in COUNTRIES:
            raise self.bad(column, _("the country “{value}” is unknown").format(value=name))
        return COUNTRIES[name]


@dataclass(frozen=True)
class OrderLine:
    row: Row
    product: int
    unit_price: Decimal
    quantity: int
    discount: Decimal

    @property
    def net(self) -> Decimal:
        """Quantity times price less discount, rounded per line half away from zero."""
        return rounded(self.unit_price * self.quantity * (HUNDRED - self.discount) / HUNDRED, 2)


@dataclass(frozen=True)
class Order:
    row: Row
    key: int
    customer: str
    employee: int
    ordered: date
    required: date
    shipped: date | None
    carrier: int
    freight: Decimal
    ship_to: str
    lines: tuple[OrderLine, ...]

    @property
    def net(self) -> Decimal:
        """Goods without freight."""
        return sum((line.net for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class Product:
    row: Row
    key: int
    price: Decimal
    in_stock: int
    discontinued: bool

    @property
    def cost(self) -> Decimal:
        """The assumed unit cost: 60 % of the list price, in cents."""
        return rounded(self.price * Decimal("0.6"), 2)


@dataclass(frozen=True)
class Northwind:
    """Everything that is imported, in the order of its keys."""

    categories: tuple[Row, ...]
    customers: tuple[Row, ...]
    employees: tuple[Row, ...]
    shippers: tuple[Row, ...]
    suppliers: tuple[Row, ...]
    products: tuple[Product, ...]
    orders: tuple[Order, ...]

    @property
    def shipped(self) -> list[Order]:
        return [o for o in self.orders if o.shipped]


def read(folder: Path) -> Northwind:
    """Read and check all files of ``folder``. Raises a refusal that names file, line and column."""
    if not folder.is_dir():
        raise FolderMissing(folder=folder)
    missing = [f"{name}.csv" for name in COLUMNS if not (folder / f"{name}.csv").is_file()]
    if missing:
        raise FileMissing(folder=folder, files=", ".join(missing), needed=", ".join(f"{name}.csv" for name in COLUMNS))
    tables = {name: tuple(_rows(folder, name)) for name in COLUMNS}
    keys = {name: _unique(tables[name], column) for name, column in KEYS.items()}
    products = tuple(
        Product(
            row, row.whole("product_id"), row.cents("unit_price", PRICE_NOISE), row.whole("units_in_stock"), row.whole("discontinued") != 0
        )
        for row in tables["products"]
    )
    for product in products:
        _known(product.row, "category_id", keys["categories"])
        _known(product.row, "supplier_id", keys["suppliers"])
    for row in (*tables["customers"], *tables["suppliers"]):
        row.country("country")
    return Northwind(
        tables["categories"], tables["customers"], tables["employees"], tables["shippers"], tables["suppliers"], products,
        tuple(sorted(_orders(tables, keys), key=lambda o: o.key)),
    )  # fmt: skip


KEYS = {
    "categories": "category_id",
    "customers": "customer_id",
    "employees": "employee_id",
    "orders": "order_id",
    "products": "product_id",
    "shippers": "shipper_id",
    "suppliers": "supplier_id",
}


def _rows(folder: Path, name: str) -> Iterator[Row]:
    needed = COLUMNS[name].split()
    try:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            absent = [column for column in needed if column not in (reader.fieldnames or ())]
            if absent:
                raise ColumnMissing(file=f"{name}.csv", columns=", ".join(absent), needed=", ".join(needed))
            for values in reader:
                row = Row(name, reader.line_num, {column: values[column] or "" for column in needed})
                if None in values or None in values.values():
                    raise row.bad(needed[-1], _("the line has another number of columns than the first line"))
                yield row
    except UnicodeDecodeError as error:
        raise BadLine(file=f"{name}.csv", line="?", column="?", problem=_("the file is not UTF-8")) from error


def _unique(rows: tuple[Row, ...], column: str) -> set[str]:
    seen: set[str] = set()
    for row in rows:
        if row.values[column] in seen or not row.values[column]:
            raise row.bad(column, _("the key “{value}” is empty or there twice").format(value=row.values[column]))
        seen.add(row.values[column])
    return seen


def _known(row: Row, column: str, keys: set[str]) -> None:
    if row.values[column] not in keys:
        raise row.bad(column, _("“{value}” is not in its own file").format(value=row.values[column]))


def _orders(tables: Mapping[str, tuple[Row, ...]], keys: Mapping[str, set[str]]) -> Iterator[Order]:
    lines: dict[str, list[OrderLine]] = {}
    for row in tables["order_details"]:
        _known(row, "order_id", keys["orders"])
        _known(row, "product_id", keys["products"])
        line = OrderLine(
            row,
            row.whole("product_id"),
            row.cents("unit_price", PRICE_NOISE),
            row.whole("quantity"),
            row.cents("discount", PRICE_NOISE) * HUNDRED,
        )
        if not line.quantity or line.discount > HUNDRED:
            raise row.bad("quantity", _("a quantity of at least 1 and a discount of at most 1 are needed"))
        others = lines.setdefault(row.values["order_id"], [])
        if any(other.product == line.product for other in others):
            raise row.bad("product_id", _("the order has two lines of this product"))
        others.append(line)
    for row in tables["orders"]:
        for column, name in (("customer_id", "customers"), ("employee_id", "employees"), ("ship_via", "shippers")):
            _known(row, column, keys[name])
        if row.values["order_id"] not in lines:
            raise row.bad("order_id", _("the order has no line in order_details.csv"))
        ordered, shipped = row.day("order_date"), row.optional_day("shipped_date")
        if shipped and shipped < ordered:
            raise row.bad("shipped_date", _("the order was shipped before it was ordered"))
        row.country("ship_country")
        place = " ".join(filter(None, [row.text("ship_postal_code"), row.text("ship_city"), row.text("ship_region")]))
        yield Order(
            row, row.whole("order_id"), row.values["customer_id"], row.whole("employee_id"), ordered, row.day("required_date"), shipped,
            row.whole("ship_via"), row.cents("freight", FREIGHT_NOISE),
            "\n".join(filter(None, [row.text("ship_name"), row.text("ship_address"), place, row.text("ship_country")])),
            tuple(lines[row.values["order_id"]]),
        )  # fmt: skip
