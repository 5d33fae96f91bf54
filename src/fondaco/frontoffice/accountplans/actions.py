"""The verbs of account plans: activate, close; of objectives: plan an action, reached."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.accountplans.models import AccountPlan, PlanAction, PlanObjective, PlanReview
from fondaco.frontoffice.accountplans.refusals import PlanNotActive, ReachedAlready
from fondaco.frontoffice.crm.models import Activity
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.rows import related
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.resources.schema import Text

WRITE = "accountplans.write_plan"
#: When on its day a review or an action stands in the calendar, in the company's time.
HOUR = time(9)
Words = Annotated[Text, Field(min_length=1, max_length=300)]


def review_activities(plans: Sequence[AccountPlan]) -> None:
    """Give each review of active plans its activity, and move what is not done to the review's day. Statements do not grow with plans."""
    active = {p.pk: p for p in plans}
    reviews = list(PlanReview.objects.filter(plan__in=active).order_by("pk").select_related("activity")) if active else []
    zones = {pk: ZoneInfo(c.time_zone) for pk, c in related(list(active.values()), "company").items()} if reviews else {}
    fresh: list[tuple[PlanReview, Activity]] = []
    moved: list[tuple[int, datetime]] = []
    for review in reviews:
        plan = active[review.plan_id]
        due = datetime.combine(review.on, HOUR, zones[plan.company_id])
        if review.activity is None:
            subject = _now("Review of account plan “{name}”").format(name=plan.name)
            fresh.append((review, _activity(plan, "meeting", subject, due, plan.owner_id)))
        elif review.activity.done_at is None and review.activity.due_at is not None:
            there = review.activity.due_at.astimezone(zones[plan.company_id]).date()
            moved += [(review.activity.pk, due)] if there != review.on else []
    if fresh:
        insert_rows(Activity, [a for _review, a in fresh])
        update_rows(PlanReview, {"id": [r.pk for r, _a in fresh], "activity_id": [a.pk for _r, a in fresh]})
    if moved:
        update_rows(Activity, {"id": [pk for pk, _due in moved], "due_at": [due for _pk, due in moved]})


def _activity(plan: AccountPlan, kind: str, subject: str, due: datetime | None, assignee: int | None) -> Activity:
    return Activity(company_id=plan.company_id, party_id=plan.party_id, kind=kind, subject=subject[:300], due_at=due, assignee_id=assignee)


@action(AccountPlan, moves={"draft": "active"}, permission=WRITE, title=_("Activate"), done=_("Active now"))
def activate(plans: DocumentSet[AccountPlan]) -> None:
    """Put account plans to work: their reviews become activities of their owners."""
    review_activities(plans.rows)


@action(AccountPlan, moves={"active": "closed"}, permission=WRITE, title=_("Close"), needs_reason=True, done=_("Closed"))
def close(plans: DocumentSet[AccountPlan]) -> None:
    """End account plans and say what came of them; they stay as they were. Activities that are still to do remain so."""
    for plan in plans:
        plan.outcome = plans.reason
    plans.save_with_state("outcome")


@action(PlanObjective, permission=WRITE, title=_("Plan an action"), done=_("Action planned"))
def plan_action(
    objectives: DocumentSet[PlanObjective],
    *,
    subject: Words,
    kind: Literal["call", "meeting", "task", "mail", "visit"] = "task",
    due_on: Annotated[date | None, Field(json_schema_extra={"empty": True})] = None,
    assignee: Annotated[int | None, Field(json_schema_extra={"resource": "users"})] = None,
) -> None:
    """Plan an activity with the customer that carries objectives of active plans; without ``assignee`` it is the plan's owner's."""
    plans = _active(objectives)
    zones = {pk: ZoneInfo(c.time_zone) for pk, c in related(plans, "company").items()}
    activities = [
        _activity(p, kind, subject, datetime.combine(due_on, HOUR, zones[p.company_id]) if due_on else None, assignee or p.owner_id)
        for p in plans
    ]
    insert_rows(Activity, activities)
    insert_rows(PlanAction, [PlanAction(objective=o, activity=a) for o, a in zip(objectives, activities, strict=True)])


@action(PlanObjective, permission=WRITE, title=_("Reached"), done=_("Reached"))
def reach(objectives: DocumentSet[PlanObjective], *, on: date | None = None) -> None:
    """Say that objectives of active plans were reached, today or on a day."""
    _active(objectives)
    done = [o for o in objectives if o.reached_on is not None]
    if done:
        raise ReachedAlready(objective=", ".join(o.title for o in done[:20]), on=done[0].reached_on, rows=rows_json(done))
    for o in objectives:
        o.reached_on = on or timezone.localdate()
    objectives.save("reached_on")


def _active(objectives: DocumentSet[PlanObjective]) -> list[AccountPlan]:
    """The plan of each objective; refused where one is not active."""
    plans = related(objectives.rows, "plan")
    idle = [o for o in objectives if plans[o.plan_id].state != "active"]
    if idle:
        plan = plans[idle[0].plan_id]
        said = {"objective": ", ".join(o.title for o in idle[:20]), "plan": str(plan), "state": plan.get_state_display()}
        raise PlanNotActive(**said, rows=rows_json(idle))
    return [plans[o.plan_id] for o in objectives]


__all__ = ["activate", "close", "plan_action", "reach", "review_activities"]
