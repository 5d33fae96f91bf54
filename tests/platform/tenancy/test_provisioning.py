"""Tenants are made whole or not at all, turned away when they must, and migrated each for itself."""

import pytest
from django.apps import apps
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fondaco.interfaces.cli import __main__ as cli
from fondaco.platform.database import tenancy
from fondaco.platform.database.configuration import DatabaseFault
from fondaco.platform.database.refusals import UserError
from fondaco.platform.tenants import directory, provisioning
from fondaco.platform.tenants.refusals import BadHost, BadTenantName, HostTaken, NoSuchTenant, SchemaInTheWay, TenantExists

PATHS = "select proname, proconfig from pg_proc where pronamespace = %s::regnamespace and proconfig is not null"
SCHEMAS = ("tenant_acme", "tenant_bora")


def visit(host, path="/invoices", **headers):
    return Client(HTTP_HOST=host, raise_request_exception=False).get(path, headers=headers)


# -- the schemas


def test_nothing_of_the_business_lies_in_public(owner):
    assert owner("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'S', 'p')") == []
    ours = "select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
    assert owner(ours) == []


def test_functions_triggers_and_keys_stay_in_their_schema(owner):
    for schema in SCHEMAS:
        paths = owner(PATHS, schema)
        assert len(paths) > 5
        for name, settings in paths:
            assert settings == [f"search_path={schema}, public, pg_temp"], name
    strangers = """
        select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
        where not t.tgisinternal and c.relnamespace <> p.pronamespace and c.relnamespace::regnamespace::text like 'tenant%%'
        union all
        select k.conname from pg_constraint k join pg_class a on a.oid = k.conrelid join pg_class b on b.oid = k.confrelid
        where a.relnamespace <> b.relnamespace
    """
    assert owner(strangers) == []


def test_a_temporary_table_does_not_stand_in_for_the_tenants_own(acme):
    with acme.at_work(), connections["default"].cursor() as cursor:
        cursor.execute("create temporary table inventory_productcost (like inventory_productcost) on commit drop")
        cursor.execute(
            "select count(*) from inventory_lock_costs((select min(id) from companies_company), array(select min(id) from catalog_product))"
        )
        assert cursor.fetchall() == [(1,)]
        cursor.execute("select count(*) from pg_temp.inventory_productcost")
        assert cursor.fetchall() == [(0,)]


def test_both_schemas_hold_the_same_and_grant_the_same(owner):
    application = connections["default"].settings_dict["USER"]
    shape = """
        select c.relname, c.relkind::text, array(select p from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p
          where c.relkind = 'r' and has_table_privilege(%s, c.oid, p)),
          array(select t.tgname::text from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal order by 1)
        from pg_class c where c.relnamespace = %s::regnamespace and c.relkind in ('r', 'v', 'S', 'i') order by 1
    """
    acme, bora = (owner(shape, application, schema) for schema in SCHEMAS)
    assert acme == bora
    rights = {name: set(granted) for name, kind, granted, _triggers in acme if kind == "r"}
    assert not any("truncate" in granted for granted in rights.values())
    for model in apps.get_models():
        expected = {"select", "insert", "update", "delete"}
        if getattr(model, "written_by_triggers", False):
            expected = {"select"}
        elif getattr(model, "append_only", False):
            expected = {"select", "insert"}
        if model._meta.managed and not model._meta.proxy:
            assert rights[model._meta.db_table] == expected, model
    assert rights["django_migrations"] == {"select"}


def test_the_application_reads_the_directory_and_cannot_change_it(houses):
    with connections["default"].cursor() as cursor:
        cursor.execute("select count(*) from fondaco_tenants.tenant")
        assert cursor.fetchall() == [(2,)]
        for attack in (
            "update fondaco_tenants.tenant set state = 'active'",
            "insert into fondaco_tenants.host (host, tenant_id) values ('x', 1)",
            "delete from fondaco_tenants.host",
            "create schema mine",
        ):
            with pytest.raises(Exception, match="permission denied"):
                cursor.execute(attack)


# -- the gate


