"""The collector's desk (AR-06): whom to call first and why, promises to pay, and when to look again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from pydantic import Field

from fondaco.finance.receivables.candidates import DISPUTED
from fondaco.finance.receivables.models import CustomerAccount, Promise
from fondaco.finance.receivables.queries import companies_owed
from fondaco.finance.receivables.refusals import NothingOwed, PromiseWithdrawn
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.actions import record
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.platform.access.actors import Actor
from fondaco.platform.database.bulk import insert_rows, update_rows
from fondaco.platform.documents.actions import DocumentSet, action
from fondaco.platform.documents.performing import rows_json
from fondaco.platform.resources.schema import Text

Amount = Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=4)]
Words = Annotated[Text, Field(max_length=10_000)]
ONE = Decimal(1)
MONTH = Decimal(30)

# What each customer is overdue, how he has paid (days beyond terms of what was settled in a year, weighted by amount, and of its last quarter),
# what he promised, and who looks after him. A promise is broken when its day has passed and less came than was promised.
WORKLIST = f"""
with overdue as (
  select i.party_id, sum(i.open_base_amount * (i.open_amount - coalesce(z.amount, 0)) / i.open_amount) as amount,
    min(i.due_on) as oldest, count(*) as items
  from ledger_openitem i left join {DISPUTED} z on z.item_id = i.id
  where i.company_id = %(company)s and i.control = 'receivable' and i.closed_on is null and i.due_on < %(on)s and i.open_amount > coalesce(z.amount, 0)
  group by i.party_id
), paid as (
  select i.party_id,
    sum(i.base_amount * (i.closed_on - i.due_on)) / sum(i.base_amount) as late,
    sum(i.base_amount * (i.closed_on - i.due_on)) filter (where i.closed_on > %(on)s - 90)
      / nullif(sum(i.base_amount) filter (where i.closed_on > %(on)s - 90), 0) as late_now
  from ledger_openitem i
  where i.company_id = %(company)s and i.control = 'receivable' and i.amount > 0 and i.base_amount > 0 and i.closed_on > %(on)s - 365 and i.closed_on <= %(on)s
    and i.party_id in (select party_id from overdue)
  group by i.party_id
), promised as (
  select p.party_id, count(*) filter (where p.pay_by < %(on)s and got.amount < p.amount) as broken,
    min(p.pay_by) filter (where p.pay_by >= %(on)s and got.amount < p.amount) as next_on,
    max(p.pay_by) filter (where p.pay_by < %(on)s and got.amount < p.amount) as broken_on
  from receivables_promise p
  cross join lateral (
    select coalesce(sum(y.amount), 0) as amount from payments_payment y
    where y.company_id = p.company_id and y.party_id = p.party_id and y.currency_id = p.currency_id and y.kind = 'received' and y.state = 'posted'
      and y."on" between p."on" and p.pay_by
  ) got
  where p.company_id = %(company)s and p.withdrawn_on is null and p.party_id in (select party_id from overdue)
  group by p.party_id
), spoken as (
  select t.party_id, max(t."on") as last_on from parties_interaction t
  where t.kind in ('call', 'mail', 'meeting', 'reminder', 'statement') and t.party_id in (select party_id from overdue) group by t.party_id
), ranked as (
  select o.party_id, t.name, o.amount, o.oldest, o.items, coalesce(paid.late, 0) as late, coalesce(paid.late_now - paid.late, 0) as trend,
    coalesce(promised.broken, 0) as broken, promised.next_on, promised.broken_on, spoken.last_on, a.follow_up_on, a.collector_id, u.name as collector,
    1 + greatest(coalesce(paid.late, 0), 0) / 30 + greatest(coalesce(paid.late_now - paid.late, 0), 0) / 30 + coalesce(promised.broken, 0) * 0.5 as risk
  from overdue o join parties_party t on t.id = o.party_id
  left join paid on paid.party_id = o.party_id left join promised on promised.party_id = o.party_id left join spoken on spoken.party_id = o.party_id
  left join receivables_customeraccount a on a.company_id = %(company)s and a.party_id = o.party_id
  left join access_user u on u.id = a.collector_id
)
select party_id, name, amount, oldest, items, late, trend, broken, next_on, broken_on, last_on, follow_up_on, collector_id, collector, risk from ranked
where (%(whose)s::bigint is null or collector_id = %(whose)s) and (not %(unassigned)s or collector_id is null)
  and (%(everything)s or ((next_on is null) and (follow_up_on is null or follow_up_on <= %(on)s)))
order by amount * risk desc, party_id limit %(limit)s
"""


@dataclass(frozen=True)
class Case:
    """A customer on the work list. ``amount`` is what is overdue in company currency; ``late`` and ``trend`` are days beyond terms."""

    party: int
    name: str
    amount: Decimal
    oldest: date
    items: int
    late: Decimal
    trend: Decimal
    broken: int
    next_promise_on: date | None
    broken_on: date | None
    last_contact_on: date | None
    follow_up_on: date | None
    collector_id: int | None
    collector: str | None
    risk: Decimal

    @property
    def weight(self) -> Decimal:
        """What the list is ranked by: amount x risk."""
        return self.amount * self.risk

    def why(self) -> list[str]:
        """The risk in sentences, the figures it was computed from."""
        said = []
        if round(self.late) > 0:
            said.append(_now("pays {days} days late on average").format(days=round(self.late)))
        if self.trend >= 1:
            said.append(_now("{days} days later than before, these three months").format(days=round(self.trend)))
        if self.broken:
            said.append(ngettext("a broken promise", "{count} broken promises", self.broken).format(count=self.broken))
        return said or [_now("no bad habit known")]


def worklist(
    company: int, on: date, *, whose: int | None = None, unassigned: bool = False, everything: bool = False, limit: int = 200
) -> list[Case]:
    """Customers to collect from, the greatest amount x risk first; one statement.

    Risk is 1, plus a month's worth for each 30 days he pays late and for each 30 he got later, plus a half for each broken promise. Who
    promised, or shall be looked at later, waits unless ``everything`` is asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            WORKLIST, {"company": company, "on": on, "whose": whose, "unassigned": unassigned, "everything": everything, "limit": limit}
        )
        return [Case(*row) for row in cursor.fetchall()]


