"""``tenant``: who is served by an installation of several: make, list, move, suspend and resume them."""

import argparse
from collections.abc import Callable

from django.conf import settings

from fondaco.interfaces.cli.inviting import invitation
from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database import tenancy
from fondaco.platform.database.configuration import alone, ensure_running, home_folder, prepare_database
from fondaco.platform.tenants import directory, provisioning


def tenant_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", help="make a tenant with a schema of its own")
    create.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    create.add_argument("--host", action="append", required=True, metavar="HOST", help="a host that leads to it; the first stands in mails")
    hosts = verbs.add_parser("hosts", help="say anew which hosts lead to a tenant")
    hosts.add_argument("name", metavar="NAME")
    hosts.add_argument("host", nargs="+", metavar="HOST", help="all of them; the first stands in mails")
    verbs.add_parser("list", help="all tenants, their hosts and whether they are served")
    for verb, what in (("suspend", "turn everybody away from a tenant; its data stays"), ("resume", "serve a suspended tenant again")):
        verbs.add_parser(verb, help=what).add_argument("name", metavar="NAME")
    return work


def work(given: argparse.Namespace) -> None:
    if not tenancy.several():
        raise ProcessFault("This installation serves one tenant only. To serve several from one database, set FONDACO_TENANCY=schema.")
    ensure_running()
    VERBS[given.verb](given)


def create(given: argparse.Namespace) -> None:
    home = home_folder()
    home.mkdir(parents=True, exist_ok=True)
    with alone(home, "migrating"):
        prepare_database(home)
        tenant = provisioning.create(given.name, given.host)
    print(f"The tenant {tenant.name} is served at {', '.join(tenant.hosts)}.")
    with tenancy.serving(tenant):
        print(invitation(settings.PUBLIC_ADDRESS), end="")


def show(_given: argparse.Namespace) -> None:
    found = directory.tenants() if directory.exists() else []
    width = max([len(tenant.name) for tenant in found], default=0)
    for tenant in found:
        state = "behind" if tenant.fault else tenant.state
        print(f"{tenant.name:<{width}}  {state:<9}  {', '.join(tenant.hosts)}")
        if tenant.fault:
            print(f"{'':<{width}}  {tenant.fault.splitlines()[0]}")
    print(f"{len(found)} tenants." if found else "There is no tenant yet.")


def move(given: argparse.Namespace) -> None:
    _refuse_without_tenants()
    provisioning.move(given.name, given.host)
    print(f"The tenant {given.name} is served at {', '.join(directory.tenant_named(given.name).hosts)}.")


def change(given: argparse.Namespace) -> None:
    _refuse_without_tenants()
    directory.set_state(given.name, STATES[given.verb])
    print(f"The tenant {given.name} is {STATES[given.verb]}.")


def _refuse_without_tenants() -> None:
    if not directory.exists():
        raise ProcessFault("There is no tenant yet. Make one first: ./fondaco tenant create NAME --host HOST")


STATES = {"suspend": tenancy.SUSPENDED, "resume": tenancy.ACTIVE}
VERBS: dict[str, Callable[[argparse.Namespace], None]] = {
    "create": create,
    "hosts": move,
    "list": show,
    "suspend": change,
    "resume": change,
}
