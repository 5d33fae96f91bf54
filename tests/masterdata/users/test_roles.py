"""Roles of one's own: copied, changed, and bounded."""

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from fondaco.masterdata.users import actions
from fondaco.masterdata.users.permissions import known_permissions
from fondaco.masterdata.users.refusals import LastAdministrator, RoleKeyForEver, RolesAreEverywhere, UnknownPermission
from fondaco.masterdata.users.resources import RoleResource
from fondaco.platform.access.models import Role, RolePermission, User
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import NotAllowed, StillUsed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.resources.writing import create, delete, edit
from tests.books import ACTOR
from tests.masterdata.users.test_users import acting, person


@pytest.fixture
def ada(books):
    return person("ada", "administrator")


def lines(*patterns, scope="company"):
    return [{"pattern": pattern, "scope": scope} for pattern in patterns]


def make(actor, key="night_shift", *patterns):
    values = {"key": key, "name": "Night shift", "permissions": lines(*(patterns or ("inventory.view_*", "inventory.post_issue")))}
    (pk,) = create(actor, RoleResource, [values]).ids
    return Role.objects.get(pk=pk)


def test_a_role_of_ones_own_counts_from_the_next_click(books, ada):
    role = make(acting(ada))
    bea = person("bea", "night_shift")
    assert acting(bea).may("inventory.post_issue") and not acting(bea).may("sales.view_order")
    edit(acting(ada), RoleResource, {role.pk: {"permissions": lines("sales.view_*", scope="own")}})
    assert acting(bea).grants("sales.view_order") == ((None, "own"),) and not acting(bea).may("inventory.post_issue")
    assert Change.objects.filter(table_name="access_rolepermission", actor="ada").exists()


def test_a_copy_holds_the_same_and_nobody_holds_it(books, ada):
    sources = list(Role.objects.filter(key__in=["warehouse_worker", "accountant"]).order_by("id"))
    made = perform(acting(ada), actions.copy, [r.pk for r in sources]).made["roles"]
    for source, pk in zip(sources, made, strict=True):
        copied = Role.objects.get(pk=pk)
        assert copied.key == f"{source.key}_2" and not copied.holders.exists()
        assert set(copied.permissions.values_list("pattern", "scope")) == set(source.permissions.values_list("pattern", "scope"))
    assert Role.objects.get(pk=perform(acting(ada), actions.copy, [sources[0].pk]).made["roles"][0]).key == f"{sources[0].key}_3"


def test_copying_costs_the_same_for_one_and_for_many(books, ada, django_assert_max_num_queries):
    actor, roles = acting(ada), list(Role.objects.values_list("pk", flat=True))
    for some in (roles[:1], roles):
        with django_assert_max_num_queries(30):
            perform(actor, actions.copy, some)


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [("sales.pots_order", "sales."), ("inventory", "inventory."), ("zzzz.*", "room.verb_noun"), ("x.y; drop", "room.verb_noun")],
)
def test_a_permission_that_does_not_exist_is_told(books, ada, pattern, advice):
    with pytest.raises(UnknownPermission, match=advice):
        make(acting(ada), "wrong", pattern)
    assert not Role.objects.filter(key="wrong").exists()


def test_standard_roles_may_be_changed_though_they_name_rooms_to_come(books, ada):
    role = Role.objects.get(key="accountant")
    given = [{"pattern": p, "scope": s} for p, s in role.permissions.values_list("pattern", "scope")]
    edit(acting(ada), RoleResource, {role.pk: {"permissions": [*given, *lines("crm.view_lead")]}})
    assert role.permissions.filter(pattern="crm.view_lead").exists()


def test_the_key_never_changes_and_a_held_role_stays(books, ada):
    role = make(acting(ada))
    person("bea", "night_shift")
    with pytest.raises(RoleKeyForEver):
        edit(acting(ada), RoleResource, {role.pk: {"key": "day_shift"}})
    with pytest.raises(StillUsed):
        delete(acting(ada), RoleResource, [role.pk])


def test_who_manages_one_company_writes_no_role(books, ada):
    local = person("leo", "administrator", company=books.company.pk)
    with pytest.raises(RolesAreEverywhere, match=books.company.code):
        make(acting(local))
    with pytest.raises(RolesAreEverywhere):
        perform(acting(local), actions.copy, [Role.objects.get(key="warehouse_worker").pk])
    with pytest.raises(NotAllowed):
        make(acting(person("bea", "accountant")))


def test_somebody_who_may_give_roles_remains_whatever_is_written(books, ada):
    role = Role.objects.get(key="administrator")
    with pytest.raises(LastAdministrator):
        edit(acting(ada), RoleResource, {role.pk: {"permissions": lines("access.view_*")}})
    for harm in (
        lambda: RolePermission.objects.update(scope="own", pattern=Concat("pattern", Value("_x"))),
        RolePermission.objects.all().delete,
    ):
        with pytest.raises(LastAdministrator), refusals_translated(), unit_of_work("program.test", "test"):
            harm()
    assert acting(User.objects.get(pk=ada.pk)).may("access.set_roles")


def test_every_standalone_permission_is_known():
    assert {"ledger.post_late", "ledger.view_statement"} <= known_permissions()
    assert ACTOR.may("ledger.post_late")
