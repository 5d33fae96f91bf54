"""The screens of users, roles, one's own account and tokens; and how guessing is slowed down."""

import re

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from fondaco.config import settings as configuration
from fondaco.interfaces.doors import addresses
from fondaco.interfaces.doors.guessing import ATTEMPTS_PER_ADDRESS, ATTEMPTS_PER_USER
from fondaco.interfaces.doors.tokens import make_token
from fondaco.platform.access.models import ApiToken, Membership, Role, SignIn, User
from fondaco.platform.database.unit import unit_of_work

PASSWORD = "drei graue Kutter"
OTHER = "vier rote Segel"


def person(username, *roles, company=None):
    with unit_of_work("test", "test"):
        user = User.objects.create(
            username=username, name=username.title(), email=f"{username}@example.com", password=make_password(PASSWORD)
        )
        for role in roles:
            Membership.objects.create(user=user, role=Role.objects.get(key=role), company_id=company)
    return user


def signed_in(username, password=PASSWORD):
    client = Client()
    assert client.post("/-/sign-in", {"username": username, "password": password}).status_code == 302
    return client


@pytest.fixture
def ada(books):
    person("ada", "administrator")
    return signed_in("ada")


@pytest.fixture
def bea(books):
    person("bea", "accountant", company=books.company.pk)
    return signed_in("bea")


def text_of(response):
    return response.content.decode()


