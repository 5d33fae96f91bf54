"""Reports as files: the same rows as on the screen, in a spreadsheet or on paper."""

import io
import json
from datetime import datetime, time
from pathlib import Path
from typing import Any

import typst
import xlsxwriter
from django.http import HttpResponse
from django.utils.text import slugify

from fondaco.interfaces.web.formatting import Formatting, reader

TEMPLATE = Path(__file__).parent / "documents" / "report.typ"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def report_as(kind: str, title: str, report: dict[str, Any], facts: list[str]) -> HttpResponse:
    """``xlsx`` or ``pdf`` of a report as the component takes it."""
    made = _spreadsheet(title, report, facts) if kind == "xlsx" else _paper(title, report, facts)
    response = HttpResponse(made, content_type=SHEET if kind == "xlsx" else "application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{slugify(title) or "report"}.{kind}"'
    return response


def _spreadsheet(title: str, report: dict[str, Any], facts: list[str]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31].replace("/", "-"))
    head, strong, figure = (
        book.add_format({"bold": True, "bottom": 1}),
        book.add_format({"bold": True, "font_size": 14}),
        book.add_format({"num_format": "#,##0.00"}),
    )
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    grand = book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
    sheet.write(0, 0, title, strong)
    sheet.write(1, 0, " · ".join(f for f in facts if f))
    heads = ["", report.get("row_title") or "", *[f"{c['title']} {c.get('unit', '')}".strip() for c in report["columns"]]]
    for place, text in enumerate(heads):
        sheet.write(3, place, text, head)
    sheet.set_column(1, 1, 48)
    sheet.set_column(2, len(heads), 16)
    for line, row in enumerate(report["rows"], start=4):
        sheet.write(line, 0, row.get("code", ""))
        sheet.write(line, 1, "  " * int(row.get("level") or 0) + str(row["title"]))
        for place, cell in enumerate(row["cells"], start=2):
            if cell:
                kind = report["columns"][place - 2].get("kind")
                if kind == "date":
                    sheet.write_datetime(line, place, datetime.combine(cell["value"], time()), day)
                elif kind == "quantity":
                    sheet.write_number(line, place, cell["value"])
                elif kind:
                    sheet.write_string(line, place, str(cell["value"]))
                else:
                    sheet.write_number(line, place, cell["value"], grand if row.get("kind") == "grand" else figure)
    sheet.freeze_panes(4, 2)
    book.close()
    return out.getvalue()


def _printed(value: Any, column: dict[str, Any], formats: Formatting) -> str:
    kind = column.get("kind")
    if kind == "quantity":
        return formats.quantity(value)
    return formats.date(value) if kind == "date" else str(value) if kind else formats.amount(value, column.get("decimals", 2), dash=True)


def _paper(title: str, report: dict[str, Any], facts: list[str]) -> bytes:
    formats = reader()
    columns = report["columns"]
    rows = [
        {
            "code": row.get("code", ""), "title": str(row["title"]), "level": int(row.get("level") or 0), "kind": row.get("kind") or "",
            "cells": [_printed(c["value"], columns[i], formats) if c else "" for i, c in enumerate(row["cells"])],
        }
        for row in report["rows"]
    ]  # fmt: skip
    data = {
        "title": title,
        "facts": [f for f in facts if f],
        "columns": [f"{c['title']} {c.get('unit', '')}".strip() for c in columns],
        "sides": ["left" if c.get("kind") not in (None, "quantity") else "right" for c in columns],
        "rows": rows,
    }
    # The data travel as JSON beside the template: no text of a user is ever read as markup.
    return typst.compile(str(TEMPLATE), sys_inputs={"data": json.dumps(data)})
