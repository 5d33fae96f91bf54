"""The verbs of online payments: begin, book what came, book fees, give back, close by hand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.finance.ledger import entries as ledger
from fondaco.finance.ledger.settling import lock_items
from fondaco.finance.onlinepayments.models import OnlinePayment, OnlinePaymentPart, OnlineRefund, PaymentProvider, own_reference
from fondaco.finance.onlinepayments.posting import fee_entry
from fondaco.finance.onlinepayments.queries import credits_of, given_back, items_of_receipts, locked_items
from fondaco.finance.onlinepayments.refusals import NotBooked, NotPaidYet, RefundTooMuch
from fondaco.finance.payments.actions import post as post_payments
from fondaco.finance.payments.models import Allocation, Payment
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import decimals_of, rate_table
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.money import ZERO, priced, rounded

CHANNEL = "onlinepayments"
PROGRAM = Actor.program("onlinepayments")
Amount = Annotated[Decimal | None, Field(gt=0, max_digits=20, decimal_places=4)]


def message(what: str, key: int, about: str = "") -> OutboxMessage:
    """What is to be done about an online payment or refund after the commit, each effect once."""
    name = f"onlinepayments.{what}:{key}{about}"
    return OutboxMessage(key=name, created_at=timezone.now(), channel=CHANNEL, payload={"what": what, "id": key})


def begin(provider: PaymentProvider, party: int, parts: Mapping[int, Decimal], currency: str, actor: Actor) -> OnlinePayment:
    """Set out to pay items through a provider: written down before he hears of it. Three statements."""
    payment = OnlinePayment(
        company_id=provider.company_id, provider=provider, party_id=party, currency_id=currency, amount=sum(parts.values(), ZERO), by=actor.username
    )  # fmt: skip
    DocumentSet(OnlinePayment, [payment], actor).draw_numbers()
    insert_rows(OnlinePayment, [payment])
    insert_rows(
        OnlinePaymentPart, [OnlinePaymentPart(online_payment=payment, item_id=item, amount=amount) for item, amount in parts.items()]
    )
    return payment


# ------------------------------------------------------------------ into the books


@action(OnlinePayment, moves={"paid": "booked"}, permission="onlinepayments.book_payment", title=_("Book"), done=_("Booked"))
def book(payments: DocumentSet[OnlinePayment]) -> None:
    """Book what providers took: a receipt on the account with the provider, settled with the items it was meant for as far as they are still
    open; the rest (``excess``) stays on the customer's account, for somebody to give back or apply. What the provider keeps is booked with it where he has said it. Statements: constant."""
    providers = PaymentProvider.objects.select_related("bank_account").in_bulk({p.provider_id for p in payments})
    parts = list(OnlinePaymentPart.objects.filter(online_payment__in=payments.ids).order_by("online_payment_id", "item__due_on", "item_id"))
    # Who pays the same item otherwise waits here, or was first.
    lock_items(part.item_id for part in parts)
    items = locked_items(part.item_id for part in parts)
    left = {key: max(item.open_amount, ZERO) for key, item in items.items()}
    receipts = {
        p.pk: Payment(
            company_id=p.company_id, kind=Payment.RECEIVED, party_id=p.party_id, on=_day(p), currency_id=p.currency_id, amount=p.amount,
            account_id=providers[p.provider_id].bank_account.account_id, reference=p.number or "", memo=providers[p.provider_id].name,
        )
        for p in payments
    }  # fmt: skip
    insert_rows(Payment, list(receipts.values()))
    allocations = []
    for position, part in enumerate(parts):
        amount = min(part.amount, left[part.item_id])
        if amount > 0:
            left[part.item_id] -= amount
            allocations.append(Allocation(payment=receipts[part.online_payment_id], position=position, item_id=part.item_id, amount=amount))
    insert_rows(Allocation, allocations)
    _post(receipts.values(), payments.actor)
    settled: dict[Payment, Decimal] = defaultdict(Decimal)
    for allocation in allocations:
        settled[allocation.payment] += allocation.amount
    for p in payments:
        p.payment, p.excess = receipts[p.pk], p.amount - settled[receipts[p.pk]]
    payments.save_with_state("payment", "excess")
    _book_fees([p for p in payments if p.fee], providers, payments.actor)
    payments.made["payments"] = [r.pk for r in receipts.values()]


def _day(payment: OnlinePayment) -> date:
    return timezone.localdate(payment.paid_at) if payment.paid_at else payment.on


def _post(rows: Iterable[Payment], actor: Actor) -> None:
    """Post receipts or refunds by the verb of payments, inside ours: it moves their state, as its own path would."""
    drafts = DocumentSet(Payment, list(rows), actor)
    post_payments(drafts)
    for row in drafts:
        row.state = "posted"
    drafts.write_state(drafts.rows)


@action(
    OnlinePayment, moves={"booked": "booked"}, permission="onlinepayments.book_payment", title=_("Book fee"), done=_("Fee booked"),
    only_when=Q(fee__gt=0, fee_entry__isnull=True),
)  # fmt: skip
def book_fee(payments: DocumentSet[OnlinePayment]) -> None:
    """Book what providers kept of payments and told later; what is booked already stays as it is."""
    rows = [p for p in payments if p.fee and p.fee_entry_id is None]
    _book_fees(rows, PaymentProvider.objects.select_related("bank_account").in_bulk({p.provider_id for p in rows}), payments.actor)


