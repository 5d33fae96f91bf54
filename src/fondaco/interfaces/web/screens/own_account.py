"""Everybody's own account: password, language and look, sessions, API tokens."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.guessing import note_failure, too_many_failures
from fondaco.interfaces.doors.policy import SIGNED_IN, door, end_other_sessions
from fondaco.interfaces.doors.tokens import make_own_token, own_token, revoke_own_token
from fondaco.interfaces.web.formatting import formatting_for
from fondaco.interfaces.web.frame import company_of, flash, page
from fondaco.interfaces.web.screens.verbs import told_page
from fondaco.masterdata.users.resources import company_name, role_name
from fondaco.platform.access.models import ApiToken, Membership, SignIn, TeamMember, User
from fondaco.platform.access.passwords import new_password_problems
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work

LATEST = 10


class NotByToken(UserError):
    code, status = "doors.not_by_token", 403
    message = gettext_lazy("Passwords and sessions are changed in the browser, after signing in; a token cannot do it.")


@door(SIGNED_IN, "GET", "POST")
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and how the pages look; POST keeps language, theme and spacing."""
    if request.method == "POST":
        changed = {}
        for name in ("language", "theme", "density"):
            if request.POST.get(name) in dict(User._meta.get_field(name).choices or ()):
                changed[name] = request.POST[name]
        User.objects.filter(pk=request.actor.user_id).update(**changed)  # type: ignore[attr-defined]
        flash(request, _("Saved"))
        return HttpResponseRedirect("/-/account")
    return _account_page(request, {})


def _own(request: HttpRequest) -> User:
    return User.objects.get(pk=request.actor.user_id)  # type: ignore[attr-defined]


def _tabs(current: str) -> list[dict[str, Any]]:
    tabs = ((_("Your account"), "/-/account"), (_("API tokens"), "/-/account/tokens"))
    return [{"title": title, "url": url, "current": url == current} for title, url in tabs]


def _account_page(request: HttpRequest, problems: dict[str, str], status: int = 200) -> HttpResponse:
    user = _own(request)
    held = Membership.objects.filter(user=user).order_by("id").annotate(what=role_name("role__"), where=company_name())
    teams = TeamMember.objects.filter(user=user).order_by("team__name").values_list("team__name", flat=True)
    looks = [
        {"name": n, "kind": "select", "label": label, "options": User._meta.get_field(n).choices, "value": getattr(user, n)}
        for n, label in (("language", _("Language")), ("theme", _("Theme")), ("density", _("Spacing")))
    ]
    context = {
        "title": _("Your account"),
        "tabs": _tabs("/-/account"),
        "facts": [
            (_("Name"), user.name),
            (_("User name"), user.username),
            (_("Email"), user.email or "–"),
            (_("Roles"), "; ".join(f"{m.what}: {m.where}" for m in held) or "–"),
            *([(_("Teams"), ", ".join(teams))] if teams else []),
        ],
        "looks": looks,
        "passwords": [
            {"name": "old", "kind": "password", "label": _("Present password"), "required": True, "autocomplete": "current-password", "error": problems.get("old")},
            {"name": "password", "kind": "password", "label": _("New password"), "required": True, "autocomplete": "new-password", "error": problems.get("password"), "hint": _("At least 12 characters; three or four words are good.")},
            {"name": "again", "kind": "password", "label": _("New password again"), "required": True, "autocomplete": "new-password", "error": problems.get("again")},
        ],
        "errors": [{"text": s, "field": f"id_{n}"} for n, s in problems.items()],
        "sign_ins": SignIn.objects.filter(user=user).order_by("-at")[:LATEST],
    }  # fmt: skip
    return page(request, "web/account.html", context, status=status)


@door(SIGNED_IN, "POST")
def change_password(request: HttpRequest) -> HttpResponse:
    """Set a new password, after the present one; every other session of the account ends."""
    _refuse_token(request)
    user = _own(request)
    if too_many_failures(request, user.username):
        return _account_page(request, {"old": _("Too many attempts. Wait a quarter of an hour, then try again.")}, 429)
    problems = {}
    if not check_password(request.POST.get("old", ""), user.password):
        note_failure(request, user.username)
        problems["old"] = _("This is not your present password.")
    password, again = request.POST.get("password", ""), request.POST.get("again", "")
    problems |= new_password_problems(password, again, username=user.username, name=user.name, email=user.email)
    if problems:
        return _account_page(request, problems, 422)
    with unit_of_work(user.username, "access.change_password"):
        User.objects.filter(pk=user.pk).update(password=make_password(password))
    user.refresh_from_db()
    end_other_sessions(request, user)
    flash(request, _("The password is changed. All other sessions have ended."))
    return HttpResponseRedirect("/-/account")


