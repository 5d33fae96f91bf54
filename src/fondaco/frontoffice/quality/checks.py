"""What must always be true of time on tickets."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.audit.checks import check


@check(
    "quality.time_costs_by_rate",
    title=_("Time on tickets costs its minutes at its rate, and less than nothing nowhere"),
    why=_("The cost of a ticket could not be explained, nor compared with what the ledger says service cost (SV-09)."),
)
def time_costs_by_rate() -> str:
    return """
    select e.id, e.ticket_id, e.minutes, e.hourly_cost, e.cost from quality_timeentry e join companies_company c on c.id = e.company_id join companies_currency y on y.code = c.currency_id
    where e.cost <> coalesce(round(e.hourly_cost * e.minutes / 60, y.decimals::int), 0)
    union all
    select min(e.id), e.ticket_id, sum(e.minutes), null, sum(e.cost) from quality_timeentry e group by e.ticket_id, e.user_id having sum(e.minutes) < 0
    """
