"""SA-02: who may be the same, how sure that is, and why."""

from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.masterdata.parties.models import Party
from fondaco.masterdata.parties.normalising import sort_name
from fondaco.masterdata.parties.queries import duplicates
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from fondaco.platform.resources.writing import create
from tests.books import ACTOR

STRANGERS = [
    "Rossi Impianti S.r.l.", "Bianchi Trasporti S.p.A.", "Caffè Centrale", "Northwind Traders", "Müller Maschinenbau GmbH", "Farmacia San Marco",
    "Studio Legale Ferrari", "Hotel Bellavista", "Panificio Conti", "Oxford Books Ltd", "Cantina Sociale di Soave", "Elettronica Veneta", "Yamamoto Kogyo",
]  # fmt: skip


def party(name, **values):
    (key,) = create(ACTOR, RESOURCES["parties"], [{"name": name, "country": "IT", **values}]).ids
    return key


def found(**described):
    return [(d.party.pk, d.score, d.reasons) for d in duplicates(**described)]


@pytest.fixture
def duomo(books):
    return party("Bar Duomo S.r.l.", vat_number="IT01114601006", email="anna@duomo.example", phone="+39 02 8646 3456", city="Milano")


def test_what_is_certain_counts_more_than_what_is_alike(duomo):
    assert found(vat_number="IT01114601006") == [(duomo, 100, ("same VAT number",))]
    assert found(email="Anna@Duomo.example") == [(duomo, 85, ("same mail address",))]
    assert found(phone="+390286463456") == [(duomo, 75, ("same telephone",))]
    assert found(name="bar DUOMO s.r.l.") == [(duomo, 70, ("name alike by 100%",))]
    assert found(name="Bar Duomo S.r.l.", city="MILANO") == [(duomo, 80, ("name alike by 100%", "same city"))]
    assert found(name="Bar Duomo S.r.l.", city="Roma", email="bruno@duomo.example") == [
        (duomo, 85, ("name alike by 100%", "same mail domain"))
    ]
    everything = {"name": "Bar Duomo S.r.l.", "city": "Milano", "email": "x@duomo.example"}
    assert found(**everything)[0][1] == 95, "without a number or an address that is his alone, it is never certain"


def test_a_contact_point_says_as_much_as_the_party_itself(duomo):
    lines = [{"kind": "email", "value": "Bruno@Home.example"}, {"kind": "mobile", "value": "347 123 4567"}]
    other = party("Bruno Neri", contact_points=lines)
    assert found(email="bruno@home.example") == [(other, 85, ("same mail address",))]
    assert found(phone="+393471234567") == [(other, 75, ("same telephone",))]


def test_a_slip_in_the_name_and_the_same_town_are_told(duomo):
    for slip in ("Bar Duomo", "Bar Duommo Srl", "BAR  DUÒMO S.R.L"):
        ((key, score, reasons),) = found(name=slip, city="Milano")
        assert key == duomo
        assert 40 <= score < 85
        assert reasons[1:] == ("same city",)


def test_strangers_are_not_told(books):
    keys = {name: party(name, email=f"info@{n}.example", city="Verona") for n, name in enumerate(STRANGERS)}
    for one, other in combinations(STRANGERS, 2):
        assert keys[other] not in [key for key, *_ in found(name=one, city="Verona", email="info@new.example")]
    assert found(name="Zanetti & Figli", city="Verona") == []
    assert found() == []


def test_oneself_is_no_duplicate_of_oneself(duomo):
    assert found(name="Bar Duomo S.r.l.", vat_number="IT01114601006", but=duomo) == []


def test_many_who_are_alike_do_not_hide_the_one_who_is_certain(duomo):
    alike = [Party(name=f"Osteria Bella {n}", sort_name=sort_name(f"Osteria Bella {n}"), code=f"O{n}") for n in range(300)]
    with unit_of_work("test", "test"):
        insert_rows(Party, alike)
    first, second = found(name="Osteria Bella", vat_number="IT01114601006", limit=2)
    assert first == (duomo, 100, ("same VAT number",))
    assert 40 <= second[1] <= 70


def test_one_who_was_merged_is_told_as_the_party_that_remains(books, duomo):
    old = party("Duomo Caffetteria", email="old@caffe.example")
    older = party("Duomo Pasticceria", email="older@caffe.example")
    books.do("parties.merge", older, into=old)
    books.do("parties.merge", old, into=duomo)
    for email in ("old@caffe.example", "older@caffe.example"):
        assert found(email=email) == [(duomo, 85, ("same mail address",))]
        assert found(email=email, but=duomo) == []


def test_asking_costs_the_same_among_few_and_among_many(duomo):
    counts = []
    for more in range(2):
        with CaptureQueriesContext(connection) as statements:
            duplicates(name="Bar Duomo", email="anna@duomo.example", city="Milano")
        counts.append(len(statements))
        with unit_of_work("test", "test"):
            insert_rows(Party, [Party(name=f"Bar Duomo {more}{n}", sort_name=f"bar duomo {n}", code=f"D{more}{n}") for n in range(50)])
    assert counts[0] == counts[1]
