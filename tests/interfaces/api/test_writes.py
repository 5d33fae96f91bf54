"""Writes: all or nothing, once for each key, never over somebody else's change, at a cost that does not grow with rows."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count as numbers

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from fondaco.platform.audit.models import Change
from tests.interfaces.api.room import Parcel, ParcelLine
from tests.interfaces.conftest import caller

titles = (f"Box {n}" for n in numbers())


@pytest.fixture(scope="module")
def clerk(parcels):
    return caller("clerk", "*")


@pytest.fixture
def parcel(clerk, parcels):
    """A function that makes a parcel."""

    def make(**values):
        answer = clerk.post("/api/v1/parcels", {"company": str(parcels.pk), "title": next(titles), **values})
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


def test_create_answers_with_the_record_its_address_and_version(clerk, parcels):
    given = {
        "company": "TEST",
        "title": "With lines",
        "on": "2026-03-01",
        "weight": "1.250",
        "lines": [{"content": "Cups", "quantity": "2.50"}],
    }
    answer = clerk.post("/api/v1/parcels", given)
    made = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/parcels/{made['id']}"
    assert answer["ETag"] == '"1"'
    assert (made["title"], made["on"], made["weight"], made["company"]["id"]) == ("With lines", "2026-03-01", "1.250", str(parcels.pk))
    assert [(ln["content"], ln["quantity"]) for ln in made["lines"]] == [("Cups", "2.50")]
    assert [v["verb"] for v in made["open"]["verbs"]] == ["send"] and made["open"]["edit"] is True
    assert clerk.get(answer["Location"]).json() == made
    assert clerk.post("/api/v1/parcels", {**given, "title": "Short"}, prefer="return=minimal").json().keys() == {"id"}


def test_a_record_as_it_is_shown_can_be_sent_back(clerk, parcel, parcels):
    first = parcel()
    answer = clerk.patch(f"/api/v1/parcels/{first['id']}", {"company": first["company"], "title": first["title"], "pieces": 4})
    assert answer.status_code == 200, answer.content
    assert answer.json()["pieces"] == 4
    assert clerk.patch(f"/api/v1/parcels/{first['id']}", {"company": {"code": "TEST"}}).status_code == 200
    assert clerk.patch(f"/api/v1/parcels/{first['id']}", {"company": {"code": "NONE"}}).status_code == 404


def test_many_are_created_together_or_not_at_all(clerk, parcels):
    before = Parcel.objects.count()
    rows = [
        {"company": "TEST", "title": next(titles)},
        {"company": "TEST", "pieces": "many"},
        {"company": "TEST", "title": "x", "weight": "heavy"},
    ]
    answer = clerk.post("/api/v1/parcels", rows)
    problem = answer.json()
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    assert {e["pointer"] for e in problem["errors"]} >= {"/1/title", "/1/pieces", "/2/weight"}
    assert [r["row"] for r in problem["rows"]] == [1, 2]
    assert Parcel.objects.count() == before
    unknown = [{"company": "TEST", "title": "a"}, {"company": "NONE", "title": "b"}, {"company": "NADA", "title": "c"}]
    answer = clerk.post("/api/v1/parcels", unknown)
    assert answer.status_code == 404 and [r["row"] for r in answer.json()["rows"]] == [1, 2]
    done = clerk.post("/api/v1/parcels", [{"company": "TEST", "title": next(titles)} for _ in range(3)])
    assert done.status_code == 201 and len(done.json()["ids"]) == 3 and Parcel.objects.count() == before + 3


def test_many_are_changed_together_or_not_at_all(clerk, parcel):
    one, two = parcel(), parcel()
    rows = [{"id": one["id"], "pieces": 8}, {"id": two["id"], "pieces": 9, "version": 77}]
    answer = clerk.patch("/api/v1/parcels", rows)
    assert answer.status_code == 409 and answer.json()["code"] == "documents.stale"
    assert Parcel.objects.get(pk=one["id"]).pieces == 1
    rows[1]["version"] = two["version"]
    assert clerk.patch("/api/v1/parcels", rows).json()["ids"] == [one["id"], two["id"]]
    assert [Parcel.objects.get(pk=p["id"]).pieces for p in (one, two)] == [8, 9]
    assert clerk.patch("/api/v1/parcels", [{"id": one["id"]}, {"id": one["id"]}]).status_code == 422
    assert clerk.patch("/api/v1/parcels", {"id": one["id"]}).status_code == 400


def test_nobodys_change_is_overwritten(clerk, parcel):
    made = parcel()
    address = f"/api/v1/parcels/{made['id']}"
    assert clerk.patch(address, {"pieces": 2}, if_match='"1"').status_code == 200
    late = clerk.patch(address, {"pieces": 3}, if_match='"1"')
    assert late.status_code == 412 and "clerk" in late.json()["detail"] and "pieces" in late.json()["detail"]
    assert clerk.patch(address, {"pieces": 3, "version": 1}).status_code == 409
    assert clerk.delete(address, if_match='"1"').status_code == 412
    assert clerk.post("/api/v1/parcels/send", {"ids": [made["id"]], "versions": {made["id"]: 1}, "carrier": "x"}).status_code == 409
    assert clerk.patch(address, {"pieces": 3}, if_match="nonsense").status_code == 400
    assert Parcel.objects.get(pk=made["id"]).pieces == 2
    assert clerk.patch(address, {"pieces": 3}, if_match='"2"').json()["pieces"] == 3
    assert clerk.delete(address, if_match="*").status_code == 204
    assert clerk.get(address).status_code == 404


def test_a_verb_moves_all_or_none_and_keeps_the_reason(clerk, parcel):
    one, two = parcel(), parcel()
    ids = [one["id"], two["id"]]
    done = clerk.post("/api/v1/parcels/send", {"ids": ids, "carrier": "Bartolini", "priority": 3})
    assert done.status_code == 200 and done.json() == {"ids": ids, "made": {}, "done": "Sent"}
    assert Parcel.objects.get(pk=one["id"]).pieces == 4
    third = parcel()
    again = clerk.post("/api/v1/parcels/send", {"ids": [third["id"], two["id"]], "carrier": "Bartolini"})
    assert again.status_code == 409 and again.json()["code"] == "documents.wrong_state"
    assert Parcel.objects.get(pk=third["id"]).state == "draft"
    assert clerk.post("/api/v1/parcels/lose", {"ids": ids}).json()["code"] == "documents.reason_missing"
    assert clerk.post("/api/v1/parcels/lose", {"ids": ids, "reason": "The van burnt"}).status_code == 200
    assert Change.objects.filter(row_id=one["id"], reason="The van burnt", verb="parcels.lose", actor="clerk").exists()
    detail = clerk.get(f"/api/v1/parcels/{one['id']}").json()
    assert detail["open"] == {"verbs": [], "edit": False}
    assert clerk.patch(f"/api/v1/parcels/{one['id']}", {"pieces": 1}).json()["code"] == "documents.not_editable"


def test_what_is_not_declared_cannot_be_written(clerk, parcel, parcels):
    made = parcel()
    for name, value in {"state": "sent", "number": "X-1", "id": "1", "created_by": "me", "password": "x", "nonsense": 1}.items():
        assert clerk.patch(f"/api/v1/parcels/{made['id']}", {name: value}).status_code == 422, name
        answer = clerk.post("/api/v1/parcels", {"company": "TEST", "title": next(titles), name: value})
        assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == f"/{name}"
    line = clerk.post("/api/v1/parcels", {"company": "TEST", "title": next(titles), "lines": [{"content": "x", "parcel": made["id"]}]})
    assert line.status_code == 422 and line.json()["errors"][0]["pointer"] == "/lines/0/parcel"
    other = parcel(lines=[{"content": "mine"}])
    stolen = clerk.patch(f"/api/v1/parcels/{made['id']}", {"lines": [{"id": int(other["lines"][0]["id"]), "content": "stolen"}]})
    assert stolen.status_code == 404 and ParcelLine.objects.get(pk=other["lines"][0]["id"]).content == "mine"
    assert clerk.post("/api/v1/parcels/send", {"ids": [made["id"]], "carrier": "x", "bribe": 1}).status_code == 422


def test_the_same_key_gives_the_first_answer_again(clerk, parcels):
    given = {"company": "TEST", "title": next(titles)}
    first = clerk.post("/api/v1/parcels", given, idempotency_key="key-1")
    again = clerk.post("/api/v1/parcels", given, idempotency_key="key-1")
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    other = clerk.post("/api/v1/parcels", {**given, "pieces": 2}, idempotency_key="key-1")
    assert other.status_code == 422 and other.json()["code"] == "documents.idempotency_key_reused"
    assert Parcel.objects.filter(title=given["title"]).count() == 1
    pk = first.json()["id"]
    send = {"ids": [pk], "carrier": "x"}
    assert clerk.post("/api/v1/parcels/send", send, idempotency_key="key-2").status_code == 200
    assert clerk.post("/api/v1/parcels/send", send, idempotency_key="key-2")["Idempotent-Replayed"] == "true"
    refused = clerk.post("/api/v1/parcels", {"company": "TEST"}, idempotency_key="key-3")
    assert refused.status_code == 422
    assert clerk.post("/api/v1/parcels", {"company": "TEST", "title": next(titles)}, idempotency_key="key-3").status_code == 201
    assert clerk.post("/api/v1/parcels", given, idempotency_key="with blank").status_code == 400


def test_fifty_at_once_with_one_key_make_one_record(clerk, parcels):
    given = {"company": "TEST", "title": next(titles)}

    def post(_):
        try:
            return clerk.post("/api/v1/parcels", given, idempotency_key="race")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, range(50)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert sum("Idempotent-Replayed" not in a for a in answers) == 1
    assert Parcel.objects.filter(title=given["title"]).count() == 1


def test_two_changes_at_once_give_one_yes_and_one_no(clerk, parcel):
    made = parcel()

    def change(pieces):
        try:
            return clerk.patch(f"/api/v1/parcels/{made['id']}", {"pieces": pieces}, if_match='"1"').status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(change, range(10, 18))) == [200] + [412] * 7


def test_writes_cost_the_same_for_one_row_and_for_five_hundred(clerk, parcels):
    def queries(method, path, body):
        with CaptureQueriesContext(connection) as captured:
            answer = clerk.call(method, path, body)
        assert answer.status_code in {200, 201}, answer.content
        return len(captured), answer.json()["ids"]

    def new():
        return {"company": "TEST", "title": next(titles), "lines": [{"content": "a"}, {"content": "b"}]}

    one, ids1 = queries("POST", "/api/v1/parcels", [new()])
    many, ids = queries("POST", "/api/v1/parcels", [new() for _ in range(500)])
    assert one == many
    # An edit rewrites lines whether there are any or not, so both have them.
    change = {"pieces": 5, "lines": [{"content": "c"}]}
    assert (
        queries("PATCH", "/api/v1/parcels", [{"id": ids1[0], **change}])[0]
        == queries("PATCH", "/api/v1/parcels", [{"id": i, **change} for i in ids])[0]
    )
    verb = {"carrier": "x"}
    assert (
        queries("POST", "/api/v1/parcels/send", {"ids": ids1, **verb})[0]
        == queries("POST", "/api/v1/parcels/send", {"ids": ids, **verb})[0]
    )
