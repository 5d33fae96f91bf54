"""The verbs of routing: put a policy in force, be there or away, accept and decline tickets, and route them anew."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.routing.asking import route as send
from fondaco.frontoffice.routing.models import Agent, RoutingDecision, RoutingPolicy, RoutingRule
from fondaco.frontoffice.routing.offering import beat, offer
from fondaco.frontoffice.routing.refusals import NoRules, NotYours
from fondaco.frontoffice.service.models import Ticket
from fondaco.platform.database.bulk import update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json


@action(RoutingPolicy, moves={"draft": "active"}, permission="routing.activate_policy", title=_("Put in force"), done=_("In force"))
def activate(policies: DocumentSet[RoutingPolicy]) -> None:
    """Put policies in force: from now on their companies' tickets are routed by them, and the policies before are no longer in force."""
    with_rules = set(RoutingRule.objects.filter(policy__in=policies.ids).values_list("policy_id", flat=True))
    bare = [p for p in policies if p.pk not in with_rules]
    if bare:
        raise NoRules(document=", ".join(p.name for p in bare[:20]), rows=rows_json(bare))
    before = RoutingPolicy.objects.select_for_update().filter(company__in=[p.company_id for p in policies], state="active").order_by("pk")
    keys = [p.pk for p in before]
    update_rows(RoutingPolicy, {"id": keys, "state": ["retired"] * len(keys)})
    policies.number()
    for policy in policies:
        policy.active_from = timezone.now()
    policies.save_with_state("active_from")


def _be(agents: DocumentSet[Agent], presence: str) -> None:
    for agent in agents:
        agent.presence, agent.presence_since = presence, timezone.now()
    agents.save("presence", "presence_since")


@action(Agent, permission="routing.be_present", title=_("Available"), done=_("Available"))
def be_available(agents: DocumentSet[Agent]) -> None:
    """Be there: new tickets are given to these agents, and what waits is offered to them."""
    beat(agents.ids)
    _be(agents, Agent.AVAILABLE)
    offer({a.company_id for a in agents})


@action(Agent, permission="routing.be_present", title=_("Away"), done=_("Away"))
def be_away(agents: DocumentSet[Agent]) -> None:
    """Be away for a while: nothing new comes, and what one has stays."""
    _be(agents, Agent.AWAY)


@action(Agent, permission="routing.be_present", title=_("Go offline"), done=_("Offline"))
def be_offline(agents: DocumentSet[Agent]) -> None:
    """Go home: nothing new comes, and what one has stays."""
    _be(agents, Agent.OFFLINE)


@action(Ticket, moves={"new": "open"}, permission="service.reply_ticket", title=_("Accept"), done=_("Accepted"))
def accept(tickets: DocumentSet[Ticket]) -> None:
    """Take on tickets that were given to you."""
    _check_own(tickets)


@action(
    Ticket, moves={"new": "new"}, permission="service.reply_ticket", title=_("Decline"), needs_reason=True, done=_("Given to somebody else")
)
def decline(tickets: DocumentSet[Ticket]) -> None:
    """Decline tickets that were given to you: they are routed anew, to nobody who declined them before; where nobody is left they wait in their queue."""
    _check_own(tickets)
    declined: dict[int, set[int]] = {t.pk: set() for t in tickets}
    for ticket, agent in RoutingDecision.objects.filter(ticket__in=tickets.ids, agent__isnull=False).values_list("ticket_id", "agent_id"):
        declined[ticket].add(agent)
    send(tickets.rows, declined=declined)


@action(Ticket, moves={"new": "new", "open": "open"}, permission="service.assign_ticket", title=_("Route anew"), done=_("Routed"))
def reroute(tickets: DocumentSet[Ticket]) -> None:
    """Send tickets where the policy in force says now, whoever had them."""
    send(tickets.rows)


def _check_own(tickets: DocumentSet[Ticket]) -> None:
    others = [t for t in tickets if t.assignee_id is None or t.assignee_id != tickets.actor.user_id]
    if others:
        raise NotYours(document=", ".join(map(str, others[:20])), rows=rows_json(others))
