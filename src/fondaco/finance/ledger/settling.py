"""Settling open items: partial, in one or several steps, with exchange differences; undone by a mirror settlement."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post, reversal_of
from fondaco.finance.ledger.models import JournalEntry, OpenItem, RevaluedItem, Settlement, SettlementPart
from fondaco.finance.ledger.refusals import DoesNotClear, SettledAlready
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, insert_values
from fondaco.platform.events.bus import emit
from fondaco.platform.money import ZERO, rounded, spread


@dataclass(frozen=True)
class Concession:
    """What of an item nobody pays: cash discount, write-off, small difference. ``amount`` is in the item's currency, signed as the item.

    ``legs`` say where it goes: account (or its purpose), amount and memo; they add up to ``amount``.
    """

    item: int
    amount: Decimal
    legs: Sequence[tuple[int | str, Decimal, str]]


#: Told with the settlements and the actor, when items were settled or a settlement was undone by its mirror.
SETTLED = "ledger.settled"


@dataclass(frozen=True)
class SettlementDraft:
    """What to clear: item key -> amount in the items' currency, signed as the item; the amounts sum to the concessions in them."""

    company: int
    on: date
    parts: Mapping[int, Decimal]
    reason: str = ""
    source: tuple[str, int] | None = None
    memo: str = ""
    concessions: Sequence[Concession] = ()


def open_items_of(entries: Iterable[int | None]) -> dict[int, list[OpenItem]]:
    """The open items born with entries, by entry key, in line order; one statement."""
    found: dict[int, list[OpenItem]] = defaultdict(list)
    for item in OpenItem.objects.filter(entry__in=[key for key in entries if key]).order_by("line_id"):
        found[item.entry_id].append(item)
    return found


def lock_items(keys: Iterable[int]) -> None:
    """Lock open items in key order: whoever settles one of them too waits for this transaction, and reads what it left.

    Before any number is drawn: counters are held to the commit, so that the other order would deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute("select ledger_lock_items(%s)", [sorted(set(keys))])


def settled_in_part(entries: Iterable[int | None]) -> set[int]:
    """Those of the entries of whose items something was settled; the items are locked, so that it stays true until the commit."""
    keys = [key for key in entries if key]
    lock_items(OpenItem.objects.filter(entry__in=keys).values_list("pk", flat=True))
    return {entry for entry, items in open_items_of(keys).items() if any(item.open_amount != item.amount for item in items)}


def settle(drafts: Sequence[SettlementDraft], *, actor: Actor) -> list[Settlement]:
    """Clear items against each other and against what is conceded. What the currencies' movement left over in company currency
    is booked as realised exchange difference, so that a settled item is zero in both currencies (MC-03).

    A part's share of the item's value in company currency is proportional, rounded half away from zero; the part that
    closes an item takes the whole rest. Concessions and exchange difference of a settlement are one entry, so that
    undoing it reverses both. Raises SettledAlready when less is open than asked.
    """
    if not drafts:
        return []
    keys = {k for d in drafts for k in d.parts}
    # Overlapping settlements queue here; the later one sees what is left, in both currencies.
    lock_items(keys)
    adjustments = _adjustments_of(keys)
    items = {i.pk: i for i in OpenItem.objects.filter(pk__in=keys).order_by("pk")}
    places = _places({d.company for d in drafts})
    planned: list[list[tuple[OpenItem, Decimal, Decimal]]] = []
    bookings: list[EntryDraft | None] = []
    for draft in drafts:
        parts = []
        for key, amount in sorted(draft.parts.items()):
            item = items.get(key)
            if item is None or abs(amount) > abs(item.open_amount) or (amount and amount * item.open_amount < 0):
                raise SettledAlready()
            decimals = places.get(item.company_id, 0)  # an item of another company is refused by the database
            base = (
                item.open_base_amount
                if amount == item.open_amount
                else rounded(item.open_base_amount * amount / item.open_amount, decimals)
            )
            parts.append((item, amount, base))
            for kept in adjustments.get(key, ()):
                share = (
                    kept.open_base_amount
                    if amount == item.open_amount
                    else rounded(kept.open_base_amount * amount / item.open_amount, decimals)
                )
                if share:
                    parts.append((kept, ZERO, share))
                    kept.open_base_amount -= share
            item.open_amount -= amount
            item.open_base_amount -= base
        rest = sum((a for _, a, _ in parts), ZERO) - sum((c.amount for c in draft.concessions), ZERO)
        if rest:
            raise DoesNotClear(difference=rest)
        planned.append(parts)
        bookings.append(_booking(draft, parts, places[draft.company]) if parts else None)
    booked = iter(post([b for b in bookings if b is not None], actor=actor))
    entries = [next(booked) if b is not None else None for b in bookings]
    born = open_items_of(e.pk for e in entries if e is not None)
    settlements = []
    for draft, parts, entry in zip(drafts, planned, entries, strict=True):
        if entry is not None:
            parts.extend((item, item.amount, item.base_amount) for item in born[entry.pk])
        settlements.append(Settlement(company_id=draft.company, on=draft.on, reason=draft.reason, entry=entry, part_count=len(parts)))
    _write(settlements, planned)
    emit(SETTLED, settlements, actor)
    return settlements


def _places(companies: Collection[int]) -> dict[int, int]:
    """The decimals of companies' own currencies; two statements."""
    currencies = dict(Company.objects.filter(pk__in=companies).values_list("pk", "currency_id"))
    decimals = decimals_of(currencies.values())
    return {company: decimals[currency] for company, currency in currencies.items()}


