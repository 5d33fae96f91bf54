"""A list of trade with other member states: its rows and corrections, what is still to mend, how it comes from the VAT, and its files (TX-08)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import choice_word
from fondaco.interfaces.web.screens.record_head import head_of
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.localizations.it.intrastat import flat_file
from fondaco.operations.intrastat.drawing import NORMAL, OF_PRODUCT, Drawing, Drawn
from fondaco.operations.intrastat.files import rows_csv, sales_csv
from fondaco.operations.intrastat.models import SALES, DocumentTrade, Statement, StatementFact, StatementRow
from fondaco.operations.intrastat.planning import quarter_before, quarter_of
from fondaco.operations.intrastat.queries import Scope, month_totals, quarters_before
from fondaco.operations.intrastat.reading import Paper, drawings, unbilled_moves, untold_moves, vat_of
from fondaco.operations.intrastat.resources import StatementResource
from fondaco.operations.intrastat.wording import MISSING
from fondaco.platform.access.visibility import visible
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import columns_for, one

RIGHT, TELL = "intrastat.view_statement", "intrastat.write_statement"
SHOWN_NUMBERS = 4
STEPS = {
    "vat": gettext_lazy("Tax entries of these days"),
    "elsewhere": gettext_lazy("Of them told on another list, or waiting for one"),
    "other_days": gettext_lazy("Documents of other days told here"),
    "left_out": gettext_lazy("Left out: down payments, and what belongs on no list"),
    "rounding": gettext_lazy("Rounding to whole units"),
    "list": gettext_lazy("This list"),
    "difference": gettext_lazy("Difference"),
}


def _statement(request: HttpRequest, pk: int) -> Statement:
    rows = visible(Statement.objects.filter(pk=pk), request.actor, RIGHT)  # type: ignore[attr-defined]
    found = rows.select_related("company__currency").first()
    if found is None:
        raise Http404
    return found


def _drawing(statement: Statement) -> Drawing | None:
    """What an open list comes to; None of a filed one, whose rows are kept."""
    return drawings([statement])[statement.pk] if statement.state == Statement.OPEN else None


def _rows(statement: Statement, drawing: Drawing | None) -> list[StatementRow]:
    if drawing is not None:
        return [d.row for d in drawing.rows]
    return list(StatementRow.objects.filter(statement=statement).order_by("-section", "position"))


@door(RIGHT, "GET")
def intrastat_list(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: what to mend, its operations and corrections, each a door to its documents, and how it comes from the VAT."""
    statement = _statement(request, pk)
    actor = request.actor  # type: ignore[attr-defined]
    drawing = _drawing(statement)
    rows = _rows(statement, drawing)
    formats = formats_of(request)
    row = one(StatementResource, actor, pk)
    row["_state"] = statement.state
    head = head_of(request, StatementResource, row, columns_for(StatementResource.detail(), actor))
    period = _period(statement, formats)
    head |= {
        "number": statement.number or period,
        "amount": drawing.amount if drawing else statement.amount,
        "amount_label": str(statement.get_kind_display()),
        "currency": statement.company.currency_id,
        "decimals": 0,
        "facts": _facts(request, statement, period),
        "warnings": _to_look_at(request, statement, drawing) if drawing is not None else [],
    }
    lacking = drawing.incomplete if drawing else []
    tables = [
        _table(request, statement, [r for r in rows if r.section == NORMAL], _("Operations")),
        _table(request, statement, [r for r in rows if r.section != NORMAL], _("Corrections of earlier periods")),
    ]
    context = {
        "title": f"{StatementResource.title_one} {head['number']}",
        "document": head,
        "mend": _mend(statement, lacking) if lacking else None,
        "clear": drawing is not None and not lacking and not head["warnings"],
        "tables": [t for t in tables if t],
        "nothing": not rows,
        "report": _compared(statement, drawing),
        "files": _files(statement),
        "stream": stream_of(request, StatementResource, pk),
    }
    return page(request, "web/intrastat_list.html", context)


def _period(statement: Statement, formats: Any) -> str:
    return f"{formats.date(statement.starts_on)} – {formats.date(statement.ends_on)}"


