"""The extension point: rooms above say which of their lines bring goods and which want them; this room never learns of them.

A source is one SELECT over what it has open of the products that are asked for. All sources together are read in one statement, however
many products, lines and rooms there are. Planning of several levels and production plug in here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

DEMAND, SUPPLY = "demand", "supply"
#: How sure a line is: agreed, or a draft that somebody still has to confirm.
FIRM, PLANNED = "firm", "planned"


@dataclass(frozen=True)
class Source:
    """Lines of ``table`` that want goods (DEMAND) or bring them (SUPPLY).

    ``sql`` selects company_id, warehouse_id, product_id, "on", quantity, reserved, line, document, number, party_id and
    certainty of every line with something still open, and joins ``asked`` (company_id, product_id). "on" is the day wanted or expected (null: nobody
    said). ``reserved`` is what of the quantity is kept in stock already, 0 of supply. Without a warehouse goods never come into the house.
    ``to_customer``: "on" is the day at the customer's. ``url`` is the page of the document: ``/orders/{document}``.
    """

    table: str
    side: str
    title: Any
    url: str
    sql: str
    to_customer: bool = False


SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Make a room's lines known as demand or supply."""
    key = f"{source.side}:{source.table}"
    if key in SOURCES:
        raise ValueError(f"{key} is told twice")
    SOURCES[key] = source
    return source


@dataclass(slots=True)
class Open:
    """A line with what is still open of it, in the product's stock unit."""

    source: Source
    company: int
    warehouse: int | None
    product: int
    on: date | None
    quantity: Decimal
    reserved: Decimal
    line: int
    document: int
    number: str
    party: int | None
    certainty: str

    @property
    def key(self) -> tuple[str, int]:
        return (self.source.table, self.line)

    @property
    def url(self) -> str:
        return self.source.url.format(document=self.document)


#: A product of a company.
Item = tuple[int, int]


def open_lines(items: Collection[Item]) -> list[Open]:
    """What all rooms have open of products, by day; what nobody gave a day comes last. One statement."""
    wanted = sorted(set(items))
    if not wanted or not SOURCES:
        return []
    sources = list(SOURCES.values())
    parts = [
        f'select {n}::int as source, s.company_id, s.warehouse_id, s.product_id, s."on", s.quantity, s.reserved, s.line, s.document, s.number,'
        f" s.party_id, s.certainty from ({s.sql}) s"
        for n, s in enumerate(sources)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "with asked as materialized (select * from unnest(%s::bigint[], %s::bigint[]) a (company_id, product_id))"
            f" {' union all '.join(parts)} order by 5 nulls last, 1, 8",
            [[company for company, _product in wanted], [product for _company, product in wanted]],
        )
        return [
            Open(sources[n], company, warehouse, product, on, quantity, reserved, line, document, number or "", party, certainty)
            for n, company, warehouse, product, on, quantity, reserved, line, document, number, party, certainty in cursor.fetchall()
        ]
