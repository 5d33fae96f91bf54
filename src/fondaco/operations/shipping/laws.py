"""Which countries ask for a paper that goes with goods, told by their localizations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class TransportLaw:
    """What the law of a country asks for. ``title`` and ``law`` stand on the paper as they are; ``invoice_by`` is the last day on which
    the invoice of a delivery may be dated."""

    country: str
    title: str
    law: str
    invoice_by: Callable[[date], date]


LAWS: dict[str, TransportLaw] = {}


def transport_law(law: TransportLaw) -> TransportLaw:
    """Make the law of a country known; deliveries of its companies are accompanied from then on."""
    LAWS[law.country] = law
    return law
