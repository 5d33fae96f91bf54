"""How leads, opportunities, activities and pipelines are shown, written and served."""

from collections.abc import Sequence

from django.db.models import BooleanField, DecimalField, Exists, ExpressionWrapper, F, Func, IntegerField, OuterRef, Q
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm import actions, introducing, panels  # noqa: F401  verbs, panels and what is done with mail are declared on import
from fondaco.frontoffice.crm.boarding import criteria_left_open, stage_said
from fondaco.frontoffice.crm.models import (
    Activity,
    CloseReason,
    ContactRole,
    DealCompetitor,
    DealContact,
    ForecastSnapshot,
    Lead,
    Opportunity,
    Pipeline,
    Quota,
    SnapshotDeal,
    Stage,
    StageChange,
    StageRole,
)
from fondaco.frontoffice.crm.people import give_roles, told
from fondaco.frontoffice.crm.pipelines import first_stages
from fondaco.frontoffice.crm.queries import missing_roles
from fondaco.frontoffice.crm.refusals import StageOfOther
from fondaco.masterdata.parties.actions import record
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.refusals import InvalidInput
from fondaco.platform.documents.actions import DocumentSet
from fondaco.platform.events.bus import emit
from fondaco.platform.resources.declare import Board, Column, Draft, Lines, Resource, Wrong, register


def _default_salesperson(drafts: Sequence[Draft], actor: Actor) -> None:
    for d in drafts:
        if d.row.pk is None and d.row.salesperson_id is None:
            d.row.names_nobody = True
            d.row.salesperson_id = d.row.party.salesperson_id or actor.user_id


@register
class LeadResource(Resource):
    model, key, natural_key = Lead, "leads", "number"
    title, title_one, job, icon = _("Leads"), _("Lead"), "sell", "note"
    place = 10
    view_permission, write_permission = "crm.view_lead", "crm.write_lead"
    columns = [
        "number",
        "on",
        "party",
        "state",
        "source",
        "interest",
        Column("estimated_amount", currency="currency__code"),
        "salesperson",
    ]
    fields = [
        "number",
        "state",
        "party",
        "on",
        "source",
        "interest",
        "contact_name",
        "email",
        "phone",
        Column("estimated_amount", currency="currency__code"),
        "currency",
        "salesperson",
        "disqualified_reason",
        "company",
    ]
    writable = [
        "company",
        "party",
        "on",
        "source",
        "interest",
        "contact_name",
        "email",
        "phone",
        "estimated_amount",
        "currency",
        "salesperson",
    ]
    filters = ["company", "state", "source", "party", "salesperson", "on"]
    conditions = {
        "open": (_("open"), lambda: Q(state__in=Lead.OPEN)),
        "unassigned": (_("nobody's"), lambda: Q(salesperson__isnull=True)),
    }
    search = ["number", "party", "contact_name", "email", "interest"]
    sort = "-on"
    board = Board(by="state", card=["party", "interest", "on", "salesperson"])

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        _default_salesperson(drafts, actor)
        for d in drafts:
            d.row.email = d.row.email.strip().lower()
            if d.row.estimated_amount is not None and d.row.currency_id is None:
                d.row.currency_id = d.row.company.currency_id

    @classmethod
    def written(cls, rows: Sequence[Lead], actor: Actor) -> None:
        fresh = [x for x in rows if x.number is None]
        if fresh:
            DocumentSet(Lead, fresh, actor).number()
            give_roles([x.party_id for x in fresh], is_lead=True)
            if unnamed := [x for x in fresh if getattr(x, "names_nobody", False)]:
                emit("crm.entered", DocumentSet(Lead, unnamed, actor))
            record([told(x, actor, kind="lead", title=f"{_('Lead')} {x.number}", channel=x.source, body=x.interest) for x in fresh])


def _days_in_stage():
    return Func(F("stage_since"), template="(current_date - %(expressions)s)", output_field=IntegerField())


def _is_stale():
    """Whether an open deal has stood longer in its stage than it should."""
    return Q(state="open", stage__stale_days__isnull=False) & Q(GreaterThan(_days_in_stage(), F("stage__stale_days")))


def _weighted():
    money = DecimalField(max_digits=20, decimal_places=4)
    return ExpressionWrapper(F("amount") * F("probability") / 100, output_field=money)


