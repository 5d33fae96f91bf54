"""The bank's desk: statements in, bank lines on the left, what each belongs to and why on the right; all by keyboard (BK-01 to BK-03)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fondaco.finance.banking.importing import IMPORT, import_statements
from fondaco.finance.banking.matching import Ground, Proposal, propose
from fondaco.finance.banking.models import BankFormat, BankLine, BankMatch
from fondaco.finance.banking.queries import ground_of, line_of, open_lines, progress_of
from fondaco.finance.banking.reading.bounded import propose_format
from fondaco.finance.banking.reading.csv import CHARSETS, COLUMNS, DATES, DELIMITERS
from fondaco.finance.banking.reasons import told
from fondaco.finance.banking.refusals import FileRefused
from fondaco.finance.banking.resources import BankFormatResource
from fondaco.finance.payments.models import BankAccount
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import SCREENS, Screen, company_of, flash, formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import InvalidInput, NotFound, UserError
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.files.storing import keep, read
from fondaco.platform.money import ZERO
from fondaco.platform.resources.writing import create

VIEW, MATCH = "banking.view_statement", "banking.match_line"
SHOWN = 60
FOUND = 40

SCREENS.append(Screen("books", "daily", 25, gettext_lazy("Bank"), "/books/bank", VIEW))


def _accounts(request: HttpRequest) -> list[BankAccount]:
    company = company_of(request)
    if company is None or not request.actor.may(VIEW, company.pk):  # type: ignore[attr-defined]
        raise NotFound(what=_("A company whose bank accounts you may see"))
    return list(BankAccount.objects.filter(company=company, is_active=True).select_related("company").order_by("name", "id"))


def _account(request: HttpRequest, pk: int) -> BankAccount:
    found = next((a for a in _accounts(request) if a.pk == pk), None)
    if found is None:
        raise NotFound(what=_("Bank account {key}").format(key=pk))
    return found


def _line(request: HttpRequest, account: BankAccount, pk: int) -> BankLine:
    found = visible(BankLine.objects.filter(bank_account=account, pk=pk), request.actor, VIEW).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=_("Bank line {key}").format(key=pk))
    return found


# ------------------------------------------------------------------ accounts and files


@door(VIEW, "GET", "POST")
def overview(request: HttpRequest) -> HttpResponse:
    """The bank accounts with how far each is; files are chosen or dropped here."""
    if request.method == "POST":
        return _received(request)
    return _overview(request)


def _overview(request: HttpRequest, errors: Sequence[dict[str, Any]] = (), status: int = 200) -> HttpResponse:
    accounts = _accounts(request)
    far = progress_of(a.pk for a in accounts)
    rows = [
        {
            "name": a.name, "iban": a.iban or a.account_number, "url": f"/books/bank/{a.pk}", "open": far[a.pk].open, "lines": far[a.pk].lines, "percent": far[a.pk].percent,
            "closing": far[a.pk].closing, "closes_on": far[a.pk].closes_on, "currency": a.currency_id, "decimals": DECIMALS.get(a.currency_id or "", 2),
        }
        for a in accounts
    ]  # fmt: skip
    context = {
        "title": _("Bank"), "accounts": rows, "action": request.path, "errors": list(errors), "may_import": request.actor.may(IMPORT),  # type: ignore[attr-defined]
        "choices": [(a.pk, a.name) for a in accounts],
    }  # fmt: skip
    return page(request, "web/bank.html", context, status=status)


def _received(request: HttpRequest) -> HttpResponse:
    """Import the files of a form, all or none; a table without a format is shown with the format proposed for it."""
    if "digest" in request.POST:
        return _with_format(request)
    uploads = request.FILES.getlist("file")
    chosen = request.POST.get("account", "")
    account = int(chosen) if chosen.isdecimal() else None
    if not uploads:
        return _overview(request, [{"text": _("Choose a file first."), "field": "id_file"}], 422)
    lines = known = 0
    for file in uploads:
        content = file.read()
        try:
            done = import_statements(request.actor, file.name or "", content, account=account)  # type: ignore[attr-defined]
        except FileRefused as refusal:
            wants_format = refusal.rows and refusal.rows[0].get("why") == "unknown_format"
            if wants_format and account is not None and len(uploads) == 1:
                return _format_page(request, _account(request, account), file.name or "", content)
            return _overview(request, [{"text": refusal.sentence(), "field": "id_file"}], refusal.status)
        except UserError as refusal:
            return _overview(request, [{"text": refusal.sentence(), "field": "id_file"}], refusal.status)
        lines, known = lines + done.lines, known + done.known
    return _told(request, lines, known)


def _told(request: HttpRequest, lines: int, known: int) -> HttpResponse:
    said = ngettext("%(n)s line imported", "%(n)s lines imported", lines) % {"n": lines}
    if known:
        said += "; " + ngettext("%(n)s was there already", "%(n)s were there already", known) % {"n": known}
    flash(request, said, tone="done" if lines else "info")
    return HttpResponseRedirect("/books/bank")


def _format_page(
    request: HttpRequest,
    account: BankAccount,
    name: str,
    content: bytes,
    given: dict[str, Any] | None = None,
    errors: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    try:
        proposed, rows = propose_format(name, content)
    except UserError as refusal:
        return _overview(request, [{"text": refusal.sentence(), "field": "id_file"}], refusal.status)
    form = given or proposed
    kept = keep(name, [content])
    width = max((len(r) for r in rows), default=0)
    names = {c: str(BankLine._meta.get_field(c).verbose_name) for c in COLUMNS if c not in {"debit", "credit", "side", "balance"}}
    names |= {"debit": _("money out"), "credit": _("money in"), "side": _("in or out"), "balance": _("balance")}
    held = {place: column for column, place in form["columns"].items()}
    signs = {";": ";", ",": ",", "\t": _("tab"), "|": "|"}
    context = {
        "title": _("CSV format of {account}").format(account=account.name), "account": account, "name": name, "digest": kept.digest, "errors": [{"text": e} for e in errors], "rows": rows,
        "fields": [
            {"name": "charset", "label": _("Characters"), "kind": "select", "value": form["charset"], "options": [(c, c) for c in CHARSETS]},
            {"name": "delimiter", "label": _("Delimiter"), "kind": "select", "value": form["delimiter"], "options": [(d, signs[d]) for d in DELIMITERS]},
            {"name": "decimal_sign", "label": _("Decimal sign"), "kind": "select", "value": form["decimal_sign"], "options": [(",", ","), (".", ".")]},
            {"name": "date_format", "label": _("Dates"), "kind": "select", "value": form["date_format"], "options": [(d, d.replace("%d", "31").replace("%m", "12").replace("%Y", "2026").replace("%y", "26")) for d in DATES]},
            {"name": "skip", "label": _("Lines before the data"), "kind": "quantity", "value": Decimal(form["skip"])},
        ],
        "columns": [
            {"name": f"column-{n}", "label": _("Column {n}").format(n=n), "kind": "select", "value": held.get(n, ""), "empty": "–", "options": [(c, names[c]) for c in COLUMNS]}
            for n in range(1, width + 1)
        ],
    }  # fmt: skip
    return page(request, "web/bank_format.html", context, status=status)


def _with_format(request: HttpRequest) -> HttpResponse:
    """Keep the format for the account, and import the file with it; both or neither."""
    account = _account(request, int(request.POST.get("account", "0") or 0))
    name = request.POST.get("name", "")
    digest = request.POST["digest"]
    if len(digest) != 64 or not all(c in "0123456789abcdef" for c in digest):
        raise Http404
    with read(digest, name) as file:
        content = file.read()
    columns = {v: int(k.removeprefix("column-")) for k, v in request.POST.items() if k.startswith("column-") and v}
    form: dict[str, Any] = {k: request.POST.get(k, "") for k in ("charset", "delimiter", "decimal_sign", "date_format")}
    skip = request.POST.get("skip", "")
    form |= {"skip": int(skip) if skip.isdecimal() else 0, "columns": columns}
    try:
        with transaction.atomic():
            BankFormat.objects.filter(bank_account=account).delete()
            given = {"company": account.company_id, "bank_account": account.pk, "name": account.name, **form}
            create(request.actor, BankFormatResource, [given])  # type: ignore[attr-defined]
            done = import_statements(request.actor, name, content, account=account.pk)  # type: ignore[attr-defined]
    except UserError as refusal:
        return _format_page(request, account, name, content, form, [refusal.sentence()], refusal.status)
    return _told(request, done.lines, done.known)


# ------------------------------------------------------------------ the desk


@door(VIEW, "GET")
def desk(request: HttpRequest, pk: int) -> HttpResponse:
    """The open lines of an account, and what the chosen one belongs to."""
    account = _account(request, pk)
    rows = open_lines(account.pk)
    text = request.GET.get("q", "").strip()
    if text:
        rows = (rows.filter(counterparty__icontains=text) | rows.filter(remittance__icontains=text)).order_by("booked_on", "id")
    shown = list(rows[:SHOWN])
    asked = request.GET.get("line", "")
    chosen = next((r for r in shown if str(r.pk) == asked), shown[0] if shown else None)
    far = progress_of([account.pk])[account.pk]
    context = {
        "title": account.name, "account": account, "q": text, "far": far, "lines": [_row(account, r) for r in shown], "more": far.open - len(shown) if not text else 0,
        "chosen": chosen.pk if chosen else None, "panel": _panel(request, account, [chosen]) if chosen else None, "decimals": DECIMALS.get(account.currency_id or "", 2),
        "may_match": request.actor.may(MATCH, account.company_id),  # type: ignore[attr-defined]
        "recent": [_match(m) for m in BankMatch.objects.filter(bank_account=account, state="matched").exclude(kind="cancelled").select_related("party").order_by("-id")[:6]],
    }  # fmt: skip
    return page(request, "web/bank_desk.html", context)


def _row(account: BankAccount, row: BankLine) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "url": f"/books/bank/{account.pk}/lines/{row.pk}",
        "on": row.booked_on,
        "who": row.counterparty or row.remittance[:60] or row.code,
        "text": row.remittance if row.counterparty else "",
        "amount": row.amount,
    }


def _match(match: BankMatch) -> dict[str, Any]:
    return {
        "pk": match.pk, "url": f"/bank-matches/{match.pk}", "on": match.on, "amount": match.amount, "kind": match.get_kind_display(), "party": match.party.name if match.party else "",
        "how": match.get_how_display(), "score": match.score, "reasons": told(match.reasons),
    }  # fmt: skip


@door(VIEW, "GET")
def panel(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """What one line, or several together, could be matched with; the right side of the desk."""
    account = _account(request, pk)
    chosen = [_line(request, account, line)]
    chosen += [_line(request, account, int(k)) for k in request.GET.get("with", "").split(",") if k.isdecimal() and int(k) != line][:50]
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(f"/books/bank/{pk}?{urlencode({'line': line})}")
    return page(request, "web/components/bank_line.html", {"panel": _panel(request, account, chosen), "account": account})


KINDS = dict(BankMatch.KINDS)


def _panel(request: HttpRequest, account: BankAccount, rows: Sequence[BankLine]) -> dict[str, Any]:
    first = rows[0]
    given = [line_of(r) for r in rows]
    ground = ground_of(account.company_id, given)
    proposals = propose(given[0], ground) if len(rows) == 1 and first.state == BankLine.OPEN else []
    total = sum((r.amount for r in rows), ZERO)
    url = f"/books/bank/{account.pk}/lines/{first.pk}"
    facts = [
        (_("Booked on"), first.booked_on), (_("Value date"), first.value_on), (_("Account"), first.counterparty_account), (_("End-to-end id"), first.end_to_end_id),
        (_("Creditor reference"), first.creditor_reference), (_("Bank's reference"), first.bank_reference), (_("Code"), first.code),
    ]  # fmt: skip
    return {
        "line": first, "ids": [r.pk for r in rows], "several": len(rows), "total": total, "url": url, "facts": [(t, v) for t, v in facts if v], "decimals": DECIMALS.get(account.currency_id or "", 2),
        "currency": account.currency_id, "open": first.state == BankLine.OPEN, "proposals": [_shown(p, ground, n) for n, p in enumerate(proposals[:9], start=1)],
        "may_match": request.actor.may(MATCH, account.company_id),  # type: ignore[attr-defined]
        "found": _items(given[0], ground, "", total), "match": _match(first.match) if first.match else None,
    }  # fmt: skip


def _shown(proposal: Proposal, ground: Ground, number: int) -> dict[str, Any]:
    parts = []
    for key, amount in proposal.parts:
        item = ground.items[key]
        parts.append({"label": item.label, "due_on": item.due_on, "open": abs(item.open), "amount": amount, "currency": item.currency})
    by_key = {p.key: p for p in ground.postings} if proposal.postings else {}
    parts += [
        {"label": by_key[k].label, "due_on": by_key[k].on, "open": abs(by_key[k].amount), "amount": abs(by_key[k].amount), "currency": ""}
        for k in proposal.postings
    ]
    return {
        "number": number, "name": proposal.name, "kind": KINDS[proposal.kind], "score": proposal.score, "reasons": told(proposal.reasons), "parts": parts, "rest": proposal.rest,
        "fee": proposal.fee, "party": ground.names.get(proposal.party or 0, ""), "account": ground.accounts.get(proposal.account or 0, ""),
    }  # fmt: skip


def _items(line: Any, ground: Ground, text: str, total: Decimal) -> list[dict[str, Any]]:
    """Open items of the line's direction that a text names; without one those of about the amount."""
    words = text.casefold().split()
    found = []
    for item in ground.items.values():
        if (item.open > 0) != (total > 0):
            continue
        name = ground.names.get(item.party, "")
        told_of = f"{name} {item.label} {abs(item.open):.2f}".casefold()
        if words and not all(w in told_of for w in words):
            continue
        found.append((abs(abs(item.open) - abs(total)), item.due_on, item, name))
    found.sort(key=lambda f: (f[0], f[1], f[2].key) if not words else (f[3], f[1], f[2].key))
    return [
        {
            "key": i.key,
            "party": name,
            "label": i.label,
            "due_on": i.due_on,
            "open": abs(i.open),
            "currency": i.currency,
            "control": i.control,
        }
        for _distance, _due, i, name in found[: FOUND if words else 8]
    ]


