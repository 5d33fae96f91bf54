"""Users, their roles and their way in: what administrators may do, what nobody may do, and what ends a session."""

import hashlib
import threading
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.utils import timezone

from fondaco.interfaces.doors.tokens import make_token
from fondaco.localizations.loading import load_reference_data
from fondaco.masterdata.users import actions
from fondaco.masterdata.users.refusals import (
    BeyondYourCompanies,
    LastAdministrator,
    NotYourCompany,
    NotYourself,
    RoleHeldAlready,
    RoleNotHeld,
    UsernameForEver,
    UserNeverDeleted,
    WhereIsMissing,
)
from fondaco.masterdata.users.resources import UserResource
from fondaco.platform.access.actors import actor_of
from fondaco.platform.access.models import ApiToken, Membership, OneTimeLink, Role, Team, User
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.resources.writing import create, delete, edit
from tests.books import ACTOR, open_books

PASSWORD = "drei graue Kutter"


def person(username, *roles, company=None, password=PASSWORD):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=username, name=username.title(), password=make_password(password) if password else "!")
        for role in roles:
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=company)
    return user


def acting(user):
    return actor_of(User.objects.get(pk=user.pk), channel="web")


@pytest.fixture
def ada(books):
    """The administrator of all companies."""
    return person("ada", "administrator")


def test_an_administrator_invites_gives_roles_and_makes_a_link(books, ada):
    (bea,) = create(acting(ada), UserResource, [{"name": "Bea Neri", "username": " Bea.Neri", "email": "Bea@Example.com"}]).ids
    role = Role.objects.get(key="accountant").pk
    perform(acting(ada), actions.grant_role, [bea], {"role": role, "company": books.company.pk})
    outcome = perform(acting(ada), actions.make_password_link, [bea], idempotency_key="once")
    assert list(outcome.told) == ["bea.neri"]
    secret = outcome.told["bea.neri"].removeprefix("/-/welcome/")
    link = OneTimeLink.objects.get()
    assert secret not in (link.digest, *map(str, link.__dict__.values()))
    again = perform(acting(ada), actions.make_password_link, [bea], idempotency_key="once")
    assert again.replayed
    assert again.told == {}
    with connection.cursor() as cursor:
        cursor.execute("select answer::text from documents_idempotencykey")
        assert secret not in cursor.fetchone()[0]
    assert actor_of(User.objects.get(pk=bea), channel="web").may("ledger.post_voucher", books.company.pk)
    assert set(Change.objects.filter(table_name="access_onetimelink").values_list("id", flat=True)) == set()


def test_nobody_without_the_permission_does(books, ada):
    clerk = person("clerk", "accountant", company=books.company.pk)
    for action, given in (
        (actions.grant_role, {"role": Role.objects.get(key="administrator").pk, "in_all_companies": True}),
        (actions.deactivate, {}),
        (actions.make_password_link, {}),
        (actions.end_sessions, {}),
    ):
        with pytest.raises(NotAllowed):
            perform(acting(clerk), action, [ada.pk], given)


def test_who_manages_one_company_reaches_nobody_of_another(books, ada):
    other = open_books(code="OTHER").company
    local = person("local", "administrator", company=books.company.pk)
    far = person("far", "accountant", company=other.pk)
    near = person("near", "accountant", company=books.company.pk)
    for target in (far, ada):
        for action in (actions.deactivate, actions.make_password_link, actions.end_sessions):
            with pytest.raises(BeyondYourCompanies):
                perform(acting(local), action, [target.pk])
        with pytest.raises(BeyondYourCompanies):
            edit(acting(local), UserResource, {target.pk: {"email": "mine@example.com"}})
    role = Role.objects.get(key="cashier").pk
    for where in ({"company": other.pk}, {"in_all_companies": True}):
        with pytest.raises(NotYourCompany):
            perform(acting(local), actions.grant_role, [local.pk], {"role": role, **where})
    with pytest.raises(NotYourCompany):
        perform(
            acting(local), actions.withdraw_role, [ada.pk], {"role": Role.objects.get(key="administrator").pk, "in_all_companies": True}
        )
    perform(acting(local), actions.make_password_link, [near.pk])
    perform(acting(local), actions.grant_role, [near.pk], {"role": role, "company": books.company.pk})


