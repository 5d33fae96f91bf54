"""The call that rings, on whatever page its agent is (SV-02); and the sign of life of his browser (SV-03)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from fondaco.frontoffice.routing.offering import heard
from fondaco.frontoffice.service.resources import TicketResource
from fondaco.frontoffice.telephony.lookup import callers
from fondaco.frontoffice.telephony.models import Call
from fondaco.frontoffice.telephony.queries import calls_for
from fondaco.frontoffice.telephony.resources import CallResource
from fondaco.frontoffice.value.explaining import level_name
from fondaco.frontoffice.value.standing import standings
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.presenting import choice_word
from fondaco.masterdata.companies.queries import companies_of
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.documents.actions import ACTIONS
from fondaco.platform.documents.performing import perform

RIGHT = "telephony.take_call"


@door(RIGHT, "POST")
def here(request: HttpRequest) -> JsonResponse:
    """Note that the browser of an agent is there, and answer with the calls that ring for him or that he is in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    agents = heard(actor.user_id or 0)
    calls = [c for c in calls_for(actor.user_id or 0) if actor.may(RIGHT, c.company_id)]
    answer = JsonResponse({"agent": bool(agents), "calls": [_shown(actor, c) for c in calls]})
    answer["Cache-Control"] = "no-store"
    return answer


def _shown(actor: Actor, call: Call) -> dict[str, Any]:
    candidates = [] if call.party_id or not call.caller else callers([call.caller])[call.caller]
    known = dict(visible(Party.objects.filter(pk__in=[c.party for c in candidates]), actor, "parties.view_party").values_list("pk", "name"))
    facts = [str(choice_word(Call, "state", call.state)), call.caller if call.party else ""]
    if call.party and actor.may("value.view_level", call.company_id):
        row = standings(companies_of([call.company_id])[call.company_id], [call.party.pk], today=timezone.localdate()).get(call.party.pk)
        facts.append(level_name(row.level) if row and row.level else "")
    contact = call.ticket.contact_name if call.ticket else ""
    name = ", ".join(part for part in (contact, call.party.name) if part) if call.party else call.caller or _("Number withheld")
    return {
        "id": call.pk, "name": name, "facts": " · ".join(f for f in facts if f), "url": desk_of(call),
        "candidates": [{"name": n, "url": f"/-/calls/{call.pk}/caller/{pk}"} for pk, n in known.items()] if len(known) > 1 else [],
    }  # fmt: skip


def desk_of(call: Call) -> str:
    """Where an agent works on the ticket of a call; the call's own page where it has none."""
    if call.ticket_id is None:
        return CallResource.url(call.pk)
    desk = f"/desk/{call.ticket_id}"
    try:
        # The address of any record would fit it too.
        return TicketResource.url(call.ticket_id) if "key" in resolve(desk).kwargs else desk
    except Resolver404:
        return TicketResource.url(call.ticket_id)


@door(RIGHT, "POST")
def say_who(request: HttpRequest, pk: int, party: int) -> HttpResponse:
    """Say which of several customers calls, and go on to the ticket."""
    perform(request.actor, ACTIONS["telephony.identify"], [pk], {"party": str(party)})  # type: ignore[attr-defined]
    return HttpResponseRedirect(desk_of(Call.objects.get(pk=pk)))
