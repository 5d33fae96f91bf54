"""The books in sight: trial balance, balance sheet, profit and loss, aged receivables. Every figure is a door to its lines."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.ledger.entries import VIEW_STATEMENTS
from fondaco.finance.ledger.models import FiscalYear
from fondaco.insight.statements import queries
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, company_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.refusals import NotFound, UserError

RIGHT = VIEW_STATEMENTS

SCREENS += [
    ("books", gettext_lazy("Trial balance"), "/books/trial-balance", RIGHT),
    ("books", gettext_lazy("Balance sheet"), "/books/balance-sheet", RIGHT),
    ("books", gettext_lazy("Profit and loss"), "/books/profit-and-loss", RIGHT),
    ("books", gettext_lazy("Aged receivables"), "/books/aged-receivables", RIGHT),
    ("books", gettext_lazy("Aged payables"), "/books/aged-payables", RIGHT),
    ("books", gettext_lazy("Waiting for my approval"), "/approvals", "approvals.decide_request"),
]


class BadDay(UserError):
    code, status = "reports.bad_day", 400
    message = gettext_lazy("“{text}” is not a day. Write it as 2026-12-31.")


def _company(request: HttpRequest) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(RIGHT, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose books you may see"))
    return company


def _day(request: HttpRequest, name: str, default: date) -> date:
    text = request.GET.get(name, "")
    try:
        return date.fromisoformat(text) if text else default
    except ValueError as error:
        raise BadDay(text=text[:40]) from error


def _year_start(company: Company, on: date) -> date:
    year = FiscalYear.objects.filter(company=company, starts_on__lte=on, ends_on__gte=on).first()
    if year:
        return year.starts_on
    start = on.replace(month=company.fiscal_year_start_month, day=1)
    return start if start <= on else start.replace(year=start.year - 1)


def _lines_url(company: Company, first: date | None, last: date, **filters: Any) -> str:
    given = {"company": company.pk, **filters, "on__lte": last.isoformat(), "sort": "-on"}
    if first is not None:
        given["on__gte"] = first.isoformat()
    return f"/journal-lines?{urlencode(given)}"


def _export(request: HttpRequest, title: str, report: dict[str, Any], facts: list[str]) -> HttpResponse | None:
    from fondaco.interfaces.web.printing import report_as

    wanted = request.GET.get("format", "")
    return report_as(wanted, title, report, facts) if wanted in {"xlsx", "pdf"} else None


def _page(
    request: HttpRequest,
    company: Company,
    title: str,
    report: dict[str, Any],
    fields: list[dict[str, Any]],
    facts: list[str],
    warnings: Sequence[dict[str, Any]] = (),
) -> HttpResponse:
    exported = _export(request, title, report, [company.name, *facts])
    if exported is not None:
        return exported
    given = {k: v for k, v in request.GET.items() if k != "format"}
    context = {
        "title": title, "report": report, "fields": fields, "facts": facts, "warnings": warnings, "action": request.path,
        "exports": [{"title": "XLSX", "url": f"{request.path}?{urlencode({**given, 'format': 'xlsx'})}"}, {"title": "PDF", "url": f"{request.path}?{urlencode({**given, 'format': 'pdf'})}"}],
    }  # fmt: skip
    return page(request, "web/report.html", context)


@door(RIGHT, "GET")
def trial_balance(request: HttpRequest) -> HttpResponse:
    """Opening, debit, credit, closing of every account between two days."""
    company = _company(request)
    last = _day(request, "to", today_of(request))
    first = _day(request, "from", _year_start(company, last))
    year_start = _year_start(company, first)
    found = queries.trial_balance(company.pk, first=first, last=last, year_start=year_start)
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    total = {"debit": Decimal(0), "credit": Decimal(0), "opening": Decimal(0), "closing": Decimal(0)}
    rows = []
    for r in found.rows:
        if not r.is_heading:
            for part in total:
                total[part] += getattr(r, part)
        link = None if r.is_heading else {"account": r.account.pk}
        opened = year_start if r.account.kind in queries.RESULT_KINDS else None
        rows.append({
            "title": r.account.name_it if italian and r.account.name_it else r.account.name, "code": r.account.number, "level": min(r.depth, 5), "kind": "head" if r.is_heading else "",
            "cells": [
                {"value": r.opening, "url": _lines_url(company, opened, first - timedelta(days=1), **link) if link and r.opening else None},
                {"value": r.debit, "url": _lines_url(company, first, last, **link, amount__gt="0") if link else None},
                {"value": r.credit, "url": _lines_url(company, first, last, **link, amount__lt="0") if link else None},
                {"value": r.closing, "url": _lines_url(company, opened, last, **link) if link else None},
            ],
        })  # fmt: skip
    if found.earlier_result:
        total["opening"] += found.earlier_result
        total["closing"] += found.earlier_result
        url = _lines_url(company, None, year_start - timedelta(days=1), account__kind__in=",".join(queries.RESULT_KINDS))
        told = {"value": found.earlier_result, "url": url}
        title = _("Result of earlier years, not carried to equity yet")
        rows.append({"title": title, "level": 0, "cells": [told, {"value": 0}, {"value": 0}, told]})
    rows.append(
        {
            "title": _("Total"),
            "kind": "grand",
            "level": 0,
            "cells": [{"value": total[p]} for p in ("opening", "debit", "credit", "closing")],
        }
    )
    columns = [
        {"title": t, "unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)}
        for t in (_("Opening"), _("Debit"), _("Credit"), _("Closing"))
    ]
    report = {"caption": _("Trial balance"), "columns": columns, "rows": rows}
    return _page(
        request, company, _("Trial balance"), report, _span_fields(first, last), [_("{first} to {last}").format(first=first, last=last)]
    )


def _span_fields(first: date, last: date) -> list[dict[str, Any]]:
    return [
        {"name": "from", "label": _("From"), "kind": "date", "value": first},
        {"name": "to", "label": _("To"), "kind": "date", "value": last},
    ]


def _statement_report(
    request: HttpRequest, company: Company, statement: queries.Statement, title: str, columns: list[str], first: date | None, last: date
) -> dict[str, Any]:
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    rows = []
    for r in statement.rows:
        url = _lines_url(company, first, last, account__in=",".join(map(str, sorted(set(r.accounts))))) if r.accounts else None
        cells = [{"value": r.amount, "url": url}] + ([{"value": r.compared}] if len(columns) > 1 else [])
        rows.append(
            {
                "title": r.line.name_it if italian and r.line.name_it else r.line.name,
                "level": min(r.depth, 5),
                "kind": "head" if r.depth == 0 else "total" if r.is_total else "",
                "cells": cells,
            }
        )
    return {
        "caption": title,
        "row_title": _("Line"),
        "columns": [{"title": t, "unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)} for t in columns],
        "rows": rows,
    }


def _unplaced(statement: queries.Statement) -> list[dict[str, Any]]:
    if not statement.unplaced:
        return []
    names = ", ".join(str(a) for a in statement.unplaced[:5])
    return [
        {
            "text": _("Accounts that stand on no line of this statement: {names}. Set their line in the chart.").format(names=names),
            "tone": "bad",
            "cure": {"label": _("Chart of accounts"), "url": "/accounts"},
        }
    ]


@door(RIGHT, "GET")
def balance_sheet(request: HttpRequest) -> HttpResponse:
    """Assets, liabilities and equity at the end of a day, beside the day a year before."""
    company = _company(request)
    on = _day(request, "on", today_of(request))
    start = _year_start(company, on)
    before = start - timedelta(days=1)
    statement = queries.balance_sheet(
        company.pk, on=on, year_start=start, compared_on=before, compared_year_start=_year_start(company, before)
    )
    report = _statement_report(request, company, statement, _("Balance sheet"), [on.isoformat(), before.isoformat()], None, on)
    return _page(
        request,
        company,
        _("Balance sheet"),
        report,
        [{"name": "on", "label": _("As of"), "kind": "date", "value": on}],
        [_("as of {day}").format(day=on)],
        _unplaced(statement),
    )


@door(RIGHT, "GET")
def profit_and_loss(request: HttpRequest) -> HttpResponse:
    """Income and expense between two days, beside the same days a year before."""
    company = _company(request)
    last = _day(request, "to", today_of(request))
    first = _day(request, "from", _year_start(company, last))

    def year_before(day: date) -> date:
        return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)

    statement = queries.profit_and_loss(
        company.pk, first=first, last=last, compared_first=year_before(first), compared_last=year_before(last)
    )
    report = _statement_report(request, company, statement, _("Profit and loss"), [_("This time"), _("A year before")], first, last)
    report["rows"].append({"title": _("Result"), "kind": "grand", "level": 0, "cells": [{"value": statement.result}, None]})
    return _page(
        request,
        company,
        _("Profit and loss"),
        report,
        _span_fields(first, last),
        [_("{first} to {last}").format(first=first, last=last)],
        _unplaced(statement),
    )


@door(RIGHT, "GET")
def aged_receivables(request: HttpRequest) -> HttpResponse:
    """What customers owe as it stood on a day, by days past due; it adds up to the control account."""
    return _aged(request, "receivable", _("Aged receivables"), _("Customer"), _("Equals the receivable account on that day: {amount}."))


@door(RIGHT, "GET")
def aged_payables(request: HttpRequest) -> HttpResponse:
    """What we owe vendors as it stood on a day, by days past due; it adds up to the control account."""
    return _aged(request, "payable", _("Aged payables"), _("Vendor"), _("Equals the payable account on that day: {amount}."))


def _aged(request: HttpRequest, control: str, title: str, row_title: str, proof: str) -> HttpResponse:
    company = _company(request)
    on = _day(request, "on", today_of(request))
    found = queries.aged(company.pk, on=on, control=control)
    balance = queries.control_balance(company.pk, control, on) * queries.owed_sign(control)
    titles = [_("Not due"), "1-30", "31-60", "61-90", _("over 90"), _("Total"), _("in {currency}").format(currency=company.currency_id)]
    rows = [
        {
            "title": r.party_name, "code": r.currency, "url": f"/customers/{r.party}", "level": 0,
            "cells": [*({"value": b, "url": _items_url(company, r, i, on, control)} for i, b in enumerate(r.buckets)), {"value": r.total, "url": _items_url(company, r, None, on, control)}, {"value": r.base_total}],
        }
        for r in found
    ]  # fmt: skip
    total = sum((r.base_total for r in found), Decimal(0))
    rows.append(
        {"title": _("Total"), "kind": "grand", "level": 0, "cells": [None] * 6 + [{"value": total, "url": _lines_url(company, None, on)}]}
    )
    report = {"caption": title, "row_title": row_title, "columns": [{"title": t} for t in titles], "rows": rows}
    proven = proof.format(amount=f"{balance:,.2f} {company.currency_id}") if total == balance else ""
    warnings = (
        []
        if total == balance
        else [{"text": _("The items come to {items}, the account to {account}.").format(items=total, account=balance), "tone": "bad"}]
    )
    return _page(
        request,
        company,
        title,
        report,
        [{"name": "on", "label": _("As of"), "kind": "date", "value": on}],
        [_("as of {day}").format(day=on), proven],
        warnings,
    )


def _items_url(company: Company, row: queries.AgedRow, bucket: int | None, on: date, control: str) -> str:
    given: dict[str, Any] = {
        "company": company.pk,
        "party": row.party,
        "currency": row.currency,
        "control": control,
        "on__lte": on.isoformat(),
        "sort": "due_on",
    }
    spans = [(None, 0), (1, 30), (31, 60), (61, 90), (91, None)]
    if bucket is not None:
        least, most = spans[bucket]
        if bucket == 0:
            given["due_on__gte"] = on.isoformat()
        else:
            given["due_on__lte"] = (on - timedelta(days=least or 0)).isoformat()
            if most is not None:
                given["due_on__gte"] = (on - timedelta(days=most)).isoformat()
    return f"/open-items?{urlencode(given)}"
