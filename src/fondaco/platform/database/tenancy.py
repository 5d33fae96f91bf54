"""Which tenant is being served: the only one (``single``), or one of several, each in a schema of its own (``schema``).

Who serves says it with ``serving``; the unit of work leads every statement to that schema, and data folders follow it.
Until it is said, nothing of any tenant can be reached.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

ACTIVE, SUSPENDED = "active", "suspended"


class NoTenant(RuntimeError):
    """A fault of the program: it went for data before saying whose."""


@dataclass(frozen=True)
class Tenant:
    """One customer of the installation. ``fault`` says why its last migration failed: until one succeeds, it is not served."""

    name: str
    schema: str
    hosts: tuple[str, ...] = ()
    state: str = ACTIVE
    fault: str = ""

    @property
    def is_served(self) -> bool:
        return self.state == ACTIVE and not self.fault


_served: ContextVar[Tenant | None] = ContextVar("tenant", default=None)


def several() -> bool:
    """Whether this installation serves several tenants (FONDACO_TENANCY=schema)."""
    return bool(settings.TENANCY == "schema")


@contextmanager
def serving(tenant: Tenant | None) -> Iterator[None]:
    """Serve ``tenant``, in this thread or task, until the block ends; ``None`` serves nobody, or the only one there is."""
    before = _served.set(tenant)
    try:
        yield
    finally:
        _served.reset(before)


def served() -> Tenant | None:
    """The tenant being served; ``None`` when nobody was named, and always where there is only one."""
    return _served.get() if several() else None


def search_path() -> str:
    """Where names are looked up: in the tenant's schema, then among the extensions. Empty where there is only one tenant."""
    if not several():
        return ""
    tenant = _served.get()
    if tenant is None:
        raise NoTenant("This installation serves several tenants, and nobody said which: work inside 'with serving(tenant)'.")
    return f"{tenant.schema}, public"


def key() -> str:
    """What counters and caches of a process put before their keys, so that no tenant meets another's. Empty where there is one."""
    return search_path().partition(",")[0]


def own_folder(folder: Path) -> Path:
    """The tenant's part of a data folder; the folder itself where there is only one tenant."""
    return folder / key() if several() else folder


def public_address(house: str = "") -> str:
    """How customers reach the tenant, without a slash at the end: its first host, by the scheme and port of the house's address.

    ``house`` is FONDACO_ADDRESS, unless another one is given.
    """
    address = (house or settings.PUBLIC_ADDRESS).rstrip("/")
    tenant = served()
    if tenant is None or not tenant.hosts:
        return str(address)
    parts = urlsplit(address)
    return f"{parts.scheme}://{tenant.hosts[0]}{f':{parts.port}' if parts.port else ''}"


@contextmanager
def bound(alias: str, schema: str) -> Iterator[None]:
    """Connect ``alias`` to one schema from its first statement on, for a program that serves one tenant: migrate, shell, import.

    Never for a process that serves several: there each transaction says for itself whose it is. Temporary tables come last: the
    functions that migrations make keep this path, and nobody shall slip them a table of his own.
    """
    connection = connections[alias]
    options = connection.settings_dict["OPTIONS"]
    before = options.get("options")
    connection.close()
    options["options"] = f"{before or ''} -c search_path={schema},public,pg_temp".strip()
    try:
        yield
    finally:
        connection.close()
        del options["options"]
        if before is not None:
            options["options"] = before
