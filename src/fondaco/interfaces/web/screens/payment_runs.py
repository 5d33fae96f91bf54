"""The page of a payment run: what is paid, by vendor; what remains in the bank; what is left out and why; the file for the bank."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fondaco.finance.ledger.models import JournalEntry
from fondaco.finance.remittance.actions import release
from fondaco.finance.remittance.models import PaymentRun, PaymentRunLine, Transfer
from fondaco.finance.remittance.queries import FETCH_FILE, balance_of, waiting_from
from fondaco.finance.remittance.resources import PaymentRunLineResource, PaymentRunResource, TransferResource
from fondaco.interfaces.doors.payment_files import debit_file, payment_file, riba_file, run_seen
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS, facts_of, state_of
from fondaco.interfaces.web.screens.attachments import shown_files
from fondaco.interfaces.web.screens.effects import entries_shown
from fondaco.interfaces.web.screens.record_head import head_of, name_of, state_now
from fondaco.interfaces.web.screens.stream import stream_of
from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.money import ZERO
from fondaco.platform.resources.reading import columns_for, one

#: How many lines a page shows, and for how many the effects of a release are tried out.
SHOWN, TRIED = 500, 200
IN_HEAD = {"number", "state", "company", "total", "items", "left_out"}


@door(SIGNED_IN, "GET")
def run_screen(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: totals, what remains in the bank, lines by vendor to take out and in by keyboard, what is left out and why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = one(PaymentRunResource, actor, pk)
    row["_state"] = state_now(PaymentRunResource, pk)
    run = PaymentRun.objects.select_related("bank_account__currency", "bank_account__account", "company").get(pk=pk)
    columns = columns_for(PaymentRunResource.detail(), actor)
    lines = list(run.lines.select_related("party", "payee", "item__entry").order_by("party__sort_name", "item__due_on", "pk")[: 2 * SHOWN])
    paid = [ln for ln in lines if ln.state in (PaymentRunLine.PROPOSED, PaymentRunLine.RELEASED)]
    left_out = [ln for ln in lines if ln.state == PaymentRunLine.LEFT_OUT]
    head = _led_by(head_of(request, PaymentRunResource, row, columns), "release" if run.state == PaymentRun.SUBMITTED else "submit" if paid else "propose")  # fmt: skip
    if run.state == PaymentRun.RELEASED and actor.may(FETCH_FILE, run.company_id):
        head["verbs"] = [{"label": _("File for the bank"), "url": f"/payment-runs/{pk}/file", "method": "get", "primary": True, "icon": "download", "key": "f"}, *head["verbs"]]  # fmt: skip
    facts = facts_of(PaymentRunResource, [c for c in columns if c.path not in IN_HEAD], row, actor, formats_of(request))
    context = {
        "title": name_of(request, PaymentRunResource, row),
        "document": head,
        "tiles": _tiles(run, row, lines, formats_of(request)),
        "paid": _paid(run, paid, actor, formats_of(request)),
        "left_out": _left_out(run, left_out, actor),
        "transfers": _transfers(actor, run) if run.state == PaymentRun.RELEASED else None,
        "all_url": f"{PaymentRunLineResource.url()}?run={pk}" if row["items"] + row["left_out"] > len(lines) else None,
        "facts": [f for f in facts if f[1] not in (None, "")],
        "effects_url": f"/payment-runs/{pk}/effects" if run.state in (PaymentRun.SUBMITTED, PaymentRun.RELEASED) else None,
        "files": shown_files(actor, PaymentRunResource, pk),
        "stream": stream_of(request, PaymentRunResource, pk),
    }
    return page(request, "web/payment_run.html", context)


def _led_by(head: dict[str, Any], verb: str) -> dict[str, Any]:
    """The head with the verb that is wanted next in front, as the one primary button."""
    everything = [*head["verbs"], *head["more"]]
    first = next((v for v in everything if v["url"].partition("?")[0].endswith(f"/do/{verb}") and not v.get("closed")), None)
    if first is None:
        return head
    rest = {part: [{k: x for k, x in v.items() if k not in ("primary", "key") or not v.get("primary")} for v in head[part] if v is not first] for part in ("verbs", "more")}  # fmt: skip
    return head | {"verbs": [first | {"primary": True, "key": "p"}, *rest["verbs"]], "more": rest["more"]}


def _tiles(run: PaymentRun, row: Mapping[str, Any], lines: Sequence[PaymentRunLine], formats: Any) -> list[dict[str, Any]]:
    currency = run.bank_account.currency_id or ""

    def said(amount: Decimal) -> str:
        return str(formats.amount(amount, DECIMALS.get(currency, 2)))

    paid = [ln for ln in lines if ln.state in (PaymentRunLine.PROPOSED, PaymentRunLine.RELEASED)]
    out = [ln for ln in lines if ln.state == PaymentRunLine.LEFT_OUT]
    vendors = len({ln.party_id for ln in paid})
    made: list[dict[str, Any]] = [
        {
            "title": _("To pay") if run.state != PaymentRun.RELEASED else _("Paid"), "figure": said(row["total"]), "unit": currency,
            "story": ngettext("%(n)s item", "%(n)s items", row["items"]) % {"n": row["items"]} + ", " + ngettext("%(n)s vendor", "%(n)s vendors", vendors) % {"n": vendors},
        },
        {"title": _("Cash discount taken"), "figure": said(sum((ln.discount for ln in paid), ZERO)), "unit": currency},
        {
            "title": _("Left out"), "figure": said(sum((ln.amount for ln in out), ZERO)), "unit": currency, "tone": "wait" if out else None,
            "story": ngettext("%(n)s item", "%(n)s items", row["left_out"]) % {"n": row["left_out"]},
        },
    ]  # fmt: skip
    balance = balance_of(run.bank_account)
    if run.state in (PaymentRun.DRAFT, PaymentRun.SUBMITTED):
        others = waiting_from(run)
        rest = balance - row["total"] - others
        story = _("of {balance} now").format(balance=said(balance))
        if others:
            story += _(", other runs take {others}").format(others=said(others))
        made.append({"title": _("Remains on {account}").format(account=run.bank_account.name), "figure": said(rest), "unit": currency, "story": story, "tone": "bad" if rest < 0 else None})  # fmt: skip
    else:
        made.append({"title": _("On {account} now").format(account=run.bank_account.name), "figure": said(balance), "unit": currency})
    return made


def _head(run: PaymentRun) -> dict[str, Any]:
    currency = run.bank_account.currency_id or ""
    return {"kind": "amount", "unit": currency, "decimals": DECIMALS.get(currency, 2)}


def _what(line: PaymentRunLine) -> str:
    return line.item.entry.memo or line.item.entry.number


def _paid(run: PaymentRun, lines: Sequence[PaymentRunLine], actor: Actor, formats: Any) -> dict[str, Any]:
    """What is paid, by vendor with the vendor's total; while it is a draft, lines are taken out by keyboard."""
    edits = run.state == PaymentRun.DRAFT and actor.may("remittance.write_run", run.company_id)
    totals: dict[int, Decimal] = defaultdict(Decimal)
    counts = Counter(ln.party_id for ln in lines)
    for line in lines:
        totals[line.party_id] += line.amount
    rows, last = [], None
    currency = run.bank_account.currency_id or ""
    for line in lines[:SHOWN]:
        made: dict[str, Any] = {
            "id": line.pk, "url": PaymentRunLineResource.url(line.pk), "name": _what(line),
            "cells": [_what(line), line.item.due_on, -line.item.open_amount if run.state != PaymentRun.RELEASED else None, line.discount or None, line.amount, _account(line.payee)],
        }  # fmt: skip
        if line.party_id != last:
            made["group"] = {
                "title": f"{line.party.name} – {formats.amount(totals[line.party_id], DECIMALS.get(currency, 2))} {currency}",
                "count": counts[line.party_id],
            }
            last = line.party_id
        rows.append(made)
    columns = [
        {"key": "what", "title": _("Item"), "kind": "key", "lead": True}, {"key": "due", "title": _("Due on"), "kind": "date"},
        {"key": "open", "title": _("Open"), **_head(run)}, {"key": "discount", "title": _("Discount"), **_head(run)},
        {"key": "amount", "title": _("To pay"), **_head(run), "sum": True}, {"key": "payee", "title": _("Paid to"), "kind": "text", "aside": True},
    ]  # fmt: skip
    verbs = [
        {"label": _("Take out"), "url": f"{PaymentRunLineResource.url()}/do/take_out", "key": "o"},
        {"label": _("Pay a part"), "url": f"{PaymentRunLineResource.url()}/do/pay_part", "sheet_url": f"{PaymentRunLineResource.url()}/sheet/pay_part", "sheet_posts": True},
    ]  # fmt: skip
    return {
        "table": {"caption": _("To pay, by vendor"), "columns": columns, "rows": rows, "selectable": edits},
        "bulk": {"verbs": verbs} if edits else None,
        "empty": {"icon": "check", "title": _("Nothing to pay"), "text": _("Propose fills the run with what is due until its day.")},
    }


