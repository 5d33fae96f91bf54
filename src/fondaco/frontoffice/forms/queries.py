"""What forms bring: visits, submissions and the share of those who send, by form and by the way people came."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from fondaco.masterdata.companies.models import Company


@dataclass(frozen=True)
class Brought:
    """A form, or one way of coming to it: how many opened it, how many sent it (spam left out). ``rate`` is their share; none without visits."""

    form: int
    name: str
    source: str
    campaign: str
    visits: int
    sent: int

    @property
    def rate(self) -> Decimal | None:
        return None if not self.visits else min(Decimal(self.sent) / Decimal(self.visits), Decimal(1))


BROUGHT = """
with seen as (
  select form_id, source, campaign, sum(visits) as visits from forms_formvisits where "on" between %(first)s and %(last)s group by 1, 2, 3
), sent as (
  select form_id, source, campaign, count(*) as sent from forms_submission
  where verdict = 'taken' and (at at time zone %(zone)s)::date between %(first)s and %(last)s group by 1, 2, 3
)
select f.id, f.name, coalesce(v.source, s.source, ''), coalesce(v.campaign, s.campaign, ''), coalesce(v.visits, 0), coalesce(s.sent, 0)
from seen v full join sent s using (form_id, source, campaign) join forms_form f on f.id = form_id
where f.company_id = %(company)s order by f.name, coalesce(s.sent, 0) desc, 3, 4
"""


def brought(company: Company, first: date, last: date) -> list[Brought]:
    """By form, source and campaign, what came between two days. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(BROUGHT, {"company": company.pk, "first": first, "last": last, "zone": company.time_zone or "UTC"})
        return [
            Brought(key, name, source, campaign, int(visits), int(sent)) for key, name, source, campaign, visits, sent in cursor.fetchall()
        ]
