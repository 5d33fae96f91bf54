"""Scores with their reasons, as they are now or stood at the end of a day; and whether high scores were borne out (SA-10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Func, IntegerField, Max

from fondaco.frontoffice.crm.models import Lead, Opportunity
from fondaco.frontoffice.scoring.models import BEHAVIOUR, ScoringLine, ScoringModel
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Interaction
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.money import ZERO, rounded

VIEW = "scoring.view_score"
HUNDRED = Decimal(100)
#: Who may read the figure of a signal; without the right neither it nor its points are told. The score itself is one.
RIGHTS = {
    **{signal: "parties.view_interaction" for signal, _words in BEHAVIOUR}, "accepted": "sales.view_quote", "quiet_days": "parties.view_interaction",
    "revenue": "invoicing.view_invoice", "trend": "invoicing.view_invoice", "margin": "sales.see_margin",
    "days_late": "ledger.view_open_item", "disputes": "receivables.view_dispute",
}  # fmt: skip
#: What became of a lead that is no deal.
OPEN, GIVEN_UP = "still_open", "given_up"
#: The width of a band of scores.
BAND = 20


@dataclass(frozen=True)
class Point:
    """What one signal says of a party: its figure (None: nothing to tell by) and its points, to a tenth."""

    line: ScoringLine
    figure: Decimal | None
    points: Decimal


@dataclass(frozen=True)
class Score:
    """``base`` and the points, bounded by 0 and 100 and rounded half away from zero."""

    party: int
    on: date
    base: Decimal
    points: tuple[Point, ...]

    @property
    def value(self) -> int:
        return int(rounded(min(max(self.base + sum((p.points for p in self.points), ZERO), ZERO), HUNDRED), 0))


def model_of(company: int) -> ScoringModel | None:
    """The model in force."""
    return ScoringModel.objects.filter(company=company, state=ScoringModel.IN_FORCE).first()


def explained(model: ScoringModel, asked: Sequence[tuple[int, date]]) -> list[Score]:
    """The score of each party as it stood at the end of its day, in the order asked; two statements, however many."""
    if not asked:
        return []
    lines = {ln.pk: ln for ln in ScoringLine.objects.filter(model=model).order_by("position", "pk")}
    found: list[dict[int, Point]] = [{} for _one in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            "select place, line_id, figure, points from scoring_points(%s, %s, %s, %s)",
            [model.company_id, model.pk, [party for party, _day in asked], [day for _party, day in asked]],
        )
        for place, line, figure, points in cursor.fetchall():
            found[place - 1][line] = Point(lines[line], figure, points)
    return [Score(party, day, model.base, tuple(each[k] for k in lines)) for (party, day), each in zip(asked, found, strict=True)]


def score_now(company: int, party: int, on: date) -> tuple[Score, str] | None:
    """The score of one party by the model in force, and what the model is called; None without one. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select m.number, m.base, l.signal, l.points, p.figure, p.points from scoring_scoringmodel m
            cross join lateral scoring_points(m.company_id, m.id, array[%s::bigint], array[%s::date]) p join scoring_scoringline l on l.id = p.line_id
            where m.company_id = %s and m.state = 'in_force' order by l.position, l.id
            """,
            [party, on, company],
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    points = tuple(Point(ScoringLine(signal=signal, points=most), figure, own) for _name, _base, signal, most, figure, own in rows)
    return Score(party, on, rows[0][1], points), rows[0][0]


def scores_of(company: int, parties: Iterable[int], on: date) -> dict[int, int]:
    """The scores of parties at the end of a day by the model in force, none without one; at most three statements."""
    keys = sorted(set(parties))
    model = model_of(company) if keys else None
    return {s.party: s.value for s in explained(model, [(key, on) for key in keys])} if model else {}


def current(path: str = "party") -> Any:
    """The score of the party of a row today, as an annotation."""
    return Func(F("company"), F(path), function="scoring_score", output_field=IntegerField(null=True))


def may_read(actor: Actor, signal: str, company: int) -> bool:
    """Whether ``actor`` may be told the figure of a signal."""
    return actor.may(RIGHTS[signal], company)


@dataclass(frozen=True)
class Band:
    """Leads whose score stood from ``least`` to ``most``: how many came, are still open, became opportunities, and were won."""

    least: int
    most: int
    leads: int
    open: int
    converted: int
    won: int


@dataclass(frozen=True)
class Validation:
    """How far scores told what became of leads. ``order``: of all pairs of a converted lead and a disqualified one, the share in which the
    converted one had the higher score, ties half; None where there are no such pairs."""

    bands: tuple[Band, ...]
    order: Decimal | None


def validation(actor: Actor, company: Company, model: ScoringModel, *, first: date, last: date, age: int, today: date) -> Validation:
    """What became of the leads that came between two days, by the score that they had ``age`` days after they came.

    Who was decided sooner counts as he stood on the day before: nothing that the decision itself wrote may speak for it. Four statements.
    """
    seen = visible(Lead.objects.filter(company=company, on__range=(first, last)), actor, "crm.view_lead").order_by("pk")
    leads = list(seen.values_list("pk", "party_id", "on", "state"))
    deals = dict(Opportunity.objects.filter(lead__in=[pk for pk, *_rest in leads]).values_list("lead_id", "state"))
    closed = [pk for pk, _party, _on, state in leads if state not in Lead.OPEN]
    events = Interaction.objects.filter(source_table=Lead._meta.db_table, source_id__in=closed).order_by()
    decided = dict(events.values_list("source_id").annotate(last=Max("on")))
    decided |= dict(Opportunity.objects.filter(lead__in=closed).values_list("lead_id", "on"))
    day = timedelta(days=1)
    asked = [(party, min(on + age * day, today, decided[pk] - day if pk in decided else today)) for pk, party, on, _state in leads]
    values = [s.value for s in explained(model, asked)]
    became = [OPEN if state in Lead.OPEN else deals.get(pk, GIVEN_UP) for pk, _party, _on, state in leads]
    return _judged(list(zip(values, became, strict=True)))


def _judged(outcomes: Sequence[tuple[int, str]]) -> Validation:
    """Bands and order of scores with what became of them: still open, given up, or the state of the deal."""
    bands = []
    for least in range(0, 100, BAND):
        most = least + BAND - 1 if least + BAND < 100 else 100
        own = [o for o in outcomes if least <= o[0] <= most]
        converted = [o for o in own if o[1] not in (OPEN, GIVEN_UP)]
        bands.append(Band(least, most, len(own), sum(o[1] == OPEN for o in own), len(converted), sum(o[1] == "won" for o in own)))
    good, other = [o[0] for o in outcomes if o[1] not in (OPEN, GIVEN_UP)], [o[0] for o in outcomes if o[1] == GIVEN_UP]
    pairs = len(good) * len(other)
    counts: Mapping[int, int] = {value: other.count(value) for value in set(other)}
    above = sum((Decimal(sum(n for v, n in counts.items() if v < g)) + Decimal(counts.get(g, 0)) / 2 for g in good), ZERO)
    return Validation(tuple(bands), above / pairs if pairs else None)


__all__ = [
    "VIEW",
    "Band",
    "Point",
    "Score",
    "Validation",
    "current",
    "explained",
    "may_read",
    "model_of",
    "score_now",
    "scores_of",
    "validation",
]
