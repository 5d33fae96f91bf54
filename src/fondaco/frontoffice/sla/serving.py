"""Under which promises tickets are served: what their customers are to the company when they come, and when that changes."""

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from fondaco.frontoffice.service.models import Ticket
from fondaco.frontoffice.sla.models import ServedTicket, ServicePromise
from fondaco.frontoffice.value.standing import levels_of, standings
from fondaco.masterdata.companies.queries import companies_of
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.database.knowing import known


@known
def promise_of(company: int) -> int | None:
    """The promises in force, from memory."""
    return ServicePromise.objects.filter(company=company, state="active").values_list("pk", flat=True).first()


def serve(tickets: Sequence[Ticket]) -> None:
    """Write down when new tickets came and what their customers are; the database starts their clocks. The statements do not grow with the tickets."""
    with connection.cursor() as cursor:
        cursor.execute("select sla_now()")
        ((now,),) = cursor.fetchall()
    levels = levels_by_ticket(tickets)
    insert_rows(
        ServedTicket,
        [ServedTicket(company_id=t.company_id, ticket=t, promise_id=promise_of(t.company_id), level_id=levels.get(t.pk), came_at=now) for t in tickets],
    )  # fmt: skip


def serve_anew(tickets: Sequence[Ticket]) -> None:
    """The customers of tickets changed: so may their service levels, and what is promised."""
    levels = levels_by_ticket(tickets)
    served = dict(ServedTicket.objects.filter(ticket__in=[t.pk for t in tickets]).order_by("pk").values_list("pk", "ticket_id"))
    update_rows(ServedTicket, {"id": list(served), "level": [levels.get(ticket) for ticket in served.values()]})


def levels_by_ticket(tickets: Sequence[Ticket]) -> dict[int, int]:
    """The service levels of the tickets' customers as of now; asked only where the company has levels and promises."""
    found: dict[int, int] = {}
    today = timezone.localdate()
    for company in sorted({t.company_id for t in tickets}):
        parties = {t.party_id for t in tickets if t.company_id == company and t.party_id}
        if not parties or promise_of(company) is None or not levels_of(company):
            continue
        worth = standings(companies_of([company])[company], parties, today=today)
        for t in tickets:
            row = worth.get(t.party_id or 0) if t.company_id == company else None
            if row is not None and row.level is not None:
                found[t.pk] = row.level.pk
    return found


def reckon(tickets: Sequence[int], why: str) -> None:
    """Bring the clocks of tickets in line with what is promised now; one statement."""
    if tickets:
        with connection.cursor() as cursor:
            cursor.execute("select sla_reckon(%s, %s)", [list(tickets), why])
