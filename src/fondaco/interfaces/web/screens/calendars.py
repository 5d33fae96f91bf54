"""The feed that calendar programs read by a secret address. Nobody signs in: who has the address reads."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _

from fondaco.frontoffice.correspondence.calendars import feed_of
from fondaco.interfaces.doors.policy import PUBLIC, door
from fondaco.platform.database.refusals import NotFound


@door(PUBLIC, "GET")
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind the address; unchanged where the program has it as it is."""
    fed = feed_of(token)
    if fed is None:
        raise NotFound(what=_("Calendar"))
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    response = HttpResponseNotModified() if fed.etag in known else HttpResponse(fed.content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = fed.etag
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    return response
