"""Bills that look like bills we have already (AP-02): the same number of the vendor in any year, or the same total near in time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from fondaco.finance.payables.models import Bill
from fondaco.finance.payables.refusals import LooksLikeDuplicate
from fondaco.platform.database.refusals import worded
from fondaco.platform.money import priced

#: How many look-alikes a sentence names.
NAMED = 3
DAYS = 30

# A vendor is the same when he has the same VAT number too, for he may have been entered twice. Rows given are compared with each
# other as well, so that a file which holds a bill twice is told so; of two in one file the later looks like the earlier.
LOOKALIKES = """
with given as (
  select g.*, upper(regexp_replace(regexp_replace(g.number, '(^|[^0-9])0+(?=[0-9])', '\\1', 'g'), '[^[:alnum:]]', '', 'g')) as compared,
    p.vat_number, p.country_id, coalesce(r.duplicate_days, %(days)s) as days
  from unnest(%(places)s::bigint[], %(ids)s::bigint[], %(companies)s::bigint[], %(vendors)s::bigint[], %(kinds)s::text[],
    %(numbers)s::text[], %(totals)s::numeric[], %(currencies)s::text[], %(dates)s::date[]) as
    g (place, id, company_id, vendor_id, kind, number, gross, currency_id, vendor_date)
  join parties_party p on p.id = g.vendor_id left join payables_billrules r on r.company_id = g.company_id
), same as (
  select g.place, v.id as vendor_id from given g join parties_party v on v.id = g.vendor_id
  union
  select g.place, v.id from given g join parties_party v on v.vat_number = g.vat_number and v.country_id is not distinct from g.country_id
  where g.vat_number <> ''
)
select g.place, b.id, b.number, b.vendor_number, b.vendor_date, b.gross, b.currency_id, b.state,
  b.vendor_number_compared = g.compared and g.compared <> '' as by_number
from given g join same s on s.place = g.place
join payables_bill b on b.vendor_id = s.vendor_id and b.company_id = g.company_id and b.kind = g.kind and b.state <> 'reversed'
  and b.id is distinct from g.id
  and ((b.vendor_number_compared = g.compared and g.compared <> '')
    or (b.gross = g.gross and g.gross <> 0 and b.currency_id = g.currency_id and abs(b.vendor_date - g.vendor_date) <= g.days))
union all
select g.place, null, null, o.number, o.vendor_date, o.gross, o.currency_id, 'given', o.compared = g.compared and g.compared <> ''
from given g join given o on o.place < g.place and o.vendor_id = g.vendor_id and o.company_id = g.company_id and o.kind = g.kind
  and g.id is null and o.id is null
  and ((o.compared = g.compared and g.compared <> '')
    or (o.gross = g.gross and g.gross <> 0 and o.currency_id = g.currency_id and abs(o.vendor_date - g.vendor_date) <= g.days))
order by 1, 9 desc, 2
"""


@dataclass(frozen=True)
class Lookalike:
    """A bill that another looks like; ``pk`` is empty for one in the same file. ``by_number``: its number is the same."""

    pk: int | None
    number: str | None
    vendor_number: str
    vendor_date: date
    gross: Decimal
    currency: str
    state: str
    by_number: bool

    def __str__(self) -> str:
        name = self.number or (_("draft {key}").format(key=self.pk) if self.pk else _("another row given with it"))
        return worded(
            _("{name} (no. {number} of {day}, {total})"),
            name=name, number=self.vendor_number, day=self.vendor_date, total=priced(self.gross, self.currency),
        )  # fmt: skip


def lookalikes(bills: Sequence[Bill]) -> dict[int, list[Lookalike]]:
    """What each of the bills (saved or not) looks like, by its place in the sequence; one statement for all."""
    values = {
        "places": list(range(len(bills))),
        "ids": [b.pk for b in bills],
        "companies": [b.company_id for b in bills],
        "vendors": [b.vendor_id for b in bills],
        "kinds": [b.kind for b in bills],
        "numbers": [b.vendor_number for b in bills],
        "totals": [b.gross for b in bills],
        "currencies": [b.currency_id for b in bills],
        "dates": [b.vendor_date for b in bills],
        "days": DAYS,
    }
    found: dict[int, list[Lookalike]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LOOKALIKES, values)
        for place, *rest in cursor.fetchall():
            found[place].append(Lookalike(*rest))
    return found


def refusal_of(bill: Bill, likes: Sequence[Lookalike]) -> LooksLikeDuplicate:
    """What is said of a bill that looks like others."""
    others = f" {_('and')} ".join(str(like) for like in likes[:NAMED])
    sentence = _("Looks like {others}.").format(others=others)
    return LooksLikeDuplicate(
        bill=_("No. {number}").format(number=bill.vendor_number),
        vendor=bill.vendor.name,
        others=others,
        fields={"duplicate_reason": sentence},
    )


def unexplained(bills: Sequence[Bill], *, posted_before: Iterable[int] = ()) -> list[tuple[int, LooksLikeDuplicate]]:
    """Those of the bills, by place, that look like another and do not say why they are none.

    ``posted_before``: only what is posted counts, and what of these keys comes before; otherwise drafts count too.
    """
    together = list(posted_before)
    doubtful = []
    for place, likes in sorted(lookalikes(bills).items()):
        bill = bills[place]
        if bill.duplicate_reason.strip():
            continue
        counted = [x for x in likes if not together or x.state == "posted" or (x.pk in together and x.pk < bill.pk)]
        if counted:
            doubtful.append((place, refusal_of(bill, counted)))
    return doubtful
