"""How salespeople and the pipeline do between two days (CO-08): quota and what was won, how deals pass through the stages, what was done for it,
and how right the forecast was.

Amounts are in company currency at today's rates, each deal rounded by itself half away from zero, as in the forecast, so that what was won is
the same figure there and here. A quota that runs beyond the days asked for counts by its share of days, rounded half away from zero.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from fondaco.frontoffice.crm.forecasting import COMMIT, VIEW, WON, deals_now, history
from fondaco.frontoffice.crm.models import Activity, Lead, Quota, Stage, StageChange
from fondaco.masterdata.companies.models import Company
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.money import ZERO, rounded

HUNDRED = Decimal(100)


@dataclass
class Result:
    """What one salesperson did: amounts in company currency, days from opening to winning, activities by kind, leads and those converted."""

    won: Decimal = ZERO
    deals_won: int = 0
    deals_lost: int = 0
    days_to_win: int = 0
    quota: Decimal = ZERO
    activities: Counter[str] = field(default_factory=Counter)
    leads: int = 0
    converted: int = 0

    @property
    def attained(self) -> Decimal | None:
        """Won as a share of the quota; None without one."""
        return self.won / self.quota if self.quota else None

    @property
    def win_rate(self) -> Decimal | None:
        """Deals won of those closed."""
        closed = self.deals_won + self.deals_lost
        return Decimal(self.deals_won) / closed if closed else None

    @property
    def mean_days(self) -> Decimal | None:
        """Days from opening to winning, on average of won deals."""
        return Decimal(self.days_to_win) / self.deals_won if self.deals_won else None

    @property
    def mean_won(self) -> Decimal | None:
        """Worth of a won deal on average."""
        return self.won / self.deals_won if self.deals_won else None


@dataclass(frozen=True)
class Step:
    """A stage: how many deals came in, how many left it onwards and how many were lost from it, and their days in it on average."""

    stage: Stage
    entered: int
    onwards: int
    lost: int
    days: Decimal | None


@dataclass(frozen=True)
class Accuracy:
    """What was sure (won and commit) in the first week of a stretch, and what was won in it in the end."""

    week: date
    sure: Decimal
    won: Decimal


def results(actor: Actor, company: Company, *, first: date, last: date, today: date) -> dict[int | None, Result]:
    """By salesperson, what of it ``actor`` may see; None: nobody's. Statements do not grow with deals, activities or people."""
    found: dict[int | None, Result] = defaultdict(Result)
    for deal in deals_now(actor, company, today=today, closed_since=first):
        if deal.closed_on is None or not first <= deal.closed_on <= last:
            continue
        row = found[deal.salesperson]
        if deal.state == WON:
            row.won += deal.base or ZERO
            row.deals_won += 1
            row.days_to_win += (deal.closed_on - deal.opened_on).days
        else:
            row.deals_lost += 1
    quotas = visible(Quota.objects.filter(company=company, first_on__lte=last, last_on__gte=first), actor, "crm.view_quota")
    for person, begins, ends, amount in quotas.values_list("salesperson_id", "first_on", "last_on", "amount"):
        share = (min(ends, last) - max(begins, first)).days + 1
        found[person].quota += rounded(amount * share / ((ends - begins).days + 1), company.currency.decimals)
    done = visible(Activity.objects.filter(company=company, done_at__date__range=(first, last)), actor, "crm.view_activity")
    for person, kind, number in done.order_by().values_list("assignee_id", "kind").annotate(number=Count("pk")):
        found[person].activities[kind] += number
    leads = visible(Lead.objects.filter(company=company, on__range=(first, last)), actor, "crm.view_lead").order_by()
    counted = leads.values_list("salesperson_id").annotate(number=Count("pk"), good=Count("pk", filter=Q(state="converted")))
    for person, number, good in counted:
        found[person].leads, found[person].converted = number, good
    return dict(found)


def funnel(actor: Actor, company: Company, *, first: date, last: date) -> list[Step]:
    """How deals passed through the open stages between two days, in the order of pipelines and stages. Three statements."""
    changes = visible(StageChange.objects.filter(company=company, on__range=(first, last)), actor, VIEW).order_by()
    entered = dict(changes.values_list("to_stage_id").annotate(n=Count("opportunity", distinct=True)))
    # The days of each change are summed and the changes counted: an average of the database would be a binary float.
    left = {
        (stage, is_lost): (number, days, changes_)
        for stage, is_lost, number, days, changes_ in changes.filter(from_stage__isnull=False)
        .values_list("from_stage_id", "to_stage__is_lost")
        .annotate(n=Count("opportunity", distinct=True), days=Sum("days"), changes=Count("pk"))
    }
    steps = []
    for stage in Stage.objects.filter(company=company, is_won=False, is_lost=False).order_by("pipeline", "position", "id"):
        onwards, lost = left.get((stage.pk, False), (0, 0, 0)), left.get((stage.pk, True), (0, 0, 0))
        gone = onwards[2] + lost[2]
        days = Decimal(onwards[1] + lost[1]) / gone if gone else None
        steps.append(Step(stage, entered.get(stage.pk, 0), onwards[0], lost[0], days))
    return steps


def accuracy(actor: Actor, company: Company, won: Decimal, *, first: date, last: date) -> Accuracy | None:
    """How right the forecast of the first week kept within a stretch was, seen from what was ``won`` in it; None where no week was kept."""
    kept = ((snapshot.on, sums) for snapshot, sums in history(actor, company, first=first, last=last))
    return next((Accuracy(on, sums.up_to(COMMIT), won) for on, sums in kept if on >= first), None)
