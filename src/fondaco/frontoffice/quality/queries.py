"""How good service was and what it cost, by reason, product, agent and month; and how its cost stands beside the ledger (SV-09)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth

from fondaco.finance.ledger.models import Account, JournalLine
from fondaco.frontoffice.quality.models import ReasonCode, ServiceCostAccount, TimeEntry
from fondaco.frontoffice.service.models import Ticket
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.knowing import known
from fondaco.platform.money import ZERO

VIEW, VIEW_COST = "quality.view_report", "quality.view_cost"


@known
def has_reasons(company: int) -> bool:
    """Whether a company keeps reasons of tickets, so that whoever solves one is asked for it; from memory."""
    return ReasonCode.objects.filter(company=company, is_active=True).exists()


@dataclass(frozen=True)
class Quality:
    """Solved tickets of one reason, product, agent or month. ``first`` were solved at first contact: at most one answer was sent, the customer wrote
    no more than once, and it was not opened again. ``minutes`` and ``cost`` are the time entered on them, ``timed`` those with any."""

    key: Any
    label: str
    solved: int
    first: int
    answered: int
    score: int
    minutes: int
    timed: int
    cost: Decimal

    @property
    def satisfaction(self) -> Decimal | None:
        """The mean score, one decimal, half to even."""
        return (Decimal(self.score) / self.answered).quantize(Decimal("0.1")) if self.answered else None

    @property
    def first_percent(self) -> Decimal | None:
        return (Decimal(self.first * 100) / self.solved).quantize(Decimal("0.1")) if self.solved else None

    @property
    def minutes_each(self) -> Decimal | None:
        """Handling time of a ticket on which time was entered, in minutes."""
        return (Decimal(self.minutes) / self.timed).quantize(Decimal("0.1")) if self.timed else None

    @property
    def cost_each(self) -> Decimal | None:
        """Cost of a ticket on which time was entered."""
        return (self.cost / self.timed).quantize(Decimal("0.01")) if self.timed else None


#: By what is compared: key and label of a ticket.
GROUPS = {
    "reason": ("top.id", "coalesce(case when %(italian)s and top.name_it <> '' then top.name_it else top.name end, '')"),
    "detail": ("r.id", "coalesce(case when %(italian)s and r.name_it <> '' then r.name_it else r.name end, '')"),
    "product": ("p.id", "coalesce(p.name, '')"),
    "agent": ("u.id", "coalesce(nullif(u.name, ''), u.username, '')"),
    "month": ("date_trunc('month', t.solved_at at time zone %(zone)s)::date", "to_char(t.solved_at at time zone %(zone)s, 'MM/YY')"),
}


def quality(company: Company, tickets: QuerySet[Ticket], *, by: str, first: date, last: date, italian: bool = False) -> list[Quality]:
    """Tickets solved between two days of the company's zone, by one of ``GROUPS``; ``tickets`` are those the reader may see. One statement."""
    zone = ZoneInfo(company.time_zone)
    begins, ends = (datetime.combine(d, time(), zone) for d in (first, last + timedelta(days=1)))
    key, label = GROUPS[by]
    seen, values = (
        tickets.filter(company=company, solved_at__gte=begins, solved_at__lt=ends).order_by().values("pk").query.sql_with_params()
    )
    named = {f"seen{n}": value for n, value in enumerate(values)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with recursive solved as materialized (
              select t.* from service_ticket t where t.id in ({seen % tuple(f"%(seen{n})s" for n in range(len(values)))}) and t.state in ('solved', 'closed')
            ), tree as (
              select r.id, r.id as top from quality_reasoncode r where r.company_id = %(company)s and r.parent_id is null
              union all select r.id, a.top from quality_reasoncode r join tree a on r.parent_id = a.id
            ), written as (
              select m.ticket_id, count(*) filter (where m.direction = 'out') as sent, count(*) filter (where m.direction = 'in') as received
              from service_ticketmessage m where m.ticket_id in (select id from solved) group by 1
            ), spent as (
              select e.ticket_id, sum(e.minutes) as minutes, sum(e.cost) as cost from quality_timeentry e where e.ticket_id in (select id from solved) group by 1
            )
            select {key}, {label}, count(*),
              count(*) filter (where coalesce(w.sent, 0) <= 1 and coalesce(w.received, 0) <= 1 and coalesce(s.reopened, 0) = 0),
              count(v.score), coalesce(sum(v.score), 0), coalesce(sum(x.minutes), 0), count(*) filter (where x.minutes > 0), coalesce(sum(x.cost), 0)
            from solved t left join quality_ticketreason g on g.ticket_id = t.id left join quality_reasoncode r on r.id = g.reason_id
              left join tree on tree.id = r.id left join quality_reasoncode top on top.id = tree.top
              left join catalog_product p on p.id = t.product_id left join access_user u on u.id = t.assignee_id left join written w on w.ticket_id = t.id
              left join spent x on x.ticket_id = t.id left join sla_servedticket s on s.ticket_id = t.id left join quality_survey v on v.ticket_id = t.id
            group by 1, 2 order by 1 nulls last
            """,
            {"company": company.pk, "italian": italian, "zone": company.time_zone, **named},
        )
        return [Quality(k, text, solved, one, answered, int(score), int(minutes), timed, cost) for k, text, solved, one, answered, score, minutes, timed, cost in cursor.fetchall()]  # fmt: skip


@dataclass
class Month:
    """What service cost in a month by the ledger, how much of it stands on tickets by time and rate, and how many tickets were solved."""

    first: date
    spent: Decimal = ZERO
    on_tickets: Decimal = ZERO
    minutes: int = 0
    solved: int = 0

    @property
    def rest(self) -> Decimal:
        """Booked, and on no ticket: waiting, training, rent, or time that nobody entered; below zero the rate is too high."""
        return self.spent - self.on_tickets

    @property
    def cost_each(self) -> Decimal | None:
        """Everything booked, by solved ticket; rounded half to even."""
        return (self.spent / self.solved).quantize(Decimal("0.01")) if self.solved else None


def months(company: Company, *, first: date, last: date) -> list[Month]:
    """Service cost by month from the month of one day to that of another: the ledger's named accounts beside time at its rate. Three statements."""
    found: dict[date, Month] = {}
    day = first.replace(day=1)
    while day <= last:
        found[day] = Month(day)
        day = (day + timedelta(days=32)).replace(day=1)
    end = day - timedelta(days=1)
    span = (first.replace(day=1), end)
    named = ServiceCostAccount.objects.filter(company=company).values("account")
    lines = JournalLine.objects.filter(account__in=named, on__range=span).order_by()
    for month, total in lines.annotate(month=TruncMonth("on")).values_list("month").annotate(total=Sum("amount")):
        found[month].spent = total
    times = TimeEntry.objects.filter(company=company, on__range=span).order_by().annotate(month=TruncMonth("on"))
    for month, minutes, cost in times.values_list("month").annotate(minutes=Sum("minutes"), cost=Sum("cost")):
        found[month].minutes, found[month].on_tickets = minutes, cost
    zone = ZoneInfo(company.time_zone)
    solved = Ticket.objects.filter(
        company=company, state__in=["solved", "closed"], solved_at__gte=datetime.combine(span[0], time(), zone), solved_at__lt=datetime.combine(end + timedelta(days=1), time(), zone)
    )  # fmt: skip
    for moment in solved.values_list("solved_at", flat=True).iterator():
        found[moment.astimezone(zone).date().replace(day=1)].solved += 1
    return list(found.values())


def cost_accounts(company: Company) -> list[Account]:
    """The accounts that service costs are booked on, by number."""
    return list(Account.objects.filter(pk__in=ServiceCostAccount.objects.filter(company=company).values("account")).order_by("number"))
