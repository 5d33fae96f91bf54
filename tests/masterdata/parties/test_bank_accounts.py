"""AP-07: a new or changed bank account is on hold until a second person confirms it by another channel, whichever way one tries."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.masterdata.parties.models import PartyBankAccount
from fondaco.masterdata.parties.refusals import AccountAlready, ClosedAccount, OwnChange
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import InvalidInput, NotAllowed
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.documents.refusals import WrongState
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR
from tests.owed import vendors

IBAN, OTHER = "IT60X0542811101000000123456", "DE89370400440532013000"
ANNA, BEA, CARLA = (replace(ACTOR, username=name) for name in ("anna", "bea", "carla"))
RESOURCE = RESOURCES["party-bank-accounts"]


@pytest.fixture
def vendor(books):
    return vendors(books, "Torrefazione Alba")[0]


def written(vendor, actor=ANNA, **values):
    (key,) = create(actor, RESOURCE, [{"party": vendor.pk, "iban": IBAN, **values}]).ids
    return PartyBankAccount.objects.get(pk=key)


def confirm(account, actor, channel="phone_call"):
    perform(actor, ACTIONS["parties.confirm_bank_account"], [account.pk], {"channel": channel, "confirmation": "Sig.ra Neri, +39 0173 1"})
    account.refresh_from_db()
    return account


def test_a_new_account_waits_for_a_second_person_who_says_how_it_was_confirmed(books, vendor):
    account = written(vendor, iban=" it60 X054 2811 1010 0000 0123 456")
    assert (account.iban, account.state, account.changed_by, account.is_default) == (IBAN, "held", ["anna"], True)
    with pytest.raises(OwnChange, match=IBAN), transaction.atomic():
        confirm(account, ANNA)
    confirm(account, BEA)
    assert (account.state, account.confirmed_by, account.channel, account.confirmation) == (
        "confirmed", "bea", "phone_call", "Sig.ra Neri, +39 0173 1",
    )  # fmt: skip
    assert account.confirmed_at is not None
    books.assert_checks_hold()


def test_everybody_who_changed_it_since_is_no_second_person(books, vendor):
    account = confirm(written(vendor), BEA)
    edit(BEA, RESOURCE, {account.pk: {"iban": OTHER}})
    edit(CARLA, RESOURCE, {account.pk: {"bic": "COBADEFF"}})
    account.refresh_from_db()
    assert (account.state, account.changed_by, account.confirmed_by, account.channel) == ("held", ["bea", "carla"], "", "")
    for actor in (BEA, CARLA):
        with pytest.raises(OwnChange), transaction.atomic():
            confirm(account, actor)
    assert confirm(account, ANNA, "letter").confirmed_by == "anna"
    changes = Change.objects.filter(table_name="parties_partybankaccount", row_id=account.pk).order_by("id")
    assert [c.changes["iban"] for c in changes if "iban" in c.changes] == [[IBAN, OTHER]]


def test_what_says_nothing_of_the_number_leaves_it_confirmed(books, vendor):
    account = confirm(written(vendor), BEA)
    edit(ANNA, RESOURCE, {account.pk: {"bank_name": "Banca d'Alba", "iban": IBAN.lower()}})
    account.refresh_from_db()
    assert account.state == "confirmed"
    second = written(vendor, iban=OTHER)
    books.do("parties.make_default_bank_account", second.pk)
    assert list(PartyBankAccount.objects.filter(is_default=True)) == [second]
    account.refresh_from_db()
    assert account.state == "confirmed"


def test_it_is_put_on_hold_again_and_closed_for_ever(books, vendor):
    account = confirm(written(vendor), BEA)
    perform(BEA, ACTIONS["parties.hold_bank_account"], [account.pk], reason="A strange letter came")
    with pytest.raises(OwnChange), transaction.atomic():
        confirm(account, ANNA)
    assert confirm(account, CARLA).confirmed_by == "carla"
    books.do("parties.close_bank_account", account.pk)
    with pytest.raises(WrongState), transaction.atomic():
        confirm(account, BEA)
    with pytest.raises(ClosedAccount), transaction.atomic():
        edit(ANNA, RESOURCE, {account.pk: {"iban": OTHER}})
    again = written(vendor)
    assert (again.state, again.is_default) == ("held", True)
    with pytest.raises(AccountAlready), transaction.atomic():
        written(vendor)
    with pytest.raises(InvalidInput), transaction.atomic():
        written(vendor, iban="IT61X0542811101000000123456")


def test_writing_and_confirming_are_two_rights(books, vendor):
    account = written(vendor)
    clerk = replace(ANNA, username="dora", everything=False, patterns=(("parties.write_bank_account", None, "company"),))
    with pytest.raises(NotAllowed):
        confirm(account, clerk)


ATTACKS = {
    "confirmed at once": (
        "insert into parties_partybankaccount (version, party_id, state, iban, account_number, bic, bank_name, holder, is_default, changed_by,"
        " confirmed_by, confirmed_at, channel, confirmation)"
        f" select 1, party_id, 'confirmed', '{OTHER}', '', '', '', '', false, to_jsonb(array['bea']), 'bea', now(), 'letter', '' from parties_partybankaccount",
        "anna",
    ),
    "confirmed by its writer": ("update parties_partybankaccount set state = 'confirmed', channel = 'letter'", "anna"),
    "writers forgotten": ("update parties_partybankaccount set changed_by = '[]', state = 'confirmed', channel = 'letter'", "anna"),
    "changed and confirmed in one": (f"update parties_partybankaccount set iban = '{OTHER}', state = 'confirmed', channel = 'letter'", "bea"),
    "confirmed in another's name": ("update parties_partybankaccount set state = 'confirmed', confirmed_by = 'bea', confirmed_at = now(), channel = 'letter'", "anna"),
    "confirmed without a word": ("update parties_partybankaccount set state = 'confirmed', confirmed_by = 'bea', confirmed_at = now()", "bea"),
}  # fmt: skip


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_a_console_gets_no_account_confirmed(books, vendor, attack):
    written(vendor)
    statement, who = ATTACKS[attack]
    try:
        with transaction.atomic(), unit_of_work(who, "test"), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as refusal:
        assert refusal.__cause__.diag.constraint_name in {"party_account_second_person", "party_account_confirmed_by_somebody"}
    assert not PartyBankAccount.objects.filter(state="confirmed").exists()


@pytest.mark.parametrize(
    "change", [f"iban = '{OTHER}'", "bic = 'COBADEFF'", "holder = 'Somebody else'", "party_id = {other}", "account_number = '1'"]
)
def test_a_console_that_changes_a_confirmed_account_puts_it_on_hold(books, vendor, change):
    account = confirm(written(vendor), BEA)
    (other,) = vendors(books, "Altro")
    with unit_of_work("bea", "test"), connection.cursor() as cursor:
        cursor.execute(f"update parties_partybankaccount set {change.format(other=other.pk)}")
    account.refresh_from_db()
    assert (account.state, account.changed_by, account.confirmed_by) == ("held", ["bea"], "")
