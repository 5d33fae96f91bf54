"""BK-08: the outgoing file needs two people and is fingerprinted; whoever tries otherwise, by a console too, is refused."""

import hashlib

import pytest
from django.db import DatabaseError, connection, connections, transaction

from fondaco.finance.remittance.models import PaymentFile, PaymentRun
from fondaco.finance.remittance.queries import file_of
from fondaco.finance.remittance.refusals import FileChanged, FileNotYet
from fondaco.platform.audit import checks
from fondaco.platform.database.unit import unit_of_work
from tests.books import open_books
from tests.finance.remittance.house import ANNA, BEA, House, do, iban
from tests.owed import owe


@pytest.fixture
def house(books):
    return House(books)


@pytest.fixture
def submitted(books, house):
    (alba,) = house.vendors("Alba")
    owe(books, alba, "100.00")
    run = house.run()
    do(ANNA, "submit", run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def released(house, submitted):
    do(BEA, "release", submitted.pk)
    submitted.refresh_from_db()
    return submitted


FORGED = "<Document/>"
DIGEST = hashlib.sha256(FORGED.encode()).hexdigest()
BEFORE = {
    "released by who prepared it": ("anna", "update remittance_paymentrun set state = 'released', released_by = 'bea', released_at = now()", "run_second_person"),
    "preparers forgotten": ("anna", "update remittance_paymentrun set prepared_by = '[]'", "run_never_changes"),
    "preparers forgotten while released": ("anna", "update remittance_paymentrun set prepared_by = '[]', state = 'released'", "run_never_changes"),
    "released without a file": ("bea", f"update remittance_paymentrun set state = 'released', fingerprint = '{DIGEST}'", "released_run_is_whole"),
    "released with a forged file": (
        "bea",
        "insert into remittance_paymentfile (version, run_id, format, content, digest)"
        f" select 1, id, 'pain.001.001.09', '{FORGED}', '{DIGEST}' from remittance_paymentrun;"
        f" update remittance_paymentrun set state = 'released', fingerprint = '{DIGEST}'",
        "released_run_is_whole",
    ),
    "a digest that is not the file's": (
        "bea",
        "insert into remittance_paymentfile (version, run_id, format, content, digest)"
        f" select 1, id, 'pain.001.001.09', '<Other/>', '{DIGEST}' from remittance_paymentrun",
        "payment_file_fingerprint",
    ),
    "another amount": ("bea", "update remittance_paymentrunline set amount = 99999", "run_never_changes"),
    "another payee": ("bea", "update remittance_paymentrunline set payee_id = null, state = 'released'", "run_never_changes"),
    "a line more": ("bea", "delete from remittance_paymentrunline", "run_never_changes"),
    "another date": ("bea", "update remittance_paymentrun set \"on\" = '2026-03-01'", "run_never_changes"),
    "deleted": ("bea", "delete from remittance_paymentrun", "run_never_changes"),
    "a transfer to another account": (
        "bea",
        "insert into remittance_transfer (version, run_id, state, party_id, payee_id, name, iban, bic, amount, currency_id, disbursement_id, end_to_end, text, answer)"
        f" select 1, r.id, 'released', l.party_id, l.payee_id, 'X', '{iban(9)}', '', 100, 'EUR', 1, 'E2E', '', ''"
        " from remittance_paymentrun r join remittance_paymentrunline l on l.run_id = r.id",
        "transfer_to_confirmed_account",
    ),
}  # fmt: skip


def refused(who, statements):
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), unit_of_work(who, "test"), connection.cursor() as cursor:
        for statement in statements.split(";"):
            cursor.execute(statement)
    return refusal.value.__cause__


@pytest.mark.parametrize("attack", sorted(BEFORE))
def test_a_submitted_run_is_neither_changed_nor_released_by_a_console(books, submitted, attack):
    who, statements, constraint = BEFORE[attack]
    assert refused(who, statements).diag.constraint_name == constraint
    assert PaymentRun.objects.get().state == "submitted"
    with pytest.raises(FileNotYet):
        file_of(submitted)
    books.assert_checks_hold()


AFTER = {
    "the file": (f"update remittance_paymentfile set content = '{FORGED}', digest = '{DIGEST}'", "42501"),
    "the file taken away": ("delete from remittance_paymentfile", "42501"),
    "the fingerprint": (f"update remittance_paymentrun set fingerprint = '{DIGEST}'", "23001"),
    "the releaser": ("update remittance_paymentrun set released_by = 'anna'", "23001"),
    "back to draft": ("update remittance_paymentrun set state = 'draft'", "23001"),
    "a line": ("update remittance_paymentrunline set amount = 1", "23001"),
    "the account of a transfer": (f"update remittance_transfer set iban = '{iban(9)}'", "23001"),
    "the amount of a transfer": ("update remittance_transfer set amount = 1", "23001"),
    "a transfer taken away": ("delete from remittance_transfer", "23001"),
}


@pytest.mark.parametrize("attack", sorted(AFTER))
def test_nothing_of_a_released_run_is_changed_by_the_application(books, released, attack):
    statement, state = AFTER[attack]
    assert refused("bea", statement).sqlstate == state
    assert hashlib.sha256(file_of(released).content.encode()).hexdigest() == released.fingerprint
    books.assert_checks_hold()


def test_a_file_that_its_owner_changed_in_the_database_is_not_served(live_house):
    """Even the owner of the tables, with the guards switched off, only gets a file that is refused."""
    run = live_house
    with connections["owner"].cursor() as cursor:
        cursor.execute("alter table remittance_paymentfile disable trigger b_keep")
        cursor.execute("update remittance_paymentfile set content = %s, digest = %s", [FORGED, DIGEST])
        cursor.execute("alter table remittance_paymentfile enable trigger b_keep")
    with unit_of_work("bea", "test"), pytest.raises(FileChanged, match=run.fingerprint):
        file_of(run)
    with unit_of_work("check", "check"):
        broken = [v.check.key for v in checks.run() if not v.holds]
    assert broken == ["remittance.files_as_released"]
    assert PaymentFile.objects.get().content == FORGED


@pytest.fixture
def live_house(live_database, django_db_blocker):
    with django_db_blocker.unblock():
        books = open_books()
        house = House(books)
        (alba,) = house.vendors("Alba")
        owe(books, alba, "100.00")
        yield house.released(house.run())
