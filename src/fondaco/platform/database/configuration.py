"""Where the database is, and as whom Fondaco connects to it.

Two roles, two Django aliases: ``default`` is the application, which owns nothing; ``owner`` owns the schema and is used for
migrations, grants and backups only. The server is the embedded one below ``<home>/postgres``, or the one in DATABASE_URL.

Environment: FONDACO_HOME (data folder), FONDACO_DATABASE (database name on the embedded server), DATABASE_URL (the owner's
address on an outside PostgreSQL, 15 or later), FONDACO_APP_DATABASE_URL (the application role's address there, if an
administrator made that role), FONDACO_TEST (1: durability may be off).

Computing the parameters starts and contacts nothing: settings may be imported anywhere. ``ensure_running`` starts the
server, ``prepare_database`` makes what is missing on it.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from fondaco.platform.database.server import APPLICATION_ROLE, OWNER_ROLE, Server, ServerFault

PROJECT = Path(__file__).resolve().parents[4]
OLDEST_VERSION = 15
CONNECTION_SECONDS = 10
DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


class DatabaseFault(Exception):
    """The database cannot be used as it is; the text says why and exactly what to do."""


def home_folder() -> Path:
    """The data folder of this installation: FONDACO_HOME, else ``var`` in the project."""
    return Path(os.environ.get("FONDACO_HOME") or PROJECT / "var").resolve()


def test_mode() -> bool:
    """Whether this process serves tests, so that durability may be off."""
    return os.environ.get("FONDACO_TEST") == "1"


def embedded_server(home: Path) -> Server | None:
    """The embedded server of this installation, or ``None`` when DATABASE_URL names an outside one."""
    return None if os.environ.get("DATABASE_URL") else Server(home / "postgres", fast=test_mode())


def owner_connection(home: Path) -> dict[str, Any]:
    """Parameters for ``psycopg.connect`` as the owner."""
    if url := os.environ.get("DATABASE_URL"):
        return _parsed("DATABASE_URL", url)
    return Server(home / "postgres").connection(OWNER_ROLE, os.environ.get("FONDACO_DATABASE", "fondaco"))


def application_connection(home: Path) -> dict[str, Any]:
    """Parameters for ``psycopg.connect`` as the application; on an outside server its role is ``<database>_app``."""
    if url := os.environ.get("FONDACO_APP_DATABASE_URL"):
        return _parsed("FONDACO_APP_DATABASE_URL", url)
    owner = owner_connection(home)
    if os.environ.get("DATABASE_URL"):
        return owner | {"user": f"{owner['dbname']}_app", "password": _application_password(home)}
    return owner | {"user": APPLICATION_ROLE}


def databases(home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: ``default`` as the application, ``owner`` as the owner. Nothing is contacted."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "default": _django(application_connection(home), "fondaco", seconds_kept=60),
        "owner": _django(owner_connection(home), "fondaco owner", seconds_kept=0),
    }


def ensure_running(home: Path | None = None) -> None:
    """Start the embedded server unless it runs. An outside server is not ours to start. Raises ServerFault."""
    if server := embedded_server(home or home_folder()):
        server.start()


def prepare_database(home: Path | None = None) -> None:
    """Make the database and the application's role where they are missing, and refuse a server that could lose postings.

    Repeatable and quick when nothing is missing; the embedded server must run. Raises DatabaseFault.
    """
    home = home or home_folder()
    owner = owner_connection(home)
    with alone(home, "preparing"), _connected_to_database(owner) as connection:
        _check_encoding(connection)
        prepare_roles(connection, home)
        _check_durability(connection, owner)
    with _connected(application_connection(home)) as connection:
        _check_durability(connection, application_connection(home))


def drop_database(home: Path) -> None:
    """Drop the database of the embedded server with everything in it; nobody may need it. An outside server's is not ours to drop."""
    if embedded_server(home) is None:
        raise DatabaseFault("The database of an outside server is not dropped. Drop it yourself, as its owner.")
    owner = owner_connection(home)
    with psycopg.connect(**owner | {"dbname": "postgres"}, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(owner["dbname"])))


