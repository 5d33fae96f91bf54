"""Hostile and clumsy input: always a 4xx with a sentence, never a fault, never a change."""

import pytest

from fondaco.platform.resources.declare import RESOURCES
from tests.interfaces.api.room import Parcel
from tests.interfaces.conftest import caller

DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
LISTS = b"[" * 100_000 + b"]" * 100_000

ADDRESSES = [
    "?sort=user__password", "?sort=company__currency__name", "?sort=id;drop table", "?sort=--id", "?sort=", "?sort=%00", "?sort=pk__gt",
    "?user__password__startswith=a", "?company__created_by=x", "?company__name__startswith=a", "?before__before__title=x", "?pk=1",
    "?lines__content=x", "?title__regex=(a%2B)%2B$", "?title__iexact=x", "?title__year=1", "?on__year=2026", "?on__date__gt=1", "?cost__sum=1",
    "?1%3D1%3B--=x", "?title%22=x", "?title'=x", "?%00=x", "?title=%00", "?q=%00", "?=x", "?__=x", "?__gt=x", "?id__=1", "?id__gt__lt=1",
    "?id=abc", "?id=99999999999999999999999999", "?id=-99999999999999999999", "?id=1e5", "?id=%D9%A3", "?pieces=1.5", "?pieces=", "?pieces=NaN",
    "?weight=NaN", "?weight=Infinity", "?weight=1e999999", "?weight=1e-999999", "?weight=abc", "?weight__in=1,,2", "?on=2026-02-30", "?on=yesterday",
    "?on=99999-01-01", "?on__gt=0000-00-00", "?fragile=perhaps", "?heavy=perhaps", "?company=x", "?before=' or 1=1", "?weight__isnull=maybe",
    "?limit=0", "?limit=501", "?limit=-1", "?limit=x", "?limit=1e2", "?limit=99999999999999999999", "?after=x", "?after=%00", "?after=WzFd", "?before=e30",
    "?after=W1tbW1tdXV1dXQ", "?after=YQ&before=YQ", "?fields=title,password", "?fields=company__name", "?fields=%00", "?count=maybe", "?nonsense=1",
    "?title=a&title=b", "?format=csv", "?" + "&".join(f"a{i}=1" for i in range(1500)), "?after=" + "A" * 5000, "?q=" + "a" * 5000,
    "?after=WyJ0aXRsZSIsICJcdTAwMDAiLCAxXQ&sort=title", "?after=WyJvbiIsICJ4IiwgMV0&sort=on", "?after=WyJwayIsIG51bGwsIDFlMzBd",
]  # fmt: skip

BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""), ("blank", b"  "), ("half", b'{"title": '), ("word", b"hello"), ("text", b'"x"'), ("number", b"1"), ("null", b"null"),
    ("list of numbers", b"[1,2]"), ("list of lists", b"[[]]"), ("empty list", b"[]"), ("NaN", b'{"weight": NaN}'), ("Infinity", b'{"weight": -Infinity}'),
    ("twice", b'{"title": "a", "title": "b"}'), ("deep", DEEP), ("deep lists", LISTS), ("NUL", b'{"title": "a\\u0000b"}'), ("raw NUL", b'{"title": "a\x00b"}'),
    ("NUL name", b'{"a\\u0000": 1}'), ("surrogate", b'{"title": "\\ud800"}'), ("latin-1", b'{"title": "\xe9"}'), ("huge integer", b'{"pieces": ' + b"9" * 5000 + b"}"),
    ("long integer", b'{"pieces": 99999999999999999999999}'), ("huge number", b'{"weight": 1e999999}'), ("many digits", b'{"weight": 1.' + b"1" * 5000 + b"}"),
    ("number text", b'{"weight": "1e999999"}'), ("not a number", b'{"weight": "NaN"}'), ("true", b'{"weight": true}'), ("float for integer", b'{"pieces": 1.5}'),
    ("object for text", b'{"title": {"$gt": ""}}'), ("list for text", b'{"title": ["x"]}'), ("object for link", b'{"company": {"id": {"x": 1}}}'),
    ("list for link", b'{"company": [1]}'), ("link true", b'{"company": true}'), ("link negative", b'{"company": -1}'), ("link huge", b'{"company": 99999999999999999999}'),
    ("link text", b'{"company": "\' or 1=1 --"}'), ("link empty", b'{"company": ""}'), ("bad day", b'{"on": "2026-02-30"}'), ("day number", b'{"on": 1e15}'),
    ("year", b'{"on": "99999-01-01"}'), ("long", b'{"title": "' + b"a" * 50_000 + b'"}'), ("lines text", b'{"lines": "x"}'), ("lines numbers", b'{"lines": [1]}'),
    ("lines null", b'{"lines": [null]}'), ("prototype", b'{"__proto__": {"x": 1}}'), ("dunder", b'{"__class__": "x"}'), ("lookup", b'{"company__name": "x"}'),
    ("line id", b'{"lines": [{"id": 99999999999999999999999, "content": "x"}]}'), ("null title", b'{"title": null}'), ("null company", b'{"company": null}'),
    ("null pieces", b'{"pieces": null, "title": null}'), ("version text", b'{"version": "x"}'), ("version huge", b'{"version": 99999999999999999999999}'),
]  # fmt: skip

