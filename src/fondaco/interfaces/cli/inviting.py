"""What ``serve`` prints on an installation without a company: the address with a fresh set-up key."""

from fondaco.config import settings as configuration
from fondaco.localizations.founding import is_founded
from fondaco.platform.access.links import make_set_up_key
from fondaco.platform.database.tenancy import public_address, served, serving, several
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.tenants.directory import tenants


def invitations(address: str) -> str:
    """The invitation of this installation, or of each of its tenants that is served; empty where all have their company."""
    if not several():
        return invitation(address)
    found = []
    for tenant in tenants():
        if tenant.is_served:
            with serving(tenant):
                found.append(invitation(address))
    return "".join(found)


def invitation(address: str) -> str:
    """The address that sets up the installation, ending all earlier keys; empty once there is a company."""
    with unit_of_work("program.serve", "setup.key"):
        if is_founded():
            return ""
        key = make_set_up_key()
    tenant = served()
    what = f"The tenant {tenant.name}" if tenant else "This installation"
    base = public_address(configuration.PUBLIC_ADDRESS if configuration.ADDRESS_GIVEN else address)
    return f"\n{what} has no company yet. Set it up in the browser; the key works once, and until the next start:\n  {base}/-/set-up?key={key}\n"