def _book_fees(payments: Sequence[OnlinePayment], providers: Mapping[int, PaymentProvider], actor: Actor) -> None:
    if not payments:
        return
    companies = Company.objects.in_bulk({p.company_id for p in payments})
    decimals = decimals_of({c.currency_id for c in companies.values()})
    rates = {pk: rate_table(c, {p.currency_id for p in payments if p.company_id == pk}) for pk, c in companies.items()}
    drafts = []
    for p in payments:
        home = companies[p.company_id].currency_id
        base = rounded((p.fee or ZERO) * rates[p.company_id].rate(p.currency_id, _day(p)), decimals[home])
        drafts.append(fee_entry(p, providers[p.provider_id].bank_account.account_id, _day(p), base))
    for p, entry in zip(payments, ledger.post(drafts, actor=actor), strict=True):
        p.fee_entry = entry
    DocumentSet(OnlinePayment, list(payments), actor).save("fee_entry")


# ------------------------------------------------------------------ giving back


@action(
    OnlinePayment, moves={"booked": "booked"}, permission="onlinepayments.refund_payment", title=_("Give back"), needs_reason=True, dangerous=True,
    done=_("The provider is asked to give it back"),
)  # fmt: skip
def refund(payments: DocumentSet[OnlinePayment], *, amount: Amount = None) -> None:
    """Have the provider give money back to who paid it: all that is left, or ``amount`` of each. It is booked when he says that he did."""
    back = given_back(payments.ids)
    rows = []
    for p in payments:
        if p.payment_id is None:
            raise NotBooked(document=p, rows=rows_json([p]))
        left = p.amount - back[p.pk]
        if (amount or left) > left or not left:
            figures = {"asked": priced(amount or left), "amount": priced(p.amount, p.currency_id), "left": priced(left)}
            raise RefundTooMuch(document=p, **figures, rows=rows_json([p]))
        rows.append(OnlineRefund(company_id=p.company_id, online_payment=p, amount=amount or left, reason=payments.reason))
    DocumentSet(OnlineRefund, rows, payments.actor).draw_numbers()
    insert_rows(OnlineRefund, rows)
    insert_rows(OutboxMessage, [message("give_back", r.pk) for r in rows])
    payments.made["online-refunds"] = [r.pk for r in rows]


def refund_told(payment: OnlinePayment, amount: Decimal, name: str) -> OnlineRefund:
    """Write down a refund that was made on the provider's own pages."""
    row = OnlineRefund(
        company_id=payment.company_id, online_payment=payment, amount=amount, given_back=name, reference=own_reference(), reason="",
    )  # fmt: skip
    DocumentSet(OnlineRefund, [row], PROGRAM).draw_numbers()
    insert_rows(OnlineRefund, [row])
    return row


@action(OnlineRefund, moves={"asked": "done"}, permission="onlinepayments.book_payment", title=_("Book"), done=_("Booked"), hidden=True)
def book_refund(refunds: DocumentSet[OnlineRefund]) -> None:
    """Book what providers gave back: a refund out of the account with the provider, settled with what the payment left on the customer's account,
    then with what else he has to his credit, the oldest first; the rest stays on his account. Statements: constant."""
    payments = OnlinePayment.objects.select_related("provider__bank_account", "payment").in_bulk({r.online_payment_id for r in refunds})
    if early := [r for r in refunds if payments[r.online_payment_id].payment_id is None]:
        raise NotPaidYet(refund=early[0], rows=rows_json(early))
    rows = {}
    for r in refunds:
        p = payments[r.online_payment_id]
        rows[r.pk] = Payment(
            company_id=r.company_id, kind=Payment.REFUND, party_id=p.party_id, on=timezone.localdate(), currency_id=p.currency_id, amount=r.amount,
            account_id=p.provider.bank_account.account_id, reference=r.number or "", memo=p.number or "",
        )  # fmt: skip
    insert_rows(Payment, list(rows.values()))
    owed = credits_of((p.company_id, p.party_id, p.currency_id) for p in payments.values())
    lock_items(key for parts in owed.values() for key, _amount in parts)
    owed = credits_of(owed)
    left_by = items_of_receipts(payments.values())
    allocations = []
    for r in refunds:
        row, own = rows[r.pk], left_by.get(r.online_payment_id)
        wanted, parts = row.amount, owed[row.company_id, row.party_id, row.currency_id or ""]
        parts.sort(key=lambda part, own=own: part[0] != own)
        while wanted > 0 and parts:
            key, there = parts.pop(0)
            amount = min(wanted, there)
            wanted -= amount
            allocations.append(Allocation(payment=row, position=len(allocations), item_id=key, amount=amount))
            if there > amount:
                parts.insert(0, (key, there - amount))
    insert_rows(Allocation, allocations)
    _post(rows.values(), refunds.actor)
    for r in refunds:
        r.payment = rows[r.pk]
    refunds.save_with_state("payment")
    refunds.made["payments"] = [r.pk for r in rows.values()]


@action(
    OnlinePayment, moves={"differs": "closed"}, permission="onlinepayments.refund_payment", title=_("Close by hand"), needs_reason=True,
    done=_("Closed"),
)  # fmt: skip
def close_by_hand(payments: DocumentSet[OnlinePayment]) -> None:
    """Say that somebody has looked at payments of which another amount came, and what was done: the receipt was entered by hand, or the money given back."""
