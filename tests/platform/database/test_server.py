"""The embedded server survives what machines and people do to it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from fondaco.platform.database.server import OWNER_ROLE, Server, ServerFault

START = "import sys; from pathlib import Path; from fondaco.platform.database.server import Server; s = Server(Path(sys.argv[1])).start(); "
COUNT = "import psycopg; print(psycopg.connect(**s.connection('fondaco', 'postgres')).execute('select count(*) from kept').fetchone()[0])"


@pytest.fixture(scope="module")
def server():
    """A durable server, not a fast one: what is tested here is that nothing is lost."""
    server = Server(Path(tempfile.mkdtemp(prefix="fondaco-server-"))).start()
    execute(server, "create table kept as select generate_series(1, 150000) as number")
    yield server
    server.stop()
    shutil.rmtree(server.home)


def execute(server, statement):
    with psycopg.connect(**server.connection(OWNER_ROLE, "postgres"), autocommit=True) as connection:
        return connection.execute(statement)


def rows_kept(server):
    with psycopg.connect(**server.connection(OWNER_ROLE, "postgres")) as connection:
        return connection.execute("select count(*) from kept").fetchone()[0]


def postmaster(server):
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def python(server, code):
    return subprocess.Popen([sys.executable, "-c", code, str(server.home)], stdout=subprocess.PIPE, text=True, env=environment())


def environment():
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


def test_the_cluster_is_private_checked_and_sorts_the_same_everywhere(server):
    assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    with psycopg.connect(**server.connection(OWNER_ROLE, "postgres")) as connection:
        assert connection.execute("show data_checksums").fetchone() == ("on",)
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute(
            "select upper('é') = 'É', 'Z' < 'a', array_agg(n order by n) from unnest(array['é', 'z']) n"
        ).fetchone() == (
            True,
            True,
            ["z", "é"],
        )


def test_a_stop_and_a_start_keep_everything(server):
    server.stop()
    assert not server.running()
    assert server.start().running()
    assert rows_kept(server) == 150_000


def test_four_starters_at_once_share_one_server(server):
    server.stop()
    starters = [python(server, START + COUNT) for _ in range(4)]
    assert [starter.communicate(timeout=60)[0].strip() for starter in starters] == ["150000"] * 4


def test_a_killed_postmaster_loses_nothing_that_was_committed(server):
    execute(server, "create table late as select generate_series(1, 1000) as number")
    os.kill(postmaster(server), signal.SIGKILL)
    server.start()
    assert execute(server, "table late").rowcount == 1000
    assert rows_kept(server) == 150_000


def test_a_killed_application_leaves_the_server_to_the_next_one(server):
    server.stop()
    with python(server, START + "print('up', flush=True); sys.stdin.read(); import time; time.sleep(60)") as application:
        assert application.stdout.readline() == "up\n"
        application.kill()
    assert server.running()
    assert rows_kept(server) == 150_000


def test_a_killed_initdb_is_cleared_away():
    server = Server(Path(tempfile.mkdtemp(prefix="fondaco-server-")), fast=True)
    try:
        (server.home / "unfinished" / "base").mkdir(parents=True)
        assert server.start().running()
        assert not (server.home / "unfinished").exists()
    finally:
        server.stop()
        shutil.rmtree(server.home)


def test_a_cluster_of_another_release_is_left_alone(server):
    version = server.data / "PG_VERSION"
    made_by = version.read_text()
    version.write_text("17\n")
    try:
        with pytest.raises(ServerFault, match=r"made by PostgreSQL 17.*Go back to the release that ran before"):
            server.start()
    finally:
        version.write_text(made_by)


def test_a_socket_folder_open_to_others_is_refused(server):
    server.stop()
    server.socket_folder.chmod(0o755)
    try:
        with pytest.raises(ServerFault, match="mode 0700"):
            server.start()
    finally:
        server.socket_folder.chmod(0o700)
        server.start()


def test_an_unknown_setting_is_named(server):
    server.stop()
    own = server.cluster / "postgresql.local.conf"
    own.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(ServerFault, match="no_such_setting"):
            server.start()
    finally:
        own.unlink()
        server.start()


def test_a_deep_folder_gets_a_short_socket():
    deep = Path(tempfile.gettempdir()) / ("a" * 60) / ("b" * 60)
    assert len(str(Server(deep).socket_folder)) < 60
