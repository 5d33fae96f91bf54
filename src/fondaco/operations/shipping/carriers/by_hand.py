"""Nobody's interface: booked by telephone or on the carrier's own pages; the number is typed, the label is our own."""

from collections.abc import Sequence

from fondaco.operations.shipping.carriers.declared import Booked, Booking, Event, way


@way("by_hand")
class ByHand:
    """What people tell each other."""

    needs: frozenset[str] = frozenset()
    has_labels = False

    def off_because(self) -> str:
        return ""

    def book(self, booking: Booking) -> Booked:
        return Booked("")

    def find(self, booking: Booking) -> Booked | None:
        return None

    def cancel(self, booking: Booking, booked: Booked, reason: str) -> None:
        return None

    def follow(self, trackings: Sequence[str], time_zone: str) -> Sequence[Event]:
        return ()
