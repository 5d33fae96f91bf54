"""What happens here when others act: tax that was withheld becomes due when the bill is paid."""

from collections.abc import Sequence

from fondaco.finance.payables.keeping import make_due
from fondaco.finance.payables.queries import Settlement
from fondaco.platform.access.actors import Actor
from fondaco.platform.events.bus import reacts_to


@reacts_to("ledger.settled")
def withhold_from_what_was_paid(settlements: Sequence[Settlement], actor: Actor) -> None:
    """The share of the tax that was paid for becomes due, or waits again when a payment is taken back."""
    make_due(settlements, actor=actor)
