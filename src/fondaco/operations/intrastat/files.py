"""Lists as CSV, for countries whose own file is not written here: the rows of a list, and the EC sales list by customer."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO
from typing import Any

from fondaco.operations.intrastat.models import GOODS, StatementRow
from fondaco.platform.money import ZERO
from fondaco.platform.resources.exporting import neutral

COLUMNS = (
    "section", "position", "vat_number", "amount", "commodity_code", "nature", "is_triangular", "net_mass", "supplementary", "supplementary_unit", "statistical",
    "delivery_terms", "transport", "country", "origin", "region", "service_code", "document_number", "document_on", "supply", "payment", "payment_country",
    "corrects_from", "corrects_to",
)  # fmt: skip


def rows_csv(rows: Iterable[StatementRow]) -> bytes:
    """Every row of a list with all that it says."""
    return _written(COLUMNS, ([getattr(row, name) for name in COLUMNS] for row in rows))


def sales_csv(kind: str, rows: Sequence[StatementRow]) -> bytes:
    """The recapitulative statement of a list of sales: a row a VAT number, what it is (goods, triangular, services) and the period it corrects."""
    sums: dict[tuple[str, str, Any, Any], Decimal] = {}
    for row in rows:
        what = ("triangular" if row.is_triangular else "goods") if kind in GOODS else "services"
        if row.amount:
            key = (row.vat_number, what, row.corrects_from, row.corrects_to)
            sums[key] = sums.get(key, ZERO) + row.amount
    ordered = sorted(sums.items(), key=lambda item: tuple(map(str, item[0])))
    return _written(
        ("country", "vat_number", "operation", "amount", "corrects_from", "corrects_to"),
        ([vat[:2], vat[2:], what, amount, first, last] for (vat, what, first, last), amount in ordered),
    )


def _written(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([neutral(v) if isinstance(v, str) else "" if v is None else v for v in row] for row in rows)
    return out.getvalue().encode()
