"""Stripe by its REST interface: Checkout Sessions to pay on, Refunds, fees by the balance transaction, and notices by its signature scheme.

FONDACO_STRIPE_KEY proves who we are, FONDACO_STRIPE_WEBHOOK_SECRET signs what Stripe tells; without the second the address for notices is
not there. FONDACO_STRIPE_URL is the address, Stripe's own unless it is set. Written after the published documentation and never tried
against Stripe itself: try it with a test key before the first euro.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fondaco.finance.onlinepayments.providers.declared import Asked, Begun, NotSaid, NotSigned, Refused, Told, provider
from fondaco.platform.events.calling import NoAnswer, call, is_address
from fondaco.platform.resources.strict_json import NotStrict, loads

OWN_ADDRESS = "https://api.stripe.com"
VERSION = "2024-06-20"
#: A customer waits for the page; nothing else is in a hurry.
SECONDS_BEGIN, SECONDS = 8, 30
LARGEST = 1024 * 1024
#: A notice older or younger than so many seconds is not taken.
SLACK = 300
#: So many signatures of one notice are looked at: there are two while a secret is replaced.
SIGNATURES = 5
#: Stripe counts these in hundredths, although they have none.
EXPONENTS = {"ISK": 2, "UGX": 2}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
DONE, FAILED = {"succeeded"}, {"failed", "canceled"}


def secret() -> bytes:
    """The secret of notices; empty where none is set."""
    return os.environ.get("FONDACO_STRIPE_WEBHOOK_SECRET", "").encode()


def _places(currency: str, decimals: int) -> int:
    return EXPONENTS.get(currency.upper(), decimals)


def units(amount: Decimal, currency: str, decimals: int) -> int:
    """An amount in the smallest unit, as Stripe has it."""
    return int(amount.scaleb(_places(currency, decimals)).to_integral_exact())


def amount_of(count: Any, currency: str, decimals: int) -> Decimal | None:
    """The amount behind a number of smallest units."""
    if not isinstance(count, int) or isinstance(count, bool) or abs(count) > 10**15:
        return None
    return Decimal(count).scaleb(-_places(currency, decimals))


@provider("stripe")
class Stripe:
    """Stripe."""

    def off_because(self) -> str:
        if not (os.environ.get("FONDACO_STRIPE_KEY") and secret()):
            return "FONDACO_STRIPE_KEY, FONDACO_STRIPE_WEBHOOK_SECRET"
        return "" if _address() else "FONDACO_STRIPE_URL"

    def begin(self, asked: Asked) -> Begun:
        fields = {
            "mode": "payment", "client_reference_id": asked.reference, "success_url": f"{asked.back}?paid=1", "cancel_url": asked.back,
            "line_items[0][quantity]": "1", "line_items[0][price_data][currency]": asked.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(units(asked.amount, asked.currency, asked.decimals)),
            "line_items[0][price_data][product_data][name]": asked.title[:250], "metadata[reference]": asked.reference,
            "payment_intent_data[metadata][reference]": asked.reference, **({"customer_email": asked.email} if asked.email else {}),
        }  # fmt: skip
        said = _ask("POST", "/v1/checkout/sessions", fields, f"begin-{asked.reference}", seconds=SECONDS_BEGIN)
        page = _text(said, "url", 4000)
        parts = urlsplit(page)
        if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)) or not parts.hostname:
            raise NotSaid("the answer names no page to pay on")
        return Begun(_text(said, "id", 200), page)

    def end(self, intent: str) -> bool:
        page = f"/v1/checkout/sessions/{quote(intent, safe='')}"
        try:
            return _ask("POST", f"{page}/expire", {}, f"end-{intent}", seconds=SECONDS_BEGIN).get("status") == "expired"
        except Refused:
            # A page that is not open any more: over, or paid.
            return _ask("GET", page, seconds=SECONDS_BEGIN).get("status") == "expired"

    def give_back(self, intent: str, reference: str, amount: Decimal, currency: str, decimals: int) -> Told | None:
        fields = {"payment_intent": intent, "amount": str(units(amount, currency, decimals)), "metadata[reference]": reference}
        said = _ask("POST", "/v1/refunds", fields, f"refund-{reference}")
        told = _refund(f"answer_{_text(said, 'id', 200)}_{reference}", said, lambda _currency: decimals)
        return told if told.kind != "other" else None

    def fee(self, intent: str, decimals: int) -> Decimal | None:
        said = _ask("GET", f"/v1/payment_intents/{quote(intent, safe='')}?{urlencode({'expand[]': 'latest_charge.balance_transaction'})}")
        moved = _object(_object(said.get("latest_charge")).get("balance_transaction"))
        if not moved:
            return None
        if str(moved.get("currency", "")).lower() != str(said.get("currency", "")).lower():
            raise Refused(f"the fee is in {str(moved.get('currency', ''))[:3].upper()}")
        return amount_of(moved.get("fee"), str(moved["currency"]), decimals)

    def read(self, body: bytes, headers: Mapping[str, str], decimals: Callable[[str], int]) -> Sequence[Told]:
        if not is_signed(secret(), body, headers.get("Stripe-Signature", "")):
            raise NotSigned
        try:
            event = _object(loads(body))
            kind, what, name = str(event.get("type", "")), _object(_object(event.get("data")).get("object")), _text(event, "id", 200)
        except (NotStrict, NotSaid) as error:
            raise NotSigned from error
        return [_told(name, kind, what, decimals)]


def is_signed(key: bytes, body: bytes, header: str) -> bool:
    """Whether one of the signatures in ``Stripe-Signature: t=…,v1=…`` is right and fresh; compared in constant time."""
    if not key or len(header) > 2000:
        return False
    parts = [part.partition("=") for part in header.split(",")]
    moment = next((value for name, _is, value in parts if name.strip() == "t"), "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12 and abs(time.time() - int(moment)) <= SLACK):
        return False
    right = hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    given = [value.strip() for name, _is, value in parts if name.strip() == "v1"][:SIGNATURES]
    return sum(hmac.compare_digest(right, one.encode()) for one in given) > 0


def _told(name: str, kind: str, what: Mapping[str, Any], decimals: Callable[[str], int]) -> Told:
    currency = str(what.get("currency", ""))[:3].upper()
    own = _object(what.get("metadata")).get("reference") or what.get("client_reference_id") or ""
    reference, intent = str(own)[:100], str(what.get("payment_intent") or "")[:200]

    def amount(field: str) -> Decimal | None:
        return amount_of(what.get(field), currency, decimals(currency)) if currency else None

    if kind in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        if what.get("payment_status") == "paid":
            return Told(name, "paid", reference, intent, amount("amount_total"), currency)
    elif kind == "payment_intent.succeeded":
        return Told(name, "paid", reference, str(what.get("id", ""))[:200], amount("amount_received"), currency)
    elif kind in ("checkout.session.async_payment_failed", "payment_intent.payment_failed"):
        return Told(name, "failed", reference, intent)
    elif kind == "checkout.session.expired":
        return Told(name, "expired", reference, intent)
    elif kind in ("charge.succeeded", "charge.updated"):
        return Told(name, "fee", reference, intent)
    elif kind in ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"):
        return _refund(name, what, decimals)
    return Told(name, "other", reference, intent, words=kind[:100])


def _refund(name: str, what: Mapping[str, Any], decimals: Callable[[str], int]) -> Told:
    currency, state = str(what.get("currency", ""))[:3].upper(), what.get("status")
    kind = "refunded" if state in DONE else "refund_failed" if state in FAILED else "other"
    own = str(_object(what.get("metadata")).get("reference") or "")[:100]
    return Told(
        name, kind, "", str(what.get("payment_intent") or "")[:200], amount_of(what.get("amount"), currency, decimals(currency)) if currency else None,
        currency, refund=str(what.get("id", ""))[:200], refund_reference=own, words=str(what.get("failure_reason") or "")[:500],
    )  # fmt: skip


def _address() -> str:
    given = os.environ.get("FONDACO_STRIPE_URL", "").rstrip("/") or OWN_ADDRESS
    parts = urlsplit(given)
    return given if is_address(given) and (parts.scheme == "https" or parts.hostname in LOOPBACK) else ""


def _ask(method: str, path: str, fields: Mapping[str, str] | None = None, key: str = "", *, seconds: float = SECONDS) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {os.environ.get('FONDACO_STRIPE_KEY', '')}", "Stripe-Version": VERSION}
    body = None
    if fields is not None:
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": key}
        body = urlencode(fields).encode()
    try:
        answer = call(method, f"{_address()}{path}", headers=headers, body=body, seconds=seconds, largest=LARGEST)
    except NoAnswer as error:
        raise NotSaid(str(error)) from error
    try:
        said = _object(loads(answer.body))
    except NotStrict as error:
        raise NotSaid(f"status {answer.status}: {answer.beginning()}") from error
    if answer.is_success:
        return said
    reason = str(_object(said.get("error")).get("message") or answer.beginning())[:500]
    # What Stripe judges about the request; whatever else is about us, the moment or its server.
    if answer.status in (400, 402, 404):
        raise Refused(reason)
    raise NotSaid(f"status {answer.status}: {reason}")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise NotSaid(f"the answer has no {name}")
    return value
