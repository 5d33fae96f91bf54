"""Answers by file: the table that a vendor takes and fills in, and what it says when it comes back."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from fondaco.operations.sourcing import sheet_reading
from fondaco.operations.sourcing.refusals import SheetUnreadable
from fondaco.platform.bounded import Ended, ask
from fondaco.platform.money import figure

MODULE = "fondaco.operations.sourcing.sheet_reading"


def sheet_of(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """The lines of a request as CSV, with empty columns for price, quantity and days. Texts that a spreadsheet would compute are quoted."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([_("Line"), _("SKU"), _("Description"), _("Quantity"), _("Unit"), _("Unit price"), _("Offered quantity"), _("Days")])
    for line in lines:
        writer.writerow(
            [line["position"], _harmless(line["sku"]), _harmless(line["text"]), figure(line["quantity"]), line["unit"], "", "", ""]
        )
    return ("\ufeff" + out.getvalue()).encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t" else text


def read_sheet(raw: bytes) -> dict[int, dict[str, str]]:
    """What a filled-in table says, by the number of the line; read in a bounded child. Raises SheetUnreadable."""
    if len(raw) > sheet_reading.LARGEST:
        raise SheetUnreadable(why=_("it is too large"))
    try:
        said = ask(MODULE, (), raw, seconds=2.0 * sheet_reading.SECONDS, largest_answer=2 * sheet_reading.LARGEST)
    except Ended as error:
        raise SheetUnreadable(why=_("it is too large or broken")) from error
    if "refused" in said:
        why = {
            "columns": _("no columns “Line” and “Unit price” stand in its first row"),
            "empty": _("it is empty"),
            "workbook": _("it is not a workbook in XLSX format"),
        }
        raise SheetUnreadable(why=why.get(said["refused"], _("it is no text in columns")))
    return {int(row["line"]): row for row in said["rows"] if row["line"].isdecimal() and len(row["line"]) < 10}
