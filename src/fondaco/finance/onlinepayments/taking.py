"""What providers tell: kept word for word, once, then judged. Booking follows by the outbox, so that nothing that was told is lost.

A notice is written down with what follows from it in one transaction, and only then answered; whoever is killed before has kept nothing, and the
provider tells it again. The receipt is posted afterwards by the worker: once, however often it is tried.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from fondaco.finance.onlinepayments.actions import CHANNEL, PROGRAM, book, book_fee, book_refund, message, refund_told
from fondaco.finance.onlinepayments.models import OnlinePayment, OnlineRefund, ProviderEvent
from fondaco.finance.onlinepayments.providers.declared import PROVIDERS, NotSaid, Refused, Told
from fondaco.masterdata.companies.models import Currency
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.documents.performing import perform
from fondaco.platform.events.models import OutboxMessage
from fondaco.platform.events.sending import carries

ACTOR = PROGRAM.username
UNPAID = (OnlinePayment.OPEN, OnlinePayment.FAILED, OnlinePayment.EXPIRED)
KEPT = 100_000


def _decimals() -> Callable[[str], int]:
    known = dict(Currency.objects.values_list("code", "decimals"))
    return lambda code: known.get(code, 2)


def take(kind: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Take a notice of a provider; how many of its events are new. Raises NotSigned."""
    told = PROVIDERS[kind].read(body, headers, _decimals())
    return sum(note(kind, one, body.decode(errors="replace").replace("\x00", "")[:KEPT]) for one in told)


def note(kind: str, told: Told, content: str = "") -> bool:
    """Write one event down and do what follows from it; whether it is new. The same event again, at the same moment too, does nothing."""
    with unit_of_work(ACTOR, "onlinepayments.notice"):
        payment = _payment(kind, told)
        event = ProviderEvent(
            provider_kind=kind, event=told.event, kind=told.kind, online_payment=payment, amount=told.amount, currency=told.currency,
            content=content or f"{told}"[:KEPT], problem=_problem(payment, told),
        )  # fmt: skip
        try:
            # Two at once: the second waits here for the first to commit, and is refused.
            with transaction.atomic():
                insert_rows(ProviderEvent, [event])
        except IntegrityError:
            return False
        if payment is not None:
            FOLLOWS.get(told.kind, _nothing)(payment, told, event.problem)
        return True


def _payment(kind: str, told: Told) -> OnlinePayment | None:
    """The payment that is told of, locked: by our reference, else by the provider's name of it."""
    rows = OnlinePayment.objects.select_for_update(of=("self",)).filter(provider__kind=kind)
    if told.reference:
        return rows.filter(reference=told.reference).first()
    if told.refund_reference:
        return rows.filter(refunds__reference=told.refund_reference).first()
    return rows.filter(intent=told.intent).order_by("pk").first() if told.intent else None


def _problem(payment: OnlinePayment | None, told: Told) -> str:
    """What does not fit; empty where all does."""
    if payment is None:
        return "" if told.kind in ("other", "fee") else "no payment of ours has this reference"
    if told.kind == "paid" and (told.amount, told.currency) != (payment.amount, payment.currency_id):
        return f"{told.amount} {told.currency} came, {payment.amount.normalize():f} {payment.currency_id} was to come"
    if told.kind == "refunded" and (told.currency != payment.currency_id or not told.amount or told.amount < 0):
        return f"{told.amount} {told.currency} was given back of {payment.amount.normalize():f} {payment.currency_id}"
    return ""


def _nothing(payment: OnlinePayment, told: Told, problem: str) -> None:
    """What needs nothing of us."""


def _paid(payment: OnlinePayment, told: Told, problem: str) -> None:
    """It is paid, also where it failed or expired before; told once more, nothing follows."""
    if payment.state not in UNPAID:
        return
    payment.state = OnlinePayment.DIFFERS if problem else OnlinePayment.PAID
    payment.paid_at, payment.intent, payment.fee, payment.said = timezone.now(), told.intent or payment.intent, told.fee, problem
    _save(payment, "state", "paid_at", "intent", "fee", "said")
    if not problem:
        _follow("book", payment.pk)
        if told.fee is None:
            _follow("fee", payment.pk)


def _not_paid(payment: OnlinePayment, told: Told, problem: str) -> None:
    """An attempt failed, or time ran out: nothing, where it was paid meanwhile."""
    if payment.state in UNPAID:
        payment.state = OnlinePayment.FAILED if told.kind == "failed" else OnlinePayment.EXPIRED
        _save(payment, "state")


