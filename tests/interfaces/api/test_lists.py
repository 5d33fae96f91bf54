"""Lists: every order walks through all rows in both directions; filters and fields are as declared."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fondaco.platform.access.actors import Actor
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.writing import create
from tests.interfaces.api.room import Parcel, ParcelResource
from tests.interfaces.conftest import caller

ROWS = 1000


@pytest.fixture(scope="module")
def clerk(parcels, django_db_blocker):
    with django_db_blocker.unblock():
        program = Actor.program("test")
        given = [
            {
                "company": parcels.pk,
                "title": f"Parcel {n * 7919 % ROWS:04} {'ü' if n % 3 else 'Z'}",
                "on": None if n % 5 == 0 else str(date(2026, 1, 1) + timedelta(days=n % 37)),
                "weight": None if n % 4 == 0 else str(Decimal(n % 50) / 8),
                "pieces": n % 10,
                "fragile": n % 2 == 0,
                "cost": str(n % 100),
            }
            for n in range(ROWS)
        ]
        ids = create(program, ParcelResource, given).ids
        with unit_of_work("test", "test"):
            Parcel.objects.filter(pk__in=ids[::3]).update(before=ids[1])
            for n in range(0, 60, 3):
                Parcel.objects.filter(pk=ids[n]).update(number=f"PARCEL-{n % 7}", before=ids[n + 3])
        yield caller("clerk", "*")


def walk(clerk, sort: str, direction: str, start: str = "", limit: int = 97) -> list[str]:
    found, address = [], f"/api/v1/parcels?sort={sort}&limit={limit}&fields=title{start}"
    while address:
        answer = clerk.get(address)
        assert answer.status_code == 200, answer.content
        rows = [row["id"] for row in answer.json()["data"]]
        found = found + rows if direction == "next" else rows + found
        address = answer.json()[direction]
    return found


@pytest.mark.parametrize("path", ["id", "title", "on", "weight", "pieces", "fragile", "cost", "number", "before", "company", "state"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_walk_through_all_rows_in_order_forwards_and_back(clerk, path, sign):
    whole = walk(clerk, sign + path, "next", limit=500)
    assert len(whole) == len(set(whole)) == ROWS
    forwards = walk(clerk, sign + path, "next")
    assert forwards == whole
    last = clerk.get(f"/api/v1/parcels?sort={sign}{path}&limit=97&fields=title")
    while last.json()["next"]:
        last = clerk.get(last.json()["next"])
    tail = [row["id"] for row in last.json()["data"]]
    back, address = tail, last.json()["previous"]
    while address:
        answer = clerk.get(address).json()
        back = [row["id"] for row in answer["data"]] + back
        address = answer["previous"]
    assert back == whole


def test_order_is_the_order_of_the_values(clerk):
    rows = clerk.get("/api/v1/parcels?sort=-weight&limit=500").json()["data"]
    weights = [Decimal(r["weight"]) for r in rows if r["weight"] is not None]
    assert weights == sorted(weights, reverse=True)
    reordered = clerk.get("/api/v1/parcels?sort=weight&limit=500&weight__isnull=true").json()["data"]
    assert [int(r["id"]) for r in reordered] == sorted(int(r["id"]) for r in reordered)


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("state=draft", lambda r: r["state"] == "draft"),
        ("pieces=3", lambda r: r["pieces"] == 3),
        ("pieces__gte=7", lambda r: r["pieces"] >= 7),
        ("weight__lt=1.5", lambda r: r["weight"] is not None and Decimal(r["weight"]) < Decimal("1.5")),
        ("weight__isnull=true", lambda r: r["weight"] is None),
        ("on__in=2026-01-02,2026-01-03", lambda r: r["on"] in {"2026-01-02", "2026-01-03"}),
        ("title__contains=Z", lambda r: "Z" in r["title"]),
        ("q=0001", lambda r: "0001" in r["title"]),
        ("fragile=false", lambda r: r["fragile"] is False),
        ("heavy=1", lambda r: False),
        ("pieces__gte=2&pieces__lte=3&fragile=true", lambda r: r["pieces"] == 2 and r["fragile"]),
    ],
)
def test_filters_give_exactly_the_rows_that_hold(clerk, asked, holds):
    whole = []
    address = "/api/v1/parcels?limit=500&sort=id"
    while address:
        answer = clerk.get(address).json()
        whole, address = whole + answer["data"], answer["next"]
    answer = clerk.get(f"/api/v1/parcels?limit=500&sort=id&count=1&{asked}")
    assert answer.status_code == 200, answer.content
    expected = [r["id"] for r in whole if holds(r)]
    assert answer.json()["count"] == len(expected)
    assert [r["id"] for r in answer.json()["data"]] == expected[:500]


def test_only_the_fields_asked_for_are_given(clerk):
    (row,) = clerk.get("/api/v1/parcels?fields=title,on&limit=1").json()["data"]
    assert set(row) == {"id", "version", "title", "on"}
    assert clerk.get("/api/v1/parcels?fields=title,secret").status_code == 400


def test_a_page_costs_the_same_for_one_row_and_for_all(clerk):
    def queries(limit):
        with CaptureQueriesContext(connection) as captured:
            assert clerk.get(f"/api/v1/parcels?limit={limit}&sort=before").status_code == 200
        return len(captured)

    assert queries(1) == queries(500)


def test_a_mark_of_another_order_is_refused(clerk):
    mark = clerk.get("/api/v1/parcels?sort=title&limit=2").json()["next"].split("after=")[1]
    assert clerk.get(f"/api/v1/parcels?sort=weight&limit=2&after={mark}").status_code == 400


def test_records_with_text_keys_page_too(clerk):
    found, address = [], "/api/v1/currencies?limit=20"
    while address:
        answer = clerk.get(address).json()
        found, address = found + [r["id"] for r in answer["data"]], answer["next"]
    assert found == sorted(found) and "EUR" in found
    assert clerk.get("/api/v1/currencies/EUR").json()["code"] == "EUR"
