"""``backup`` and ``restore``: the database and the files as one file that proves itself.

The file is a tar of ``database.dump`` (pg_dump's own format), ``files/...`` and, last, ``manifest.json`` with the length and
SHA-256 of every member. It holds everything people wrote, in the clear: keep it where only the right people read.
"""

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fondaco.interfaces.cli import processes
from fondaco.interfaces.cli.processes import ProcessFault
from fondaco.platform.database.configuration import (
    create_database,
    embedded_server,
    ensure_running,
    home_folder,
    owner_connection,
    prepare_database,
)
from fondaco.platform.database.server import Server
from fondaco.platform.events.pausing import pause

FORMAT = 1
DUMP, MANIFEST, FILES = "database.dump", "manifest.json", "files"
CHUNK_BYTES = 1 << 20


def backup_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not exist yet")
    return lambda arguments: backup(arguments.file)


def restore_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that './fondaco backup' wrote")
    parser.add_argument(
        "--forget-previous", action="store_true", help="drop what an earlier restore kept aside, to make room for what is kept now"
    )
    return lambda arguments: restore(arguments.file, forget_previous=arguments.forget_previous)


# -- backup


def backup(target: Path) -> None:
    """Write a backup while people work: it shows the database as it stood at one moment. Raises ProcessFault."""
    if target.exists():
        raise ProcessFault(f"{target} exists already, and a backup never overwrites. Choose another name.")
    if not target.parent.is_dir():
        raise ProcessFault(f"The folder {target.parent} does not exist. Make it first.")
    home, begun = home_folder(), time.monotonic()
    ensure_running(home)
    with _folder_beside(target) as draft:
        _say("Reading the database ...")
        _dump(home, draft / DUMP)
        _say("Packing ...")
        packed = draft / "packed"
        manifest = _pack(home, draft / DUMP, packed)
        packed.rename(target)
    members = manifest["members"]
    if manifest["tenants"]:
        _say(f"It covers all {len(manifest['tenants'])} tenants ({', '.join(manifest['tenants'])}): they come back together or not at all.")
    _say(
        f"{target}: {target.stat().st_size / 1e6:,.1f} MB, the database and {len(members) - 1} files, in {time.monotonic() - begun:.1f} s."
    )


def _dump(home: Path, dump: Path) -> None:
    with dump.open("wb") as out:
        _run_program("pg_dump", home, ["--format=custom", "--no-owner", "--no-privileges"], owner_connection(home), stdout=out)
    with dump.open("rb") as written:
        _run_program("pg_restore", home, ["--list"], None, stdin=written, stdout=subprocess.DEVNULL)


def _pack(home: Path, dump: Path, packed: Path) -> dict[str, Any]:
    """Files are read after the database: files are only ever added, so each one that the dump names is there."""
    members: dict[str, dict[str, Any]] = {}
    handle = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, dump, DUMP, members)
        folder = home / FILES
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and not path.is_symlink():
                _add(tar, path, f"{FILES}/{path.relative_to(folder).as_posix()}", members)
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "release": _release(),
            "database": owner_connection(home)["dbname"],
            "tenants": _tenants(home),
            "members": members,
        }
        described = packed.with_name(MANIFEST)
        described.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
        tar.add(described, MANIFEST)
        tar.close()
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _tenants(home: Path) -> list[str]:
    """The names of all tenants; empty where the database holds one only."""
    with psycopg.connect(**owner_connection(home), autocommit=True) as connection:
        if connection.execute("select to_regclass('fondaco_tenants.tenant')").fetchone() == (None,):
            return []
        return [name for (name,) in connection.execute("select name from fondaco_tenants.tenant order by name")]


def _add(tar: tarfile.TarFile, path: Path, name: str, members: dict[str, dict[str, Any]]) -> None:
    with path.open("rb") as file:
        member = tar.gettarinfo(arcname=name, fileobj=file)
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        reader = _Hashing(file)
        tar.addfile(member, reader)
    members[name] = {"bytes": member.size, "sha256": reader.digest.hexdigest()}


