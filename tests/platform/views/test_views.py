"""Saved views: a question under a name, one's own or everybody's, that shows nobody more than he may see."""

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import Membership, Role, User
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import DatabaseRefused, InvalidInput, NotAllowed, NotFound
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.reading import BadQuery, Query, page
from fondaco.platform.resources.writing import create, delete, edit
from fondaco.platform.views import refusals
from fondaco.platform.views.models import DefaultView, SavedView
from fondaco.platform.views.queries import query_in, views_for

VIEWS = RESOURCES["saved-views"]


def person(books, username, *roles):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title())
        for role in roles:
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=books.company.pk)
    return actor_of(user, channel="test")


@pytest.fixture
def olga(books):
    """A sales manager: she may show views to everybody."""
    return person(books, "olga", "sales_manager")


@pytest.fixture
def sara(books):
    return person(books, "sara", "sales_representative")


def keep(actor, name="Late", **values):
    given = {"resource": "opportunities", "name": name, "filters": {"state": "open"}, "sort": "-amount", "columns": ["number", "amount"]}
    return create(actor, VIEWS, [given | values]).ids[0]


def do(actor, verb, *ids):
    return perform(actor, ACTIONS[f"views.{verb}"], ids)


def menu(actor, resource="opportunities"):
    return [(v.name, v.state, v.is_default) for v in views_for(actor, RESOURCES[resource])]


def test_a_view_is_kept_renamed_written_over_and_deleted_and_the_history_says_so(olga):
    pk = keep(olga)
    assert menu(olga) == [("Late", "personal", False)]
    edit(olga, VIEWS, {pk: {"name": "  Very   late "}})
    edit(olga, VIEWS, {pk: {"filters": {"next_step_late": "1"}, "kind": "board"}})
    view = SavedView.objects.get(pk=pk)
    assert (view.name, view.kind, view.filters, view.owner.username, view.version) == (
        "Very late",
        "board",
        {"next_step_late": "1"},
        "olga",
        3,
    )
    changes = [c.changes for c in Change.objects.filter(table_name="views_savedview", row_id=pk).order_by("id")]
    assert changes[0] == {"name": ["Late", "Very late"]}
    assert set(changes[1]) == {"filters", "kind"}
    delete(olga, VIEWS, [pk])
    assert menu(olga) == []


