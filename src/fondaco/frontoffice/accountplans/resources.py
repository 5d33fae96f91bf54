"""How account plans are shown, written and served."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.accountplans import actions, panels, refusals  # noqa: F401  verbs, panels and sentences are declared on import
from fondaco.frontoffice.accountplans.models import (
    AccountPlan,
    PlanAction,
    PlanCompany,
    PlanContact,
    PlanObjective,
    PlanReview,
    PlanRisk,
)
from fondaco.platform.access.actors import Actor
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, register

VIEW, WRITE = "accountplans.view_plan", "accountplans.write_plan"


@register
class AccountPlanResource(Resource):
    model, key, natural_key = AccountPlan, "account-plans", "number"
    title, title_one, job, icon = _("Account plans"), _("Account plan"), "sell", "note"
    place = 26
    view_permission, write_permission = VIEW, WRITE
    columns = [
        "number",
        "name",
        "party",
        "state",
        "first_on",
        "last_on",
        Column("revenue_goal", currency="company__currency__code"),
        Column("margin_goal", currency="company__currency__code"),
        "owner",
    ]
    fields = [*columns, "description", "outcome", "company"]
    writable = ["company", "party", "name", "first_on", "last_on", "revenue_goal", "margin_goal", "owner", "description"]
    filters, search, sort = ["company", "party", "state", "owner", "first_on", "last_on"], ["number", "name", "party"], "-first_on"
    conditions = {
        "running": (
            _("active today"),
            lambda: Q(state="active", first_on__lte=timezone.localdate(), last_on__gte=timezone.localdate()),
        ),
        "over": (_("over and not closed"), lambda: Q(state="active", last_on__lt=timezone.localdate())),
    }
    lines = [
        Lines(PlanObjective, "plan", ["title", "measure", "due_on", "reached_on"], writable=["title", "measure", "due_on"], title=_("Objectives"), opens=True),
        Lines(PlanCompany, "plan", ["party"], writable=["party"], title=_("Companies of the group")),
        Lines(
            PlanContact,
            "plan",
            ["person", "role", "attitude", "influence", "known_by", "note"],
            writable=["person", "role", "attitude", "influence", "known_by", "note"],
            title=_("Relationship map"),
        ),
        Lines(PlanRisk, "plan", ["risk", "likelihood", "impact", "answer"], writable=["risk", "likelihood", "impact", "answer"], title=_("Risks")),
        Lines(PlanReview, "plan", ["on", "activity"], writable=["on"], title=_("Reviews"), order=("on", "id")),
    ]  # fmt: skip

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """A plan is its writer's, unless he gives it to somebody; lines lie in the order in which they were written."""
        for d in drafts:
            if d.row.owner_id is None:
                d.row.owner_id = d.row.party.salesperson_id or actor.user_id

    @classmethod
    def written(cls, rows: Sequence[AccountPlan], actor: Actor) -> None:
        fresh = [p for p in rows if p.number is None]
        if fresh:
            DocumentSet(AccountPlan, fresh, actor).number()
        if active := [p for p in rows if p.state == "active"]:
            actions.review_activities(active)


@register
class PlanObjectiveResource(Resource):
    """An objective with what carries it; written with its plan."""

    model, key = PlanObjective, "plan-objectives"
    title, title_one, icon = _("Objectives of account plans"), _("Objective"), "note"
    view_permission = VIEW
    columns = ["title", "plan", "measure", "due_on", "reached_on"]
    filters, search, sort = ["plan", "due_on", "reached_on"], ["title"], "due_on"
    conditions = {
        "open": (_("open"), lambda: Q(reached_on__isnull=True)),
        "late": (_("late"), lambda: Q(reached_on__isnull=True, due_on__lt=timezone.localdate())),
    }
    lines = [
        Lines(
            PlanAction,
            "objective",
            [
                Column("activity", _("Action")),
                Column("activity__kind", _("Kind")),
                Column("activity__due_at", _("Due")),
                Column("activity__assignee", _("Assigned to")),
                Column("activity__done_at", _("Done at")),
            ],
            title=_("Actions"),
            order=("id",),
        )
    ]
