"""The way in for people of our partners (decision 20): sign in by mail address, set a password by a link, ask for another one, go out."""

from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.frontoffice.portal.queries import seats_of as customer_seats_of
from fondaco.interfaces.doors.guessing import note_failure, too_many_failures
from fondaco.interfaces.doors.policy import OUTSIDE, PUBLIC, door, end_other_sessions, sign_in_outside, sign_out
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.screens.account import safe_next
from fondaco.masterdata.parties.actions import record_visit
from fondaco.masterdata.users.models import OutsideSignIn, OutsideUser
from fondaco.masterdata.users.outside import by_address, link_behind, send_reset, set_password
from fondaco.operations.sourcing.queries import seats_of
from fondaco.platform.access.passwords import new_password_problems
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

HOME = "/portal"
LATEST = 5


class PortalLinkNotValid(UserError):
    code, status = "doors.portal_link_not_valid", 404
    message = gettext_lazy(
        "This link has been used, has expired, or was replaced by a newer one. Ask for another on the page where you sign in, or the buyer who invited you."
    )


def _account_of(email: str) -> str:
    """How failures of an address are counted, apart from those of our own users."""
    return f"portal {email}"


def _asked_for(request: HttpRequest) -> str:
    following = safe_next(request.POST.get("next") or request.GET.get("next") or HOME)
    return following if following == HOME or following.startswith(f"{HOME}/") else HOME


@door(PUBLIC, "GET", "POST")
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in with mail address and password; guessing is slowed down by person and by address."""
    following = _asked_for(request)
    if request.method != "POST":
        if request.actor.outside_id is not None:  # type: ignore[attr-defined]
            return HttpResponseRedirect(following)
        return _entry(request, following)
    email = request.POST.get("email", "").replace("\x00", "").strip().lower()[:200]
    if too_many_failures(request, _account_of(email)):
        return _entry(request, following, email, _("Too many attempts. Wait a quarter of an hour, then try again."), 429)
    person, password = by_address(email), request.POST.get("password", "")
    # The same work for a known and an unknown address, so that time does not tell which it is.
    right = check_password(password, person.password) if person is not None else bool(make_password(password)) and False
    if person is None or not right:
        note_failure(request, _account_of(email))
        return _entry(request, following, email, _("Mail address or password are not right. Check both and try again."), 422)
    sign_in_outside(request, person)
    with unit_of_work(person.email, "access.sign_in_outside"):
        record_visit(person.party_id, None, _("{person} in the portal").format(person=person.name), person)
    return HttpResponseRedirect(following)


def _entry(request: HttpRequest, following: str, email: str = "", error: str = "", status: int = 200) -> HttpResponse:
    context = {"title": _("Portal"), "action": "/portal/sign-in", "next": following, "email": email, "error": error}
    return page(request, "web/portal_login.html", context, status=status)


@door(PUBLIC, "GET", "POST")
def forgotten(request: HttpRequest) -> HttpResponse:
    """Mail a link to set a new password; the answer does not tell whether the address is known."""
    context: dict[str, Any] = {"title": _("Forgotten password"), "action": "/portal/forgotten"}
    if request.method != "POST":
        return page(request, "web/portal_forgotten.html", context)
    email = request.POST.get("email", "").replace("\x00", "").strip().lower()[:200]
    asked = f"forgotten {_account_of(email)}"
    if too_many_failures(request, asked):
        error = _("Too many attempts. Wait a quarter of an hour, then try again.")
        return page(request, "web/portal_forgotten.html", context | {"error": error}, status=429)
    # Counted like a wrong password, but apart from them: nobody sends mails by the hundred, tries address after address, or shuts anybody out.
    note_failure(request, asked)
    person = OutsideUser.objects.select_related("party").select_for_update(of=("self",)).filter(email=email, is_active=True).first()
    if person is not None:
        open_to_him = [s.company for s in (*seats_of(person.pk), *customer_seats_of(person.pk))]
        sender = (open_to_him[0].name, open_to_him[0].email) if open_to_him else ("", "")
        with unit_of_work(person.email, "access.forgotten_password"):
            send_reset(person, *sender)
    return page(request, "web/portal_forgotten.html", context | {"sent": True})


@door(PUBLIC, "GET", "POST")
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Show who the link is for and ask for a password; with a good one, use the link up and sign in."""
    link = link_behind(secret, lock=request.method == "POST")
    if link is None:
        raise PortalLinkNotValid()
    person = OutsideUser.objects.select_related("party").get(pk=link.user_id)
    with translation.override(person.language):
        problems: dict[str, str] = {}
        if request.method == "POST":
            password, again = request.POST.get("password", ""), request.POST.get("again", "")
            problems = new_password_problems(password, again, username=person.email, name=person.name, email=person.email)
            if not problems:
                with unit_of_work(person.email, "access.set_password"):
                    person = set_password(link, make_password(password))
                sign_in_outside(request, person)
                return HttpResponseRedirect(HOME)
        context = {
            "title": _("Welcome, {name}").format(name=person.name), "email": person.email, "party": person.party.name, "action": request.path,
            "errors": [{"text": s, "field": f"id_{n}"} for n, s in problems.items()], "problems": problems,
        }  # fmt: skip
        return page(request, "web/portal_welcome.html", context, status=422 if problems else 200)


