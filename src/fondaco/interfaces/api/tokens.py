"""A user's own API tokens: list, make (the secret is shown once), revoke."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from fondaco.interfaces.api.bodies import idempotency_key, json_object, no_words, words
from fondaco.interfaces.api.routes import route
from fondaco.interfaces.api.views import answer
from fondaco.interfaces.doors.policy import SIGNED_IN
from fondaco.interfaces.doors.tokens import make_own_token, own_token, revoke_own_token
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.models import ApiToken
from fondaco.platform.resources.exporting import plain


@route(SIGNED_IN, "GET", "POST")
def tokens(request: HttpRequest) -> HttpResponse:
    """The reader's tokens; POST makes one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    no_words(request)
    if request.method == "POST":
        return _make(request, actor)
    return answer({"data": [shown(t) for t in ApiToken.objects.filter(user=actor.user_id).select_related("use").order_by("-id")[:500]]})


def _make(request: HttpRequest, actor: Actor) -> HttpResponse:
    outcome = make_own_token(actor, json_object(request), idempotency_key=idempotency_key(request))
    content = shown(ApiToken.objects.select_related("use").get(pk=outcome.ids[0]))
    response = answer({**content, "secret": next(iter(outcome.told.values()), None)}, 201)
    if outcome.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@route(SIGNED_IN, "GET", "DELETE")
def token(request: HttpRequest, key: str) -> HttpResponse:
    """One of the reader's tokens; DELETE revokes it for ever."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words(request, ("reason",))
    found = own_token(actor, key)
    if request.method == "GET":
        return answer(shown(found))
    revoke_own_token(actor, found, idempotency_key=idempotency_key(request))
    return HttpResponse(status=204)


def shown(found: ApiToken) -> dict[str, Any]:
    """A token without its secret, which nobody has any more."""
    moments = {name: plain(getattr(found, name)) for name in ("created_at", "expires_at", "revoked_at")}
    return {
        "id": str(found.pk),
        "name": found.name,
        "prefix": f"fdc_{found.prefix}",
        "scopes": found.scopes,
        **moments,
        "last_used_at": plain(found.use.at),
    }
