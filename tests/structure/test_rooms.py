"""Every room keeps the house rules: one walk over all models, verbs, resources, doors, checks and refusals."""

import inspect
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, models
from django.urls import get_resolver

from fondaco.interfaces.cli.documenting import refusals
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.audit.checks import CHECKS
from fondaco.platform.database.rows import Row
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.models import Document
from fondaco.platform.events.bus import reactions
from fondaco.platform.resources.declare import RESOURCES, column_of
from fondaco.platform.resources.reading import lines_of
from fondaco.platform.resources.schema import create_schema, edit_schema
from tests.books import ACTOR

ROOMS = [m for m in apps.get_models() if m.__module__.startswith("fondaco.")]


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_every_verb_has_permission_docstring_and_real_states(key):
    action = ACTIONS[key]
    assert action.permission.count(".") == 1
    assert len(action.description) > 15
    if action.moves:
        states = {value for value, _ in action.model._meta.get_field("state").choices}
        assert set(action.moves) | set(action.moves.values()) <= states
    for parameter in list(inspect.signature(action.body).parameters.values())[1:]:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{key}: what a verb asks for is named"


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_every_resource_is_whole(key):
    resource = RESOURCES[key]
    assert resource.view_permission.count(".") == 1
    assert str(resource.title)
    assert str(resource.title_one)
    for column in [*resource.shown(), *resource.detail()]:
        assert str(column.title), (key, column.path)
    for path in resource.filters:
        column_of(resource.model, path, resource.annotations)
    if resource.write_permission:
        create_schema(resource)
        edit_schema(resource)


def views():
    found = []

    def walk(patterns, prefix=""):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, prefix + str(pattern.pattern))
            else:
                found.append((prefix + str(pattern.pattern), pattern.callback))

    walk(get_resolver().url_patterns)
    return found


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_every_resource_is_seen_by_somebody_of_one_company_and_of_one_owner(db, key):
    """What cuts rows to a person's company and to what is his names fields that are there."""
    resource = RESOURCES[key]
    for scope in ("own", "company"):
        actor = Actor("anna", user_id=1, patterns=((resource.view_permission, 1, scope),), team_ids=frozenset({1}))
        list(visible(resource.queryset(), actor, resource.view_permission)[:1])


@pytest.mark.parametrize(("address", "view"), views())
def test_every_route_is_a_door_with_a_policy(address, view):
    assert getattr(view, "policy", None) is not None, f"/{address} has no policy: declare it with @door(...)"


@pytest.mark.parametrize("model", ROOMS, ids=lambda m: m._meta.label)
def test_every_table_keeps_the_musts_of_the_schema(model):
    key = model._meta.pk
    assert isinstance(key, models.BigAutoField | models.CharField | models.TextField) or key.primary_key, model
    for field in model._meta.concrete_fields:
        assert not isinstance(field, models.FloatField), f"{field} is a binary float"
        assert field.db_type(connection) not in {"integer", "smallint"}, f"{field}: keys and counts are bigint"
    if issubclass(model, Document):
        assert getattr(model, "company_path", "company") is None or model._meta.get_field("company"), "a document of no company says so"
        assert set(model.editable_states) <= {value for value, _ in model._meta.get_field("state").choices}


def test_every_business_table_has_history_and_version_triggers(db):
    with connection.cursor() as cursor:
        cursor.execute("select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal")
        triggers = set(cursor.fetchall())
    for model in ROOMS:
        if issubclass(model, Row) and not getattr(model, "append_only", False) and not model._meta.proxy:
            for name in ("a_version", "z_history_update", "z_history_delete"):
                assert (model._meta.db_table, name) in triggers, model


def test_the_application_owns_nothing_and_cannot_change_what_is_posted(db):
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = current_user)")
        assert cursor.fetchone() == (0,)
        for model in ROOMS:
            table = model._meta.db_table
            cursor.execute(
                "select has_table_privilege(%s, 'insert'), has_table_privilege(%s, 'update'), has_table_privilege(%s, 'delete'), has_table_privilege(%s, 'truncate')",
                [table] * 4,
            )
            insert, update, delete, truncate = cursor.fetchone()
            assert not truncate
            if getattr(model, "written_by_triggers", False):
                assert (insert, update, delete) == (False, False, False), model
            elif getattr(model, "append_only", False):
                assert (insert, update, delete) == (True, False, False), model


def test_every_refusal_has_a_code_of_its_own_a_status_and_a_whole_sentence():
    codes = [r.code for r in refusals()]
    assert len(codes) == len(set(codes))
    for refusal in refusals():
        sentence = str(refusal.message)
        assert 400 <= refusal.status < 500 or refusal.__name__ in {"Busy", "Fault", "TenantBehind", "TenantSuspended"}, refusal
        assert sentence.rstrip().endswith((".", "}", "?", ")")), refusal
        assert len(sentence) > 20 or sentence == "{sentence}", refusal


def test_every_check_is_valid_sql_and_says_why(books):
    for check in CHECKS.values():
        assert str(check.title)
        assert len(str(check.why)) > 20
    books.assert_checks_hold()


def test_no_amount_is_ever_a_binary_float():
    for model in ROOMS:
        for field in model._meta.concrete_fields:
            if isinstance(field, models.DecimalField) and field.has_default() and field.default is not models.NOT_PROVIDED:
                assert not isinstance(field.get_default(), float), field
    assert isinstance(Decimal(1), Decimal)


def test_every_reaction_answers_to_something_that_is_told():
    told = set(ACTIONS) | {
        "companies.write",
        "ledger.settled",
        "purchasing.write",
        "sales.promise_broken",
        "sales.recurs",
        "crm.captured",
        "crm.entered",
        "service.opened",
    }
    assert set(reactions()) <= told, set(reactions()) - told


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda r: r.key)
def test_the_lines_of_every_document_can_be_read(db, resource):
    """Every column and annotation of the lines makes a statement, whether or not any test writes such a document."""
    for lines in resource.lines:
        assert lines_of(lines, ACTOR, [0]) == {0: []}