def test_a_personal_view_is_its_owners_alone(olga, sara):
    pk = keep(olga)
    assert menu(sara) == []
    for attempt in (
        lambda: edit(sara, VIEWS, {pk: {"name": "Mine"}}),
        lambda: delete(sara, VIEWS, [pk]),
        lambda: do(sara, "make_default", pk),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert [r["name"] for r in page(VIEWS, sara, Query()).rows] == []
    assert SavedView.objects.get(pk=pk).name == "Late"


def test_sharing_needs_the_right_and_lets_others_read_but_not_change(olga, sara):
    own = keep(sara)
    with pytest.raises(NotAllowed, match=r"views\.share_saved_view"):
        do(sara, "share", own)
    pk = keep(olga)
    do(olga, "share", pk)
    assert menu(sara) == [("Late", "personal", False), ("Late", "shared", False)]
    with pytest.raises(NotFound):
        edit(sara, VIEWS, {pk: {"name": "Mine"}})
    with pytest.raises(WrongState):
        do(olga, "share", pk)
    with pytest.raises(refusals.NotYourView, match="belongs to Sara"):
        do(olga, "share", own)


def test_a_shared_view_shows_nobody_more_rows_than_he_may_see(books, olga, sara):
    customer = books.customer()
    given = {"company": books.company.pk, "party": customer.pk, "on": "2026-02-02", "amount": "100"}
    rows = [{**given, "name": a.name, "salesperson": a.user_id} for a in (olga, sara)]
    create(books.actor, RESOURCES["opportunities"], rows)
    do(olga, "share", keep(olga, columns=[]))
    (shared,) = views_for(sara, RESOURCES["opportunities"])
    seen = {a.name: [r["name"] for r in page(RESOURCES["opportunities"], a, query_in(shared)).rows] for a in (olga, sara)}
    assert (sorted(seen["Olga"]), seen["Sara"]) == (["Olga", "Sara"], ["Sara"])


def test_one_default_for_each_list_and_none_of_what_is_no_longer_shared(olga, sara):
    first, second = keep(olga), keep(olga, "Other")
    do(olga, "share", first)
    for actor in (olga, sara):
        do(actor, "make_default", first)
    assert menu(sara) == [("Late", "shared", True)]
    do(olga, "make_default", second)
    assert menu(olga) == [("Late", "shared", False), ("Other", "personal", True)]
    do(olga, "unshare", first)
    assert menu(sara) == []
    assert DefaultView.objects.count() == 1
    do(olga, "drop_default", second)
    assert DefaultView.objects.count() == 0
    do(olga, "make_default", second)
    delete(olga, VIEWS, [second])
    assert DefaultView.objects.count() == 0


def test_names_are_taken_once(olga, sara, books):
    keep(olga)
    with pytest.raises(refusals.ViewNameTaken):
        keep(olga)
    keep(olga, resource="quotes", filters={"state": "sent"}, sort="", columns=[])
    peer = person(books, "petra", "sales_manager")
    do(olga, "share", SavedView.objects.get(name="Late", resource="opportunities").pk)
    theirs = keep(peer)
    with pytest.raises(refusals.SharedNameTaken):
        do(peer, "share", theirs)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"filters": {"colour": "red"}}, BadQuery),
        ({"filters": {"amount__gte": "much"}}, BadQuery),
        ({"sort": "colour"}, BadQuery),
        ({"columns": ["colour"]}, BadQuery),
        ({"filters": ["state"]}, refusals.BadFilters),
        ({"filters": {"state": 1}}, refusals.BadFilters),
        ({"columns": "number"}, refusals.BadFilters),
        ({"resource": "dreams"}, InvalidInput),
        ({"resource": "entries", "filters": {}, "sort": "", "columns": []}, refusals.NoSuchList),
        ({"resource": "parties", "kind": "board", "filters": {}, "sort": "", "columns": []}, refusals.NoBoard),
    ],
)
def test_what_the_list_would_not_understand_is_refused_with_a_sentence(sara, values, refusal):
    with pytest.raises(refusal) as refused:
        keep(sara, **values)
    assert refused.value.sentence().endswith((".", "quote", "whole number")) or ":" in refused.value.sentence()
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines\x07"])
def test_a_view_without_a_proper_name_is_refused(sara, name):
    with pytest.raises(Exception, match=r"(?s).+"):
        keep(sara, name)
    assert not SavedView.objects.exists()


def test_the_laws_hold_against_plain_statements(olga, sara):
    pk = keep(olga)
    for statement, law in [
        ("update views_savedview set owner_id = %(sara)s", "view_keeps_list_and_owner"),
        ("update views_savedview set resource = 'quotes'", "view_keeps_list_and_owner"),
        ("update views_savedview set filters = '[]'", "view_filters_by_name"),
        ("update views_savedview set columns = '{}'", "view_columns_in_order"),
        ("update views_savedview set state = 'secret'", "view_state_known"),
        ("insert into views_defaultview (version, user_id, view_id, resource) values (1, %(sara)s, %(view)s, 'quotes')", "default_view_is_for_its_user"),
    ]:  # fmt: skip
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), unit_of_work("test", "test"), connection.cursor() as cursor:
            cursor.execute(statement, {"sara": sara.user_id, "view": pk})
        assert refused.value.__cause__.diag.constraint_name == law
    with unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(
            "insert into views_defaultview (version, user_id, view_id, resource) values (1, %s, %s, 'quotes')", [olga.user_id, pk]
        )
    assert DefaultView.objects.get().resource == "opportunities"


def test_a_program_keeps_no_views(books):
    with pytest.raises(DatabaseRefused):
        keep(books.actor)
