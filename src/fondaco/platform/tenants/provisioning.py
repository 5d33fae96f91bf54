"""Making tenants, and bringing each of them to the present, each for itself."""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connections

from fondaco.platform.database.migrating import OWNER, migrate
from fondaco.platform.database.tenancy import Tenant, bound, served, several
from fondaco.platform.tenants import directory
from fondaco.platform.tenants.refusals import BadHost, BadTenantName, HostTaken, SchemaInTheWay, TenantExists

log = logging.getLogger(__name__)
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\]")
LONGEST_HOST = 253


@dataclass(frozen=True)
class Brought:
    """What a migration did for one tenant; ``fault`` is empty when it succeeded."""

    tenant: str
    fault: str = ""


def create(name: str, hosts: Sequence[str], *, verbosity: int = 0) -> Tenant:
    """Make a tenant: its schema, all tables and rights in it, and then its line in the directory. Whole, or nothing of it stays."""
    directory.prepare()
    if not NAME.fullmatch(name):
        raise BadTenantName(name=name)
    if any(tenant.name == name for tenant in directory.tenants()):
        raise TenantExists(name=name)
    wanted = _free_hosts(name, hosts)
    schema = schema_of(name)
    with connections[OWNER].cursor() as cursor:
        cursor.execute("select to_regnamespace(%s) is not null", [schema])
        if cursor.fetchone()[0]:
            raise SchemaInTheWay(name=name, schema=schema)
        cursor.execute(f"create schema {schema}")
    try:
        migrate_schema(schema, verbosity)
        directory.enter(name, schema, wanted)
    except BaseException:
        with connections[OWNER].cursor() as cursor:
            cursor.execute(f"drop schema {schema} cascade")
        raise
    return directory.tenant_named(name)


def schema_of(name: str) -> str:
    """The schema of a tenant; two names never share one."""
    return f"tenant_{name.replace('-', '_')}"


def move(name: str, hosts: Sequence[str]) -> None:
    """Have these hosts lead to a tenant instead of those that did; the first stands in its mails."""
    directory.tenant_named(name)
    directory.set_hosts(name, _free_hosts(name, hosts))


def _free_hosts(name: str, hosts: Sequence[str]) -> list[str]:
    """The hosts as browsers send them. Raises BadHost, and HostTaken when one leads elsewhere or stands here twice."""
    wanted = [host.lower().rstrip(".") for host in hosts]
    for place, host in enumerate(wanted):
        if len(host) > LONGEST_HOST or not HOST.fullmatch(host):
            raise BadHost(host=host)
        owner = name if host in wanted[:place] else directory.host_owner(host)
        if owner and (owner != name or host in wanted[:place]):
            raise HostTaken(host=host, name=owner)
    return wanted


def migrate_schema(schema: str, verbosity: int = 0) -> None:
    """All migrations, guards and rights in one schema."""
    with bound(OWNER, schema):
        migrate(verbosity)


def bring_to_release(verbosity: int, tell: Callable[[Brought], None] = lambda _brought: None) -> list[Brought]:
    """Bring what is served to this release: the only tenant, the one being served, or each of all.

    Of several, one that fails leaves the others alone; it is not served until a later migration succeeds, and its line says why.
    """
    if not several():
        directory.refuse_several()
        migrate(verbosity)
        return []
    directory.prepare()
    tenant = served()
    brought = []
    for each in [tenant] if tenant else directory.tenants(OWNER):
        brought.append(_bring(each, verbosity))
        tell(brought[-1])
    return brought


def _bring(tenant: Tenant, verbosity: int) -> Brought:
    fault = ""
    try:
        migrate_schema(tenant.schema, verbosity)
    # Whatever a migration can stumble over is its tenant's own; the next one has other rows.
    except Exception as error:
        log.exception("The tenant %s was not migrated", tenant.name)
        fault = f"{type(error).__name__}: {error}".strip()[:2000]
    directory.set_fault(tenant.name, fault)
    return Brought(tenant.name, fault)