def test_a_role_is_given_once_and_taken_as_it_was_given(books, ada):
    bea = person("bea")
    role = Role.objects.get(key="cashier").pk
    here = {"role": role, "company": books.company.pk}
    with pytest.raises(WhereIsMissing):
        perform(acting(ada), actions.grant_role, [bea.pk], {"role": role})
    perform(acting(ada), actions.grant_role, [bea.pk], here)
    with pytest.raises(RoleHeldAlready, match="Bea already hold the role Cashier"):
        perform(acting(ada), actions.grant_role, [bea.pk], here)
    with pytest.raises(RoleNotHeld):
        perform(acting(ada), actions.withdraw_role, [bea.pk], {"role": role, "in_all_companies": True})
    perform(acting(ada), actions.withdraw_role, [bea.pk], here)
    assert not Membership.objects.filter(user=bea).exists()
    (gone,) = Change.objects.filter(table_name="access_membership", operation="delete")
    assert (gone.actor, gone.verb) == ("ada", "access.withdraw_role")


def test_nobody_deactivates_himself_not_even_in_the_database(books, ada):
    person("second", "administrator")
    with pytest.raises(NotYourself):
        perform(acting(ada), actions.deactivate, [ada.pk])
    with pytest.raises(NotYourself), refusals_translated(), unit_of_work("ada", "test"):
        User.objects.filter(pk=ada.pk).update(is_active=False)
    assert User.objects.get(pk=ada.pk).is_active


def test_the_last_administrator_stays(books, ada):
    deputy = person("deputy", "administrator")
    invited = person("invited", "administrator", password="")
    perform(acting(deputy), actions.deactivate, [ada.pk])
    role = {"role": Role.objects.get(key="administrator").pk, "in_all_companies": True}
    # Invited is an administrator too, but never set a password: nobody could sign in any more.
    with pytest.raises(LastAdministrator):
        perform(acting(deputy), actions.withdraw_role, [deputy.pk], role)
    for harm in (
        lambda: User.objects.filter(pk=deputy.pk).update(is_active=False),
        lambda: Membership.objects.filter(user=deputy).delete(),
        lambda: Membership.objects.filter(user=deputy).update(role=Role.objects.get(key="auditor")),
    ):
        with pytest.raises(LastAdministrator), refusals_translated(), unit_of_work("program.test", "test"):
            harm()
    with pytest.raises(LastAdministrator):
        perform(ACTOR, actions.deactivate, [deputy.pk])
    with unit_of_work("test", "test"):
        User.objects.filter(pk=invited.pk).update(password=make_password(PASSWORD))
    perform(acting(deputy), actions.withdraw_role, [deputy.pk], role)


def test_users_are_never_deleted_and_keep_their_username(books, ada):
    bea = person("bea")
    with pytest.raises(UserNeverDeleted):
        delete(acting(ada), UserResource, [bea.pk])
    with pytest.raises(UsernameForEver):
        edit(acting(ada), UserResource, {bea.pk: {"username": "beatrice"}})
    edit(acting(ada), UserResource, {bea.pk: {"name": "Beatrice"}})


def signed_in(username):
    client = Client()
    assert client.post("/-/sign-in", {"username": username, "password": PASSWORD}).status_code == 302
    assert client.get("/").status_code == 200
    return client


