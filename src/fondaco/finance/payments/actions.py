"""The verbs of payments: post, apply, unapply, reverse, write off (AR-01)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from pydantic import Field

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.models import JournalEntry, OpenItem, Settlement
from fondaco.finance.ledger.refusals import SettledAlready
from fondaco.finance.ledger.settling import SettlementDraft, lock_items, open_items_of, settle, settle_mirrored, unsettle
from fondaco.finance.payments.conceding import Conceded, Grounds, correct_taxes, grounds_of, keep, written_off
from fondaco.finance.payments.models import Allocation, Application, BankAccount, Difference, Payment
from fondaco.finance.payments.posting import entry_of
from fondaco.finance.payments.refusals import (
    AllocatedTooMuch,
    DiscountTooMuch,
    GoesWithItsPayment,
    ItemOfOther,
    LessIsOpen,
    NotActive,
    TakenBackAlready,
)
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import ZERO, priced, rounded

Amount = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=4)]


@action(Payment, moves={"draft": "posted"}, permission="payments.post_receipt", title=_("Post"), done=_("Posted"))
def post(payments: DocumentSet[Payment]) -> None:
    """Post payments: number them, write their entries, and settle what they were allocated to."""
    given: dict[int, dict[int, Decimal]] = defaultdict(dict)
    discounts: dict[int, dict[int, Decimal]] = defaultdict(dict)
    allocations = Allocation.objects.filter(payment__in=payments.ids).order_by("payment_id", "position", "id")
    for key, item, amount, discount in allocations.values_list("payment_id", "item_id", "amount", "discount"):
        given[key][item] = amount
        discounts[key][item] = discount
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
    settle_with(payments.rows, given, discounts=discounts, actor=payments.actor, reason=payments.reason)
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
    payments: Sequence[Payment],
    given: Mapping[int, Mapping[int, Decimal]],
    *,
    actor: Actor,
    on: date | None = None,
    reason: str = "",
    discounts: Mapping[int, Mapping[int, Decimal]] | None = None,
) -> None:
    """Settle open items with the money of payments: ``given`` maps payment -> item -> amount (positive, in its currency).

    ``discounts``, by payment and item, is cash discount taken beside the money. Where none is named and the money is exactly what
    is open less the discount that the payment's day still allows, it is taken. What then is left of an item, or of the
    payment, is given up when the company's rule calls it small.
    """
    wanted = [p for p in payments if given.get(p.pk)]
    if not wanted:
        return
    targets = {k for p in wanted for k in given[p.pk]}
    sources = OpenItem.objects.filter(entry__in=[p.entry_id for p in wanted]).values_list("pk", flat=True)
    # Two payments for one invoice queue here; the second sees what the first left.
    lock_items([*sources, *targets])
    own = {entry: items[0] for entry, items in open_items_of(p.entry_id for p in wanted).items()}
    items = {i.pk: i for i in OpenItem.objects.filter(pk__in=targets)}
    grounds = grounds_of([*items.values(), *own.values()])
    companies = Company.objects.in_bulk({p.company_id for p in wanted})
    numbers = dict(JournalEntry.objects.filter(pk__in={i.entry_id for i in items.values()}).values_list("pk", "number"))
    drafts, conceded = [], []
    for payment in wanted:
        source = own[payment.entry_id or 0]
        asked = given[payment.pk]
        total = sum(asked.values(), ZERO)
        if total > abs(source.open_amount):
            raise AllocatedTooMuch(
                payment=payment,
                amount=priced(abs(source.open_amount), payment.currency_id),
                allocated=priced(total),
                rows=rows_json([payment]),
            )
        rows: list[Conceded] = []
        parts = {source.pk: -payment.sign * total}
        closed = False
        for key, amount in asked.items():
            item = items.get(key)
            if item is None or (item.company_id, item.party_id, item.currency_id, item.account_id) != (
                source.company_id,
                source.party_id,
                source.currency_id,
                source.account_id,
            ):
                raise ItemOfOther(payment=payment, party=payment.party, currency=payment.currency_id, rows=rows_json([payment]))
            available = item.open_amount * payment.sign
            # A negative amount takes what the other side owes (a credit note) into the same payment.
            if amount > available if amount > 0 else amount < available:
                raise LessIsOpen(
                    payment=payment,
                    asked=priced(amount),
                    item=item.entry,
                    open=priced(abs(item.open_amount), item.currency_id),
                    rows=rows_json([payment]),
                )
            new = _concessions(payment, item, amount, (discounts or {}).get(payment.pk, {}).get(key, ZERO), grounds, numbers, actor)
            parts[key] = payment.sign * amount + sum((c.concession.amount for c in new), ZERO)
            rows.extend(new)
            item.open_base_amount -= _share_of_base(item, parts[key])
            item.open_amount -= parts[key]
            closed = closed or not item.open_amount
        left = source.open_amount - parts[source.pk]
        if left and closed and grounds.is_small(source, left, _share_of_base(source, left)):
            rows.append(written_off(source, left, grounds.small_reason(source.company_id), "Small difference", Difference.SMALL))
            parts[source.pk] += left
        for c in rows:
            c.item.company = companies[c.item.company_id]
        drafts.append(
            SettlementDraft(
                payment.company_id,
                on or payment.on,
                parts,
                reason=reason,
                source=(Payment._meta.db_table, payment.pk),
                memo=f"{_memo_of(rows)} {payment.number}",
                concessions=[c.concession for c in rows],
            )
        )
        conceded.append(rows)
    settlements = settle(drafts, actor=actor)
    keep(settlements, conceded)
    correct_taxes(wanted, settlements, conceded)
    insert_rows(Application, [Application(payment=p, settlement=s) for p, s in zip(wanted, settlements, strict=True)])


def _share_of_base(item: OpenItem, amount: Decimal) -> Decimal:
    """About what ``amount`` of an item is worth in company currency: enough to judge whether it is small."""
    return item.open_base_amount * amount / item.open_amount if item.open_amount else ZERO


def _memo_of(rows: Sequence[Conceded]) -> str:
    kinds = {c.kind for c in rows}
    if Difference.DISCOUNT in kinds:
        return "Cash discount"
    return "Small difference" if kinds else "Exchange difference"


def _concessions(
    payment: Payment, item: OpenItem, amount: Decimal, discount: Decimal, grounds: Grounds, numbers: Mapping[int, str], actor: Actor
) -> list[Conceded]:
    """What is conceded on an item that ``amount`` is paid on: the discount asked for, or the one that closes it exactly; then a
    small rest. Whoever may write off may grant more discount than was agreed, or later."""
    left = item.open_amount * payment.sign - amount
    rows = []
    if discount:
        # What a vendor grants is his word; what we grant is bound to the terms.
        allowed = left if item.control == "payable" else grounds.discount(item, payment.on, amount + discount)
        if discount > left or (discount > allowed and not actor.may(write_off_items.permission, item.company_id)):
            raise DiscountTooMuch(
                payment=payment,
                asked=priced(discount),
                item=item.entry,
                on=payment.on,
                allowed=priced(min(allowed, left), item.currency_id),
                rows=rows_json([payment]),
            )
    elif left and left == grounds.discount(item, payment.on):
        discount = left
    if discount:
        rows.append(grounds.discounted(item, payment.sign * discount, numbers[item.entry_id]))
        left -= discount
    if left and grounds.is_small(item, left, _share_of_base(item, left)):
        reason = grounds.small_reason(item.company_id)
        small = written_off(item, payment.sign * left, reason, "Small difference", Difference.SMALL)
        rows.append(small)
    return rows


@action(Payment, moves={"posted": "posted"}, permission="payments.settle_receipt", title=_("Apply"), done=_("Applied"))
def apply(
    payments: DocumentSet[Payment],
    *,
    items: dict[int, Decimal],
    discounts: dict[int, Decimal] = {},  # noqa: B006  a default for the doors, never changed
    on: date | None = None,
) -> None:
    """Settle open items with what is left of a posted payment: ``items`` maps the key of an open item to an amount.

    ``discounts`` names cash discount taken on an item beside the amount; the one that the terms allow on the day of the payment is
    taken by itself when it closes the item.
    """
    settle_with(
        payments.rows,
        {p.pk: items for p in payments},
        discounts={p.pk: discounts for p in payments},
        actor=payments.actor,
        on=on,
        reason=payments.reason,
    )


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
    candidates = list(unsettled.order_by("due_on", "id"))
    grounds = grounds_of(candidates)
    for item in candidates:
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
                discount = grounds.discount(item, payment.on)
                parts[item.pk] = min(left, available - discount)
                left -= parts[item.pk]
                item.open_amount -= payment.sign * (available if parts[item.pk] == available - discount else parts[item.pk])
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
    settle_mirrored(mirrors, reason=payments.reason, actor=payments.actor)


def write_off(
    items: Sequence[OpenItem], *, on: date, reason: str, actor: Actor, code: int | None = None, amount: Decimal | None = None
) -> None:
    """Give up what is open on receivables, or ``amount`` of each: debit the account of the reason ``code`` (else of the company's
    default reason), credit the customer, settle (AR-01). ``reason`` is what the clerk says about it."""
    lock_items(i.pk for i in items)
    items = list(OpenItem.objects.filter(pk__in=[i.pk for i in items]).select_related("company", "entry").order_by("pk"))
    if any(i.closed_on for i in items):
        raise SettledAlready()
    grounds = grounds_of(items)
    conceded, drafts = [], []
    for item in items:
        given_up = item.open_amount if amount is None else amount.copy_sign(item.open_amount)
        if abs(given_up) > abs(item.open_amount):
            raise SettledAlready()
        row = written_off(item, given_up, grounds.reason(item, code), reason)
        conceded.append([row])
        drafts.append(
            SettlementDraft(
                item.company_id,
                on,
                {item.pk: given_up},
                reason=reason,
                source=(OpenItem._meta.db_table, item.pk),
                memo=f"Write-off: {reason}",
                concessions=[row.concession],
            )
        )
    keep(settle(drafts, actor=actor), conceded)


@action(
    OpenItem,
    permission="payments.write_off",
    name="write_off",
    title=_("Write off"),
    needs_reason=True,
    dangerous=True,
    done=_("Written off"),
)
def write_off_items(
    items: DocumentSet[OpenItem],
    *,
    on: date,
    code: Annotated[int, Field(json_schema_extra={"resource": "write-off-reasons"})] | None = None,
    amount: Amount | None = None,
) -> None:
    """Give up open receivables, or ``amount`` of each, for the reason ``code``; why is kept on the entry and the settlement."""
    write_off(items.rows, on=on, reason=items.reason, actor=items.actor, code=code, amount=amount)


@action(
    Difference,
    permission="payments.write_off",
    name="take_back",
    title=pgettext_lazy("a write-off", "Take back"),
    needs_reason=True,
    dangerous=True,
    done=_("Taken back"),
)
def take_back(differences: DocumentSet[Difference], *, on: date) -> None:
    """Take write-offs back, when the customer pays after all: the items are open again, entry and settlement get their mirrors.

    Discounts and small differences go back when their payment is unapplied.
    """
    undone = set(
        Settlement.objects.filter(pk__in=[d.settlement_id for d in differences], reversed_by__isnull=False).values_list("pk", flat=True)
    )
    for row in differences:
        if row.kind != Difference.WRITE_OFF:
            raise GoesWithItsPayment(what=row, rows=rows_json([row]))
        if row.settlement_id in undone:
            raise TakenBackAlready(what=row, rows=rows_json([row]))
    settlements = Settlement.objects.filter(pk__in={d.settlement_id for d in differences}).select_related(
        "entry__journal", "entry__fiscal_year"
    )
    unsettle(list(settlements.order_by("pk")), on=on, reason=differences.reason, actor=differences.actor)


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
