"""The doors: who may come in by which address. A view without a policy cannot be routed; the tests see to it.

A door authenticates (session or token), opens the unit of work for the actor, runs the view in it, translates refusals,
and runs the whole request again after a lost race.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone, translation

from fondaco.config import settings as configuration
from fondaco.interfaces.doors.addresses import client_address
from fondaco.interfaces.doors.tokens import actor_of_token
from fondaco.masterdata.users.models import OutsideSignIn, OutsideUser
from fondaco.masterdata.users.outside import actor_outside
from fondaco.platform.access.actors import Actor, actor_of, user_of
from fondaco.platform.access.models import SignIn, User
from fondaco.platform.database.refusals import NotAllowed, UserError
from fondaco.platform.database.unit import act_as, retrying, unit_of_work
from fondaco.platform.documents.performing import refusals_translated

#: Anyone, signed in or not.
PUBLIC = "public"
#: Anyone who is signed in; the view itself asks for what it shows.
SIGNED_IN = "signed_in"
#: Portal users only; the view shows what is theirs. Every door that does not say so is closed to them.
OUTSIDE = "outside"
#: The channel of programs that sign each message: neither session nor token counts, and the view judges the signature first.
SIGNED = "signed"

VISITOR = Actor(username="visitor", name="", channel="web")


@dataclass(frozen=True)
class Policy:
    """What a door asks for: a permission, PUBLIC, SIGNED_IN or OUTSIDE, and which methods it answers.

    Within ``own_units`` nothing is open around the view, which opens its own units of work: for signed channels alone, where nobody is looked up.
    """

    permission: str
    methods: tuple[str, ...]
    channel: str
    own_units: bool = False


class NotSignedIn(UserError):
    code, status = "doors.not_signed_in", 401
    message = translation.gettext_lazy("Sign in first, or send a valid API token.")


class NotForOutside(UserError):
    code, status = "doors.not_for_outside", 403
    message = translation.gettext_lazy("Your sign-in opens your own pages of the portal, and no others. Go back to the portal.")


class Forged(UserError):
    code, status = "doors.forged", 403
    message = translation.gettext_lazy(
        "The form was not accepted, because it did not come from a page of yours. Load the page again and repeat."
    )


class BadBody(UserError):
    code, status = "doors.bad_body", 400
    message = translation.gettext_lazy("The request could not be read: {why}")


Responder = Callable[[HttpRequest, UserError], HttpResponse]


def door(
    permission: str, *methods: str, channel: str = "web", refuse: Responder | None = None, own_units: bool = False
) -> Callable[..., Any]:
    """Make a view a door. The view gets ``request`` with ``request.actor`` and ``request.session``."""
    if own_units and (permission, channel) != (PUBLIC, SIGNED):
        raise ValueError("Only a public door of a signed channel opens its own units of work: everybody else is looked up in one")
    policy = Policy(permission, methods or ("GET",), channel, own_units)

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "HEAD":
                # What a view shows by GET, without the body, which the server leaves out: nothing that a POST would do.
                request.method = "GET"
            if request.method not in policy.methods:
                return HttpResponseNotAllowed(policy.methods)
            try:
                if policy.own_units:
                    with refusals_translated():
                        return view(request, *args, **kwargs)
                with suppress(KeyError):
                    request.__dict__.pop("session")
                return retrying(lambda: _inside(request, policy, view, args, kwargs))
            except UserError as refusal:
                # In the reader's language, as far as it was found who that is.
                with translation.override(getattr(request, "reads", None) or translation.get_language() or "en"):
                    return (refuse or _default_refusal())(request, refusal)
            except (RequestDataTooBig, BadRequest, UnicodeDecodeError) as error:
                return (refuse or _default_refusal())(request, BadBody(why=str(error)))

        if refuse is not None:
            view.refuse = refuse  # type: ignore[attr-defined]
        opened.policy = policy  # type: ignore[attr-defined]
        opened.csrf_exempt = True  # checked in _inside, by how the actor came
        return opened

    return declare


def _default_refusal() -> Responder:
    from fondaco.interfaces.web.errors import refused

    return refused


def _inside(request: HttpRequest, policy: Policy, view: Callable[..., HttpResponse], args: Any, kwargs: Any) -> HttpResponse:
    request.session = SessionStore(request.COOKIES.get(configuration.SESSION_COOKIE_NAME))  # type: ignore[attr-defined]
    with refusals_translated(), unit_of_work("visitor", "request"):
        actor, by_token = authenticate(request, policy.channel)
        request.actor = actor  # type: ignore[attr-defined]
        language = actor.language if actor.user_id or actor.outside_id else translation.get_language_from_request(request)
        request.reads = language  # type: ignore[attr-defined]
        act_as(actor.username, f"{request.method} {request.path[:200]}")
        with translation.override(language):
            if not by_token and policy.channel != SIGNED:
                _refuse_forgery(request)
            _refuse_strangers(policy, actor)
            if policy.permission not in (PUBLIC, SIGNED_IN, OUTSIDE) and not actor.may(policy.permission):
                raise NotAllowed(verb=str(translation.gettext_lazy("open")), what=request.path, permission=policy.permission)
            try:
                with transaction.atomic():
                    response = view(request, *args, **kwargs)
                    if hasattr(response, "render") and callable(response.render):
                        response.render()
            except UserError as refusal:
                # The refusal is drawn inside the unit: its page still knows who asks.
                response = (getattr(view, "refuse", None) or _refusal_of(policy))(request, refusal)
            _keep_session(request, response)
            return response


def _refuse_strangers(policy: Policy, actor: Actor) -> None:
    """Nobody passes who is not known, and a portal user passes by the doors that are for him alone."""
    if policy.permission == PUBLIC:
        return
    if policy.permission == OUTSIDE:
        if actor.outside_id is None:
            raise NotSignedIn()
    elif actor.outside_id is not None:
        raise NotForOutside()
    elif actor.user_id is None:
        raise NotSignedIn()


def _refusal_of(policy: Policy) -> Responder:
    if policy.channel in {"api", SIGNED}:
        from fondaco.interfaces.api.problems import problem

        return problem
    return _default_refusal()


def authenticate(request: HttpRequest, channel: str) -> tuple[Actor, bool]:
    """The actor of a request, and whether he came by token. An unknown token is refused, never taken for a visitor."""
    if channel == SIGNED:
        return VISITOR, False
    header = request.headers.get("Authorization", "")
    if header:
        kind, _, token = header.partition(" ")
        actor = actor_of_token(token.strip(), channel="api") if kind.lower() == "bearer" else None
        if actor is None:
            raise NotSignedIn()
        return actor, True
    user_id = request.session.get("user") if request.COOKIES.get(configuration.SESSION_COOKIE_NAME) else None  # type: ignore[attr-defined]
    if user_id is not None:
        user = user_of(user_id)
        if user is not None and user.is_active and request.session.get("epoch") == user.session_epoch:  # type: ignore[attr-defined]
            return actor_of(user, channel=channel), False
    return _outside(request) or VISITOR, False


def _outside(request: HttpRequest) -> Actor | None:
    """The portal user whose session it is; none where he was shut out, or his password changed, since it began."""
    key = request.session.get("outside") if request.COOKIES.get(configuration.SESSION_COOKIE_NAME) else None  # type: ignore[attr-defined]
    person = OutsideUser.objects.filter(pk=key, is_active=True).first() if key is not None else None
    if person is None or request.session.get("epoch") != person.session_epoch:  # type: ignore[attr-defined]
        return None
    return actor_outside(person)


class _ForgeryCheck(CsrfViewMiddleware):
    """Django's check without its own page: the door that refuses answers in its own way."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponse(reason, status=403)


