"""Cash in sight: books against bank, where the money is now, and the 13 weeks to come; every figure drills to its documents (BK-04, BK-06, BK-07)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.finance.banking.forecasting import EXPECTED, SCENARIOS, Forecast, Week, forecast, position
from fondaco.finance.banking.reconciling import reconciliation
from fondaco.finance.payments.models import BankAccount
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, companies_of, company_of, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.reports import _day, _export, _page
from fondaco.interfaces.web.screens.verbs import today_of
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import rate_table
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO

VIEW, CASH = "banking.view_statement", "banking.view_cash"

SCREENS += [
    Screen("books", "bank", 1, gettext_lazy("Bank reconciliation"), "/books/bank-reconciliation", VIEW),
    Screen("books", "bank", 2, gettext_lazy("Cash position"), "/books/cash-position", CASH),
    Screen("books", "bank", 3, gettext_lazy("Cash forecast"), "/books/cash-forecast", CASH),
]


def _company(request: HttpRequest, right: str) -> Company:
    company = company_of(request)
    if company is None or not request.actor.may(right, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose bank accounts you may see"))
    return company


@door(VIEW, "GET")
def bank_reconciliation(request: HttpRequest) -> HttpResponse:
    """The balance of the books explained by the balance at the bank and what is outstanding on either side."""
    company = _company(request, VIEW)
    on = _day(request, "on", today_of(request))
    accounts = list(BankAccount.objects.filter(company=company).order_by("-is_active", "name", "id"))
    if not accounts:
        return page(request, "web/bank.html", {"title": _("Bank reconciliation"), "accounts": []})
    asked = request.GET.get("account", "")
    account = next((a for a in accounts if str(a.pk) == asked), accounts[0])
    found = reconciliation(account, on)
    decimals = DECIMALS.get(account.currency_id or "", 2)
    formats = formats_of(request)
    moved = urlencode({"bank_account": account.pk, "booked_on__lte": on.isoformat(), "sort": "-booked_on"})
    in_books = urlencode({"company": company.pk, "account": account.account_id, "on__lte": on.isoformat(), "sort": "-on"})
    rows: list[dict[str, Any]] = [
        {
            "title": _("Balance at the bank"),
            "kind": "head",
            "level": 0,
            "cells": [{"value": found.bank or ZERO, "url": f"/bank-lines?{moved}"}],
        },
        {
            "title": _("At the bank, not in the books yet"),
            "kind": "total",
            "level": 0,
            "cells": [{"value": -sum((o.amount for o in found.at_bank), ZERO)}],
        },
    ]
    rows += [
        {"title": f"{formats.date(o.on)} {o.label}"[:120], "level": 1, "cells": [{"value": -o.amount, "url": f"/bank-lines/{o.key}"}]}
        for o in found.at_bank
    ]
    rows.append(
        {
            "title": _("In the books, not at the bank yet"),
            "kind": "total",
            "level": 0,
            "cells": [{"value": sum((o.amount for o in found.in_books), ZERO)}],
        }
    )
    rows += [
        {"title": f"{formats.date(o.on)} {o.label}"[:120], "level": 1, "cells": [{"value": o.amount, "url": f"/entries/{o.key}"}]}
        for o in found.in_books
    ]
    if found.opening_difference:
        title = _("Opening balance: {books} in the books, {bank} at the bank").format(
            books=formats.amount(found.opening_in_books, decimals), bank=formats.amount(found.opening_at_bank, decimals)
        )
        rows.append({"title": title, "kind": "total", "level": 0, "cells": [{"value": found.opening_difference}]})
    rows.append(
        {
            "title": _("Balance of the books"),
            "kind": "grand",
            "level": 0,
            "cells": [{"value": found.ledger, "url": f"/journal-lines?{in_books}"}],
        }
    )
    report = {
        "caption": _("Bank reconciliation"),
        "row_title": _("Item"),
        "columns": [{"title": account.name, "unit": account.currency_id, "decimals": decimals}],
        "rows": rows,
    }
    warnings = []
    if found.bank is None:
        warnings.append(
            {
                "text": _("The bank has told nothing until that day. Import its statements first."),
                "tone": "wait",
                "cure": {"label": _("Bank"), "url": "/books/bank"},
            }
        )
    if found.difference:
        warnings.append(
            {
                "text": _("{amount} are not explained. Tell whoever looks after the program: this must not be.").format(
                    amount=formats.amount(found.difference, decimals)
                ),
                "tone": "bad",
            }
        )
    fields = [
        {
            "name": "account",
            "label": _("Bank account"),
            "kind": "select",
            "value": account.pk,
            "options": [(a.pk, a.name) for a in accounts],
        },
        {"name": "on", "label": _("As of"), "kind": "date", "value": on},
    ]
    proof = _("Bank, outstanding items and books come to the same.") if not found.difference and found.bank is not None else ""
    return _page(
        request,
        company,
        _("Bank reconciliation"),
        report,
        fields,
        [f"{account.name} {account.iban}".strip(), _("as of {day}").format(day=formats_of(request).date(on)), proof],
        warnings,
    )


@door(CASH, "GET")
def cash_position(request: HttpRequest) -> HttpResponse:
    """Where the money of all companies is now, by account and currency."""
    company = _company(request, CASH)
    today = today_of(request)
    companies = {c.pk: c for c in companies_of(request) if request.actor.may(CASH, c.pk)}  # type: ignore[attr-defined]
    found = position(list(companies))
    rates = rate_table(company, {c.currency_id for c in companies.values()} | {a.currency for a in found})
    rows: list[dict[str, Any]] = []
    by_currency: dict[str, Decimal] = {}
    total = ZERO
    for pk, owner in companies.items():
        own = [a for a in found if a.company == pk]
        if not own:
            continue
        sums = [rates.to_base(a.base, owner.currency_id, today) for a in own]
        rows.append({"title": owner.name, "kind": "head", "level": 0, "cells": [None, None, {"value": sum(sums, ZERO)}]})
        for a, base in zip(own, sums, strict=True):
            lines = f"/journal-lines?{urlencode({'company': pk, 'account': a.account, 'sort': '-on'})}"
            told = f" ({formats_of(request).date(a.bank_on)})" if a.bank_on else ""
            bank = (
                {"value": a.bank, "url": f"/bank-statements?{urlencode({'bank_account': a.bank_account})}"} if a.bank is not None else None
            )
            rows.append(
                {
                    "title": f"{a.name} {a.currency}{told}",
                    "url": f"/books/bank/{a.bank_account}" if a.bank_account and pk == company.pk else None,
                    "level": 1,
                    "cells": [bank, {"value": a.books, "url": lines}, {"value": base, "url": lines}],
                }
            )
            by_currency[a.currency] = by_currency.get(a.currency, ZERO) + a.books
            total += base
    for currency, amount in sorted(by_currency.items()):
        rows.append(
            {
                "title": _("All in {currency}").format(currency=currency),
                "kind": "total",
                "level": 0,
                "cells": [None, {"value": amount}, None],
            }
        )
    rows.append({"title": _("Total"), "kind": "grand", "level": 0, "cells": [None, None, {"value": total}]})
    columns = [
        {"title": _("At the bank")},
        {"title": _("In the books")},
        {"title": _("In the books, in"), "unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)},
    ]
    report = {"caption": _("Cash position"), "row_title": _("Account"), "columns": columns, "rows": rows}
    waiting = sum(a.waiting for a in found)
    warnings = (
        [
            {
                "text": ngettext("{n} bank line is not in the books yet.", "{n} bank lines are not in the books yet.", waiting).format(
                    n=waiting
                ),
                "tone": "wait",
                "cure": {"label": _("Bank"), "url": "/books/bank"},
            }
        ]
        if waiting
        else []
    )
    return _page(request, company, _("Cash position"), report, [], [_("as of {day}").format(day=formats_of(request).date(today))], warnings)


def _forecast(request: HttpRequest) -> tuple[Company, str, Forecast]:
    company = _company(request, CASH)
    scenario = request.GET.get("scenario", EXPECTED)
    if scenario not in SCENARIOS:
        raise Http404
    return company, scenario, forecast(request.actor, company, today=today_of(request), scenario=scenario)  # type: ignore[attr-defined]


def _week_url(week: Week, scenario: str) -> str:
    return f"/books/cash-forecast/{week.number}?{urlencode({'scenario': scenario})}"


@door(CASH, "GET")
def cash_forecast(request: HttpRequest) -> HttpResponse:
    """13 weeks in bars and in figures; each bar drills to the documents whose sum it is."""
    company, scenario, found = _forecast(request)
    formats = formats_of(request)
    decimals = DECIMALS.get(company.currency_id, 2)
    columns = [{"title": str(k)} for k in found.kinds] + [{"title": _("Net")}, {"title": _("Balance"), "unit": company.currency_id}]
    for column in columns:
        column["decimals"] = decimals  # type: ignore[assignment]
    rows = [
        {
            "title": _("Now"),
            "level": 0,
            "kind": "head",
            "cells": [*[None] * (len(found.kinds) + 1), {"value": found.opening, "url": "/books/cash-position"}],
        }
    ]
    for week in found.weeks:
        url = _week_url(week, scenario)
        title = _("{first} to {last}").format(first=formats.date(week.starts_on), last=formats.date(week.starts_on + timedelta(days=6)))
        rows.append(
            {
                "title": title,
                "url": url,
                "level": 1,
                "cells": [
                    *({"value": week.part(k), "url": url} for k in found.kinds),
                    {"value": week.net, "url": url},
                    {"value": week.closing},
                ],
            }
        )
    report = {"caption": _("Cash forecast"), "row_title": _("Week"), "columns": columns, "rows": rows}
    facts = [str(SCENARIOS[scenario]), _("from {day}").format(day=formats.date(found.weeks[0].starts_on))]
    exported = _export(request, _("Cash forecast"), report, [company.name, *facts])
    if exported is not None:
        return exported
    lowest = min(found.weeks, key=lambda w: w.closing)
    short = next((w for w in found.weeks if w.closing < 0), None)
    story = _("Lowest in the week of {day}: {amount}").format(
        day=formats.date(lowest.starts_on), amount=f"{formats.amount(lowest.closing, 0)} {company.currency_id}"
    )
    bars = [
        {"label": formats.day(w.starts_on), "value": w.net, "shown": formats.amount(w.net, 0), "url": _week_url(w, scenario)} for w in found.weeks
    ]  # fmt: skip
    balances = [
        {
            "label": formats.day(w.starts_on),
            "value": w.closing,
            "shown": formats.amount(w.closing, 0),
            "url": _week_url(w, scenario),
            "past": False,
        }
        for w in found.weeks
    ]
    given = {k: v for k, v in request.GET.items() if k != "format"}
    context = {
        "title": _("Cash forecast"), "facts": facts, "action": request.path, "report": report,
        "charts": [{"title": _("Comes and goes, week by week"), "story": _("Each bar is what comes in less what goes out."), "bars": bars}, {"title": _("Balance at the end of each week"), "story": story, "bars": balances}],
        "fields": [{"name": "scenario", "label": _("Scenario"), "kind": "select", "value": scenario, "options": list(SCENARIOS.items())}],
        "exports": [{"title": k.upper(), "url": f"{request.path}?{urlencode({**given, 'format': k})}"} for k in ("xlsx", "pdf")],
        "warnings": [{"text": _("In the week of {day} the money does not last.").format(day=formats.date(short.starts_on)), "tone": "bad"}] if short else [],
    }  # fmt: skip
    return page(request, "web/cash_forecast.html", context)


@door(CASH, "GET")
def cash_week(request: HttpRequest, number: int) -> HttpResponse:
    """The documents behind one week's bar; they add up to it."""
    company, scenario, found = _forecast(request)
    week = next((w for w in found.weeks if w.number == number), None)
    if week is None:
        raise Http404
    formats = formats_of(request)
    rows: list[dict[str, Any]] = []
    for kind in found.kinds:
        own = [(flow, base) for flow, base in week.flows if flow.kind == kind]
        if own:
            rows.append({"title": str(kind), "kind": "head", "level": 0, "cells": [None, {"value": week.part(kind)}]})
            rows += [
                {
                    "title": f"{formats.date(f.on)} {f.label} {f.currency}",
                    "url": f.url,
                    "level": 1,
                    "cells": [{"value": f.amount, "url": f.url}, {"value": base, "url": f.url}],
                }
                for f, base in own
            ]
    rows.append({"title": _("Net"), "kind": "grand", "level": 0, "cells": [None, {"value": week.net}]})
    columns = [
        {"title": _("Amount")},
        {"title": _("In company currency"), "unit": company.currency_id, "decimals": DECIMALS.get(company.currency_id, 2)},
    ]
    title = _("Cash forecast: {first} to {last}").format(
        first=formats.date(week.starts_on), last=formats.date(week.starts_on + timedelta(days=6))
    )
    report = {"caption": title, "row_title": _("Document"), "columns": columns, "rows": rows}
    return _page(
        request,
        company,
        title,
        report,
        [{"name": "scenario", "label": _("Scenario"), "kind": "select", "value": scenario, "options": list(SCENARIOS.items())}],
        [str(SCENARIOS[scenario])],
    )
