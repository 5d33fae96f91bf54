"""Guards look at the real tables, whatever the application puts in their way."""

from django.db import connection, connections


def test_every_guard_looks_at_temporary_tables_last(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.proname, p.proconfig from pg_proc p where p.pronamespace = current_schema()::regnamespace"
            " and (p.prosecdef or p.prorettype = 'trigger'::regtype)"
            " and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
        )
        guards = cursor.fetchall()
    assert len(guards) > 20
    for name, settings in guards:
        paths = [s.partition("=")[2] for s in settings or [] if s.startswith("search_path=")]
        assert [p.split(", ")[-1] for p in paths] == ["pg_temp"], name


def test_a_temporary_table_does_not_stand_in_for_the_real_one(books):
    with connections["default"].cursor() as cursor:
        cursor.execute("create temporary table inventory_productcost (like inventory_productcost) on commit drop")
        cursor.execute("select count(*) from inventory_lock_costs(%s, array[]::bigint[])", [books.company.pk])
        cursor.execute("select count(*) from pg_temp.inventory_productcost")
        assert cursor.fetchall() == [(0,)]
