"""A user's own API tokens: list, make (the secret is shown once), revoke."""

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fondaco.interfaces.api.bodies import idempotency_key, json_object, no_words, words
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.api.views import answer
from fondaco.interfaces.doors.policy import SIGNED_IN
from fondaco.interfaces.doors.tokens import make_token
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import ApiToken, User
from fondaco.platform.database.refusals import NotFound, UserError
from fondaco.platform.documents.performing import Outcome, invalid, once
from fondaco.platform.resources.exporting import plain

TOKENS = 100


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


@route(SIGNED_IN, "GET", "POST")
def tokens(request: HttpRequest) -> HttpResponse:
    """The reader's tokens; POST makes one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    no_words(request)
    if request.method == "POST":
        return _make(request, actor)
    return answer({"data": [shown(t) for t in ApiToken.objects.filter(user=actor.user_id).order_by("-id")[:500]]})


def _make(request: HttpRequest, actor: Actor) -> HttpResponse:
    given = json_object(request)
    try:
        wanted = NewToken.model_validate(given)
    except ValidationError as error:
        raise invalid(str(_("Token")), error) from error
    for scope in wanted.scopes:
        # Both are patterns of words and stars only: one that matches the other as text reaches no further.
        if actor.limits is not None and not any(fnmatchcase(scope, limit) for limit in actor.limits):
            raise WiderThanYours(limits=", ".join(actor.limits), scope=scope)
    secret: list[str] = []

    def work() -> Outcome:
        count = ApiToken.objects.filter(user=actor.user_id, revoked_at__isnull=True).count()
        if count >= TOKENS:
            raise TooManyTokens(count=count)
        token, text = make_token(User.objects.get(username=actor.username), wanted.name, scopes=wanted.scopes, expires_at=wanted.expires_at)
        secret.append(text)
        return Outcome([token.pk])

    outcome = once(actor, "access.create_token", {"token": given}, work, idempotency_key=idempotency_key(request))
    content = shown(ApiToken.objects.get(pk=outcome.ids[0]))
    response = answer({**content, "secret": secret[0] if secret else None}, 201)
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@route(SIGNED_IN, "GET", "DELETE")
def token(request: HttpRequest, key: str) -> HttpResponse:
    """One of the reader's tokens; DELETE revokes it for ever."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words(request, ("reason",))
    own = ApiToken.objects.filter(user=actor.user_id, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)
    found = own.first()
    if found is None:
        raise NotFound(what=f"{_('Token')} {key[:40]}")
    if request.method == "GET":
        return answer(shown(found))

    def work() -> Outcome:
        own.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        return Outcome([found.pk])

    once(actor, "access.revoke_token", {"revoke": found.pk}, work, idempotency_key=idempotency_key(request))
    return HttpResponse(status=204)


def shown(found: ApiToken) -> dict[str, Any]:
    """A token without its secret, which nobody has any more."""
    moments = {name: plain(getattr(found, name)) for name in ("created_at", "expires_at", "revoked_at")}
    return {"id": str(found.pk), "name": found.name, "prefix": f"fdc_{found.prefix}", "scopes": found.scopes, **moments}
