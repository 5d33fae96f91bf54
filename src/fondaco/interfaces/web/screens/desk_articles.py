"""Articles that may answer the ticket on the agent's desk (SV-07): what they say goes into the answer with one key, and is counted as used."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from fondaco.frontoffice.knowledge.actions import use_article
from fondaco.frontoffice.knowledge.finding import suggestions
from fondaco.interfaces.doors.policy import door
from fondaco.interfaces.web.frame import page
from fondaco.interfaces.web.screens.agent_desk import ticket_of
from fondaco.platform.documents.performing import perform

SEE = "knowledge.view_article"


@door(SEE, "GET")
def suggested(request: HttpRequest, pk: int) -> HttpResponse:
    """The likeliest articles, by the ticket's subject and product; nothing where none is like it."""
    found = suggestions(ticket_of(request, pk))
    return page(request, "web/desk_articles.html", {"pk": pk, "articles": found}) if found else HttpResponse()


@door(SEE, "POST")
def use(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """The text of an article for the answer; that it was used is kept."""
    outcome = perform(request.actor, use_article, [ticket_of(request, pk).pk], {"article": version})  # type: ignore[attr-defined]
    return JsonResponse({"text": outcome.told["text"]})
