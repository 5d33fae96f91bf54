"""What routing asks of the books about customers."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from fondaco.masterdata.companies.models import Company

ABOUT = """
select p.id, p.language, p.salesperson_id,
  coalesce((
    select sum(i.open_base_amount) from ledger_openitem i
    where i.company_id = %(company)s and i.control = 'receivable' and i.party_id = p.id and i.closed_on is null and i.due_on < %(today)s
  ), 0),
  exists (
    select 1 from subscriptions_contract c
    where c.company_id = %(company)s and c.customer_id = p.id and c.state = 'active' and c.starts_on <= %(today)s and coalesce(c.ends_on, %(today)s) >= %(today)s
  ),
  (
    select count(*) from service_ticket t
    where t.company_id = %(company)s and t.party_id = p.id and t.state in ('new', 'open', 'waiting') and t.id <> all (%(but)s::bigint[])
  ),
  (
    select t.assignee_id from service_ticket t
    where t.company_id = %(company)s and t.party_id = p.id and t.first_answer_at is not null and t.assignee_id is not null order by t.id desc limit 1
  )
from parties_party p where p.id = any (%(parties)s::bigint[])
"""


class About(NamedTuple):
    """What is known of a customer beside his worth. ``overdue`` is what he owes that was due before today, in company currency."""

    language: str = ""
    salesperson: int | None = None
    overdue: Decimal = Decimal(0)
    has_contract: bool = False
    open_tickets: int = 0
    last_agent: int | None = None


STRANGER = About()


def about(company: Company, parties: Iterable[int], *, but: Sequence[int], today: date) -> dict[int, About]:
    """What is known of customers, their other tickets ``but`` those given counted; one statement, which walks no more than each customer's own rows."""
    with connection.cursor() as cursor:
        cursor.execute(ABOUT, {"company": company.pk, "parties": sorted(parties), "but": list(but), "today": today})
        return {key: About(*values) for key, *values in cursor.fetchall()}
