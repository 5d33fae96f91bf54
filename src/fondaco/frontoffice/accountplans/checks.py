"""What must always be true of account plans."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "accountplans.reviews_are_activities",
    title=_("Each review of an active account plan is an activity of the plan's customer"),
    why=_("Nobody would be told that the plan is to be looked at."),
)
def reviews_are_activities() -> str:
    return """
    select p.number, r."on" from accountplans_planreview r join accountplans_accountplan p on p.id = r.plan_id
    left join crm_activity a on a.id = r.activity_id
    where p.state = 'active' and (a.id is null or a.company_id <> p.company_id)
    """
