"""What posting would write, and what it wrote."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from fondaco.finance.ledger.models import JournalEntry, JournalLine
from fondaco.finance.ledger.resources import EntryResource
from fondaco.interfaces.doors.policy import SIGNED_IN, door
from fondaco.interfaces.web.frame import formats_of, page
from fondaco.interfaces.web.presenting import DECIMALS
from fondaco.interfaces.web.screens.asked import resource_called
from fondaco.interfaces.web.screens.record_head import state_now
from fondaco.interfaces.web.screens.verbs import asks
from fondaco.platform.database.refusals import UserError
from fondaco.platform.documents.performing import perform
from fondaco.platform.resources.reading import one


@door(SIGNED_IN, "GET")
def effects(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What posting would write: the verb is run, looked at, and rolled back. After posting: what was written."""
    resource = resource_called(key, request)
    actor = request.actor  # type: ignore[attr-defined]
    row = one(resource, actor, pk)
    row["_state"] = state_now(resource, pk)
    table = resource.model._meta.db_table
    written = entries_shown(request, JournalEntry.objects.filter(source_table=table, source_id=pk))
    if written:
        return page(request, "web/effects.html", {"effects": {"done": True, "open": False, "entries": written}})
    action = next((a for a in resource.actions() if row["_state"] in a.moves and not asks(a) and actor.may(a.permission)), None)
    if action is None:
        return HttpResponse("")
    sentence = ""
    try:
        with transaction.atomic():
            before = JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            perform(actor, action, [pk])
            written = entries_shown(request, JournalEntry.objects.filter(pk__gt=before, created_by=actor.username))
            raise _Undo
    except _Undo:
        pass
    except UserError as refusal:
        sentence = refusal.sentence()
    if not written and not sentence:
        return HttpResponse("")
    shown_effects = {"done": False, "open": True, "entries": written, "also": [sentence] if sentence else []}
    return page(request, "web/effects.html", {"effects": shown_effects})


class _Undo(Exception):
    """Rolls a preview back."""


def entries_shown(request: HttpRequest, entries: Any) -> list[dict[str, Any]]:
    """Entries as journals: debit and credit in company currency; doors to the books only for who may open them."""
    formats = formats_of(request)
    italian, may_open = formats.language == "it", request.actor.may(EntryResource.view_permission)  # type: ignore[attr-defined]
    found = list(entries.select_related("journal", "company").order_by("id")[:20])
    lines: dict[int, list[JournalLine]] = {e.pk: [] for e in found}
    for line in JournalLine.objects.filter(entry__in=lines).select_related("account").order_by("entry_id", "position"):
        lines[line.entry_id].append(line)
    result = []
    for entry in found:
        shown_lines = [
            {
                "code": ln.account.number, "account": ln.account.name_it if italian and ln.account.name_it else ln.account.name,
                "url": f"/journal-lines?account={ln.account_id}" if may_open else None,
                "debit": ln.amount if ln.amount > 0 else None, "credit": -ln.amount if ln.amount < 0 else None,
                "memo": ln.memo if ln.currency_id == entry.company.currency_id else formats.money(ln.currency_amount, ln.currency_id),
            }
            for ln in lines[entry.pk]
        ]  # fmt: skip
        total = sum((ln.amount for ln in lines[entry.pk] if ln.amount > 0), Decimal(0))
        result.append({
            "title": entry.memo or entry.number, "url": f"/entries/{entry.pk}" if may_open else None, "date": entry.on, "journal": f"{entry.journal.name} {entry.number}",
            "currency": entry.company.currency_id, "decimals": DECIMALS.get(entry.company.currency_id, 2), "lines": shown_lines, "debit": total, "credit": total,
        })  # fmt: skip
    return result


# ---------------------------------------------------------------- forms