def _left_out(run: PaymentRun, lines: Sequence[PaymentRunLine], actor: Actor) -> dict[str, Any] | None:
    if not lines:
        return None
    edits = run.state == PaymentRun.DRAFT and actor.may("remittance.write_run", run.company_id)
    rows = [
        {
            "id": ln.pk, "url": PaymentRunLineResource.url(ln.pk), "name": _what(ln),
            "cells": [ln.party.name, _what(ln), ln.item.due_on, ln.amount, f"{ln.get_reason_display()}{f': {ln.note}' if ln.note else ''}"],
        }
        for ln in lines[:SHOWN]
    ]  # fmt: skip
    columns = [
        {"key": "party", "title": _("Vendor"), "kind": "key", "lead": True}, {"key": "what", "title": _("Item"), "kind": "text"}, {"key": "due", "title": _("Due on"), "kind": "date"},
        {"key": "amount", "title": _("Amount"), **_head(run), "sum": True}, {"key": "why", "title": _("Why"), "kind": "text"},
    ]  # fmt: skip
    verbs = [{"label": _("Take in"), "url": f"{PaymentRunLineResource.url()}/do/take_in", "key": "i"}]
    return {
        "table": {"caption": _("Left out"), "columns": columns, "rows": rows, "selectable": edits},
        "bulk": {"verbs": verbs} if edits else None,
    }


