"""What is asked of calls: which go on, with whom, and what waits to be called back."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from fondaco.frontoffice.telephony.models import Call
from fondaco.masterdata.companies.models import Company

#: What rings or is answered and was not heard of for so long is no call any more; its end was lost on the way.
LOST_SIGHT = timedelta(hours=6)


def going_on(company: Company) -> "Sequence[Call]":
    """Calls that ring or are spoken on, the oldest first."""
    return Call.objects.filter(company=company, state__in=Call.LIVE, started_at__gte=timezone.now() - LOST_SIGHT).order_by("pk")  # type: ignore[return-value]


def busy_of(company: Company) -> dict[int, int]:
    """How many calls each user is in, or is being rung for; one statement."""
    live = Call.objects.filter(company=company, state__in=Call.LIVE, started_at__gte=timezone.now() - LOST_SIGHT)
    with_whom = live.annotate(user=Coalesce(F("agent"), F("ticket__assignee"))).filter(user__isnull=False).order_by()
    return dict(with_whom.values_list("user").annotate(n=Count("pk")))


def calls_for(user: int) -> list[Call]:
    """Calls that ring for a user or that he is in, the newest first; one statement."""
    mine = Q(agent=user) | Q(agent__isnull=True, ticket__assignee=user)
    live = Call.objects.filter(mine, state__in=Call.LIVE, started_at__gte=timezone.now() - LOST_SIGHT)
    return list(live.select_related("ticket", "party").order_by("-pk")[:5])