@door(VIEW, "GET")
def items(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Open items by a text: party, document or amount."""
    account = _account(request, pk)
    row = _line(request, account, line)
    ground = ground_of(account.company_id, [line_of(row)])
    found = _items(line_of(row), ground, request.GET.get("q", ""), row.amount)
    return page(request, "web/components/bank_items.html", {"found": found, "panel": {"currency": account.currency_id}})


# ------------------------------------------------------------------ what is done at the desk


@door(MATCH, "POST")
def do(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One of the verbs on the chosen lines; then the desk again, at the next line, with the way back."""
    account = _account(request, pk)
    given = _given(request, verb)
    ids = [int(t) for t in request.POST.getlist("lines") if t.isdecimal()]
    if verb == "match_automatically":
        ids = list(open_lines(account.pk).values_list("pk", flat=True)[:50_000])
        if not ids:
            return HttpResponseRedirect(f"/books/bank/{pk}")
    after = _after(account, ids)
    try:
        outcome = perform(request.actor, ACTIONS[f"banking.{verb}"], ids, given)  # type: ignore[attr-defined]
    except UserError as refusal:
        flash(request, refusal.sentence(), tone="bad")
        return HttpResponseRedirect(f"/books/bank/{pk}?{urlencode({'line': ids[0]} if ids else {})}")
    made = outcome.made.get("bank-matches", [])
    said = ngettext("%(n)s match made", "%(n)s matches made", len(made)) % {"n": len(made)}
    flash(
        request,
        said,
        tone="done" if made else "info",
        url=f"/books/bank/{pk}/undo/{made[0]}" if len(made) == 1 else "",
        url_label=_("Undo") if len(made) == 1 else "",
    )
    return HttpResponseRedirect(f"/books/bank/{pk}?{urlencode({'line': after} if after and verb != 'match_automatically' else {})}")


def _after(account: BankAccount, ids: Sequence[int]) -> int | None:
    """The open line that follows the ones being matched."""
    if not ids:
        return None
    last = BankLine.objects.filter(pk__in=ids).order_by("-booked_on", "-id").first()
    if last is None:
        return None
    later = open_lines(account.pk).filter(booked_on__gte=last.booked_on).exclude(pk__in=ids)
    return next((k for k, on in later.values_list("pk", "booked_on")[:50] if on > last.booked_on or k > last.pk), None)


ASKED = {
    "match_automatically": (), "accept": ("proposal",), "post_to_account": ("account",), "take_on_account": ("party",), "post_transfer": (), "match": (), "match_postings": (),
}  # fmt: skip


def _given(request: HttpRequest, verb: str) -> dict[str, Any]:
    if verb not in ASKED:
        raise Http404
    given: dict[str, Any] = {name: request.POST[name] for name in ASKED[verb] if request.POST.get(name)}
    if verb == "match":
        chosen = {
            k.removeprefix("amount-"): v
            for k, v in request.POST.items()
            if k.startswith("amount-") and f"item-{k.removeprefix('amount-')}" in request.POST
        }
        given["items"] = {k: _number(request, v) for k, v in chosen.items() if v.strip()}
        if request.POST.get("fee", "").strip():
            given["fee"] = _number(request, request.POST["fee"])
        given |= {"write_off_rest": request.POST.get("rest") == "write_off", "keep_rest": request.POST.get("rest") == "keep"}
    if verb == "match_postings":
        given["postings"] = [int(t) for t in request.POST.getlist("posting") if t.isdecimal()]
    return given


def _number(request: HttpRequest, text: str) -> str:
    try:
        return str(formats_of(request).parse_number(text))
    except ValueError as error:
        raise InvalidInput(record=_("Bank line"), problems=_("“{text}” is not a number").format(text=text[:40]), fields={}) from error


@door("banking.unmatch_line", "GET", "POST")
def undo(request: HttpRequest, pk: int, match: int) -> HttpResponse:
    """Undo a match made at the desk; its lines are open again and stand there."""
    account = _account(request, pk)
    found = visible(BankMatch.objects.filter(bank_account=account, pk=match), request.actor, "banking.unmatch_line").first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound(what=_("Bank match {key}").format(key=match))
    if request.method == "GET":
        return page(
            request,
            "web/bank_undo.html",
            {
                "title": _("Undo match"),
                "match": _match(found),
                "action": request.path,
                "back": f"/books/bank/{pk}",
                "currency": account.currency_id,
            },
        )
    lines = list(found.lines.values_list("pk", flat=True))
    perform(request.actor, ACTIONS["banking.unmatch"], [match], {}, reason=request.POST.get("reason", ""))  # type: ignore[attr-defined]
    flash(request, _("Undone"))
    return HttpResponseRedirect(f"/books/bank/{pk}?{urlencode({'line': lines[0]} if lines else {})}")
