"""The stages of pipelines: the standard ones a company starts with, and finding the right one."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.models import BEST_CASE, COMMIT, OMITTED, PIPELINE, Pipeline, Stage
from fondaco.frontoffice.crm.refusals import PipelineWithoutStage
from fondaco.platform.database.bulk import insert_rows

#: name, Italian name, probability in percent, forecast, days after which a deal is stale there, exit criteria.
STANDARD: tuple[tuple[str, str, int, str, int | None, tuple[str, ...]], ...] = (
    ("Qualification", "Qualifica", 10, PIPELINE, 14, ("Need is understood", "Budget is plausible")),
    ("Analysis", "Analisi", 25, PIPELINE, 21, ("Decision makers are known",)),
    ("Proposal", "Offerta", 50, BEST_CASE, 21, ("Quote was sent",)),
    ("Negotiation", "Trattativa", 75, COMMIT, 14, ("Terms are agreed",)),
    ("Won", "Vinta", 100, COMMIT, None, ()),
    ("Lost", "Persa", 0, OMITTED, None, ()),
)


def first_stages(companies: Iterable[int]) -> dict[int, Stage]:
    """Where a new opportunity of each company starts; a company without a pipeline gets the standard one."""
    wanted = set(companies)
    first: dict[int, Stage] = {}
    for stage in Stage.objects.filter(company__in=wanted, is_won=False, is_lost=False).order_by("pipeline_id", "position", "id"):
        first.setdefault(stage.company_id, stage)
    others = list(Pipeline.objects.filter(company__in=wanted - set(first)).order_by("pk")[:1])
    if others:
        raise PipelineWithoutStage(pipeline=others[0].name, kind=_("open"))
    missing = sorted(wanted - set(first))
    pipelines = [Pipeline(company_id=company, name="Sales", name_it="Vendite") for company in missing]
    insert_rows(Pipeline, pipelines)
    stages = [
        Stage(
            pipeline=pipeline, company_id=pipeline.company_id, name=name, name_it=italian, position=position,
            probability=Decimal(probability), forecast=forecast, exit_criteria=list(criteria), stale_days=stale, is_won=name == "Won", is_lost=name == "Lost",
        )
        for pipeline in pipelines
        for position, (name, italian, probability, forecast, stale, criteria) in enumerate(STANDARD, start=1)
    ]  # fmt: skip
    insert_rows(Stage, stages)
    for stage in stages:
        first.setdefault(stage.company_id, stage)
    return first


def closing_stages(pipelines: Iterable[int], *, won: bool) -> dict[int, Stage]:
    """The stage of each pipeline where its deals are won (or lost); refused when a pipeline has none."""
    wanted = set(pipelines)
    found = {s.pipeline_id: s for s in Stage.objects.filter(pipeline__in=wanted, is_won=won, is_lost=not won)}
    missing = wanted - set(found)
    if missing:
        names = Pipeline.objects.filter(pk__in=missing).order_by("pk").values_list("name", flat=True)
        raise PipelineWithoutStage(pipeline=", ".join(names), kind=_("won") if won else _("lost"))
    return found
