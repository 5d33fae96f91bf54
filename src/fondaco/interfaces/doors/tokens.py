"""API tokens: made once, shown once, kept as a digest; their rights are their user's, cut down to the token's scopes."""

import hashlib
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fondaco.platform.access.actors import Actor, actor_of, user_of
from fondaco.platform.access.models import ApiToken, TokenUse, User
from fondaco.platform.database import tenancy
from fondaco.platform.database.knowing import known, shared
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.performing import Outcome, invalid, once

#: How many working tokens one user may have.
TOKENS = 100
#: A use is written down when the last one lies so far back.
USE_SECONDS = 60


class TooManyTokens(UserError):
    code, status = "api.too_many_tokens", 409
    message = _("You have {count} tokens already. Revoke one that you no longer use.")


class WiderThanYours(UserError):
    code, status = "api.token_wider", 403
    message = _("The token that you use is limited to {limits}; it cannot make one for “{scope}”.")


def _future(moment: datetime) -> datetime:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= timezone.now():
        raise ValueError("the moment lies in the past")
    return moment


def _pattern(scope: str) -> str:
    if not re.fullmatch(r"[a-z0-9_*]+(\.[a-z0-9_*]+)*", scope):
        raise ValueError("a scope is a permission or a pattern such as invoicing.*")
    return scope


class NewToken(BaseModel):
    """What a token is made from: its rights are those of its user, cut down to ``scopes``."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    scopes: Annotated[list[Annotated[str, Field(max_length=200), AfterValidator(_pattern)]], Field(min_length=1, max_length=100)] = ["*"]
    expires_at: Annotated[datetime, AfterValidator(_future)] | None = None


def make_token(user: User, name: str, *, scopes: Sequence[str] = ("*",), expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token and return it with its secret text, which is shown once and never stored."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=user, name=name, prefix=prefix, digest=_digest(secret), scopes=list(scopes), expires_at=expires_at)
    TokenUse.objects.create(token=token)
    return token, f"fdc_{prefix}_{secret}"


def make_own_token(actor: Actor, given: Mapping[str, Any], *, idempotency_key: str = "") -> Outcome:
    """Make a token of the actor's own, never wider than the one he comes with; its secret is told once, under its name."""
    try:
        wanted = NewToken.model_validate(given)
    except ValidationError as error:
        raise invalid(gettext("Token"), error) from error
    for scope in wanted.scopes:
        # Both are patterns of words and stars only: one that matches the other as text reaches no further.
        if actor.limits is not None and not any(fnmatchcase(scope, limit) for limit in actor.limits):
            raise WiderThanYours(limits=", ".join(actor.limits), scope=scope)
    told: dict[str, str] = {}

    def work() -> Outcome:
        count = ApiToken.objects.filter(user=actor.user_id, revoked_at__isnull=True).count()
        if count >= TOKENS:
            raise TooManyTokens(count=count)
        token, text = make_token(User.objects.get(username=actor.username), wanted.name, scopes=wanted.scopes, expires_at=wanted.expires_at)
        told[wanted.name] = text
        return Outcome([token.pk])

    outcome = once(actor, "access.create_token", {"token": dict(given)}, work, idempotency_key=idempotency_key)
    outcome.told = told
    return outcome


def own_token(actor: Actor, key: str) -> ApiToken:
    """One of the actor's own tokens; refused as not found when it is not his."""
    found = ApiToken.objects.filter(user=actor.user_id, pk=int(key) if key.isdecimal() and len(key) < 19 else 0).first()
    if found is None:
        raise NotFound(what=f"{gettext('Token')} {key[:40]}")
    return found


def revoke_own_token(actor: Actor, token: ApiToken, *, idempotency_key: str = "") -> None:
    """End one of the actor's own tokens for ever; one that is revoked already stays so."""

    def work() -> Outcome:
        ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
        return Outcome([token.pk])

    once(actor, "access.revoke_token", {"revoke": token.pk}, work, idempotency_key=idempotency_key)


def actor_of_token(text: str, *, channel: str) -> Actor | None:
    """The actor behind a token, or ``None`` when it is unknown, expired or revoked. The use is written down."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if kind != "fdc" or not secret or "\x00" in text:
        return None
    token = _token(prefix)
    if token is None or not secrets.compare_digest(token.digest, _digest(secret)):
        return None
    user = user_of(token.user_id)
    if (token.expires_at and token.expires_at < timezone.now()) or user is None or not user.is_active:
        return None
    _write_down_use(token.pk)
    return actor_of(user, channel=channel, limits=token.scopes)


@known
def _token(prefix: str) -> ApiToken | None:
    token = ApiToken.objects.filter(prefix=prefix, revoked_at__isnull=True).first()
    return None if token is None else shared(token)


#: When this process last wrote down the use of a token, by database, tenant and token.
_noted: dict[tuple[str, str, int], float] = {}


def _write_down_use(key: int) -> None:
    """Note the moment, now and then; where another call is doing so just now, that one is enough, and nobody waits."""
    place = connection.settings_dict["NAME"], tenancy.key(), key
    if time.monotonic() - _noted.get(place, -USE_SECONDS) < USE_SECONDS:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update access_tokenuse set at = now() where token_id in"
            " (select token_id from access_tokenuse where token_id = %s for update skip locked)",
            [key],
        )
    _noted[place] = time.monotonic()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
