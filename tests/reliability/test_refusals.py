"""Twelve refusals as their users read them, in English and Italian; each leaves every table of the house as it was."""

import re
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import translation

from fondaco.finance.ledger.drafts import EntryDraft, LineDraft
from fondaco.finance.ledger.entries import post
from fondaco.finance.ledger.models import PeriodState
from fondaco.operations.inventory.models import Warehouse
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform, refusals_translated
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create, edit
from tests.books import ACTOR, open_books
from tests.frontoffice.sales.shop import Shop

GOODS = [{"quantity": "1", "unit_price": "100.00"}]


def snapshot():
    """Count and fingerprint of every table, in the order of their names: parallel workers answer in any order."""
    tables = sorted(m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.managed and m._meta.db_table != "one")
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(f"select '{t}', count(*), sum(hashtext(x::text)) from \"{t}\" x" for t in tables))
        return sorted(cursor.fetchall())


@pytest.fixture
def refused():
    """A function: the work is refused with this code and these two sentences, and nothing is written."""

    def judge(code: str, english: str, italian: str, work: Callable[[], object]):
        before = snapshot()
        said = {}
        for language in ("en", "it"):
            with translation.override(language), pytest.raises(UserError) as refusal, transaction.atomic():
                work()
            with translation.override(language):
                said[language] = refusal.value.sentence()
            assert refusal.value.code == code
            assert 400 <= refusal.value.status < 500
            assert snapshot() == before
            # Who changed it when is said to the minute; the test says the rest.
        moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
        assert {k: re.sub(moment, "NOW", v) for k, v in said.items()} == {"en": english, "it": italian}

    return judge


@contextmanager
def by_hand():
    with refusals_translated(), unit_of_work("clerk", "test"):
        yield


def draft(books, *lines):
    return EntryDraft(
        company=books.company.pk, journal="general", on=date(2026, 3, 10), memo="Test", lines=[LineDraft(a, Decimal(x)) for a, x in lines]
    )


def test_a_closed_period_takes_no_invoice(books, refused):
    invoice = books.invoice(books.customer(), GOODS, "2026-03-10", post=False)
    state = PeriodState.objects.get(period__company=books.company, period__starts_on="2026-03-01", subledger="receivables")
    books.do("ledger.close", state.pk)
    refused(
        "ledger.period_closed",
        "Nothing was posted: period 2026-03 is closed. Reopen it under Books > Periods, or choose a later date.",
        "Niente è stato registrato: il periodo 2026-03 è chiuso. Riaprilo in Contabilità > Periodi, o scegli una data successiva.",
        lambda: books.do("invoicing.post", invoice.pk),
    )


def test_an_entry_that_does_not_balance_is_not_posted(books, refused):
    def work():
        with by_hand():
            post([draft(books, ("cash", "100"), ("revenue", "-99.99"))], actor=ACTOR)

    refused(
        "ledger.unbalanced",
        "The entry was not posted: debits and credits differ by 0.01. Correct the lines until the difference is zero.",
        "La registrazione non è stata fatta: dare e avere differiscono di 0,01. Correggi le righe finché la differenza è zero.",
        work,
    )


def test_the_last_unit_is_not_sold_twice(books, refused):
    shop = Shop(books)
    shop.receive(shop.cup, "1", "1.00")
    shop.order((shop.cup, "1"))
    late = shop.order((shop.cup, "1"), confirm=False)
    refused(
        "inventory.not_enough_stock",
        "CUP Cup: 1 asked for in Milano, but only 0 are free there. Take less, take from another warehouse, or wait for the next receipt.",
        "CUP Cup: richiesti 1 in Milano, ma liberi ce ne sono solo 0. Prendine meno, prendili da un altro magazzino, o aspetta il prossimo carico.",
        lambda: shop.did("confirm", late, on="2026-02-03"),
    )


def test_a_stale_form_overwrites_nobody(books, refused):
    customer = books.customer()
    edit(ACTOR, RESOURCES["parties"], {customer.pk: {"name": "Bar Centrale"}})
    refused(
        "documents.stale",
        "Bar Centrale was changed by program.test at NOW UTC (name, sort_name) after you opened it. Nothing of yours was saved; look at what it says now, and make your change again.",
        "Bar Centrale è stato cambiato da program.test alle NOW UTC (name, sort_name) dopo che l'hai aperto. Niente di tuo è stato salvato; guarda che cosa dice ora e ripeti la modifica.",
        lambda: edit(ACTOR, RESOURCES["parties"], {customer.pk: {"name": "Bar Sport", "version": customer.version}}),
    )


