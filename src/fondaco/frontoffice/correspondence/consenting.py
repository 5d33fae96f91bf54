"""Signing in to a mailbox by consent (OAuth 2.0, RFC 6749, with PKCE, RFC 7636) where the provider takes no password: Google, Microsoft, or a
server of one's own.

Who has the mailbox consents on the provider's page; we get a code, and for it an access token that is renewed before it runs out. Both tokens are
kept in the account's sealed place, as a password is. Client and secret of the installation come from the environment.
"""

import base64
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from fondaco.frontoffice.correspondence.imap import Failed
from fondaco.frontoffice.correspondence.models import BY_PASSWORD, STARTTLS, TLS, MailAccount
from fondaco.frontoffice.correspondence.refusals import ConsentFailed, ConsentNotOffered
from fondaco.frontoffice.correspondence.sealing import NotOurs, opened, sealed
from fondaco.platform.events.calling import NoAnswer, call

SEALED_FOR = "mail consent"
#: An access token that lives less than so many seconds is renewed; an answer without an end lives an hour.
SOON, HOUR = 600, 3600
SECONDS = 20
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Provider:
    """Where consent is given and tokens are had; ``servers``: incoming host, outgoing host, port and encryption, where they are known."""

    key: str
    authorize: str
    token: str
    scope: str
    client: str
    secret: str
    servers: tuple[str, str, int, str] | None = None

    @property
    def is_offered(self) -> bool:
        """Whether the operator has set it up. Tokens travel encrypted, or stay on this machine."""
        return bool(self.client) and all(
            urlsplit(a).scheme == "https" or (urlsplit(a).scheme == "http" and urlsplit(a).hostname in LOOPBACK)
            for a in (self.authorize, self.token)
        )


def provider_of(key: str) -> Provider:
    """A provider as the environment sets it up."""
    name = key.upper()
    given = {"client": os.environ.get(f"FONDACO_{name}_CLIENT_ID", ""), "secret": os.environ.get(f"FONDACO_{name}_CLIENT_SECRET", "")}
    if key == "google":
        return Provider(
            key, "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token", "https://mail.google.com/", **given,
            servers=("imap.gmail.com", "smtp.gmail.com", 465, TLS),
        )  # fmt: skip
    if key == "microsoft":
        base = f"https://login.microsoftonline.com/{os.environ.get('FONDACO_MICROSOFT_TENANT', 'common')}/oauth2/v2.0"
        scope = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
        return Provider(
            key,
            f"{base}/authorize",
            f"{base}/token",
            scope,
            **given,
            servers=("outlook.office365.com", "smtp.office365.com", 587, STARTTLS),
        )
    return Provider(
        key, os.environ.get("FONDACO_OAUTH_AUTHORIZE_URL", ""), os.environ.get("FONDACO_OAUTH_TOKEN_URL", ""), os.environ.get("FONDACO_OAUTH_SCOPE", ""), **given
    )  # fmt: skip


@dataclass(frozen=True)
class Begun:
    """A consent that was begun: where its giver goes, and what is kept of it until he comes back."""

    address: str
    kept: Mapping[str, Any]


#: Whoever comes back later than so many seconds begins again.
PATIENCE = 900


def begin(account: MailAccount, back: str) -> Begun:
    """Send somebody to the provider's page, who comes back to the address ``back``. Raises ConsentNotOffered."""
    provider = _offered(account)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code", "client_id": provider.client, "redirect_uri": back, "scope": provider.scope, "state": state, "login_hint": account.address,
        "code_challenge": challenge, "code_challenge_method": "S256", "prompt": "consent", "access_type": "offline",
    }  # fmt: skip
    kept = {"state": state, "verifier": verifier, "account": account.pk, "back": back, "at": int(time.time())}
    joint = "&" if urlsplit(provider.authorize).query else "?"
    return Begun(f"{provider.authorize}{joint}{urlencode(asked)}", kept)


def is_answer_to(kept: Any, state: str) -> bool:
    """Whether a return belongs to what was begun: the same state, not too late."""
    return (
        isinstance(kept, Mapping)
        and bool(state)
        and secrets.compare_digest(str(kept.get("state", "")).encode(), state.encode())
        and 0 <= time.time() - int(kept.get("at", 0)) <= PATIENCE
    )


