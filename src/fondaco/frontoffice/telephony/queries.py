"""What is asked of calls: which go on, with whom, and what waits to be called back."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from fondaco.frontoffice.telephony.models import Call
from fondaco.masterdata.companies.models import Company

#: What rings or is answered and was not heard of for so long is no call any more; its end was lost on the way.
LOST_SIGHT = timedelta(hours=6)


def busy_of(company: Company, sent: Sequence[int] = ()) -> dict[int, int]:
    """How many calls each user is in, or is being rung for; one statement. What rings for tickets that are being sent is nobody's yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(c.agent_id, t.assignee_id), count(*) from telephony_call c left join service_ticket t on t.id = c.ticket_id"
            " where c.company_id = %s and c.state in ('ringing', 'answered', 'held') and c.started_at >= %s"
            " and coalesce(c.agent_id, t.assignee_id) is not null and not (c.state = 'ringing' and c.ticket_id = any (%s::bigint[])) group by 1",
            [company.pk, timezone.now() - LOST_SIGHT, list(sent)],
        )
        return dict(cursor.fetchall())


def calls_for(user: int) -> list[Call]:
    """Calls that ring for a user or that he is in, the newest first; one statement."""
    mine = Q(agent=user) | Q(agent__isnull=True, ticket__assignee=user)
    live = Call.objects.filter(mine, state__in=Call.LIVE, started_at__gte=timezone.now() - LOST_SIGHT)
    return list(live.select_related("ticket", "party").order_by("-pk")[:5])