@register
class OpportunityResource(Resource):
    model, key, natural_key = Opportunity, "opportunities", "number"
    title, title_one, job, icon = _("Opportunities"), _("Opportunity"), "sell", "note"
    place = 12
    view_permission, write_permission = "crm.view_opportunity", "crm.write_opportunity"
    columns = [
        "number",
        "name",
        "party",
        "stage",
        Column("amount", currency="currency__code"),
        Column("probability", kind="percent"),
        "forecast",
        Column("weighted", _("Weighted"), "amount", "currency__code"),
        "expected_close",
        "next_step",
        "next_step_on",
        Column("age", _("Days in stage"), "number"),
        "salesperson",
    ]
    fields = [
        "number",
        "state",
        "name",
        "party",
        "on",
        "stage",
        "stage_since",
        Column("amount", currency="currency__code"),
        "currency",
        Column("probability", kind="percent"),
        "probability_is_own",
        "forecast",
        "forecast_is_own",
        Column("weighted", _("Weighted"), "amount", "currency__code"),
        "expected_close",
        "next_step",
        "next_step_on",
        "salesperson",
        "lead",
        "closed_on",
        Column("closed_amount", currency="company__currency__code", rare=True),
        Column("closed_from", rare=True),
        Column("close_reason", rare=True),
        "lost_reason",
        Column("lost_to", rare=True),
        "company",
    ]
    writable = [
        "company",
        "party",
        "name",
        "on",
        "stage",
        "amount",
        "currency",
        "probability",
        "forecast",
        "expected_close",
        "next_step",
        "next_step_on",
        "salesperson",
    ]
    filters = [
        "company", "state", "stage", "forecast", "party", "salesperson", "expected_close", "closed_on", "next_step_on", "close_reason", "lost_to", "closed_from",
        "lead__source",
    ]  # fmt: skip
    conditions = {
        "open": (_("open"), lambda: Q(state="open")),
        "without_next_step": (_("without next step"), lambda: Q(state="open", next_step="")),
        "next_step_late": (_("next step is late"), lambda: Q(state="open", next_step_on__lt=timezone.localdate())),
        "stale": (_("too long in its stage"), _is_stale),
        "without_competitor": (_("without competitor"), lambda: ~Q(Exists(DealCompetitor.objects.filter(opportunity=OuterRef("pk"))))),
        "close_passed": (_("expected close has passed"), lambda: Q(state="open", expected_close__lt=timezone.localdate())),
    }
    search = ["number", "name", "party", "next_step"]
    annotations = {
        "age": _days_in_stage,
        "weighted": _weighted,
        "is_stale": lambda: ExpressionWrapper(_is_stale(), output_field=BooleanField()),
    }
    board = Board(
        by="stage",
        card=["party", "amount", "probability", "expected_close", "next_step", "age", "is_stale"],
        amount="amount",
        move=actions.move,
        order=(F("next_step_on").asc(nulls_last=True), "-pk"),
        lane=stage_said,
        told=criteria_left_open,
    )
    lines = [
        Lines(
            DealContact,
            "opportunity",
            ["role", "person", "attitude", "influence", "note"],
            writable=["person", "role", "attitude", "influence", "note"],
            title=_("People in this deal"),
        ),
        Lines(
            DealCompetitor,
            "opportunity",
            ["competitor", "standing", "strengths", "weaknesses", Column("price", currency="opportunity__currency__code", summed=False)],
            writable=["competitor", "standing", "strengths", "weaknesses", "price"],
            title=_("Competitors"),
        ),
        Lines(
            StageChange,
            "opportunity",
            ["on", "from_stage", "to_stage", "days", "criteria_met", "criteria_open", Column("probability", kind="percent")],
            title=_("Stages"),
            order=("id",),
        ),
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        _default_salesperson(drafts, actor)
        first = first_stages({d.row.company_id for d in drafts if d.row.stage_id is None})
        before = {o.pk: o for o in Opportunity.objects.filter(pk__in=[d.row.pk for d in drafts if d.row.pk]).select_related("stage")}
        for d in drafts:
            row = d.row
            row.stage = row.stage or first[row.company_id]
            if row.stage.company_id != row.company_id or row.stage.is_closing:
                raise StageOfOther(stage=row.stage.name, document=row.name, fields={"stage": row.stage.name})
            row.currency_id = row.currency_id or row.company.currency_id
            _set_probability(row, before.get(row.pk))
            _set_forecast(row, before.get(row.pk))
        moved = [d.row for d in drafts if d.row.pk in before and before[d.row.pk].stage_id != d.row.stage_id]
        actions.enter(DocumentSet(Opportunity, moved, actor), [before[o.pk].stage for o in moved])

    @classmethod
    def written(cls, rows: Sequence[Opportunity], actor: Actor) -> None:
        fresh = [o for o in rows if o.number is None]
        if fresh:
            actions.begin(DocumentSet(Opportunity, fresh, actor))
        named = DealCompetitor.objects.filter(opportunity__in=[o.pk for o in rows], competitor__is_competitor=False)
        if others := set(named.values_list("competitor_id", flat=True)):
            give_roles(others, is_competitor=True)

    @classmethod
    def wrong(cls, pk: int, actor: Actor) -> Sequence[Wrong]:
        """The roles that the deal's stage asks for and nobody is named in; only while it is open."""
        missing = missing_roles(pk)
        if not missing:
            return ()
        said = _("Stage {stage} asks who this is: {roles}.")
        return [
            Wrong(
                str(said).format(stage=missing[0].stage, roles=", ".join(m.role for m in missing)),
                _("Name them"),
                f"/opportunities/{pk}/edit",
            )
        ]


def _set_probability(row: Opportunity, before: Opportunity | None) -> None:
    """The stage's probability, unless a person gave another one."""
    own = row.stage.probability
    moved_on = before is not None and not before.probability_is_own and before.stage_id != row.stage_id
    if row.probability is None or (moved_on and before is not None and row.probability == before.probability):
        row.probability = own
    if not 0 <= row.probability <= 100:
        raise InvalidInput(
            record=row.name, problems=_("a probability lies between 0 and 100"), fields={"probability": _("between 0 and 100")}
        )
    row.probability_is_own = row.probability != own


def _set_forecast(row: Opportunity, before: Opportunity | None) -> None:
    """The stage's forecast, unless a person gave another one."""
    follows = before is not None and not before.forecast_is_own and before.stage_id != row.stage_id and row.forecast == before.forecast
    if not row.forecast or follows:
        row.forecast = row.stage.forecast
    row.forecast_is_own = row.forecast != row.stage.forecast


@register
class ActivityResource(Resource):
    model, key = Activity, "activities"
    title, title_one, job, icon = _("Activities"), _("Activity"), "sell", "calendar"
    place = 14
    view_permission, write_permission = "crm.view_activity", "crm.write_activity"
    columns = ["due_at", "kind", "subject", "party", "opportunity", "assignee", "done_at"]
    fields = [*columns, "place", "outcome", "company"]
    writable = ["company", "party", "opportunity", "kind", "subject", "due_at", "place", "assignee"]
    filters = ["company", "kind", "party", "opportunity", "assignee", "due_at"]
    conditions = {
        "to_do": (_("to do"), lambda: Q(done_at__isnull=True)),
        "late": (_("late"), lambda: Q(done_at__isnull=True, due_at__lt=timezone.now())),
    }
    search, sort = ["subject", "party", "outcome"], "due_at"

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            if d.row.pk is None and d.row.assignee_id is None:
                d.row.assignee_id = actor.user_id
            if d.row.due_at is not None and timezone.is_naive(d.row.due_at):
                d.row.due_at = timezone.make_aware(d.row.due_at)


@register
class PipelineResource(Resource):
    model, key, natural_key = Pipeline, "pipelines", "name"
    title, title_one, job, icon = _("Pipelines"), _("Pipeline"), "set_up", "arrow"
    view_permission, write_permission = "crm.view_pipeline", "crm.write_pipeline"
    columns, writable, search, sort = ["name", "name_it", "company"], ["company", "name", "name_it"], ["name"], "name"
    filters = ["company"]


@register
class StageResource(Resource):
    model, key, natural_key = Stage, "stages", "name"
    title, title_one, job, icon = _("Stages"), _("Stage"), "set_up", "arrow"
    view_permission, write_permission = "crm.view_pipeline", "crm.write_pipeline"
    columns = [
        "pipeline",
        "position",
        "name",
        "name_it",
        Column("probability", kind="percent"),
        "forecast",
        "exit_criteria",
        "stale_days",
        "is_won",
        "is_lost",
    ]
    writable = [
        "company",
        "pipeline",
        "name",
        "name_it",
        "position",
        "probability",
        "forecast",
        "exit_criteria",
        "stale_days",
        "is_won",
        "is_lost",
    ]
    filters, search, sort = ["company", "pipeline", "is_won", "is_lost"], ["name"], "position"
    lines = [Lines(StageRole, "stage", ["role"], writable=["role"], title=_("Roles to be named before a deal leaves it"), order=("id",))]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        for d in drafts:
            criteria = d.row.exit_criteria
            if not isinstance(criteria, list) or not all(isinstance(c, str) and 0 < len(c) <= 300 and "\x00" not in c for c in criteria):
                problem = _("exit criteria are a list of sentences, each of at most 300 characters")
                raise InvalidInput(record=d.row.name, problems=problem, fields={"exit_criteria": problem})
            if d.row.pipeline.company_id != d.row.company_id:
                raise StageOfOther(stage=d.row.name, document=d.row.pipeline.name, fields={"pipeline": d.row.pipeline.name})


@register
class ContactRoleResource(Resource):
    model, key, natural_key = ContactRole, "contact-roles", "code"
    title, title_one, job, icon = _("Roles of contacts"), _("Role of a contact"), "set_up", "people"
    view_permission, write_permission = "crm.view_pipeline", "crm.write_pipeline"
    columns, writable = ["position", "code", "name", "name_it", "is_active"], ["position", "code", "name", "name_it", "is_active"]
    filters = ["is_active"]
    conditions = {"active": (_("active"), lambda: Q(is_active=True))}
    search, sort = ["code", "name", "name_it"], "position"


@register
class CloseReasonResource(Resource):
    model, key, natural_key = CloseReason, "close-reasons", "code"
    title, title_one, job, icon = _("Reasons of won and lost deals"), _("Reason of won and lost deals"), "set_up", "note"
    view_permission, write_permission = "crm.view_pipeline", "crm.write_pipeline"
    columns = ["position", "code", "name", "name_it", "counts_for", "is_active"]
    writable, filters = ["position", "code", "name", "name_it", "counts_for", "is_active"], ["counts_for", "is_active"]
    conditions = {"active": (_("active"), lambda: Q(is_active=True))}
    search, sort = ["code", "name", "name_it"], "position"


@register
class DealContactResource(Resource):
    model, key = DealContact, "deal-contacts"
    title, title_one, job, icon = _("Contacts in deals"), _("Contact in a deal"), "sell", "people"
    group, place = "reports", 55
    view_permission = "crm.view_opportunity"
    columns = ["person", "role", "attitude", "influence", "opportunity", Column("opportunity__state", _("State"))]
    fields = [*columns, "note"]
    filters, sort = ["person", "role", "attitude", "influence", "opportunity", "opportunity__company", "opportunity__state"], "-id"


@register
class DealCompetitorResource(Resource):
    model, key = DealCompetitor, "deal-competitors"
    title, title_one, job, icon = _("Competitors in deals"), _("Competitor in a deal"), "sell", "note"
    group, place = "reports", 56
    view_permission = "crm.view_opportunity"
    columns = [
        "competitor",
        "standing",
        "opportunity",
        Column("opportunity__party", _("Customer")),
        Column("opportunity__state", _("State")),
        Column("opportunity__closed_on", _("Closed on")),
        Column("opportunity__closed_amount", _("Amount when it was closed"), currency="opportunity__company__currency__code"),
        Column("price", currency="opportunity__currency__code", summed=False),
    ]
    fields = [*columns, "strengths", "weaknesses"]
    filters, sort = ["competitor", "standing", "opportunity", "opportunity__company", "opportunity__state", "opportunity__closed_on"], "-id"


@register
class StageChangeResource(Resource):
    model, key = StageChange, "stage-changes"
    title, title_one, icon = _("Stage changes"), _("Stage change"), "history"
    view_permission = "crm.view_opportunity"
    columns = ["on", "opportunity", "from_stage", "to_stage", "days", Column("amount", currency="opportunity__currency__code")]
    filters = ["company", "opportunity", "on", "to_stage"]


@register
class ForecastSnapshotResource(Resource):
    model, key = ForecastSnapshot, "forecast-snapshots"
    title, title_one, job, icon = _("Forecast snapshots"), _("Forecast snapshot"), "sell", "history"
    group, place = "reports", 57
    view_permission = "crm.view_opportunity"
    columns, filters, sort = ["week", "on", "company"], ["company", "week"], "-week"
    lines = [
        Lines(
            SnapshotDeal,
            "snapshot",
            ["opportunity", "state", "forecast", "stage", "expected_close", "closed_on", Column("probability", kind="percent"), Column("amount", currency="currency__code"), Column("base_amount", currency="snapshot__company__currency__code")],
            title=_("Deals"),
            order=("id",),
        )
    ]  # fmt: skip


@register
class QuotaResource(Resource):
    model, key = Quota, "sales-quotas"
    title, title_one, job, icon = _("Sales quotas"), _("Sales quota"), "sell", "note"
    group, place = "set_up", 1
    view_permission, write_permission = "crm.view_quota", "crm.write_quota"
    columns = ["salesperson", "first_on", "last_on", Column("amount", currency="company__currency__code")]
    fields = [*columns, "company"]
    writable = ["company", "salesperson", "first_on", "last_on", "amount"]
    filters, search, sort = ["company", "salesperson", "first_on", "last_on"], ["salesperson"], "-first_on"