def tokens_for(account: MailAccount, kept: Mapping[str, Any], code: str) -> str:
    """The tokens that a code is worth, as they are kept. Raises ConsentFailed."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": kept["back"], "code_verifier": kept["verifier"]}
    try:
        found = _ask(_offered(account), asked)
    except Failed as failure:
        raise ConsentFailed(account=account.address, why=failure.detail or failure.problem) from failure
    if not found.get("refresh_token"):
        raise ConsentFailed(account=account.address, why="no refresh token")
    return _kept(found, "")


def token_of(account: MailAccount, *, anew: bool = False) -> str:
    """The access token of an account, renewed where it runs out soon, or in any case (``anew``). Raises Failed."""
    if not account.sealed_password:
        raise Failed("no_consent")
    # One renews at a time: some servers take a refresh token once.
    row = MailAccount.objects.select_for_update(of=("self",)).get(pk=account.pk)
    account.sealed_password = row.sealed_password
    tokens = _open(row)
    if not anew and tokens["until"] - time.time() > SOON:
        return str(tokens["access"])
    provider = provider_of(row.sign_in)
    if not provider.is_offered:
        raise Failed("consent_not_offered")
    found = _ask(provider, {"grant_type": "refresh_token", "refresh_token": tokens["refresh"]})
    account.sealed_password = _seal(_kept(found, tokens["refresh"]))
    account.save(update_fields=["sealed_password"])
    return str(found["access_token"])


def renew(accounts: Iterable[MailAccount]) -> int:
    """Renew the tokens of accounts that run out soon, so that it is kept before a look begins; how many were. What fails is told by the look."""
    renewed = 0
    for account in accounts:
        if account.sign_in == BY_PASSWORD or not account.sealed_password:
            continue
        try:
            before = account.sealed_password
            token_of(account)
            renewed += account.sealed_password != before
        except Failed:
            continue
    return renewed


def _offered(account: MailAccount) -> Provider:
    provider = provider_of(account.sign_in)
    if account.sign_in == BY_PASSWORD or not provider.is_offered:
        raise ConsentNotOffered(
            account=account.address, provider=str(account.get_sign_in_display()), setting=f"FONDACO_{provider.key.upper()}_CLIENT_ID"
        )
    return provider


def _open(account: MailAccount) -> dict[str, Any]:
    try:
        return dict(json.loads(opened(account.sealed_password, SEALED_FOR)))
    except NotOurs as error:
        raise Failed("sealed_elsewhere") from error


def _seal(tokens: str) -> str:
    return sealed(tokens, SEALED_FOR)


def _kept(found: Mapping[str, Any], refresh: str) -> str:
    """What is kept of an answer; a server that gives no new refresh token means the old one."""
    lives = found.get("expires_in")
    until = int(time.time()) + (int(lives) if isinstance(lives, int | float) or str(lives).isdecimal() else HOUR)
    return json.dumps({"access": found["access_token"], "refresh": found.get("refresh_token") or refresh, "until": until})


def _ask(provider: Provider, asked: Mapping[str, str]) -> dict[str, Any]:
    """Ask the token endpoint once. Raises Failed: ``consent_gone`` where the provider says that the grant is no longer good."""
    given = {**asked, "client_id": provider.client, **({"client_secret": provider.secret} if provider.secret else {})}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = call("POST", provider.token, headers=headers, body=urlencode(given).encode(), seconds=SECONDS)
    except NoAnswer as error:
        raise Failed("consent_unreachable", error) from error
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Failed("consent_unreachable", answer.status)
    if answer.is_success and isinstance(found.get("access_token"), str):
        return found
    said = f"{found.get('error', answer.status)} {found.get('error_description', '')}".strip()[:300]
    raise Failed("consent_gone" if found.get("error") == "invalid_grant" else "consent_unreachable", said)


__all__ = ["SEALED_FOR", "Begun", "Provider", "begin", "is_answer_to", "provider_of", "renew", "token_of", "tokens_for"]
