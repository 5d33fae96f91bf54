"""The verbs of quality: solve with a reason and the time it took, say why a ticket came, enter time."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from fondaco.frontoffice.quality.models import LONGEST, CostRate, ReasonCode, TicketReason, TimeEntry
from fondaco.frontoffice.quality.refusals import InFuture, NoMinutes, NoSuchReason, TakenBackTooMuch
from fondaco.frontoffice.service.actions import STAY, Words, solve
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.money import rounded
from fondaco.platform.resources.schema import Reference

OfReasons = Annotated[Reference, Field(json_schema_extra={"resource": "ticket-reasons"})]


@action(
    Ticket, moves={"new": "solved", "open": "solved", "waiting": "solved"}, permission="service.write_ticket", title=_("Solve with reason"), done=_("Solved"),
)  # fmt: skip
def solve_with_reason(tickets: DocumentSet[Ticket], *, reason: OfReasons, resolution: Words = "", minutes: int | None = None) -> None:
    """Solve tickets and say why they came (key or code of a reason); minutes that each of them took are entered too, where they are given."""
    _give(tickets, str(reason))
    if minutes is not None:
        _enter(tickets, minutes, "", timezone.localdate())
    solve(tickets, resolution=resolution)


@action(Ticket, moves=STAY, permission="service.write_ticket", title=_("Give a reason"), done=_("Reason given"))
def give_reason(tickets: DocumentSet[Ticket], *, reason: OfReasons) -> None:
    """Say why tickets came: key or code of a reason in use."""
    _give(tickets, str(reason))


@action(Ticket, moves=STAY, permission="quality.write_time", title=_("Enter time"), done=_("Time entered"))
def log_time(tickets: DocumentSet[Ticket], *, minutes: int, note: Words = "", on: date | None = None) -> None:
    """Enter minutes that you spent on each of the tickets, today or on another day; below zero takes back what was entered wrongly."""
    _enter(tickets, minutes, note, on or timezone.localdate())


def _give(tickets: DocumentSet[Ticket], asked: str) -> None:
    text = asked.strip()
    by = Q(code=text) | Q(pk=int(text)) if text.isdecimal() and len(text) < 19 else Q(code=text)
    companies = {t.company_id for t in tickets}
    reasons = {r.company_id: r.pk for r in ReasonCode.objects.filter(by, company__in=companies, is_active=True).order_by("pk")}
    without = [t for t in tickets if t.company_id not in reasons]
    if without:
        raise NoSuchReason(
            reason=text[:100], document=", ".join(map(str, without[:20])), rows=rows_json(without), fields={"reason": _("unknown")}
        )
    there = dict(TicketReason.objects.filter(ticket__in=tickets.ids).order_by("pk").values_list("ticket_id", "pk"))
    update_rows(TicketReason, {"id": list(there.values()), "reason": [reasons[t.company_id] for t in tickets if t.pk in there]} if there else {"id": [], "reason": []})  # fmt: skip
    insert_rows(TicketReason, [TicketReason(ticket=t, reason_id=reasons[t.company_id]) for t in tickets if t.pk not in there])


def _enter(tickets: DocumentSet[Ticket], minutes: int, note: str, on: date) -> None:
    if minutes == 0 or abs(minutes) > LONGEST:
        raise NoMinutes(
            document=", ".join(map(str, tickets.rows[:20])),
            minutes=minutes,
            rows=rows_json(tickets.rows),
            fields={"minutes": _("1 to 1,440")},
        )
    if on > timezone.localdate():
        raise InFuture(
            document=", ".join(map(str, tickets.rows[:20])), on=on, rows=rows_json(tickets.rows), fields={"on": _("in the future")}
        )
    if minutes < 0:
        mine = TimeEntry.objects.filter(ticket__in=tickets.ids, user=tickets.actor.user_id).order_by()
        entered = dict(mine.values_list("ticket_id").annotate(total=Sum("minutes")))
        for t in tickets:
            if entered.get(t.pk, 0) + minutes < 0:
                raise TakenBackTooMuch(document=t, minutes=entered.get(t.pk, 0), asked=-minutes, rows=rows_json([t]))
    rates = _rates({t.company_id for t in tickets}, tickets.actor.user_id, on)
    insert_rows(TimeEntry, [_entry(t, tickets.actor.user_id, minutes, note, on, rates.get(t.company_id)) for t in tickets])


def _entry(ticket: Ticket, user: int | None, minutes: int, note: str, on: date, rate: tuple[Decimal, int] | None) -> TimeEntry:
    cost = Decimal(0) if rate is None else rounded(rate[0] * minutes / 60, rate[1])
    return TimeEntry(
        company_id=ticket.company_id, ticket=ticket, user_id=user, on=on, minutes=minutes, note=note, hourly_cost=None if rate is None else rate[0], cost=cost
    )  # fmt: skip


def _rates(companies: set[int], user: int | None, on: date) -> dict[int, tuple[Decimal, int]]:
    """Cost of an hour and decimals of the currency by company: the agent's own rate of the day, else everybody's. Two statements."""
    found: dict[int, Decimal] = {}
    rates: Sequence[CostRate] = CostRate.objects.filter(
        Q(user=user) | Q(user__isnull=True), company__in=companies, valid_from__lte=on
    ).order_by("valid_from", "pk")  # type: ignore[assignment]
    for own in (False, True):
        for rate in rates:
            if (rate.user_id is not None) == own:
                found[rate.company_id] = rate.hourly_cost
    decimals = dict(Company.objects.filter(pk__in=found).values_list("pk", "currency__decimals"))
    return {company: (cost, decimals[company]) for company, cost in found.items()}
