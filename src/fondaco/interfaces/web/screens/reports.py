"""The books in sight: trial balance, balance sheet, profit and loss, aged receivables. Every figure is a door to its lines."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.finance.ledger.entries import VIEW_STATEMENTS
from fondaco.finance.ledger.models import Account, FiscalYear, OpenItem
from fondaco.insight.statements import queries
from fondaco.insight.statements.audit_file import EXPORT_AUDIT_FILE, file_name, write_audit_file
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.formatting import read_as
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import whole
from fondaco.interfaces.web.screens.naming import name_of
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.refusals import NotFound, UserError

RIGHT = VIEW_STATEMENTS

SCREENS += [
    Screen("books", "reports", 1, gettext_lazy("Trial balance"), "/books/trial-balance", RIGHT),
    Screen("books", "reports", 2, gettext_lazy("General ledger"), "/books/general-ledger", RIGHT),
    Screen("books", "reports", 3, gettext_lazy("Balance sheet"), "/books/balance-sheet", RIGHT),
    Screen("books", "reports", 4, gettext_lazy("Profit and loss"), "/books/profit-and-loss", RIGHT),
    Screen("books", "reports", 5, gettext_lazy("Aged receivables"), "/books/aged-receivables", RIGHT),
    Screen("books", "reports", 6, gettext_lazy("Aged payables"), "/books/aged-payables", RIGHT),
    Screen("books", "daily", 5, gettext_lazy("Waiting for my approval"), "/approvals", "approvals.decide_request"),
]


class BadDay(UserError):
    code, status = "reports.bad_day", 400
    message = gettext_lazy("“{text}” is not a day that the books know. Write it as 2026-12-31.")


#: Reports look a year back and a day ahead of what is asked; books older than these there are none.
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2999, 12, 31)


def _company(request: HttpRequest) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(RIGHT, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose books you may see"))
    return company


def _day(request: HttpRequest, name: str, default: date) -> date:
    text = request.GET.get(name, "")
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadDay(text=text[:40]) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadDay(text=text[:40])
    return day


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


#: The kinds of file in which a report can be taken.
EXPORTS = {"xlsx", "pdf"}


def _export(request: HttpRequest, title: str, report: dict[str, Any], facts: list[str]) -> HttpResponse | None:
    from fondaco.interfaces.web.printing import report_as

    wanted = request.GET.get("format", "")
    if wanted not in EXPORTS:
        return None
    formats = formats_of(request)
    with read_as(formats.language, formats.zone):
        return report_as(wanted, title, report, facts)


def _page(
    request: HttpRequest,
    company: Company,
    title: str,
    report: dict[str, Any],
    fields: list[dict[str, Any]],
    facts: list[str],
    warnings: Sequence[dict[str, Any]] = (),
    *,
    trail: Sequence[dict[str, Any]] = (),
    kept: Sequence[tuple[str, Any]] = (),
    exports: Sequence[dict[str, Any]] = (),
) -> HttpResponse:
    exported = _export(request, title, report, [company.name, *facts])
    if exported is not None:
        return exported
    given = {k: v for k, v in request.GET.items() if k != "format"}
    context = {
        "title": title, "report": report, "fields": fields, "facts": facts, "warnings": warnings, "action": request.path, "trail": trail, "kept": kept,
        "exports": [{"title": "XLSX", "url": f"{request.path}?{urlencode({**given, 'format': 'xlsx'})}"}, {"title": "PDF", "url": f"{request.path}?{urlencode({**given, 'format': 'pdf'})}"}, *exports],
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
    for place, r in enumerate(found.rows):
        if not r.is_heading:
            for part in total:
                total[part] += getattr(r, part)
        below = _below(found.rows, place) if r.is_heading else [r.account]
        results = {account.kind in queries.RESULT_KINDS for account in below}
        # Results begin anew each year, what is owned and owed does not: a heading over both has no one list of lines behind its balance.
        link = {"account__in": ",".join(str(a.pk) for a in below)} if r.is_heading else {"account": r.account.pk}
        balance_link = link if len(results) == 1 else None
        opened = year_start if results == {True} else None
        rows.append({
            "title": r.account.name_it if italian and r.account.name_it else r.account.name, "code": r.account.number, "level": min(r.depth, 5), "kind": "head" if r.is_heading else "",
            "url": None if r.is_heading else _ledger_url(r.account.pk, first, last),
            "cells": [
                {"value": r.opening, "url": _lines_url(company, opened, first - timedelta(days=1), **balance_link) if balance_link and r.opening else None},
                {"value": r.debit, "url": _lines_url(company, first, last, **link, amount__gt="0") if r.debit else None},
                {"value": r.credit, "url": _lines_url(company, first, last, **link, amount__lt="0") if r.credit else None},
                {"value": r.closing, "url": _lines_url(company, opened, last, **balance_link) if balance_link and r.closing else None},
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
            "cells": [
                {"value": total["opening"], "url": _lines_url(company, None, first - timedelta(days=1)) if total["opening"] else None},
                {"value": total["debit"], "url": _lines_url(company, first, last, amount__gt="0")},
                {"value": total["credit"], "url": _lines_url(company, first, last, amount__lt="0")},
                {"value": total["closing"], "url": _lines_url(company, None, last) if total["closing"] else None},
            ],
        }
    )
    columns = [
        {"title": t, "unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)}
        for t in (_("Opening"), _("Debit"), _("Credit"), _("Closing"))
    ]
    report = {"caption": _("Trial balance"), "columns": columns, "rows": rows}
    extra = []
    if request.actor.may(EXPORT_AUDIT_FILE, company.pk):  # type: ignore[attr-defined]
        url = f"/books/audit-file?{urlencode({'from': first.isoformat(), 'to': last.isoformat()})}"
        extra = [{"title": _("Audit file"), "url": url}]
    return _page(request, company, _("Trial balance"), report, _span_fields(first, last), [_said_span(request, first, last)], exports=extra)


def _below(rows: Sequence[Any], place: int) -> list[Account]:
    """The accounts under a heading of the trial balance: the rows that follow it and lie deeper."""
    found = []
    for row in rows[place + 1 :]:
        if row.depth <= rows[place].depth:
            break
        if not row.is_heading:
            found.append(row.account)
    return found


def _said_span(request: HttpRequest, first: date, last: date) -> str:
    formats = formats_of(request)
    return _("{first} to {last}").format(first=formats.date(first), last=formats.date(last))


def _said_day(request: HttpRequest, on: date) -> str:
    return _("as of {day}").format(day=formats_of(request).date(on))


def _ledger_url(account: int, first: date, last: date) -> str:
    return f"/books/general-ledger?{urlencode({'account': account, 'from': first.isoformat(), 'to': last.isoformat()})}"


@door(EXPORT_AUDIT_FILE, "GET")
def audit_file(request: HttpRequest) -> FileResponse:
    """Every journal line between two days and what accounts opened with, as a file for auditors (FEC)."""
    company = company_of(request)
    if company is None or not request.actor.may(EXPORT_AUDIT_FILE, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose books you may see"))
    last = _day(request, "to", today_of(request))
    first = _day(request, "from", _year_start(company, last))
    # Beyond a few megabytes it waits on disk; the response closes it.
    file = tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115
    write_audit_file(file, company, first=first, last=last)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=file_name(company, last), content_type="text/plain; charset=utf-8")


def _span_fields(first: date, last: date) -> list[dict[str, Any]]:
    return [
        {"name": "from", "label": _("From"), "kind": "date", "value": first},
        {"name": "to", "label": _("To"), "kind": "date", "value": last},
    ]


@dataclass(frozen=True)
class Span:
    """The days of a column of a statement; without ``first`` all before ``last``, of which the fiscal year begins on ``year_start``."""

    first: date | None
    last: date
    year_start: date


def _behind(company: Company, row: queries.StatementRow, span: Span) -> str | None:
    """The lines behind a figure of a statement. What takes one result but not both has no single list of lines behind it."""
    if not row.accounts:
        return None
    first, last = span.first, span.last
    if row.takes == {queries.OF_THE_YEAR} and row.line.takes:
        first = span.year_start
    elif row.takes == {queries.OF_EARLIER_YEARS} and row.line.takes:
        last = span.year_start - timedelta(days=1)
    elif len(row.takes) == 1:
        return None
    return _lines_url(company, first, last, account__in=",".join(map(str, sorted(set(row.accounts)))))


def _statement_report(
    request: HttpRequest, company: Company, statement: queries.Statement, title: str, columns: list[str], spans: Sequence[Span]
) -> dict[str, Any]:
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    rows = []
    for r in statement.rows:
        urls = [_behind(company, r, span) for span in spans]
        cells = [{"value": value, "url": url if value else None} for value, url in zip((r.amount, r.compared), urls, strict=True)]
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
    formats = formats_of(request)
    spans = [Span(None, on, start), Span(None, before, _year_start(company, before))]
    report = _statement_report(request, company, statement, _("Balance sheet"), [formats.date(on), formats.date(before)], spans)
    return _page(
        request,
        company,
        _("Balance sheet"),
        report,
        [{"name": "on", "label": _("As of"), "kind": "date", "value": on}],
        [_said_day(request, on)],
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
    spans = [Span(first, last, first), Span(year_before(first), year_before(last), first)]
    report = _statement_report(request, company, statement, _("Profit and loss"), [_("This time"), _("A year before")], spans)
    results = [
        {
            "value": value,
            "url": _lines_url(company, span.first, span.last, account__kind__in=",".join(queries.RESULT_KINDS)) if value else None,
        }
        for value, span in zip((statement.result, statement.compared_result), spans, strict=True)
    ]
    report["rows"].append({"title": _("Result"), "kind": "grand", "level": 0, "cells": results})
    return _page(
        request,
        company,
        _("Profit and loss"),
        report,
        _span_fields(first, last),
        [_said_span(request, first, last)],
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
    formats = formats_of(request)
    balance = queries.control_balance(company.pk, control, on) * queries.owed_sign(control)
    titles = [*_age_titles(), _("Total"), _("in {currency}").format(currency=company.currency_id)]
    rows = [
        {
            "title": r.party_name, "code": r.currency, "url": f"/customers/{r.party}", "level": 0,
            "cells": [
                *({"value": b, "url": _items_url(r, i, on, control) if b else None} for i, b in enumerate(r.buckets)),
                {"value": r.total, "url": _items_url(r, None, on, control)}, {"value": r.base_total, "url": _items_url(r, None, on, control)},
            ],
        }
        for r in found
    ]  # fmt: skip
    total = sum((r.base_total for r in found), Decimal(0))
    accounts = Account.objects.filter(company=company, control=control).order_by("pk").values_list("pk", flat=True)
    url = _lines_url(company, None, on, account__in=",".join(map(str, accounts)))
    rows.append({"title": _("Total"), "kind": "grand", "level": 0, "cells": [None] * 6 + [{"value": total, "url": url}]})
    report = {"caption": title, "row_title": row_title, "columns": [{"title": t} for t in titles], "rows": rows}
    proven = proof.format(amount=formats.money(balance, company.currency_id)) if total == balance else ""
    warnings = (
        []
        if total == balance
        else [
            {
                "text": _("The items come to {items}, the account to {account}.").format(
                    items=formats.money(total, company.currency_id), account=formats.money(balance, company.currency_id)
                ),
                "tone": "bad",
            }
        ]
    )
    return _page(
        request,
        company,
        title,
        report,
        [{"name": "on", "label": _("As of"), "kind": "date", "value": on}],
        [_said_day(request, on), proven],
        warnings,
    )


def _items_url(row: queries.AgedRow, age: int | None, on: date, control: str) -> str:
    given = {"on": on.isoformat(), "party": row.party, "currency": row.currency}
    return f"/books/aged-{control}s/items?{urlencode(given if age is None else {**given, 'age': age})}"


@door(RIGHT, "GET")
def aged_receivable_items(request: HttpRequest) -> HttpResponse:
    """The items behind a figure of the aged receivables, as they stood on that day; each leads to its entry."""
    return _aged_items(request, "receivable", _("Aged receivables"))


@door(RIGHT, "GET")
def aged_payable_items(request: HttpRequest) -> HttpResponse:
    """The items behind a figure of the aged payables, as they stood on that day; each leads to its entry."""
    return _aged_items(request, "payable", _("Aged payables"))


def _aged_items(request: HttpRequest, control: str, title: str) -> HttpResponse:
    company = _company(request)
    on = _day(request, "on", today_of(request))
    party = Party.objects.filter(pk=whole(request.GET.get("party", "")) or 0).first()
    currency, age = request.GET.get("currency", ""), whole(request.GET.get("age", ""))
    if party is None or currency not in OpenItem.objects.filter(company=company, party=party).values_list("currency", flat=True).distinct():
        raise NotFound(what=Party._meta.verbose_name)
    found = queries.aged_items(
        company.pk,
        on=on,
        party=party.pk,
        currency=currency,
        age=age if age is not None and age < len(queries.BUCKETS) else None,
        control=control,
    )
    unit = {"unit": currency, "decimals": DECIMALS.get(currency, 2)}
    base = {"unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)}
    columns = [
        {"title": _("Entry"), "kind": "text"}, {"title": _("Date"), "kind": "date"}, {"title": _("Due on"), "kind": "date"}, {"title": _("Amount"), **unit},
        {"title": _("Open then"), **unit}, {"title": _("Open then"), **base},
    ]  # fmt: skip
    rows = [
        {
            "title": i.memo or i.number, "url": f"/entries/{i.entry}", "level": 0,
            "cells": [
                {"value": i.number, "url": f"/entries/{i.entry}"}, {"value": i.on}, {"value": i.due_on}, {"value": i.amount, "url": f"/open-items/{i.item}"},
                {"value": i.open_then, "url": f"/open-items/{i.item}"}, {"value": i.base_then, "url": f"/open-items/{i.item}"},
            ],
        }
        for i in found
    ]  # fmt: skip
    sums = [{"value": sum((getattr(i, part) for i in found), Decimal(0))} for part in ("amount", "open_then", "base_then")]
    rows.append({"title": _("Total"), "kind": "grand", "level": 0, "cells": [None, None, None, *sums]})
    ages = [("", _("All")), *((str(n), title) for n, title in enumerate(_age_titles()))]
    fields = [
        {"name": "on", "label": _("As of"), "kind": "date", "value": on},
        {"name": "age", "label": _("Days past due"), "kind": "select", "options": ages, "value": request.GET.get("age", "")},
    ]
    trail = [{"title": title, "url": f"/books/aged-{control}s?on={on}"}, {"title": party.name}]
    report = {"caption": _("Open items of {party}").format(party=party.name), "row_title": _("Item"), "columns": columns, "rows": rows}
    kept = [("party", party.pk), ("currency", currency)]
    return _page(request, company, str(report["caption"]), report, fields, [_said_day(request, on)], trail=trail, kept=kept)


def _age_titles() -> list[str]:
    return [_("Not due"), "1-30", "31-60", "61-90", _("over 90")]


#: Lines of the general ledger that a page shows, and that a file takes.
LINES_SHOWN, LINES_TAKEN = 1_000, 100_000


@door(RIGHT, "GET")
def general_ledger(request: HttpRequest) -> HttpResponse:
    """Every line of one account or of all between two days, with opening, running and closing balance (GL-09)."""
    company = _company(request)
    last = _day(request, "to", today_of(request))
    first = _day(request, "from", _year_start(company, last))
    chosen = whole(request.GET.get("account", ""))
    account = Account.objects.filter(company=company, pk=chosen).first() if chosen else None
    if request.GET.get("account") and account is None:
        raise NotFound(what=_("Account"))
    most = LINES_TAKEN if request.GET.get("format") in EXPORTS else LINES_SHOWN
    year_start = _year_start(company, first)
    found = queries.general_ledger(
        company.pk, first=first, last=last, year_start=year_start, account=account.pk if account else None, most=most
    )
    rows: list[dict[str, Any]] = []
    for part in found.accounts:
        rows += _ledger_rows(request, company, part, first, last, year_start)
    unit = {"unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)}
    columns = [
        {"title": _("Date"), "kind": "date"}, {"title": _("Entry"), "kind": "text"}, {"title": _("Debit"), **unit}, {"title": _("Credit"), **unit},
        {"title": _("Balance"), **unit},
    ]  # fmt: skip
    fields = [
        {
            "name": "account", "label": _("Account"), "kind": "pick", "url": "/accounts/pick", "value": account.pk if account else "", "optional": True,
            "text": name_of(request.actor, Account, account),  # type: ignore[attr-defined]
        },
        *_span_fields(first, last),
    ]  # fmt: skip
    warnings = []
    if not found.is_whole:
        said = _("Only the first {count} lines stand here. Choose an account or fewer days; a file takes up to {most}.")
        figure = formats_of(request).quantity
        warnings = [{"text": said.format(count=figure(most), most=figure(LINES_TAKEN)), "tone": "wait"}]
    report = {"caption": _("General ledger"), "row_title": _("Account"), "columns": columns, "rows": rows}
    return _page(request, company, _("General ledger"), report, fields, [_said_span(request, first, last)], warnings)


def _ledger_rows(
    request: HttpRequest, company: Company, part: queries.LedgerAccount, first: date, last: date, year_start: date
) -> list[dict[str, Any]]:
    """An account of the general ledger: its head with the opening balance, its lines, its closing balance."""
    account = part.account
    italian = request.actor.language == "it"  # type: ignore[attr-defined]
    opened = year_start if account.kind in queries.RESULT_KINDS else None
    before = _lines_url(company, opened, first - timedelta(days=1), account=account.pk) if part.opening else None
    until = _lines_url(company, opened, last, account=account.pk)
    title = account.name_it if italian and account.name_it else account.name
    lines = [
        {
            "title": line.memo or line.number, "level": 1,
            "cells": [
                {"value": line.on}, {"value": line.number, "url": f"/entries/{line.entry}"},
                {"value": line.amount, "url": f"/entries/{line.entry}"} if line.amount > 0 else None,
                {"value": -line.amount, "url": f"/entries/{line.entry}"} if line.amount < 0 else None,
                {"value": line.balance},
            ],
        }
        for line in part.lines
    ]  # fmt: skip
    return [
        {"title": title, "code": account.number, "level": 0, "kind": "head", "cells": [None, None, None, None, {"value": part.opening, "url": before}]},
        *lines,
        {"title": _("Balance on {day}").format(day=formats_of(request).date(last)), "level": 1, "kind": "total", "cells": [None, None, None, None, {"value": part.closing, "url": until}]},
    ]  # fmt: skip
