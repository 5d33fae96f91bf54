"""A throwaway PostgreSQL of the operating system's: what DATABASE_URL names in an office."""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ADMINISTRATOR = "administrator"


@contextlib.contextmanager
def outside_server(*settings: str) -> Iterator[str]:
    """Serve the oldest installed PostgreSQL from 15 on over TCP with passwords; the address of its administrator.

    ``settings`` are more of the server's own, such as ``fsync=off``.
    """
    programs = _programs()
    account: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="fondaco-outside-"))
    if os.geteuid() == 0:
        found = pwd.getpwnam("postgres")  # comes with the package
        account = {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
        os.chown(folder, found.pw_uid, found.pw_gid)
    password, port = secrets.token_hex(16), _free_port()
    password_file = folder / "password"
    password_file.write_text(password)
    data = folder / "data"

    def run(name: str, *arguments: str) -> None:
        subprocess.run([programs / name, "-D", data, *arguments], cwd="/", check=True, stdout=subprocess.DEVNULL, **account)

    try:
        run(
            "initdb", "-U", ADMINISTRATOR, "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync", "--encoding=UTF8", "--locale=C"
        )
        run(
            "pg_ctl",
            "-w",
            "-l",
            f"{folder}/log",
            "-o",
            " ".join(f"-c {s}" for s in (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *settings)),
            "start",
        )
        try:
            yield f"postgresql://{ADMINISTRATOR}:{password}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    if named := os.environ.get("FONDACO_TEST_POSTGRES_PROGRAMS"):
        return Path(named)
    debian = sorted((int(path.parents[1].name), path.parent) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    for version, programs in debian:
        if version >= 15:
            return programs
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise FileNotFoundError("No PostgreSQL server of version 15 or later is installed; './fondaco test' installs one or says how.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    # python -m tests.outside COMMAND: runs it with FONDACO_TEST_DATABASE_URL naming such a server, in a hurry as the tests' own is,
    # and ends as it ends.
    with outside_server("fsync=off", "full_page_writes=off", "synchronous_commit=off") as address:
        raise SystemExit(subprocess.call(sys.argv[1:], env=os.environ | {"FONDACO_TEST_DATABASE_URL": address}))