def settle_mirrored(mirrors: Sequence[JournalEntry], *, reason: str, actor: Actor) -> None:
    """Close the items of entries that nothing has settled against those of their mirrors, on the day of the mirrors."""
    both = open_items_of(key for m in mirrors for key in (m.reverses_id, m.pk))
    settle(
        [
            SettlementDraft(m.company_id, m.on, {i.pk: i.amount for i in [*both[m.reverses_id or 0], *both[m.pk]]}, reason=reason)
            for m in mirrors
            if both[m.pk]
        ],
        actor=actor,
    )


def _adjustments_of(keys: Iterable[int]) -> dict[int, list[OpenItem]]:
    """The open adjustments of revaluations that were kept, by item, locked: they are settled with their items, so that a settlement
    realises only what the revaluations have left (MC-02). Whoever settles an item holds its lock, hence theirs cannot be wanted first."""
    found: dict[int, list[OpenItem]] = defaultdict(list)
    rows = RevaluedItem.objects.filter(item__in=list(keys), is_kept=True, adjustment__closed_on__isnull=True)
    pairs = dict(rows.values_list("adjustment_id", "item_id"))
    if pairs:
        lock_items(pairs)
        for adjustment in OpenItem.objects.filter(pk__in=pairs).order_by("pk"):
            if adjustment.open_base_amount:
                found[pairs[adjustment.pk]].append(adjustment)
    return found


def unsettle(settlements: Sequence[Settlement], *, on: date, reason: str, actor: Actor) -> list[Settlement]:
    """Undo settlements by their mirror: the items are open again and the trace stays. Exchange differences are reversed too."""
    parts: dict[int, list[SettlementPart]] = defaultdict(list)
    for part in SettlementPart.objects.filter(settlement__in=settlements).order_by("position").select_related("item"):
        parts[part.settlement_id].append(part)
    lock_items(part.item_id for rows in parts.values() for part in rows)
    entries = {s.entry_id: s.entry for s in settlements if s.entry_id}
    mirrors = post(reversal_of([e for e in entries.values() if e], on=on, memo=reason or "Unsettled", late_reason=reason), actor=actor)
    undone = [Settlement(company_id=s.company_id, on=on, reason=reason, reverses=s, part_count=len(parts[s.pk])) for s in settlements]
    _write(undone, [[(p.item, -p.amount, -p.base_amount) for p in parts[s.pk]] for s in settlements])
    _clear_mirrors(mirrors, on, reason)
    emit(SETTLED, undone, actor)
    return undone


def _clear_mirrors(mirrors: Sequence[JournalEntry], on: date, reason: str) -> None:
    """The exchange difference and its reversal clear each other: both items are zero in currency and opposite in base."""
    pairs = open_items_of(m.pk for m in mirrors)
    originals = open_items_of(m.reverses_id for m in mirrors)
    settlements, rows = [], []
    for mirror in mirrors:
        both = [*originals[mirror.reverses_id or 0], *pairs[mirror.pk]]
        settlements.append(Settlement(company_id=mirror.company_id, on=on, reason=reason, entry=None, part_count=len(both)))
        rows.append([(i, i.amount, i.base_amount) for i in both])
    _write(settlements, rows)


#: Parts are many: no objects are made of them.
PART_FIELDS = ("settlement", "company", "on", "position", "item", "amount", "base_amount")


def _write(settlements: Sequence[Settlement], parts: Sequence[Sequence[tuple[OpenItem, Decimal, Decimal]]]) -> None:
    insert_rows(Settlement, settlements)
    insert_values(
        SettlementPart,
        PART_FIELDS,
        [
            (s.pk, s.company_id, s.on, position, item.pk, amount, base)
            for s, rows in zip(settlements, parts, strict=True)
            for position, (item, amount, base) in enumerate(rows, start=1)
        ],
    )


def _booking(draft: SettlementDraft, parts: Sequence[tuple[OpenItem, Decimal, Decimal]], decimals: int) -> EntryDraft | None:
    """The entry of a settlement: what is conceded, and what remains on the control account moved to exchange gain or loss
    (debit remaining is a loss, credit a gain). Concessions are valued as the items they are taken from. ``None`` without either."""
    lines: list[LineDraft] = []
    rest = sum((base for _, _, base in parts), ZERO)
    cleared = {item.pk: (item, amount, base) for item, amount, base in parts}
    for concession in draft.concessions:
        item, amount, base = cleared[concession.item]
        value = base if concession.amount == amount else rounded(base * concession.amount / amount, decimals)
        rest -= value
        shares = spread(value, [leg for _, leg, _ in concession.legs], decimals)
        lines.extend(
            LineDraft(account, share, item.currency_id, leg, memo=memo)
            for (account, leg, memo), share in zip(concession.legs, shares, strict=True)
        )
        lines.append(LineDraft(item.account_id, -value, item.currency_id, -concession.amount, party=item.party_id, due_on=draft.on))
    if rest:
        item = parts[0][0]
        purpose = "exchange_loss" if rest > 0 else "exchange_gain"
        lines.append(LineDraft(item.account_id, -rest, item.currency_id, ZERO, party=item.party_id, due_on=draft.on))
        lines.append(LineDraft(purpose, rest))
    if not lines:
        return None
    return EntryDraft(
        company=draft.company,
        journal="general",
        on=draft.on,
        memo=draft.memo or "Exchange difference",
        source=draft.source,
        late_reason=draft.reason,
        lines=lines,
    )


__all__ = ["Concession", "OpenItem", "Settlement", "SettlementDraft", "lock_items", "open_items_of", "settle", "unsettle"]