def _facts(request: HttpRequest, statement: Statement, period: str) -> list[tuple[str, str]]:
    """The period, when it is to be filed, and by which amounts it is a month or a quarter."""
    formats = formats_of(request)
    facts = [(_("Period"), f"{period} ({statement.get_frequency_display()})")]
    if statement.state == Statement.FILED:
        facts.append((_("Filed on"), formats.date(statement.filed_on)))
        if statement.protocol:
            facts.append((_("Protocol"), statement.protocol))
    elif statement.due_on:
        facts.append((_("To be filed by"), formats.date(statement.due_on)))
    first = quarter_of(statement.starts_on)
    since = first
    for _n in range(4):
        since = quarter_before(since)
    totals = month_totals([Scope(statement.company_id, statement.kind, since, first - timedelta(days=1))])
    before = quarters_before(totals.get((statement.company_id, statement.kind), {}), first)
    facts.append((_("Four quarters before"), " · ".join(formats.amount(a, 0) for a in reversed(before))))
    return facts


def _files(statement: Statement) -> list[dict[str, str]]:
    files = [{"title": _("Rows as CSV"), "url": f"/intrastat-lists/{statement.pk}/file/rows"}]
    if statement.kind in SALES:
        files.append({"title": _("EC sales list as CSV"), "url": f"/intrastat-lists/{statement.pk}/file/sales"})
    if statement.company.country_id == "IT":
        title = _("File for Intr@Web") if statement.state == Statement.FILED else _("File to check with Intr@Web")
        files.append({"title": title, "url": f"/intrastat-lists/{statement.pk}/file/it"})
    return files


def _to_look_at(request: HttpRequest, statement: Statement, drawing: Drawing) -> list[dict[str, Any]]:
    """What somebody should see before he files."""
    warnings: list[dict[str, Any]] = []
    if statement.ends_on >= today_of(request):
        warnings.append({"text": _("The period is not over yet."), "tone": "wait"})
    earlier = (
        Statement.objects.filter(company=statement.company_id, kind=statement.kind, state=Statement.OPEN, ends_on__lt=statement.starts_on)
        .order_by("starts_on")
        .first()
    )
    if earlier:
        cure = {"label": _("Open it"), "url": f"/intrastat-lists/{earlier.pk}"}
        warnings.append({"text": _("An earlier list is not filed yet. Lists of one kind are filed in their order."), "tone": "bad", "cure": cure})  # fmt: skip
    if untold := untold_moves([statement])[statement.pk]:
        text = ngettext(
            "{papers}: goods crossed the border without an order. Say by “Tell of documents” what they were (nature of the transaction), or why they are left out.",
            "{papers}: goods crossed the border without orders. Say by “Tell of documents” what they were (nature of the transaction), or why they are left out.",
            len(untold),
        )
        warnings.append(_of_papers(text, untold))
    if unbilled := unbilled_moves(statement):
        text = ngettext(
            "{papers}: goods crossed the border and wait for their invoice, with which they are told.",
            "{papers}: goods crossed the border and wait for their invoices, with which they are told.",
            len(unbilled),
        )
        warnings.append(_of_papers(text, unbilled))
    if late := sum(d.is_late for d in drawing.rows):
        text = ngettext(
            "{count} service came after its own list was filed and is told here.",
            "{count} services came after their own list was filed and are told here.",
            late,
        )
        warnings.append({"text": text.format(count=late), "tone": "wait"})
    return warnings


def _of_papers(text: str, papers: Sequence[Paper]) -> dict[str, Any]:
    told = ", ".join(f"{number} ({partner})" for _t, _k, number, partner, _on in papers[:SHOWN_NUMBERS])
    if len(papers) > SHOWN_NUMBERS:
        told += _(" and {count} more").format(count=len(papers) - SHOWN_NUMBERS)
    table, key, *_rest = papers[0]
    return {"text": text.format(papers=told), "tone": "wait", "cure": {"label": _("Open it"), "url": _document_url(table, key) or ""}}


def _document_url(table: str, key: int) -> str | None:
    resource = next((r for r in RESOURCES.values() if r.model._meta.db_table == table), None)
    return resource.url(key) if resource else None


def _mend(statement: Statement, lacking: Sequence[Drawn]) -> dict[str, Any]:
    """Rows that lack something, and where each is mended."""
    columns = [
        {"key": "row", "title": _("Row"), "kind": "key", "lead": True},
        {"key": "lacks", "title": _("Lacks")},
        {"key": "mend", "title": _("Mend"), "kind": "link"},
    ]
    rows = []
    for drawn in lacking:
        numbers = sorted({f.number for f in drawn.facts})
        names = ", ".join(numbers[:SHOWN_NUMBERS]) + ("…" if len(numbers) > SHOWN_NUMBERS else "")
        told = ", ".join(str(MISSING[name]) for name in drawn.missing)
        rows.append({"id": len(rows), "url": _row_url(statement, drawn.row), "cells": [names, told, _cure(statement, drawn)]})
    return {"caption": _("To mend"), "columns": columns, "rows": rows, "plain": True}


