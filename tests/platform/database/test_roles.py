"""As whom the application speaks to the database, and what that role cannot do."""

import threading

import pytest
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction

from fondaco.platform.access.models import User
from fondaco.platform.database.migrating import secure
from fondaco.platform.database.unit import unit_of_work


@pytest.mark.django_db
def test_the_application_owns_nothing():
    with connections["default"].cursor() as cursor:
        cursor.execute("select current_user, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user")
        name, *powers = cursor.fetchone()
        assert name == connections["default"].settings_dict["USER"]
        assert powers == [False, False, False, False]
        cursor.execute("select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "attack",
    [
        "truncate one cascade",
        "drop table one",
        "alter table one disable trigger all",
        "create table mine (id int)",
        "set session_replication_role = replica",
        "set role {owner}",
        "delete from django_migrations",
    ],
)
def test_the_application_cannot_get_round_the_guards(attack):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        connections["default"].cursor().execute(attack.format(owner=connections["owner"].settings_dict["USER"]))


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_test_may_attack_as_the_owner():
    with connections["owner"].cursor() as cursor:
        cursor.execute("select pg_catalog.pg_get_userbyid(relowner) = current_user from pg_class where relname = 'one'")
        assert cursor.fetchone() == (True,)


def test_a_live_database_keeps_what_is_committed(live_database):
    with connections["owner"].cursor() as cursor:
        cursor.execute("create table kept as select current_database() as name")
        cursor.execute("grant select on kept to public")
    with connections["default"].cursor() as cursor:
        cursor.execute("select name from kept")
        assert cursor.fetchone() == (live_database,)


def test_whoever_works_while_rights_are_granted_again_keeps_them(live_database):
    refused, ended = [], threading.Event()

    def work() -> None:
        try:
            while not ended.is_set():
                with unit_of_work("test", "test"):
                    User.objects.exists()
        except DatabaseError as error:
            refused.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(3):
        secure()
    ended.set()
    worker.join()
    assert not refused