@door(SIGNED_IN, "POST")
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    _refuse_token(request)
    with unit_of_work(request.actor.username, "access.end_own_sessions"):  # type: ignore[attr-defined]
        User.objects.filter(pk=request.actor.user_id).update(session_epoch=F("session_epoch") + 1)  # type: ignore[attr-defined]
    end_other_sessions(request, _own(request))
    flash(request, _("All other sessions have ended."))
    return HttpResponseRedirect("/-/account")


def _refuse_token(request: HttpRequest) -> None:
    if request.actor.limits is not None:  # type: ignore[attr-defined]
        raise NotByToken()


@door(SIGNED_IN, "GET", "POST")
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; POST makes one and shows its secret, once."""
    if request.method == "GET":
        return _tokens_page(request, {}, {})
    given = {name: request.POST.get(name, "").strip() for name in ("name", "scopes", "expires_at")}
    wanted: dict[str, Any] = {"name": given["name"], "scopes": given["scopes"].replace(",", " ").split() or ["*"]}
    try:
        if given["expires_at"]:
            wanted["expires_at"] = _end_of(request, given["expires_at"])
        outcome = make_own_token(request.actor, wanted)  # type: ignore[attr-defined]
    except UserError as refusal:
        problems = {path.split(".")[0]: str(sentence) for path, sentence in refusal.fields.items()} or {"name": refusal.sentence()}
        return _tokens_page(request, given, problems, refusal.status)
    except ValueError:
        return _tokens_page(request, given, {"expires_at": _("“{text}” is not a date.").format(text=given["expires_at"])}, 422)
    return told_page(request, _("Token made"), outcome.told, "/-/account/tokens")


def _end_of(request: HttpRequest, text: str) -> str:
    """The last moment of a day where the company is."""
    company = company_of(request)
    zone = ZoneInfo(company.time_zone if company else "UTC")
    day = formatting_for(request.actor.language).parse_date(text, datetime.now(zone).date())  # type: ignore[attr-defined]
    return datetime.combine(day, time.max, zone).isoformat()


def _tokens_page(request: HttpRequest, given: dict[str, str], problems: dict[str, str], status: int = 200) -> HttpResponse:
    own = ApiToken.objects.filter(user=request.actor.user_id).select_related("use").order_by("-id")[:500]  # type: ignore[attr-defined]
    fields = [
        {"name": "name", "label": _("Name"), "required": True, "hint": _("Which program uses it, such as web shop.")},
        {"name": "scopes", "label": _("Scopes"), "optional": True, "hint": _("Permissions such as crm.write_lead, or patterns such as invoicing.*, with blanks between them. Left empty: everything you may do.")},
        {"name": "expires_at", "kind": "date", "label": _("Good until"), "optional": True, "hint": _("Left empty, it works until it is revoked.")},
    ]  # fmt: skip
    context = {
        "title": _("API tokens"),
        "tabs": _tabs("/-/account/tokens"),
        "tokens": [{"token": t, "state": _state(t)} for t in own],
        "fields": [f | {"value": given.get(str(f["name"])), "error": problems.get(str(f["name"]))} for f in fields],
        "errors": [{"text": s, "field": f"id_{n}"} for n, s in problems.items()],
    }
    return page(request, "web/tokens.html", context, status=status)


def _state(token: ApiToken) -> dict[str, str]:
    if token.revoked_at is not None:
        return {"word": _("revoked"), "tone": "ended"}
    if token.expires_at is not None and token.expires_at <= datetime.now(token.expires_at.tzinfo):
        return {"word": _("expired"), "tone": "ended"}
    return {"word": _("working"), "tone": "done"}


@door(SIGNED_IN, "POST")
def revoke_token(request: HttpRequest, key: str) -> HttpResponse:
    """End one of one's own tokens for ever."""
    token = own_token(request.actor, key)  # type: ignore[attr-defined]
    revoke_own_token(request.actor, token)  # type: ignore[attr-defined]
    flash(request, _("{token} is revoked: programs that use it are refused from now on.").format(token=token.name))
    return HttpResponseRedirect("/-/account/tokens")
