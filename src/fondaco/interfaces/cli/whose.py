"""Whose data a command works on: ``--tenant NAME``, where one installation serves several."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from fondaco.interfaces.cli.commands import ALL, Command
from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database import tenancy
from fondaco.platform.database.configuration import ensure_running, prepare_database
from fondaco.platform.tenants import directory


def add_tenant(parser: argparse.ArgumentParser, command: Command) -> None:
    otherwise = "without it, all in turn" if command.tenant == ALL else "needed there"
    parser.add_argument("--tenant", metavar="NAME", help=f"where one installation serves several tenants: whose data ({otherwise})")


@contextmanager
def of_tenant(command: Command, name: str | None) -> Iterator[None]:
    """Serve the named tenant while the command works, from its first statement on. Raises ProcessFault, NoSuchTenant."""
    if not tenancy.several():
        if name is not None:
            raise ProcessFault("This installation serves one tenant only (FONDACO_TENANCY is not “schema”). Leave --tenant away.")
        yield
        return
    ensure_running()
    prepare_database()
    known = ", ".join(tenant.name for tenant in directory.tenants()) if directory.exists() else ""
    if not known:
        raise ProcessFault("There is no tenant yet. Make one first: ./fondaco tenant create NAME --host HOST")
    if name is None:
        if command.tenant != ALL:
            raise ProcessFault(f"Say whose data: ./fondaco {command.name} --tenant NAME. The tenants are: {known}.")
        yield
        return
    tenant = directory.tenant_named(name)
    with tenancy.serving(tenant), tenancy.bound("default", tenant.schema):
        yield
