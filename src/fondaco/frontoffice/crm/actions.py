"""The verbs of the CRM: on leads, opportunities and activities."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from pydantic import BeforeValidator, Field

from fondaco.frontoffice.crm.capturing import Enquiry, capture
from fondaco.frontoffice.crm.models import Activity, CloseReason, DealCompetitor, Lead, Opportunity, Stage, StageChange
from fondaco.frontoffice.crm.people import give_roles, told
from fondaco.frontoffice.crm.pipelines import closing_stages, first_stages
from fondaco.frontoffice.crm.refusals import ClosedOutOfTime, DoneAlready, NoSuchCriterion, ReasonForLoss, ReasonInactive, StageOfOther
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.companies.queries import RateMissing, rate_table
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.database.rows import related
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import LIMIT, rows_json
from fondaco.platform.resources.schema import Reference, Text
from fondaco.platform.resources.writing import references

ZERO = Decimal(0)
Words = Annotated[Text, Field(max_length=10_000)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=4)]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _why(kind: str) -> Any:
    """A reason of won or lost deals, by key or code; people choose among those that are used for ``kind``."""
    asking = {"active": "1", "counts_for__in": f"{kind},both"}
    return Field(max_length=100, json_schema_extra={"resource": "close-reasons", "label": "why_closed", "asking": asking})


Why = Annotated[str, BeforeValidator(_as_text)]
Competitor = Annotated[str, BeforeValidator(_as_text), Field(max_length=100, json_schema_extra={"resource": "parties", "label": "lost_to"})]


@action(
    Lead, moves={"new": "contacted", "contacted": "contacted"}, permission="crm.write_lead", title=_("Contacted"), done=_("Contact noted")
)
def contact(leads: DocumentSet[Lead], *, outcome: Words = "") -> None:
    """Note that somebody spoke with the lead, and what came of it."""
    record([told(x, leads.actor, kind="call", title=_now("Contacted"), direction="out", body=outcome) for x in leads])


@action(Lead, moves={"new": "qualified", "contacted": "qualified"}, permission="crm.write_lead", title=_("Qualify"), done=_("Qualified"))
def qualify(leads: DocumentSet[Lead], *, note: Words = "") -> None:
    """Say that the need is real and worth an offer."""
    record([told(x, leads.actor, kind="lead", title=_now("Lead qualified"), body=note) for x in leads])


@action(
    Lead,
    moves={"new": "disqualified", "contacted": "disqualified", "qualified": "disqualified"},
    permission="crm.write_lead",
    title=_("Disqualify"),
    needs_reason=True,
    done=_("Disqualified"),
)
def disqualify(leads: DocumentSet[Lead]) -> None:
    """Give a lead up, and say why; the party stays."""
    for lead in leads:
        lead.disqualified_reason = leads.reason
    leads.save("disqualified_reason")
    record([told(x, leads.actor, kind="lead", title=_now("Lead disqualified"), body=leads.reason) for x in leads])


@action(
    Lead,
    moves={"new": "converted", "contacted": "converted", "qualified": "converted", "converted": "converted"},
    permission="crm.convert_lead",
    title=_("Convert"),
    done=_("Opportunity opened"),
)
def convert(
    leads: DocumentSet[Lead], *, name: Words = "", amount: Amount | None = None, expected_close: date | None = None, on: date | None = None
) -> None:
    """Make the party a customer and open an opportunity for it, today or as of ``on``; a lead that has one keeps it."""
    opened_on = on or timezone.localdate()
    waiting = [x for x in leads if x.state != "converted"]
    there = dict(Opportunity.objects.filter(lead__in=[x.pk for x in leads if x.state == "converted"]).values_list("lead_id", "pk"))
    stages = first_stages({x.company_id for x in waiting}) if waiting else {}
    names = dict(Party.objects.filter(pk__in={x.party_id for x in waiting}).values_list("pk", "name"))
    base = dict(Company.objects.filter(pk__in={x.company_id for x in waiting}).values_list("pk", "currency_id"))
    opened = [
        Opportunity(
            company_id=x.company_id,
            party_id=x.party_id,
            lead=x,
            on=opened_on,
            stage_since=opened_on,
            name=(name or x.interest.strip().split("\n")[0] or names[x.party_id])[:200],
            stage=stages[x.company_id],
            probability=stages[x.company_id].probability,
            forecast=stages[x.company_id].forecast,
            amount=amount if amount is not None else x.estimated_amount or ZERO,
            currency_id=x.currency_id or base[x.company_id],
            expected_close=expected_close,
            salesperson_id=x.salesperson_id,
        )
        for x in waiting
    ]
    insert_rows(Opportunity, opened)
    give_roles([x.party_id for x in waiting], is_customer=True, is_lead=False)
    begin(DocumentSet(Opportunity, opened, leads.actor, leads.reason))
    leads.made["opportunities"] = [*sorted(there.values()), *(o.pk for o in opened)]


def begin(opportunities: DocumentSet[Opportunity]) -> None:
    """Number new opportunities, and record that they entered their first stage."""
    opportunities.number()
    insert_rows(
        StageChange,
        [
            StageChange(company_id=o.company_id, opportunity=o, to_stage_id=o.stage_id, on=o.on, amount=o.amount, probability=o.probability)
            for o in opportunities
        ],
    )
    record(
        [
            told(
                o,
                opportunities.actor,
                kind="opportunity",
                title=_now("Opportunity “{name}”").format(name=o.name),
                amount=o.amount,
                currency_id=o.currency_id,
            )
            for o in opportunities
        ]
    )


def enter(opportunities: DocumentSet[Opportunity], before: Sequence[Stage], criteria: Sequence[str] = (), body: str = "") -> None:
    """Record that opportunities, whose ``stage`` is the new one already, left ``before``, and date their stay."""
    today = timezone.localdate()
    changes = []
    for o, stage in zip(opportunities, before, strict=True):
        met = [c for c in stage.exit_criteria if c in criteria]
        changes.append(
            StageChange(
                company_id=o.company_id,
                opportunity=o,
                from_stage=stage,
                to_stage_id=o.stage_id,
                on=today,
                days=max(0, (today - o.stage_since).days),
                criteria_met=met,
                criteria_open=[c for c in stage.exit_criteria if c not in met],
                amount=o.amount,
                probability=o.probability,
            )
        )
        o.stage_since = today
    insert_rows(StageChange, changes)
    record(
        [
            told(
                o,
                opportunities.actor,
                kind="opportunity",
                title=f"{o.name}: {stage.name} → {o.stage.name}",
                body=body,
                amount=o.amount,
                currency_id=o.currency_id,
            )
            for o, stage in zip(opportunities, before, strict=True)
        ]
    )


def _stages_of(opportunities: Sequence[Opportunity]) -> list[Stage]:
    stages = Stage.objects.in_bulk({o.stage_id for o in opportunities})
    return [stages[o.stage_id] for o in opportunities]


OfStages = Annotated[Reference, Field(json_schema_extra={"resource": "stages"})]


@action(Opportunity, moves={"open": "open"}, permission="crm.move_opportunity", title=_("Move"), done=_("Moved"))
def move(opportunities: DocumentSet[Opportunity], *, stage: OfStages, criteria: list[Words] = []) -> None:  # noqa: B006  a default for the doors, never changed
    """Carry open opportunities to another stage of their company; ``criteria`` are the exit criteria now met.

    Probability and forecast follow the stage unless they were set by hand. On the stage of won deals this is “Win” and needs that
    right; on the stage of lost ones it is “Lose”, which needs a reason.
    """
    target = _stage(opportunities, stage)
    if target.is_won or target.is_lost:
        _close_by_move(opportunities, target)
        return
    before = _stages_of(opportunities.rows)
    _check_criteria(before, criteria)
    moving = [(o, old) for o, old in zip(opportunities, before, strict=True) if old.pk != target.pk]
    for o, _old in moving:
        o.stage = target
        o.probability = o.probability if o.probability_is_own else target.probability
        o.forecast = o.forecast if o.forecast_is_own else target.forecast
    part = DocumentSet(Opportunity, [o for o, _old in moving], opportunities.actor, opportunities.reason)
    enter(part, [old for _o, old in moving], criteria)
    part.save("stage", "stage_since", "probability", "forecast")


def _stage(opportunities: DocumentSet[Opportunity], given: int | str) -> Stage:
    text = str(given).strip()
    key = int(text) if text.isdecimal() and len(text) < 19 else 0
    named = Stage.objects.filter(Q(pk=key) | Q(name=text), company__in={o.company_id for o in opportunities}).order_by("pk")
    found = next((s for s in named if s.pk == key), None) or next(iter(named), None)
    if found is None:
        raise NotFound(what=f"{Stage._meta.verbose_name} {text}", fields={"stage": _now("There is no such stage.")})
    strangers = [o for o in opportunities if o.company_id != found.company_id]
    if strangers:
        raise StageOfOther(stage=found.name, document=", ".join(map(str, strangers[:20])), rows=rows_json(strangers))
    return found


def _check_criteria(stages: Sequence[Stage], criteria: Sequence[str]) -> None:
    known = {c for s in stages for c in s.exit_criteria}
    for criterion in criteria:
        if criterion not in known:
            raise NoSuchCriterion(
                criterion=criterion,
                stage=", ".join(sorted({s.name for s in stages})),
                criteria=", ".join(sorted(known)) or "–",
                fields={"criteria": criterion},
            )


def _close_by_move(opportunities: DocumentSet[Opportunity], target: Stage) -> None:
    verb = win if target.is_won else lose
    for company in {o.company_id for o in opportunities}:
        if not opportunities.actor.may(verb.permission, company):
            raise NotAllowed(verb=str(verb.title), what=Opportunity._meta.verbose_name_plural, permission=verb.permission)
    if target.is_lost and not opportunities.reason.strip():
        raise ReasonForLoss(document=", ".join(map(str, opportunities.rows[:20])), stage=target.name, rows=rows_json(opportunities.rows))
    verb(opportunities)


@action(Opportunity, moves={"open": "won"}, permission="crm.win_opportunity", title=_("Win"), done=_("Won"))
def win(opportunities: DocumentSet[Opportunity], *, on: date | None = None, why: Annotated[Why, _why("won")] = "") -> None:
    """Close opportunities as won, today or on an earlier day; ``why`` is one of the reasons of won deals."""
    _close(opportunities, won=True, days=_days(opportunities, on), why=_reason(opportunities, why))


def win_by_quote(opportunities: DocumentSet[Opportunity], day: date) -> None:
    """Win deals whose quote was accepted on a day; one that was opened later, on the day on which it was."""
    _close(opportunities, won=True, days=[max(day, o.on) for o in opportunities])


@action(Opportunity, moves={"open": "lost"}, permission="crm.lose_opportunity", title=_("Lose"), needs_reason=True, done=_("Lost"))
def lose(
    opportunities: DocumentSet[Opportunity], *, on: date | None = None, why: Annotated[Why, _why("lost")] = "", to: Competitor = ""
) -> None:
    """Close opportunities as lost, today or on an earlier day, and say why: in words, by one of the reasons of lost deals (``why``), and
    ``to`` whom. He stands among the competitors of the deal from then on, and is a competitor."""
    reason, winner = _reason(opportunities, why), _party(opportunities, to)
    for o in opportunities:
        o.lost_reason, o.lost_to_id = opportunities.reason, winner.pk if winner else None
    if winner:
        there = set(
            DealCompetitor.objects.filter(opportunity__in=opportunities.ids, competitor=winner).values_list("opportunity_id", flat=True)
        )
        insert_rows(
            DealCompetitor,
            [DealCompetitor(opportunity=o, competitor=winner, standing="behind") for o in opportunities if o.pk not in there],
        )
        if not winner.is_competitor:
            give_roles([winner.pk], is_competitor=True)
    _close(opportunities, won=False, days=_days(opportunities, on), why=reason)


def _reason(opportunities: DocumentSet[Opportunity], given: str) -> CloseReason | None:
    found = _referred(opportunities, CloseReason, "why", given)
    if found is not None and not found.is_active:
        named = ", ".join(map(str, opportunities.rows[:20]))
        raise ReasonInactive(deal=named, why=found.name, rows=rows_json(opportunities.rows), fields={"why": found.name})
    return found


def _party(opportunities: DocumentSet[Opportunity], given: str) -> Party | None:
    return _referred(opportunities, Party, "to", given)


def _referred(opportunities: DocumentSet[Opportunity], model: Any, name: str, given: str) -> Any:
    """The record that a parameter names by key or code, as far as the actor sees it; None where nothing was given."""
    text = given.strip()
    if not text:
        return None
    found = references(opportunities.actor, model, {text}).get(text, [])
    if not found:
        raise NotFound(what=f"{model._meta.verbose_name} {text}", fields={name: text})
    return found[0]


def _days(opportunities: DocumentSet[Opportunity], on: date | None) -> list[date]:
    """The day on which each is closed: the one given, else today; refused before the deal was opened and in times to come."""
    today = timezone.localdate()
    if on is None:
        return [max(today, o.on) for o in opportunities]
    wrong = [o for o in opportunities if not o.on <= on <= today]
    if wrong:
        said = {"document": ", ".join(map(str, wrong[:20])), "on": on, "opened": wrong[0].on, "rows": rows_json(wrong)}
        raise ClosedOutOfTime(**said, fields={"on": _now("between the day it was opened and today")})
    return [on] * len(opportunities)


def _close(opportunities: DocumentSet[Opportunity], *, won: bool, days: Sequence[date], why: CloseReason | None = None) -> None:
    before = _stages_of(opportunities.rows)
    closing = closing_stages({s.pipeline_id for s in before}, won=won)
    for o, old, day, worth in zip(opportunities, before, days, _worth(opportunities.rows, days), strict=True):
        o.closed_from, o.stage, o.close_reason, o.closed_amount = old, closing[old.pipeline_id], why, worth
        _as_its_stage(o)
        o.closed_on, o.state = day, "won" if won else "lost"
    enter(opportunities, before, body=opportunities.reason)
    # In one statement with the state: the database knows no closed opportunity without a day and a reason.
    opportunities.save(*ENDED, "lost_reason")


#: What closing and reopening change.
ENDED = (
    "state", "stage", "stage_since", "probability", "probability_is_own", "forecast", "forecast_is_own", "closed_on", "close_reason", "lost_to",
    "closed_from", "closed_amount",
)  # fmt: skip


def _worth(opportunities: Sequence[Opportunity], days: Sequence[date]) -> list[Decimal | None]:
    """What deals come to in company currency at the rates of their days; None where no rate reaches them. Statements grow with companies only."""
    companies = related(opportunities, "company")
    tables = {pk: rate_table(c, {o.currency_id for o in opportunities if o.company_id == pk}) for pk, c in companies.items()}
    found: list[Decimal | None] = []
    for o, day in zip(opportunities, days, strict=True):
        try:
            found.append(tables[o.company_id].to_base(o.amount, o.currency_id, day))
        except RateMissing:
            found.append(None)
    return found


def _as_its_stage(opportunity: Opportunity) -> None:
    opportunity.probability, opportunity.probability_is_own = opportunity.stage.probability, False
    opportunity.forecast, opportunity.forecast_is_own = opportunity.stage.forecast, False


@action(Opportunity, moves={"open": "open"}, permission="crm.write_opportunity", title=_("Forecast as"), done=_("Forecast noted"))
def forecast_as(
    opportunities: DocumentSet[Opportunity], *, forecast: Literal["commit", "best_case", "pipeline", "omitted"] | None = None
) -> None:
    """Say how sure open deals are, whatever their stage says; without an answer they follow their stage again."""
    for o, stage in zip(opportunities, _stages_of(opportunities.rows), strict=True):
        o.forecast, o.forecast_is_own = forecast or stage.forecast, bool(forecast) and forecast != stage.forecast
    opportunities.save("forecast", "forecast_is_own")


@action(Opportunity, moves={"won": "open", "lost": "open"}, permission="crm.write_opportunity", title=_("Reopen"), done=_("Opened again"))
def reopen(opportunities: DocumentSet[Opportunity], *, stage: OfStages | None = None) -> None:
    """Take closed opportunities up again, in ``stage`` or the stage they were closed from."""
    before = _stages_of(opportunities.rows)
    latest = (
        StageChange.objects.filter(opportunity__in=opportunities.ids, from_stage__isnull=False, to_stage__in={s.pk for s in before})
        .order_by("opportunity_id", "-id")
        .distinct("opportunity_id")
        .select_related("from_stage")
    )
    earlier = {change.opportunity_id: change.from_stage for change in latest}
    target = _stage(opportunities, stage) if stage is not None else None
    first = first_stages({o.company_id for o in opportunities})
    for o in opportunities:
        o.stage = target or earlier.get(o.pk) or first[o.company_id]
        _as_its_stage(o)
        o.closed_on, o.lost_reason, o.state = None, "", "open"
        o.close_reason = o.lost_to = o.closed_from = o.closed_amount = None
    enter(opportunities, before, body=opportunities.reason)
    opportunities.save(*ENDED, "lost_reason")


@action(Opportunity, moves={"won": "won", "lost": "lost"}, permission="crm.write_opportunity", title=_("Say why"), done=_("Reason noted"))
def say_why(opportunities: DocumentSet[Opportunity], *, why: Annotated[Why, _why("won,lost")]) -> None:
    """Give closed deals the reason they were won or lost for, or another one: a deal that a quote has won was not asked."""
    reason = _reason(opportunities, why)
    for o in opportunities:
        o.close_reason = reason
    opportunities.save("close_reason")


@action(Activity, permission="crm.write_activity", title=_("Done"), done=_("Done"))
def complete(activities: DocumentSet[Activity], *, outcome: Words = "") -> None:
    """Note that activities were done, and what came of them."""
    _check_to_do(activities)
    now = timezone.now()
    for a in activities:
        a.done_at, a.outcome = now, outcome
    activities.save("done_at", "outcome")
    record(
        [
            told(
                a, activities.actor, kind=a.kind, title=a.subject, direction="internal" if a.kind == "task" else "out", body=outcome, at=now
            )
            for a in activities
        ]
    )


@action(Activity, permission="crm.write_activity", title=_("Reschedule"), done=_("Rescheduled"))
def reschedule(activities: DocumentSet[Activity], *, due_at: datetime) -> None:
    """Move activities that are still to do to another time."""
    _check_to_do(activities)
    moment = due_at if timezone.is_aware(due_at) else timezone.make_aware(due_at)
    update_rows(Activity, {"id": activities.ids, "due_at": [moment] * len(activities)})


def _check_to_do(activities: DocumentSet[Activity]) -> None:
    done = [a for a in activities if a.done_at is not None]
    if done:
        raise DoneAlready(activity=", ".join(a.subject for a in done[:20]), on=done[0].done_at.date(), rows=rows_json(done))


@action(Company, permission="crm.write_lead", name="capture_leads", title=_("Capture enquiries"), done=_("Enquiries captured"), hidden=True)
def capture_leads(companies: DocumentSet[Company], *, enquiries: Annotated[list[Enquiry], Field(min_length=1, max_length=LIMIT)]) -> None:
    """Make leads of what a web form, another program or a mail asks, all or none. A known VAT number or e-mail address is the known party, and an
    open lead of it is joined; ``made`` are the leads, one for each enquiry in its order."""
    for company in companies:
        outcome = capture(companies.actor, company, [e.model_dump() for e in enquiries])
        companies.made.setdefault("leads", []).extend(outcome.ids)
