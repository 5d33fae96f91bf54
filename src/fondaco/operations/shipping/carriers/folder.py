"""The plain way: a booking is a JSON file that another program takes, numbers and events come back as files. The label is our own.

Files lie in ``<home>/carriers/out/<reference>.json``; what comes back in ``<home>/carriers/in`` (``following``).
"""

from collections.abc import Sequence
from pathlib import Path

from fondaco.operations.shipping.carriers.declared import Booked, Booking, Event, NotCarried, way
from fondaco.platform.database.configuration import home_folder
from fondaco.platform.database.tenancy import own_folder
from fondaco.platform.events.dropping import OtherContent, drop


def folder(*parts: str) -> Path:
    """Where files are dropped and fetched; of the tenant being served, where there are several."""
    return own_folder(home_folder() / "carriers").joinpath(*parts)


@way("folder")
class Folder:
    """Files for a program beside this one."""

    needs: frozenset[str] = frozenset()
    has_labels = False

    def off_because(self) -> str:
        return ""

    def book(self, booking: Booking) -> Booked:
        self._drop(f"{booking.reference}.json", booking.model_dump_json(indent=1))
        return Booked("")

    def find(self, booking: Booking) -> Booked | None:
        return None

    def cancel(self, booking: Booking, booked: Booked, reason: str) -> None:
        self._drop(
            f"{booking.reference}.cancelled.json",
            booking.model_dump_json(include={"reference", "company", "carrier", "delivery", "account"}),
        )

    def follow(self, trackings: Sequence[str], time_zone: str) -> Sequence[Event]:
        return ()

    def _drop(self, name: str, text: str) -> None:
        try:
            drop(folder("out", name), f"{text}\n".encode())
        except OtherContent as error:
            raise NotCarried(str(error)) from error
