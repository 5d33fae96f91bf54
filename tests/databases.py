"""Templates and copies of the test database. Every function needs Django's settings and database access."""

import contextlib
import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from fondaco.platform.database import configuration
from fondaco.platform.database.migrating import migrate
from fondaco.platform.tenants import provisioning

PROJECT = Path(__file__).resolve().parents[1]
#: What decides how a migrated database looks; models too, because their attributes decide grants and triggers.
INPUTS = ("**/migrations/*.py", "**/*.sql", "**/models.py", "platform/database/*.py", "platform/tenants/*.py")
TEMPLATE_PREFIX = "template_"


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """Keep the test cluster running, counted over the workers: the last one to leave stops it."""
    home = configuration.home_folder()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "in_use").open("a") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_SH)
        configuration.ensure_running()
        yield
        connections.close_all()
        with contextlib.suppress(BlockingIOError):  # refused while another worker still holds its share
            fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if server := configuration.embedded_server(home):
                server.stop()


def migrated_template() -> str:
    """The name of a template database with all migrations; made once for every state of the sources."""
    name = TEMPLATE_PREFIX + _digest()
    with (configuration.home_folder() / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _administration() as server:
            if not server.execute("select 1 from pg_database where datname = %s and datistemplate", [name]).fetchone():
                configuration.prepare_database()
                _drop_templates(server)
                configuration.create_database(server, name)
                with _connected_to(name):
                    migrate(0)
                server.execute(sql.SQL("alter database {} is_template true").format(sql.Identifier(name)))
    return name


def tenants_template(hosts: Mapping[str, str]) -> str:
    """The name of a template database with a freshly made tenant for each host; made once for every state of the sources.

    The settings must say that there are several tenants.
    """
    name = f"{migrated_template()}_tenants_{hashlib.sha256(repr(sorted(hosts.items())).encode()).hexdigest()[:8]}"
    with (configuration.home_folder() / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _administration() as server:
            if not server.execute("select 1 from pg_database where datname = %s and datistemplate", [name]).fetchone():
                server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
                configuration.create_database(server, name)
                with _connected_to(name):
                    for tenant, host in hosts.items():
                        provisioning.create(tenant, [host])
                server.execute(sql.SQL("alter database {} is_template true").format(sql.Identifier(name)))
    return name


@contextlib.contextmanager
def copied(template: str, name: str, before: Callable[[], object] | None = None) -> Iterator[None]:
    """Connect both aliases to a fresh copy of the template, and do there what is to be done ``before``; afterwards drop it and connect to
    where they were."""
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with _administration() as server:
        server.execute(drop)
        # Fast without fsync, and unlike the default it copies no block through shared buffers.
        copy = sql.SQL("create database {} template {} strategy file_copy")
        server.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))
        with _connected_to(name):
            if before:
                before()
            yield
        server.execute(drop)


def connected() -> str:
    """The name of the database that both aliases are connected to."""
    return str(connections["default"].settings_dict["NAME"])


@contextlib.contextmanager
def _connected_to(name: str) -> Iterator[None]:
    before = connected()
    connect_to(name)
    try:
        yield
    finally:
        connect_to(before)


def connect_to(name: str) -> None:
    """Connect both aliases to a database, unless they are."""
    if name == connected():
        return
    for alias in ("default", "owner"):
        connections[alias].close()
        # The dictionary is shared by the connections of all threads.
        connections.settings[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


def _administration() -> psycopg.Connection[Any]:
    return psycopg.connect(**configuration.owner_connection(configuration.home_folder()) | {"dbname": "postgres"}, autocommit=True)


def _drop_templates(server: psycopg.Connection[Any]) -> None:
    old = server.execute("select datname from pg_database where starts_with(datname, %s)", [TEMPLATE_PREFIX]).fetchall()
    for (name,) in old:
        server.execute(sql.SQL("alter database {} is_template false").format(sql.Identifier(name)))
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _digest() -> str:
    digest = hashlib.sha256((PROJECT / "requirements.lock").read_bytes())
    source = PROJECT / "src" / "fondaco"
    for path in sorted({path for pattern in INPUTS for path in source.glob(pattern)}):
        digest.update(str(path.relative_to(source)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
