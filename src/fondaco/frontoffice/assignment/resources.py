"""How territories, rules, absences and assignments are shown, written and served."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fondaco.frontoffice.assignment import actions, reactions, refusals  # noqa: F401  verbs, reactions and sentences are declared on import
from fondaco.frontoffice.assignment.handing_over import plan
from fondaco.frontoffice.assignment.models import Absence, Assignment, AssignmentRule, Territory, TerritoryMember, TerritoryPart
from fondaco.frontoffice.crm.resources import LeadResource, OpportunityResource
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Lines, Resource, Wrong, register

PART = ["country", "regions", "postal_from", "postal_to", "group", "source", "amount_from", "amount_to"]
RULE = [
    "position",
    "name",
    "territory",
    "applies_to",
    "customers",
    "score_from",
    "score_to",
    "keeps_own",
    "method",
    "person",
    "valid_from",
    "valid_to",
]


@register
class TerritoryResource(Resource):
    model, key, natural_key = Territory, "territories", "name"
    title, title_one, job, icon = _("Territories"), _("Territory"), "sell", "note"
    group, place = "set_up", 3
    view_permission, write_permission = "assignment.view_rule", "assignment.write_territory"
    columns, writable = ["name", "manager", "company"], ["company", "name", "manager"]
    filters, search, sort = ["company", "manager"], ["name"], "name"

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> list[Wrong]:
        """What of the territory somebody has who does not belong to it any more."""
        ground = Territory.objects.get(pk=pk)
        if not actor.may("assignment.hand_over", ground.company_id):
            return []
        steps = plan(ground.company_id, [pk], everything=False, on=timezone.localdate(), lock=False)
        number = sum(1 for s in steps if s.person != s.paper.salesperson_id)
        words = ngettext(
            "One lead or deal of it is of somebody who does not belong to it.",
            "{count} leads and deals of it are of people who do not belong to it.",
            number,
        )
        return [Wrong(words.format(count=number), _("See what would change hands"), f"/sell/hand-over?territory={pk}")] if number else []

    lines = [
        Lines(
            TerritoryMember,
            "territory",
            ["salesperson", Column("capacity", kind="percent"), "valid_from", "valid_to"],
            writable=["salesperson", "capacity", "valid_from", "valid_to"],
            title=_("Members"),
        ),
        Lines(
            TerritoryPart,
            "territory",
            [
                *PART[:6],
                Column("amount_from", currency="territory__company__currency__code", summed=False),
                Column("amount_to", currency="territory__company__currency__code", summed=False),
            ],
            writable=PART,
            title=_("What belongs to it"),
        ),
    ]


@register
class AssignmentRuleResource(Resource):
    model, key = AssignmentRule, "assignment-rules"
    title, title_one, job, icon = _("Assignment rules"), _("Assignment rule"), "sell", "note"
    group, place = "set_up", 4
    view_permission, write_permission = "assignment.view_rule", "assignment.write_rule"
    columns = [
        "position",
        "name",
        "state",
        "territory",
        "method",
        "person",
        "applies_to",
        "customers",
        "score_from",
        "score_to",
        "valid_from",
        "valid_to",
    ]
    fields = ["state", *RULE, "company"]
    writable = ["company", *RULE]
    filters, search, sort = ["company", "state", "territory", "method"], ["name"], "position"


@register
class AbsenceResource(Resource):
    model, key = Absence, "absences"
    title, title_one, job, icon = _("Absences"), _("Absence"), "sell", "calendar"
    group, place = "set_up", 6
    view_permission, write_permission = "assignment.view_absence", "assignment.write_absence"
    columns = writable = ["salesperson", "valid_from", "valid_to", "why"]
    filters, search, sort = ["salesperson", "valid_from", "valid_to"], ["salesperson", "why"], "-valid_from"


@register
class AssignmentResource(Resource):
    model, key = Assignment, "assignments"
    title, title_one, job, icon = _("Assignments"), _("Assignment"), "sell", "history"
    group, place = "reports", 4
    view_permission = "assignment.view_assignment"
    columns = [Column("created_at", _("When")), "lead", "opportunity", "before", "salesperson", "how", "rule", "reason"]
    fields = [*columns, "on", "company"]
    filters, search = ["company", "salesperson", "how", "rule", "on", "lead", "opportunity"], ["reason"]

    @classmethod
    def url(cls, pk: Any = None) -> str:
        """The page of an assignment makes it again."""
        return "/assignments" if pk is None else f"/sell/assignments/{pk}"


GIVEN = ["how", "on", "before", "salesperson", "rule", Column("reason", below=True)]
for shown, parent in ((LeadResource, "lead"), (OpportunityResource, "opportunity")):
    own: Any = Lines(Assignment, parent, GIVEN, title=_("Assignments"), order=("-id",), opens=True)
    shown.lines = [*shown.lines, own]