def test_an_invoice_is_not_paid_twice(books, refused):
    customer = books.customer()
    invoice = books.invoice(customer, GOODS, "2026-03-10")
    item = books.item(invoice)
    books.pay(customer, str(item.open_amount), "2026-03-20", {item.pk: str(item.open_amount)})
    second = books.pay(customer, "122.00", "2026-03-21", {item.pk: "122.00"}, post=False)
    refused(
        "payments.less_is_open",
        "PAY/2026/00002: 122.00 were allocated to SAL/2026/00001, but only 0.00 EUR are open there; somebody may have settled it just now. Load the open items again.",
        "PAY/2026/00002: sono stati assegnati 122,00 a SAL/2026/00001, ma lì sono aperti solo 0,00 EUR; forse qualcuno l'ha appena pareggiata. Ricarica le partite aperte.",
        lambda: books.do("payments.post", second.pk),
    )


def test_another_companys_warehouse_is_not_sold_from(books, refused):
    other = open_books(code="OTHER")
    with unit_of_work("test", "test"):
        theirs = Warehouse.objects.create(company=other.company, code="RM", name="Roma")
    given = {"company": books.company.pk, "customer": books.customer().pk, "on": "2026-02-02", "warehouse": theirs.pk}
    lines = [{"description": "Course", "quantity": "1", "unit_price": "5"}]
    english = f"warehouse “{theirs.pk}” was not found. It may have been removed, or it belongs to a company that you do not work in."
    italian = f"magazzino “{theirs.pk}” non è stato trovato. Può essere stato tolto, o appartiene a un'azienda in cui non lavori."
    refused("platform.not_found", english, italian, lambda: create(ACTOR, RESOURCES["orders"], [{**given, "lines": lines}]))


def test_who_has_no_right_posts_nothing(books, refused):
    invoice = books.invoice(books.customer(), GOODS, "2026-03-10", post=False)
    reader = Actor(username="reader", patterns=(("invoicing.view_*", None, "company"),))
    refused(
        "platform.not_allowed",
        "You may not do this (Post: invoices): your roles do not include “invoicing.post_invoice”. Ask an administrator for it.",
        "Operazione non consentita (Registra: fatture): i tuoi ruoli non comprendono “invoicing.post_invoice”. Chiedilo a un amministratore.",
        lambda: perform(reader, ACTIONS["invoicing.post"], [invoice.pk]),
    )


def test_a_posted_invoice_is_not_changed(books, refused):
    invoice = books.invoice(books.customer(), GOODS, "2026-03-10")
    refused(
        "documents.not_editable",
        "INV/2026/00001 is posted and can no longer be edited. Use its verbs: correct it by a reversal or a new document.",
        "INV/2026/00001 è registrato e non si può più modificare. Usa i suoi comandi: correggi con uno storno o un nuovo documento.",
        lambda: edit(ACTOR, RESOURCES["invoices"], {invoice.pk: {"reference": "New"}}),
    )


def test_an_invoice_is_not_posted_twice(books, refused):
    invoice = books.invoice(books.customer(), GOODS, "2026-03-10")
    refused(
        "documents.wrong_state",
        "INV/2026/00001 is posted; “Post” needs it to be draft.",
        "INV/2026/00001 è registrato; per “Registra” deve essere bozza.",
        lambda: books.do("invoicing.post", invoice.pk),
    )


def test_a_key_is_not_used_for_something_else(books, refused):
    invoices = [books.invoice(books.customer(n), GOODS, "2026-03-10", post=False).pk for n in ("A", "B")]
    perform(ACTOR, ACTIONS["invoicing.post"], invoices[:1], idempotency_key="once")
    refused(
        "documents.idempotency_key_reused",
        "The idempotency key “once” was already used for another request. Use a new key for a new request.",
        "La chiave di idempotenza “once” è già stata usata per un'altra richiesta. Usa una chiave nuova per una richiesta nuova.",
        lambda: perform(ACTOR, ACTIONS["invoicing.post"], invoices[1:], idempotency_key="once"),
    )


def test_a_paid_invoice_is_not_reversed(books, refused):
    customer = books.customer()
    invoice = books.invoice(customer, GOODS, "2026-03-10")
    books.pay(customer, "122.00", "2026-03-20", {books.item(invoice).pk: "122.00"})
    refused(
        "invoicing.paid_already",
        "INV/2026/00001 is settled, wholly or in part. Unapply the payment first, or write a credit note.",
        "INV/2026/00001 è pareggiata, in tutto o in parte. Annulla prima l'abbinamento, o scrivi una nota di credito.",
        lambda: books.do("invoicing.reverse", invoice.pk, reason="Wrong", on="2026-03-21"),
    )


def test_no_more_is_delivered_than_was_ordered(books, refused):
    shop = Shop(books)
    shop.receive(shop.cup, "5", "1.00")
    order = shop.order((shop.cup, "2"))
    refused(
        "sales.more_than_ordered",
        "3 of CUP Cup cannot be delivered on SO/2026/00001: 2 were ordered and 0 have left.",
        "3 di CUP Cup non si possono consegnare per SO/2026/00001: 2 ordinati e 0 usciti.",
        lambda: shop.did("deliver", order, on="2026-02-04", quantities={order.lines.get().pk: "3"}),
    )