VERB_BODIES = [
    {}, {"ids": []}, {"ids": "1"}, {"ids": 1}, {"ids": None}, {"ids": ["x"]}, {"ids": [None]}, {"ids": [True]}, {"ids": [1.5]}, {"ids": [[1]]}, {"ids": ["-1"]},
    {"ids": ["99999999999999999999"]}, {"ids": ["999999999999999999"]}, {"ids": ["1"], "versions": []}, {"ids": ["1"], "versions": {"x": 1}},
    {"ids": ["1"], "versions": {"1": "x"}}, {"ids": ["1"], "versions": {"1": None}}, {"ids": ["1"], "reason": 1}, {"ids": ["1"], "reason": {"x": 1}},
    {"ids": ["1"], "reason": "x" * 5000}, {"ids": ["1"] * 60_000}, {"ids": [str(n) for n in range(50_001)]},
]  # fmt: skip

PARAMETERS = [
    {"value": "1e999999"}, {"value": "NaN"}, {"value": "-Infinity"}, {"value": "1e-999999"}, {"value": {}}, {"priority": 10**30}, {"priority": "9" * 30},
    {"priority": None}, {"carrier": None}, {"carrier": 1}, {"carrier": ["x"]}, {"unknown": 1}, {"priority": 2**63},
]  # fmt: skip


@pytest.fixture(scope="module")
def clerk(parcels):
    return caller("clerk", "*")


@pytest.fixture(scope="module")
def parcel(clerk):
    return clerk.post("/api/v1/parcels", {"company": "TEST", "title": "Untouched"}).json()


def refused(answer):
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:500])
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code and problem["detail"] and problem["code"]
    for trace in ("Traceback", "psycopg", "SELECT ", "django"):
        assert trace not in problem["detail"]


@pytest.mark.parametrize("asked", ADDRESSES, ids=lambda a: a[:40])
def test_addresses(clerk, parcel, asked):
    answer = clerk.get(f"/api/v1/parcels{asked}")
    if asked in {"?sort=", "?q=%00"} and answer.status_code == 200:
        return  # the usual order
    refused(answer)


@pytest.mark.parametrize(
    "asked",
    ["?sort=user__password", "?password=x", "?format=exe", "?format=xlsx&fields=password", "?limit=5", "?titles=maybe", "?title=%00"],
)
def test_exports(clerk, asked):
    refused(clerk.get(f"/api/v1/parcels/export{asked}"))