def _refuse_forgery(request: HttpRequest) -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    checker = _ForgeryCheck(lambda _request: HttpResponse())
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    checker.process_request(request)
    if checker.process_view(request, HttpResponse, (), {}) is not None:
        raise Forged()


def _keep_session(request: HttpRequest, response: HttpResponse) -> None:
    session = request.session  # type: ignore[attr-defined]
    if session.is_empty():
        if configuration.SESSION_COOKIE_NAME in request.COOKIES and session.modified:
            response.delete_cookie(configuration.SESSION_COOKIE_NAME)
        return
    if session.modified:
        session.save()
        response.set_cookie(
            configuration.SESSION_COOKIE_NAME,
            session.session_key,
            max_age=configuration.SESSION_COOKIE_AGE,
            httponly=True,
            samesite="Lax",
            secure=configuration.SESSION_COOKIE_SECURE,
        )


def sign_in(request: HttpRequest, user: User) -> None:
    """Begin a session for ``user`` under a fresh key (no fixation), bound to his session epoch; it is written down."""
    SignIn.objects.create(user=user, address=client_address(request))
    request.session.flush()  # type: ignore[attr-defined]
    request.session["user"], request.session["epoch"], request.session["since"] = user.pk, user.session_epoch, timezone.now().isoformat()  # type: ignore[attr-defined]


def sign_in_outside(request: HttpRequest, person: OutsideUser) -> None:
    """Begin a session for a portal user, as for a user of the house; it is no session of the house."""
    OutsideSignIn.objects.create(user=person, address=client_address(request))
    request.session.flush()  # type: ignore[attr-defined]
    request.session["outside"], request.session["epoch"], request.session["since"] = (
        person.pk,
        person.session_epoch,
        timezone.now().isoformat(),
    )  # type: ignore[attr-defined]


def end_other_sessions(request: HttpRequest, user: User | OutsideUser) -> None:
    """Let only this session of ``user`` live on, under a fresh key; read ``user`` anew, for its epoch has risen."""
    request.session.cycle_key()  # type: ignore[attr-defined]
    request.session["epoch"] = user.session_epoch  # type: ignore[attr-defined]


def sign_out(request: HttpRequest) -> None:
    """End the session; the cookie's key is worth nothing afterwards."""
    request.session.flush()  # type: ignore[attr-defined]
