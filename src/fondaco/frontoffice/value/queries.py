"""What else is asked of the margins of customers: how prospects became customers, and what winning customers costs (KP-01, KP-02)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F, Sum

from fondaco.finance.ledger.models import Account, JournalLine
from fondaco.frontoffice.crm.models import Lead
from fondaco.frontoffice.value.models import AcquisitionAccount
from fondaco.frontoffice.value.standing import OF_ALL
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Party
from fondaco.platform.money import ZERO, rounded

#: Fewer of a kind than this say nothing of their own; then all together are asked.
FEWEST_ALIKE = 5
#: Leads that were closed longer ago say nothing about those of today.
LEADS_SINCE = timedelta(days=730)


def first_of_month(day: date, months_on: int = 0) -> date:
    number = day.year * 12 + day.month - 1 + months_on
    return date(number // 12, number % 12 + 1, 1)


def first_years(company: int, on: date) -> dict[str, str]:
    """What customers brought in their first twelve months on average, by country and (under "") all; of those who began a year ago or earlier."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with recursive {OF_ALL}, began as (
              select asked, min(purchased_on) as day from posted where purchases > 0 group by asked having min(purchased_on) <= %(year_ago)s
            ), brought as (
              select b.asked, sum(p.revenue - p.cost - p.other) as margin from began b join posted p on p.asked = b.asked and p."on" < b.day + 365 group by 1
            )
            select coalesce(p.country_id, ''), count(*), sum(b.margin) from brought b join parties_party p on p.id = b.asked group by 1
            """,
            {"company": company, "year_ago": on - timedelta(days=365)},
        )
        rows = cursor.fetchall()
    found = {country: rounded(total / count, 2) for country, count, total in rows if country and count >= FEWEST_ALIKE}
    if rows:
        found[""] = rounded(sum(total for _c, _n, total in rows) / sum(count for _c, count, _t in rows), 2)
    return {key: str(value) for key, value in found.items()}


def conversions(company: int, on: date) -> dict[str, str]:
    """The share of closed leads that became deals, by source and (under "") of all; one statement."""
    closed = Lead.objects.filter(company=company, state__in=["converted", "disqualified"], on__gt=on - LEADS_SINCE, on__lte=on)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for source, state in closed.values_list("source", "state").order_by():
        for key in ("", source):
            counts[key][0] += state == "converted"
            counts[key][1] += 1
    return {key: str(rounded(Decimal(good) / all_, 4)) for key, (good, all_) in counts.items() if not key or all_ >= FEWEST_ALIKE}


@dataclass
class Cohort:
    """The customers won in a month or quarter, what winning them cost, and what they brought since, month by month."""

    first: date
    last: date
    spent: Decimal = ZERO
    by_account: dict[int, Decimal] = field(default_factory=dict)
    customers: int = 0
    #: Margin of all customers of the cohort by months since the first purchase of each.
    margins: dict[int, Decimal] = field(default_factory=dict)

    @property
    def cost(self) -> Decimal | None:
        """The acquisition cost of one customer; None where nobody was won."""
        return self.spent / self.customers if self.customers else None

    @property
    def margin(self) -> Decimal:
        return sum(self.margins.values(), ZERO)

    def payback_months(self, *, seen: int) -> int | None:
        """After how many months the customers had brought what they cost; None where that is not yet."""
        total = ZERO
        for month in range(seen + 1):
            total += self.margins.get(month, ZERO)
            if self.customers and total >= self.spent:
                return month
        return None


def acquisition(company: Company, *, first: date, last: date, months: int, today: date) -> list[Cohort]:
    """Acquisition cost by stretches of so many months between two days, each to the end of its month; three statements.

    What was spent is the movement of the named accounts, as in the profit and loss. A customer belongs to the stretch of his first purchase.
    """
    cohorts = []
    begin = first_of_month(first)
    while begin <= last:
        end = first_of_month(begin, months)
        cohorts.append(Cohort(begin, end - timedelta(days=1)))
        begin = end

    def of(day: date) -> Cohort:
        return cohorts[((day.year - first.year) * 12 + day.month - first.month) // months]

    span = (cohorts[0].first, cohorts[-1].last)
    named = AcquisitionAccount.objects.filter(company=company).values("account")
    lines = JournalLine.objects.filter(account__in=named, on__range=span).order_by()
    for account, day, amount in lines.values_list("account_id", "on").annotate(total=Sum(F("amount"))):
        cohort = of(day)
        cohort.spent += amount
        cohort.by_account[account] = cohort.by_account.get(account, ZERO) + amount
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            with recursive {OF_ALL}, days as (
              select asked, purchased_on as day from posted where purchased_on is not null group by 1, 2 having sum(purchases) > 0
            ), began as (
              select asked, min(day) as day from days group by asked having min(day) between %(first)s and %(last)s
            )
            select date_trunc('month', b.day)::date,
              greatest((extract(year from age(p."on", b.day)) * 12 + extract(month from age(p."on", b.day)))::bigint, 0),
              sum(p.revenue - p.cost - p.other), count(distinct b.asked) filter (where p.purchased_on = b.day)
            from began b join posted p on p.asked = b.asked where p."on" <= %(today)s group by 1, 2
            """,
            {"company": company.pk, "first": span[0], "last": span[1], "today": today},
        )
        for month, since, margin, customers in cursor.fetchall():
            cohort = of(month)
            cohort.margins[since] = cohort.margins.get(since, ZERO) + margin
            cohort.customers += customers
    return cohorts


def acquisition_accounts(company: Company) -> list[Account]:
    """The accounts that acquisition cost is made of, by number."""
    return list(Account.objects.filter(pk__in=AcquisitionAccount.objects.filter(company=company).values("account")).order_by("number"))


def names_of(parties: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Name and country of parties; one statement."""
    return {
        key: (name, country or "")
        for key, name, country in Party.objects.filter(pk__in=list(parties)).values_list("pk", "name", "country_id")
    }