def company_of(parties: Iterable[Party], company: int | None, actor: Actor) -> dict[int, int]:
    """The company for which something is noted about each customer: the one given, else the one he owes (the first he works in)."""
    parties = list(parties)
    if company is not None:
        return {p.pk: company for p in parties}
    owed = companies_owed([p.pk for p in parties])
    found = {}
    for party in parties:
        mine = [c for c in owed.get(party.pk, ()) if actor.may(PERMISSION, c)]
        if not mine:
            raise NothingOwed(customer=party, rows=rows_json([party]))
        found[party.pk] = mine[0]
    return found


PERMISSION = "receivables.write_collection"
CompanyKey = Annotated[int, Field(json_schema_extra={"resource": "companies"})]


@action(Party, permission=PERMISSION, name="promise", title=_("Promise to pay"), done=_("Promise noted"))
def promise(
    parties: DocumentSet[Party],
    *,
    amount: Amount,
    pay_by: date,
    note: Words = "",
    on: date | None = None,
    company: CompanyKey | None = None,
) -> None:
    """Note that customers promised to pay an amount by a day. Until then they are not reminded; if it does not come, they are on the list.

    The amount is in the customer's currency, else the company's.
    """
    day = on or timezone.localdate()
    places = company_of(parties, company, parties.actor)
    homes = Company.objects.in_bulk(set(places.values()))
    rows = [
        Promise(
            company_id=places[p.pk],
            party=p,
            on=day,
            pay_by=pay_by,
            amount=amount,
            currency_id=p.currency_id or homes[places[p.pk]].currency_id,
            note=note,
        )
        for p in parties
    ]
    insert_rows(Promise, rows)
    record([_told(r, parties.actor, _now("Promises to pay by {day}").format(day=f"{r.pay_by:%d.%m.%Y}"), day) for r in rows])
    parties.made["promises_to_pay"] = [r.pk for r in rows]


def _told(row: Promise, actor: Actor, title: str, on: date) -> Interaction:
    return Interaction(
        party_id=row.party_id,
        company_id=row.company_id,
        on=on,
        kind="promise",
        channel=actor.channel,
        direction="in",
        title=title,
        body=row.note,
        source_table=Promise._meta.db_table,
        source_id=row.pk,
        amount=row.amount,
        currency_id=row.currency_id,
        by=actor.username,
    )


@action(Promise, permission=PERMISSION, name="withdraw_promise", title=_("Withdraw"), needs_reason=True, done=_("Withdrawn"))
def withdraw_promise(promises: DocumentSet[Promise], *, on: date | None = None) -> None:
    """Take promises back: noted in error, or called off by the customer. He is reminded again, and nothing counts as broken."""
    day = on or timezone.localdate()
    gone = [p for p in promises if p.withdrawn_on]
    if gone:
        raise PromiseWithdrawn(promise=gone[0], rows=rows_json(gone))
    for p in promises:
        p.withdrawn_on = day
    promises.save("withdrawn_on")
    record([_told(p, promises.actor, _now("Promise withdrawn: {reason}").format(reason=promises.reason), day) for p in promises])


@action(Party, permission=PERMISSION, name="follow_up", title=_("Look again on"), done=_("Noted; off the list until then"))
def follow_up(parties: DocumentSet[Party], *, on: date, company: CompanyKey | None = None) -> None:
    """Take customers off the work list until a day."""
    _keep(parties, company, "follow_up_on", on)


@action(Party, permission=PERMISSION, name="assign_collector", title=_("Assign collector"), done=_("Assigned"))
def assign_collector(
    parties: DocumentSet[Party],
    *,
    collector: Annotated[int, Field(json_schema_extra={"resource": "users"})],
    company: CompanyKey | None = None,
) -> None:
    """Say who collects from customers."""
    _keep(parties, company, "collector_id", collector)


def _keep(parties: DocumentSet[Party], company: int | None, field: str, value: object) -> None:
    """Set a field of the customers' accounts, which are made where there are none; three statements."""
    places = company_of(parties, company, parties.actor)
    rows = CustomerAccount.objects.filter(party__in=parties.ids, company__in=set(places.values())).order_by("pk")
    present = [a for a in rows.select_for_update() if places[a.party_id] == a.company_id]
    update_rows(CustomerAccount, {"id": [a.pk for a in present], field.removesuffix("_id"): [value for _ in present]})
    known = {a.party_id for a in present}
    insert_rows(
        CustomerAccount,
        [CustomerAccount(company_id=places[p.pk], party=p, **{field: value}) for p in parties if p.pk not in known],
    )