@pytest.mark.parametrize("language, words", [("en", "Nobody is served here"), ("it", "Qui non si serve nessuno")])
def test_an_unknown_host_is_told_so_and_touches_nothing(houses, language, words):
    with CaptureQueriesContext(connections["default"]) as captured:
        answer = visit("nobody.example", accept_language=language)
    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert "nobody.example" in answer.content.decode()
    assert all("fondaco_tenants" in q["sql"] for q in captured.captured_queries), captured.captured_queries
    assert len(captured) == 1
    problem = visit("nobody.example", "/api/v1/parties")
    assert (problem.status_code, problem.json()["code"]) == (404, "tenants.unknown_host")


def test_hosts_are_told_apart_as_browsers_do(houses):
    for host in ("ACME.example", "acme.example:8765", "acme.example."):
        assert visit(host).status_code == 302, host
    for host in ("sub.acme.example", "example", "acme.example.evil.example", "testserver"):
        assert visit(host).status_code == 404, host
    for host in ("acme example", "acme.example\x00", "acme.example,bora.example", "acme.example@bora.example", ""):
        assert visit(host).status_code in {400, 404}, host


@pytest.mark.parametrize("language, words", [("en", "is suspended at present"), ("it", "è sospeso")])
def test_a_suspended_tenant_is_turned_away_and_the_other_served(acme, bora, language, words, capsys):
    browser = bora.browser()
    run("tenant", "suspend", "bora")
    try:
        with CaptureQueriesContext(connections["default"]) as captured:
            answer = browser.get("/invoices", headers={"accept-language": language})
        assert answer.status_code == 503
        assert words in answer.content.decode()
        assert len(captured) == 1
        refused = bora.api("GET", "/api/v1/parties")
        assert (refused.status_code, refused.json()["code"]) == (503, "tenants.suspended")
        assert acme.api("GET", "/api/v1/parties").status_code == 200
        assert run("mail", "--tenant", "bora") == 1
        assert run("send", "--tenant", "bora") == 1
        capsys.readouterr()
        assert run("send") == 0
        told = capsys.readouterr().out
        assert "bora: not served" in told
        assert "acme: Nothing was sent: FONDACO_SMTP_URL is not set" in told
    finally:
        run("tenant", "resume", "bora")
    assert browser.get("/invoices").status_code == 200


# -- making tenants


@pytest.mark.parametrize(
    "name, hosts, refusal",
    [
        ("acme", ["new.example"], TenantExists),
        ("Acme", ["new.example"], BadTenantName),
        ("new_one", ["new.example"], BadTenantName),
        ("9", ["new.example"], BadTenantName),
        ("a" * 41, ["new.example"], BadTenantName),
        ("new", ["BORA.example"], HostTaken),
        ("new", ["a.example", "a.example"], HostTaken),
        ("new", ["http://a.example"], BadHost),
        ("new", ["a.example:80"], BadHost),
        ("new", [""], BadHost),
        ("new", ["-a.example"], BadHost),
    ],
)
def test_what_cannot_be_a_tenant_is_refused_before_anything_is_made(owner, name, hosts, refusal):
    before = owner("select nspname from pg_namespace order by 1")
    with pytest.raises(refusal):
        provisioning.create(name, hosts)
    assert owner("select nspname from pg_namespace order by 1") == before


def test_a_schema_that_nobody_knows_is_not_taken_over(owner):
    owner("create schema tenant_new_one")
    with pytest.raises(SchemaInTheWay) as refusal:
        provisioning.create("new-one", ["new.example"])
    assert "drop schema tenant_new_one cascade" in refusal.value.sentence()
    owner("drop schema tenant_new_one")


def test_a_tenant_that_cannot_be_finished_leaves_nothing(owner, monkeypatch):
    def cut_off(schema, _verbosity):
        with tenancy.bound("owner", schema), connections["owner"].cursor() as cursor:
            cursor.execute("create table half_made as select current_schema() as where_it_lies")
            cursor.execute("table half_made")
            raise KeyboardInterrupt(*cursor.fetchone())

    monkeypatch.setattr(provisioning, "migrate_schema", cut_off)
    with pytest.raises(KeyboardInterrupt, match="tenant_new"):
        provisioning.create("new", ["new.example"])
    assert owner("select to_regnamespace('tenant_new')") == [(None,)]
    assert [tenant.name for tenant in directory.tenants()] == ["acme", "bora"]


def test_a_database_of_one_tenant_is_not_taken_for_several(houses, worker):
    from tests import databases

    with databases.copied(databases.migrated_template(), f"test_{worker}_single"), pytest.raises(DatabaseFault, match="single tenant"):
        directory.prepare()