@contextlib.contextmanager
def alone(home: Path, doing: str) -> Iterator[None]:
    """Wait until no other process of this installation is ``doing`` the same, and keep the others waiting."""
    with (home / f"{doing}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare_roles(connection: psycopg.Connection[Any], home: Path) -> None:
    """Make the application's role, which may log in and owns nothing; ``connection`` is the owner's.

    A role that an administrator made is left as it is, but refused when it has rights that the guards rely on it lacking.
    """
    application = application_connection(home)
    role, password = application["user"], application["password"]
    if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
        create = sql.SQL("create role {} login nosuperuser nocreatedb nocreaterole nobypassrls").format(sql.Identifier(role))
        _as_administrator(connection, create, password=password, role=role)
    elif password and not os.environ.get("FONDACO_APP_DATABASE_URL") and not _can_connect(application):
        _as_administrator(connection, sql.SQL("alter role {} login").format(sql.Identifier(role)), password=password, role=role)
    _check_role(connection, role)
    database = sql.Identifier(connection.info.dbname)
    may_connect = connection.execute("select has_database_privilege(%s, current_database(), 'connect')", [role]).fetchone()
    if not (may_connect and may_connect[0]):
        _as_administrator(connection, sql.SQL("grant connect, temporary on database {} to {}").format(database, sql.Identifier(role)))


def create_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Create an empty database that sorts the same on every machine: by code point, with Unicode upper and lower case.

    ``connection`` is the owner's to another database of the server, in autocommit. Raises DatabaseFault.
    """
    create = sql.SQL("create database {} template template0 encoding 'UTF8' ").format(sql.Identifier(name))
    if connection.info.server_version >= 170000:
        locales = ["locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"]
    else:  # the operating system's C.UTF-8, where it has one, knows that É is the capital of é; C does not
        locales = ["lc_collate 'C' lc_ctype 'C.UTF-8'", "locale 'C'"]
    for attempt in locales:
        with contextlib.suppress(*([psycopg.errors.WrongObjectType] if attempt != locales[-1] else [])):
            _as_administrator(connection, create + sql.SQL(attempt))
            return


def without_search_path(connection: psycopg.Connection[Any]) -> None:
    """Have every later connection to this database look names up nowhere, unless a transaction says where.

    ``connection`` is the owner's, in autocommit. Raises DatabaseFault.
    """
    name = connection.info.dbname
    closed = """
        select exists (select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
          where d.datname = current_database() and s.setrole = 0 and 'search_path=""' = any (s.setconfig))
    """
    if (connection.execute(closed).fetchone() or [False])[0] is not True:
        _as_administrator(connection, sql.SQL("alter database {} set search_path = ''").format(sql.Identifier(name)))


def _connected_to_database(owner: dict[str, Any]) -> contextlib.AbstractContextManager[psycopg.Connection[Any]]:
    try:
        return _connected(owner)
    except DatabaseFault as fault:
        refusal = fault
    # Missing, or unreachable? The maintenance database tells; servers speak many languages, so the message does not.
    try:
        administration = _connected(owner | {"dbname": "postgres"})
    except DatabaseFault:
        raise refusal from None
    with administration as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [owner["dbname"]]).fetchone():
            raise refusal
        create_database(connection, owner["dbname"])
    return _connected(owner)


def _connected(parameters: dict[str, Any]) -> psycopg.Connection[Any]:
    try:
        connection = psycopg.connect(**{"connect_timeout": CONNECTION_SECONDS} | parameters, autocommit=True)
    except psycopg.OperationalError as error:
        where = f"database “{parameters['dbname']}” on {parameters['host'] or 'this machine'}"
        raise DatabaseFault(f"Cannot connect to {where} as “{parameters['user']}”: {error}") from error
    version = connection.info.server_version // 10000
    if version < OLDEST_VERSION:
        connection.close()
        raise DatabaseFault(
            f"The database server is PostgreSQL {version}; Fondaco needs version {OLDEST_VERSION} or later. "
            "Point DATABASE_URL to a newer server, or unset it to use the embedded one."
        )
    return connection


def _can_connect(parameters: dict[str, Any]) -> bool:
    try:
        _connected(parameters).close()
    except DatabaseFault:
        return False
    return True


def _as_administrator(connection: psycopg.Connection[Any], statement: sql.Composed, *, password: str | None = None, role: str = "") -> None:
    """Run a statement that needs rights a hosted owner may lack; without them, say what an administrator has to run."""
    full = statement
    if password:
        # Sent as its verifier: the server's log never sees the password.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        full = statement + sql.SQL(" password {}").format(sql.Literal(verifier))
    try:
        connection.execute(full)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseFault(
            f"The role “{connection.info.user}” of DATABASE_URL may not do this ({error.diag.message_primary}). "
            f"Have an administrator of the server run the following in database “{connection.info.dbname}”, then start again:\n\n"
            f"    {full.as_string(connection)};\n"
        ) from error


def _check_role(connection: psycopg.Connection[Any], role: str) -> None:
    found = connection.execute(
        """
        select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls,
               pg_has_role(oid, current_user, 'member'),
               exists (select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = pg_roles.oid and deptype = 'o')
          from pg_roles where rolname = %s
        """,
        [role],
    ).fetchone()
    if found is None:
        raise DatabaseFault(f"The application's role “{role}” does not exist on the server.")
    privileged, member, owns = found
    name = sql.Identifier(role).as_string(connection)
    if privileged or member:
        member_of = sql.Identifier(connection.info.user).as_string(connection)
        raise DatabaseFault(
            f"The application's role “{role}” could get round the guards of the books, because it is "
            f"{'a member of the owner' if member else 'an administrator of the server'}. Have an administrator run:\n\n"
            f"    alter role {name} nosuperuser nocreatedb nocreaterole noreplication nobypassrls;\n    revoke {member_of} from {name};\n"
        )
    if owns:
        raise DatabaseFault(
            f"The application's role “{role}” owns objects on the server, so it could switch off the guards of the books. Have an "
            f"administrator run in each database where it owns something:\n\n    reassign owned by {name} to {connection.info.user};\n"
        )


def _check_encoding(connection: psycopg.Connection[Any]) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseFault(
            f"The database “{connection.info.dbname}” has the encoding {encoding}, and names in all scripts need UTF8. "
            "Name a database that does not exist yet in DATABASE_URL: Fondaco creates it as it needs it."
        )


def _check_durability(connection: psycopg.Connection[Any], parameters: dict[str, Any]) -> None:
    if test_mode():
        return
    off = [name for name in DURABILITY if (connection.execute("select current_setting(%s)", [name]).fetchone() or [""])[0] == "off"]
    if off:
        raise DatabaseFault(
            f"For “{parameters['user']}” the database server runs with {' = off, '.join(off)} = off: a power cut would lose "
            "postings that were already confirmed. Switch it on in the server's settings and restart the server."
        )


def _application_password(home: Path) -> str:
    """The application role's password on an outside server: made once, readable by this account only."""
    path = home / "app_password"
    home.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"app_password.{os.getpid()}")
    if not path.exists():
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):  # two processes at once: the first one's password holds
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def _parsed(variable: str, url: str) -> dict[str, Any]:
    try:
        found = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseFault(f"{variable} cannot be read ({error}). It looks like postgresql://user:password@host:5432/database") from error
    for part in ("user", "dbname"):
        if not found.get(part):
            raise DatabaseFault(f"{variable} names no {part}. It looks like postgresql://user:password@host:5432/database")
    return {"host": None, "port": None, "password": None} | found


def _django(parameters: dict[str, Any], application_name: str, *, seconds_kept: int) -> dict[str, Any]:
    ours = {"host", "port", "user", "password", "dbname"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parameters["dbname"],
        "USER": parameters["user"],
        "PASSWORD": parameters["password"] or "",
        "HOST": parameters["host"] or "",
        "PORT": str(parameters["port"] or ""),
        "CONN_MAX_AGE": seconds_kept,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": application_name} | {k: v for k, v in parameters.items() if k not in ours},
    }


__all__ = [
    "DatabaseFault",
    "ServerFault",
    "alone",
    "application_connection",
    "create_database",
    "databases",
    "embedded_server",
    "ensure_running",
    "home_folder",
    "owner_connection",
    "prepare_database",
    "prepare_roles",
    "test_mode",
    "without_search_path",
]