def _account(payee: PartyBankAccount | None) -> str:
    number = str(payee or "")
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _transfers(actor: Actor, run: PaymentRun) -> dict[str, Any] | None:
    found = visible(Transfer.objects.filter(run=run), actor, TransferResource.view_permission).select_related("party").order_by("pk")
    rows = [
        {"id": t.pk, "url": TransferResource.url(t.pk), "cells": [t.end_to_end, t.party.name, t.amount, state_of(Transfer, "state", t.state), t.answer], "name": t.end_to_end}
        for t in found[:SHOWN]
    ]  # fmt: skip
    answers = actor.may("remittance.record_answer", run.company_id)
    columns = [
        {"key": "number", "title": _("Reference"), "kind": "key", "lead": True}, {"key": "party", "title": _("Vendor"), "kind": "text"},
        {"key": "amount", "title": _("Amount"), **_head(run), "sum": True}, {"key": "state", "title": _("State"), "kind": "state"},
        {"key": "answer", "title": _("Answer of the bank"), "kind": "text"},
    ]  # fmt: skip
    verbs = [
        {"label": title, "url": f"{TransferResource.url()}/do/{verb}", "sheet_url": f"{TransferResource.url()}/sheet/{verb}", "sheet_posts": True, "danger": danger}
        for title, verb, danger in ((_("Executed"), "execute", False), (_("Rejected"), "reject", True))
    ]  # fmt: skip
    return {
        "table": {"caption": _("Transfers"), "columns": columns, "rows": rows, "selectable": answers},
        "bulk": {"verbs": verbs} if answers else None,
    }


@door(SIGNED_IN, "GET")
def run_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file as it was released, to be saved; a file that was changed since is refused."""
    return payment_file(request, pk)


@door(SIGNED_IN, "GET")
def debits_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a direct debit run as it was collected."""
    return debit_file(request, pk)


@door(SIGNED_IN, "GET")
def receipts_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The flat file of a RiBa presentation as it was presented."""
    return riba_file(request, pk)


class _Undo(Exception):
    """Rolls a trial back."""


@door(SIGNED_IN, "GET")
def run_effects(request: HttpRequest, pk: int) -> HttpResponse:
    """What releasing would write, tried out and rolled back, for who may release; after it, what was written."""
    run = run_seen(request, pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if run.state == PaymentRun.RELEASED:
        entries = JournalEntry.objects.filter(pk__in=run.transfers.values("disbursement__entry"))
        return page(request, "web/effects.html", {"effects": {"done": True, "open": False, "entries": entries_shown(request, entries)}})
    count = run.lines.filter(state=PaymentRunLine.PROPOSED).count()
    if run.state != PaymentRun.SUBMITTED or not actor.may(release.permission, run.company_id) or count > TRIED:
        return HttpResponse("")
    sentence, written = "", []
    try:
        with transaction.atomic():
            before = JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            perform(actor, release, [pk])
            written = entries_shown(request, JournalEntry.objects.filter(pk__gt=before, created_by=actor.username))
            raise _Undo
    except _Undo:
        pass
    except UserError as refusal:
        sentence = refusal.sentence()
    return page(request, "web/effects.html", {"effects": {"done": False, "open": True, "entries": written, "also": [sentence] if sentence else []}})  # fmt: skip
