"""What the board of deals says beside its cards: what a stage asks for, and what was left open when a card left it."""

from typing import Any

from django.utils.translation import gettext as _

from fondaco.frontoffice.crm.models import Stage, StageChange
from fondaco.frontoffice.crm.queries import missing_roles
from fondaco.platform.money import figure


def stage_said(stage: Stage) -> dict[str, Any]:
    """The head of a lane: its probability, after how many days a deal is stale there, and what should be true before it leaves."""
    said = [] if stage.is_closing else [f"{figure(stage.probability)}%"]
    if stage.stale_days:
        said.append(_("stale after {days} days").format(days=stage.stale_days))
    return {"note": " · ".join(said), "criteria": list(stage.exit_criteria)}


def criteria_left_open(opportunity: int) -> str:
    """What the stage that a deal has just left asked for, and nobody said was met; roles in which nobody is named count among it. Two statements."""
    last = (
        StageChange.objects.filter(opportunity=opportunity)
        .order_by("-pk")
        .values_list("from_stage_id", "from_stage__name", "criteria_open")
        .first()
    )
    if last is None or last[0] is None:
        return ""
    stage, name, criteria = last
    left = [*criteria, *(m.role for m in missing_roles(opportunity, stage))]
    return _("Left open in {stage}: {criteria}.").format(stage=name, criteria=", ".join(left)) if left else ""
