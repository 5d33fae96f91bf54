"""How agents, routing policies and decisions are shown, written and served."""

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.routing import actions, background, reactions, refusals  # noqa: F401  verbs, daily work, reactions and sentences are declared on import
from fondaco.frontoffice.routing.models import Agent, AgentSkill, RoutingDecision, RoutingPolicy, RoutingRule
from fondaco.platform.resources.declare import Column, Lines, Resource, register


@register
class AgentResource(Resource):
    model, key = Agent, "agents"
    title, title_one, job, icon = _("Agents"), _("Agent"), "serve", "party"
    group, place = "team", 4
    view_permission, write_permission = "routing.view_agent", "routing.write_agent"
    columns = ["user", "presence", "presence_since", "capacity", "calls_at_once", "chats_at_once", "speaks_english", "speaks_italian"]
    fields = [*columns, "company"]
    writable = ["company", "user", "capacity", "calls_at_once", "chats_at_once", "speaks_english", "speaks_italian"]
    filters, search = ["company", "presence", "user"], ["user"]
    lines = [Lines(AgentSkill, "agent", ["skill", "level"], writable=["skill", "level"], title=_("Skills"))]


@register
class RoutingPolicyResource(Resource):
    model, key, natural_key = RoutingPolicy, "routing-policies", "number"
    title, title_one, job, icon = _("Routing policies"), _("Routing policy"), "serve", "note"
    group, place = "set_up", 3
    view_permission, write_permission = "routing.view_policy", "routing.write_policy"
    columns = ["number", "name", "state", "active_from", "on"]
    fields = [*columns, "calendar", "company"]
    writable = ["company", "name", "calendar"]
    filters, search = ["company", "state"], ["number", "name"]
    lines = [
        Lines(
            RoutingRule,
            "policy",
            [
                "name", "channel", "queue", "language", "level", Column("value_from", kind="amount", summed=False), Column("potential_from", kind="amount", summed=False),
                Column("overdue_from", kind="amount", summed=False), "open_tickets_from", "contract", "hours", "topic", "to_queue", "skill", "skill_level",
                "prefers", "priority", "overflow_after", "overflow_queue", "overflow_skill",
            ],
            writable=[
                "name", "channel", "queue", "language", "level", "value_from", "potential_from", "overdue_from", "open_tickets_from", "contract", "hours", "topic",
                "to_queue", "skill", "skill_level", "prefers", "priority", "overflow_after", "overflow_queue", "overflow_skill",
            ],
            title=_("Rules in their order"),
        )
    ]  # fmt: skip


@register
class RoutingDecisionResource(Resource):
    model, key = RoutingDecision, "routing-decisions"
    title, title_one, job, icon = _("Routing decisions"), _("Routing decision"), "serve", "note"
    group, place = "reports", 1
    view_permission = "routing.view_decision"
    columns = [
        Column("created_at", _("When")),
        "ticket",
        Column("ticket__party", _("Customer")),
        "rule",
        "agent",
        "queue",
        "priority",
        "policy",
    ]
    fields = [*columns, "inputs", "agents", "reasons", "company"]
    filters, sort = ["company", "ticket", "rule", "agent", "policy", "queue"], "-created_at"