@door(OUTSIDE, "GET", "POST")
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out; the session is gone on the server too. Coming here without the button signs nobody out."""
    if request.method != "POST":
        return HttpResponseRedirect(HOME)
    sign_out(request)
    return HttpResponseRedirect("/portal/sign-in")


@door(OUTSIDE, "GET")
def home(request: HttpRequest) -> HttpResponse:
    """Where the person may go; straight there where it is one place."""
    person = request.actor.outside_id  # type: ignore[attr-defined]
    shown = [{"url": f"{HOME}/customer/{s.pk}", "company": s.company.name, "party": s.customer.name} for s in customer_seats_of(person)]
    shown += [{"url": f"{HOME}/vendor/{s.pk}", "company": s.company.name, "party": s.vendor.name} for s in seats_of(person)]
    if len(shown) == 1:
        return HttpResponseRedirect(shown[0]["url"])
    return page(request, "web/portal_home.html", {"title": _("Portal"), "seats": shown})


@door(OUTSIDE, "GET", "POST")
def account(request: HttpRequest) -> HttpResponse:
    """The person's own sign-in: language and theme, a new password, the latest sign-ins."""
    if request.method != "POST":
        done = {"looks": _("Kept."), "password": _("The password is changed. All other sessions have ended.")}
        return _account(request, {}, thanks=done.get(request.GET.get("done", ""), ""))
    person = OutsideUser.objects.get(pk=request.actor.outside_id)  # type: ignore[attr-defined]
    if request.POST.get("verb") == "password":
        return _change_password(request, person)
    changed = {
        name: request.POST[name]
        for name in ("language", "theme")
        if request.POST.get(name) in dict(OutsideUser._meta.get_field(name).choices or ())
    }
    if changed:
        with unit_of_work(person.email, "access.write_own_looks"):
            OutsideUser.objects.filter(pk=person.pk).update(**changed)
    return HttpResponseRedirect("/portal/account?done=looks")


def _change_password(request: HttpRequest, person: OutsideUser) -> HttpResponse:
    if too_many_failures(request, _account_of(person.email)):
        return _account(request, {"old": _("Too many attempts. Wait a quarter of an hour, then try again.")}, 429)
    problems = {}
    if not check_password(request.POST.get("old", ""), person.password):
        note_failure(request, _account_of(person.email))
        problems["old"] = _("This is not your present password.")
    password, again = request.POST.get("password", ""), request.POST.get("again", "")
    problems |= new_password_problems(password, again, username=person.email, name=person.name, email=person.email)
    if problems:
        return _account(request, problems, 422)
    with unit_of_work(person.email, "access.change_password"):
        OutsideUser.objects.filter(pk=person.pk).update(password=make_password(password))
    person.refresh_from_db()
    end_other_sessions(request, person)
    return HttpResponseRedirect("/portal/account?done=password")


def _account(request: HttpRequest, problems: dict[str, str], status: int = 200, thanks: str = "") -> HttpResponse:
    person = OutsideUser.objects.select_related("party").get(pk=request.actor.outside_id)  # type: ignore[attr-defined]
    looks = [
        {"name": n, "kind": "select", "label": label, "options": OutsideUser._meta.get_field(n).choices, "value": getattr(person, n)}
        for n, label in (("language", _("Language")), ("theme", _("Theme")))
    ]
    passwords = [
        {"name": "old", "kind": "password", "label": _("Present password"), "required": True, "autocomplete": "current-password", "error": problems.get("old")},
        {"name": "password", "kind": "password", "label": _("New password"), "required": True, "autocomplete": "new-password", "error": problems.get("password"), "hint": _("At least 12 characters; three or four words are good.")},
        {"name": "again", "kind": "password", "label": _("New password again"), "required": True, "autocomplete": "new-password", "error": problems.get("again")},
    ]  # fmt: skip
    context = {
        "title": _("Your account"), "facts_shown": [(_("Name"), person.name), (_("Mail address"), person.email), (_("Acts for"), person.party.name)],
        "looks": looks, "passwords": passwords, "errors": [{"text": s, "field": f"id_{n}"} for n, s in problems.items()], "thanks": thanks,
        "sign_ins": OutsideSignIn.objects.filter(user=person).order_by("-at")[:LATEST],
    }  # fmt: skip
    return page(request, "web/portal_account.html", context, status=status)
