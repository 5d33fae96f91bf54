"""Signing in and out, preferences, and choosing the company."""

from urllib.parse import urlsplit

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from fondaco.interfaces.doors.guessing import note_failure, too_many_failures
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED_IN, door, sign_in, sign_out
from fondaco.interfaces.web.frame import companies_of, page
from fondaco.localizations.founding import is_founded
from fondaco.platform.access.models import User
from fondaco.platform.database.refusals import NotFound


def safe_next(address: str) -> str:
    """Where to go after signing in: an address of this server only, else Today."""
    parts = urlsplit(address)
    if (
        parts.scheme
        or parts.netloc
        or not address.startswith("/")
        or address.startswith(("//", "/\\"))
        or any(ord(c) < 32 for c in address)
        or "\\" in address
    ):
        return "/"
    return address


@door(PUBLIC, "GET", "POST")
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in with name (or mail) and password; guessing is slowed down by user and by address."""
    following = safe_next(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method != "POST":
        if request.actor.user_id is not None:  # type: ignore[attr-defined]
            return HttpResponseRedirect(following)
        if not is_founded():
            return HttpResponseRedirect("/-/set-up")
        lost = _(
            "You were signed out, so nothing was saved. Sign in again: what you typed in a form is kept in this browser and offered there."
        )
        context = {"action": "/-/sign-in", "next": following} | ({"error": lost} if "unsaved" in request.GET else {})
        return page(request, "web/login.html", context)
    name = request.POST.get("username", "").replace("\x00", "").strip().lower()[:200]
    user = User.objects.filter(Q(username=name) | Q(email__iexact=name), is_active=True).order_by("id").first()
    # Name and mail address are one account: its failures are counted together.
    account = user.username if user is not None else name
    if too_many_failures(request, account):
        return _not_signed_in(request, following, name, _("Too many attempts. Wait a quarter of an hour, then try again."), 429)
    password = request.POST.get("password", "")
    # The same work for a known and an unknown name, so that time does not tell which it is.
    right = check_password(password, user.password) if user is not None else bool(make_password(password)) and False
    if user is None or not right:
        note_failure(request, account)
        return _not_signed_in(request, following, name, _("User name or password are not right. Check both and try again."), 422)
    sign_in(request, user)
    return HttpResponseRedirect(following)


def _not_signed_in(request: HttpRequest, following: str, name: str, sentence: str, status: int) -> HttpResponse:
    context = {"action": "/-/sign-in", "next": following, "username": name, "error": sentence}
    return page(request, "web/login.html", context, status=status)


@door(SIGNED_IN, "POST")
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out; the session is gone on the server too."""
    sign_out(request)
    return HttpResponseRedirect("/-/sign-in")


@door(SIGNED_IN, "POST")
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep language, theme and spacing with the user."""
    changed = {}
    for name in ("language", "theme", "density"):
        value = request.POST.get(name)
        if value in dict(User._meta.get_field(name).choices or ()):
            changed[name] = value
    if changed:
        User.objects.filter(pk=request.actor.user_id).update(**changed)  # type: ignore[attr-defined]
    return JsonResponse({})


@door(SIGNED_IN, "GET")
def work_in(request: HttpRequest, company: int) -> HttpResponse:
    """Look at another company the user works in."""
    if not any(c.pk == company for c in companies_of(request)):
        raise NotFound(what=_("Company {key}").format(key=company))
    request.session["company"] = company  # type: ignore[attr-defined]
    return HttpResponseRedirect(safe_next(request.GET.get("next", "/")))
