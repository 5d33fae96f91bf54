"""SA-05: mailboxes that take no password are read and written by the consent of whoever has them, and it is seen when he withdrew it."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from fondaco.frontoffice.correspondence import background, resources, sending  # noqa: F401  declared on import
from fondaco.frontoffice.correspondence.consenting import SEALED_FOR, begin, provider_of, renew
from fondaco.frontoffice.correspondence.fetching import due
from fondaco.frontoffice.correspondence.models import MailAccount, MailMessage, MailStanding
from fondaco.frontoffice.correspondence.refusals import ConsentInstead, ConsentNotOffered
from fondaco.frontoffice.correspondence.resources import MailAccountResource
from fondaco.frontoffice.correspondence.sealing import opened, sealed
from fondaco.frontoffice.correspondence.sending import senders
from fondaco.platform.access.models import Membership, Role, RolePermission, User
from fondaco.platform.audit.models import Change
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.database.unit import unit_of_work
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform
from fondaco.platform.events.calling import call
from fondaco.platform.events.sending import send_due
from fondaco.platform.resources.writing import create, edit
from tests.frontoffice.correspondence import consent_server
from tests.frontoffice.correspondence.conftest import ADDRESS, looked, mail, new_account


@pytest.fixture
def authority(post, monkeypatch):
    """The authorization server, in the folder of the mail server, known to this installation."""
    process = subprocess.Popen(
        [sys.executable, consent_server.__file__, str(post.home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    address = f"http://127.0.0.1:{int(process.stdout.readline())}"
    for name, value in {
        "CLIENT_ID": consent_server.CLIENT, "CLIENT_SECRET": consent_server.SECRET, "AUTHORIZE_URL": f"{address}/authorize", "TOKEN_URL": f"{address}/token",
        "SCOPE": "mail",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FONDACO_OAUTH_{name}", value)
    yield post.home
    process.stdin.close()
    process.terminate()
    process.wait()
    process.stdout.close()


def seller(name):
    with unit_of_work("test", "test"):
        user = User.objects.create(username=name, name=name.title(), password=make_password(name))
        role = Role.objects.create(key=f"{name}s", name=name)
        RolePermission.objects.bulk_create(
            [
                RolePermission(role=role, pattern="correspondence.*", scope="own"),
                RolePermission(role=role, pattern="companies.view_*", scope="company"),
            ]
        )
        Membership.objects.create(user=user, role=role)
    client = Client()
    client.post("/-/sign-in", {"username": name, "password": name})
    return user, client


@pytest.fixture
def desk(books, post, authority):
    """Anna, her browser, and her account without a consent."""
    user, client = seller("anna")
    return user, client, new_account(books.company, post, user, sign_in="oauth", sealed_password="")


def consent(client, account):
    """What the browser does: away, and back with what the provider said; the address it came back by."""
    away = client.get(f"/mail-accounts/{account.pk}/consent")
    assert away.status_code == 302
    back = call("GET", away["Location"], headers={}).headers["location"]
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}"), f"{urlsplit(back).path}?{urlsplit(back).query}"


def tokens(account):
    return json.loads(opened(MailAccount.objects.get(pk=account.pk).sealed_password, SEALED_FOR))


def problem(account):
    return [str(w.text) for w in MailAccountResource.wrong(account.pk, None)]


def test_SA_05_who_consented_once_is_read_and_writes_and_the_access_is_renewed(books, post, authority, desk):
    user, client, account = desk
    books.customer(email="info@duomo.example")
    assert "Sign in at the provider" in problem(account)[0] and account not in due_now()
    assert f"/mail-accounts/{account.pk}/consent" in client.get(f"/mail-accounts/{account.pk}").content.decode()
    answer, back = consent(client, account)
    assert (answer.status_code, answer["Location"]) == (302, f"/mail-accounts/{account.pk}")
    first = tokens(account)
    stored = MailAccount.objects.get(pk=account.pk).sealed_password
    assert first["access"] not in stored and not problem(account)
    assert not Change.objects.filter(changes__has_key="sealed_password").exists()
    post.put(mail("Ten kilos?"))
    assert (looked(MailAccount.objects.get(pk=account.pk)).kept, problem(account)) == (1, [])
    # Out by the same consent.
    came = MailMessage.objects.get()
    perform(replace(books.actor, user_id=user.pk), ACTIONS["correspondence.reply"], [came.pk], {"body": "Tomorrow."})
    assert senders().exists() and send_due().sent == 1 and len(post.taken()) == 1
    # An answer is taken once; and what is good for nothing any more is renewed before it is asked with.
    assert client.get(back).status_code == 409 and tokens(account) == first
    (authority / "lives").write_text("300")
    with unit_of_work("program.mail", "test"):
        MailAccount.objects.filter(pk=account.pk).update(
            sealed_password=sealed(json.dumps(first | {"until": int(time.time()) + 60}), SEALED_FOR)
        )
        assert renew([MailAccount.objects.get(pk=account.pk)]) == 1
    second = tokens(account)
    assert second["access"] != first["access"] and second["refresh"] != first["refresh"]
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == ""
    assert tokens(account)["access"] != second["access"], "five minutes are soon"


def due_now():
    return due(timezone.now())


def test_SA_05_a_consent_that_was_withdrawn_is_seen_and_nothing_is_asked_in_its_name(books, post, authority, desk):
    _user, client, account = desk
    consent(client, account)
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == ""
    # The server refuses the token before its time: it is renewed once, and goes on.
    (authority / "token").write_text("another")
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == ""
    # A provider that is away for an hour takes nothing from anybody.
    (authority / "token").write_text("another")
    (authority / "broken").touch()
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == "consent_unreachable" and tokens(account)["refresh"]
    (authority / "broken").unlink()
    (authority / "withdrawn").touch()
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == "consent_gone"
    assert MailAccount.objects.get(pk=account.pk).sealed_password == "" and "withdrawn" in problem(account)[0]
    assert not due_now() and not senders().exists()
    asked = (authority / "asked").read_text().count("\n")
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == "no_consent" and (authority / "asked").read_text().count("\n") == asked
    (authority / "withdrawn").unlink()
    consent(client, account)
    assert looked(MailAccount.objects.get(pk=account.pk)).problem == "" and not problem(account)
    assert MailStanding.objects.get(account=account).failures == 0


def test_SA_05_nobody_is_signed_in_by_an_answer_he_did_not_ask_for(books, post, authority, desk):
    _user, client, account = desk
    _other, stranger = seller("mallory")
    assert stranger.get(f"/mail-accounts/{account.pk}/consent").status_code == 404
    away = client.get(f"/mail-accounts/{account.pk}/consent")["Location"]
    asked = parse_qs(urlsplit(away).query)
    assert (
        asked["code_challenge_method"] == ["S256"] and "code_verifier" not in asked and asked["redirect_uri"][0].endswith("/-/mail-consent")
    )
    back = urlsplit(call("GET", away, headers={}).headers["location"])
    # Another session, another state, no code, an error: nothing is kept, and what was begun is over.
    assert stranger.get(f"{back.path}?{back.query}").status_code == 409
    assert client.get(f"{back.path}?state=wrong&code=x").status_code == 409
    assert client.get(f"{back.path}?{back.query}").status_code == 409
    client.get(f"/mail-accounts/{account.pk}/consent")
    state = client.session["mail_consent"]["state"]
    assert client.get(f"{back.path}?state={state}&error=access_denied").status_code == 409
    client.get(f"/mail-accounts/{account.pk}/consent")
    assert client.get(f"{back.path}?state={client.session['mail_consent']['state']}&code=invented").status_code == 409
    assert MailAccount.objects.get(pk=account.pk).sealed_password == ""
    with pytest.raises(ConsentInstead):
        perform(books.actor, ACTIONS["correspondence.enter_password"], [account.pk], {"password": "x"})
    # Tokens go to no other server than they were given for.
    consent(client, account)
    edit(books.actor, MailAccountResource, {account.pk: {"imap_port": 993}})
    assert MailAccount.objects.get(pk=account.pk).sealed_password == ""


def test_SA_05_google_and_microsoft_are_known_by_their_servers(books, monkeypatch):
    def account(**values):
        (key,) = create(books.actor, MailAccountResource, [{"company": books.company.pk, "address": ADDRESS, **values}]).ids
        return MailAccount.objects.get(pk=key)

    with pytest.raises(InvalidInput):
        account(imap_host="")
    google = account(sign_in="google")
    assert (google.imap_host, google.smtp_host, google.smtp_port) == ("imap.gmail.com", "smtp.gmail.com", 465)
    with pytest.raises(ConsentNotOffered) as refused:
        begin(google, "https://house.example/-/mail-consent")
    assert "FONDACO_GOOGLE_CLIENT_ID" in refused.value.sentence()
    monkeypatch.setenv("FONDACO_GOOGLE_CLIENT_ID", "abc")
    begun = begin(google, "https://house.example/-/mail-consent")
    asked = parse_qs(urlsplit(begun.address).query)
    assert begun.address.startswith("https://accounts.google.com/") and (asked["access_type"], asked["login_hint"]) == (
        ["offline"],
        [ADDRESS],
    )
    monkeypatch.setenv("FONDACO_MICROSOFT_TENANT", "house")
    assert "/house/oauth2/v2.0/token" in provider_of("microsoft").token
    monkeypatch.setenv("FONDACO_OAUTH_CLIENT_ID", "abc")
    monkeypatch.setenv("FONDACO_OAUTH_AUTHORIZE_URL", "https://a.example/")
    monkeypatch.setenv("FONDACO_OAUTH_TOKEN_URL", "http://a.example/")
    assert not provider_of("oauth").is_offered, "tokens are not asked for in the clear"
