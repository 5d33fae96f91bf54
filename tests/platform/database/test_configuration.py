"""Which database Fondaco uses, and which ones it refuses."""

import os
import re
import stat
import subprocess
import sys

import psycopg
import pytest
from psycopg import sql

from fondaco.platform.database import configuration
from fondaco.platform.database.configuration import DatabaseFault, application_connection, databases, owner_connection, prepare_database
from tests.outside import outside_server


def test_the_embedded_server_serves_two_roles(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("FONDACO_DATABASE", "books")
    found = databases(tmp_path)
    assert (found["default"]["USER"], found["owner"]["USER"]) == ("fondaco_app", "fondaco")
    assert {each["NAME"] for each in found.values()} == {"books"}
    assert not (tmp_path / "postgres").exists()


def test_an_outside_server_serves_a_role_named_after_the_database(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://keeper:s%40lt@db.example:5433/books?sslmode=require")
    found = databases(tmp_path)
    assert found["owner"]["PASSWORD"] == "s@lt"
    assert (found["default"]["USER"], found["default"]["HOST"], found["default"]["PORT"]) == ("books_app", "db.example", "5433")
    assert found["default"]["OPTIONS"]["sslmode"] == "require"
    password = tmp_path / "app_password"
    assert found["default"]["PASSWORD"] == password.read_text()
    assert stat.S_IMODE(password.stat().st_mode) == 0o600


@pytest.mark.parametrize(("url", "missing"), [("postgresql://db.example/books", "user"), ("postgresql://keeper@db.example", "dbname")])
def test_an_incomplete_address_is_refused(tmp_path, monkeypatch, url, missing):
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(DatabaseFault, match=f"DATABASE_URL names no {missing}"):
        databases(tmp_path)


def test_a_server_that_could_lose_postings_is_refused(monkeypatch, django_db_setup):
    monkeypatch.setenv("FONDACO_TEST", "0")
    with pytest.raises(DatabaseFault, match=r"fsync = off.*a power cut would lose"):
        prepare_database()


def test_an_old_server_is_refused(monkeypatch, django_db_setup):
    monkeypatch.setattr(configuration, "OLDEST_VERSION", 99)
    with pytest.raises(DatabaseFault, match=r"Fondaco needs version 99 or later"):
        prepare_database()


@pytest.fixture(scope="module")
def outside():
    with outside_server() as address, psycopg.connect(address, autocommit=True) as administrator:
        yield administrator


@pytest.fixture
def keeper(outside, tmp_path, monkeypatch):
    """Make an owner with some rights; return nothing, and point DATABASE_URL to a database of his that does not exist yet."""

    def make(name, rights=""):
        outside.execute(sql.SQL("create role {} login password 'secret' " + rights).format(sql.Identifier(name)))
        info = outside.info
        monkeypatch.setenv("DATABASE_URL", f"postgresql://{name}:secret@{info.host}:{info.port}/{name}_books")
        monkeypatch.setenv("FONDACO_HOME", str(tmp_path))
        monkeypatch.setenv("FONDACO_TEST", "0")

    return make


def test_a_first_start_makes_database_role_and_tables(keeper, tmp_path):
    keeper("keeper", "createdb createrole")
    for _ in range(2):
        subprocess.run(
            [sys.executable, "-m", "fondaco.interfaces.cli", "migrate", "-v", "0"],
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
    with psycopg.connect(**application_connection(tmp_path), autocommit=True) as connection:
        assert connection.execute("select current_user").fetchone() == ("keeper_books_app",)
        assert connection.execute("select id from one").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("truncate one")


def test_an_owner_without_rights_is_told_what_to_run(keeper, outside, tmp_path):
    keeper("clerk")
    for expected in ("create database", "create role"):
        with pytest.raises(DatabaseFault, match=expected) as refusal:
            prepare_database(tmp_path)
        (statement,) = re.findall(r"^    (.*);$", str(refusal.value), re.MULTILINE)
        outside.execute(statement)
        outside.execute('alter database "clerk_books" owner to clerk')
    prepare_database(tmp_path)
    assert owner_connection(tmp_path)["dbname"] == "clerk_books"


def test_an_application_role_with_power_is_refused(keeper, outside, tmp_path):
    keeper("boss", "createdb createrole")
    prepare_database(tmp_path)
    outside.execute("alter role boss_books_app bypassrls")
    with pytest.raises(DatabaseFault, match="could get round the guards"):
        prepare_database(tmp_path)
    outside.execute("alter role boss_books_app nobypassrls; grant boss to boss_books_app")
    with pytest.raises(DatabaseFault, match="a member of the owner"):
        prepare_database(tmp_path)