def test_a_database_of_several_is_not_taken_for_one(houses, monkeypatch):
    monkeypatch.setattr("django.conf.settings.TENANCY", "single")
    with pytest.raises(DatabaseFault, match="holds several tenants"):
        provisioning.bring_to_release(0)


def test_a_tenant_moves_to_other_hosts(acme, bora, capsys):
    try:
        assert run("tenant", "hosts", "bora", "bora.example", "acme.example") == 1
        assert "belongs to the tenant “acme”" in capsys.readouterr().err
        assert not run("tenant", "hosts", "bora", "New.example", "bora.example")
        assert (visit("new.example").status_code, visit("bora.example").status_code) == (302, 302)
        assert directory.tenant_named("bora").hosts == ("new.example", "bora.example")
        assert not run("tenant", "hosts", "bora", "new.example")
        assert (visit("new.example").status_code, visit("bora.example").status_code) == (302, 404)
    finally:
        provisioning.move("bora", ["bora.example"])


# -- migrating


def test_a_failing_migration_stops_its_own_tenant_only(acme, bora, owner, capsys):
    lost = owner("delete from tenant_bora.django_migrations where app = 'notes' returning *")
    assert lost
    before = owner("select app, name from tenant_acme.django_migrations order by id")
    try:
        assert run("migrate", "-v", "0") == 1
        assert "bora: FAILED" in capsys.readouterr().err
        assert [(t.name, bool(t.fault)) for t in directory.tenants()] == [("acme", False), ("bora", True)]
        assert owner("select app, name from tenant_acme.django_migrations order by id") == before
        assert acme.api("GET", "/api/v1/parties").status_code == 200
        refused = bora.api("GET", "/api/v1/parties")
        assert (refused.status_code, refused.json()["code"]) == (503, "tenants.behind")
        run("tenant", "list")
        assert "behind" in capsys.readouterr().out
    finally:
        with tenancy.bound("owner", "tenant_bora"):
            for _id, app, name, _applied in lost:
                MigrationRecorder(connections["owner"]).record_applied(app, name)
    assert run("migrate", "-v", "0") == 0
    assert bora.api("GET", "/api/v1/parties").status_code == 200


# -- commands


def run(*words):
    """A command as the launcher gives it, in this process and on this database."""
    command = cli.COMMANDS[words[0]]
    return cli.run(command, list(words[1:]))


@pytest.fixture(autouse=True)
def on_this_database(monkeypatch):
    monkeypatch.delenv("FONDACO_SMTP_URL", raising=False)
    monkeypatch.setattr("fondaco.interfaces.cli.whose.prepare_database", lambda: None)


@pytest.mark.parametrize("command", ["check", "shell", "mail", "demo", "import northwind x"])
def test_a_command_on_data_asks_whose(houses, command, capsys):
    assert run(*command.split()) == 1
    assert "--tenant NAME. The tenants are: acme, bora." in capsys.readouterr().err
    assert run(*command.split(), "--tenant", "cold") == 1
    assert "There is no tenant “cold”" in capsys.readouterr().err


def test_a_command_works_on_its_tenant(acme, bora, capsys):
    for house in (acme, bora):
        statements = "from fondaco.masterdata.companies.models import Company; print(*Company.objects.values_list('name', flat=True))"
        assert not run("shell", "--tenant", house.tenant.name, "-c", statements)
        assert capsys.readouterr().out.strip() == f"{house.tenant.name.upper()} S.r.l."
        assert run("check", "--tenant", house.tenant.name) == 0
        assert "checks hold" in capsys.readouterr().out


def test_where_there_is_one_tenant_none_is_named(houses, monkeypatch, capsys):
    monkeypatch.setattr("django.conf.settings.TENANCY", "single")
    assert run("check", "--tenant", "acme") == 1
    assert "one tenant only" in capsys.readouterr().err
    assert run("tenant", "list") == 1
    assert "FONDACO_TENANCY=schema" in capsys.readouterr().err


def test_an_unknown_tenant_is_named_with_those_there_are(houses):
    with pytest.raises(NoSuchTenant) as refusal:
        directory.set_state("cold", tenancy.SUSPENDED)
    assert isinstance(refusal.value, UserError)
    assert "acme, bora" in refusal.value.sentence()
