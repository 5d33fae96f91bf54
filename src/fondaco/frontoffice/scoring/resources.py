"""How scoring models are shown, written and served; and scores on leads, opportunities and the board."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from fondaco.frontoffice.crm.resources import LeadResource, OpportunityResource
from fondaco.frontoffice.scoring import refusals  # noqa: F401  sentences are declared on import
from fondaco.frontoffice.scoring.actions import latest, named
from fondaco.frontoffice.scoring.models import ScoringLine, ScoringModel
from fondaco.frontoffice.scoring.queries import VIEW, current
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.access.actors import Actor
from fondaco.platform.resources.declare import Column, Draft, Lines, Resource, also_shows, register

#: What a draft begins with that names no signals: signal, points, none up to, all from, half-life.
STANDARD = (
    ("answers", 20, 0, 3, 60), ("calls", 10, 0, 3, 60), ("meetings", 15, 0, 2, 90), ("enquiries", 15, 0, 2, 45), ("web", 10, 0, 3, 30),
    ("accepted", 15, 0, 2, 365), ("quiet_days", -20, 30, 180, None), ("margin", 15, 10, 40, None), ("days_late", -20, 5, 45, None),
    ("disputes", -10, 0, 3, None), ("trend", 15, 80, 150, None),
)  # fmt: skip
LINE = ["signal", "points", "low", "high", "half_life_days"]


@register
class ScoringModelResource(Resource):
    model, key, natural_key = ScoringModel, "scoring-models", "number"
    title, title_one, job, icon = _("Scoring models"), _("Scoring model"), "sell", "note"
    group, place = "set_up", 5
    view_permission, write_permission = "scoring.view_model", "scoring.write_model"
    columns = ["number", "state", "model_version", Column("base", kind="quantity"), "in_force_from", "company"]
    fields = [*columns, "notes"]
    writable = ["company", "base", "notes"]
    filters, search, sort = ["company", "state"], ["number"], "-model_version"
    lines = [
        Lines(
            ScoringLine,
            "model",
            ["signal", *(Column(p, kind="quantity") for p in ("points", "low", "high")), Column("half_life_days", kind="number")],
            writable=LINE,
            title=_("Signals"),
        )
    ]

    @classmethod
    def prepare(cls, drafts: Sequence[Draft], actor: Actor) -> None:
        """Name new models by company and version; one without lines begins with the usual ones."""
        fresh = [d for d in drafts if d.row.pk is None]
        versions = latest(sorted({d.row.company_id for d in fresh}))
        codes = {pk: c.code for pk, c in companies_of(versions).items()}
        for d in fresh:
            versions[d.row.company_id] += 1
            d.row.model_version = versions[d.row.company_id]
            d.row.number = named(codes[d.row.company_id], d.row.model_version)
            if not d.lines:
                d.lines[:] = [
                    ScoringLine(
                        position=n, signal=signal, points=Decimal(points), low=Decimal(low), high=Decimal(high), half_life_days=half
                    )
                    for n, (signal, points, low, high, half) in enumerate(STANDARD)
                ]


for shown in (LeadResource, OpportunityResource):
    also_shows(shown, columns=[Column("score", _("Score"), "number", right=VIEW)], annotations={"score": current})
if OpportunityResource.board is not None:
    OpportunityResource.board = replace(OpportunityResource.board, card=[*OpportunityResource.board.card, "score"])
