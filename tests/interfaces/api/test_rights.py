"""Rights: a refusal is a sentence and changes nothing; what is hidden is hidden at every door."""

import json

import pytest
from django.test import Client

from fondaco.interfaces.api import urls
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED_IN, Policy
from fondaco.masterdata.users.permissions import known_permissions
from fondaco.platform.access.models import ApiToken
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.resources.declare import RESOURCES
from tests.books import open_books
from tests.interfaces.api.room import Parcel
from tests.interfaces.conftest import Caller, caller


@pytest.fixture(scope="module")
def boss(parcels):
    return caller("boss", "*")


@pytest.fixture(scope="module")
def clerk(parcels):
    """May do everything with parcels, but not see what they cost."""
    return caller("clerk", "parcels.view_parcel", "parcels.write_parcel", "parcels.send_parcel", "companies.view_company")


@pytest.fixture(scope="module")
def reader(parcels):
    return caller("reader", "parcels.view_parcel", language="it")


@pytest.fixture(scope="module")
def parcel(boss, parcels):
    return boss.post(
        "/api/v1/parcels", {"company": "TEST", "title": "Dear parcel", "cost": "12.34", "lines": [{"content": "x", "cost": "7.77"}]}
    ).json()


def test_every_route_has_a_policy():
    for pattern in urls.urlpatterns:
        policy = getattr(pattern.callback, "policy", None)
        assert isinstance(policy, Policy) and policy.channel in {"api", "signed"}, pattern
        assert policy.permission in {PUBLIC, SIGNED_IN, *known_permissions()}, pattern
    public = {p.pattern._route for p in urls.urlpatterns if p.callback.policy.permission == PUBLIC and hasattr(p.pattern, "_route")}
    # The hook judges a signature instead, and is off without a secret.
    assert public == {
        "api/docs",
        "api/problems/<str:code>",
        "api/v1/openapi.json",
        "api/hooks/einvoices",
        "api/hooks/carriers",
        "api/hooks/messages/<str:token>",
        "api/hooks/calls/<str:line>",
        "api/hooks/calls/<str:line>/twilio/<slug:step>",
        "api/hooks/payments/<slug:kind>",
    }


def test_search_over_everything_finds_what_the_reader_may_see(boss, reader):
    found = boss.get("/api/v1/search?q=Swiss+Fracn").json()["data"]
    assert found == [{"resource": "currencies", "id": "CHF", "label": "CHF", "href": "/api/v1/currencies/CHF", "exact": False}]
    assert boss.get(found[0]["href"]).json()["name"] == "Swiss Franc"
    assert reader.get("/api/v1/search?q=Swiss+Franc").json() == {"data": []}
    for words in ("", "?q=", "?q=a", "?q=" + "a" * 300, "?q=swiss&kind=x"):
        assert boss.get("/api/v1/search" + words).json()["code"] == "api.bad_parameter"


def test_strangers_get_nothing(parcel):
    nobody = Caller("", None)
    for method, path in [
        ("GET", "/api/v1/"),
        ("GET", "/api/v1/parcels"),
        ("POST", "/api/v1/parcels"),
        ("GET", "/api/v1/tokens"),
        ("GET", "/api/v1/parcels/export"),
    ]:
        answer = nobody.call(method, path, {} if method == "POST" else None)
        # A browser without session is refused for its forged form first.
        assert answer.status_code in {401, 403} and answer["Content-Type"] == "application/problem+json"
    for token in ["x", "fdc_00000000_x", "fdc_", "fdc_a_b", "é", "fdc_%00_x"]:
        answer = Caller(token, None).get("/api/v1/parcels")
        assert answer.status_code == 401 and answer["WWW-Authenticate"].startswith("Bearer")


def test_a_role_without_the_permission_is_refused_and_changes_nothing(reader, parcel):
    before = Parcel.objects.count(), Parcel.objects.get(pk=parcel["id"]).version
    key = parcel["id"]
    attempts = [
        reader.post("/api/v1/parcels", {"company": "TEST", "title": "new"}),
        reader.post("/api/v1/parcels", [{"company": "TEST", "title": "new"}]),
        reader.patch(f"/api/v1/parcels/{key}", {"pieces": 3}),
        reader.patch("/api/v1/parcels", [{"id": key, "pieces": 3}]),
        reader.delete(f"/api/v1/parcels/{key}"),
        reader.post("/api/v1/parcels/send", {"ids": [key], "carrier": "x"}),
        reader.post("/api/v1/parcels/import?format=json", [{"company": "TEST", "title": "new"}]),
        reader.get("/api/v1/companies"),
        reader.get("/api/v1/companies/export"),
    ]
    for answer in attempts:
        assert answer.status_code == 403 and answer.json()["code"] == "platform.not_allowed", answer.content
    assert (Parcel.objects.count(), Parcel.objects.get(pk=key).version) == before


@pytest.mark.parametrize("key", sorted(RESOURCES))
def test_nobody_without_a_role_sees_or_writes_any_resource(parcels, key):
    with unit_of_work("test", "test"):
        nobody = caller(f"nobody-{key}")
    for answer in [
        nobody.get(f"/api/v1/{key}"),
        nobody.get(f"/api/v1/{key}/1"),
        nobody.post(f"/api/v1/{key}", {}),
        nobody.get(f"/api/v1/{key}/export"),
    ]:
        assert answer.status_code == 403, answer.content
    for action in RESOURCES[key].actions():
        assert nobody.post(f"/api/v1/{key}/{action.verb}", {"ids": ["1"]}).status_code == 403


