"""What an account plan reads: what was invoiced and earned against its goals, what the customer buys and could buy, and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from fondaco.finance.invoicing.models import Invoice
from fondaco.finance.invoicing.queries import monthly_sales
from fondaco.finance.ledger.models import AccountKind, JournalLine
from fondaco.frontoffice.accountplans.models import AccountPlan, PlanCompany
from fondaco.masterdata.companies.models import Company
from fondaco.operations.inventory.queries import monthly_margin
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.money import ZERO

MONEY = DecimalField(max_digits=20, decimal_places=4)
VIEW, INVOICES, COSTS = "accountplans.view_plan", "invoicing.view_invoice", "inventory.see_cost"


def customers_of(plan: AccountPlan) -> list[int]:
    """The customer of a plan and the companies of his group, with those that were merged into them. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("select m from accountplans_members(%s) m order by 1", [plan.pk])
        return [key for (key,) in cursor.fetchall()]


@dataclass(frozen=True)
class Month:
    """What a month brought, in company currency; ``margin`` is revenue less the cost of delivered goods, None for whoever may not see costs."""

    first: date
    revenue: Decimal
    margin: Decimal | None


@dataclass(frozen=True)
class Progress:
    """What was invoiced in the days of a plan up to a day, against its goals."""

    months: Sequence[Month]
    #: What of the days of the plan is over.
    elapsed: Decimal

    @property
    def revenue(self) -> Decimal:
        return sum((m.revenue for m in self.months), ZERO)

    @property
    def margin(self) -> Decimal | None:
        return sum((m.margin or ZERO for m in self.months), ZERO) if all(m.margin is not None for m in self.months) else None


def progress(actor: Actor, company: Company, plan: AccountPlan, customers: Sequence[int], *, today: date) -> Progress | None:
    """Revenue and margin of the plan's customers from its first day to its last, from the entries of their invoices; None without the right to see
    invoices. One statement."""
    if not actor.may(INVOICES, company.pk):
        return None
    sales = monthly_sales(actor, company, customers, since=plan.first_on, until=plan.last_on)
    if actor.may(COSTS, company.pk):
        margins = monthly_margin(sales, company.pk, customers, since=plan.first_on, until=plan.last_on)
        months = [Month(first, net, net - cost) for first, net, cost in margins]
    else:
        months = [Month(first, net, None) for first, net in sales]
    return Progress(months, elapsed(plan, today))


def elapsed(plan: AccountPlan, today: date) -> Decimal:
    """What of the days of a plan is over, today included."""
    whole = (plan.last_on - plan.first_on).days + 1
    return Decimal(min(max((today - plan.first_on).days + 1, 0), whole)) / whole


@dataclass(frozen=True)
class Space:
    """A category of the assortment: what the customer bought of it, how many similar customers bought it and how much each of them, in company
    currency."""

    category: int
    name: str
    name_it: str
    bought: Decimal
    buyers: int
    similar: int
    mean: Decimal

    @property
    def is_white(self) -> bool:
        """Others buy it, and he does not."""
        return self.bought <= 0 and self.buyers > 0

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.buyers) / self.similar if self.similar else None


