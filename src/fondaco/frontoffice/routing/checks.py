"""What must always be true of routing."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "routing.decisions_are_of_their_policy",
    title=_("Every routing decision names a rule of the policy it was made by"),
    why=_("It could not be repeated, and nobody could say why a customer was sent where he was (SV-03)."),
)
def decisions_are_of_their_policy() -> str:
    return """
    select d.id, d.ticket_id from routing_routingdecision d join routing_routingpolicy p on p.id = d.policy_id
    left join routing_routingrule r on r.id = d.rule_id left join routing_agent a on a.id = d.agent_id join service_ticket t on t.id = d.ticket_id
    where r.policy_id <> p.id or p.company_id <> d.company_id or a.company_id <> d.company_id or t.company_id <> d.company_id
    """