class _Hashing:
    """A reader that hashes what passes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, length: int = -1) -> bytes:
        data = self.file.read(length)
        self.digest.update(data)
        return data


# -- restore


def restore(source: Path, *, forget_previous: bool) -> None:
    """Put a backup in the place of the present data, which is kept as ``<database>_before_restore``.

    The present data stays untouched until the backup was verified, read in and brought to this release; then both change
    places in one transaction. Raises ProcessFault.
    """
    home, begun = home_folder(), time.monotonic()
    if processes.written_down(home).alive():
        raise ProcessFault("Fondaco is serving people. End that first with './fondaco stop', then restore.")
    ensure_running(home)
    prepare_database(home)
    owner = owner_connection(home)
    name = owner["dbname"]
    incoming, previous = f"{name}_restoring", f"{name}_before_restore"
    with _administration(owner) as server, _folder_beside(home / FILES) as draft:
        if not forget_previous:
            _refuse_to_forget(server, home, previous)
        _say(f"Verifying {source} ...")
        tenants = _unpack(source, draft).get("tenants", [])
        if tenants:
            _say(f"It holds {len(tenants)} tenants ({', '.join(tenants)}); all of them go back to how they were then.")
        _say("Reading the database in ...")
        _drop(server, incoming)
        create_database(server, incoming)
        with (draft / DUMP).open("rb") as dump:
            arguments = ["--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={_conninfo(owner | {'dbname': incoming})}"]
            _run_program("pg_restore", home, arguments, owner, stdin=dump)
        _say("Bringing it to this release ...")
        _migrate(incoming)
        # Before the copy can be served: what the original sent, or will send, is not sent a second time from here.
        pause(f"restored from {source}", home)
        _swap(server, home, draft / FILES, name, incoming, previous)
    _say(f"Restored in {time.monotonic() - begun:.1f} s. What was there before is kept: database “{previous}”, files {home / previous}.")
    _say("Messages that were waiting to leave the house stay paused in a restored copy, until './fondaco send --resume' lets them go.")


def _refuse_to_forget(server: psycopg.Connection[Any], home: Path, previous: str) -> None:
    if _exists(server, previous) or (home / previous).exists():
        raise ProcessFault(
            f"An earlier restore kept the database “{previous}” and its files. If nobody needs them any more, repeat this with "
            "--forget-previous; nothing was changed so far."
        )


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack into ``folder`` and return the manifest, refusing a file that is not whole, not ours, or changed since it was written."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] = {}
    (folder / FILES).mkdir()
    try:
        with tarfile.open(source, "r:") as tar:
            for member in tar:
                data = tar.extractfile(member)
                if data is None or not _is_ours(member.name):
                    raise ProcessFault(f"{source} holds “{member.name}”, which no backup holds. It was not restored.")
                if member.name == MANIFEST:
                    manifest = json.load(data)
                else:
                    found[member.name] = _extract(data, folder / member.name)
    except FileNotFoundError as error:
        raise ProcessFault(f"There is no file {source}.") from error
    except (tarfile.TarError, OSError, ValueError) as error:
        raise ProcessFault(f"{source} is no backup of Fondaco, or is not whole ({error}). Nothing was changed.") from error
    if manifest.get("format") != FORMAT:
        raise ProcessFault(f"{source} is not whole, or was written by a release with another format. Nothing was changed.")
    wrong = sorted(name for name in manifest["members"].keys() | found.keys() if manifest["members"].get(name) != found.get(name))
    if wrong:
        raise ProcessFault(f"{source} was damaged or changed since it was written: {', '.join(wrong[:5])}. Nothing was changed.")
    return manifest


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    return name in {DUMP, MANIFEST} or (
        path.parts[0] == FILES and len(path.parts) > 1 and ".." not in path.parts and not path.is_absolute()
    )


def _extract(data: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    reader = _Hashing(data)
    with target.open("wb") as out:
        shutil.copyfileobj(reader, out, CHUNK_BYTES)
        size = out.tell()
    return {"bytes": size, "sha256": reader.digest.hexdigest()}


def _migrate(database: str) -> None:
    from django.db import connections

    from fondaco.platform.tenants.provisioning import bring_to_release

    before = connections["owner"].settings_dict["NAME"]
    for name in (database, before):
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
        if name == database:
            for brought in bring_to_release(0):
                if brought.fault:
                    _say(f"The tenant {brought.tenant} is not served until './fondaco migrate' succeeds for it: {brought.fault}")


def _swap(server: psycopg.Connection[Any], home: Path, files: Path, name: str, incoming: str, previous: str) -> None:
    _drop(server, previous)
    shutil.rmtree(home / previous, ignore_errors=True)
    for database in (name, incoming):
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [database])
    rename = sql.SQL("alter database {} rename to {}")
    (home / FILES).mkdir(exist_ok=True)
    with server.transaction():
        server.execute(rename.format(sql.Identifier(name), sql.Identifier(previous)))
        server.execute(rename.format(sql.Identifier(incoming), sql.Identifier(name)))
        (home / FILES).rename(home / previous)
        files.rename(home / FILES)


# -- PostgreSQL's programs


def _run_program(name: str, home: Path, arguments: list[str], parameters: dict[str, Any] | None, **streams: Any) -> None:
    command = [str(_program(name, home)), *arguments]
    environment = dict(os.environ)
    if parameters:
        if name == "pg_dump":
            command.append(f"--dbname={_conninfo(parameters)}")
        if parameters["password"]:
            environment["PGPASSWORD"] = parameters["password"]  # not in the arguments: every user of the machine can read those
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, check=False, **streams)
    if done.returncode != 0:
        raise ProcessFault(f"{name} failed and nothing was changed. It said:\n{done.stderr.decode('utf-8', 'replace').strip()}")


def _program(name: str, home: Path) -> Path:
    """The embedded server's program; for an outside server the machine's own if it is newer: it may speak TLS, ours cannot."""
    ours = Server(home / "postgres").program(name)
    if embedded_server(home) or not (theirs := shutil.which(name)):
        return ours
    return max([ours, Path(theirs)], key=lambda path: (_major(path), path != ours))


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.split(")")[-1].split()[0].split(".")[0])


def _conninfo(parameters: dict[str, Any]) -> str:
    return make_conninfo("", **{key: value for key, value in parameters.items() if key != "password" and value is not None})


def _administration(owner: dict[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(**owner | {"dbname": "postgres"}, autocommit=True)


def _exists(server: psycopg.Connection[Any], database: str) -> bool:
    return server.execute("select 1 from pg_database where datname = %s", [database]).fetchone() is not None


def _drop(server: psycopg.Connection[Any], database: str) -> None:
    server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))


@contextlib.contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """A private folder on the target's own file system, so that what is finished in it can be renamed into place."""
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _release() -> str:
    try:
        return importlib.metadata.version("fondaco")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout
        return "checkout"


def _say(text: str) -> None:
    print(text, flush=True)
