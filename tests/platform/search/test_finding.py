"""UX-03: search over everything, mistyped words too, only what the asker may see; every searched table answers by its index."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.platform.access.actors import actor_of
from fondaco.platform.resources.declare import RESOURCES, field_at, resource_of
from fondaco.platform.resources.reading import Query, filtered, page
from fondaco.platform.resources.searching import matching, own_fields
from fondaco.platform.resources.writing import create
from fondaco.platform.search.finding import search
from fondaco.platform.search.spelling import distance
from tests.books import ACTOR
from tests.interfaces.conftest import caller


@pytest.fixture
def town(books):
    for name in ("Caffè Bianchi S.r.l.", "Rossi & Figli", "O'Neil Coffee", "Müller Maschinen GmbH", "Torrefazione Giamaica"):
        books.customer(name)
    return books


def labels(text, actor=ACTOR):
    return [hit.label for hit in search(actor, text)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bianchi", "Caffè Bianchi S.r.l."),
        ("BIANCHI caffe", "Caffè Bianchi S.r.l."),
        ("caffé", "Caffè Bianchi S.r.l."),
        ("bainchi", "Caffè Bianchi S.r.l."),
        ("binchi", "Caffè Bianchi S.r.l."),
        ("rosi", "Rossi & Figli"),
        ("rossii figli", "Rossi & Figli"),
        ("o'neil", "O'Neil Coffee"),
        ("oneill", "O'Neil Coffee"),
        ("muller", "Müller Maschinen GmbH"),
        ("machinen", "Müller Maschinen GmbH"),
        ("torefazzione", "Torrefazione Giamaica"),
        ("giamaca", "Torrefazione Giamaica"),
        ("gi", "Torrefazione Giamaica"),
    ],
)
def test_UX_03_finds_what_is_meant(town, typed, found):
    assert found in labels(typed)


@pytest.mark.parametrize("typed", ["", " ", "%", "\x00", "zzzzzz", "bianchi zzzzz", "rosato", "\\", "'", "-- /", "ia%chi", "ca_fe"])
def test_UX_03_finds_nothing_else(town, typed):
    assert not {"Caffè Bianchi S.r.l.", "Rossi & Figli"} & set(labels(typed))


def test_what_is_said_comes_before_what_is_like_it(town):
    town.customer("Rosi Paolo")
    hits = search(ACTOR, "rosi")
    assert [(h.label, h.exact) for h in hits][:2] == [("Rosi Paolo", True), ("Rossi & Figli", False)]


def test_documents_are_found_by_their_number_and_listed_by_their_customer(town):
    customer = town.customer("Bar Sport")
    invoice = town.invoice(customer, [{"description": "Coffee", "quantity": 1, "unit_price": 10}], "2026-03-01")
    assert invoice.number in labels(invoice.number)
    for words in ("bar sport", "SPORT " + invoice.number, invoice.number[-4:]):
        assert [r.pk for r in filtered(RESOURCES["invoices"], ACTOR, Query(search=words))] == [invoice.pk]
    assert page(RESOURCES["invoices"], ACTOR, Query(search="giamaica")).rows == []


def test_the_number_of_statements_does_not_grow(town):
    counts = []
    for more in (1, 40):
        for at in range(more):
            town.customer(f"Trattoria Bianchi {more} {at}")
        for typed in ("bianchi", "trattorria"):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                search(ACTOR, typed)
            counts.append(len(asked))
    assert max(counts) <= 3


def test_every_searched_table_answers_by_its_index(town):
    """Where rows may be found by their words alone and only through a bitmap, a search of any kind uses the index made of the same expression."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off; set local enable_indexscan = off; set local enable_indexonlyscan = off")
        for resource in RESOURCES.values():
            if not own_fields(resource):
                continue
            sql, values = matching(resource.model._base_manager.all(), resource, "bianchi").values("pk").query.sql_with_params()
            cursor.execute(f"explain {sql}", values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert f"{resource.model._meta.db_table}_found" in plan, f"{resource.key}\n{plan}"


def test_what_is_searched_is_text_of_the_row_or_a_link_and_open_to_everybody_who_sees_the_row():
    for resource in RESOURCES.values():
        guarded = {c.path for c in [*resource.shown(), *resource.detail()] if c.right}
        for path in resource.search:
            field = field_at(resource.model, path)
            assert "__" not in path, f"{resource.key}: search through the link itself, not {path}"
            assert path not in guarded, f"{resource.key}: {path} needs a right and would tell its value to those who lack it"
            if field.is_relation:
                target = resource_of(field.related_model)
                assert target is not None, f"{resource.key}: {path}"
                assert own_fields(target), f"{resource.key}: {path}"


@pytest.mark.parametrize(
    ("typed", "there", "letters"),
    [("bainchi", "bianchi", 1), ("rosi", "rossi", 1), ("ros", "rot", None), ("inv12", "inv13", None), ("fattrua", "fattura", 1),
     ("torefazzione", "torrefazione", 2), ("espreso machine", "espresso macchine", 2), ("abcd", "zbce", None)],
)  # fmt: skip
def test_how_far_a_word_may_be_mistyped(typed, there, letters):
    assert distance(typed.split(), there.split()) == letters


def test_UX_03_nobody_finds_what_he_may_not_see(town):
    nobody = caller("nobody", "catalog.*").user
    seller = caller("seller", "crm.*", scope="own").user
    lead = {"contact_name": "Zanzibar Torrefatti", "company": town.company.pk, "on": "2026-03-01"}
    first, second = town.customer("Bar Porto").pk, town.customer("Bar Mare").pk
    create(ACTOR, RESOURCES["leads"], [{**lead, "party": first, "salesperson": seller.pk}, {**lead, "party": second}])
    assert len(labels("zanzibar")) == 2
    assert len(labels("zanzibra")) == 2
    assert labels("bianchi", actor_of(nobody, channel="test")) == []
    assert len(labels("zanzibar", actor_of(seller, channel="test"))) == 1
    assert len(labels("zanzibra", actor_of(seller, channel="test"))) == 1