def test_deactivating_ends_sessions_tokens_and_links_at_once(books, ada):
    bea = person("bea", "accountant", company=books.company.pk)
    with unit_of_work("test", "test"):
        _token, text = make_token(bea, "test")
    browser, program = signed_in("bea"), {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    link = perform(acting(ada), actions.make_password_link, [bea.pk]).told["bea"]
    assert Client().get("/api/v1", **program).status_code == 200
    assert ApiToken.objects.get().use.at is not None
    perform(acting(ada), actions.deactivate, [bea.pk])
    assert browser.get("/").status_code == 302
    assert Client().get("/api/v1", **program).status_code == 401
    assert Client().get(link).status_code == 404
    assert Client().post("/-/sign-in", {"username": "bea", "password": PASSWORD}).status_code == 422
    perform(acting(ada), actions.reactivate, [bea.pk])
    assert browser.get("/").status_code == 302, "a session from before is not revived"
    signed_in("bea")


def test_ending_sessions_and_a_new_password_sign_out_everywhere(books, ada):
    bea = person("bea", "accountant", company=books.company.pk)
    first = signed_in("bea")
    perform(acting(ada), actions.end_sessions, [bea.pk])
    assert first.get("/").status_code == 302
    second = signed_in("bea")
    link = perform(acting(ada), actions.make_password_link, [bea.pk]).told["bea"]
    assert second.get("/").status_code == 200, "the old password works until a new one is set"
    assert Client().post(link, {"password": "vier rote Segel", "again": "vier rote Segel"}).status_code == 302
    assert second.get("/").status_code == 302


def test_a_link_expires_and_a_newer_one_ends_it(books, ada):
    bea = person("bea")
    older = perform(acting(ada), actions.make_password_link, [bea.pk]).told["bea"]
    newer = perform(acting(ada), actions.make_password_link, [bea.pk]).told["bea"]
    assert Client().get(older).status_code == 404
    assert Client().get(newer).status_code == 200
    with pytest.raises(DatabaseError, match="is not changed"), unit_of_work("test", "test"):
        OneTimeLink.objects.update(expires_at=None)
    with unit_of_work("test", "test"):
        digest = hashlib.sha256(b"late").hexdigest()
        OneTimeLink.objects.create(purpose="password", user=bea, digest=digest, expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get("/-/welcome/late").status_code == 404
    with pytest.raises(DatabaseError, match="has expired"), unit_of_work("test", "test"):
        OneTimeLink.objects.filter(digest=digest).update(used_at=timezone.now())


@pytest.mark.parametrize("change", ["used_at = null", "used_at = now()", "digest = 'x'"])
def test_a_used_link_is_used_for_ever(books, ada, change):
    perform(acting(ada), actions.make_password_link, [ada.pk])
    with unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute("update access_onetimelink set used_at = now()")
    with pytest.raises(DatabaseError, match="was used already"), unit_of_work("test", "test"), connection.cursor() as cursor:
        cursor.execute(f"update access_onetimelink set {change}")


def test_a_token_is_never_widened_or_revived(books, ada):
    with unit_of_work("test", "test"):
        token, _text = make_token(ada, "test", scopes=["parties.*"])
    perform(acting(ada), actions.revoke, [token.pk])
    for change in ({"scopes": ["*"]}, {"revoked_at": None}, {"digest": "x"}):
        with pytest.raises(DatabaseError, match="is not changed"), unit_of_work("test", "test"):
            ApiToken.objects.filter(pk=token.pk).update(**change)


def test_teams_are_changed_with_a_history(books, ada):
    bea = person("bea", "sales_representative")  # who reaches his team's rows
    with unit_of_work("test", "test"):
        team = Team.objects.create(name="North")
    perform(acting(ada), actions.join_team, [bea.pk], {"team": team.pk})
    assert acting(bea).team_ids == {bea.pk}
    perform(acting(ada), actions.join_team, [ada.pk], {"team": team.pk})
    assert acting(bea).team_ids == {bea.pk, ada.pk}
    perform(acting(ada), actions.leave_team, [bea.pk], {"team": team.pk})
    assert Change.objects.filter(table_name="access_teammember", operation="delete", actor="ada").count() == 1


def test_giving_a_role_costs_the_same_for_one_and_for_many(books, ada, django_assert_max_num_queries):
    role = Role.objects.get(key="cashier").pk
    actor = acting(ada)
    users = [person(f"clerk{n}").pk for n in range(40)]
    with django_assert_max_num_queries(16):
        perform(actor, actions.grant_role, users, {"role": role, "company": books.company.pk})


def test_two_administrators_cannot_shut_each_other_out(live_database, django_db_blocker):
    """Both see the other still there; the second to commit waits, looks again, and is refused."""
    with django_db_blocker.unblock():
        load_reference_data(ACTOR)
        ids = {name: person(name, "administrator").pk for name in ("anna", "bruno")}
        both = threading.Barrier(2, timeout=30)
        said = {}

        def shut_out(actor, target):
            try:
                with refusals_translated(), unit_of_work(actor, "test"):
                    with connection.cursor() as cursor:
                        cursor.execute("select count(*) from access_user where is_active")
                    both.wait()
                    User.objects.filter(pk=ids[target]).update(is_active=False)
                said[actor] = "done"
            except LastAdministrator:
                said[actor] = "refused"
            finally:
                connections.close_all()

        threads = [threading.Thread(target=shut_out, args=pair) for pair in (("anna", "bruno"), ("bruno", "anna"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(40)
        assert sorted(said.values()) == ["done", "refused"]
        assert User.objects.filter(is_active=True).count() == 1
        connections.close_all()
