"""What ``serve`` prints on an installation without a company: the address with a fresh set-up key."""

from fondaco.config import settings as configuration
from fondaco.localizations.founding import is_founded
from fondaco.platform.access.links import make_set_up_key
from fondaco.platform.database.unit import unit_of_work


def invitation(address: str) -> str:
    """The address that sets up the installation, ending all earlier keys; empty once there is a company."""
    with unit_of_work("program.serve", "setup.key"):
        if is_founded():
            return ""
        key = make_set_up_key()
    base = configuration.PUBLIC_ADDRESS if configuration.ADDRESS_GIVEN else address
    return f"\nThis installation has no company yet. Set it up in the browser; the key works once, and until the next start:\n  {base.rstrip('/')}/-/set-up?key={key}\n"
