"""Papers of the warehouse -> entry drafts. Pure; the posting table is in README.md."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft

NONE: Mapping[int | str, tuple[int, ...]] = {}


def entry_of(
    document: Any,
    amounts: Mapping[Any, Decimal],
    on: date,
    memo: str = "",
    *,
    late_reason: str = "",
    dimensions: Mapping[int | str, tuple[int, ...]] = NONE,
) -> EntryDraft | None:
    """An entry of the stock journal with an amount (debit positive) for each account or purpose of one; ``None`` when nothing has value.

    ``dimensions`` are the keys of dimension values by account or purpose.
    ``on`` is its day in the books; a paper of an earlier day is named with it.
    """
    lines = tuple(LineDraft(purpose, amount, dimensions=dimensions.get(purpose, ())) for purpose, amount in amounts.items() if amount)
    if not lines:
        return None
    name = f"{document._meta.verbose_name} {document.number}"
    if on != document.on:
        name = _("{paper} of {day}").format(paper=name, day=document.on.isoformat())
    return EntryDraft(
        company=document.company_id,
        journal="stock",
        on=on,
        memo=f"{name}: {memo}" if memo else name,
        source=(document._meta.db_table, document.pk),
        late_reason=late_reason,
        lines=lines,
    )
