"""What must always be true of the pipeline."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "crm.stage_agrees_with_state",
    title=_("Won and lost deals stand in the stage for them, open ones in none of these"),
    why=_("The board shows stages, the forecast reads states; where they disagree, one of them lies."),
)
def stage_agrees_with_state() -> str:
    return """
    select o.number, o.state, s.name as stage from crm_opportunity o join crm_stage s on s.id = o.stage_id
    where (o.state = 'won') <> s.is_won or (o.state = 'lost') <> s.is_lost or s.company_id <> o.company_id
    """


@check(
    "crm.last_change_is_the_stage",
    title=_("The last recorded stage change led to the present stage"),
    why=_("Ages and conversion rates are computed from the recorded changes."),
)
def last_change_is_the_stage() -> str:
    return """
    select o.number, o.stage_id, c.to_stage_id
    from crm_opportunity o
    left join lateral (select to_stage_id from crm_stagechange c where c.opportunity_id = o.id order by c.id desc limit 1) c on true
    where c.to_stage_id is distinct from o.stage_id
    """
