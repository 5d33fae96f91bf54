"""Questions to the CRM: how the pipeline stands, and everything about one customer on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Sum
from django.utils import timezone
from django.utils.translation import get_language

from fondaco.frontoffice.crm.models import Activity, DealContact, Opportunity, Stage, StageRole
from fondaco.masterdata.companies.models import Company, ExchangeRate
from fondaco.masterdata.parties import panels
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.masterdata.parties.queries import events, with_people
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotAllowed, NotFound
from fondaco.platform.money import rounded

ZERO = Decimal(0)
TIMELINE = 30


@dataclass
class StageTotal:
    """What stands in one stage, in company currency; ``weighted`` by probability.

    ``without_rate`` are amounts by currency that no exchange rate reaches; they are in neither sum.
    """

    stage: Stage
    count: int = 0
    amount: Decimal = ZERO
    weighted: Decimal = ZERO
    without_rate: dict[str, Decimal] = field(default_factory=dict)


def pipeline(actor: Actor, company: Company, *, on: date | None = None) -> list[StageTotal]:
    """Open opportunities of the company that ``actor`` may see, by stage, at the rates of ``on`` (today). Three statements."""
    if not actor.may("crm.view_opportunity", company.pk):
        raise NotAllowed(verb="see", what=Opportunity._meta.verbose_name_plural, permission="crm.view_opportunity")
    stages = (
        Stage.objects.filter(company=company).annotate(decimals=F("company__currency__decimals")).order_by("pipeline", "position", "id")
    )
    totals = {s.pk: StageTotal(s) for s in stages}
    rates = {company.currency_id: Decimal(1)}
    newest = (
        ExchangeRate.objects.filter(base=company.currency_id, on__lte=on or timezone.localdate())
        .order_by("currency", "-on")
        .distinct("currency")
    )
    rates.update(newest.values_list("currency_id", "rate"))
    groups = (
        visible(Opportunity.objects.filter(company=company, state="open"), actor, "crm.view_opportunity")
        .order_by()
        .values_list("stage_id", "currency_id")
        .annotate(number=Count("pk"), total=Sum("amount"), likely=Sum(F("amount") * F("probability") / 100))
    )
    for stage, currency, number, total, likely in groups:
        row = totals[stage]
        row.count += number
        if currency in rates:
            decimals = row.stage.decimals  # type: ignore[attr-defined]
            row.amount += rounded(total * rates[currency], decimals)
            row.weighted += rounded(likely * rates[currency], decimals)
        else:
            row.without_rate[currency] = total
    return list(totals.values())


@dataclass(frozen=True)
class Missing:
    """A role that a stage asks for, in the reader's words, and in which nobody is named."""

    stage: str
    role: str


def missing_roles(opportunity: int, stage: int | None = None) -> list[Missing]:
    """The roles that the stage of an open deal (or another ``stage``) asks for and nobody is named in, in their order. One statement."""
    named = DealContact.objects.filter(opportunity=opportunity, role=OuterRef("role"))
    deal = Opportunity.objects.filter(pk=opportunity, state="open").values("stage")
    asked = StageRole.objects.filter(stage=stage) if stage is not None else StageRole.objects.filter(stage__in=deal)
    rows = asked.filter(~Exists(named)).select_related("stage", "role").order_by("role__position", "role_id")
    italian = get_language() == "it"
    return [Missing(*((x.name_it if italian and x.name_it else x.name) for x in (r.stage, r.role))) for r in rows]


@dataclass(frozen=True)
class CustomerPage:
    """One customer: who he is and who works there, what every room knows of him, and what happened last (newest first); ``goes_on``:
    there is more below."""

    party: Party
    people: Sequence[Mapping[str, Any]]
    panels: Sequence[panels.Filled]
    timeline: Sequence[Interaction]
    goes_on: bool


def customer_360(actor: Actor, company: Company, party: int) -> CustomerPage:
    """Everything ``actor`` may know about a party in ``company``; the timeline's last thirty. At most fifteen statements."""
    return _page(actor, company, party, brief=False)


def visit_brief(actor: Actor, company: Company, party: int) -> CustomerPage:
    """What a salesperson reads before a visit: the panels that matter at the door, and the last thirty interactions."""
    return _page(actor, company, party, brief=True)


def _page(actor: Actor, company: Company, party: int, *, brief: bool) -> CustomerPage:
    parties = visible(Party.objects.select_related("salesperson", "country"), actor, "parties.view_party")
    found = with_people(parties, actor).filter(pk=party).first()
    allowed = actor.companies()
    if found is None or (allowed is not None and company.pk not in allowed):
        raise NotFound(what=f"{Party._meta.verbose_name} {party}")
    people = found.known_people or []  # type: ignore[attr-defined]
    # Others' dealings with it are not this company's to see.
    happened = events(found.pk, [company.pk], limit=TIMELINE + 1)
    return CustomerPage(found, people, panels.filled(actor, company, found, brief=brief), happened[:TIMELINE], len(happened) > TIMELINE)


def visits(actor: Actor, company: Company, first: datetime, end: datetime) -> list[Activity]:
    """The visits and meetings that the actor has before him between two moments, the first one first. One statement."""
    rows = Activity.objects.filter(
        company=company, assignee=actor.user_id, kind__in=["visit", "meeting"], done_at__isnull=True, due_at__gte=first, due_at__lt=end
    )
    return list(visible(rows, actor, "crm.view_activity").select_related("party").order_by("due_at", "pk"))