def _cure(statement: Statement, drawn: Drawn) -> dict[str, str]:
    """Where what a row lacks first is mended: the product, the partner, or the documents themselves."""
    first, product = drawn.missing[0], drawn.product
    if first in OF_PRODUCT and product is not None:
        return {"text": product.product_name, "url": f"/products/{product.product}/edit"}
    if first == "commodity_ended":
        return {"text": _("Commodity codes"), "url": "/commodity-codes"}
    if first == "partner" and drawn.row.party_id:
        return {"text": drawn.facts[0].party_name, "url": f"/parties/{drawn.row.party_id}/edit"}
    return {"text": _("Tell of documents"), "url": _row_url(statement, drawn.row)}


def _row_url(statement: Statement, row: StatementRow) -> str:
    return f"/intrastat-lists/{statement.pk}/rows/{row.section}/{row.position}"


def _table(request: HttpRequest, statement: Statement, rows: Sequence[StatementRow], caption: str) -> dict[str, Any] | None:
    """Rows of a section; what none of them says is left out."""
    if not rows:
        return None
    formats = formats_of(request)
    unit = statement.company.currency_id
    amounts: dict[str, Any] = {"kind": "amount", "decimals": 0, "unit": unit}
    columns: list[tuple[dict[str, Any], list[Any]]] = [
        ({"title": _("Row"), "kind": "key", "lead": True}, [str(r.position) for r in rows]),
        ({"title": _("VAT number")}, [r.vat_number for r in rows]),
        ({"title": _("Corrects"), "kind": "text"}, [_days(r.corrects_from, r.corrects_to, formats) for r in rows]),
        ({"title": _("Document")}, [r.document_number for r in rows]),
        ({"title": _("Date"), "kind": "date"}, [r.document_on for r in rows]),
        ({"title": _("Commodity code")}, [r.commodity_code for r in rows]),
        ({"title": _("Service code (CPA)")}, [r.service_code for r in rows]),
        ({"title": _("Nature")}, [r.nature + (f" {_('triangular')}" if r.is_triangular else "") for r in rows]),
        ({"title": _("Amount"), "sum": True, **amounts}, [r.amount for r in rows]),
        ({"title": _("Net mass"), "kind": "quantity", "unit": "kg"}, [r.net_mass for r in rows]),
        ({"title": _("Supplementary units")}, [f"{r.supplementary:f} {r.supplementary_unit}" if r.supplementary is not None else "" for r in rows]),
        ({"title": _("Statistical value"), **amounts}, [r.statistical for r in rows]),
        ({"title": _("Terms")}, [r.delivery_terms for r in rows]),
        ({"title": _("Transport")}, [_word("transport", r.transport) for r in rows]),
        ({"title": _("Country")}, [r.country for r in rows]),
        ({"title": _("Origin")}, [r.origin for r in rows]),
        ({"title": _("Province")}, [r.region for r in rows]),
        ({"title": _("Supply")}, [_word("supply", r.supply) for r in rows]),
        ({"title": _("Payment")}, [_word("payment", r.payment) for r in rows]),
        ({"title": _("Paid in")}, [r.payment_country for r in rows]),
    ]  # fmt: skip
    said = [
        (column | {"key": str(place)}, values) for place, (column, values) in enumerate(columns) if any(v not in ("", None) for v in values)
    ]
    total = sum((r.amount for r in rows), Decimal(0))
    totals = [total if column.get("sum") else None for column, _values in said]
    return {
        "caption": caption, "columns": [column for column, _values in said], "totals": totals, "totals_label": _("Total"),
        "rows": [{"id": n, "url": _row_url(statement, r), "cells": [values[n] for _column, values in said]} for n, r in enumerate(rows)],
    }  # fmt: skip


def _word(name: str, code: str) -> str:
    """A code with its meaning; nothing for none."""
    return str(choice_word(DocumentTrade, name, code)) if code else ""


def _days(first: date | None, last: date | None, formats: Any) -> str:
    if first is None or last is None:
        return ""
    month = f"{formats.month(first.month)} {first.year}"
    return (
        month
        if (first.year, first.month) == (last.year, last.month)
        else f"{formats.month(first.month)}–{formats.month(last.month)} {last.year}"
    )


