"""What messaging is asked: how long a visitor waits, and who can be answered by his conversation."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Func, Q, Value
from django.utils import timezone

from fondaco.frontoffice.messaging.models import Conversation
from fondaco.masterdata.parties.models import ContactPoint, Party
from fondaco.masterdata.parties.queries import lines_of_merging


def ahead_of(conversation: Conversation) -> int:
    """How many chats of the line wait before this one for their first answer."""
    waiting = Conversation.objects.filter(line=conversation.line_id, ended_at__isnull=True, pk__lt=conversation.pk)
    return waiting.filter(ticket__first_answer_at__isnull=True, ticket__state__in=["new", "open"]).count()


def heard_by_chat(tickets: Iterable[int], now: datetime) -> set[int]:
    """Those tickets whose visitor is there: his chat goes on, and a sign of him is younger than the silence of its line."""
    silence = Func(F("line__silence_minutes"), function="make_interval", template="%(function)s(mins => %(expressions)s::int)")
    there = Q(line__isnull=False, ended_at__isnull=True, seen_at__gt=Value(now) - silence)
    return set(Conversation.objects.filter(there, ticket__in=list(tickets)).values_list("ticket_id", flat=True))


def silent(now: datetime) -> list[int]:
    """Chats that go on, and of whose visitor there was no sign for longer than the silence of their lines."""
    silence = Func(F("line__silence_minutes"), function="make_interval", template="%(function)s(mins => %(expressions)s::int)")
    gone = Q(line__isnull=False, ended_at__isnull=True, seen_at__lte=Value(now) - silence)
    return list(Conversation.objects.filter(gone).order_by("pk").values_list("pk", flat=True))


def party_of_number(contact: str) -> int | None:
    """The one party that has a telephone number; nobody where several have it. At most three statements."""
    number = contact.rpartition(":")[2].strip()
    if not number.startswith("+"):
        return None
    points = ContactPoint.objects.filter(kind__in=["phone", "mobile"], normalised=number).values_list("party_id", flat=True)
    found = {*points, *Party.objects.filter(phone=number).values_list("pk", flat=True)}
    lines = lines_of_merging(found) if found else {}
    survivors = {lines[party][-1] for party in found}
    return survivors.pop() if len(survivors) == 1 else None


def standing(ticket: int) -> Conversation | None:
    """The conversation of a ticket, with its line or channel."""
    return Conversation.objects.select_related("line", "channel").filter(ticket=ticket).first()


def is_there(conversation: Conversation) -> bool:
    """Whether the visitor of a chat is there now."""
    return conversation.ticket_id in heard_by_chat([conversation.ticket_id], timezone.now())