@pytest.mark.parametrize("key", ["0", "-1", "x", "1.0", "%00", "99999999999999999999999", "1 or 1=1", "..", "é", "1%2F2", "_", "٣"])
def test_keys(clerk, key):
    for answer in [
        clerk.get(f"/api/v1/parcels/{key}"),
        clerk.patch(f"/api/v1/parcels/{key}", {"pieces": 1}),
        clerk.delete(f"/api/v1/parcels/{key}"),
    ]:
        refused(answer)


@pytest.mark.parametrize("body", [b for _n, b in BODIES], ids=[n for n, _b in BODIES])
def test_bodies(clerk, parcel, body):
    before = Parcel.objects.count(), Parcel.objects.get(pk=parcel["id"]).version
    refused(clerk.post("/api/v1/parcels", body))
    answer = clerk.patch(f"/api/v1/parcels/{parcel['id']}", body)
    if answer.status_code == 200:
        assert body == b'{"pieces": null, "title": null}', body
    else:
        refused(answer)
    refused(clerk.patch("/api/v1/parcels", body))
    refused(clerk.post("/api/v1/parcels/send", body))
    refused(clerk.post("/api/v1/parcels/import?format=json", body))
    assert (Parcel.objects.count(), Parcel.objects.get(pk=parcel["id"]).version) == before


@pytest.mark.parametrize("body", VERB_BODIES, ids=lambda b: str(b)[:50])
def test_verb_bodies(clerk, body):
    refused(clerk.post("/api/v1/parcels/send", {"carrier": "x", **body}))


@pytest.mark.parametrize("given", PARAMETERS, ids=lambda b: str(b)[:50])
def test_verb_parameters(clerk, parcel, given):
    answer = clerk.post("/api/v1/parcels/send", {"ids": [parcel["id"]], "carrier": "x", **given})
    refused(answer)
    assert answer.status_code == 422
    assert Parcel.objects.get(pk=parcel["id"]).state == "draft"


def test_content_types_and_sizes(clerk, settings):
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""]:
        assert clerk.post("/api/v1/parcels", b"{}", content_type=kind).status_code == 415, kind
    assert clerk.post("/api/v1/parcels", b"{}", content_type="application/json; charset=utf-8").status_code == 422
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    refused(answer := clerk.post("/api/v1/parcels", b'{"title": "' + b"a" * 2_000_000 + b'"}'))
    assert answer.status_code == 413


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_every_resource_takes_nonsense_calmly(clerk, key):
    resource = RESOURCES[key]
    for body in [{}, {"nonsense": 1}, [{}], {name: {"x": 1} for name in resource.writable}, dict.fromkeys(resource.writable, "\x01")]:
        refused(clerk.post(f"/api/v1/{key}", body))
        refused(clerk.patch(f"/api/v1/{key}/999999999", body))
    for action in resource.actions():
        for body in [
            {"ids": ["999999999"]},
            {"ids": ["999999999"], "reason": "x", **{n: [None] for n in action.parameters.model_fields if n != "reason"}},
        ]:
            refused(clerk.post(f"/api/v1/{key}/{action.verb}", body))
    for column in resource.detail():
        for value in ["x", "1", "-1e99", "2026-13-45", "true", "%27"]:
            answer = clerk.get(f"/api/v1/{key}?{column.path}={value}&limit=1")
            assert answer.status_code == 200 or refused(answer) is None
        answer = clerk.get(f"/api/v1/{key}?sort={column.path}&limit=1")
        assert answer.status_code == 200 or refused(answer) is None


def test_a_fault_tells_a_number_and_nothing_else(clerk, monkeypatch):
    from fondaco.interfaces.api import views

    def broken(*_a, **_k):
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(views, "page", broken)
    answer = clerk.get("/api/v1/parcels")
    assert answer.status_code == 500 and answer["Content-Type"] == "application/problem+json"
    assert b"secret" not in answer.content and answer.json()["code"] == "api.fault"


def test_a_runaway_program_is_slowed_down():
    from fondaco.interfaces.api.routes import Calls

    calls = Calls(rate=10, burst=3)
    assert [calls.wait("a") for _ in range(4)] == [0, 0, 0, 1]
    assert calls.wait("b") == 0