def _compared(statement: Statement, drawing: Drawing | None) -> dict[str, Any]:
    """How the list comes from the tax entries of its days, to the cent."""
    asked = {
        "company": statement.company_id, "kind": "sale" if statement.kind in SALES else "purchase",
        "tax_point__gte": statement.starts_on.isoformat(), "tax_point__lte": statement.ends_on.isoformat(),
    }  # fmt: skip
    rows = []
    for name, amount in vat_of(statement, drawing):
        if not amount and name not in ("vat", "list", "difference"):
            continue
        cell = {"value": amount, **({"url": f"/tax-entries?{urlencode(asked)}"} if name == "vat" else {})}
        rows.append({"title": STEPS[name], "level": 0, "kind": {"list": "total", "difference": "grand"}.get(name), "cells": [cell]})
    columns = [{"title": _("Taxable"), "unit": statement.company.currency_id, "decimals": 2}]
    return {"caption": _("Compared with VAT"), "row_title": _("What"), "columns": columns, "rows": rows}


@door(RIGHT, "GET")
def intrastat_row(request: HttpRequest, pk: int, section: str, position: int) -> HttpResponse:
    """The documents that a row is made of, and what it says of them."""
    statement = _statement(request, pk)
    drawing = _drawing(statement)
    formats = formats_of(request)
    found: StatementRow | None
    if drawing is not None:
        drawn = next((d for d in drawing.of(section) if d.row.position == position), None)
        found, missing = (drawn.row, drawn.missing) if drawn else (None, ())
        facts = (
            [(f.source_table, f.source_id, f.number, f.on, f.party_name, f.product_name, f.quantity, f.value) for f in drawn.facts]
            if drawn
            else []
        )
    else:
        found, missing = StatementRow.objects.filter(statement=statement, section=section, position=position).first(), ()
        facts = _kept(found) if found else []
    if found is None:
        raise Http404
    table = _table(request, statement, [found], _("Row"))
    columns = [
        {"key": "number", "title": _("Document"), "kind": "key", "lead": True},
        {"key": "on", "title": _("Date"), "kind": "date"},
        {"key": "party", "title": _("Partner")},
        {"key": "product", "title": _("Product")},
        {"key": "quantity", "title": _("Quantity"), "kind": "quantity"},
        {"key": "value", "title": _("Amount"), "kind": "amount", "unit": statement.company.currency_id, "sum": True},
    ]
    rows = [{"id": n, "url": _document_url(t, k), "cells": list(rest)} for n, (t, k, *rest) in enumerate(facts)]
    numbers = " ".join(dict.fromkeys(fact[2] for fact in facts))
    ask = urlencode({"ids": pk, "p-documents": numbers})
    may_tell = statement.state == Statement.OPEN and request.actor.may(TELL, statement.company_id)  # type: ignore[attr-defined]
    context = {
        "title": _("Row {position} of {list}").format(position=position, list=statement.number or _period(statement, formats)),
        "trail": [{"title": StatementResource.title, "url": StatementResource.url()}, {"title": statement.number or _period(statement, formats), "url": f"/intrastat-lists/{pk}"}, {"title": _("Row")}],
        "missing": ", ".join(str(MISSING[name]) for name in missing),
        "tell": {"label": _("Tell of documents"), "url": "/intrastat-lists/do/tell", "sheet_url": f"/intrastat-lists/sheet/tell?{ask}", "key": "t"} if may_tell else None,
        "tables": [table, {"caption": _("Documents"), "columns": columns, "rows": rows}],
    }  # fmt: skip
    return page(request, "web/intrastat_row.html", context)


def _kept(row: StatementRow) -> list[tuple[Any, ...]]:
    """The documents of a filed row; of each line its product and partner as the tax entry or the move has them."""
    kept = StatementFact.objects.filter(row=row).select_related("tax_entry__party", "move__product").order_by("on", "pk")
    found = []
    for f in kept:
        party = f.tax_entry.party.name if f.tax_entry and f.tax_entry.party else ""
        found.append((f.source_table, f.source_id, f.number, f.on, party, str(f.move.product) if f.move else "", f.quantity, f.value))
    return found


@door(RIGHT, "GET")
def intrastat_file(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """The list as a file: its rows, the EC sales list by customer, or what the customs agency of Italy takes."""
    statement = _statement(request, pk)
    rows = _rows(statement, _drawing(statement))
    name = f"{statement.kind}-{statement.starts_on}"
    if what == "rows":
        name, content, kind = f"{name}.csv", rows_csv(rows), "text/csv"
    elif what == "sales" and statement.kind in SALES:
        name, content, kind = f"{name}-sales-list.csv", sales_csv(statement.kind, rows), "text/csv"
    elif what == "it" and statement.company.country_id == "IT":
        (name, content), kind = flat_file(statement, rows), "text/plain"
    else:
        raise Http404
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
