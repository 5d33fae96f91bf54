"""Revaluation of open items in foreign currency at a day's rate (MC-02): post, reverse."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post, reversal_of
from fondaco.finance.ledger.models import JournalEntry, OpenItem, Revaluation, RevaluedItem
from fondaco.finance.ledger.refusals import RevaluationSettled
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, rounded


@dataclass(frozen=True)
class Standing:
    """A foreign item as it stood at the end of the day: open in its currency, its value with earlier adjustments, and whether
    anything of it was settled since."""

    revaluation: int
    item: int
    account: int
    party: int
    currency: str
    due_on: date
    open: Decimal
    value: Decimal
    settled_since: bool


# What is open now plus what was settled after the day; adjustments that were kept belong to the value of their item.
STOOD = """
with run as (select r.id, r.company_id, r."on", c.currency_id from ledger_revaluation r join companies_company c on c.id = r.company_id where r.id = any (%s))
select r.id, i.id, i.account_id, i.party_id, i.currency_id, i.due_on, i.open_amount + coalesce(l.amount, 0),
  i.open_base_amount + coalesce(l.base_amount, 0) + coalesce(a.value, 0), l.amount is not null
from run r join ledger_openitem i on i.company_id = r.company_id and i.currency_id <> r.currency_id and i."on" <= r."on" and i.amount <> 0
left join lateral (
  select sum(p.amount) as amount, sum(p.base_amount) as base_amount from ledger_settlementpart p where p.item_id = i.id and p."on" > r."on"
) l on true
left join lateral (
  select sum(k.open_base_amount + coalesce((select sum(p.base_amount) from ledger_settlementpart p where p.item_id = k.id and p."on" > r."on"), 0)) as value
  from ledger_revalueditem v join ledger_openitem k on k.id = v.adjustment_id where v.item_id = i.id and v.is_kept and k."on" <= r."on"
) a on true
where i.open_amount + coalesce(l.amount, 0) <> 0
order by r.id, i.id
"""


@action(
    Revaluation, moves={"draft": "posted"}, permission="ledger.post_revaluation", name="post_revaluation", title=_("Post"), done=_("Posted")
)
def post_revaluation(revaluations: DocumentSet[Revaluation]) -> None:
    """Bring open items in foreign currency to the rate of the day; the difference is an unrealised gain or loss.

    It is taken back on the next day, or kept with the item and settled with it. What was settled after the day already is always
    taken back: its settlement has realised the whole.
    """
    lock_items(
        OpenItem.objects.filter(company__in={r.company_id for r in revaluations}, closed_on__isnull=True)
        .exclude(currency__in=Company.objects.filter(pk__in={r.company_id for r in revaluations}).values("currency"))
        .values_list("pk", flat=True)
    )
    revaluations.number()
    with connection.cursor() as cursor:
        cursor.execute(STOOD, [revaluations.ids])
        stood = [Standing(*row) for row in cursor.fetchall()]
    documents = {r.pk: r for r in revaluations}
    companies = Company.objects.in_bulk({r.company_id for r in revaluations})
    wanted: dict[int, set[str]] = defaultdict(set)
    for s in stood:
        wanted[documents[s.revaluation].company_id].add(s.currency)
    rates = {company: rate_table(companies[company], currencies) for company, currencies in wanted.items()}
    bases = decimals_of({c.currency_id for c in companies.values()})
    groups: dict[tuple[int, str, bool], list[tuple[Standing, Decimal, Decimal]]] = defaultdict(list)
    for s in stood:
        document = documents[s.revaluation]
        rate = rates[document.company_id].rate(s.currency, document.on)
        after = rounded(s.open * rate, bases[companies[document.company_id].currency_id])
        if after != s.value:
            kept = document.method == Revaluation.KEPT and not s.settled_since
            groups[s.revaluation, s.currency, kept].append((s, rate, after))
    entries = post([_entry(documents[key[0]], key[1], rows) for key, rows in groups.items()], actor=revaluations.actor)
    born = open_items_of(e.pk for e in entries)
    insert_rows(
        RevaluedItem,
        [
            RevaluedItem(
                revaluation_id=s.revaluation,
                item_id=s.item,
                adjustment=adjustment,
                is_kept=key[2],
                rate=rate,
                open_amount=s.open,
                base_before=s.value,
                base_after=after,
            )
            for (key, rows), entry in zip(groups.items(), entries, strict=True)
            for (s, rate, after), adjustment in zip(rows, born[entry.pk], strict=True)
        ],
    )
    going = [(entry, documents[key[0]]) for key, entry in zip(groups, entries, strict=True) if not key[2]]
    for on in sorted({document.on for _entry, document in going}):
        mine = [entry for entry, document in going if document.on == on]
        _take_back(mine, on + timedelta(days=1), "Revaluation reversed", revaluations)


def _entry(document: Revaluation, currency: str, rows: Sequence[tuple[Standing, Decimal, Decimal]]) -> EntryDraft:
    """A line an item on its control account, zero in currency; the gains and the losses against it."""
    differences = [after - s.value for s, _rate, after in rows]
    return EntryDraft(
        company=document.company_id,
        journal="general",
        on=document.on,
        memo=f"Revaluation {document.number} {currency}",
        source=(Revaluation._meta.db_table, document.pk),
        lines=[
            *(
                LineDraft(s.account, difference, currency, ZERO, party=s.party, due_on=s.due_on)
                for (s, _rate, _after), difference in zip(rows, differences, strict=True)
            ),
            LineDraft("exchange_gain_unrealised", -sum((d for d in differences if d > 0), ZERO)),
            LineDraft("exchange_loss_unrealised", -sum((d for d in differences if d < 0), ZERO)),
        ],
    )


def _take_back(entries: Sequence[JournalEntry], on: date, reason: str, revaluations: DocumentSet[Revaluation]) -> None:
    """Write the mirrors of entries, and close each adjustment with its own."""
    mirrors = post(reversal_of(entries, on=on, memo=reason, late_reason=revaluations.reason), actor=revaluations.actor)
    both = open_items_of([*(e.pk for e in entries), *(m.pk for m in mirrors)])
    settle(
        [
            SettlementDraft(m.company_id, on, {first.pk: ZERO, second.pk: ZERO}, reason=reason)
            for m in mirrors
            for first, second in zip(both[m.reverses_id or 0], both[m.pk], strict=True)
        ],
        actor=revaluations.actor,
    )


@action(
    Revaluation,
    moves={"posted": "reversed"},
    permission="ledger.post_revaluation",
    name="reverse_revaluation",
    title=_("Reverse"),
    needs_reason=True,
    dangerous=True,
    done=_("Reversed"),
)
def reverse_revaluation(revaluations: DocumentSet[Revaluation], *, on: date) -> None:
    """Take kept revaluations back by their mirror entries, as long as nothing of their items was settled."""
    kept = list(RevaluedItem.objects.filter(revaluation__in=revaluations.ids, is_kept=True).select_related("adjustment").order_by("pk"))
    lock_items(k.adjustment_id for k in kept)
    for row in RevaluedItem.objects.filter(pk__in=[k.pk for k in kept]).select_related("adjustment"):
        if row.adjustment.open_base_amount != row.adjustment.base_amount:
            document = next(r for r in revaluations if r.pk == row.revaluation_id)
            raise RevaluationSettled(document=document, rows=rows_json([document]))
    keys = {k.adjustment.entry_id for k in kept}
    _take_back(list(JournalEntry.objects.filter(pk__in=keys).order_by("pk")), on, revaluations.reason, revaluations)
