"""What providers of messages bring: messages of contacts, and what became of ours; signed with the secret of their channel. Without a secret, or
for a channel that is off, there is no such address."""

import hmac
import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed

from fondaco.frontoffice.messaging.answering import ACTOR, became, became_up_to
from fondaco.frontoffice.messaging.providers import PROVIDERS
from fondaco.frontoffice.messaging.providers.base import Brought, Inbound, Status, Unreadable, UpTo
from fondaco.frontoffice.messaging.receiving import channel_behind, channels_for, take
from fondaco.frontoffice.messaging.secrets import secret_of
from fondaco.interfaces.api.hooks import WrongSignature, check_size
from fondaco.interfaces.api.problems import problem
from fondaco.interfaces.doors.addresses import absolute
from fondaco.interfaces.doors.policy import PUBLIC, SIGNED, BadBody, door
from fondaco.platform.database.unit import unit_of_work

LARGEST = 12 * 1024 * 1024
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,200}")


@door(PUBLIC, "GET", "POST", channel=SIGNED, refuse=problem)
def bring(request: HttpRequest, token: str) -> HttpResponse:
    """Take messages, and words about messages of ours; the same again changes nothing. By GET a provider may ask whether the address is ours."""
    channel = channel_behind(token)
    secret = secret_of(channel) if channel is not None else ""
    if channel is None or not secret:
        raise Http404
    provider = PROVIDERS[channel.provider]
    if request.method != "POST":
        return _challenged(request, channel.token) if provider.challenged else HttpResponseNotAllowed(["POST"])
    check_size(request, LARGEST)
    body = request.body
    form = (
        {name: request.POST.getlist(name) for name in request.POST} if request.content_type == "application/x-www-form-urlencoded" else {}
    )
    headers = {name.lower(): value for name, value in request.headers.items()}
    brought = Brought(absolute(request, request.get_full_path()), headers, body, form)
    if not provider.is_signed(secret, brought):
        raise WrongSignature()
    try:
        said = provider.read(brought)
    except Unreadable as error:
        raise BadBody(why=str(error)) from error
    with unit_of_work(ACTOR.username, "messaging.bring"):
        own = channels_for(channel, {word.account for word in said})
        for word in said:
            meant = own.get(word.account) if word.account else channel
            if meant is not None and isinstance(word, Status):
                became(meant.pk, word)
            elif meant is not None and isinstance(word, UpTo):
                became_up_to(meant.pk, word)
            elif meant is not None and isinstance(word, Inbound):
                take(meant, word)
    media_type, thanks = provider.thanks
    return HttpResponse(thanks, content_type=media_type)


def _challenged(request: HttpRequest, token: str) -> HttpResponse:
    """Meta asks once, with the token that was entered there; answered by what it gave, and to nobody else."""
    given, challenge = request.GET.get("hub.verify_token", ""), request.GET.get("hub.challenge", "")
    if (
        request.GET.get("hub.mode") != "subscribe"
        or not hmac.compare_digest(given.encode(), token.encode())
        or not CHALLENGE.fullmatch(challenge)
    ):
        raise Http404
    return HttpResponse(challenge, content_type="text/plain")
