"""The directory of tenants: who they are, which hosts lead to them, in which schema their rows lie.

It has a schema of its own. Everybody may read it, only the owner writes it: no request can make, suspend or redirect a tenant.
Every name in here is written out with its schema, for these statements run before it is known who is served.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.http.request import split_domain_port

from fondaco.platform.database.configuration import DatabaseFault, without_search_path
from fondaco.platform.database.migrating import OWNER
from fondaco.platform.database.sql import statements
from fondaco.platform.database.tenancy import SUSPENDED, Tenant
from fondaco.platform.tenants.refusals import NoSuchTenant, TenantBehind, TenantSuspended, UnknownHost

SCHEMA = "fondaco_tenants"
READ = """
select t.name, t.schema, array(select h.host from fondaco_tenants.host h where h.tenant_id = t.id order by h.id), t.state, t.fault
from fondaco_tenants.tenant t
"""


def prepare() -> None:
    """Make the directory where it is missing, and leave every name without a schema pointing nowhere. Repeatable.

    Refuses, with a DatabaseFault, a database that holds the books of a single tenant: they lie where all would find them.
    """
    application = connections["default"].settings_dict["USER"]
    with connections[OWNER].cursor() as cursor:
        cursor.execute("select current_database(), to_regclass('public.one') is not null")
        database, single = cursor.fetchone()
        if single:
            raise DatabaseFault(
                f"The database “{database}” holds a single tenant in its schema “public”, and FONDACO_TENANCY=schema wants each in one of "
                "its own. Name an empty database in FONDACO_DATABASE or DATABASE_URL, or set FONDACO_TENANCY=single."
            )
        for statement in statements(Path(__file__).with_name("directory.sql")):
            cursor.execute(statement)
        role = connections[OWNER].ops.quote_name(application)
        cursor.execute(f"grant usage on schema {SCHEMA} to {role}")
        cursor.execute(f"grant select on all tables in schema {SCHEMA} to {role}")
    connections[OWNER].ensure_connection()
    without_search_path(connections[OWNER].connection)
    connections["default"].close()  # the setting holds for connections that begin after it


def refuse_several() -> None:
    """Refuse, with a DatabaseFault, to work as a single tenant on a database of several."""
    if exists():
        raise DatabaseFault(
            f"The database “{connections[OWNER].settings_dict['NAME']}” holds several tenants, and FONDACO_TENANCY is not “schema”. "
            "Set FONDACO_TENANCY=schema, or name another database in FONDACO_DATABASE or DATABASE_URL."
        )


def exists() -> bool:
    with connections[OWNER].cursor() as cursor:
        cursor.execute("select to_regclass('fondaco_tenants.tenant') is not null")
        return bool(cursor.fetchone()[0])


def tenants(using: str = "default") -> list[Tenant]:
    """All tenants, by name."""
    return _read("order by t.name", using=using)


def tenant_named(name: str) -> Tenant:
    """Raises NoSuchTenant."""
    found = _read("where t.name = %s", name)
    if not found:
        raise NoSuchTenant(name=name, names=", ".join(t.name for t in tenants()) or "–")
    return found[0]


def tenant_at(host: str) -> Tenant:
    """The tenant to serve under ``host`` (with or without a port). Raises UnknownHost, TenantSuspended, TenantBehind."""
    name = plain_host(host)
    found = _read("where t.id = (select h.tenant_id from fondaco_tenants.host h where h.host = %s)", name) if name else []
    if not found:
        raise UnknownHost(host=name or "–")
    return admitted(found[0], name)


def admitted(tenant: Tenant, host: str) -> Tenant:
    """The tenant itself, when it may be served now; ``host`` is how the refusal names it."""
    if tenant.state == SUSPENDED:
        raise TenantSuspended(host=host)
    if tenant.fault:
        raise TenantBehind(host=host)
    return tenant


def plain_host(host: str) -> str:
    """A host in lower case without port and final dot; empty when it is none."""
    return "" if "\x00" in host else split_domain_port(host)[0]


def enter(name: str, schema: str, hosts: Sequence[str]) -> None:
    """Write a tenant down, with its hosts in the order of their importance."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("insert into fondaco_tenants.tenant (name, schema) values (%s, %s)", [name, schema])
        _lead(cursor, name, hosts)


def set_hosts(name: str, hosts: Sequence[str]) -> None:
    """Have these hosts lead to a tenant, and no others any more. Raises NoSuchTenant."""
    tenant_named(name)
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(
            "delete from fondaco_tenants.host where tenant_id = (select t.id from fondaco_tenants.tenant t where t.name = %s)", [name]
        )
        _lead(cursor, name, hosts)


def _lead(cursor: Any, name: str, hosts: Sequence[str]) -> None:
    cursor.execute(
        "insert into fondaco_tenants.host (host, tenant_id) select h.host, t.id"
        " from fondaco_tenants.tenant t, unnest(%s::text[]) with ordinality h(host, place) where t.name = %s order by h.place",
        [list(hosts), name],
    )


def set_state(name: str, state: str) -> None:
    """Make a tenant ``active`` or ``suspended``, from the next request on. Raises NoSuchTenant."""
    tenant_named(name)
    with connections[OWNER].cursor() as cursor:
        cursor.execute("update fondaco_tenants.tenant set state = %s where name = %s", [state, name])


def set_fault(name: str, fault: str) -> None:
    """Keep why the last migration of a tenant failed; empty when it did not."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute("update fondaco_tenants.tenant set fault = %s where name = %s", [fault, name])


def host_owner(host: str) -> str:
    """The name of the tenant that a host leads to; empty when it leads nowhere."""
    found = _read("where t.id = (select h.tenant_id from fondaco_tenants.host h where h.host = %s)", host)
    return found[0].name if found else ""


def _read(where: str, *values: str, using: str = "default") -> list[Tenant]:
    with connections[using].cursor() as cursor:
        cursor.execute(f"{READ} {where}", values)
        return [Tenant(name, schema, tuple(hosts), state, fault) for name, schema, hosts, state, fault in cursor.fetchall()]
