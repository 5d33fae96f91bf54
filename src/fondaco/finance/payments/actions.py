"""The verbs of payments: post, apply, unapply, reverse, write off (AR-01)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.models import JournalEntry, OpenItem, Settlement
from fondaco.finance.ledger.refusals import SettledAlready
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle, unsettle
from fondaco.finance.payments.models import Allocation, Application, BankAccount, Payment
from fondaco.finance.payments.posting import entry_of
from fondaco.finance.payments.refusals import AllocatedTooMuch, ItemOfOther, LessIsOpen, NotActive
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, rounded


@action(Payment, moves={"draft": "posted"}, permission="payments.post_receipt", title=_("Post"), done=_("Posted"))
def post(payments: DocumentSet[Payment]) -> None:
    """Post payments: number them, write their entries, and settle what they were allocated to."""
    given: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for allocation in Allocation.objects.filter(payment__in=payments.ids).order_by("payment_id", "position", "id"):
        given[allocation.payment_id][allocation.item_id] = allocation.amount
    lock_items(item for parts in given.values() for item in parts)
    payments.draw_numbers()
    companies = Company.objects.in_bulk({p.company_id for p in payments})
    decimals = decimals_of({c.currency_id for c in companies.values()} | {p.currency_id for p in payments})
    rates = {pk: rate_table(c, {p.currency_id for p in payments if p.company_id == pk}) for pk, c in companies.items()}
    drafts = [
        entry_of(
            p,
            rounded(p.amount * rates[p.company_id].rate(p.currency_id, p.on), decimals[companies[p.company_id].currency_id]),
            payments.reason,
        )
        for p in payments
    ]
    for payment, entry in zip(payments, ledger.post(drafts, actor=payments.actor), strict=True):
        payment.entry = entry
    payments.save_with_state("number", "entry")
    settle_with(payments.rows, given, actor=payments.actor, reason=payments.reason)
    record(
        [
            Interaction(
                party_id=p.party_id,
                kind=str(p._meta.model_name),
                direction="in" if p.sign > 0 else "out",
                title=f"{p.number}",
                source_table=Payment._meta.db_table,
                source_id=p.pk,
                amount=p.sign * p.amount,
                currency_id=p.currency_id,
                by=payments.actor.username,
                company_id=p.company_id,
                on=p.on,
            )
            for p in payments
        ]
    )


def settle_with(
    payments: Sequence[Payment], given: Mapping[int, Mapping[int, Decimal]], *, actor: Actor, on: date | None = None, reason: str = ""
) -> None:
    """Settle open items with the money of payments: ``given`` maps payment -> item -> amount (positive, in its currency)."""
    wanted = [p for p in payments if given.get(p.pk)]
    if not wanted:
        return
    targets = {k for p in wanted for k in given[p.pk]}
    sources = OpenItem.objects.filter(entry__in=[p.entry_id for p in wanted]).values_list("pk", flat=True)
    # Two payments for one invoice queue here; the second sees what the first left.
    lock_items([*sources, *targets])
    own = {entry: items[0] for entry, items in open_items_of(p.entry_id for p in wanted).items()}
    items = {i.pk: i for i in OpenItem.objects.filter(pk__in=targets).select_related("entry")}
    drafts = []
    for payment in wanted:
        source = own[payment.entry_id or 0]
        parts = {source.pk: ZERO}
        total = sum(given[payment.pk].values(), ZERO)
        if total > abs(source.open_amount):
            raise AllocatedTooMuch(
                payment=payment,
                amount=f"{abs(source.open_amount):.2f} {payment.currency_id}",
                allocated=f"{total:.2f}",
                rows=rows_json([payment]),
            )
        for key, amount in given[payment.pk].items():
            item = items.get(key)
            if item is None or (item.company_id, item.party_id, item.currency_id, item.account_id) != (
                source.company_id,
                source.party_id,
                source.currency_id,
                source.account_id,
            ):
                raise ItemOfOther(payment=payment, party=payment.party, currency=payment.currency_id, rows=rows_json([payment]))
            if item.open_amount * payment.sign < amount:
                raise LessIsOpen(
                    payment=payment,
                    asked=f"{amount:.2f}",
                    item=item.entry,
                    open=f"{abs(item.open_amount):.2f} {item.currency_id}",
                    rows=rows_json([payment]),
                )
            parts[key] = payment.sign * amount
            parts[source.pk] -= payment.sign * amount
            item.open_amount -= payment.sign * amount
        drafts.append(
            SettlementDraft(
                payment.company_id,
                on or payment.on,
                parts,
                reason=reason,
                source=(Payment._meta.db_table, payment.pk),
                memo=f"Exchange difference {payment.number}",
            )
        )
    settlements = settle(drafts, actor=actor)
    insert_rows(Application, [Application(payment=p, settlement=s) for p, s in zip(wanted, settlements, strict=True)])


@action(Payment, moves={"posted": "posted"}, permission="payments.settle_receipt", title=_("Apply"), done=_("Applied"))
def apply(payments: DocumentSet[Payment], *, items: dict[int, Decimal], on: date | None = None) -> None:
    """Settle open items with what is left of a posted payment: ``items`` maps the key of an open item to an amount."""
    settle_with(payments.rows, {p.pk: items for p in payments}, actor=payments.actor, on=on, reason=payments.reason)


@action(Payment, moves={"posted": "posted"}, permission="payments.settle_receipt", title=_("Apply to oldest"), done=_("Applied"))
def apply_oldest(payments: DocumentSet[Payment], *, on: date | None = None) -> None:
    """Settle the customer's open items with what is left of posted payments, oldest due date first."""
    given = oldest_first(payments.rows)
    settle_with(payments.rows, given, actor=payments.actor, on=on, reason=payments.reason)


