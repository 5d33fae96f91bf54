"""Who calls (SV-02): what an agent sees of a customer the moment he is known, each part only with its right.

A handful of statements, whatever the customer has behind him: every part reads its first rows by an index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from fondaco.finance.receivables.candidates import DISPUTED
from fondaco.finance.receivables.credit import Standing as Credit
from fondaco.finance.receivables.credit import standing_of
from fondaco.frontoffice.sales import panels as sales_panels
from fondaco.frontoffice.subscriptions.panels import contracts
from fondaco.frontoffice.value.explaining import level_name, why_level
from fondaco.frontoffice.value.panels import VIEW, VIEW_LEVEL
from fondaco.frontoffice.value.standing import standings
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Interaction, Party
from fondaco.masterdata.parties.queries import events
from fondaco.platform.access.actors import Actor
from fondaco.platform.access.visibility import visible
from fondaco.platform.database.refusals import NotFound
from fondaco.platform.money import ZERO
from fondaco.platform.resources.panels import Content

SEE_PARTY, SEE_GOODS, SEE_CREDIT = "parties.view_party", "inventory.view_stock", "receivables.view_credit"
GOODS, HAPPENED = 12, 12

FAMILY = """
with recursive family (id) as (select %(party)s::bigint union select p.id from parties_party p join family f on p.merged_into_id = f.id)
"""
#: The serial numbers that left for a customer and did not come back, the last to leave first, each with the term of its warranty.
HELD = f"""
{FAMILY}
select p.id, p.sku, case when %(language)s = 'it' and p.name_it <> '' then p.name_it else p.name end, l.id, l.number, g.id, g.number, m."on",
  (m."on" + make_interval(months => w.months::int))::date
from family f
join inventory_goodsissue g on g.customer_id = f.id and g.company_id = %(company)s and g.state = 'posted'
join inventory_stockmove m on m.source_table = 'inventory_goodsissue' and m.source_id = g.id and m.tracked
join inventory_movelot x on x.move_id = m.id join inventory_lot l on l.id = x.lot_id
join catalog_product p on p.id = m.product_id and p.tracking = 'serial'
left join lateral (
  select t.months from service_warrantyterm t where t.company_id = %(company)s and (t.product_id = p.id or t.product_id is null) order by t.product_id nulls last limit 1
) w on true
where (%(serial)s = '' or lower(l.number) = lower(%(serial)s) and (p.id = %(product)s or %(product)s::bigint is null)) and not exists (
  select from inventory_stockmove b join inventory_movelot y on y.move_id = b.id and y.lot_id = l.id where b.returns_id = m.id)
order by m."on" desc, m.id desc, l.id desc limit %(limit)s
"""
#: What a customer owes, what of it is late (without what is disputed), and since when; in company currency.
OWED = f"""
{FAMILY}
select coalesce(sum(i.open_base_amount), 0),
  coalesce(sum(i.open_base_amount * (1 - coalesce(z.amount, 0) / i.open_amount)) filter (where i.open_amount > 0 and i.due_on < %(today)s), 0),
  min(i.due_on) filter (where i.open_amount > coalesce(z.amount, 0) and i.due_on < %(today)s)
from family f join ledger_openitem i on i.party_id = f.id and i.company_id = %(company)s and i.control = 'receivable' and i.closed_on is null
left join {DISPUTED} z on z.item_id = i.id
"""


class Held(NamedTuple):
    """A piece of goods that a customer has: product, serial number, the delivery it came with, and until when it is under warranty (None: no term)."""

    product: int
    sku: str
    name: str
    lot: int
    serial: str
    delivery: int
    delivery_number: str
    delivered_on: date
    warranty_until: date | None

    def is_covered(self, on: date) -> bool:
        return self.warranty_until is not None and on <= self.warranty_until


@dataclass(frozen=True)
class Owed:
    """What a customer owes in company currency, what of it is overdue, and since when; his credit, where he has a limit."""

    owed: Decimal
    overdue: Decimal
    since: date | None
    credit: Credit | None


@dataclass(frozen=True)
class Caller:
    """A customer as an agent sees him; what the agent may not see, or what is not there, is None."""

    party: Party
    level: str
    why_level: str
    worth: Decimal | None
    expected: Decimal | None
    money: Owed | None
    papers: Content | None
    contracts: Content | None
    goods: Sequence[Held]
    happened: Sequence[Interaction]


def caller(actor: Actor, company: Company, party: int) -> Caller:
    """What ``actor`` may know of a customer in ``company``. Raises NotFound where he may not see him."""
    found = visible(Party.objects.select_related("salesperson", "country"), actor, SEE_PARTY).filter(pk=party).first()
    if found is None:
        raise NotFound(what=f"{Party._meta.verbose_name} {party}")
    today = timezone.localdate()
    level, why, worth, expected = "", "", None, None
    if actor.may(VIEW_LEVEL, company.pk):
        standing = standings(company, [found.pk], today=today)[found.pk]
        level = level_name(standing.level)
        if actor.may(VIEW, company.pk):
            why, worth, expected = why_level(standing, currency=company.currency_id), standing.margin, standing.expected
    return Caller(
        party=found,
        level=level,
        why_level=why,
        worth=worth,
        expected=expected,
        money=owed_by(company, found.pk, today) if actor.may(SEE_CREDIT, company.pk) else None,
        papers=sales_panels.papers(actor, company, found),
        contracts=contracts(actor, company, found),
        goods=goods_of(company, found.pk) if actor.may(SEE_GOODS, company.pk) else [],
        happened=events(found.pk, [company.pk], limit=HAPPENED),
    )


def owed_by(company: Company, party: int, today: date) -> Owed:
    """What a customer owes, and his credit; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(OWED, {"party": party, "company": company.pk, "today": today})
        owed, overdue, since = cursor.fetchone()
    return Owed(owed, overdue or ZERO, since, standing_of(company.pk, party))


def goods_of(company: Company, party: int, *, product: int | None = None, serial: str = "", limit: int = GOODS) -> list[Held]:
    """The serial numbers that a customer has from us, the last to leave first; with ``serial`` that one, of a ``product`` where it is given. One statement."""
    given = {"party": party, "company": company.pk, "language": get_language(), "serial": serial, "product": product, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(HELD, given)
        return [Held(*row) for row in cursor.fetchall()]