def _refunded(payment: OnlinePayment, told: Told, problem: str) -> None:
    """Money went back: the refund that we asked for, or one made on the provider's pages. The same refund told twice is one."""
    rows = OnlineRefund.objects.select_for_update(of=("self",)).filter(online_payment=payment)
    known = rows.filter(reference=told.refund_reference).first() if told.refund_reference else None
    row = known or rows.filter(given_back=told.refund).first()
    if problem or told.amount is None or (row is not None and (row.state != OnlineRefund.ASKED or row.amount != told.amount)):
        return
    if row is None:
        row = refund_told(payment, told.amount, told.refund)
    elif not row.given_back:
        row.given_back = told.refund
        DocumentSet(OnlineRefund, [row], PROGRAM).save("given_back")
    _follow("refunded", row.pk)


def _refund_failed(payment: OnlinePayment, told: Told, problem: str) -> None:
    row = OnlineRefund.objects.select_for_update(of=("self",)).filter(online_payment=payment, state=OnlineRefund.ASKED)
    found = row.filter(reference=told.refund_reference).first() if told.refund_reference else row.filter(given_back=told.refund).first()
    if found is not None:
        _refuse(found, told.words)


def _refuse(row: OnlineRefund, words: str) -> None:
    row.state, row.said = OnlineRefund.REFUSED, words
    DocumentSet(OnlineRefund, [row], PROGRAM).save("state", "said")


FOLLOWS: dict[str, Callable[[OnlinePayment, Told, str], None]] = {
    "paid": _paid, "failed": _not_paid, "expired": _not_paid, "refunded": _refunded, "refund_failed": _refund_failed,
}  # fmt: skip


def _save(payment: OnlinePayment, *fields: str) -> None:
    DocumentSet(OnlinePayment, [payment], PROGRAM).save(*fields)


def _follow(what: str, key: int) -> None:
    """Have it done after the commit, once."""
    OutboxMessage.objects.bulk_create([message(what, key)], ignore_conflicts=True)


# ------------------------------------------------------------------ what follows, after the commit


@carries(CHANNEL)
def carry(key: str, payload: Mapping[str, Any]) -> None:
    """Do what follows: book, ask for the fee, have money given back. Each looks first whether it is done already, so that a worker who died
    before he could say so does nothing twice; what is not possible yet is tried again with growing pauses."""
    CARRIED[payload["what"]](payload["id"])


def _book(key: int) -> None:
    with unit_of_work(ACTOR, "onlinepayments.carry"):
        # Two workers: the second waits here for the first.
        if OnlinePayment.objects.select_for_update().filter(pk=key, state=OnlinePayment.PAID).exists():
            perform(PROGRAM, book, [key])


def _ask_fee(key: int) -> None:
    with unit_of_work(ACTOR, "onlinepayments.carry"):
        payment = OnlinePayment.objects.select_related("provider", "currency").get(pk=key)
    if payment.fee is None:
        try:
            fee = PROVIDERS[payment.provider.kind].fee(payment.intent, payment.currency.decimals)
        except Refused as words:
            _say(key, str(words))
            return
        if fee is None:
            raise NotSaid("the provider has not said his fee yet")
        with unit_of_work(ACTOR, "onlinepayments.carry"):
            row = OnlinePayment.objects.select_for_update().get(pk=key, fee_entry=None)
            row.fee = fee
            _save(row, "fee")
    with unit_of_work(ACTOR, "onlinepayments.carry"):
        # Booked before it was said, it is booked now; else it goes with the receipt.
        if OnlinePayment.objects.select_for_update().filter(pk=key, state=OnlinePayment.BOOKED, fee_entry=None, fee__gt=0).exists():
            perform(PROGRAM, book_fee, [key])


def _say(key: int, words: str) -> None:
    with unit_of_work(ACTOR, "onlinepayments.carry"):
        row = OnlinePayment.objects.select_for_update().get(pk=key)
        row.said = words
        _save(row, "said")


def _give_back(key: int) -> None:
    with unit_of_work(ACTOR, "onlinepayments.carry"):
        row = OnlineRefund.objects.select_related("online_payment__provider", "online_payment__currency").get(pk=key)
    if row.state != OnlineRefund.ASKED or row.given_back:
        return
    p = row.online_payment
    try:
        told = PROVIDERS[p.provider.kind].give_back(p.intent, row.reference, row.amount, p.currency_id, p.currency.decimals)
    except Refused as words:
        with unit_of_work(ACTOR, "onlinepayments.carry"):
            _refuse(OnlineRefund.objects.select_for_update().get(pk=key, state=OnlineRefund.ASKED), str(words))
        return
    if told is not None:
        note(p.provider.kind, told)


def _book_refund(key: int) -> None:
    with unit_of_work(ACTOR, "onlinepayments.carry"):
        if OnlineRefund.objects.select_for_update().filter(pk=key, state=OnlineRefund.ASKED).exists():
            perform(PROGRAM, book_refund, [key])


CARRIED: dict[str, Callable[[int], None]] = {"book": _book, "fee": _ask_fee, "give_back": _give_back, "refunded": _book_refund}
