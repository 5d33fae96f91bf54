"""What ``serve`` and ``tenant create`` print where there is no company yet: the address with a fresh set-up key."""

from fondaco.config import settings as configuration
from fondaco.localizations.founding import is_founded
from fondaco.platform.access.links import make_set_up_key
from fondaco.platform.database import tenancy
from fondaco.platform.database.tenancy import Tenant, serving
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.tenants import directory


def invitations(address: str) -> str:
    """The invitation of this installation, or of each of its tenants that is served."""
    if not tenancy.several():
        return invitation(address)
    waiting = directory.tenants() if directory.exists() else []
    return "".join(invitation(address, tenant) for tenant in waiting if tenant.is_served)


def invitation(address: str = "", tenant: Tenant | None = None) -> str:
    """The address that sets up an installation, or one of its tenants, ending all earlier keys; empty once there is a company."""
    with serving(tenant), unit_of_work("program.serve", "setup.key"):
        if is_founded():
            return ""
        key = make_set_up_key()
        base = tenancy.public_address() if tenant or configuration.ADDRESS_GIVEN or not address else address.rstrip("/")
    whose = f"The tenant {tenant.name}" if tenant else "This installation"
    return f"\n{whose} has no company yet. Set it up in the browser; the key works once, and until the next start:\n  {base}/-/set-up?key={key}\n"
