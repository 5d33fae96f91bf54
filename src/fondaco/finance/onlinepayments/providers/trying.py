"""A provider to try things with: its page is our own, no money moves. It is there only where FONDACO_TEST_PAYMENTS holds a secret.

Its notices are signed like any other program's (``platform.events.signing``), so that they are read the way a real one's are.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from fondaco.finance.onlinepayments.providers.declared import Asked, Begun, NotSigned, Told, provider
from fondaco.platform.events.signing import is_signed, signature
from fondaco.platform.money import rounded
from fondaco.platform.resources.strict_json import NotStrict, loads

#: What it keeps: so many percent, and so much.
PERCENT, FIXED = Decimal("1.4"), Decimal("0.25")
KINDS = {"paid", "failed", "expired", "refunded"}


def secret() -> bytes:
    """The secret that notices are signed with; empty where the provider is not enabled."""
    return os.environ.get("FONDACO_TEST_PAYMENTS", "").encode()


def page_of(reference: str) -> str:
    """The path of the page on which a payment is made."""
    return f"/pay/test/{reference}"


def fee_of(amount: Decimal, decimals: int) -> Decimal:
    """What it keeps of an amount."""
    return min(amount, rounded(amount * PERCENT / 100, decimals) + rounded(FIXED, decimals))


def notice(kind: str, reference: str, amount: Decimal, currency: str, decimals: int, **more: str) -> tuple[bytes, dict[str, str]]:
    """A signed notice, as body and headers. The same thing told twice has the same name."""
    said: dict[str, Any] = {"kind": kind, "reference": reference, "amount": str(amount), "currency": currency, **more}
    if kind == "paid":
        said["fee"] = str(fee_of(amount, decimals))
    name = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]
    body = json.dumps({"id": f"evt_{name}", **said}).encode()
    moment = str(int(time.time()))
    return body, {"X-Moment": moment, "X-Signature": signature(secret(), body, moment)}


@provider("test")
class Trial:
    """The test provider."""

    def off_because(self) -> str:
        return "" if secret() else "FONDACO_TEST_PAYMENTS"

    def begin(self, asked: Asked) -> Begun:
        return Begun(f"test_{asked.reference}", page_of(asked.reference))

    def end(self, intent: str) -> bool:
        return True

    def give_back(self, intent: str, reference: str, amount: Decimal, currency: str, decimals: int) -> Told | None:
        return Told(
            f"evt_{reference}", "refunded", intent.removeprefix("test_"), intent, amount, currency, refund=f"re_{reference}",
            refund_reference=reference,
        )  # fmt: skip

    def fee(self, intent: str, decimals: int) -> Decimal | None:
        return None

    def read(self, body: bytes, headers: Mapping[str, str], decimals: Callable[[str], int]) -> Sequence[Told]:
        if not is_signed(secret(), body, headers.get("X-Moment", ""), headers.get("X-Signature", "")):
            raise NotSigned
        try:
            said = loads(body)
            fee = Decimal(said["fee"]) if "fee" in said else None
            told = Told(
                str(said["id"])[:200], str(said["kind"]), str(said["reference"])[:100], f"test_{said['reference']}"[:200], Decimal(said["amount"]),
                str(said["currency"])[:3], fee,
            )  # fmt: skip
        except (NotStrict, KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise NotSigned from error
        return [told] if told.kind in KINDS else []
