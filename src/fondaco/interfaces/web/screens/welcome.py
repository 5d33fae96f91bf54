"""The way in by a one-time link: set a password, and be signed in."""

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fondaco.interfaces.doors.policy import PUBLIC, door, sign_in
from fondaco.interfaces.web.frame import page
from fondaco.platform.access.links import link_behind, use
from fondaco.platform.access.models import OneTimeLink, User
from fondaco.platform.access.passwords import new_password_problems
from fondaco.platform.database.refusals import UserError
from fondaco.platform.database.unit import unit_of_work


class LinkNotValid(UserError):
    code, status = "doors.link_not_valid", 404
    message = gettext_lazy("This link has been used, has expired, or was replaced by a newer one. Ask an administrator for another link.")


@door(PUBLIC, "GET", "POST")
def welcome(request: HttpRequest, secret: str) -> HttpResponse:
    """Show who the link is for and ask for a password; with a good one, use the link up and sign in."""
    link = link_behind(secret, OneTimeLink.Purpose.PASSWORD, lock=request.method == "POST")
    user = User.objects.filter(pk=link.user_id, is_active=True).first() if link is not None else None
    if link is None or user is None:
        raise LinkNotValid()
    with translation.override(user.language):
        problems: dict[str, str] = {}
        if request.method == "POST":
            password, again = request.POST.get("password", ""), request.POST.get("again", "")
            problems = new_password_problems(password, again, username=user.username, name=user.name, email=user.email)
            if not problems:
                with unit_of_work(user.username, "access.set_password"):
                    use(link)
                    User.objects.filter(pk=user.pk).update(password=make_password(password))
                user.refresh_from_db()
                sign_in(request, user)
                return HttpResponseRedirect("/")
        context = {
            "title": _("Welcome, {name}").format(name=user.name),
            "user_shown": user,
            "action": request.path,
            "errors": [{"text": s, "field": f"id_{n}"} for n, s in problems.items()],
            "problems": problems,
        }
        return page(request, "web/welcome.html", context, status=422 if problems else 200)
