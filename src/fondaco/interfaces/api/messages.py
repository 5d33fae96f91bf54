"""What providers of messages bring: messages of contacts, and what became of ours; signed with the secret of their channel. Without a secret, or
for a channel that is off, there is no such address."""

from django.http import Http404, HttpRequest, HttpResponse

from fondaco.frontoffice.messaging.answering import ACTOR, became
from fondaco.frontoffice.messaging.providers import PROVIDERS, Brought, Status, Unreadable
from fondaco.frontoffice.messaging.receiving import channel_behind, take
from fondaco.frontoffice.messaging.secrets import secret_of
from fondaco.interfaces.api.hooks import WrongSignature, check_size
from fondaco.interfaces.api.problems import problem
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, BadBody, door
from fondaco.platform.database.unit import unit_of_work

LARGEST = 12 * 1024 * 1024


@door(PUBLIC, "POST", channel=SIGNED, refuse=problem)
def bring(request: HttpRequest, token: str) -> HttpResponse:
    """Take one message, or one word about a message of ours; the same again changes nothing."""
    channel = channel_behind(token)
    secret = secret_of(channel) if channel is not None else ""
    if channel is None or not secret:
        raise Http404
    check_size(request, LARGEST)
    body = request.body
    form = (
        {name: request.POST.getlist(name) for name in request.POST} if request.content_type == "application/x-www-form-urlencoded" else {}
    )
    headers = {name.lower(): value for name, value in request.headers.items()}
    brought = Brought(absolute(request, request.get_full_path()), headers, body, form)
    provider = PROVIDERS[channel.provider]
    if not provider.is_signed(secret, brought):
        raise WrongSignature()
    try:
        said = provider.read(brought)
    except Unreadable as error:
        raise BadBody(why=str(error)) from error
    with unit_of_work(ACTOR.username, "messaging.bring"):
        if isinstance(said, Status):
            became(channel.pk, said)
        elif said is not None:
            take(channel, said)
    media_type, thanks = provider.thanks
    return HttpResponse(thanks, content_type=media_type)
