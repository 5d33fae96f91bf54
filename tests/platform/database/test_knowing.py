"""What is kept in memory is true: whoever changed it, however it was written, and whatever became of the change."""

import pytest
from django.db import connection, connections, transaction

from fondaco.finance.ledger.models import Account
from fondaco.finance.ledger.queries import accounts_by_purpose, journals
from fondaco.finance.tax.models import TaxCode
from fondaco.masterdata.companies.models import Company, Currency
from fondaco.masterdata.companies.queries import companies_of, decimals_of
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.database import knowing
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.unit import unit_of_work


def stamp():
    with connection.cursor() as cursor:
        cursor.execute("select stamp from one")
        return cursor.fetchone()[0]


def test_what_stands_is_asked_once_and_costs_one_statement_a_transaction(books):
    with unit_of_work("t", "t"):
        decimals_of(["EUR"]), accounts_by_purpose(), companies_of([])
    asked = []

    def noted(execute, sql, *given):
        asked.append(sql)
        return execute(sql, *given)

    with unit_of_work("t", "t"), connection.execute_wrapper(noted):
        assert decimals_of(["EUR", "JPY"]) == {"EUR": 2, "JPY": 0}
        assert accounts_by_purpose()[books.company.pk, "receivable"]
        assert companies_of([books.company.pk])[books.company.pk].name == books.company.name
        assert asked == ["select stamp from one"]


@pytest.mark.parametrize("way", ["save", "queryset", "plain", "unnest", "copy", "many", "cte"])
def test_ones_own_change_is_seen_at_once_however_it_was_written(books, way):
    key = books.company.pk
    with unit_of_work("t", "t"):
        account = Account.objects.get(company=key, purpose="receivable")
        assert accounts_by_purpose()[key, "receivable"] == account.pk
        Account.objects.filter(pk=account.pk).update(purpose="")
        assert (key, "receivable") not in accounts_by_purpose()
        account.refresh_from_db()
        account.purpose = "receivable"
        if way == "save":
            account.save()
        elif way == "queryset":
            Account.objects.filter(pk=account.pk).update(purpose="receivable")
        elif way == "unnest":
            update_rows(Account, {"id": [account.pk], "purpose": ["receivable"]})
        elif way == "copy":
            account.pk, account.number = None, "119999"
            insert_rows(Account, [account])
        else:
            with connection.cursor() as cursor:
                if way == "plain":
                    cursor.execute("  UPDATE ledger_account set purpose = 'receivable' where id = %s", [account.pk])
                elif way == "many":
                    cursor.executemany("update ledger_account set purpose = %s where id = %s", [("receivable", account.pk)])
                else:
                    cursor.execute("with x as (update ledger_account set purpose = 'receivable' where id = %s) select 1", [account.pk])
        assert accounts_by_purpose()[key, "receivable"] == account.pk


def test_a_change_given_up_leaves_no_trace(books):
    with unit_of_work("t", "t"):
        before = stamp()
        assert decimals_of(["EUR"]) == {"EUR": 2}
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Currency.objects.filter(code="EUR").update(decimals=3)
            assert decimals_of(["EUR"]) == {"EUR": 3}
            assert stamp() != before
            raise ZeroDivisionError
        assert decimals_of(["EUR"]) == {"EUR": 2}
        assert stamp() == before


def test_what_another_process_committed_is_seen_by_the_next_transaction(live_database):
    with unit_of_work("t", "t"):
        Currency.objects.update_or_create(code="XTS", defaults={"name": "Test", "name_it": "Prova", "decimals": 2})
    with unit_of_work("t", "t"):
        assert decimals_of(["XTS"]) == {"XTS": 2}
    with connections["owner"].cursor() as other:
        other.execute("update companies_currency set decimals = 4 where code = 'XTS'")
    with unit_of_work("t", "t"):
        assert decimals_of(["XTS"]) == {"XTS": 4}
    assert decimals_of(["XTS"]) == {"XTS": 4}  # outside of transactions too
    with connections["owner"].cursor() as other:
        other.execute("delete from companies_currency where code = 'XTS'")
    assert decimals_of(["XTS"]) == {}


def test_a_row_that_is_shared_keeps_nothing_of_other_tables(books):
    with unit_of_work("t", "t"):
        company = companies_of([books.company.pk])[books.company.pk]
        name = company.currency.name
        Currency.objects.filter(pk=company.currency_id).update(name="Renamed")
        assert company.currency.name == "Renamed" != name
        assert companies_of([books.company.pk])[books.company.pk].currency.name == "Renamed"


def test_rights_taken_away_are_gone_at_once(books):
    from fondaco.platform.access.actors import actor_of, user_of

    with unit_of_work("t", "t"):
        user = User.objects.create(username="rosa", name="Rosa")
        role = Role.objects.create(key="seer", name="Seer")
        RolePermission.objects.create(role=role, pattern="invoicing.*")
        held = Membership.objects.create(user=user, role=role)
    with unit_of_work("t", "t"):
        assert actor_of(user_of(user.pk), channel="api").may("invoicing.post_invoice")
    with unit_of_work("t", "t"):
        held.delete()
        assert not actor_of(user_of(user.pk), channel="api").may("invoicing.post_invoice")
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert not user_of(user.pk).is_active


def test_only_tables_that_say_so_have_a_stamp(db):
    """Each table of what seldom changes has its trigger, and no other has one: daily work draws no stamps."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct tgrelid::regclass::text from pg_trigger where tgname = 'z_new_stamp'")
        stamped = {name.strip('"') for (name,) in cursor.fetchall()}
    assert stamped == set(knowing.tables())
    assert {m._meta.db_table for m in (Company, Currency, Account, TaxCode, Role)} <= stamped


def test_posting_an_invoice_draws_no_stamp(books):
    with unit_of_work("t", "t"):
        before = stamp()
    books.invoice(books.customer(), [{"description": "Coffee", "quantity": "1", "unit_price": "10"}], "2026-03-02")
    with unit_of_work("t", "t"):
        assert stamp() == before
        assert journals()[books.company.pk, "sales"].purpose == "sales"