def test_an_invitation_makes_user_roles_and_link_in_one_go(books, ada):
    role = Role.objects.get(key="cashier").pk
    given = {"name": "Carla Blu", "email": "carla@example.com", "language": "it", "role": [role], "where": str(books.company.pk)}
    assert "Invite a colleague" in text_of(ada.get("/users/new"))
    shown = ada.post("/users/new", given)
    assert shown.status_code == 200
    assert shown["Cache-Control"] == "no-store"
    (link,) = re.findall(r"/-/welcome/[\w-]+", text_of(shown))
    carla = Client()
    assert "Carla Blu" in text_of(carla.get(link))
    assert carla.post(link, {"password": OTHER, "again": OTHER}).headers["Location"] == "/"
    assert carla.get("/").status_code == 200
    user = User.objects.get(username="carla.blu")
    assert (user.language, user.created_by) == ("it", "ada")
    assert Membership.objects.get(user=user).company_id == books.company.pk
    listed = text_of(ada.get("/users"))
    for word in ("Carla Blu", "carla.blu", "Cashier", books.company.name):
        assert word in listed


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Fill this in"),
        ({"email": "carla"}, "is not a mail address"),
        ({"username": "ada"}, "is taken"),
        ({"where": ""}, "Choose where the roles are held"),
        ({"where": "999999"}, "was not found"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_wrong_invitation_says_why_and_makes_nobody(books, ada, wrong, sentence):
    role = Role.objects.get(key="cashier").pk
    given = {"name": "Carla Blu", "email": "carla@example.com", "language": "it", "role": [role], "where": str(books.company.pk)}
    answer = ada.post("/users/new", given | wrong)
    assert 400 <= answer.status_code < 500
    assert sentence in text_of(answer)
    assert User.objects.count() == 1


def test_who_may_not_is_kept_out_of_the_screens(books, bea):
    assert bea.get("/users/new").status_code == 403
    assert bea.get(f"/roles/{Role.objects.get(key='cashier').pk}").status_code == 403
    assert bea.get("/api-tokens").status_code == 403
    listed = text_of(bea.get("/users"))
    assert "bea@example.com" in listed
    assert "Last sign-in" not in listed, "who came when is for those who manage users"


def test_the_page_of_a_user_offers_the_verbs_and_shows_the_roles(books, ada, bea):
    page = text_of(ada.get(f"/users/{User.objects.get(username='bea').pk}"))
    for word in ("Give a role", "Link to set a password", "Deactivate", "Accountant", books.company.name):
        assert word in page
    key = User.objects.get(username="bea").pk
    told = ada.post(f"/users/do/make_password_link?ids={key}")
    assert "/-/welcome/" in text_of(told)
    assert ada.post(f"/users/do/deactivate?ids={key}").status_code == 302
    assert bea.get("/").status_code == 302


def test_the_verbs_are_in_the_api_and_its_description(books, ada):
    bea = person("bea")
    with unit_of_work("test", "test"):
        _token, text = make_token(User.objects.get(username="ada"), "test", scopes=["access.*"])
    program = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    given = {"ids": [str(bea.pk)], "role": Role.objects.get(key="cashier").pk, "company": books.company.pk}
    done = Client().post("/api/v1/users/grant_role", given, content_type="application/json", **program)
    assert done.status_code == 200, done.content
    told = Client().post("/api/v1/users/make_password_link", {"ids": [str(bea.pk)]}, content_type="application/json", **program)
    assert told.json()["told"]["bea"].startswith("/-/welcome/")
    described = Client().get("/api/v1/openapi.json").json()["paths"]
    for verb in ("grant_role", "withdraw_role", "deactivate", "reactivate", "make_password_link", "end_sessions", "join_team"):
        assert f"/api/v1/users/{verb}" in described
    assert "/api/v1/api-tokens/revoke" in described


def test_a_role_is_told_in_words(books, ada):
    page = text_of(ada.get(f"/roles/{Role.objects.get(key='sales_representative').pk}"))
    for word in ("Quotes", "own records", "records of the team", "crm.write_lead", "Nobody holds this role"):
        assert word in page


def test_a_new_password_asks_for_the_old_one_and_ends_other_sessions(bea):
    elsewhere = signed_in("bea@example.com")
    wrong = bea.post("/-/account/password", {"old": "guess", "password": OTHER, "again": OTHER})
    assert wrong.status_code == 422
    assert "not your present password" in text_of(wrong)
    assert elsewhere.get("/").status_code == 200
    assert bea.post("/-/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER}).status_code == 302
    assert bea.get("/-/account").status_code == 200
    assert elsewhere.get("/").status_code == 302
    signed_in("bea", OTHER)
    assert Client().post("/-/sign-in", {"username": "bea", "password": PASSWORD}).status_code == 422


def test_other_sessions_can_be_ended_and_look_is_kept(bea):
    elsewhere = signed_in("bea")
    assert bea.post("/-/account", {"language": "it", "theme": "dark", "density": "nonsense"}).status_code == 302
    assert 'data-theme="dark"' in text_of(bea.get("/-/account"))
    assert bea.post("/-/account/sessions").status_code == 302
    assert bea.get("/-/account").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert SignIn.objects.filter(user__username="bea").count() == 2


def test_a_token_is_shown_once_used_listed_and_revoked(books, bea):
    shown = text_of(bea.post("/-/account/tokens", {"name": "web shop", "scopes": "parties.*, catalog.view_product", "expires_at": ""}))
    (secret,) = re.findall(r"fdc_[0-9a-f]{8}_[\w-]+", shown)
    program = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/v1/parties", **program).status_code == 200
    assert Client().get("/api/v1/invoices", **program).status_code == 403
    listed = text_of(bea.get("/-/account/tokens"))
    assert "web shop" in listed
    assert secret not in listed
    token = ApiToken.objects.select_related("use").get()
    assert token.scopes == ["parties.*", "catalog.view_product"]
    assert token.use.at is not None
    assert token.version == 1, "using a token changes nothing that people change"
    # The token cannot make a wider one, nor change the password, nor end sessions.
    assert Client().post("/-/account/tokens", {"name": "wider"}, **program).status_code == 403
    assert Client().post("/-/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER}, **program).status_code == 403
    assert Client().post("/-/account/sessions", **program).status_code == 403
    assert bea.post(f"/-/account/tokens/{token.pk}/revoke").status_code == 302
    assert Client().get("/api/v1/parties", **program).status_code == 401


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": ""}, "name"), ({"name": "x", "scopes": "Drop Table;"}, "scopes"), ({"name": "x", "expires_at": "2001-01-01"}, "expires_at"), ({"name": "x", "expires_at": "soon"}, "expires_at")],
)  # fmt: skip
def test_a_wrong_token_says_why_beside_the_field(bea, given, field):
    answer = bea.post("/-/account/tokens", given)
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in text_of(answer)
    assert not ApiToken.objects.exists()


def test_administrators_see_and_revoke_everybodys_tokens_and_nobody_elses_can(books, ada, bea):
    bea.post("/-/account/tokens", {"name": "web shop"})
    token = ApiToken.objects.get()
    assert "web shop" in text_of(ada.get("/api-tokens"))
    person("carla", "cashier", company=books.company.pk)
    assert signed_in("carla").post(f"/-/account/tokens/{token.pk}/revoke").status_code == 404
    assert ada.post(f"/api-tokens/do/revoke?ids={token.pk}").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None


def fail(times, username="nobody", **said):
    client = Client()
    return [client.post("/-/sign-in", {"username": username, "password": "wrong"}, **said).status_code for _n in range(times)]


def test_guessing_one_account_is_slowed_down_by_whatever_name_it_is_called(books, bea):
    half = ATTEMPTS_PER_USER // 2
    assert set(fail(half, "bea") + fail(half, "bea@example.com")) == {422}
    for name in ("bea", "bea@example.com"):
        assert Client().post("/-/sign-in", {"username": name, "password": PASSWORD}).status_code == 429
    # Guessing the present password from an open session is counted too.
    assert bea.post("/-/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER}).status_code == 429


def guess_from(address, times, start=0, proxy="127.0.0.1"):
    client = Client(REMOTE_ADDR=proxy)
    return [
        client.post("/-/sign-in", {"username": f"nobody{start + n}", "password": "x"}, HTTP_X_FORWARDED_FOR=address).status_code
        for n in range(times)
    ]


@pytest.fixture
def proxies(request, monkeypatch):
    monkeypatch.setattr(configuration, "PROXIES", request.param)
    addresses._proxies.cache_clear()
    yield
    addresses._proxies.cache_clear()


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize("proxies", [["127.0.0.0/8", "10.1.0.0/16"]], indirect=True)
def test_behind_a_proxy_of_ours_the_clients_address_counts(books):
    assert set(guess_from("203.0.113.7", ATTEMPTS_PER_ADDRESS)) == {422}
    assert guess_from("203.0.113.7", 1, 100) == [429]
    assert guess_from("198.51.100.9", 1, 200) == [422], "another client of the same proxy is not held back"
    # What the client writes itself stands further left, and is not believed; a second proxy of ours is passed through.
    assert guess_from("198.51.100.1, 203.0.113.7", 1, 300) == [429]
    assert guess_from("203.0.113.7, 10.1.2.3", 1, 400) == [429]


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize("proxies", [[], ["10.1.0.0/16"]], indirect=True)
def test_without_a_proxy_of_ours_the_header_is_not_believed(books):
    for n in range(ATTEMPTS_PER_ADDRESS):
        assert guess_from(f"203.0.113.{n}", 1, n, proxy="192.0.2.1") == [422]
    assert guess_from("198.51.100.9", 1, 200, proxy="192.0.2.1") == [429]