def oldest_first(payments: Sequence[Payment]) -> dict[int, dict[int, Decimal]]:
    """Spread what is left of each payment over its party's open items by due date; the items are locked."""
    unsettled = OpenItem.objects.filter(
        party__in={p.party_id for p in payments}, control__in={p.control for p in payments}, closed_on__isnull=True
    )
    lock_items(unsettled.values_list("pk", flat=True))
    own = {entry: items[0] for entry, items in open_items_of(p.entry_id for p in payments).items()}
    waiting: dict[tuple[int, int, str, int], list[OpenItem]] = defaultdict(list)
    for item in unsettled.order_by("due_on", "id"):
        waiting[item.company_id, item.party_id, item.currency_id, item.account_id].append(item)
    given: dict[int, dict[int, Decimal]] = {}
    for payment in payments:
        source = own[payment.entry_id or 0]
        left = abs(source.open_amount)
        parts: dict[int, Decimal] = {}
        for item in waiting[source.company_id, source.party_id, source.currency_id, source.account_id]:
            available = item.open_amount * payment.sign
            if left <= 0:
                break
            if available > 0:
                parts[item.pk] = min(left, available)
                left -= parts[item.pk]
                item.open_amount -= payment.sign * parts[item.pk]
        given[payment.pk] = parts
    return given


@action(
    Payment, moves={"posted": "posted"}, permission="payments.unsettle_receipt", title=_("Unapply"), needs_reason=True, done=_("Unapplied")
)
def unapply(payments: DocumentSet[Payment], *, on: date) -> None:
    """Undo everything the payments settled: the invoices are open again, the trace of both stays."""
    _unapply(payments.rows, on=on, reason=payments.reason, actor=payments.actor)


def _unapply(payments: Sequence[Payment], *, on: date, reason: str, actor: Actor) -> None:
    applied = Settlement.objects.filter(
        pk__in=Application.objects.filter(payment__in=payments).values("settlement"), reversed_by__isnull=True, reverses__isnull=True
    )
    unsettle(list(applied.select_related("entry__journal", "entry__fiscal_year").order_by("pk")), on=on, reason=reason, actor=actor)


@action(
    Payment,
    moves={"posted": "reversed"},
    permission="payments.reverse_receipt",
    title=_("Reverse"),
    needs_reason=True,
    dangerous=True,
    done=_("Reversed"),
)
def reverse(payments: DocumentSet[Payment], *, on: date) -> None:
    """Take payments back (returned direct debit, wrong customer): unapply them and write their mirror entries."""
    _unapply(payments.rows, on=on, reason=payments.reason, actor=payments.actor)
    originals = list(JournalEntry.objects.filter(pk__in=[p.entry_id for p in payments]).order_by("pk"))
    mirrors = ledger.post(ledger.reversal_of(originals, on=on, memo=payments.reason, late_reason=payments.reason), actor=payments.actor)
    both = open_items_of(e.pk for e in [*originals, *mirrors])
    settle(
        [
            SettlementDraft(m.company_id, on, {i.pk: i.amount for i in [*both[m.reverses_id or 0], *both[m.pk]]}, reason=payments.reason)
            for m in mirrors
        ],
        actor=payments.actor,
    )


def write_off(items: Sequence[OpenItem], *, on: date, reason: str, actor: Actor) -> None:
    """Give up what is open on receivables: debit write-off, credit the customer, settle (AR-01). ``reason`` is the reason code."""
    lock_items(i.pk for i in items)
    items = list(OpenItem.objects.filter(pk__in=[i.pk for i in items]).order_by("pk"))
    if any(i.closed_on for i in items):
        raise SettledAlready()
    drafts = [
        EntryDraft(
            company=i.company_id,
            journal="general",
            on=on,
            memo=f"Write-off: {reason}",
            late_reason=reason,
            source=("ledger_openitem", i.pk),
            lines=(
                LineDraft("write_off", i.open_base_amount, i.currency_id, i.open_amount, memo=reason),
                LineDraft(i.account_id, -i.open_base_amount, i.currency_id, -i.open_amount, party=i.party_id, due_on=on, memo=reason),
            ),
        )
        for i in items
    ]
    entries = ledger.post(drafts, actor=actor)
    born = open_items_of(e.pk for e in entries)
    settle(
        [
            SettlementDraft(i.company_id, on, {i.pk: i.open_amount, born[e.pk][0].pk: -i.open_amount}, reason=reason)
            for i, e in zip(items, entries, strict=True)
        ],
        actor=actor,
    )


@action(
    OpenItem,
    permission="payments.write_off",
    name="write_off",
    title=_("Write off"),
    needs_reason=True,
    dangerous=True,
    done=_("Written off"),
)
def write_off_items(items: DocumentSet[OpenItem], *, on: date) -> None:
    """Give up open receivables; the reason is kept on the entry and the settlement."""
    write_off(items.rows, on=on, reason=items.reason, actor=items.actor)


@action(BankAccount, permission="payments.write_bank_account", name="make_default", title=_("Make default"), done=_("Is the default now"))
def make_default(accounts: DocumentSet[BankAccount]) -> None:
    """Make bank accounts the default for their company and currency, in place of those that were."""
    for account in accounts:
        if not account.is_active:
            raise NotActive(account=account)
    chosen = {(a.company_id, a.currency_id): a.pk for a in accounts}
    former = BankAccount.objects.select_for_update().filter(company__in={c for c, _cur in chosen}, is_default=True).order_by("pk")
    leaving = [a.pk for a in former if chosen.get((a.company_id, a.currency_id), a.pk) != a.pk]
    update_rows(BankAccount, {"id": leaving, "is_default": [False] * len(leaving)})
    for account in accounts:
        account.is_default = chosen[account.company_id, account.currency_id] == account.pk
    accounts.save("is_default")