#: Similar are the other customers of the groups to which the customers of the plan belong; where they belong to none, those of their countries.
#: Amounts are nets of lines at the rate of the invoice's day, each rounded half away from zero; credit notes are taken off, down payments left out.
SPACE = """
with seen as ({seen}), rated as (
  select i.customer_id, p.category_id, round(sum((case i.kind when 'credit_note' then -l.net else l.net end) * case when i.currency_id = o.currency_id then 1 else
      (select x.rate from companies_exchangerate x where x.base_id = o.currency_id and x.currency_id = i.currency_id and x."on" <= i."on"
       order by x."on" desc limit 1) end), (select decimals from companies_currency where code = o.currency_id)::int) as net
  from seen s join invoicing_invoice i on i.id = s.id join companies_company o on o.id = i.company_id
  join invoicing_invoiceline l on l.invoice_id = i.id and not l.is_down_payment
  join catalog_product p on p.id = l.product_id and p.category_id is not null
  group by i.customer_id, p.category_id, i.id, o.currency_id
), bought as (select customer_id, category_id, sum(net) as net from rated group by 1, 2),
groups as (select group_id from parties_customergroupmember where party_id = any (%(customers)s)),
similar_to as (
  select distinct b.customer_id as id from bought b join parties_party p on p.id = b.customer_id
  where b.customer_id <> all (%(customers)s) and case when exists (select from groups)
    then b.customer_id in (select m.party_id from parties_customergroupmember m join groups using (group_id))
    else p.country_id in (select country_id from parties_party where id = any (%(customers)s)) end
)
select c.id, c.name, c.name_it, coalesce(sum(b.net) filter (where b.customer_id = any (%(customers)s)), 0),
  count(distinct b.customer_id) filter (where b.customer_id in (select id from similar_to) and b.net > 0),
  (select count(*) from similar_to),
  coalesce(sum(b.net) filter (where b.customer_id in (select id from similar_to) and b.net > 0), 0)
from bought b join catalog_category c on c.id = b.category_id group by c.id order by c.id
"""


def white_space(actor: Actor, company: Company, customers: Sequence[int], *, first: date, last: date) -> list[Space]:
    """What the customers of a plan bought by category between two days beside what similar customers bought, as far as ``actor`` sees the invoices:
    what he lacks on top, by the number of those who buy it. One statement."""
    if not actor.may(INVOICES, company.pk):
        return []
    invoices = visible(Invoice.objects.filter(company=company, state="posted", on__range=(first, last)), actor, INVOICES).order_by()
    seen, given = invoices.values("id").query.sql_with_params()
    named = {f"p{n}": value for n, value in enumerate(given)}
    with connection.cursor() as cursor:
        cursor.execute(SPACE.format(seen=seen % tuple(f"%({name})s" for name in named)), {**named, "customers": list(customers)})
        rows = cursor.fetchall()
    decimals = company.currency.decimals
    found = [
        Space(key, name, name_it, bought, buyers, similar, _mean(total, buyers, decimals))
        for key, name, name_it, bought, buyers, similar, total in rows
    ]
    return sorted((s for s in found if s.bought or s.buyers), key=lambda s: (not s.is_white, -s.buyers, -s.bought, s.category))


def _mean(total: Decimal, buyers: int, decimals: int) -> Decimal:
    """What each buyer bought on average, rounded half to even: a mean for the eye."""
    return (total / buyers).quantize(Decimal(1).scaleb(-decimals)) if buyers else ZERO


def plans_of(actor: Actor, company: Company, party: int) -> list[AccountPlan]:
    """The plans of a customer, also as a company of a group, the latest on top, as far as ``actor`` sees them; each with ``revenue``, what was
    invoiced in its days as in ``progress`` (None without the right to see invoices). One statement."""
    own = AccountPlan.objects.filter(party=party).values("pk")
    rows = AccountPlan.objects.filter(company=company, pk__in=own.union(PlanCompany.objects.filter(party=party).values("plan")))
    revenue: Any = Value(None, MONEY)
    if actor.may(INVOICES, company.pk):
        members = RawSQL('select accountplans_members("accountplans_accountplan"."id")', ())
        days = {"on__gte": OuterRef(OuterRef("first_on")), "on__lte": OuterRef(OuterRef("last_on"))}
        invoices = visible(Invoice.objects.filter(company=company, state="posted", customer__in=members, **days), actor, INVOICES)
        lines = JournalLine.objects.filter(entry__in=invoices.order_by().values("entry"), account__kind=AccountKind.INCOME)
        summed = lines.order_by().values("company").annotate(total=-Sum("amount")).values("total")
        revenue = Coalesce(Subquery(summed, MONEY), Value(ZERO, MONEY))
    return list(visible(rows, actor, VIEW).select_related("owner").annotate(revenue=revenue).order_by("-first_on", "-pk"))
