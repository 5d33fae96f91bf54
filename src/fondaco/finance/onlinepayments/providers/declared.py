"""What a provider can do: open a page to pay on, give money back, say his fee, and be read when he tells of something."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar


class NotSaid(Exception):
    """The provider did not answer, or not yet; whether he did what was asked is not known. It is asked again."""


class Refused(Exception):
    """The provider will not; the text is his own."""


class NotSigned(Exception):
    """A notice whose signature or time is wrong."""


@dataclass(frozen=True)
class Asked:
    """A payment as a provider is told of it. ``reference`` is ours, the same in every call, so that a repeated one is known."""

    reference: str
    amount: Decimal
    currency: str
    decimals: int
    title: str
    email: str
    back: str


@dataclass(frozen=True)
class Begun:
    """His name of the payment, and the page on which it is paid."""

    intent: str
    page: str


@dataclass(frozen=True)
class Told:
    """One event as a provider told it. ``amount`` is in ``currency``; ``refund`` his name of a refund, ``refund_reference`` ours."""

    event: str
    kind: str
    reference: str = ""
    intent: str = ""
    amount: Decimal | None = None
    currency: str = ""
    fee: Decimal | None = None
    refund: str = ""
    refund_reference: str = ""
    words: str = ""


class Provider(Protocol):
    """How one provider is spoken to. Raises NotSaid, Refused; ``read`` NotSigned."""

    def off_because(self) -> str:
        """The settings that are missing; empty where he can be used."""

    def begin(self, asked: Asked) -> Begun:
        """Open the page on which it is paid; again for the same reference, the same page."""

    def end(self, intent: str) -> bool:
        """Close the page of a payment, so that nobody pays on it any more; False where it is too late: it is paid, or being paid."""

    def give_back(self, intent: str, reference: str, amount: Decimal, currency: str, decimals: int) -> Told | None:
        """Give money back; what he says at once, or nothing where he tells later."""

    def fee(self, intent: str, decimals: int) -> Decimal | None:
        """What he keeps of a payment, in its currency; nothing where he has not said it yet."""

    def read(self, body: bytes, headers: Mapping[str, str], decimals: Callable[[str], int]) -> Sequence[Told]:
        """What a notice says, once its signature is right."""


P = TypeVar("P", bound=type)
PROVIDERS: dict[str, Provider] = {}


def provider(kind: str) -> Callable[[P], P]:
    """Declare how providers of a kind are spoken to."""

    def declare(made: P) -> P:
        PROVIDERS[kind] = made()
        return made

    return declare