def test_a_hidden_field_is_hidden_everywhere(clerk, boss, parcel):
    for address in ["/api/v1/parcels", f"/api/v1/parcels/{parcel['id']}", "/api/v1/parcels/export", "/api/v1/parcels/export?format=json"]:
        seen = b"".join(boss.get(address)) if "export" in address else boss.get(address).content
        hidden = b"".join(clerk.get(address)) if "export" in address else clerk.get(address).content
        assert b"12.34" in seen and b"12.34" not in hidden and b"7.77" not in hidden and b"cost" not in hidden, address
    refused = ["?cost=12.34", "?cost__gt=1", "?sort=cost", "?sort=-cost", "?fields=cost", "?lines__cost=7.77"]
    for asked in refused:
        assert clerk.get(f"/api/v1/parcels{asked}").status_code == 400, asked
    assert clerk.get("/api/v1/parcels/export?sort=cost").status_code == 400
    assert clerk.patch(f"/api/v1/parcels/{parcel['id']}", {"cost": "1"}).status_code == 403
    assert clerk.post("/api/v1/parcels", {"company": "TEST", "title": "y", "cost": "1"}).status_code == 403
    assert clerk.post("/api/v1/parcels", {"company": "TEST", "title": "y", "lines": [{"content": "x", "cost": "1"}]}).status_code == 403
    assert clerk.patch(f"/api/v1/parcels/{parcel['id']}", {"pieces": 6}).status_code == 200
    assert str(Parcel.objects.get(pk=parcel["id"]).cost) == "12.34"


def test_rows_of_another_company_are_not_there(boss, parcels, parcel):
    other = open_books(code="ELSEWHERE").company
    stranger = caller("stranger", "parcels.*", "companies.view_company", company=other.pk)
    assert stranger.get("/api/v1/parcels").json()["data"] == []
    assert stranger.get(f"/api/v1/parcels/{parcel['id']}").status_code == 404
    assert stranger.patch(f"/api/v1/parcels/{parcel['id']}", {"pieces": 9}).status_code == 404
    assert stranger.post("/api/v1/parcels/send", {"ids": [parcel["id"]], "carrier": "x"}).status_code == 404
    assert stranger.post("/api/v1/parcels", {"company": str(parcels.pk), "title": "foreign"}).status_code == 404
    assert stranger.delete(f"/api/v1/parcels/{parcel['id']}").status_code == 404


def test_refusals_speak_the_readers_language_and_explain_themselves(reader, clerk, boss):
    problem = clerk.get("/api/v1/companies/99999999").json()
    assert problem["type"] == "/api/problems/platform.not_found" and problem["status"] == 404
    explained = reader.get(problem["type"]).json()
    assert explained["code"] == "platform.not_found" and "{what}" in explained["detail"]
    assert reader.get("/api/problems/none").status_code == 404
    assert clerk.get("/api/v1/nothing").json()["code"] == "api.no_such_address"
    wrong = clerk.call("PUT", "/api/v1/parcels", {})
    assert wrong.status_code == 405 and wrong.json()["code"] == "api.wrong_method" and "PATCH" in wrong["Allow"]
    assert clerk.get("/api/v1/parcels/send").status_code == 405


def test_the_index_shows_what_the_reader_may_see(reader, boss):
    assert {r["key"] for r in reader.get("/api/v1/").json()["resources"]} == {"parcels"}
    (parcels,) = reader.get("/api/v1").json()["resources"]
    assert parcels["verbs"] == [] and parcels["write"] is False
    assert {r["key"] for r in boss.get("/api/v1/").json()["resources"]} == set(RESOURCES)


def test_tokens_are_shown_once_and_revoked_for_ever(boss, clerk):
    made = boss.post("/api/v1/tokens", {"name": "Shop", "scopes": ["parcels.view_parcel"]}, idempotency_key="token")
    assert made.status_code == 201
    secret = made.json()["secret"]
    again = boss.post("/api/v1/tokens", {"name": "Shop", "scopes": ["parcels.view_parcel"]}, idempotency_key="token").json()
    assert again["id"] == made.json()["id"] and again["secret"] is None
    assert secret not in json.dumps(boss.get("/api/v1/tokens").json()) and secret not in str(ApiToken.objects.get(pk=again["id"]).__dict__)
    shop = Caller(secret, boss.user)
    assert shop.get("/api/v1/parcels").status_code == 200
    assert shop.post("/api/v1/parcels", {"company": "TEST", "title": "z"}).status_code == 403
    wider = shop.post("/api/v1/tokens", {"name": "Wider", "scopes": ["*"]})
    assert wider.status_code == 403 and wider.json()["code"] == "api.token_wider"
    assert clerk.get(f"/api/v1/tokens/{again['id']}").status_code == 404
    assert clerk.delete(f"/api/v1/tokens/{again['id']}").status_code == 404
    assert boss.delete(f"/api/v1/tokens/{again['id']}").status_code == 204
    assert shop.get("/api/v1/parcels").status_code == 401
    for bad in [
        {},
        {"name": ""},
        {"name": "x", "scopes": ["[a-z]*"]},
        {"name": "x", "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "x", "user": 1},
    ]:
        assert boss.post("/api/v1/tokens", bad).status_code == 422


def test_a_browser_session_needs_the_forgery_token(parcels):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/api/v1/parcels", b"{}", content_type="application/json").status_code == 403
